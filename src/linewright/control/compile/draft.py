"""The line in the making: tables that grow row by row, and the numbers of all names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.control import line as tables
from linewright.control.codes import NONE as NO_NUMBER
from linewright.control.codes import QueueKind
from linewright.control.compile.routes import RouteStep, route_steps
from linewright.control.line import Line, Names, Records
from linewright.plant.model import Conveyor, Loop, Plant, Vehicles
from linewright.plant.orders import Order

NONE = int(NO_NUMBER)


@dataclass
class Table:
    """Records in the making."""

    dtype: np.dtype[Any]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, **values: Any) -> int:
        """One more record, the fields that are not named 0; its number."""
        unknown = set(values) - set(self.dtype.names or ())
        assert not unknown, unknown
        self.rows.append(values)
        return len(self.rows) - 1

    def records(self) -> Records:
        """The finished table; one record of zeros where nothing was added."""
        made = np.zeros(max(len(self.rows), 1), self.dtype)
        for i, row in enumerate(self.rows):
            for name, value in row.items():
                made[name][i] = value
        return made.view(np.recarray)


class Draft:
    """Tables and numbers so far. Later concerns use the numbers that earlier ones gave (`whole.CONCERNS`)."""

    def __init__(self, plant: Plant, orders: Sequence[Order], folder: Path) -> None:
        self.plant, self.orders, self.folder = plant, orders, folder
        self.steps = route_steps(plant)
        self.belts = {n: t for n, t in plant.transport.items() if isinstance(t, Conveyor | Loop)}
        self.pools = {n: t for n, t in plant.transport.items() if isinstance(t, Vehicles)}
        self._name_all()
        self._open_tables()
        self.links: list[int] = []
        self.numbers: list[float] = []
        self.via: NDArray[np.int64] = np.zeros(0, np.int64)
        self.trip: NDArray[np.int64] = np.zeros(0, np.int64)
        self.rank: NDArray[np.int64] = np.zeros(0, np.int64)
        self.week: NDArray[np.int64] = np.zeros(0, np.int64)
        self.week_s: NDArray[np.float64] = np.zeros(0)
        self.wanted: set[str] = set()  # materials with a demand of their own
        self.derived: set[str] = set()  # made components of those, without a demand of their own
        self.takers: dict[str, list[str]] = {}  # stations that take a made material
        self.main_queue: dict[str, int] = {}  # by station
        self.home: dict[str, int] = {}  # queue in which a made component waits to be taken
        self.source_of: dict[str, int] = {}  # source of ordered and of derived materials

    def _name_all(self) -> None:
        plant = self.plant
        self.stations = [*plant.stations, *self.belts]
        self.station_no = {name: i for i, name in enumerate(self.stations)}
        self.materials = list(plant.materials)
        self.material_no = {name: i for i, name in enumerate(self.materials)}
        self.operation_no = {(step.material, step.name): i for i, step in enumerate(self.steps)}
        self.skills = sorted({skill for crew in plant.crews.values() for skill in crew.skills})
        self.skill_no = {name: i for i, name in enumerate(self.skills)}
        self.crews = list(plant.crews)
        self.machine_names: list[str] = []
        self.queue_names: list[str] = []
        self.mode_names: list[str] = []
        self.tool_names: list[str] = []
        self.source_names: list[str] = []
        self.vehicle_names: list[str] = []

    def _open_tables(self) -> None:
        self.station = Table(tables.STATION)
        self.machine = Table(tables.MACHINE)
        self.queue = Table(tables.QUEUE)
        self.material = Table(tables.MATERIAL)
        self.operation = Table(tables.OPERATION)
        self.task = Table(tables.TASK)
        self.take = Table(tables.TAKE)
        self.give = Table(tables.GIVE)
        self.need = Table(tables.NEED)
        self.tool = Table(tables.TOOL)
        self.mode = Table(tables.MODE)
        self.crew = Table(tables.CREW)
        self.source = Table(tables.SOURCE)
        self.loop = Table(tables.LOOP)
        self.vehicle = Table(tables.VEHICLE)
        self.pool = Table(tables.POOL)
        self.order = Table(tables.ORDER_ROW)
        self.check = Table(tables.CHECK)
        self.chart = Table(tables.CHART)
        self.run_rule = Table(tables.RUN_RULE)
        self.corrector = Table(tables.CORRECTOR)
        self.sampler = Table(tables.SAMPLER)
        self.note = Table(tables.NOTE)
        self.charts = self.memory = self.correctors = self.counts = 0  # records of state that the quality plan needs
        self.sizes = Table(tables.PLANT)

    # ------------------------------------------------------------ numbers of what is there

    def skill(self, name: str | None) -> int:
        """Number of a skill, or NONE where nobody is needed."""
        return NONE if name is None else self.skill_no[name]

    def route(self, material: str) -> list[RouteStep]:
        """The operations of a material in order."""
        return [step for step in self.steps if step.material == material]

    def station_row(self, name: str) -> dict[str, Any]:
        """The record of a station, to be filled further."""
        return self.station.rows[self.station_no[name]]

    # ------------------------------------------------------------ what several concerns add

    def link(self, numbers: Iterable[int]) -> int:
        """Append a list of numbers; where it begins."""
        first = len(self.links)
        self.links.extend(numbers)
        return first

    def add_queue(self, label: str, station: str | None, capacity: int, kind: QueueKind) -> int:
        """A queue, at a station or (a store) at none; its number."""
        self.queue_names.append(label)
        place = NONE if station is None else self.station_no[station]
        return self.queue.add(station=place, capacity=capacity, kind=kind)

    # ------------------------------------------------------------ the finished line

    def line(self) -> Line:
        """All tables as arrays."""
        return Line(
            plant=self.sizes.records(),
            station=self.station.records(),
            machine=self.machine.records(),
            queue=self.queue.records(),
            material=self.material.records(),
            operation=self.operation.records(),
            task=self.task.records(),
            take=self.take.records(),
            give=self.give.records(),
            need=self.need.records(),
            tool=self.tool.records(),
            mode=self.mode.records(),
            crew=self.crew.records(),
            source=self.source.records(),
            loop=self.loop.records(),
            vehicle=self.vehicle.records(),
            pool=self.pool.records(),
            order=self.order.records(),
            check=self.check.records(),
            chart=self.chart.records(),
            run_rule=self.run_rule.records(),
            corrector=self.corrector.records(),
            sampler=self.sampler.records(),
            note=self.note.records(),
            link=np.array(self.links or [0], np.int64),
            number=np.array(self.numbers or [0.0]),
            via=self.via,
            trip=self.trip,
            week=self.week,
            week_s=self.week_s,
            rank=self.rank,
        )

    def names(self) -> Names:
        """The words for the numbers."""
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
