"""Answers about time: where the machines' time went."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from linewright.board import models as m
from linewright.board.history import Bar, Mark
from linewright.board.read_line import finite
from linewright.board.scene import Scene
from linewright.twin.indicators import indicators
from linewright.twin.results import Measured, Result


def times_of(scene: Scene, last_s: float) -> m.TimesAnswer:
    """The last so many seconds (0: all), from the nearest hour that was noted."""
    watch = scene.watch
    now = watch.mark()
    begin = _mark_at(scene, now.time_s - last_s if last_s > 0 else 0.0)
    result = _between(scene, begin, now)
    silent = scene.silent()
    names = watch.run.names
    number = {names.machines[k]: place for place, k in enumerate(watch.machines.tolist())}
    stations = []
    for name, one in result.work_stations.items():
        shares = {state: finite(share.mean) or 0.0 for state, share in one.state_shares.items()}
        stations.append(
            m.StationTimes(
                station=name,
                indicators={key: finite(value.mean) for key, value in indicators(result, name).items()},
                shares=shares,
                pieces=int(one.pieces_n[0]),
                failures=int(one.failures_n[0]),
                machines=[
                    m.MachineBars(
                        machine=machine,
                        silent=machine in silent,
                        bars=[(bar.since_s, bar.state) for bar in _bars(scene, number[machine], begin.time_s)],
                    )
                    for machine in one.machines
                ],
            )
        )
    return m.TimesAnswer(from_s=begin.time_s, to_s=max(scene.clock(), now.time_s), stations=stations)


def _mark_at(scene: Scene, time_s: float) -> Mark:
    """The last mark not later than a time; before the first one, all zero."""
    earlier = [mark for mark in scene.watch.history.marks if mark.time_s <= time_s]
    if earlier:
        return earlier[-1]
    now = scene.watch.mark()
    return Mark(0.0, {name: np.zeros_like(value) for name, value in now.sums.items()})


def _between(scene: Scene, begin: Mark, end: Mark) -> Result:
    """The figures of what happened between two marks."""
    run = scene.watch.run
    sums = {name: value - begin.sums[name] for name, value in end.sums.items()}
    sums["span_s"] = np.maximum(sums["span_s"], 1e-9)
    return Result.of(run.line, run.names, [Measured(sums)], plant=run.plant.plant, kind="one run", sampling="one run")


def _bars(scene: Scene, machine: int, begin_s: float) -> list[Bar]:
    """The states of a machine from a time on; states that lasted no time are left out."""
    bars = list(scene.watch.history.bars[machine])
    shown = [one for one, after in pairwise([*bars, Bar(math.inf, 0)]) if after.since_s > max(one.since_s, begin_s)]
    merged: list[Bar] = []
    for bar in shown:
        if not merged or merged[-1].state != bar.state:
            merged.append(Bar(max(bar.since_s, begin_s), bar.state))
    return merged
