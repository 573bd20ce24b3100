"""The canonical move: what a program makes a machine do, one record a motion or timed action.

Everything after the interpreter (checker, cycle time, virtual machine, backplot) reads arrays of `MOVE` and
nothing else. A record is complete in itself: it carries its start and its end in machine coordinates (work
offset, rotation, G92 and tool offset applied, cutter compensation done, canned cycles unrolled, splines cut
into chords) and the process state in force, so a chunk of records can be judged without those before it.

Coordinates are axis positions of the machine in mm (X Y Z) and degrees (A B C). Times are seconds, feeds
mm/s.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

import numpy as np


class Kind(IntEnum):
    """What a record does. Motions come first: `kind <= LAST_MOTION` moves an axis."""

    RAPID = 0  # G0: straight, every axis at its own limits, coordinated
    FEED = 1  # G1: straight at `feed`
    ARC_CW = 2  # G2: clockwise seen against the plane's normal; a helix where the normal axis moves too
    ARC_CCW = 3  # G3
    PROBE = 4  # G38.x: straight until contact; `end` is the target, `value` the G38 digit (2..5)
    THREAD = 5  # G33, G76 pass: straight, synchronised to the spindle, `pitch_mm` each revolution
    TAP = 6  # G33.1, G84: synchronised to `end`, spindle reverses, back to `start`: the axis ends at `start`
    DWELL = 16  # `value` seconds
    TOOL_CHANGE = 17  # M6: `tool` is the tool now in the spindle, `value` the one before
    TOOL_SELECT = 18  # T word: `value` is the tool asked for, so that the magazine can move meanwhile
    SPINDLE = 19  # direction or speed changed: `spindle_dir`, `spindle_rpm`, `css_m_s` as from now on
    COOLANT = 20  # `coolant` as from now on
    STOP = 21  # M0
    OPTIONAL_STOP = 22  # M1
    PALLET = 23  # M60
    ORIENT = 24  # M19: `value` degrees
    OUTPUT = 25  # M62..M68: output `tool_pocket` set to `value`
    WAIT = 26  # M66: waits at most `value` seconds for an input
    TOOL_OFFSET = 27  # the tool-length offset changed: `value` is the new Z offset, mm
    END = 31  # M2, M30, closing percent sign


LAST_MOTION = Kind.TAP


class Plane(IntEnum):
    """Plane of arcs and cycles; the normal axis is Z, Y, X."""

    XY = 0  # G17
    ZX = 1  # G18
    YZ = 2  # G19


class FeedMode(IntEnum):
    """How F was programmed. `feed` is already resolved to mm/s except per revolution."""

    PER_MINUTE = 0  # G94: `feed` mm/s (degrees/s where only rotary axes move)
    INVERSE_TIME = 1  # G93: `feed` mm/s, resolved from the length of this move: length / time
    PER_REVOLUTION = 2  # G95: `feed` mm per revolution: times spindle_rpm / 60 gives mm/s


class PathMode(IntEnum):
    """What may happen at a corner between two moves."""

    CONTINUOUS = (
        0  # G64: keep the speed; `tolerance_mm` > 0 bounds the rounding (P), 0 leaves it to the control
    )
    EXACT_PATH = 1  # G61: touch every programmed point, stop only where it must
    EXACT_STOP = 2  # G61.1: stop at every programmed point


class Coolant(IntFlag):
    """Coolants that are on."""

    OFF = 0
    MIST = 1  # M7
    FLOOD = 2  # M8


class Flag(IntFlag):
    """Where a record comes from, for displays and checks."""

    NONE = 0
    COMPENSATED = 1  # cutter radius compensation in force (G41, G42)
    COMP_CORNER = 2  # an arc added by the compensation around an outer corner
    CYCLE = 4  # unrolled from a canned cycle
    SPLINE = 8  # a chord of a spline (G5, G5.1, G5.2)
    SPLINE_FIRST = 16  # the first chord; `value` holds the count of control points
    MACHINE_COORDINATES = 32  # programmed with G53, G28, G30
    LENGTH_OFFSET = 64  # a tool-length offset is active (G43)
    FEED_OVERRIDE_OFF = 128  # M48..M53: the feed override has no effect
    SPEED_OVERRIDE_OFF = 256  # the spindle override has no effect
    INCHES = 512  # programmed in inches (G20)


#: One record a motion or timed action; see the enumerations above for the codes.
#: Records that do not move have start == end == where the machine stands.
MOVE = np.dtype(
    [
        ("kind", np.uint8),  # Kind
        ("plane", np.uint8),  # Plane
        ("feed_mode", np.uint8),  # FeedMode
        ("path_mode", np.uint8),  # PathMode
        ("coolant", np.uint8),  # Coolant bits
        ("spindle_dir", np.int8),  # +1 clockwise (M3), -1 counter-clockwise (M4), 0 stopped
        ("turns", np.int16),  # arcs: full turns begun, >= 1; a plain arc or full circle has 1 (P word)
        ("flags", np.uint16),  # Flag bits
        ("file", np.int16),  # index in the interpreter's list of files; 0 is the main program
        ("line", np.int32),  # 1-based line of that file
        ("block", np.int32),  # N word; -1 where there is none
        ("tool", np.int32),  # tool number in the spindle; 0 none
        ("tool_pocket", np.int32),  # pocket of that tool (tool change, select), or index of an output
        ("start", np.float64, (6,)),  # x y z mm, a b c degrees
        ("end", np.float64, (6,)),  # x y z mm, a b c degrees
        ("centre", np.float64, (3,)),  # arcs: centre x y z, mm; the normal coordinate is that of `end`
        ("feed", np.float64),  # see FeedMode; rapids: 0
        ("pitch_mm", np.float64),  # THREAD, TAP: mm per revolution; 0 otherwise
        ("spindle_rpm", np.float64),  # programmed speed; with css_m_s > 0 the upper limit of the speed
        ("css_m_s", np.float64),  # G96: constant surface speed, m/s; 0: constant rotation (G97)
        ("tolerance_mm", np.float64),  # G64 P, see PathMode
        ("merge_mm", np.float64),  # G64 Q: straight feeds that stay so near to one line may be joined; 0: none
        ("value", np.float64),  # by kind, see Kind
    ]
)


def new_moves(count: int) -> np.ndarray:
    """An array of `count` zeroed records."""
    return np.zeros(count, MOVE)
