"""Straight moves and arcs: words of a block to end points, end points to records."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from linewright.nc import arcs
from linewright.nc.faults import Category, ProgramFault
from linewright.nc.moves import FeedMode, Flag, Kind, Plane
from linewright.nc.setup import Position
from linewright.nc.state import PLANE_AXES

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words

AXES = "xyzabc"
NO_MOVE_MM = 1e-4  # a probing move must be longer
SLOWEST_PER_MINUTE = 0.1  # program units; the floor of an inverse-time feed


def distance(start: Position, end: Position) -> float:
    """Length of a straight move: mm of X Y Z, or degrees where only rotary axes move."""
    straight = math.dist(start[:3], end[:3])
    return straight if straight > 0 else math.dist(start[3:], end[3:])


def axis_scale(run: Interpreter, axis: int) -> float:
    """Millimetres (degrees) in one unit of an axis word."""
    if axis > 2:
        return 1.0
    return run.unit_mm / 2 if axis == 0 and run.state.modes.diameter else run.unit_mm


def target(run: Interpreter, words: Words, *, of_cycle: bool = False) -> Position:
    """End point of a move in program coordinates, mm and degrees; `of_cycle`: the place of a hole."""
    position = list(run.state.position)
    absolute = run.state.modes.absolute
    for axis, letter in enumerate(AXES):
        word = words.get(letter)
        if word is not None:
            value = word * axis_scale(run, axis)
            position[axis] = value if absolute else position[axis] + value
    if "@" in words or "^" in words:
        place_polar(run, words, position, angle_known=of_cycle)
    return tuple(position)  # type: ignore[return-value]


def place_polar(run: Interpreter, words: Words, position: list[float], *, angle_known: bool) -> None:
    """@ radius and ^ angle in X and Y; incremental ones add to those of the present position.

    At the origin the present angle is none, unless `angle_known` takes it for zero.
    """
    here = run.state.position
    radius, angle = math.hypot(here[0], here[1]), math.atan2(here[1], here[0])
    absolute = run.state.modes.absolute
    if radius == 0.0 and not absolute:
        raise ProgramFault(Category.MODAL_STATE, "incremental polar words have no direction at the origin")
    if radius == 0.0 and "^" not in words and not angle_known:
        raise ProgramFault(Category.MISSING_WORD, "at the origin a polar radius needs its angle: ^")
    if "@" in words:
        word = words["@"] * run.unit_mm
        radius = word if absolute else radius + word
    if "^" in words:
        word = math.radians(words["^"])
        angle = word if absolute else angle + word
    position[0], position[1] = radius * math.cos(angle), radius * math.sin(angle)


def machine_target(run: Interpreter, words: Words) -> Position:
    """End point of a G53 move in program coordinates: the words are machine coordinates."""
    machine = list(run.state.machine)
    for axis, letter in enumerate(AXES):
        if letter in words:
            machine[axis] = words[letter] * axis_scale(run, axis)
    return run.state.frames.to_program(tuple(machine))  # type: ignore[arg-type]


def check_feed(run: Interpreter, words: Words, code: str) -> None:
    """A cutting move needs a feed; in inverse time every block needs its own."""
    modes = run.state.modes
    if modes.feed_mode == FeedMode.INVERSE_TIME:
        if "f" not in words:
            raise ProgramFault(
                Category.FEED_MISSING, f"{code} in inverse time (G93) needs F in its own block"
            )
        if words["f"] == 0.0:
            raise ProgramFault(Category.FEED_MISSING, f"{code} with F0 in inverse time")
        return
    if modes.feed == 0.0:
        raise ProgramFault(Category.FEED_MISSING, f"{code} without a feed: F is missing or zero")
    if modes.feed_mode == FeedMode.PER_REVOLUTION and modes.spindle_speed == 0.0:
        raise ProgramFault(
            Category.FEED_MISSING, f"{code} with feed per revolution, but the spindle has no speed"
        )


def set_inverse_time(run: Interpreter, words: Words, length: float) -> None:
    """In inverse time, F is one over minutes: the feed follows from the length of this move."""
    if run.state.modes.feed_mode == FeedMode.INVERSE_TIME:
        run.state.modes.feed = max(SLOWEST_PER_MINUTE * run.unit_mm, length * words["f"])


def straight(run: Interpreter, code: int, words: Words, in_machine: bool) -> None:
    """G0, G1: with G53, without, compensated or not."""
    end = machine_target(run, words) if in_machine else target(run, words)
    if code == 10:
        check_feed(run, words, "G1")
        set_inverse_time(run, words, distance(run.state.position, end))
    kind = Kind.FEED if code == 10 else Kind.RAPID
    if run.compensation.side:
        run.compensation.line(run, kind, end)
        return
    run.compensation.left = False
    run.move(kind, end, Flag.MACHINE_COORDINATES if in_machine else Flag.NONE)


def arc(run: Interpreter, code: int, words: Words) -> None:
    """G2, G3."""
    modes = run.state.modes
    check_feed(run, words, "G2" if code == 20 else "G3")
    end = target(run, words)
    first, second, normal = PLANE_AXES[modes.plane]
    check_arc_words(run, words, "xyz"[first], "xyz"[second], "ijk"[normal])
    here = run.state.position
    start2, end2 = (here[first], here[second]), (end[first], end[second])
    turn, tolerance = 1 if code == 30 else -1, run.dialect.arc_tolerance_mm
    if "r" in words:
        centre = arcs.centre_from_radius(start2, end2, words["r"] * run.unit_mm, turn, tolerance)
    else:
        programmed = tuple(
            words.get("ijk"[axis], 0.0) * run.unit_mm + (0.0 if modes.arc_absolute else here[axis])
            for axis in (first, second)
        )
        centre = arcs.centre_from_offsets(start2, end2, programmed, tolerance, run.radii_differ_mm())  # type: ignore[arg-type]
    turns = arc_turns(words)
    rise = end[normal] - here[normal]
    set_inverse_time(run, words, arcs.helix_length(start2, end2, centre, turn, turns, rise))
    if run.compensation.side:
        run.compensation.arc(run, end, centre, turn, turns)
        return
    run.compensation.check_straight()
    run.arc(turn, end, centre, turns)


def arc_turns(words: Words) -> int:
    """P word of an arc: turns begun, a whole number from 1."""
    turns = words.get("p", 1.0)
    if turns != round(turns) or turns < 1:
        raise ProgramFault(Category.RANGE, f"P{turns:g}: an arc has one turn or more, a whole number")
    return min(int(turns), 30_000)


def check_arc_words(run: Interpreter, words: Words, first: str, second: str, normal_offset: str) -> None:
    """The words of an arc fit together: R or offsets in the plane, never both."""
    offsets = [letter for letter in "ijk" if letter in words]
    if "r" in words:
        if offsets:
            raise arcs.arc_fault("an arc is given by R or by I J K, not by both")
        if first not in words and second not in words and not {"@", "^"} & words.keys():
            raise arcs.arc_fault(f"an arc given by R needs {first.upper()} or {second.upper()}")
        return
    if not offsets:
        raise arcs.arc_fault("an arc needs R, or I J K")
    if normal_offset in words:
        raise arcs.arc_fault(f"{normal_offset.upper()} is not in the plane of the arc")
    if run.state.modes.arc_absolute:
        needed = {"x": "i", "y": "j", "z": "k"}
        for axis in (first, second):
            if needed[axis] not in words:
                raise arcs.arc_fault(f"{needed[axis].upper()} is missing: with G90.1 a centre has both")


def dwell_seconds(run: Interpreter, words: Words) -> float:
    """P of G4 in seconds, by the dialect."""
    if run.dialect.dwell_p_is_ms:
        if "p" in words:
            return words["p"] / 1000.0
        if "x" in words or "u" in words:
            return words.get("x", words.get("u", 0.0))
    elif words.get("p", -1.0) != -1.0:
        return words["p"]
    raise ProgramFault(Category.MISSING_WORD, "G4 needs the time to wait: P")


def probe(run: Interpreter, code: int, words: Words) -> None:
    """G38.2 .. G38.5: move until contact is made or lost; where it happened goes to #5061..."""
    if run.compensation.side:
        raise ProgramFault(Category.COMP_STATE, "no probing with cutter compensation on")
    if run.state.modes.feed == 0.0:
        raise ProgramFault(Category.FEED_MISSING, "a probing move without a feed: F is missing or zero")
    if run.state.modes.feed_mode == FeedMode.PER_REVOLUTION:
        raise ProgramFault(Category.PROBE, "no probing with feed per revolution (G95)")
    end = target(run, words)
    if distance(run.state.position, end) < NO_MOVE_MM:
        raise ProgramFault(Category.PROBE, "the probing move ends where it begins")
    run.record_probe(code, end)


PLANE_OF_CODE = {170: Plane.XY, 180: Plane.ZX, 190: Plane.YZ}
