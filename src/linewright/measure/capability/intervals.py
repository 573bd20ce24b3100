"""Confidence intervals of capability indices and of proportions.

Cp, Pp        chi-square with f degrees of freedom of sigma: exact for normal data and s
Cpk, Ppk      Bissell (1990), Applied Statistics 39, 331-340: normal approximation
one-sided     noncentral t: exact for normal data and s
Cpm           Boyles (1991), Journal of Quality Technology 23, 17-26: chi-square, approximate
"""

from __future__ import annotations

import math

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr, ndtri

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, finite, positive
from linewright.measure.quadrature import gauss_legendre
from linewright.measure.result import Interval


def cp_interval(cp: float, df: float, confidence: float = 0.95) -> Interval:
    """Cp sqrt(chi2_(alpha/2) / f), Cp sqrt(chi2_(1-alpha/2) / f)."""
    positive(df, "df")
    tail = 0.5 * (1.0 - between(confidence, 0.0, 1.0, "confidence"))
    low, high = (math.sqrt(float(stats.chi2.ppf(q, df)) / df) for q in (tail, 1.0 - tail))
    return Interval(cp * low, cp * high, confidence, f"chi-square with {df:.6g} df")


def cpk_interval(cpk: float, n: float, df: float, confidence: float = 0.95) -> Interval:
    """Cpk +- z sqrt(1 / (9 n) + Cpk^2 / (2 f)), n values, f degrees of freedom of sigma (Bissell 1990)."""
    positive(df, "df")
    z = float(-ndtri(0.5 * (1.0 - between(confidence, 0.0, 1.0, "confidence"))))
    half = z * math.sqrt(1.0 / (9.0 * positive(n, "n")) + cpk * cpk / (2.0 * df))
    return Interval(cpk - half, cpk + half, confidence, "normal approximation of Bissell")


def cpk_lower_bound(cpk: float, n: float, df: float, confidence: float = 0.95) -> Interval:
    """One-sided lower bound of the same approximation."""
    both = cpk_interval(cpk, n, df, 2.0 * between(confidence, 0.5, 1.0, "confidence") - 1.0)
    return Interval(both.low, math.inf, confidence, both.method + ", lower bound")


def _noncentral_t(t: float, df: float, delta: float) -> float:
    """P(T <= t): mean of Phi(t s - delta) over s = sqrt(chi2(f) / f). Holds for any f and delta."""
    spread = 10.0 / math.sqrt(2.0 * df)
    s, weights = gauss_legendre(max(0.0, 1.0 - spread), 1.0 + spread, 200)
    log_density = (
        math.log(2.0)
        + 0.5 * df * math.log(0.5 * df)
        - gammaln(0.5 * df)
        + (df - 1.0) * np.log(s)
        - 0.5 * df * s * s
    )
    return float(np.sum(weights * np.exp(log_density) * ndtr(t * s - delta)))


def one_sided_interval(index: float, n: int, df: float | None = None, confidence: float = 0.95) -> Interval:
    """Exact interval of Cpl or Cpu: 3 sqrt(n) C^ is noncentral t with f df and noncentrality 3 sqrt(n) C."""
    freedom = n - 1.0 if df is None else df
    positive(freedom, "df")
    tail = 0.5 * (1.0 - between(confidence, 0.0, 1.0, "confidence"))
    t = 3.0 * math.sqrt(n) * finite(index, "index")
    reach = 12.0 * math.sqrt(1.0 + t * t / (2.0 * freedom)) + 1.0
    bounds = [
        float(brentq(lambda d, q=q: _noncentral_t(t, freedom, d) - q, t - reach, t + reach, xtol=1e-10))
        for q in (1.0 - tail, tail)
    ]
    low, high = (bound / (3.0 * math.sqrt(n)) for bound in bounds)
    return Interval(low, high, confidence, "noncentral t, exact for normal data")


def cpm_interval(
    cpm: float, n: int, mean: float, sigma: float, target: float, confidence: float = 0.95
) -> Interval:
    """Cpm sqrt(chi2(nu) / nu), nu = n (1 + a^2)^2 / (1 + 2 a^2), a = (mean - target) / sigma (Boyles)."""
    a2 = ((mean - target) / positive(sigma, "sigma")) ** 2
    nu = n * (1.0 + a2) ** 2 / (1.0 + 2.0 * a2)
    plain = cp_interval(cpm, nu, confidence)
    return Interval(plain.low, plain.high, confidence, f"chi-square of Boyles with {nu:.6g} df")


def proportion_interval(events: float, trials: float, confidence: float = 0.95) -> Interval:
    """Clopper & Pearson (1934): exact for a binomial count; one-sided at 0 and at n events (Minitab)."""
    if not 0.0 <= events <= trials or trials <= 0.0:
        raise InputError([Problem(f"{events:g} events in {trials:g} trials", key="events")])
    alpha = 1.0 - between(confidence, 0.0, 1.0, "confidence")
    edge = events in (0.0, trials)
    tail = alpha if edge else 0.5 * alpha
    low = 0.0 if events == 0.0 else float(stats.beta.ppf(tail, events, trials - events + 1.0))
    high = 1.0 if events == trials else float(stats.beta.isf(tail, events + 1.0, trials - events))
    return Interval(low, high, confidence, "Clopper-Pearson, exact" + (", one-sided" if edge else ""))


def rate_interval(events: float, exposure: float, confidence: float = 0.95) -> Interval:
    """Garwood (1936): exact for a Poisson count per unit of exposure; one-sided at 0 events."""
    if events < 0.0:
        raise InputError([Problem(f"{events:g} events", key="events")])
    positive(exposure, "exposure")
    alpha = 1.0 - between(confidence, 0.0, 1.0, "confidence")
    tail = alpha if events == 0.0 else 0.5 * alpha
    low = 0.0 if events == 0.0 else 0.5 * float(stats.chi2.ppf(tail, 2.0 * events))
    high = 0.5 * float(stats.chi2.isf(tail, 2.0 * events + 2.0))
    method = "Garwood, exact" + (", one-sided" if events == 0.0 else "")
    return Interval(low / exposure, high / exposure, confidence, method)
