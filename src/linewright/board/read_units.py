"""Answers about units and events: biographies, recall, the journal's events in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import numpy as np

from linewright.board import models as m
from linewright.board.read_line import finite
from linewright.board.scale import Scale
from linewright.board.scene import Scene
from linewright.control.codes import Stop, words
from linewright.errors import InputError, Problem, nearest
from linewright.journal import Biography, Journal, Said
from linewright.journal.recall import (
    Recall,
    by_crew,
    on_machine,
    recall_component,
    recall_material,
    recall_work,
    with_tool,
)
from linewright.twin.observe import living

MOST = 1000
OUTCOMES: tuple[Literal["pass", "fail", "scrap"], ...] = ("pass", "fail", "scrap")
ENDS: dict[str, Literal["", "finished", "scrapped"]] = {"finished": "finished", "scrapped": "scrapped"}
EVENTS_READ = 4  # rows of the journal for an event asked for, at a guess


def brief(unit: Biography) -> m.UnitBrief:
    """A unit in a list."""
    last = next((work for work in reversed(unit.work)), None)
    under_way = last is not None and math.isinf(last.finished_s)
    return m.UnitBrief(
        serial=unit.serial,
        material=unit.material,
        order=unit.order,
        released_s=unit.released_s,
        ended_s=unit.ended_s,
        end=ENDS.get(unit.end, ""),
        built_into=unit.built_into,
        operation=last.operation if last and under_way else None,
        machine=last.machine if last and under_way else None,
    )


def units_of(scene: Scene, order: str, material: str, end: str, offset: int, limit: int) -> m.UnitsAnswer:
    """Units, the latest first."""

    def wanted(unit: Biography) -> bool:
        return (
            (not order or unit.order == order)
            and (not material or unit.material == material)
            and (not end or (unit.end or "in process") == end)
        )

    found = [unit for unit in reversed(scene.watch.history.genealogy.units.values()) if wanted(unit)]
    return m.UnitsAnswer(total=len(found), units=[brief(unit) for unit in found[offset : offset + limit]])


def unit_of(scene: Scene, serial: int) -> m.UnitAnswer | None:
    """A unit from beginning to end; None: there is none with this number."""
    genealogy = scene.watch.history.genealogy
    unit = genealogy.units.get(serial)
    if unit is None:
        return None
    within = list(_within(scene, unit))
    inside = list(genealogy.all_components(serial))
    own = {serial, *(one.serial for one in inside), *(one.serial for one in within)}
    siblings = [one for one in genealogy.all_components(within[-1].serial) if one.serial not in own] if within else []
    return m.UnitAnswer(
        unit=brief(unit),
        work=[
            m.WorkAnswer(
                operation=work.operation,
                machine=work.machine,
                started_s=work.started_s,
                finished_s=finite(work.finished_s),
                outcome=OUTCOMES[work.outcome] if math.isfinite(work.finished_s) else "",
                crew=work.crew,
                tools=[f"{name}#{edge}" for name, edge in work.tools],
                program=_program(scene, work.operation),
            )
            for work in unit.work
        ],
        stopped=next((stopped for one, _, stopped in stopped_units(scene) if one == serial), ""),
        values=[measured(scene, *value) for value in unit.values],
        components=[brief(one) for one in inside],
        within=[brief(one) for one in within],
        siblings=[brief(one) for one in siblings],
    )


def stopped_units(scene: Scene) -> Iterator[tuple[int, str, str]]:
    """What people have said about units on the line: serial number, material, in words what is to become of it."""
    names = scene.watch.run.names.materials
    units = scene.watch.state.unit.view(np.ndarray)
    alive = living(scene.watch.state) & (units["stopped"] != Stop.NOTHING)
    for one in units[alive]:
        yield int(one["serial"]), names[one["material"]], words(Stop(int(one["stopped"])))


def _within(scene: Scene, unit: Biography) -> Iterator[Biography]:
    while unit.built_into is not None:
        unit = scene.watch.history.genealogy.units[unit.built_into]
        yield unit


def _program(scene: Scene, operation: str) -> str:
    material, _, name = operation.partition(".")
    for entry in scene.watch.run.plant.routes.get(material, []):
        if name in entry:
            return entry[name].program or ""
    return ""


# ---------------------------------------------------------------- measured values


def measured(scene: Scene, characteristic: str, value_si: float, time_s: float) -> m.MeasuredAnswer:
    """A measured value with its limits."""
    scale = Scale(scene.watch.run.plant.characteristics[characteristic])
    value = scale.of(value_si)
    return m.MeasuredAnswer(
        characteristic=characteristic,
        value=value,
        unit=scale.unit,
        lower=scale.lower,
        upper=scale.upper,
        inside=scale.inside(value),
        time_s=time_s,
    )


# ---------------------------------------------------------------- recall

Cause = Literal["unit", "material", "machine", "tool", "crew"]


def recall_of(scene: Scene, cause: Cause, subject: str, edge: int | None, from_s: float, to_s: float) -> Recall:
    """What a cause concerns. Raises InputError where it is not known."""
    genealogy, names = scene.watch.history.genealogy, scene.watch.run.names
    if cause == "unit":
        number = subject.lstrip("#")
        if not number.isascii() or not number.isdigit() or int(number) not in genealogy.units:
            raise InputError([Problem(f"there is no unit {subject!r}", key="subject")])
        return recall_component(genealogy, int(number))
    known = {
        "material": names.materials,
        "machine": names.machines,
        "tool": names.tools,
        "crew": names.crews,
    }[cause]
    if subject not in known:
        hint = nearest(subject, known) if len(known) < 50 else ""
        raise InputError([Problem(f"there is no {cause} {subject!r}", key="subject", hint=hint)])
    if cause == "material":
        return recall_material(genealogy, subject, from_s, to_s)
    concerned = {"machine": on_machine, "crew": by_crew}
    test = with_tool(subject, edge) if cause == "tool" else concerned[cause](subject)
    return recall_work(genealogy, test, from_s, to_s)


def recall_answer(question: str, found: Recall) -> m.RecallAnswer:
    """What a recall found."""
    return m.RecallAnswer(
        question=question,
        touched=len(found.touched),
        wholes=len(found.wholes),
        orders=found.orders,
        touched_units=[brief(unit) for unit in found.touched[:MOST]],
        whole_units=[brief(unit) for unit in found.wholes[:MOST]],
    )


# ---------------------------------------------------------------- events


def events_of(scene: Scene, before: int, limit: int, kind: str, machine: str) -> m.EventsAnswer:
    """Events of the journal before row `before` (0: from its end), the latest first.

    Reads backwards in stretches until enough are found that fit, or a hundred stretches have been read.
    """
    found: list[m.EventAnswer] = []
    with_rows = max(limit * EVENTS_READ, 200)
    journal = scene.open_journal()
    try:
        upper = before or journal.head().seq + 1
        for _ in range(100):
            if len(found) >= limit or upper <= 1:
                break
            lower = max(upper - 1 - with_rows, 0)
            found += _stretch(scene, journal, lower, upper, kind, machine)
            upper = lower + 1 if lower else 1
    finally:
        journal.close()
    cut = found[:limit]
    more = len(found) > limit or upper > 1
    return m.EventsAnswer(events=cut, before=(cut[-1].seq if len(found) > limit else upper) if more else None)


def _stretch(scene: Scene, journal: Journal, lower: int, upper: int, kind: str, machine: str) -> list[m.EventAnswer]:
    """The fitting events with lower < seq < upper, the latest first."""
    found: list[m.EventAnswer] = []
    for block in journal.decisions(lower):
        for k, seq in enumerate(block.seq.tolist()):
            if seq >= upper:
                return found[::-1]
            event = block.events[k].item()
            word, text = scene.wording.event(event)
            of_machine = scene.wording.machine_of(event)
            if (kind and word != kind) or (machine and of_machine != machine):
                continue
            said = block.said.get(seq, Said())
            commands = block.commands[block.first[k] : block.first[k + 1]].tolist()
            found.append(
                m.EventAnswer(
                    seq=seq,
                    time_s=event[4],
                    kind=word,
                    text=text,
                    machine=of_machine,
                    source=said.source,
                    person=said.person,
                    reason=said.reason,
                    change=f"{said.old} → {said.new}" if said.old or said.new else "",
                    commands=[m.CommandAnswer(kind=a, text=b) for a, b in map(scene.wording.command, commands)],
                )
            )
    return found[::-1]
