"""The line as a tree of topics by ISA-95: enterprise/site/area/line/station/machine, in plain JSON for other software.

`Isa95.witness` is shown each event, its commands and the state after it, as in a replay; what differs from what was
last told goes to a publisher. Times are plant seconds (`time_s`); numbers are in SI units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from linewright.control import NONE, Event, Line, State
from linewright.control.codes import Command, MachineState, Outcome, words
from linewright.control.line import Names, Records

_FORBIDDEN = str.maketrans("/+#\x00", "----")


class Hears(Protocol):
    """What a publisher offers."""

    def set(self, topic: str, state: Mapping[str, Any]) -> None:
        """The state of a topic is now this."""

    def say(self, event: Mapping[str, Any]) -> None:
        """Something happened."""


def base_of(enterprise: str, site: str, area: str, line: str) -> str:
    """The topic of the line; what may not stand in a level of a topic becomes a dash."""
    return "/".join(level(name) for name in (enterprise, site, area, line))


def level(name: str) -> str:
    """A name as one level of a topic."""
    return name.translate(_FORBIDDEN).lstrip("$") or "-"


class Isa95:
    """Tells a publisher how the line stands and what happens to it."""

    def __init__(self, line: Line, names: Names, out: Hears) -> None:
        self.line, self.names, self.out = line, names, out
        self._topics = [
            f"{level(names.stations[int(line.machine[m].station)])}/{level(names.machines[m])}/state"
            for m in range(int(line.plant[0].machines))
        ]
        self._states: NDArray[np.int64] = np.full(len(self._topics), -1)
        self._tasks: NDArray[np.int64] = np.full(len(self._topics), -2)
        self._serials: NDArray[np.int64] = np.full(len(self._topics), -2)  # of the unit in each machine
        self._counts: tuple[int, ...] = ()

    def witness(self, event: Any, commands: Records, state: State) -> None:
        """One event happened, these commands followed, this is the state now."""
        self.out.say(self.event_words(event))
        for command in commands.tolist():
            if command[0] in _TOLD:
                self.out.say(self._unit_words(command))
        self.show(state)

    def show(self, state: State) -> None:
        """Tell what differs from what was last told."""
        machine = state.machine[: len(self._topics)]
        serials = np.where(machine.unit == NONE, NONE, state.unit.serial[machine.unit])
        differs = (machine.state != self._states) | (machine.task != self._tasks) | (serials != self._serials)
        for m in np.flatnonzero(differs).tolist():
            self.out.set(self._topics[m], self._machine_words(m, state))
        self._states, self._tasks, self._serials = machine.state.copy(), machine.task.copy(), serials
        self._show_counts(state)

    def _machine_words(self, m: int, state: State) -> dict[str, Any]:
        machine: Any = state.machine[m]
        found = {"state": words(MachineState(int(machine.state))), "since_s": float(machine.since_s)}
        operation = self.line.task[int(machine.task)].operation if machine.unit != NONE else NONE
        if operation != NONE:
            unit: Any = state.unit[int(machine.unit)]
            found["operation"] = self.names.operations[int(operation)]
            found["material"] = self.names.materials[int(unit.material)]
            found["serial"] = int(unit.serial)
            found["units"] = int(machine.units)
        if machine.mode != NONE:
            found["failure"] = self.names.modes[int(machine.mode)]
        return found

    def _show_counts(self, state: State) -> None:
        n = int(self.line.plant[0].materials)
        tally = state.material_tally[:n]
        columns = (state.material.wip[:n], tally.released, tally.finished, tally.scrapped, tally.orders_done)
        counts = tuple(np.concatenate(columns).tolist())
        if counts == self._counts:
            return
        self._counts = counts
        keys = ("in_process", "released", "finished", "scrapped", "orders_done")
        materials = {
            name: {key: int(column[k]) for key, column in zip(keys, columns, strict=True)}
            for k, name in enumerate(self.names.materials[:n])
            if any(column[k] for column in columns)
        }
        self.out.set("state", {"time_s": float(state.g[0].now_s), "materials": materials})

    # ------------------------------------------------------------ events

    def event_words(self, event: Any) -> dict[str, Any]:
        """An event in words: what happened, when, to what."""
        kind, subject, detail, number, time_s, amount = event.item() if hasattr(event, "item") else tuple(event)
        found: dict[str, Any] = {"event": words(Event(kind)), "time_s": time_s}
        tell = self._details().get(Event(kind))
        if tell is not None:
            found |= tell(subject, detail, number, amount)
        return found

    def _details(self) -> dict[Event, Callable[[int, int, int, float], dict[str, Any]]]:
        names = self.names

        def at(m: int, *_: float) -> dict[str, Any]:
            return {"station": names.stations[int(self.line.machine[m].station)], "machine": names.machines[m]}

        return {
            Event.ORDER_ARRIVED: lambda s, d, n, a: (
                {"order": names.orders[int(self.line.order[d].number)]}
                if s == NONE
                else {"material": names.materials[d], "quantity": n}
            ),
            Event.OPERATION_FINISHED: lambda s, d, n, a: at(s) | {"outcome": words(Outcome(d))},
            Event.SETUP_FINISHED: at,
            Event.TOOL_CHANGED: at,
            Event.MACHINE_FAILED: lambda s, d, n, a: at(s) | {"failure": names.modes[d]},
            Event.MACHINE_REPAIRED: at,
            Event.MACHINE_HELD: at,
            Event.MACHINE_RELEASED: at,
            Event.UNIT_LOADED: lambda s, d, n, a: {"vehicle": names.vehicles[s]},
            Event.UNIT_DELIVERED: lambda s, d, n, a: {"vehicle": names.vehicles[s]},
            Event.MATERIAL_ARRIVED: lambda s, d, n, a: {"material": names.materials[s], "quantity": a},
            Event.VALUE_MEASURED: lambda s, d, n, a: (
                at(s) | {"characteristic": names.characteristics[d], "value": a if math.isfinite(a) else None}
            ),
        }

    def _unit_words(self, command: tuple[Any, ...]) -> dict[str, Any]:
        kind, material, _, detail, number, _, time_s = command
        found: dict[str, Any] = {"event": _TOLD[kind], "time_s": time_s, "material": self.names.materials[material]}
        if kind == Command.RELEASE:
            found["serial"] = number
            if detail != NONE:
                found["order"] = self.names.orders[detail]
        return found


_TOLD = {
    int(Command.RELEASE): "unit released",
    int(Command.FINISH): "unit finished",
    int(Command.SCRAP): "unit scrapped",
}
