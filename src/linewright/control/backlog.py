"""The backlog of a source, as people change it: orders leave it, come back, and go ahead of others."""

from __future__ import annotations

from linewright.compiled import seldom
from linewright.control.codes import NONE


@seldom
def leave_backlog(state, slot):
    """Order `slot` waits for its release no longer."""
    source = state.source[state.order[slot].source]
    before = NONE
    other = source.first_order
    while other != slot:
        before = other
        other = state.order[other].next
    after = state.order[slot].next
    if before == NONE:
        source.first_order = after
    else:
        state.order[before].next = after
    if source.last_order == slot:
        source.last_order = before
    state.order[slot].next = NONE


@seldom
def insert(state, slot, before):
    """Order `slot` stands behind order `before` (NONE: first) in the backlog of its source."""
    source = state.source[state.order[slot].source]
    if before == NONE:
        state.order[slot].next = source.first_order
        source.first_order = slot
    else:
        state.order[slot].next = state.order[before].next
        state.order[before].next = slot
    if source.last_order == before:
        source.last_order = slot


@seldom
def enter_backlog(state, slot):
    """Order `slot` waits for its release, behind the orders that arrived before it."""
    before = NONE
    other = state.source[state.order[slot].source].first_order
    while other != NONE and state.order[other].arrived_s <= state.order[slot].arrived_s:
        before = other
        other = state.order[other].next
    insert(state, slot, before)


@seldom
def set_priority(state, slot, priority):
    """Order `slot` has another priority: it goes ahead of less urgent ones, its units on the line follow."""
    mine = state.order[slot]
    mine.priority = priority
    for u in range(len(state.unit)):
        if state.unit[u].order == slot:
            state.unit[u].priority = priority
    if mine.to_release == 0 or mine.stopped:
        return
    leave_backlog(state, slot)
    before = NONE
    other = state.source[mine.source].first_order
    while other != NONE and state.order[other].priority <= priority:
        before = other
        other = state.order[other].next
    insert(state, slot, before)
