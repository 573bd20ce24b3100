"""Tolerance intervals: limits that hold a share p of the population with confidence gamma (not the mean: the
parts).

one-sided, exact     k1 = t'_{gamma, n-1}(z_p sqrt(n)) / sqrt(n), t' noncentral t
one-sided, approx.   k1 of the NIST/SEMATECH e-Handbook 7.2.6.3 (Natrella 1963)
two-sided, exact     k2 of Odeh & Owen (1980): the integral over the error of the mean, solved for k
two-sided, Howe      k2 = z_{(1+p)/2} sqrt((1 + 1/n) (n - 1) / chi2_{1-gamma, n-1}) (Howe 1969)
non-parametric       order statistics (Wilks 1941): any continuous distribution
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import binom, chi2, nct, norm

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, choice, clean_values, whole
from linewright.measure.result import Provenance, data_hash

Side = Literal["two", "upper", "lower"]


@dataclass(frozen=True, slots=True)
class ToleranceInterval:
    """At least a share `coverage` of the population lies within, with `confidence`. An open side is
    infinite.
    """

    low: float
    high: float
    coverage: float
    confidence: float  # wanted
    achieved: float  # what the interval really has: more than wanted where order statistics step
    factor: float  # k of mean +- k s; nan for order statistics
    provenance: Provenance


def one_sided_factor(n: int, coverage: float, confidence: float) -> float:
    """Exact k1 of mean + k1 s."""
    _check(n, coverage, confidence)
    root = math.sqrt(n)
    return float(nct.ppf(confidence, n - 1, float(norm.ppf(coverage)) * root)) / root


def one_sided_factor_approximate(n: int, coverage: float, confidence: float) -> float:
    """k1 by the handbook's formula; good to some 0.5 % above n = 10."""
    _check(n, coverage, confidence)
    z_share, z_sure = float(norm.ppf(coverage)), float(norm.ppf(confidence))
    a = 1.0 - z_sure**2 / (2.0 * (n - 1))
    b = z_share**2 - z_sure**2 / n
    if a <= 0.0:
        raise InputError(
            [Problem(f"n = {n} is too small for the approximation", key="n", hint="take the exact one")]
        )
    return (z_share + math.sqrt(z_share**2 - a * b)) / a


def two_sided_factor_howe(n: int, coverage: float, confidence: float) -> float:
    """k2 by Howe's formula, without the small correction of some programs."""
    _check(n, coverage, confidence)
    z = float(norm.ppf(0.5 * (1.0 + coverage)))
    return z * math.sqrt((1.0 + 1.0 / n) * (n - 1) / float(chi2.ppf(1.0 - confidence, n - 1)))


@lru_cache(maxsize=256)
def two_sided_factor(n: int, coverage: float, confidence: float) -> float:
    """Exact k2 of mean +- k2 s: P over mean and s that the interval holds the share equals the confidence.

    With the mean off by x standard deviations the half width must reach r(x), Phi(x + r) - Phi(x - r) = p, so
    gamma = E[ P(chi2_{n-1} > (n - 1) r(X)^2 / k^2) ], X normal with variance 1/n.
    """
    _check(n, coverage, confidence)
    nodes, weights = np.polynomial.legendre.leggauss(80)
    reach = 9.0 / math.sqrt(n)
    x = 0.5 * reach * (nodes + 1.0)
    density = 0.5 * reach * weights * 2.0 * math.sqrt(n / (2.0 * math.pi)) * np.exp(-0.5 * n * x**2)
    needed = _half_widths(x, coverage)
    df = n - 1

    def excess(k: float) -> float:
        return float(np.sum(density * chi2.sf(df * needed**2 / k**2, df))) - confidence

    guess = two_sided_factor_howe(n, coverage, confidence)
    low, high = 0.5 * guess, 2.0 * guess
    while excess(low) > 0.0:
        low *= 0.5
    while excess(high) < 0.0:
        high *= 2.0
    return float(brentq(excess, low, high, xtol=1e-13, rtol=1e-14))


def _half_widths(x: np.ndarray, coverage: float) -> np.ndarray:
    """r(x) with Phi(x + r) - Phi(x - r) = coverage, by bisection on all x at once."""
    low = np.full_like(x, 0.0)
    high = x + float(norm.ppf(0.5 * (1.0 + coverage))) + 1.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        short = ndtr(x + middle) - ndtr(x - middle) < coverage
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray(0.5 * (low + high))


def normal_interval(
    values: ArrayLike, coverage: float, confidence: float = 0.95, side: Side = "two"
) -> ToleranceInterval:
    """Tolerance interval of normal data [n]: mean and standard deviation unknown, exact factor."""
    choice(side, ("two", "upper", "lower"), "side")
    data = clean_values(values, "values", 2)
    n = len(data)
    mean, sd = float(np.mean(data)), float(np.std(data, ddof=1))
    if sd == 0.0:
        raise InputError([Problem("the values do not vary: no tolerance interval", key="values")])
    factor = (two_sided_factor if side == "two" else one_sided_factor)(n, coverage, confidence)
    return ToleranceInterval(
        low=-math.inf if side == "upper" else mean - factor * sd,
        high=math.inf if side == "lower" else mean + factor * sd,
        coverage=coverage,
        confidence=confidence,
        achieved=confidence,
        factor=factor,
        provenance=Provenance(
            method=f"normal tolerance interval, {'two-sided' if side == 'two' else 'one-sided'}",
            estimator="mean and s with n - 1",
            constants="exact factor",
            data_sha256=data_hash(data),
        ),
    )


def sample_size(coverage: float, confidence: float, side: Side = "two") -> int:
    """How many values so that their extremes hold the share with confidence (Wilks): 59 and 93 for 95/95.

    One-sided 1 - p^n >= gamma; two-sided 1 - n p^(n-1) + (n - 1) p^n >= gamma.
    """
    _check(2, coverage, confidence)
    choice(side, ("two", "upper", "lower"), "side")
    tails = 2 if side == "two" else 1
    n = max(tails, math.ceil(math.log1p(-confidence) / math.log(coverage)))
    while _order_confidence(n, n - tails + 1, coverage) < confidence:
        n += 1
    return n


def _order_confidence(n: int, span: int, coverage: float) -> float:
    """P(the part of the population between order statistics `span` apart is at least `coverage`)."""
    return float(binom.cdf(span - 1, n, coverage))


def order_interval(
    values: ArrayLike, coverage: float, confidence: float = 0.95, side: Side = "two"
) -> ToleranceInterval:
    """Non-parametric tolerance interval of data [n] between order statistics, as narrow as the confidence
    allows.

    Two-sided: as many values are cut off below as above, the odd one above.
    """
    choice(side, ("two", "upper", "lower"), "side")
    data = np.sort(clean_values(values, "values", 2))
    n = len(data)
    _check(n, coverage, confidence)
    tails = 2 if side == "two" else 1
    widest = n - tails + 1
    if _order_confidence(n, widest, coverage) < confidence:
        need = sample_size(coverage, confidence, side)
        raise InputError([Problem(f"{n} values cannot hold {coverage:g} with {confidence:g}", key="values",
                                  hint=f"{need} are needed")])  # fmt: skip
    span = int(binom.ppf(confidence, n, coverage)) + 1
    while span > 1 and _order_confidence(n, span - 1, coverage) >= confidence:
        span -= 1
    cut = widest - span
    low = 0 if side == "upper" else (cut if side == "lower" else cut // 2)
    below = -math.inf if side == "upper" else float(data[low])
    above = math.inf if side == "lower" else float(data[n - 1 - (cut if side == "upper" else cut - cut // 2)])
    return ToleranceInterval(
        low=below,
        high=above,
        coverage=coverage,
        confidence=confidence,
        achieved=_order_confidence(n, span, coverage),
        factor=math.nan,
        provenance=Provenance(
            "non-parametric tolerance interval (Wilks)", "order statistics", data_sha256=data_hash(data)
        ),
    )


def _check(n: int, coverage: float, confidence: float) -> None:
    whole(n, "n", 2)
    between(coverage, 0.0, 1.0, "coverage")
    between(confidence, 0.0, 1.0, "confidence")
