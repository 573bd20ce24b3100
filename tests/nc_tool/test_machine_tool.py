"""The virtual machine tool: time, position, alarms, wear, probing."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewright.errors import InputError
from linewright.nc.machine_check import MachineCheck
from linewright.nc.machine_file import MachineFile, read_machine
from linewright.nc.machine_time import MachineTime
from linewright.nc.machine_tool import Correction, Execution, MachineTool, ToolState
from linewright.nc.source import Source

VALVE_BLOCK = Path(__file__).parents[2] / "examples" / "valve-block"
AXIS = {"velocity_mm_s": 100.0, "acceleration_mm_s2": 1e6}
CHECK = {
    "travel_mm": {"x": [-100, 100], "z": [-300, 100]},
    "stock_mm": {"system": "G54", "x": [0, 40], "y": [0, 40], "z": [-20, 0]},
    "tools": [{"number": 1, "length_mm": 50.0, "diameter_mm": 8.0}, {"number": 2, "length_mm": 80.0}],
}


def mill(**more: object) -> MachineFile:
    return MachineFile(
        "mill",
        check=MachineCheck.model_validate(CHECK),
        time=MachineTime.model_validate({"axes": dict.fromkeys("xyz", AXIS), **more}),
    )


def tool(*words: str, tools: tuple[ToolState, ...] = (), **more: object) -> MachineTool:
    """A machine with a program chosen: G21 G90, tool 1, then the blocks given."""
    machine = MachineTool(mill(tool_change={"fixed_s": 0.0}, **more), tools)
    machine.load(program(*words))
    return machine


def program(*words: str) -> Source:
    return Source("p.ngc", "\n".join(["G21 G90 T1 M6", *words, "M2", ""]).encode())


def test_the_axes_are_where_the_program_has_got_to() -> None:
    machine = tool("F600 S100 M3", "G1 X40", "G3 X20 Y20 I-20 J0", "G4 P3", spindle={"acceleration_rpm_s": 1e9})
    assert machine.start(100.0)
    half = machine.show(102.0)
    assert half.execution is Execution.ACTIVE
    assert half.position[0] == pytest.approx(20.0, abs=0.01)
    assert (half.line, half.block, half.feed_mm_s) == (3, "G1 X40", pytest.approx(10.0, abs=0.01))
    assert half.spindle_rpm == 100.0
    quarter_s = math.pi * 20 / 2 / 10
    arc = machine.show(104.0 + quarter_s / 2).position
    assert arc[:2] == pytest.approx((20 + 20 * math.cos(math.pi / 4), 20 * math.sin(math.pi / 4)), abs=0.02)
    assert machine.show(104.0 + quarter_s + 1.5).block == "G4 P3"
    end_s = machine.next_s()
    assert end_s == pytest.approx(107.0 + quarter_s, abs=0.01)
    assert machine.show(end_s).execution is Execution.READY
    assert machine.show(end_s).position[:2] == (20.0, 20.0)


def test_time_in_one_step_or_in_many_comes_to_the_same() -> None:
    one, many = (MachineTool(read_machine(VALVE_BLOCK / "mill.yaml")) for _ in range(2))
    for machine in (one, many):
        machine.load(VALVE_BLOCK / "nc" / "op10.ngc")
        assert machine.start(0.0)
    end_s = one.next_s()
    one.advance(end_s)
    for now_s in np.linspace(0.0, end_s, 1000):
        many.advance(float(now_s))
    assert one.execution is many.execution is Execution.READY
    assert [t.used_s for t in many.tools.values()] == pytest.approx([t.used_s for t in one.tools.values()])
    assert one.tools[2].used_s == pytest.approx(186.0, abs=3.0)


def test_feed_hold_and_cycle_start() -> None:
    machine = tool("G1 X10 F600")
    machine.start(0.0)
    machine.hold(0.5)
    assert machine.show(30.0).position[0] == pytest.approx(5.0, abs=0.05)
    assert machine.show(30.0).feed_mm_s == 0.0
    assert machine.next_s() == math.inf
    machine.start(30.0)
    assert machine.next_s() == pytest.approx(30.5, abs=0.01)


def test_m0_waits_for_somebody() -> None:
    machine = tool("G1 X10 F600", "M0", "G1 X20")
    machine.start(0.0)
    assert machine.show(50.0).execution is Execution.INTERRUPTED
    assert machine.show(50.0).position[0] == 10.0
    assert machine.show(50.0).block == "M0"
    machine.start(60.0)
    assert machine.show(62.0).execution is Execution.READY
    assert machine.show(62.0).position[0] == 20.0


@pytest.mark.parametrize(
    ("block", "code", "words", "stands_at"),
    [
        ("G1 X150", "soft-limit", "axis X+ would pass its travel", 10.0),
        ("G2 I-60", "soft-limit", "axis X-", 10.0),
        ("G1 X20 F0", "program", "feed_missing", 10.0),
        ("T9 M6", "program", "tool: tool 9 is not in the tool table", 10.0),
        ("G38.2 X30 F600", "program", "probe: G38.2: no contact up to the target", 30.0),
    ],
)
def test_an_alarm_stops_it_until_it_is_reset(block: str, code: str, words: str, stands_at: float) -> None:
    machine = tool("G0 Z90", "G1 X10 F600", block, "G1 X11")
    machine.start(0.0)
    shown = machine.show(1000.0)
    assert shown.execution is Execution.STOPPED
    assert shown.alarm is not None
    assert (shown.alarm.code, shown.alarm.line) == (code, 4)
    assert words in shown.alarm.message
    assert shown.position[0] == pytest.approx(stands_at)
    assert shown.feed_mm_s == shown.spindle_rpm == 0.0
    assert not machine.start(1001.0)
    machine.reset(1002.0)
    assert machine.show(1002.0).execution is Execution.READY
    assert machine.start(1003.0)  # from the beginning: it comes to the same end
    assert machine.show(2000.0).alarm == shown.alarm


def test_the_red_button_stops_at_once_and_wears_no_further() -> None:
    machine = tool("G1 X10 F60")
    machine.start(0.0)
    machine.emergency_stop(4.0)
    assert machine.tools[1].used_s == pytest.approx(4.0, abs=0.01)
    assert machine.show(9.0).position[0] == pytest.approx(4.0, abs=0.02)
    assert machine.tools[1].used_s == pytest.approx(4.0, abs=0.01)


def test_wear_grows_with_cutting_time_and_moves_what_is_measured() -> None:
    machine = tool("G1 X10 F60", "G0 X0", "G4 P100", tools=(ToolState(1, life_s=40.0, wear_mm=0.02),))
    for _ in range(4):
        machine.start(machine.show(0.0).position[0])  # any time: the clock never goes back
        machine.advance(machine.next_s())
    assert machine.tools[1].used_s == pytest.approx(40.0, abs=0.01)
    assert machine.measured_shift_mm(1) == pytest.approx(0.02, abs=1e-5)
    machine.correct(Correction("a", 1, length_mm=-0.02))
    assert machine.measured_shift_mm(1) == pytest.approx(0.0, abs=1e-5)
    machine.change_tool(1)
    assert machine.measured_shift_mm(1) == 0.0


def test_a_worn_out_tool_is_not_taken() -> None:
    machine = tool("G1 X10 F60", "G0 X0", tools=(ToolState(1, life_s=15.0),))
    machine.start(0.0)
    machine.advance(100.0)
    machine.start(100.0)
    machine.advance(200.0)  # lasts to the end of the second part, though it is worn out by then
    machine.start(200.0)
    alarm = machine.show(201.0).alarm
    assert alarm is not None and (alarm.code, alarm.message) == ("worn-tool", "tool 1 is worn out")
    machine.reset(202.0)
    machine.change_tool(1)
    assert machine.start(203.0) and machine.show(203.5).alarm is None


def test_a_probe_touches_the_stock_box_and_stops_there() -> None:
    machine = tool("G43 H1", "G0 X20 Y20 Z30", "G38.2 Z-10 F600", "#500=#5063 #501=#5070", "G0 Z30", "G38.3 X100 F600")
    machine.start(0.0)
    positions = [machine.show(1.0 + t / 50).position[2] for t in range(400)]
    assert min(positions) == pytest.approx(50.0, abs=0.01)  # tip on the stock (Z0), axis 50 mm higher
    assert machine.show(100.0).execution is Execution.READY
    assert machine.show(100.0).position[0] == 100.0  # above the stock nothing is touched, and G38.3 need not


def test_a_program_cannot_be_changed_while_one_runs() -> None:
    machine = tool("G1 X10 F60")
    machine.start(0.0)
    with pytest.raises(InputError, match="ACTIVE"):
        machine.load(program("G0 X1"))


def test_variables_outlive_the_program() -> None:
    machine = tool("#600=7", "G10 L2 P1 X5")
    machine.start(0.0)
    machine.advance(10.0)
    machine.load(program("G0 X#600"))
    machine.start(20.0)
    assert machine.show(30.0).position[0] == 12.0


def test_a_length_correction_moves_the_axis_at_the_next_start() -> None:
    machine = tool("G43 H1", "G1 Z0 F600")
    machine.correct(Correction("a", 1, length_mm=0.05))
    machine.start(0.0)
    assert machine.show(100.0).position[2] == pytest.approx(50.05)
    assert machine.show(100.0).tool_offset_mm == pytest.approx(50.05)


def test_the_picture_says_how_far_the_program_is() -> None:
    machine = tool("G1 X10 F600", "G2 X20 I5", "G1 X30")
    machine.start(0.0)
    timeline = machine.timeline
    assert timeline is not None
    points, of = timeline.polyline()
    assert len(points) == len(of)
    assert np.diff(of).min() >= 0
    index = timeline.index(1.5)
    run = points[: np.searchsorted(of, index, side="right")]
    assert run[-1] == pytest.approx(timeline.moves[index]["end"][:3])
    middle = points[of == index][:-1]
    assert np.hypot(middle[:, 0] - 15, middle[:, 1]) == pytest.approx(np.full(len(middle), 5.0))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["go", "start", "hold", "reset", "stop"]), st.floats(0, 5)), max_size=30))
def test_whatever_is_pressed_the_machine_stays_sane(presses: list[tuple[str, float]]) -> None:
    machine = tool("G1 X10 F600", "M0", "G3 X0 Y10 R10", "G38.2 Z-20 F300", "G0 X20")
    now_s, used_s = 0.0, 0.0
    for key, seconds in presses:
        now_s += seconds
        press = {"go": machine.advance, "start": machine.start, "hold": machine.hold, "reset": machine.reset,
                 "stop": machine.emergency_stop}[key]  # fmt: skip
        press(now_s)
        shown = machine.show(now_s)
        assert np.isfinite(shown.position).all()
        assert 0.0 <= shown.done <= 1.0
        assert (shown.alarm is not None) == (shown.execution is Execution.STOPPED)
        assert machine.tools[1].used_s >= used_s
        assert machine.next_s() >= now_s
        used_s = machine.tools[1].used_s
