"""What measured values decide: bad units, charts that signal, machines that are held, tools that are corrected.

The plan itself (`ask`) is compiled apart. Here is what the line does about its answers.
"""

from __future__ import annotations

from linewright.compiled import call_apart, part, seldom
from linewright.control.codes import NONE, Ask, Command, QueueKind, Reaction, Stage
from linewright.control.commands import order
from linewright.control.dispatch import choose_queue
from linewright.control.faults import fail
from linewright.control.line import F_CARDS
from linewright.control.moves import send
from linewright.control.queues import leave, place_freed
from linewright.control.sampling import recall_range

# where a unit goes on that came back to be inspected, if at no operation (`unit.resume`)
END = -2  # its route was done
HOME = -3  # it was a finished component, waiting to be built in
AGAIN = -4  # the same, and it is reworked


@seldom
def measured(line, state, event, commands):
    """A value was measured: outside the limits the unit is bad; the quality plan says what else follows."""
    u = event.number
    operation = state.unit[u].operation
    if operation == NONE:
        return
    constant = line.operation[operation]
    for k in range(constant.first_check, constant.first_check + constant.n_checks):
        check = line.check[k]
        if check.characteristic == event.detail:
            if event.amount < check.lower or event.amount > check.upper:
                state.unit[u].bad = max(state.unit[u].bad, 1)
            if check.watched:
                ask(line, state, k, u, event.amount, commands)
            return


@seldom
def unit_judged(state, event):
    """One unit of a batch or a lot was found good, bad, or scrap."""
    state.unit[event.number].bad = max(state.unit[event.number].bad, event.detail)


@seldom
def ask(line, state, k, u, value, commands):
    """The quality plan takes in a value; the line does what it answers."""
    answer = call_apart(line.plant[0].quality, line, state, state, Ask.MEASURED, k, u, value)
    verdict = state.verdict[0]
    check = line.check[k]
    m = verdict.machine
    if answer & Reaction.CORRECT:
        order(state, commands, Command.OFFSET_TOOL, m, u, verdict.tool, verdict.why, verdict.correction)
    if answer & Reaction.SIGNAL:
        order(state, commands, Command.SIGNAL, m, u, check.characteristic, verdict.signals, value)
    if answer & Reaction.HOLD:
        hold_maker(line, state, m, k, commands)
    if answer & Reaction.RECALL:
        recall(line, state, u, k, check.operation, commands)


@seldom
def hold_maker(line, state, m, k, commands):
    """Machine `m` stops when its present job is done, and somebody looks."""
    machine = state.machine[m]
    if machine.alarm != NONE or (machine.mode != NONE and line.mode[machine.mode].looks):
        return
    state.check_tally[k].holds += 1
    mode = line.check[k].hold
    if machine.stage == Stage.FREE and machine.mode == NONE:
        fail(line, state, m, mode, commands)
        return
    machine.alarm = mode
    if machine.fault == NONE:
        machine.fault = mode


# ---------------------------------------------------------------- sampling, and the way back


@seldom
def is_sampled(line, state, operation, u):
    """Is unit `u` inspected by the operation that it comes to? If not, that is written down."""
    if call_apart(line.plant[0].quality, line, state, state, Ask.SAMPLE, operation, u, 0.0):
        return True
    state.unit[u].skipped_at = operation
    return False


@seldom
def note_verdict(line, state, u, operation, outcome, commands):
    """Unit `u` of a sample was judged; a rejected lot comes back."""
    answer = call_apart(line.plant[0].quality, line, state, state, Ask.JUDGED, operation, u, outcome)
    if answer & Reaction.RECALL:
        recall(line, state, u, line.operation[operation].first_check, operation, commands)


@seldom
def recall(line, state, u, k, operation, commands):
    """Units that went by an inspection uninspected come back to it, as far as they are still here."""
    first, last = recall_range(line, state, operation, u)
    n = 0
    for other in range(len(state.unit)):
        unit = state.unit[other]
        if unit.serial != NONE and unit.skipped_at == operation and first <= unit.skipped <= last:
            unit.skipped_at = NONE
            unit.recalled = operation
            order(state, commands, Command.RECALL, operation, other, NONE, NONE, 0.0)
            n += 1
    if n > 0:
        state.verdict[0].recalls = 1
        state.check_tally[k].recalled += n
        for q in range(line.plant[0].queues):
            take_back(line, state, q, operation, commands)


@seldom
def take_back(line, state, q, operation, commands):
    """Recalled units that wait in queue `q` go back at once; those at work do so when that is done."""
    before = NONE
    u = state.queue[q].head
    while u != NONE:
        unit = state.unit[u]
        after = unit.next
        if unit.recalled == operation and unit.heading == NONE:
            leave(state, q, before, u)
            place_freed(line, state, q)
            unit.recalled = NONE
            unit.resume = HOME if unit.operation == NONE else unit.operation
            unit.operation = operation
            send(line, state, u, queue_back(line, state, operation), NONE, place_to_leave(line, q), commands)
        else:
            before = u
        u = after


@seldom
def catch_recalled(line, state, commands):
    """Units that were under way when they were called back are taken out of the queue that they have come to."""
    outstanding = 0
    for u in range(len(state.unit)):
        unit = state.unit[u]
        if unit.serial == NONE or unit.recalled == NONE:
            continue
        outstanding = 1
        if unit.queue != NONE and unit.heading == NONE:
            take_back(line, state, unit.queue, unit.recalled, commands)
    state.verdict[0].recalls = outstanding


@seldom
def queue_back(line, state, operation):
    """The queue for units that come back to an operation."""
    q = choose_queue(line, state, operation)
    rework = line.station[line.queue[q].station].rework_queue
    return rework if rework != NONE else q


@seldom
def place_to_leave(line, q):
    """The place that a unit taken out of queue `q` leaves; the line's entrance where it held no card there."""
    s = line.queue[q].station
    if s == NONE or (line.station[s].traits & F_CARDS and line.queue[q].kind == QueueKind.COMPONENT):
        return line.plant[0].stations
    return s


@seldom
def call_in(state, u, after):
    """Unit `u` was recalled: it goes to the inspection first, and on to `after` (NONE: its end) from there."""
    unit = state.unit[u]
    unit.resume = END if after == NONE else after
    operation = unit.recalled
    unit.recalled = NONE
    return operation


@part
def go_on_from(state, u, after):
    """Where unit `u`, found good, goes on: after the operation, or where it was called back from."""
    unit = state.unit[u]
    resume = unit.resume
    if resume >= 0 or resume == END:
        unit.resume = NONE
        return resume if resume >= 0 else NONE
    return NONE if resume == HOME else after
