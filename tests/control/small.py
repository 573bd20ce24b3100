"""Small plants whose every event can be worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from drive import Life, bear
from strategies import as_plant

from linewright.plant.orders import Order


def small(stations: dict[str, Any], routes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The written form of a plant; materials come from the routes; demand is saturated unless given."""
    materials: dict[str, Any] = {name: {} for name in routes} | more.pop("materials", {})
    return {
        "plant": "small",
        "materials": materials,
        "stations": stations,
        "routes": routes,
        "orders": more.pop("demand", {"saturated": [next(iter(routes))]}),
        **more,
    }


def born(
    stations: dict[str, Any],
    routes: dict[str, Any],
    orders: tuple[Order, ...] = (),
    folder: Path | None = None,
    **more: Any,
) -> Life:
    """The life of a small plant."""
    if orders:
        more.setdefault("demand", {})
    return bear(as_plant(small(stations, routes, **more)), 1, orders, folder=folder)


def line_of(*names: str, time: str = "10 s", **times: str) -> dict[str, Any]:
    """A route of `part` through stations in order."""
    return {"part": [{f"op{n}": {"at": name, "time": times.get(name, time)}} for n, name in enumerate(names)]}


def orders_of(*rows: tuple[str, str, float, float]) -> tuple[Order, ...]:
    """Orders of one piece from rows (name, material, due in s, priority), all there at time 0."""
    return tuple(
        Order(order=name, material=material, quantity=1, due_s=due, priority=priority, release_s=0.0)
        for name, material, due, priority in rows
    )
