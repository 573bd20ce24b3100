"""Jobs on their way: each open from its decision until the event that ends it is on record.

A job leaves once its decision is on disk. After a crash the open ones are those of the journal; the drivers find
out what became of each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import numpy as np

from linewright.control import NONE, Command, Event, State
from linewright.control.line import Records
from linewright.journal import Journal
from linewright.machines import Driver, Happening, Job
from linewright.machines.driver import ENDS, FOR_MACHINES

BEGINS = {int(event): int(command) for command, event in ENDS.items()}  # what a job was that an event ends
BY_MACHINES = frozenset(ENDS[kind] for kind in FOR_MACHINES & ENDS.keys())  # what only a job of a machine ends
MEMORY = "memory"  # the source of remarks that say which memory a machine has


class Outbox:
    """The open jobs of a line, and their way out."""

    def __init__(self, journal: Journal, machines: Driver, state: State) -> None:
        self.journal, self.machines = journal, machines
        self._memories: dict[int, str] = {}  # of each machine, as last recorded
        self._open: dict[str, Job] = {}
        self._doing: dict[tuple[int, int], list[str]] = {}  # by kind and subject: the names of the open jobs
        for job in self._of_journal(state) if machines.outlives_us else ():
            self._begin(job)
        self._leaving: list[list[Job]] = []
        self._wake = asyncio.Event()

    def _of_journal(self, state: State) -> Iterator[Job]:
        remarks = list(self.journal.remarks(MEMORY))
        self._memories = {machine: words for _, machine, words in remarks}
        for name, command, acknowledged in self.journal.open_jobs():
            decided, memory = int(name.rsplit("-", 2)[1]), ""
            for seq, machine, words in remarks:
                if machine == command[1] and seq < decided and is_for_machine(command):
                    memory = words
            yield Job(name, command, acknowledged, serials_of(state, command), memory)

    # ------------------------------------------------------------ what is open

    @property
    def open_jobs(self) -> Sequence[Job]:
        """The jobs that have not ended, oldest first."""
        return list(self._open.values())

    def job(self, name: str) -> Job | None:
        """An open job by its name."""
        return self._open.get(name)

    def ended_by(self, happening: Happening) -> str:
        """The name of the open job that an event ends, "" where there is none."""
        names = self._doing.get((BEGINS.get(happening.kind, int(NONE)), happening.subject), ())
        if happening.job:
            return happening.job if happening.job in names else ""
        return names[0] if names else ""

    def is_news(self, happening: Happening, state: State) -> bool:
        """Can this be so, or has it been heard before? A job that has ended cannot end again."""
        if not self.machines.outlives_us:
            return True
        if happening.job:
            return happening.job in self._open
        if happening.kind == Event.ORDER_ARRIVED and happening.subject == NONE:
            return happening.detail == int(state.g.arrived[0])
        return happening.kind not in BY_MACHINES or bool(self.ended_by(happening)) or is_due(happening, state)

    # ------------------------------------------------------------ what changes

    def to_be_sent(self, commands: Records) -> list[int]:
        """The places of the commands that somebody has to carry out."""
        if not self.machines.outlives_us:
            return []
        return [k for k, kind in enumerate(commands["kind"].tolist()) if kind < Command.RELEASE]

    async def send(self, seq: int, ended: str, commands: Records, sent: Sequence[int], state: State) -> None:
        """The decision at `seq` is appended: its jobs are open, and leave when it is on disk."""
        self._end(ended)
        jobs = []
        for k, command in enumerate(commands.tolist()):
            job = Job(self.journal.job_name(seq, k), command)
            if k in sent:
                memory = self._memories.get(command[1], "") if is_for_machine(command) else ""
                job = Job(job.name, command, False, serials_of(state, command), memory)
                self._supersede(command)
                self._begin(job)
            jobs.append(job)
        if not self.machines.outlives_us:
            await self.machines.send(jobs)
            return
        self._leaving.append(jobs)
        self._wake.set()

    def _begin(self, job: Job) -> None:
        self._open[job.name] = job
        self._doing.setdefault(job.command[:2], []).append(job.name)

    def _end(self, name: str) -> bool:
        """Was the job open? It is no longer."""
        job = self._open.pop(name, None)
        if job is None:
            return False
        names = self._doing[job.command[:2]]
        names.remove(name)
        if not names:
            del self._doing[job.command[:2]]
        return True

    def _supersede(self, command: tuple[int, int, int, int, int, float, float]) -> None:
        """A machine does one thing at a time: work that it is told anew takes the place of the old."""
        if command[0] in ENDS:
            for name in list(self._doing.get(command[:2], ())):
                self.close(name, "begins anew")

    def taken(self, name: str) -> None:
        """A machine has acknowledged a job; one that nothing follows from has ended thereby."""
        job = self._open.get(name)
        if job is None:
            return
        if job.command[0] in ENDS:
            self.journal.taken(name)
            self._open[name] = job._replace(acknowledged=True)
        else:
            self.journal.closed(name)
            self._end(name)
        self._wake.set()  # on disk soon, though nothing leaves

    def close(self, name: str, reason: str) -> None:
        """A job is open no longer, though no event ended it."""
        if self._end(name):
            self.journal.closed(name, reason)

    def note_memory(self, machine: int, memory: str) -> None:
        """A machine has this memory from now on: jobs decided later are known by it, or have not arrived."""
        if memory and self._memories.get(machine) != memory:
            self.journal.remark(memory, machine, MEMORY)
            self._memories[machine] = memory

    async def deliver(self) -> None:
        """Send what is decided, in its order, for ever. Raises InputError where it cannot be brought to the disk."""
        self._wake = asyncio.Event()  # of the loop that runs now
        while True:
            if not self._leaving:
                await self._wake.wait()
            self._wake.clear()
            await self.flush()

    async def flush(self) -> None:
        """Send what has gathered, when it is on disk. Raises InputError where it cannot be."""
        leaving, self._leaving = self._leaving, []
        await self.journal.durable()
        for jobs in leaving:
            await self.machines.send(jobs)


def is_for_machine(command: Sequence[float]) -> bool:
    """Is the subject of a command a machine?"""
    return command[0] in FOR_MACHINES


def is_due(happening: Happening, state: State) -> bool:
    """Is the line waiting for this of a machine, though it has told it nothing? A failure may be repaired unasked."""
    return happening.kind == Event.MACHINE_REPAIRED and bool(state.machine.mode[happening.subject] != NONE)


def serials_of(state: State, command: tuple[int, int, int, int, int, float, float]) -> tuple[int, ...]:
    """The serial numbers of the units that a command to start an operation is about."""
    if command[0] != Command.START_OPERATION:
        return ()
    units = state.unit.view(np.ndarray)  # a plain view of the table: its columns are at hand ten times sooner
    serial, following = units["serial"], units["next"]
    serials, unit = [], command[2]
    for _ in range(command[4]):
        serials.append(int(serial[unit]))
        unit = following[unit]
    return tuple(serials)
