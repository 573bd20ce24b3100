"""Capability of a normal process: Cp, Cpk within subgroups, Pp, Ppk, Cpm overall, with intervals and fallout.

Sources: ISO 22514-2; Montgomery chapter 8; AIAG Statistical Process Control. Cp and Cpk speak of the process
while it is stable (sigma within subgroups), Pp and Ppk of all parts made (overall sigma). An index of a
process that is out of control describes nothing: chart first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from linewright.measure.capability.bootstrap import FloatArray, Statistic, bca
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


def _statistics(spec: Spec) -> dict[str, Statistic]:
    """Pp, Ppl, Ppu, Ppk and Cpm of samples in rows."""
    aim = math.nan if spec.aim is None else spec.aim
    two_sided = spec.lsl is not None and spec.usl is not None
    reach = 0.5 * (spec.high - spec.low) if two_sided else min(spec.high - aim, aim - spec.low)

    def moments(x: FloatArray) -> tuple[FloatArray, FloatArray]:
        mean = x.mean(axis=1)
        apart = x - mean[:, None]
        variance = np.einsum("ij,ij->i", apart, apart) / (x.shape[1] - 1)
        return mean, np.sqrt(variance)

    def lower(x: FloatArray) -> FloatArray:
        mean, sd = moments(x)
        return (mean - spec.low) / (3.0 * sd)

    def upper(x: FloatArray) -> FloatArray:
        mean, sd = moments(x)
        return (spec.high - mean) / (3.0 * sd)

    def worst(x: FloatArray) -> FloatArray:
        mean, sd = moments(x)
        return np.asarray(np.minimum(mean - spec.low, spec.high - mean) / (3.0 * sd))

    def both(x: FloatArray) -> FloatArray:
        return np.asarray((spec.high - spec.low) / (6.0 * moments(x)[1]))

    def target(x: FloatArray) -> FloatArray:
        mean, sd = moments(x)
        return np.asarray(reach / (3.0 * np.hypot(sd, mean - aim)))

    return {"both": both, "lower": lower, "upper": upper, "worst": worst, "cpm": target}


def ppk_statistic(spec: Spec) -> Statistic:
    """Ppk of samples in rows, shape (b, n) -> (b,), for `bca`."""
    return _statistics(spec)["worst"]


def _bootstrap(
    values: FloatArray,
    spec: Spec,
    indices: IndexSet,
    cpm: Index | None,
    confidence: float,
    resamples: int,
    seed: int,
) -> tuple[IndexSet, Index | None]:
    """The same indices with BCa intervals."""
    statistics = _statistics(spec)

    def again(index: Index, name: str) -> Index:
        return Index(index.value, bca(values, statistics[name], confidence, resamples, seed))

    renewed = IndexSet(
        None if indices.both is None else again(indices.both, "both"),
        None if indices.lower is None else again(indices.lower, "lower"),
        None if indices.upper is None else again(indices.upper, "upper"),
        again(indices.worst, "worst"),
    )
    return renewed, None if cpm is None else again(cpm, "cpm")


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
    bootstrap of Pp, Ppl, Ppu, Ppk, Cpm (the values resampled one by one); Cp, Cpk as standard.
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
        long_term, cpm = _bootstrap(values, spec, long_term, cpm, confidence, resamples, seed)
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
