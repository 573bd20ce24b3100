"""What happens to a real line besides its machines: calendar, orders, timers, trips, deliveries; and what people do.

The calendar and the order file go by the clock. A trip, on a vehicle or a belt, or a tool's sharpening takes the time
that the plant gives. All else that no driver does (work at a machine without an address, repairs, deliveries) is asked
of people: each such job is a `Question` until somebody answers it.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
from collections.abc import AsyncGenerator, Callable, Sequence

import numpy as np

from linewright.control import NONE, Command, Event, Line, State
from linewright.control.codes import Outcome, words
from linewright.control.compile import shares
from linewright.live.recover import Run
from linewright.machines import Happening, Job, Question, Report, Taken
from linewright.machines.driver import ENDS, FOR_MACHINES
from linewright.plant.model import Plant

ASKED = frozenset(
    {Command.START_OPERATION, Command.CHANGE_OVER, Command.CHANGE_TOOL, Command.REPAIR, Command.BUY}
)
LOOK_UP_S = 0.05  # how often the clock is looked at, s on the wall


class Surroundings:
    """The world around the machines of one line, as a driver; it is what it was after a restart."""

    outlives_us = True

    def __init__(
        self, run: Run, state: Callable[[], State], clock: Callable[[], float], until_s: float = math.inf
    ) -> None:
        self.line: Line = run.line
        self.names, self.state, self.clock, self.until_s = run.names, state, clock, until_s
        self._real = run.real
        self._mixes = mixes_of(run.plant)
        self._heard: list[Report] = []  # to be told at once
        self._timers: list[tuple[float, int, Happening]] = []
        self._number = itertools.count()
        self._news = asyncio.Event()
        self._row, self._arrived = int(NONE), 0  # what has been told

    async def connect(self, open_jobs: Sequence[Job]) -> None:
        """Timers that were set go on; what people were asked is asked again."""
        state = self.state()
        if state.g.events[0] == 0:
            self._heard.append(Happening(int(Event.LOOK_AGAIN), int(NONE)))
            self._begin_mixes()
        self._row, self._arrived = int(state.g.row[0]), int(state.g.arrived[0])
        await self.send(open_jobs)

    async def events(self) -> AsyncGenerator[Report, None]:
        """What happens, when its time has come, until `until_s`."""
        while self.clock() < self.until_s:
            while self._heard:
                yield self._heard.pop(0)
            if (due := self._due()) is not None:
                yield due
                continue
            self._news.clear()
            try:
                async with asyncio.timeout(LOOK_UP_S):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def send(self, jobs: Sequence[Job]) -> None:
        """Set timers, and ask people."""
        for job in jobs:
            self._begin(job)
        self._news.set()

    async def close(self) -> None:
        """Nothing is to be let go of."""

    # ------------------------------------------------------------ jobs

    def _begin(self, job: Job) -> None:
        kind, subject, _, detail, _, amount, time_s = job.command
        if kind >= Command.RELEASE:
            return
        self._heard.append(Taken(job.name))
        if kind == Command.START_OPERATION and self.line.task[detail].operation == NONE:  # on a belt
            ends = Happening(int(Event.OPERATION_FINISHED), subject, int(Outcome.PASS), job=job.name)
            self._set_timer(time_s + float(self.line.task[detail].mean_s), ends)
        elif kind in ASKED:
            machine = subject if kind in FOR_MACHINES else int(NONE)
            self._heard.append(Question(machine, job.name, self._in_words(job)))
        elif kind == Command.CALL_ORDER:
            material = self._next_of_mix(subject)
            self._heard.append(Happening(int(Event.ORDER_ARRIVED), subject, material, 1, job=job.name))
        elif kind in ENDS:
            machine = detail if kind == Command.SHARPEN else int(NONE)
            ends = Happening(int(ENDS[Command(kind)]), subject, machine, job=job.name)
            self._set_timer(time_s + amount, ends)

    def _set_timer(self, time_s: float, happening: Happening) -> None:
        heapq.heappush(self._timers, (time_s, next(self._number), happening))

    def _in_words(self, job: Job) -> str:
        kind, subject, _, detail, pieces, amount, _ = job.command
        if kind == Command.BUY:
            return f"has {amount:g} {self.names.materials[subject]} been delivered?"
        machine, what = self.names.machines[subject], words(Command(kind))
        if kind == Command.START_OPERATION:
            serials = ", ".join(map(str, job.serials))
            what = f"{self.names.operations[self.line.task[detail].operation]} of {serials or f'{pieces} units'}"
        return f"is this done: {what} at {machine}?"

    # ------------------------------------------------------------ the calendar, the orders

    def _due(self) -> Happening | None:
        """What has come due by the clock, one thing at a time, each told once."""
        now_s, orders = self.clock(), self.line.order
        row = self.row_at(now_s)
        if row != self._row:
            self._row = row
            return Happening(int(Event.SHIFT_CHANGED), row)
        k = self._arrived
        if k < len(orders) and orders.quantity[k] > 0 and orders.release_s[: k + 1].max() <= now_s:
            self._arrived += 1
            return Happening(int(Event.ORDER_ARRIVED), int(NONE), k)
        if self._timers and self._timers[0][0] <= now_s:
            return heapq.heappop(self._timers)[2]
        return None

    def row_at(self, time_s: float) -> int:
        """The row of the weekly calendar that is in force at a plant time."""
        plant = self.line.plant[0]
        begins_s = self.line.week_s[: int(plant.week_rows)]
        into_s = self._real.into_week_s(time_s) if self._real else time_s % float(plant.week_s)
        return max(int(np.searchsorted(begins_s, into_s, side="right")) - 1, 0)

    # ------------------------------------------------------------ saturated mixes

    def _begin_mixes(self) -> None:
        for k in self._mixes:
            self._heard.append(Happening(int(Event.ORDER_ARRIVED), k, self._next_of_mix(k), 1))

    def _next_of_mix(self, source: int) -> int:
        """The material of a mix of which least has been released for its share: evenly, with no luck."""
        released = self.state().material_tally.released
        return min(self._mixes[source].items(), key=lambda part: released[part[0]] / part[1])[0]


def mixes_of(plant: Plant) -> dict[int, dict[int, float]]:
    """The shares of the materials in each saturated mix, by the number of its source."""
    materials = list(plant.materials)
    source = sum(len(shares(stream.material)) for stream in plant.orders.streams)
    mixes = {}
    for k, entry in enumerate(plant.orders.saturated, start=source):
        if len(shares(entry)) > 1:
            mixes[k] = {materials.index(name): share for name, share in shares(entry).items()}
    return mixes
