"""What the line expects of its machines, real or virtual: jobs go out, reports come in.

A job is a command with a name that no restart can change. Machines that outlive the line are asked at every
(re)connect what became of the jobs that are open; what they cannot say is asked of a person, never guessed.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple, Protocol

from linewright.control import NONE, Command, Event

NOW_S = -math.inf  # for a happening's `time_s`: when the line hears of it

# commands that are jobs until an event ends them; a repair may be open beside interrupted work
WORK = {
    Command.START_OPERATION: Event.OPERATION_FINISHED,
    Command.CHANGE_OVER: Event.SETUP_FINISHED,
    Command.CHANGE_TOOL: Event.TOOL_CHANGED,
}
ENDS = {
    **WORK,
    Command.REPAIR: Event.MACHINE_REPAIRED,
    Command.FETCH: Event.UNIT_LOADED,
    Command.DELIVER: Event.UNIT_DELIVERED,
    Command.CALL_ORDER: Event.ORDER_ARRIVED,
    Command.BUY: Event.MATERIAL_ARRIVED,
    Command.WAIT: Event.WAIT_OVER,
    Command.SHARPEN: Event.TOOL_SHARPENED,
}
# the commands whose `subject` is a machine; all others are for vehicles, stores, suppliers, the order book
FOR_MACHINES = frozenset({*WORK, Command.REPAIR, Command.RESUME, Command.PAUSE, Command.OFFSET_TOOL})


class Job(NamedTuple):
    """A command on its way to a machine."""

    name: str  # of the run, the event that it follows from and its place there: the same after a restart
    command: tuple[int, int, int, int, int, float, float]  # the fields of COMMAND in their order
    acknowledged: bool = False  # is it on record that the machine took it?
    serials: tuple[int, ...] = ()  # serial numbers of the units that a START_OPERATION works on
    memory: str = ""  # the `Reach.memory` of its machine that was on record when it was decided; "": none was


class Happening(NamedTuple):
    """What just happened: the fields of EVENT in their order, times in s; see `control.codes.Event`."""

    kind: int
    subject: int
    detail: int = int(NONE)
    number: int = int(NONE)
    time_s: float = NOW_S
    amount: float = 0.0
    job: str = ""  # the name of the job that it ends, where it ends one

    @property
    def event(self) -> tuple[int, int, int, int, float, float]:
        """The fields of EVENT alone."""
        return self[:6]


class Taken(NamedTuple):
    """A machine has acknowledged a job: it knows it from now on."""

    job: str


class Question(NamedTuple):
    """What is asked of a person about a job: what cannot be known, or that it be done."""

    machine: int  # NONE where it is about none
    job: str
    words: str


class Reach(NamedTuple):
    """The connection to a machine was lost, or is there again."""

    machine: int
    reached: bool
    words: str = ""  # why not
    memory: str = ""  # changes whenever the machine forgets its jobs, as the time of its start; "": it cannot say


Report = Happening | Taken | Question | Reach


class Driver(Protocol):
    """Machines behind one connection.

    `outlives_us` is True where they go on when this process dies: then a job leaves only after the decision that
    it belongs to is on disk, and `connect` is told which jobs are open.
    """

    outlives_us: bool

    async def connect(self, open_jobs: Sequence[Job]) -> None:
        """Find the machines and read back the truth about the open jobs, oldest first.

        Jobs that ended meanwhile come out of `events`; those still running are watched; those that never arrived
        (not acknowledged, and unknown to the machine) are sent; acknowledged ones that the machine does not know
        come out as a `Question`, and so do those whose machine has another memory than `Job.memory`: it may have done
        them and forgotten. Machines that cannot be reached are tried again for ever, in the background: each
        is a `Reach`. Raises OSError only where there is nothing to try, as a refused certificate.
        """

    def events(self) -> AsyncGenerator[Report, None]:
        """What happens at the machines, as it happens; ends when nothing will happen any more."""

    async def send(self, jobs: Sequence[Job]) -> None:
        """Have the machines do jobs; returns at once, `Taken` follows. A job sent twice is done once.

        Called for every event in order, with no jobs where it caused none. Jobs for a machine that cannot be
        reached wait for it in their order. A job that no longer applies (a pause after the end) is taken all the same.
        """

    async def close(self) -> None:
        """Let go of the machines; they finish what they are doing."""
