"""Intervals and checks of simulation output, over replications or batches.

Law, Simulation Modeling and Analysis, 5th ed., chapter 9. Student's t needs no library here: for whole
degrees of freedom its distribution is a finite sum (Abramowitz & Stegun 26.7.3 and 26.7.4), and the
libraries that have it take longer to import than a simulation takes to run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

MANY = 2000  # degrees of freedom from which an expansion about the normal law is exact enough


class Interval(NamedTuple):
    """A mean with its confidence interval; low and high are nan where one observation is all there is."""

    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the interval's width."""
        return (self.high - self.low) / 2

    def scaled(self, factor: float) -> Interval:
        """The interval in another unit."""
        return Interval(self.mean * factor, self.low * factor, self.high * factor)


def t_probability(t: float, freedom: int) -> float:
    """P(|T| <= t) for Student's t with whole degrees of freedom (Abramowitz & Stegun 26.7.3, 26.7.4)."""
    angle = math.atan2(t, math.sqrt(freedom))
    cos2 = math.cos(angle) ** 2
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for k in range(1 + odd, freedom, 2):
        total += term
        term *= cos2 * k / (k + 1)
    total *= math.sin(angle)
    return 2.0 / math.pi * (angle + total) if odd else total


@lru_cache(maxsize=256)
def t_quantile(level: float, freedom: int) -> float:
    """The t for which P(|T| <= t) is `level`."""
    if freedom >= MANY:
        z = _bisect(lambda x: math.erf(x / math.sqrt(2.0)), level)
        return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return _bisect(lambda t: t_probability(t, freedom), level)


def _bisect(rising: Callable[[float], float], level: float) -> float:
    low, high = 0.0, 1.0
    while rising(high) < level:
        high *= 2.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < level else (low, middle)
    return high


def interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Mean of independent observations with its confidence interval by Student's t; nans are left out."""
    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    n = len(known)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan)
    mean = float(known.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan)
    half = t_quantile(level, n - 1) * float(known.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half)


def ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Element by element, nan where nothing stands below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def autocorrelation(batches: NDArray[np.float64]) -> float:
    """Lag-1 autocorrelation of batch means (replications, batches), pooled; its bias of about -1/n is put
    right.
    """
    n = batches.shape[1]
    if n < 4:
        return math.nan
    apart = batches - batches.mean(axis=1, keepdims=True)
    power = float((apart * apart).sum())
    return float((apart[:, 1:] * apart[:, :-1]).sum()) / power + 1.0 / n if power > 0 else 0.0


def drift(levels: NDArray[np.float64], level: float = 0.99) -> tuple[float, bool]:
    """Relative change from the first half of a run to the second (replications, moments), and is it
    significant?
    """
    half = levels.shape[1] // 2
    change = levels[:, half:].mean(axis=1) - levels[:, :half].mean(axis=1)
    mean = float(levels.mean())
    if len(levels) < 3 or mean == 0.0:
        return 0.0, False
    found = interval(change, level)
    return found.mean / mean, found.low > 0.0 or found.high < 0.0


def mser(series: NDArray[np.float64], batch: int = 5) -> int:
    """Where to cut a series so that the standard error of the mean of the rest is least (White 1997), in
    entries.

    The cut is looked for in the first half; a cut at its very end means that the series is too short.
    """
    n = len(series) // batch
    means = series[: n * batch].reshape(n, batch).mean(axis=1)
    rest = np.arange(n, 0, -1)
    sums = np.cumsum(means[::-1])[::-1]
    squares = np.cumsum((means * means)[::-1])[::-1]
    criterion = (squares - sums * sums / rest) / (rest * rest)
    return int(np.argmin(criterion[: n // 2 + 1])) * batch
