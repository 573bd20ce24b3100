"""A line on machines behind OPC UA, with the shop for all else: it makes its orders, and its journal holds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from shop import PLANT, small_plant

from linewright.cli import main
from linewright.journal import SqliteJournal
from linewright.journal.story import Wanted, entries
from linewright.live import Run, verify
from linewright.machines.telemetry import read_losses, read_telemetry

FAST = "1200x"
DONE_S = 200.0  # the first forecast may have to be compiled meanwhile
FIRST_S = 300.0  # a run may take so long: where nothing is compiled yet, that comes first


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, object]]]:
    """A folder with the plant and its machines, served by a process of their own."""
    folder = tmp_path_factory.mktemp("mixed")
    small_plant(folder)
    command = [sys.executable, "-m", "linewright.cli", "machines", "plant.yaml", "--port", "0", "--speed", FAST]
    process = subprocess.Popen(
        [*command, "--pki", "pki", "--memory", "memory.jsonl", "--json"],
        cwd=folder, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield folder, json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0  # Ctrl-C is the usual end
    finally:
        process.kill()
        process.wait()


def test_one_machine_has_an_address_the_others_are_virtual(served: tuple[Path, dict[str, list[str]]]) -> None:
    folder, facts = served
    assert facts["machines"] == ["mill", "gauge-1", "gauge-2"]
    address = f"{facts['endpoints'][0]}#mill"
    text = f"{PLANT}\nmachines: {{ mill: '{address}' }}\n"
    (folder / "mixed.yaml").write_text(text, encoding="utf-8")
    run_it(folder, "mixed.db", "--telemetry", "readings", plant="mixed.yaml")
    check_journal(folder / "mixed.db")
    readings = read_telemetry(folder / "readings", machine="mill")
    parts = "Production/Statistics/PartsProducedInLifetime"
    counted = [row["value"] for row in readings.to_pylist() if row["item"] == parts]
    # what the mill counts while the line ends is not told any more: half a second, ten minutes of this line
    assert counted == sorted(counted) and counted[-1] - counted[0] >= 4
    programs = {row["words"] for row in readings.to_pylist() if row["item"] == "Production/ActiveProgram/Name"}
    assert {"shaft.turn", "gear.cut"} <= programs
    assert not read_losses(folder / "readings")


def test_a_real_line_before_its_board(served: tuple[Path, dict[str, list[str]]]) -> None:
    """The mill has an address, the gauges have none: a person measures, says so at the board, and orders one more."""
    folder, facts = served
    text = f"{PLANT}\nmachines: {{ mill: '{facts['endpoints'][0]}#mill' }}\n"
    (folder / "real.yaml").write_text(text, encoding="utf-8")
    command = ["serve", "real.yaml", "--real", "--speed", FAST, "--port", "0", "--journal", "real.db", "--pki", "pki"]
    process = subprocess.Popen(
        [sys.executable, "-m", "linewright.cli", *command, "--json"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        board = json.loads(process.stdout.readline())
        with httpx2.Client(base_url=f"{board['url']}/api/v1") as client:
            sign_in(client, board["one_time_password"])
            measured = answer_until_done(client, orders=3)
            more = {"kind": "order", "subject": "shaft", "amount": 1, "detail": "2 h"}
            assert client.post("actions", json=more).status_code == 200
            measured += answer_until_done(client, orders=4)
            assert client.get("now").json()["running"]  # it waits for more
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0 and "serve real.yaml --journal real.db --resume" in said, said
    assert len(measured) == 7 and all("is this done: shaft.check of" in words for words in measured)
    check_journal(folder / "real.db", made=9)
    with SqliteJournal.read(folder / "real.db") as journal:
        names = Run.of_journal(journal).names
        by_admin = [entry for entry in entries(journal, names, Wanted(person="admin")) if entry.what == "event"]
        kinds = [entry.kind for entry in by_admin]
        assert kinds == ["operation finished"] * 6 + ["order arrived", "operation finished"]
        assert {entry.subject for entry in by_admin if entry.kind != "order arrived"} <= {"gauge-1", "gauge-2"}


def sign_in(client: httpx2.Client, one_time: str) -> None:
    """As admin, with a password of one's own."""
    answer = client.post("session", json={"person": "admin", "password": one_time})
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    new = {"old": one_time, "new": "quite another word"}
    answer = client.put("session/password", json=new)
    assert answer.status_code == 200, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]


def answer_until_done(client: httpx2.Client, orders: int) -> list[str]:
    """Answer whatever is asked: it is done. Returns what was asked, when so many orders are done."""
    asked = []
    until = time.monotonic() + DONE_S
    while (now := client.get("now").json())["orders_done"] < orders and time.monotonic() < until:
        for question in now["questions"]:
            asked.append(question["words"])
            done = {"kind": "answer", "subject": question["job"], "detail": "done"}
            answer = client.post("actions", json=done)
            assert answer.status_code == 200, answer.text
        time.sleep(0.05)
    assert now["orders_done"] == orders, now
    return asked


def test_a_certificate_that_is_not_trusted_is_refused(
    served: tuple[Path, dict[str, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, facts = served
    (endpoint,) = facts["endpoints"]
    monkeypatch.chdir(folder)
    assert main(["run", "plant.yaml", "--journal", "r.db", "--machines", endpoint, "--pki", "strange-pki"]) == 2
    said = capsys.readouterr().err
    assert "is not trusted" in said and "strange-pki/rejected" in said


@pytest.mark.parametrize(
    ("url", "words"),
    [("http://host:1", "there is no driver for 'http'"), ("mill", "is no address"), ("opc.tcp://h?security=x", "none")],
)
def test_an_address_that_is_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str, words: str
) -> None:
    small_plant(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["run", "plant.yaml", "--machines", url]) == 2
    assert words in capsys.readouterr().err


def test_no_machine_is_real_where_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small_plant(tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("elsewhere.yaml").write_text(f"{PLANT}\nmachines: {{ mill: 'opc.tcp://nowhere:4840' }}\n", encoding="utf-8")
    for place in ("plant.yaml", "elsewhere.yaml"):
        assert main(["run", place, "--machines", "virtual", "--journal", f"{place}.db", "--seed", "1"]) == 0
    with SqliteJournal.read(Path("plant.yaml.db")) as one, SqliteJournal.read(Path("elsewhere.yaml.db")) as other:
        assert [block.events.tobytes() for block in one.decisions()] == [
            block.events.tobytes() for block in other.decisions()
        ]
    assert main(["run", "elsewhere.yaml", "--real", "--machines", "virtual", "--journal", "r.db"]) == 2
    assert "nothing is virtual" in capsys.readouterr().err and not Path("r.db").exists()


def test_machines_elsewhere_are_not_hurried_and_nothing_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small_plant(tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("elsewhere.yaml").write_text(f"{PLANT}\nmachines: {{ mill: 'opc.tcp://nowhere:4840' }}\n", encoding="utf-8")
    Path("line.db").write_bytes(b"SQLite format 3\0")  # a journal of before, for all that is looked at
    for options in (["elsewhere.yaml"], ["plant.yaml", "--real"]):
        assert main(["serve", *options, "--ahead", "1 h", "--journal", "line.db"]) == 2
        assert "--ahead: machines that are real cannot be hurried" in capsys.readouterr().err
    assert [file.name for file in tmp_path.glob("line*.db")] == ["line.db"]


def linewright(folder: Path, journal: str, *more: str, plant: str = "plant.yaml") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "linewright.cli", "run", plant, "--speed", FAST, "--journal", journal]
    return subprocess.run([*command, *more], cwd=folder, capture_output=True, text=True, timeout=FIRST_S)


def run_it(folder: Path, journal: str, *more: str, plant: str = "plant.yaml") -> None:
    done = linewright(folder, journal, *more, "--pki", "pki", "--json", plant=plant)
    assert done.returncode == 0, done.stderr


def check_journal(path: Path, made: int = 8) -> None:
    """All units are made, no job is open, and every decision is that of the control."""
    with SqliteJournal.read(path) as journal:
        run = Run.of_journal(journal)
        decider = run.new_decider()
        assert verify(journal, decider).holds
        assert decider.all_done
        assert int(decider.state.material_tally.finished.sum()) == made
        assert not list(journal.open_jobs())
