"""The commands simulate, forecast and report: what they print, write and refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from linewright.cli import main

PLANT = """
plant: two
materials: { part: {} }
stations: { saw: { queue: unlimited }, mill: { queue: 4 } }
routes:
  part:
    - cut:  { at: saw, time: { dist: exponential, mean: 3 s } }
    - mill: { at: mill, time: 4 s }
"""
STREAM = "orders: { streams: [ { every: { dist: exponential, mean: 6 s }, material: part } ] }"


@pytest.fixture
def plant(tmp_path: Path) -> str:
    path = tmp_path / "plant.yaml"
    path.write_text(PLANT + STREAM)
    return str(path)


def read(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_simulate_prints_one_object(plant: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--length", "2 h", "--warm-up", "5 min", "--replications", "6", "--json"]
    assert main(["simulate", plant, *options]) == 0
    facts = read(capsys)
    found = facts["total"]["throughput_per_h"]
    assert found["low"] < 600.0 < found["high"]
    assert facts["materials"]["part"]["lead_time_s"]["mean"] > 7.0
    assert sum(facts["stations"]["mill"]["state_shares"].values()) == pytest.approx(1.0)
    assert main(["simulate", plant, *options, "--threads", "1"]) == 0
    assert read(capsys) == facts


def test_once_compiled_nothing_imports_the_compiler(plant: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["simulate", plant, "--length", "2 h", "--warm-up", "5 min", "--replications", "6", "--json"]
    assert main(words) == 0
    script = f"import sys; from linewright.cli import main; main({words!r}); print('numba' in sys.modules)"
    again = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert again.stdout == capsys.readouterr().out + "False\n"


def test_simulate_writes_what_report_reads(plant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, page, folder = tmp_path / "kept.npz", tmp_path / "page.html", tmp_path / "tables"
    options = ["--length", "1 h", "--warm-up", "5 min", "--replications", "5"]
    files = ["--save", str(kept), "--html", str(page), "--parquet", str(folder)]
    assert main(["simulate", plant, *options, *files]) == 0
    text = capsys.readouterr().out
    assert "Bottleneck" in text
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (folder / "stations.parquet").exists()
    assert main(["report", str(kept)]) == 0
    again = capsys.readouterr().out
    assert text.startswith(again)


def test_orders_are_run_to_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant, orders = tmp_path / "plant.yaml", tmp_path / "orders.csv"
    plant.write_text(PLANT)
    orders.write_text("order,material,quantity,due\nA,part,10,60 s\nB,part,5,1 h\n")
    assert main(["simulate", str(plant), "--orders", str(orders), "--json"]) == 0
    facts = read(capsys)
    assert facts["run"]["kind"] == "until the orders are done"
    assert facts["total"]["finished"]["mean"] == 15.0
    assert facts["materials"]["part"]["orders"]["done"]["mean"] == 2.0
    assert main(["forecast", str(plant), "--orders", str(orders), "--futures", "50", "--json"]) == 0
    facts = read(capsys)
    assert [order["order"] for order in facts["orders"]] == ["A", "B"]
    done = facts["orders"][1]["done_s"]
    assert 60.0 < done["0.1"] < done["0.5"] < done["0.9"] < 200.0
    assert facts["all_done_s"] == done
    assert facts["orders"][1]["on_time"] == 1.0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--length", "two weeks"], "--length"),
        (["--length", "5 mm"], "--length"),
        (["--precision", "5x"], "not a share"),
        (["--replications", "0"], "replications"),
    ],
)
def test_bad_options_are_refused(
    plant: str, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", plant, *options]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("command", ["simulate", "forecast"])
def test_a_file_that_cannot_be_written_is_said_before_any_work_is_done(
    command: str, plant: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(f"linewright.commands.{command}.get_compiled", pytest.fail)
    assert main([command, plant, "--html", "/nowhere/at/all.html"]) == 2
    assert capsys.readouterr().err == "/nowhere/at/all.html: --html: there is no folder '/nowhere/at'\n"


def test_a_folder_is_no_file_and_a_file_no_folder(
    plant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", plant, "--html", str(tmp_path), "--parquet", plant]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0].endswith("--html: is a folder, a file is expected")
    assert said[1].endswith("--parquet: is a file, a folder is expected")


def test_a_missing_file_of_orders_is_blamed_on_the_option(plant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", plant, "--orders", "nowhere.csv"]) == 2
    assert capsys.readouterr().err == "nowhere.csv: --orders: there is no such file\n"
