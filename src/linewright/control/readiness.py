"""The gate before a start: is the program of the operation released, and is every tool that it uses there?

What persons and machines say of programs and tools arrives as events. Whether a tool's life lasts is seen to by
`work.tools_ready`, which changes it; `ready_words` says in words what a machine that is not ready waits for.
"""

from __future__ import annotations

from linewright.compiled import seldom
from linewright.control.codes import MachineState
from linewright.control.tally import enter_state


@seldom
def cleared(line, state, m):
    """May machine `m` begin its task, as far as its program and the presence of its tools go? If not, it waits."""
    task = line.task[state.machine[m].task]
    station = line.station[task.station]
    ready = state.operation[task.operation].refused == 0
    for j in range(station.n_tools):
        if line.number[task.first_use + j] > 0.0 and state.tool[line.machine[m].first_tool + j].out:
            ready = False
    if not ready:
        enter_state(state, m, MachineState.NOT_READY)
    return ready


@seldom
def note_tool(state, k, there, used):
    """Tool `k` of a machine has been put in or taken out; `used` of its life, where that is known (else negative)."""
    tool = state.tool[k]
    tool.out = 0 if there else 1
    if used >= 0.0:
        tool.used = used


@seldom
def note_program(state, operation, released):
    """The program of an operation is released for use, or must not be started any more."""
    state.operation[operation].refused = 0 if released else 1
