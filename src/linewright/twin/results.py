"""Results: what was measured in each replication, and the figures that follow from it.

Every figure is an array over the replications (or batches of one long run); `interval` makes a mean with its
confidence interval of it. Line figures are Hopp & Spearman's: throughput, work in process, lead time. The
lead time of a unit counts from its release (its first operation, where it is built from made parts) to its
end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.control.codes import N_STATES
from linewright.control.line import Line, Names
from linewright.control.state import State
from linewright.twin.figures import Flow, InspectionResult, StationResult, Values
from linewright.twin.layout import Layout
from linewright.twin.observe import Sums, observe
from linewright.twin.quality import Quality
from linewright.twin.statistics import Interval, interval, ratio


@dataclass(frozen=True)
class Measured:
    """One replication or batch: sums by name (see `observe`), and the levels over time where kept."""

    sums: Sums
    every_s: float = math.inf
    series: NDArray[np.int64] | None = None  # (moments, finished by material, wip by material, queue counts)


@dataclass(frozen=True)
class Result:
    """The figures of an experiment, of a run, or of a live line."""

    plant: str
    kind: str  # "steady state", "until the orders are done" or "one run"
    sampling: str  # what the intervals are over: "replications", "batches", or "one run" (none)
    seed: int
    warm_up_s: float
    layout: Layout
    sums: dict[str, NDArray[Any]]  # (replications, ...) by name
    every_s: float = math.inf
    series: NDArray[np.int64] | None = None  # (replications, moments, columns); -1 beyond a run's end
    warnings: list[str] = field(default_factory=list)
    basis: dict[str, Any] | None = None  # tolerances and costs of what is measured (see `quality_basis`)

    @staticmethod
    def of(
        line: Line,
        names: Names,
        measured: Sequence[Measured],
        *,
        plant: str,
        kind: str,
        sampling: str,
        seed: int = 0,
        warm_up_s: float = 0.0,
    ) -> Result:
        """Put the replications together."""
        sums = {name: np.array([one.sums[name] for one in measured]) for name in measured[0].sums}
        kept = [one.series for one in measured if one.series is not None and len(one.series)][:50]
        every_s = next((one.every_s for one in measured if one.series is not None), math.inf)
        return Result(
            plant, kind, sampling, seed, warm_up_s, Layout.of(line, names), sums, every_s, _side_by_side(kept)
        )

    @property
    def replications(self) -> int:
        """How many replications or batches."""
        return len(self.sums["span_s"])

    @property
    def length_s(self) -> float:
        """Mean measured time of a replication."""
        return float(self.sums["span_s"].mean())

    @cached_property
    def total(self) -> Flow:
        """All products together; work in process counts every unit on the line."""
        flow = self._flow("total", self.layout.products)
        made = self.sums["wip_area_s"][:, self.layout.made].sum(axis=1)
        scrapped = self.sums["scrapped"][:, self.layout.made].sum(axis=1)
        reworked = self.sums["reworked"][:, self.layout.made].sum(axis=1)
        return Flow(**{**flow.__dict__, "area_s": made, "scrapped_n": scrapped, "reworked_n": reworked})

    @cached_property
    def materials(self) -> dict[str, Flow]:
        """By material that is made here."""
        return {self.layout.materials[k]: self._flow(self.layout.materials[k], [k]) for k in self.layout.made}

    @cached_property
    def products(self) -> dict[str, Flow]:
        """By material that leaves the line."""
        return {self.layout.materials[k]: self.materials[self.layout.materials[k]] for k in self.layout.products}

    def together(self, pattern: str) -> Flow:
        """The products whose names match a pattern, as `rush-*`, as one. Raises KeyError where none does."""
        which = [k for k in self.layout.products if fnmatchcase(self.layout.materials[k], pattern)]
        if not which:
            raise KeyError(pattern)
        return self._flow(pattern, which)

    def _flow(self, name: str, which: list[int]) -> Flow:
        def of(key: str) -> Values:
            return np.asarray(self.sums[key][:, which].sum(axis=1), np.float64)

        return Flow(
            name=name,
            span_s=self.sums["span_s"][:, 0],
            finished_n=of("finished"),
            scrapped_n=of("scrapped"),
            reworked_n=of("reworked"),
            lost_n=of("lost"),
            offered_n=of("offered"),
            lead_sum_s=of("lead_s"),
            lead_square_s2=of("lead2_s"),
            area_s=of("wip_area_s"),
            bins=self.sums["lead_bins"][:, which].sum(axis=1, dtype=np.int64),
            orders_done_n=of("orders_done"),
            orders_late_n=of("orders_late"),
            tardiness_sum_s=of("tardiness_s"),
            order_lead_sum_s=of("order_lead_s"),
        )

    @cached_property
    def stations(self) -> dict[str, StationResult]:
        """By station; conveyors are stations too."""
        return {name: self._station(s, name) for s, name in enumerate(self.layout.stations)}

    def _station(self, s: int, name: str) -> StationResult:
        machines = [m for m, station in enumerate(self.layout.station_of_machine) if station == s]
        queues = [q for q, station in enumerate(self.layout.station_of_queue) if station == s]
        span = self.sums["span_s"][:, 0]
        by_machine = self.sums["state_s"][:, machines] / span[:, None, None]

        def of_queues(key: str) -> Values:
            return np.asarray(self.sums[key][:, queues].sum(axis=1), np.float64)

        return StationResult(
            name=name,
            machines=[self.layout.machines[m] for m in machines],
            shares=by_machine.mean(axis=1) if machines else np.zeros((len(span), N_STATES)),
            machine_shares=by_machine,
            pieces_n=self.sums["pieces"][:, machines].sum(axis=1),
            failures_n=self.sums["failures"][:, machines].sum(axis=1),
            span_s=span,
            queue_wait_sum_s=of_queues("queue_wait_s"),
            queue_left_n=of_queues("queue_left"),
            queue_area_s=of_queues("queue_area_s"),
            active_period_s=ratio(self.sums["active_s"][:, machines], self.sums["active_n"][:, machines]),
        )

    @property
    def work_stations(self) -> dict[str, StationResult]:
        """The stations without the conveyors."""
        belts = {self.layout.stations[s] for s in self.layout.belts}
        return {name: one for name, one in self.stations.items() if name not in belts}

    @property
    def conveyors(self) -> dict[str, StationResult]:
        """The conveyors, each a station whose machines are its places."""
        belts = {self.layout.stations[s] for s in self.layout.belts}
        return {name: one for name, one in self.stations.items() if name in belts}

    @cached_property
    def inspections(self) -> dict[str, InspectionResult]:
        """By inspecting operation, as `material.operation`."""
        found = {}
        for o in self.layout.inspecting:
            material = self.layout.materials[self.layout.material_of_operation[o]]
            operation = self.layout.operations[o]
            name = operation if operation.startswith(f"{material}.") else f"{material}.{operation}"
            found[name] = InspectionResult(
                name,
                material,
                *(
                    self.sums[f"operation_{key}"][:, o]
                    for key in ("inspected", "first", "passed_first", "failed", "scrapped", "reworked")
                ),
            )
        return found

    @cached_property
    def quality(self) -> Quality | None:
        """Capability, escapes and costs; None where nothing is measured, or the true values are not known."""
        if self.basis is None or "truth_made" not in self.sums:
            return None
        return Quality(self, self.basis)

    @cached_property
    def crews(self) -> dict[str, Interval]:
        """By crew: share of its people's time at work that they were busy."""
        busy, here = self.sums["crew_busy_s"], self.sums["crew_here_s"]
        return {name: interval(ratio(busy[:, c], here[:, c])) for c, name in enumerate(self.layout.crews)}

    @cached_property
    def vehicles(self) -> dict[str, Interval]:
        """By vehicle: share of the time that it was busy."""
        busy, span = self.sums["vehicle_busy_s"], self.sums["span_s"]
        return {name: interval(busy[:, v] / span[:, 0]) for v, name in enumerate(self.layout.vehicles)}

    @cached_property
    def wip_levels(self) -> Values | None:
        """Units on the line over time (replications, moments); nan beyond a run's end."""
        if self.series is None:
            return None
        n = len(self.layout.materials)
        columns = self.series[:, :, [n + k for k in self.layout.made]]
        return np.where(self.series[:, :, 0] < 0, np.nan, columns.sum(axis=2))

    @cached_property
    def finished_counts(self) -> Values | None:
        """Products finished so far over time (replications, moments); nan beyond a run's end."""
        if self.series is None:
            return None
        columns = self.series[:, :, self.layout.products]
        return np.where(self.series[:, :, 0] < 0, np.nan, columns.sum(axis=2))

    def queue_levels(self, queue: int) -> Values | None:
        """Units in a queue over time (replications, moments)."""
        if self.series is None:
            return None
        column = self.series[:, :, 2 * len(self.layout.materials) + queue]
        return np.where(column < 0, np.nan, column)

    def places_to_wait(self) -> list[int]:
        """Queues in which something waited, by number."""
        return [int(q) for q in np.flatnonzero(self.sums["queue_area_s"].any(axis=0))]


def _side_by_side(series: Sequence[NDArray[np.int64]]) -> NDArray[np.int64] | None:
    if not series:
        return None
    table = np.full((len(series), max(len(one) for one in series), series[0].shape[1]), -1, np.int64)
    for r, one in enumerate(series):
        table[r, : len(one)] = one
    return table


def result_of(
    line: Line,
    names: Names,
    state: State,
    plant: str = "",
    every_s: float = math.inf,
    series: NDArray[np.int64] | None = None,
) -> Result:
    """The figures of one line as it stands, since its tallies were last reset: no intervals."""
    measured = [Measured(observe(line, state), every_s, series)]
    return Result.of(line, names, measured, plant=plant, kind="one run", sampling="one run")


# ---------------------------------------------------------------- comparing two plants


def compare(before: Result, after: Result, level: float = 0.95) -> dict[str, Interval]:
    """Differences `after - before` of the line's figures, replication by replication.

    Both saw the same luck where they had the same seed, so the intervals are those of paired differences.
    Raises ValueError where the replications do not pair.
    """
    if before.seed != after.seed or before.replications != after.replications:
        raise ValueError("the replications do not pair: run both with the same seed and as many replications")

    def of(result: Result) -> dict[str, Values]:
        total = result.total
        return {
            "throughput_per_s": total.finished_n / total.span_s,
            "lead_time_s": ratio(total.lead_sum_s, total.finished_n),
            "wip": total.area_s / total.span_s,
        }

    one, other = of(before), of(after)
    return {name: interval(other[name] - one[name], level) for name in one}
