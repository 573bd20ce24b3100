"""Work begins at a machine."""

from __future__ import annotations

from linewright.compiled import hot
from linewright.control.codes import NONE, Command, MachineState, Stage
from linewright.control.commands import order
from linewright.control.tally import enter_state


@hot
def begin(state, m):
    """Machine `m` begins some work anew."""
    state.machine[m].began_s = state.g[0].now_s
    state.machine[m].done_s = 0.0


@hot
def start(line, state, m, commands):
    """Machine `m` starts its operation."""
    machine = state.machine[m]
    machine.stage = Stage.RUNNING
    begin(state, m)
    enter_state(state, m, MachineState.PROCESSING)
    operation = line.task[machine.task].operation
    if operation != NONE:
        state.operation_tally[operation].started += machine.pieces
    order(state, commands, Command.START_OPERATION, m, machine.unit, machine.task, machine.pieces, 0.0)
