"""Writing commands: the only output of a step."""

from __future__ import annotations

from linewright.compiled import hot


@hot
def order(state, commands, kind, subject, unit, detail, number, amount):
    """Append one command to the buffer of this step."""
    g = state.g[0]
    command = commands[g.commands]
    command.kind = kind
    command.subject = subject
    command.unit = unit
    command.detail = detail
    command.number = number
    command.amount = amount
    command.time_s = g.now_s
    g.commands += 1
