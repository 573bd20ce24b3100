"""The line as a whole: concern by concern, then the sizes of everything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from linewright.control import line as tables
from linewright.control.ask import quality_apart
from linewright.control.compile.demand import (
    add_materials,
    add_orders,
    add_sources,
    find_demand,
    find_takers,
)
from linewright.control.compile.draft import Draft
from linewright.control.compile.operations import add_operations
from linewright.control.compile.quality import add_notes, has_plan
from linewright.control.compile.routes import RouteStep
from linewright.control.compile.schedule import add_schedule
from linewright.control.compile.short_ways import add_short_ways
from linewright.control.compile.stations import add_component_queues, add_stations
from linewright.control.compile.transport import add_transport
from linewright.control.line import Line, Names
from linewright.plant.calendar import week_changes
from linewright.plant.model import Plant
from linewright.plant.orders import Order


def compile_line(plant: Plant, orders: Sequence[Order] = (), folder: Path | None = None) -> tuple[Line, Names]:
    """The line of a plant and its order file as arrays, and the names of everything in them.

    `folder` is where the plant file's rules of the user's own are looked up. Raises InputError where a rule is
    unknown; `plant.check` has seen to the rest.
    """
    draft = Draft(plant, orders, folder or Path())
    for add in CONCERNS:
        add(draft)
    return draft.line(), draft.names()


def add_people(draft: Draft) -> None:
    """Crews and the week: who is here and what runs, by calendar row."""
    for crew in draft.plant.crews.values():
        numbers = [draft.skill_no[skill] for skill in crew.skills]
        draft.crew.add(
            skills=sum(1 << k for k in numbers),
            by_skill=int(crew.picks == "skill"),
            first_skill=draft.link(numbers),
            n_skills=len(numbers),
        )
    calendar = week_changes(draft.plant)
    belts = np.ones((len(calendar.time_s), len(draft.belts)), np.int64)
    table = np.hstack([calendar.people, calendar.running.astype(np.int64), belts])
    draft.week = np.ascontiguousarray(table, np.int64).reshape(-1)
    draft.week_s = calendar.time_s


def add_sizes(draft: Draft) -> None:
    """How many there are of everything, and the room that one step can need at most."""
    most_given = max((step.gives * _most_pieces(draft, step) for step in draft.steps), default=0)
    most_needed = max((row["n_needs"] for row in draft.material.rows), default=0)
    draft.sizes.add(
        stations=len(draft.stations),
        machines=len(draft.machine_names),
        queues=len(draft.queue_names),
        materials=len(draft.materials),
        operations=len(draft.steps),
        loops=len(draft.loop.rows),
        skills=len(draft.skills),
        crews=len(draft.crews),
        sources=len(draft.source.rows),
        margin_units=most_given + 8,
        margin_orders=most_needed * (most_given + 1) + 8,
        replace_scrap=int(draft.plant.control.replace_scrap),
        week_rows=len(draft.week_s),
        transport=int(bool(draft.plant.transport)),
        notes=len(draft.note.rows),
        charts=draft.charts,
        memory=draft.memory,
        correctors=draft.correctors,
        counts=draft.counts,
        quality=quality_apart.address if has_plan(draft) else 0,
        week_s=7 * 86400.0,
    )


def _most_pieces(draft: Draft, step: RouteStep) -> int:
    """The most pieces of an operation that one machine finishes at once."""
    lot = draft.operation.rows[draft.operation_no[step.material, step.name]]["transfer"]
    rows = [draft.station_row(name) for name in step.stations]
    return int(max(row["batch_most"] if row["traits"] & tables.F_BATCH else lot for row in rows))


CONCERNS = (
    find_demand,
    find_takers,
    add_stations,
    add_component_queues,
    add_notes,
    add_operations,
    add_sources,
    add_short_ways,
    add_materials,
    add_orders,
    add_schedule,
    add_transport,
    add_people,
    add_sizes,
)
