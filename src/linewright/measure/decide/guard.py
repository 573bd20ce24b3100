"""Guard bands: how far inside the limits a result must lie so that it may be called good.

The result y has standard uncertainty u; U = 2 u is its expanded one. An acceptance zone is the specification
zone, narrowed at each limit by a guard band w:

    ISO 14253-1:2017   w such that a result on the edge conforms with 95 % probability: 1.645 u at one limit,
    more where
                       the zone is so narrow that both limits are in reach (up to 1.96 u)
    simple             w = 0 (ILAC-G8, JCGM 106 8.2: shared risk)
    ILAC-G8            w = U
    RSS                w = T/2 - sqrt((T/2)^2 - U^2)  (root sum of squares, NCSL RP-10)
    Dobbert            w = M U, M = 1.04 - exp(0.38 ln TUR - 0.54), TUR = (T/2)/U: false acceptance at most 2
    % whatever
                       the process is (ANSI/NCSL Z540.3 method 6; Dobbert, NCSLI 2008)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from scipy.optimize import brentq
from scipy.stats import norm

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, choice, finite, positive

EXPANSION = 2.0  # U = 2 u
DEFAULT_CONFIDENCE = 0.95  # ISO 14253-1:2017, 5.2


class Verdict(IntEnum):
    """What is proven. ISO 14253-1: between acceptance and rejection zone neither side can prove its case."""

    CONFORMS = 0
    FAILS = 1
    UNDECIDED = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """Specification limits; an absent one is infinite."""

    lower: float
    upper: float

    @property
    def width(self) -> float:
        return self.upper - self.lower


@dataclass(frozen=True, slots=True)
class Zones:
    """Accept inside `accept`; reject outside `reject`; undecided between. `accept` is None where nothing can
    pass.
    """

    accept: Limits | None
    reject: Limits
    guard: float  # at each limit, inwards; nan where nothing can pass
    rule: str

    def judge(self, value: float) -> Verdict:
        """The verdict on one result."""
        y = finite(value, "value")
        if self.accept is not None and self.accept.lower <= y <= self.accept.upper:
            return Verdict.CONFORMS
        if y < self.reject.lower or y > self.reject.upper:
            return Verdict.FAILS
        return Verdict.UNDECIDED


def limits(lower: float | None, upper: float | None) -> Limits:
    """Limits, one of them at least, not crossed."""
    if lower is None and upper is None:
        raise InputError([Problem("a limit is needed", key="upper")])
    low = -math.inf if lower is None else finite(lower, "lower")
    high = math.inf if upper is None else finite(upper, "upper")
    if low >= high:
        raise InputError([Problem(f"limits {low:g} and {high:g} are crossed", key="lower")])
    return Limits(low, high)


def conformity_probability(
    value: float, uncertainty: float, lower: float | None, upper: float | None
) -> float:
    """P(the true value lies within the limits | result), normal, no prior knowledge: JCGM 106 clause 7.

    Pc = Phi((U - y) / u) - Phi((L - y) / u).
    """
    zone, y, u = limits(lower, upper), finite(value, "value"), positive(uncertainty, "uncertainty")
    return float(_inside(y, u, zone))


def _inside(y: float, u: float, zone: Limits) -> float:
    above, below = (zone.upper - y) / u, (zone.lower - y) / u
    # the far tail is the difference of two small numbers, not of two numbers near 1
    if below > 0.0:
        return float(norm.sf(below) - norm.sf(above))
    return float(norm.cdf(above) - norm.cdf(below))


def guard_factor(confidence: float = DEFAULT_CONFIDENCE) -> float:
    """g of the guard band g u at a single limit: 1.645 for 95 %."""
    return float(norm.ppf(between(confidence, 0.5, 1.0, "confidence")))


def zones(
    uncertainty: float,
    lower: float | None,
    upper: float | None,
    rule: str = "ISO 14253-1",
    confidence: float = DEFAULT_CONFIDENCE,
) -> Zones:
    """Acceptance and rejection zones for results of standard uncertainty `uncertainty`.

    Under "ISO 14253-1" rejection has to be proven as well: its zone begins beyond the limits by the same
    guard factor. The other rules accept or reject, with nothing between.
    """
    zone, u = limits(lower, upper), positive(uncertainty, "uncertainty")
    choice(rule, RULES, "rule")
    if rule == "ISO 14253-1":
        return _iso14253(zone, u, between(confidence, 0.5, 1.0, "confidence"))
    guard = RULES[rule](zone, u)
    accept = _narrowed(zone, guard)
    return Zones(accept, accept or Limits(math.nan, math.nan), guard if accept else math.nan, rule)


def dobbert_multiplier(tur: float) -> float:
    """M of the managed guard band w = M U; never below zero (TUR above 4.6 needs none)."""
    return max(0.0, 1.04 - math.exp(0.38 * math.log(positive(tur, "tur")) - 0.54))


def _iso14253(zone: Limits, u: float, confidence: float) -> Zones:
    outward = guard_factor(confidence) * u
    reject = Limits(zone.lower - outward, zone.upper + outward)
    rule = f"ISO 14253-1, {100 * confidence:g} %"
    if math.isinf(zone.width):
        return Zones(_narrowed(zone, outward), reject, outward, rule)
    middle = 0.5 * (zone.lower + zone.upper)
    if _inside(middle, u, zone) < confidence:
        return Zones(None, reject, math.nan, rule)  # not even the middle can be proven
    edge = float(
        brentq(lambda y: _inside(y, u, zone) - confidence, middle, zone.upper, xtol=1e-15 * zone.width)
    )
    guard = zone.upper - edge
    return Zones(_narrowed(zone, guard), reject, guard, rule)


def _narrowed(zone: Limits, guard: float) -> Limits | None:
    if 2.0 * guard > zone.width:
        return None
    return Limits(zone.lower + guard, zone.upper - guard)


def _half_width(zone: Limits, rule: str) -> float:
    if math.isinf(zone.width):
        raise InputError([Problem(f"rule {rule!r} needs both limits", key="rule", hint="take ISO 14253-1")])
    return 0.5 * zone.width


def _rss(zone: Limits, u: float) -> float:
    half, expanded = _half_width(zone, "RSS"), EXPANSION * u
    return math.inf if expanded > half else half - math.sqrt(half**2 - expanded**2)


def _dobbert(zone: Limits, u: float) -> float:
    expanded = EXPANSION * u
    return dobbert_multiplier(_half_width(zone, "Dobbert") / expanded) * expanded


RULES: dict[str, Callable[[Limits, float], float]] = {
    "ISO 14253-1": lambda zone, u: guard_factor() * u,
    "simple": lambda zone, u: 0.0,
    "ILAC-G8": lambda zone, u: EXPANSION * u,
    "RSS": _rss,
    "Dobbert": _dobbert,
}


def measurement_capability(uncertainty: float, lower: float, upper: float) -> float:
    """C_m = T / (4 u) of JCGM 106 (7.6.3); with T the whole tolerance it equals the test uncertainty ratio T
    / (2 U).
    """
    return limits(lower, upper).width / (4.0 * positive(uncertainty, "uncertainty"))
