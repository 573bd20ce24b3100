"""Totals in constant memory against the planner that sees the whole program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from linewright.nc import clock
from linewright.nc.clock import ProgramClock, total_time
from linewright.nc.cycle_time import cycle_time
from linewright.nc.machine_time import MachineTime
from linewright.nc.program_moves import read_moves

VALVE_BLOCK = Path(__file__).parents[2] / "examples" / "valve-block"
AXIS = {"velocity_mm_s": 200.0, "acceleration_mm_s2": 1000.0, "jerk_mm_s3": 20000.0}
MACHINE = MachineTime.model_validate(
    {
        "axes": dict.fromkeys("xyz", AXIS),
        "spindle": {"acceleration_rpm_s": 2000},
        "tool_change": {"fixed_s": 3, "pocket_s": 0.5, "pockets": 20},
        "overheads": {"program_s": 2},
    }
)


def same(moves: np.ndarray, pieces: list[np.ndarray], rel: float) -> None:
    whole, totals = cycle_time(moves, MACHINE).as_dict(), total_time(pieces, MACHINE).as_dict()
    for name in ("program_s", "cutting_s", "idle_s", "rapid_s", "tool_change_s", "spindle_s", "dwell_s", "stops"):
        assert totals[name] == pytest.approx(whole[name], rel=rel), name
    for one, other in zip(totals["tools"], whole["tools"], strict=True):
        assert one == pytest.approx(other, rel=rel)


def test_stop_to_stop_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    from linewright.nc.machine_file import read_machine

    monkeypatch.setattr(clock, "WINDOW", 20)
    check = read_machine(VALVE_BLOCK / "mill.yaml").check
    assert check is not None
    moves = read_moves(VALVE_BLOCK / "nc" / "op10.ngc", setup=check.setup())
    same(moves, np.array_split(moves, 40), 1e-9)


def test_without_stops_the_windows_overlap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(clock, "WINDOW", 500)
    monkeypatch.setattr(clock, "LONGEST", 1000)
    monkeypatch.setattr(clock, "MARGIN", 300)
    t = np.linspace(0, 40, 5000)
    words = [f"X{50 * np.cos(a):.3f} Y{40 * np.sin(1.3 * a):.3f} Z{a:.3f}\n" for a in t]
    head = "G21 G90 T1 M6\nT2\nS1000 M3\nG64 P0.01\nG1 F3000\n"
    (tmp_path / "p.ngc").write_text(f"{head}{''.join(words)}M6\nG0 X0\nM2\n")
    moves = read_moves(tmp_path / "p.ngc")
    same(moves, np.array_split(moves, 11), 1e-4)


def test_nothing_takes_only_the_overhead() -> None:
    assert ProgramClock(MACHINE).finish().program_s == 2.0


def test_q_of_g64_says_what_may_be_joined(tmp_path: Path) -> None:
    words = "".join(f"X{x / 10:.1f} Y{0.02 * (x % 2):.2f}\n" for x in range(1, 201))
    joined = MACHINE.changed(control={"merge_most": 101, "corners": "rounded", "tolerance_mm": 0.0})

    def seconds(code: str) -> float:
        (tmp_path / "p.ngc").write_text(f"G21 G90 {code}\nG1 F6000\n{words}M2\n")
        return cycle_time(read_moves(tmp_path / "p.ngc"), joined).cutting_s

    assert seconds("G64 P0.001 Q0.05") < 0.7 * seconds("G64 P0.001 Q0.001")
    assert seconds("G64 P0.05") == pytest.approx(seconds("G64 P0.05 Q0.05"))
