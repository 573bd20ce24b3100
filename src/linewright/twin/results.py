"""Results: what was measured in each replication, and the figures that follow from it.

Every figure is an array over the replications (or batches of one long run); `interval` makes a mean with its
confidence interval of it. Line figures are Hopp & Spearman's: throughput, work in process, lead time. The lead
time of a unit counts from its release (its first operation, where it is built from made parts) to its end.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.control.codes import N_STATES, NONE, MachineState, QueueKind, words
from linewright.control.line import F_BATCH, Line, Names
from linewright.control.state import LEAD_BINS, State
from linewright.twin.observe import Sums, observe
from linewright.twin.statistics import Interval, interval, ratio

Values = NDArray[np.float64]
STATE_NAMES = [words(state).replace(" ", "_") for state in MachineState]
BINS_PER_OCTAVE = 32
FIRST_OCTAVE = -8  # the first bin begins at 2**-8 s


@dataclass(frozen=True)
class Measured:
    """One replication or batch: sums by name (see `observe`), and the levels over time where they were kept."""

    sums: Sums
    every_s: float = math.inf
    series: NDArray[np.int64] | None = None  # (moments, finished by material, wip by material, queue counts)


@dataclass(frozen=True)
class Layout:
    """What the numbers mean: names and belongings, taken from the line."""

    materials: list[str]
    stations: list[str]
    machines: list[str]
    queues: list[str]
    operations: list[str]
    crews: list[str]
    vehicles: list[str]
    products: list[int]  # materials that leave the line when finished
    made: list[int]  # materials that are made here
    station_of_machine: list[int]
    station_of_queue: list[int]
    queue_kinds: list[int]
    inspecting: list[int]  # operations
    material_of_operation: list[int]
    belts: list[int]  # stations that are conveyors
    ways: list[tuple[int, int]]  # neighbouring stations on the routes
    work: list[tuple[int, int, float, bool]]  # operation, station, mean time, is it done there alone, one by one

    @staticmethod
    def of(line: Line, names: Names) -> Layout:
        """The layout of a line."""
        plant = line.plant[0]
        materials = line.material[: plant.materials]
        made = [int(k) for k in np.flatnonzero((materials.bought == 0) & (materials.first_operation != NONE))]
        operation = line.operation[: plant.operations]
        stations = line.station[: plant.stations]
        given = {int(g.material) for g in line.give} if any(operation.n_gives) else set()
        made = sorted({*made, *given})
        return Layout(
            materials=list(names.materials),
            stations=list(names.stations),
            machines=list(names.machines),
            queues=list(names.queues),
            operations=list(names.operations),
            crews=list(names.crews),
            vehicles=list(names.vehicles),
            products=[k for k in made if materials.home_queue[k] == NONE],
            made=made,
            station_of_machine=line.machine.station[: plant.machines].tolist(),
            station_of_queue=line.queue.station[: plant.queues].tolist(),
            queue_kinds=line.queue.kind[: plant.queues].tolist(),
            inspecting=np.flatnonzero(operation.inspects).tolist(),
            material_of_operation=operation.material.tolist(),
            belts=np.flatnonzero(stations.conveyor >= 0).tolist(),
            ways=ways_of(line),
            work=work_of(line),
        )


def work_of(line: Line) -> list[tuple[int, int, float, bool]]:
    """Who does what: operation, station, mean time in s, and is it done there alone and piece by piece?"""
    found = []
    for o in range(int(line.plant[0].operations)):
        operation = line.operation[o]
        for t in range(int(operation.first_task), int(operation.first_task + operation.n_tasks)):
            s = int(line.task[t].station)
            alone = int(operation.n_tasks) == 1 and not int(line.station[s].traits) & F_BATCH
            found.append((o, s, float(line.task[t].mean_s), alone))
    return found


def ways_of(line: Line) -> list[tuple[int, int]]:
    """Pairs of stations between which units go on their routes, components to where they are built in too."""
    found: dict[tuple[int, int], None] = {}
    operations = line.operation[: line.plant[0].operations]
    tasks = line.task

    def stations(o: int) -> list[int]:
        first = int(operations[o].first_task)
        return [int(tasks[t].station) for t in range(first, first + int(operations[o].n_tasks))]

    takers: dict[int, list[int]] = {}
    for o in range(len(operations)):
        for t in range(int(operations[o].first_task), int(operations[o].first_task + operations[o].n_tasks)):
            for k in range(int(tasks[t].first_take), int(tasks[t].first_take + tasks[t].n_takes)):
                takers.setdefault(int(line.take[k].material), []).append(int(tasks[t].station))
    for o in range(len(operations)):
        after = int(operations[o].next)
        targets = stations(after) if after != NONE else takers.get(int(operations[o].material), [])
        found.update(dict.fromkeys((a, b) for a in stations(o) for b in targets if a != b))
    return list(found)


@dataclass(frozen=True)
class Flow:
    """Figures of one material, or of all products together; arrays are over the replications."""

    name: str
    span_s: Values
    finished_n: Values
    scrapped_n: Values
    reworked_n: Values
    lost_n: Values
    offered_n: Values
    lead_sum_s: Values
    lead_square_s2: Values
    area_s: Values
    bins: NDArray[np.int64]  # (replications, LEAD_BINS)
    orders_done_n: Values
    orders_late_n: Values
    tardiness_sum_s: Values
    order_lead_sum_s: Values

    @property
    def throughput_per_s(self) -> Interval:
        """Units finished per second."""
        return interval(self.finished_n / self.span_s)

    @property
    def lead_time_s(self) -> Interval:
        """Mean time from release to end."""
        return interval(ratio(self.lead_sum_s, self.finished_n))

    @property
    def wip(self) -> Interval:
        """Mean units on the line."""
        return interval(self.area_s / self.span_s)

    @property
    def finished(self) -> Interval:
        """Units finished."""
        return interval(self.finished_n)

    @property
    def scrapped(self) -> Interval:
        """Units scrapped."""
        return interval(self.scrapped_n)

    @property
    def reworked(self) -> Interval:
        """Returns for rework."""
        return interval(self.reworked_n)

    @property
    def lost(self) -> Interval:
        """Units turned away for want of room."""
        return interval(self.lost_n)

    @property
    def offered(self) -> Interval:
        """Units ordered."""
        return interval(self.offered_n)

    @property
    def orders_done(self) -> Interval:
        """Orders done."""
        return interval(self.orders_done_n)

    @property
    def orders_on_time(self) -> Interval:
        """Share of the orders done that were on time."""
        return interval(1.0 - ratio(self.orders_late_n, self.orders_done_n))

    @property
    def tardiness_s(self) -> Interval:
        """Mean lateness of an order, 0 where it was early."""
        return interval(ratio(self.tardiness_sum_s, self.orders_done_n))

    @property
    def order_lead_time_s(self) -> Interval:
        """Mean time from the arrival of an order to its end."""
        return interval(ratio(self.order_lead_sum_s, self.orders_done_n))

    def lead_time_quantile_s(self, q: float) -> Interval:
        """The time that a share `q` of the units stayed below, from the bins (each a 32nd of an octave)."""
        return interval(np.array([bin_quantile(bins, q) for bins in self.bins]))

    def lead_time_density(self, cells: int = 60) -> tuple[Values, Values]:
        """Edges (cells + 1), s, and shares of the units (cells), pooled over the replications."""
        pooled = self.bins.sum(axis=0)
        if not pooled.any():
            return np.zeros(2), np.zeros(1)
        high = bin_quantile(pooled, 0.999)
        edges = np.linspace(0.0, high, cells + 1)
        below = np.interp(edges, bin_edges(), np.concatenate([[0], np.cumsum(pooled)]))
        return edges, np.diff(below) / pooled.sum()


def bin_edges() -> Values:
    """Edges of the lead-time bins (LEAD_BINS + 1), s: 32 of equal width in each octave."""
    b = np.arange(LEAD_BINS + 1)
    octave, step = np.divmod(b, BINS_PER_OCTAVE)
    return np.ldexp(1.0 + step / BINS_PER_OCTAVE, FIRST_OCTAVE + octave)


def bin_quantile(bins: NDArray[np.int64], q: float) -> float:
    """The quantile, linear within its bin; nan where nothing was counted."""
    up_to = np.cumsum(bins)
    if up_to[-1] == 0:
        return math.nan
    wanted = q * up_to[-1]
    b = min(int(np.searchsorted(up_to, wanted)), LEAD_BINS - 1)
    edges = bin_edges()
    share = (wanted - (up_to[b] - bins[b])) / bins[b] if bins[b] else 0.0
    return float(edges[b] + share * (edges[b + 1] - edges[b]))


@dataclass(frozen=True)
class StationResult:
    """Figures of one station; arrays are over the replications."""

    name: str
    machines: list[str]
    shares: NDArray[np.float64]  # (replications, states) of the machines' time
    machine_shares: NDArray[np.float64]  # (replications, machines, states)
    pieces_n: Values
    failures_n: Values
    span_s: Values
    queue_wait_sum_s: Values
    queue_left_n: Values
    queue_area_s: Values
    active_period_s: NDArray[np.float64]  # (replications, machines) mean length

    @property
    def state_shares(self) -> dict[str, Interval]:
        """Share of the machines' time by state; the means sum to 1."""
        return {name: interval(self.shares[:, k]) for k, name in enumerate(STATE_NAMES)}

    @property
    def queue_wait_s(self) -> Interval:
        """Mean wait in the station's queues."""
        return interval(ratio(self.queue_wait_sum_s, self.queue_left_n))

    @property
    def queue_length(self) -> Interval:
        """Mean units in the station's queues."""
        return interval(self.queue_area_s / self.span_s)

    @property
    def pieces(self) -> Interval:
        """Pieces worked on."""
        return interval(self.pieces_n)

    @property
    def failures(self) -> Interval:
        """Failures of its machines."""
        return interval(self.failures_n)


@dataclass(frozen=True)
class InspectionResult:
    """What an inspecting operation found; arrays are over the replications."""

    name: str
    material: str
    inspected_n: Values
    first_n: Values
    passed_first_n: Values
    failed_n: Values
    scrapped_n: Values
    reworked_n: Values

    @property
    def first_pass_yield(self) -> Interval:
        """Share of the units that passed when first inspected."""
        return interval(ratio(self.passed_first_n, self.first_n))

    @property
    def scrap_share(self) -> Interval:
        """Share of the units first inspected that ended as scrap."""
        return interval(ratio(self.scrapped_n, self.first_n))

    @property
    def rework_share(self) -> Interval:
        """Returns for rework per unit first inspected."""
        return interval(ratio(self.reworked_n, self.first_n))


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

    @staticmethod
    def of(
        line: Line, names: Names, measured: Sequence[Measured], *, plant: str, kind: str, sampling: str,
        seed: int = 0, warm_up_s: float = 0.0,
    ) -> Result:  # fmt: skip
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

    @cached_property
    def inspections(self) -> dict[str, InspectionResult]:
        """By inspecting operation, as `material.operation`."""
        found = {}
        for o in self.layout.inspecting:
            material = self.layout.materials[self.layout.material_of_operation[o]]
            operation = self.layout.operations[o]
            name = operation if operation.startswith(f"{material}.") else f"{material}.{operation}"
            found[name] = InspectionResult(
                name, material,
                *(self.sums[f"operation_{key}"][:, o]
                  for key in ("inspected", "first", "passed_first", "failed", "scrapped", "reworked")),
            )  # fmt: skip
        return found

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
        """Queues that hold units, by number."""
        kinds = self.layout.queue_kinds
        return [q for q in range(len(kinds)) if kinds[q] in set(QueueKind) and self.sums["queue_area_s"][:, q].any()]


def _side_by_side(series: Sequence[NDArray[np.int64]]) -> NDArray[np.int64] | None:
    if not series:
        return None
    table = np.full((len(series), max(len(one) for one in series), series[0].shape[1]), -1, np.int64)
    for r, one in enumerate(series):
        table[r, : len(one)] = one
    return table


def result_of(
    line: Line, names: Names, state: State, plant: str = "", every_s: float = math.inf,
    series: NDArray[np.int64] | None = None,
) -> Result:  # fmt: skip
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


# ---------------------------------------------------------------- keeping results


def save_result(result: Result, path: Path) -> None:
    """Write a result to a file (numpy's npz), from which every report can be made again."""
    head = {f.name: getattr(result, f.name) for f in fields(Result) if f.name not in ("layout", "sums", "series")}
    head["layout"] = asdict(result.layout)
    arrays = {f"sum_{name}": array for name, array in result.sums.items()}
    if result.series is not None:
        arrays["series"] = result.series
    buffer = io.BytesIO()
    np.savez_compressed(buffer, head=np.frombuffer(json.dumps(head).encode(), np.uint8), **arrays)
    path.write_bytes(buffer.getvalue())


def load_result(path: Path) -> Result:
    """The result that `save_result` wrote. Raises ValueError where the file is not one."""
    with np.load(path, allow_pickle=False) as stored:
        if "head" not in stored.files:
            raise ValueError("not a result")
        head = json.loads(stored["head"].tobytes())
        layout = Layout(**{**head.pop("layout")})
        layout.ways[:] = [tuple(way) for way in layout.ways]
        layout.work[:] = [tuple(row) for row in layout.work]
        sums = {name[4:]: stored[name] for name in stored.files if name.startswith("sum_")}
        series = stored["series"] if "series" in stored.files else None
    return Result(**head, layout=layout, sums=sums, series=series)
