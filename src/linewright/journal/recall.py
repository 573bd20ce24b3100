"""Recall: from a component, a tool, a machine or a crew and a span of time to every unit and order concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from linewright.journal.genealogy import Biography, Genealogy, Work


@dataclass(frozen=True)
class Recall:
    """What is concerned, in the order in which the units came into being."""

    touched: list[Biography]  # units that met the cause themselves
    wholes: list[Biography]  # finished things that they are in, or they themselves
    orders: list[str]


def recall_component(genealogy: Genealogy, serial: int) -> Recall:
    """Everything that the unit is built into. Raises KeyError where there is no such unit."""
    return _recall(genealogy, iter([genealogy.units[serial]]))


def recall_material(genealogy: Genealogy, material: str, from_s: float, to_s: float) -> Recall:
    """All units of a material that ended within the span, and what they are built into."""
    found = (
        unit
        for unit in genealogy.units.values()
        if unit.material == material and unit.ended_s is not None and from_s <= unit.ended_s <= to_s
    )
    return _recall(genealogy, found)


def recall_work(genealogy: Genealogy, concerned: Callable[[Work], bool], from_s: float, to_s: float) -> Recall:
    """All units with an operation that is concerned and was under way within the span."""

    def hit(work: Work) -> bool:
        return work.started_s <= to_s and work.finished_s >= from_s and concerned(work)

    return _recall(genealogy, (unit for unit in genealogy.units.values() if any(map(hit, unit.work))))


def on_machine(machine: str) -> Callable[[Work], bool]:
    """Work that was done on a machine."""
    return lambda work: work.machine == machine


def by_crew(crew: str) -> Callable[[Work], bool]:
    """Work that people of a crew attended."""
    return lambda work: work.crew == crew


def with_tool(tool: str, edge: int | None = None) -> Callable[[Work], bool]:
    """Work that was done with a tool of a machine (`lathe-1.T3`), with the how many-eth of its kind or any."""
    return lambda work: any(name == tool and edge in (None, n) for name, n in work.tools)


def _recall(genealogy: Genealogy, units: Iterator[Biography]) -> Recall:
    touched = sorted(units, key=lambda unit: unit.serial)
    wholes = {whole.serial: whole for whole in (genealogy.whole(unit.serial) for unit in touched)}
    orders = {unit.order for unit in (*touched, *wholes.values()) if unit.order}
    return Recall(touched, [wholes[serial] for serial in sorted(wholes)], sorted(orders))
