"""Machines take units in: one by one, in lots, or gathered to a batch."""

from __future__ import annotations

from linewright.compiled import hot, part, seldom
from linewright.control.codes import NONE, Blocking, Command, Stage
from linewright.control.commands import order
from linewright.control.dispatch import choose_machine, pick, place_ahead, task_for
from linewright.control.faults import fail
from linewright.control.free import come_in, not_idle, take_in
from linewright.control.line import F_BATCH, F_LOT, F_TAKES
from linewright.control.queues import leave, place_to_hold
from linewright.control.start import start
from linewright.control.supply import components_ready, needs_components, take_components
from linewright.control.work import advance


@hot
def load_plain(line, state, s, commands):
    """`load` for a plain station: the first unit of the queue goes to the first idle machine, which starts."""
    station = state.station[s]
    queue = state.queue[line.station[s].queue]
    while station.idle != NONE and queue.head != NONE:
        m = station.idle
        machine = state.machine[m]
        station.idle = machine.next_idle
        station.idle_n -= 1
        if machine.fault != NONE:
            fail(line, state, m, machine.fault, commands)
            continue
        station.freed = 1
        take_in(line, state, s, m)
        start(line, state, m, commands)


@part
def load(line, state, s, commands):
    """The idle machines of station `s` take units in, as far as there are any that can start."""
    station = state.station[s]
    constant = line.station[s]
    while station.idle != NONE:
        q = constant.rework_queue
        before, u = NONE, NONE
        if q != NONE and state.queue[q].count > 0 and free_for_rework(line, state, s):
            before, u = pick(line, state, q, s, station.idle)
        if u == NONE:
            q = constant.queue
            before, u = pick(line, state, q, s, station.idle)
        if u == NONE:
            return
        if constant.traits & F_BATCH and not batch_ready(line, state, s, commands):
            return
        m = choose_machine(line, state, s, u)
        not_idle(line, state, m)
        if state.machine[m].fault != NONE:
            fail(line, state, m, state.machine[m].fault, commands)
            continue
        machine = state.machine[m]
        leave(state, q, before, u)
        station.freed = 1
        machine.unit = u
        machine.units = 1
        machine.stage = Stage.LOADED
        machine.task = task_for(line, state, u, s)
        machine.pieces = 1
        if constant.traits & (F_BATCH | F_LOT):
            gather(line, state, s, m, q)
            if constant.traits & F_BATCH and q == constant.rework_queue:
                gather(line, state, s, m, constant.queue)
        _settle_in(line, state, s, m, commands)
        advance(line, state, m, commands)


@seldom
def free_for_rework(line, state, s):
    """May an idle machine of station `s` take rework? Not one that is promised, where the main queue has no places."""
    queue = state.queue[line.station[s].queue]
    if line.queue[line.station[s].queue].capacity == 0 and line.station[s].holds == 0:
        return state.station[s].idle_n > queue.count + queue.reserved
    return place_to_hold(line, state, s, 0)


@part
def _settle_in(line, state, s, m, commands):
    """What loading means for places, components and paper jobs."""
    constant = line.station[s]
    machine = state.machine[m]
    u = machine.unit
    if constant.holds:
        state.queue[constant.queue].reserved += machine.units
    if constant.blocking == Blocking.COMMUNICATION:
        ahead = place_ahead(line, state, u)
        if ahead != NONE:
            state.queue[ahead].reserved += 1
            machine.reserved = ahead
    while u != NONE:
        unit = state.unit[u]
        if constant.traits & F_TAKES and needs_components(line, state, u):
            take_components(line, state, u, machine.task, commands)
        if unit.source != NONE:
            come_in(state, u)
        u = unit.next


@seldom
def batch_ready(line, state, s, commands):
    """Are there enough units for a batch, or has the oldest waited long enough? If not yet, set the timer."""
    constant = line.station[s]
    queue = state.queue[constant.queue]
    n = queue.count
    if constant.rework_queue != NONE:
        n += state.queue[constant.rework_queue].count
    if n >= constant.batch_least:
        return True
    if constant.batch_wait_s < 0.0:
        return False
    head = queue.head
    if head == NONE:
        head = state.queue[constant.rework_queue].head
    left_s = state.unit[head].entered_s + constant.batch_wait_s - state.g[0].now_s
    if left_s <= 1e-9:
        return True
    station = state.station[s]
    if station.wait_set == 0:
        station.wait_set = 1
        order(state, commands, Command.WAIT, s, NONE, NONE, NONE, left_s)
    return False


@seldom
def gather(line, state, s, m, q):
    """Machine `m` takes more units of queue `q` along: a batch takes any, a lot those of the same order."""
    machine = state.machine[m]
    constant = line.station[s]
    most = constant.batch_most
    lot = constant.traits & F_BATCH == 0
    first = state.unit[machine.unit]
    if lot:
        most = line.operation[first.operation].lot
    tail = machine.unit
    while state.unit[tail].next != NONE:
        tail = state.unit[tail].next
    before = NONE
    u = state.queue[q].head
    while u != NONE and machine.units < most:
        after = state.unit[u].next
        other = state.unit[u]
        fits = not lot or (other.material == first.material and other.order == first.order)
        if fits and constant.traits & F_TAKES:
            fits = components_ready(line, state, machine.task, machine.units + 1)
        if fits and q == constant.rework_queue:
            fits = place_to_hold(line, state, s, machine.units)
        if fits:
            leave(state, q, before, u)
            state.unit[tail].next = u
            tail = u
            machine.units += 1
        else:
            before = u
        u = after
    machine.pieces = machine.units
