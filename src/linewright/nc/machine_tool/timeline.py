"""A program laid out in time: which move runs at what moment, and where the axes then are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linewright.nc import extent
from linewright.nc.cycle_time import move_seconds
from linewright.nc.machine_time import MachineTime
from linewright.nc.moves import Kind

CHORD_DEGREES = 10.0  # of arcs in pictures
LONGEST_CHAIN = 2000  # chords of one arc


@dataclass(frozen=True, slots=True)
class Timeline:
    """The moves of a program in time. Within a move the speed is even: its mean, not its profile."""

    moves: np.ndarray  # (n,) MOVE; probing moves end where they touched
    starts_s: np.ndarray  # (n + 1,) when each move begins, from the start of the program; the last: its end
    cut_s: np.ndarray  # (n + 1,) cutting time before each move

    @property
    def length_s(self) -> float:
        """How long the program takes."""
        return float(self.starts_s[-1])

    def index(self, time_s: float) -> int:
        """The move that runs at a time; of several that end and begin there, the last."""
        place = int(np.searchsorted(self.starts_s, time_s, side="right")) - 1
        return min(max(place, 0), len(self.moves) - 1)

    def share(self, index: int, time_s: float) -> float:
        """How much of a move is done, 0..1."""
        begin, end = float(self.starts_s[index]), float(self.starts_s[index + 1])
        return 1.0 if end <= begin else min(max((time_s - begin) / (end - begin), 0.0), 1.0)

    def position(self, time_s: float) -> np.ndarray:
        """(6,) axis positions of the machine: mm, degrees."""
        index = self.index(time_s)
        return place_on(self.moves[index], self.share(index, time_s))

    def feed_mm_s(self, time_s: float) -> float:
        """Mean path speed of the move that runs, mm/s (degrees/s where only rotary axes move)."""
        index = self.index(time_s)
        seconds = float(self.starts_s[index + 1] - self.starts_s[index])
        if seconds <= 0.0 or self.moves[index]["kind"] > Kind.TAP or time_s >= self.length_s:
            return 0.0
        length = float(extent.lengths(self.moves[index : index + 1])[0])
        return length * (2.0 if self.moves[index]["kind"] == Kind.TAP else 1.0) / seconds

    def cutting_before_s(self, time_s: float) -> float:
        """Cutting time up to a moment."""
        index = self.index(time_s)
        begin, end = float(self.cut_s[index]), float(self.cut_s[index + 1])
        return begin + (end - begin) * self.share(index, time_s)

    def polyline(self) -> tuple[np.ndarray, np.ndarray]:
        """The path as points (m, 3) in mm and the move (m,) that each point belongs to; for pictures.

        `points[: np.searchsorted(of, index, side="right")]` is what has been run when move `index` is done.
        """
        return polyline(self.moves)


def lay_out(moves: np.ndarray, machine: MachineTime, tool_in_spindle: int | None = None) -> Timeline:
    """Moves (n,) in the time that the machine needs for them."""
    moves = with_contacts(moves)
    seconds = move_seconds(moves, machine, loaded_tool=tool_in_spindle)
    if len(seconds):
        seconds[0] += machine.overheads.program_s
    starts_s = np.concatenate([[0.0], np.cumsum(seconds)])
    cut_s = np.concatenate([[0.0], np.cumsum(seconds * extent.is_cut(moves))])
    return Timeline(moves, starts_s, cut_s)


def with_contacts(moves: np.ndarray) -> np.ndarray:
    """The moves with probing moves ending where the next record begins: where the probe touched."""
    probes = np.flatnonzero(moves["kind"][:-1] == Kind.PROBE)
    if probes.size:
        moves = moves.copy()
        moves["end"][probes] = moves["start"][probes + 1]
    return moves


def place_on(move: np.void, share: float) -> np.ndarray:
    """(6,) axis positions when a share of a move is done; a tapping move goes down and comes back."""
    start, end = np.array(move["start"]), np.array(move["end"])
    if move["kind"] == Kind.TAP:
        share = 1.0 - abs(2.0 * share - 1.0)
    place: np.ndarray = start + (end - start) * share
    if move["kind"] in (Kind.ARC_CW, Kind.ARC_CCW) and 0.0 < share < 1.0:
        points, axes = arc_points(move, np.array([share]))
        place[axes[:2]] = points[0]
    return place


def arc_points(move: np.void, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (k, 2) in the plane of an arc at shares (k,) of its sweep, and its axis indices (3,)."""
    one = np.array([move], move.dtype)
    _, end, centre, axes = extent.plane_coordinates(one)
    begin, angle, radius = (float(value[0]) for value in extent.swept(one))
    last = float(np.hypot(*(end[0] - centre[0])))
    turned = begin + angle * shares
    size = radius + (last - radius) * shares
    return centre[0] + np.column_stack([np.cos(turned), np.sin(turned)]) * size[:, None], axes[0]


def polyline(moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (m, 3) of the motions among moves (n,), mm, and the index (m,) of each one's move."""
    places, owners = [moves["start"][:1, :3]], [np.zeros(min(len(moves), 1), np.int64)]
    for index in np.flatnonzero(extent.is_motion(moves)):
        move = moves[index]
        points = np.array(move["end"][None, :3])
        if move["kind"] in (Kind.ARC_CW, Kind.ARC_CCW):
            angle = abs(float(extent.swept(moves[index : index + 1])[1][0]))
            count = min(LONGEST_CHAIN, max(2, int(np.degrees(angle) / CHORD_DEGREES) + 1))
            shares = np.linspace(0.0, 1.0, count + 1)[1:]
            in_plane, axes = arc_points(move, shares)
            points = move["start"][:3] + (move["end"] - move["start"])[:3] * shares[:, None]
            points[:, axes[:2]] = in_plane
        places.append(points)
        owners.append(np.full(len(points), index))
    return np.concatenate(places), np.concatenate(owners)
