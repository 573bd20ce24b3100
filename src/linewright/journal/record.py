"""What a journal holds and how its rows are tied together, whatever the store."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from linewright.control import COMMAND, EVENT, NONE
from linewright.control.line import Records, record

# One row: an event (cause 0), a command (cause: the number of its event) or a note (cause NOTE). Fields as in
# `Event`, `Command`, `Note`. job: the command that the row sends (then its own number), ends or acknowledges.
RECORD = record("seq cause kind subject unit detail number job", "amount time_s wall_s")
COLUMNS: tuple[str, ...] = RECORD.names or ()
Row = tuple[int, int, int, int, int, int, int, int, float, float, float]
JOB = COLUMNS.index("job")
NOTE = -1
NO_UNIT = int(NONE)  # a plain number: the database knows no other
_PACKED = struct.Struct("<7q3d")
_digest = hashlib.sha256
_STATEMENT = struct.Struct("<q2d")
_PURPOSE = b"linewright journal seal 1\n"  # a signature for this says nothing about anything else


class Note(IntEnum):
    """What is on record and does not concern the control."""

    TAKEN = 0  # the machine acknowledged the job
    CLOSED = 1  # the job ended with no event of its own
    REMARK = 2  # [machine or NONE] in words, as a gap in what a machine reported


class Said(NamedTuple):
    """Who said so, and why; all of it empty where a machine reported what happened to itself."""

    source: str = ""  # where it came in: the line itself, a page, a driver
    person: str = ""
    reason: str = ""  # in the person's words; of a remark: the remark
    old: str = ""  # what was changed: its value before
    new: str = ""  # and after


MACHINE = Said()
_UNSAID = json.dumps(["", *MACHINE])[3:]  # `, "", ...]`: the end of what json writes of a job and of nothing said


class Link(NamedTuple):
    """A row as it is stored."""

    row: Row
    said: Said
    chain: bytes  # (32)


class OpenJob(NamedTuple):
    """A command that was sent to a machine, or is about to be, and has not ended. See `machines.Job`."""

    name: str
    command: tuple[Any, ...]  # in the order of COMMAND
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a journal: all that is needed to see later whether its rows still are what they were."""

    seq: int  # of the last row; 0: none yet
    time_s: float  # plant time of the last row
    chain: bytes  # (32) digest over the header and all rows


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of the line after all rows up to `seq`, and what else goes on from there: see `live.snapshot`."""

    seq: int
    time_s: float
    state: bytes


class Seal(NamedTuple):
    """A signed statement on the rows up to `seq`, and on the snapshot of that moment if there is one."""

    seq: int
    time_s: float  # plant time of the row
    wall_s: float  # when it was signed, s since 1970
    chain: bytes  # (32) digest of the rows
    state: bytes  # (32) digest of the snapshot; empty: none
    public_key: bytes  # (32) Ed25519
    signature: bytes  # (64)

    @property
    def statement(self) -> bytes:
        """What is signed."""
        return _PURPOSE + _STATEMENT.pack(self.seq, self.time_s, self.wall_s) + self.chain + self.state


class Signer(Protocol):
    """What makes seals; see `journal.seal.Key`."""

    public: bytes

    def seal(self, head: Head, state: bytes | None = None) -> Seal:
        """Sign where a journal stands, and its snapshot of this moment."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row that is not what was written, and what is wrong with it."""

    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """Events in order and the commands of each: those of event `k` are `commands[first[k]:first[k + 1]]`."""

    seq: NDArray[np.int64]  # (events)
    events: Records  # (events,) EVENT
    first: NDArray[np.int64]  # (events + 1)
    commands: Records  # (commands,) COMMAND
    wall_s: NDArray[np.float64]  # (events) when they were recorded, s since 1970
    jobs: NDArray[np.int64]  # (events) row of the command that the event ended, 0: none that is known
    said: dict[int, Said]  # by seq: who reported the event, where it was not a machine

    def __len__(self) -> int:
        return len(self.events)

    @property
    def last_row(self) -> int:
        """The row of the last command, or of the last event where it has none: what comes after is decided later."""
        return int(self.seq[-1] + self.first[-1] - self.first[-2])


class Journal(Protocol):
    """What every store must do. Nothing appended is ever changed.

    Commands for machines that outlive this process go by the outbox: `append` names those to be sent, they
    leave once they are on disk (`commit`, `durable`), `taken` notes that the machine has them, and the event
    that ends one names it. What is open after a crash is what `open_jobs` says.
    """

    header: Mapping[str, str]

    @property
    def pending(self) -> int:
        """Rows appended and not yet on disk."""

    def append(
        self,
        event: Any,
        commands: Records,
        said: Said = MACHINE,
        job: str = "",
        sent: Sequence[int] = (),
    ) -> int:
        """Add an event (a tuple in the order of EVENT) and its commands (n,); returns the event's number.

        `job`: name of the open job that the event ends. `sent`: which of the commands go out as jobs, by
        their place; `job_name` of the event's number and the place is their name. Raises KeyError where `job`
        is not open.
        """

    def job_name(self, seq: int, place: int) -> str:
        """The name of a command by its event's number and its place; no other run has the same."""

    def open_jobs(self) -> list[OpenJob]:
        """The jobs appended that have not ended, in the order of their sending."""

    def taken(self, job: str) -> None:
        """Note that a machine acknowledged an open job; nothing where that is known, or the job has ended."""

    def closed(self, job: str, reason: str = "") -> None:
        """Note that an open job ended with no event of its own; nothing where it has ended."""

    def remark(self, words: str, machine: int = NO_UNIT, source: str = "") -> None:
        """Put on record what does not concern the control, as a gap in what a machine reported."""

    def commit(self, state: bytes | None = None) -> None:
        """Bring all that was appended to the disk, with a snapshot of the state after it where one is given.

        Raises InputError where there is no room; then the journal ends with the last commit.
        """

    def remarks(self, source: str) -> Iterator[tuple[int, int, str]]:
        """The committed remarks of one source: number, machine, words."""

    async def durable(self) -> None:
        """Return when all that was appended is on disk; while it is written, more can be appended.

        Many who wait share one commit. Raises as `commit` does.
        """

    def settle(self) -> None:
        """Commit if enough has gathered, or if the oldest of it has waited long enough."""

    def head(self) -> Head:
        """Where the committed journal ends."""

    def decisions(self, after: int = 0, until_s: float = math.inf) -> Iterator[Decisions]:
        """What was committed after row `after` up to a plant time, in blocks."""

    def snapshot(self, until_s: float = math.inf) -> Snapshot | None:
        """The last snapshot not later than a plant time."""

    def snapshots(self) -> Iterator[Snapshot]:
        """All snapshots, in order."""

    def links(self, after: float = -math.inf) -> Iterator[Link]:
        """Every row after `after` up to the head as it is stored."""

    def seals(self) -> Iterator[Seal]:
        """All seals that were there when the head was read, in order."""

    def close(self) -> None:
        """Commit and let go of the store."""


# ---------------------------------------------------------------- the chain


def first_link(header: Mapping[str, str]) -> bytes:
    """The digest that the first row is tied to: that of the header."""
    return hashlib.sha256(json.dumps(dict(header), sort_keys=True).encode()).digest()


def next_link(chain: bytes, row: Row, said: Said) -> bytes:
    """The digest of a row and of all before it.

    A row without a job and of which only the source is said is tied as in schema 1, so that the chain of an
    older journal goes on. No source begins with the character 0, which tells the two apart.
    """
    seq, cause, kind, subject, unit, detail, number, job, amount, time_s, wall_s = row
    numbers = _PACKED.pack(seq, cause, kind, subject, unit, detail, number, amount, time_s, wall_s)
    if not any(said):
        words = f"\0[{job}{_UNSAID}" if job else ""  # nearly all rows are such: as json would write it
    else:
        words = "\0" + json.dumps([job, *said]) if job or any(said[1:]) else said.source
    return _digest(chain + numbers + words.encode()).digest()


def check_chain(journal: Journal, kept: Head | None = None) -> Broken | None:
    """The first row that was changed, removed or put in between; None: the journal is what was written.

    Rows cut off at the end show only against a head that was kept elsewhere (its digest may be shortened), and
    rows written anew only against one or against a seal.
    """
    sealed = {seal.seq: seal.chain for seal in journal.seals()}
    chain, seq = first_link(journal.header), 0
    for row, said, stored in journal.links():
        if row[0] != seq + 1:
            return Broken(seq + 1, "is missing")
        seq = row[0]
        chain = next_link(chain, row, said)
        if chain != stored or said.source.startswith("\0"):
            return Broken(seq, "is not what was written")
        if sealed.pop(seq, chain) != chain:
            return Broken(seq, "is not what was sealed")
        if kept is not None and seq == kept.seq and not chain.startswith(kept.chain):
            return Broken(seq, "is not what the kept head says")
    sealed.pop(0, None)
    if sealed or (kept is not None and seq < kept.seq):
        return Broken(seq + 1, "is missing at the end")
    return None


# ---------------------------------------------------------------- rows and arrays


def rows_of(
    seq: int,
    event: Any,
    commands: Records,
    wall_s: float,
    job: int = 0,
    unit: int = NO_UNIT,
    sent: Sequence[int] = (),
) -> Iterator[Row]:
    """An event and its commands as rows; the event gets number `seq`. See `Journal.append`."""
    kind, subject, detail, number, time_s, amount = event
    yield seq, 0, kind, subject, unit, detail, number, job, amount, time_s, wall_s
    for k, command in enumerate(commands.tolist()):
        kind, subject, unit, detail, number, amount, time_s = command
        mine = seq + 1 + k
        yield mine, seq, kind, subject, unit, detail, number, mine if k in sent else 0, amount, time_s, wall_s


def command_of(row: Row) -> tuple[Any, ...]:
    """The command of a row, in the order of COMMAND."""
    _, _, kind, subject, unit, detail, number, _, amount, time_s, _ = row
    return kind, subject, unit, detail, number, amount, time_s


def decisions_of(rows: Records, said: dict[int, Said]) -> Decisions:
    """Rows (n,) RECORD that begin with an event, as decisions."""
    is_event = rows["cause"] == 0
    places = np.flatnonzero(is_event)
    first = np.append(places, len(rows)) - np.arange(len(places) + 1)
    return Decisions(
        seq=rows["seq"][places],
        events=_pick(rows[places], EVENT),
        first=first,
        commands=_pick(rows[~is_event], COMMAND),
        wall_s=rows["wall_s"][places],
        jobs=rows["job"][places],
        said=said,
    )


def whole_decisions(blocks: Iterable[Records]) -> Iterator[Records]:
    """The same rows in blocks that never part an event from its commands."""
    rest = np.zeros(0, RECORD)
    for block in blocks:
        rows = np.concatenate([rest, block])
        last = int(np.flatnonzero(rows["cause"] == 0)[-1])
        if last:
            yield rows[:last]
        rest = rows[last:]
    if len(rest):
        yield rest


def _pick(rows: Records, dtype: np.dtype[Any]) -> Records:
    picked = np.zeros(len(rows), dtype)
    for name in dtype.names or ():
        picked[name] = rows[name]
    return picked
