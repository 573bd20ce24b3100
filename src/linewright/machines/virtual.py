"""A shop of machines that do not exist: the twin's nature behind the protocol of the real ones.

All that happens to a line comes from here: machines, vehicles, suppliers, customers, the calendar. Time is
virtual: as fast as it goes, or so many times faster than the wall clock.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Callable, Sequence

import numpy as np

from linewright.control import COMMAND, Line, State, new_door
from linewright.control.line import Records
from linewright.machines.driver import Happening, Job
from linewright.twin.run import carry_out, next_time_s, take_event
from linewright.twin.tables import Nature

TURN_S = 0.02  # how long the shop runs on before others get their turn; how often a waiting shop looks up


class Pace:
    """Plant time against the wall clock: `speed` plant seconds in a second, inf: as fast as it goes."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self.start(0.0)

    def start(self, time_s: float) -> None:
        """It is now `time_s` in the plant."""
        self._plant_s, self._wall_s = time_s, time.monotonic()

    def now_s(self) -> float:
        """The plant time (inf where nothing is to be waited for)."""
        if math.isinf(self.speed):
            return math.inf
        return self._plant_s + (time.monotonic() - self._wall_s) * self.speed

    def wait_s(self, time_s: float) -> float:
        """How long until plant time `time_s`, on the wall clock."""
        return 0.0 if math.isinf(self.speed) else max(time_s - self.now_s(), 0.0) / self.speed


class VirtualShop:
    """All machines of a plant, and the world around them, behind one connection.

    Machines in one process look at the line's own state (`state`) for what they hold; they keep no copy.
    """

    outlives_us = False

    def __init__(
        self,
        line: Line,
        nature: Nature,
        state: Callable[[], State],
        speed: float = math.inf,
        until_s: float = math.inf,
    ) -> None:
        self.line, self.nature, self.state, self.until_s = line, nature, state, until_s
        self.pace = Pace(speed)
        self._make_room()
        self._time_s = 0.0  # of the last event

    async def connect(self, open_jobs: Sequence[Job]) -> None:
        """The clock starts where the line stands; what is under way is nature's to know."""
        self._time_s = float(self.state().g[0].now_s)
        self.pace.start(self._time_s)

    async def events(self) -> AsyncGenerator[Happening, None]:
        """What happens next, when its time has come, until the shop's own `until_s`."""
        turn_ends_s = time.monotonic() + TURN_S
        while (due_s := next_time_s(self.nature)) <= self.until_s and due_s < math.inf:
            wait_s = self.pace.wait_s(due_s)
            if wait_s > 0.0 or time.monotonic() > turn_ends_s:
                await asyncio.sleep(min(wait_s, TURN_S))
                turn_ends_s = time.monotonic() + TURN_S
                continue  # meanwhile a person may have changed what happens next
            yield self.take()
        if self.until_s < math.inf:
            await asyncio.sleep(self.pace.wait_s(self.until_s))

    async def send(self, jobs: Sequence[Job]) -> None:
        """Nature obeys."""
        self.obey(np.array([job.command for job in jobs], COMMAND))

    async def close(self) -> None:
        """There is nothing to let go of."""

    # ------------------------------------------------------------ one event at a time

    def take(self) -> Happening:
        """The next event of nature; `obey` must follow."""
        take_event(self.line, self.state(), self.nature, self._door)
        happening = Happening(*self._event[0].item())
        self._time_s = happening.time_s
        return happening

    def obey(self, commands: Records) -> None:
        """Nature obeys the commands of the last event, of the shop's own or of a person's."""
        n = len(commands)
        if len(self.state().unit) > self._units:
            self._make_room()
        self._command[:n] = commands
        carry_out(self.line, self.state(), self.nature, self._door, n)

    def now_s(self) -> float:
        """The plant time: between the last event and the next."""
        return (
            min(max(self.pace.now_s(), self._time_s), next_time_s(self.nature))
            if self._paced
            else self._time_s
        )

    @property
    def _paced(self) -> bool:
        return not math.isinf(self.pace.speed)

    def _make_room(self) -> None:
        """Room for what the line's units carry, and for the commands of one step."""
        self._units = len(self.state().unit)
        self._door = new_door(self.line, self._units)
        self._event = self._door.event.view(np.ndarray)
        self._command = self._door.command.view(COMMAND, np.ndarray)
        made = np.zeros(max(self._units * int(self.nature.case[0].characteristics), 1))
        made[: len(self.nature.made)] = self.nature.made
        self.nature.made = made
        self.nature.locate()
