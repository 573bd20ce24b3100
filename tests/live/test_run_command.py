"""`linewright run` at its door: options, refusals, and the pace of virtual time."""

from __future__ import annotations

import asyncio
import json
import math
import time
from pathlib import Path

import pytest
from live_lines import set_up, write_cases

from linewright.cli import main
from linewright.journal import SqliteJournal
from linewright.live import state_of
from linewright.live.terminal import clock_words
from linewright.machines.virtual import Pace


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--speed", "fast"], "--speed: 'fast' is not a speed (write it as `60x` or `max`)"),
        (["--speed", "0x"], "--speed: '0x' is not a speed"),
        (["--until", "soon"], "--until"),
        (["--resume"], "cannot open it"),
        (["--journal", "nowhere/run.db"], "there is no folder"),
        (["--orders", "none.csv"], "none.csv"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_cases(tmp_path, 2)
    assert main(["run", "plant.yaml", *more]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("*.db"))  # nothing was written


def test_demand_without_end_needs_an_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant = write_cases(tmp_path)
    plant.write_text(plant.read_text().replace("{ from: orders.csv }", "{ saturated: [case] }"))
    journal = tmp_path / "run.db"
    assert main(["run", str(plant), "--journal", str(journal)]) == 2
    assert "--until: the orders of this plant never end" in capsys.readouterr().err
    assert main(["run", str(plant), "--journal", str(journal), "--until", "9 h", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["run"]["length_s"] == 9 * 3600.0
    assert facts["total"]["finished"]["mean"] == state_of(journal).state.material_tally.finished[3] > 0


def test_a_plant_without_orders_has_nothing_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant = write_cases(tmp_path)
    plant.write_text(plant.read_text().replace("orders: { from: orders.csv }\n", ""))
    assert main(["run", str(plant), "--journal", str(tmp_path / "run.db")]) == 2
    assert "there are no orders" in capsys.readouterr().err


def test_the_journal_is_named_after_the_plant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_cases(tmp_path, 2)
    assert main(["run", "plant.yaml", "--html", "run.html"]) == 0
    told = capsys.readouterr()
    with SqliteJournal.read(tmp_path / "cases.db") as record:
        head = record.head()
    assert f"journal: {head.seq:,} records, head {head.chain.hex()[:16]}" in told.out
    assert "2 of 2 orders done" in told.err
    assert (tmp_path / "run.html").read_text().startswith("<!")


def test_a_run_until_a_time_goes_on_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant, journal = str(write_cases(tmp_path)), str(tmp_path / "run.db")
    assert main(["run", plant, "--journal", journal, "--until", "7 h", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["total"]["finished"]["mean"]
    assert main(["run", plant, "--journal", journal, "--resume", "--json"]) == 0
    assert 0 < first < json.loads(capsys.readouterr().out)["total"]["finished"]["mean"] == 60


def test_paced_time(tmp_path: Path) -> None:
    """Seven hours at 36,000 times real time take 0.7 s, and the clock runs between events."""
    _, live = set_up(write_cases(tmp_path), tmp_path / "run.db", until_s=7 * 3600.0)
    live.machines.pace = Pace(36_000.0)
    seen = []

    async def run_and_look() -> None:
        running = asyncio.create_task(live.run())
        while not running.done():
            seen.append(live.clock())
            await asyncio.sleep(0.05)

    begun = time.monotonic()
    asyncio.run(run_and_look())
    assert time.monotonic() - begun >= 0.7
    assert seen == sorted(seen)
    assert len({t for t in seen if 0.0 < t < 6 * 3600.0}) >= 3  # nothing happens before six
    live.journal.close()


def test_pace() -> None:
    assert Pace(math.inf).wait_s(1e9) == 0.0
    pace = Pace(10.0)
    pace.start(100.0)
    assert 0.9 < pace.wait_s(110.0) <= 1.0
    assert pace.wait_s(99.0) == 0.0


@pytest.mark.parametrize(
    ("time_s", "said"), [(0.0, "Mon 00:00 (day 1)"), (8 * 86400.0 + 50_700.0, "Tue 14:05 (day 9)")]
)
def test_clock_words(time_s: float, said: str) -> None:
    assert clock_words(time_s) == said
