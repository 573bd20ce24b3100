"""What the plant's tables of routes and demand say, read once for everybody."""

from __future__ import annotations

from dataclasses import dataclass

from linewright.plant.model import Fail, Operation, Plant


@dataclass(frozen=True)
class RouteStep:
    """One operation of a route, found by number."""

    material: str
    name: str
    operation: Operation
    index: int  # place in the route, from 0

    @property
    def stations(self) -> list[str]:
        """The stations that can do it."""
        at = self.operation.at
        return [at] if isinstance(at, str) else list(at)

    @property
    def gives(self) -> int:
        """Units that come out beside one unit."""
        return sum(self.operation.gives.values())


def route_steps(plant: Plant) -> list[RouteStep]:
    """All operations of all routes in order: operation number i of the line is the i-th."""
    return [
        RouteStep(material, name, operation, index)
        for material, route in plant.routes.items()
        for index, (name, operation) in enumerate((n, o) for entry in route for n, o in entry.items())
    ]


def shares(entry: str | dict[str, float]) -> dict[str, float]:
    """Materials and their shares, which sum to 1."""
    if isinstance(entry, str):
        return {entry: 1.0}
    total = sum(entry.values())
    return {name: share / total for name, share in entry.items()}


def read_fail(operation: Operation) -> Fail:
    """What becomes of failed units, in full."""
    if isinstance(operation.fail, Fail):
        return operation.fail
    return Fail()
