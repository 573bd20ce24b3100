"""Estimators of the process standard deviation: within subgroups, between neighbours, and overall.

Every estimator is unbiased for independent normal values unless its description says otherwise. With varying
subgroup sizes, ranges and standard deviations are weighted by the inverse of their variances (Burr 1969, as
Minitab does), which for equal sizes is the plain average of every textbook.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln

from linewright.errors import InputError, Problem
from linewright.measure.checks import choice, whole
from linewright.measure.constants import SOURCE, c4, c4_mssd, c5, d2, d3, d4
from linewright.measure.subgroups import Subgroups

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """An estimated standard deviation, how it was made, and how much it knows."""

    sigma: float
    estimator: str
    nominal_df: float  # degrees of freedom by count: sum of (n_i - 1), or N - 1
    effective_df: float  # of the chi that has the same coefficient of variation (Patnaik 1950)
    constants: str = SOURCE


@dataclass(frozen=True, slots=True)
class Shares:
    """What each subgroup gives to an estimator that is made of two sums; so any choice of subgroups has its sigma."""

    top: FloatArray  # (m,)
    bottom: FloatArray  # (m,), zero for a subgroup of one
    finish: Callable[[FloatArray, FloatArray], FloatArray]  # sums of both -> sigma

    def sigma(self, rows: NDArray[np.int64] | slice = slice(None)) -> FloatArray:
        """Sigma of the subgroups chosen by number, rows (b, k) -> (b,); of all of them where nothing is chosen."""
        return self.finish(self.top[rows].sum(axis=-1), self.bottom[rows].sum(axis=-1))


def shares(groups: Subgroups, estimator: str) -> Shares | None:
    """The shares of the subgroups in rbar, sbar, pooled and pooled_raw; None: the estimator is no pair of sums."""
    if estimator == "pooled":
        return _pooled_shares(groups, _pooled_unbiased)
    if estimator == "pooled_raw":
        return _pooled_shares(groups, _pooled_root)
    if estimator == "rbar":
        return _weighted_shares(groups, groups.range, d2, d3)
    return _weighted_shares(groups, groups.sd, c4, c5) if estimator == "sbar" else None


def _pooled_shares(groups: Subgroups, finish: Callable[[FloatArray, FloatArray], FloatArray]) -> Shares:
    free = (groups.sizes - 1).astype(np.float64)
    return Shares(free * groups.sd**2, free, finish)


def _pooled_root(squares: FloatArray, df: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(squares / df))


def _pooled_unbiased(squares: FloatArray, df: FloatArray) -> FloatArray:
    return _pooled_root(squares, df) / _by_size(np.asarray(df) + 1.0, c4)


def _weighted_shares(
    groups: Subgroups, spreads: FloatArray, mean_at: Callable[[int], float], sd_at: Callable[[int], float]
) -> Shares:
    """One spread a subgroup, each over its mean at sigma = 1, weighted by 1 / variance; none from a single value."""
    able = groups.sizes > 1
    mean, weight = np.ones(len(groups)), np.zeros(len(groups))
    mean[able] = _by_size(groups.sizes[able], mean_at)
    weight[able] = (mean[able] / _by_size(groups.sizes[able], sd_at)) ** 2
    return Shares(weight * spreads / mean, weight, lambda top, bottom: np.asarray(top / bottom))


def _effective_df(relative_variance: float) -> float:
    """Degrees of freedom f of the chi with this squared coefficient of variation (Patnaik 1950).

    f/2 (Gamma(f/2) / Gamma((f+1)/2))^2 - 1 = v; for many degrees of freedom f = 1/(2v) + 1/4.
    """
    if relative_variance < 2e-4:
        return 0.5 / relative_variance + 0.25

    def excess(f: float) -> float:
        return (
            math.log(0.5 * f)
            + 2.0 * float(gammaln(0.5 * f) - gammaln(0.5 * f + 0.5))
            - math.log1p(relative_variance)
        )

    return float(brentq(excess, 1e-3, 1e5, xtol=1e-9))


def _by_size(sizes: NDArray[np.int64] | FloatArray, constant: Callable[[int], float]) -> FloatArray:
    """One constant for each of many whole numbers, computed once for each distinct one."""
    if bool(np.all(sizes == sizes.flat[0])):
        return np.full(sizes.shape, constant(int(sizes.flat[0])))
    distinct, which = np.unique(sizes, return_inverse=True)
    return np.array([constant(int(n)) for n in distinct])[which]


def _need_groups(groups: Subgroups, estimator: str) -> Subgroups:
    """The subgroups that carry a spread: those of two and more."""
    able = groups.keep(groups.sizes > 1)
    if len(able) == 0:
        text = f"{estimator} needs subgroups of at least two; for individual values take a moving range"
        raise InputError([Problem(text, key="sigma")])
    return able


def rbar(groups: Subgroups) -> Spread:
    """sigma = Rbar / d2(n); varying sizes: sum(f_i R_i / d2) / sum(f_i), f_i = d2^2 / d3^2 at n_i."""
    able = _need_groups(groups, "Rbar/d2")
    return _weighted(able, _weighted_shares(able, able.range, d2, d3), "Rbar / d2(n)")


def sbar(groups: Subgroups) -> Spread:
    """sigma = sbar / c4(n); varying sizes: sum(h_i s_i / c4) / sum(h_i), h_i = c4^2 / (1 - c4^2) at n_i."""
    able = _need_groups(groups, "sbar/c4")
    return _weighted(able, _weighted_shares(able, able.sd, c4, c5), "sbar / c4(n)")


def _weighted(able: Subgroups, parts: Shares, estimator: str) -> Spread:
    df = float(np.sum(able.sizes - 1))
    return Spread(float(parts.sigma()), estimator, df, _effective_df(1.0 / float(np.sum(parts.bottom))))


def pooled(groups: Subgroups) -> Spread:
    """sigma = s_p / c4(f + 1), s_p^2 = sum (n_i - 1) s_i^2 / f, f = sum (n_i - 1)."""
    able = _need_groups(groups, "the pooled standard deviation")
    df = float(np.sum(able.sizes - 1))
    sigma = float(_pooled_shares(able, _pooled_unbiased).sigma())
    return Spread(sigma, "pooled s / c4(f + 1)", df, df)


def pooled_raw(groups: Subgroups) -> Spread:
    """sigma = s_p without unbiasing: s_p^2 = sum (n_i - 1) s_i^2 / sum (n_i - 1). Biased low by c4(f + 1)."""
    able = _need_groups(groups, "the pooled standard deviation")
    df = float(np.sum(able.sizes - 1))
    return Spread(float(_pooled_shares(able, _pooled_root).sigma()), "pooled s, not unbiased", df, df, "")


def median_range(groups: Subgroups) -> Spread:
    """sigma = median(R) / d4(n), subgroups of one size. Not exactly unbiased: a sample median."""
    able = _need_groups(groups, "median(R)/d4")
    size = able.common_size
    if not size:
        text = "the median range needs subgroups of one size"
        raise InputError([Problem(text, key="sigma", hint="take sigma='rbar' or 'pooled'")])
    sigma = float(np.median(able.range)) / d4(size)
    # the variance of a median is about pi/2 that of a mean
    variance = 0.5 * np.pi * (d3(size) / d2(size)) ** 2 / len(able)
    return Spread(sigma, "median R / d4(n)", float(np.sum(able.sizes - 1)), _effective_df(variance))


def moving_ranges(values: FloatArray, span: int = 2) -> FloatArray:
    """Range of each `span` neighbouring values, shape (n - span + 1,)."""
    whole(span, "span", at_least=2)
    if values.size < span:
        text = f"{values.size} values; a moving range of {span} needs at least {span}"
        raise InputError([Problem(text, key="values")])
    if span == 2:
        return np.abs(np.diff(values))
    windows = np.lib.stride_tricks.sliding_window_view(values, span)
    return np.asarray(windows.max(axis=1) - windows.min(axis=1))


def mr_bar(groups: Subgroups, span: int = 2) -> Spread:
    """sigma = mean moving range of the subgroup means / d2(span), times sqrt(n) for subgroups of n."""
    ranges = moving_ranges(_individuals(groups), span)
    sigma = float(np.mean(ranges)) / d2(span)
    n = len(groups)
    # variance of MRbar of two: Braun & Park (2008); wider spans: the same share of their efficiency
    variance = max(0.8264 * n - 1.082, 0.57) / (n - 1) ** 2
    return Spread(sigma, f"MRbar / d2({span})", float(n - 1), _effective_df(variance))


def mr_median(groups: Subgroups, span: int = 2) -> Spread:
    """sigma = median moving range / d4(span). Robust to a few jumps of the mean."""
    ranges = moving_ranges(_individuals(groups), span)
    n = len(groups)
    sigma = float(np.median(ranges)) / d4(span)
    return Spread(sigma, f"median MR / d4({span})", float(n - 1), _effective_df(1.5 / n))


def mssd(groups: Subgroups) -> Spread:
    """sigma = sqrt(sum (x_i - x_(i-1))^2 / (2 (n - 1))) / c4'(n) (von Neumann 1941; c4' computed exactly)."""
    values = _individuals(groups)
    n = values.size
    steps = np.diff(values)
    if n < 2:
        raise InputError([Problem("one value; successive differences need two", key="values")])
    sigma = float(np.sqrt(steps @ steps / (2.0 * (n - 1)))) / c4_mssd(n)
    return Spread(sigma, "sqrt(MSSD / 2) / c4'(n)", float(n - 1), 2.0 * (n - 1) ** 2 / (3 * n - 4))


def overall(groups: Subgroups) -> Spread:
    """sigma = s of all N values, n - 1 in the denominator, not unbiased (Minitab's default for Pp, Ppk)."""
    values = groups.values
    if values.size < 2:
        raise InputError([Problem("one value has no spread; at least two are needed", key="values")])
    return Spread(exact_sd(values), "s of all values (n - 1)", values.size - 1.0, values.size - 1.0, "")


def overall_unbiased(groups: Subgroups) -> Spread:
    """sigma = s / c4(N) of all N values."""
    plain = overall(groups)
    n = groups.values.size
    return Spread(plain.sigma / c4(n), "s of all values / c4(N)", n - 1.0, n - 1.0)


def _individuals(groups: Subgroups) -> FloatArray:
    """Values that estimate sigma of one measurement: the means, scaled by the root of their subgroup size."""
    if groups.values.size == len(groups):
        return groups.values
    size = groups.common_size
    if not size:
        text = "moving ranges of means need subgroups of one size"
        raise InputError([Problem(text, key="sigma", hint="take sigma='rbar' or 'pooled'")])
    return np.asarray(groups.mean * np.sqrt(size))


def exact_sd(values: FloatArray) -> float:
    """Standard deviation with n - 1 by two passes and a correction: full accuracy beside a large mean."""
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is infinite, and said by `estimate`
        shifted = values - values[0]
        apart = shifted - np.mean(shifted)
        drift = float(np.sum(apart))
        return float(np.sqrt(max(float(apart @ apart) - drift * drift / values.size, 0.0) / (values.size - 1)))


ESTIMATORS: dict[str, Callable[[Subgroups], Spread]] = {
    "rbar": rbar,
    "sbar": sbar,
    "pooled": pooled,
    "pooled_raw": pooled_raw,
    "median_range": median_range,
    "mr_bar": mr_bar,
    "mr_median": mr_median,
    "mssd": mssd,
    "overall": overall,
    "overall_unbiased": overall_unbiased,
}


def estimate(groups: Subgroups, estimator: str) -> Spread:
    """Sigma by a named estimator; no variation at all is an `InputError`, for no limit can rest on it."""
    spread = ESTIMATORS[choice(estimator, ESTIMATORS, "sigma")](groups)
    if not math.isfinite(spread.sigma):
        raise InputError([Problem("the values are too large for their squares", key="values")])
    # differences that are rounding of equal values are no variation either
    scale = float(np.max(np.abs(groups.values)))
    if not spread.sigma > 1e-14 * scale:
        text = f"no variation: {spread.estimator} is {spread.sigma:g}"
        raise InputError(
            [Problem(text, key="values", hint="is the gauge stuck, or its resolution too coarse?")]
        )
    return spread
