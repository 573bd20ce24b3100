"""Small plants of known behaviour."""

from __future__ import annotations

from typing import Any

import pytest

from linewright.plant.model import Plant
from linewright.twin.experiment import Bench

EXPONENTIAL = {"dist": "exponential"}


def exponential(mean_s: float) -> dict[str, Any]:
    return {"dist": "exponential", "mean": mean_s}


def queue_plant(service: Any, every: Any, machines: int = 1) -> Plant:
    """One station, one stream."""
    return Plant.model_validate(
        {
            "plant": "queue",
            "materials": {"part": {}},
            "stations": {"server": {"queue": "unlimited", "machines": machines}},
            "routes": {"part": [{"serve": {"at": "server", "time": service}}]},
            "orders": {"streams": [{"every": every, "material": "part"}]},
        }
    )


def line_plant(queues: list[int], mean_s: float = 1.0) -> Plant:
    """Stations in series with exponential times, raw parts always there."""
    names = [f"s{k}" for k in range(len(queues))]
    return Plant.model_validate(
        {
            "plant": "line",
            "materials": {"part": {}},
            "stations": {name: {"queue": queue} for name, queue in zip(names, queues, strict=True)},
            "routes": {"part": [{f"op-{name}": {"at": name, "time": exponential(mean_s)}} for name in names]},
            "orders": {"saturated": ["part"]},
        }
    )


@pytest.fixture(scope="session")
def mm1() -> Bench:
    """M/M/1 at 0.8: lead time 4 s, 4 units on the line, 1 unit/s."""
    return Bench(queue_plant(exponential(0.8), exponential(1.0)))


@pytest.fixture(scope="session")
def three() -> Bench:
    """Three like stations with three places between them."""
    return Bench(line_plant([0, 3, 3]))
