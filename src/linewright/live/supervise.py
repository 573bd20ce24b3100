"""Looking after a running line: work that takes far too long without a signal, and a wall clock that is set."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np

from linewright.control import Event, MachineState
from linewright.control.codes import Stage
from linewright.journal import Said
from linewright.live.clock import WallWatch
from linewright.machines import Happening

if TYPE_CHECKING:
    from linewright.live.line import LiveLine

LINE = "line"  # who reported an event: the line itself; a machine is ""
LOOK_S = 1.0
OVERDUE = 3.0  # times the mean of an operation ...
OVERDUE_S = 60.0  # ... and so much more, plant time: it must be standing


class Supervisor:
    """Opens a stop that nobody has explained, and notes what the clock did."""

    def __init__(self, live: LiveLine) -> None:
        self.live, self.wall = live, WallWatch()

    async def watch(self) -> None:
        """Look every second, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Look once."""
        if jump_s := self.wall.jump_s():
            words = f"the wall clock was set by {jump_s:+.0f} s; plant time went on without a jump"
            self.live.journal.remark(words, source="clock")
        for machine, over_s in self.overdue():
            said = Said(LINE, reason=f"no end and no signal, {over_s:.0f} s beyond {OVERDUE:g} times the mean")
            await self.live.take(Happening(int(Event.STOP_NOTICED), machine), said)

    def overdue(self) -> list[tuple[int, float]]:
        """Machines that must be standing though they report nothing, and by how much their work is overdue, s."""
        line, machines = self.live.decider.line, self.live.decider.state.machine
        n = len(self.live.names.machines)
        at_work = (machines.stage[:n] == Stage.RUNNING) & (machines.state[:n] == MachineState.PROCESSING)
        found = []
        for m in np.flatnonzero(at_work & (machines.interrupted[:n] == 0)).tolist():
            station = line.station[line.machine[m].station]
            pieces = 1 if station.batch_most > 1 else max(int(machines.pieces[m]), 1)
            most_s = OVERDUE * pieces * float(line.task[machines.task[m]].mean_s) + OVERDUE_S
            over_s = float(machines.done_s[m]) + self.live.clock() - float(machines.began_s[m]) - most_s
            if over_s > 0.0:
                found.append((m, over_s))
        return found
