"""What a machine does with the work it holds: get ready, run, be interrupted, go on.

A loaded machine sees to its needs in this order: sharp tools, the right set-up, a place ahead (blocking before
service), a person; then it runs. Whatever it must wait for calls `advance` again when it has come.
"""

from __future__ import annotations

from linewright.compiled import part, seldom
from linewright.control.codes import NONE, Blocking, Command, MachineState, Stage, Wish
from linewright.control.commands import order
from linewright.control.crews import ask, dismiss, next_wish, withdraw
from linewright.control.dispatch import place_ahead, setup_time
from linewright.control.line import F_ATTENDED, F_BATCH, F_LOT, F_NOTES, F_PROGRAM, F_SETUP, F_TOOLS
from linewright.control.notes import new_tool
from linewright.control.queues import may_enter, wait_for
from linewright.control.readiness import cleared
from linewright.control.start import begin, start
from linewright.control.tally import enter_state

F_PREPARES = F_SETUP | F_TOOLS | F_ATTENDED | F_LOT | F_PROGRAM


@part
def is_stopped(state, m):
    """Is machine `m` down, off shift or held by a person?"""
    machine = state.machine[m]
    return machine.mode != NONE or machine.held != 0 or machine.state == MachineState.OFF_SHIFT


@part
def advance(line, state, m, commands):
    """The loaded machine `m` sees to its next need, and starts when it has none left."""
    machine = state.machine[m]
    if is_stopped(state, m):
        return
    s = line.machine[m].station
    station = line.station[s]
    if station.traits & F_PREPARES == 0 and station.blocking != Blocking.BEFORE_SERVICE:
        start(line, state, m, commands)
        return
    machine.pieces = _pieces(line, state, m, s)
    if station.traits & (F_PROGRAM | F_TOOLS) and not cleared(line, state, m):
        return
    if station.traits & F_TOOLS and not tools_ready(line, state, m, commands):
        return
    if station.traits & F_SETUP and not setup_ready(line, state, m, commands):
        return
    if station.blocking == Blocking.BEFORE_SERVICE and not place_reserved(line, state, m):
        return
    skill = line.task[machine.task].skill
    if skill != NONE and machine.crew == NONE and not ask(line, state, m, skill, Wish.ATTEND):
        enter_state(state, m, MachineState.WAITING_CREW)
        return
    start(line, state, m, commands)


@part
def _pieces(line, state, m, s):
    machine = state.machine[m]
    if line.station[s].traits & F_BATCH == 0 and line.task[machine.task].operation != NONE:
        return min(machine.units, line.operation[line.task[machine.task].operation].transfer)
    return machine.units


# ---------------------------------------------------------------- tools


@seldom
def tool_use(line, task, j, pieces):
    """How much of the life of station tool `j` the task uses for so many pieces: s of cutting, or pieces."""
    return line.number[line.task[task].first_use + j] * pieces


@seldom
def tools_ready(line, state, m, commands):
    """Do all tools of machine `m` last for the job? If not, the change of the first worn one is begun."""
    machine = state.machine[m]
    station = line.station[line.machine[m].station]
    for j in range(station.n_tools):
        use = tool_use(line, machine.task, j, machine.pieces)
        k = line.machine[m].first_tool + j
        tool = state.tool[k]
        if use <= 0.0 or tool.used <= 0.0 or tool.used + use <= line.tool[station.first_tool + j].life:
            continue
        machine.tool_index = j
        if tool.spares == 0:
            tool.waiting = 1
            enter_state(state, m, MachineState.NOT_READY)
            return False
        skill = line.tool[station.first_tool + j].skill
        if skill != NONE and not ask(line, state, m, skill, Wish.TOOL):
            enter_state(state, m, MachineState.WAITING_CREW)
            return False
        change_tool(line, state, m, commands)
        return False
    return True


@seldom
def change_tool(line, state, m, commands):
    """Machine `m` gets a sharp tool."""
    machine = state.machine[m]
    station = line.station[line.machine[m].station]
    machine.stage = Stage.CHANGING_TOOL
    begin(state, m)
    enter_state(state, m, MachineState.TOOL_CHANGE)
    k = line.machine[m].first_tool + machine.tool_index
    change_s = line.tool[station.first_tool + machine.tool_index].change_s
    order(state, commands, Command.CHANGE_TOOL, m, machine.unit, k, NONE, change_s)


@seldom
def tool_changed(line, state, m, commands):
    """Machine `m` has a sharp tool; the worn one is sharpened where that is done."""
    machine = state.machine[m]
    station = line.station[line.machine[m].station]
    k = line.machine[m].first_tool + machine.tool_index
    constant = line.tool[station.first_tool + machine.tool_index]
    tool = state.tool[k]
    tool.used = 0.0
    if station.traits & F_NOTES:
        new_tool(state, m, k, commands)
    if constant.spares >= 0:
        tool.spares -= 1
        if constant.resharpen_s >= 0.0:
            order(state, commands, Command.SHARPEN, k, NONE, m, NONE, constant.resharpen_s)
    if machine.interrupted:
        no_longer_interrupted(line, state, m)
    else:
        dismiss(state, m)
    machine.stage = Stage.LOADED
    advance(line, state, m, commands)


@seldom
def wear_tools(line, state, m, pieces):
    """The tools of machine `m` have worked on so many pieces more."""
    station = line.station[line.machine[m].station]
    for j in range(station.n_tools):
        state.tool[line.machine[m].first_tool + j].used += tool_use(line, state.machine[m].task, j, pieces)


# ---------------------------------------------------------------- set-up


@part
def setup_ready(line, state, m, commands):
    """Is machine `m` set up for its unit? If not, the change-over is begun."""
    machine = state.machine[m]
    s = line.machine[m].station
    material = state.unit[machine.unit].material
    if setup_time(line, s, machine.set_for, material) <= 0.0:
        machine.set_for = material
        return True
    skill = line.station[s].setup_skill
    if skill != NONE and not ask(line, state, m, skill, Wish.SETUP):
        enter_state(state, m, MachineState.WAITING_CREW)
        return False
    change_over(line, state, m, commands)
    return False


@part
def change_over(line, state, m, commands):
    """Machine `m` is set up for its unit."""
    machine = state.machine[m]
    s = line.machine[m].station
    material = state.unit[machine.unit].material
    machine.stage = Stage.CHANGING_OVER
    begin(state, m)
    enter_state(state, m, MachineState.SETUP)
    setup_s = setup_time(line, s, machine.set_for, material)
    order(state, commands, Command.CHANGE_OVER, m, machine.unit, material, NONE, setup_s)


@part
def setup_finished(line, state, m, commands):
    """Machine `m` is set up."""
    machine = state.machine[m]
    machine.set_for = state.unit[machine.unit].material
    if machine.interrupted:
        no_longer_interrupted(line, state, m)
    else:
        dismiss(state, m)
    machine.stage = Stage.LOADED
    advance(line, state, m, commands)


# ---------------------------------------------------------------- a place ahead


@seldom
def place_reserved(line, state, m):
    """Has machine `m` a place ahead for its unit (blocking before service)? If not, it waits for one."""
    machine = state.machine[m]
    if machine.reserved != NONE:
        return True
    q = place_ahead(line, state, machine.unit)
    if q == NONE:
        return True
    if state.queue[q].waiters == 0 and may_enter(line, state, q, line.machine[m].station):
        state.queue[q].reserved += 1
        machine.reserved = q
        return True
    state.unit[machine.unit].awaits = 1
    state.unit[machine.unit].machine = m
    wait_for(line, state, machine.unit, q)
    enter_state(state, m, MachineState.BLOCKED)
    return False


# ---------------------------------------------------------------- people


@seldom
def send_people(line, state, commands):
    """The free people of every crew that was called go to the machines that wait for them."""
    for c in range(line.plant[0].crews):
        if state.crew[c].called:
            state.crew[c].called = 0
            state.g[0].crews_called -= 1
            m = next_wish(line, state, c)
            while m != NONE:
                grant(line, state, m, commands)
                m = next_wish(line, state, c)


@seldom
def grant(line, state, m, commands):
    """Machine `m` has got the person it waited for."""
    machine = state.machine[m]
    wish = machine.wish
    machine.wish = Wish.NOTHING
    if wish == Wish.REPAIR:
        machine.began_s = state.g[0].now_s
        order(state, commands, Command.REPAIR, m, NONE, machine.mode, NONE, 0.0)
    elif machine.interrupted:
        resume(line, state, m, commands)
    elif wish == Wish.SETUP:
        change_over(line, state, m, commands)
    elif wish == Wish.TOOL:
        change_tool(line, state, m, commands)
    else:
        start(line, state, m, commands)


# ---------------------------------------------------------------- interruption


@seldom
def interrupt(line, state, m, commands):
    """What machine `m` is doing stops where it is; its person is free meanwhile."""
    machine = state.machine[m]
    withdraw(line, state, m)
    working = (
        machine.stage == Stage.RUNNING
        or machine.stage == Stage.CHANGING_TOOL
        or machine.stage == Stage.CHANGING_OVER
    )
    if working and machine.interrupted == 0:
        machine.interrupted = 1
        machine.done_s += state.g[0].now_s - machine.began_s
        order(state, commands, Command.PAUSE, m, NONE, NONE, NONE, 0.0)
    dismiss(state, m)


@seldom
def no_longer_interrupted(line, state, m):
    """The interrupted work of machine `m` has ended all the same: the machine was done before it heard.

    Whoever repairs it goes on with that.
    """
    state.machine[m].interrupted = 0
    if state.machine[m].mode == NONE:
        withdraw(line, state, m)


@seldom
def enter_working(state, m):
    """Machine `m` is at its work: at the operation, the set-up or the tool change that it is in the middle of."""
    machine = state.machine[m]
    if machine.stage == Stage.RUNNING:
        enter_state(state, m, MachineState.PROCESSING)
    elif machine.stage == Stage.CHANGING_OVER:
        enter_state(state, m, MachineState.SETUP)
    else:
        enter_state(state, m, MachineState.TOOL_CHANGE)


@seldom
def resume(line, state, m, commands):
    """Machine `m` goes on with what was interrupted, or begins it anew where that has been asked for."""
    machine = state.machine[m]
    anew = machine.interrupted == 2
    machine.interrupted = 0
    machine.began_s = state.g[0].now_s
    enter_working(state, m)
    if anew:
        repeat(line, state, m, commands)
    else:
        order(state, commands, Command.RESUME, m, NONE, NONE, NONE, 0.0)


@seldom
def repeat(line, state, m, commands):
    """Machine `m` is told once more what it is to do."""
    machine = state.machine[m]
    station = line.station[line.machine[m].station]
    if machine.stage == Stage.RUNNING:
        order(state, commands, Command.START_OPERATION, m, machine.unit, machine.task, machine.pieces, 0.0)
    elif machine.stage == Stage.CHANGING_OVER:
        material = state.unit[machine.unit].material
        setup_s = setup_time(line, line.machine[m].station, machine.set_for, material)
        order(state, commands, Command.CHANGE_OVER, m, machine.unit, material, NONE, setup_s)
    else:
        k = line.machine[m].first_tool + machine.tool_index
        change_s = line.tool[station.first_tool + machine.tool_index].change_s
        order(state, commands, Command.CHANGE_TOOL, m, machine.unit, k, NONE, change_s)


@seldom
def skill_for_stage(line, state, m):
    """The skill that the interrupted work of machine `m` needs, and the wish for it."""
    machine = state.machine[m]
    station = line.station[line.machine[m].station]
    if machine.stage == Stage.CHANGING_OVER:
        return station.setup_skill, Wish.SETUP
    if machine.stage == Stage.CHANGING_TOOL:
        return line.tool[station.first_tool + machine.tool_index].skill, Wish.TOOL
    return line.task[machine.task].skill, Wish.ATTEND
