"""System variables of macro B: positions and modes to read, alarms and stops to raise."""

from __future__ import annotations

import pytest

from conftest import run_program
from linewright.nc.faults import Category
from linewright.nc.moves import Kind

START = "O1\nG21 G90 G54 F100.\nG10 L2 P1 X10. Y0 Z0\nG0 X5. Y6. Z7.\n"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("#5041", 5.0),
        ("#5002", 6.0),
        ("#5021", 15.0),
        ("#[5040+3]", 7.0),
        ("#4001", 0.0),
        ("#4002", 17.0),
        ("#4003", 90.0),
        ("#4005", 94.0),
        ("#4006", 21.0),
        ("#4007", 40.0),
        ("#4008", 49.0),
        ("#4009", 80.0),
        ("#4010", 98.0),
        ("#4014", 54.0),
        ("#4109", 100.0),
        ("#4119", 0.0),
        ("#4120", 0.0),
        ("FIX[-2.7]", -2.0),
        ("FUP[-2.2]", -3.0),
    ],
)
def test_a_variable_of_the_system_is_read(variable: str, value: float) -> None:
    run, _ = run_program(f"{START}#100={variable}\nM30\n", dialect="fanuc")
    assert run.fault is None
    assert run.numbered[100] == value


def test_a_program_raises_an_alarm_of_its_own() -> None:
    run, _ = run_program(f"{START}IF[#5041 GT 3.]GOTO 9\nM30\nN9 #3000=12(TOO LONG)\nM30\n", dialect="fanuc")
    assert run.fault is not None
    assert (run.fault.category, run.fault.line) == (Category.ALARM, 7)
    assert run.fault.message == "the program raises alarm 3012: TOO LONG"
    run, _ = run_program(f"{START}IF[#5041 GT 3.] THEN #3000=1\nM30\n", dialect="fanuc")
    assert run.fault is not None and run.fault.category == Category.ALARM


def test_a_program_stops_with_a_message() -> None:
    run, moves = run_program(f"{START}#3006=1(TURN THE PART)\nG0 X0\nM30\n", dialect="fanuc")
    assert run.fault is None
    assert (moves["kind"] == Kind.STOP).sum() == 1
    assert "TURN THE PART" in [note.message for note in run.notes]


def test_other_dialects_keep_them_as_any_other() -> None:
    run, _ = run_program("#3000=1\n#100=#5041\nG90 G0 X3\n#101=#5041\nM2\n")
    assert run.fault is None
    assert run.numbered[100:102] == [0.0, 0.0]
