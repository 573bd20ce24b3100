"""The line flows: machines take units in, finished units go on, freed places are filled, work comes in.

A station attends to whatever changed at it: free machines load, units that wait for its places move up, new
work is released into it. Each of these may free something at another station, which is then put on the
agenda; `step` goes on until the agenda is empty.
"""

from __future__ import annotations

from linewright.compiled import hot, part, seldom
from linewright.control.codes import NONE, Blocking, Command, MachineState, Outcome, Rule, Stage
from linewright.control.commands import order
from linewright.control.crews import dismiss
from linewright.control.dispatch import choose_machine, choose_queue, pick, place_ahead, task_for
from linewright.control.faults import fail
from linewright.control.line import F_BATCH, F_CARDS, F_LOT, F_NOTES, F_TAKES, F_TOOLS
from linewright.control.moves import give_place_back, give_up, go, leave_station, send, set_down
from linewright.control.notes import note_maker
from linewright.control.quality import AGAIN, HOME, call_in, go_on_from, is_sampled, note_verdict
from linewright.control.queues import call, first_waiter, has_place, has_room, join, leave, may_enter
from linewright.control.release import release_into
from linewright.control.supply import components_ready, needs_components, take_components
from linewright.control.tally import enter_state
from linewright.control.units import finish_unit, leave_loop, new_unit, scrap_unit
from linewright.control.work import advance, make_idle, no_longer_interrupted, not_idle, start, wear_tools

SCRAPPED = -2  # instead of a next operation

# ---------------------------------------------------------------- a machine takes units in


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
        u = queue.head
        leave(state, NONE, u)
        station.freed = 1
        machine.unit = u
        machine.units = 1
        machine.pieces = 1
        machine.task = task_for(line, state, u, s)
        if state.unit[u].source != NONE:
            come_in(line, state, u, s)
        start(line, state, m, commands)


@part
def load(line, state, s, commands):
    """The idle machines of station `s` take units in, as far as there are any that can start."""
    station = state.station[s]
    constant = line.station[s]
    while station.idle != NONE:
        q = constant.rework_queue
        before, u = NONE, NONE
        if q != NONE and state.queue[q].count > 0 and place_to_hold(line, state, s, 0):
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
        leave(state, before, u)
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
def place_to_hold(line, state, s, units):
    """Is there a place of the main queue that rework can hold while it is worked on, besides `units` taken in?"""
    queue = state.queue[line.station[s].queue]
    capacity = line.queue[line.station[s].queue].capacity
    return line.station[s].holds == 0 or capacity < 0 or queue.count + queue.reserved + units < capacity


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
            come_in(line, state, u, s)
        u = unit.next


@part
def come_in(line, state, u, s):
    """The released unit `u` is worked on for the first time, at station `s`: its source may release another."""
    unit = state.unit[u]
    state.source[unit.source].waiting -= 1
    unit.source = NONE
    if unit.counted == 0:  # it was a job on paper until now
        unit.counted = 1
        unit.released_s = state.g[0].now_s
        state.material[unit.material].wip += 1
    call(state, s)


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
            leave(state, before, u)
            state.unit[tail].next = u
            tail = u
            machine.units += 1
        else:
            before = u
        u = after
    machine.pieces = machine.units


# ---------------------------------------------------------------- a machine has finished


@part
def finish_operation(line, state, m, outcome, commands):
    """Machine `m` has finished its operation on the pieces of this cycle; each goes on by its outcome."""
    machine = state.machine[m]
    s = line.machine[m].station
    machine.stage = Stage.UNLOADING
    if machine.interrupted:
        no_longer_interrupted(line, state, m)
    elif machine.crew != NONE:
        dismiss(state, m)
    if line.station[s].traits & F_TOOLS:
        wear_tools(line, state, m, machine.pieces)
    state.machine_tally[m].pieces += machine.pieces
    pieces = machine.pieces
    if machine.units == 1 and pass_on(line, state, m):
        return
    machine.left = pieces
    machine.units -= pieces
    for _ in range(pieces):
        u = machine.unit
        machine.unit = state.unit[u].next
        state.unit[u].next = NONE
        if line.station[s].traits & F_NOTES:
            note_maker(line, state, u, m, s)
        hand_on(line, state, u, m, s, outcome, commands)


@hot
def pass_on(line, state, m):
    """The short way of a unit that nothing holds up: from machine `m` into the next queue. False: it must wait,
    or something else is to be seen to (`hand_on`).
    """
    machine = state.machine[m]
    u = machine.unit
    unit = state.unit[u]
    if unit.operation == NONE or unit.loop != NONE:  # on a conveyor to where it is built in; or with a card
        return False
    if unit.stopped or machine.mode != NONE:
        return False
    operation = line.operation[unit.operation]
    q = operation.onward
    if q == NONE:
        return False
    queue = state.queue[q]
    capacity = line.queue[q].capacity
    if queue.waiters > 0 or (capacity > 0 and queue.count + queue.reserved >= capacity):
        return False
    unit.reached = max(unit.reached, operation.number)
    unit.operation = operation.next
    machine.unit = NONE
    machine.units = 0
    join(line, state, u, q)
    make_idle(line, state, m)
    return True


@part
def hand_on(line, state, u, m, s, outcome, commands):
    """Unit `u`, worked on by machine `m`, goes where its route and the outcome say."""
    unit = state.unit[u]
    if line.station[s].conveyor != NONE:
        q = unit.heading
        if line.station[s].around != NONE and q != NONE and not may_enter(line, state, q, s):
            go_round(line, state, u, m, commands)
            return
        unit.heading = NONE
        send(line, state, u, q, m, s, commands)
        return
    operation = unit.operation
    constant = line.operation[operation]
    unit.reached = max(unit.reached, constant.number)
    if constant.n_gives > 0:
        take_apart(line, state, u, operation, s, commands)
    after = constant.next
    if constant.inspects:
        after = judge(line, state, u, operation, outcome, commands)
        if after == SCRAPPED:
            remove_from(line, state, u, m, s, commands)
            return
    if unit.loop != NONE and line.loop[unit.loop].drum == s:
        leave_loop(line, state, u)
    if unit.recalled != NONE:
        after = call_in(state, u, after)
        back = True
    else:
        back = after != NONE and line.operation[after].number <= constant.number
        if after != NONE and not back and line.operation[after].sample > 1:
            after = skip_unsampled(line, state, u, after)
    if after == NONE:
        end_route(line, state, u, m, s, commands)
        return
    unit.operation = after
    q = choose_queue(line, state, after)
    if back:
        rework = line.station[line.queue[q].station].rework_queue
        q = rework if rework != NONE else q
    send(line, state, u, q, m, s, commands)


@seldom
def go_round(line, state, u, m, commands):
    """Unit `u` finds no place at its stop and stays on its place `m` of the loop for one more round."""
    machine = state.machine[m]
    machine.unit = u
    machine.units = 1
    machine.left = 0
    machine.task = line.station[line.machine[m].station].around
    start(line, state, m, commands)


@part
def judge(line, state, u, operation, outcome, commands):
    """What follows an inspection: the next operation (NONE: the route is done), or SCRAPPED."""
    unit = state.unit[u]
    constant = line.operation[operation]
    tally = state.operation_tally[operation]
    tally.inspected += 1
    if unit.bad:
        outcome = max(outcome, unit.bad)
        unit.bad = 0
    if constant.sampler != NONE:
        note_verdict(line, state, u, operation, outcome, commands)
    if unit.failed_operation != operation:
        tally.first += 1
    if outcome == Outcome.PASS:
        if unit.failed_operation != operation:
            tally.passed_first += 1
        unit.failed_operation = NONE
        unit.reworks = 0
        return go_on_from(state, u, constant.next)
    tally.failed += 1
    if unit.failed_operation != operation:
        unit.failed_operation = operation
        unit.reworks = 0
    may_return = constant.at_most < 0 or unit.reworks < constant.at_most
    if outcome == Outcome.FAIL and constant.rework != NONE and may_return:
        unit.reworks += 1
        tally.reworked += 1
        state.material_tally[unit.material].reworked += 1
        unit.resume = AGAIN if unit.resume <= HOME else NONE
        return constant.rework
    if outcome == Outcome.FAIL and constant.pass_after:
        return go_on_from(state, u, constant.next)
    tally.scrapped += 1
    return SCRAPPED


@seldom
def skip_unsampled(line, state, u, operation):
    """The operation that a unit goes to when it may be one of those that are not inspected."""
    after = operation
    while after != NONE and line.operation[after].sample > 1:
        if line.operation[after].sampler != NONE:
            if is_sampled(line, state, after, u):
                return after
            after = line.operation[after].next
            continue
        seen = state.operation[after].seen
        state.operation[after].seen = seen + 1
        if seen % line.operation[after].sample == 0:
            return after
        after = line.operation[after].next
    return after


@seldom
def remove_from(line, state, u, m, s, commands):
    """The scrapped unit `u` is taken off machine `m`."""
    leave_station(line, state, u, s, commands)
    if state.machine[m].reserved != NONE:
        give_place_back(line, state, m)
    scrap_unit(line, state, u, commands)
    give_up(line, state, u, m, commands)


@part
def end_route(line, state, u, m, s, commands):
    """The route of unit `u` is done: a component goes to where it is built in, a product leaves."""
    unit = state.unit[u]
    home = line.material[unit.material].home_queue
    unit.operation = NONE
    if home != NONE and unit.resume > HOME:
        finish_unit(line, state, u, commands)
    unit.resume = NONE
    send(line, state, u, home, m, s, commands)


@seldom
def take_apart(line, state, u, operation, s, commands):
    """What comes out beside unit `u` starts on its own way, set down beside the machine if need be."""
    constant = line.operation[operation]
    for k in range(constant.first_give, constant.first_give + constant.n_gives):
        give = line.give[k]
        for _ in range(give.quantity):
            child = new_unit(line, state, give.material, NONE, NONE, commands)
            if line.station[s].traits & F_CARDS:
                state.station[s].present += 1
            first = state.unit[child].operation
            if first == NONE:
                end_route_loose(line, state, child, s, commands)
            else:
                send(line, state, child, choose_queue(line, state, first), NONE, s, commands)


@seldom
def end_route_loose(line, state, u, s, commands):
    """A unit without a route, fresh from disassembly, goes to where it is needed, or leaves."""
    home = line.material[state.unit[u].material].home_queue
    if home != NONE:
        finish_unit(line, state, u, commands)
    send(line, state, u, home, NONE, s, commands)


# ---------------------------------------------------------------- freed places


@part
def admit(line, state, q, commands):
    """Units that wait for a place in queue `q` move up while there is room. True: at least one did."""
    moved = False
    while state.queue[q].waiters > 0 and has_place(line, state, q):
        with_card = NONE if has_room(line, state, q) else line.queue[q].station  # who is there already has a card
        u = first_waiter(line, state, q, with_card)
        if u == NONE:
            break
        unit = state.unit[u]
        moved = True
        if unit.awaits:  # waits on its machine to start, blocking before service
            unit.awaits = 0
            m = unit.machine
            state.queue[q].reserved += 1
            state.machine[m].reserved = q
            advance(line, state, m, commands)
        else:
            go(line, state, u, q, unit.machine, unit.station, commands)
    return moved


@seldom
def clear_machines(line, state, s, commands):
    """Blocked machines of station `s` set their units down in its outbox, as far as it has places."""
    first = line.station[s].first_machine
    for m in range(first, first + line.station[s].n_machines):
        while state.machine[m].blocked != NONE and state.machine[m].mode == NONE:
            if not set_down(line, state, state.machine[m].blocked, s, commands):
                return


@part
def attend(line, state, s, commands):
    """Station `s` attends to what changed: machines load, waiting units move up, work is released.

    Where the pools lack room for a release it stays on the agenda: it goes on here when they have grown.
    """
    station = state.station[s]
    constant = line.station[s]
    while True:
        if constant.traits & (F_BATCH | F_LOT):  # what comes in at the same time goes into the same lot
            while line.queue[constant.queue].n_sources > 0 and release_into(line, state, constant.queue, commands):
                pass
            if state.g[0].need_room:
                call(state, s)
                return
        if constant.plain and station.rule == Rule.FIFO:
            load_plain(line, state, s, commands)
        else:
            load(line, state, s, commands)
        moved = False
        if state.queue[constant.queue].waiters > 0:
            moved = admit(line, state, constant.queue, commands)
        if constant.rework_queue != NONE:
            moved = admit(line, state, constant.rework_queue, commands) or moved
        for q in range(constant.first_component, constant.first_component + constant.n_components):
            moved = admit(line, state, q, commands) or moved
        if not moved and line.queue[constant.queue].n_sources > 0:
            moved = release_into(line, state, constant.queue, commands)
            if state.g[0].need_room:
                call(state, s)
                return
        if not moved:
            break
    if station.outbox_freed:
        station.outbox_freed = 0
        clear_machines(line, state, s, commands)
    if station.freed:
        station.freed = 0
        for k in range(constant.first_behind, constant.first_behind + constant.n_behind):
            call(state, line.link[k])  # under communication blocking they load only when there is a place here
    m = station.idle
    while m != NONE:
        enter_state(state, m, MachineState.STARVED)
        m = state.machine[m].next_idle
