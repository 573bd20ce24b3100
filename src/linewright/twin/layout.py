"""What the numbers of a result mean: names and belongings, taken from the line and kept with the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from linewright.control.codes import NONE
from linewright.control.line import F_BATCH, Names


@dataclass(frozen=True)
class Layout:
    """What the numbers mean: names and belongings, taken from the line."""

    materials: list[str]
    stations: list[str]
    machines: list[str]
    queues: list[str]
    operations: list[str]
    crews: list[str]
    vehicles: list[str]
    products: list[int]  # materials that leave the line when finished
    made: list[int]  # materials that are made here
    station_of_machine: list[int]
    station_of_queue: list[int]
    queue_kinds: list[int]
    inspecting: list[int]  # operations
    material_of_operation: list[int]
    belts: list[int]  # stations that are conveyors
    ways: list[tuple[int, int]]  # neighbouring stations on the routes
    work: list[tuple[int, int, float, bool]]  # operation, station, mean time, is it done there alone, one by one

    @staticmethod
    def of(line: Any, names: Names) -> Layout:
        """The layout of a `Line`."""
        plant = line.plant[0]
        materials = line.material[: plant.materials]
        made = [int(k) for k in np.flatnonzero((materials.bought == 0) & (materials.first_operation != NONE))]
        operation = line.operation[: plant.operations]
        stations = line.station[: plant.stations]
        given = {int(g.material) for g in line.give} if any(operation.n_gives) else set()
        made = sorted({*made, *given})
        return Layout(
            materials=list(names.materials),
            stations=list(names.stations),
            machines=list(names.machines),
            queues=list(names.queues),
            operations=list(names.operations),
            crews=list(names.crews),
            vehicles=list(names.vehicles),
            products=[k for k in made if materials.home_queue[k] == NONE],
            made=made,
            station_of_machine=line.machine.station[: plant.machines].tolist(),
            station_of_queue=line.queue.station[: plant.queues].tolist(),
            queue_kinds=line.queue.kind[: plant.queues].tolist(),
            inspecting=np.flatnonzero(operation.inspects).tolist(),
            material_of_operation=operation.material.tolist(),
            belts=np.flatnonzero(stations.conveyor >= 0).tolist(),
            ways=ways_of(line),
            work=work_of(line),
        )


def work_of(line: Any) -> list[tuple[int, int, float, bool]]:
    """Who does what: operation, station, mean time in s, and is it done there alone and piece by piece?"""
    found = []
    for o in range(int(line.plant[0].operations)):
        operation = line.operation[o]
        for t in range(int(operation.first_task), int(operation.first_task + operation.n_tasks)):
            s = int(line.task[t].station)
            alone = int(operation.n_tasks) == 1 and not int(line.station[s].traits) & F_BATCH
            found.append((o, s, float(line.task[t].mean_s), alone))
    return found


def ways_of(line: Any) -> list[tuple[int, int]]:
    """Pairs of stations between which units go on their routes, components to where they are built in too."""
    found: dict[tuple[int, int], None] = {}
    operations = line.operation[: line.plant[0].operations]
    tasks = line.task

    def stations(o: int) -> list[int]:
        first = int(operations[o].first_task)
        return [int(tasks[t].station) for t in range(first, first + int(operations[o].n_tasks))]

    takers: dict[int, list[int]] = {}
    for o in range(len(operations)):
        for t in range(int(operations[o].first_task), int(operations[o].first_task + operations[o].n_tasks)):
            for k in range(int(tasks[t].first_take), int(tasks[t].first_take + tasks[t].n_takes)):
                takers.setdefault(int(line.take[k].material), []).append(int(tasks[t].station))
    for o in range(len(operations)):
        after = int(operations[o].next)
        targets = stations(after) if after != NONE else takers.get(int(operations[o].material), [])
        found.update(dict.fromkeys((a, b) for a in stations(o) for b in targets if a != b))
    return list(found)
