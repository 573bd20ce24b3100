"""Everything that can be seen to be wrong with a plant before it runs, all at once.

Errors are things with which the line cannot run or finish; warnings are things that are probably not meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from linewright.errors import InputError, Problem
from linewright.plant.calendar import WeekCalendar, week_changes
from linewright.plant.check_flow import check_flow
from linewright.plant.check_names import check_names
from linewright.plant.findings import Findings
from linewright.plant.load import plant_of, read_source
from linewright.plant.load_estimate import Load, order_rates, station_loads, stream_rates
from linewright.plant.model import UNLIMITED, Plant
from linewright.plant.orders import Order, load_orders
from linewright.plant.programs import take_programs
from linewright.plant.routes import route_steps
from linewright.plant.yaml_source import Source


@dataclass(frozen=True, slots=True)
class CheckedPlant:
    """A plant that can run, with its orders and what is probably not meant."""

    plant: Plant
    orders: list[Order]
    folder: Path  # where the files that the plant names are looked for
    warnings: list[Problem]
    loads: list[Load]  # estimated from streams, or from orders until their last due date


def open_plant(
    path: str | Path, orders: str | Path | None = None, start: datetime | None = None
) -> CheckedPlant:
    """Load a plant file and its orders and check everything; `InputError` with every error there is.

    `orders` is another file of orders to be used in place of the one that the plant names.
    """
    path = Path(path)
    source = read_source(path)
    folder = path.parent
    plant = plant_of(source, folder)
    if orders is not None:
        if not Path(orders).is_file():
            raise InputError([Problem("there is no such file", str(orders), key="--orders")])
        plant = plant.model_copy(
            update={"orders": plant.orders.model_copy(update={"from_": str(Path(orders).resolve())})}
        )
    return check_plant(plant, source, folder, start)


def check_plant(
    plant: Plant, source: Source | None = None, folder: str | Path = ".", start: datetime | None = None
) -> CheckedPlant:
    """Check a plant, from a file or made in Python; `InputError` with every error there is."""
    folder = Path(folder)
    found = Findings(source or Source(""))
    check_names(plant, found, folder)
    orders = _take_orders(plant, folder, start, found)
    loads: list[Load] = []
    if not found.errors:  # what follows relies on names
        plant = take_programs(plant, folder, found)
    if not found.errors:
        week = week_changes(plant)
        check_flow(plant, week, found)
    if not found.errors:
        streams = stream_rates(plant)
        loads = station_loads(plant, {**order_rates(orders), **streams}, week)
        check_capacity(plant, station_loads(plant, streams, week), loads, orders, found)
        check_piling(plant, week, found)
    if found.errors:
        raise InputError(
            sorted(found.errors, key=lambda problem: (problem.file, problem.line, problem.column))
        )
    return CheckedPlant(plant, orders, folder, found.warnings, loads)


def _take_orders(plant: Plant, folder: Path, start: datetime | None, found: Findings) -> list[Order]:
    try:
        return load_orders(plant, folder, start)
    except InputError as error:
        missing = any(problem.key == "orders.from" for problem in found.errors)
        found.errors += [] if missing else error.problems
        return []


def check_capacity(
    plant: Plant,
    from_streams: Sequence[Load],
    in_all: Sequence[Load],
    orders: Sequence[Order],
    found: Findings,
) -> None:
    """Demand that never ends must stay below capacity; a list of orders above it will be late."""
    loses = any(stream.when_full == "lose" for stream in plant.orders.streams)
    for load in from_streams:
        if load.utilisation >= 1 and load.needed > 0:
            report = found.warn if loses else found.error
            where = ("stations", load.stations[0])
            report(where, _over(load), "more machines, shorter times, or less demand")
    if orders:
        for load in in_all:
            if load.utilisation >= 1:
                found.warn(("stations", load.stations[0]), f"{_over(load)} until the last due date")


def check_piling(plant: Plant, week: WeekCalendar, found: Findings) -> None:
    """What is always in demand and pushed in piles up before the slowest station, if a queue has no end."""
    if not isinstance(plant.control.release, str):
        return
    for entry in plant.orders.saturated:
        for material in [entry] if isinstance(entry, str) else entry:
            loads = {load.stations: load for load in station_loads(plant, {material: 1.0}, week)}
            steps = route_steps(plant, material)
            need = [loads[tuple(sorted(step.stations))].utilisation for step in steps]
            slowest = need.index(max(need))
            for step in steps[1 : slowest + 1]:
                for name in step.stations:
                    if plant.stations[name].queue == UNLIMITED:
                        message = f"{material!r} is always in demand and piles up here without end"
                        found.warn(("stations", name), message, "give it places, or limit the release")


def _over(load: Load) -> str:
    names = " and ".join(load.stations)
    return f"the demand takes {load.utilisation:.1%} of what {names} can do"
