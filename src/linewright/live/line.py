"""The live loop: wait for an event, let the control step, record, send. Read it beside `twin/run.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from linewright.control import Event, save_state
from linewright.journal import Journal, Said
from linewright.live.decider import Decider
from linewright.machines import Driver, Happening

SNAPSHOT_EVENTS = 10_000  # so many events are decided again in well under a second

LINE = "line"  # who reported an event: the line itself; a machine is ""


class LiveLine:
    """One line at work: its control, its machines, its journal."""

    def __init__(
        self, decider: Decider, machines: Driver, journal: Journal, clock: Callable[[], float]
    ) -> None:
        self.decider, self.machines, self.journal, self.clock = decider, machines, journal, clock
        self._kept = decider.events  # when the last snapshot was taken

    async def run(self) -> None:
        """Run until all orders are done or nothing moves any more; cancelled, leave a journal to resume."""
        await self.machines.connect()
        try:
            if not self.decider.all_done:
                await self._work()
            self.keep()
        except asyncio.CancelledError:
            self.keep()
            raise
        finally:
            await self.machines.close()

    async def _work(self) -> None:
        async with aclosing(self.machines.events()) as events:
            async for event in events:
                await self.take(event)
                if self.decider.all_done or self.decider.stands_still:
                    return

    async def take(self, event: Happening, source: str = "") -> None:
        """One event: decide, record, send. Decision and record are one step for everybody else."""
        await self._take(event, source)
        while self.decider.wants_room:
            await self._take(Happening(*self.decider.make_room()), LINE)
        if self.decider.events - self._kept >= SNAPSHOT_EVENTS:
            self.keep()
        self.journal.settle()

    async def _take(self, event: Happening, source: str) -> None:
        commands = self.decider.decide(event)
        self.journal.append(event, commands, Said(source))
        if self.machines.outlives_us:
            self.journal.commit()
        await self.machines.send(commands)

    def keep(self) -> None:
        """Commit, with a snapshot from which recovery can start."""
        self.journal.commit(save_state(self.decider.state))
        self._kept = self.decider.events

    # ------------------------------------------------------------ what people do

    async def hold(self, machine: int, person: str) -> None:
        """A person takes a machine out."""
        await self.take(self._now(Event.MACHINE_HELD, machine), person)

    async def give_back(self, machine: int, person: str) -> None:
        """A person gives a machine back."""
        await self.take(self._now(Event.MACHINE_RELEASED, machine), person)

    async def set_priority(self, order: int, priority: float, person: str) -> None:
        """A person gives an open order (its slot) another priority, the lower the sooner."""
        await self.take(self._now(Event.PRIORITY_SET, order, priority), person)

    def _now(self, kind: Event, subject: int, amount: float = 0.0) -> Happening:
        time_s = max(self.clock(), self.decider.now_s)
        return Happening(int(kind), subject, time_s=time_s, amount=amount)
