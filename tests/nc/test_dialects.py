"""Macro B, and cutter compensation against geometry worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import run_program
from linewright.errors import InputError
from linewright.nc.dialects import find_dialect
from linewright.nc.faults import Category
from linewright.nc.moves import Flag, Kind


def ends(text: str) -> list[list[float]]:
    """End points of the motions of a macro B program."""
    run, moves = run_program(text, dialect="fanuc")
    assert run.fault is None, run.fault
    return moves["end"][moves["kind"] <= Kind.TAP][:, :3].round(6).tolist()


def test_while_and_goto() -> None:
    loop = "#1=0\nWHILE[#1 LT 3]DO1\n#1=#1+1\nG0 X#1\nEND1\n"
    text = f"G21 G90\n{loop}IF[#1 EQ 3]GOTO 9\nG0 X99.\nN9 G0 Y1.\nM30\n"
    assert ends(text) == [[1, 0, 0], [2, 0, 0], [3, 0, 0], [3, 1, 0]]


def test_nested_loops() -> None:
    text = "#1=0\nWHILE[#1 LT 2]DO1\n#1=#1+1\n#2=0\nWHILE[#2 LT 2]DO2\n#2=#2+1\nG0 X#1 Y#2\nEND2\nEND1\nM30\n"
    assert ends(text) == [[1, 1, 0], [1, 2, 0], [2, 1, 0], [2, 2, 0]]


def test_macro_call_has_variables_of_its_own() -> None:
    text = "#1=7\nG65 P9010 A5. B[#1+1] X2.5\nG0 Z#1\nM30\nO9010\nG0 X#1 Y#2 Z#24\n#1=0\nM99\n"
    assert ends(text) == [[5, 8, 2.5], [5, 8, 7]]


def test_subprogram_repeats_in_front_of_the_number() -> None:
    text = "G91\nM98 P20020\nM98 P20 L1\nM30\nO0020\nG0 X1.\nM99\n"
    assert ends(text) == [[1, 0, 0], [2, 0, 0], [3, 0, 0]]


def test_return_to_a_block() -> None:
    text = "M98 P20\nG0 X9.\nN5 G0 X1.\nM30\nO0020\nM99 P5\n"
    assert ends(text) == [[1, 0, 0]]


def test_dwell_in_milliseconds() -> None:
    _, moves = run_program("G4 P1500\nG4 X2.\nM30\n", dialect="fanuc")
    assert moves["value"][moves["kind"] == Kind.DWELL].tolist() == [1.5, 2.0]


def test_what_the_dialect_leaves_open_is_noted() -> None:
    run, _ = run_program("G0 X100\nM25\nM30\n", dialect="fanuc")
    assert [note.code for note in run.notes] == ["undefined", "ignored"]
    assert run.notes[1].line == 2


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("GOTO 7\nM30\n", Category.OWORD),
        ("END1\nM30\n", Category.OWORD),
        ("WHILE[1 EQ 2]DO1\nM30\n", Category.OWORD),
        ("IF[1 EQ 1]\nM30\n", Category.OWORD),
        ("G65 A1.\nM30\n", Category.MISSING_WORD),
        ("O1 IF [1]\nO1 ENDIF\nM30\n", Category.UNSUPPORTED_DIALECT),
    ],
)
def test_faults_of_macro_b(text: str, category: Category) -> None:
    run, _ = run_program(text, dialect="fanuc")
    assert run.fault is not None
    assert run.fault.category == category


def test_unknown_dialect_names_the_nearest() -> None:
    with pytest.raises(InputError, match="fanuc"):
        find_dialect("fanok")


@settings(max_examples=60, deadline=None)
@given(
    st.integers(3, 9),
    st.floats(20, 60),
    st.floats(0.5, 6),
    st.sampled_from([("G41.1", -1), ("G42.1", 1)]),
)
def test_compensated_polygon_keeps_its_distance(
    count: int, size: float, radius: float, side: tuple[str, int]
) -> None:
    """Around a regular polygon on the outside, every move runs at the tool's radius from its edge."""
    code, turn = side
    corners = [
        (size * math.cos(turn * 2 * math.pi * i / count), size * math.sin(turn * 2 * math.pi * i / count))
        for i in range(count)
    ]
    blocks = [f"G1 X{x:.6f} Y{y:.6f}" for x, y in [*corners, *corners[:2]]]
    first = f"G0 X{corners[0][0] + 40:.6f} Y{-turn * 40:.6f}"
    text = "\n".join(["G21 G90 F100", first, f"{code} D{2 * radius:.6f}", *blocks, "G40", "G0 Z50", "M2"])
    run, moves = run_program(text)
    assert run.fault is None, run.fault
    apothem = size * math.cos(math.pi / count) + radius
    straight = moves[(moves["kind"] == Kind.FEED) & (moves["flags"] & Flag.COMPENSATED > 0)][1:]
    for move in straight:
        middle = (move["start"][:2] + move["end"][:2]) / 2
        direction = (move["end"][:2] - move["start"][:2]) / np.linalg.norm(
            move["end"][:2] - move["start"][:2]
        )
        distance = abs(direction[0] * middle[1] - direction[1] * middle[0])
        assert distance == pytest.approx(apothem, abs=1e-4)
    rolls = moves[moves["flags"] & Flag.COMP_CORNER > 0]
    assert len(rolls) >= count - 1
    assert np.allclose(
        np.linalg.norm(rolls["end"][:, :2] - rolls["centre"][:, :2], axis=1), radius, atol=1e-6
    )
