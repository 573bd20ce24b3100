"""Lists of units: queues, and units that wait for a place in one. Chained through `unit.next`."""

from __future__ import annotations

from linewright.compiled import hot, part, seldom
from linewright.control.codes import NONE, QueueKind


@hot
def call(state, s):
    """Put station `s` on the agenda: something changed there that it must attend to."""
    station = state.station[s]
    if station.on_agenda == 0:
        station.on_agenda = 1
        g = state.g[0]
        state.agenda[g.agenda_n] = s
        g.agenda_n += 1


@part
def call_last(state, s):
    """Put station `s` on the agenda behind all that are on it already: it attends after them."""
    if state.station[s].on_agenda == 0:
        state.station[s].on_agenda = 1
        g = state.g[0]
        for k in range(g.agenda_n, 0, -1):
            state.agenda[k] = state.agenda[k - 1]
        state.agenda[0] = s
        g.agenda_n += 1


@hot
def unsettled(state):
    """Is there anything left to attend to?"""
    return state.g[0].agenda_n > 0 or state.g[0].crews_called > 0


@part
def call_for(line, state, q):
    """Queue `q` has changed: call its station, if a machine is idle there; for a store, all that take from it."""
    s = line.queue[q].station
    if s != NONE:
        if state.station[s].idle != NONE:
            call(state, s)
        return
    first = line.queue[q].first_source
    for k in range(first, first + line.queue[q].n_sources):
        call(state, line.link[k])


@part
def place_freed(line, state, q):
    """A place of queue `q` is free again: its station looks who may have it."""
    s = line.queue[q].station
    if s != NONE:
        state.station[s].freed = 1
        call(state, s)


@hot
def has_room(line, state, q):
    """Is there a place in queue `q`, and a card where the station works by cards?"""
    return has_place(line, state, q) and has_card(line, state, q)


@part
def may_enter(line, state, q, origin):
    """Is there room in queue `q` for a unit from place `origin`? Within its station it keeps its card."""
    return has_place(line, state, q) and (line.queue[q].station == origin or has_card(line, state, q))


@hot
def has_place(line, state, q):
    """Is there a place in queue `q`? A queue without places lets a unit straight on to an idle machine."""
    queue = state.queue[q]
    capacity = line.queue[q].capacity
    taken = queue.count + queue.reserved
    s = line.queue[q].station
    if capacity > 0:
        if taken >= capacity:
            return False
    elif capacity == 0 and taken + besides(line, state, q, s) >= state.station[s].idle_n:
        return False
    return True


@hot
def has_card(line, state, q):
    """Is there a card for one more unit at the station of queue `q`? True where it does not work by cards."""
    s = line.queue[q].station
    if s == NONE or line.queue[q].kind == QueueKind.COMPONENT:
        return True
    cards = line.station[s].cards
    return cards < 0 or state.station[s].present + on_the_way(line, state, s) < cards


@part
def besides(line, state, q, s):
    """Units at station `s` that will take an idle machine, but not from queue `q`, which has no places."""
    constant = line.station[s]
    other = constant.queue if q == constant.rework_queue else constant.rework_queue
    if other == NONE or (other == constant.queue and line.queue[other].capacity != 0):
        return 0
    return state.queue[other].count


@seldom
def place_to_hold(line, state, s, units):
    """Is there a place of the main queue that rework can hold while it is worked on, besides `units` taken in?"""
    queue = state.queue[line.station[s].queue]
    capacity = line.queue[line.station[s].queue].capacity
    return line.station[s].holds == 0 or capacity < 0 or queue.count + queue.reserved + units < capacity


@seldom
def on_the_way(line, state, s):
    """Places at station `s` that are reserved for units not there yet."""
    constant = line.station[s]
    n = state.queue[constant.queue].reserved
    if constant.rework_queue != NONE:
        n += state.queue[constant.rework_queue].reserved
    if constant.holds:
        for m in range(constant.first_machine, constant.first_machine + constant.n_machines):
            n -= state.machine[m].units + state.machine[m].left
    return n


@hot
def line_up(state, u, q):
    """Unit `u` enters queue `q` at its end; the caller sees to what it changes there."""
    unit = state.unit[u]
    queue = state.queue[q]
    alone = u & (queue.tail >> 63)  # u where the queue is empty (NONE), else 0: no branch, as nobody could foretell it
    state.unit[max(queue.tail, alone)].next = u
    unit.next = NONE
    queue.head = max(queue.head, alone)
    queue.tail = u
    unit.queue = q
    unit.entered_s = state.g[0].now_s
    queue.count += 1
    queue.joined += 1


@hot
def join(line, state, u, q):
    """Unit `u` enters queue `q` at its end, and whoever takes from there is called."""
    line_up(state, u, q)
    call_for(line, state, q)


@hot
def leave(state, q, before, u):
    """Unit `u` leaves queue `q`; `before` is the unit in front of it there, or NONE."""
    unit = state.unit[u]
    queue = state.queue[q]
    if before == NONE:
        queue.head = unit.next
    else:
        state.unit[before].next = unit.next
    queue.tail = before if queue.tail == u else queue.tail
    queue.count -= 1
    queue.left += 1
    queue.wait_s += state.g[0].now_s - unit.entered_s
    unit.queue = NONE
    unit.next = NONE


@part
def wait_for(line, state, u, q):
    """Unit `u` waits, where it is, for a place in queue `q`: first come, first served."""
    queue = state.queue[q]
    unit = state.unit[u]
    origin = unit.station if unit.machine == NONE else line.machine[unit.machine].station
    if queue.waiters > 0 and may_enter(line, state, q, origin):  # those before it cannot move: they are passed
        place_freed(line, state, q)
    unit.next = NONE
    unit.queue = q
    if queue.last_waiter == NONE:
        queue.first_waiter = u
    else:
        state.unit[queue.last_waiter].next = u
    queue.last_waiter = u
    queue.waiters += 1


@part
def first_waiter(line, state, q, origin):
    """Take the first unit that can move off the list of those that wait for queue `q`; NONE if none can.

    Only units at place `origin`, unless that is NONE. A unit on a machine that is down cannot: the machine's door
    stays shut until it is repaired.
    """
    before = NONE
    u = state.queue[q].first_waiter
    while u != NONE:
        m = state.unit[u].machine
        here = state.unit[u].station if m == NONE else line.machine[m].station
        if (m == NONE or state.machine[m].mode == NONE) and (origin == NONE or here == origin):
            unlink_waiter(state, q, before, u)
            return u
        before = u
        u = state.unit[u].next
    return NONE


@part
def unlink_waiter(state, q, before, u):
    """Unit `u` waits for queue `q` no longer; `before` is the unit in front of it in the list, or NONE."""
    queue = state.queue[q]
    unit = state.unit[u]
    if before == NONE:
        queue.first_waiter = unit.next
    else:
        state.unit[before].next = unit.next
    if queue.last_waiter == u:
        queue.last_waiter = before
    queue.waiters -= 1
    unit.next = NONE
    unit.queue = NONE


@part
def call_source(line, state, k):
    """Call the stations into which source `k` may release."""
    first = line.source[k].first_station
    for i in range(first, first + line.source[k].n_stations):
        call(state, line.link[i])
