"""Where a machine tool's program is: its path laid out in time, and the place that it has reached.

Machines of a plant tell when work begins and ends, not which block runs. The place is reckoned: the time since the
work began, less handling at its mean, on the program's own clock (`nc.machine_tool.timeline`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linewright.board import models as m
from linewright.board.scene import Scene
from linewright.control import NONE, MachineState
from linewright.control.codes import Stage
from linewright.errors import InputError
from linewright.nc import extent
from linewright.nc.machine_file import read_machine
from linewright.nc.machine_tool.timeline import lay_out
from linewright.nc.study import study_program
from linewright.plant.model import Operation

MOST_POINTS = 6000  # of a path that is drawn; of a longer one every so many-eth
MOST_LINES = 20_000  # of a program that is shown beside it
KEPT = 32  # programs laid out


@dataclass(frozen=True)
class Path3:
    """The path of a program in time."""

    points: NDArray[np.float64]  # (n, 3) mm
    reached_s: NDArray[np.float64]  # (n,) from the start of the program
    cuts: NDArray[np.bool_]  # (n,) does the way to this point cut?
    lines: NDArray[np.int64]  # (n,) of the program, 1-based; 0: of another file
    text: tuple[str, ...]
    length_s: float


@dataclass(frozen=True)
class Running:
    """A machine's work with a program."""

    operation: str
    step: Operation
    station: str
    pieces: int
    elapsed_s: float  # since the work began, without interruptions
    runs: bool


def running_on(scene: Scene, machine: int) -> Running | None:
    """The work with a program that a machine holds; None: it has none, or its program is not at hand."""
    run, watch = scene.watch.run, scene.watch
    now = watch.state.machine[machine]
    station = run.names.stations[watch.layout.station_of_machine[machine]]
    begun = now.stage == Stage.RUNNING and now.task != NONE
    if scene.folder is None or not begun or run.plant.stations[station].machine_tool is None:
        return None
    number = int(run.line.task[now.task].operation)
    if number == NONE:
        return None
    operation = run.names.operations[number]
    step = step_of(scene, operation)
    if step is None or step.program is None:
        return None
    runs = bool(now.state == MachineState.PROCESSING and not now.interrupted)
    elapsed_s = float(now.done_s) + (scene.clock() - float(now.began_s) if runs else 0.0)
    return Running(operation, step, station, max(int(now.pieces), 1), elapsed_s, runs)


def step_of(scene: Scene, operation: str) -> Operation | None:
    """An operation of the plant by its name, as `block.op10`."""
    material, _, name = operation.partition(".")
    route = scene.watch.run.plant.routes.get(material, [])
    return next((entry[name] for entry in route if name in entry), None)


def path_of(scene: Scene, running: Running) -> Path3 | None:
    """The path of the program that runs; None where the files cannot be read (any more)."""
    tool = scene.watch.run.plant.stations[running.station].machine_tool
    assert scene.folder is not None and tool is not None and running.step.program is not None
    try:
        return _lay_out(scene.folder / running.step.program, scene.folder / tool)
    except (InputError, OSError):
        return None


@lru_cache(maxsize=KEPT)
def _lay_out(program: Path, machine_file: Path) -> Path3:
    machine = read_machine(machine_file)
    study = study_program(program, machine)
    assert machine.time is not None  # a plant whose times come from programs has been checked for it
    timeline = lay_out(study.moves, machine.time)
    points, of = timeline.polyline()
    reached_s = timeline.starts_s[of + 1].copy()
    for first, count in zip(*_runs(of), strict=True):  # several chords of one arc share its time
        begin_s, end_s = timeline.starts_s[of[first]], timeline.starts_s[of[first] + 1]
        reached_s[first : first + count] = begin_s + (end_s - begin_s) * np.arange(1, count + 1) / count
    reached_s[:1] = 0.0
    moves = timeline.moves[of]
    chosen = np.unique(np.linspace(0, len(points) - 1, min(len(points), MOST_POINTS)).astype(np.int64))
    text = program.read_text(encoding="latin-1").splitlines()[:MOST_LINES]
    return Path3(
        points=points[chosen],
        reached_s=reached_s[chosen],
        cuts=extent.is_cut(moves)[chosen],
        lines=np.where(moves["file"] == 0, moves["line"], 0)[chosen].astype(np.int64),
        text=tuple(text),
        length_s=timeline.length_s,
    )


def _runs(of: NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Where stretches of the same number begin, and how long they are."""
    first = np.flatnonzero(np.diff(of, prepend=-1) != 0)
    return first.tolist(), np.diff(np.append(first, len(of))).tolist()


# ---------------------------------------------------------------- answers


def place_of(running: Running, path: Path3, time_s: float) -> m.PlaceAnswer:
    """How far the program is."""
    handling_s = running.step.handling.mean if running.step.handling is not None else 0.0
    worked_s = max(running.elapsed_s - handling_s, 0.0)
    piece = min(int(worked_s // path.length_s), running.pieces - 1) if path.length_s > 0.0 else 0
    at_s = min(worked_s - piece * path.length_s, path.length_s)
    k = min(int(np.searchsorted(path.reached_s, at_s)), len(path.points) - 1)
    return m.PlaceAnswer(
        time_s=time_s,
        operation=running.operation,
        program=str(running.step.program),
        runs=running.runs,
        handling=running.elapsed_s < handling_s,
        piece=piece + 1,
        pieces=running.pieces,
        at_s=at_s,
        length_s=path.length_s,
        line=int(path.lines[k]),
        position=_between(path, k, at_s),
    )


def _between(path: Path3, k: int, at_s: float) -> tuple[float, float, float]:
    """The place on the way to point `k`."""
    if k == 0:
        x, y, z = path.points[0].tolist()
        return x, y, z
    begin_s, end_s = path.reached_s[k - 1], path.reached_s[k]
    share = min(max((at_s - begin_s) / (end_s - begin_s), 0.0), 1.0) if end_s > begin_s else 1.0
    x, y, z = (path.points[k - 1] + (path.points[k] - path.points[k - 1]) * share).round(4).tolist()
    return x, y, z


def program_of(running: Running, path: Path3) -> m.ProgramAnswer:
    """The program that runs, to be drawn."""
    return m.ProgramAnswer(
        operation=running.operation,
        program=str(running.step.program),
        length_s=path.length_s,
        points=path.points.round(4).tolist(),
        reached_s=path.reached_s.round(4).tolist(),
        cuts=path.cuts.tolist(),
        lines=path.lines.tolist(),
        text=list(path.text),
    )
