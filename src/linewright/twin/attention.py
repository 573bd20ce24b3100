"""When a person will be needed next, and how long the line would go on if everybody left now.

Futures of the line are run in short steps; after each the state tells whether somebody is at work on a machine or
is waited for. The answer is known to the length of a step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linewright.control.codes import MachineState
from linewright.control.line import Line, Names
from linewright.control.state import State, copy_state
from linewright.twin.forecast import quantiles
from linewright.twin.fork import Fork, set_future
from linewright.twin.life import ENDLESS, Life
from linewright.twin.observe import plain
from linewright.twin.world import World

STEPS = 48


@dataclass(frozen=True)
class Attention:
    """Plant times in s at the quantiles of `forecast.QUANTILES`; inf: not within the time looked ahead."""

    needed_s: tuple[float, ...]  # the first moment at which a person is at work or is waited for
    unattended_s: tuple[float, ...]  # ... at which a machine would wait for one if everybody left now


def attention(
    line: Line, names: Names, world: World, state: State, ahead_s: float, futures: int, seed: int
) -> Attention:
    """Look ahead `ahead_s`, with the people of the calendar and with nobody."""
    needed = _first(needs_somebody, line, names, world, state, ahead_s, futures, seed)
    deserted, empty = _deserted(line, state)
    alone = _first(waits_for_somebody, deserted, names, world, empty, ahead_s, futures, seed)
    return Attention(quantiles(needed), quantiles(alone))


def waits_for_somebody(state: State) -> bool:
    """Does a machine wait for a person?"""
    return bool((plain(state.machine)["state"] == MachineState.WAITING_CREW).any())


def needs_somebody(state: State) -> bool:
    """Is a person at work on a machine, or waited for?"""
    return waits_for_somebody(state) or bool(plain(state.crew)["busy"].any())


def _first(
    seen: Callable[[State], bool],
    line: Line,
    names: Names,
    world: World,
    state: State,
    ahead_s: float,
    futures: int,
    seed: int,
) -> NDArray[np.float64]:
    """When something is seen for the first time, in each future, s."""
    now_s = float(state.g[0].now_s)
    found = np.full(futures, np.inf)
    if seen(state):
        found[:] = now_s
        return found
    begin = copy_state(state)
    pending = Fork(line, world, begin, futures, seed).draw()
    for k in range(futures):
        nature = world.new_nature(seed, 0, len(begin.unit))
        life = Life(line, names, copy_state(begin), nature)
        set_future(nature, pending, k, seed)
        for step in range(1, STEPS + 1):
            goes_on = life.until(now_s + ahead_s * step / STEPS, ENDLESS)
            if seen(life.state):
                found[k] = now_s + ahead_s * step / STEPS
                break
            if not goes_on:
                break
    return found


def _deserted(line: Line, state: State) -> tuple[Line, State]:
    """The line and its state when everybody has left for good; work that somebody attends is finished first."""
    plant = line.plant[0]
    crews, rows = int(plant.crews), int(plant.week_rows)
    week = line.arrays()["week"].copy()
    week[: rows * (crews + int(plant.stations))].reshape(rows, -1)[:, :crews] = 0
    empty = copy_state(state)
    empty.crew.here[:crews] = 0
    return Line(**{**line.arrays(), "week": week}), empty
