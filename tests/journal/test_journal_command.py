"""`linewright journal`: what it says of a run's journal, and how it ends."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from journal_contract import HEADER, commands, event

from linewright import live
from linewright.cli import main
from linewright.commands.journal import NOT_WHOLE, line_key
from linewright.journal import Said, SqliteJournal
from linewright.journal.seal import Key
from linewright.live import Disagreement

KEPT = Path(__file__).parent / "kept" / "schema-1.db"
HEAD = "130:3fe6d707e8660ce6"


@pytest.fixture
def journal(tmp_path: Path) -> str:
    """A run with two persons' actions, as schema 1 wrote it."""
    return str(shutil.copy(KEPT, tmp_path / "run.db"))


@pytest.fixture
def sealed(tmp_path: Path) -> str:
    path = tmp_path / "sealed.db"
    with SqliteJournal.create(path, HEADER, Key.at(tmp_path / "key")) as made:
        for k in range(9):
            made.append(event(k), commands(k), Said("board", "anna", "late", "3", "1") if k == 5 else Said())
    return str(path)


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict:
    assert main(["journal", *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_whole_journal(journal: str, capsys: pytest.CaptureFixture[str]) -> None:
    facts = told(capsys, "verify", journal)
    assert facts["whole"] and facts["rows"] == 130 and facts["head"].startswith(HEAD) and facts["seals"] == 0
    assert main(["journal", "verify", journal, "--head", HEAD]) == 0
    assert capsys.readouterr().out == "130 rows, no seal\nwhole\n"


def test_a_changed_journal(journal: str, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(journal) as connection:
        connection.execute("UPDATE record SET amount = 1 WHERE seq = 12")
    facts = told(capsys, "verify", journal, code=NOT_WHOLE)
    assert facts["problem"] == "row 12 is not what was written" and not facts["whole"]
    assert main(["journal", "verify", journal]) == NOT_WHOLE
    assert "NOT WHOLE: row 12" in capsys.readouterr().out


def test_rows_cut_off_show_against_a_kept_head(
    journal: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["journal", "head", journal]) == 0
    kept = tmp_path / "kept.txt"
    kept.write_text(capsys.readouterr().out)
    with sqlite3.connect(journal) as connection:
        connection.execute("DELETE FROM record WHERE seq > 120")
    assert told(capsys, "verify", journal)["rows"] == 120
    for head in (str(kept), kept.read_text(), HEAD):
        facts = told(capsys, "verify", journal, "--head", head, code=NOT_WHOLE)
        assert facts["problem"] == "row 121 is missing at the end"
    wrong = f"120:{'0' * 64}"
    assert "kept head" in told(capsys, "verify", journal, "--head", wrong, code=NOT_WHOLE)["problem"]


def test_seals_and_their_keys(sealed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    public = told(capsys, "key", "--key", str(tmp_path / "key"))["public_key"]
    assert len(public) == 64
    facts = told(capsys, "verify", sealed, "--public-key", public)
    assert facts["whole"] and facts["seals"] == 1 and facts["sealed_rows"] == facts["rows"] == 18
    other = told(capsys, "key", "--key", str(tmp_path / "other"))["public_key"]
    file = tmp_path / "other.pub"
    file.write_text(other + "\n")
    assert "another key" in told(capsys, "verify", sealed, "--public-key", str(file), code=NOT_WHOLE)["problem"]


def test_a_journal_of_another_decision(
    journal: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def disagree(*_: object) -> None:
        raise Disagreement(7, "the control decides something else")

    monkeypatch.setattr(live, "replay", disagree)
    assert "record 7" in told(capsys, "verify", journal, "--replay", code=NOT_WHOLE)["problem"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify", "none.db"], "cannot open it"),
        (["verify", "{journal}", "--head", "soon"], "--head: 'soon' is none (as `130:"),
        (["verify", "{journal}", "--public-key", "12"], "--public-key: '12' is none"),
        (["show", "{journal}", "--kind", "operation finnished"], "did you mean 'operation finished'?"),
        (["show", "{journal}", "--what", "thing"], "--what: 'thing' is none"),
        (["show", "{journal}", "--from", "soon"], "--from"),
        (["export", "{journal}", "out.txt"], "neither .csv nor .json"),
        (["export", "{journal}", "{journal}.csv"], "--force"),
        (["verify", "postgresql://linewright@/postgres?host=/nowhere"], "refused the journal"),
    ],
)
def test_what_cannot_be_done_is_said(
    journal: str, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(f"{journal}.csv").touch()
    assert main(["journal", *(word.format(journal=journal) for word in words)]) == 2
    assert said in capsys.readouterr().err


def test_what_a_journal_says(journal: str, capsys: pytest.CaptureFixture[str]) -> None:
    held = told(capsys, "show", journal, "--kind", "machine held")["entries"]
    assert [(e["subject"], e["source"], e["what"]) for e in held] == [("press-1", "anna", "event")]
    assert 6.4 * 3600 < held[0]["time_s"] <= 6.5 * 3600
    starts = told(capsys, "show", journal, "--kind", "start operation", "--subject", "oven", "--last", "0")["entries"]
    assert starts and {e["subject"] for e in starts} == {"oven"} and all(e["cause"] < e["seq"] for e in starts)
    late = told(capsys, "show", journal, "--from", "6.2 h", "--to", "6.4 h", "--last", "2")["entries"]
    assert len(late) == 2 and all(6.2 * 3600 <= e["time_s"] <= 6.4 * 3600 for e in late)
    assert main(["journal", "show", journal, "--last", "1"]) == 0
    line = capsys.readouterr().out
    assert line.startswith("     130  Mon ") and line.count("\n") == 1
    assert main(["journal", "show", journal, "--person", "nobody"]) == 0
    assert capsys.readouterr().out == "no entry fits\n"


def test_a_journal_whose_plant_is_unknown_is_told_by_numbers(sealed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "show", sealed, "--person", "anna"]) == 0
    shown = capsys.readouterr()
    assert "told by numbers" in shown.err
    assert 'board  by anna  (3 -> 1)  "late"' in shown.out


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_export(journal: str, tmp_path: Path, ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / f"out.{ending}"
    assert told(capsys, "export", journal, str(target), "--what", "event")["entries"] == 48
    if ending == "csv":
        with target.open(newline="") as stream:
            rows = list(csv.DictReader(stream))
    else:
        rows = json.loads(target.read_text())
    assert len(rows) == 48 and {row["what"] for row in rows} == {"event"}
    assert [row["subject"] for row in rows if row["kind"] == "machine held"] == ["press-1"]
    none = tmp_path / f"none.{ending}"
    assert told(capsys, "export", journal, str(none), "--person", "nobody")["entries"] == 0
    assert none.read_text().strip() in ("[]", ",".join(rows[0]))


# ---------------------------------------------------------------- the key


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "journal.key"
    public = Key.at(path).public
    assert path.stat().st_mode & 0o777 == 0o600 and list(path.parent.iterdir()) == [path]
    assert Key.at(path).public == public


@pytest.mark.parametrize(
    ("mode", "text", "said"), [(0o644, None, "others can read the key"), (0o600, "no key", "no Ed25519 key")]
)
def test_a_key_that_is_none(
    tmp_path: Path, mode: int, text: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "key"
    Key.at(path)
    path.chmod(mode)
    if text:
        path.write_text(text)
    assert main(["journal", "key", "--key", str(path)]) == 2
    assert said in capsys.readouterr().err


def test_the_usual_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("LINEWRIGHT_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert told(capsys, "key")["file"] == str(tmp_path / "config" / "linewright" / "journal.key")
    monkeypatch.setenv("LINEWRIGHT_KEY", str(tmp_path / "mine"))
    assert told(capsys, "key")["file"] == str(tmp_path / "mine")


def test_a_run_without_a_key_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LINEWRIGHT_KEY", str(tmp_path / "file" / "key"))
    assert line_key() is None
    assert "warning" in (told := capsys.readouterr().err) and "the journal is not sealed" in told
