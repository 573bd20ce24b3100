"""Plants that ask more of the control than an engineer would: every feature, close to standstill.

They need not pass `check_plant`: a line that locks up must still keep its invariants until then.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from strategies import as_plant, times, written_plants

from linewright.plant.model import Plant

Draw = Any


def tough_plants() -> st.SearchStrategy[Plant]:
    """Drawn plants, made busier and tighter."""
    return written_tough_plants().map(as_plant)


@st.composite
def written_tough_plants(draw: Draw) -> dict[str, Any]:
    """The written form of `tough_plants`."""
    written = draw(written_plants(4))
    stations, routes = written["stations"], written["routes"]
    names = list(stations)
    written["orders"] = draw(_busy_demand(written["orders"], list(routes)))
    for station in stations.values():
        if draw(st.integers(0, 2)) == 0 and isinstance(station["queue"], str | int):
            station["queue"] = draw(st.integers(0, 3))
            if "batch" in station:
                station["queue"] = max(station["queue"], station["batch"]["most"])
        if draw(st.integers(0, 3)) == 0 and "batch" not in station and station["queue"] != 0:
            station["holds_place"] = draw(st.booleans())
        if draw(st.integers(0, 3)) == 0:
            station["blocking"] = draw(st.sampled_from(["after-service", "before-service", "communication"]))
        if draw(st.integers(0, 3)) == 0:
            station["rework_queue"] = draw(st.integers(0, 2))
        if draw(st.integers(0, 2)) == 0:
            busy = draw(st.sampled_from(["busy", "calendar"]))
            often = {
                "name": "often",
                "every": draw(times(50, 500)),
                "clock": busy,
                "repair": draw(times(10, 300)),
            }
            station["failures"] = [*station.get("failures", []), often]
    for route in routes.values():
        if "assemble" in route[0]:
            continue
        _lengthen(draw, route, names, stations)
    _give(draw, written)
    if draw(st.integers(0, 2)) == 0:
        written["transport"] = draw(_transport(names))
    if draw(st.integers(0, 1)) == 0:
        written["control"]["release"] = draw(_release(names))
    written["control"]["replace_scrap"] = draw(st.booleans())
    return written


def _lengthen(draw: Draw, route: list[dict[str, Any]], names: list[str], stations: dict[str, Any]) -> None:
    """Further operations anywhere, alternatives, samples, rework."""
    for number in range(draw(st.integers(0, 3))):
        at: Any = draw(st.sampled_from(names))
        if len(names) > 1 and draw(st.booleans()):
            at = draw(st.permutations(names))[:2]
        operation = {"at": at, "time": draw(times(1, 300))}
        if draw(st.integers(0, 2)) == 0:
            operation["sample"] = draw(st.sampled_from(["1 in 2", "1 in 3"]))
            back = draw(st.sampled_from([next(iter(step)) for step in route]))
            operation["fail"] = {"rate": "40%", "scrap_rate": "5%", "rework": back, "at_most": 1}
        route.append({f"more{number}": operation})


def _give(draw: Draw, written: dict[str, Any]) -> None:
    """Something comes out beside a unit, now and then."""
    if draw(st.integers(0, 3)) == 0:
        route = written["routes"][draw(st.sampled_from(list(written["routes"])))]
        step = draw(st.sampled_from(route))
        written["materials"] |= {"chip": {}, "core": {}}
        operation = next(iter(step.values()))
        operation["gives"] = {draw(st.sampled_from(["chip", "core"])): draw(st.integers(1, 3))}
        at = draw(st.sampled_from(list(written["stations"])))
        written["routes"]["core"] = [{"wash": {"at": at, "time": "20 s"}}]


@st.composite
def _busy_demand(draw: Draw, orders: dict[str, Any], products: list[str]) -> dict[str, Any]:
    if draw(st.booleans()):
        return orders
    streams = []
    for product in draw(st.lists(st.sampled_from(products), min_size=1, max_size=2, unique=True)):
        stream = {"material": product, "every": draw(times(30, 900)), "quantity": draw(st.integers(1, 12))}
        stream |= {"due": draw(times(3000, 9000)), "when_full": draw(st.sampled_from(["wait", "lose"]))}
        streams.append(stream)
    return {"streams": streams, "saturated": draw(st.sampled_from([[], products[-1:]]))}


@st.composite
def _release(draw: Draw, names: list[str]) -> dict[str, Any]:
    kind = draw(st.sampled_from(["kanban", "conwip", "drum"]))
    if kind == "kanban":
        some = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        return {"kanban": {name: draw(st.integers(1, 5)) for name in some}}
    if kind == "conwip":
        return {"conwip": draw(st.integers(1, 6))}
    return {"drum": draw(st.sampled_from(names)), "rope": draw(st.integers(1, 6))}


@st.composite
def _transport(draw: Draw, names: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    places = ["in", *names, "out"]
    if draw(st.booleans()):
        ends = draw(st.lists(st.sampled_from(places), min_size=2, unique=True))
        ways = {
            a: {b: f"{draw(st.integers(1, 60))} m" for b in ends[i + 1 :]} for i, a in enumerate(ends[:-1])
        }
        made["robot"] = {
            "vehicles": draw(st.integers(1, 2)),
            "speed": "1 m/s",
            "load": "2 s",
            "serves": ends,
            "distances": ways,
            "picks": draw(st.sampled_from(["nearest", "oldest"])),
        }
    if draw(st.booleans()):
        ends = draw(st.permutations(places))
        origin = "any" if draw(st.booleans()) else (ends[0] if ends[0] != "out" else ends[1])
        goal = draw(st.sampled_from([n for n in [*names, "out"] if n != origin]))
        made["belt"] = {
            "from": origin,
            "to": goal,
            "time": draw(times(5, 60)),
            "capacity": draw(st.integers(1, 4)),
        }
    return made
