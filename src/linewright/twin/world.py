"""A plant's nature made from the plant file: which laws, which clocks, which random streams."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from linewright.control.codes import NONE, Event
from linewright.control.compile import (
    limits,
    looks,
    read_fail,
    route_steps,
    shares,
    target,
    task_time,
    trips,
)
from linewright.control.line import F_BATCH, F_LOT, Line
from linewright.control.state import records
from linewright.plant.check_quality import making_station
from linewright.plant.laws import Distribution, DistributionKind
from linewright.plant.model import Conveyor, Loop, Plant, Stream
from linewright.twin import tables
from linewright.twin.clocks import leaf_nodes, leaves_for, play
from linewright.twin.random import LAW, new_streams
from linewright.twin.run import awaken
from linewright.twin.tables import Nature
from linewright.twin.values import values_apart


class World:
    """What is constant about a plant's nature; `new_nature` gives one life of it."""

    def __init__(self, plant: Plant, line: Line) -> None:
        self.plant, self.line = plant, line
        self._laws: list[tuple[Any, ...]] = []
        self._values: list[float] = []
        self._known: dict[int, int] = {}
        self._keep: list[Distribution] = []  # so that ids stay unique
        self.task = self._tasks()
        self.mode = self._modes()
        self.arrival, self.share, self.arrival_source = self._arrivals()
        self.characteristic, self.sources = self._characteristics()
        self.bought = self._bought()
        self.change = self._changes()
        self.case, self.clock = self._clocks()
        self.leaf = leaf_nodes(int(self.case[0].leaves))
        self.quiet_tree = play(np.full((1, len(self.leaf)), np.inf))[0]
        self.law = np.array(self._laws or [(0,) * 8], LAW).view(np.recarray)
        self.value = np.array(self._values or [0.0])

    # ------------------------------------------------------------ laws

    def _add_law(self, distribution: Distribution) -> int:
        if id(distribution) in self._known:
            return self._known[id(distribution)]
        self._keep.append(distribution)
        row = distribution.row()
        c = row.c
        if row.kind == DistributionKind.GEOMETRIC:
            c = math.log1p(-row.a) if row.a < 1.0 else -math.inf
        if row.kind == DistributionKind.MIXTURE:
            first, n = self._mixture(row.children)
        else:
            first, n = len(self._values), len(row.values)
            self._values.extend(row.values)
        self._laws.append((row.kind, first, n, row.a, row.b, c, row.d, row.offset))
        self._known[id(distribution)] = len(self._laws) - 1
        return len(self._laws) - 1

    def _mixture(self, children: tuple[tuple[float, Distribution], ...]) -> tuple[int, int]:
        """Cumulative weights and laws of the children, as pairs of numbers."""
        numbers = [self._add_law(child) for _, child in children]
        first = len(self._values)
        up_to = 0.0
        for (weight, _), number in zip(children, numbers, strict=True):
            up_to += weight
            self._values.extend((up_to, float(number)))
        return first, len(children)

    def _tasks(self) -> Any:
        rows = records(len(self.line.task), tables.TASK)
        t = 0
        for step in route_steps(self.plant):
            fail = read_fail(step.operation)
            for station in step.stations:
                rows.law[t] = self._add_law(task_time(step, station))
                rows.fail_rate[t], rows.scrap_rate[t] = fail.rate, fail.scrap_rate
                t += 1
        for belt in self.plant.transport.values():
            if isinstance(belt, Conveyor | Loop):
                for time in trips(belt):
                    rows.law[t] = self._add_law(time)
                    t += 1
        rows.judges = rows.fail_rate + rows.scrap_rate > 0.0
        return rows

    def _modes(self) -> Any:
        failures = [f for station in self.plant.stations.values() for f in station.failures]
        rows = records(len(failures), tables.MODE)
        for k, failure in enumerate(failures):
            rows.every[k], rows.repair[k] = self._add_law(failure.every), self._add_law(failure.repair)
        return self._with_looks(rows, len(failures))

    def _arrivals(self) -> tuple[Any, Any, list[int]]:
        """Streams of orders, then saturated mixes; for each the first of its sources."""
        arrivals: list[tuple[int, int, int, int, int, int, int, float]] = []
        parts: list[tuple[int, int, float]] = []
        firsts: list[int] = []
        source = 0
        materials = list(self.plant.materials)
        for stream in self.plant.orders.streams:
            due = NONE if stream.due is None else self._add_law(stream.due)
            mix = shares(stream.material)
            first_s = -1.0 if stream.first is None else stream.first
            rates = self._rates(stream)
            arrivals.append((self._add_law(stream.every), due, len(parts), len(mix), stream.quantity, *rates, first_s))
            firsts.append(source)
            parts.extend(self._parts(mix, materials, range(source, source + len(mix))))
            source += len(mix)
        for entry in self.plant.orders.saturated:
            mix = shares(entry)
            if len(mix) > 1:
                arrivals.append((NONE, NONE, len(parts), len(mix), 1, 0, 0, -1.0))
                firsts.append(source)
                parts.extend(self._parts(mix, materials, [source] * len(mix)))
            source += 1
        return _table(tables.ARRIVAL, arrivals), _table(tables.SHARE, parts), firsts

    def _rates(self, stream: Stream) -> tuple[int, int]:
        """Where the profile of a stream begins, scaled to a mean of 1, and its length."""
        first = len(self._values)
        mean = sum(stream.profile) / max(len(stream.profile), 1)
        self._values.extend(busy / mean for busy in stream.profile)
        return first, len(stream.profile)

    @staticmethod
    def _parts(mix: dict[str, float], materials: list[str], sources: Any) -> list[tuple[int, int, float]]:
        up_to = np.cumsum(list(mix.values()))
        return [
            (materials.index(name), source, float(end)) for name, source, end in zip(mix, sources, up_to, strict=True)
        ]

    def _with_looks(self, modes: Any, first: int) -> Any:
        """Somebody looks at a machine, as long as the reaction says: one mode more for each."""
        names = looks(self.plant)
        rows = records(first + len(names), tables.MODE)
        rows[:first] = modes[:first]
        for k, name in enumerate(names, start=first):
            reaction = self.plant.characteristics[name].reaction
            assert reaction is not None and reaction.hold is not None
            rows.every[k], rows.repair[k] = NONE, self._add_law(reaction.hold)
        return rows

    def _characteristics(self) -> tuple[Any, int]:
        """The laws of all characteristics, and how many machines make one, each counted by characteristic."""
        rows = records(len(self.plant.characteristics), tables.VALUE)
        materials = list(self.plant.materials)
        sources = 0
        for k, (name, c) in enumerate(self.plant.characteristics.items()):
            row, process = rows[k], c.process
            row.material, row.station, row.tool, row.first_source = materials.index(c.of), NONE, NONE, sources
            row.low, row.high = limits(self.plant, name)
            row.centre = process.mean if process.mean is not None else target(self.plant, name)
            row.sd, row.between, row.wander, row.gain = process.sd, process.between, process.wander, process.gain
            if process.upset:
                row.upset_share, row.upset_by = 1.0 / process.upset.every, process.upset.by
            if c.gauge:
                row.repeatability, row.bias = c.gauge.repeatability, c.gauge.bias
            maker = making_station(self.plant, name)
            if maker is not None:
                self._take_tool(row, name, maker)
                sources += self.plant.stations[maker].machines
        return rows, sources

    def _take_tool(self, row: Any, name: str, maker: str) -> None:
        """Where a characteristic is made, and by which tool that wears."""
        row.station = list(self.plant.stations).index(maker)
        for j, tool in enumerate(self.plant.stations[maker].tools.values()):
            if tool.wears == name:
                row.tool, row.wear, row.scatter = j, tool.wear, tool.scatter

    def _makes(self) -> Any:
        made = np.zeros(int(self.line.plant[0].stations), np.int64)
        for row in self.characteristic[: len(self.plant.characteristics)]:
            if row.station != NONE:
                made[row.station] = 1
        return made

    def _tells(self) -> bool:
        """Do machines say anything of single pieces: values, or bad ones out of several?"""
        fails = self.task.judges != 0
        several = self.line.station.traits[self.line.task.station] & (F_BATCH | F_LOT) != 0
        return bool(self.plant.characteristics) or bool((fails & several[: len(fails)]).any())

    def _bought(self) -> Any:
        rows = records(len(self.plant.materials), tables.BOUGHT)
        for k, material in enumerate(self.plant.materials.values()):
            if material.reorder:
                rows.law[k] = self._add_law(material.reorder.lead_time)
        return rows

    def _changes(self) -> Any:
        tools = [tool for station in self.plant.stations.values() for tool in station.tools.values()]
        rows = records(len(tools), tables.CHANGE)
        for k, tool in enumerate(tools):
            rows.law[k] = self._add_law(tool.change)
        return rows

    # ------------------------------------------------------------ clocks

    def _clocks(self) -> tuple[Any, Any]:
        """One clock for everything that can have an event pending; unused kinds get none."""
        line, plant = self.line, self.line.plant[0]
        case = records(1, tables.CASE)
        rows: list[tuple[int, int, int, int]] = []
        rows += [(Event.OPERATION_FINISHED, m, NONE, NONE) for m in range(plant.machines)]

        def begin(field: str) -> None:
            case[field][0] = len(rows)

        begin("first_vehicle")
        if self.plant_has_vehicles():
            rows += [(Event.UNIT_LOADED, v, NONE, NONE) for v in range(len(line.vehicle))]
        modes: list[tuple[int, int, int, int]] = []
        if any(f.clock == "calendar" for s in self.plant.stations.values() for f in s.failures):
            for m in range(plant.machines):
                station = line.station[line.machine[m].station]
                modes += [(Event.MACHINE_FAILED, m, station.first_mode + j, NONE) for j in range(station.n_modes)]
        rows += reversed(modes)  # at the same instant the later clock rings first: the first machine fails first
        case["last_mode"][0] = len(rows) - 1
        begin("first_stream")
        n_streams = len(self.plant.orders.streams)
        rows += [(Event.ORDER_ARRIVED, NONE, a, NONE) for a in range(n_streams)]
        begin("first_mix")
        if any(len(shares(entry)) > 1 for entry in self.plant.orders.saturated):
            by_source = {source: a for a, source in enumerate(self.arrival_source) if a >= n_streams}
            rows += [(Event.ORDER_ARRIVED, NONE, by_source.get(k, NONE), NONE) for k in range(plant.sources)]
        begin("first_wait")
        if any(s.batch and s.batch.wait is not None for s in self.plant.stations.values()):
            rows += [(Event.WAIT_OVER, s, NONE, NONE) for s in range(plant.stations)]
        begin("first_material")
        if any(m.reorder for m in self.plant.materials.values()):
            rows += [(Event.MATERIAL_ARRIVED, k, NONE, NONE) for k in range(plant.materials)]
        for field, used, kind in (  # of two at the same instant the later rings first: the shift before all else
            ("look_again", True, Event.LOOK_AGAIN),
            ("file", bool(line.order[0].quantity), Event.ORDER_ARRIVED),
            ("shift", True, Event.SHIFT_CHANGED),
        ):
            case[field][0] = len(rows) if used else NONE
            rows += [(kind, NONE, NONE, NONE)] * used
        begin("first_tool")
        rows += self._sharpening(len(rows))
        self._number_streams(case[0])
        case[0].clocks = len(rows)
        case[0].leaves = leaves_for(len(rows), int(plant.machines))
        case[0].characteristics = len(self.plant.characteristics)
        case[0].values = values_apart.address if self.plant.characteristics else 0
        case[0].tells = int(self._tells())
        case[0].judges = int(self.task.judges.any())
        case[0].orders = len(line.order) if line.order[0].quantity else 0
        return case, _table(tables.CLOCK, rows)

    def _sharpening(self, first: int) -> list[tuple[int, int, int, int]]:
        """Clocks for worn tools on their way back: as many for each machine tool as it has spares."""
        rows: list[tuple[int, int, int, int]] = []
        counts = [
            max(tool.spares, 1) if tool.resharpen is not None else 0
            for station in self.plant.stations.values()
            for _ in range(station.machines)
            for tool in station.tools.values()
        ]
        self.sharpener = records(len(counts), tables.SHARPENER)
        for k, n in enumerate(counts):
            self.sharpener.first[k], self.sharpener.n[k] = first + len(rows), n
            rows += [(Event.TOOL_SHARPENED, k, NONE, NONE)] * n
        return rows

    def plant_has_vehicles(self) -> bool:
        """Are there vehicles on the line?"""
        return bool(self.line.pool[0].n_vehicles)

    def _number_streams(self, case: Any) -> None:
        """Random streams by what is sampled; the numbers depend on the plant's tables only."""
        n = 0
        modes = int(sum(self.line.station.n_machines * self.line.station.n_modes))
        for field, count in (
            ("stream_task", len(self.task)),
            ("stream_judge", len(self.task)),
            ("stream_mode", modes),
            ("stream_repair", modes),
            ("stream_arrival", 3 * len(self.arrival)),
            ("stream_value", tables.GAUGE_STREAMS * len(self.characteristic)),
            ("stream_supply", len(self.bought)),
            ("stream_change", int(sum(self.line.station.n_machines * self.line.station.n_tools))),
            ("stream_more", tables.MORE_STREAMS * len(self.characteristic)),
            ("stream_look", len(self.mode)),
        ):
            case[field] = n
            n += count
        self.n_streams = n

    # ------------------------------------------------------------ a life

    def new_nature(self, seed: int, replication: int, units: int) -> Nature:
        """The nature of one replication at time 0: first failures and arrivals drawn, the first events set."""
        line, plant = self.line, self.line.plant[0]
        case = self.case.copy().view(np.recarray)
        machine = records(plant.machines, tables.MACHINE)
        machine.fails_s = np.inf
        n_modes = line.station.n_modes[line.machine.station[: plant.machines]]
        born = Nature(
            case=case,
            law=self.law,
            value=self.value,
            task=self.task,
            mode=self.mode,
            arrival=self.arrival,
            share=self.share,
            characteristic=self.characteristic,
            source=records(self.sources, tables.SOURCE),
            truth=records(len(self.plant.characteristics), tables.TRUTH),
            makes=self._makes(),
            bought=self.bought,
            change=self.change,
            sharpener=self.sharpener,
            stream=new_streams(self.n_streams, seed, replication),
            clock=self.clock.copy().view(np.recarray),
            machine=machine,
            leaf=self.leaf,
            rings_s=np.full(len(self.leaf), np.inf),
            tree=self.quiet_tree.copy(),
            failure_s=np.full(max(int(n_modes.sum()), 1), np.inf),
            first_mode=np.cumsum(n_modes) - n_modes,
            made=np.full(max(units * len(self.plant.characteristics), 1), np.nan),
        )
        awaken(line, born)
        return born


def _table(dtype: Any, rows: list[Any]) -> Any:
    made = records(len(rows), dtype)
    for i, row in enumerate(rows):
        made[i] = tuple(row)
    return made



