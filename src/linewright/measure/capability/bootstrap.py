"""Bootstrap confidence intervals: bias-corrected and accelerated (Efron 1987, JASA 82, 171-185)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, clean_values, whole
from linewright.measure.result import Interval

FloatArray = NDArray[np.float64]
Statistic = Callable[[FloatArray], FloatArray]  # (b, n) samples in rows -> (b,)

_CHUNK = 1_000_000  # values resampled at a time: bounds the memory
_MOST_JACKKNIFE = 2_000  # beyond this many values, groups of values are left out instead of single ones


def resample(values: FloatArray, statistic: Statistic, resamples: int, seed: int) -> FloatArray:
    """The statistic of `resamples` samples drawn with replacement, shape (resamples,)."""
    rng = np.random.default_rng(seed)
    n = values.size
    rows = max(1, _CHUNK // n)
    found = []
    for first in range(0, resamples, rows):
        size = (min(rows, resamples - first), n)
        found.append(statistic(values[rng.integers(0, n, size=size, dtype=np.int32)]))
    return np.concatenate(found)


def _leave_out(values: FloatArray, statistic: Statistic) -> FloatArray:
    """Jackknife values of the statistic; groups of equal size where there are very many values."""
    n = values.size
    if n <= _MOST_JACKKNIFE:
        keep = ~np.eye(n, dtype=np.bool_)
        return statistic(np.broadcast_to(values, (n, n))[keep].reshape(n, n - 1))
    size = n // 200
    cut = values[: 200 * size]
    starts = size * np.arange(200)
    return np.concatenate([statistic(np.delete(cut, slice(s, s + size))[None, :]) for s in starts])


def bca(
    values: ArrayLike,
    statistic: Statistic,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 1,
) -> Interval:
    """BCa interval of a statistic of independent values. The same seed gives the same interval.

    `statistic` maps samples in rows, shape (b, n), to (b,) numbers.
    """
    x = clean_values(values, at_least=3)
    whole(resamples, "resamples", at_least=100)
    between(confidence, 0.0, 1.0, "confidence")
    estimate = float(statistic(x[None, :])[0])
    draws = np.sort(resample(x, statistic, resamples, seed))
    left = _leave_out(x, statistic)
    if not (np.isfinite(estimate) and np.isfinite(draws[[0, -1]]).all() and np.isfinite(left).all()):
        text = "the statistic is not a number in some resamples: too few distinct values"
        raise InputError([Problem(text, key="values")])
    if draws[0] == draws[-1]:
        raise InputError([Problem("the statistic is the same in every resample", key="values")])
    below = np.mean(draws < estimate) + 0.5 * np.mean(draws == estimate)
    bias = float(ndtri(np.clip(below, 0.5 / resamples, 1.0 - 0.5 / resamples)))
    apart = left.mean() - left
    scale = float(np.sum(apart**2)) ** 1.5
    acceleration = float(np.sum(apart**3)) / (6.0 * scale) if scale > 0.0 else 0.0
    tail = 0.5 * (1.0 - confidence)
    z = bias + ndtri(np.array([tail, 1.0 - tail]))
    low, high = np.quantile(draws, ndtr(bias + z / (1.0 - acceleration * z)))
    return Interval(float(low), float(high), confidence, f"BCa bootstrap, {resamples} resamples, seed {seed}")
