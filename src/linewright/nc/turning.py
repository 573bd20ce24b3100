"""Turning cycles G70, G71, G72: a contour in a subroutine, roughed in steps and finished along itself.

G71 cuts along Z in steps of X, G72 along X in steps of Z, both down to the distance D from the contour; G70 runs along
it, in P passes from the distance D to E. The contour may only rise (a pocket in it is a fault: a pass of its own must
cut that). Points are (Z, X) in program coordinates, mm, X as a radius.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from linewright.nc.contour import Stretch, beside, first_at
from linewright.nc.expressions import to_integer
from linewright.nc.faults import Category, ProgramFault
from linewright.nc.flow import Frame
from linewright.nc.motion import target
from linewright.nc.moves import Flag, Kind, Plane
from linewright.nc.offset_curves import Point
from linewright.nc.setup import Position

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words

FINISH = frozenset({700})
ROUGH_ALONG_Z = frozenset({710, 711, 712})
ROUGH_ALONG_X = frozenset({720, 721, 722})
RETRACT_MM = 0.5  # R of G71 where it is not given
SLACK_MM = 1e-6


def run_turning(run: Interpreter, code: int, words: Words) -> None:
    """One block with G70, G71 or G72."""
    check_state(run, words)
    contour = contour_of(run, str(to_integer(words["q"], "Q")))
    start = target(run, words)
    run.move(Kind.RAPID, start, Flag.CYCLE)
    side = side_of(contour, (start[2], start[0]))
    if code in FINISH:
        finish(run, contour, start, side, words)
    else:
        rough(run, contour, start, side, words, depth=1 if code in ROUGH_ALONG_Z else 0)


def check_state(run: Interpreter, words: Words) -> None:
    """What every turning cycle needs."""
    if "q" not in words:
        raise ProgramFault(Category.MISSING_WORD, "G70, G71 and G72 need the subroutine of the contour: Q")
    if run.state.modes.plane != Plane.ZX:
        raise ProgramFault(Category.MODAL_STATE, "G70, G71 and G72 work in the ZX plane (G18)")
    if run.compensation.side:
        raise ProgramFault(Category.COMP_STATE, "no turning cycle with cutter compensation on")
    if run.state.modes.feed == 0.0:
        raise ProgramFault(Category.FEED_MISSING, "a turning cycle without a feed: F is missing or zero")
    if words.get("i", 1.0) <= 0.0:
        raise ProgramFault(Category.RANGE, "the step of the cuts I must be above zero")
    if words.get("p", 1.0) < 1.0:
        raise ProgramFault(Category.RANGE, "the number of passes P is 1 or more")


# ---------------------------------------------------------------- the contour


def contour_of(run: Interpreter, label: str) -> list[Stretch]:
    """The lines and arcs of a subroutine; its first move only leads to where the contour begins."""
    from linewright.nc.interpreter import Interpreter

    source, line = run.flow.find(run, label, "sub")
    if line.end is None:
        raise ProgramFault(Category.OWORD, f"O{label} SUB is not closed")
    child = Interpreter(run.main, replace(run.setup, bench=False), run.dialect)
    child.state.modes, child.state.frames = run.state.modes.copy(), replace(run.state.frames)
    child.state.position, child.state.machine = run.state.position, run.state.machine
    child.unit_mm, child.numbered, child.named_global = run.unit_mm, list(run.numbered), dict(run.named_global)
    child.flow.frames = [Frame(named=dict(run.flow.frames[-1].named))]
    child.flow.loops = 1
    child.enter(source, line.after, line.line + 1)
    while not (child.offset == line.end.offset and child.source is source) and not child.ended:
        child.step()
    return stretches(run, child.made())


def stretches(run: Interpreter, rows: list[tuple[Kind, Position, Position, Position]]) -> list[Stretch]:
    """Records (kind, start, end, centre) of machine positions as a contour."""
    found: list[Stretch] = []
    for kind, start, end, centre in rows:
        a, b, c = (run.state.frames.to_program(p) for p in (start, end, centre))
        if kind in (Kind.FEED, Kind.RAPID):
            found.append(Stretch((a[2], a[0]), (b[2], b[0])))
        elif kind in (Kind.ARC_CW, Kind.ARC_CCW):
            found.append(Stretch((a[2], a[0]), (b[2], b[0]), 1 if kind == Kind.ARC_CCW else -1, (c[2], c[0])))
        else:
            raise ProgramFault(Category.CYCLE_WORD, "the contour of a turning cycle holds lines and arcs only")
    contour = [each for each in found[1:] if each.turn or each.start != each.end]
    if not contour:
        raise ProgramFault(Category.CYCLE_WORD, "the contour of a turning cycle needs two moves or more")
    return contour


def side_of(contour: list[Stretch], start: Point) -> int:
    """On which side of the contour the tool starts: +1 left."""
    first = contour[0]
    ahead = first.end[0] - first.start[0], first.end[1] - first.start[1]
    to_start = start[0] - first.start[0], start[1] - first.start[1]
    return 1 if ahead[0] * to_start[1] - ahead[1] * to_start[0] >= 0 else -1


# ---------------------------------------------------------------- cutting


def place(run: Interpreter, point: Point) -> Position:
    """A program position from (Z, X); the other axes stay."""
    return (point[1], run.state.position[1], point[0], *run.state.position[3:])


def go(run: Interpreter, kind: Kind, point: Point) -> None:
    """A straight move of the cycle."""
    run.move(kind, place(run, point), Flag.CYCLE)


def follow(run: Interpreter, contour: list[Stretch]) -> None:
    """Cut along a contour from its start."""
    for stretch in contour:
        if stretch.turn:
            run.arc(stretch.turn, place(run, stretch.end), stretch.centre, 1)
        else:
            go(run, Kind.FEED, stretch.end)


def finish(run: Interpreter, contour: list[Stretch], start: Position, side: int, words: Words) -> None:
    """G70: along the contour, nearer with every pass."""
    first, last = (words.get(letter, 0.0) * run.unit_mm for letter in "de")
    passes = min(round(words.get("p", 1.0)), run.setup.limits.cycle_passes)
    begin = start[2], start[0]
    for k in range(1, passes + 1):
        path = beside(contour, first + (last - first) * k / passes, side)
        go(run, Kind.RAPID, begin)
        if k == 1:
            go(run, Kind.RAPID, (max(begin[0], path[0].start[0]), begin[1]))
        go(run, Kind.RAPID, path[0].start)
        follow(run, path)


def rough(
    run: Interpreter, contour: list[Stretch], start: Position, side: int, words: Words, *, depth: int
) -> None:
    """G71, G72: cuts from the outside in, then once along what they leave. `depth`: 1 steps in X, 0 in Z."""
    step = words.get("i", 1.0) * run.unit_mm
    retract = words["r"] * run.unit_mm if "r" in words else RETRACT_MM
    path = beside(contour, words.get("d", 0.0) * run.unit_mm, side)
    outside = start[2], start[0]
    path.append(Stretch(path[-1].end, mixed(depth, outside[depth], path[-1].end[1 - depth])))
    inward = 1.0 if path[0].start[depth] > outside[depth] else -1.0
    check_rises(path, depth, inward)
    deep = abs(path[0].start[depth] - outside[depth])
    if deep / step > run.setup.limits.cycle_passes:
        raise ProgramFault(Category.LIMIT, f"more cuts than the {run.setup.limits.cycle_passes} allowed")
    cut = 0
    while cut * step < deep - SLACK_MM:
        level = outside[depth] + inward * cut * step
        share = cut * step / deep
        along = outside[1 - depth] + (path[0].start[1 - depth] - outside[1 - depth]) * share
        one_cut(run, path, depth, level, along, retract, inward)
        cut += 1
    go(run, Kind.RAPID, path[0].start)
    follow(run, path)


def one_cut(
    run: Interpreter, path: list[Stretch], depth: int, level: float, along: float, retract: float, inward: float
) -> None:
    """To a level, along it up to the contour, off it by `retract`, and back."""
    meets = first_at(path, depth, level)
    if meets is None:
        return
    back = 1.0 if along > meets[1 - depth] else -1.0
    lifted = level - inward * retract
    go(run, Kind.RAPID, mixed(depth, level, along))
    go(run, Kind.FEED, meets)
    go(run, Kind.RAPID, mixed(depth, lifted, meets[1 - depth] + back * retract))
    go(run, Kind.RAPID, mixed(depth, lifted, along - back * retract))
    go(run, Kind.RAPID, mixed(depth, level, along))


def mixed(depth: int, level: float, along: float) -> Point:
    """The point (Z, X) with one coordinate in depth and the other along the cuts."""
    return (along, level) if depth == 1 else (level, along)


def check_rises(path: list[Stretch], depth: int, inward: float) -> None:
    """The contour leads outwards only; a pocket in it would be cut at full depth by the last pass."""
    levels = [point[depth] * -inward for stretch in path for point in stretch.points()]
    if any(after < before - SLACK_MM for before, after in pairwise(levels)):
        message = "the contour must lead outwards all the way: a pocket in it needs a pass of its own"
        raise ProgramFault(Category.CYCLE_WORD, message)
