"""What people do to single units: hold, release, scrap, rework, carry elsewhere.

A unit that a machine or a vehicle has is held or scrapped where it next comes to a queue; to be reworked or moved
it must stand in a queue, or aside.
"""

from __future__ import annotations

from linewright.compiled import seldom
from linewright.control.codes import NONE, Event, QueueKind, Refusal, Stop
from linewright.control.dispatch import choose_queue, task_at
from linewright.control.holds import free_place, has_card, lay_aside, no_longer_aside, refuse, write_off
from linewright.control.moves import arrive, first_hop, give_up, go, leave_station, place_of, way
from linewright.control.quality import AGAIN, HOME
from linewright.control.queues import has_room, leave

IN_NO_QUEUE = -2  # instead of the unit in front


@seldom
def act_on_unit(line, state, event, commands):
    """A person holds, releases, scraps, reworks or moves a unit."""
    u = event.subject
    if u < 0 or u >= len(state.unit) or event.number < 0 or state.unit[u].serial != event.number:
        refuse(state, Refusal.NO_SUCH_UNIT)
    elif event.kind == Event.UNIT_HELD:
        hold_unit(line, state, u)
    elif event.kind == Event.UNIT_RELEASED:
        release_unit(line, state, u, commands)
    elif event.kind == Event.UNIT_SCRAPPED:
        scrap_by_hand(line, state, u, commands)
    elif event.kind == Event.UNIT_REWORKED:
        rework_unit(line, state, u, event.detail, commands)
    else:
        move_unit(line, state, u, event.detail, commands)


@seldom
def in_front(state, u):
    """The unit in front of `u` in its queue (NONE: it is the first), or IN_NO_QUEUE."""
    q = state.unit[u].queue
    if q == NONE:
        return IN_NO_QUEUE
    before = NONE
    other = state.queue[q].head
    while other != NONE:
        if other == u:
            return before
        before = other
        other = state.unit[other].next
    return IN_NO_QUEUE  # it waits for a place there


@seldom
def hold_unit(line, state, u):
    """Unit `u` stands aside, now or where it next comes to a queue."""
    unit = state.unit[u]
    if unit.stopped != Stop.NOTHING:
        refuse(state, Refusal.ALREADY_SO)
        return
    before = in_front(state, u)
    if before == IN_NO_QUEUE:
        unit.stopped = Stop.HOLD
        return
    q = unit.queue
    leave(state, q, before, u)
    if has_card(line, q):
        state.station[line.queue[q].station].present -= 1
    lay_aside(state, u, q)


@seldom
def release_unit(line, state, u, commands):
    """Unit `u` goes on, at the end of its queue."""
    unit = state.unit[u]
    if unit.stopped == Stop.NOTHING:
        refuse(state, Refusal.ALREADY_SO)
    elif unit.stopped == Stop.ASIDE:
        q = no_longer_aside(state, u)
        arrive(line, state, u, q, commands)
    else:
        unit.stopped = Stop.NOTHING


@seldom
def scrap_by_hand(line, state, u, commands):
    """Unit `u` is scrapped: at once, or when the machine or the vehicle that has it lets it go."""
    unit = state.unit[u]
    if unit.stopped == Stop.SCRAP:
        refuse(state, Refusal.ALREADY_SO)
        return
    before = in_front(state, u)
    if unit.stopped == Stop.ASIDE:
        q = no_longer_aside(state, u)
        write_off(line, state, u, commands)
        free_place(line, state, q)
    elif before != IN_NO_QUEUE:
        q = unit.queue
        leave(state, q, before, u)
        if has_card(line, q):
            leave_station(line, state, u, line.queue[q].station, commands)
        write_off(line, state, u, commands)
        free_place(line, state, q)
    elif leave_waiters(state, u) or leave_requests(line, state, u):
        write_off_where_it_stands(line, state, u, commands)
    else:
        unit.stopped = Stop.SCRAP


@seldom
def leave_waiters(state, u):
    """Unit `u`, finished where it stands, waits for a place no longer. False: it does not wait for one."""
    q = state.unit[u].queue
    if q == NONE or state.unit[u].awaits:
        return False
    queue = state.queue[q]
    before = NONE
    other = queue.first_waiter
    while other != u:
        before = other
        other = state.unit[other].next
    after = state.unit[u].next
    if before == NONE:
        queue.first_waiter = after
    else:
        state.unit[before].next = after
    if queue.last_waiter == u:
        queue.last_waiter = before
    queue.waiters -= 1
    state.unit[u].next = NONE
    state.unit[u].queue = NONE
    return True


@seldom
def leave_requests(line, state, u):
    """Unit `u` asks for a vehicle no longer and gives its place ahead back. False: it does not ask for one."""
    for p in range(len(state.pool)):
        waiting = state.pool[p]
        before = NONE
        other = waiting.first_request
        while other != NONE and other != u:
            before = other
            other = state.unit[other].next
        if other == NONE:
            continue
        after = state.unit[u].next
        if before == NONE:
            waiting.first_request = after
        else:
            state.unit[before].next = after
        if waiting.last_request == u:
            waiting.last_request = before
        state.unit[u].next = NONE
        q = state.unit[u].heading
        state.unit[u].heading = NONE
        if q != NONE:
            state.queue[q].reserved -= 1
            free_place(line, state, q)
        return True
    return False


@seldom
def write_off_where_it_stands(line, state, u, commands):
    """The finished unit `u` is scrapped: its machine, or its place in the outbox, is free."""
    m = state.unit[u].machine
    s = state.unit[u].station
    if 0 <= s < line.plant[0].stations:
        leave_station(line, state, u, s, commands)
    write_off(line, state, u, commands)
    if m != NONE:
        give_up(line, state, u, m, commands)


@seldom
def route_done(line, state, u):
    """Is unit `u` a finished component?"""
    unit = state.unit[u]
    return unit.operation == NONE and line.material[unit.material].home_queue != NONE


@seldom
def rework_unit(line, state, u, operation, commands):
    """Unit `u`, which stands in a queue or aside, goes back to an operation of its route."""
    unit = state.unit[u]
    before = in_front(state, u)
    if before == IN_NO_QUEUE and unit.stopped != Stop.ASIDE:
        refuse(state, Refusal.NOT_IN_A_QUEUE)
        return
    if route_done(line, state, u):
        refuse(state, Refusal.ROUTE_DONE)
        return
    if not 0 <= operation < line.plant[0].operations or line.operation[operation].material != unit.material:
        refuse(state, Refusal.OTHER_ROUTE)
        return
    here = unit.aside if unit.stopped == Stop.ASIDE else unit.queue
    origin = place_of(line, here)
    q = choose_queue(line, state, operation)
    rework = line.station[line.queue[q].station].rework_queue
    if rework != NONE and line.operation[operation].number <= unit.reached:
        q = rework
    by = way(line, origin, line.queue[q].station)
    if not room_without(line, state, here, before != IN_NO_QUEUE, line.station[by].queue if by >= 0 else q):
        refuse(state, Refusal.NO_ROOM)
        return
    if before != IN_NO_QUEUE:
        leave(state, here, before, u)
    else:
        no_longer_aside(state, u)
        if has_card(line, here):
            state.station[origin].present += 1  # until it leaves
    free_place(line, state, here)
    unit.heading = NONE
    unit.machine = NONE
    unit.operation = operation
    unit.resume = AGAIN if unit.resume <= HOME else NONE
    state.material_tally[unit.material].reworked += 1
    go(line, state, u, first_hop(line, state, u, q, origin), NONE, origin, commands)


@seldom
def move_unit(line, state, u, q, commands):
    """Unit `u` was carried from the queue where it stood (or stood aside) to queue `q`."""
    unit = state.unit[u]
    before = in_front(state, u)
    if before == IN_NO_QUEUE and unit.stopped != Stop.ASIDE:
        refuse(state, Refusal.NOT_IN_A_QUEUE)
        return
    if not can_go_to(line, unit.operation, q):
        refuse(state, Refusal.OTHER_ROUTE)
        return
    here = unit.aside if unit.stopped == Stop.ASIDE else unit.queue
    if here == q:
        refuse(state, Refusal.ALREADY_SO)
        return
    if not room_without(line, state, here, before != IN_NO_QUEUE, q):
        refuse(state, Refusal.NO_ROOM)
        return
    unit.heading = NONE
    if before == IN_NO_QUEUE:
        no_longer_aside(state, u)
        free_place(line, state, here)
        lay_aside(state, u, q)
        return
    leave(state, here, before, u)
    if has_card(line, here):
        leave_station(line, state, u, line.queue[here].station, commands)
    free_place(line, state, here)
    arrive(line, state, u, q, commands)


@seldom
def can_go_to(line, operation, q):
    """Can the station of queue `q` do the operation on what waits there?"""
    if operation == NONE or not 0 <= q < line.plant[0].queues:
        return False
    if line.queue[q].kind != QueueKind.MAIN and line.queue[q].kind != QueueKind.REWORK:
        return False
    return task_at(line, operation, line.queue[q].station) != NONE


@seldom
def room_without(line, state, here, in_queue, q):
    """Would there be a place in queue `q` if one unit (in queue `here`, or aside there) were gone?"""
    if here == NONE:
        return has_room(line, state, q)
    carded = in_queue and has_card(line, here)
    s = line.queue[here].station
    if in_queue:
        state.queue[here].count -= 1
    else:
        state.queue[here].reserved -= 1
    if carded:
        state.station[s].present -= 1
    room = has_room(line, state, q)
    if in_queue:
        state.queue[here].count += 1
    else:
        state.queue[here].reserved += 1
    if carded:
        state.station[s].present += 1
    return room
