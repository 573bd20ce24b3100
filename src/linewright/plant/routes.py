"""Walks over routes: every operation with its name, its place in the file, and the stations that do it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from linewright.plant.distributions import Distribution
from linewright.plant.model import Fail, Operation, Plant
from linewright.plant.yaml_source import Path


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of one route."""

    material: str
    place: int  # from 0
    name: str
    operation: Operation

    @property
    def path(self) -> Path:
        """Where it stands in the plant file."""
        return "routes", self.material, self.place, self.name

    @property
    def stations(self) -> list[str]:
        """The stations that can do it."""
        at = self.operation.at
        return [at] if isinstance(at, str) else at

    @property
    def fail(self) -> Fail | None:
        """What becomes of a unit that fails; `scrap` is short for a Fail that scraps."""
        fail = self.operation.fail
        return Fail() if fail == "scrap" else fail

    def time_at(self, station: str) -> Distribution | None:
        """Its time at one of its stations; None where only the program can tell."""
        time = self.operation.time
        return time.get(station) if isinstance(time, dict) else time

    def skill_at(self, plant: Plant, station: str) -> str | None:
        """The skill of the person who attends it there."""
        return self.operation.needs or (plant.stations[station].needs if station in plant.stations else None)


def route_steps(plant: Plant, material: str) -> list[Step]:
    """The operations of a material's route, in order (none without a route)."""
    route = plant.routes.get(material, [])
    return [
        Step(material, place, name, operation)
        for place, entry in enumerate(route)
        for name, operation in entry.items()
    ]


def all_steps(plant: Plant) -> Iterator[Step]:
    """Every operation of every route."""
    for material in plant.routes:
        yield from route_steps(plant, material)


def demanded(plant: Plant) -> set[str]:
    """Materials that orders, streams or saturation ask for in the plant file itself."""
    names: set[str] = set()
    for stream in plant.orders.streams:
        names |= {stream.material} if isinstance(stream.material, str) else set(stream.material)
    for entry in plant.orders.saturated:
        names |= {entry} if isinstance(entry, str) else set(entry)
    return names


def family_of(plant: Plant, material: str) -> str:
    """Set-up family of a material: its own name unless it has one."""
    found = plant.materials.get(material)
    return (found.family if found else None) or material
