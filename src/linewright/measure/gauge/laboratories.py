"""Two laboratories, the same parts: do they find the same, and how well does each measure?

For x and y on the same n parts: bias mean(x - y) with its t interval; limits of agreement, bias -+ 1.96 sd(x - y)
(Bland & Altman, Lancet 327 (1986) 307); correlation with Fisher's interval; each laboratory's own standard
deviation by Grubbs' estimators, var(x) - cov(x, y) and var(y) - cov(x, y) (JASA 43 (1948) 243), where they are
positive. Common parts count; a part that one of them lacks is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, t

from linewright.errors import InputError, Problem
from linewright.measure.checks import as_floats, between, whole
from linewright.measure.result import Interval

LEAST_PARTS = 4  # Fisher's interval needs n - 3 > 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two laboratories say of the same parts, in the unit of the data; differences are first - second."""

    n: int
    bias: float
    bias_interval: Interval
    sd_difference: float
    limits: tuple[float, float]  # of agreement: 95 % of differences lie between
    correlation: float
    correlation_interval: Interval
    sd_first: float  # of one result of the first laboratory; nan where the estimate is not positive
    sd_second: float
    sd_parts: float  # of the parts themselves; nan where both see nothing in common
    p_bias: float  # of so large a bias, were there none
    confidence: float

    @property
    def sd_one(self) -> float:
        """Scatter of one result if both measured equally well: sd(x - y) / sqrt(2)."""
        return self.sd_difference / math.sqrt(2.0)

    @property
    def biased(self) -> bool:
        """Does the interval of the bias leave zero out: do they disagree beyond their scatter?"""
        return not self.bias_interval.low <= 0.0 <= self.bias_interval.high

    @property
    def sees_parts(self) -> bool:
        """Do both see the same differences between parts: is the correlation above zero for certain?"""
        return self.correlation_interval.low > 0.0


def compare_laboratories(
    first: ArrayLike, second: ArrayLike, confidence: float = 0.95, comparisons: int = 1
) -> Agreement:
    """Agreement of two laboratories on the same parts (n,), nan where a part was not measured.

    `comparisons` is how many characteristics are looked at together: intervals are widened so that all of
    them hold with `confidence` (Bonferroni). Raises InputError with fewer than four common parts, or without any
    scatter.
    """
    x, y = as_floats(first, "first"), as_floats(second, "second")
    if x.shape != y.shape or x.ndim != 1:
        raise InputError([Problem(f"{x.shape} and {y.shape} values are not of the same parts", key="second")])
    both = np.isfinite(x) & np.isfinite(y)
    x, y, n = x[both], y[both], int(both.sum())
    if n < LEAST_PARTS:
        raise InputError([Problem(f"{n} parts measured by both; {LEAST_PARTS} are needed", key="second")])
    level = 1.0 - (1.0 - between(confidence, 0.0, 1.0, "confidence")) / whole(comparisons, "comparisons")
    difference = x - y
    sd = float(difference.std(ddof=1))
    if sd == 0.0 or x.std() == 0.0 or y.std() == 0.0:
        raise InputError([Problem("values without any scatter cannot be compared", key="first")])
    bias = float(difference.mean())
    standard = sd / math.sqrt(n)
    half = float(t.ppf(0.5 + level / 2.0, n - 1)) * standard
    covariance = float(np.cov(x, y)[0, 1])
    r = float(np.corrcoef(x, y)[0, 1])
    return Agreement(
        n=n,
        bias=bias,
        bias_interval=Interval(bias - half, bias + half, level, "t, Bonferroni" if comparisons > 1 else "t"),
        sd_difference=sd,
        limits=(bias - 1.96 * sd, bias + 1.96 * sd),
        correlation=r,
        correlation_interval=_fisher(r, n, level),
        sd_first=_root(float(x.var(ddof=1)) - covariance),
        sd_second=_root(float(y.var(ddof=1)) - covariance),
        sd_parts=_root(covariance),
        p_bias=float(2.0 * t.sf(abs(bias) / standard, n - 1)),
        confidence=confidence,
    )


def _root(variance: float) -> float:
    return math.sqrt(variance) if variance > 0.0 else math.nan


def _fisher(r: float, n: int, level: float) -> Interval:
    """Fisher's z: atanh(r) -+ z / sqrt(n - 3)."""
    middle = math.atanh(max(min(r, 1.0 - 1e-15), -1.0 + 1e-15))
    half = float(norm.ppf(0.5 + level / 2.0)) / math.sqrt(n - 3)
    return Interval(math.tanh(middle - half), math.tanh(middle + half), level, "Fisher z")
