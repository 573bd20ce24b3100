"""Answers about what a machine needs before it begins: tools that are there, programs that are released."""

from __future__ import annotations

import math
from collections.abc import Iterator

from linewright.board import models as m
from linewright.board.scene import Scene
from linewright.control import NONE
from linewright.control.ready_words import not_ready_words


def readiness_of(scene: Scene, machine: int) -> m.ReadinessAnswer:
    """The tools and programs of a machine."""
    run, state = scene.watch.run, scene.watch.state
    return m.ReadinessAnswer(
        machine=run.names.machines[machine],
        waits_for=not_ready_words(run.line, run.names, state, machine),
        tools=list(_tools(scene, machine)),
        programs=list(_programs(scene, machine)),
    )


def _tools(scene: Scene, machine: int) -> Iterator[m.ToolAnswer]:
    run, state = scene.watch.run, scene.watch.state
    station = run.line.station[run.line.machine[machine].station]
    task = int(state.machine[machine].task)
    for j in range(int(station.n_tools)):
        k = int(run.line.machine[machine].first_tool) + j
        life = float(run.line.tool[int(station.first_tool) + j].life)
        uses = task != NONE and run.line.number[int(run.line.task[task].first_use) + j] > 0.0
        yield m.ToolAnswer(
            tool=run.names.tools[k],
            there=not state.tool[k].out,
            used=float(state.tool[k].used) / life if 0.0 < life < math.inf else None,
            needed=bool(uses),
        )


def _programs(scene: Scene, machine: int) -> Iterator[m.ProgramState]:
    run, state = scene.watch.run, scene.watch.state
    station = run.names.stations[scene.watch.layout.station_of_machine[machine]]
    for material, route in run.plant.routes.items():
        for name, step in ((name, step) for entry in route for name, step in entry.items()):
            at = [step.at] if isinstance(step.at, str) else step.at
            if step.program is not None and station in at:
                operation = f"{material}.{name}"
                refused = state.operation[run.names.operations.index(operation)].refused
                yield m.ProgramState(operation=operation, program=step.program, released=not refused)
