"""`linewright check`: is the plant file, with its orders, fit to run?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linewright.commands.answer import answer, rows_of, warn
from linewright.commands.options import AsJson, OrdersFile, PlantFile

if TYPE_CHECKING:
    from linewright.plant.check import CheckedPlant


def check(plant: PlantFile, orders: OrdersFile = None, as_json: AsJson = False) -> None:
    """Check a plant file and its orders.

    Every problem is named at once, with its place and what to write instead. A sound plant is summed up, with
    the load of its stations where its orders tell.
    """
    from linewright.plant.check import open_plant

    checked = open_plant(plant, orders)
    counted = count(checked)
    loads = {", ".join(load.stations): load.utilisation for load in checked.loads if load.needed > 0}
    if not as_json:
        warn(checked.warnings)
    summary = ", ".join(in_words(number, things) for things, number in counted.items() if number)
    lines = [f"{checked.plant.plant}: {summary}; nothing wrong"]
    lines += [f"  load of {stations}: {load:.0%}" for stations, load in loads.items()]
    facts = {
        "plant": checked.plant.plant,
        **counted,
        "loads": loads,
        "warnings": rows_of(checked.warnings),
        "problems": [],
    }
    answer(facts, "\n".join(lines), as_json)


def in_words(number: int, things: str) -> str:
    """`1 station`, `2 stations`."""
    return f"{number} {things.removesuffix('s') if number == 1 else things}"


def count(checked: CheckedPlant) -> dict[str, int]:
    """How much of each thing the plant has."""
    plant = checked.plant
    return {
        "stations": len(plant.stations),
        "machines": sum(station.machines for station in plant.stations.values()),
        "materials": len(plant.materials),
        "routes": len(plant.routes),
        "orders": len(checked.orders),
    }
