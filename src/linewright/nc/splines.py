"""Splines: cubic G5, quadratic G5.1, NURBS G5.2/G5.3, cut into chords of bounded deviation."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from linewright.nc.faults import Category, ProgramFault
from linewright.nc.motion import AXES, target
from linewright.nc.moves import FeedMode, Flag, Kind, Plane

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words

CHORD_DEVIATION_MM = 0.001
MAX_CHORDS = 2000

Point = tuple[float, float]


def spline_fault(message: str) -> ProgramFault:
    """A fault of a spline."""
    return ProgramFault(Category.SPLINE, message)


@dataclass(slots=True)
class SplineMemory:
    """What splines remember: the last control direction (G5 chains), the open NURBS block."""

    last_handle: Point | None = None  # from the last control point to the end, for a G5 that follows
    nurbs: list[tuple[float, float, float]] = field(default_factory=list)  # x mm, y mm, weight
    order: int = 0  # 0: no NURBS block open


def check_spline(run: Interpreter, code: str, *, any_plane: bool = False) -> None:
    """The modes every spline needs; control points of a NURBS lie in X and Y whatever the plane."""
    modes = run.state.modes
    if modes.feed_mode == FeedMode.INVERSE_TIME:
        raise spline_fault(f"{code}: no spline in inverse time (G93)")
    if modes.plane != Plane.XY and not any_plane:
        raise spline_fault(f"{code}: splines lie in the XY plane (G17)")
    if run.compensation.side:
        raise ProgramFault(Category.COMP_STATE, f"{code}: no spline with cutter compensation on")
    if modes.feed == 0.0:
        raise ProgramFault(Category.FEED_MISSING, f"{code} without a feed: F is missing or zero")


def bezier_end(run: Interpreter, words: Words, code: str) -> Point:
    """End point of a spline block, X and Y only."""
    end = target(run, words)
    if end[2:] != run.state.position[2:]:
        raise spline_fault(f"{code}: a spline moves X and Y alone")
    return end[0], end[1]


def cubic(run: Interpreter, words: Words) -> None:
    """G5: cubic Bezier; I J from the start, P Q from the end; without I J it continues the last G5."""
    check_spline(run, "G5")
    end = bezier_end(run, words, "G5")
    if "p" not in words or "q" not in words:
        raise spline_fault("G5 needs both P and Q")
    if ("i" in words) != ("j" in words):
        raise spline_fault("G5 needs both I and J, or neither")
    unit = run.unit_mm
    handle = run.splines.last_handle or (0.0, 0.0)
    if "i" in words:
        handle = (words["i"] * unit, words["j"] * unit)
    start = run.state.position
    back = (words["p"] * unit, words["q"] * unit)
    controls = [
        (start[0], start[1]),
        (start[0] + handle[0], start[1] + handle[1]),
        (end[0] + back[0], end[1] + back[1]),
        end,
    ]
    emit_curve(run, [(x, y, 1.0) for x, y in controls], 4)
    run.splines.last_handle = (-back[0], -back[1])


def quadratic(run: Interpreter, words: Words) -> None:
    """G5.1: quadratic Bezier, I J from the start to the one control point."""
    check_spline(run, "G5.1")
    end = bezier_end(run, words, "G5.1")
    if "i" not in words or "j" not in words:
        raise spline_fault("G5.1 needs both I and J")
    unit, start = run.unit_mm, run.state.position
    middle = (start[0] + words["i"] * unit, start[1] + words["j"] * unit)
    emit_curve(run, [(start[0], start[1], 1.0), (*middle, 1.0), (*end, 1.0)], 3)
    run.splines.last_handle = None


def nurbs_point(run: Interpreter, words: Words) -> None:
    """G5.2: open a block of control points, or add one to it."""
    check_spline(run, "G5.2", any_plane=True)
    memory = run.splines
    has_point = any(letter in words for letter in AXES)
    if has_point and not {"x", "y"} <= words.keys():
        raise spline_fault("G5.2: a control point has both X and Y")
    if has_point and memory.order and "p" not in words:
        raise spline_fault("G5.2: every control point needs its weight P")
    weight = words.get("p", 1.0)
    if weight <= 0:
        raise spline_fault("G5.2: a weight P is above zero")
    if memory.order == 0:
        order = round(words.get("l", 3.0))
        if not 2 <= order <= 20:
            raise spline_fault(f"G5.2: order L{order} is outside 2..20")
        memory.order = order
        memory.nurbs = [(run.state.position[0], run.state.position[1], 1.0)]
        if not has_point:
            memory.nurbs = [(*memory.nurbs[0][:2], weight)]
            return
    if has_point:
        memory.nurbs.append((*bezier_end(run, words, "G5.2"), weight))
    if len(memory.nurbs) > run.setup.limits.splines_points:
        raise ProgramFault(Category.LIMIT, "a NURBS block has too many control points")


def nurbs_end(run: Interpreter) -> None:
    """G5.3: cut the curve of the control points collected."""
    memory = run.splines
    if memory.order == 0:
        raise spline_fault("G5.3 without a G5.2 before it")
    if len(memory.nurbs) < memory.order:
        raise spline_fault(f"a NURBS of order {memory.order} needs that many control points")
    points, order = memory.nurbs, memory.order
    memory.order, memory.nurbs = 0, []
    emit_curve(run, points, order)


def emit_curve(run: Interpreter, points: list[tuple[float, float, float]], order: int) -> None:
    """Cut a clamped uniform rational B-spline into chords; a Bezier is the one of as many points as its
    order.
    """
    chords = chord_count(points)
    rest = run.state.position[2:]
    for number in range(1, chords + 1):
        x, y = curve_point(points, order, number / chords)
        first = Flag.SPLINE_FIRST if number == 1 else Flag.NONE
        run.move(Kind.FEED, (x, y, *rest), Flag.SPLINE | first, value=float(len(points)))


def chord_count(points: list[tuple[float, float, float]]) -> int:
    """Chords that keep the deviation below `CHORD_DEVIATION_MM`: from the bend of the control polygon.

    A curve's distance from its chords is at most an eighth of its second derivative times the step squared,
    and the second differences of the control points bound that derivative (weights near one).
    """
    degree = len(points) - 1
    bend = 0.0
    for (ax, ay, _), (bx, by, _), (cx, cy, _) in zip(points, points[1:], points[2:], strict=False):
        bend = max(bend, math.hypot(ax - 2 * bx + cx, ay - 2 * by + cy))
    steps = math.sqrt(bend * degree * max(degree - 1, 1) / (8 * CHORD_DEVIATION_MM))
    return max(1, min(MAX_CHORDS, math.ceil(steps)))


def curve_point(points: list[tuple[float, float, float]], order: int, u: float) -> Point:
    """Point of a clamped uniform rational B-spline at 0 <= u <= 1, by de Boor's recursion."""
    count, degree = len(points), order - 1
    spans = count - degree
    t = min(u * spans, spans - 1e-12) if u < 1.0 else float(spans)
    span = min(int(t), spans - 1)

    def knot(i: int) -> float:
        return float(min(max(i - degree, 0), spans))

    work = [
        (
            points[span + i][0] * points[span + i][2],
            points[span + i][1] * points[span + i][2],
            points[span + i][2],
        )
        for i in range(order)
    ]
    for level in range(1, order):
        for i in range(degree, level - 1, -1):
            low, high = knot(span + i), knot(span + i + order - level)
            part = (t - low) / (high - low) if high > low else 0.0
            before, after = work[i - 1], work[i]
            work[i] = tuple(a + (b - a) * part for a, b in zip(before, after, strict=True))  # type: ignore[assignment]
    x, y, weight = work[degree]
    return x / weight, y / weight
