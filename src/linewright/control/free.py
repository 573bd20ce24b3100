"""A machine with nothing to do: it takes the next unit and starts, or it is idle and its station is called."""

from __future__ import annotations

from linewright.compiled import hot, part
from linewright.control.codes import NONE, Command, MachineState, Rule, Stage
from linewright.control.commands import order
from linewright.control.dispatch import task_for
from linewright.control.queues import call, leave
from linewright.control.tally import enter_state


@hot
def begin(state, m):
    """Machine `m` begins some work anew."""
    state.machine[m].began_s = state.g[0].now_s
    state.machine[m].done_s = 0.0


@hot
def start(line, state, m, commands):
    """Machine `m` starts its operation."""
    machine = state.machine[m]
    machine.stage = Stage.RUNNING
    begin(state, m)
    enter_state(state, m, MachineState.PROCESSING)
    operation = line.task[machine.task].operation
    if operation != NONE:
        state.operation_tally[operation].started += machine.pieces
    order(state, commands, Command.START_OPERATION, m, machine.unit, machine.task, machine.pieces, 0.0)


@part
def come_in(line, state, u, s):
    """The released unit `u` is worked on for the first time, at station `s`: its source may release another."""
    unit = state.unit[u]
    state.source[unit.source].waiting -= 1
    unit.source = NONE
    if unit.counted == 0:  # it was a job on paper until now
        unit.counted = 1
        unit.released_s = state.g[0].now_s
        state.material[unit.material].wip += 1
    call(state, s)


@hot
def take_first(line, state, s, m, commands):
    """Machine `m` of the plain station `s`, with nothing to do, takes the first unit of the queue and starts."""
    machine = state.machine[m]
    u = state.queue[line.station[s].queue].head
    leave(state, NONE, u)
    machine.unit = u
    machine.units = 1
    machine.pieces = 1
    machine.task = task_for(line, state, u, s)
    if state.unit[u].source != NONE:
        come_in(line, state, u, s)
    start(line, state, m, commands)


@hot
def take_next(line, state, s, m, commands):
    """Machine `m` of station `s` takes the next unit if there is nothing else to be decided. False: it cannot.

    The short way of what `make_idle` and `attend` come to, where no other machine has become free in the same step.
    Whoever follows into the place that gets free is seen to.
    """
    machine = state.machine[m]
    station = state.station[s]
    constant = line.station[s]
    q = constant.queue
    if constant.plain == 0 or station.rule != Rule.FIFO or state.queue[q].head == NONE:
        return False
    if machine.fault != NONE or machine.held or station.running == 0:
        return False
    take_first(line, state, s, m, commands)
    if state.queue[q].waiters > 0 or line.queue[q].n_sources > 0 or constant.n_behind > 0:
        station.freed = 1
        call(state, s)
    return True


@hot
def make_idle(line, state, m):
    """Machine `m` has nothing to do and looks for work, unless its station is off shift."""
    machine = state.machine[m]
    s = line.machine[m].station
    machine.stage = Stage.FREE
    if machine.held:
        enter_state(state, m, MachineState.HELD)
        return
    if state.station[s].running == 0:
        enter_state(state, m, MachineState.OFF_SHIFT)
        return
    station = state.station[s]
    machine.next_idle = station.idle
    station.idle = m
    station.idle_n += 1
    station.freed = 1
    call(state, s)


@part
def not_idle(line, state, m):
    """Machine `m` is taken off the list of idle machines of its station, if it is on it."""
    station = state.station[line.machine[m].station]
    before = NONE
    other = station.idle
    while other != NONE:
        after = state.machine[other].next_idle
        if other == m:
            if before == NONE:
                station.idle = after
            else:
                state.machine[before].next_idle = after
            station.idle_n -= 1
            return
        before = other
        other = after
