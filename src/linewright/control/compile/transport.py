"""How units get from place to place: belts (stations of their own kind), vehicles, and which way takes which."""

from __future__ import annotations

import numpy as np

from linewright.control import line as tables
from linewright.control.codes import QueueKind, Rule
from linewright.control.compile.draft import NONE, Draft
from linewright.plant.laws import Constant, Distribution
from linewright.plant.model import Conveyor, Loop, Vehicles

UNLIMITED_BELT = 256  # units at once on a conveyor without a capacity: each needs a record of its own


def add_belts(draft: Draft) -> None:
    """Each conveyor as a station whose machines are its places."""
    for name, belt in draft.belts.items():
        _add_belt(draft, name, belt)


def _add_belt(draft: Draft, name: str, belt: Conveyor | Loop) -> None:
    needs = belt.needs if isinstance(belt, Conveyor) else None
    places = belt.capacity if belt.capacity >= 0 else UNLIMITED_BELT
    queue = draft.main_queue[name] = draft.add_queue(name, name, 0, QueueKind.MAIN)
    draft.station.add(
        first_machine=len(draft.machine_names), n_machines=places, queue=queue, rework_queue=NONE,
        traits=tables.F_ATTENDED if needs else 0, plain=int(not needs), takes_first=int(not needs),
        rule=Rule.FIFO, cards=NONE, batch_least=1, batch_most=1, setup_skill=NONE, conveyor=NONE, around=NONE,
    )  # fmt: skip
    for k in range(places):
        draft.machine.add(station=draft.station_no[name], first_tool=len(draft.tool_names))
        draft.machine_names.append(f"{name}-{k + 1}" if places > 1 else name)


def add_belt_tasks(draft: Draft) -> None:
    """The trips of each conveyor: tasks without an operation."""
    for name, belt in draft.belts.items():
        row = draft.station_row(name)
        row["conveyor"] = len(draft.task.rows)
        skill = draft.skill(belt.needs if isinstance(belt, Conveyor) else None)
        for time in trips(belt):
            last = draft.task.add(operation=NONE, station=draft.station_no[name], skill=skill, mean_s=time.mean)
        if isinstance(belt, Loop):
            row["around"] = last


def trips(belt: Conveyor | Loop) -> list[Distribution]:
    """The times of its trips: one for a conveyor; for a loop from each stop to each, then once round."""
    if isinstance(belt, Conveyor):
        return [belt.time]
    onto = {name: belt.entries.get(name, at) for name, at in belt.stops.items()}
    ways = [(belt.stops[b] - onto[a]) % belt.length or belt.length for a in belt.stops for b in belt.stops]
    return [Constant(way / belt.speed) for way in [*ways, belt.length]]


def belt_between(draft: Draft, origin: str, destination: str) -> str | None:
    """The first conveyor that covers a way, if there is one."""
    for name, belt in draft.belts.items():
        if isinstance(belt, Loop):
            if origin in belt.stops and destination in belt.stops:
                return name
        elif _covers(belt.from_, origin, "out") and _covers(belt.to, destination, "in"):
            return name
    return None


def _trip_between(draft: Draft, name: str, origin: str, destination: str) -> int:
    """The task of a conveyor from one place to another."""
    belt = draft.belts[name]
    first = int(draft.station_row(name)["conveyor"])
    if isinstance(belt, Conveyor):
        return first
    stops = list(belt.stops)
    return first + stops.index(origin) * len(stops) + stops.index(destination)


def _covers(places: str | list[str], place: str, never: str) -> bool:
    if place == never:
        return False
    names = [places] if isinstance(places, str) else places
    return "any" in names or place in names


def add_transport(draft: Draft) -> None:
    """The table of ways: by the two places a vehicle pool, a conveyor, or nothing (the unit is just there)."""
    n = len(draft.stations)
    places = {**draft.station_no, "in": n, "out": n + 1}
    via = np.full((n + 2, n + 2), NONE, np.int64)
    trip = via.copy()
    for pool, (name, vehicles) in enumerate(draft.pools.items()):
        _add_pool(draft, name, vehicles, places)
        for a in vehicles.serves:
            for b in vehicles.serves:
                if a != b:
                    via[places[a], places[b]] = -2 - pool
    real = [*draft.plant.stations, "in", "out"]
    for a in real:
        for b in real:
            belt = belt_between(draft, a, b) if a != b else None
            if belt:
                via[places[a], places[b]] = draft.station_no[belt]
                trip[places[a], places[b]] = _trip_between(draft, belt, a, b)
    draft.via, draft.trip = via.reshape(-1), trip.reshape(-1)


def _add_pool(draft: Draft, name: str, vehicles: Vehicles, places: dict[str, int]) -> None:
    row = len(draft.numbers)
    table = np.zeros((len(places), len(places)))
    for a, ways in vehicles.distances.items():
        for b, metres in ways.items():
            table[places[a], places[b]] = metres
    for a, ways in vehicles.distances.items():
        for b in ways:
            if a not in vehicles.distances.get(b, {}):
                table[places[b], places[a]] = table[places[a], places[b]]
    draft.numbers.extend(table.reshape(-1))
    first = len(draft.vehicle_names)
    home = places[vehicles.home or vehicles.serves[0]]
    for k in range(vehicles.vehicles):
        draft.vehicle.add(pool=len(draft.pool.rows), home=home)
        draft.vehicle_names.append(f"{name}-{k + 1}" if vehicles.vehicles > 1 else name)
    draft.pool.add(
        first_vehicle=first, n_vehicles=vehicles.vehicles, nearest=int(vehicles.picks == "nearest"),
        distance_row=row, speed=vehicles.speed, load_s=vehicles.load, unload_s=vehicles.unload,
    )  # fmt: skip
