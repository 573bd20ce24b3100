"""`linewright check`: is the plant file, with its orders, fit to run?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from linewright.commands.options import AsJson, OrdersFile, PlantFile

if TYPE_CHECKING:
    from linewright.plant import Plant


def check(plant: PlantFile, orders: OrdersFile = None, as_json: AsJson = False) -> None:
    """Check a plant file and its orders.

    Every problem is named at once, with its place and what to write instead; nothing is written.
    """
    from linewright.plant import load_plant
    from linewright.plant.orders import load_orders, read_orders

    line = load_plant(plant)
    wanted = read_orders(orders, line.materials) if orders else load_orders(line, plant.parent)
    facts = count(line) | {"orders": len(wanted)}
    if as_json:
        typer.echo(json.dumps({"plant": line.plant, **facts, "problems": []}))
    else:
        numbers = ", ".join(f"{number} {thing}" for thing, number in facts.items() if number)
        typer.echo(f"{line.plant}: {numbers}; nothing wrong")


def count(line: Plant) -> dict[str, int]:
    """How much of each thing the plant has."""
    return {
        "stations": len(line.stations),
        "machines": sum(station.machines for station in line.stations.values()),
        "materials": len(line.materials),
        "routes": len(line.routes),
    }
