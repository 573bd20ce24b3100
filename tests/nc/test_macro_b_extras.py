"""What Fanuc-style controls have besides: modal macros, turned and scaled coordinates, registers, empty variables."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import run_program
from linewright.nc.faults import Category
from linewright.nc.moves import Kind
from linewright.nc.setup import Setup, Tool


def ends(text: str, setup: Setup | None = None) -> list[list[float]]:
    """End points of the motions, X Y Z."""
    run, moves = run_program(text, setup, dialect="fanuc")
    assert run.fault is None, run.fault
    return moves["end"][moves["kind"] <= Kind.TAP][:, :3].round(6).tolist()


def test_a_modal_macro_is_called_after_every_motion() -> None:
    text = "G66 P10 Z2. A5.\nG0 X1.\nG4 P1\nX2.\nG67\nX3.\nM30\nO10\nG91 G0 Y#1\nZ#26\nG90\nM99\n"
    assert ends(text) == [[1, 0, 0], [1, 5, 0], [1, 5, 2], [2, 5, 2], [2, 10, 2], [2, 10, 4], [3, 10, 4]]


def test_a_modal_macro_holds_for_long_programs_too() -> None:
    text = "G66 P10\n" + "G0 X1.\nX2.\n" * 40 + "G67\nM30\nO10\nG91 Y1.\nG90\nM99\n"
    assert ends(text)[-1] == [2, 80, 0]


def test_g68_turns_about_a_point() -> None:
    text = "G54 G90\nG68 X10. Y0. R90.\nG0 X20. Y0.\nG1 X20. Y5. F100.\nG69\nG0 X20. Y0.\nM30\n"
    assert ends(text, Setup(parameters={5221: 100.0})) == [[110, 10, 0], [105, 10, 0], [120, 0, 0]]


def test_the_place_stays_where_it_is_when_the_coordinates_turn() -> None:
    text = "G0 X20. Y0.\nG68 X10. Y0. R90.\nG91 G0 X5.\nG90\nG69\nG91 X5.\nM30\n"
    assert ends(text) == [[20, 0, 0], [20, 5, 0], [25, 5, 0]]


def test_arcs_turn_with_the_coordinates() -> None:
    _, moves = run_program("G68 X0 Y0 R90.\nG1 X10. F100.\nG3 X0. Y10. I-10.\nM30\n", dialect="fanuc")
    arc = moves[moves["kind"] == Kind.ARC_CCW][0]
    assert arc["start"][:2] == pytest.approx([0, 10]) and arc["end"][:2] == pytest.approx([-10, 0])
    assert arc["centre"][:2] == pytest.approx([0, 0], abs=1e-12)


def test_g51_scales_about_a_point() -> None:
    text = "G51 X10. Y10. Z0. P500\nG0 X20. Y10. Z4.\nG2 X10. Y0. R10. F100.\nG50\nG0 X20.\nM30\n"
    assert ends(text) == [[15, 10, 2], [10, 5, 2], [20, 5, 2]]


@settings(max_examples=50, deadline=None)
@given(st.floats(-360, 360), st.floats(-50, 50), st.floats(-50, 50), st.floats(0.1, 10))
def test_turned_and_scaled_lengths(angle: float, x: float, y: float, factor: float) -> None:
    text = (
        f"G51 X{x:.3f} Y{y:.3f} P{factor * 1000:.0f}\nG68 X{y:.3f} Y{x:.3f} R{angle:.3f}\nG0 X0. Y0.\nX30. Y40.\nM30\n"
    )
    run, moves = run_program(text, dialect="fanuc")
    assert run.fault is None
    a, b = moves["end"][0][:2], moves["end"][1][:2]
    assert math.dist(a, b) == pytest.approx(50 * round(factor * 1000) / 1000, rel=1e-9)


def test_further_coordinate_systems() -> None:
    text = "G10 L20 P48 X7. Y1.\n#7001=100.\nG54.1 P48\nG0 X0 Y0\nG54.1 P1\nX1.\nG54 X0 Y0\nM30\n"
    assert ends(text) == [[7, 1, 0], [101, 1, 0], [0, 0, 0]]


def test_geometry_and_wear_are_registers_of_their_own() -> None:
    setup = Setup(tools={3: Tool(3, 3, (0, 0, 100.0, 0, 0, 0), 10.0)})
    text = "G10 L11 P3 R.25\nG43 H3 G0 Z0\n#10003=#10003+.5\nG43 H3 Z1.\nG91 G10 L11 P3 R-.75\nG90 G43 H3 Z2.\nM30\n"
    assert [end[2] for end in ends(text, setup)] == [100.25, 101.75, 102.0]
    run, _ = run_program("#1=#11003\n#2=#13003\nM30\n", setup, dialect="fanuc")
    assert (run.numbered[1], run.numbered[2]) == (100.0, 5.0)


def test_radius_wear_moves_the_compensated_path() -> None:
    setup = Setup(tools={3: Tool(3, 3, diameter_mm=10.0)})
    text = "#12003=-.5\nG41 D3 G1 X20. Y0 F100.\nX40.\nX60.\nG40\nM30\n"
    assert ends(text, setup)[0] == [20, 4.5, 0]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("#1 EQ #0", True),
        ("#0 EQ #0", True),
        ("#2 EQ #0", False),
        ("#1 NE #0", False),
        ("#2 NE #0", True),
        ("#1 EQ 0", False),
        ("#1 NE 0", True),
        ("[#1+0] EQ 0", True),
        ("#1 LT 1", True),
        ("#1 GE 0", True),
        ("ABS[#1] EQ 0", True),
        ("#0", False),
    ],
)
def test_an_empty_variable_is_not_zero(condition: str, holds: bool) -> None:
    run, _ = run_program(f"#2=0\n#3=0\nIF[{condition}] THEN #3=1\nM30\n", dialect="fanuc")
    assert run.fault is None
    assert run.numbered[3] == float(holds)


def test_a_word_with_an_empty_variable_is_not_there() -> None:
    assert ends("G0 X1. Y#1\n#2=#1\nZ#2 X2.\nG65 P10 A3.\nM30\nO10\nG0 X#1 Y#2\nM99\n") == [
        [1, 0, 0],
        [2, 0, 0],
        [3, 0, 0],
    ]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("G66 A1.\n", Category.MISSING_WORD),
        ("G68 X1.\n", Category.MISSING_WORD),
        ("G18 G68 X0 R10.\n", Category.MODAL_STATE),
        ("G51 X0 P0\n", Category.RANGE),
        ("G54.1 P0\n", Category.RANGE),
        ("G10 L11 P0 R1.\n", Category.RANGE),
        ("G10 L11 P3\n", Category.MISSING_WORD),
        ("#0=1\n", Category.PARAMETER),
        ("#[#1]=1\n", Category.PARAMETER),
        ("GOTO #1\n", Category.RANGE),
        ("G68 G1 X1. R10.\n", Category.MODAL_CONFLICT),
    ],
)
def test_faults(text: str, category: Category) -> None:
    run, _ = run_program(f"{text}M30\n", dialect="fanuc")
    assert run.fault is not None
    assert run.fault.category == category


def test_other_dialects_do_not_know_them() -> None:
    for code in ("G66 P1", "G68 X1 R1", "G51 P2000", "G54.1 P1"):
        run, _ = run_program(f"{code}\nM30\n")
        assert run.fault is not None
        assert run.fault.category in (Category.UNKNOWN_CODE, Category.UNSUPPORTED_DIALECT)
