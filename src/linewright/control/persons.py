"""What people do to the line: to machines, units, orders and rules.

Everything is checked first, then done: what cannot be done changes nothing but `refused`, which says why. The
same acts among the same events give the same line, live, replayed and simulated.
"""

from __future__ import annotations

from linewright.compiled import seldom
from linewright.control.backlog import enter_backlog, leave_backlog, set_priority
from linewright.control.by_hand import act_on_unit
from linewright.control.codes import NONE, Command, Event, MachineState, Refusal, Rule, Stage, Wish
from linewright.control.commands import order
from linewright.control.faults import give_back, hold
from linewright.control.holds import refuse
from linewright.control.queues import call, call_source
from linewright.control.release import call_releases
from linewright.control.start import begin
from linewright.control.tally import enter_state
from linewright.control.units import close_if_done
from linewright.control.work import enter_working, repeat


@seldom
def person_acts(line, state, event, commands):
    """A person acts; `refused` says why nothing came of it."""
    state.g[0].refused = Refusal.NONE
    kind = event.kind
    if kind == Event.PRIORITY_SET or Event.ORDER_HELD <= kind <= Event.ORDER_CANCELLED:
        act_on_order(line, state, event)
    elif Event.UNIT_HELD <= kind <= Event.UNIT_MOVED:
        act_on_unit(line, state, event, commands)
    elif kind == Event.RULE_SET:
        set_rule(line, state, event.subject, event.detail)
    elif kind == Event.LIMIT_SET:
        set_limit(line, state, event.subject, event.detail)
    elif 0 <= event.subject < line.plant[0].machines:
        act_on_machine(line, state, event, commands)


# ---------------------------------------------------------------- machines


@seldom
def act_on_machine(line, state, event, commands):
    """A person takes a machine out or gives it back, notes a stop, has work begun anew."""
    m = event.subject
    machine = state.machine[m]
    if event.kind == Event.MACHINE_HELD:
        if machine.held:
            refuse(state, Refusal.ALREADY_SO)
        hold(line, state, m, commands)
    elif event.kind == Event.MACHINE_RELEASED:
        if machine.held == 0:
            refuse(state, Refusal.ALREADY_SO)
        give_back(line, state, m, commands)
    elif event.kind == Event.STOP_NOTICED:
        if at_work(state, m) and machine.state != MachineState.DOWN:
            enter_state(state, m, MachineState.DOWN)
        else:
            refuse(state, Refusal.NOT_AT_WORK)
    elif event.kind == Event.STOP_OVER:
        if at_work(state, m) and machine.state == MachineState.DOWN:
            enter_working(state, m)
        else:
            refuse(state, Refusal.NOT_AT_WORK)
    elif event.kind == Event.WORK_REPEATED:
        repeat_work(line, state, m, event.detail, commands)


@seldom
def at_work(state, m):
    """Is machine `m` in the middle of work that nothing is known to hold up?"""
    machine = state.machine[m]
    working = (
        machine.stage == Stage.RUNNING or machine.stage == Stage.CHANGING_TOOL or machine.stage == Stage.CHANGING_OVER
    )
    return working and machine.interrupted == 0 and machine.mode == NONE


@seldom
def repeat_work(line, state, m, command, commands):
    """What became of the work (or repair) of machine `m` is not known to it: it begins anew."""
    machine = state.machine[m]
    if command == Command.REPAIR:
        if machine.mode == NONE or machine.wish == Wish.REPAIR:
            refuse(state, Refusal.NOT_AT_WORK)
            return
        machine.began_s = state.g[0].now_s
        order(state, commands, Command.REPAIR, m, NONE, machine.mode, NONE, 0.0)
        return
    fits = (
        (command == Command.START_OPERATION and machine.stage == Stage.RUNNING)
        or (command == Command.CHANGE_OVER and machine.stage == Stage.CHANGING_OVER)
        or (command == Command.CHANGE_TOOL and machine.stage == Stage.CHANGING_TOOL)
    )
    if not fits:
        refuse(state, Refusal.NOT_AT_WORK)
    elif machine.interrupted:
        machine.interrupted = 2
        machine.done_s = 0.0
    else:
        begin(state, m)
        enter_working(state, m)
        repeat(line, state, m, commands)


# ---------------------------------------------------------------- orders


@seldom
def act_on_order(line, state, event):
    """A person gives an order another priority, holds it, releases it, or cancels what has not been released."""
    slot = event.subject
    if slot < 0 or slot >= len(state.order) or state.order[slot].to_release + state.order[slot].open == 0:
        refuse(state, Refusal.NO_SUCH_ORDER)
        return
    if event.kind == Event.ORDER_CANCELLED:
        cancel_order(line, state, slot)
        return
    stopped = 1 if event.kind == Event.ORDER_HELD else 0
    if event.kind != Event.PRIORITY_SET and state.order[slot].stopped == stopped:
        refuse(state, Refusal.ALREADY_SO)
        return
    number = state.order[slot].number
    for other in range(len(state.order)):
        mate = state.order[other]
        if other != slot and (number == NONE or mate.number != number or mate.to_release + mate.open == 0):
            continue
        if event.kind == Event.PRIORITY_SET:
            set_priority(state, other, event.amount)
        elif event.kind == Event.ORDER_HELD:
            hold_order(state, other)
        else:
            release_order(line, state, other)


@seldom
def hold_order(state, slot):
    """No more units of order `slot` are released."""
    held = state.order[slot]
    if held.stopped == 0 and held.to_release > 0:
        leave_backlog(state, slot)
    held.stopped = 1


@seldom
def release_order(line, state, slot):
    """Order `slot` is back in the backlog, at the place of its arrival."""
    held = state.order[slot]
    if held.stopped and held.to_release > 0:
        enter_backlog(state, slot)
        call_source(line, state, held.source)
    held.stopped = 0


@seldom
def cancel_order(line, state, slot):
    """What has not been released of order `slot` never will be; what is under way is finished."""
    cancelled = state.order[slot]
    if cancelled.derived:
        refuse(state, Refusal.NOT_FOR_COMPONENTS)
        return
    if cancelled.to_release == 0:
        refuse(state, Refusal.ALREADY_SO)
        return
    if cancelled.stopped == 0:
        leave_backlog(state, slot)
    cancelled.quantity -= cancelled.to_release
    cancelled.to_release = 0
    call_source(line, state, cancelled.source)
    close_if_done(line, state, slot)


# ---------------------------------------------------------------- rules


@seldom
def set_rule(line, state, s, rule):
    """Station `s` dispatches by another rule from now on."""
    if not may_use(line, s, rule):
        refuse(state, Refusal.NO_SUCH_RULE)
    elif state.station[s].rule == rule:
        refuse(state, Refusal.ALREADY_SO)
    else:
        state.station[s].rule = rule
        call(state, s)


@seldom
def may_use(line, s, rule):
    """Is there such a station, and such a rule for it?"""
    if not 0 <= s < line.plant[0].stations or not 0 <= rule <= Rule.USER:
        return False
    return line.station[s].conveyor == NONE and (rule != Rule.USER or line.station[s].user_rule != 0)


@seldom
def set_limit(line, state, loop, cards):
    """So many cards go round in a loop of the release; what is on the line beyond them stays until it is done."""
    if not 0 <= loop < line.plant[0].loops or cards < 1:
        refuse(state, Refusal.NO_SUCH_RULE)
    elif state.loop[loop].limit == cards:
        refuse(state, Refusal.ALREADY_SO)
    else:
        state.loop[loop].limit = cards
        call_releases(line, state)
