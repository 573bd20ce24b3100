"""G70 to G72: levels, depths and the parallel of a contour that can be worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from conftest import run_program
from linewright.nc.faults import Category
from linewright.nc.moves import Kind

CONTOUR = "O101 SUB\nG1 X10 Z0\nG1 Z-10\nG3 X15 Z-15 R5\nG1 Z-30\nG1 X25 Z-40\nO101 ENDSUB\n"
HEAD = "G8 G21 G18 G90 F100\nG0 X30 Z2\n"


def turned(block: str, contour: str = CONTOUR) -> np.ndarray:
    run, moves = run_program(f"{HEAD}{contour}{block}\nM2\n")
    assert run.fault is None, run.fault
    return moves[moves["kind"] <= Kind.TAP][1:]


def test_g71_cuts_level_by_level_and_leaves_the_distance() -> None:
    moves = turned("G71 Q101 D1 I5 R0.5 F200")
    cuts = moves[moves["kind"] == Kind.FEED]
    levels = [float(cut["end"][0]) for cut in cuts if cut["start"][0] == cut["end"][0]][:4]
    assert levels == [30.0, 25.0, 20.0, 15.0]
    assert cuts["end"][1, 2] == pytest.approx(-40 + math.sqrt(2) * 1.0, abs=1e-9)  # X25 on the parallel of the cone
    arcs = moves[moves["kind"] >= Kind.ARC_CW]
    assert [tuple(np.round(arc["end"][[0, 2]], 6)) for arc in arcs] == [(16.0, -15.0)]
    assert math.dist(arcs[0]["start"][[0, 2]], (10, -15)) == pytest.approx(6.0)
    assert (moves["feed"][moves["kind"] != Kind.RAPID] == 200 / 60).all()


def test_nothing_comes_nearer_to_the_contour_than_the_distance() -> None:
    moves = turned("G71 Q101 D0.7 I1.3")
    arc = [(10 + 5 * math.sin(a), -15 + 5 * math.cos(a)) for a in np.linspace(0, math.pi / 2, 500)]
    straight = [(10.0, z) for z in np.linspace(0, -10, 300)] + [(15.0, z) for z in np.linspace(-15, -30, 300)]
    cone = [(15 + t, -30 - t) for t in np.linspace(0, 10, 300)]
    contour = np.array(straight + arc + cone)
    ends = moves["end"][:, [0, 2]]
    nearest = np.hypot(*(ends[:, None] - contour[None]).transpose(2, 0, 1)).min()
    assert nearest == pytest.approx(0.7, abs=1e-3)


def test_g70_comes_nearer_with_every_pass() -> None:
    moves = turned("G70 Q101 D3 E0 P3 F50")
    along = (moves["kind"] == Kind.FEED) & (np.abs(moves["end"][:, 2] + 30) < 2) & (moves["start"][:, 0] < 20)
    cylinder = moves["end"][along, 0].tolist()
    assert cylinder == pytest.approx([17.0, 16.0, 15.0])
    assert moves["end"][-1][[0, 2]].tolist() == [25.0, -40.0]


def test_g72_cuts_along_x() -> None:
    contour = "O101 SUB\nG1 X25 Z-20\nG1 X15 Z-20\nG1 X15 Z0\nO101 ENDSUB\n"
    moves = turned("G72 Q101 D0 I8 R0", contour)
    cuts = moves[moves["kind"] == Kind.FEED]
    assert cuts["end"][:3, 2].tolist() == [2.0, -6.0, -14.0]
    assert cuts["end"][1:3, 0].tolist() == [15.0, 15.0]


@pytest.mark.parametrize(
    ("block", "category"),
    [
        ("G71 Q101 I0", Category.RANGE),
        ("G71 I1", Category.MISSING_WORD),
        ("G71 Q9", Category.OWORD),
        ("G17 G71 Q101", Category.MODAL_STATE),
        ("G71 Q101 I1e", Category.SYNTAX),
        ("G70 Q101 P0", Category.RANGE),
        ("G71 Q101 I0.000001", Category.LIMIT),
        ("G72 Q101", Category.CYCLE_WORD),
        ("G71 Q101 D9", Category.COMP_GOUGE),
        ("G71 Q101 H1", Category.UNUSED_WORD),
    ],
)
def test_what_cannot_be_turned_is_a_fault(block: str, category: Category) -> None:
    contour = CONTOUR if "D9" not in block else CONTOUR.replace("G3 X15 Z-15 R5", "G2 X15 Z-15 R5")
    run, _ = run_program(f"{HEAD}{contour}{block}\nM2\n")
    assert run.fault is not None
    assert run.fault.category == category
