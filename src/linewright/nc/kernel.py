"""Compiled code: arc centres, and the fast path that reads and runs plain blocks straight from the bytes.

A plain block holds literal words only: N, one of G0 G1 G2 G3, X Y Z A B C, I J K R, F. Anything else, and
anything that would be a fault, stops the fast path in front of that line with nothing changed; the general
path takes it from there. All compiled functions that call each other stand in this file, so that the
compiler's cache cannot keep an old callee.
"""

from __future__ import annotations

import math

import numpy as np

from linewright.compiled import of_arrays

#: An arc's start and end radius may differ by the dialect's tolerance whatever the radius, and by this part of the
#: radius, but never by more than a hundred times the tolerance.
RELATIVE_TOLERANCE = 1e-3

ARC_FITS, NO_RADIUS, RADII_DIFFER, ENDS_WHERE_IT_BEGINS, RADIUS_TOO_SMALL = range(5)

#: Places in the array of whole numbers that goes in and out of `run_plain`.
LINE, MOTION, PLANE, ABSOLUTE, BLOCK, FILE, PATH, COOLANT, TURNING, FLAGS, TOOL, POCKET, ROWS, BLOCKS = range(
    14
)
INTEGERS = 14
#: Places in the array of real numbers: three positions of six axes, then the rest.
POSITION, MACHINE, TOTAL = 0, 6, 12
UNIT, FEED, COSINE, SINE, LOCAL_X, LOCAL_Y, BASE_X, BASE_Y, ROTATION, SPEED, SURFACE, TOLERANCE = range(
    18, 30
)
ARC_TOLERANCE, MERGE, RADII_DIFFER_BY = 30, 31, 32
REALS = 33

MAX_LINE = 255
_A, _B, _C, _F, _G, _I, _J, _K, _N, _R, _X, _Y, _Z = (ord(letter) - 65 for letter in "ABCFGIJKNRXYZ")
_ALLOWED = sum(1 << letter for letter in (_A, _B, _C, _F, _I, _J, _K, _R, _X, _Y, _Z))
_AXES = sum(1 << letter for letter in (_A, _B, _C, _X, _Y, _Z))
_CENTRE = sum(1 << letter for letter in (_I, _J, _K))
_RADIUS = 1 << _R
_POWERS = 10.0 ** np.arange(20)
_AXIS_OF = np.array([_X, _Y, _Z, _A, _B, _C])
_OFFSET_OF = np.array([_I, _J, _K])
_PLANE_AXES = np.array([[0, 1, 2], [2, 0, 1], [1, 2, 0]])


@of_arrays
def check_centre(start_1, start_2, end_1, end_2, centre_1, centre_2, least, tolerance):  # type: ignore[no-untyped-def]
    """Whether start and end lie on one circle around a centre, its radius more than `least`, the radii of both alike by
    `tolerance`; mm; a code, ARC_FITS where they do.
    """
    first = math.hypot(start_1 - centre_1, start_2 - centre_2)
    last = math.hypot(end_1 - centre_1, end_2 - centre_2)
    if first < least or last < least:
        return NO_RADIUS
    difference = abs(first - last)
    if difference > 100 * tolerance:
        return RADII_DIFFER
    if difference > tolerance and difference > RELATIVE_TOLERANCE * max(first, last):
        return RADII_DIFFER
    return ARC_FITS


@of_arrays
def centre_of_radius(start_1, start_2, end_1, end_2, radius, turn, tolerance):  # type: ignore[no-untyped-def]
    """Centre of an arc by its radius: (code, first, second); mm. A negative radius is the longer arc's."""
    chord_1, chord_2 = end_1 - start_1, end_2 - start_2
    half = math.hypot(chord_1, chord_2) / 2
    size = abs(radius)
    if half == 0.0:
        return ENDS_WHERE_IT_BEGINS, 0.0, 0.0
    if half - size > tolerance:
        return RADIUS_TOO_SMALL, 0.0, 0.0
    height = math.sqrt(max(size * size - half * half, 0.0))
    if half > size * (1 - 1e-6):
        height = 0.0
    side = turn if radius > 0 else -turn  # the centre lies left of the chord on a short counter-clockwise arc
    scale = side * height / (2 * half)
    return ARC_FITS, (start_1 + end_1) / 2 - chord_2 * scale, (start_2 + end_2) / 2 + chord_1 * scale


@of_arrays
def read_number(data, at, size):  # type: ignore[no-untyped-def]
    """A literal number: (value, where it ends or -1 for none, digits after the point or -1)."""
    negative = False
    if at < size and (data[at] == 45 or data[at] == 43):
        negative = data[at] == 45
        at += 1
    mantissa, digits, places = 0, 0, -1
    while at < size:
        c = np.int64(data[at])  # a byte as it stands wraps around where it is reckoned with uncompiled
        if 48 <= c <= 57:
            mantissa = mantissa * 10 + (c - 48)  # type: ignore[assignment]
            digits += 1
            if places >= 0:
                places += 1
        elif c == 46 and places < 0:
            places = 0
        else:
            break
        at += 1
    if digits == 0 or digits > 15 or (at < size and data[at] == 46):
        return 0.0, -1, places
    value = float(mantissa)
    if places > 0:
        value /= _POWERS[places]
    return -value if negative else value, at, places


@of_arrays
def read_line(data, at, size, words):  # type: ignore[no-untyped-def]
    """Cut a line into words: (next line or -1 where it is not plain, letters as bits, motion, N).

    `words` has one place for each letter and is modified in place.
    """
    begin, seen, motion, number = at, 0, -1, -1
    while True:
        while at < size and (data[at] == 32 or data[at] == 9):
            at += 1
        if at >= size:
            break
        c = np.int64(data[at])
        if c == 13 and at + 1 < size and data[at + 1] == 10:
            at += 1
            c = np.int64(data[at])
        if c == 10:
            break
        letter = c - 97 if c >= 97 else c - 65
        if letter < 0 or letter > 25:
            return -1, 0, 0, 0
        at += 1
        while at < size and (data[at] == 32 or data[at] == 9):
            at += 1
        value, end, places = read_number(data, at, size)
        if end < 0:
            return -1, 0, 0, 0
        if letter == _N:
            if seen or motion >= 0 or number >= 0 or places >= 0 or data[at] < 48 or value > 999_999_999:
                return -1, 0, 0, 0
            number = int(value)
        elif letter == _G:
            if motion >= 0 or not (value == 0.0 or value == 1.0 or value == 2.0 or value == 3.0):
                return -1, 0, 0, 0
            motion = int(value)
        else:
            bit = 1 << letter
            if not bit & _ALLOWED or bit & seen:
                return -1, 0, 0, 0
            seen |= bit  # type: ignore[assignment]
            words[letter] = value
        at = end
    if at - begin > MAX_LINE:
        return -1, 0, 0, 0
    return at + 1, seen, motion, number


@of_arrays
def to_machine(reals, point, machine):  # type: ignore[no-untyped-def]
    """Machine coordinates of a program point, into `machine`; the same sums as `state.Frames.to_machine`."""
    for axis in range(6):
        machine[axis] = point[axis] + reals[TOTAL + axis]
    if reals[ROTATION] != 0.0:
        x, y = point[0] + reals[LOCAL_X], point[1] + reals[LOCAL_Y]
        machine[0] = x * reals[COSINE] - y * reals[SINE] + reals[BASE_X]
        machine[1] = x * reals[SINE] + y * reals[COSINE] + reals[BASE_Y]


@of_arrays
def find_centre(words, seen, motion, plane, unit, position, target, centre, tolerance, differ):  # type: ignore[no-untyped-def]
    """Centre of a plain arc into `centre` (program coordinates of `target` elsewhere); False where there is
    none.
    """
    first, second, normal = _PLANE_AXES[plane]
    given = seen & _CENTRE
    if seen & _RADIUS:
        in_plane = (1 << _AXIS_OF[first]) | (1 << _AXIS_OF[second])
        if given or not seen & in_plane:
            return False
        turn = 1.0 if motion == 3 else -1.0
        code, centre_1, centre_2 = centre_of_radius(
            position[first],
            position[second],
            target[first],
            target[second],
            words[_R] * unit,
            turn,
            tolerance,
        )
    else:
        if given == 0 or given & (1 << _OFFSET_OF[normal]):
            return False
        centre_1, centre_2 = position[first], position[second]
        if seen & (1 << _OFFSET_OF[first]):
            centre_1 = words[_OFFSET_OF[first]] * unit + position[first]
        if seen & (1 << _OFFSET_OF[second]):
            centre_2 = words[_OFFSET_OF[second]] * unit + position[second]
        start_1, start_2, end_1, end_2 = position[first], position[second], target[first], target[second]
        code = check_centre(start_1, start_2, end_1, end_2, centre_1, centre_2, tolerance, differ)
    if code != ARC_FITS:
        return False
    for axis in range(6):
        centre[axis] = target[axis]
    centre[first], centre[second] = centre_1, centre_2
    return True


@of_arrays
def write_row(row, integers, reals, motion, target, centre):  # type: ignore[no-untyped-def]
    """Fill a record of motion from the state in force."""
    row.kind = motion
    row.plane = integers[PLANE]
    row.feed_mode = 0
    row.path_mode = integers[PATH]
    row.coolant = integers[COOLANT]
    row.spindle_dir = integers[TURNING]
    row.turns = 1 if motion >= 2 else 0
    row.flags = integers[FLAGS]
    row.file = integers[FILE]
    row.line = integers[LINE]
    row.block = integers[BLOCK]
    row.tool = integers[TOOL]
    row.tool_pocket = integers[POCKET]
    for axis in range(6):
        row.start[axis] = reals[MACHINE + axis]
        row.end[axis] = target[axis]
    for axis in range(3):
        row.centre[axis] = centre[axis] if motion >= 2 else 0.0
    row.feed = reals[FEED] / 60.0 if motion > 0 else 0.0
    row.pitch_mm = 0.0
    row.spindle_rpm = reals[SPEED]
    row.css_m_s = reals[SURFACE]
    row.tolerance_mm = reals[TOLERANCE]
    row.merge_mm = reals[MERGE]
    row.value = 0.0


@of_arrays
def run_plain(data, at, integers, reals, rows):  # type: ignore[no-untyped-def]
    """Run plain blocks from byte `at` on until one is not plain or `rows` is full: where it stopped.

    `integers` and `reals` hold the state as laid out above and are modified in place, `rows` (`moves.MOVE`)
    from place `integers[ROWS]` on.
    """
    size = len(data)
    words = np.zeros(26)
    target, centre = np.zeros(6), np.zeros(6)
    machine, machine_centre = np.zeros(6), np.zeros(6)
    position = reals[POSITION : POSITION + 6]
    unit = reals[UNIT]
    while at < size and integers[ROWS] < len(rows):
        following, seen, coded, number = read_line(data, at, size, words)
        if following < 0:
            break
        moves = coded >= 0 or (seen & _AXES) != 0
        motion = coded if coded >= 0 else integers[MOTION]
        if not moves and seen & ~(1 << _F):
            break
        feed = reals[FEED]
        if seen & (1 << _F):
            feed = words[_F] * unit
            if feed < 0.0:
                break
        if moves:
            if motion < 0 or (motion > 0 and feed == 0.0):
                break
            if motion < 2 and seen & (_CENTRE | _RADIUS):
                break
            for axis in range(6):
                letter = _AXIS_OF[axis]
                target[axis] = position[axis]
                if seen & (1 << letter):
                    step = words[letter] * unit if axis < 3 else words[letter]
                    target[axis] = step if integers[ABSOLUTE] else position[axis] + step
            if motion >= 2:
                plane, least, differ = integers[PLANE], reals[ARC_TOLERANCE], reals[RADII_DIFFER_BY]
                if not find_centre(words, seen, motion, plane, unit, position, target, centre, least, differ):
                    break
                to_machine(reals, centre, machine_centre)
        reals[FEED] = feed
        if moves:
            to_machine(reals, target, machine)
            integers[BLOCK] = number
            write_row(rows[integers[ROWS]], integers, reals, motion, machine, machine_centre)
            for axis in range(6):
                position[axis] = target[axis]
                reals[MACHINE + axis] = machine[axis]
            integers[ROWS] += 1
            integers[MOTION] = motion
        integers[LINE] += 1
        integers[BLOCKS] += 1
        at = following
    return min(at, size)
