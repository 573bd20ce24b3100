"""Quality that a plan will give: capability, yield, signals and what it costs, with intervals.

Capability is that of the true values, which the twin knows: Ppk from their overall scatter, Cpk from the
scatter between units made one after the other on the same machine (mean squared successive difference, von
Neumann 1941), as a control chart of all units would show it. Each replication gives one observation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from linewright.twin.figures import Values
from linewright.twin.statistics import Interval, interval, ratio

if TYPE_CHECKING:
    from linewright.twin.results import Result

CHECK_SUMS = ("measured", "outside", "signals", "corrections", "holds", "recalled", "total", "total2", "moved")
TRUTH_SUMS = (
    "made", "made_outside", "made_sum", "made_sum2", "differences", "difference2",
    "left", "left_outside", "left_sum", "left_sum2",
)  # fmt: skip


def check_sums(line: Any, state: Any) -> dict[str, NDArray[np.float64]]:
    """What was found by each check of the line, by name."""
    n = int(line.operation.n_checks.sum())
    tally = state.check_tally[:n]
    return {f"check_{name}": tally[name].astype(np.float64) for name in CHECK_SUMS}


def truth_sums(nature: Any) -> dict[str, NDArray[np.float64]]:
    """Sums over the true values, which only the twin knows, by name."""
    n = int(nature.case[0].characteristics)
    return {f"truth_{name}": nature.truth[:n][name].astype(np.float64) for name in TRUTH_SUMS}


@dataclass(frozen=True)
class CharacteristicResult:
    """One characteristic; arrays are over the replications. Lengths in SI, indices plain numbers."""

    name: str
    material: str
    unit: str
    low: float
    high: float
    centre: float  # the sums are of deviations from it
    truth: dict[str, Values]
    check: dict[str, Values]  # all checks of it together

    def _scatter(self, which: str) -> tuple[Values, Values]:
        n, total, square = (self.truth[key] for key in (which, f"{which}_sum", f"{which}_sum2"))
        mean = ratio(total, n)
        return mean + self.centre, np.sqrt(np.maximum(ratio(square, n) - mean**2, 0.0))

    def _index(self, mean: Values, sd: Values) -> Values:
        room = np.minimum(self.high - mean, mean - self.low)
        return ratio(room, 3.0 * sd)

    @property
    def mean(self) -> Interval:
        """Mean of the units as made."""
        return interval(self._scatter("made")[0])

    @property
    def sd(self) -> Interval:
        """Overall standard deviation of the units as made."""
        return interval(self._scatter("made")[1])

    @property
    def ppk(self) -> Interval:
        """Ppk of the units as made."""
        return interval(self._index(*self._scatter("made")))

    @property
    def cpk(self) -> Interval:
        """Cpk of the units as made; nan where no station makes it."""
        within = np.sqrt(ratio(self.truth["difference2"], self.truth["differences"]) / 2.0)
        return interval(self._index(self._scatter("made")[0], within))

    @property
    def yield_made(self) -> Interval:
        """Share of the units made that are within the tolerance."""
        return interval(1.0 - ratio(self.truth["made_outside"], self.truth["made"]))

    @property
    def escapes(self) -> Interval:
        """Share of the units that left (or were built in) outside the tolerance."""
        return interval(ratio(self.truth["left_outside"], self.truth["left"]))

    def per_thousand(self, what: str) -> Interval:
        """Signals, corrections, holds, recalled units or measurements for a thousand units made."""
        return interval(1000.0 * ratio(self.check[what], self.truth["made"]))


@dataclass(frozen=True)
class QualityCost:
    """What quality costs for one good unit that leaves the line; arrays are over the replications."""

    currency: str
    appraisal: Values
    rework: Values
    scrap: Values
    looking: Values
    escapes: Values

    @property
    def parts(self) -> dict[str, Interval]:
        """By kind: appraisal; internal failure (rework, scrap, machines held); external failure (escapes)."""
        names = ("appraisal", "rework", "scrap", "looking", "escapes")
        return {name: interval(getattr(self, name)) for name in names}

    @property
    def total(self) -> Interval:
        """All together."""
        return interval(self.appraisal + self.rework + self.scrap + self.looking + self.escapes)


@dataclass(frozen=True)
class Quality:
    """The quality of a result."""

    result: Result
    basis: dict[str, Any]

    @cached_property
    def characteristics(self) -> dict[str, CharacteristicResult]:
        """By name."""
        sums = self.result.sums
        found = {}
        for k, each in enumerate(self.basis["characteristics"]):
            mine = [i for i, (_, c) in enumerate(self.basis["checks"]) if c == k]
            found[each["name"]] = CharacteristicResult(
                each["name"], each["material"], each["unit"], each["low"], each["high"], each["centre"],
                {name: sums[f"truth_{name}"][:, k] for name in TRUTH_SUMS},
                {name: sums[f"check_{name}"][:, mine].sum(axis=1) for name in CHECK_SUMS},
            )  # fmt: skip
        return found

    @cached_property
    def cost(self) -> QualityCost:
        """For each unit that leaves the line."""
        sums, n = self.result.sums, self.result.replications
        good = self.result.total.finished_n

        def of(key: str, price: str) -> Values:
            amounts = [sums[f"operation_{key}"][:, i["operation"]] * i[price] for i in self.basis["inspections"]]
            return ratio(sum(amounts, np.zeros(n)), good)

        looking, escapes = np.zeros(n), np.zeros(n)
        for each, one in zip(self.basis["characteristics"], self.characteristics.values(), strict=True):
            looking += one.check["holds"] * self.basis["look_cost"].get(each["name"], 0.0)
            escapes += one.truth["left_outside"] * each["escape"]
        return QualityCost(
            self.basis["currency"], of("inspected", "cost"), of("reworked", "rework"), of("scrapped", "scrap"),
            ratio(looking, good), ratio(escapes, good),
        )  # fmt: skip
