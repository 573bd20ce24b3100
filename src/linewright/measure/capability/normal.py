"""Capability of a normal process: Cp, Cpk within subgroups, Pp, Ppk, Cpm overall, with intervals and fallout.

Sources: ISO 22514-2; Montgomery chapter 8; AIAG Statistical Process Control. Cp and Cpk speak of the process
while it is stable (sigma within subgroups), Pp and Ppk of all parts made (overall sigma). An index of a
process that is out of control describes nothing: chart first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from linewright.measure.capability.bootstrap import FloatArray, Statistic, bca
from linewright.measure.capability.drawn import group_statistics, value_statistics
from linewright.measure.capability.intervals import (
    cp_interval,
    cpk_interval,
    cpm_interval,
    one_sided_interval,
)
from linewright.measure.capability.spec import Fallout, Spec, compare, fallout, normal_fallout, taguchi
from linewright.measure.checks import choice
from linewright.measure.result import Interval, Provenance, data_hash
from linewright.measure.spread import Spread, estimate
from linewright.measure.subgroups import Subgroups, subgroups


@dataclass(frozen=True, slots=True)
class Index:
    """A capability index and its confidence interval."""

    value: float
    interval: Interval

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True, slots=True)
class IndexSet:
    """Four indices of one standard deviation; None where a missing limit leaves one undefined."""

    both: Index | None  # Cp or Pp
    lower: Index | None  # Cpl or Ppl
    upper: Index | None  # Cpu or Ppu
    worst: Index  # Cpk or Ppk


@dataclass(frozen=True, slots=True)
class Capability:
    """A capability study of one characteristic."""

    spec: Spec
    n: int
    mean: float
    within: Spread
    overall: Spread
    short_term: IndexSet  # Cp, Cpl, Cpu, Cpk, from sigma within
    long_term: IndexSet  # Pp, Ppl, Ppu, Ppk, from overall sigma
    cpm: Index | None
    observed: Fallout
    expected_within: Fallout
    expected_overall: Fallout
    provenance: Provenance

    @property
    def cp(self) -> float | None:
        return None if self.short_term.both is None else self.short_term.both.value

    @property
    def cpk(self) -> float:
        return self.short_term.worst.value

    @property
    def pp(self) -> float | None:
        return None if self.long_term.both is None else self.long_term.both.value

    @property
    def ppk(self) -> float:
        return self.long_term.worst.value


def observed_fallout(values: FloatArray, spec: Spec) -> Fallout:
    """Share of the values strictly outside the tolerance."""
    return fallout(float(np.mean(values < spec.low)), float(np.mean(values > spec.high)))


def _index_set(
    mean: float, sigma: float, spec: Spec, n: int, df: float, confidence: float, exact: bool
) -> IndexSet:
    found = compare(mean, sigma, spec)

    def side(value: float | None) -> Index | None:
        if value is None:
            return None
        if exact:
            return Index(value, one_sided_interval(value, n, df, confidence))
        return Index(value, cpk_interval(value, n, df, confidence))

    both = None if found.cp is None else Index(found.cp, cp_interval(found.cp, df, confidence))
    lower, upper = side(found.cpl), side(found.cpu)
    one_sided = lower or upper if both is None else None
    return IndexSet(
        both, lower, upper, one_sided or Index(found.cpk, cpk_interval(found.cpk, n, df, confidence))
    )


def _bootstrap(data: FloatArray, statistics: dict[str, Statistic], how: Resampling, indices: IndexSet) -> IndexSet:
    """The same indices with BCa intervals; `data` are what is drawn: values, or the numbers of subgroups."""

    def again(index: Index | None, name: str) -> Index | None:
        return None if index is None else how.renew(data, index, statistics[name])

    worst = how.renew(data, indices.worst, statistics["worst"])
    return IndexSet(again(indices.both, "both"), again(indices.lower, "lower"), again(indices.upper, "upper"), worst)


@dataclass(frozen=True, slots=True)
class Resampling:
    """How bootstrap intervals are made."""

    confidence: float
    resamples: int
    seed: int

    def renew(self, data: FloatArray, index: Index, statistic: Statistic) -> Index:
        """The same index with a BCa interval."""
        return Index(index.value, bca(data, statistic, self.confidence, self.resamples, self.seed))


def capability(
    data: ArrayLike | Subgroups,
    spec: Spec,
    within: str = "",
    overall: str = "overall",
    confidence: float = 0.95,
    intervals: str = "standard",
    df: str = "nominal",
    resamples: int = 10_000,
    seed: int = 1,
) -> Capability:
    """Capability study of individual values (n,) or subgroups (m, n), assumed normal.

    within, overall: estimators of `spread.ESTIMATORS` (within: pooled for subgroups, mr_bar for values).
    intervals "standard": chi-square for Cp, Pp; Bissell for one-sided indices, Cpk, Ppk; Boyles for Cpm.
    "exact": noncentral t for the one-sided indices, and for Cpk, Ppk of a one-sided tolerance. "bca":
    bootstrap; Pp, Ppl, Ppu, Ppk, Cpm from values drawn one by one, Cp, Cpl, Cpu, Cpk from whole subgroups.
    Where sigma within rests on neighbours or on a median (mr_bar, mssd, median_range ...), Cp, Cpk stay standard.
    df of sigma within: "nominal", sum of (n_i - 1), as Minitab has it; "effective", of the chi with the same
    coefficient of variation, which is the honest one for ranges and moving ranges.
    """
    choice(intervals, ("standard", "exact", "bca"), "intervals")
    choice(df, ("nominal", "effective"), "df")
    groups = subgroups(data)
    name = within or ("mr_bar" if groups.values.size == len(groups) else "pooled")
    short, long = estimate(groups, name), estimate(groups, overall)
    values = groups.values
    n = values.size
    mean = float(values[0] + np.mean(values - values[0]))
    exact = intervals == "exact"
    short_df = short.nominal_df if df == "nominal" else short.effective_df
    short_term = _index_set(mean, short.sigma, spec, n, short_df, confidence, exact)
    long_term = _index_set(mean, long.sigma, spec, n, n - 1.0, confidence, exact)
    about = taguchi(mean, long.sigma, spec)
    cpm = None
    if about is not None and spec.aim is not None:
        cpm = Index(about, cpm_interval(about, n, mean, long.sigma, spec.aim, confidence))
    if intervals == "bca":
        how, of_values = Resampling(confidence, resamples, seed), value_statistics(spec)
        long_term = _bootstrap(values, of_values, how, long_term)
        cpm = None if cpm is None else how.renew(values, cpm, of_values["cpm"])
        of_groups = group_statistics(spec, groups, name)
        if of_groups is not None:
            short_term = _bootstrap(np.arange(float(len(groups))), of_groups, how, short_term)
    provenance = Provenance(
        method="normal capability",
        estimator=f"within: {short.estimator}; overall: {long.estimator}; df {df}; intervals {intervals}",
        constants=short.constants,
        data_sha256=data_hash(values, groups.sizes),
    )
    return Capability(
        spec,
        n,
        mean,
        short,
        long,
        short_term,
        long_term,
        cpm,
        observed_fallout(values, spec),
        normal_fallout(mean, short.sigma, spec),
        normal_fallout(mean, long.sigma, spec),
        provenance,
    )
