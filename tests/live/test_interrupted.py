"""A run that is stopped, killed or left without disk goes on where its journal ended, to the same end."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from live_lines import write_cases

from linewright.control import same_state
from linewright.journal import SqliteJournal
from linewright.live import Run, state_of, verify

ORDERS = 400  # some 6,000 events: a second or so at full speed
Started = subprocess.Popen[str]


def words(plant: Path, journal: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "linewright.cli", "run", str(plant), "--journal", str(journal), *more]


def start(plant: Path, journal: Path, *more: str, disk: int | None = None) -> Started:
    """The command in a process of its own, with so many bytes of disk for a file."""

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored, where these tests themselves run in the background
        if disk is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (disk, disk))

    return subprocess.Popen(
        words(plant, journal, *more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,
    )


def wait_for_records(journal: Path, least: int, process: Started) -> int:
    """Until so many rows are committed; how many there are."""
    for _ in range(3000):
        assert process.poll() is None, process.communicate()
        if journal.exists() and journal.stat().st_size:
            try:
                with SqliteJournal.read(journal) as record:
                    if record.head().seq >= least:
                        return record.head().seq
            except Exception as error:  # not made yet, or not whole yet
                assert type(error).__name__ in ("InputError", "SQLError", "BusyError"), error
        time.sleep(0.02)
    raise AssertionError("nothing recorded")


def holds(journal: Path) -> bool:
    with SqliteJournal.read(journal) as record:
        return verify(record, Run.of_journal(record).new_decider()).holds


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cases(tmp_path_factory.mktemp("plant"), ORDERS)


@pytest.fixture(scope="module")
def uninterrupted(plant: Path) -> Path:
    """The journal of a run that nothing disturbed."""
    journal = plant.parent / "whole.db"
    done = subprocess.run(words(plant, journal, "--json"), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["total"]["finished"]["mean"] == 2 * ORDERS
    return journal


def goes_on_to_the_same_end(plant: Path, journal: Path, uninterrupted: Path) -> None:
    assert holds(journal)
    done = subprocess.run(words(plant, journal, "--resume"), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert holds(journal)
    with SqliteJournal.read(journal) as one, SqliteJournal.read(uninterrupted) as other:
        assert one.head().seq == other.head().seq
    assert same_state(state_of(journal).state, state_of(uninterrupted).state)


def test_a_killed_run(plant: Path, uninterrupted: Path, tmp_path: Path) -> None:
    process = start(plant, tmp_path / "run.db", "--speed", "60000x")
    seen = wait_for_records(tmp_path / "run.db", 1000, process)
    process.kill()
    process.communicate()
    with SqliteJournal.read(tmp_path / "run.db") as record, SqliteJournal.read(uninterrupted) as whole:
        assert seen <= record.head().seq < whole.head().seq
    goes_on_to_the_same_end(plant, tmp_path / "run.db", uninterrupted)


def test_ctrl_c(plant: Path, uninterrupted: Path, tmp_path: Path) -> None:
    process = start(plant, tmp_path / "run.db", "--speed", "60000x")
    wait_for_records(tmp_path / "run.db", 500, process)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=600)
    assert process.returncode == 130
    assert f"to go on: linewright run {plant} --journal {tmp_path / 'run.db'} --resume" in told
    assert "Traceback" not in told
    with SqliteJournal.read(tmp_path / "run.db") as record:
        assert record.snapshot().seq == record.head().seq  # recovery needs no replay
    goes_on_to_the_same_end(plant, tmp_path / "run.db", uninterrupted)


def test_a_full_disk(plant: Path, uninterrupted: Path, tmp_path: Path) -> None:
    process = start(plant, tmp_path / "run.db", disk=600_000)
    _, told = process.communicate(timeout=600)
    assert process.returncode == 2
    assert str(tmp_path / "run.db") in told and "make room and resume" in told
    assert "Traceback" not in told
    with SqliteJournal.read(tmp_path / "run.db") as record:
        assert record.head().seq > 0
    goes_on_to_the_same_end(plant, tmp_path / "run.db", uninterrupted)


def test_a_finished_run_has_nothing_to_go_on_with(plant: Path, uninterrupted: Path) -> None:
    before = uninterrupted.stat().st_size
    done = subprocess.run(
        words(plant, uninterrupted, "--resume", "--json"), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["total"]["finished"]["mean"] == 2 * ORDERS
    assert uninterrupted.stat().st_size >= before


def test_the_journal_of_another_plant_is_not_gone_on_with(
    plant: Path, uninterrupted: Path, tmp_path: Path
) -> None:
    other = write_cases(tmp_path, ORDERS - 1)
    done = subprocess.run(
        words(other, uninterrupted, "--resume"), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 2
    assert "not those of this run" in done.stderr
    done = subprocess.run(
        words(plant, uninterrupted, "--resume", "--seed", "99"), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 2 and "this run has the seed 5" in done.stderr


def test_an_earlier_journal_is_kept(tmp_path: Path) -> None:
    plant = write_cases(tmp_path, 2)
    for kept in ("", "is kept as"):
        done = subprocess.run(words(plant, tmp_path / "run.db"), capture_output=True, text=True, timeout=600)
        assert done.returncode == 0 and kept in done.stderr
    assert holds(tmp_path / "run.db") and holds(tmp_path / "run-1.db")


def test_a_line_that_stands_still_says_so(tmp_path: Path) -> None:
    """Sheets run out and none are ordered; the calendar alone would go on for ever."""
    plant = write_cases(tmp_path)
    plant.write_text(plant.read_text().replace("stock: 5000", "stock: 40"))
    done = subprocess.run(words(plant, tmp_path / "run.db"), capture_output=True, text=True, timeout=600)
    assert done.returncode == 2
    assert "the line stands still" in done.stderr and "Traceback" not in done.stderr
    assert "By material" in done.stdout  # the report all the same


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_the_line_is_drawn_in_a_terminal(tmp_path: Path) -> None:
    plant = write_cases(tmp_path, 20)
    ours, theirs = os.openpty()
    command = words(plant, tmp_path / "run.db", "--speed", "15000x")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        drawn = b""
        try:
            while piece := os.read(ours, 65536):
                drawn += piece
        except OSError:  # the other end is closed
            pass
        process.communicate(timeout=600)
    text = drawn.decode()
    for part in ("press", "off shift", "processing", "lid", "20 of 20 orders done", "\x1b["):
        assert part in text
    os.close(ours)
