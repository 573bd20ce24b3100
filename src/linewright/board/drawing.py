"""Where the stations stand in the drawing of the line: columns along the routes.

Columns are those of the printed report (`twin.report.picture.layers`); within a column stations stand at the mean
height of those before them (Sugiyama, Tagawa & Toda 1981). The browser folds the columns into bands that fit its
width.
"""

from __future__ import annotations

from dataclasses import dataclass

from linewright.board.watch import Watch
from linewright.control import Line
from linewright.plant.model import Fail, Plant
from linewright.twin.report.picture import layers


@dataclass(frozen=True)
class Place:
    """Where a station (by number) stands: its column along the routes, its row around the middle."""

    station: int
    column: int
    row: float


@dataclass(frozen=True)
class Edge:
    """A way that units go. `kind`: route, back (against the flow), rework; `flow` counts its units, -1: none do."""

    origin: int
    to: int
    kind: str
    flow: int


@dataclass(frozen=True)
class Drawing:
    """Places of all stations, conveyors too, and the ways between them."""

    places: list[Place]
    edges: list[Edge]


def draw(watch: Watch) -> Drawing:
    """The drawing of a line."""
    line, plant = watch.run.line, watch.run.plant
    stations = int(line.plant[0].stations)
    ways = [*_through_belts(line, watch.ways)]
    pairs = list(dict.fromkeys((a, b) for a, b, _ in ways))
    layer = layers(pairs, list(range(stations)))
    places = _places(_columns(layer, pairs))
    edges = [Edge(a, b, "route" if layer[b] > layer[a] else "back", flow) for a, b, flow in ways]
    edges += [Edge(a, b, "rework", -1) for a, b in _reworks(plant, watch) if (a, b) not in pairs]
    return Drawing(places, edges)


def _through_belts(line: Line, ways: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """The ways with the conveyors that they lead over: (from, to, number of the way)."""
    stations = int(line.plant[0].stations)
    via = line.arrays()["via"]
    found = []
    for k, (a, b) in enumerate(ways):
        belt = int(via[a * (stations + 2) + b])
        if belt >= 0:
            found += [(a, belt, k), (belt, b, k)]
        else:
            found.append((a, b, k))
    return found


def _columns(layer: dict[int, int], ways: list[tuple[int, int]]) -> list[list[int]]:
    """Stations by column, each column ordered by the mean height of what stands before it."""
    columns: list[list[int]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    height: dict[int, float] = {}
    for k, column in enumerate(columns):
        column += [s for s, mine in layer.items() if mine == k]

        def mean_before(s: int) -> float:
            before = [height[a] for a, b in ways if b == s and a in height]
            return sum(before) / len(before) if before else 0.0

        column.sort(key=lambda s: (mean_before(s), s))
        for i, s in enumerate(column):
            height[s] = i - (len(column) - 1) / 2
    return columns


def _places(columns: list[list[int]]) -> list[Place]:
    return [
        Place(station, k, i - (len(column) - 1) / 2)
        for k, column in enumerate(columns)
        for i, station in enumerate(column)
    ]


def _reworks(plant: Plant, watch: Watch) -> list[tuple[int, int]]:
    """From where failed units go back to where."""
    number = {name: s for s, name in enumerate(watch.layout.stations)}
    found: dict[tuple[int, int], None] = {}
    for route in plant.routes.values():
        at = {name: _stations(step.at) for entry in route for name, step in entry.items()}
        for entry in route:
            for step in entry.values():
                if isinstance(step.fail, Fail) and step.fail.rework in at:
                    pairs = ((number[a], number[b]) for a in _stations(step.at) for b in at[step.fail.rework])
                    found.update(dict.fromkeys(pair for pair in pairs if pair[0] != pair[1]))
    return list(found)


def _stations(at: str | list[str]) -> list[str]:
    return [at] if isinstance(at, str) else at
