"""Intersections of lines and circles in the plane; lines are a point and a direction in radians."""

from __future__ import annotations

import math

Point = tuple[float, float]
AT_ONCE_MM = 1e-6  # so far beyond a point still counts as before it


def line_line(a: Point, direction_a: float, b: Point, direction_b: float) -> Point | None:
    """Where two lines meet; None where they are parallel."""
    ux, uy = math.cos(direction_a), math.sin(direction_a)
    vx, vy = math.cos(direction_b), math.sin(direction_b)
    cross = ux * vy - uy * vx
    if abs(cross) < 1e-12:
        return None
    along = ((b[0] - a[0]) * vy - (b[1] - a[1]) * vx) / cross
    return a[0] + ux * along, a[1] + uy * along


def line_circle(
    a: Point, direction: float, centre: Point, radius: float, near: Point, *, before: bool = False
) -> Point | None:
    """Where a line meets a circle, the crossing nearest to `near`; None where they do not meet.

    `before`: of two crossings, one that the line meets before `near` comes first.
    """
    ux, uy = math.cos(direction), math.sin(direction)
    along = (centre[0] - a[0]) * ux + (centre[1] - a[1]) * uy
    foot = (a[0] + ux * along, a[1] + uy * along)
    rest = radius * radius - math.dist(foot, centre) ** 2
    if rest < -1e-9:
        return None
    half = math.sqrt(max(rest, 0.0))
    crossings = [(foot[0] + ux * half * s, foot[1] + uy * half * s) for s in (1.0, -1.0)]
    if before:
        behind = [p for p in crossings if (p[0] - near[0]) * ux + (p[1] - near[1]) * uy <= AT_ONCE_MM]
        crossings = behind or crossings
    return min(crossings, key=lambda p: math.dist(p, near))


def circle_circle(a: Point, radius_a: float, b: Point, radius_b: float, near: Point) -> Point | None:
    """Where two circles meet, the crossing nearest to `near`; None where they do not meet."""
    gap = math.dist(a, b)
    if gap < 1e-12:
        return None
    along = (gap * gap + radius_a * radius_a - radius_b * radius_b) / (2 * gap)
    rest = radius_a * radius_a - along * along
    if rest < -1e-9:
        return None
    half = math.sqrt(max(rest, 0.0))
    ux, uy = (b[0] - a[0]) / gap, (b[1] - a[1]) / gap
    foot = (a[0] + ux * along, a[1] + uy * along)
    crossings = [(foot[0] - uy * half * s, foot[1] + ux * half * s) for s in (1.0, -1.0)]
    return min(crossings, key=lambda p: math.dist(p, near))
