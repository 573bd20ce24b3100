"""Units and orders come into being and end: the pools, what becomes of an order, who needs components."""

from __future__ import annotations

import math

from linewright.compiled import part, seldom
from linewright.control.codes import NONE, Command
from linewright.control.commands import order
from linewright.control.queues import call_source
from linewright.control.supply import put_back
from linewright.control.tally import note_lead_time

FINISHED_ONCE = -2  # `unit.resume` below this: a finished component that was called back (see `quality`)


@seldom
def to_backlog(line, state, slot):
    """Order `slot` waits for the release of (more of) its units."""
    source = state.source[state.order[slot].source]
    state.order[slot].next = NONE
    if source.last_order == NONE:
        source.first_order = slot
    else:
        state.order[source.last_order].next = slot
    source.last_order = slot
    call_source(line, state, state.order[slot].source)


@seldom
def accept_order(line, state, source, material, quantity, number, due_s, priority, derived):
    """An order enters the backlog of its source; returns its slot."""
    g = state.g[0]
    slot = g.free_order
    new = state.order[slot]
    g.free_order = new.next
    g.free_orders -= 1
    new.next = NONE
    new.number = number
    new.material = material
    new.quantity = quantity
    new.to_release = quantity
    new.open = 0
    new.good = 0
    new.source = source
    new.derived = derived
    new.stopped = 0
    new.due_s = due_s
    new.priority = priority
    new.arrived_s = g.now_s
    if g.free_orders <= line.plant[0].margin_orders:
        g.need_room = 1
    if derived == 0:
        state.material_tally[material].offered += quantity
    to_backlog(line, state, slot)
    return slot


@seldom
def _order_components(line, state, material, slot):
    due_s = state.order[slot].due_s if slot != NONE else math.inf
    priority = state.order[slot].priority if slot != NONE else 0.0
    number = state.order[slot].number if slot != NONE else NONE
    first = line.material[material].first_need
    for k in range(first, first + line.material[material].n_needs):
        need = line.need[k]
        component = line.source[need.source].material
        accept_order(line, state, need.source, component, need.quantity, number, due_s, priority, 1)


@part
def new_unit(line, state, material, slot, source, commands):
    """A unit of the material comes into being; components that it needs are ordered with it."""
    g = state.g[0]
    u = g.free_unit
    unit = state.unit[u]
    g.free_unit = unit.next
    g.free_units -= 1
    if g.free_units <= line.plant[0].margin_units:
        g.need_room = 1
    constant = line.material[material]
    unit.next = NONE
    unit.material = material
    unit.operation = constant.first_operation
    unit.order = slot
    unit.machine = NONE
    unit.queue = NONE
    unit.heading = NONE
    unit.serial = g.serial
    unit.reworks = 0
    unit.failed_operation = NONE
    unit.source = source
    unit.loop = constant.loop if source != NONE else NONE  # what comes out of others takes no card
    unit.station = NONE
    unit.vehicle = NONE
    unit.awaits = 0
    unit.bad = 0
    unit.skipped_at = NONE
    unit.recalled = NONE
    unit.resume = NONE
    unit.reached = NONE
    unit.held = 0
    unit.stopped = 0
    unit.aside = NONE
    unit.due_s = math.inf
    unit.priority = 0.0
    unit.released_s = g.now_s
    g.serial += 1
    for i in range(u * line.plant[0].notes, (u + 1) * line.plant[0].notes):
        state.mark[i].machine = NONE
    tally = state.material_tally[material]
    tally.released += 1
    unit.counted = 1
    if source != NONE and constant.first_operation != NONE:
        unit.counted = 1 - line.task[line.operation[constant.first_operation].first_task].paper
    state.material[material].wip += unit.counted
    if unit.loop != NONE:
        state.loop[unit.loop].wip += 1
    number = state.order[slot].number if slot != NONE else NONE
    order(state, commands, Command.RELEASE, material, u, number, unit.serial, 0.0)
    if constant.n_needs > 0:
        _order_components(line, state, material, slot)
    return u


@part
def leave_loop(line, state, u):
    """Unit `u` gives its card back, if it has one: another unit may be released."""
    unit = state.unit[u]
    if unit.loop == NONE:
        return
    state.loop[unit.loop].wip -= 1
    unit.loop = NONE
    for k in range(line.plant[0].sources):
        call_source(line, state, k)


@part
def remove_unit(state, u):
    """Unit `u` is on the line no longer."""
    unit = state.unit[u]
    tally = state.material_tally[unit.material]
    if unit.counted:
        tally.residence_s += state.g[0].now_s - unit.released_s
        state.material[unit.material].wip -= 1
    put_back(state, u)


@part
def _number(state, u):
    slot = state.unit[u].order
    return state.order[slot].number if slot != NONE else NONE


@seldom
def close_if_done(line, state, slot):
    """Order `slot` is closed if no unit of it is to come or under way."""
    done = state.order[slot]
    if done.to_release > 0 or done.open > 0:
        return
    g = state.g[0]
    if done.derived == 0 and done.good > 0:
        tally = state.material_tally[done.material]
        tally.orders_done += 1
        late_s = g.now_s - done.due_s
        if late_s > 0.0:
            tally.orders_late += 1
            tally.tardiness_s += late_s
        tally.order_lead_s += g.now_s - done.arrived_s
        if done.number != NONE:
            state.order_done_s[done.number] = g.now_s
    elif done.derived == 0 and done.number != NONE:
        state.order_done_s[done.number] = -math.inf
    done.next = g.free_order
    g.free_order = slot
    g.free_orders += 1


@seldom
def _count_good(line, state, slot):
    done = state.order[slot]
    done.open -= 1
    done.good += 1
    close_if_done(line, state, slot)


@part
def finish_unit(line, state, u, commands):
    """The route of unit `u` is done: lead time, order, cards."""
    unit = state.unit[u]
    note_lead_time(state, unit.material, state.g[0].now_s - unit.released_s)
    order(state, commands, Command.FINISH, unit.material, u, _number(state, u), NONE, 0.0)
    leave_loop(line, state, u)
    if unit.order != NONE:
        _count_good(line, state, unit.order)
        unit.order = NONE


@seldom
def scrap_unit(line, state, u, commands):
    """Unit `u` is scrapped; a unit of an order is made again where the plant says so."""
    unit = state.unit[u]
    state.material_tally[unit.material].scrapped += 1
    order(state, commands, Command.SCRAP, unit.material, u, _number(state, u), NONE, 0.0)
    leave_loop(line, state, u)
    slot = unit.order
    if slot != NONE:
        waiting = state.order[slot]
        waiting.open -= 1
        if line.plant[0].replace_scrap:
            waiting.to_release += 1
            if waiting.to_release == 1 and waiting.stopped == 0:
                to_backlog(line, state, slot)
        else:
            waiting.quantity -= 1
            close_if_done(line, state, slot)
    elif unit.resume < FINISHED_ONCE and line.plant[0].replace_scrap and line.material[unit.material].source != NONE:
        source = line.material[unit.material].source  # its order had counted it as done
        accept_order(line, state, source, unit.material, 1, NONE, math.inf, 0.0, 1)
    remove_unit(state, u)
