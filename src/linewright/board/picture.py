"""The moving part of the line's picture: one vector of whole numbers, sent to every browser as it changes.

`Cells` says what stands where; `GET /api/v1/line` tells it to the browser. A message is sixteen bytes of head
(plant time as float64, kind and count as int32, little endian) and then int32: kind FULL all cells, kind DIFF
pairs of a cell's place and its new value.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.board.watch import Watch
from linewright.control import NONE

FULL, DIFF = 0, 1
_HEAD = struct.Struct("<dii")
Vector = NDArray[np.int32]

MACHINE = ("state", "since_s", "failure", "material", "operation", "serial", "pieces")  # cells of each machine
VEHICLE = ("at", "busy", "material", "heading")
CREW = ("here", "busy")
COUNTED = ("finished", "scrapped", "wip", "orders_done", "orders_open", "events")
TOTALS = (*COUNTED, "outlook", "running", "questions", "past")


class Cells:
    """Where each figure stands in the vector, and how it is filled from the state."""

    def __init__(self, watch: Watch, questions: Callable[[], int]) -> None:
        """`questions`: how many are open."""
        self.watch, self._questions = watch, questions
        layout = watch.layout
        self.machines = watch.machines
        sizes = {
            "totals": len(TOTALS),
            "machines": len(MACHINE) * len(self.machines),
            "queues": len(layout.queues),
            "belts": len(layout.belts),
            "vehicles": len(VEHICLE) * len(layout.vehicles),
            "crews": len(CREW) * len(layout.crews),
            "flow": len(watch.ways),
        }
        starts = np.concatenate([[0], np.cumsum(list(sizes.values()))]).tolist()
        self.first: dict[str, int] = dict(zip(sizes, starts, strict=False))
        self.size = int(starts[-1])
        self._slices = {name: slice(self.first[name], self.first[name] + size) for name, size in sizes.items()}
        self.outlook = 0  # counts the forecasts made
        self.running = True

    def fill(self) -> Vector:
        """The vector as things stand."""
        vector = np.zeros(self.size, np.int32)
        state, layout = self.watch.state, self.watch.layout
        units = state.unit.view(np.ndarray)
        crew = state.crew.view(np.ndarray)[: len(layout.crews)]
        blocks: dict[str, Any] = {
            "totals": self._totals(),
            "machines": self._machines(units),
            "queues": state.queue.view(np.ndarray)["count"][: len(layout.queues)],
            "belts": state.station.view(np.ndarray)["present"][layout.belts],
            "vehicles": self._vehicles(units)[: len(layout.vehicles)],
            "crews": np.column_stack([crew["here"], crew["busy"]]),
            "flow": self.watch.history.flow if self.watch.known else NONE,
        }
        for name, values in blocks.items():
            vector[self._slices[name]] = np.ravel(values)
        return vector

    def _totals(self) -> tuple[int, ...]:
        watch, state = self.watch, self.watch.state
        tally, products = state.material_tally.view(np.ndarray), watch.layout.products
        return (
            int(tally["finished"][products].sum()),
            int(tally["scrapped"].sum()),
            int(state.material.view(np.ndarray)["wip"].sum()),
            int(tally["orders_done"].sum()),
            watch.decider.open_orders,
            watch.decider.events & 0x7FFFFFFF,
            self.outlook,
            int(self.running),
            self._questions(),
            100 if self.watch.known else min(int(100 * self.watch.reading), 99),  # percent of the past that are read
        )

    def _machines(self, units: Any) -> NDArray[np.int64]:
        machine = self.watch.state.machine.view(np.ndarray)[self.machines]
        unit, task = machine["unit"], machine["task"]
        loaded, tasked = unit != NONE, task != NONE
        pieces = self.watch.state.machine_tally.view(np.ndarray)["pieces"][self.machines]
        operation = self.watch.run.line.task.view(np.ndarray)["operation"]
        return np.column_stack(
            [
                machine["state"],
                machine["since_s"].astype(np.int64),
                machine["mode"],
                np.where(loaded, units["material"][unit], NONE),
                np.where(tasked & loaded, operation[task], NONE),
                np.where(loaded, units["serial"][unit], NONE),
                pieces,
            ]
        )

    def _vehicles(self, units: Any) -> NDArray[np.int64]:
        vehicle = self.watch.state.vehicle.view(np.ndarray)
        unit = vehicle["unit"]
        on_board = (unit != NONE) & (units["machine"][unit] == NONE) & (units["vehicle"][unit] != NONE)
        return np.column_stack(
            [
                vehicle["at"],
                vehicle["busy"],
                np.where(on_board, units["material"][unit], NONE),
                np.where(unit != NONE, units["heading"][unit], NONE),
            ]
        )


def full(time_s: float, vector: Vector) -> bytes:
    """A message with every cell."""
    return _HEAD.pack(time_s, FULL, len(vector)) + vector.astype("<i4").tobytes()


def diff(time_s: float, before: Vector, now: Vector) -> bytes:
    """A message with the cells that have changed."""
    changed = np.flatnonzero(before != now)
    pairs = np.column_stack([changed.astype("<i4"), now[changed].astype("<i4")])
    return _HEAD.pack(time_s, DIFF, len(changed)) + pairs.tobytes()
