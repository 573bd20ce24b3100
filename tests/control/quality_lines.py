"""A mill that makes a width and a gauge that measures it: the smallest line with a quality plan."""

from __future__ import annotations

from typing import Any

from drive import Life, bear
from small import small
from strategies import as_plant

from linewright.plant.model import Plant
from linewright.twin.experiment import Bench
from linewright.twin.life import Life as Run

MICRON = 1e-6
SIGMA = 10 * MICRON


def written(
    process: dict[str, Any] | None = None,
    how: dict[str, Any] | None = None,
    tool: dict[str, Any] | None = None,
    look: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The plant file: `process`, `how` it is compensated (None: not at all), `tool`, the operation `look`."""
    width = {
        "of": "part", "nominal": "10 mm", "upper": "0.1 mm", "lower": "-0.1 mm",
        "process": {"mean": "10 mm", "sd": "0.01 mm", "at": "mill"} | (process or {}), "gauge": {"at": "gauge"},
    }  # fmt: skip
    given = more.pop("width", {})
    width |= given | {"process": width["process"] | given.get("process", {})}
    compensates = {} if how is None else {"mill": {"tool": "T1", "gain_check": 0} | how}
    inspect = {"at": "gauge", "time": "1 s", "checks": ["width"], "compensates": compensates} | (look or {})
    routes: dict[str, Any] = {"part": [{"mill": {"at": "mill", "time": "10 s"}}, {"look": inspect}]}
    mill = {"tools": {"T1": {"life": 1_000_000_000, "change": "1 s", "wears": "width"} | (tool or {})}}
    routes |= more.pop("more_routes", {})
    stations = {"mill": mill | more.pop("mill", {}), "gauge": more.pop("gauge", {})} | more.pop("more_stations", {})
    return small(stations, routes, characteristics={"width": width}, **more)


def plant(*args: Any, **more: Any) -> Plant:
    return as_plant(written(*args, **more))


def made(parts: int, *args: Any, seed: int = 1, **more: Any) -> Run:
    """The line after so many parts."""
    run = Bench(plant(*args, **more)).life(seed, 0)
    assert run.until(1e12, parts)
    return run


def by_steps(*args: Any, seed: int = 1, **more: Any) -> Life:
    """The line, event by event."""
    return bear(plant(*args, **more), seed)


def mean_square(run: Run) -> float:
    """Mean squared deviation of the true values from where the process should stand, in units of SIGMA^2."""
    truth = run.nature.truth[0]
    return float(truth.made_sum2 / truth.made / SIGMA**2)


def mean(run: Run) -> float:
    """Mean deviation of the true values, in units of SIGMA."""
    truth = run.nature.truth[0]
    return float(truth.made_sum / truth.made / SIGMA)
