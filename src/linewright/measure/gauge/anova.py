"""Sums of squares that keep their digits: about the mean of shifted values, never as a difference of big
numbers.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import f as f_distribution

from linewright.errors import InputError, Problem
from linewright.measure.gauge.study import AnovaRow, FloatArray, clean_columns
from linewright.measure.result import Provenance, data_hash


@dataclass(frozen=True, slots=True)
class OneWay:
    """One-way analysis of variance: between groups and within them."""

    between: AnovaRow
    within: AnovaRow
    mean: float
    residual_sd: float
    r_squared: float
    provenance: Provenance


def one_way(values: ArrayLike, group: Sequence[Hashable]) -> OneWay:
    """Do the groups have one mean? `values` [n], `group` [n] labels; group sizes may differ.

    F = MS_between / MS_within with k - 1 and n - k degrees of freedom.
    """
    measured, codes = clean_columns(values, group=group)
    index, names = codes["group"]
    k, n = len(names), len(measured)
    if k < 2 or n <= k:
        raise InputError(
            [Problem(f"{n} values in {k} groups: two groups and a repeat are needed", key="group")]
        )
    shifted = measured - measured[0]
    sizes = np.bincount(index, minlength=k)
    means = np.array([exact_mean(shifted[index == i]) for i in range(k)])
    grand = exact_mean(shifted)
    between = math.fsum(sizes * (means - grand) ** 2)
    within = math.fsum((shifted - means[index]) ** 2)
    if between + within == 0.0:
        raise InputError([Problem("all values are the same: there is no variation to study", key="values")])
    rows = tested_row("between", k - 1, between, within / (n - k), n - k), plain_row("within", n - k, within)
    provenance = Provenance(
        "one-way analysis of variance", "F = MS_between / MS_within", data_sha256=data_hash(measured, index)
    )
    return OneWay(
        rows[0], rows[1], measured[0] + grand, math.sqrt(rows[1].ms), between / (between + within), provenance
    )


def exact_mean(values: FloatArray) -> float:
    """The mean with a correctly rounded sum."""
    return math.fsum(values) / values.size


def plain_row(source: str, df: int, ss: float) -> AnovaRow:
    return AnovaRow(source, df, ss, ss / df if df else math.nan)


def tested_row(source: str, df: int, ss: float, error_ms: float, error_df: int) -> AnovaRow:
    """A source tested against `error_ms`; without error any variation is certain."""
    ms = ss / df
    f = ms / error_ms if error_ms > 0.0 else (math.inf if ms > 0.0 else math.nan)
    p = float(f_distribution.sf(f, df, error_df)) if not math.isnan(f) else math.nan
    return AnovaRow(source, df, ss, ms, f, p)
