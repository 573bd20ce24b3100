"""Moves synchronised to the spindle: G33, rigid tapping G33.1, the threading cycle G76."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linewright.nc.faults import Category, ProgramFault
from linewright.nc.motion import axis_scale, target
from linewright.nc.moves import Flag, Kind
from linewright.nc.setup import Position

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words


def pitch_of(run: Interpreter, words: Words, code: str) -> float:
    """K word: mm along the thread in one revolution."""
    if "k" not in words:
        raise ProgramFault(Category.MISSING_WORD, f"{code} needs the pitch: K")
    return words["k"] * run.unit_mm


def check_turning(run: Interpreter, code: str) -> None:
    """A synchronised move waits for the spindle: it must turn."""
    if run.state.turning() == 0:
        raise ProgramFault(Category.MODAL_STATE, f"{code}: the spindle is not turning")


def thread(run: Interpreter, words: Words) -> None:
    """G33: straight, K mm each revolution."""
    no_compensation(run)
    pitch = pitch_of(run, words, "G33")
    check_turning(run, "G33")
    run.synchronised(Kind.THREAD, target(run, words), pitch, Flag.NONE)


def rigid_tap(run: Interpreter, words: Words) -> None:
    """G33.1: to the end, reverse, back to the start."""
    no_compensation(run)
    pitch = pitch_of(run, words, "G33.1")
    check_turning(run, "G33.1")
    start = run.state.position
    end = target(run, words)
    run.synchronised(Kind.TAP, end, pitch, Flag.NONE)
    run.arrive((*start[:3], *end[3:]))


def no_compensation(run: Interpreter) -> None:
    """Synchronised moves exclude cutter compensation."""
    if run.compensation.side:
        raise ProgramFault(Category.COMP_STATE, "no synchronised move with cutter compensation on")


@dataclass(slots=True)
class ThreadCut:
    """A G76 cycle, in mm; X positions are radii, depths are measured from the drive line."""

    side: float  # +1 internal, -1 external: the direction in which the cut deepens
    start: Position
    end_z: float
    peak: float  # distance from the drive line to the thread's peak
    height: float  # full depth of the thread
    pitch: float
    taper: float  # length of the taper along Z, with the sign of the feed
    taper_pitch: float
    entry_taper: bool
    exit_taper: bool
    lead: float  # tangent of the compound slide angle

    def depth_x(self, depth: float) -> float:
        """X of a depth measured from the drive line."""
        return self.start[0] + self.side * depth


def threading_cycle(run: Interpreter, words: Words) -> None:
    """G76: passes of growing depth, then the spring passes."""
    no_compensation(run)
    cut, first_depth, degression, springs = read_thread_words(run, words)
    check_turning(run, "G76")
    full = cut.peak + cut.height
    depth, count = cut.peak + first_depth, 1
    while depth < full:
        cut_pass(run, cut, depth)
        count += 1
        if count > run.setup.limits.cycle_passes:
            raise ProgramFault(Category.LIMIT, "G76 needs more passes than are allowed")
        depth = cut.peak + first_depth * count ** (1.0 / degression)
    for _ in range(springs + 1):
        cut_pass(run, cut, full)
    end = list(cut.start)
    if "x" in words:
        word = words["x"] * axis_scale(run, 0)
        end[0] = word if run.state.modes.absolute else cut.start[0] + word
    end[2] = cut.end_z
    run.move(Kind.RAPID, tuple(end), Flag.CYCLE)  # type: ignore[arg-type]


def read_thread_words(run: Interpreter, words: Words) -> tuple[ThreadCut, float, float, int]:
    """The words of G76: geometry, first depth, degression, spring passes."""
    for letter in "pijk":
        if letter not in words:
            raise ProgramFault(Category.MISSING_WORD, f"G76 needs {letter.upper()}")
    for letter in "abc":
        if letter in words:
            raise ProgramFault(Category.CYCLE_WORD, f"{letter.upper()} cannot stand in a threading cycle")
    if words["i"] == 0.0:
        raise ProgramFault(Category.RANGE, "G76: the offset of the thread's peak I is not zero")
    if words["p"] <= 0:
        raise ProgramFault(Category.MISSING_WORD, "G76 needs the pitch: P above zero")
    radial = axis_scale(run, 0)
    first_depth, height = abs(words["j"]) * radial, abs(words["k"]) * radial
    if height < first_depth:
        raise ProgramFault(Category.RANGE, "G76: the full depth K is less than the first depth J")
    if first_depth == 0.0:
        raise ProgramFault(Category.RANGE, "G76: the first depth J is zero")
    start, end = run.state.position, target(run, words)
    towards = 1.0 if end[2] > start[2] else -1.0
    taper = max(words.get("e", 0.0) * run.unit_mm, 0.0)
    pitch = words["p"] * run.unit_mm
    ends = max(round(words.get("l", 0.0)), 0)
    lead = math.tan(math.radians(max(words.get("q", 0.0), 0.0))) * -towards
    cut = ThreadCut(
        side=1.0 if words["i"] > 0 else -1.0,
        start=start,
        end_z=end[2],
        peak=abs(words["i"]) * radial,
        height=height,
        pitch=pitch,
        taper=taper * -towards,
        taper_pitch=pitch * math.hypot(taper, height) / taper if taper > 0 else pitch,
        entry_taper=bool(ends & 1) and taper > 0,
        exit_taper=bool(ends & 2) and taper > 0,
        lead=lead,
    )
    degression = max(words.get("r", 1.0), 1.0)
    springs = min(max(round(words.get("h", 0.0)), 0), run.setup.limits.cycle_passes)
    return cut, first_depth, degression, springs


def cut_pass(run: Interpreter, cut: ThreadCut, depth: float) -> None:
    """One pass: back off, advance, in (with taper), along, out (with taper), back off."""
    shift = (depth - cut.peak) * cut.lead
    first_z, last_z = cut.start[2] - shift, cut.end_z + cut.height * cut.lead - shift
    clear_x = cut.depth_x(depth - cut.peak - cut.height)
    cut_x, shallow_x = cut.depth_x(depth), cut.depth_x(depth - cut.height)
    modes = run.state.modes
    kept = modes.feed_override

    def point(x: float, z: float) -> Position:
        return (x, cut.start[1], z, *cut.start[3:])

    def sync(x: float, z: float, pitch: float) -> None:
        run.synchronised(Kind.THREAD, point(x, z), pitch, Flag.CYCLE)

    run.move(Kind.RAPID, point(clear_x, first_z), Flag.CYCLE)
    if cut.entry_taper:
        modes.feed_override = False
        sync(shallow_x, first_z, cut.taper_pitch)
        sync(cut_x, first_z - cut.taper, cut.taper_pitch)
    else:
        run.move(Kind.RAPID, point(cut_x, first_z), Flag.CYCLE)
        modes.feed_override = False
    if cut.exit_taper:
        sync(cut_x, last_z + cut.taper, cut.pitch)
        sync(shallow_x, last_z, cut.taper_pitch)
    else:
        sync(cut_x, last_z, cut.pitch)
    modes.feed_override = kept
    run.move(Kind.RAPID, point(clear_x, last_z), Flag.CYCLE)
