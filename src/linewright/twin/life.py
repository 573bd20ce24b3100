"""One life of a line in the twin: its state, its nature, and room for both to grow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from linewright.control.codes import Stage
from linewright.control.deadlock import find_deadlock
from linewright.control.line import Line, Names
from linewright.control.state import EVENT, State, copy_state, grow, new_door
from linewright.control.step import step
from linewright.errors import InputError, Problem
from linewright.twin.observe import plain
from linewright.twin.run import NO_ROOM, QUIET, carry_out, run
from linewright.twin.tables import Nature

ENDLESS = 2**62  # finished units: never so many
NO_SERIES = np.zeros(1, np.int64)


class Standstill(InputError):
    """The line stands still for good with work still to do."""


def machine_clocks(line: Any, nature: Any, machine: int) -> list[int]:
    """The clocks of one machine: of its work, and of its failures by calendar."""
    station = line.station[line.machine[machine].station]
    first, last = int(nature.first_mode[machine]), int(nature.case[0].last_mode)
    modes = [j for j in range(int(station.n_modes)) if not line.mode[int(station.first_mode) + j].busy]
    return [machine, *(last - first - j for j in modes)]


class Life:
    """A line that runs on virtual machines; `until` lets time pass."""

    def __init__(self, line: Line, names: Names, state: State, nature: Nature) -> None:
        self.line, self.names = line, names
        self.state, self.nature = state, nature
        self.door = new_door(line, len(state.unit))
        self.series: Any = NO_SERIES
        self.every_s = math.inf
        self.width = 2 * int(line.plant[0].materials) + int(line.plant[0].queues)

    @property
    def now_s(self) -> float:
        """The time, s."""
        return float(self.state.g[0].now_s)

    @property
    def finished(self) -> int:
        """Units that have left the line finished, ever."""
        return int(self.state.g[0].finished)

    def until(self, time_s: float, finished: int = ENDLESS) -> bool:
        """Run until a time, or until so many units have left the line. False: nothing will ever happen
        again.
        """
        while True:
            code = run(self.line, self.state, self.nature, self.door, time_s, finished, self.series, self.every_s)
            if code != NO_ROOM:
                return code != QUIET
            self._grow()

    def happen(self, event: tuple[Any, ...]) -> None:
        """Something happens that nature did not cause, a tuple in the order of EVENT, as what a person does."""
        self.door.event.view(EVENT, np.ndarray)[0] = event
        n = step(self.line, self.state, self.door)
        carry_out(self.line, self.state, self.nature, self.door, n)
        if self.state.g[0].need_room:
            self._grow()

    def sample(self, every_s: float, rows: int) -> None:
        """From now on the levels are written down every so many seconds, `rows` times at the most."""
        self.series, self.every_s = np.zeros(max((rows + 2) * self.width, 1), np.int64), every_s
        self.state.g[0].samples = 0
        self.state.g[0].next_sample_s = self.now_s

    def sampled(self) -> Any:
        """The levels written down so far (moments, 2 materials + queues)."""
        n = int(self.state.g[0].samples)
        return self.series[: n * self.width].reshape(n, self.width).copy()

    def room_for_samples(self) -> int:
        """How many moments more can be written down."""
        return len(self.series) // self.width - int(self.state.g[0].samples) - 1

    def stop_sampling(self) -> None:
        """The levels are not written down any more."""
        self.state.g[0].next_sample_s = math.inf

    def copy(self) -> Life:
        """The same life in memory of its own."""
        nature = Nature(**{name: array.copy() for name, array in self.nature.arrays().items()})
        twin = Life(self.line, self.names, copy_state(self.state), nature)
        twin.series, twin.every_s = self.series.copy(), self.every_s
        return twin

    def standstill(self) -> Standstill:
        """Why nothing will ever happen again, in words."""
        return standstill(self.line, self.names, self.state)

    def _grow(self) -> None:
        before = len(self.state.unit)
        self.state = grow(self.state, self.line)
        self.door = new_door(self.line, len(self.state.unit))
        n = int(self.nature.case[0].characteristics)
        if n:
            made = np.zeros(len(self.state.unit) * n)
            made[: before * n] = self.nature.made[: before * n]
            self.nature.made = made
            self.nature.locate()


PATIENCE_S = 15 * 86400.0  # two weeks of any calendar, and a day
AT_WORK = (Stage.RUNNING, Stage.CHANGING_TOOL, Stage.CHANGING_OVER)


class Watch:
    """Sees that a line stands still though its calendar goes on: no machine works and no unit moves for
    weeks.
    """

    def __init__(self) -> None:
        self.seen = -1
        self.since_s = 0.0

    def stands(self, life: Life) -> bool:
        """Has nothing happened for longer than any calendar explains?"""
        state = life.state
        tallies = (
            (state.operation_tally, "started"),
            (state.queue, "left"),
            (state.material_tally, "released"),
        )
        moved = sum(int(plain(table)[name].sum()) for table, name in tallies)
        busy = np.isin(plain(state.machine)["stage"], AT_WORK).any() or plain(state.material)["on_order"].any()
        to_come = (life.line.order.release_s > life.now_s).any()
        if moved != self.seen or busy or to_come:
            self.seen, self.since_s = moved, life.now_s
        return life.now_s - self.since_s > PATIENCE_S


def standstill(line: Line, names: Names, state: State) -> Standstill:
    """The error that says when the line came to a stand and who waits for whom."""
    since_s = float(state.machine.since_s.max())
    why = find_deadlock(line, names, state)
    return Standstill(
        [Problem(f"the line stands still for good from {since_s / 3600:.2f} h on")] + [Problem(words) for words in why]
    )
