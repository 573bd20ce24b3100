"""What the board keeps of a line's past: who was built into what, who was in which state when, what was measured.

A `History` is a witness of the control's decisions, live or replayed; it changes nothing.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from linewright.board.charting import Charting
from linewright.control import Command, Event, State
from linewright.control.line import Records
from linewright.journal import Genealogy
from linewright.journal.corrections import Corrections
from linewright.live import Run
from linewright.twin.layout import Layout, ways_of
from linewright.twin.observe import Sums, observe

BARS = 5000  # changes of state kept of a machine
VALUES = 2000  # values kept of a characteristic
HOURS = 24 * 14  # hours of output kept


class Bar(NamedTuple):
    """From when on a machine was in a state (`MachineState`); s of plant time."""

    since_s: float
    state: int


class Value(NamedTuple):
    """A measured value in SI units, of which unit (serial number), by which machine, when."""

    time_s: float
    value: float
    serial: int
    machine: int


class Mark(NamedTuple):
    """The sums of a state (`twin.observe`) at a time, s."""

    time_s: float
    sums: Sums


class View:
    """What of a line never changes: whose history it is, and how the board draws it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.layout = Layout.of(run.line, run.names)
        belts = set(self.layout.belts)
        self.machines = np.array([m for m, s in enumerate(self.layout.station_of_machine) if s not in belts], np.int64)
        self.ways = ways_of(run.line)


class History:
    """What was seen of a line since its first event."""

    def __init__(self, view: View, state: State) -> None:
        """`state`: of the line before its first event."""
        run, self.view = view.run, view
        self.flow = np.zeros(len(view.ways), np.int64)  # units that have gone each way
        self.genealogy = Genealogy(run.line, run.names)
        self.bars = [deque([Bar(float(state.g.now_s[0]), 0)], maxlen=BARS) for _ in view.machines]
        self.values: list[deque[Value]] = [deque(maxlen=VALUES) for _ in run.names.characteristics]
        self.charting = Charting(run, state)
        self.audit = Corrections(run.names)
        self.finished: dict[int, int] = {}  # products finished, by hour since time 0
        self.marks: deque[Mark] = deque(maxlen=HOURS)  # the sums of the state, about hourly
        self._way_no = {way: k for k, way in enumerate(view.ways)}
        self._station = dict(zip(run.names.machines, view.layout.station_of_machine, strict=True))
        self._belts = set(view.layout.belts)
        self._products = set(view.layout.products)
        self._states = self._states_now(state)

    def witness(self, event: Any, commands: Records, state: State) -> None:
        """Note what one event and its commands mean."""
        self.genealogy.witness(event, commands, state)
        self.audit.witness(event, commands, state)
        kind, machine, detail, number, time_s, amount = event.item()
        if not self.marks or time_s >= self.marks[-1].time_s + 3600.0:
            self.marks.append(mark_of(self.view.run, state))
        if kind == Event.VALUE_MEASURED:
            serial = self.genealogy.serial_at(number)
            self.values[detail].append(Value(time_s, amount, serial, machine))
            self.charting.witness(event, commands, state, serial)
        for command in commands.tolist():
            self._note(command, state)
        now = self._states_now(state)
        changed = now != self._states
        if changed.any():
            for k in np.flatnonzero(changed).tolist():
                self.bars[k].append(Bar(time_s, int(now[k])))
            self._states = now

    def _states_now(self, state: State) -> NDArray[np.int64]:
        found: NDArray[np.int64] = state.machine.view(np.ndarray)["state"][self.view.machines]
        return found

    def _note(self, command: tuple[Any, ...], state: State) -> None:
        kind, subject, unit, detail, number, _, time_s = command
        if kind == Command.START_OPERATION:
            self._arrived(subject, unit, number, state)
        elif kind == Command.TAKE:
            self._went(self.genealogy.serial_at(detail), self.view.layout.station_of_machine[subject])
        elif kind == Command.FINISH and subject in self._products:
            hour = int(time_s // 3600)
            self.finished[hour] = self.finished.get(hour, 0) + 1
            if len(self.finished) > HOURS:
                del self.finished[min(self.finished)]

    def _arrived(self, machine: int, unit: int, pieces: int, state: State) -> None:
        to = self.view.layout.station_of_machine[machine]
        if to in self._belts:
            return
        following = state.unit.view(np.ndarray)["next"]
        for k in range(pieces):
            unit = int(following[unit]) if k else unit
            self._went(self.genealogy.serial_at(unit), to, before=1)

    def _went(self, serial: int, to: int, before: int = 0) -> None:
        """A unit has come to a station from where it was last worked on (leaving out its last `before` works)."""
        work = self.genealogy.units[serial].work
        for one in reversed(work[: len(work) - before]):
            at = self._station[one.machine]
            if at not in self._belts:
                way = self._way_no.get((at, to))
                if way is not None:
                    self.flow[way] += 1
                return


def mark_of(run: Run, state: State) -> Mark:
    """The sums of a state."""
    sums = observe(run.line, state)
    del sums["lead_bins"]  # the largest of them, and nobody asks for it by the hour
    return Mark(float(state.g.now_s[0]), sums)
