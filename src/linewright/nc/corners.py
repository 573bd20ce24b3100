# mypy: disable-error-code="no-untyped-def, no-any-return"
"""Corners: at what speed, over what rounding, with what overlap one segment goes over to the next.

The model is the documented behaviour of LinuxCNC's trajectory planner (User Concepts, "Trajectory Control";
G-code reference, G61, G61.1, G64; INI reference, ARC_BLEND_*), put as formulas along the whole path instead
of cycle by cycle:

- G61.1 stops everywhere; rapid and feed never blend; a full reversal stops.
- A near-tangent corner is passed at the speed whose jump in direction fits into one servo period with a
  tenth of the acceleration.
- A corner under G64 P is rounded by an arc that stays within P of the corner and takes at most half of each
  neighbour; it is passed at the centripetal limit of that arc.
- Where an arc does not fit, the next segment starts while this one brakes (parabolic blend). Each segment
  with such a blend at one of its ends keeps half of its acceleration for the other one; so does a segment
  whose successor is unknown.

The other model, `slowed`, is that of controls which keep the programmed path and pass the corner at the
centripetal speed of the rounding that the tolerance would allow (junction deviation).
"""

from __future__ import annotations

import math

import numpy as np

from linewright.compiled import of_arrays
from linewright.nc.moves import PathMode
from linewright.nc.segments import SEGMENT

#: What happens at the end of a segment.
STOP, PASS, ROUND, BLEND, OPEN = 0, 1, 2, 3, 4

#: A corner as decided: see STOP..OPEN.
CORNER = np.dtype(
    [
        ("kind", np.uint8),
        ("speed", np.float64),  # PASS: highest speed through the corner; ROUND: along the arc, mm/s
        ("trim", np.float64),  # ROUND: path cut off each neighbour, mm
        ("arc", np.float64),  # ROUND: length of the rounding arc, mm
        ("acceleration", np.float64),  # ROUND: tangential acceleration along the arc, mm/s2
        ("jerk", np.float64),  # ROUND: mm/s3
        ("overlap", np.float64),  # BLEND: time by which the next segment starts before this one ends, s
        ("spare", np.float64),  # part of the neighbours' acceleration kept for the change of direction
    ]
)

#: One piece of the chain that `profiles.run_chain` runs: a segment between its corners, or a rounding arc.
PIECE = np.dtype(
    [
        ("owner", np.int64),  # index of the segment; a rounding arc has ~index of the segment before it
        ("length", np.float64),  # mm
        ("cruise", np.float64),  # highest speed within, mm/s
        ("exit", np.float64),  # highest speed at its end, mm/s; 0: stop
        ("acceleration", np.float64),  # mm/s2
        ("jerk", np.float64),  # mm/s3
        ("overlap", np.float64),  # time by which the next piece starts before this one ends, s
    ]
)

_CONTINUOUS, _EXACT_PATH, _EXACT_STOP = (int(m) for m in PathMode)
#: Part of the reach of an arc by which its chord turns; fitted on the measured trochoid of the timing pack.
_CHORD_SHARE = 0.208
_REVERSAL_COSINE = -1.0 + 1e-6


@of_arrays
def plane_limit(limits, row: int, u, w) -> float:
    """Largest circle, in the plane of unit vectors u and w, inside the box of axis limits `limits[row]`."""
    normal = np.empty(3)
    normal[0] = u[1] * w[2] - u[2] * w[1]
    normal[1] = u[2] * w[0] - u[0] * w[2]
    normal[2] = u[0] * w[1] - u[1] * w[0]
    size = math.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2)
    least = np.inf
    for axis in range(3):
        share = 1.0 - (normal[axis] / size) ** 2 if size > 0.0 else u[axis] ** 2
        if share > 1e-9:
            least = min(least, limits[row, axis] / math.sqrt(share))
    return least


@of_arrays
def jump_share(one, two, speed: float, limits, period: float, arc_share: float) -> float:
    """Part of the axes' acceleration that the turn from `one` to `two` needs in one servo period."""
    most = 0.0
    for axis in range(3):
        jump = abs(two["enter"][axis] - one["leave"][axis]) * speed / period
        most = max(most, jump / limits[1, axis])
    if one["radius"] > 0.0 or two["radius"] > 0.0:
        most /= arc_share
    return most


@of_arrays
def arc_reach(seg, half_angle: float, convex: bool) -> float:
    """Angle of an arc segment that a rounding may use, rad: half of it, less than the corner where convex."""
    if seg["radius"] == 0.0:
        return 0.0
    return min(0.5 * seg["length"] / seg["radius"], half_angle if convex else 0.5 * math.pi)


@of_arrays
def half_room(seg, reach: float, convex: bool) -> float:
    """Path that a rounding may take from one end of a segment, mm: at most half of it."""
    if seg["radius"] == 0.0:
        return 0.5 * seg["length"]
    return seg["radius"] * (math.sin(0.25 * reach) if convex else reach)


@of_arrays
def turns_with_corner(seg, other, at_start: bool) -> bool:
    """Whether an arc goes on turning the way the corner turns, so that its neighbour enters its circle."""
    if seg["radius"] == 0.0:
        return False
    which, along, sign = (0, other["leave"], -1.0) if at_start else (1, other["enter"], 1.0)
    towards = 0.0
    for axis in range(3):
        towards += seg["bend"][which, axis] * along[axis]
    return sign * towards > 0.0


@of_arrays
def round_corner(corner, one, two, half_angle, limits, normal_share, centripetal, headroom, period) -> None:
    """Fit a rounding arc: fill speed, trim, arc, acceleration, jerk. `half_angle`: half the inner angle, rad.

    An arc that turns with the corner is replaced by a chord: the inner angle closes.
    """
    convex_one, convex_two = turns_with_corner(one, two, False), turns_with_corner(two, one, True)
    reach_one = arc_reach(one, half_angle, convex_one)
    reach_two = arc_reach(two, half_angle, convex_two)
    fitted = half_angle
    if convex_one:
        fitted -= _CHORD_SHARE * reach_one
    if convex_two:
        fitted -= _CHORD_SHARE * reach_two
    tolerance = one["tolerance"]
    if tolerance <= 0.0:
        tolerance = 0.25 * min(one["length"], two["length"])
    acceleration = plane_limit(limits, 1, one["leave"], two["enter"])
    normal = centripetal if centripetal < np.inf else normal_share * acceleration
    # the arc's middle is P away from the corner: distance of its centre h = P / (1 - sin), trim h cos,
    # radius h sin
    trim = tolerance / (1.0 - math.sin(fitted)) * math.cos(fitted)
    trim = min(trim, half_room(one, reach_one, convex_one), half_room(two, reach_two, convex_two))
    radius = trim * math.tan(fitted)
    wanted = max(one["request"], two["request"])
    wanted = min(wanted * headroom, plane_limit(limits, 0, one["leave"], two["enter"]))
    speed = min(math.sqrt(normal * radius), wanted)
    radius = min(radius, wanted * wanted / normal)
    sweep = math.pi - 2.0 * half_angle
    corner["trim"] = radius / math.tan(half_angle)
    corner["arc"] = radius * sweep
    corner["speed"] = min(speed, corner["arc"] / period) if period > 0.0 else speed
    used = min(corner["speed"] ** 2 / radius / acceleration, normal_share)
    corner["acceleration"] = acceleration * math.sqrt(1.0 - used * used)
    corner["jerk"] = plane_limit(limits, 2, one["leave"], two["enter"])


@of_arrays
def blend_corner(one, two, half_angle: float):
    """Parabolic blend: speed at which the next segment starts, and the net speed through the corner, mm/s."""
    a1, a2 = 0.5 * one["acceleration"], 0.5 * two["acceleration"]
    v1 = min(one["request"], math.sqrt(a1 * one["length"]))
    v2 = min(two["request"], math.sqrt(a2 * two["length"]))
    time_s = min(min(one["length"] / v1, two["length"] / v2), max(v1 / a1, v2 / a2))
    v1 = min(v1, time_s * a1)
    v2 = min(v2, time_s * a2)
    cosine = math.cos(half_angle)
    if one["tolerance"] > 0.0 and cosine > 1e-3:
        bound = 2.0 * math.sqrt(a1 * one["tolerance"] / cosine)
        v1 = min(v1, bound)
        v2 = min(v2, bound)
    return v1, math.sin(half_angle) * 0.5 * (v1 + v2)


@of_arrays
def in_plane(one, two) -> bool:
    """Whether the arcs at a corner lie in the corner's plane, so that an arc can round it."""
    u, w = one["leave"], two["enter"]
    for seg, which in ((one, 1), (two, 0)):
        bend = seg["bend"][which]
        off = bend[0] * (u[1] * w[2] - u[2] * w[1])
        off += bend[1] * (u[2] * w[0] - u[0] * w[2])
        off += bend[2] * (u[0] * w[1] - u[1] * w[0])
        if abs(off) > 1e-4:
            return False
    return True


@of_arrays
def decide_corner(
    corner, one, two, limits, normal_share, centripetal, kink_share, headroom, period, slowed
) -> None:
    """Fill the corner between two segments; see the module's text."""
    corner["spare"] = 0.0
    corner["overlap"] = 0.0
    if one["halt"] or one["path_mode"] == _EXACT_STOP or one["rapid"] != two["rapid"]:
        corner["kind"] = STOP
        return
    cosine = 0.0
    for axis in range(3):
        cosine += one["leave"][axis] * two["enter"][axis]
    cosine = min(1.0, max(-1.0, cosine))
    if cosine <= _REVERSAL_COSINE or not moves_linearly(one) or not moves_linearly(two):
        corner["kind"] = STOP
        return
    speed = min(one["request"], two["request"]) * headroom
    arc_share = math.sqrt(1.0 - normal_share * normal_share)
    share = jump_share(one, two, speed, limits, period, arc_share)
    if share < kink_share:
        corner["kind"] = PASS
        corner["speed"] = speed
        corner["spare"] = share
        return
    kink = speed * kink_share / share
    if one["path_mode"] == _EXACT_PATH:
        corner["kind"] = PASS
        corner["speed"] = kink
        corner["spare"] = kink_share
        return
    half_angle = 0.5 * math.acos(-cosine)
    round_corner(corner, one, two, half_angle, limits, normal_share, centripetal, headroom, period)
    if slowed:
        corner["kind"] = PASS
        corner["speed"] = max(kink, corner["speed"])
        return
    if in_plane(one, two):
        corner["kind"] = ROUND
    else:
        start, net = blend_corner(one, two, half_angle)
        corner["kind"] = BLEND
        corner["overlap"] = start / (0.5 * one["acceleration"])
        corner["speed"] = 0.5 * net
    if kink > corner["speed"]:
        corner["kind"] = PASS
        corner["speed"] = kink
        corner["spare"] = kink_share
        corner["overlap"] = 0.0


@of_arrays
def moves_linearly(seg) -> bool:
    """Whether the segment moves X, Y or Z at all (rotary-only segments have no direction)."""
    return seg["enter"][0] != 0.0 or seg["enter"][1] != 0.0 or seg["enter"][2] != 0.0


@of_arrays
def decide_corners(
    segments, limits, normal_share, centripetal, kink_share, headroom, period, slowed, corners
) -> None:
    """Fill `corners` (n,) CORNER: corner i is at the end of segment i; the last one is OPEN or STOP."""
    count = len(segments)
    for i in range(count):
        one = segments[i]
        corner = corners[i]
        if i + 1 < count:
            two = segments[i + 1]
            decide_corner(
                corner, one, two, limits, normal_share, centripetal, kink_share, headroom, period, slowed
            )
        else:
            corner["kind"] = STOP
            corner["spare"] = 0.0
            corner["overlap"] = 0.0
        if (one["halt"] or i + 1 == count) and one["path_mode"] == _CONTINUOUS and not slowed:
            corner["kind"] = OPEN  # the control leaves room for a successor that does not come


@of_arrays
def lay_piece(piece, owner: int, length: float, cruise: float, acceleration: float, jerk: float) -> None:
    """Fill one record of the chain."""
    piece["owner"] = owner
    piece["length"] = length
    piece["cruise"] = cruise
    piece["acceleration"] = acceleration
    piece["jerk"] = jerk
    piece["exit"] = 0.0
    piece["overlap"] = 0.0


@of_arrays
def lay_chain(segments, corners, gap_s: float, pieces) -> int:
    """Fill `pieces` (2 n,) PIECE with segments and rounding arcs in turn; returns their count.

    What is left of a segment before a rounding joins the arc where it lasts less than `gap_s`.
    """
    count = 0
    trimmed, spared, halved_before = 0.0, 0.0, False
    for i in range(len(segments)):
        seg, corner = segments[i], corners[i]
        rounded = corner["kind"] == ROUND
        halved = corner["kind"] == BLEND or corner["kind"] == OPEN
        rest = max(seg["length"] - trimmed - (corner["trim"] if rounded else 0.0), 0.0)
        joined = rounded and rest < gap_s * corner["speed"]
        if not joined:
            share = (1.0 - max(corner["spare"], spared)) * (0.5 if halved or halved_before else 1.0)
            lay_piece(pieces[count], i, rest, seg["request"], seg["acceleration"] * share, seg["jerk"])
            if corner["kind"] == PASS or rounded:
                pieces[count]["exit"] = corner["speed"]
            pieces[count]["overlap"] = corner["overlap"]
            count += 1
        if rounded:
            speed = min(corner["speed"], max(seg["request"], segments[i + 1]["request"]))
            length = corner["arc"] + (rest if joined else 0.0)
            lay_piece(pieces[count], ~i, length, speed, corner["acceleration"], corner["jerk"])
            pieces[count]["exit"] = corner["speed"]
            count += 1
        trimmed = corner["trim"] if rounded else 0.0
        spared = corner["spare"]
        halved_before = corner["kind"] == BLEND
    return count


def new_segments(count: int) -> np.ndarray:
    """An array of `count` zeroed segments."""
    return np.zeros(count, SEGMENT)
