"""Where a journal is: a file (SQLite), or `postgresql://...`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from linewright.journal.ledger import Ledger
from linewright.journal.record import Signer
from linewright.journal.sqlite import SqliteJournal, set_file_aside

if TYPE_CHECKING:
    from linewright.journal.postgres import PostgresJournal

SCHEMES = ("postgresql://", "postgres://")


def in_database(place: str | Path) -> bool:
    """Does a place name a database, and no file?"""
    return str(place).startswith(SCHEMES)


def read_journal(place: str | Path) -> Ledger:
    """A journal to read, though it may be written at the same time. Raises InputError where there is none."""
    if in_database(place):
        return _postgres().read(str(place))
    return SqliteJournal.read(Path(place))


def write_journal(place: str | Path, key: Signer | None = None) -> Ledger:
    """A journal to go on with. Raises InputError where there is none, or it is being written."""
    if in_database(place):
        return _postgres().write(str(place), key)
    return SqliteJournal.write(Path(place), key)


def create_journal(place: str | Path, header: Mapping[str, str], key: Signer | None = None) -> Ledger:
    """A new journal that opens with this header. Raises InputError where there is one, or none can be."""
    if in_database(place):
        return _postgres().create(str(place), header, key)
    return SqliteJournal.create(Path(place), header, key)


def is_journal(place: str | Path) -> bool:
    """Is there something at a place that a new journal would be in the way of? Raises InputError."""
    if not in_database(place):
        return Path(place).exists()
    return _postgres().is_there(str(place))


def set_aside(place: str | Path) -> str:
    """Give an earlier journal another name, `demo.db` -> `demo-1.db`, and say which.

    Raises InputError where another process is writing it.
    """
    if in_database(place):
        from linewright.journal.postgres import set_schema_aside

        return set_schema_aside(str(place))
    return str(set_file_aside(Path(place)))


def _postgres() -> type[PostgresJournal]:
    from linewright.journal.postgres import PostgresJournal

    return PostgresJournal
