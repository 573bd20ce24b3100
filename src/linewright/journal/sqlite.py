"""The journal in one SQLite file, readable with any SQLite tool (see its view `story`).

Write-ahead log, flushed at every commit. The writer always holds the write lock, from one commit straight
into the next transaction: a second writer is refused, readers are not disturbed, and the lock ends with the
process.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from linewright.control.codes import Command, Event, words
from linewright.control.line import Records
from linewright.errors import InputError, Problem
from linewright.journal.record import (
    COLUMNS,
    RECORD,
    Decisions,
    Head,
    Row,
    Snapshot,
    decisions_of,
    first_link,
    next_link,
    rows_of,
    whole_decisions,
)

SCHEMA = 1  # SQLite's user_version
APPLICATION = 0x4C696E65  # SQLite's application_id: "Line"
LEAST_SQLITE = (
    3,
    51,
    3,
)  # earlier ones can lose a write-ahead log that is reset while another connection reads
GROUP_ROWS = 4096  # rows that wait for one commit, at most
GROUP_S = 0.2  # and for how long
BLOCK_ROWS = 20_000  # rows read at once

_TABLES = """
CREATE TABLE header (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE kind (
  cause INTEGER, kind INTEGER, word TEXT NOT NULL, PRIMARY KEY (cause, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE record (
  seq INTEGER PRIMARY KEY, cause INTEGER NOT NULL, kind INTEGER NOT NULL, subject INTEGER NOT NULL,
  unit INTEGER NOT NULL, detail INTEGER NOT NULL, number INTEGER NOT NULL, amount REAL NOT NULL,
  time_s REAL NOT NULL, wall_s REAL NOT NULL, source TEXT NOT NULL, chain BLOB NOT NULL
) STRICT;
CREATE TABLE snapshot (seq INTEGER PRIMARY KEY, time_s REAL NOT NULL, state BLOB NOT NULL) STRICT;
CREATE VIEW story AS
  SELECT seq, time_s, iif(record.cause, 'command', 'event') AS what, word, subject, unit, detail, number,
    amount, record.cause, source
  FROM record JOIN kind ON kind.kind = record.kind AND kind.cause = (record.cause > 0) ORDER BY seq;
"""
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM record WHERE seq > ? ORDER BY seq LIMIT ?"
_INSERT = (
    f"INSERT INTO record ({', '.join(COLUMNS)}, source, chain) VALUES ({', '.join('?' * (len(COLUMNS) + 2))})"
)


class SqliteJournal:
    """A journal in a file, made by `create`, `write` (to go on) or `read`. Close it, or use `with`."""

    def __init__(self, path: Path, connection: apsw.Connection) -> None:
        self.path, self._db = path, connection
        self.header: Mapping[str, str] = dict(self._db.execute("SELECT key, value FROM header"))
        last = self._db.execute("SELECT seq, time_s, chain FROM record ORDER BY seq DESC LIMIT 1").fetchone()
        self._head = Head(*last) if last else Head(0, 0.0, first_link(self.header))
        self._rows: list[tuple[Row, str]] = []
        self._next = self._head.seq + 1
        self._waits_since_s = math.inf
        self._failed: InputError | None = None

    @classmethod
    def create(cls, path: Path, header: Mapping[str, str]) -> SqliteJournal:
        """A new journal that opens with this header. Raises InputError where the file cannot be written."""
        if path.exists():
            raise InputError([Problem("is there already", str(path))])
        with _worded(path):
            connection = _open(path, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
            with connection:
                connection.execute(_TABLES)
                connection.executemany("INSERT INTO header VALUES (?, ?)", header.items())
                connection.executemany("INSERT INTO kind VALUES (?, ?, ?)", _kinds())
            return cls(path, _for_writing(connection))

    @classmethod
    def write(cls, path: Path) -> SqliteJournal:
        """An existing journal to go on with. Raises InputError where it is none, or is being written."""
        with _worded(path):
            return cls(path, _for_writing(_open(path, apsw.SQLITE_OPEN_READWRITE)))

    @classmethod
    def read(cls, path: Path) -> SqliteJournal:
        """An existing journal to read, though it may be written at the same time."""
        with _worded(path):
            connection = _open(path, apsw.SQLITE_OPEN_READWRITE)
            connection.execute("PRAGMA query_only = 1")
            return cls(path, connection)

    def __enter__(self) -> SqliteJournal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ writing

    @property
    def pending(self) -> int:
        """Rows appended and not yet on disk."""
        return len(self._rows)

    def append(self, event: Any, commands: Records, source: str = "") -> int:
        """Add an event and its commands; returns the event's sequence number."""
        if self._failed:
            raise self._failed
        if not self._rows:
            self._waits_since_s = time.monotonic()
        seq = self._next
        of_event, *of_commands = rows_of(seq, event, commands, time.time())
        self._rows.append((of_event, source))
        self._rows.extend((row, "") for row in of_commands)
        self._next = seq + 1 + len(commands)
        return seq

    def settle(self) -> None:
        """Commit if enough has gathered, or if the oldest of it has waited long enough."""
        if len(self._rows) >= GROUP_ROWS or time.monotonic() - self._waits_since_s > GROUP_S:
            self.commit()

    def commit(self, state: bytes | None = None) -> None:
        """Bring all that was appended to the disk, with a snapshot of the state after it if one is given."""
        if self._failed:
            raise self._failed
        rows, self._rows = self._rows, []
        self._waits_since_s = math.inf
        chain = self._head.chain
        stored = []
        for row, source in rows:
            chain = next_link(chain, row, source)
            stored.append((*row, source, chain))
        head = Head(rows[-1][0][0], rows[-1][0][8], chain) if rows else self._head
        try:
            with _worded(self.path):
                self._db.executemany(_INSERT, stored)
                if state is not None:
                    self._db.execute(
                        "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)", (head.seq, head.time_s, state)
                    )
                self._db.execute("COMMIT")
                self._db.execute("BEGIN IMMEDIATE")
        except InputError as error:
            self._failed = error  # the line is ahead of its journal now: nothing may follow
            raise
        self._head = head

    def close(self) -> None:
        """Commit what is pending and let go of the file."""
        try:
            if self._rows and not self._failed:
                self.commit()
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._db.close()

    # ------------------------------------------------------------ reading

    def head(self) -> Head:
        """Where the committed journal ends (for a reader: ended when it was opened)."""
        return self._head

    def decisions(self, after: int = 0, until_s: float = math.inf) -> Iterator[Decisions]:
        """What was committed after row `after` up to a plant time, in blocks."""
        for rows in whole_decisions(self._blocks(after, until_s)):
            span = (int(rows["seq"][0]), int(rows["seq"][-1]))
            named = self._db.execute(
                "SELECT seq, source FROM record WHERE seq BETWEEN ? AND ? AND source <> ''", span
            )
            yield decisions_of(rows, dict(named))

    def _blocks(self, after: int, until_s: float) -> Iterator[Records]:
        while rows := self._db.execute(_SELECT, (after, BLOCK_ROWS)).fetchall():
            block = np.array(rows, RECORD)
            within = int(np.searchsorted(block["time_s"], until_s, side="right"))
            if within:
                yield block[:within]
            if within < len(block):
                return
            after = int(block["seq"][-1])

    def snapshot(self, until_s: float = math.inf) -> Snapshot | None:
        """The last snapshot not later than a plant time."""
        found = self._db.execute(
            "SELECT seq, time_s, state FROM snapshot WHERE time_s <= ? ORDER BY seq DESC LIMIT 1", (until_s,)
        ).fetchone()
        return Snapshot(*found) if found else None

    def links(self) -> Iterator[tuple[Row, str, bytes]]:
        """Every committed row as it is stored: its numbers, its source, its digest."""
        for row in self._db.execute(f"SELECT {', '.join(COLUMNS)}, source, chain FROM record ORDER BY seq"):
            yield row[:-2], row[-2], row[-1]


def set_aside(path: Path) -> Path:
    """Give an earlier journal another name, `demo.db` -> `demo-1.db`, and say which.

    Raises InputError where another process is writing it.
    """
    SqliteJournal.write(path).close()  # refused while another writes; leaves one file without a log beside it
    k = 1
    while (aside := path.with_name(f"{path.stem}-{k}{path.suffix}")).exists():
        k += 1
    return path.rename(aside)


# ---------------------------------------------------------------- the file


def _open(path: Path, flags: int) -> apsw.Connection:
    if tuple(map(int, apsw.sqlite_lib_version().split("."))) < LEAST_SQLITE:
        raise InputError(
            [Problem(f"SQLite {apsw.sqlite_lib_version()} can lose records", hint="update apsw")]
        )
    connection = apsw.Connection(str(path), flags)
    connection.execute("PRAGMA synchronous = FULL")
    if flags & apsw.SQLITE_OPEN_CREATE:
        return connection
    if connection.pragma("application_id") != APPLICATION:
        connection.close()
        raise InputError([Problem("this is no journal", str(path))])
    version = connection.pragma("user_version")
    if version != SCHEMA:
        connection.close()
        raise InputError(
            [Problem(f"a journal of schema {version}; this Linewright reads {SCHEMA}", str(path))]
        )
    return connection


def _for_writing(connection: apsw.Connection) -> apsw.Connection:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except apsw.Error:
        connection.close()
        raise
    return connection


def _kinds() -> Iterator[tuple[int, int, str]]:
    for caused, codes in enumerate((Event, Command)):
        for code in codes:
            yield caused, int(code), words(code)


class _worded:
    """Says in plain words what SQLite and the disk refuse."""

    WORDS: tuple[tuple[type[apsw.Error], str, str], ...] = (
        (
            apsw.FullError,
            "no room on the disk for the journal",
            "it ends with the last commit; make room and resume",
        ),
        (apsw.IOError, "the disk refused the journal", "it ends with the last commit; make room and resume"),
        (apsw.BusyError, "another process is writing this journal", ""),
        (apsw.CantOpenError, "cannot open it", "does the folder exist, and is it yours?"),
        (apsw.ReadOnlyError, "may not be written", ""),
        (apsw.NotADBError, "this is no journal", ""),
        (apsw.CorruptError, "the file is damaged", ""),
    )

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, _: object) -> None:
        for refused, message, hint in self.WORDS:
            if isinstance(error, refused):
                raise InputError([Problem(message, str(self.path), hint=hint)]) from error
