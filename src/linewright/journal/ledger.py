"""What all stores of a journal share: numbering, the chain, the outbox, and when to go to the disk.

Rows gather in memory and reach the disk together, an event never without its commands. One thread at a time
writes; `append` waits only for the moment in which the gathered rows are handed over.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import numpy as np

from linewright.control.line import Records
from linewright.errors import InputError, Problem
from linewright.journal.record import (
    JOB,
    MACHINE,
    NO_UNIT,
    NOTE,
    RECORD,
    Decisions,
    Head,
    Link,
    Note,
    OpenJob,
    Row,
    Said,
    Seal,
    Signer,
    Snapshot,
    command_of,
    decisions_of,
    first_link,
    next_link,
    rows_of,
    whole_decisions,
)

GROUP_ROWS = 4096  # rows that wait for one commit, at most
GROUP_S = 0.2  # and for how long
BLOCK_ROWS = 20_000  # rows read at once
SEAL_ROWS = 1000  # rows under no seal, at most, but for those of one commit
SEAL_S = 60.0  # and for how long, while rows come


class Ledger(ABC):
    """A journal but for its store; subclasses say how rows are written and read."""

    path: Path | str  # where it is, in words for a person

    def __init__(
        self,
        header: Mapping[str, str],
        last: Head | None,
        unfinished: Sequence[tuple[Row, bool]],
        sealed: int,
        key: Signer | None = None,
    ) -> None:
        self.header, self._key = header, key
        self.run = header.get("run") or first_link(header).hex()[:12]
        self._head = last or Head(0, 0.0, first_link(header))
        self._sealed, self._sealed_s = sealed, time.monotonic()
        self._time_s = self._head.time_s
        self._open: dict[str, tuple[int, OpenJob]] = {}  # by name: the number of the row, the job
        for row, acknowledged in unfinished:
            self._begin(row, acknowledged)
        self._rows: list[tuple[Row, Said]] = []
        self._next = self._head.seq + 1
        self._waits_since_s = math.inf
        self._failed: InputError | None = None
        self._closing = False
        self._gate = threading.Lock()  # held while rows are handed over
        self._disk = threading.Lock()  # held while they are written
        self._thread: ThreadPoolExecutor | None = None
        self._queued: Future[None] | None = None  # a commit that has not begun

    # ------------------------------------------------------------ what a store must do

    @abstractmethod
    def _store(self, links: Sequence[Link], snapshot: Snapshot | None, seal: Seal | None) -> None:
        """Bring rows to the disk, all or none, and keep the outbox by their jobs. Raises InputError."""

    @abstractmethod
    def _rows_after(self, after: int, most: int) -> list[Row]:
        """The next committed events and commands (no notes)."""

    @abstractmethod
    def remarks(self, source: str) -> Iterator[tuple[int, int, str]]:
        """The committed remarks of one source: number, machine, words."""

    @abstractmethod
    def _said_between(self, first: int, last: int) -> dict[int, Said]:
        """What was said with the rows from `first` to `last`, where anything was."""

    @abstractmethod
    def _let_go(self) -> None:
        """Close the store."""

    @abstractmethod
    def snapshot(self, until_s: float = math.inf) -> Snapshot | None:
        """The last snapshot not later than a plant time."""

    @abstractmethod
    def snapshots(self) -> Iterator[Snapshot]:
        """All snapshots, in order."""

    @abstractmethod
    def links(self, after: float = -math.inf) -> Iterator[Link]:
        """Every row after `after` up to the head as it is stored."""

    @abstractmethod
    def seals(self) -> Iterator[Seal]:
        """All seals that were there when the head was read, in order."""

    # ------------------------------------------------------------ writing

    @property
    def pending(self) -> int:
        """Rows appended and not yet on disk."""
        return len(self._rows)

    def append(
        self,
        event: Any,
        commands: Records,
        said: Said = MACHINE,
        job: str = "",
        sent: Sequence[int] = (),
    ) -> int:
        """Add an event and its commands; returns the event's sequence number."""
        ends, unit = 0, NO_UNIT
        if job:
            ends, ended = self._open.pop(job)
            unit = ended.command[2]
        seq = self._next
        rows = [(row, MACHINE) for row in rows_of(seq, event, commands, time.time(), ends, unit, sent)]
        if any(said):
            rows[0] = rows[0][0], _clean(said)
        self._gather(rows)
        for place in sent:
            self._begin(rows[1 + place][0])
        self._time_s = event[4]
        return seq

    def _gather(self, rows: list[tuple[Row, Said]]) -> None:
        if self._failed:
            raise self._failed
        with self._gate:
            if not self._rows:
                self._waits_since_s = time.monotonic()
            self._rows.extend(rows)
            self._next += len(rows)

    def remark(self, words: str, machine: int = NO_UNIT, source: str = "") -> None:
        """Put on record what does not concern the control."""
        self._note(Note.REMARK, machine, 0, Said(source, reason=words))

    def _note(self, kind: Note, subject: int, job: int, said: Said = MACHINE) -> None:
        row = (self._next, NOTE, int(kind), subject, NO_UNIT, NO_UNIT, NO_UNIT, job, 0.0, self._time_s, time.time())
        self._gather([(row, _clean(said))])

    def settle(self) -> None:
        """Commit if enough has gathered, or if the oldest of it has waited long enough."""
        if len(self._rows) >= GROUP_ROWS or time.monotonic() - self._waits_since_s > GROUP_S:
            self.commit()

    def commit(self, state: bytes | None = None) -> None:
        """Bring all that was appended to the disk, with a snapshot of the state after it if one is given."""
        with self._disk:
            if self._failed:
                raise self._failed
            with self._gate:
                rows, self._rows = self._rows, []
                self._waits_since_s = math.inf
            links = list(self._linked(rows))
            head = Head(links[-1].row[0], links[-1].row[9], links[-1].chain) if links else self._head
            snapshot = None if state is None else Snapshot(head.seq, head.time_s, state)
            try:
                self._store(links, snapshot, self._seal(head, state))
            except BaseException as error:  # the line is ahead of its journal now: nothing may follow
                self._failed = error if isinstance(error, InputError) else self._broken_off()
                raise
            self._head = head

    def _broken_off(self) -> InputError:
        return InputError([Problem("the journal broke off", str(self.path), hint="it ends with the last commit")])

    def _linked(self, rows: Sequence[tuple[Row, Said]]) -> Iterator[Link]:
        chain = self._head.chain
        for row, said in rows:
            chain = next_link(chain, row, said)
            yield Link(row, said, chain)

    def _seal(self, head: Head, state: bytes | None) -> Seal | None:
        """A seal if it is time for one: with each snapshot, after so many rows or so long, and at the end."""
        new, waited_s = head.seq - self._sealed, time.monotonic() - self._sealed_s
        due = new >= SEAL_ROWS or (new and (self._closing or waited_s >= SEAL_S))
        if self._key is None or not (due or state is not None):
            return None
        self._sealed, self._sealed_s = head.seq, time.monotonic()
        return self._key.seal(head, state)

    async def durable(self) -> None:
        """Return when all that was appended is on disk; many who wait share one commit."""
        with self._gate:
            if self._head.seq == self._next - 1 and not self._failed:
                return
            if self._queued is None:
                self._thread = self._thread or ThreadPoolExecutor(1, "journal")
                self._queued = self._thread.submit(self._commit_queued)
            queued = self._queued
        await asyncio.shield(asyncio.wrap_future(queued))

    def _commit_queued(self) -> None:
        with self._gate:
            self._queued = None  # what is appended from now on waits for the next one
        self.commit()

    def close(self) -> None:
        """Commit what is pending and let go of the store."""
        if self._thread is not None:
            self._thread.shutdown()
        self._closing = True
        try:
            unsealed = self._key is not None and self._sealed < self._head.seq
            if not self._failed and (self._rows or unsealed):
                self.commit()
        finally:
            self._let_go()

    # ------------------------------------------------------------ the outbox

    def job_name(self, seq: int, place: int) -> str:
        """The name of a command by its event's number and its place."""
        return f"{self.run}-{seq}-{place}"

    def _begin(self, row: Row, acknowledged: bool = False) -> None:
        """The job of a row is open."""
        seq, cause = row[:2]
        name = self.job_name(cause, seq - cause - 1)
        self._open[name] = seq, OpenJob(name, command_of(row), acknowledged)

    def open_jobs(self) -> list[OpenJob]:
        """The jobs appended that have not ended, in the order of their sending."""
        return [job for _, job in self._open.values()]

    def taken(self, job: str) -> None:
        """Note that a machine acknowledged an open job; nothing where that is known, or the job has ended."""
        number, known = self._open.get(job, (0, None))
        if known is not None and not known.acknowledged:
            self._note(Note.TAKEN, known.command[1], number)
            self._open[job] = number, known._replace(acknowledged=True)

    def closed(self, job: str, reason: str = "") -> None:
        """Note that an open job ended with no event of its own; nothing where it has ended."""
        number, known = self._open.pop(job, (0, None))
        if known is not None:
            self._note(Note.CLOSED, known.command[1], number, Said(reason=reason))

    # ------------------------------------------------------------ reading

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def head(self) -> Head:
        """Where the committed journal ends (for a reader: ended when it was opened)."""
        return self._head

    def decisions(self, after: int = 0, until_s: float = math.inf) -> Iterator[Decisions]:
        """What was committed after row `after` up to a plant time, in blocks."""
        for rows in whole_decisions(self._blocks(after, until_s)):
            yield decisions_of(rows, self._said_between(int(rows["seq"][0]), int(rows["seq"][-1])))

    @property
    def _seals_end(self) -> int:
        """The last seal that was there when the head was read; it lies behind the head where rows are gone."""
        return max(self._head.seq, self._sealed)

    def _blocks(self, after: int, until_s: float) -> Iterator[Records]:
        while rows := self._rows_after(after, BLOCK_ROWS):
            block = np.array(rows, RECORD)
            within = int(np.searchsorted(block["time_s"], until_s, side="right"))
            if within:
                yield block[:within]
            if within < len(block):
                return
            after = int(block["seq"][-1])


def named(header: Mapping[str, str], key: Signer | None) -> dict[str, str]:
    """The header of a new journal: with a name of the run, so that no other run's jobs are called alike."""
    sealed_by = {} if key is None else {"public_key": key.public.hex()}
    return {**header, "run": secrets.token_hex(6), **sealed_by}


def outbox_changes(links: Sequence[Link]) -> tuple[list[int], list[int], list[int]]:
    """What rows mean for the outbox: the jobs sent, acknowledged and ended."""
    sent: list[int] = []
    taken: list[int] = []
    ended: list[int] = []
    for seq, cause, kind, *_, job, _, _, _ in [link.row for link in links if link.row[JOB]]:
        if job == seq:
            sent.append(int(job))
        elif cause == NOTE and kind == Note.TAKEN:
            taken.append(int(job))
        else:
            ended.append(int(job))
    return sent, taken, ended


def _clean(said: Said) -> Said:
    """The same words without the character 0, which marks the chain and which PostgreSQL does not store."""
    return MACHINE if said is MACHINE else Said(*(text.replace("\0", "") for text in said))
