"""Materials used up by an operation: bought stock, and made components waiting at the station or in a store."""

from __future__ import annotations

from linewright.compiled import part, seldom
from linewright.control.codes import NONE, Command
from linewright.control.commands import order
from linewright.control.queues import call, call_for, leave, place_freed


@part
def needs_components(line, state, u):
    """Does the operation of unit `u` take components? When it comes back for rework it has them already."""
    operation = state.unit[u].operation
    return operation != NONE and line.operation[operation].number > state.unit[u].reached


@part
def components_ready(line, state, t, pieces):
    """Is everything there that task `t` takes for so many pieces?"""
    task = line.task[t]
    for k in range(task.first_take, task.first_take + task.n_takes):
        take = line.take[k]
        needed = take.quantity * pieces
        if line.material[take.material].bought:
            if line.material[take.material].counted and state.material[take.material].stock < needed - 1e-9:
                return False
        elif _waiting_of(state, take.queue, take.material) < needed:
            return False
    return True


@part
def _waiting_of(state, q, material):
    n = 0
    u = state.queue[q].head
    while u != NONE:
        if state.unit[u].material == material and state.unit[u].recalled == NONE:
            n += 1
        u = state.unit[u].next
    return n


@part
def take_components(line, state, u, t, commands):
    """Task `t` uses up what it takes for one piece; made components become part of unit `u`."""
    task = line.task[t]
    for k in range(task.first_take, task.first_take + task.n_takes):
        take = line.take[k]
        if line.material[take.material].bought:
            _use_stock(line, state, take.material, take.quantity, commands)
        else:
            for _ in range(int(take.quantity + 0.5)):
                _build_in(line, state, u, take.queue, take.material, commands)


@seldom
def _use_stock(line, state, material, quantity, commands):
    constant = line.material[material]
    stock = state.material[material]
    state.material_tally[material].taken += quantity
    if constant.counted == 0:
        return
    stock.stock -= quantity
    buy_if_low(line, state, material, commands)


@seldom
def buy_if_low(line, state, material, commands):
    """Buy again where the stock has fallen so far and nothing is on its way."""
    constant = line.material[material]
    stock = state.material[material]
    if constant.counted == 0 or constant.reorder_quantity <= 0.0 or stock.on_order:
        return
    if stock.stock <= constant.reorder_at:
        stock.on_order = 1
        order(state, commands, Command.BUY, material, NONE, NONE, NONE, constant.reorder_quantity)


@part
def _build_in(line, state, u, q, material, commands):
    before = NONE
    c = state.queue[q].head
    while state.unit[c].material != material or state.unit[c].recalled != NONE:
        before = c
        c = state.unit[c].next
    leave(state, q, before, c)
    order(state, commands, Command.TAKE, material, u, c, NONE, 0.0)
    tally = state.material_tally[material]
    tally.taken += 1.0
    tally.residence_s += state.g[0].now_s - state.unit[c].released_s
    state.material[material].wip -= 1
    put_back(state, c)
    call_for(line, state, q)
    place_freed(line, state, q)


@part
def put_back(state, u):
    """The record of unit `u` is free for another."""
    g = state.g[0]
    state.unit[u].serial = NONE
    state.unit[u].next = g.free_unit
    state.unit[u].skipped_at = NONE
    g.free_unit = u
    g.free_units += 1


@seldom
def material_arrived(line, state, material, quantity, commands):
    """Bought material has been delivered: whoever waits for it looks again."""
    state.material[material].stock += quantity
    state.material[material].on_order = 0
    buy_if_low(line, state, material, commands)
    for s in range(line.plant[0].stations):
        call(state, s)
