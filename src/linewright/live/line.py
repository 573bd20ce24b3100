"""The live loop: wait for an event, let the control step, record, send. Read it beside `twin/run.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from linewright.control import Event, save_state
from linewright.journal import Journal
from linewright.live.decider import Decider
from linewright.machines import Driver, Happening, Job, Question, Reach, Report
from linewright.machines.driver import NOW_S, jobs_of

SNAPSHOT_EVENTS = 50_000  # so many events are replayed in well under a second

LINE = "line"  # who reported an event: the line itself; a machine is ""


class LiveLine:
    """One line at work: its control, its machines, its journal."""

    def __init__(
        self, decider: Decider, machines: Driver, journal: Journal, clock: Callable[[], float]
    ) -> None:
        self.decider, self.machines, self.journal, self.clock = decider, machines, journal, clock
        self.questions: list[Question] = []  # what must be asked of a person
        self.unreached: dict[int, Reach] = {}  # machines that cannot be heard, by number
        self._kept = decider.events  # when the last snapshot was taken

    async def run(self) -> None:
        """Run until all orders are done or nothing moves any more; cancelled, leave a journal to resume."""
        await self.machines.connect(self.open_jobs())
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
        async with aclosing(self.machines.events()) as reports:
            async for report in reports:
                await self.hear(report)
                if self.decider.all_done or self.decider.stands_still:
                    return

    async def hear(self, report: Report) -> None:
        """One report of the machines."""
        if isinstance(report, Happening):
            await self.take(report)
        elif isinstance(report, Question):
            self.questions.append(report)
        elif isinstance(report, Reach):
            self._note_reach(report)

    async def take(self, event: Happening, source: str = "") -> None:
        """One event: decide, record, send. Decision and record are one step for everybody else."""
        await self._take(event, source)
        while self.decider.wants_room:
            await self._take(Happening(*self.decider.make_room()), LINE)
        if self.decider.events - self._kept >= SNAPSHOT_EVENTS:
            self.keep()
        self.journal.settle()

    async def _take(self, happening: Happening, source: str) -> None:
        if happening.time_s == NOW_S:
            happening = happening._replace(time_s=max(self.clock(), self.decider.now_s))
        commands = self.decider.decide(happening.event)
        seq = self.journal.append(happening.event, commands, source)
        if self.machines.outlives_us:
            self.journal.commit()
        await self.machines.send(jobs_of(self.run_name, seq, commands))

    @property
    def run_name(self) -> str:
        """What the names of this run's jobs begin with."""
        return self.journal.header.get("run", "run")

    def open_jobs(self) -> list[Job]:
        """The jobs that have not ended, oldest first."""
        return []

    def _note_reach(self, report: Reach) -> None:
        if report.reached:
            self.unreached.pop(report.machine, None)
        else:
            self.unreached[report.machine] = report

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
