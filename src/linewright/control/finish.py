"""Machines have finished: what came of the work, and where each unit goes from here."""

from __future__ import annotations

from linewright.compiled import hot, part, seldom
from linewright.control.codes import LEAVES, NONE, Outcome, Stage
from linewright.control.crews import dismiss
from linewright.control.dispatch import choose_queue
from linewright.control.free import take_next, wake
from linewright.control.line import F_CARDS, F_NOTES, F_TOOLS
from linewright.control.moves import give_place_back, give_up, leave_line, leave_station, send, wait_there
from linewright.control.notes import note_maker
from linewright.control.quality import AGAIN, HOME, call_in, go_on_from, is_sampled, note_verdict
from linewright.control.queues import line_up, may_enter
from linewright.control.start import start
from linewright.control.units import finish_unit, leave_loop, new_unit, scrap_unit
from linewright.control.work import no_longer_interrupted, wear_tools

SCRAPPED = -2  # instead of a next operation


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
    if machine.units == 1 and pass_on(line, state, m, commands):
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
def pass_on(line, state, m, commands):
    """The short way of a unit that goes to one queue for certain: from machine `m` into it, or it waits for a place.

    False: something else is to be seen to (`hand_on`).
    """
    machine = state.machine[m]
    u = machine.unit
    unit = state.unit[u]
    if unit.operation == NONE or unit.stopped or machine.mode != NONE:  # NONE: on a conveyor to where it is built in
        return False
    operation = line.operation[unit.operation]
    q = operation.onward
    if q == NONE:
        return False
    unit.reached = max(unit.reached, operation.number)
    unit.operation = operation.next
    machine.unit = NONE
    machine.units = 0
    if operation.next == NONE:
        if q == LEAVES:
            unit.resume = NONE
            leave_line(line, state, u, commands)
            take_next(line, state, m, commands)
            return True
        finish_component(line, state, u, commands)
    queue = state.queue[q]
    capacity = line.queue[q].capacity
    if queue.waiters > 0 or (capacity > 0 and queue.count + queue.reserved >= capacity):
        machine.left = 1
        wait_there(line, state, u, q, m, line.machine[m].station, commands)
        return True
    line_up(state, u, q)
    take_next(line, state, m, commands)
    wake(line, state, line.queue[q].station, commands)
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
    if home != NONE:
        finish_component(line, state, u, commands)
    else:
        unit.resume = NONE
    send(line, state, u, home, m, s, commands)


@part
def finish_component(line, state, u, commands):
    """Component `u` is finished, unless it was so before it was called back."""
    if state.unit[u].resume > HOME:
        finish_unit(line, state, u, commands)
    state.unit[u].resume = NONE


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
