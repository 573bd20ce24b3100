"""What a machine is asked to do, and how far it has got: the words that every protocol translates.

States and their numbers are those of OPC 10031-4 (ISA-95 Job Control) 2.0, which says best what may follow what.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Work(StrEnum):
    """The kinds of work; the value is the work master that a job order names."""

    OPERATION = "operation"
    CHANGE_OVER = "change-over"
    CHANGE_TOOL = "change-tool"
    OFFSET_TOOL = "offset-tool"
    REPAIR = "repair"


class JobState(IntEnum):
    """Where a job stands."""

    NOT_ALLOWED_TO_START = 1
    ALLOWED_TO_START = 2
    RUNNING = 3
    INTERRUPTED = 4
    ENDED = 5
    ABORTED = 6


WAITING = (JobState.NOT_ALLOWED_TO_START, JobState.ALLOWED_TO_START)
UNDER_WAY = (JobState.RUNNING, JobState.INTERRUPTED)
OVER = (JobState.ENDED, JobState.ABORTED)


class Answer(IntEnum):
    """What a machine answers to a command: the bit map of OPC 10031-4 2.0, table 95."""

    NO_ERROR = 1
    UNKNOWN_JOB = 1 << 1
    INVALID_STATE = 1 << 3
    NOT_ACCEPTED = 1 << 4
    INVALID_REQUEST = 1 << 32


OUTCOME = "outcome"  # the result of a job that is no measured value: `pass`, `fail` or `scrap`

Results = dict[str, float | str]


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What a machine is asked to do."""

    name: str  # of the job: the same after a restart, never used twice
    work: Work
    what: str  # the operation (`box.op1`), the material to set up for, the tool, or the failure mode
    station: str = ""
    material: str = ""
    unit: str = ""  # serial number of the (first) workpiece
    pieces: int = 1
    amount: float = 0.0  # how long a change takes, s; how far an offset moves, m
    others: tuple[str, ...] = ()  # serial numbers of the workpieces after the first


@dataclass(slots=True)
class Job:
    """A job order at a machine, and how far it has got. Times are plant times, s."""

    order: JobOrder
    state: JobState
    stored_s: float
    started_s: float | None = None
    ended_s: float | None = None
    results: Results = field(default_factory=dict)  # measured values by characteristic, and the outcome
