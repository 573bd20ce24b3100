"""Open contours of lines and arcs in a plane, and their parallels at a distance."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from linewright.nc import arcs
from linewright.nc.faults import Category, ProgramFault
from linewright.nc.offset_curves import Point, circle_circle, line_circle, line_line

FLAT = 1e-9  # radians: a bend that is none
SAMPLES = 33  # points of an arc by which its extent is judged


@dataclass(frozen=True, slots=True)
class Stretch:
    """One line or arc."""

    start: Point
    end: Point
    turn: int = 0  # arcs: +1 counter-clockwise, -1 clockwise
    centre: Point = (0.0, 0.0)

    def direction(self, point: Point) -> float:
        """Direction of travel at one of its ends, radians."""
        if self.turn:
            radial = math.atan2(point[1] - self.centre[1], point[0] - self.centre[0])
            return radial + self.turn * math.pi / 2
        return math.atan2(self.end[1] - self.start[1], self.end[0] - self.start[0])

    def points(self) -> list[Point]:
        """Points along it, both ends among them."""
        if not self.turn:
            return [self.start, self.end]
        begin = math.atan2(self.start[1] - self.centre[1], self.start[0] - self.centre[0])
        angle = arcs.swept_angle(self.start, self.end, self.centre, self.turn) * self.turn
        radius = math.dist(self.start, self.centre)
        turned = [begin + angle * k / (SAMPLES - 1) for k in range(SAMPLES)]
        inside = [(self.centre[0] + radius * math.cos(a), self.centre[1] + radius * math.sin(a)) for a in turned]
        return [self.start, *inside[1:-1], self.end]


def beside(contour: list[Stretch], distance_mm: float, side: int) -> list[Stretch]:
    """The parallel of a contour on one side of it (+1 left): arcs around outer corners, inner ones cut short."""
    if distance_mm == 0.0:
        return contour
    side, distance_mm = (side, distance_mm) if distance_mm > 0 else (-side, -distance_mm)
    found: list[Stretch] = []
    for stretch in contour:
        moved = _shifted(stretch, distance_mm, side)
        if found:
            before = found[-1]
            corner = stretch.start
            bend = math.remainder(moved.direction(moved.start) - before.direction(before.end), 2 * math.pi) * side
            if bend > FLAT:
                point = _crossing(before, moved)
                found[-1], moved = replace(before, end=point), replace(moved, start=point)
            elif bend < -FLAT:
                found.append(Stretch(before.end, moved.start, -side, corner))
        found.append(moved)
    return found


def _shifted(stretch: Stretch, distance_mm: float, side: int) -> Stretch:
    if not stretch.turn:
        angle = stretch.direction(stretch.start) + side * math.pi / 2
        step = distance_mm * math.cos(angle), distance_mm * math.sin(angle)
        start, end = stretch.start, stretch.end
        return Stretch((start[0] + step[0], start[1] + step[1]), (end[0] + step[0], end[1] + step[1]))
    radius = math.dist(stretch.start, stretch.centre)
    wanted = radius - distance_mm * stretch.turn * side
    if wanted <= 1e-9:
        raise ProgramFault(Category.COMP_GOUGE, f"an arc of radius {radius:.4f} mm has no parallel at {distance_mm:g}")
    scale = wanted / radius
    centre = stretch.centre
    ends = [(centre[0] + (p[0] - centre[0]) * scale, centre[1] + (p[1] - centre[1]) * scale)
            for p in (stretch.start, stretch.end)]  # fmt: skip
    return replace(stretch, start=ends[0], end=ends[1])


def _crossing(one: Stretch, two: Stretch) -> Point:
    """Where two neighbours meet behind an inner corner."""
    radius_one, radius_two = math.dist(one.end, one.centre), math.dist(two.start, two.centre)
    if not one.turn and not two.turn:
        found = line_line(one.end, one.direction(one.end), two.start, two.direction(two.start))
    elif not one.turn:
        found = line_circle(one.end, one.direction(one.end), two.centre, radius_two, one.end)
    elif not two.turn:
        found = line_circle(two.start, two.direction(two.start), one.centre, radius_one, one.end)
    else:
        found = circle_circle(one.centre, radius_one, two.centre, radius_two, one.end)
    if found is None:
        raise ProgramFault(Category.COMP_GOUGE, "the contour has no parallel at that distance: a corner is too narrow")
    return found


def first_at(contour: list[Stretch], axis: int, level: float) -> Point | None:
    """Where a contour first reaches a level of one coordinate; None where it never does."""
    for stretch in contour:
        points = stretch.points()
        for k in range(len(points) - 1):
            a, b = points[k][axis], points[k + 1][axis]
            if min(a, b) <= level <= max(a, b) and a != b:
                return _at(stretch, points[k], points[k + 1], axis, level)
    return None


def _at(stretch: Stretch, one: Point, two: Point, axis: int, level: float) -> Point:
    """The point of a stretch at a level, between two of its points."""
    share = (level - one[axis]) / (two[axis] - one[axis])
    other = one[1 - axis] + (two[1 - axis] - one[1 - axis]) * share
    if stretch.turn:
        rise = level - stretch.centre[axis]
        radius = math.dist(stretch.start, stretch.centre)
        half = math.sqrt(max(radius * radius - rise * rise, 0.0))
        places = [stretch.centre[1 - axis] + half, stretch.centre[1 - axis] - half]
        other = min(places, key=lambda place: abs(place - other))
    return (level, other) if axis == 0 else (other, level)
