# mypy: disable-error-code="no-untyped-def, no-any-return"
"""Canonical moves -> path segments: what each piece of path allows by itself, its neighbours not asked.

Each axis bounds the path: a straight move runs at the speed and acceleration at which the first of its axes
meets its limit; an arc is bound by the slower axis of its plane and by the centripetal acceleration.
Consecutive short straight feeds may be merged first, as controls with a point filter do (LinuxCNC
documentation, G64: "naive cam detector").
"""

from __future__ import annotations

import math

import numpy as np

from linewright.compiled import of_arrays
from linewright.nc.moves import FeedMode, Kind, PathMode

#: One piece of path between two points where the direction may jump. Path lengths in mm (degrees where only
#: rotary axes move).
SEGMENT = np.dtype(
    [
        ("first", np.int64),  # index of the first move it comes from
        ("last", np.int64),  # index of the last one (merged straight feeds)
        ("length", np.float64),  # mm
        ("velocity", np.float64),  # highest speed that the machine allows, mm/s
        ("request", np.float64),  # speed asked for: feed, or `velocity` for a rapid, mm/s
        ("acceleration", np.float64),  # along the path, mm/s2
        ("jerk", np.float64),  # along the path, mm/s3
        ("enter", np.float64, (3,)),  # unit vector along the path at its start
        ("leave", np.float64, (3,)),  # unit vector along the path at its end
        ("radius", np.float64),  # arcs: mm; straight: 0
        ("bend", np.float64, (2, 3)),  # arcs: unit vector to the centre at start and end; straight: 0
        ("tolerance", np.float64),  # G64 P, mm
        ("path_mode", np.uint8),  # PathMode
        ("rapid", np.bool_),
        ("halt", np.bool_),  # the machine stands still after it
    ]
)

_RAPID, _FEED, _CW, _CCW = int(Kind.RAPID), int(Kind.FEED), int(Kind.ARC_CW), int(Kind.ARC_CCW)
_PROBE, _THREAD, _TAP = int(Kind.PROBE), int(Kind.THREAD), int(Kind.TAP)
_CONTINUOUS = int(PathMode.CONTINUOUS)
_PER_REV = int(FeedMode.PER_REVOLUTION)
#: Records that do not end a chain of motion: the control reads them ahead.
PASSING = np.zeros(256, np.bool_)
PASSING[[int(Kind.TOOL_SELECT), int(Kind.TOOL_OFFSET)]] = True
#: The two plane axes and the normal axis of each plane, in the order in which arcs turn counter-clockwise.
PLANE_AXES = np.array([[0, 1, 2], [2, 0, 1], [1, 2, 0]])


@of_arrays
def spindle_rpm(move) -> float:
    """Spindle speed of a move: programmed, or from the surface speed at its mean radius (X, mm)."""
    if move["css_m_s"] <= 0.0:
        return move["spindle_rpm"]
    radius_mm = max(0.5 * (abs(move["start"][0]) + abs(move["end"][0])), 1e-3)
    rpm = move["css_m_s"] * 1000.0 / (2.0 * math.pi * radius_mm) * 60.0
    return min(rpm, move["spindle_rpm"]) if move["spindle_rpm"] > 0.0 else rpm


@of_arrays
def requested_mm_s(move, override: float) -> float:
    """Path speed asked for by a feeding move, mm/s; threads and taps follow the spindle, not the override."""
    if move["kind"] == _THREAD or move["kind"] == _TAP:
        return move["pitch_mm"] * spindle_rpm(move) / 60.0
    if move["feed_mode"] == _PER_REV:
        return move["feed"] * spindle_rpm(move) / 60.0 * override
    return move["feed"] * override


@of_arrays
def lay_straight(seg, start, end, limits) -> None:
    """Fill length, direction and limits of a straight segment; `limits` as in `lay_path`."""
    squared = 0.0
    for axis in range(3):
        squared += (end[axis] - start[axis]) ** 2
    linear = squared > 0.0
    if not linear:
        for axis in range(3, 6):
            squared += (end[axis] - start[axis]) ** 2
    seg["length"] = math.sqrt(squared)
    seg["velocity"] = seg["acceleration"] = seg["jerk"] = np.inf
    for axis in range(6):
        way = abs(end[axis] - start[axis])
        if way > 0.0 and seg["length"] > 0.0:
            share = seg["length"] / way
            seg["velocity"] = min(seg["velocity"], limits[0, axis] * share)
            seg["acceleration"] = min(seg["acceleration"], limits[1, axis] * share)
            seg["jerk"] = min(seg["jerk"], limits[2, axis] * share)
    for axis in range(3):
        unit = (end[axis] - start[axis]) / seg["length"] if linear else 0.0
        seg["enter"][axis] = unit
        seg["leave"][axis] = unit
    seg["radius"] = 0.0
    seg["bend"][:] = 0.0


@of_arrays
def arc_angle(move, p: int, q: int) -> float:
    """Angle swept by an arc move in its plane (axes p, q), rad, positive."""
    a0 = math.atan2(move["start"][q] - move["centre"][q], move["start"][p] - move["centre"][p])
    a1 = math.atan2(move["end"][q] - move["centre"][q], move["end"][p] - move["centre"][p])
    sweep = a1 - a0 if move["kind"] == _CCW else a0 - a1
    if sweep <= 1e-9:
        sweep += 2.0 * math.pi
    return sweep + 2.0 * math.pi * (max(1, move["turns"]) - 1)


@of_arrays
def measure_path(moves, length) -> None:
    """Fill `length` (n,), mm: path of each move in X Y Z; 0 for records that do not move."""
    for i in range(len(moves)):
        move = moves[i]
        length[i] = 0.0
        if move["kind"] in (_CW, _CCW):
            plane = move["plane"]
            p, q, n = PLANE_AXES[plane, 0], PLANE_AXES[plane, 1], PLANE_AXES[plane, 2]
            radius = math.hypot(move["start"][p] - move["centre"][p], move["start"][q] - move["centre"][q])
            length[i] = math.hypot(radius * arc_angle(move, p, q), move["end"][n] - move["start"][n])
        elif move["kind"] <= _TAP:
            squared = 0.0
            for axis in range(3):
                squared += (move["end"][axis] - move["start"][axis]) ** 2
            length[i] = math.sqrt(squared)


@of_arrays
def lay_arc(seg, move, limits, normal_share: float, centripetal: float) -> None:
    """Fill a segment from an arc or helix.

    `normal_share`: part of the acceleration for the centripetal way; `centripetal`: its own limit, mm/s2.
    """
    p, q, n = PLANE_AXES[move["plane"], 0], PLANE_AXES[move["plane"], 1], PLANE_AXES[move["plane"], 2]
    radius = math.hypot(move["start"][p] - move["centre"][p], move["start"][q] - move["centre"][q])
    sweep = arc_angle(move, p, q)
    rise = move["end"][n] - move["start"][n]
    flat = radius * sweep
    length = math.hypot(flat, rise)
    seg["length"] = length
    planar_a = min(limits[1, p], limits[1, q])
    slope = flat / length  # cosine of the helix angle
    # a helix of pitch h bends with radius r (1 + (h / 2 pi r)^2)
    bend_radius = radius / (slope * slope)
    velocity = min(limits[0, p], limits[0, q]) / slope
    acceleration = planar_a / slope
    jerk = min(limits[2, p], limits[2, q]) / slope
    if abs(rise) > 0.0:
        velocity = min(velocity, limits[0, n] * length / abs(rise))
        acceleration = min(acceleration, limits[1, n] * length / abs(rise))
        jerk = min(jerk, limits[2, n] * length / abs(rise))
    if centripetal < np.inf:  # limits along and across the path are apart
        velocity = min(velocity, math.sqrt(centripetal * bend_radius))
        used = 0.0
    else:
        velocity = min(velocity, math.sqrt(normal_share * planar_a * bend_radius))
        used = min(velocity * velocity / bend_radius / planar_a, normal_share)
    seg["velocity"] = velocity
    # what the centripetal part leaves of the acceleration, at the highest speed of this arc
    seg["acceleration"] = acceleration * math.sqrt(1.0 - used * used)
    seg["jerk"] = jerk
    seg["radius"] = bend_radius
    turn = 1.0 if move["kind"] == _CCW else -1.0
    seg["enter"][:] = 0.0
    seg["leave"][:] = 0.0
    seg["bend"][:] = 0.0
    for which in range(2):
        point = move["start"] if which == 0 else move["end"]
        rp = point[p] - move["centre"][p]
        rq = point[q] - move["centre"][q]
        r = math.hypot(rp, rq)
        along = seg["enter"] if which == 0 else seg["leave"]
        along[p] = -turn * rq / r * slope
        along[q] = turn * rp / r * slope
        along[n] = rise / length
        seg["bend"][which, p] = -rp / r
        seg["bend"][which, q] = -rq / r


@of_arrays
def within_chord(moves, first: int, end, last: int, tolerance: float) -> bool:
    """Whether every end point of moves first..last lies within `tolerance` of the chord to `end`."""
    chord = np.empty(3)
    squared = 0.0
    for axis in range(3):
        chord[axis] = end[axis] - moves[first]["start"][axis]
        squared += chord[axis] * chord[axis]
    if squared == 0.0:
        return False
    for k in range(first, last + 1):
        along = 0.0
        for axis in range(3):
            along += (moves[k]["end"][axis] - moves[first]["start"][axis]) * chord[axis]
        along = min(1.0, max(0.0, along / squared))
        off = 0.0
        for axis in range(3):
            off += (moves[k]["end"][axis] - moves[first]["start"][axis] - along * chord[axis]) ** 2
        if off > tolerance * tolerance:
            return False
    return True


@of_arrays
def mergeable(move, like) -> bool:
    """Whether a straight feed continues `like` with the same orders and no rotary motion."""
    same = move["feed"] == like["feed"] and move["tolerance_mm"] == like["tolerance_mm"]
    same = same and move["path_mode"] == like["path_mode"] and move["feed_mode"] == like["feed_mode"]
    same = same and move["merge_mm"] == like["merge_mm"]
    for axis in range(3, 6):
        same = same and move["start"][axis] == move["end"][axis]
    return same and move["kind"] == _FEED


@of_arrays
def last_merged(moves, first: int, most: int) -> int:
    """Index of the last move that the point filter joins to straight feed `first`."""
    move = moves[first]
    last = first
    if move["kind"] != _FEED or move["path_mode"] != _CONTINUOUS or move["merge_mm"] <= 0.0:
        return last
    while last + 1 < len(moves) and last + 1 - first < most and mergeable(moves[last + 1], move):
        if not within_chord(moves, first, moves[last + 1]["end"], last, move["merge_mm"]):
            break
        last += 1
    return last


@of_arrays
def lay_path(
    moves, override, limits, normal_share, centripetal, merge_most, block_s, tolerance_mm, segments
) -> int:
    """Fill `segments` (n,) from `moves` (n,) MOVE; returns their count. Records without path are left out.

    `override` (n,): feed or rapid override of each move, 1 for 100%. `limits` (3, 6): velocity, acceleration
    and jerk of the axes X Y Z A B C. `merge_most`: most moves joined by the point filter, 1 for none.
    `block_s`: least time a block needs to be read. `tolerance_mm`: path tolerance where the program gives
    none. A record that stands still marks the segment before it as halting.
    """
    count = 0
    i = 0
    while i < len(moves):
        move = moves[i]
        kind = move["kind"]
        if kind > _TAP:
            if count > 0 and not PASSING[kind]:
                segments[count - 1]["halt"] = True
            i += 1
            continue
        seg = segments[count]
        last = last_merged(moves, i, merge_most)
        if kind in (_CW, _CCW):
            lay_arc(seg, move, limits, normal_share, centripetal)
        else:
            lay_straight(seg, move["start"], moves[last]["end"], limits)
        seg["first"] = i
        seg["last"] = last
        seg["tolerance"] = move["tolerance_mm"] if move["tolerance_mm"] > 0.0 else tolerance_mm
        seg["path_mode"] = move["path_mode"]
        seg["rapid"] = kind == _RAPID
        seg["halt"] = kind in (_TAP, _PROBE)
        if kind == _RAPID:
            seg["request"] = seg["velocity"] * override[i]
        else:
            seg["request"] = min(seg["velocity"], requested_mm_s(move, override[i]))
            if block_s > 0.0:
                seg["request"] = min(seg["request"], seg["length"] / block_s)
        i = last + 1
        if seg["length"] > 1e-9 and kind != _TAP:
            count += 1
    return count
