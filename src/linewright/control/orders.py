"""Orders that arrive."""

from __future__ import annotations

from linewright.compiled import part
from linewright.control.codes import NONE, SourceKind
from linewright.control.queues import call_source, has_room
from linewright.control.release import first_queue
from linewright.control.units import accept_order


@part
def order_arrived(line, state, event, commands):
    """An order arrived: from the order file (subject NONE), from a stream, or the next unit of a saturated mix."""
    if event.subject == NONE:
        row = line.order[event.detail]
        state.g[0].arrived = event.detail + 1
        source = line.material[row.material].source
        accept_order(
            line, state, source, row.material, row.quantity, event.detail, row.due_s, row.priority, 0
        )
        return
    k = event.subject
    constant = line.source[k]
    state.source[k].last_s = event.time_s
    if constant.kind == SourceKind.SATURATED:
        state.source[k].next_mix = event.detail
        call_source(line, state, k)
        return
    if constant.lose and not has_room(line, state, first_queue(line, state, k)):
        tally = state.material_tally[event.detail]
        tally.offered += event.number
        tally.lost += event.number
        return
    accept_order(line, state, k, event.detail, event.number, NONE, event.amount, constant.priority, 0)
