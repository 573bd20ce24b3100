"""The journal in one SQLite file, readable with any SQLite tool (see its view `story`).

Write-ahead log, flushed at every commit. The writer always holds the write lock, from one commit straight
into the next transaction: a second writer is refused, readers are not disturbed, and the lock ends with the
process. A journal of an older schema is brought forward when it is opened to be written; who only reads it
reads a copy that was brought forward.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import apsw

from linewright.errors import InputError, Problem
from linewright.journal.ledger import Ledger, named, outbox_changes
from linewright.journal.record import COLUMNS, NOTE, Head, Link, Note, Row, Said, Seal, Signer, Snapshot
from linewright.journal.schema import SCHEMA, STEPS, kinds

SYNCHRONOUS = "FULL"  # the log is flushed at every commit
APPLICATION = 0x4C696E65  # SQLite's application_id: "Line"
LEAST_SQLITE = (
    3,
    51,
    3,
)  # earlier ones can lose a write-ahead log that is reset while another connection reads

_ROW, _SAID = ", ".join(COLUMNS), ", ".join(Said._fields)
_STORED = f"{_ROW}, {_SAID}, chain"
_INSERT = f"INSERT INTO record ({_STORED}) VALUES ({', '.join('?' * len(_STORED.split()))})"


class SqliteJournal(Ledger):
    """A journal in a file, made by `create`, `write` (to go on) or `read`. Close it, or use `with`."""

    path: Path

    def __init__(self, path: Path, connection: apsw.Connection, key: Signer | None = None) -> None:
        self.path, self._db = path, connection
        if not connection.in_transaction:
            connection.execute("BEGIN")  # the rows and the outbox of one moment
        last = self._db.execute("SELECT seq, time_s, chain FROM record ORDER BY seq DESC LIMIT 1").fetchone()
        outbox = self._db.execute(f"SELECT {_ROW}, taken FROM outbox JOIN record USING (seq) ORDER BY seq")
        super().__init__(
            dict(self._db.execute("SELECT key, value FROM header")),
            Head(*last) if last else None,
            [(row[:-1], bool(row[-1])) for row in outbox],
            self._db.execute("SELECT coalesce(max(seq), 0) FROM seal").get,
            key,
        )
        if connection.txn_state() != apsw.SQLITE_TXN_WRITE:
            connection.execute("COMMIT")

    @classmethod
    def create(cls, path: Path, header: Mapping[str, str], key: Signer | None = None) -> SqliteJournal:
        """A new journal that opens with this header; sealed now and then where there is a key.

        Raises InputError where the file cannot be written.
        """
        if path.exists():
            raise InputError([Problem("is there already", str(path))])
        with _worded(path):
            connection = _connect(path, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            with connection:
                _bring_forward(connection)
                connection.executemany("INSERT INTO header VALUES (?, ?)", named(header, key).items())
            return cls(path, _for_writing(connection), key)

    @classmethod
    def write(cls, path: Path, key: Signer | None = None) -> SqliteJournal:
        """An existing journal to go on with. Raises InputError where it is none, or is being written."""
        with _worded(path):
            connection = _for_writing(_open(path))
            _bring_forward(connection)
            connection.execute("COMMIT; BEGIN IMMEDIATE")
            return cls(path, connection, key)

    @classmethod
    def read(cls, path: Path) -> SqliteJournal:
        """An existing journal to read, though it may be written at the same time."""
        with _worded(path):
            connection = _open(path)
            if connection.pragma("user_version") < SCHEMA:
                connection = _copy(connection)
                _bring_forward(connection)
            connection.execute("PRAGMA query_only = 1")
            return cls(path, connection)

    # ------------------------------------------------------------ the store

    def _store(self, links: Sequence[Link], snapshot: Snapshot | None, seal: Seal | None) -> None:
        sent, taken, ended = outbox_changes(links)
        with _worded(self.path):
            self._db.executemany(_INSERT, ((*row, *said, chain) for row, said, chain in links))
            self._db.executemany("INSERT INTO outbox VALUES (?, 0)", ((job,) for job in sent))
            self._db.executemany("UPDATE outbox SET taken = 1 WHERE seq = ?", ((job,) for job in taken))
            self._db.executemany("DELETE FROM outbox WHERE seq = ?", ((job,) for job in ended))
            if snapshot is not None:
                self._db.execute("INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)", astuple(snapshot))
            if seal is not None:
                self._db.execute("INSERT OR REPLACE INTO seal VALUES (?, ?, ?, ?, ?, ?, ?)", seal)
            self._db.execute("COMMIT")
            self._db.execute("BEGIN IMMEDIATE")

    def _let_go(self) -> None:
        with _worded(self.path):  # what is on disk is whole, whatever is refused now
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._db.close()

    def _all(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        with _worded(self.path):
            yield from self._db.execute(sql, values)

    def _rows_after(self, after: int, most: int) -> list[Row]:
        sql = f"SELECT {_ROW} FROM record WHERE seq > ? AND cause >= 0 ORDER BY seq LIMIT ?"
        return list(self._all(sql, (after, most)))

    def _said_between(self, first: int, last: int) -> dict[int, Said]:
        sql = (
            f"SELECT seq, {_SAID} FROM record "
            "WHERE seq BETWEEN ? AND ? AND cause = 0 AND (source <> '' OR person <> '')"
        )
        return {seq: Said(*said) for seq, *said in self._all(sql, (first, last))}

    def remarks(self, source: str) -> Iterator[tuple[int, int, str]]:
        """The remarks of one source."""
        sql = "SELECT seq, subject, reason FROM record WHERE cause = ? AND kind = ? AND source = ? ORDER BY seq"
        yield from self._all(sql, (NOTE, int(Note.REMARK), source))

    def snapshot(self, until_s: float = math.inf) -> Snapshot | None:
        """The last snapshot not later than a plant time."""
        sql = "SELECT seq, time_s, state FROM snapshot WHERE time_s <= ? ORDER BY seq DESC LIMIT 1"
        return next((Snapshot(*row) for row in self._all(sql, (until_s,))), None)

    def snapshots(self) -> Iterator[Snapshot]:
        """All snapshots, in order."""
        for row in self._all("SELECT seq, time_s, state FROM snapshot ORDER BY seq"):
            yield Snapshot(*row)

    def links(self, after: float = -math.inf) -> Iterator[Link]:
        """Every row after `after` up to the head as it is stored."""
        sql = f"SELECT {_STORED} FROM record WHERE seq > ? AND seq <= ? ORDER BY seq"
        for row in self._all(sql, (after, self._head.seq)):
            yield Link(row[: len(COLUMNS)], Said(*row[len(COLUMNS) : -1]), row[-1])

    def seals(self) -> Iterator[Seal]:
        """All seals that were there when the head was read, in order."""
        sql = f"SELECT {', '.join(Seal._fields)} FROM seal WHERE seq <= ? ORDER BY seq"
        yield from map(Seal._make, self._all(sql, (self._seals_end,)))


def set_file_aside(path: Path) -> Path:
    """Give an earlier journal another name, `demo.db` -> `demo-1.db`, and say which.

    Raises InputError where another process is writing it.
    """
    SqliteJournal.write(path).close()  # refused while another writes; leaves one file without a log beside it
    k = 1
    while (aside := path.with_name(f"{path.stem}-{k}{path.suffix}")).exists():
        k += 1
    return path.rename(aside)


# ---------------------------------------------------------------- the file


def _connect(path: Path, flags: int) -> apsw.Connection:
    if tuple(map(int, apsw.sqlite_lib_version().split("."))) < LEAST_SQLITE:
        raise InputError([Problem(f"SQLite {apsw.sqlite_lib_version()} can lose records", hint="update apsw")])
    connection = apsw.Connection(str(path), flags)
    connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
    return connection


def _open(path: Path) -> apsw.Connection:
    connection = _connect(path, apsw.SQLITE_OPEN_READWRITE)
    if connection.pragma("application_id") != APPLICATION:
        connection.close()
        raise InputError([Problem("this is no journal", str(path))])
    version = connection.pragma("user_version")
    if version > SCHEMA:
        connection.close()
        message = f"a journal of schema {version}; this Linewright reads up to {SCHEMA}"
        raise InputError([Problem(message, str(path), hint="update linewright")])
    return connection


def _for_writing(connection: apsw.Connection) -> apsw.Connection:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except apsw.Error:
        connection.close()
        raise
    return connection


def _bring_forward(connection: apsw.Connection) -> None:
    """Take the steps of the schema that are missing, within the transaction if there is one."""
    for step in STEPS[connection.pragma("user_version") :]:
        connection.execute(step)
    connection.execute(f"PRAGMA user_version = {SCHEMA}")
    connection.executemany("INSERT OR REPLACE INTO kind VALUES (?, ?, ?)", kinds())


def _copy(connection: apsw.Connection) -> apsw.Connection:
    """The same in a file without a name that ends with its connection."""
    copy = apsw.Connection("")
    with copy.backup("main", connection, "main") as backup:
        backup.step()
    connection.close()
    return copy


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
