"""The only door of the line control: `step` takes what just happened and says what is to be done now."""

from __future__ import annotations

from linewright.compiled import Address, kernel, part, seldom
from linewright.control.codes import NONE, Event, MachineState, Stage
from linewright.control.faults import change_shift, fail, repaired
from linewright.control.finish import finish_operation
from linewright.control.flow import attend
from linewright.control.line import Line, open_line
from linewright.control.moves import unit_delivered, unit_loaded
from linewright.control.orders import order_arrived
from linewright.control.persons import person_acts
from linewright.control.quality import catch_recalled, measured, unit_judged
from linewright.control.queues import call, unsettled
from linewright.control.readiness import note_program, note_tool
from linewright.control.release import call_releases
from linewright.control.state import Door, State, open_door, open_state
from linewright.control.supply import buy_if_low, material_arrived
from linewright.control.work import advance, send_people, setup_finished, tool_changed


@part
def happen(line, state, event, commands):
    """What the event itself changes; what follows from it is on the agenda afterwards."""
    kind = event.kind
    subject = event.subject
    if kind == Event.OPERATION_FINISHED:
        machine = state.machine[subject]
        machine.fault = event.number if event.number != NONE else machine.alarm
        finish_operation(line, state, subject, event.detail, commands)
    elif kind == Event.ORDER_ARRIVED:
        order_arrived(line, state, event, commands)
    elif kind == Event.SETUP_FINISHED:
        setup_finished(line, state, subject, commands)
    elif kind == Event.MACHINE_FAILED:
        fail(line, state, subject, event.detail, commands)
    elif kind == Event.MACHINE_REPAIRED:
        repaired(line, state, subject, commands)
    elif kind == Event.UNIT_LOADED:
        unit_loaded(line, state, subject, commands)
    elif kind == Event.UNIT_DELIVERED:
        unit_delivered(line, state, subject, commands)
    elif kind == Event.TOOL_CHANGED:
        tool_changed(line, state, subject, commands)
    elif kind == Event.TOOL_SHARPENED:
        tool_sharpened(line, state, subject, event.detail, commands)
    elif kind == Event.MATERIAL_ARRIVED:
        material_arrived(line, state, subject, event.amount, commands)
    elif kind == Event.SHIFT_CHANGED:
        change_shift(line, state, subject, commands)
    elif kind == Event.WAIT_OVER:
        state.station[subject].wait_set = 0
        call(state, subject)
    elif kind == Event.VALUE_MEASURED:
        measured(line, state, event, commands)
    elif kind == Event.UNIT_JUDGED:
        unit_judged(state, event)
    elif kind == Event.TOOL_NOTED:
        note_tool(state, subject, event.number, event.amount)
        look_if_ready(line, state, event.detail, commands)
    elif kind == Event.PROGRAM_NOTED:
        note_program(state, subject, event.detail)
        for m in range(line.plant[0].machines):
            look_if_ready(line, state, m, commands)
    elif kind == Event.LOOK_AGAIN:
        look_again(line, state, commands)
    else:
        person_acts(line, state, event, commands)


@seldom
def look_again(line, state, commands):
    """The line starts: buy what is short, release what can be. Interrupted for want of room, it just goes on."""
    if unsettled(state):
        return
    for k in range(line.plant[0].materials):
        buy_if_low(line, state, k, commands)
    call_releases(line, state)


@seldom
def look_if_ready(line, state, m, commands):
    """Machine `m` looks again if it waited for its program or a tool."""
    machine = state.machine[m]
    if machine.stage == Stage.LOADED and machine.state == MachineState.NOT_READY:
        advance(line, state, m, commands)


@seldom
def tool_sharpened(line, state, k, m, commands):
    """A sharp tool `k` is back as a spare; machine `m` may have waited for it."""
    tool = state.tool[k]
    tool.spares += 1
    if tool.waiting:
        tool.waiting = 0
        if state.machine[m].stage == Stage.LOADED:
            advance(line, state, m, commands)


@part
def settle(line, state, commands):
    """The stations on the agenda attend to what changed, and to what that changes, until all is quiet.

    Units called back while they were under way turn round as soon as they have arrived.
    People who have become free are sent on when every station has seen to its machines. Where the pools are full
    it stops: the agenda is kept for `LOOK_AGAIN`, so that growing them changes nothing.
    """
    g = state.g[0]
    while unsettled(state) and g.need_room == 0:
        if state.verdict[0].recalls != 0:
            catch_recalled(line, state, commands)
        if g.agenda_n == 0:
            send_people(line, state, commands)
            continue
        g.agenda_n -= 1
        attend(line, state, state.agenda[g.agenda_n], commands)


@part
def step_on(line, state, event, commands):
    """`step` for compiled callers."""
    g = state.g[0]
    g.now_s = event.time_s
    g.commands = 0
    g.events += 1
    happen(line, state, event, commands)
    settle(line, state, commands)


@kernel
def _step(line_at: Address, state_at: Address, door_at: Address) -> int:
    state, door = open_state(state_at), open_door(door_at)
    step_on(open_line(line_at), state, door.event[0], door.command)
    return int(state.g[0].commands)


KERNELS = (_step,)


def step(line: Line, state: State, door: Door) -> int:
    """The event `door.event[0]` happens: change the state, write `door.command`; returns how many commands.

    Deterministic: the same state and events give the same commands, bit for bit.
    """
    return int(_step(line.address, state.address, door.address))
