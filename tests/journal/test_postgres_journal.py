"""The journal in PostgreSQL, on a server that the tests start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import postgres_server
import pytest
from journal_contract import HEADER, JournalContract, commands, event

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")

from linewright.cli import main  # noqa: E402
from linewright.errors import InputError  # noqa: E402
from linewright.journal import Journal, check_chain, create_journal, is_journal, ledger, read_journal, set_aside  # noqa: E402
from linewright.journal.postgres import PostgresJournal  # noqa: E402
from linewright.journal.record import Signer  # noqa: E402
from linewright.live import state_of  # noqa: E402

PLANT = """
plant: small
materials: { part: {} }
stations: { saw: {} }
routes: { part: [{ cut: { at: saw, time: { dist: exponential, mean: 2 min } } }] }
orders: { saturated: [part] }
"""

pytestmark = pytest.mark.skipif(bool(postgres_server.why_not()), reason=postgres_server.why_not())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres_server.server() as url:
        yield url


class TestPostgresJournal(JournalContract):
    @pytest.fixture(autouse=True)
    def server(self, url: str) -> None:
        self.url = url

    def place(self, folder: Path) -> str:
        return f"{self.url}&schema={folder.parent.name}_{folder.name}"[:250]

    def create(self, folder: Path, key: Signer | None = None) -> Journal:
        return PostgresJournal.create(self.place(folder), HEADER, key)

    def write(self, folder: Path, key: Signer | None = None) -> Journal:
        return PostgresJournal.write(self.place(folder), key)

    def read(self, folder: Path) -> Journal:
        return PostgresJournal.read(self.place(folder))

    def tamper(self, folder: Path, sql: str) -> None:
        schema = self.place(folder).partition("schema=")[2]
        with psycopg.connect(self.url) as connection:
            connection.execute(f'SET search_path = "{schema}"')
            connection.execute(sql)

    def tamper_with(self, folder: Path, sql: str, *values: object) -> None:
        schema = self.place(folder).partition("schema=")[2]
        with psycopg.connect(self.url) as connection:
            connection.execute(f'SET search_path = "{schema}"')
            connection.execute(sql.format(*["%s"] * len(values)), values)

    def make_impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ledger, "GROUP_S", -1.0)


def test_one_writer_at_a_time(url: str) -> None:
    place = f"{url}&schema=one"
    with create_journal(place, HEADER) as journal:
        journal.append(event(1), commands(1))
        journal.commit()
        with pytest.raises(InputError, match="another process is writing this journal"):
            PostgresJournal.write(place)
        with read_journal(place) as reader:
            assert reader.head().seq == 2
    PostgresJournal.write(place).close()


def test_an_earlier_journal_is_kept(url: str) -> None:
    for expected in ("kept_1", "kept_2"):
        with create_journal(f"{url}&schema=kept", HEADER) as journal:
            journal.append(event(1), commands(1))
        with pytest.raises(InputError, match="is there already"):
            create_journal(f"{url}&schema=kept", HEADER)
        assert set_aside(f"{url}&schema=kept") == expected
        assert not is_journal(f"{url}&schema=kept") and is_journal(f"{url}&schema={expected}")
        with read_journal(f"{url}&schema={expected}") as journal:
            assert journal.head().seq == 2 and check_chain(journal) is None


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("postgresql://nobody.invalid/x", "the database refused"),
        ("postgresql://linewright@/postgres?host=/nowhere", "the database refused"),
        ("{url}&schema=none", "no journal in the schema none"),
        ("postgresql://linewright@/none?{query}", "the database refused"),
    ],
)
def test_databases_that_hold_no_journal(url: str, place: str, words: str) -> None:
    place = place.format(url=url, query=url.partition("?")[2])
    with pytest.raises(InputError, match=words) as caught:
        read_journal(place)
    assert caught.value.problems[0].file == place


def test_a_later_schema_is_refused(url: str) -> None:
    place = f"{url}&schema=later"
    create_journal(place, HEADER).close()
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE later.format SET version = 99")
    with pytest.raises(InputError, match="schema 99"):
        read_journal(place)


@pytest.fixture
def without_flush(url: str) -> Iterator[None]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        yield
        connection.execute("ALTER SYSTEM RESET fsync")
        connection.execute("SELECT pg_reload_conf()")


def test_a_server_that_does_not_flush_is_refused(url: str, without_flush: None) -> None:
    with pytest.raises(InputError, match="does not flush"):
        for _ in range(200):  # the server heeds it a moment later
            create_journal(f"{url}&schema=unsafe{_}", HEADER).close()


def test_a_name_that_postgresql_would_cut_off(url: str) -> None:
    with pytest.raises(InputError, match="63"):
        create_journal(f"{url}&schema={'x' * 64}", HEADER)


def test_a_lost_server_ends_the_journal_at_its_last_commit(url: str) -> None:
    place = f"{url}&schema=lost"
    journal = create_journal(place, HEADER)
    journal.append(event(1), commands(1))
    journal.commit()
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    journal.append(event(2), commands(2))
    with pytest.raises(InputError, match="refused the journal"):
        journal.commit()
    with pytest.raises(InputError):
        journal.append(event(3), commands(3))
    journal.close()
    with PostgresJournal.write(place) as again:
        assert again.head().seq == 2 and check_chain(again) is None


def test_a_run_in_a_database(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = f"{url}&schema=run"
    plant = tmp_path / "plant.yaml"
    plant.write_text(PLANT)
    for more in (["--until", "1 h"], ["--resume", "--until", "2 h"], ["--until", "1 h"]):
        assert main(["run", str(plant), "--journal", place, *more]) == 0
    assert "is kept as run_1" in capsys.readouterr().err
    assert main(["journal", "verify", f"{url}&schema=run_1", "--replay", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["whole"] and found["seals"] >= 2 and found["sealed_rows"] == found["rows"] > 100
    assert state_of(f"{url}&schema=run_1").state.g.now_s[0] <= 7200.0


def test_a_journal_in_a_database_is_told_by_every_command_as_one_in_a_file_is(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same run in a file and in a database: report, forecast and export say the same."""
    plant, file, place = tmp_path / "plant.yaml", str(tmp_path / "same.db"), f"{url}&schema=same"
    plant.write_text(PLANT)
    for journal in (file, place):
        assert main(["run", str(plant), "--journal", journal, "--until", "2 h"]) == 0
    capsys.readouterr()

    def told(*words: str) -> dict:
        assert main([*words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    assert told("report", place) == told("report", file)
    ahead = ("--horizon", "1 h", "--futures", "8", "--at", "90 min")
    of_database, of_file = told("forecast", place, *ahead), told("forecast", file, *ahead)
    assert of_database == of_file and len(of_file) > 2
    for journal, name in ((file, "file.csv"), (place, "database.csv")):
        words = ["export", journal, "--as", "csv", "--table", "units", "--out", str(tmp_path / name)]
        assert main(words) == 0
    capsys.readouterr()
    tables = [(tmp_path / name).read_text().splitlines() for name in ("file.csv", "database.csv")]
    assert len(tables[0]) == len(tables[1]) > 10  # but for the clock on the wall, which made the dates
    assert main(["forecast", f"{url}&schema=none"]) == 2
    assert "no journal in the schema none" in capsys.readouterr().err
