"""Summary figures to the last digits: mean, standard deviation, lag-1 autocorrelation, one-way ANOVA.

Checked against the certified values of the NIST Statistical Reference Datasets, where naive formulas fail.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc

from linewright.errors import InputError, Problem
from linewright.measure.checks import clean_values

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of one row of values; the autocorrelation is None where the values do not vary."""

    n: int
    mean: float
    sd: float
    minimum: float
    median: float
    maximum: float
    autocorrelation: float | None  # lag 1


def exact_mean(x: FloatArray) -> float:
    """Mean with one rounding: exact sum, then division."""
    return math.fsum(x) / x.size


def describe(values: ArrayLike) -> Summary:
    """Two passes with exact sums. r1 = sum (x_t - m)(x_(t+1) - m) / sum (x_t - m)^2."""
    x = clean_values(values, at_least=2)
    # the exact mean need not be a double: carry what its rounding left
    mean = exact_mean(x)
    apart = x - mean
    drift = math.fsum(apart) / x.size
    apart = apart - drift
    squares = math.fsum(apart * apart)
    r1 = math.fsum(apart[1:] * apart[:-1]) / squares if squares > 0.0 else None
    sd = math.sqrt(squares / (x.size - 1))
    return Summary(x.size, mean, sd, float(x.min()), float(np.median(x)), float(x.max()), r1)


@dataclass(frozen=True, slots=True)
class OneWayAnova:
    """One-way analysis of variance."""

    groups: int
    n: int
    ss_between: float
    ss_within: float
    df_between: int
    df_within: int
    f: float
    p_value: float
    r_squared: float
    sd_within: float


def one_way_anova(groups: Sequence[ArrayLike]) -> OneWayAnova:
    """Are the means of the groups equal? F = MS between / MS within; exact sums about the grand mean."""
    rows = [clean_values(row, f"groups[{i}]") for i, row in enumerate(groups)]
    n = sum(row.size for row in rows)
    if len(rows) < 2 or n <= len(rows):
        raise InputError([Problem("at least two groups, and one with two values, are needed", key="groups")])
    grand = exact_mean(np.concatenate(rows))
    # differences from the grand mean are exact for values near it, where sums of squares would cancel
    shifted = [row - grand for row in rows]
    drift = exact_mean(np.concatenate(shifted))
    means = [exact_mean(row) - drift for row in shifted]
    within = math.fsum(
        float(v) for row, mean in zip(shifted, means, strict=True) for v in (row - (mean + drift)) ** 2
    )
    between = math.fsum(row.size * mean * mean for row, mean in zip(shifted, means, strict=True))
    if within <= 0.0:
        raise InputError([Problem("no variation within the groups: F is not defined", key="groups")])
    df_between, df_within = len(rows) - 1, n - len(rows)
    f = between / df_between / (within / df_within)
    return OneWayAnova(
        len(rows),
        n,
        between,
        within,
        df_between,
        df_within,
        f,
        float(fdtrc(df_between, df_within, f)),
        between / (between + within),
        math.sqrt(within / df_within),
    )
