"""Canned cycles G73, G74, G81..G89: one block, many moves.

Every hole: rapid in the plane at the upper level, rapid to R, the cycle's own moves, rapid back to R (G99) or
to the level at which the cycles began (G98). Words Z R Q P stay in force while the same cycle does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linewright.nc.faults import Category, ProgramFault
from linewright.nc.motion import target
from linewright.nc.moves import FeedMode, Flag, Kind, PathMode
from linewright.nc.setup import Position
from linewright.nc.state import PLANE_AXES

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words

PECK_CLEARANCE_MM = 0.254  # chip breaking and return after a peck: 0.010 inch
AXES = "xyz"
NEEDS_DWELL = {820, 860, 880, 890}
NEEDS_PECK = {730, 830}
NEEDS_SPINDLE = {860, 870, 880}
TAPS = {740: -1, 840: +1}  # cycle -> spindle direction that it needs


@dataclass(slots=True)
class Hole:
    """Levels of one cycle block on the normal axis, program coordinates in mm."""

    first: int  # axis indices of the plane
    second: int
    normal: int
    bottom: float
    r: float
    clear: float
    peck: float
    dwell_s: float


def cycle_fault(message: str) -> ProgramFault:
    """A fault in the words of a canned cycle."""
    return ProgramFault(Category.CYCLE_WORD, message)


def run_cycle(run: Interpreter, code: int, words: Words) -> None:
    """One block of a canned cycle, L times."""
    check_state(run, words)
    hole, upper, repeats = read_words(run, code, words)
    modes = run.state.modes
    start = run.state.position
    if run.state.cycle.initial is not None and run.state.cycle.initial < hole.r:
        rapid(run, place(run, hole, start[hole.first], start[hole.second], hole.r))
        upper = hole.r
    read_more_words(run, code, words, hole)
    kept = modes.path_mode, modes.tolerance_mm
    modes.path_mode, modes.tolerance_mm = PathMode.EXACT_PATH, 0.0
    scale_first, scale_second = word_scale(run, hole.first), word_scale(run, hole.second)
    at_first, at_second = start[hole.first], start[hole.second]
    polar = target(run, words, of_cycle=True) if words.keys() & {"@", "^"} else None
    for _ in range(repeats):
        at_first = polar[0] if polar else along(run, words, AXES[hole.first], at_first, scale_first)
        at_second = polar[1] if polar else along(run, words, AXES[hole.second], at_second, scale_second)
        rapid(run, place(run, hole, at_first, at_second, upper))
        if upper != hole.r:
            rapid(run, place(run, hole, at_first, at_second, hole.r))
        bore(run, code, hole, at_first, at_second)
        upper = hole.clear
    modes.path_mode, modes.tolerance_mm = kept


def check_state(run: Interpreter, words: Words) -> None:
    """The modes that every cycle needs."""
    modes = run.state.modes
    if modes.feed_mode == FeedMode.INVERSE_TIME:
        raise cycle_fault("no canned cycle in inverse time (G93)")
    if run.compensation.side:
        raise ProgramFault(Category.COMP_STATE, "no canned cycle with cutter compensation on")
    if modes.feed == 0.0:
        raise ProgramFault(Category.FEED_MISSING, "a canned cycle without a feed: F is missing or zero")
    for letter in "abc":
        if letter in words:
            raise cycle_fault(f"{letter.upper()} cannot stand in a canned cycle")


def word_scale(run: Interpreter, axis: int) -> float:
    """Millimetres in one unit of an axis word."""
    return run.unit_mm / 2 if axis == 0 and run.state.modes.diameter else run.unit_mm


def along(run: Interpreter, words: Words, letter: str, here: float, scale: float) -> float:
    """Where the next hole lies on one axis."""
    if letter not in words:
        return here
    value = words[letter] * scale
    return value if run.state.modes.absolute else here + value


def read_words(run: Interpreter, code: int, words: Words) -> tuple[Hole, float, int]:
    """The words of this block or those in force: the hole, the level to arrive at, the repeats."""
    state, modes, memory = run.state, run.state.modes, run.state.cycle
    first, second, normal = PLANE_AXES[modes.plane]
    same = run.previous_motion == code
    letter = AXES[normal]
    if "r" not in words and not same:
        raise cycle_fault("R is missing: the level from which to feed")
    if letter not in words and not same:
        raise cycle_fault(f"{letter.upper()} is missing: the bottom of the hole")
    memory.r, memory.z = words.get("r", memory.r), words.get(letter, memory.z)
    repeats = round(words.get("l", 1.0))
    if repeats == 0:
        raise cycle_fault("L0: no repeats")
    if repeats > run.setup.limits.cycle_passes:
        raise ProgramFault(
            Category.LIMIT, f"L{repeats}: more repeats than the {run.setup.limits.cycle_passes} allowed"
        )
    if memory.initial is None:
        memory.initial = state.position[normal]
    r, bottom = memory.r * run.unit_mm, memory.z * word_scale(run, normal)
    if not modes.absolute:
        r += memory.initial
        bottom += r
    if r < bottom:
        raise cycle_fault("R lies below the bottom of the hole")
    clear = r if modes.retract_to_r else max(memory.initial, r)
    upper = max(state.position[normal], clear)
    hole = Hole(first, second, normal, bottom, r, clear, 0.0, 0.0)
    return hole, upper, repeats


def read_more_words(run: Interpreter, code: int, words: Words, hole: Hole) -> None:
    """P, Q, I, J and K where the cycle needs them."""
    memory, same = run.state.cycle, run.previous_motion == code
    name = f"G{code // 10}"
    if code in NEEDS_DWELL:
        if ("p" not in words and not same) or words.get("p", 0.0) == -1.0:
            raise cycle_fault(f"{name} needs the time to dwell: P")
        memory.p = words.get("p", memory.p)
    elif code in TAPS:
        memory.p = words.get("p", memory.p)
    if code in NEEDS_PECK:
        if ("q" not in words and not same) or words.get("q") == -1.0:
            raise cycle_fault(f"{name} needs the depth of a peck: Q")
        memory.q = words.get("q", memory.q)
        hole.peck = memory.q * run.unit_mm
        if memory.q > 0 and (hole.r - hole.bottom) / hole.peck > run.setup.limits.cycle_passes:
            raise ProgramFault(
                Category.LIMIT, f"{name}: more pecks than the {run.setup.limits.cycle_passes} allowed"
            )
    if code == 870:
        memory.beside = back_bore_words(words, memory.beside if same else None)
    hole.dwell_s = memory.p


def back_bore_words(words: Words, before: tuple[float, float, float] | None) -> tuple[float, float, float]:
    """I J K of G87; those of the cycle in force stay."""
    missing = [letter for letter in "ijk" if letter not in words]
    if missing and before is None:
        raise cycle_fault(f"G87 needs {missing[0].upper()}")
    i, j, k = (words.get(letter, old) for letter, old in zip("ijk", before or (0.0, 0.0, 0.0), strict=True))
    return i, j, k


def place(run: Interpreter, hole: Hole, first: float, second: float, normal: float) -> Position:
    """A program position from plane coordinates; rotary axes stay."""
    position = list(run.state.position)
    position[hole.first], position[hole.second], position[hole.normal] = first, second, normal
    return tuple(position)  # type: ignore[return-value]


def rapid(run: Interpreter, end: Position) -> None:
    """A rapid move of a cycle."""
    run.move(Kind.RAPID, end, Flag.CYCLE)


def feed(run: Interpreter, end: Position) -> None:
    """A cutting move of a cycle."""
    run.move(Kind.FEED, end, Flag.CYCLE)


def bore(run: Interpreter, code: int, hole: Hole, first: float, second: float) -> None:
    """The moves of the cycle itself, from R down and back up to the clear level."""

    def at(level: float) -> Position:
        return place(run, hole, first, second, level)

    if code in NEEDS_SPINDLE:
        check_spindle(run, f"G{code // 10}")
    if code in NEEDS_PECK:
        peck(run, code, hole, first, second)
    elif code in TAPS:
        tap(run, code, hole, at(hole.bottom), at(hole.clear))
        return
    elif code == 870:
        back_bore(run, hole, first, second)
        return
    else:
        feed(run, at(hole.bottom))
    if code in NEEDS_DWELL:
        run.dwell(hole.dwell_s)
    if code == 860:
        stop_and_lift(run, at(hole.clear))
    elif code == 880:
        run.spindle(0)
        run.stop(Kind.STOP)
        run.spindle(run.direction_before_stop)
        run.arrive(at(hole.clear))  # a person has lifted the tool meanwhile
    elif code == 890:
        feed(run, at(hole.clear))
    elif code == 850:
        feed(run, at(hole.r))
        rapid(run, at(hole.clear))
    else:
        rapid(run, at(hole.clear))


def check_spindle(run: Interpreter, name: str) -> None:
    """The cycle needs a turning spindle; remembers which way."""
    if run.state.turning() == 0:
        raise ProgramFault(Category.CYCLE_WORD, f"{name}: the spindle is not turning")
    run.direction_before_stop = run.state.modes.spindle_dir


def stop_and_lift(run: Interpreter, top: Position) -> None:
    """G86: spindle off, rapid out, spindle on."""
    run.spindle(0)
    rapid(run, top)
    run.spindle(run.direction_before_stop)


def peck(run: Interpreter, code: int, hole: Hole, first: float, second: float) -> None:
    """G73, G83: down in steps of Q; G73 lifts a little to break the chip, G83 lifts to R to clear it."""
    if hole.peck <= 0:
        raise cycle_fault(f"G{code // 10}: the depth of a peck Q must be above zero")
    depth = hole.r - hole.peck
    while depth > hole.bottom:
        feed(run, place(run, hole, first, second, depth))
        if code == 830:
            rapid(run, place(run, hole, first, second, hole.r))
        rapid(run, place(run, hole, first, second, depth + PECK_CLEARANCE_MM))
        depth -= hole.peck
    feed(run, place(run, hole, first, second, hole.bottom))


def tap(run: Interpreter, code: int, hole: Hole, bottom: Position, top: Position) -> None:
    """G84, G74 with a floating chuck: feed down, reverse, dwell, feed up, reverse back."""
    turning = run.state.turning()
    if turning != TAPS[code]:
        state = "not turning" if turning == 0 else "turning the wrong way"
        raise ProgramFault(Category.CYCLE_WORD, f"G{code // 10}: the spindle is {state}")
    modes = run.state.modes
    kept = modes.feed_override, modes.speed_override
    modes.feed_override = modes.speed_override = False
    feed(run, bottom)
    run.spindle(-turning)
    run.dwell(hole.dwell_s)
    feed(run, top)
    run.spindle(turning)
    modes.feed_override, modes.speed_override = kept


def back_bore(run: Interpreter, hole: Hole, first: float, second: float) -> None:
    """G87: in beside the hole with the spindle oriented, cut upwards to K, out the same way."""
    offsets = [value * run.unit_mm for value in run.state.cycle.beside]
    side = (first + offsets[hole.first], second + offsets[hole.second])
    middle = offsets[hole.normal]
    if not run.state.modes.absolute:
        middle += hole.bottom
    rapid(run, place(run, hole, *side, hole.r))
    run.spindle(0)
    run.orient(0.0)
    rapid(run, place(run, hole, *side, hole.bottom))
    rapid(run, place(run, hole, first, second, hole.bottom))
    run.spindle(run.direction_before_stop)
    feed(run, place(run, hole, first, second, middle))
    feed(run, place(run, hole, first, second, hole.bottom))
    run.spindle(0)
    run.orient(0.0)
    rapid(run, place(run, hole, *side, hole.bottom))
    rapid(run, place(run, hole, *side, hole.r if hole.clear == hole.r else hole.clear))
    rapid(run, place(run, hole, first, second, hole.clear))
    run.spindle(run.direction_before_stop)
