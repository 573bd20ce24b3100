"""Ways in which a line can lock: loops of finite places, and shared places that fill with the wrong parts.

A loop locks when every place on it is taken and each unit waits for the next place (the circular wait of
Coffman, Elphick & Shoshani, System Deadlocks, 1971). It cannot where a place on it has no end, or where fewer
units are let into the line than fill the loop.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from linewright.plant.findings import Findings
from linewright.plant.model import UNLIMITED, Conveyor, Conwip, Loop, Plant, Station
from linewright.plant.routes import Step, all_steps, route_steps
from linewright.plant.yaml_source import Path


@dataclass(frozen=True, slots=True)
class Move:
    """A unit that has a place at one station and needs one at the next."""

    origin: str
    target: str
    rework: bool
    path: Path  # where the file says so


def check_loops(plant: Plant, found: Findings) -> None:
    """Loops of moves in which every place is finite, the smallest first."""
    edges: dict[tuple[str, str], Move] = {}
    for move in finite_moves(plant):
        edges.setdefault((move.origin, move.target), move)
    limit = _units_let_in(plant)
    while loop := _smallest_loop(plant, edges):
        room = sum(_room(plant.stations[name]) for name in loop)
        if limit != UNLIMITED and limit < room:
            break
        moves = [edges[pair] for pair in zip(loop, [*loop[1:], loop[0]], strict=True)]
        back = next((move for move in moves if move.rework), moves[-1])
        _report(back, loop, room, found)
        del edges[back.origin, back.target]
    _check_shared_places(plant, found)


def _report(back: Move, loop: list[str], room: int, found: Findings) -> None:
    what = "rework goes" if back.rework else "units go"
    round_trip = "from " + " to ".join([*loop, loop[0]]) + " again" * (len(loop) == 1)
    places = f"{room} unit{'s' * (room != 1)}"
    remedy = (
        f"`rework_queue: unlimited` at {back.target}" if back.rework else "`queue: unlimited` at one of them"
    )
    limit = f", or release {{conwip: {room - 1}}} or less" if room > 1 else ""
    found.error(back.path, f"{what} {round_trip}: {places} there can lock each other", remedy + limit)


def finite_moves(plant: Plant) -> Iterator[Move]:
    """Moves for which a unit holds a finite place until the next one, finite too, is free."""
    for material in plant.routes:
        steps = route_steps(plant, material)
        places = {step.name: step for step in steps}
        for step, following in pairwise(steps):
            yield from _moves_between(plant, step, following.stations, material, False, following.path)
        for step in steps:
            back = places.get(step.fail.rework or "") if step.fail and step.fail.at_most != 0 else None
            if back is not None:
                path = (*step.path, "fail", "rework")
                yield from _moves_between(plant, step, back.stations, material, True, path)
        if steps:
            yield from _moves_to_assembly(plant, steps[-1])


def _moves_to_assembly(plant: Plant, last: Step) -> Iterator[Move]:
    for step in all_steps(plant):
        if last.material in step.operation.takes:
            path = (*step.path, "takes", last.material)
            yield from _moves_between(plant, last, step.stations, last.material, False, path)


def _moves_between(
    plant: Plant, step: Step, targets: list[str], material: str, rework: bool, path: Path
) -> Iterator[Move]:
    for origin in step.stations:
        for target in targets:
            free = plant.stations[origin].outbox == UNLIMITED or _carried_away(plant, origin, target)
            if not free and _places(plant, plant.stations[target], material, rework) != UNLIMITED:
                yield Move(origin, target, rework, path)


def _places(plant: Plant, station: Station, material: str, rework: bool) -> int:
    if rework and station.rework_queue is not None:
        return station.rework_queue
    if isinstance(station.queue, int):
        return station.queue
    return station.queue.get(material, station.queue.get(plant.materials[material].kind or "", UNLIMITED))


def _carried_away(plant: Plant, origin: str, target: str) -> bool:
    """Does a conveyor that has room for all stand between them, and takes every unit at once?"""
    if origin == target:
        return False
    belts = [belt for belt in plant.transport.values() if isinstance(belt, Conveyor | Loop)]
    return any(_joins(belt, origin, target) and _holds_all(plant, belt.capacity) for belt in belts)


def _joins(belt: Conveyor | Loop, origin: str, target: str) -> bool:
    if isinstance(belt, Loop):
        return origin in belt.stops and target in belt.stops
    return _covers(belt.from_, origin) and _covers(belt.to, target)


def _holds_all(plant: Plant, capacity: int) -> bool:
    """Has something of that capacity room for every unit that may be on the line at once?"""
    limit = _units_let_in(plant)
    return capacity == UNLIMITED or (limit != UNLIMITED and limit <= capacity)


def _covers(ends: str | list[str], station: str) -> bool:
    return station in ([ends] if isinstance(ends, str) else ends) or ends == "any"


def _room(station: Station) -> int:
    """Units that fit at a station: its places (all kinds), those of rework, its machines, its outbox."""
    places = [station.queue] if isinstance(station.queue, int) else list(station.queue.values())
    finite = sum(max(each, 0) for each in [*places, station.rework_queue or 0, station.outbox])
    on_machines = station.machines * (station.batch.most if station.batch else 1)
    return finite + on_machines * (not station.holds_place)


def _units_let_in(plant: Plant) -> int:
    """How many units may be on the line at once, where the release limits all of them."""
    release = plant.control.release
    if not isinstance(release, Conwip):
        return UNLIMITED
    if isinstance(release.conwip, int):
        return release.conwip
    complete = set(plant.routes) <= set(release.conwip) and UNLIMITED not in release.conwip.values()
    return sum(release.conwip.values()) if complete else UNLIMITED


def _smallest_loop(plant: Plant, edges: dict[tuple[str, str], Move]) -> list[str]:
    """The stations of the loop with the fewest places; empty where there is none."""
    after: dict[str, list[str]] = {}
    for origin, target in edges:
        after.setdefault(origin, []).append(target)
    best: tuple[int, list[str]] | None = None
    for start in after:
        found = _way_back(plant, after, start)
        if found and (best is None or found[0] < best[0]):
            best = found
    return best[1] if best else []


def _way_back(plant: Plant, after: dict[str, list[str]], start: str) -> tuple[int, list[str]] | None:
    """Dijkstra's way from a station back to itself, by room: (room, stations)."""
    heap = [(_room(plant.stations[start]), [start])]
    done: set[str] = set()
    while heap:
        room, trail = heapq.heappop(heap)
        for target in after.get(trail[-1], ()):
            if target == start:
                return room, trail
            if target not in done:
                done.add(target)
                heapq.heappush(heap, (room + _room(plant.stations[target]), [*trail, target]))
    return None


def _check_shared_places(plant: Plant, found: Findings) -> None:
    """Places shared by different components can fill with one of them, while another is waited for."""
    limit = _units_let_in(plant)
    for name, station in plant.stations.items():
        taken = {
            material
            for step in all_steps(plant)
            if name in step.stations
            for material in step.operation.takes
            if material in plant.routes
        }
        for group, places in _shared(plant, station, taken).items():
            fits_all = places == UNLIMITED or (limit != UNLIMITED and places >= limit)
            if len(group) > 1 and not fits_all:
                message = f"{', '.join(sorted(group))} share {places} places: one may fill them all"
                found.warn(("stations", name, "queue"), message, "places by material keep room for each")


def _shared(plant: Plant, station: Station, taken: set[str]) -> dict[frozenset[str], int]:
    if isinstance(station.queue, int):
        return {frozenset(taken): station.queue}
    groups = {
        key: frozenset(m for m in taken if key == m or key == plant.materials[m].kind)
        for key in station.queue
    }
    return {group: station.queue[key] for key, group in groups.items()}
