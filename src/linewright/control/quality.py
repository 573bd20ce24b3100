"""What measured values decide: tool offsets that follow them."""

from __future__ import annotations

from linewright.compiled import part
from linewright.control.codes import NONE, Command
from linewright.control.commands import order

GAIN = 0.3  # share of the measured deviation that one correction takes back (EWMA, lambda = 0.3)


@part
def measured(line, state, event, commands):
    """A value was measured: out of tolerance the unit is bad; where it compensates a tool, correct the offset."""
    operation = line.task[state.machine[event.subject].task].operation
    if operation == NONE:
        return
    constant = line.operation[operation]
    for k in range(constant.first_check, constant.first_check + constant.n_checks):
        check = line.check[k]
        outside = event.amount < check.lower or event.amount > check.upper
        if check.characteristic == event.detail and outside:
            state.unit[event.number].bad = 1
    if constant.offset_tool == NONE or event.detail != constant.offset_characteristic:
        return
    m = state.unit[event.number].made_by
    if m == NONE or line.machine[m].station != constant.offset_station:
        return
    k = line.machine[m].first_tool + constant.offset_tool
    correction = -GAIN * (event.amount - constant.target)
    state.tool[k].offset += correction
    order(state, commands, Command.OFFSET_TOOL, m, event.number, k, NONE, correction)
