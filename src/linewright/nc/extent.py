"""Extents and lengths of moves, the bulges of arcs included; on whole arrays of `moves.MOVE`."""

from __future__ import annotations

import numpy as np

from linewright.nc.moves import LAST_MOTION, Kind

_PLANE_AXES = np.array([[0, 1, 2], [2, 0, 1], [1, 2, 0]])


def only(moves: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The wanted moves; the array itself, not a copy, where all are."""
    return moves if wanted.all() else moves[wanted]


def is_arc(moves: np.ndarray) -> np.ndarray:
    """(n,) bool."""
    arcs: np.ndarray = (moves["kind"] == Kind.ARC_CW) | (moves["kind"] == Kind.ARC_CCW)
    return arcs


def is_motion(moves: np.ndarray) -> np.ndarray:
    """(n,) bool."""
    return moves["kind"] <= LAST_MOTION


def is_cut(moves: np.ndarray) -> np.ndarray:
    """(n,) bool: moves at a feed."""
    cuts: np.ndarray = is_motion(moves) & (moves["kind"] != Kind.RAPID) & (moves["kind"] != Kind.PROBE)
    return cuts


def plane_coordinates(arcs: np.ndarray) -> tuple[np.ndarray, ...]:
    """Start, end and centre of arcs in their planes, each (n, 2), and the axis indices (n, 3)."""
    axes = _PLANE_AXES[arcs["plane"]]
    rows = np.arange(len(arcs))[:, None]
    in_plane = axes[:, :2]
    return arcs["start"][rows, in_plane], arcs["end"][rows, in_plane], arcs["centre"][rows, in_plane], axes


def swept(arcs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Begin angle, swept angle (signed, full turns included) and start radius of arcs; radians, mm."""
    start, end, centre, _ = plane_coordinates(arcs)
    turn = np.where(arcs["kind"] == Kind.ARC_CCW, 1.0, -1.0)
    begin = np.arctan2(start[:, 1] - centre[:, 1], start[:, 0] - centre[:, 0])
    finish = np.arctan2(end[:, 1] - centre[:, 1], end[:, 0] - centre[:, 0])
    angle = (finish - begin) * turn
    angle = np.where(angle <= 1e-12, angle + 2 * np.pi, angle)
    angle += 2 * np.pi * (arcs["turns"] - 1)
    return begin, angle * turn, np.hypot(start[:, 0] - centre[:, 0], start[:, 1] - centre[:, 1])


def reach(moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest axis positions of every move, each (n, 6): mm and degrees."""
    low, high = np.minimum(moves["start"], moves["end"]), np.maximum(moves["start"], moves["end"])
    where = np.flatnonzero(is_arc(moves))
    if where.size:
        widen_by_arcs(moves[where], where, low, high)
    return low, high


def widen_by_arcs(arcs: np.ndarray, where: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Add the quadrant points that arcs pass to `low` and `high`, in place."""
    _, end, centre, axes = plane_coordinates(arcs)
    begin, angle, radius = swept(arcs)
    radius = np.maximum(radius, np.hypot(end[:, 0] - centre[:, 0], end[:, 1] - centre[:, 1]))
    first, last = np.minimum(begin, begin + angle), np.maximum(begin, begin + angle)
    for quadrant in range(4):
        direction = quadrant * np.pi / 2
        passes = np.floor((last - direction) / (2 * np.pi)) >= np.ceil((first - direction) / (2 * np.pi))
        axis = axes[:, quadrant % 2]
        place = centre[:, quadrant % 2] + (radius if quadrant < 2 else -radius)
        rows, columns = where[passes], axis[passes]
        if quadrant < 2:
            high[rows, columns] = np.maximum(high[rows, columns], place[passes])
        else:
            low[rows, columns] = np.minimum(low[rows, columns], place[passes])


def lengths(moves: np.ndarray) -> np.ndarray:
    """(n,) length of every move: mm, or degrees where only rotary axes move."""
    step = moves["end"] - moves["start"]
    length: np.ndarray = np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2 + step[:, 2] ** 2)
    where = np.flatnonzero(is_arc(moves))
    if where.size:
        arcs = moves[where]
        _, angle, radius = swept(arcs)
        normal = plane_coordinates(arcs)[3][:, 2]
        rise = step[where, normal]
        length[where] = np.hypot(radius * np.abs(angle), rise)
    still = length == 0
    if still.any():
        length[still] = np.sqrt((step[still, 3:] ** 2).sum(axis=1))
    return length


def cutting_seconds(moves: np.ndarray) -> np.ndarray:
    """(n,) time of every cutting move at its programmed feed; others 0."""
    cut = is_cut(moves)
    per_revolution = moves["feed_mode"] == 2
    speed = np.where(per_revolution, moves["feed"] * moves["spindle_rpm"] / 60.0, moves["feed"])
    synchronised = moves["pitch_mm"] > 0
    speed = np.where(synchronised, moves["pitch_mm"] * moves["spindle_rpm"] / 60.0, speed)
    ready = cut & (speed > 0)
    seconds = np.zeros(len(moves))
    np.divide(lengths(moves), speed, out=seconds, where=ready)
    return seconds
