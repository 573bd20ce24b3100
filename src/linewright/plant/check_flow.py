"""Can everything flow to its end: sizes that fit, routes that finish, loops that cannot lock themselves."""

from __future__ import annotations

import numpy as np

from linewright.plant.calendar import WeekCalendar
from linewright.plant.check_loops import check_loops
from linewright.plant.findings import Findings
from linewright.plant.model import UNLIMITED, Conwip, Kanban, Operation, Plant, Station, Vehicles
from linewright.plant.routes import Step, all_steps, demanded, route_steps
from linewright.plant.yaml_source import Path


def check_flow(plant: Plant, week: WeekCalendar, found: Findings) -> None:
    """Everything about flow that can be seen without running the line."""
    check_sizes(plant, found)
    check_routes(plant, found)
    check_reach(plant, found)
    check_supply(plant, found)
    check_places(plant, found)
    check_duty(plant, week, found)
    check_certain_failure(plant, found)
    check_loops(plant, found)


def check_sizes(plant: Plant, found: Findings) -> None:
    """Counts that must be at least one, and batches that fit the places in front of them."""
    for name, station in plant.stations.items():
        path: Path = ("stations", name)
        if station.machines < 1:
            found.error((*path, "machines"), "a number of machines from 1 on is expected")
        if station.batch:
            _check_batch(plant, name, station, found)
    for name, carrier in plant.transport.items():
        if isinstance(carrier, Vehicles) and carrier.vehicles < 1:
            found.error(("transport", name, "vehicles"), "a number of vehicles from 1 on is expected")
        if not isinstance(carrier, Vehicles) and carrier.capacity == 0:
            found.error(("transport", name, "capacity"), "nothing fits on it")
    for step in all_steps(plant):
        _check_lot(step.operation, step.path, found)


def _check_batch(plant: Plant, name: str, station: Station, found: Findings) -> None:
    assert station.batch is not None
    path: Path = ("stations", name, "batch")
    least, most = station.batch.least, station.batch.most
    if not 1 <= least <= most or most == UNLIMITED:
        found.error(path, f"1 <= least <= most must hold, these are {least} and {most}")
        return
    places = station.queue if isinstance(station.queue, int) else sum(station.queue.values())
    if places != UNLIMITED and places < least and station.batch.wait is None:
        message = f"the {places} places in front never hold the {least} units that a batch needs"
        found.error(path, message, "more places, a smaller `least`, or `wait`")
    if places != UNLIMITED and least <= places < most:
        found.warn(path, f"the {places} places in front never fill a batch of {most}")
    release = plant.control.release
    cards = release.kanban.get(name, UNLIMITED) if isinstance(release, Kanban) else UNLIMITED
    if isinstance(release, Conwip) and isinstance(release.conwip, int):
        cards = release.conwip
    if cards != UNLIMITED and cards < least and station.batch.wait is None:
        found.error(path, f"{cards} cards never gather the {least} units that a batch needs")


def _check_lot(operation: Operation, path: Path, found: Findings) -> None:
    if operation.lot < 1:
        found.error((*path, "lot"), "a lot has at least 1 piece")
    elif operation.transfer is not None and not 1 <= operation.transfer <= operation.lot:
        message = f"{operation.transfer} pieces are handed on together, out of a lot of {operation.lot}"
        found.error((*path, "transfer"), message, "from 1 to the lot")


def check_routes(plant: Plant, found: Findings) -> None:
    """Each entry of a route is one operation with a name of its own."""
    for material, route in plant.routes.items():
        if not route:
            found.error(("routes", material), "a route has at least one operation", at_key=True)
        seen: set[str] = set()
        for place, entry in enumerate(route):
            path: Path = ("routes", material, place)
            if len(entry) != 1:
                names = ", ".join(entry) or "none"
                found.error(path, f"one operation stands here: {names}", "begin each with `- name: {...}`")
            for name in entry:
                if name in seen:
                    found.error(
                        (*path, name), f"two operations of this route are called {name!r}", at_key=True
                    )
                seen.add(name)


def check_reach(plant: Plant, found: Findings) -> None:
    """Every station stands on a route, every material is wanted."""
    reached = {station for step in all_steps(plant) for station in step.stations}
    for name in plant.stations:
        if name not in reached:
            found.error(
                ("stations", name), "no route leads here", "use it in a route, or leave it out", at_key=True
            )
    taken = {name for step in all_steps(plant) for name in step.operation.takes}
    for name, material in plant.materials.items():
        wanted = name in taken or name in demanded(plant) or plant.orders.from_ is not None
        if material.buy and name not in taken:
            found.warn(("materials", name), f"no operation takes {name!r}")
        elif not material.buy and not wanted:
            found.warn(("materials", name), f"{name!r} is neither in demand nor taken by an operation")


def check_supply(plant: Plant, found: Findings) -> None:
    """Nothing is made of itself, nothing is taken that can never be there."""
    makes = {m: {t for step in route_steps(plant, m) for t in step.operation.takes} for m in plant.routes}
    for ring in _rings(makes):
        names = " from ".join([*ring, ring[0]])
        found.error(("routes", ring[0]), f"it is made from itself: {names}", at_key=True)
    for step in all_steps(plant):
        for name, amount in step.operation.takes.items():
            path: Path = (*step.path, "takes", name)
            material = plant.materials.get(name)
            if amount <= 0:
                found.error(path, "an amount above 0 is expected")
            if material and material.buy and material.stock == 0 and not material.reorder:
                found.error(
                    path, f"there is no stock of {name!r}, and no more is bought", "give `stock` or `reorder`"
                )


def _rings(makes: dict[str, set[str]]) -> list[list[str]]:
    """Rings in a graph, each found once from its first node in the file."""
    rings: list[list[str]] = []
    done: set[str] = set()

    def visit(node: str, trail: list[str]) -> None:
        if node in trail:
            rings.append(trail[trail.index(node) :])
        elif node not in done:
            for target in sorted(makes.get(node, ())):
                visit(target, [*trail, node])
            done.add(node)

    for start in makes:
        visit(start, [])
    return rings


def check_places(plant: Plant, found: Findings) -> None:
    """Where places are told by material, every material that comes has some."""
    for step in all_steps(plant):
        coming = {step.material} if step.place else set()
        coming |= {m for m in step.operation.takes if m in plant.materials and not plant.materials[m].buy}
        for name in step.stations:
            places = plant.stations[name].queue if name in plant.stations else UNLIMITED
            if isinstance(places, int):
                continue
            lost = sorted(m for m in coming if m not in places and plant.materials[m].kind not in places)
            for material in lost:
                message = f"{material!r} comes here (operation {step.name!r}), but has no place"
                found.error(("stations", name, "queue"), message, "name it, or its `kind`")


def check_duty(plant: Plant, week: WeekCalendar, found: Findings) -> None:
    """Every station runs at some time, and then somebody with the skills it needs is there."""
    share = dict(zip(week.stations, week.share_running(), strict=True))
    for name in week.stations:
        if share[name] == 0:
            found.error(("stations", name), "it never runs: none of its shifts is ever on", at_key=True)
    for step in all_steps(plant):
        for name in step.stations:
            skill = step.skill_at(plant, name)
            if skill is not None and share.get(name):
                _check_attended(plant, week, step, name, skill, found)


def _check_attended(
    plant: Plant, week: WeekCalendar, step: Step, station: str, skill: str, found: Findings
) -> None:
    crews = [place for place, name in enumerate(week.crews) if skill in plant.crews[name].skills]
    if not crews:
        return  # an unknown skill is reported with the names
    runs = week.running[:, week.stations.index(station)]
    there = week.people[:, crews].sum(axis=1) > 0
    if not np.any(runs & there):
        message = f"nobody with the skill {skill!r} is ever there while {station!r} runs"
        found.error(step.path, message, "a crew in one of its shifts", at_key=True)


def check_certain_failure(plant: Plant, found: Findings) -> None:
    """A route on which every unit fails never finishes anything."""
    for step in all_steps(plant):
        fail = step.fail
        if fail is None or step.operation.sample != "all":
            continue
        passes = fail.then == "pass" and (fail.rework is None or fail.at_most != UNLIMITED)
        hopeless = fail.rate == 1 and not step.operation.checks and not passes
        if hopeless or fail.scrap_rate == 1:
            found.error((*step.path, "fail"), "every unit fails here: nothing is ever finished")
