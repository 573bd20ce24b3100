"""What machines, people and customers do, sampled: the part of the plant that the control does not decide.

Nature obeys commands (`obey`: how long will it take, will the machine fail before) and says what happens next
(`next_event`). Everything that can have an event pending owns one clock; a tournament tree over the clocks
finds the next one, so an event is set, moved and cancelled at the same small cost.
"""

from __future__ import annotations

import math

import numpy as np

from linewright.compiled import call_apart, hot, part, seldom
from linewright.control.codes import NONE, Command, Event, Outcome
from linewright.control.dispatch import task_for
from linewright.control.line import F_BATCH
from linewright.twin.clocks import ring, set_clock
from linewright.twin.random import draw, draw_time, normal, uniform
from linewright.twin.tables import GAUGE_STREAMS
from linewright.twin.values import LEFT, LOOKED, MADE, RELEASED

# ---------------------------------------------------------------- machines


@hot
def begin_work(nature, m, now_s):
    """The machine's clock is set for the end of its work, or for a failure before that."""
    machine = nature.machine[m]
    machine.since_s = now_s
    machine.began = 1
    machine.doing = machine.work
    ends_s = machine.left_s
    if machine.work == Event.OPERATION_FINISHED and machine.fails_s - machine.busy_s < ends_s:
        ends_s = max(machine.fails_s - machine.busy_s, 0.0)
        machine.doing = Event.MACHINE_FAILED
        machine.mode = machine.fails_by
    set_clock(nature, m, now_s + ends_s)


@seldom
def stop_work(nature, m, now_s):
    """The machine's work stops where it is; busy time counts towards its failures."""
    machine = nature.machine[m]
    if machine.began == 0:
        return
    machine.began = 0
    done_s = now_s - machine.since_s
    machine.left_s = max(machine.left_s - done_s, 0.0)
    if machine.work == Event.OPERATION_FINISHED:
        machine.busy_s += done_s


@seldom
def expect_failure(line, nature, m):
    """Look up which failure by busy time strikes machine `m` next, and when."""
    machine = nature.machine[m]
    first = nature.first_mode[m]
    machine.fails_s = math.inf
    for j in range(line.station[line.machine[m].station].n_modes):
        if nature.failure_s[first + j] < machine.fails_s:
            machine.fails_s = nature.failure_s[first + j]
            machine.fails_by = j


@seldom
def mode_stream(nature, m, j):
    """The random stream of the `j`-th failure mode of machine `m`."""
    return nature.case[0].stream_mode + nature.first_mode[m] + j


# ---------------------------------------------------------------- obeying commands


@part
def obey(line, state, nature, command):
    """One command of the control: sample how long it takes and set the clock for its end."""
    kind = command.kind
    now_s = command.time_s
    m = command.subject
    if kind == Command.START_OPERATION:
        machine = nature.machine[m]
        machine.left_s = _operation_time(line, nature, command)
        machine.work = Event.OPERATION_FINISHED
        machine.measuring = 0
        machine.piece = 0
        begin_work(nature, m, now_s)
    elif kind >= Command.RELEASE:
        if nature.case[0].values != 0:
            follow_unit(line, state, nature, command)
    elif kind == Command.CHANGE_OVER:
        nature.machine[m].work = Event.SETUP_FINISHED
        nature.machine[m].left_s = command.amount
        begin_work(nature, m, now_s)
    elif kind == Command.CHANGE_TOOL:
        nature.machine[m].work = Event.TOOL_CHANGED
        nature.machine[m].left_s = _change_time(line, nature, m, command.detail)
        begin_work(nature, m, now_s)
    elif kind == Command.REPAIR:
        repair(line, nature, m, command.detail, now_s)
    elif kind == Command.PAUSE:
        stop_work(nature, m, now_s)
        set_clock(nature, m, math.inf)
    elif kind == Command.RESUME:
        begin_work(nature, m, now_s)
    else:
        obey_elsewhere(nature, command)


@part
def _operation_time(line, nature, command):
    t = command.detail
    stream = nature.case[0].stream_task + t
    law = nature.task[t].law
    seconds = draw_time(nature.law, nature.value, nature.stream, stream, law)
    if command.number > 1 and line.station[line.task[t].station].traits & F_BATCH == 0:
        for _ in range(command.number - 1):
            seconds += draw(nature.law, nature.value, nature.stream, stream, law)
    return seconds


@seldom
def _change_time(line, nature, m, k):
    """How long it takes to change tool `k` of machine `m`."""
    tool = line.station[line.machine[m].station].first_tool + k - line.machine[m].first_tool
    stream = nature.case[0].stream_change + k
    return draw(nature.law, nature.value, nature.stream, stream, nature.change[tool].law)


@seldom
def repair(line, nature, m, mode, now_s):
    """Machine `m` is being repaired."""
    j = mode - line.station[line.machine[m].station].first_mode
    stream = nature.case[0].stream_repair + nature.first_mode[m] + j
    if line.mode[mode].looks:
        stream = nature.case[0].stream_look + mode
    nature.machine[m].doing = Event.MACHINE_REPAIRED
    nature.machine[m].mode = j
    set_clock(nature, m, now_s + draw(nature.law, nature.value, nature.stream, stream, nature.mode[mode].repair))


@seldom
def renew(line, state, nature, m, now_s):
    """Machine `m` is repaired (or looked at): the time to the next failure of that kind starts anew."""
    j = nature.machine[m].mode
    station = line.station[line.machine[m].station]
    mode = station.first_mode + j
    if line.mode[mode].looks:
        if nature.case[0].values != 0:
            call_apart(nature.case[0].values, line, state, nature, LOOKED, m, 0, 0.0)
        return
    if line.mode[mode].whole:
        m = station.first_machine  # whose clock it is, whichever machine was repaired
    k = nature.first_mode[m] + j
    every_s = draw(nature.law, nature.value, nature.stream, mode_stream(nature, m, j), nature.mode[mode].every)
    if line.mode[mode].busy:
        nature.failure_s[k] = nature.machine[m].busy_s + every_s
        expect_failure(line, nature, m)
    else:
        set_clock(nature, nature.case[0].last_mode - k, now_s + every_s)


@part
def obey_elsewhere(nature, command):
    """Commands to vehicles, suppliers, timers and the order book."""
    case = nature.case[0]
    kind = command.kind
    rings_s = command.time_s + command.amount
    k = command.subject
    if kind == Command.FETCH or kind == Command.DELIVER:
        i = case.first_vehicle + k
        nature.clock[i].kind = Event.UNIT_LOADED if kind == Command.FETCH else Event.UNIT_DELIVERED
        set_clock(nature, i, rings_s)
    elif kind == Command.CALL_ORDER:
        set_clock(nature, case.first_mix + k, command.time_s)
    elif kind == Command.WAIT:
        set_clock(nature, case.first_wait + k, rings_s)
    elif kind == Command.SHARPEN:
        i = nature.sharpener[k].first
        last = i + nature.sharpener[k].n - 1
        while i < last and nature.rings_s[i] < math.inf:
            i += 1
        nature.clock[i].detail = command.detail
        set_clock(nature, i, rings_s)
    elif kind == Command.BUY:
        stream = case.stream_supply + k
        lead_s = draw(nature.law, nature.value, nature.stream, stream, nature.bought[k].law)
        set_clock(nature, case.first_material + k, command.time_s + lead_s)


# ---------------------------------------------------------------- true and measured values


@seldom
def follow_unit(line, state, nature, command):
    """A unit comes into being with its values, or leaves the line (or is built in) as it is."""
    values = nature.case[0].values
    if command.kind == Command.RELEASE:
        call_apart(values, line, state, nature, RELEASED, command.unit, command.subject, 0.0)
    elif command.kind == Command.TAKE:
        call_apart(values, line, state, nature, LEFT, command.detail, 0, 0.0)
    elif command.kind == Command.FINISH and line.material[command.subject].home_queue == NONE:
        call_apart(values, line, state, nature, LEFT, command.unit, 0, 0.0)


@seldom
def tell(line, state, nature, m, event):
    """What machine `m` says of its pieces, one by one, before it has finished: values, and bad ones of several.

    True: `event` is that; False: nothing is left to say.
    """
    machine = nature.machine[m]
    pieces = state.machine[m].pieces
    if line.task[state.machine[m].task].operation == NONE:
        return False
    while machine.piece < pieces:
        u = state.machine[m].unit
        for _ in range(machine.piece):
            u = state.unit[u].next
        n_checks = line.operation[state.unit[u].operation].n_checks
        machine.measuring += 1
        if machine.measuring <= n_checks:
            measure(line, state, nature, m, u, machine.measuring - 1, event)
            return True
        machine.piece += 1
        machine.measuring = 0
        if pieces > 1:
            t = task_for(line, state, u, line.machine[m].station)
            found = outcome(nature, t) if nature.task[t].judges else np.int64(Outcome.PASS)
            if found != Outcome.PASS:
                event.kind = Event.UNIT_JUDGED
                event.subject = m
                event.detail = found
                event.number = u
                return True
    return False


@seldom
def measure(line, state, nature, m, u, k, event):
    """The `k`-th value that machine `m` measures on unit `u`."""
    c = line.check[line.operation[state.unit[u].operation].first_check + k].characteristic
    case = nature.case[0]
    law = nature.characteristic[c]
    event.kind = Event.VALUE_MEASURED
    event.subject = m
    event.detail = c
    event.number = u
    noise = law.repeatability * normal(nature.stream, case.stream_value + GAUGE_STREAMS * c + 1)
    event.amount = nature.made[u * case.characteristics + c] + law.bias + noise


@part
def outcome(nature, t):
    """What an inspection (task `t`, which judges) says of a unit by its shares."""
    law = nature.task[t]
    u = uniform(nature.stream, nature.case[0].stream_judge + t)
    if u < law.fail_rate:
        return np.int64(Outcome.FAIL)
    return np.int64(Outcome.SCRAP) if u < law.fail_rate + law.scrap_rate else np.int64(Outcome.PASS)


# ---------------------------------------------------------------- what happens next


@part
def next_event(line, state, nature, i, event):
    """Clock `i` rings: fill in what happens."""
    event.time_s = nature.rings_s[i]
    event.detail = NONE
    event.number = NONE
    event.amount = 0.0
    case = nature.case[0]
    if i < line.plant[0].machines:
        machine_event(line, state, nature, i, event)
        return
    ring(nature, i)
    clock = nature.clock[i]
    event.kind = clock.kind
    event.subject = clock.subject
    if clock.kind == Event.ORDER_ARRIVED:
        order_event(line, nature, i, event)
    elif clock.kind == Event.MACHINE_FAILED:
        calendar_failure(line, nature, i, event)
    elif clock.kind == Event.SHIFT_CHANGED:
        shift_event(line, nature, event)
    elif clock.kind == Event.MATERIAL_ARRIVED:
        event.amount = line.material[clock.subject].reorder_quantity
    elif i >= case.first_tool:
        event.detail = clock.detail


@part
def machine_event(line, state, nature, m, event):
    """The clock of machine `m` rings: its work is done, or it fails, or it is repaired."""
    machine = nature.machine[m]
    event.subject = m
    if machine.doing == Event.OPERATION_FINISHED:
        if nature.case[0].tells:
            if nature.makes[line.machine[m].station] and machine.piece + machine.measuring == 0:
                call_apart(nature.case[0].values, line, state, nature, MADE, m, 0, 0.0)
            if tell(line, state, nature, m, event):
                return
        machine.began = 0
        machine.busy_s += machine.left_s
        if machine.fails_s <= machine.busy_s:  # not yet noticed: it fails when it is next asked to start
            event.number = line.station[line.machine[m].station].first_mode + machine.fails_by
        event.detail = Outcome.PASS
        if nature.case[0].judges and nature.task[state.machine[m].task].judges and state.machine[m].pieces == 1:
            event.detail = outcome(nature, state.machine[m].task)
        ring(nature, m)
        event.kind = Event.OPERATION_FINISHED
        return
    ring(nature, m)
    event.kind = machine.doing
    if machine.doing == Event.MACHINE_FAILED:
        stop_work(nature, m, event.time_s)
        event.detail = line.station[line.machine[m].station].first_mode + machine.mode
    elif machine.doing == Event.MACHINE_REPAIRED:
        renew(line, state, nature, m, event.time_s)


@seldom
def calendar_failure(line, nature, i, event):
    """A failure by calendar strikes. Should the machine be down already, it strikes again later instead."""
    clock = nature.clock[i]
    m = clock.subject
    event.detail = clock.detail
    j = nature.case[0].last_mode - i - nature.first_mode[m]
    law = nature.mode[clock.detail].every
    every_s = draw(nature.law, nature.value, nature.stream, mode_stream(nature, m, j), law)
    set_clock(nature, i, event.time_s + every_s)


@seldom
def shift_event(line, nature, event):
    """The next row of the weekly calendar begins."""
    case = nature.case[0]
    plant = line.plant[0]
    event.subject = case.next_row
    case.next_row += 1
    if case.next_row == plant.week_rows:
        case.next_row = 0
        case.cycle += 1
    if plant.week_rows > 1:
        set_clock(nature, case.shift, case.cycle * plant.week_s + line.week_s[case.next_row])


@seldom
def next_arrival_s(nature, a, time_s, every_s):
    """When the next order of stream `a` comes: `every_s` after `time_s`, counted faster in busy hours.

    A renewal process on a time scale of its own (Gerhardt & Nelson 2009): with exponential times it is exactly the
    Poisson process of that profile.
    """
    arrival = nature.arrival[a]
    if arrival.n_rates == 0:
        return time_s + every_s
    left_s = every_s
    now_s = time_s
    hour = np.int64(time_s / 3600.0)
    while left_s < math.inf:
        rate = nature.value[arrival.first_rate + hour % arrival.n_rates]
        ends_s = (hour + 1) * 3600.0
        if rate * (ends_s - now_s) > left_s:
            return now_s + left_s / rate
        left_s -= rate * (ends_s - now_s)
        now_s = ends_s
        hour += 1
    return math.inf


@seldom
def order_event(line, nature, i, event):
    """An order arrives: from the order file, from a random stream, or the next draw of a saturated mix."""
    case = nature.case[0]
    if i == case.file:
        event.subject = NONE
        event.detail = case.next_order
        case.next_order += 1
        if case.next_order < case.orders:
            set_clock(nature, i, max(line.order[case.next_order].release_s, event.time_s))
        return
    a = nature.clock[i].detail
    arrival = nature.arrival[a]
    stream = case.stream_arrival + 3 * a
    j = arrival.first
    if arrival.n > 1:
        u = uniform(nature.stream, stream + 1)
        while j < arrival.first + arrival.n - 1 and u >= nature.share[j].up_to:
            j += 1
    event.detail = nature.share[j].material
    event.number = arrival.quantity
    event.subject = nature.share[j].source
    event.amount = math.inf
    if arrival.due != NONE:
        event.amount = event.time_s + draw(nature.law, nature.value, nature.stream, stream + 2, arrival.due)
    if arrival.law != NONE:
        every_s = draw(nature.law, nature.value, nature.stream, stream, arrival.law)
        set_clock(nature, i, next_arrival_s(nature, a, event.time_s, every_s))
