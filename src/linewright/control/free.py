"""A machine whose work is over: it takes the next unit, or is idle; and one that was stopped goes on."""

from __future__ import annotations

from linewright.compiled import hot, part, seldom
from linewright.control.codes import NONE, MachineState, Rule, Stage
from linewright.control.crews import ask
from linewright.control.dispatch import task_for
from linewright.control.queues import call, call_last, leave, line_up, place_freed, unlink_waiter
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
    q = line.station[s].queue
    u = state.queue[q].head
    leave(state, q, NONE, u)
    machine.unit = u
    machine.units = 1
    machine.pieces = 1
    machine.task = task_for(line, state, u, s)
    if state.unit[u].source != NONE:
        come_in(state, u)


@hot
def may_take(line, state, s, m):
    """May machine `m` of station `s`, with nothing to do, take the first unit of the queue and no other?"""
    machine = state.machine[m]
    station = state.station[s]
    constant = line.station[s]
    if constant.takes_first == 0 or station.rule != Rule.FIFO or state.queue[constant.queue].head == NONE:
        return False
    return machine.fault == NONE and machine.held == 0 and station.running != 0


@hot
def set_to_work(line, state, s, m, commands):
    """Machine `m` of station `s` takes in the first unit of the queue, and begins."""
    take_in(line, state, s, m)
    if line.station[s].plain:
        start(line, state, m, commands)
    else:
        state.machine[m].stage = Stage.LOADED
        advance(line, state, m, commands)


@hot
def take_next(line, state, m, commands):
    """Machine `m`, which its unit has left in the step of its work, takes the next one at once, or is idle.

    The short way of what `make_idle` and `attend` come to, where no other machine has become free in the same step.
    """
    s = line.machine[m].station
    if not may_take(line, state, s, m):
        make_idle(line, state, m)
        return
    set_to_work(line, state, s, m, commands)
    if line.station[s].fed or state.queue[line.station[s].queue].waiters > 0:
        move_up(line, state, s, commands)


@hot
def wake(line, state, s, commands):
    """A unit has come into the queue of station `s`, for which nobody waits: an idle machine takes it.

    Where others attend first, or more is to be decided, it is the station's turn after them.
    """
    station = state.station[s]
    constant = line.station[s]
    m = station.idle
    if m == NONE:
        return
    certain = (constant.plain or station.idle_n == 1) and constant.fed == 0 and state.g[0].agenda_n == 0
    if not certain or not may_take(line, state, s, m):
        call_last(state, s)
        return
    station.idle = state.machine[m].next_idle
    station.idle_n -= 1
    set_to_work(line, state, s, m, commands)


@part
def move_up(line, state, s, commands):
    """A place in the queue of station `s` is free: the unit that waits for it comes, its machine takes the next one.

    So it goes on up the line, the short way of what `attend` and `admit` come to, until more is to be decided.
    """
    while True:
        constant = line.station[s]
        q = constant.queue
        u = state.queue[q].first_waiter
        if constant.fed or (u != NONE and not comes_at_once(line, state, u, s)):
            state.station[s].freed = 1
            call(state, s)
            return
        if u == NONE:
            return
        m = state.unit[u].machine
        unlink_waiter(state, q, NONE, u)
        state.unit[u].machine = NONE
        line_up(state, u, q)
        machine = state.machine[m]
        machine.left = 0
        machine.blocked = NONE
        s = line.machine[m].station
        if not may_take(line, state, s, m):
            make_idle(line, state, m)
            return
        set_to_work(line, state, s, m, commands)


@hot
def comes_at_once(line, state, u, s):
    """Does unit `u`, the first that waits for a place at station `s`, come from its machine without further ado?"""
    m = state.unit[u].machine
    unit = state.unit[u]
    if m == NONE or unit.awaits or unit.stopped:
        return False
    machine = state.machine[m]
    behind = line.machine[m].station
    if line.station[s].flows == 0 or line.station[behind].flows == 0 or machine.mode != NONE or machine.left != 1:
        return False
    q = line.station[s].queue
    capacity = line.queue[q].capacity
    return machine.unit == NONE and (capacity < 0 or state.queue[q].count + state.queue[q].reserved < capacity)


@hot
def is_deserted(line, state, s):
    """Is nothing there for an idle machine of station `s`, which has one queue, and nobody who might come in?"""
    constant = line.station[s]
    if constant.rework_queue != NONE or constant.n_components > 0 or constant.fed:
        return False
    queue = state.queue[constant.queue]
    return queue.head == NONE and queue.waiters == 0


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
        if machine.state == MachineState.PROCESSING:  # in the same step as its work: it has not been blocked
            take_next(line, state, m, commands)
        else:
            make_idle(line, state, m)
