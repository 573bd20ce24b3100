"""Machines stop and go on: failures and repairs, shifts, and people who take a machine out."""

from __future__ import annotations

from linewright.compiled import seldom
from linewright.control.codes import NONE, Command, MachineState, Stage, Wish
from linewright.control.commands import order
from linewright.control.crews import ask, call_crew, count_time, dismiss, withdraw
from linewright.control.free import go_on, not_idle, open_door
from linewright.control.queues import call
from linewright.control.tally import enter_state
from linewright.control.work import interrupt


@seldom
def fail(line, state, m, mode, commands):
    """Machine `m` has failed in failure mode `mode`: what it does stops, a repairer is asked for."""
    if line.mode[mode].whole:
        m = stop_station(line, state, line.machine[m].station, mode, commands)
        if m == NONE:
            return
    elif state.machine[m].mode != NONE:
        return
    else:
        stop(line, state, m, mode, commands)
    machine = state.machine[m]
    skill = line.mode[mode].skill
    if skill == NONE or ask(line, state, m, skill, Wish.REPAIR):
        machine.began_s = state.g[0].now_s
        order(state, commands, Command.REPAIR, m, NONE, mode, NONE, 0.0)


@seldom
def stop(line, state, m, mode, commands):
    """What machine `m` does stops: it is down, or held to be looked at."""
    machine = state.machine[m]
    if machine.stage == Stage.FREE:
        not_idle(line, state, m)
    interrupt(line, state, m, commands)
    machine.fault = NONE
    machine.mode = mode
    if line.mode[mode].looks:
        machine.alarm = NONE
        enter_state(state, m, MachineState.HELD)
    else:
        state.machine_tally[m].failures += 1
        enter_state(state, m, MachineState.DOWN)


@seldom
def stop_station(line, state, s, mode, commands):
    """All machines of station `s` that still run are down together; returns the one that is repaired for all.

    NONE where the station is down already, or where none runs: then there is nothing to stop.
    """
    mended = NONE
    if state.station[s].down != NONE:
        return mended
    first = line.station[s].first_machine
    for m in range(first, first + line.station[s].n_machines):
        if state.machine[m].mode == NONE:
            stop(line, state, m, mode, commands)
            if mended == NONE:
                mended = m
    if mended != NONE:
        state.station[s].down = mode
    return mended


@seldom
def repaired(line, state, m, commands):
    """The repair at machine `m` is done: it goes on, or the whole station does."""
    s = line.machine[m].station
    station = state.station[s]
    withdraw(line, state, m)  # it may have been repaired before the repairer who was asked for came
    dismiss(state, m)
    if station.down != NONE and state.machine[m].mode == station.down:
        mode = station.down
        station.down = NONE
        first = line.station[s].first_machine
        for k in range(first, first + line.station[s].n_machines):
            if state.machine[k].mode == mode:
                run_again(line, state, k, commands)
    elif station.down == NONE:
        run_again(line, state, m, commands)
    else:  # the whole station is still down
        state.machine[m].looks += line.mode[state.machine[m].mode].looks
        state.machine[m].mode = station.down
        enter_state(state, m, MachineState.DOWN)


@seldom
def run_again(line, state, m, commands):
    """Machine `m` is down no longer: it goes on where it was, unless it is off shift or held.

    Finished units may leave it even so.
    """
    machine = state.machine[m]
    if machine.mode != NONE:
        machine.looks += line.mode[machine.mode].looks
    machine.mode = NONE
    open_door(line, state, m)
    if machine.held:
        enter_state(state, m, MachineState.HELD)
    elif state.station[line.machine[m].station].running == 0 and (
        line.station[line.machine[m].station].pause or machine.stage != Stage.RUNNING
    ):
        enter_state(state, m, MachineState.OFF_SHIFT)
    else:
        go_on(line, state, m, commands)


@seldom
def hold(line, state, m, commands):
    """A person takes machine `m` out: what it does stops."""
    machine = state.machine[m]
    if machine.held:
        return
    if machine.stage == Stage.FREE and machine.mode == NONE:
        not_idle(line, state, m)
    machine.held = 1
    if machine.mode == NONE:
        interrupt(line, state, m, commands)
        enter_state(state, m, MachineState.HELD)


@seldom
def give_back(line, state, m, commands):
    """A person gives machine `m` back: it goes on where it was."""
    machine = state.machine[m]
    if machine.held == 0:
        return
    machine.held = 0
    if machine.mode == NONE:
        if state.station[line.machine[m].station].running == 0:
            enter_state(state, m, MachineState.OFF_SHIFT)
        else:
            go_on(line, state, m, commands)


# ---------------------------------------------------------------- shifts


@seldom
def change_shift(line, state, row, commands):
    """Row `row` of the calendar begins: stations start or stop, people come or go."""
    plant = line.plant[0]
    width = plant.crews + plant.stations
    state.g[0].row = row
    for c in range(plant.crews):
        count_time(state, c)
        state.crew[c].here = line.week[row * width + c]
        call_crew(state, c)
    for s in range(plant.stations):
        running = line.week[row * width + plant.crews + s]
        if running != state.station[s].running:
            state.station[s].running = running
            first = line.station[s].first_machine
            for m in range(first, first + line.station[s].n_machines):
                if running:
                    _start_shift(line, state, m, commands)
                else:
                    _end_shift(line, state, s, m, commands)
        call(state, s)


@seldom
def _start_shift(line, state, m, commands):
    machine = state.machine[m]
    if machine.state == MachineState.OFF_SHIFT:
        enter_state(state, m, MachineState.STARVED)
        go_on(line, state, m, commands)


@seldom
def _end_shift(line, state, s, m, commands):
    machine = state.machine[m]
    if machine.mode != NONE or machine.held:
        return
    if machine.stage == Stage.FREE:
        not_idle(line, state, m)
    elif machine.stage != Stage.LOADED and machine.stage != Stage.UNLOADING and line.station[s].pause == 0:
        return  # finishes what it is doing
    interrupt(line, state, m, commands)
    enter_state(state, m, MachineState.OFF_SHIFT)
