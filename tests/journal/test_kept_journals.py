"""Journals that earlier versions wrote open in this one, whole and as they were."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from journal_contract import commands, event

from linewright.journal import Head, Said, SqliteJournal
from linewright.journal.examine import examine, head_of
from linewright.journal.schema import SCHEMA
from linewright.live import Run

KEPT = Path(__file__).parent / "kept"
HEADS = {
    1: "130:3fe6d707e8660ce66d629551750d1b05eaca10e538edb0a99932d661070b81a3",
    2: "85:c10fef8baf0f110b3a19a1ce0cbbe68a9d90642e9920d136f242273dd0097ac3",
}
KEYS = {1: [], 2: [bytes.fromhex("3f4627a3198b7b1084b7e29b52c4ea3495dc5290b3908e67fb9517f0a9592639")]}
PEOPLE = {
    1: [Said("anna"), Said("ben"), Said("anna")],
    2: [Said("person", "anna", "noise in the spindle", "running", "held")],
}
EVENTS = {1: 48, 2: 25}
OPEN_JOBS = {1: [], 2: ["9efb14509d30-61-4", "9efb14509d30-82-0"]}


@pytest.fixture(params=sorted(HEADS))
def schema(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def kept(schema: int, tmp_path: Path) -> Path:
    """A copy of the journal of a schema."""
    return Path(shutil.copy(KEPT / f"schema-{schema}.db", tmp_path))


def version(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def head_then(schema: int) -> Head:
    head = head_of(HEADS[schema])
    assert head is not None
    return head


def is_what_was_written(journal: SqliteJournal, schema: int) -> None:
    assert examine(journal, head_then(schema), KEYS[schema]).broken is None
    blocks = list(journal.decisions())
    assert sum(map(len, blocks)) == EVENTS[schema]
    assert [said for b in blocks for said in b.said.values()] == PEOPLE[schema]
    assert journal.snapshot() is not None
    assert [job.name for job in journal.open_jobs()] == OPEN_JOBS[schema]
    assert Run.of_journal(journal).plant.plant == "cases"


def test_every_schema_is_kept() -> None:
    assert sorted(HEADS) == list(range(1, SCHEMA + 1))


def test_who_reads_an_old_journal_leaves_it_as_it_is(kept: Path, schema: int) -> None:
    before = kept.read_bytes()
    with SqliteJournal.read(kept) as journal:
        is_what_was_written(journal, schema)
    assert kept.read_bytes() == before and version(kept) == schema


def test_who_goes_on_with_it_brings_it_forward(kept: Path, schema: int) -> None:
    then = head_then(schema)
    with SqliteJournal.write(kept) as journal:
        is_what_was_written(journal, schema)
        seq = journal.append(event(1), commands(1), Said("person", "carl", "late", "3", "1"), sent=(0,))
        assert seq == then.seq + 1
    assert version(kept) == SCHEMA
    with sqlite3.connect(kept) as connection:
        told = connection.execute("SELECT what, person, new FROM story WHERE seq = ?", (seq,)).fetchone()
    assert told == ("event", "carl", "1")
    with SqliteJournal.read(kept) as journal:
        assert examine(journal, then, KEYS[schema]).broken is None
        assert journal.head().seq == then.seq + 2
        assert [job.name for job in journal.open_jobs()][:-1] == OPEN_JOBS[schema]
