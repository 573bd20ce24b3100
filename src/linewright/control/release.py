"""Work is let into the line: orders, saturated demand, components for what is assembled; by push or by cards."""

from __future__ import annotations

import math

import numpy as np

from linewright.compiled import part, seldom
from linewright.control.codes import NONE, Command, SourceKind
from linewright.control.commands import order
from linewright.control.dispatch import choose_queue
from linewright.control.line import F_BATCH, F_LOT, UNLIMITED_PIECES
from linewright.control.moves import arrive, go, way
from linewright.control.queues import call_source
from linewright.control.units import new_unit


@part
def next_material(line, state, k):
    """The material of the next unit of source `k`; NONE where a mix has not been drawn yet."""
    if line.source[k].mix:
        return state.source[k].next_mix
    return line.source[k].material


@part
def first_queue(line, state, k):
    """The queue that the next unit of source `k` goes to: a conveyor's, or that of its first operation."""
    if line.source[k].n_stations == 1:
        return line.source[k].queue
    q = choose_queue(line, state, line.material[next_material(line, state, k)].first_operation)
    by = way(line, line.plant[0].stations, line.queue[q].station)
    return line.station[by].queue if by >= 0 else q


@part
def source_ready(line, state, k):
    """May source `k` release a unit now: is there demand, and a card?"""
    constant = line.source[k]
    source = state.source[k]
    if constant.kind == SourceKind.SATURATED:
        material = next_material(line, state, k)
        if material == NONE:
            return False
        # where the queue has no end as much waits as the idle machines can take in, no more
        q = first_queue(line, state, k)
        if line.queue[q].capacity < 0:
            if constant.paper:
                if source.waiting > 0:
                    return False
            elif state.queue[q].count + state.queue[q].reserved >= wanted(line, state, line.queue[q].station, material):
                return False
    else:
        if source.first_order == NONE:
            return False
        material = constant.material
    loop = line.material[material].loop
    return loop == NONE or state.loop[loop].wip < state.loop[loop].limit


@part
def pools_full(line, state):
    """Is there no room for the units and orders of one more step? Then the line asks for it, and waits."""
    g = state.g[0]
    if g.free_units <= line.plant[0].margin_units or g.free_orders <= line.plant[0].margin_orders:
        g.need_room = 1
    return g.need_room


@seldom
def wanted(line, state, s, material):
    """How many units the idle machines of station `s` can take in at once: a batch, a lot, or one each."""
    constant = line.station[s]
    each = np.int64(1)
    if constant.traits & F_BATCH:
        each = constant.batch_most if constant.batch_most < UNLIMITED_PIECES else constant.batch_least
    elif constant.traits & F_LOT:
        lot = line.operation[line.material[material].first_operation].lot
        each = lot if lot < UNLIMITED_PIECES else np.int64(1)
    return state.station[s].idle_n * each


@part
def urgency(line, state, k):
    """What goes first among the sources of one queue: priority, then the older demand."""
    source = state.source[k]
    if line.source[k].kind == SourceKind.SATURATED:
        return line.source[k].priority, source.last_s
    waiting = state.order[source.first_order]
    return waiting.priority, waiting.arrived_s


@part
def release_into(line, state, q, commands):
    """Release one unit into queue `q`, which has room, if a source is ready. True: one was released."""
    first = line.queue[q].first_source
    best = NONE
    best_rank = math.inf
    best_since = math.inf
    for k in range(first, first + line.queue[q].n_sources):
        source = line.link[k]
        if source_ready(line, state, source) and first_queue(line, state, source) == q:
            rank, since = urgency(line, state, source)
            if rank < best_rank or (rank == best_rank and since < best_since):
                best = source
                best_rank = rank
                best_since = since
    if best == NONE or pools_full(line, state):
        return False
    _release(line, state, best, q, commands)
    return True


@part
def _release(line, state, k, q, commands):
    constant = line.source[k]
    source = state.source[k]
    if constant.kind == SourceKind.SATURATED:
        u = new_unit(line, state, next_material(line, state, k), NONE, k, commands)
        unit = state.unit[u]
        unit.priority = constant.priority
        unit.due_s = math.inf
        source.last_s = state.g[0].now_s
        source.saturated_n += 1
        if constant.mix:
            source.next_mix = NONE
            order(state, commands, Command.CALL_ORDER, k, NONE, NONE, NONE, 0.0)
    else:
        slot = source.first_order
        waiting = state.order[slot]
        u = new_unit(line, state, waiting.material, slot, k, commands)
        unit = state.unit[u]
        unit.priority = waiting.priority
        unit.due_s = waiting.due_s
        waiting.to_release -= 1
        waiting.open += 1
        if waiting.to_release == 0:
            source.first_order = waiting.next
            if waiting.next == NONE:
                source.last_order = NONE
            waiting.next = NONE
    source.waiting += 1
    if line.station[line.queue[q].station].conveyor != NONE:
        unit.heading = choose_queue(line, state, unit.operation)
        places = line.plant[0].stations + 2
        unit.trip = line.trip[(places - 2) * places + line.queue[unit.heading].station]
    if line.plant[0].transport:
        go(line, state, u, q, NONE, line.plant[0].stations, commands)
    else:  # no vehicle to wait for, which is all that `go` would ask
        arrive(line, state, u, q, commands)


@seldom
def call_releases(line, state):
    """Every place where work comes into the line looks again."""
    for k in range(line.plant[0].sources):
        call_source(line, state, k)
