"""Phase II, one measurement at a time: the same signals as the chart, within a few microseconds a point.

Each monitor starts from frozen limits. `push` returns the signal masks of the panels in the order of the
chart (bit i: rule i of the panel's book, 0: no signal); `restart` forgets the past, as after an adjustment.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from linewright.errors import InputError, Problem
from linewright.measure.charts.chart import FrozenLimits
from linewright.measure.charts.memory import EWMA_WIDTH
from linewright.measure.charts.setup import LIMITS_ONLY, NO_ZONES
from linewright.measure.checks import choice, clean_values, positive, whole
from linewright.measure.constants import c4, c5, d2, d3
from linewright.measure.recursions import push_cusum
from linewright.measure.rules.book import RULE_1, RuleBook
from linewright.measure.rules.engine import ON_THE_LINE, RuleStream, push_individual


def _finite(x: float) -> float:
    if not math.isfinite(x):
        raise InputError([Problem(f"{x} is not a finite number", key="point")])
    return x


class IndividualsMonitor:
    """Streaming I-MR chart."""

    def __init__(self, limits: FrozenLimits, rules: RuleBook = RULE_1, width: float = 3.0) -> None:
        mean, sigma = limits["mean"], positive(limits["sigma"], "sigma")
        self.individuals = rules
        self.ranges = rules.without(LIMITS_ONLY) or RULE_1
        head = [mean, sigma, positive(width, "width"), d2(2) * sigma, d3(2) * sigma, 0.0]
        self._numbers = np.array([*head, *self.ranges.zones])
        self._codes, self._zones = rules.codes, rules.zones
        self.restart()

    def restart(self) -> None:
        self._memory = np.zeros((len(self.individuals.rules) + 1, 2), np.int64)

    def push(self, x: float) -> tuple[int, int]:
        """Masks of the I and the MR panel; the first point has no moving range."""
        if not -1e300 < x < 1e300:
            raise InputError([Problem(f"{x} is not a finite number", key="point")])
        both = push_individual(x, self._numbers, self._codes, self._zones, self._memory)
        return both & 0xFFFFFFFF, both >> 32


class SubgroupMonitor:
    """Streaming Xbar-R or Xbar-S chart with subgroups of one size."""

    def __init__(
        self, limits: FrozenLimits, size: int, rules: RuleBook = RULE_1, width: float = 3.0, spread: str = "R"
    ) -> None:
        self.size = whole(size, "size", at_least=2)
        self.spread = spread
        centre, apart = {"R": (d2, d3), "S": (c4, c5)}[spread]
        sigma = limits["sigma"]
        self.means = RuleStream(rules, limits["mean"], sigma / math.sqrt(size), width)
        book = rules.without(NO_ZONES) or RULE_1
        self.spreads = RuleStream(book, centre(size) * sigma, apart(size) * sigma, width)

    def restart(self) -> None:
        self.means.restart()
        self.spreads.restart()

    def push(self, subgroup: ArrayLike) -> tuple[int, int]:
        """Masks of the Xbar panel and of the R (or S) panel."""
        x = clean_values(subgroup, "subgroup", at_least=self.size)
        if x.size != self.size:
            text = f"{x.size} values in a subgroup of {self.size}"
            raise InputError([Problem(text, key="subgroup")])
        spread = float(np.ptp(x)) if self.spread == "R" else float(np.std(x, ddof=1))
        return self.means.push(float(np.mean(x))), self.spreads.push(spread)


class CountMonitor:
    """Streaming p, np, c or u chart; the limits hold "p", "c" or "u"."""

    def __init__(
        self, limits: FrozenLimits, chart: str, rules: RuleBook = RULE_1, width: float = 3.0
    ) -> None:
        self.chart = choice(chart, ("p", "np", "c", "u"), "chart")
        self.rate = positive(limits[chart[-1]], chart[-1])
        if chart in ("p", "np") and self.rate >= 1.0:
            raise InputError([Problem(f"{self.rate:g} is not a proportion to chart", key="p")])
        self.stream = RuleStream(rules, 0.0, 1.0, width)

    def restart(self) -> None:
        self.stream.restart()

    def push(self, count: float, size: float = 1.0) -> int:
        """Signal mask of a count in a sample of `size` items or units (always 1 on a c chart)."""
        if not _finite(count) >= 0.0 or not _finite(size) > 0.0:
            raise InputError([Problem(f"{count:g} in a sample of {size:g}", key="point")])
        rate = self.rate
        if self.chart in ("p", "np"):
            if count > size:
                raise InputError([Problem(f"{count:g} defective of {size:g}", key="point")])
            whole_sample = self.chart == "np"
            x, centre = (count, size * rate) if whole_sample else (count / size, rate)
            sigma = math.sqrt(size * rate * (1.0 - rate) if whole_sample else rate * (1.0 - rate) / size)
        else:
            size = 1.0 if self.chart == "c" else size
            x, centre, sigma = count / size, rate, math.sqrt(rate / size)
        return self.stream.push_score(x, (x - centre) / sigma)


class EwmaMonitor:
    """Streaming EWMA chart of individual values or of means of subgroups of `size`."""

    def __init__(
        self, limits: FrozenLimits, lam: float = 0.2, width: float = EWMA_WIDTH, size: int = 1
    ) -> None:
        if not 0.0 < lam <= 1.0:
            raise InputError([Problem(f"{lam:g} must lie above 0 and at most at 1", key="lam")])
        self.mean, self.lam = limits["mean"], lam
        self.sigma, self.width = limits["sigma"] / math.sqrt(size), positive(width, "width")
        self.restart()

    def restart(self) -> None:
        self.z, self._variance = self.mean, 0.0

    def push(self, x: float) -> int:
        """1 where the smoothed value `z` lies beyond its limit, else 0."""
        self.z += self.lam * (_finite(x) - self.z)
        self._variance = self.lam**2 + (1.0 - self.lam) ** 2 * self._variance
        apart = abs(self.z - self.mean) / (self.sigma * math.sqrt(self._variance))
        return int(apart > self.width + ON_THE_LINE)


class CusumMonitor:
    """Streaming tabular CUSUM of individual values or of means of subgroups of `size`."""

    def __init__(
        self, limits: FrozenLimits, k: float = 0.5, h: float = 5.0, headstart: float = 0.0, size: int = 1
    ) -> None:
        self.mean, self.sigma = limits["mean"], limits["sigma"] / math.sqrt(size)
        self.k, self.h, self.head = k, positive(h, "h"), headstart * h
        self.restart()

    def restart(self) -> None:
        self.up = self.down = self.head

    def push(self, x: float) -> tuple[int, int]:
        """Signals of C+ and C-, each 0 or 1; `up` and `down` hold the sums in units of sigma."""
        y = (_finite(x) - self.mean) / self.sigma
        self.up, self.down = push_cusum(y, self.k, self.up, self.down)
        return int(self.up > self.h + ON_THE_LINE), int(self.down > self.h + ON_THE_LINE)
