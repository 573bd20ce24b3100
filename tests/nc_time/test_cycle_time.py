"""Cycle time by block, tool and kind; what stands still; the machine file; the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from timing_pack import moves_of
from typer.testing import CliRunner

from linewright.errors import InputError
from linewright.nc.cycle_time import cycle_time, path_lengths_mm
from linewright.nc.machine_time import MachineTime, read_machine_time
from linewright.nc.moves import Kind, new_moves
from linewright.nc.time_cli import time

AXES = {axis: {"velocity_mm_s": 500.0, "acceleration_mm_s2": 2000.0} for axis in "xyz"}
HEAD = "G21 G90 G94 G17\n"


def machine(**parts: object) -> MachineTime:
    return MachineTime.model_validate({"axes": AXES, **parts})


def test_one_move_is_the_trapezoid_and_belongs_to_its_line() -> None:
    timed = cycle_time(moves_of(HEAD + "G61.1 G1 X100 F6000\nM2\n"), machine())
    assert timed.cutting_s == pytest.approx(100 / 100 + 100 / 2000)
    assert {block.line: block.seconds for block in timed.blocks()}[2] == pytest.approx(timed.cutting_s)
    assert timed.program_s == pytest.approx(timed.cutting_s + timed.idle_s)


def test_rapid_waits_for_the_slowest_axis() -> None:
    slow_z = {**AXES, "z": {"velocity_mm_s": 100.0, "acceleration_mm_s2": 500.0}}
    timed = cycle_time(moves_of(HEAD + "G0 X100 Z-100\nM2\n"), machine(axes=slow_z))
    assert timed.rapid_s == pytest.approx(100 / 100 + 100 / 500)


def test_arc_runs_at_the_centripetal_limit() -> None:
    moves = moves_of(HEAD + "F60000\nG2 I5 J0\nM2\n")
    timed = cycle_time(moves, machine(control={"centripetal_mm_s2": 500.0}))
    speed = (500.0 * 5.0) ** 0.5
    assert timed.cutting_s == pytest.approx(2 * np.pi * 5.0 / speed + speed / 2000.0)
    assert path_lengths_mm(moves).sum() == pytest.approx(2 * np.pi * 5.0)


def test_helix_and_full_turns_have_their_length() -> None:
    moves = moves_of(HEAD + "F600\nG2 X0 Y0 I5 J0 Z-3 P2\nM2\n")
    assert path_lengths_mm(moves).max() == pytest.approx(np.hypot(4 * np.pi * 5.0, 3.0))


def test_feed_per_revolution_and_surface_speed_follow_the_spindle() -> None:
    timed = cycle_time(moves_of(HEAD + "S1200 M3\nG95 G1 X100 F0.25\nM2\n"), machine())
    assert timed.cutting_s == pytest.approx(100 / 5.0 + 5.0 / 2000, rel=1e-6)
    move = new_moves(1)
    move["kind"], move["feed_mode"], move["feed"] = Kind.FEED, 2, 0.2
    move["start"][0, 0] = move["end"][0, 0] = 25.0
    move["end"][0, 2], move["css_m_s"], move["spindle_rpm"] = -50.0, 3.0, 5000.0
    speed = 0.2 * 3000.0 / (2 * np.pi * 25.0)
    assert cycle_time(move, machine()).cutting_s == pytest.approx(50 / speed + speed / 2000)


def test_rigid_tapping_goes_down_and_back_with_the_spindle() -> None:
    move = new_moves(1)
    move["kind"], move["end"][0, 2], move["pitch_mm"], move["spindle_rpm"] = Kind.TAP, -20.0, 1.25, 600.0
    speed, follow = 12.5, 1.25 * 3000.0 / 60.0
    timed = cycle_time(move, machine(spindle={"acceleration_rpm_s": 3000.0}))
    assert timed.cutting_s == pytest.approx(2 * (20 / speed + speed / follow))


def test_standing_times_are_counted_by_kind() -> None:
    program = HEAD + "T1 M6\nS6000 M3\nM8\nG4 P1.5\nM5\nT2 M6\nM0\nM30\n"
    timed = cycle_time(
        moves_of(program),
        machine(
            spindle={"acceleration_rpm_s": 3000.0, "settle_s": 0.5, "waits_to_stop": True},
            tool_change={"fixed_s": 4.0},
            overheads={"program_s": 2.0, "function_s": 0.25},
        ),
    )
    assert timed.tool_change_s == pytest.approx(8.0)
    assert timed.spindle_s == pytest.approx(2.0 + 0.5 + 2.0)
    assert timed.dwell_s == pytest.approx(1.5)
    assert timed.stops == 1
    assert timed.program_s == pytest.approx(8.0 + 4.5 + 1.5 + 2.0 + 0.25)
    assert [use.tool for use in timed.tools if use.changes] == [1, 2]


def test_tool_already_in_the_spindle_is_not_changed() -> None:
    moves = moves_of(HEAD + "T1 M6\nT1 M6\nT2 M6\nM2\n")
    changer = machine(tool_change={"fixed_s": 4.0})
    assert cycle_time(moves, changer).tool_change_s == pytest.approx(8.0)
    assert cycle_time(moves, changer, loaded_tool=1).tool_change_s == pytest.approx(4.0)


def test_magazine_moves_while_the_machine_cuts() -> None:
    changer = machine(tool_change={"fixed_s": 2.0, "pocket_s": 0.5, "pockets": 24})
    moves = moves_of(HEAD + "T10 M6\nT20\nG1 X100 F1200\nM6\nM2\n")
    pocket = {int(m["tool"]): int(m["tool_pocket"]) for m in moves[moves["kind"] == Kind.TOOL_CHANGE]}
    way = min(pocket[10] % 24, 24 - pocket[10] % 24) * 0.5
    timed = cycle_time(moves, changer)
    assert timed.tool_change_s == pytest.approx(2.0 + way + 2.0)  # the second one is ready when it is wanted


def test_half_the_override_takes_twice_the_time() -> None:
    moves = moves_of(HEAD + "G1 X1000 F600\nM2\n")
    assert cycle_time(moves, machine(feed_override=0.5)).cutting_s == pytest.approx(200.0, rel=1e-3)
    half = np.full(len(moves), 0.5)
    assert cycle_time(moves, machine(), override=half).cutting_s == pytest.approx(200.0, rel=1e-3)


def test_merged_chords_share_the_time_by_length() -> None:
    lines = "".join(f"G1 X{x / 10:.1f}\n" for x in range(1, 101))
    moves = moves_of(HEAD + "G64 P0.01\nF600\n" + lines + "M2\n")
    plain, merged = cycle_time(moves, machine()), cycle_time(moves, machine(control={"merge_most": 101}))
    assert merged.program_s == pytest.approx(plain.program_s, rel=1e-3)
    feeds = merged.move_s[moves["kind"] == Kind.FEED]
    assert feeds.sum() == pytest.approx(merged.cutting_s)
    assert np.ptp(feeds) < 1e-9


def test_slow_block_reading_bounds_short_blocks() -> None:
    lines = "".join(f"G1 X{x / 10:.1f}\n" for x in range(1, 101))
    timed = cycle_time(moves_of(HEAD + "F6000\n" + lines + "M2\n"), machine(control={"block_s": 0.02}))
    assert timed.cutting_s == pytest.approx(100 * 0.02, rel=0.02)


def test_move_without_speed_and_axis_without_limits_are_refused() -> None:
    move = new_moves(2)
    move["kind"], move["feed"], move["line"] = Kind.FEED, [0.0, 10.0], [7, 8]
    move["end"][0, 0] = move["start"][1, 0] = move["end"][1, 0] = 5.0
    move["end"][1, 3] = 90.0
    with pytest.raises(InputError) as caught:
        cycle_time(move, machine())
    assert [problem.line for problem in caught.value.problems] == [7, 8]
    assert "time.axes.a" in caught.value.problems[1].hint


def test_nothing_takes_no_time() -> None:
    assert cycle_time(new_moves(0), machine()).program_s == 0.0


def write(folder: Path, text: str) -> Path:
    path = folder / "machine.yaml"
    path.write_text(text)
    return path


GOOD = "name: mill\ntime:\n  axes:\n    x: {velocity_mm_s: 500, acceleration_mm_s2: 2000}\n"


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        (GOOD + "  contrl: {}\n", "time.contrl", "control"),
        (GOOD + "  spindle: {settle: 3}\n", "time.spindle.settle", "settle_s"),
        (GOOD.replace("500", "-1"), "time.axes.x.velocity_mm_s", ""),
        (GOOD.replace("    x:", "    q:"), "time.axes.q", "choose from"),
        ("name: mill\n", "", "axes"),
        ("time: [", "", ""),
    ],
)
def test_bad_machine_file_says_where(tmp_path: Path, text: str, key: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        read_machine_time(write(tmp_path, text))
    assert key in caught.value.problems[0].key
    assert hint in caught.value.problems[0].hint


def test_command_prints_seconds_by_block_tool_and_program(tmp_path: Path) -> None:
    program = tmp_path / "part.ngc"
    program.write_text(HEAD + "T3 M6\nG1 X10 F600\nM2\n")
    app = typer.Typer()
    app.command()(time)
    path = write(tmp_path, GOOD)
    result = CliRunner().invoke(app, [str(program), "--machine", str(path), "--json"])
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    assert data["program_s"] == pytest.approx(sum(block["seconds"] for block in data["blocks"]))
    assert {use["tool"] for use in data["tools"]} >= {3}
    text = CliRunner().invoke(app, [str(program), "--machine", str(path)])
    assert "cutting" in text.output


def test_command_takes_pockets_from_the_tools_of_the_machine_file(tmp_path: Path) -> None:
    program = tmp_path / "part.ngc"
    program.write_text(HEAD + "T3 M6\nM2\n")
    app = typer.Typer()
    app.command()(time)
    magazine = "  tool_change: {fixed_s: 2, pocket_s: 0.5, pockets: 24}\ncheck:\n  tools:\n"
    path = write(tmp_path, GOOD + magazine + "    - {number: 3, pocket: 8}\n")
    result = CliRunner().invoke(app, [str(program), "--machine", str(path), "--json"])
    assert json.loads(result.output)["tool_change_s"] == pytest.approx(2.0 + 8 * 0.5)
