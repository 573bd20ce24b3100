"""Geometry of circular arcs: centres from I J K or R, lengths, true extremes.

Angles are radians. `turn` is +1 counter-clockwise and -1 clockwise in the plane's own axes (first, second).
"""

from __future__ import annotations

import math

from linewright.nc.faults import Category, ProgramFault

#: An arc's start and end radius may differ by this much (mm) whatever the radius...
RADIUS_TOLERANCE_MM = 0.00127
#: ... and by this part of the radius, but never by more than a hundred times the tolerance.
RELATIVE_TOLERANCE = 1e-3
RADIUS_TOLERANCE_INCH_AS_MM = 0.00005 * 25.4

Point = tuple[float, float]


def arc_fault(message: str) -> ProgramFault:
    """A fault of an arc's geometry."""
    return ProgramFault(Category.ARC_GEOMETRY, message)


def centre_from_offsets(start: Point, end: Point, centre: Point) -> Point:
    """Check a programmed centre: both radii must agree within the tolerance. All mm."""
    first = math.hypot(start[0] - centre[0], start[1] - centre[1])
    last = math.hypot(end[0] - centre[0], end[1] - centre[1])
    if first < RADIUS_TOLERANCE_MM or last < RADIUS_TOLERANCE_MM:
        raise arc_fault("the arc has no radius")
    difference = abs(first - last)
    relative = difference / max(first, last)
    too_far = difference > 100 * RADIUS_TOLERANCE_MM
    if too_far or (relative > RELATIVE_TOLERANCE and difference > RADIUS_TOLERANCE_MM):
        raise arc_fault(f"the arc begins at radius {first:.4f} mm and would end at {last:.4f} mm")
    return centre


def centre_from_radius(start: Point, end: Point, radius: float, turn: int) -> Point:
    """Centre of the arc of that radius; a negative radius takes the arc longer than half a circle. All mm."""
    chord_x, chord_y = end[0] - start[0], end[1] - start[1]
    half = math.hypot(chord_x, chord_y) / 2
    if half == 0.0:
        raise arc_fault("an arc given by R cannot end where it begins")
    size = abs(radius)
    if half - size > RADIUS_TOLERANCE_MM:
        raise arc_fault(f"radius {size:.4f} mm is too small to reach the end point ({half:.4f} mm needed)")
    height = math.sqrt(max(size * size - half * half, 0.0))
    if half > size * (1 - 1e-6):
        height = 0.0
    side = turn if radius > 0 else -turn  # the centre lies left of the chord on a short counter-clockwise arc
    mid_x, mid_y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    scale = side * height / (2 * half)
    return (mid_x - chord_y * scale, mid_y + chord_x * scale)


def swept_angle(start: Point, end: Point, centre: Point, turn: int, turns: int = 1) -> float:
    """Angle that an arc goes through, > 0. Equal start and end make a full circle."""
    begin = math.atan2(start[1] - centre[1], start[0] - centre[0])
    finish = math.atan2(end[1] - centre[1], end[0] - centre[0])
    angle = (finish - begin) * turn
    if angle <= 1e-12 * max(1.0, abs(begin)):  # atan2 noise of a full circle
        angle += 2 * math.pi
    return angle + 2 * math.pi * (turns - 1)


def helix_length(start: Point, end: Point, centre: Point, turn: int, turns: int, rise: float) -> float:
    """Length of a helix with the mean of its start and end radius, mm."""
    radius = math.hypot(start[0] - centre[0], start[1] - centre[1])
    return math.hypot(radius * swept_angle(start, end, centre, turn, turns), rise)
