"""Calibration: from made logs the truth comes back, real logs of one program predict another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from timing_pack import REFERENCE, moves_of

from linewright.errors import InputError
from linewright.nc.calibrate import compare, fit_machine, observable_keys, observe, with_values
from linewright.nc.cycle_time import cycle_time
from linewright.nc.machine_logs import read_log
from linewright.nc.machine_time import MachineTime

NIST = REFERENCE / "nist-box"
HEAD = "G21 G90 G94 G17\n"


def machine(**parts: object) -> MachineTime:
    axes = {
        axis: {"velocity_mm_s": 300.0, "acceleration_mm_s2": 2000.0, "jerk_mm_s3": 20000.0} for axis in "xyz"
    }
    return MachineTime.model_validate({"axes": axes, "control": {"centripetal_mm_s2": 600.0}, **parts})


def zigzag(count: int) -> np.ndarray:
    lines = [f"G1 X{8 * (k % 2) + 0.3 * k:.3f} Y{k * 0.7:.3f} F4000\nG3 I1 J0 F3000\n" for k in range(count)]
    lines.insert(count // 2, "T2 M6\n")
    return moves_of(HEAD + "T1 M6\nS6000 M3\n" + "".join(lines) + "M5\nM30\n")


def write_log(
    path: Path, moves: np.ndarray, truth: MachineTime, feed: float = 1.0, stop_s: float = 0.0
) -> Path:
    """A log as an adapter writes it while `truth` runs the program at an override, with one stop by hand."""
    override = np.full(len(moves), feed)
    timed = cycle_time(moves, truth, override)
    rows = [(0.0, "Feed_Override", f"{100 * feed:.3f}"), (0.0, "Program_Status", "ACTIVE")]
    at = truth.overheads.program_s
    middle = int(moves["line"][len(moves) // 2])
    for line in np.unique(moves["line"]):
        rows.append((at, "Block_Number", str(line)))
        if line == middle and stop_s:
            rows += [(at, "Feed_Override", "0"), (at + stop_s, "Feed_Override", f"{100 * feed:.3f}")]
            at += stop_s
        at += float(timed.move_s[moves["line"] == line].sum())
    rows += [(0.5, "Current_Tool", "1.000"), (at, "Program_Status", "PROGRAM_COMPLETED")]
    text = [
        f"2017-02-07T{int(t // 3600):02d}:{int(t % 3600 // 60):02d}:{t % 60:09.6f}0Z|{item}|{value}\n"
        for t, item, value in sorted(rows, key=lambda row: row[0])
    ]
    path.write_text("".join(text) + "2017\n")
    return path


TRUTH = {
    "axes.acceleration_mm_s2": 900.0,
    "control.centripetal_mm_s2": 350.0,
    "spindle.acceleration_rpm_s": 2500.0,
    "tool_change.fixed_s": 6.5,
    "overheads.program_s": 1.5,
}


def test_log_is_read_with_its_stop_and_override(tmp_path: Path) -> None:
    moves, truth = zigzag(40), with_values(machine(), TRUTH)
    (run,) = read_log(write_log(tmp_path / "log.txt", moves, truth, feed=0.8, stop_s=12.0))
    seen = observe(moves, run)
    assert run.last_line == int(moves["line"].max())
    assert seen.stopped_s == pytest.approx(12.0, abs=1e-3)
    feeding = moves["feed"] > 0
    assert np.allclose(seen.override[feeding], 0.8)
    compared = compare(moves, seen, truth)
    assert compared.error == pytest.approx(0.0, abs=1e-3)
    assert max(abs(predicted - stretch.seconds) for stretch, predicted in compared.stretches) < 0.05


def test_fit_finds_the_machine_that_made_the_log(tmp_path: Path) -> None:
    moves, truth = zigzag(36), with_values(machine(), TRUTH)
    (run,) = read_log(write_log(tmp_path / "log.txt", moves, truth, feed=0.9, stop_s=7.0))
    fit = fit_machine(moves, [observe(moves, run)], machine(), list(TRUTH))
    for key, value in TRUTH.items():
        assert fit.values[key] == pytest.approx(value, rel=0.05), key
    other = moves_of(HEAD + "T1 M6\nF2500\n" + "".join(f"G1 X{k} Y{k % 3}\n" for k in range(200)) + "M30\n")
    assert cycle_time(other, fit.machine).program_s == pytest.approx(
        cycle_time(other, truth).program_s, rel=0.01
    )


def test_tool_change_is_not_fitted_where_none_happened(tmp_path: Path) -> None:
    moves = zigzag(5)
    path = write_log(tmp_path / "log.txt", moves, machine())
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "Current_Tool" not in line))
    (run,) = read_log(path)
    seen = observe(moves, run)
    assert seen.loaded_tool == 1
    moves = moves[moves["tool"] == 1]
    assert "tool_change.fixed_s" not in observable_keys(moves, [seen])


def test_paused_run_time_is_a_stop(tmp_path: Path) -> None:
    ticks = [*range(10), *range(40, 50)]
    rows = ["2017-02-07T10:00:00.000Z|Program_Status|ACTIVE\n2017-02-07T10:00:00.000Z|Block_Number|1\n"]
    rows += [f"2017-02-07T10:00:{second:02d}.000Z|Program_Runtime_Seconds|{second}\n" for second in ticks]
    path = tmp_path / "log.txt"
    path.write_text("".join(rows) + "2017-02-07T10:00:50.000Z|Program_Status|PROGRAM_COMPLETED\n")
    (run,) = read_log(path)
    assert run.held_s.sum() == pytest.approx(30.0)
    assert run.active_s == pytest.approx(50.0)


def test_unknown_key_and_empty_log_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="choose from"):
        fit_machine(zigzag(2), [], machine(), ["axes.mass_kg"])
    path = tmp_path / "log.txt"
    path.write_text("nothing\n")
    with pytest.raises(InputError, match="no event"):
        read_log(path)
