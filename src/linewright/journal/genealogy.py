"""Genealogy: what was built into what, and all that was done to each unit.

Read off events, their commands and the states after them, as a replay shows them (`live.replay`, `witness`).
Units are known by their serial number on the line, which is never given twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from linewright.control import NONE, Command, Event, Line, Names, State
from linewright.control.line import Records


@dataclass(slots=True)
class Work:
    """One operation on a unit. Times in s; infinite end: under way."""

    operation: str
    machine: str
    started_s: float
    finished_s: float = float("inf")
    outcome: int = 0  # control.codes.Outcome
    crew: str = ""  # whose people attended; "" where nobody had to
    tools: tuple[tuple[str, int], ...] = ()  # each tool that was used, and the how many-eth of its kind it was


@dataclass(slots=True)
class Biography:
    """One unit from its release to its end."""

    serial: int
    material: str
    order: str  # "" where it was made for none
    released_s: float
    work: list[Work] = field(default_factory=list)
    values: list[tuple[str, float, float]] = field(default_factory=list)  # characteristic, value in SI units, time in s
    components: list[int] = field(default_factory=list)  # serial numbers of what was built in
    built_into: int | None = None  # serial number
    taken_s: float | None = None  # when that was
    ended_s: float | None = None
    end: str = ""  # "finished" or "scrapped"


class Genealogy:
    """The biographies of all units, written while a run is replayed before it."""

    def __init__(self, line: Line, names: Names) -> None:
        self.line, self.names = line, names
        self.units: dict[int, Biography] = {}
        self._serial: dict[int, int] = {}  # by place in the pool of units
        self._under_way: dict[int, list[Work]] = {}  # by machine
        self._edge: dict[int, int] = {}  # by machine tool: how often it has been changed
        self._in_change: dict[int, int] = {}  # by machine: the machine tool
        self._tools_of = _tools_by_task(line)
        self._first_tool = line.machine.first_tool.tolist()  # by machine
        self._on_belt = (line.task.operation == NONE).tolist()  # by task

    def witness(self, event: Any, commands: Records, state: State) -> None:
        """Note what one event and its commands mean for the units."""
        kind, machine, detail, number, time_s, amount = event.item()
        if kind == Event.OPERATION_FINISHED:
            for work in self._under_way.pop(machine, []):
                work.finished_s, work.outcome = time_s, detail
        elif kind == Event.TOOL_CHANGED:
            tool = self._in_change.pop(machine, NONE)
            self._edge[tool] = self._edge.get(tool, 0) + 1
        elif kind == Event.VALUE_MEASURED:
            self._at(number).values.append((self.names.characteristics[detail], amount, time_s))
        for command in commands.tolist():
            self._obey(command, state)

    def _obey(self, command: tuple[Any, ...], state: State) -> None:
        kind, subject, unit, detail, number, _, time_s = command
        if kind == Command.RELEASE:
            order = self.names.orders[detail] if detail != NONE else ""
            self._serial[unit] = number
            self.units[number] = Biography(number, self.names.materials[subject], order, time_s)
        elif kind == Command.START_OPERATION:
            self._start(subject, detail, unit, number, time_s, state)
        elif kind == Command.CHANGE_TOOL:
            self._in_change[subject] = detail
        elif kind == Command.TAKE:
            self._at(unit).components.append(self._serial[detail])
            taken = self._at(detail)
            taken.built_into, taken.taken_s = self._serial[unit], time_s
        elif kind in (Command.FINISH, Command.SCRAP):
            ended = self._at(unit)
            ended.ended_s, ended.end = time_s, "finished" if kind == Command.FINISH else "scrapped"

    def _start(self, machine: int, task: int, unit: int, pieces: int, time_s: float, state: State) -> None:
        units = state.unit.view(np.ndarray)  # plain views of the tables: their columns are at hand ten times sooner
        crew = int(state.machine.view(np.ndarray)["crew"][machine])
        person = self.names.crews[crew] if crew != NONE else ""
        tools, name = self._tools(machine, task), self.names.machines[machine]
        self._under_way[machine] = under_way = []
        for k in range(pieces):  # a batch may be of several materials, each at an operation of its own
            unit = int(units["next"][unit]) if k else unit
            operation = "transport" if self._on_belt[task] else self.names.operations[units["operation"][unit]]
            work = Work(operation, name, time_s, crew=person, tools=tools)
            under_way.append(work)
            self._at(unit).work.append(work)

    def _tools(self, machine: int, task: int) -> tuple[tuple[str, int], ...]:
        if not self._tools_of[task]:
            return ()
        first = self._first_tool[machine]
        used = (first + j for j in self._tools_of[task])
        return tuple((self.names.tools[k], self._edge.get(k, 0) + 1) for k in used)

    def serial_at(self, unit: int) -> int:
        """The serial number of the unit that was last in this place of the pool of units."""
        return self._serial[unit]

    def _at(self, unit: int) -> Biography:
        return self.units[self._serial[unit]]

    # ------------------------------------------------------------ questions

    def all_components(self, serial: int) -> Iterator[Biography]:
        """All that is built into a unit, directly or not."""
        for component in self.units[serial].components:
            yield self.units[component]
            yield from self.all_components(component)

    def whole(self, serial: int) -> Biography:
        """The finished thing that a unit ended up in; the unit itself where it is in none."""
        unit = self.units[serial]
        while unit.built_into is not None:
            unit = self.units[unit.built_into]
        return unit


def _tools_by_task(line: Line) -> list[list[int]]:
    """By task: which of its station's tools it wears."""
    numbers = line.arrays()["number"]
    found = []
    for task in line.task:
        first, tools = int(task.first_use), int(line.station[task.station].n_tools)
        found.append(np.flatnonzero(numbers[first : first + tools] > 0.0).tolist())
    return found
