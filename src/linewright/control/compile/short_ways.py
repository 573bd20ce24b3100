"""Which operations and stations may take the short ways: where nothing but room is to be asked for."""

from __future__ import annotations

from typing import Any

from linewright.control import line as tables
from linewright.control.codes import LEAVES
from linewright.control.compile.draft import NONE, Draft
from linewright.plant.model import DrumBufferRope

KEEPS = tables.F_CARDS | tables.F_OUTBOX | tables.F_BATCH | tables.F_LOT  # a unit that leaves gives something back
HINDRANCES = KEEPS | tables.F_TOOLS | tables.F_NOTES


def add_short_ways(draft: Draft) -> None:
    """Mark what may take them; `docs/decisions/short-ways.md` says why there are any."""
    for station in draft.station.rows:
        queue = draft.queue.rows[station["queue"]]
        station["fed"] = int(queue["n_sources"] > 0 or station.get("n_behind", 0) > 0)
        certain = not draft.plant.transport and not station.get("holds") and not station.get("blocking")
        station["flows"] = int(certain and station["traits"] & KEEPS == 0)
    _add_onward(draft)


def _add_onward(draft: Draft) -> None:
    """Where units go after each operation, if nothing but room decides that."""
    rows = draft.operation.rows
    sampled = {row["material"] for row in rows if row["sampler"] != NONE}  # may be called back on their way
    release = draft.plant.control.release
    drum = draft.station_no[release.drum] if isinstance(release, DrumBufferRope) else NONE  # where cards are given back
    for row in rows:
        row["onward"] = NONE
        if row["n_gives"] or row["inspects"] or row["material"] in sampled or draft.plant.transport:
            continue
        numbers = [draft.task.rows[t]["station"] for t in _tasks(row)]
        stations = [draft.station.rows[s] for s in numbers]
        if drum in numbers or any(s["traits"] & HINDRANCES or s["holds"] or s["blocking"] for s in stations):
            continue
        row["onward"] = _after_last(draft, row) if row["next"] == NONE else _only_queue(draft, rows[row["next"]])


def _after_last(draft: Draft, row: dict[str, Any]) -> int:
    """Products leave the line; components go to where they are built in, unless several stations take them."""
    home = draft.home.get(draft.materials[row["material"]])
    if home is None:
        return int(LEAVES)
    queue = draft.queue.rows[home]
    return home if queue["station"] != NONE and queue["capacity"] != 0 else NONE


def _only_queue(draft: Draft, after: dict[str, Any]) -> int:
    """The queue of an operation that is always done, at one station; NONE where more is to be asked than for room."""
    if after["n_tasks"] > 1 or after["sample"] > 1:
        return NONE
    station = draft.station.rows[draft.task.rows[after["first_task"]]["station"]]
    has_places = draft.queue.rows[station["queue"]]["capacity"] != 0
    return int(station["queue"]) if has_places and station["cards"] == NONE else NONE


def _tasks(operation: dict[str, Any]) -> range:
    first = int(operation["first_task"])
    return range(first, first + int(operation["n_tasks"]))
