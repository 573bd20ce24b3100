"""Corners: at what speed, over what rounding and with what overlap a control goes from one segment to the next.

The model is the documented behaviour of LinuxCNC's trajectory planner (User Concepts, "Trajectory Control";
G-code reference, G61, G61.1, G64; INI reference, ARC_BLEND_*), put as formulas along the whole path instead of
cycle by cycle:

- G61.1 stops everywhere; rapid and feed never blend; a full reversal stops.
- A near-tangent corner is passed at the speed whose jump in direction fits into one servo period with a tenth of
  the acceleration.
- A corner under G64 P is rounded by an arc that stays within P of the corner and takes at most half of each
  neighbour; it is passed at the centripetal limit of that arc.
- Where an arc does not fit, the next segment starts while this one brakes (parabolic blend). Each segment with such
  a blend at one of its ends keeps half of its acceleration for the other one; so does a segment whose successor is
  unknown.

The other model, `slowed`, is that of controls which keep the programmed path and pass the corner at the
centripetal speed of the rounding that the tolerance would allow (junction deviation).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

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

_CONTINUOUS, _EXACT_PATH, _EXACT_STOP = (int(m) for m in PathMode)
_REVERSAL_COSINE = -1.0 + 1e-6


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def jump_share(one, two, speed: float, limits, period: float, arc_share: float) -> float:
    """Part of the axes' acceleration that turning from `one` to `two` at `speed` needs in one servo period."""
    most = 0.0
    for axis in range(3):
        jump = abs(two["enter"][axis] - one["leave"][axis]) * speed / period
        most = max(most, jump / limits[1, axis])
    if one["radius"] > 0.0 or two["radius"] > 0.0:
        most /= arc_share
    return most


@njit(cache=True, nogil=True)
def half_room(seg) -> float:
    """Path that a rounding may take from one end of a segment, mm: half of it, an arc at most a third of pi."""
    if seg["radius"] > 0.0:
        return min(0.5 * seg["length"], seg["radius"] * math.pi / 3.0)
    return 0.5 * seg["length"]


@njit(cache=True, nogil=True)
def round_corner(corner, one, two, half_angle, limits, normal_share, headroom, period) -> None:
    """Fit a rounding arc: fill speed, trim, arc, acceleration, jerk. `half_angle`: half the inner angle, rad."""
    tolerance = one["tolerance"]
    if tolerance <= 0.0:
        tolerance = 0.25 * min(one["length"], two["length"])
    acceleration = plane_limit(limits, 1, one["leave"], two["enter"])
    normal = normal_share * acceleration
    # the arc's middle is P away from the corner: distance of its centre h = P / (1 - sin), trim h cos, radius h sin
    trim = tolerance / (1.0 - math.sin(half_angle)) * math.cos(half_angle)
    trim = min(trim, half_room(one), half_room(two))
    radius = trim * math.tan(half_angle)
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


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def decide_corner(corner, one, two, limits, normal_share, kink_share, headroom, period, slowed) -> None:
    """Fill the corner between two segments; see the module text."""
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
    round_corner(corner, one, two, half_angle, limits, normal_share, headroom, period)
    start, blend = blend_corner(one, two, half_angle)
    if slowed:
        corner["kind"] = PASS
        corner["speed"] = max(kink, corner["speed"])
    elif corner["speed"] >= kink and corner["speed"] >= 0.5 * blend:
        corner["kind"] = ROUND
    elif kink >= 0.5 * blend:
        corner["kind"] = PASS
        corner["speed"] = kink
        corner["spare"] = kink_share
    else:
        corner["kind"] = BLEND
        corner["overlap"] = start / (0.5 * one["acceleration"])


@njit(cache=True, nogil=True)
def moves_linearly(seg) -> bool:
    """Whether the segment moves X, Y or Z at all (rotary-only segments have no direction)."""
    return seg["enter"][0] != 0.0 or seg["enter"][1] != 0.0 or seg["enter"][2] != 0.0


@njit(cache=True, nogil=True)
def decide_corners(segments, limits, normal_share, kink_share, headroom, period, slowed, corners) -> None:
    """Fill `corners` (n,) CORNER: corner i is at the end of segment i; the last one is OPEN or STOP."""
    count = len(segments)
    for i in range(count):
        one = segments[i]
        corner = corners[i]
        if i + 1 < count:
            two = segments[i + 1]
            decide_corner(corner, one, two, limits, normal_share, kink_share, headroom, period, slowed)
        else:
            corner["kind"] = STOP
            corner["spare"] = 0.0
            corner["overlap"] = 0.0
        if (one["halt"] or i + 1 == count) and one["path_mode"] == _CONTINUOUS and not slowed:
            corner["kind"] = OPEN  # the control leaves room for a successor that does not come


@njit(cache=True, nogil=True)
def lay_chain(segments, corners, period, owner, length, exit_limit, cruise, acceleration, jerk, overlap) -> int:
    """Fill the arrays of `profiles.run_chain` (2 n,) with segments and roundings in turn; returns their count.

    `owner` (2 n,): index of the segment a piece belongs to; a rounding arc is ~i of the segment before it.
    """
    count = 0
    for i in range(len(segments)):
        seg, corner = segments[i], corners[i]
        before = corners[i - 1] if i > 0 else corners[i]
        trim = corner["trim"] if corner["kind"] == ROUND else 0.0
        spare = corner["spare"]
        halved = corner["kind"] == BLEND or corner["kind"] == OPEN
        if i > 0:
            trim += before["trim"] if before["kind"] == ROUND else 0.0
            spare = max(spare, before["spare"])
            halved = halved or before["kind"] == BLEND
        owner[count] = i
        length[count] = max(seg["length"] - trim, 1e-9)
        acceleration[count] = seg["acceleration"] * (1.0 - spare) * (0.5 if halved else 1.0)
        jerk[count] = seg["jerk"]
        cruise[count] = min(seg["request"], seg["velocity"])
        if period > 0.0:
            cruise[count] = min(cruise[count], max(length[count] / period, 1e-3))
        overlap[count] = corner["overlap"]
        exit_limit[count] = corner["speed"] if corner["kind"] == PASS or corner["kind"] == ROUND else 0.0
        count += 1
        if corner["kind"] == ROUND:
            owner[count] = ~i
            length[count] = corner["arc"]
            acceleration[count] = corner["acceleration"]
            jerk[count] = corner["jerk"]
            cruise[count] = min(corner["speed"], max(seg["request"], segments[i + 1]["request"]))
            exit_limit[count] = corner["speed"]
            overlap[count] = 0.0
            count += 1
    return count


def new_segments(count: int) -> np.ndarray:
    """An array of `count` zeroed segments."""
    return np.zeros(count, SEGMENT)
