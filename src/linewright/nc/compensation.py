"""Cutter compensation G40, G41, G42: the tool's centre path beside the programmed contour.

The path is offset by the tool's radius. At an outer corner the tool rolls around it on an arc; at an inner
corner both offset curves are cut short at their intersection. The newest move therefore waits in a queue
until the move after it is known, and everything that happens meanwhile waits behind it. Where shortening
turns a move around, the tool would cut into the contour: a fault. All coordinates are the program's, in mm;
plane points are (first, second) axis of the plane, and "left" is seen looking against the plane's normal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linewright.nc import arcs
from linewright.nc.faults import Category, ProgramFault
from linewright.nc.moves import Flag, Kind, Plane
from linewright.nc.offset_curves import Point, circle_circle, line_circle, line_line
from linewright.nc.setup import Position
from linewright.nc.state import PLANE_AXES

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Row

#: Corners flatter than this (radians) are not treated as corners, sharper ones than its supplement as outer
#: ones.
CORNER = 0.05

#: How the tip of a lathe tool lies to its centre, by orientation: shares of the radius along X and Z.
TIP_SHIFT = {
    1: (-1, 1), 2: (-1, -1), 3: (1, -1), 4: (1, 1), 5: (0, 1), 6: (-1, 0), 7: (0, -1), 8: (1, 0),
}  # fmt: skip


def gouge(message: str) -> ProgramFault:
    """The tool would cut into the contour."""
    return ProgramFault(Category.COMP_GOUGE, message)


@dataclass(slots=True)
class Piece:
    """A move that waits: its record without geometry, and its geometry."""

    row: Row
    end: Position  # programmed depth and rotary axes; the plane coordinates are `end2`
    end2: Point  # compensated end in the plane
    direction: float  # of travel at the end, along the programmed contour, radians
    turn: int = 0  # arcs: +1, -1
    centre: Point = (0.0, 0.0)
    entry: bool = False  # the first move: it comes from anywhere, so it cannot turn around
    still: bool = False  # moves only across the plane: goes wherever the piece before it ends


class Compensation:
    """Cutter compensation of one run; `side` is +1 left, -1 right, 0 off."""

    def __init__(self) -> None:
        self.side = 0
        self.radius = 0.0
        self.orientation = 0
        self.first_move = True
        self.queue: list[Piece | Row] = []
        self.last: Piece | None = None  # the last move in the plane, waiting or sent
        self.left = False  # compensation has ended and no straight move has followed
        self.at: Point = (0.0, 0.0)  # where the pieces already sent end, in the plane
        self.axes = (0, 1, 2)

    # switching

    def turn_on(self, run: Interpreter, side: int, radius_mm: float, orientation: int) -> None:
        """G41, G42: compensate from the next move in the plane on."""
        if self.side:
            raise ProgramFault(Category.COMP_STATE, "cutter compensation is on already")
        if run.state.modes.plane == Plane.YZ:
            raise ProgramFault(Category.COMP_STATE, "cutter compensation works in the XY and ZX planes only")
        self.side = side if radius_mm >= 0 else -side
        self.radius = abs(radius_mm)
        self.orientation = orientation if run.state.modes.plane == Plane.ZX else 0
        self.first_move = True
        self.axes = PLANE_AXES[run.state.modes.plane]
        self.at = self.plane_point(run.state.position)
        self.last = None

    def turn_off(self, run: Interpreter) -> None:
        """G40: send what waits; the next move leads from there to its own end."""
        waiting = self.waiting()
        if waiting is not None:
            self.check_reach(waiting)
        self.flush(run)
        self.left = self.left or bool(self.side and not self.first_move)
        self.side = 0

    def check_straight(self) -> None:
        """The move after compensation leads from beside the contour to its own end: an arc would be another one."""
        if self.left:
            raise ProgramFault(Category.COMP_STATE, "the move after G40 must be straight, not an arc")

    def plane_point(self, position: Position) -> Point:
        """The plane coordinates of a position."""
        return position[self.axes[0]], position[self.axes[1]]

    # moves

    def line(self, run: Interpreter, kind: Kind, end: Position) -> None:
        """A programmed straight move."""
        start2, end2 = self.plane_point(run.state.position), self.plane_point(end)
        if math.dist(start2, end2) == 0.0 and not self.first_move:
            self.across(run, kind, end)
            return
        direction = math.atan2(end2[1] - start2[1], end2[0] - start2[0])
        row = run.new_row(kind, Flag.COMPENSATED)
        piece = Piece(row, end, self.beside(end2, direction), direction, entry=self.first_move)
        if self.first_move:
            if math.dist(self.at, end2) <= self.radius:
                raise gouge(f"the entry move is not longer than the tool radius {self.radius:.4f} mm")
            self.first_move = False
        else:
            self.join(run, start2, direction, piece, run.state.position)
        self.add(piece)
        run.state.position = end

    def add(self, piece: Piece) -> None:
        """The newest move in the plane: it waits for the one after it."""
        self.queue.append(piece)
        self.last = piece

    def across(self, run: Interpreter, kind: Kind, end: Position) -> None:
        """A move that leaves the plane coordinates alone."""
        row = run.new_row(kind, Flag.COMPENSATED)
        self.queue.append(Piece(row, end, self.at, 0.0, still=True))
        run.state.position = end

    def arc(self, run: Interpreter, end: Position, centre: Point, turn: int, turns: int) -> None:
        """A programmed arc."""
        start2, end2 = self.plane_point(run.state.position), self.plane_point(end)
        if self.first_move:
            self.entry_arc(run, end, end2, centre, turn, turns)
            return
        radius = math.dist(end2, centre)
        new_radius = radius - self.radius if turn == self.side else radius + self.radius
        if turn == self.side and new_radius <= 1e-9:
            raise gouge(
                f"the arc's radius {radius:.4f} mm is not larger than the tool's {self.radius:.4f} mm"
            )
        scale = new_radius / radius
        new_end = (centre[0] + (end2[0] - centre[0]) * scale, centre[1] + (end2[1] - centre[1]) * scale)
        kind = Kind.ARC_CCW if turn > 0 else Kind.ARC_CW
        row = run.new_row(kind, Flag.COMPENSATED, turns=turns)
        piece = Piece(row, end, new_end, tangent(end2, centre, turn), turn, centre)
        self.join(run, start2, tangent(start2, centre, turn), piece, run.state.position)
        self.add(piece)
        run.state.position = end

    def entry_arc(
        self, run: Interpreter, end: Position, end2: Point, centre: Point, turn: int, turns: int
    ) -> None:
        """The first move is an arc: one that leaves the present point and meets the offset end in tangent."""
        radius = math.dist(end2, centre)
        if radius <= self.radius:
            raise gouge(f"the entry arc's radius {radius:.4f} mm is not larger than the tool radius")
        direction = tangent(end2, centre, turn)
        new_end = self.beside(end2, direction)
        towards = ((centre[0] - end2[0]) / radius, (centre[1] - end2[1]) / radius)
        chord = (self.at[0] - new_end[0], self.at[1] - new_end[1])
        along = chord[0] * towards[0] + chord[1] * towards[1]
        if abs(along) < 1e-9:
            raise gouge("no entry arc leads to the compensated end")
        size = (chord[0] ** 2 + chord[1] ** 2) / (2 * along)
        new_centre = (new_end[0] + towards[0] * size, new_end[1] + towards[1] * size)
        kind = Kind.ARC_CCW if turn > 0 else Kind.ARC_CW
        row = run.new_row(kind, Flag.COMPENSATED, turns=turns)
        self.add(Piece(row, end, new_end, direction, turn, new_centre, entry=True))
        self.first_move = False
        run.state.position = end

    def beside(self, point: Point, direction: float) -> Point:
        """The point moved to the tool's side, at right angles to a direction."""
        angle = direction + self.side * math.pi / 2
        return point[0] + self.radius * math.cos(angle), point[1] + self.radius * math.sin(angle)

    # corners

    def join(self, run: Interpreter, corner: Point, direction: float, piece: Piece, before: Position) -> None:
        """Settle the waiting move's end now that the next one, leaving in `direction`, is known."""
        waiting = self.waiting()
        if self.last is None or self.radius == 0.0:
            self.flush(run)
            return
        bend = math.remainder(direction - self.last.direction, 2 * math.pi) * self.side
        if abs(bend) > math.pi - CORNER:  # a reversal: the side on which an arc turns decides, lines roll around
            bend = math.pi if (piece.turn or self.last.turn) * self.side < 0 else -math.pi
        if bend > CORNER:
            if waiting is not None:  # else a stop has sent it to its own end
                waiting.end2 = self.inner_corner(waiting, corner, direction, piece)
                self.check_reach(waiting)
            self.flush(run)
        elif bend < -CORNER:
            if waiting is not None:
                self.check_reach(waiting)
            self.flush(run)
            self.outer_corner(run, corner, direction, piece, before)
        else:
            self.flush(run)

    def waiting(self) -> Piece | None:
        """The move in the plane that waits for its end."""
        for piece in self.queue:
            if isinstance(piece, Piece) and not piece.still:
                return piece
        return None

    def outer_corner(
        self, run: Interpreter, corner: Point, direction: float, piece: Piece, before: Position
    ) -> None:
        """Roll around the corner on an arc; a rapid move goes straight instead."""
        target = self.beside(corner, direction)
        place: Position = (*before[:3], *piece.end[3:])  # rotary axes go with the next move
        if piece.row[0] == Kind.RAPID:
            row = run.new_row(Kind.RAPID, Flag.COMPENSATED | Flag.COMP_CORNER)
            corner_piece = Piece(row, place, target, direction)
        else:
            turn = -self.side
            kind = Kind.ARC_CCW if turn > 0 else Kind.ARC_CW
            row = run.new_row(kind, Flag.COMPENSATED | Flag.COMP_CORNER)
            corner_piece = Piece(row, place, target, direction, turn, corner)
        self.queue.append(corner_piece)
        self.flush(run)

    def inner_corner(self, waiting: Piece, corner: Point, direction: float, piece: Piece) -> Point:
        """Intersection of the two offset curves, the one nearest to the corner."""
        del corner
        end = waiting.end2
        next_start = self.beside_corner(waiting, direction)
        radius_before = math.dist(end, waiting.centre)
        radius_after = math.dist(piece.end2, piece.centre)
        if not waiting.turn and not piece.turn:
            found = line_line(end, waiting.direction, next_start, direction)
        elif not waiting.turn:
            found = line_circle(end, waiting.direction, piece.centre, radius_after, end, before=True)
        elif not piece.turn:
            back = direction + math.pi  # the next line is met behind its own beginning
            found = line_circle(next_start, back, waiting.centre, radius_before, next_start, before=True)
        else:
            found = circle_circle(waiting.centre, radius_before, piece.centre, radius_after, end)
        if found is None:
            raise gouge("the tool does not fit into the inner corner")
        return found

    def beside_corner(self, waiting: Piece, direction: float) -> Point:
        """Where the next offset curve would begin, from the waiting one's end."""
        back = waiting.direction - self.side * math.pi / 2
        corner = (
            waiting.end2[0] + self.radius * math.cos(back),
            waiting.end2[1] + self.radius * math.sin(back),
        )
        return self.beside(corner, direction)

    def check_reach(self, piece: Piece) -> None:
        """A shortened move must still lead the way it was programmed."""
        if piece.entry:
            return
        if piece.turn:
            self.check_arc_reach(piece)
            return
        step = piece.end2[0] - self.at[0], piece.end2[1] - self.at[1]
        ahead = step[0] * math.cos(piece.direction) + step[1] * math.sin(piece.direction)
        if ahead < -1e-9:
            raise gouge("a straight move cannot be reached by the tool without gouging")

    def check_arc_reach(self, piece: Piece) -> None:
        """An arc shortened past its start would go nearly all the way around."""
        full = arcs.swept_angle(self.at, self.arc_programmed_end(piece), piece.centre, piece.turn)
        now = arcs.swept_angle(self.at, piece.end2, piece.centre, piece.turn)
        if now > full + 1e-9:
            raise gouge("an arc cannot be reached by the tool without gouging")

    def arc_programmed_end(self, piece: Piece) -> Point:
        """End of a compensated arc before any inner corner shortened it."""
        radius = math.dist(piece.end2, piece.centre)
        angle = piece.direction - piece.turn * math.pi / 2
        return piece.centre[0] + radius * math.cos(angle), piece.centre[1] + radius * math.sin(angle)

    # sending

    def hold(self, row: Row) -> bool:
        """Keep a record that is no move behind the move that waits; False where nothing waits."""
        if not self.queue:
            return False
        self.queue.append(row)
        return True

    def flush(self, run: Interpreter) -> None:
        """Send everything that waits."""
        queue, self.queue = self.queue, []
        for item in queue:
            if isinstance(item, Piece):
                self.send(run, item)
            else:
                run.send_still(item)

    def send(self, run: Interpreter, piece: Piece) -> None:
        """Send one move, in machine coordinates."""
        if not piece.still:
            self.at = piece.end2
        end = list(piece.end)
        end[self.axes[0]], end[self.axes[1]] = self.at
        centre = list(piece.end)
        centre[self.axes[0]], centre[self.axes[1]] = piece.centre
        shift_x, shift_z = TIP_SHIFT.get(self.orientation, (0, 0))
        for point in (end, centre):
            point[0] += shift_x * self.radius
            point[2] += shift_z * self.radius
        frames = run.state.frames
        machine_centre = frames.to_machine(tuple(centre)) if piece.turn else None  # type: ignore[arg-type]
        run.send_move(piece.row, frames.to_machine(tuple(end)), machine_centre)  # type: ignore[arg-type]


def tangent(point: Point, centre: Point, turn: int) -> float:
    """Direction of travel on an arc at a point, radians."""
    return math.atan2(point[1] - centre[1], point[0] - centre[0]) + turn * math.pi / 2
