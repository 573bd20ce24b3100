"""One reference part, one operator: type 1 study, bias, linearity, stability.

    Cg  = (K/100) T / (L s)            Cgk = ((K/200) T - |bias|) / ((L/2) s)

K = 20 % of the tolerance T and L = 6 are the usual choice (AIAG, VDA 5, Bosch booklet 10 since 2003; 4 s
before).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, choice, clean_table, clean_values, finite, positive
from linewright.measure.constants import SOURCE, c4, d2, d3
from linewright.measure.gauge.anova import exact_mean
from linewright.measure.gauge.average_range import d2_star
from linewright.measure.gauge.study import FloatArray, IntArray, coded
from linewright.measure.result import Interval, Provenance, data_hash

Estimator = Literal["s", "range"]
ESTIMATORS = {"s": "s with n - 1, pooled where there are several", "range": "Rbar / d2*"}


@dataclass(frozen=True, slots=True)
class Bias:
    """Mean of repeated readings against the reference, with Student's test of bias = 0."""

    reference: float
    n: int
    mean: float
    sd: float
    bias: float
    interval: Interval  # of the bias
    t: float  # nan where the readings do not vary
    p: float
    provenance: Provenance

    @property
    def significant(self) -> bool:
        return 0.0 not in self.interval


@dataclass(frozen=True, slots=True)
class Type1Study:
    """Repeatability and bias of a gauge on one reference part."""

    bias: Bias
    tolerance: float
    cg: float
    cgk: float
    share_pct: float  # K
    sigmas: float  # L
    resolution_pct: float | None  # of the tolerance; above 5 is too coarse
    provenance: Provenance

    @property
    def repeatability_pct(self) -> float:
        """%Var(repeatability) = K / Cg."""
        return self.share_pct / self.cg if self.cg else math.inf

    @property
    def repeatability_and_bias_pct(self) -> float:
        """%Var(repeatability and bias) = K / Cgk; infinite where Cgk is not above zero."""
        return self.share_pct / self.cgk if self.cgk > 0.0 else math.inf

    def capable(self, wanted: float = 1.33) -> bool:
        return self.cg >= wanted and self.cgk >= wanted


def bias_study(values: ArrayLike, reference: float, confidence: float = 0.95, sigma: Estimator = "s") -> Bias:
    """Bias of readings [n] of one part of known value: t = bias / (sigma / sqrt(n)).

    `sigma`: "s" with n - 1 degrees of freedom, or "range", R / d2*(n, 1) with Patnaik's degrees of freedom,
    as the tables of AIAG and Minitab's linearity study have it.
    """
    readings = clean_values(values, "values", 2)
    known = finite(reference, "reference")
    between(confidence, 0.0, 1.0, "confidence")
    n = len(readings)
    shifted = readings - known
    bias = exact_mean(shifted)
    sd, df = _spread([shifted], choice(sigma, ("s", "range"), "sigma"))
    error = sd / math.sqrt(n)
    half = float(student.ppf(0.5 + 0.5 * confidence, df)) * error
    t = bias / error if error > 0.0 else math.nan
    p = 2.0 * float(student.sf(abs(t), df)) if error > 0.0 else math.nan
    notes = () if error > 0.0 else ("the readings do not vary: the resolution hides the repeatability",)
    provenance = Provenance(
        "bias study",
        ESTIMATORS[sigma],
        SOURCE if sigma == "range" else "",
        data_sha256=data_hash(readings),
        notes=notes,
    )
    interval = Interval(bias - half, bias + half, confidence, "Student's t")
    return Bias(known, n, known + bias, sd, bias, interval, t, p, provenance)


def _spread(groups: Sequence[FloatArray], sigma: str) -> tuple[float, float]:
    """(repeatability within groups of readings, its degrees of freedom).

    s is pooled. The range's sigma is Rbar / d2*(n, g), and its degrees of freedom come from matching a chi
    variable's coefficient of variation (Patnaik 1950): 1 / (2 sqrt(1 + 2 V) - 2), V = d3^2 / (g d2^2).
    """
    if sigma == "s":
        df = sum(len(group) - 1 for group in groups)
        within = math.fsum(math.fsum((group - exact_mean(group)) ** 2) for group in groups)
        return math.sqrt(within / df), df
    sizes = {len(group) for group in groups}
    if len(sizes) > 1:
        raise InputError(
            [Problem("ranges need the same number of readings each", key="sigma", hint='take "s"')]
        )
    n, g = sizes.pop(), len(groups)
    variation = d3(n) ** 2 / (g * d2(n) ** 2)
    mean_range = float(np.mean([np.ptp(group) for group in groups]))
    return mean_range / d2_star(n, g), 1.0 / (2.0 * math.sqrt(1.0 + 2.0 * variation) - 2.0)


def type1_study(
    values: ArrayLike,
    reference: float,
    tolerance: float,
    *,
    share_pct: float = 20.0,
    sigmas: float = 6.0,
    resolution: float | None = None,
    confidence: float = 0.95,
) -> Type1Study:
    """Type 1 study of readings [n] of one part; `share_pct` is K, `sigmas` is L."""
    width = positive(tolerance, "tolerance")
    share, spread = positive(share_pct, "share_pct"), positive(sigmas, "sigmas")
    found = bias_study(values, reference, confidence)
    room = share / 100.0 * width
    if found.sd > 0.0:
        cg = room / (spread * found.sd)
        cgk = (0.5 * room - abs(found.bias)) / (0.5 * spread * found.sd)
    else:
        cg, cgk = math.inf, math.copysign(math.inf, 0.5 * room - abs(found.bias))
    fine = None if resolution is None else 100.0 * positive(resolution, "resolution") / width
    provenance = Provenance(
        method=f"type 1 study, {share:g} % of the tolerance, {spread:g} s",
        estimator="s with n - 1",
        data_sha256=found.provenance.data_sha256,
        notes=found.provenance.notes,
    )
    return Type1Study(found, width, cg, cgk, share, spread, fine, provenance)


@dataclass(frozen=True, slots=True)
class Linearity:
    """How the bias changes over the range of the gauge: bias = intercept + slope reference."""

    slope: float
    intercept: float
    slope_interval: Interval
    intercept_interval: Interval
    slope_p: float
    intercept_p: float
    residual_sd: float
    r_squared: float
    biases: tuple[Bias, ...]  # one a reference, rising
    average_bias: float
    average_bias_p: float
    linearity: float | None  # |slope| x process variation; None without it
    linearity_pct: float  # 100 |slope|
    bias_pct: float | None  # |average bias| of the process variation
    provenance: Provenance

    def bias_at(self, reference: float) -> float:
        """The line's bias at a reference value."""
        return self.intercept + self.slope * reference


def linearity_study(
    values: ArrayLike,
    reference: ArrayLike,
    *,
    process_variation: float | None = None,
    confidence: float = 0.95,
    sigma: Estimator = "s",
) -> Linearity:
    """Linearity and bias (AIAG MSA ch. III): regression of each reading's bias on its reference, n - 2
    freedom.

    `values` [n] readings, `reference` [n] the true value of the part of each; `process_variation` is 6 sigma
    of the process, in the unit of the values. A p-value of the slope below 0.05 says that the bias changes
    with the size.
    """
    readings, known = clean_values(values, "values", 3), clean_values(reference, "reference", 3)
    if len(readings) != len(known):
        raise InputError([Problem(f"{len(known)} references for {len(readings)} values", key="reference")])
    between(confidence, 0.0, 1.0, "confidence")
    choice(sigma, ("s", "range"), "sigma")
    index, _ = coded(known.tolist(), "reference")
    count = int(index.max()) + 1
    if count < 2 or np.bincount(index).min() < 2:
        raise InputError(
            [Problem("linearity needs two references at least, each read twice at least", key="reference")]
        )
    bias = readings - known
    line = fit_line(known, bias, confidence)
    biases = tuple(
        bias_study(readings[index == i], float(known[index == i][0]), confidence, sigma) for i in range(count)
    )
    average, average_p = _pooled_bias(bias, index, sigma)
    spread = None if process_variation is None else positive(process_variation, "process_variation")
    return Linearity(
        slope=line.slope,
        intercept=line.intercept,
        slope_interval=line.slope_interval,
        intercept_interval=line.intercept_interval,
        slope_p=line.slope_p,
        intercept_p=line.intercept_p,
        residual_sd=line.residual_sd,
        r_squared=line.r_squared,
        biases=biases,
        average_bias=average,
        average_bias_p=average_p,
        linearity=None if spread is None else abs(line.slope) * spread,
        linearity_pct=100.0 * abs(line.slope),
        bias_pct=None if spread is None else 100.0 * abs(average) / spread,
        provenance=Provenance(
            "gauge linearity and bias",
            f"least squares of all single biases; biases by {ESTIMATORS[sigma]} within references",
            data_sha256=data_hash(readings, known),
        ),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A least-squares line with Student's intervals and tests, n - 2 degrees of freedom."""

    slope: float
    intercept: float
    slope_interval: Interval
    intercept_interval: Interval
    slope_p: float
    intercept_p: float
    residual_sd: float
    r_squared: float


def fit_line(x: FloatArray, y: FloatArray, confidence: float) -> Line:
    """y = intercept + slope x."""
    n = len(x)
    middle, height = exact_mean(x), exact_mean(y)
    dx, dy = x - middle, y - height
    sxx = math.fsum(dx**2)
    if sxx == 0.0 or n < 3:
        raise InputError([Problem("a line needs three points and two places", key="x")])
    slope = math.fsum(dx * dy) / sxx
    intercept = height - slope * middle
    rest = math.fsum((dy - slope * dx) ** 2)
    total = math.fsum(dy**2)
    sd = math.sqrt(rest / (n - 2))
    quantile = float(student.ppf(0.5 + 0.5 * confidence, n - 2))
    errors = sd / math.sqrt(sxx), sd * math.sqrt(1.0 / n + middle**2 / sxx)
    p = [_p_value(v, e, n - 2) for v, e in zip((slope, intercept), errors, strict=True)]
    around = [
        Interval(v - quantile * e, v + quantile * e, confidence, "Student's t")
        for v, e in zip((slope, intercept), errors, strict=True)
    ]
    r_squared = 1.0 - rest / total if total > 0.0 else math.nan
    return Line(slope, intercept, around[0], around[1], p[0], p[1], sd, r_squared)


def _p_value(value: float, error: float, df: float) -> float:
    if error == 0.0:
        return math.nan if value == 0.0 else 0.0
    return 2.0 * float(student.sf(abs(value / error), df))


def _pooled_bias(bias: FloatArray, index: IntArray, sigma: str) -> tuple[float, float]:
    """Average bias and its p-value by the spread within references."""
    average = exact_mean(bias)
    sd, df = _spread([bias[index == i] for i in range(int(index.max()) + 1)], sigma)
    return average, _p_value(average, sd / math.sqrt(len(bias)), df)


@dataclass(frozen=True, slots=True)
class Stability:
    """A gauge on one part over time: is it where it was?"""

    means: FloatArray  # [m]
    center: float
    lower: float  # 3 sigma limits of the means
    upper: float
    sigma: float  # of one reading, within subgroups
    outside: tuple[int, ...]  # subgroups beyond the limits, from 0
    drift: float  # a subgroup, or a unit of `times`
    drift_interval: Interval
    drift_p: float
    bias: float | None  # against the reference
    provenance: Provenance

    @property
    def stable(self) -> bool:
        return not self.outside and self.drift_p > 0.05


def stability_study(
    values: ArrayLike,
    *,
    reference: float | None = None,
    times: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Stability:
    """Subgroups of readings [m, n] of one part, at `times` [m] (default 0, 1, 2 ...).

    Limits: mean +- 3 (sbar / c4(n)) / sqrt(n). Drift: least squares of the means over time.
    """
    groups = clean_table(values, "values", (3, 2))
    between(confidence, 0.0, 1.0, "confidence")
    m, n = groups.shape
    at = np.arange(m, dtype=float) if times is None else clean_values(times, "times", 3)
    if len(at) != m:
        raise InputError([Problem(f"{len(at)} times for {m} subgroups", key="times")])
    means = groups.mean(axis=1)
    sigma = float(np.mean(np.std(groups, axis=1, ddof=1))) / c4(n)
    center = float(np.mean(means))
    reach = 3.0 * sigma / math.sqrt(n)
    outside = tuple(int(i) for i in np.flatnonzero(np.abs(means - center) > reach))
    line = fit_line(at, means, confidence)
    return Stability(
        means=means,
        center=center,
        lower=center - reach,
        upper=center + reach,
        sigma=sigma,
        outside=outside,
        drift=line.slope,
        drift_interval=line.slope_interval,
        drift_p=line.slope_p,
        bias=None if reference is None else center - finite(reference, "reference"),
        provenance=Provenance(
            "gauge stability", "sigma = sbar / c4(n)", SOURCE, data_sha256=data_hash(groups, at)
        ),
    )
