"""Who made a unit: the machine, and how its tools stood. What is measured later is held against that."""

from __future__ import annotations

from linewright.compiled import seldom
from linewright.control.codes import NONE, Command, Why
from linewright.control.commands import order


@seldom
def note_maker(line, state, u, m, s):
    """Write down that machine `m` of station `s` made unit `u`, and how its tools stood."""
    station = line.station[s]
    for i in range(station.first_note, station.first_note + station.n_notes):
        mark = state.mark[u * line.plant[0].notes + i]
        mark.machine = m
        if line.note[i].tool != NONE:
            tool = state.tool[line.machine[m].first_tool + line.note[i].tool]
            mark.offset = tool.offset
            mark.changes = tool.changes


@seldom
def new_tool(state, m, k, commands):
    """Tool `k` of machine `m` is a new one: it begins without an offset."""
    tool = state.tool[k]
    tool.changes += 1
    if tool.offset != 0.0:
        order(state, commands, Command.OFFSET_TOOL, m, NONE, k, Why.NEW_TOOL, -tool.offset)
        tool.offset = 0.0
