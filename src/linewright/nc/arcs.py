"""Geometry of circular arcs: centres from I J K or R, lengths, true extremes.

Angles are radians. `turn` is +1 counter-clockwise and -1 clockwise in the plane's own axes (first, second).
"""

from __future__ import annotations

import math

from linewright.nc import kernel
from linewright.nc.faults import Category, ProgramFault

Point = tuple[float, float]


def arc_fault(message: str) -> ProgramFault:
    """A fault of an arc's geometry."""
    return ProgramFault(Category.ARC_GEOMETRY, message)


WHY = {
    kernel.NO_RADIUS: "the arc has no radius",
    kernel.RADII_DIFFER: "the end of the arc lies at another radius than its start",
    kernel.ENDS_WHERE_IT_BEGINS: "an arc given by R cannot end where it begins",
    kernel.RADIUS_TOO_SMALL: "the radius is too small to reach the end point",
}


def centre_from_offsets(start: Point, end: Point, centre: Point, least_mm: float, tolerance_mm: float) -> Point:
    """Check a programmed centre: both radii are above `least_mm` and agree within the tolerance. All mm."""
    code = kernel.check_centre(*start, *end, *centre, least_mm, tolerance_mm)
    if code != kernel.ARC_FITS:
        first, last = math.dist(start, centre), math.dist(end, centre)
        raise arc_fault(f"{WHY[code]} (radius {first:.4f} mm at the start, {last:.4f} mm at the end)")
    return centre


def centre_from_radius(start: Point, end: Point, radius: float, turn: int, tolerance_mm: float) -> Point:
    """Centre of the arc of that radius; a negative radius takes the arc longer than half a circle. All mm."""
    code, first, second = kernel.centre_of_radius(*start, *end, radius, float(turn), tolerance_mm)
    if code != kernel.ARC_FITS:
        half = math.dist(start, end) / 2
        raise arc_fault(f"{WHY[code]} (R {abs(radius):.4f} mm, half the chord {half:.4f} mm)")
    return first, second


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
