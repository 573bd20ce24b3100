"""The journal in a SQLite file."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from journal_contract import HEADER, JournalContract, commands, event

from linewright.errors import InputError
from linewright.journal import Journal, SqliteJournal, check_chain, ledger, set_aside, sqlite
from linewright.journal.record import Signer


class TestSqliteJournal(JournalContract):
    def create(self, folder: Path, key: Signer | None = None) -> Journal:
        return SqliteJournal.create(folder / "run.db", HEADER, key)

    def write(self, folder: Path, key: Signer | None = None) -> Journal:
        return SqliteJournal.write(folder / "run.db", key)

    def read(self, folder: Path) -> Journal:
        return SqliteJournal.read(folder / "run.db")

    def tamper(self, folder: Path, sql: str) -> None:
        with sqlite3.connect(folder / "run.db") as connection:
            connection.execute(sql)
        connection.close()

    def tamper_with(self, folder: Path, sql: str, *values: object) -> None:
        with sqlite3.connect(folder / "run.db") as connection:
            connection.execute(sql.format(*"?" * len(values)), values)
        connection.close()

    def make_impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ledger, "GROUP_S", -1.0)


class TestSqliteJournalInSmallBlocks(TestSqliteJournal):
    """The same in blocks that end in the midst of a decision."""

    @pytest.fixture(autouse=True)
    def small_blocks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ledger, "BLOCK_ROWS", 3)

    def test_what_is_written_is_read(self, tmp_path: Path) -> None:
        self.filled(tmp_path).close()
        with SqliteJournal.read(tmp_path / "run.db") as journal:
            events = [tuple(e) for block in journal.decisions() for e in block.events.tolist()]
        assert events == [event(k) for k in range(40)]

    def test_parts_of_it(self, tmp_path: Path) -> None:
        journal = self.filled(tmp_path)
        assert sum(len(block) for block in journal.decisions(until_s=205.0)) == 21
        journal.close()


def filled(path: Path, n: int = 40) -> None:
    with SqliteJournal.create(path, HEADER) as journal:
        for k in range(n):
            journal.append(event(k), commands(k))


def test_every_commit_is_flushed() -> None:
    """Write-ahead log, synchronous full, and a SQLite whose log cannot lose records."""
    assert tuple(map(int, apsw.sqlite_lib_version().split("."))) >= sqlite.LEAST_SQLITE


def test_the_file_tells_its_story_to_any_tool(tmp_path: Path) -> None:
    filled(tmp_path / "run.db")
    with sqlite3.connect(tmp_path / "run.db") as connection:
        rows = connection.execute("SELECT what, word, cause FROM story LIMIT 3").fetchall()
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert rows == [
        ("event", "order arrived", 0),
        ("event", "operation finished", 0),
        ("command", "start operation", 2),
    ]


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with SqliteJournal.create(path, HEADER) as journal:
        journal.append(event(1), commands(1))
        journal.commit()
        with pytest.raises(InputError, match="another process is writing this journal"):
            SqliteJournal.write(path)
        with pytest.raises(InputError, match="another process is writing this journal"):
            set_aside(path)
        with SqliteJournal.read(path) as reader:
            assert reader.head().seq == 2
    SqliteJournal.write(path).close()


def test_an_earlier_journal_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    for expected in ("run-1.db", "run-2.db"):
        filled(path)
        assert Path(set_aside(path)).name == expected
        assert not path.exists()
    with SqliteJournal.read(tmp_path / "run-1.db") as journal:
        assert journal.head().seq == 79 and check_chain(journal) is None


def test_files_that_are_no_journals(tmp_path: Path) -> None:
    text, other, newer = tmp_path / "text.db", tmp_path / "other.db", tmp_path / "newer.db"
    text.write_text("order,material\n" * 100)
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE record (seq)")
    filled(newer)
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    for path, words in (
        (text, "no journal"),
        (other, "no journal"),
        (newer, "schema 99"),
        (tmp_path / "none.db", "cannot open"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            SqliteJournal.read(path)
        assert caught.value.problems[0].file == str(path)
    with pytest.raises(InputError, match="is there already"):
        SqliteJournal.create(newer, HEADER)
    with pytest.raises(InputError, match="cannot open"):
        SqliteJournal.create(tmp_path / "no folder" / "run.db", HEADER)


def test_a_full_disk_leaves_the_journal_at_its_last_commit(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    journal = SqliteJournal.create(path, HEADER)
    committed = 0
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
    try:
        with pytest.raises(InputError, match=r"journal.*ends with the last commit"):
            for k in range(100_000):
                journal.append(event(k), commands(k))
                if journal.pending > 100:
                    journal.commit()
                    committed = journal.head().seq
        with pytest.raises(InputError):  # nothing may follow what was lost
            journal.append(event(0), commands(0))
        with pytest.raises(InputError):
            journal.commit(b"a state that is ahead of the journal")
        journal.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert committed > 100
    with SqliteJournal.write(path) as again:
        assert again.head().seq == committed
        assert check_chain(again) is None
        assert again.snapshot() is None
        assert again.append(event(1), commands(1)) == committed + 1


def test_the_journal_needs_no_twin() -> None:
    code = "import sys, linewright.journal; print([m for m in sys.modules if 'linewright.twin' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600, check=True)
    assert done.stdout.strip() == "[]"
