"""Risks of a decision (JCGM 106): for one result with what is known of the process, and for the process as a
whole.

Process: true values normal with mean mu and standard deviation s. Measurement: result normal about the true
value with standard uncertainty u. Then

    specific risk    1 - P(conforms | this result): the true value is normal with mean (mu/s^2 + y/u^2) /
    (1/s^2 + 1/u^2)
                     and variance 1 / (1/s^2 + 1/u^2)                                           (clause 7 and
                     annex A)
    consumer's risk  P(accepted and nonconforming), producer's risk  P(rejected and conforming)
    (clause 9)

The double integrals are single ones of a normal density times normal probabilities, taken by Gauss-Legendre.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import norm

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, finite, positive
from linewright.measure.decide.guard import Limits, limits
from linewright.measure.result import Provenance

if TYPE_CHECKING:
    from collections.abc import Iterable

FloatArray = NDArray[np.float64]

REACH = 9.0  # standard deviations of the process beyond which nothing lies (1e-19)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)


@dataclass(frozen=True, slots=True)
class Process:
    """What is known of the true values before a measurement."""

    mean: float
    sigma: float  # of the process itself, without the gauge


@dataclass(frozen=True, slots=True)
class Risks:
    """Global risks of a decision rule, all of them probabilities for one part taken from the process."""

    consumer: float  # accepted and nonconforming
    producer: float  # rejected and conforming
    accepted: float
    conforming: float
    provenance: Provenance

    @property
    def false_among_accepted(self) -> float:
        """P(nonconforming | accepted)."""
        return self.consumer / self.accepted if self.accepted > 0.0 else math.nan

    @property
    def false_among_rejected(self) -> float:
        """P(conforming | rejected)."""
        rejected = 1.0 - self.accepted
        return self.producer / rejected if rejected > 0.0 else math.nan


def posterior(value: float, uncertainty: float, process: Process) -> tuple[float, float]:
    """Mean and standard deviation of the true value, given the result and the process."""
    y, u, s = (
        finite(value, "value"),
        positive(uncertainty, "uncertainty"),
        positive(process.sigma, "process.sigma"),
    )
    weight = s**2 / (s**2 + u**2)
    return process.mean + weight * (y - process.mean), s * u / math.hypot(s, u)


def specific_risk(
    value: float, uncertainty: float, lower: float | None, upper: float | None, process: Process | None = None
) -> float:
    """P(nonconforming | this result); without a process nothing is known beforehand and the result stands
    alone.
    """
    zone = limits(lower, upper)
    mean, sd = finite(value, "value"), positive(uncertainty, "uncertainty")
    if process is not None:
        mean, sd = posterior(value, uncertainty, process)
    return float(norm.cdf((zone.lower - mean) / sd) + norm.sf((zone.upper - mean) / sd))


def global_risks(
    process: Process, uncertainty: float, lower: float | None, upper: float | None, guard: float = 0.0
) -> Risks:
    """Consumer's and producer's risk with acceptance zone `guard` inside the limits (negative: outside)."""
    zone, u = limits(lower, upper), positive(uncertainty, "uncertainty")
    positive(process.sigma, "process.sigma")
    accept = Limits(zone.lower + finite(guard, "guard"), zone.upper - guard)
    if accept.lower > accept.upper:
        raise InputError([Problem(f"guard bands of {guard:g} leave no acceptance zone", key="guard")])
    inside, outside = _integrate(process, u, zone, accept)
    s = process.sigma
    conforming = float(ndtr((zone.upper - process.mean) / s) - ndtr((zone.lower - process.mean) / s))
    provenance = Provenance(
        method="global risk, JCGM 106 clause 9",
        estimator="normal process and normal measurement, Gauss-Legendre",
        rules=f"guard band {guard:g} at each limit",
    )
    return Risks(outside, max(0.0, conforming - inside), inside + outside, conforming, provenance)


def guard_for_risk(
    process: Process, uncertainty: float, lower: float | None, upper: float | None, consumer: float
) -> float:
    """The smallest guard band that holds the consumer's risk at `consumer`; negative where even less would
    do.
    """
    between(consumer, 0.0, 1.0, "consumer")
    zone, u = limits(lower, upper), positive(uncertainty, "uncertainty")
    most = 0.5 * zone.width if math.isfinite(zone.width) else REACH * (u + process.sigma)
    least = -REACH * (u + process.sigma)

    def excess(guard: float) -> float:
        return global_risks(process, u, lower, upper, guard).consumer - consumer

    if excess(least) <= 0.0:
        raise InputError(
            [Problem("the process itself keeps this risk: no measurement is needed", key="consumer")]
        )
    if excess(most) > 0.0:
        raise InputError([Problem("no guard band reaches this risk", key="consumer")])
    return float(brentq(excess, least, most, xtol=1e-12 * (u + process.sigma)))


def worst_false_acceptance(uncertainty: float, half_width: float, guard: float) -> tuple[float, float]:
    """(largest consumer's risk, in-tolerance probability where it happens) over all processes centred on the
    nominal.

    Symmetric limits of +-`half_width`. This is what a rule must hold that knows nothing of the process
    (ANSI/NCSL Z540.3, method 6).
    """
    half, u = positive(half_width, "half_width"), positive(uncertainty, "uncertainty")
    grid = np.linspace(0.005, 0.995, 199)
    found = [_false_acceptance(float(itp), u, half, guard) for itp in grid]
    at = int(np.argmax(found))
    fine = np.linspace(grid[max(0, at - 1)], grid[min(len(grid) - 1, at + 1)], 41)
    values = [_false_acceptance(float(itp), u, half, guard) for itp in fine]
    best = int(np.argmax(values))
    return float(values[best]), float(fine[best])


def _false_acceptance(in_tolerance: float, u: float, half: float, guard: float) -> float:
    sigma = half / float(norm.isf(0.5 * (1.0 - in_tolerance)))
    return global_risks(Process(0.0, sigma), u, -half, half, guard).consumer


def _integrate(process: Process, u: float, zone: Limits, accept: Limits) -> tuple[float, float]:
    """(accepted and conforming, accepted and nonconforming)."""
    mu, s = process.mean, process.sigma
    low, high = mu - REACH * s, mu + REACH * s
    # the acceptance probability changes within a few u of the acceptance limits, the density within a few s
    marks = {low, high, mu, zone.lower, zone.upper}
    for limit in (accept.lower, accept.upper):
        marks |= {limit + step * u for step in (-8.0, -3.0, -1.0, 0.0, 1.0, 3.0, 8.0)}
    marks |= {mu + step * s for step in (-6.0, -3.0, -1.5, 1.5, 3.0, 6.0)}
    cuts = sorted(mark for mark in marks if math.isfinite(mark) and low <= mark <= high)
    inside = outside = 0.0
    for left, right in _pairs(cuts):
        middle, half = 0.5 * (left + right), 0.5 * (right - left)
        x = middle + half * NODES
        density = np.exp(-0.5 * ((x - mu) / s) ** 2) / (s * math.sqrt(2.0 * math.pi))
        chance = ndtr((accept.upper - x) / u) - ndtr((accept.lower - x) / u)
        share = half * float(np.sum(WEIGHTS * density * chance))
        if zone.lower <= middle <= zone.upper:
            inside += share
        else:
            outside += share
    return inside, outside


def _pairs(cuts: list[float]) -> Iterable[tuple[float, float]]:
    return ((a, b) for a, b in pairwise(cuts) if b > a)
