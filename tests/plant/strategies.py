"""Whole valid small plants for hypothesis: `plants()` draws one, `written_plants()` its written form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from linewright.plant.load import plant_of
from linewright.plant.model import Plant
from linewright.plant.yaml_source import Source

Draw = Any


@st.composite
def durations(draw: Draw, low: int = 1, high: int = 600) -> str:
    """`45 s`, `6.5 min`."""
    seconds = draw(st.integers(low, high))
    return draw(st.sampled_from([f"{seconds} s", f"{seconds / 60:g} min"]))


@st.composite
def times(draw: Draw, low: int = 1, high: int = 600) -> Any:
    """A written time distribution with a mean from `low` to `high` seconds, of every kind."""
    mean = draw(st.integers(low, high))
    cv = draw(st.sampled_from([0.1, 0.3, 0.5]))
    return draw(
        st.sampled_from(
            [
                f"{mean} s",
                {"dist": "exponential", "mean": f"{mean} s"},
                {"dist": "erlang", "mean": f"{mean} s", "shape": 3},
                {"dist": "gamma", "mean": f"{mean} s", "cv": cv},
                {"dist": "lognormal", "mean": f"{mean} s", "cv": cv},
                {"dist": "weibull", "mean": f"{mean} s", "shape": 1.5},
                {"dist": "normal", "mean": f"{mean} s", "sd": f"{mean * cv:g} s"},
                {"dist": "triangular", "low": "0 s", "mode": f"{mean} s", "high": f"{2 * mean} s"},
                {"dist": "uniform", "low": f"{mean / 2:g} s", "high": f"{1.5 * mean:g} s"},
                {"dist": "beta", "alpha": 2, "beta": 3, "low": "0 s", "high": f"{2 * mean} s"},
                {"dist": "geometric", "p": 0.5, "unit": f"{mean} s", "offset": "1 s"},
                {"dist": "empirical", "values": [f"{mean} s", f"{2 * mean} s"]},
                {"dist": "mixture", "of": [
                    {"weight": "90%", "dist": "constant", "value": f"{mean} s"},
                    {"weight": "10%", "dist": "exponential", "mean": f"{2 * mean} s"},
                ]},
            ]
        )
    )  # fmt: skip


@st.composite
def written_plants(draw: Draw, most_stations: int = 5) -> dict[str, Any]:
    """A plant as a file says it, without errors; parts, perhaps assembled; every feature now and then."""
    names = [f"s{number}" for number in range(1, draw(st.integers(1, most_stations)) + 1)]
    crewed = draw(st.booleans())
    stations = {name: draw(_stations(crewed)) for name in names}
    assembled = len(names) > 1 and draw(st.booleans())
    machined = names[:-1] if assembled else names
    parts = [f"part-{letter}" for letter in "ab"[: draw(st.integers(1, 2))]]
    materials: dict[str, Any] = {"raw": {"buy": True, "family": "blue"}}
    routes: dict[str, Any] = {}
    for number, part in enumerate(parts):
        materials[part] = draw(_made(["red", "blue"][number]))
        routes[part] = draw(_routes(machined, stations))
    products = parts
    if assembled:
        products = ["product"]
        materials["product"] = {"serial": draw(st.booleans())}
        routes["product"] = [_assembly(draw, names[-1], parts)]
        stations[names[-1]]["queue"] = {part: draw(st.integers(2, 6)) for part in parts}
        stations[names[-1]].pop("batch", None)
        stations[names[-1]].pop("holds_place", None)
    for name in set(names) - {step[key]["at"] for route in routes.values() for step in route for key in step}:
        del stations[name]
    written: dict[str, Any] = {
        "plant": "drawn",
        "materials": materials,
        "stations": stations,
        "routes": routes,
    }
    calendar = {"day": {"on": "mon-fri 06:00-22:00", "breaks": ["10:00-10:15"]}}
    if draw(st.booleans()):
        written["calendar"] = calendar | (
            {"night": {"on": "mon-thu 22:00-06:00", "unattended": True}} if draw(st.booleans()) else {}
        )
    if crewed:
        people = draw(st.integers(1, 3))
        picks = draw(st.sampled_from(["oldest", "skill"]))
        written["crews"] = {"crew": {"people": people, "skills": ["tend", "mend"], "picks": picks}}
    written["orders"] = draw(_demand(products))
    written["control"] = draw(_controls(assembled, len(routes), stations))
    if "saturated" in written["orders"] and "release" not in written["control"]:
        for station in stations.values():  # or work would pile up without end
            station["queue"] = 5 if station["queue"] == "unlimited" else station["queue"]
    return written


@st.composite
def _stations(draw: Draw, crewed: bool) -> dict[str, Any]:
    station: dict[str, Any] = {
        "machines": draw(st.integers(1, 3)),
        "queue": draw(st.one_of(st.just("unlimited"), st.integers(0, 6))),
        "outbox": draw(st.sampled_from([0, 0, 1, 2])),
        "rework_queue": "unlimited",
    }
    if station["queue"] not in ("unlimited", 0, 1) and draw(st.booleans()):
        most = draw(st.integers(1, min(4, station["queue"])))
        station["batch"] = {"least": draw(st.integers(1, most)), "most": most, "wait": "5 min"}
    elif draw(st.booleans()):
        matrix = {"red": {"blue": "3 min"}, "blue": {"red": "2 min"}}
        station["setup"] = {"time": draw(st.sampled_from(["2 min", matrix])), "first": draw(st.booleans())}
    if draw(st.booleans()):
        station["failures"] = [
            {
                "name": "jam",
                "every": draw(times(2000, 9000)),
                "clock": draw(st.sampled_from(["busy", "calendar"])),
                "repair": draw(times(10, 300)),
                **({"needs": "mend"} if crewed and draw(st.booleans()) else {}),
            }
        ]
    if draw(st.integers(0, 3)) == 0:
        life = draw(st.sampled_from(["30 min cutting", 20]))
        station["tools"] = {"T1": {"life": life, "change": "1 min", "spares": 2, "resharpen": "20 min"}}
    if crewed and draw(st.booleans()):
        station["needs"] = "tend"
    if draw(st.integers(0, 3)) == 0:
        station["at_shift_end"] = "pause"
    return station


@st.composite
def _made(draw: Draw, family: str) -> dict[str, Any]:
    return {"family": family, "serial": draw(st.booleans())}


@st.composite
def _routes(draw: Draw, names: list[str], stations: dict[str, Any]) -> list[dict[str, Any]]:
    """A route that only goes forward, so that nothing can lock, but for rework into an endless queue."""
    chosen = [name for name in names if draw(st.booleans())] or [names[0]]
    route = []
    for number, name in enumerate(chosen, start=1):
        operation: dict[str, Any] = {"at": name, "time": draw(times())}
        if number == 1:
            operation["takes"] = {"raw": draw(st.sampled_from([1, "1/12"]))}
            batched = "batch" in stations[name]
            if not batched and draw(st.booleans()):
                operation |= {"lot": 4, "transfer": draw(st.sampled_from([1, 2, 4]))}
        route.append({f"op{number}": operation})
    if draw(st.booleans()):
        fail: dict[str, Any] = {"rate": "10%", "then": draw(st.sampled_from(["scrap", "pass"]))}
        if draw(st.booleans()):
            fail |= {"rework": "op1", "at_most": draw(st.sampled_from([1, 2, "unlimited"]))}
        route[-1][f"op{len(chosen)}"] |= {"fail": fail, "sample": draw(st.sampled_from(["all", "1 in 5"]))}
    return route


def _assembly(draw: Draw, station: str, parts: list[str]) -> dict[str, Any]:
    takes = {part: draw(st.integers(1, 2)) for part in parts}
    return {"assemble": {"at": station, "time": draw(times()), "takes": takes}}


@st.composite
def _demand(draw: Draw, products: list[str]) -> dict[str, Any]:
    kind = draw(st.sampled_from(["saturated", "mix", "streams"]))
    if kind == "saturated":
        return {"saturated": products}
    if kind == "mix" and len(products) > 1:
        return {"saturated": [dict.fromkeys(products, "50%")]}
    stream = {
        "every": {"dist": "exponential", "mean": f"{draw(st.integers(20, 60))} h"},
        "quantity": draw(st.integers(1, 5)),
    }
    due = {"due": draw(times(3000, 9000))} if draw(st.booleans()) else {}
    return {
        "streams": [
            {**stream, **due, "material": product, "priority": n} for n, product in enumerate(products)
        ]
    }


@st.composite
def _controls(draw: Draw, assembled: bool, routes: int, stations: dict[str, Any]) -> dict[str, Any]:
    control: dict[str, Any] = {
        "dispatch": draw(
            st.sampled_from(["fifo", "shortest-processing-time", "fewest-setups", "earliest-due-date"])
        ),
        "blocking": draw(
            st.sampled_from(["after-service", "after-service", "before-service", "communication"])
        ),
    }
    if draw(st.booleans()):
        control["release"] = {"conwip": draw(st.integers(8, 30))}
    return control


def plants(most_stations: int = 5) -> st.SearchStrategy[Plant]:
    """Plants that pass `check_plant` without errors."""
    return written_plants(most_stations).map(as_plant)


def as_plant(written: dict[str, Any]) -> Plant:
    """The plant of a written form, as if it had stood in a file."""
    return plant_of(Source("drawn", written), Path())
