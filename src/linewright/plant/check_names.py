"""Names that one table uses of another: each must exist; the nearest is proposed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath

from linewright.errors import nearest
from linewright.plant.check_quality import check_characteristics, check_compensation, check_sampling
from linewright.plant.findings import Findings
from linewright.plant.model import Conwip, Cost, DrumBufferRope, Kanban, Loop, Plant, Vehicles
from linewright.plant.routes import Step, all_steps, family_of, route_steps
from linewright.plant.yaml_source import Path

RULES = (
    "fifo",
    "shortest-processing-time",
    "earliest-due-date",
    "critical-ratio",
    "slack",
    "apparent-tardiness-cost",
    "fewest-setups",
    "priority",
    "schedule",
)
ENDS = ("in", "out")


def check_names(plant: Plant, found: Findings, folder: FilePath) -> None:
    """Every reference between tables, and every file that the plant names."""
    check_crews(plant, found)
    check_materials(plant, found)
    check_stations(plant, found, folder)
    check_transport(plant, found)
    check_characteristics(plant, found)
    for step in all_steps(plant):
        check_step(plant, step, found, folder)
    check_orders(plant, found, folder)
    check_control(plant, found, folder)
    check_addresses(plant, found)
    check_costs(plant, found)


def check_crews(plant: Plant, found: Findings) -> None:
    """Head-counts name shifts; nobody works in an unattended one."""
    for name, crew in plant.crews.items():
        people = crew.people if isinstance(crew.people, dict) else {}
        for shift, count in people.items():
            path: Path = ("crews", name, "people", shift)
            known = found.expect(shift, plant.calendar, "shift", path, at_key=True)
            if known and count and plant.calendar[shift].unattended:
                found.error(path, f"shift {shift!r} is unattended, but {count} people are planned")


def check_materials(plant: Plant, found: Findings) -> None:
    """Routes and materials fit together: a bought one has none, a made one has one."""
    given = {name for step in all_steps(plant) for name in step.operation.gives}
    for name in plant.routes:
        known = found.expect(name, plant.materials, "material", ("routes", name), at_key=True)
        if known and plant.materials[name].buy:
            found.error(("routes", name), f"{name!r} is bought, but has a route", "drop `buy` or the route")
    for name, material in plant.materials.items():
        path: Path = ("materials", name)
        if not material.buy and name not in plant.routes and name not in given:
            found.error(
                path, f"{name!r} is neither bought nor made", "give it a route, or `buy: true`", at_key=True
            )
        if material.reorder and not material.buy:
            found.error((*path, "reorder"), f"{name!r} is made, so it cannot be bought again")
        if material.reorder and material.stock is None:
            found.error((*path, "reorder"), f"{name!r} never runs out without a `stock`", "give `stock`")


def _skills(plant: Plant) -> set[str]:
    return {skill for crew in plant.crews.values() for skill in crew.skills}


def _skills_needed(plant: Plant) -> Iterator[tuple[str, Path]]:
    """Every skill that is asked for, and where."""
    for name, station in plant.stations.items():
        path: Path = ("stations", name)
        if station.needs:
            yield station.needs, (*path, "needs")
        if station.setup and station.setup.needs:
            yield station.setup.needs, (*path, "setup", "needs")
        for place, failure in enumerate(station.failures):
            if failure.needs:
                yield failure.needs, (*path, "failures", place, "needs")
        for tool_name, tool in station.tools.items():
            if tool.needs:
                yield tool.needs, (*path, "tools", tool_name, "needs")
    for step in all_steps(plant):
        if step.operation.needs:
            yield step.operation.needs, (*step.path, "needs")


def check_stations(plant: Plant, found: Findings, folder: FilePath) -> None:
    """Shifts, skills, materials, families and characteristics that stations name."""
    skills = _skills(plant)
    for skill, path in _skills_needed(plant):
        if skill not in skills:
            found.error(path, f"no crew has the skill {skill!r}", nearest(skill, skills))
    groups = {*plant.materials} | {m.kind for m in plant.materials.values() if m.kind}
    for name, station in plant.stations.items():
        here: Path = ("stations", name)
        for place, shift in enumerate(station.runs or []):
            found.expect(shift, plant.calendar, "shift", (*here, "runs", place))
        for group in station.queue if isinstance(station.queue, dict) else ():
            found.expect(group, groups, "material or kind", (*here, "queue", group), at_key=True)
        for tool_name, tool in station.tools.items():
            if tool.wears:
                path = (*here, "tools", tool_name, "wears")
                found.expect(tool.wears, plant.characteristics, "characteristic", path)
            if tool.life == 0:
                found.error((*here, "tools", tool_name, "life"), "a tool must live longer than 0")
        if station.machine_tool is not None and not (folder / station.machine_tool).is_file():
            message = f"there is no machine file {station.machine_tool!r} beside the plant file"
            found.error((*here, "machine_tool"), message)
        for place, failure in enumerate(station.failures):
            if failure.stops == "station" and failure.clock == "busy":
                path = (*here, "failures", place, "stops")
                found.error(path, "what stops the whole station fails by calendar", "write `clock: calendar`")
        _check_setup(plant, name, found)


def _check_setup(plant: Plant, name: str, found: Findings) -> None:
    """A set-up matrix names families (or materials), and every change that can happen."""
    setup = plant.stations[name].setup
    if setup is None or not isinstance(setup.time, dict):
        return
    by_family = setup.by == "family"
    known = {family_of(plant, m) if by_family else m for m in plant.materials}
    here = {step.material for step in all_steps(plant) if name in step.stations}
    visiting = sorted({family_of(plant, m) if by_family else m for m in here})
    path: Path = ("stations", name, "setup", "time")
    for source, row in setup.time.items():
        found.expect(source, known, setup.by, (*path, source), at_key=True)
        for target in row:
            found.expect(target, known, setup.by, (*path, source, target), at_key=True)
    free = [f"{a} to {b}" for a in visiting for b in visiting if a != b and b not in setup.time.get(a, {})]
    if free:
        found.warn(
            path, f"changing over from {', '.join(free)} takes no time", "name it as 0 if that is meant"
        )


def check_transport(plant: Plant, found: Findings) -> None:
    """Stations that vehicles and conveyors name, and the distances between those that need one."""
    stops = {*plant.stations, *ENDS}
    for name, carrier in plant.transport.items():
        path: Path = ("transport", name)
        if isinstance(carrier, Vehicles):
            for place, stop in enumerate(carrier.serves):
                found.expect(stop, stops, "station", (*path, "serves", place))
            _check_distances(plant, name, carrier, found)
        elif isinstance(carrier, Loop):
            _check_loop(plant, name, carrier, found)
        else:
            for key, ends in (("from", carrier.from_), ("to", carrier.to)):
                for stop in [ends] if isinstance(ends, str) else ends:
                    found.expect(stop, {*stops, "any"}, "station", (*path, key))


def _check_loop(plant: Plant, name: str, loop: Loop, found: Findings) -> None:
    path: Path = ("transport", name)
    if loop.length <= 0:
        found.error((*path, "length"), "a loop must be longer than 0")
    for key, known in (("stops", plant.stations), ("entries", loop.stops)):
        for stop, at in getattr(loop, key).items():
            found.expect(stop, known, "station", (*path, key, stop), at_key=True)
            if not 0 <= at <= loop.length:
                found.error((*path, key, stop), "it does not lie on the loop: 0 to `length`")


def _check_distances(plant: Plant, name: str, carrier: Vehicles, found: Findings) -> None:
    path: Path = ("transport", name)
    for first, row in carrier.distances.items():
        for second in row:
            for stop, where in ((first, (first,)), (second, (first, second))):
                found.expect(
                    stop, carrier.serves, "served station", (*path, "distances", *where), at_key=True
                )
    if carrier.home is not None:
        found.expect(carrier.home, carrier.serves, "served station", (*path, "home"))
    served = set(carrier.serves)
    missing = sorted(
        pair
        for pair in moves(plant)
        if set(pair) <= served
        and carrier.distances.get(pair[0], {}).get(pair[1]) is None
        and carrier.distances.get(pair[1], {}).get(pair[0]) is None
    )
    if missing:
        pairs = ", ".join(f"{first} to {second}" for first, second in missing)
        found.error((*path, "distances"), f"units are carried from {pairs}, but the distance is missing")


def moves(plant: Plant) -> set[tuple[str, str]]:
    """Every move of a unit from station to station (`in` and `out` are the line's ends)."""
    pairs: set[tuple[str, str]] = set()
    for material in plant.routes:
        steps = route_steps(plant, material)
        places = {step.name: step.place for step in steps}
        stops = [["in"], *(step.stations for step in steps), ["out"]]
        links = [(place, place + 1) for place in range(len(stops) - 1)]
        for step in steps:
            if step.fail and step.fail.rework in places:
                links.append((step.place + 1, places[step.fail.rework] + 1))
        pairs |= {(a, b) for i, j in links for a in stops[i] for b in stops[j] if a != b}
    return pairs


def check_step(plant: Plant, step: Step, found: Findings, folder: FilePath) -> None:
    """Everything that one operation names."""
    operation = step.operation
    if not step.stations:
        found.error((*step.path, "at"), "no station stands here")
    for place, station in enumerate(step.stations):
        where = (*step.path, "at") if isinstance(operation.at, str) else (*step.path, "at", place)
        found.expect(station, plant.stations, "station", where)
    _check_times(step, found, folder)
    for key, materials in (("takes", operation.takes), ("gives", operation.gives)):
        for material in materials:
            found.expect(material, plant.materials, "material", (*step.path, key, material), at_key=True)
    _check_inspection(plant, step, found)
    _check_tools(plant, step, found)


def _check_times(step: Step, found: Findings, folder: FilePath) -> None:
    operation = step.operation
    if isinstance(operation.time, dict):
        for station in operation.time:
            found.expect(
                station, step.stations, "station of this operation", (*step.path, "time", station), True
            )
        for station in step.stations:
            if station not in operation.time:
                found.error((*step.path, "time"), f"the time at {station!r} is missing")
    if operation.handling is not None and (operation.program is None or operation.time is not None):
        message = "`handling` is added to the time of a `program`; here the `time` says it all"
        found.error((*step.path, "handling"), message)
    if operation.time is None and operation.program is None:
        found.error(step.path, "it has neither a `time` nor a `program`", at_key=True)
    if operation.program is not None and not (folder / operation.program).is_file():
        message = f"there is no program {operation.program!r} beside the plant file"
        report = found.error if operation.time is None else found.warn
        report((*step.path, "program"), message)


def _check_inspection(plant: Plant, step: Step, found: Findings) -> None:
    operation = step.operation
    for place, name in enumerate(operation.checks):
        path = (*step.path, "checks", place)
        if not found.expect(name, plant.characteristics, "characteristic", path):
            continue
        characteristic = plant.characteristics[name]
        if characteristic.of != step.material:
            found.error(
                path, f"{name!r} is a characteristic of {characteristic.of!r}, not of {step.material!r}"
            )
        if characteristic.gauge is None:
            found.warn(path, f"{name!r} has no gauge: it is measured without error")
        elif characteristic.gauge.at not in step.stations:
            found.error(path, f"{name!r} is measured at {characteristic.gauge.at!r}, not here")
    if step.fail and step.fail.rework is not None:
        earlier = {s.name for s in route_steps(plant, step.material) if s.place <= step.place}
        found.expect(step.fail.rework, earlier, "operation before this", (*step.path, "fail", "rework"))
    if step.fail and step.fail.rate and operation.checks:
        found.warn((*step.path, "fail", "rate"), "the rate is not used: the `checks` decide who fails")


def _check_tools(plant: Plant, step: Step, found: Findings) -> None:
    operation = step.operation
    check_compensation(plant, step, found)
    check_sampling(plant, step, found)
    here = {tool for name in step.stations if name in plant.stations for tool in plant.stations[name].tools}
    for tool in operation.uses:
        found.expect(tool, here, "tool", (*step.path, "uses", tool), at_key=True)


def check_orders(plant: Plant, found: Findings, folder: FilePath) -> None:
    """Materials that are asked for, and the file of orders."""
    made = [name for name in plant.routes if name in plant.materials]
    for place, stream in enumerate(plant.orders.streams):
        path: Path = ("orders", "streams", place)
        _check_demand(stream.material, made, (*path, "material"), found)
        if stream.every.mean <= 0:
            found.error((*path, "every"), "the time between orders must be above 0")
        if stream.profile and (len(stream.profile) not in (24, 168) or sum(stream.profile) <= 0):
            message = "a profile has 24 numbers (the hours of a day) or 168 (of a week), not all 0"
            found.error((*path, "profile"), f"{message}; these are {len(stream.profile)}")
    for place, entry in enumerate(plant.orders.saturated):
        _check_demand(entry, made, ("orders", "saturated", place), found)
    if plant.orders.from_ is not None and not (folder / plant.orders.from_).is_file():
        found.error(("orders", "from"), f"there is no file {plant.orders.from_!r} beside the plant file")
    if plant.orders.from_ is None and not plant.orders.streams and not plant.orders.saturated:
        found.warn(("orders",), "nothing is in demand", "give `from`, `streams` or `saturated`")


def _check_demand(material: str | dict[str, float], made: list[str], path: Path, found: Findings) -> None:
    if isinstance(material, str):
        found.expect(material, made, "material with a route", path)
        return
    for name in material:
        found.expect(name, made, "material with a route", (*path, name), at_key=True)
    if abs(sum(material.values()) - 1) > 1e-9:
        found.error(path, f"the shares sum to {sum(material.values()):.6g}, not to 1")


def check_control(plant: Plant, found: Findings, folder: FilePath) -> None:
    """Stations, materials and rules that the control names."""
    release = plant.control.release
    if isinstance(release, Kanban):
        for station in release.kanban:
            found.expect(
                station, plant.stations, "station", ("control", "release", "kanban", station), at_key=True
            )
    if isinstance(release, Conwip) and isinstance(release.conwip, dict):
        for material in release.conwip:
            path: Path = ("control", "release", "conwip", material)
            found.expect(material, plant.routes, "material with a route", path, at_key=True)
    if isinstance(release, DrumBufferRope):
        found.expect(release.drum, plant.stations, "station", ("control", "release", "drum"))
    schedule = plant.control.schedule
    if schedule is not None and not (folder / schedule).is_file():
        found.error(("control", "schedule"), f"there is no file {schedule!r} beside the plant file")
    dispatch = plant.control.dispatch
    for name, rule in (dispatch if isinstance(dispatch, dict) else {"": dispatch}).items():
        path = ("control", "dispatch", name) if name else ("control", "dispatch")
        if name:
            found.expect(name, {*plant.stations, "default"}, "station", path, at_key=True)
        _check_rule(rule, path, found, folder)


def _check_rule(rule: str, path: Path, found: Findings, folder: FilePath) -> None:
    file, colon, function = rule.rpartition(":")
    if not colon or not file.endswith(".py"):
        found.expect(rule, RULES, "rule", path)
    elif not (folder / file).is_file():
        found.error(path, f"there is no file {file!r} beside the plant file")
    elif not function.isidentifier():
        found.error(path, f"{function!r} is no name of a function", "as `rules.py:my_rule`")


def check_addresses(plant: Plant, found: Findings) -> None:
    """One address for each machine of a station."""
    for name, addresses in plant.machines.items():
        path: Path = ("machines", name)
        if found.expect(name, plant.stations, "station", path, at_key=True):
            given = 1 if isinstance(addresses, str) else len(addresses)
            if given != plant.stations[name].machines:
                message = f"{given} address{'es' * (given != 1)} for {plant.stations[name].machines} machines"
                found.error(path, message)


def check_costs(plant: Plant, found: Findings) -> None:
    """What costs something must exist; the currency is a text."""
    known = {"currency", *plant.stations, *plant.crews, *plant.transport}
    for name, cost in plant.costs.items():
        path: Path = ("costs", name)
        exists = found.expect(name, known, "station, crew or transport", path, at_key=True)
        if exists and (name == "currency") == isinstance(cost, Cost):
            found.error(path, "a currency is a text, as EUR; anything else is {buy: 185000, hour: 22}")
