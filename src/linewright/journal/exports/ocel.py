"""OCEL 2.0 (Berti et al. 2024, JSON): an object-centric event log for process mining.

Objects are units (a type for each material), orders and machines; events relate to every object that takes part.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from linewright.journal.exports.tables import OUTCOMES, Tale
from linewright.journal.genealogy import Biography

STRING, NUMBER = "string", "float"
_ATTRIBUTES = {"outcome": STRING, "crew": STRING, "tools": STRING, "value": NUMBER, "unit": STRING}


def ocel_log(tale: Tale) -> dict[str, Any]:
    """The whole run as one log."""
    events = sorted(_events(tale), key=lambda event: str(event["time"]))
    for k, event in enumerate(events, start=1):
        event["id"] = f"e{k}"
    objects = list(_objects(tale))
    return {
        "objectTypes": [{"name": kind, "attributes": []} for kind in sorted({one["type"] for one in objects})],
        "eventTypes": _types(events),
        "objects": objects,
        "events": events,
    }


def _types(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, str]] = {}
    for event in events:
        kind = found.setdefault(event["type"], {})
        kind.update({one["name"]: _ATTRIBUTES[one["name"]] for one in event["attributes"]})
    return [
        {"name": name, "attributes": [{"name": a, "type": t} for a, t in sorted(kind.items())]}
        for name, kind in sorted(found.items())
    ]


def _objects(tale: Tale) -> Iterator[dict[str, Any]]:
    orders, machines = set(), set()
    for unit in tale.biographies():
        related = [{"objectId": _unit(serial), "qualifier": "component"} for serial in unit.components]
        if unit.order:
            orders.add(unit.order)
            related.append({"objectId": f"order {unit.order}", "qualifier": "made for"})
        machines |= {work.machine for work in unit.work}
        yield {"id": _unit(unit.serial), "type": unit.material, "attributes": [], "relationships": related}
    for kind, names in (("order", orders), ("machine", machines)):
        for name in sorted(names):
            yield {"id": f"{kind} {name}", "type": kind, "attributes": [], "relationships": []}


def _events(tale: Tale) -> Iterator[dict[str, Any]]:
    for unit in tale.biographies():
        yield _event(tale, "release", unit.released_s, unit)
        for work in unit.work:
            if math.isinf(work.finished_s):
                continue
            tools = " ".join(f"{name}#{edge}" for name, edge in work.tools)
            done = {"outcome": OUTCOMES[work.outcome], "crew": work.crew, "tools": tools}
            name = work.operation.partition(".")[2] or work.operation
            yield _event(tale, name, work.finished_s, unit, done, machine=work.machine)
        for characteristic, value, time_s in unit.values:
            facts: dict[str, Any] = {"value": tale.value(characteristic, value), "unit": tale.unit(characteristic)}
            yield _event(tale, f"measure {characteristic}", time_s, unit, facts)
        if unit.built_into is not None and unit.taken_s is not None:
            whole = {"objectId": _unit(unit.built_into), "qualifier": "whole"}
            yield _event(tale, "build in", unit.taken_s, unit, more=[whole])
        if unit.ended_s is not None:
            yield _event(tale, "scrap" if unit.end == "scrapped" else "finish", unit.ended_s, unit)


def _event(
    tale: Tale,
    kind: str,
    time_s: float,
    unit: Biography,
    facts: dict[str, Any] | None = None,
    machine: str = "",
    more: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    related = [{"objectId": _unit(unit.serial), "qualifier": "unit"}, *(more or [])]
    if unit.order:
        related.append({"objectId": f"order {unit.order}", "qualifier": "order"})
    if machine:
        related.append({"objectId": f"machine {machine}", "qualifier": "machine"})
    return {
        "id": "",
        "type": kind,
        "time": tale.at(time_s).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "attributes": [{"name": name, "value": value} for name, value in (facts or {}).items() if value != ""],
        "relationships": related,
    }


def _unit(serial: int) -> str:
    return f"unit {serial}"
