"""Tool-offset registers of macro B controls: geometry apart from wear, as variables and by G10 L10 to L13.

#11001.. length geometry, #10001.. length wear, #13001.. radius geometry, #12001.. radius wear, by offset number; what
counts is their sum (Fanuc's offset memory C). In the units in which lengths are stored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linewright.nc.expressions import to_integer
from linewright.nc.faults import Category, ProgramFault
from linewright.nc.setup import Tool

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words

LENGTH_WEAR, LENGTH, RADIUS_WEAR, RADIUS = 10_000, 11_000, 12_000, 13_000
MOST = 999  # offset numbers
#: L of G10 -> the registers that it writes
REGISTERS = {10: LENGTH, 11: LENGTH_WEAR, 12: RADIUS, 13: RADIUS_WEAR}


def fill(run: Interpreter) -> None:
    """The registers as the tool table has them, where nothing is stored."""
    unit = run.setup.stored_length_mm()
    for number, tool in run.tools.items():
        if 1 <= number <= MOST and LENGTH + number not in run.setup.parameters:
            run.numbered[LENGTH + number] = tool.offset[2] / unit
            run.numbered[RADIUS + number] = tool.diameter_mm / 2 / unit


def with_registers(run: Interpreter, tool: Tool) -> Tool:
    """The tool with the length and diameter that its registers give."""
    if not 1 <= tool.number <= MOST:
        return tool
    unit = run.setup.stored_length_mm()
    length = run.numbered[LENGTH + tool.number] + run.numbered[LENGTH_WEAR + tool.number]
    radius = run.numbered[RADIUS + tool.number] + run.numbered[RADIUS_WEAR + tool.number]
    offset = (*tool.offset[:2], length * unit, *tool.offset[3:])
    return replace(tool, offset=offset, diameter_mm=2 * radius * unit)


def set_register(run: Interpreter, kind: int, words: Words) -> None:
    """G10 L10 to L13 P R: a register, by G91 in addition to what stands there."""
    number = to_integer(words.get("p", 0.0), "P")
    if not 1 <= number <= MOST:
        raise ProgramFault(Category.RANGE, f"G10 L{kind} needs the number of the offset: P, 1 to {MOST}")
    if "r" not in words:
        raise ProgramFault(Category.MISSING_WORD, f"G10 L{kind} needs the value: R")
    value = words["r"] * run.unit_mm / run.setup.stored_length_mm()
    index = REGISTERS[kind] + number
    run.numbered[index] = value if run.state.modes.absolute else run.numbered[index] + value
