"""What quality costs, read off the plant once: values of units, rates of stations, tolerances.

Plain data, so that it is kept with a result. Money is in the currency of `costs`.
"""

from __future__ import annotations

from typing import Any

from linewright.control.compile import RouteStep, limits, looks, route_steps, target, task_mean_s
from linewright.plant.check_quality import making_station
from linewright.plant.model import Cost, Plant

HOUR_S = 3600.0


def quality_basis(plant: Plant) -> dict[str, Any] | None:
    """Characteristics, inspections and their costs; None where nothing is measured."""
    if not plant.characteristics:
        return None
    steps = route_steps(plant)
    return {
        "currency": _currency(plant),
        "characteristics": [_characteristic(plant, name) for name in plant.characteristics],
        "checks": [
            [i, list(plant.characteristics).index(name)] for i, s in enumerate(steps) for name in s.operation.checks
        ],
        "inspections": [_inspection(plant, i, step) for i, step in enumerate(steps) if inspects(step)],
        "look_cost": {name: _look_cost(plant, name) for name in looks(plant)},
    }


def inspects(step: RouteStep) -> bool:
    """Is the operation there to look at units?"""
    return bool(step.operation.checks) or step.operation.fail is not None or step.operation.accept is not None


def _characteristic(plant: Plant, name: str) -> dict[str, Any]:
    each = plant.characteristics[name]
    low, high = limits(plant, name)
    centre = each.process.mean if each.process.mean is not None else target(plant, name)
    return {
        "name": name, "material": each.of, "unit": getattr(each.nominal, "unit", ""), "low": low, "high": high,
        "centre": float(centre), "target": float(target(plant, name)), "escape": each.escape,
    }  # fmt: skip


def _inspection(plant: Plant, i: int, step: RouteStep) -> dict[str, Any]:
    """One inspection: what looking at a unit costs, what a scrapped one is worth, what a round of rework costs."""
    scrap = plant.materials[step.material].scrap
    worth = unit_value(plant, step.material, step.index) if scrap is None else scrap
    back = getattr(step.operation.fail, "rework", None)
    route = [s for s in route_steps(plant) if s.material == step.material]
    again = [s for s in route if back and _place(route, back) <= s.index <= step.index]
    rework = sum(work_cost(plant, s) for s in again)
    return {
        "operation": i, "name": f"{step.material}.{step.name}", "cost": work_cost(plant, step), "scrap": worth,
        "rework": rework,
    }  # fmt: skip


def _place(route: list[RouteStep], name: str) -> int:
    return next(s.index for s in route if s.name == name)


def rate(plant: Plant, name: str) -> float:
    """Money for an hour of a station or of a person of a crew."""
    cost = plant.costs.get(name)
    return cost.hour if isinstance(cost, Cost) else 0.0


def _person(plant: Plant, skill: str | None) -> float:
    """Money for an hour of somebody with the skill: the cheapest crew that has it."""
    rates = [rate(plant, name) for name, crew in plant.crews.items() if skill in crew.skills]
    return min(rates, default=0.0)


def work_cost(plant: Plant, step: RouteStep) -> float:
    """Machine and attendance for one unit of an operation, at its first station."""
    station = step.stations[0]
    skill = step.operation.needs or plant.stations[station].needs
    batch = plant.stations[station].batch
    pieces = batch.most if batch and batch.most > 0 else 1
    return task_mean_s(step, station) / HOUR_S / pieces * (rate(plant, station) + _person(plant, skill))


def unit_value(plant: Plant, material: str, up_to: int | None = None) -> float:
    """What has been spent on a unit up to an operation of its route (all of it: None): bought parts and work."""
    total = 0.0
    for step in route_steps(plant):
        if step.material == material and (up_to is None or step.index <= up_to):
            total += work_cost(plant, step)
            for name, amount in step.operation.takes.items():
                part = plant.materials[name]
                total += amount * ((part.cost or 0.0) if part.buy else unit_value(plant, name))
    return total


def _look_cost(plant: Plant, name: str) -> float:
    """What it costs to hold a machine and look at it, once."""
    reaction, station = plant.characteristics[name].reaction, making_station(plant, name)
    assert reaction is not None and reaction.hold is not None and station is not None
    return reaction.hold.mean / HOUR_S * (rate(plant, station) + _person(plant, reaction.call))


def _currency(plant: Plant) -> str:
    given = plant.costs.get("currency")
    return given if isinstance(given, str) else ""
