"""Journals that earlier versions wrote open in this one, whole and as they were."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from journal_contract import commands, event

from linewright.journal import Head, Said, SqliteJournal, check_chain
from linewright.journal.schema import SCHEMA
from linewright.live import Run

KEPT = Path(__file__).parent / "kept"
HEAD = Head(130, 25196.35369261324, bytes.fromhex("3fe6d707e8660ce66d629551750d1b05eaca10e538edb0a99932d661070b81a3"))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A copy of the journal of schema 1."""
    return Path(shutil.copy(KEPT / "schema-1.db", tmp_path))


def columns(path: Path) -> set[str]:
    with sqlite3.connect(path) as connection:
        return {row[1] for row in connection.execute("PRAGMA table_info(record)")}


def is_what_was_written(journal: SqliteJournal) -> None:
    assert check_chain(journal, HEAD) is None
    blocks = list(journal.decisions())
    assert (sum(map(len, blocks)), sum(len(b.commands) for b in blocks)) == (48, 82)
    assert [said for b in blocks for said in b.said.values()] == [Said("anna"), Said("ben"), Said("anna")]
    assert journal.snapshot() is not None and journal.open_jobs() == []
    assert Run.of_journal(journal).plant.plant == "cases"


def test_who_reads_an_old_journal_leaves_it_as_it_is(kept: Path) -> None:
    before = kept.read_bytes()
    with SqliteJournal.read(kept) as journal:
        assert journal.head() == HEAD
        is_what_was_written(journal)
    assert kept.read_bytes() == before


def test_who_goes_on_with_it_brings_it_forward(kept: Path) -> None:
    with SqliteJournal.write(kept) as journal:
        is_what_was_written(journal)
        seq = journal.append(event(1), commands(1), Said("board", "carl", "late", "3", "1"), sent=(0,))
        assert seq == HEAD.seq + 1
    assert "person" in columns(kept)
    with sqlite3.connect(kept) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
        assert connection.execute("SELECT what, person, new FROM story WHERE seq = 131").fetchone() == (
            "event",
            "carl",
            "1",
        )
    with SqliteJournal.read(kept) as journal:
        assert check_chain(journal, HEAD) is None
        assert journal.head().seq == HEAD.seq + 2 and len(journal.open_jobs()) == 1
