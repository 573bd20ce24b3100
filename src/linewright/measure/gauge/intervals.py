"""Confidence intervals of variance components of balanced random models.

Repeatability has the exact chi-square interval. Sums and differences of mean squares have no exact one: the
modified large sample bounds of Graybill & Wang and Ting et al. are used, as Burdick, Borror & Montgomery,
Design and Analysis of Gauge R&R Studies (SIAM 2005), ch. 2, give them. They keep their level closely down to
a few degrees of freedom.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

from scipy.stats import chi2
from scipy.stats import f as f_distribution

from linewright.measure.result import Interval

METHOD = "modified large sample (Burdick, Borror & Montgomery 2005)"


def variance_interval(ms: float, df: int, confidence: float) -> Interval:
    """Exact interval of a variance estimated by `ms` with `df` degrees of freedom, normal data."""
    tail = 0.5 * (1.0 - confidence)
    low = df * ms / float(chi2.isf(tail, df))
    high = df * ms / float(chi2.ppf(tail, df))
    return Interval(low, high, confidence, "chi-square, exact for normal data")


def combination_interval(terms: Sequence[tuple[float, float, int]], confidence: float) -> Interval:
    """Interval of sum c MS over `terms` (c, MS, df), at least one c above zero; never below zero."""
    tail = 0.5 * (1.0 - confidence)
    plus = [(c * ms, df) for c, ms, df in terms if c > 0.0]
    minus = [(-c * ms, df) for c, ms, df in terms if c < 0.0]
    estimate = sum(t for t, _ in plus) - sum(t for t, _ in minus)
    below = sum((_g(df, tail) * t) ** 2 for t, df in plus) + sum((_h(df, tail) * t) ** 2 for t, df in minus)
    above = sum((_h(df, tail) * t) ** 2 for t, df in plus) + sum((_g(df, tail) * t) ** 2 for t, df in minus)
    for (p, dp), (m, dm) in product(plus, minus):
        below += _g_cross(dp, dm, tail) * p * m
        above += _h_cross(dp, dm, tail) * p * m
    low = estimate - math.sqrt(max(0.0, below))
    high = estimate + math.sqrt(max(0.0, above))
    return Interval(max(0.0, low), max(0.0, high), confidence, METHOD)


def _g(df: int, tail: float) -> float:
    return 1.0 - df / float(chi2.isf(tail, df))


def _h(df: int, tail: float) -> float:
    return df / float(chi2.ppf(tail, df)) - 1.0


def _g_cross(plus: int, minus: int, tail: float) -> float:
    ratio = float(f_distribution.isf(tail, plus, minus))
    return ((ratio - 1.0) ** 2 - (_g(plus, tail) * ratio) ** 2 - _h(minus, tail) ** 2) / ratio


def _h_cross(plus: int, minus: int, tail: float) -> float:
    ratio = float(f_distribution.ppf(tail, plus, minus))
    return ((1.0 - ratio) ** 2 - (_h(plus, tail) * ratio) ** 2 - _g(minus, tail) ** 2) / ratio
