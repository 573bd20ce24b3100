"""In words: what a loaded machine waits for before its program may start."""

from __future__ import annotations

from typing import Any

from linewright.control.codes import NONE, MachineState, Stage, Wish
from linewright.control.line import Line, Names
from linewright.control.state import State


def not_ready_words(line: Line, names: Names, state: State, m: int) -> str:
    """As `not ready: tool T3 has 4 min life, program needs 7`; empty where machine `m` does not wait for that."""
    machine: Any = state.machine[m]
    waits = machine.state == MachineState.NOT_READY or machine.wish == Wish.TOOL
    if machine.stage != Stage.LOADED or machine.task == NONE or not waits:
        return ""
    reasons = [*_program(line, names, state, machine), *_tools(line, names, state, m)]
    return "not ready: " + "; ".join(reasons) if reasons else ""


def _program(line: Line, names: Names, state: State, machine: Any) -> list[str]:
    operation = int(line.task[machine.task].operation)
    refused = operation != NONE and state.operation[operation].refused
    return [f"the program of {names.operations[operation]} is not released"] if refused else []


def _tools(line: Line, names: Names, state: State, m: int) -> list[str]:
    """Tools that are not there or do not last."""
    task: Any = line.task[state.machine[m].task]
    station: Any = line.station[task.station]
    reasons = []
    for j in range(int(station.n_tools)):
        k = int(line.machine[m].first_tool) + j
        constant: Any = line.tool[int(station.first_tool) + j]
        tool: Any = state.tool[k]
        name = names.tools[k].removeprefix(f"{names.machines[m]}.")
        use = float(line.number[int(task.first_use) + j]) * max(int(state.machine[m].pieces), 1)
        left = float(constant.life) - float(tool.used)
        if use > 0.0 and tool.out:
            reasons.append(f"tool {name} is not there")
        elif use > 0.0 and tool.used > 0.0 and left < use:
            reasons.append(f"tool {name} has {_life(left, constant)}, program needs {_need(use, constant)}")
    return reasons


def _life(left: float, constant: Any) -> str:
    return f"{max(left, 0.0):.0f} pieces life" if constant.by_count else f"{max(left, 0.0) / 60.0:.3g} min life"


def _need(use: float, constant: Any) -> str:
    return f"{use:.0f}" if constant.by_count else f"{use / 60.0:.3g}"
