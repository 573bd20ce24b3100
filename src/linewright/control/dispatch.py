"""What a free machine takes next: the rules that order the units waiting in front of it."""

from __future__ import annotations

import math

from linewright.compiled import hot, part, seldom
from linewright.control.codes import NONE, Blocking, Rule
from linewright.control.line import F_SETUP, F_TAKES
from linewright.control.queues import has_room, may_enter, place_to_hold
from linewright.control.rules import call_rule
from linewright.control.supply import components_ready, needs_components

ATC_LOOK_AHEAD = 2.0  # Vepsalainen & Morton 1987 use 1.5 to 4.5; 2 for flow shops


@part
def task_at(line, u_operation, s):
    """The task by which station `s` does the operation."""
    operation = line.operation[u_operation]
    if operation.n_tasks == 1:
        return operation.first_task
    for t in range(operation.first_task, operation.first_task + operation.n_tasks):
        if line.task[t].station == s:
            return t
    return NONE


@part
def task_for(line, state, u, s):
    """The task that station `s` would do on unit `u`: its operation there, or a conveyor's trip."""
    station = line.station[s]
    if station.conveyor != NONE:
        return state.unit[u].trip
    return task_at(line, state.unit[u].operation, s)


@part
def setup_time(line, s, before, after):
    """Set-up time in s of station `s` from material to material; `before` is NONE for the very first job."""
    materials = line.plant[0].materials
    row = materials if before == NONE else before
    return line.number[line.station[s].setup_row + row * materials + after]


@part
def key(line, state, u, t, s, set_for):
    """The dispatch key of waiting unit `u` for a machine set up for material `set_for`: the least goes first."""
    rule = state.station[s].rule
    unit = state.unit[u]
    now = state.g[0].now_s
    work = line.task[t].mean_s
    remaining = line.operation[unit.operation].remaining_s if unit.operation != NONE else work
    if rule == Rule.SHORTEST_PROCESSING_TIME:
        return work
    if rule == Rule.EARLIEST_DUE_DATE:
        return unit.due_s
    if rule == Rule.CRITICAL_RATIO:
        return (unit.due_s - now) / max(remaining, 1e-9)
    if rule == Rule.SLACK:
        return unit.due_s - now - remaining
    if rule == Rule.APPARENT_TARDINESS_COST:
        slack = max(unit.due_s - now - remaining, 0.0)
        mean = max(line.station[s].mean_s, 1e-9)
        return -math.exp(-slack / (ATC_LOOK_AHEAD * mean)) / max(work, 1e-9)
    if rule == Rule.FEWEST_SETUPS:
        return setup_time(line, s, set_for, unit.material) if line.station[s].traits & F_SETUP else 0.0
    if rule == Rule.PRIORITY:
        return unit.priority
    if rule == Rule.SCHEDULE:
        return _place_in_schedule(line, state, u)
    if rule == Rule.USER:
        setup_s = setup_time(line, s, set_for, unit.material) if line.station[s].traits & F_SETUP else 0.0
        due_s, waiting_s = unit.due_s - now, now - unit.entered_s
        return call_rule(
            line.station[s].user_rule, now, work, setup_s, due_s, remaining, unit.priority, waiting_s
        )
    return 0.0


@seldom
def _place_in_schedule(line, state, u):
    unit = state.unit[u]
    if unit.order == NONE:
        return math.inf
    number = state.order[unit.order].number
    if number == NONE:
        return math.inf  # an order of a random stream: no schedule knows it
    place = number * line.plant[0].operations + unit.operation
    if place < len(line.rank):
        return float(line.rank[place])
    return float(number)


@part
def can_start(line, state, u, t, s):
    """Is all there that unit `u` needs before station `s` may take it in?"""
    station = line.station[s]
    if station.traits & F_TAKES and needs_components(line, state, u) and not components_ready(line, state, t, 1):
        return False
    if station.blocking == Blocking.COMMUNICATION:
        q = place_ahead(line, state, u)
        if q == station.queue and state.unit[u].queue != q and not place_to_hold(line, state, s, 1):
            return False  # rework that goes on here afterwards: one place to hold meanwhile and one ahead
        return q == NONE or may_enter(line, state, q, s)
    return True


@seldom
def place_ahead(line, state, u):
    """The queue that unit `u` will want after its present operation if nothing goes wrong; NONE at the end."""
    after = line.operation[state.unit[u].operation].next
    if after == NONE:
        return line.material[state.unit[u].material].home_queue
    return choose_queue(line, state, after)


@hot
def choose_queue(line, state, operation):
    """The queue for an operation; with alternatives that of the best station."""
    first = line.operation[operation].first_task
    if line.operation[operation].n_tasks == 1:
        return line.station[line.task[first].station].queue
    return _choose_alternative(line, state, operation)


@seldom
def _choose_alternative(line, state, operation):
    """Of several stations one with a free machine, else one with a place, with the least work waiting."""
    first = line.operation[operation].first_task
    n = line.operation[operation].n_tasks
    best = NONE
    least = math.inf
    for t in range(first, first + n):
        s = line.task[t].station
        q = line.station[s].queue
        queue = state.queue[q]
        waiting = queue.count + queue.reserved + queue.waiters - state.station[s].idle_n
        load = (waiting + line.station[s].n_machines) * line.task[t].mean_s / line.station[s].n_machines
        if not has_room(line, state, q):
            load += 1e15
        if state.station[s].running == 0:
            load += 1e12
        if load < least:
            least = load
            best = q
    return best


@part
def pick(line, state, q, s, m):
    """The unit that machine `m` of station `s` takes from queue `q`: (unit before it, unit), or NONE twice."""
    u = state.queue[q].head
    station = line.station[s]
    first_will_do = state.station[s].rule == Rule.FIFO and station.traits & F_TAKES == 0
    if u == NONE or (first_will_do and station.blocking != Blocking.COMMUNICATION):
        return NONE, u
    set_for = state.machine[m].set_for
    best_before = NONE
    best = NONE
    least = math.inf
    before = NONE
    while u != NONE:
        t = task_for(line, state, u, s)
        k = key(line, state, u, t, s, set_for)
        if (best == NONE or k < least) and can_start(line, state, u, t, s):
            best_before = before
            best = u
            least = k
            if state.station[s].rule == Rule.FIFO:
                break
        before = u
        u = state.unit[u].next
    return best_before, best


@part
def choose_machine(line, state, s, u):
    """The idle machine that takes unit `u`: one that needs no set-up for it where there is one, else the first."""
    m = state.station[s].idle
    if line.station[s].traits & F_SETUP:
        material = state.unit[u].material
        other = m
        while other != NONE:
            before = state.machine[other].set_for
            if before != NONE and setup_time(line, s, before, material) <= 0.0:
                return other
            other = state.machine[other].next_idle
    return m
