"""The line flows: machines take units in, finished units go on, freed places are filled, work comes in.

A station attends to whatever changed at it: free machines load, units that wait for its places move up, new
work is released into it. Each of these may free something at another station, which is then put on the
agenda; `step` goes on until the agenda is empty.
"""

from __future__ import annotations

from linewright.compiled import hot, part, seldom
from linewright.control.codes import NONE, MachineState, Rule
from linewright.control.line import F_BATCH, F_LOT
from linewright.control.load import load, load_plain
from linewright.control.moves import go, set_down
from linewright.control.queues import call, first_waiter, has_place, has_room
from linewright.control.release import release_into
from linewright.control.tally import enter_state
from linewright.control.work import advance


@part
def admit(line, state, q, commands):
    """Units that wait for a place in queue `q` move up while there is room. True: at least one did."""
    moved = False
    while state.queue[q].waiters > 0 and has_place(line, state, q):
        with_card = NONE if has_room(line, state, q) else line.queue[q].station  # who is there already has a card
        u = first_waiter(line, state, q, with_card)
        if u == NONE:
            break
        unit = state.unit[u]
        moved = True
        if unit.awaits:  # waits on its machine to start, blocking before service
            unit.awaits = 0
            m = unit.machine
            state.queue[q].reserved += 1
            state.machine[m].reserved = q
            advance(line, state, m, commands)
        else:
            go(line, state, u, q, unit.machine, unit.station, commands)
    return moved


@seldom
def clear_machines(line, state, s, commands):
    """Blocked machines of station `s` set their units down in its outbox, as far as it has places."""
    first = line.station[s].first_machine
    for m in range(first, first + line.station[s].n_machines):
        while state.machine[m].blocked != NONE and state.machine[m].mode == NONE:
            if not set_down(line, state, state.machine[m].blocked, s, commands):
                return


@part
def attend(line, state, s, commands):
    """Station `s` attends to what changed: machines load, waiting units move up, work is released.

    Where the pools lack room for a release it stays on the agenda: it goes on here when they have grown.
    """
    station = state.station[s]
    constant = line.station[s]
    if constant.plain and station.rule == Rule.FIFO:
        flow_plain(line, state, s, commands)
    else:
        flow(line, state, s, commands)
    station.on_agenda = 0  # until here whatever changed at this station was seen to as it flowed
    if state.g[0].need_room:
        call(state, s)
        return
    if station.outbox_freed:
        station.outbox_freed = 0
        clear_machines(line, state, s, commands)
    if station.freed:
        station.freed = 0
        for k in range(constant.first_behind, constant.first_behind + constant.n_behind):
            call(state, line.link[k])  # under communication blocking they load only when there is a place here
    m = station.idle
    while m != NONE:
        enter_state(state, m, MachineState.STARVED)
        m = state.machine[m].next_idle


@hot
def takes_work(line, state, q):
    """Is work released into queue `q`, and has it room for more?"""
    return line.queue[q].n_sources > 0 and has_room(line, state, q)


@hot
def flow_plain(line, state, s, commands):
    """`flow` for a plain station, which has one queue."""
    q = line.station[s].queue
    moved = True
    while moved and state.g[0].need_room == 0:
        load_plain(line, state, s, commands)
        moved = state.queue[q].waiters > 0 and admit(line, state, q, commands)
        if not moved and takes_work(line, state, q):
            moved = release_into(line, state, q, commands)


@part
def flow(line, state, s, commands):
    """Machines of station `s` load and what waits for its places moves up, as long as one makes room for the other."""
    constant = line.station[s]
    q = constant.queue
    moved = True
    while moved and state.g[0].need_room == 0:
        if constant.traits & (F_BATCH | F_LOT):  # what comes in at the same time goes into the same lot
            while takes_work(line, state, q) and release_into(line, state, q, commands):
                pass
            if state.g[0].need_room:
                return
        load(line, state, s, commands)
        moved = state.queue[q].waiters > 0 and admit(line, state, q, commands)
        if constant.rework_queue != NONE:
            moved = admit(line, state, constant.rework_queue, commands) or moved
        for component in range(constant.first_component, constant.first_component + constant.n_components):
            moved = admit(line, state, component, commands) or moved
        if not moved and takes_work(line, state, q):
            moved = release_into(line, state, q, commands)
