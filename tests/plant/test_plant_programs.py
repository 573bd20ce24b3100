"""Programs in the plant file: checked at load, and the source of times and tool uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from linewright.control.compile import compile_line
from linewright.errors import InputError
from linewright.nc.machine_file import read_machine
from linewright.nc.study import study_program
from linewright.plant.check import CheckedPlant, open_plant

VALVE_BLOCK = Path(__file__).parents[2] / "examples" / "valve-block"

MILL = """
name: mill
check: { travel_mm: { x: [-50, 50] }, tools: [ { number: 1, length_mm: 100 } ] }
time:
  axes: { x: { velocity_mm_s: 100, acceleration_mm_s2: 1000 }, z: { velocity_mm_s: 50, acceleration_mm_s2: 500 } }
"""
PROGRAM = "G21 G90 G17 G54\nT1 M6\nG43 H1\nS1000 M3\nG0 X0\nG1 X30 F600\nG1 X0\nG4 P4\nM30\n"
PLANT = """
plant: p
materials: {{ m: {{}} }}
stations: {{ mill: {{ {machine} tools: {{ {tools} }} }} }}
routes: {{ m: [ cut: {{ at: mill, program: m.ngc, {more} }} ] }}
orders: {{ saturated: [m] }}
"""


def load(
    folder: Path, program: str = PROGRAM, mill: str = MILL, machine: str = "machine_tool: mill.yaml,",
    tools: str = "T1: { life: 1 h cutting, change: 1 min }, T2: { life: 50, change: 1 min }", more: str = "",
) -> CheckedPlant:  # fmt: skip
    (folder / "mill.yaml").write_text(mill)
    (folder / "m.ngc").write_text(program)
    (folder / "plant.yaml").write_text(PLANT.format(machine=machine, tools=tools, more=more))
    return open_plant(folder / "plant.yaml")


def problems(folder: Path, **changes: str) -> list[str]:
    with pytest.raises(InputError) as raised:
        load(folder, **changes)
    return [str(problem).replace(str(folder) + "/", "") for problem in raised.value.problems]


def test_time_and_tool_use_come_from_the_program(tmp_path: Path) -> None:
    cut = load(tmp_path, more="handling: 20 s").plant.routes["m"][0]["cut"]
    study = study_program(tmp_path / "m.ngc", read_machine(tmp_path / "mill.yaml"))
    assert study.time is not None
    assert isinstance(cut.time, dict)
    assert cut.time["mill"].mean == 20.0 + study.time.program_s
    assert cut.uses == {"T1": study.time.cutting_s, "T2": 0.0}
    assert 6.0 < study.time.cutting_s < 6.1  # twice 30 mm at 10 mm/s
    assert study.time.dwell_s == 4.0


def test_a_tool_that_the_program_does_not_use_does_not_wear(tmp_path: Path) -> None:
    checked = load(tmp_path)
    line, _ = compile_line(checked.plant)
    first = line.task[0].first_use
    assert line.number[first] > 6.0
    assert line.number[first + 1] == 0.0


def test_what_is_written_goes_before_the_program(tmp_path: Path) -> None:
    cut = load(tmp_path, more="time: 3 min, uses: { T1: 90 s }").plant.routes["m"][0]["cut"]
    assert not isinstance(cut.time, dict)
    assert cut.time is not None and cut.time.mean == 180.0
    assert cut.uses == {"T1": 90.0}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"program": PROGRAM.replace("X30", "X60")}, "m.ngc:6: routes.m[0].cut.program: X goes to 60.000 mm"),
        ({"program": PROGRAM.replace("F600", "")}, "m.ngc:6: routes.m[0].cut.program: feed_missing"),
        ({"program": PROGRAM.replace("T1", "T7")}, "m.ngc:2: routes.m[0].cut.program: tool: tool 7 is not in"),
        ({"tools": "T1: { life: 5 s cutting, change: 1 min }"}, "tool T1 of 'mill' lives 0.0833 min of cutting"),
        ({"machine": ""}, "'mill' has no `machine_tool`: how long the program takes is not known"),
        ({"mill": "name: mill"}, "the machine file of 'mill' has no `time:`"),
        ({"mill": "name: mill\ntimes: {}"}, "mill.yaml: times: unknown part 'times' (did you mean 'time'?)"),
        ({"machine": "machine_tool: mil.yaml,"}, "stations.mill.machine_tool: there is no machine file 'mil.yaml'"),
        ({"program": PROGRAM.replace("X0", "Y5")}, "axis Y moves, and the machine has no limits for it"),
        ({"more": "time: 1 min, handling: 5 s"}, "`handling` is added to the time of a `program`"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_program_is_a_problem_of_the_plant(
    tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    found = problems(tmp_path, **changes)
    assert any(words in problem for problem in found), found


def test_an_operation_at_several_machines_has_a_time_at_each() -> None:
    steps = {name: step for entry in open_plant(VALVE_BLOCK / "plant.yaml").plant.routes["valve-block"]
             for name, step in entry.items()}  # fmt: skip
    assert isinstance(steps["op10"].time, dict)
    assert steps["op10"].time["mill-a"].mean == pytest.approx(50 + 274, abs=15)
    assert steps["op10"].uses["T2"] == pytest.approx(186, abs=2)
    assert steps["op10"].uses["T4"] > 0.0
