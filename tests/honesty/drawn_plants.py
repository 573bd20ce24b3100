"""Plants with orders, drawn from a seed: what engineers write, not what is hardest for the control."""

from __future__ import annotations

import random
from typing import Any

from linewright.plant.model import Plant
from linewright.plant.orders import Order

SHIFTS = ("mon-sun 00:00-24:00", "mon-fri 06:00-22:00", "mon-sat 07:00-16:00")


def draw(seed: int) -> tuple[Plant, tuple[Order, ...]]:
    """A plant of two to five stations with one to three products, and the orders of some days."""
    chance = random.Random(seed)
    stations = [f"s{k}" for k in range(chance.randint(2, 5))]
    products = [f"p{k}" for k in range(chance.randint(1, 3))]
    written: dict[str, Any] = {
        "plant": f"drawn {seed}",
        "calendar": {"shift": {"on": chance.choice(SHIFTS)}},
        "materials": {name: {} for name in products},
        "stations": {name: _station(chance) for name in stations},
        "routes": {name: _route(chance, stations) for name in products},
        "orders": {"from": "orders.csv"},
        "control": {"dispatch": chance.choice(["fifo", "edd", "spt", "priority"])},
    }
    if chance.random() < 0.4:
        written["control"]["release"] = {"conwip": chance.randint(3, 15)}
    return Plant.model_validate(written), tuple(_orders(chance, products))


def _time(chance: random.Random, mean_s: float) -> Any:
    kind = chance.choice(["lognormal", "gamma", "triangular", "exponential", "plain"])
    if kind == "plain":
        return f"{mean_s:.0f} s"
    if kind == "exponential":
        return {"dist": kind, "mean": f"{mean_s:.0f} s"}
    if kind == "triangular":
        low_s, high_s = 0.6 * mean_s, 1.9 * mean_s
        return {"dist": kind, "low": f"{low_s:.0f} s", "mode": f"{mean_s:.0f} s", "high": f"{high_s:.0f} s"}
    return {"dist": kind, "mean": f"{mean_s:.0f} s", "cv": round(chance.uniform(0.1, 0.8), 2)}


def _station(chance: random.Random) -> dict[str, Any]:
    station: dict[str, Any] = {"machines": chance.randint(1, 3)}
    if chance.random() < 0.6:
        station["failures"] = [
            {
                "name": "fault",
                "every": _time(chance, chance.uniform(2, 20) * 3600.0),
                "repair": _time(chance, chance.uniform(5, 60) * 60.0),
                "clock": chance.choice(["busy", "calendar"]),
            }
        ]
    if chance.random() < 0.3:
        station["setup"] = {"by": "material", "time": f"{chance.randint(1, 20)} min"}
    if chance.random() < 0.3:
        station["queue"] = chance.randint(2, 10)
    return station


def _route(chance: random.Random, stations: list[str]) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for k, at in enumerate(sorted(chance.sample(stations, chance.randint(1, len(stations))))):
        operation: dict[str, Any] = {"at": at, "time": _time(chance, chance.uniform(1, 12) * 60.0)}
        if chance.random() < 0.2:
            operation["fail"] = {"rate": f"{chance.randint(2, 12)}%", "rework": f"op{k}", "at_most": 2}
        steps.append({f"op{k}": operation})
    return steps


def _orders(chance: random.Random, products: list[str]) -> list[Order]:
    release_s, orders = 0.0, []
    every_s = chance.uniform(0.0, 90.0) * 60.0
    for k in range(chance.randint(10, 30)):
        orders.append(
            Order(
                order=f"o{k}",
                material=chance.choice(products),
                quantity=chance.randint(1, 12),
                due_s=release_s + 86400.0,
                priority=float(chance.randint(0, 2)),
                release_s=release_s,
            )
        )
        release_s += chance.expovariate(1.0) * every_s
    return orders
