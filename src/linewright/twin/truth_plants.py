"""The pieces of which the plants of exact rows are made: stations in series, streams, failures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from linewright.plant import Plant
from linewright.twin.truth_words import Numbers, law_of, spread

Table = dict[str, Any]

CYCLE_S = 1.0  # of lines whose machines move in step


def plant_of(**tables: Any) -> Plant:
    """A plant with the tables given and a material for each route."""
    made: Table = {name: {} for name in tables["routes"]}
    return Plant.model_validate({"plant": "truth", "materials": made, **tables})


def one_station(station: Table, time: Any, streams: list[Table]) -> Plant:
    return plant_of(
        stations={"station": station},
        routes={"part": [{"serve": operation("station", time)}]},
        orders={"streams": streams},
    )


def saturated(stations: Sequence[Table], times: Sequence[Any], **tables: Any) -> Plant:
    """Machines in series with as much work as the first can take."""
    names = [f"station-{k + 1}" for k in range(len(stations))]
    steps = [
        {f"step-{k + 1}": operation(name, time)}
        for k, (name, time) in enumerate(zip(names, times, strict=True))
    ]
    return plant_of(
        stations=dict(zip(names, stations, strict=True)),
        routes={"part": steps},
        orders={"saturated": ["part"]},
        **tables,
    )


def operation(station: str, time: Any) -> Table:
    return {"at": station, "time": time}


def stream(every: Any, material: str = "part", priority: int = 0, when_full: str = "wait") -> Table:
    return {"every": every, "material": material, "priority": priority, "when_full": when_full}


def finite(k: int, places: Sequence[float], failure: Table | None) -> Table:
    """Machine k of a line with the buffer before it; the first has no buffer and is never starved."""
    station: Table = {"machines": 1, "queue": 0 if k == 0 else int(places[k - 1])}
    return station | ({"failures": [failure]} if failure else {})


def failure_rates(given: Numbers, n: int) -> tuple[list[float], list[float]]:
    return spread(given.several("p"), n), spread(given.several("r"), n)


def failure(rates: tuple[float, float] | None, clock: str, given: Numbers) -> Table | None:
    """Exponential failures at rate p of the machine's own time, exponential repairs at rate r."""
    if rates is None or rates[0] == 0:
        return None
    every, repair = (law_of("exp", 1 / rate, given) for rate in rates)
    return {"name": "failure", "every": every, "clock": clock, "repair": repair}


def cycles(p: float) -> Table:
    """Whole cycles until something happens that has `p` in each."""
    return {"dist": "geometric", "p": p, "unit": CYCLE_S}
