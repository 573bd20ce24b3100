"""Bias-correction constants of normal samples, computed for any sample size instead of looked up.

All of them are moments of statistics of n independent standard normal values. The printed tables (ASTM E2587,
Montgomery appendix VI) are these numbers rounded to three or four digits; a book that multiplies by a rounded
constant therefore differs from us in the fourth digit of a limit, never by more.

    d2  mean of the range             d3  standard deviation of the range     d4  median of the range
    c4  mean of s                     c5  standard deviation of s
    c4_mssd  mean of the root of half the mean squared successive difference
    sd_median  standard deviation of the sample median
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln, log_ndtr, ndtr

from linewright.errors import InputError

SOURCE = "exact: quadrature of the normal integrals"

FloatArray = NDArray[np.float64]

_ROOT_TWO_PI = math.sqrt(2.0 * math.pi)


def _check_size(n: int, name: str) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 2:
        raise InputError(f"{name} needs a whole sample size of at least 2, not {n!r}")
    return int(n)


def _normal_density(x: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * x * x) / _ROOT_TWO_PI)


def _reach(n: int) -> float:
    """Beyond this many standard deviations no value of a sample of n falls with a chance above 1e-17."""
    return 8.5 + math.sqrt(2.0 * math.log(n))


@lru_cache(maxsize=1024)
def d2(n: int) -> float:
    """Mean range of n standard normal values: integral of 1 - F(x)^n - (1 - F(x))^n (Tippett 1925)."""
    size = _check_size(n, "d2")
    reach = _reach(size)
    x, step = np.linspace(-reach, reach, 4001, retstep=True)
    tail = -np.expm1(size * log_ndtr(x)) - np.exp(size * log_ndtr(-x))
    return float(step * np.sum(tail))


def _range_survival(w: FloatArray, n: int) -> FloatArray:
    """P(range of n standard normal values > w), each w: 1 - n int f(x) [F(x+w) - F(x)]^(n-1) dx."""
    reach = _reach(n)
    x, step = np.linspace(-reach, reach, 1201, retstep=True)
    out = np.empty_like(w)
    for i, width in enumerate(w):
        gap = ndtr(x + width) - ndtr(x)
        out[i] = 1.0 - n * step * np.sum(_normal_density(x) * gap ** (n - 1))
    return out


@lru_cache(maxsize=1024)
def d3(n: int) -> float:
    """Standard deviation of the range of n standard normal values: root of 2 int w P(W > w) dw - d2(n)^2."""
    size = _check_size(n, "d3")
    if size == 2:  # the range of two is |N(0, 2)|
        return math.sqrt(2.0 - 4.0 / math.pi)
    nodes, weights = np.polynomial.legendre.leggauss(160)
    top = 2.0 * _reach(size)
    w = 0.5 * top * (nodes + 1.0)
    # second moment about d2, to lose no digits in a difference of squares
    centre = d2(size)
    variance = centre**2 + top * np.sum(weights * (w - centre) * _range_survival(w, size))
    return math.sqrt(float(variance))


@lru_cache(maxsize=1024)
def d4(n: int) -> float:
    """Median of the range of n standard normal values: divides a median moving range."""
    size = _check_size(n, "d4")
    return float(
        brentq(lambda w: _range_survival(np.array([w]), size)[0] - 0.5, 1e-9, 2.0 * _reach(size), xtol=1e-13)
    )


def _half_step_gamma_ratio(x: float) -> float:
    """Gamma(x + 1/2) / Gamma(x): series for large x, where the difference of two log-gammas loses digits."""
    if x < 60.0:
        return math.exp(float(gammaln(x + 0.5) - gammaln(x)))
    y = 1.0 / x
    tail = 1.0 + 5.0 * y / 8.0 * (1.0 - 21.0 * y / 160.0 * (1.0 + 19.0 * y / 8.0))
    series = 1.0 - y / 8.0 * (1.0 - y / 16.0 * tail)
    return math.sqrt(x) * series


@lru_cache(maxsize=4096)
def c4(n: int) -> float:
    """Mean of the standard deviation s of n standard normal values: sqrt(2/(n-1)) G(n/2) / G((n-1)/2)."""
    size = _check_size(n, "c4")
    return math.sqrt(2.0 / (size - 1)) * _half_step_gamma_ratio(0.5 * (size - 1))


@lru_cache(maxsize=4096)
def c5(n: int) -> float:
    """Standard deviation of the sample standard deviation of n standard normal values: sqrt(1 - c4^2)."""
    unbiasing = c4(n)
    return math.sqrt((1.0 - unbiasing) * (1.0 + unbiasing))


@lru_cache(maxsize=1024)
def c4_mssd(n: int) -> float:
    """Mean of sqrt(sum of squared successive differences / (2 (n - 1))) of n standard normal values.

    The sum is a quadratic form with eigenvalues 2 - 2 cos(pi j / n), and E sqrt(Q) is
    1/(2 sqrt(pi)) int (1 - E exp(-tQ)) t^(-3/2) dt; with t = u^2 the integrand is smooth.
    """
    size = _check_size(n, "c4_mssd")
    share = (2.0 - 2.0 * np.cos(np.pi * np.arange(1, size) / size)) / (2.0 * (size - 1))
    # u = exp(y): a doubly exponential tail on both sides, so the trapezoid rule converges at once
    y, step = np.linspace(-40.0, 40.0, 4001, retstep=True)
    square = np.exp(2.0 * y)
    log_mean = np.array([-0.5 * np.sum(np.log1p(2.0 * s * share)) for s in square])
    return float(step * np.sum(-np.expm1(log_mean) * np.exp(-y)) / math.sqrt(math.pi))


@lru_cache(maxsize=1024)
def sd_median(n: int) -> float:
    """Standard deviation of the median of n standard normal values (A6 = 3 sd_median / d2)."""
    size = _check_size(n, "sd_median")
    reach = 9.0
    m, step = np.linspace(-reach, reach, 901, retstep=True)
    if size % 2:
        k = (size - 1) // 2
        scale = gammaln(size + 1) - 2.0 * gammaln(k + 1)
        density = np.exp(scale + k * (log_ndtr(m) + log_ndtr(-m))) * _normal_density(m)
        return math.sqrt(float(step * np.sum(m * m * density)))
    k = size // 2 - 1
    nodes, weights = np.polynomial.legendre.leggauss(200)
    half_gap, weight = 0.5 * reach * (nodes + 1.0), 0.5 * reach * weights
    low, high = m[:, None] - half_gap, m[:, None] + half_gap
    scale = math.log(2.0) + gammaln(size + 1) - 2.0 * gammaln(k + 1)
    joint = (
        np.exp(scale + k * (log_ndtr(low) + log_ndtr(-high))) * _normal_density(low) * _normal_density(high)
    )
    return math.sqrt(float(step * np.sum(m * m * (joint @ weight))))
