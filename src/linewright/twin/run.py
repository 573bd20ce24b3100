"""The twin: take the next event, let the control step, let nature obey its commands. Nothing else."""

from __future__ import annotations

import math
from typing import Any

from linewright.compiled import Address, kernel, seldom
from linewright.control.codes import NONE
from linewright.control.line import Line, open_line
from linewright.control.queues import unsettled
from linewright.control.state import Door, State, open_door, open_state
from linewright.control.step import step_on
from linewright.twin.clocks import quieten, set_clock
from linewright.twin.nature import expect_failure, mode_stream, next_arrival_s, next_event, obey
from linewright.twin.random import draw
from linewright.twin.tables import Levels, Nature, open_levels, open_nature

DONE = 0  # the time is over, or as many units as wanted have left the line
NO_ROOM = 1  # the pools of units and orders are full: grow them and go on
QUIET = 2  # nothing will ever happen again


@kernel
def _awaken(line_at, nature_at):
    line, nature = open_line(line_at), open_nature(nature_at)
    case = nature.case[0]
    plant = line.plant[0]
    set_clock(nature, case.shift, 0.0)
    set_clock(nature, case.look_again, 0.0)
    if case.file != NONE:
        set_clock(nature, case.file, max(line.order[0].release_s, 0.0))
    for i in range(case.first_stream, case.first_mix):
        a = nature.clock[i].detail
        law = nature.arrival[a].law
        every_s = draw(nature.law, nature.value, nature.stream, case.stream_arrival + 3 * a, law)
        first_s = nature.arrival[a].first_s
        set_clock(nature, i, first_s if first_s >= 0.0 else next_arrival_s(nature, a, 0.0, every_s))
    for i in range(case.first_mix, case.first_wait):
        if nature.clock[i].detail != NONE:
            set_clock(nature, i, 0.0)
    for m in range(plant.machines):
        station = line.station[line.machine[m].station]
        for j in range(station.n_modes):
            mode = station.first_mode + j
            if line.mode[mode].whole and m != station.first_machine:
                continue  # one clock for the whole station
            stream = mode_stream(nature, m, j)
            every_s = draw(nature.law, nature.value, nature.stream, stream, nature.mode[mode].every)
            if line.mode[mode].busy:
                nature.failure_s[nature.first_mode[m] + j] = every_s
            else:
                set_clock(nature, case.last_mode - nature.first_mode[m] - j, every_s)
        expect_failure(line, nature, m)


@seldom
def sample_levels(line, state, series, row):
    """Write the levels of this moment into row `row` of the series: by material finished and in process, by queue."""
    plant = line.plant[0]
    width = 2 * plant.materials + plant.queues
    first = row * width
    for k in range(plant.materials):
        series[first + k] = state.material_tally[k].finished
        series[first + plant.materials + k] = state.material[k].wip
    for q in range(plant.queues):
        series[first + 2 * plant.materials + q] = state.queue[q].count


@kernel
def _run(
    line_at: Address,
    state_at: Address,
    nature_at: Address,
    door_at: Address,
    levels_at: Address,
    until_s: float,
    until_finished: int,
    every_s: float,
) -> int:
    line, state, nature, door = open_line(line_at), open_state(state_at), open_nature(nature_at), open_door(door_at)
    series = open_levels(levels_at).level
    g = state.g[0]
    event = door.event[0]
    commands = door.command
    if g.need_room == 0 and g.finished >= until_finished:
        return DONE
    i = nature.tree[1]
    if unsettled(state):  # the pools have grown in the middle of a step
        i = nature.case[0].look_again
        set_clock(nature, i, g.now_s)
    pause_s = min(g.next_sample_s, until_s)
    while True:
        time_s = nature.rings_s[i]
        if time_s >= pause_s:
            while g.next_sample_s <= min(time_s, until_s) and g.next_sample_s < math.inf:
                sample_levels(line, state, series, g.samples)
                g.samples += 1
                g.next_sample_s += every_s
            pause_s = min(g.next_sample_s, until_s)
            if time_s > until_s or time_s == math.inf:
                g.now_s = until_s if until_s < math.inf else g.now_s
                return DONE if time_s < math.inf else QUIET
        next_event(line, state, nature, i, event)
        step_on(line, state, event, commands)
        for k in range(g.commands):
            obey(line, state, nature, commands[k])
        quieten(nature)
        if g.need_room:
            return NO_ROOM
        if g.finished >= until_finished:
            return DONE
        i = nature.tree[1]


def awaken(line: Line, nature: Nature) -> None:
    """Set the clocks of a line that has not run yet: first shift, orders, failures."""
    _awaken(line.address, nature.address)


def run(
    line: Line,
    state: State,
    nature: Nature,
    door: Door,
    until_s: float,
    until_finished: int,
    series: Any,
    every_s: float,
) -> int:
    """Run the line until a time in s, or until so many units have left it finished.

    `series` (rows * columns,) gets the levels every `every_s` (inf: never). Returns DONE, NO_ROOM or QUIET.
    """
    levels = Levels(level=series)
    addresses = line.address, state.address, nature.address, door.address, levels.address
    return int(_run(*addresses, until_s, until_finished, every_s))


# ---------------------------------------------------------------- one event at a time, for virtual machines


@kernel
def _next(line_at, state_at, nature_at, door_at, clock):
    line, state, nature, door = open_line(line_at), open_state(state_at), open_nature(nature_at), open_door(door_at)
    next_event(line, state, nature, clock, door.event[0])


@kernel
def _carry_out(line_at, state_at, nature_at, door_at, n):
    line, state, nature, door = open_line(line_at), open_state(state_at), open_nature(nature_at), open_door(door_at)
    for k in range(n):
        obey(line, state, nature, door.command[k])
    quieten(nature)


KERNELS_OF_RUN = (_run, _awaken)
KERNELS_OF_EVENTS = (_carry_out, _next, _awaken)


def next_time_s(nature: Nature) -> float:
    """When the next event happens (inf: never)."""
    return float(nature.rings_s[nature.tree[1]])


def take_event(line: Line, state: State, nature: Nature, door: Door, clock: int | None = None) -> None:
    """Put the next event of nature, or that of one clock, into `door.event[0]`."""
    i = int(nature.tree[1]) if clock is None else clock
    _next(line.address, state.address, nature.address, door.address, i)


def carry_out(line: Line, state: State, nature: Nature, door: Door, n: int) -> None:
    """Nature obeys the first `n` commands in `door.command`; call it after every event, even where n is 0."""
    _carry_out(line.address, state.address, nature.address, door.address, n)
