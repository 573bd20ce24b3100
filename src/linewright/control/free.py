"""A machine whose work is over: it takes the next unit, or is idle; and one that was stopped goes on."""

from __future__ import annotations

from linewright.compiled import hot, part, seldom
from linewright.control.codes import NONE, MachineState, Rule, Stage
from linewright.control.crews import ask
from linewright.control.dispatch import task_for
from linewright.control.queues import call, leave, place_freed
from linewright.control.start import start
from linewright.control.tally import enter_state
from linewright.control.work import advance, resume, skill_for_stage


@part
def come_in(state, u):
    """The released unit `u` is worked on for the first time: its source may release another."""
    unit = state.unit[u]
    state.source[unit.source].waiting -= 1
    unit.source = NONE
    if unit.counted == 0:  # it was a job on paper until now
        unit.counted = 1
        unit.released_s = state.g[0].now_s
        state.material[unit.material].wip += 1


@hot
def take_in(line, state, s, m):
    """Machine `m` of station `s`, with nothing to do, takes in the first unit of the queue."""
    machine = state.machine[m]
    u = state.queue[line.station[s].queue].head
    leave(state, NONE, u)
    machine.unit = u
    machine.units = 1
    machine.pieces = 1
    machine.task = task_for(line, state, u, s)
    if state.unit[u].source != NONE:
        come_in(state, u)


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
    if constant.takes_first == 0 or station.rule != Rule.FIFO or state.queue[q].head == NONE:
        return False
    if machine.fault != NONE or machine.held or station.running == 0:
        return False
    take_in(line, state, s, m)
    if constant.plain:
        start(line, state, m, commands)
    else:
        machine.stage = Stage.LOADED
        advance(line, state, m, commands)
    if is_awaited(line, state, s):
        station.freed = 1
        call(state, s)
    return True


@hot
def is_awaited(line, state, s):
    """Might anybody come in, or go on, because something has become free at station `s`?"""
    q = line.station[s].queue
    return state.queue[q].waiters > 0 or line.queue[q].n_sources > 0 or line.station[s].n_behind > 0


@hot
def is_deserted(line, state, s):
    """Is nothing there for an idle machine of station `s`, which has one queue, and nobody who might come in?"""
    constant = line.station[s]
    if constant.rework_queue != NONE or constant.n_components > 0:
        return False
    return state.queue[constant.queue].head == NONE and not is_awaited(line, state, s)


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
    if is_deserted(line, state, s):
        enter_state(state, m, MachineState.STARVED)
        return
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


@seldom
def go_on(line, state, m, commands):
    """Machine `m` is neither down nor off nor held any more: it goes on where it was."""
    machine = state.machine[m]
    if machine.stage == Stage.FREE:
        make_idle(line, state, m)
    elif machine.stage == Stage.LOADED:
        waits = state.unit[machine.unit].awaits
        enter_state(state, m, MachineState.BLOCKED if waits else MachineState.WAITING_CREW)
        if waits:
            place_freed(line, state, state.unit[machine.unit].queue)  # it may have been free all the while
        else:
            advance(line, state, m, commands)
    elif machine.stage == Stage.UNLOADING:
        enter_state(state, m, MachineState.BLOCKED)
        if machine.left == 0:
            unloaded(line, state, m, commands)
    else:
        skill, wish = skill_for_stage(line, state, m)
        if skill != NONE and not ask(line, state, m, skill, wish):
            enter_state(state, m, MachineState.WAITING_CREW)
        else:
            resume(line, state, m, commands)


@seldom
def open_door(line, state, m):
    """Finished units may leave machine `m` again: a place for them may have been free all the while."""
    if state.machine[m].blocked == NONE:
        return
    state.station[line.machine[m].station].outbox_freed = 1
    for s in range(line.plant[0].stations):
        call(state, s)


@part
def unloaded(line, state, m, commands):
    """The last finished unit has left machine `m`: it goes on with its lot, or is free."""
    machine = state.machine[m]
    if machine.mode != NONE:
        return
    if machine.unit != NONE:
        machine.stage = Stage.LOADED
        advance(line, state, m, commands)
    else:
        machine.units = 0
        at_once = machine.state == MachineState.PROCESSING  # in the same step as its work: it has not been blocked
        if not (at_once and take_next(line, state, line.machine[m].station, m, commands)):
            make_idle(line, state, m)
