"""Units that a person has stopped: held or scrapped where they next come to a queue.

A held unit stands aside. It keeps its place in the queue (the line cannot know whether somebody has carried it
away), so that it has one when it is released; it does not keep its card.
"""

from __future__ import annotations

from linewright.compiled import seldom
from linewright.control.codes import NONE, QueueKind, SourceKind, Stop
from linewright.control.line import F_CARDS
from linewright.control.queues import call_for, call_source, place_freed
from linewright.control.units import accept_order, scrap_unit


@seldom
def refuse(state, why):
    """Nothing comes of what a person asked for."""
    state.g[0].refused = why


@seldom
def has_card(line, q):
    """Does a unit in queue `q` have a card of its station?"""
    if q == NONE or line.queue[q].kind == QueueKind.COMPONENT:
        return False
    s = line.queue[q].station
    return s != NONE and line.station[s].traits & F_CARDS != 0


@seldom
def free_place(line, state, q):
    """A place of queue `q` (NONE: the way out) is free: whoever waits for it looks again."""
    if q != NONE:
        call_for(line, state, q)
        place_freed(line, state, q)


@seldom
def keep_back(line, state, u, q, commands):
    """The stopped unit `u` has come to queue `q`, which has room (NONE: the way out)."""
    if state.unit[u].stopped == Stop.SCRAP:
        write_off(line, state, u, commands)
        free_place(line, state, q)
    else:
        lay_aside(state, u, q)


@seldom
def lay_aside(state, u, q):
    """Unit `u` stands aside at queue `q` (NONE: at the way out), where its place is kept."""
    state.unit[u].stopped = Stop.ASIDE
    state.unit[u].aside = q
    if q != NONE:
        state.queue[q].reserved += 1


@seldom
def no_longer_aside(state, u):
    """Unit `u` stands aside no more; returns the queue where it had a place."""
    q = state.unit[u].aside
    state.unit[u].stopped = Stop.NOTHING
    state.unit[u].aside = NONE
    if q != NONE:
        state.queue[q].reserved -= 1
    return q


@seldom
def write_off(line, state, u, commands):
    """Unit `u`, which is nowhere on the line any more, is scrapped; a finished component is ordered again."""
    unit = state.unit[u]
    if unit.source != NONE:  # it had not been begun
        state.source[unit.source].waiting -= 1
        call_source(line, state, unit.source)
        unit.source = NONE
    material = unit.material
    finished = unit.operation == NONE and unit.order == NONE and line.material[material].home_queue != NONE
    due_s, priority = unit.due_s, unit.priority
    scrap_unit(line, state, u, commands)
    source = line.material[material].source
    if finished and line.plant[0].replace_scrap and source != NONE and line.source[source].kind == SourceKind.ORDERS:
        accept_order(line, state, source, material, 1, NONE, due_s, priority, 1)
