"""The journal in PostgreSQL: `postgresql://user@host/database?schema=line1`, one schema for each journal.

The writer holds an advisory lock of its session: a second writer is refused, and the lock ends with the
connection. A server that does not flush (`fsync = off`) is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from linewright.errors import InputError, Problem
from linewright.journal.ledger import BLOCK_ROWS, Ledger, named, outbox_changes
from linewright.journal.record import COLUMNS, NOTE, Head, Link, Note, Row, Said, Seal, Signer, Snapshot
from linewright.journal.schema import POSTGRES_STEPS, SCHEMA, kinds

try:
    import psycopg
    from psycopg import errors, sql
except ImportError as error:
    hint = "pip install 'linewright[postgres]'"
    raise InputError([Problem("journals in PostgreSQL need psycopg", hint=hint)]) from error

LONGEST_NAME = 63  # PostgreSQL cuts off the rest without a word
USUAL_SCHEMA = "linewright"  # of a URL that names none

_ROW, _SAID = ", ".join(COLUMNS), ", ".join(Said._fields)
_STORED = f"{_ROW}, {_SAID}, chain"
Connection = psycopg.Connection[tuple[Any, ...]]


class PostgresJournal(Ledger):
    """A journal in a database, made by `create`, `write` (to go on) or `read`. Close it, or use `with`."""

    path: str

    def __init__(self, place: str, connection: Connection, key: Signer | None = None) -> None:
        self.path, self._db = place, connection
        with connection.transaction():  # the rows and the outbox of one moment
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            last = self._first("SELECT seq, time_s, chain FROM record ORDER BY seq DESC LIMIT 1")
            outbox = connection.execute(f"SELECT {_ROW}, taken FROM outbox JOIN record USING (seq) ORDER BY seq")
            super().__init__(
                dict(connection.execute("SELECT key, value FROM header").fetchall()),
                Head(*last) if last else None,
                [(row[:-1], bool(row[-1])) for row in outbox.fetchall()],
                (self._first("SELECT max(seq) FROM seal") or (0,))[0] or 0,
                key,
            )

    @classmethod
    def create(cls, place: str, header: Mapping[str, str], key: Signer | None = None) -> PostgresJournal:
        """A new journal that opens with this header. Raises InputError where there is one, or none can be."""
        with _worded(place):
            connection, schema = _connect(place)
            _lock(connection, place, schema)
            if _there(connection, schema):
                connection.close()
                raise InputError([Problem("is there already", place)])
            with connection.transaction():
                connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
                _bring_forward(connection, 0)
                _insert(connection, "header (key, value)", list(named(header, key).items()))
            return cls(place, connection, key)

    @classmethod
    def write(cls, place: str, key: Signer | None = None) -> PostgresJournal:
        """An existing journal to go on with. Raises InputError where it is none, or is being written."""
        with _worded(place):
            connection, schema = _connect(place)
            version = _version(connection, place, schema)
            _lock(connection, place, schema)
            with connection.transaction():
                _bring_forward(connection, version)
            return cls(place, connection, key)

    @classmethod
    def read(cls, place: str) -> PostgresJournal:
        """An existing journal to read, though it may be written at the same time."""
        with _worded(place):
            connection, schema = _connect(place)
            if _version(connection, place, schema) < SCHEMA:
                connection.close()
                raise InputError([Problem("a journal of an older schema", place, hint="open it to be written first")])
            connection.execute("SET default_transaction_read_only = on")
            return cls(place, connection)

    @classmethod
    def is_there(cls, place: str) -> bool:
        """Does the database hold a journal of this name? Raises InputError where it cannot be asked."""
        with _worded(place):
            connection, schema = _connect(place)
            with connection:
                return _there(connection, schema)

    # ------------------------------------------------------------ the store

    def _store(self, links: Sequence[Link], snapshot: Snapshot | None, seal: Seal | None) -> None:
        sent, taken, ended = outbox_changes(links)
        with _worded(self.path), self._db.transaction(), self._db.cursor() as cursor:
            _insert(self._db, f"record ({_STORED})", [(*row, *said, chain) for row, said, chain in links])
            cursor.executemany("INSERT INTO outbox VALUES (%s, 0)", [(job,) for job in sent])
            cursor.executemany("UPDATE outbox SET taken = 1 WHERE seq = %s", [(job,) for job in taken])
            cursor.executemany("DELETE FROM outbox WHERE seq = %s", [(job,) for job in ended])
            if snapshot is not None:
                _put(cursor, "snapshot", astuple(snapshot))
            if seal is not None:
                _put(cursor, "seal", seal)

    def _let_go(self) -> None:
        self._db.close()

    def _first(self, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        return self._db.execute(query.encode(), values or None).fetchone()

    def _rows_after(self, after: int, most: int) -> list[Row]:
        query = f"SELECT {_ROW} FROM record WHERE seq > %s AND cause >= 0 ORDER BY seq LIMIT %s"
        return self._db.execute(query.encode(), (after, most)).fetchall()

    def _said_between(self, first: int, last: int) -> dict[int, Said]:
        query = (
            f"SELECT seq, {_SAID} FROM record "
            "WHERE seq BETWEEN %s AND %s AND cause = 0 AND (source <> '' OR person <> '')"
        )
        return {seq: Said(*said) for seq, *said in self._db.execute(query.encode(), (first, last))}

    def remarks(self, source: str) -> Iterator[tuple[int, int, str]]:
        """The remarks of one source."""
        query = "SELECT seq, subject, reason FROM record WHERE cause = %s AND kind = %s AND source = %s ORDER BY seq"
        yield from self._db.execute(query.encode(), (NOTE, int(Note.REMARK), source)).fetchall()

    def snapshot(self, until_s: float = math.inf) -> Snapshot | None:
        """The last snapshot not later than a plant time."""
        query = "SELECT seq, time_s, state FROM snapshot WHERE time_s <= %s ORDER BY seq DESC LIMIT 1"
        found = self._first(query, (until_s,))
        return Snapshot(*found) if found else None

    def snapshots(self) -> Iterator[Snapshot]:
        """All snapshots, in order."""
        for (seq,) in self._db.execute("SELECT seq FROM snapshot ORDER BY seq").fetchall():
            found = self._first("SELECT seq, time_s, state FROM snapshot WHERE seq = %s", (seq,))
            if found:
                yield Snapshot(*found)

    def links(self, after: float = -math.inf) -> Iterator[Link]:
        """Every row after `after` up to the head as it is stored."""
        query = f"SELECT {_STORED} FROM record WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT %s"
        while rows := self._db.execute(query.encode(), (after, self._head.seq, BLOCK_ROWS)).fetchall():
            for row in rows:
                yield Link(row[: len(COLUMNS)], Said(*row[len(COLUMNS) : -1]), row[-1])
            after = rows[-1][0]

    def seals(self) -> Iterator[Seal]:
        """All seals that were there when the head was read, in order."""
        query = f"SELECT {', '.join(Seal._fields)} FROM seal WHERE seq <= %s ORDER BY seq"
        yield from map(Seal._make, self._db.execute(query.encode(), (self._seals_end,)).fetchall())


def set_schema_aside(place: str) -> str:
    """Give an earlier journal another name, `line1` -> `line1_1`, and say which. Raises InputError."""
    PostgresJournal.write(place).close()  # refused while another writes
    with _worded(place):
        connection, schema = _connect(place)
        with connection:
            k = 1
            while _there(connection, f"{schema}_{k}"):
                k += 1
            names = map(sql.Identifier, (schema, f"{schema}_{k}"))
            connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(*names))
    return f"{schema}_{k}"


# ---------------------------------------------------------------- the database


def _connect(place: str) -> tuple[Connection, str]:
    """A connection whose tables are those of the schema that the URL names; that schema."""
    parts = urlsplit(place)
    options = dict(parse_qsl(parts.query))
    schema = options.pop("schema", USUAL_SCHEMA)
    if len(schema.encode()) > LONGEST_NAME:
        raise InputError([Problem(f"the name of a schema has at most {LONGEST_NAME} bytes", place, key="schema")])
    connection = psycopg.connect(urlunsplit(parts._replace(query=urlencode(options))), autocommit=True)
    connection.execute("SET synchronous_commit = on")
    connection.execute("SET client_min_messages = warning")
    connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
    if connection.execute("SHOW fsync").fetchone() != ("on",):
        connection.close()
        raise InputError([Problem("this server does not flush: it can lose records", place, hint="set fsync = on")])
    return connection, schema


def _there(connection: Connection, schema: str) -> bool:
    found = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'record'", (schema,))
    return found.fetchone() is not None


def _version(connection: Connection, place: str, schema: str) -> int:
    """The schema version of a journal. Raises InputError where there is none, or it is a later one."""
    if not _there(connection, schema):
        connection.close()
        raise InputError([Problem(f"there is no journal in the schema {schema}", place)])
    row = connection.execute("SELECT version FROM format").fetchone()
    version = int(row[0]) if row else 0
    if version > SCHEMA:
        connection.close()
        message = f"a journal of schema {version}; this Linewright reads up to {SCHEMA}"
        raise InputError([Problem(message, place, hint="update linewright")])
    return version


def _lock(connection: Connection, place: str, schema: str) -> None:
    """Be the only writer until the connection ends."""
    got = connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (f"linewright {schema}",))
    if got.fetchone() != (True,):
        connection.close()
        raise InputError([Problem("another process is writing this journal", place)])


def _bring_forward(connection: Connection, version: int) -> None:
    """Take the steps of the schema that are missing, within the transaction."""
    for step in [step for since, step in POSTGRES_STEPS if since > version]:
        connection.execute(step.encode())
    connection.execute("DELETE FROM format")
    connection.execute("INSERT INTO format VALUES (%s)", (SCHEMA,))
    connection.execute("DELETE FROM kind")
    _insert(connection, "kind (cause, kind, word)", list(kinds()))


def _insert(connection: Connection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)


def _put(cursor: psycopg.Cursor[tuple[Any, ...]], table: str, values: Sequence[Any]) -> None:
    """A row in place of the one with its number, if there is one."""
    cursor.execute(f"DELETE FROM {table} WHERE seq = %s".encode(), (values[0],))
    cursor.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(values))})".encode(), tuple(values))


class _worded:
    """Says in plain words what the database refuses."""

    HINT = "it ends with the last commit; resume when the database is there again"

    def __init__(self, place: str) -> None:
        self.place = place

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, _: object) -> None:
        if isinstance(error, errors.DiskFull):
            raise InputError([Problem("no room on the disk for the journal", self.place, hint=self.HINT)]) from error
        if isinstance(error, psycopg.OperationalError | errors.InsufficientPrivilege):
            message = f"the database refused the journal: {str(error).strip()}"
            raise InputError([Problem(message, self.place, hint=self.HINT)]) from error
