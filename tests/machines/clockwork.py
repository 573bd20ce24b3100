"""A floor of machines that work like clockwork, without nature: every job takes `TAKES_S` plant seconds."""

from __future__ import annotations

import math
from collections.abc import Iterable

from linewright.machines.behaviour import Fact, Failed, Finished, FloorTool, Observed, Repaired
from linewright.machines.floor import Floor
from linewright.machines.jobs import OUTCOME, JobOrder, Results, Work

TAKES_S = 10.0


class Clockwork:
    """A `floor.Behaviour` with constant times; it fails when it is told to."""

    def __init__(self, results: Results | None = None) -> None:
        self.results = results or {}
        self._due_s = math.inf
        self._facts: list[Fact] = []
        self._left_s = 0.0
        self._order: JobOrder | None = None

    def start(self, order: JobOrder, now_s: float) -> None:
        self._order, self._due_s = order, now_s + TAKES_S
        operation = order.work is Work.OPERATION
        self._facts = [Finished(self.results | {OUTCOME: "pass"} if operation else {})]

    def pause(self, now_s: float) -> None:
        self._left_s, self._due_s = self._due_s - now_s, math.inf

    def resume(self, now_s: float) -> None:
        self._due_s = now_s + self._left_s

    def drop(self, now_s: float) -> None:
        self._due_s = math.inf

    def repair(self, mode: str, now_s: float) -> None:
        self._due_s, self._facts = now_s + TAKES_S, [Repaired()]

    def offset(self, tool: str, correction: float) -> None:
        pass

    def next_s(self) -> float:
        return self._due_s

    def happen(self, now_s: float) -> Iterable[Fact]:
        self._due_s, facts = math.inf, self._facts
        return facts

    def fail(self, mode: str) -> None:
        """It fails now."""
        self._due_s, self._facts = 0.0, [Failed(mode)]

    def show(self, item: str, value: float | str) -> None:
        """It has something to tell now."""
        self._due_s, self._facts = 0.0, [Observed(item, value)]

    def can(self, order: JobOrder) -> bool:
        return True


def clockwork_floor(*names: str, speed: float = 1000.0, results: Results | None = None) -> Floor:
    """Machines of these names, each with one tool."""
    floor = Floor(speed)
    for name in names:
        machine = floor.add(name, name, Clockwork(results), [FloorTool("T1", 1, 5400.0, False, used=600.0)])
        machine.items["Xpos"] = 0.0
        machine.items["feed"] = 0.0
    return floor
