"""Units go on: straight into the next queue, by conveyor, or fetched by a vehicle; out of the line at the end."""

from __future__ import annotations

import math

from linewright.compiled import hot, part, seldom
from linewright.control.codes import NONE, Command, MachineState, QueueKind, Stage
from linewright.control.commands import order
from linewright.control.free import unloaded
from linewright.control.holds import keep_back
from linewright.control.line import F_CARDS, F_OUTBOX
from linewright.control.queues import call, join, may_enter, place_freed, wait_for
from linewright.control.tally import enter_state
from linewright.control.units import finish_unit, remove_unit


@hot
def way(line, origin, destination):
    """How units get from place to place: NONE at once, >= 0 by that conveyor station, <= -2 by pool -2 - value."""
    if line.plant[0].transport == 0 or destination == NONE:
        return NONE
    return line.via[origin * (line.plant[0].stations + 2) + destination]


@part
def place_of(line, q):
    """The place (station, or the line's exit) where queue `q` is."""
    if q == NONE:
        return line.plant[0].stations + 1
    return line.queue[q].station


@part
def first_hop(line, state, u, q, origin):
    """The queue that unit `u` on its way to queue `q` (NONE: out) enters first: a conveyor's, or `q` itself."""
    by = way(line, origin, place_of(line, q))
    if by >= 0:
        state.unit[u].heading = q
        state.unit[u].trip = line.trip[origin * (line.plant[0].stations + 2) + place_of(line, q)]
        return line.station[by].queue
    return q


@part
def send(line, state, u, q, m, origin, commands):
    """Unit `u`, finished on machine `m` (or NONE) at place `origin`, is to go to queue `q` (NONE: out)."""
    hop = first_hop(line, state, u, q, origin)
    if m != NONE and state.machine[m].reserved != NONE:
        if state.machine[m].reserved == q and hop == q:
            state.machine[m].reserved = NONE
            state.queue[q].reserved -= 1
            go(line, state, u, q, m, origin, commands)
            return
        give_place_back(line, state, m)  # it goes elsewhere, or by a conveyor, whose units hold no place behind it
    if hop == NONE:
        go(line, state, u, NONE, m, origin, commands)
        return
    if state.queue[hop].waiters == 0 and may_enter(line, state, hop, origin):
        go(line, state, u, hop, m, origin, commands)
        return
    wait_there(line, state, u, hop, m, origin, commands)


@part
def wait_there(line, state, u, q, m, origin, commands):
    """Unit `u`, finished on machine `m` (or NONE) at place `origin`, waits there for a place in queue `q`."""
    unit = state.unit[u]
    unit.machine = m
    unit.station = origin
    wait_for(line, state, u, q)
    if m != NONE:
        s = line.machine[m].station
        if line.station[s].traits & F_OUTBOX and set_down(line, state, u, s, commands):
            return
        stand_blocked(line, state, u, m)


@part
def stand_blocked(line, state, u, m):
    """Machine `m` cannot let go of the finished unit `u`: blocked, unless it is off shift or held besides."""
    machine = state.machine[m]
    last = NONE
    other = machine.blocked
    while other != NONE and other != u:
        last = other
        other = state.unit[other].next_blocked
    if other == NONE:  # else it has stood there already, for want of a place: now it waits for a vehicle
        state.unit[u].next_blocked = NONE
        if last == NONE:
            machine.blocked = u
        else:
            state.unit[last].next_blocked = u
    if machine.mode != NONE:
        return
    if machine.held:
        enter_state(state, m, MachineState.HELD)
    elif state.station[line.machine[m].station].running == 0:
        enter_state(state, m, MachineState.OFF_SHIFT)
    else:
        enter_state(state, m, MachineState.BLOCKED)


@seldom
def give_place_back(line, state, m):
    """Machine `m` does not need the place ahead that it has reserved: its unit goes elsewhere."""
    q = state.machine[m].reserved
    state.machine[m].reserved = NONE
    state.queue[q].reserved -= 1
    place_freed(line, state, q)


@seldom
def set_down(line, state, u, s, commands):
    """Put the finished unit `u` into the outbox of station `s` if there is a place; its machine is free of it."""
    outbox = line.station[s].outbox
    station = state.station[s]
    if outbox >= 0 and station.outbox_n >= outbox:
        return False
    station.outbox_n += 1
    unit = state.unit[u]
    m = unit.machine
    unit.machine = NONE
    unit.held = 1  # stands in the outbox
    give_up(line, state, u, m, commands)
    return True


@part
def go(line, state, u, hop, m, origin, commands):
    """Unit `u` goes from `origin` into queue `hop`, which has room (NONE: it leaves the line)."""
    by = way(line, origin, place_of(line, hop))
    if by <= -2:
        wait_for_vehicle(line, state, u, hop, m, origin, -2 - by, commands)
        return
    if origin < line.plant[0].stations:
        leave_station(line, state, u, origin, commands)
    arrive(line, state, u, hop, commands)
    if m != NONE:
        state.unit[u].machine = NONE
        give_up(line, state, u, m, commands)


@seldom
def wait_for_vehicle(line, state, u, hop, m, origin, pool, commands):
    """Unit `u`, which has a place in queue `hop`, waits where it is for a vehicle of the pool."""
    unit = state.unit[u]
    if hop != NONE:
        state.queue[hop].reserved += 1
    unit.machine = m
    unit.station = origin
    unit.heading = hop
    if m != NONE:
        s = line.machine[m].station
        if not (line.station[s].traits & F_OUTBOX and set_down(line, state, u, s, commands)):
            stand_blocked(line, state, u, m)
    request(line, state, u, pool, commands)


@part
def leave_line(line, state, u, commands):
    """Unit `u` leaves the line as a product."""
    finish_unit(line, state, u, commands)
    state.g[0].finished += 1
    remove_unit(state, u)


@hot
def arrive(line, state, u, q, commands):
    """Unit `u` enters queue `q`; NONE: it leaves the line."""
    if state.unit[u].stopped:
        keep_back(line, state, u, q, commands)
        return
    if q == NONE:
        leave_line(line, state, u, commands)
        return
    s = line.queue[q].station
    if s != NONE and line.station[s].traits & F_CARDS and line.queue[q].kind != QueueKind.COMPONENT:
        state.station[s].present += 1
    join(line, state, u, q)


@part
def leave_station(line, state, u, s, commands):
    """Unit `u` leaves station `s`: its card and its place in the outbox are free."""
    station = state.station[s]
    if line.station[s].traits & F_CARDS:
        station.present -= 1
        station.freed = 1
        call(state, s)
    if state.unit[u].held:
        state.unit[u].held = 0
        station.outbox_n -= 1
        station.outbox_freed = 1  # a blocked machine may set its unit down now
        call(state, s)


@hot
def give_up(line, state, u, m, commands):
    """The finished unit `u` has left machine `m`."""
    machine = state.machine[m]
    machine.left -= 1
    if machine.blocked != NONE:
        no_longer_blocked(state, u, m)
    if line.station[line.machine[m].station].holds:
        q = line.station[line.machine[m].station].queue
        state.queue[q].reserved -= 1
        place_freed(line, state, q)
    if machine.left == 0 and machine.stage == Stage.UNLOADING:
        unloaded(line, state, m, commands)


@part
def no_longer_blocked(state, u, m):
    """Unit `u` is taken off the list of those that stand on machine `m`, if it is on it."""
    before = NONE
    other = state.machine[m].blocked
    while other != NONE:
        if other == u:
            if before == NONE:
                state.machine[m].blocked = state.unit[u].next_blocked
            else:
                state.unit[before].next_blocked = state.unit[u].next_blocked
            return
        before = other
        other = state.unit[other].next_blocked


# ---------------------------------------------------------------- vehicles


@seldom
def distance(line, pool, origin, destination):
    """Distance in m between two places (stations; `in` and `out` follow them) on the ways of a pool."""
    places = line.plant[0].stations + 2
    return line.number[line.pool[pool].distance_row + origin * places + destination]


@seldom
def request(line, state, u, pool, commands):
    """Unit `u` asks to be fetched by a vehicle of the pool: the nearest free one goes, else the unit waits."""
    here = state.unit[u].station
    first = line.pool[pool].first_vehicle
    best = NONE
    least = math.inf
    for v in range(first, first + line.pool[pool].n_vehicles):
        if state.vehicle[v].busy == 0:
            d = distance(line, pool, state.vehicle[v].at, here)
            if d < least:
                least = d
                best = v
    if best != NONE:
        fetch(line, state, best, u, commands)
        return
    waiting = state.pool[pool]
    state.unit[u].next = NONE
    if waiting.last_request == NONE:
        waiting.first_request = u
    else:
        state.unit[waiting.last_request].next = u
    waiting.last_request = u


@seldom
def fetch(line, state, v, u, commands):
    """Vehicle `v` drives to unit `u` and loads it."""
    pool = line.vehicle[v].pool
    vehicle = state.vehicle[v]
    here = state.unit[u].station
    vehicle.busy = 1
    vehicle.unit = u
    vehicle.since_s = state.g[0].now_s
    state.unit[u].vehicle = v
    seconds = distance(line, pool, vehicle.at, here) / line.pool[pool].speed + line.pool[pool].load_s
    order(state, commands, Command.FETCH, v, u, here, NONE, seconds)
    vehicle.at = here


@seldom
def unit_loaded(line, state, v, commands):
    """Vehicle `v` has its unit on board: the machine is free of it, the vehicle drives on."""
    vehicle = state.vehicle[v]
    u = vehicle.unit
    unit = state.unit[u]
    pool = line.vehicle[v].pool
    m = unit.machine
    unit.machine = NONE
    if unit.station < line.plant[0].stations:
        leave_station(line, state, u, unit.station, commands)
    if m != NONE:
        give_up(line, state, u, m, commands)
    destination = place_of(line, unit.heading)
    seconds = distance(line, pool, vehicle.at, destination) / line.pool[pool].speed + line.pool[pool].unload_s
    vehicle.at = destination
    order(state, commands, Command.DELIVER, v, u, unit.heading, NONE, seconds)


@seldom
def unit_delivered(line, state, v, commands):
    """Vehicle `v` has set its unit down; it fetches the next one."""
    vehicle = state.vehicle[v]
    u = vehicle.unit
    q = state.unit[u].heading
    vehicle.busy = 0
    vehicle.unit = NONE
    vehicle.busy_s += state.g[0].now_s - vehicle.since_s
    state.unit[u].vehicle = NONE
    state.unit[u].heading = NONE
    if q != NONE:
        state.queue[q].reserved -= 1
    arrive(line, state, u, q, commands)
    next_request(line, state, v, commands)


@seldom
def next_request(line, state, v, commands):
    """The free vehicle `v` takes the oldest waiting request of its pool, or the nearest.

    Of equally near ones that at the station named first in the plant file (`in` comes last), there the oldest.
    """
    pool = line.vehicle[v].pool
    waiting = state.pool[pool]
    best = waiting.first_request
    best_before = NONE
    if best == NONE:
        return
    if line.pool[pool].nearest:
        least = math.inf
        before = NONE
        u = waiting.first_request
        while u != NONE:
            here = state.unit[u].station
            d = distance(line, pool, state.vehicle[v].at, here)
            if d < least or (d == least and here < state.unit[best].station):
                least = d
                best = u
                best_before = before
            before = u
            u = state.unit[u].next
    after = state.unit[best].next
    if best_before == NONE:
        waiting.first_request = after
    else:
        state.unit[best_before].next = after
    if waiting.last_request == best:
        waiting.last_request = best_before
    state.unit[best].next = NONE
    fetch(line, state, v, best, commands)
