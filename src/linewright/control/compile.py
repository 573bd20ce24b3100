"""From the plant file to arrays: every name becomes a number, every table an array of records."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from linewright.control import line as tables
from linewright.control.codes import NONE as NO_NUMBER
from linewright.control.codes import Blocking, QueueKind, Rule, SourceKind
from linewright.control.line import Line, Names, Records
from linewright.control.rules import load_rule
from linewright.errors import InputError, Problem, nearest
from linewright.plant.calendar import week_changes
from linewright.plant.model import Conveyor, Conwip, DrumBufferRope, Fail, Kanban, Operation, Plant, Station, Vehicles
from linewright.plant.orders import Order

NONE = int(NO_NUMBER)
PLAIN_TRAITS = tables.F_CARDS | tables.F_OUTBOX  # traits that do not change how a machine loads and starts
UNLIMITED_BELT = 256  # units at once on a conveyor without a capacity: each needs a record of its own
BLOCKING = {
    "after-service": Blocking.AFTER_SERVICE,
    "before-service": Blocking.BEFORE_SERVICE,
    "communication": Blocking.COMMUNICATION,
}
RULES = {rule.name.lower().replace("_", "-"): rule for rule in Rule if rule != Rule.USER}
RULES |= {"spt": Rule.SHORTEST_PROCESSING_TIME, "edd": Rule.EARLIEST_DUE_DATE, "cr": Rule.CRITICAL_RATIO}
RULES |= {"atc": Rule.APPARENT_TARDINESS_COST}


@dataclass(frozen=True)
class RouteStep:
    """One operation of a route, found by number."""

    material: str
    name: str
    operation: Operation
    index: int  # place in the route, from 0

    @property
    def stations(self) -> list[str]:
        """The stations that can do it."""
        at = self.operation.at
        return [at] if isinstance(at, str) else list(at)


@dataclass
class _Table:
    """Records in the making."""

    dtype: np.dtype[Any]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, **values: Any) -> int:
        unknown = set(values) - set(self.dtype.names or ())
        assert not unknown, unknown
        self.rows.append(values)
        return len(self.rows) - 1

    def records(self) -> Records:
        made = np.zeros(max(len(self.rows), 1), self.dtype)
        for i, row in enumerate(self.rows):
            for name, value in row.items():
                made[name][i] = value
        return made.view(np.recarray)


def compile_line(plant: Plant, orders: Sequence[Order] = (), folder: Path | None = None) -> tuple[Line, Names]:
    """The line of a plant and its order file as arrays, and the names of everything in them.

    `folder` is where the plant file's rules of the user's own are looked up. Raises InputError where a rule is
    unknown; `plant.check` has seen to the rest.
    """
    return _Compiler(plant, orders, folder or Path()).compile()


class _Compiler:
    """Compiles table by table; later tables use the numbers of earlier ones."""

    def __init__(self, plant: Plant, orders: Sequence[Order], folder: Path) -> None:
        self.plant, self.orders, self.folder = plant, orders, folder
        self.belts = {n: t for n, t in plant.transport.items() if isinstance(t, Conveyor)}
        self.pools = {n: t for n, t in plant.transport.items() if isinstance(t, Vehicles)}
        self.stations = [*plant.stations, *self.belts]
        self.station_no = {name: i for i, name in enumerate(self.stations)}
        self.materials = list(plant.materials)
        self.material_no = {name: i for i, name in enumerate(self.materials)}
        self.steps = route_steps(plant)
        self.skills = sorted({skill for crew in plant.crews.values() for skill in crew.skills})
        self.skill_no = {name: i for i, name in enumerate(self.skills)}
        self.crews = list(plant.crews)
        self.links: list[int] = []
        self.numbers: list[float] = []
        self.machine_names: list[str] = []
        self.queue_names: list[str] = []
        self.mode_names: list[str] = []
        self.tool_names: list[str] = []
        self.source_names: list[str] = []
        self.vehicle_names: list[str] = []
        self.t_plant = _Table(tables.PLANT)
        self.t_station = _Table(tables.STATION)
        self.t_machine = _Table(tables.MACHINE)
        self.t_queue = _Table(tables.QUEUE)
        self.t_material = _Table(tables.MATERIAL)
        self.t_operation = _Table(tables.OPERATION)
        self.t_task = _Table(tables.TASK)
        self.t_take = _Table(tables.TAKE)
        self.t_give = _Table(tables.GIVE)
        self.t_need = _Table(tables.NEED)
        self.t_tool = _Table(tables.TOOL)
        self.t_mode = _Table(tables.MODE)
        self.t_crew = _Table(tables.CREW)
        self.t_source = _Table(tables.SOURCE)
        self.t_loop = _Table(tables.LOOP)
        self.t_vehicle = _Table(tables.VEHICLE)
        self.t_pool = _Table(tables.POOL)
        self.t_order = _Table(tables.ORDER_ROW)
        self.t_check = _Table(tables.CHECK)

    def _arrays(self) -> dict[str, Records]:
        """The finished tables by their names in a `Line`."""
        made = {
            "plant": self.t_plant,
            "station": self.t_station,
            "machine": self.t_machine,
            "queue": self.t_queue,
            "material": self.t_material,
            "operation": self.t_operation,
            "task": self.t_task,
            "take": self.t_take,
            "give": self.t_give,
            "need": self.t_need,
            "tool": self.t_tool,
            "mode": self.t_mode,
            "crew": self.t_crew,
            "source": self.t_source,
            "loop": self.t_loop,
            "vehicle": self.t_vehicle,
            "pool": self.t_pool,
            "order": self.t_order,
            "check": self.t_check,
        }
        return {name: table.records() for name, table in made.items()}

    def skill(self, name: str | None) -> int:
        return NONE if name is None else self.skill_no[name]

    # ------------------------------------------------------------ the parts in order

    def compile(self) -> tuple[Line, Names]:
        self._find_demand()
        self._find_homes()
        self._add_stations()
        self._add_component_queues()
        self._add_operations()
        self._add_sources()
        self._add_materials()
        self._add_orders()
        via = self._add_transport()
        for crew in self.plant.crews.values():
            self.t_crew.add(skills=sum(1 << self.skill_no[s] for s in crew.skills))
        week, week_s = self._week()
        self._add_plant(len(week_s))
        line = Line(
            **self._arrays(),
            link=np.array(self.links or [0], np.int64),
            number=np.array(self.numbers or [0.0]),
            via=via,
            week=week,
            week_s=week_s,
            rank=np.zeros(1, np.int64)[:0],
        )
        return line, self._names()

    def _names(self) -> Names:
        return Names(
            stations=self.stations,
            machines=self.machine_names,
            queues=self.queue_names,
            materials=self.materials,
            operations=[f"{step.material}.{step.name}" for step in self.steps],
            crews=self.crews,
            skills=self.skills,
            modes=self.mode_names,
            tools=self.tool_names,
            sources=self.source_names,
            vehicles=self.vehicle_names,
            characteristics=list(self.plant.characteristics),
            orders=[order.order for order in self.orders],
        )

    # ------------------------------------------------------------ demand and components

    def _find_demand(self) -> None:
        wanted: set[str] = {order.material for order in self.orders}
        for stream in self.plant.orders.streams:
            wanted |= set(shares(stream.material))
        for entry in self.plant.orders.saturated:
            wanted |= set(shares(entry))
        self.wanted = wanted
        self.derived = self._needed_by(wanted)

    def _needed_by(self, wanted: set[str]) -> set[str]:
        """Made components, without demand of their own, of whatever is wanted."""
        derived: set[str] = set()
        open_ = list(wanted)
        while open_:
            material = open_.pop()
            for step in self._route(material):
                for name in step.operation.takes:
                    made = not self.plant.materials[name].buy and name in self.plant.routes
                    if made and name not in wanted and name not in derived:
                        derived.add(name)
                        open_.append(name)
        return derived

    def _route(self, material: str) -> list[RouteStep]:
        return [step for step in self.steps if step.material == material]

    def _find_homes(self) -> None:
        """Stations that take each made material: one, and it waits there; several, and it waits in a store."""
        self.takers: dict[str, list[str]] = {}
        for step in self.steps:
            for name in step.operation.takes:
                if not self.plant.materials[name].buy:
                    known = self.takers.setdefault(name, [])
                    known.extend(s for s in step.stations if s not in known)

    # ------------------------------------------------------------ stations

    def _add_stations(self) -> None:
        first_machine = first_mode = first_tool = machine_tool = 0
        self.main_queue: dict[str, int] = {}
        cards = self.plant.control.release.kanban if isinstance(self.plant.control.release, Kanban) else {}
        for name, station in self.plant.stations.items():
            flags = self._flags(name, station, cards)
            main = self._add_queue(f"{name}", name, self._main_capacity(name, station), QueueKind.MAIN)
            self.main_queue[name] = main
            rework = NONE
            if station.rework_queue is not None:
                rework = self._add_queue(f"{name} rework", name, station.rework_queue, QueueKind.REWORK)
            batch = station.batch
            rule, address = self._rule(name)
            blocking = self._blocking(station, flags)
            self.t_station.add(
                first_machine=first_machine,
                n_machines=station.machines,
                queue=main,
                rework_queue=rework,
                plain=int(flags & ~PLAIN_TRAITS == 0 and rule == Rule.FIFO and blocking == Blocking.AFTER_SERVICE),
                traits=flags,
                rule=rule,
                user_rule=address,
                blocking=blocking,
                cards=cards.get(name, NONE),
                outbox=NONE if name in cards else station.outbox,
                holds=int(station.holds_place),
                batch_least=batch.least if batch else 1,
                batch_most=(batch.most if batch.most >= 0 else tables.UNLIMITED_PIECES) if batch else 1,
                batch_wait_s=batch.wait if batch and batch.wait is not None else -1.0,
                setup_row=self._setup_row(station),
                setup_skill=self.skill(station.setup.needs) if station.setup else NONE,
                first_tool=first_tool,
                n_tools=len(station.tools),
                first_mode=first_mode,
                n_modes=len(station.failures),
                pause=int(station.at_shift_end == "pause"),
                conveyor=NONE,
            )
            for k in range(station.machines):
                self.t_machine.add(station=self.station_no[name], first_tool=machine_tool)
                label = name if station.machines == 1 else f"{name}-{k + 1}"
                self.machine_names.append(label)
                machine_tool += len(station.tools)
                self.tool_names.extend(f"{label}.{tool}" for tool in station.tools)
            for failure in station.failures:
                self.t_mode.add(
                    station=self.station_no[name], skill=self.skill(failure.needs), busy=int(failure.clock == "busy")
                )
                self.mode_names.append(f"{name}.{failure.name}")
            for tool in station.tools.values():
                self.t_tool.add(
                    skill=self.skill(tool.needs),
                    spares=tool.spares,
                    life=float(tool.life),
                    by_count=int(isinstance(tool.life, int)),
                    change_s=tool.change,
                    resharpen_s=tool.resharpen if tool.resharpen is not None else -1.0,
                )
            first_machine += station.machines
            first_mode += len(station.failures)
            first_tool += len(station.tools)
        for name, belt in self.belts.items():
            self._add_belt(name, belt, first_machine, machine_tool)
            first_machine = len(self.machine_names)

    def _add_belt(self, name: str, belt: Conveyor, first_machine: int, machine_tool: int) -> None:
        places = belt.capacity if belt.capacity >= 0 else UNLIMITED_BELT
        queue = self._add_queue(name, name, 0, QueueKind.MAIN)
        self.main_queue[name] = queue
        self.t_station.add(
            first_machine=first_machine, n_machines=places, queue=queue, rework_queue=NONE,
            traits=tables.F_ATTENDED if belt.needs else 0, plain=int(not belt.needs), rule=Rule.FIFO, cards=NONE,
            batch_least=1, batch_most=1, setup_skill=NONE, conveyor=NONE,
        )  # fmt: skip
        for k in range(places):
            self.t_machine.add(station=self.station_no[name], first_tool=machine_tool)
            self.machine_names.append(f"{name}-{k + 1}" if places > 1 else name)

    def _flags(self, name: str, station: Station, cards: dict[str, int]) -> int:
        steps = [step for step in self.steps if name in step.stations]
        flags = 0
        if station.batch:
            flags |= tables.F_BATCH
        if station.setup:
            flags |= tables.F_SETUP
        if station.tools:
            flags |= tables.F_TOOLS
        if any(step.operation.takes for step in steps):
            flags |= tables.F_TAKES
        if station.needs or any(step.operation.needs for step in steps):
            flags |= tables.F_ATTENDED
        if not station.batch and any(step.operation.lot not in (0, 1) for step in steps):
            flags |= tables.F_LOT
        if any(name in step.operation.compensates for step in self.steps):
            flags |= tables.F_OFFSET
        if name in cards:
            flags |= tables.F_CARDS
        if station.outbox != 0 or name in cards:
            flags |= tables.F_OUTBOX
        return flags

    def _blocking(self, station: Station, flags: int) -> int:
        if flags & (tables.F_BATCH | tables.F_LOT):
            return Blocking.AFTER_SERVICE  # a place ahead for each unit of a batch is not reserved
        return BLOCKING[station.blocking or self.plant.control.blocking]

    def _rule(self, station: str) -> tuple[int, int]:
        dispatch = self.plant.control.dispatch
        text = dispatch if isinstance(dispatch, str) else dispatch.get(station, dispatch.get("default", "fifo"))
        if text in RULES:
            return RULES[text], 0
        if ".py:" in text:
            return Rule.USER, load_rule(text, self.folder)
        raise InputError([
            Problem(f"unknown dispatch rule {text!r}", key="control.dispatch", hint=nearest(text, RULES))
        ])

    def _setup_row(self, station: Station) -> int:
        """Set-up times by material before (the last row: none yet) and after, flattened; its first index."""
        first = len(self.numbers)
        if station.setup is None:
            return first
        setup = station.setup
        names = [self._family(material, setup.by) for material in self.materials]

        def between(before: str, after: str) -> float:
            if before == after:
                return 0.0
            if isinstance(setup.time, dict):
                return float(setup.time.get(before, {}).get(after, 0.0))
            return float(setup.time)

        for before in names:
            self.numbers.extend(between(before, after) for after in names)
        for after in names:
            others = [between(before, after) for before in sorted(set(names)) if before != after]
            self.numbers.append(sum(others) / len(others) if setup.first and others else 0.0)
        return first

    def _family(self, material: str, by: str) -> str:
        return material if by == "material" else self.plant.materials[material].family or material

    # ------------------------------------------------------------ queues

    def _add_queue(self, label: str, station: str | None, capacity: int, kind: QueueKind) -> int:
        self.queue_names.append(label)
        place = NONE if station is None else self.station_no[station]
        number: int = self.t_queue.add(station=place, capacity=capacity, kind=kind)
        return number

    def _main_capacity(self, name: str, station: Station) -> int:
        if isinstance(station.queue, int):
            return station.queue
        keys = {
            key
            for step in self.steps
            if name in step.stations
            for key in (step.material, self.plant.materials[step.material].kind)
            if key in station.queue
        }
        limits = [station.queue[key] for key in keys if key is not None]
        return sum(limits) if limits and min(limits) >= 0 else NONE

    def _add_component_queues(self) -> None:
        """Components wait where they are taken: one queue by material, or one by kind where the plant says so."""
        self.home: dict[str, int] = {}
        for name in self.plant.stations:
            first = len(self.queue_names)
            shared: dict[str, int] = {}
            station = self.plant.stations[name]
            for material, takers in self.takers.items():
                if takers != [name]:
                    continue
                kind = self.plant.materials[material].kind
                limits = station.queue if isinstance(station.queue, dict) else {}
                key = kind if kind in limits and material not in limits else material
                if key not in shared:
                    capacity = limits.get(key, NONE) if limits else int(station.queue)  # type: ignore[arg-type]
                    shared[key] = self._add_queue(f"{name} {key}", name, capacity, QueueKind.COMPONENT)
                self.home[material] = shared[key]
            row = self.t_station.rows[self.station_no[name]]
            row["first_component"], row["n_components"] = first, len(self.queue_names) - first
        for material, takers in self.takers.items():
            if len(takers) > 1:
                queue = self._add_queue(f"{material} store", None, NONE, QueueKind.STORE)
                self.home[material] = queue
                first = self._link(self.station_no[s] for s in takers)
                self.t_queue.rows[queue] |= {"first_source": first, "n_sources": len(takers)}

    def _link(self, numbers: Iterable[int]) -> int:
        first = len(self.links)
        self.links.extend(numbers)
        return first

    # ------------------------------------------------------------ operations

    def _add_operations(self) -> None:
        self.operation_no = {(step.material, step.name): i for i, step in enumerate(self.steps)}
        for i, step in enumerate(self.steps):
            operation = step.operation
            last = i + 1 == len(self.steps) or self.steps[i + 1].material != step.material
            fail = read_fail(operation)
            sample = read_sample(operation.sample)
            first_give = len(self.t_give.rows)
            for name, quantity in operation.gives.items():
                self.t_give.add(material=self.material_no[name], quantity=quantity)
            first_task = len(self.t_task.rows)
            for station in step.stations:
                self._add_task(i, step, station)
            lot = operation.lot if operation.lot >= 0 else tables.UNLIMITED_PIECES
            transfer = operation.transfer if operation.transfer is not None and operation.transfer >= 0 else lot
            self.t_operation.add(
                material=self.material_no[step.material],
                first_task=first_task,
                n_tasks=len(step.stations),
                next=NONE if last else i + 1,
                sample=sample,
                inspects=int(operation.fail is not None or bool(operation.checks) or sample > 1),
                rework=self.operation_no[step.material, fail.rework] if fail.rework else NONE,
                at_most=fail.at_most,
                pass_after=int(fail.then == "pass"),
                lot=lot,
                transfer=min(transfer, lot),
                first_give=first_give,
                n_gives=len(operation.gives),
                number=step.index,
                remaining_s=sum(task_mean_s(s, s.stations[0]) for s in self.steps[i:] if s.material == step.material),
                **self._checks(operation),
                **self._compensation(step),
            )
        for name, belt in self.belts.items():
            task = self.t_task.add(
                operation=NONE, station=self.station_no[name], skill=self.skill(belt.needs), mean_s=belt.time.mean
            )
            self.t_station.rows[self.station_no[name]]["conveyor"] = task
        self._add_station_means()
        self._add_stations_behind()

    def _add_stations_behind(self) -> None:
        """Stations that load only when there is a place at this one (communication blocking)."""
        after: dict[str, set[int]] = {name: set() for name in self.plant.stations}
        for step, following in zip(self.steps, self.steps[1:], strict=False):
            if following.material == step.material:
                for name in step.stations:
                    s = self.station_no[name]
                    if self.t_station.rows[s]["blocking"] == Blocking.COMMUNICATION:
                        for ahead in following.stations:
                            after[ahead].add(s)
        for step in self.steps:
            home = self.home.get(step.material, NONE)
            station = self.t_queue.rows[home]["station"] if home != NONE else NONE
            if station != NONE:
                after[self.stations[station]].update(
                    self.station_no[name]
                    for name in step.stations
                    if self.t_station.rows[self.station_no[name]]["blocking"] == Blocking.COMMUNICATION
                )
        for name, behind in after.items():
            row = self.t_station.rows[self.station_no[name]]
            row["first_behind"], row["n_behind"] = self._link(sorted(behind)), len(behind)

    def _add_task(self, operation: int, step: RouteStep, name: str) -> None:
        station = self.plant.stations[name]
        first_take = len(self.t_take.rows)
        for material, quantity in step.operation.takes.items():
            queue = self.home.get(material, NONE)
            self.t_take.add(material=self.material_no[material], queue=queue, quantity=float(quantity))
        first_use = len(self.numbers)
        mean_s = task_mean_s(step, name)
        for tool_name, tool in station.tools.items():
            if isinstance(tool.life, int):
                use = 1.0 if not step.operation.uses or tool_name in step.operation.uses else 0.0
            else:
                use = step.operation.uses.get(tool_name, 0.0 if step.operation.uses else mean_s)
            self.numbers.append(use)
        paper = step.index == 0 and any(not self.plant.materials[m].buy for m in step.operation.takes)
        self.t_task.add(
            operation=operation,
            station=self.station_no[name],
            skill=self.skill(step.operation.needs or station.needs),
            first_take=first_take,
            n_takes=len(step.operation.takes),
            first_use=first_use,
            paper=int(paper),
            mean_s=mean_s,
        )

    def _checks(self, operation: Operation) -> dict[str, int]:
        first = len(self.t_check.rows)
        names = list(self.plant.characteristics)
        for name in operation.checks:
            low, high = limits(self.plant, name)
            self.t_check.add(characteristic=names.index(name), lower=low, upper=high)
        return {"first_check": first, "n_checks": len(operation.checks)}

    def _compensation(self, step: RouteStep) -> dict[str, Any]:
        for station, tool in step.operation.compensates.items():
            names = list(self.plant.characteristics)
            wears = self.plant.stations[station].tools[tool].wears or step.operation.checks[0]
            low, high = limits(self.plant, wears)
            nominal = self.plant.characteristics[wears].nominal
            target = (low + high) / 2 if math.isfinite(low + high) else nominal
            return {
                "offset_station": self.station_no[station],
                "offset_tool": list(self.plant.stations[station].tools).index(tool),
                "offset_characteristic": names.index(wears),
                "target": target,
            }
        return {"offset_station": NONE, "offset_tool": NONE, "offset_characteristic": NONE}

    def _add_station_means(self) -> None:
        for s in range(len(self.stations)):
            means = [row["mean_s"] for row in self.t_task.rows if row["station"] == s]
            self.t_station.rows[s]["mean_s"] = sum(means) / len(means) if means else 0.0

    # ------------------------------------------------------------ demand

    def _add_sources(self) -> None:
        """Where units come from: one source by stream and material, by saturated entry, by ordered material."""
        self.source_of: dict[str, int] = {}
        self.source_stations: list[list[int]] = []  # by source: the stations into which it releases
        for stream in self.plant.orders.streams:
            lose = int(stream.when_full == "lose")
            for name in shares(stream.material):
                self._add_source([name], SourceKind.ORDERS, stream.priority, lose=lose)
        for entry in self.plant.orders.saturated:
            names = list(shares(entry))
            self._add_source(names, SourceKind.SATURATED, 0.0)
        for name in self.materials:
            if name in self.derived or any(order.material == name for order in self.orders):
                self.source_of[name] = self._add_source([name], SourceKind.ORDERS, 0.0)
        for row in self.t_queue.rows:
            if row["kind"] != QueueKind.STORE:
                feeding = [k for k, stations in enumerate(self.source_stations) if row["station"] in stations]
                feeding = feeding if row["kind"] == QueueKind.MAIN else []
                row["first_source"], row["n_sources"] = self._link(feeding), len(feeding)

    def _add_source(self, names: list[str], kind: SourceKind, priority: float, lose: int = 0) -> int:
        """A source of one material, or of a mix of several, each of which may begin at several stations."""
        first_steps = [self._route(name)[0] for name in names]
        entrances = [self._belt_between("in", s) or s for step in first_steps for s in step.stations]
        stations = [self.station_no[name] for name in dict.fromkeys(entrances)]
        self.source_stations.append(stations)
        paper = any(not self.plant.materials[m].buy for step in first_steps for m in step.operation.takes)
        self.source_names.append(" or ".join(names))
        number: int = self.t_source.add(
            material=self.material_no[names[0]], kind=kind, queue=self.main_queue[entrances[0]],
            mix=int(len(names) > 1), lose=lose, paper=int(paper), priority=priority,
            first_station=self._link(stations), n_stations=len(stations),
        )  # fmt: skip
        return number

    def _add_materials(self) -> None:
        loops = self._loops()
        for name, material in self.plant.materials.items():
            route = self._route(name)
            first_need = len(self.t_need.rows)
            for step in route:
                for component, quantity in step.operation.takes.items():
                    if component in self.derived:
                        self.t_need.add(source=self.source_of[component], quantity=round(quantity))
            reorder = material.reorder
            self.t_material.add(
                first_operation=self.operation_no[name, route[0].name] if route else NONE,
                source=self.source_of.get(name, NONE),
                home_queue=self.home.get(name, NONE),
                loop=loops.get(name, NONE),
                counted=int(material.stock is not None and material.stock >= 0),
                bought=int(material.buy),
                serial=int(material.serial),
                first_need=first_need,
                n_needs=len(self.t_need.rows) - first_need,
                reorder_at=reorder.at if reorder else 0.0,
                reorder_quantity=reorder.quantity if reorder else 0.0,
                stock=float(material.stock if material.stock is not None else 0),
            )

    def _loops(self) -> dict[str, int]:
        """Which materials share which card loop."""
        release = self.plant.control.release
        if isinstance(release, Conwip):
            if isinstance(release.conwip, int):
                loop = self.t_loop.add(limit=release.conwip, drum=NONE)
                return dict.fromkeys(sorted(self.wanted), loop)
            return {name: self.t_loop.add(limit=n, drum=NONE) for name, n in release.conwip.items()}
        if isinstance(release, DrumBufferRope):
            loop = self.t_loop.add(limit=release.rope, drum=self.station_no[release.drum])
            return {step.material: loop for step in self.steps if release.drum in step.stations}
        return {}

    def _add_orders(self) -> None:
        for order in self.orders:
            self.t_order.add(
                material=self.material_no[order.material],
                quantity=order.quantity,
                due_s=order.due_s,
                priority=order.priority,
                release_s=order.release_s,
            )

    # ------------------------------------------------------------ transport

    def _places(self) -> dict[str, int]:
        n = len(self.stations)
        return {**self.station_no, "in": n, "out": n + 1}

    def _belt_between(self, origin: str, destination: str) -> str | None:
        for name, belt in self.belts.items():
            if _covers(belt.from_, origin, "out") and _covers(belt.to, destination, "in"):
                return name
        return None

    def _add_transport(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        places = self._places()
        n = len(places)
        via = np.full((n, n), NONE, np.int64)
        real = [*self.plant.stations, "in", "out"]
        for pool, (name, vehicles) in enumerate(self.pools.items()):
            self._add_pool(name, vehicles, places)
            for a in vehicles.serves:
                for b in vehicles.serves:
                    if a != b:
                        via[places[a], places[b]] = -2 - pool
        for a in real:
            for b in real:
                belt = self._belt_between(a, b) if a != b else None
                if belt:
                    via[places[a], places[b]] = self.station_no[belt]
        return via.reshape(-1)

    def _add_pool(self, name: str, vehicles: Vehicles, places: dict[str, int]) -> None:
        n = len(places)
        row = len(self.numbers)
        table = np.zeros((n, n))
        for a, ways in vehicles.distances.items():
            for b, metres in ways.items():
                table[places[a], places[b]] = metres
        for a, ways in vehicles.distances.items():
            for b in ways:
                if a not in vehicles.distances.get(b, {}):
                    table[places[b], places[a]] = table[places[a], places[b]]
        self.numbers.extend(table.reshape(-1))
        first = len(self.vehicle_names)
        home = places[vehicles.home or vehicles.serves[0]]
        for k in range(vehicles.vehicles):
            self.t_vehicle.add(pool=len(self.t_pool.rows), home=home)
            self.vehicle_names.append(f"{name}-{k + 1}" if vehicles.vehicles > 1 else name)
        self.t_pool.add(
            first_vehicle=first, n_vehicles=vehicles.vehicles, nearest=int(vehicles.picks == "nearest"),
            distance_row=row, speed=vehicles.speed, load_s=vehicles.load, unload_s=vehicles.unload,
        )  # fmt: skip

    # ------------------------------------------------------------ calendar and sizes

    def _week(self) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.float64]]]:
        calendar = week_changes(self.plant)
        belts = np.ones((len(calendar.time_s), len(self.belts)), np.int64)
        table = np.hstack([calendar.people, calendar.running.astype(np.int64), belts])
        return np.ascontiguousarray(table, np.int64).reshape(-1), calendar.time_s

    def _add_plant(self, week_rows: int) -> None:
        most_given = max((step_gives(step) * self._most_pieces(step) for step in self.steps), default=0)
        most_needed = max((row["n_needs"] for row in self.t_material.rows), default=0)
        self.t_plant.add(
            stations=len(self.stations),
            machines=len(self.machine_names),
            queues=len(self.queue_names),
            materials=len(self.materials),
            operations=len(self.steps),
            loops=len(self.t_loop.rows),
            skills=len(self.skills),
            crews=len(self.crews),
            sources=len(self.t_source.rows),
            margin_units=most_given + 8,
            margin_orders=most_needed * (most_given + 1) + 8,
            replace_scrap=int(self.plant.control.replace_scrap),
            week_rows=week_rows,
            transport=int(bool(self.plant.transport)),
            week_s=7 * 86400.0,
        )


    def _most_pieces(self, step: RouteStep) -> int:
        """The most pieces of an operation that one machine finishes at once."""
        rows = [self.t_station.rows[self.station_no[name]] for name in step.stations]
        lot = self.t_operation.rows[self.operation_no[step.material, step.name]]["transfer"]
        return int(max(row["batch_most"] if row["traits"] & tables.F_BATCH else lot for row in rows))


# ---------------------------------------------------------------- reading the plant's tables


def route_steps(plant: Plant) -> list[RouteStep]:
    """All operations of all routes in order: operation number i of the line is the i-th."""
    return [
        RouteStep(material, name, operation, index)
        for material, route in plant.routes.items()
        for index, (name, operation) in enumerate((n, o) for entry in route for n, o in entry.items())
    ]


def shares(entry: str | dict[str, float]) -> dict[str, float]:
    """Materials and their shares, which sum to 1."""
    if isinstance(entry, str):
        return {entry: 1.0}
    total = sum(entry.values())
    return {name: share / total for name, share in entry.items()}


def read_fail(operation: Operation) -> Fail:
    """What becomes of failed units, in full."""
    if isinstance(operation.fail, Fail):
        return operation.fail
    return Fail()


def read_sample(text: str) -> int:
    """`all` -> 1, `1 in 5` -> 5: one unit in so many is inspected."""
    return 1 if text == "all" else int(text.split()[-1])


def task_time(step: RouteStep, station: str) -> Any:
    """The time distribution of an operation at a station. Raises InputError where there is none."""
    time = step.operation.time
    if isinstance(time, dict):
        time = time[station]
    if time is None:
        key = f"routes.{step.material}.{step.name}"
        raise InputError([Problem("the operation has no time", key=key, hint="write `time: 4 min`")])
    return time


def task_mean_s(step: RouteStep, station: str) -> float:
    """Mean time in s for one piece."""
    return float(task_time(step, station).mean)


def step_gives(step: RouteStep) -> int:
    """Units that come out beside one unit."""
    return sum(step.operation.gives.values())


def limits(plant: Plant, name: str) -> tuple[float, float]:
    """Lower and upper limit of a characteristic, infinite where it has none."""
    c = plant.characteristics[name]
    low = c.nominal + c.lower if c.lower is not None else -math.inf
    high = c.nominal + c.upper if c.upper is not None else math.inf
    return low, high


def _covers(places: str | list[str], place: str, never: str) -> bool:
    if place == never:
        return False
    names = [places] if isinstance(places, str) else places
    return "any" in names or place in names
