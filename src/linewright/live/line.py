"""The live loop: wait for an event, let the control step, record, send. Read it beside `twin/run.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

from linewright.control import Event, Names
from linewright.control.codes import Outcome, Refusal, words
from linewright.errors import InputError, Problem
from linewright.journal import Journal, Said
from linewright.live.actions import CAN_BE_REFUSED, Act, Action, Reading, events_of
from linewright.live.decider import Decider
from linewright.live.outbox import Outbox
from linewright.live.rights import ActionKind, Answer, Person, require
from linewright.live.snapshot import Part, identity_of, pack
from linewright.live.supervise import LINE, Supervisor
from linewright.machines import Driver, Happening, Question, Reach, Report, Taken
from linewright.machines.driver import NOW_S

SNAPSHOT_EVENTS = 10_000  # so many events are decided again in well under a second

PERSON = "person"


class Refused(InputError):
    """The line cannot do what a person asked for, as it stands; that it was asked is on record."""


class LiveLine:
    """One line at work: its control, its machines, its journal."""

    def __init__(
        self,
        decider: Decider,
        machines: Driver,
        journal: Journal,
        clock: Callable[[], float],
        names: Names,
        since_kept: int = 0,
    ) -> None:
        """`since_kept`: how many events were decided again since the last snapshot, to be here."""
        self.decider, self.machines, self.journal, self.clock, self.names = decider, machines, journal, clock, names
        self.outbox = Outbox(journal, machines, decider.state)
        self.questions: dict[str, Question] = {}  # what must be asked of a person, by the job it is about
        self.unreached: dict[int, Reach] = {}  # machines that cannot be heard, by number
        self.beside: list[Callable[[], Coroutine[Any, Any, None]]] = []  # what goes on while the line runs
        self._measured: dict[int, list[Happening]] = {}  # values of work that has not ended, by machine
        self.parts: dict[str, Part] = decider.parts  # what snapshots hold beside the state
        self._identity = identity_of(decider.line)
        self._kept = decider.events - since_kept  # when the last snapshot was taken
        self.waits_for_orders = False  # when all are done it goes on: people may order more
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Run until all orders are done or nothing moves any more; cancelled, leave a journal to resume.

        Raises InputError where machines refuse us for good, and where the journal cannot be written: then nothing has
        left that is not on disk.
        """
        try:
            await self.machines.connect(self.outbox.open_jobs)
        except PermissionError as error:  # a certificate that one side does not trust
            await self.machines.close()
            raise InputError([Problem(str(error), key="machines")]) from None
        self._over = asyncio.Event()  # of the loop that runs now
        tasks = [asyncio.create_task(work) for work in (self.outbox.deliver(), self._work(), self._until_over())]
        if self.machines.outlives_us:
            tasks.append(asyncio.create_task(Supervisor(self).watch()))
        beside = [asyncio.create_task(self._beside(work)) for work in self.beside]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
            await self.outbox.flush()
            self.keep()
        except asyncio.CancelledError:
            self.keep()
            raise
        finally:
            for task in (*tasks, *beside):
                task.cancel()
            await asyncio.gather(*tasks, *beside, return_exceptions=True)
            await self.machines.close()

    async def _work(self) -> None:
        if self._is_over:
            return
        async with aclosing(self.machines.events()) as reports:
            async for report in reports:
                await self.hear(report)
                if self._is_over:
                    return

    @property
    def _is_over(self) -> bool:
        """Is there nothing more to do, or can nothing move any more?"""
        return not self.waits_for_orders and (self.decider.all_done or self.decider.stands_still)

    async def _beside(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """What goes on beside the line never stops it: a fault there is put on record."""
        try:
            await work()
        except Exception as error:
            self.journal.remark(f"ended by a fault: {error!r}", source="beside the line")

    async def _until_over(self) -> None:
        """Until all orders are done, by what a machine reports or by what a person does."""
        await self._over.wait()

    # ------------------------------------------------------------ what machines report

    async def hear(self, report: Report) -> None:
        """One report of the machines."""
        if isinstance(report, Happening):
            await self._hear_of(report)
        elif isinstance(report, Taken):
            self.outbox.taken(report.job)
        elif isinstance(report, Question):
            self._ask(report)
        else:
            self._note_reach(report)

    async def _hear_of(self, happening: Happening) -> None:
        """What is measured waits for the end of its work: what is read back twice counts once, or not at all."""
        found = happening.kind in (Event.VALUE_MEASURED, Event.UNIT_JUDGED)
        if found and self.machines.outlives_us:
            self._measured.setdefault(happening.subject, []).append(happening)
            return
        ends_work = happening.kind == Event.OPERATION_FINISHED
        values = self._measured.pop(happening.subject, []) if ends_work else []
        if self.outbox.is_news(happening, self.decider.state):
            for one in [*values, happening]:
                await self.take(one)

    def _ask(self, question: Question) -> None:
        if question.job not in self.questions and self.outbox.job(question.job) is not None:
            self.questions[question.job] = question
            self.journal.remark(question.words, question.machine, "question")

    def _note_reach(self, report: Reach) -> None:
        if report.reached:
            self.outbox.note_memory(report.machine, report.memory)
        if report.reached == (report.machine in self.unreached):
            words = "" if report.reached else f": {report.words}"
            self.journal.remark(f"{'reached' if report.reached else 'not reached'}{words}", report.machine, "reach")
        if report.reached:
            self.unreached.pop(report.machine, None)
        else:
            self.unreached[report.machine] = report

    # ------------------------------------------------------------ decide, record, send

    async def take(self, event: Happening, said: Said | None = None) -> int:
        """One event: decide, record, send. Decision and record are one step for everybody else.

        Returns the number of the event's record. `said`: by whom it was reported, where not by a machine.
        """
        seq = await self._take(event, said or Said())
        while self.decider.wants_room:
            await self._take(Happening(*self.decider.make_room()), Said(LINE))
        if self.decider.events - self._kept >= SNAPSHOT_EVENTS:
            self.keep()
        if not self.machines.outlives_us:
            self.journal.settle()
        if self._is_over:
            self._over.set()
        return seq

    async def _take(self, happening: Happening, said: Said) -> int:
        now_s = self.decider.now_s
        time_s = max(self.clock() if happening.time_s == NOW_S else happening.time_s, now_s)
        ended, event = self.outbox.ended_by(happening), happening._replace(time_s=time_s).event
        commands = self.decider.decide(event)
        sent = self.outbox.to_be_sent(commands)
        seq = self.journal.append(event, commands, said, ended, sent)
        self.questions.pop(ended, None)
        await self.outbox.send(seq, ended, commands, sent, self.decider.state)
        return seq

    def keep(self) -> None:
        """Commit, with a snapshot from which recovery can start."""
        self.journal.commit(pack(self.decider.state, self._identity, self.parts))
        self._kept = self.decider.events

    # ------------------------------------------------------------ what people do

    async def act(self, action: Action, person: Person) -> int:
        """A person does something to the line; returns the number of its record.

        Raises `rights.Forbidden`, InputError where the action names what is not there, and Refused where the
        line cannot do it as it stands (that it was asked for is on record).
        """
        require(action.kind, person)
        seq = 0
        acts = events_of(action, self.names, self.decider, self.outbox.open_jobs, self.clock)
        job = self.outbox.job(action.subject) if action.kind == ActionKind.ANSWER else None
        if job is not None:
            self._measured.pop(job.command[1], None)  # of work for which a person now speaks
        for act in acts:
            seq = await self._act(act, action, person)
        await self.journal.durable()
        return seq

    async def _act(self, act: Act, action: Action, person: Person) -> int:
        said = Said(PERSON, person.name, action.reason, act.old, act.new)
        seq = await self.take(act.happening, said)
        why = Refusal(int(self.decider.state.g.refused[0]))
        if act.happening.kind in CAN_BE_REFUSED and why != Refusal.NONE:
            raise Refused([Problem(f"not done: {words(why)}", key=f"{action.kind} {action.subject}")])
        if act.happening.kind == Event.WORK_REPEATED:
            self.outbox.close(action.subject, "begins anew")
            self.questions.pop(action.subject, None)
        return seq

    async def answer(
        self,
        question: Question,
        answer: Answer,
        person: Person,
        outcome: Outcome = Outcome.PASS,
        values: tuple[Reading, ...] = (),
    ) -> int:
        """A person says what became of a job that nobody else knows about.

        `outcome`: of an inspection; `values`: what was measured, any of `to_be_measured`.
        """
        return await self.act(Action(ActionKind.ANSWER, question.job, answer, float(outcome), values=values), person)
