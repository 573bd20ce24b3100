"""What a journal holds and how its rows are tied together, whatever the store."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from linewright.control import COMMAND, EVENT, NONE
from linewright.control.line import Records, record

# One row: an event (cause 0) or a command (cause: the number of its event). Fields as in `Event`, `Command`.
RECORD = record("seq cause kind subject unit detail number", "amount time_s wall_s")
COLUMNS: tuple[str, ...] = RECORD.names or ()
Row = tuple[int, int, int, int, int, int, int, float, float, float]
NO_UNIT = int(NONE)  # a plain number: the database knows no other
_PACKED = struct.Struct("<7q3d")


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a journal: all that is needed to see later whether its rows still are what they were."""

    seq: int  # of the last row; 0: none yet
    time_s: float  # plant time of the last row
    chain: bytes  # (32) digest over the header and all rows


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of the line after all rows up to `seq`, as `control.save_state` wrote it."""

    seq: int
    time_s: float
    state: bytes


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
    sources: dict[int, str]  # by seq: who reported the event, where it was not a machine

    def __len__(self) -> int:
        return len(self.events)


class Journal(Protocol):
    """What every store must do. Nothing appended is ever changed."""

    header: Mapping[str, str]

    @property
    def pending(self) -> int:
        """Rows appended and not yet on disk."""

    def append(self, event: Any, commands: Records, source: str = "") -> int:
        """Add an event (a tuple in the order of EVENT) and its commands (n,); returns the event's number."""

    def commit(self, state: bytes | None = None) -> None:
        """Bring all that was appended to the disk, with a snapshot of the state after it where one is given.

        Raises InputError where there is no room; then the journal ends with the last commit.
        """

    def settle(self) -> None:
        """Commit if enough has gathered, or if the oldest of it has waited long enough."""

    def head(self) -> Head:
        """Where the committed journal ends."""

    def decisions(self, after: int = 0, until_s: float = math.inf) -> Iterator[Decisions]:
        """What was committed after row `after` up to a plant time, in blocks."""

    def snapshot(self, until_s: float = math.inf) -> Snapshot | None:
        """The last snapshot not later than a plant time."""

    def links(self) -> Iterator[tuple[Row, str, bytes]]:
        """Every committed row as it is stored: its numbers, its source, its digest."""

    def close(self) -> None:
        """Commit and let go of the store."""


# ---------------------------------------------------------------- the chain


def first_link(header: Mapping[str, str]) -> bytes:
    """The digest that the first row is tied to: that of the header."""
    return hashlib.sha256(json.dumps(dict(header), sort_keys=True).encode()).digest()


def next_link(chain: bytes, row: Row, source: str) -> bytes:
    """The digest of a row and of all before it."""
    return hashlib.sha256(chain + _PACKED.pack(*row) + source.encode()).digest()


def check_chain(journal: Journal, head: Head | None = None) -> Broken | None:
    """The first row that was changed, removed or put in between; None: the journal is what was written.

    Rows cut off at the end show only against a `head` that was kept elsewhere.
    """
    chain, seq = first_link(journal.header), 0
    for row, source, stored in journal.links():
        if row[0] != seq + 1:
            return Broken(seq + 1, "is missing")
        seq = row[0]
        chain = next_link(chain, row, source)
        if chain != stored:
            return Broken(seq, "is not what was written")
        if head is not None and seq == head.seq and chain != head.chain:
            return Broken(seq, "is not what the kept head says")
    if head is not None and seq < head.seq:
        return Broken(seq + 1, "is missing at the end")
    return None


# ---------------------------------------------------------------- rows and arrays


def rows_of(seq: int, event: Any, commands: Records, wall_s: float) -> Iterator[Row]:
    """An event and its commands as rows; the event gets number `seq`."""
    kind, subject, detail, number, time_s, amount = event
    yield seq, 0, kind, subject, NO_UNIT, detail, number, amount, time_s, wall_s
    for k, command in enumerate(commands.tolist(), start=seq + 1):
        kind, subject, unit, detail, number, amount, time_s = command
        yield k, seq, kind, subject, unit, detail, number, amount, time_s, wall_s


def decisions_of(rows: Records, sources: dict[int, str]) -> Decisions:
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
        sources=sources,
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
