"""Run-to-run correction: what an offset controller does to the process it steers, in closed form.

Model: y_t = d_t + a_t, deviation from target y, disturbance d, offset a; the controller moves a_{t+1} = a_t
- lambda y_t (an integral controller; Ingolfsson & Sachs, JQT 25 (1993); Box & Luceno, Statistical Control by
Monitoring and Feedback Adjustment (1997)). Variances are in units of the noise's. `gain_ratio` is the true
gain over the assumed one: a wrong gain acts like lambda times that ratio.
"""

from __future__ import annotations

import math

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, finite, positive, whole
from linewright.measure.recursions import grubbs_share


def effective_weight(weight: float, gain_ratio: float = 1.0) -> float:
    """lambda times the gain ratio; the loop is stable where it lies between 0 and 2."""
    effective = finite(weight, "weight") * finite(gain_ratio, "gain_ratio")
    if not 0.0 < effective < 2.0:
        problem = f"weight times gain ratio is {effective:g}: the loop is stable only between 0 and 2"
        raise InputError([Problem(problem, key="weight")])
    return effective


def variance_on_white_noise(weight: float, gain_ratio: float = 1.0) -> float:
    """Output variance over noise variance when there is nothing to correct: 2 / (2 - lambda).

    lambda = 1 doubles it: tampering, the second rule of Deming's funnel.
    """
    return 2.0 / (2.0 - effective_weight(weight, gain_ratio))


def variance_on_ima(weight: float, theta: float, gain_ratio: float = 1.0) -> float:
    """Output variance over shock variance for a disturbance IMA(1,1) with parameter theta.

    1 + (lambda - (1 - theta))^2 / (lambda (2 - lambda)): least, and 1, at lambda = 1 - theta.
    """
    share = effective_weight(weight, gain_ratio)
    return 1.0 + (share - best_weight(theta)) ** 2 / (share * (2.0 - share))


def best_weight(theta: float) -> float:
    """lambda of least variance for an IMA(1,1) disturbance: 1 - theta."""
    return 1.0 - between(theta, -1.0, 1.0, "theta")


def offset_under_drift(drift: float, weight: float, gain_ratio: float = 1.0) -> float:
    """The lasting deviation when the process drifts by `drift` a run: drift / lambda."""
    return finite(drift, "drift") / effective_weight(weight, gain_ratio)


def mean_square_under_drift(drift: float, sigma: float, weight: float, gain_ratio: float = 1.0) -> float:
    """Mean square deviation from target for white noise on a drift: 2 sigma^2 / (2 - lambda) + (drift /
    lambda)^2.
    """
    spread = positive(sigma, "sigma") ** 2 * variance_on_white_noise(weight, gain_ratio)
    return spread + offset_under_drift(drift, weight, gain_ratio) ** 2


def best_weight_under_drift(drift: float, sigma: float) -> float:
    """lambda of least mean square for white noise on a drift; between 0 and 1 for small drifts.

    The derivative of the mean square vanishes where sigma^2 lambda^3 = drift^2 (2 - lambda)^2.
    """
    from scipy.optimize import brentq

    rate = (positive(abs(finite(drift, "drift")), "drift") / positive(sigma, "sigma")) ** 2
    return float(brentq(lambda x: x**3 - rate * (2.0 - x) ** 2, 0.0, 2.0, xtol=1e-15))


def settling_runs(weight: float, share: float = 0.05, gain_ratio: float = 1.0) -> float:
    """Runs until a step disturbance has shrunk to `share` of itself: ln(share) / ln|1 - lambda|."""
    left = abs(1.0 - effective_weight(weight, gain_ratio))
    return math.log(between(share, 0.0, 1.0, "share")) / math.log(left) if left > 0.0 else 1.0


def grubbs_weight(part: int, sigma: float = 1.0, setup_sigma: float | None = None) -> float:
    """Share of the deviation of part number `part` (from 1) to take out after a set-up or a tool change.

    1 / part, the harmonic rule (Grubbs 1954, reprinted JQT 15 (1983)): after n parts the remaining error has
    the variance sigma^2 / n, whatever the set-up error was. With the set-up's own standard deviation known
    the best rule is 1 / (part + (sigma / setup_sigma)^2), Grubbs' extended rule.
    """
    whole(part, "part")
    if setup_sigma is None:
        return grubbs_share(part, 0.0)
    return grubbs_share(part, (positive(sigma, "sigma") / positive(setup_sigma, "setup_sigma")) ** 2)


def grubbs_variance(parts: int, sigma: float, setup_sigma: float | None = None) -> float:
    """Variance of the error that remains after `parts` corrections: sigma^2 / n, or 1 / (1/setup^2 +
    n/sigma^2).
    """
    spread = positive(sigma, "sigma") ** 2
    if setup_sigma is None:
        return spread / whole(parts, "parts")
    return 1.0 / (1.0 / positive(setup_sigma, "setup_sigma") ** 2 + whole(parts, "parts", 0) / spread)
