"""Why a line stands still: who waits for whom, in words, read off a state.

A plain Python function: it is asked once, after the fact, by whoever saw that nothing will ever happen again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from linewright.control.codes import NONE, Blocking, Stage, Stop, Wish
from linewright.control.line import Names
from linewright.control.ready_words import not_ready_words
from linewright.control.state import State

NOBODY = int(NONE)  # no station is waited for


def find_deadlock(line: Any, names: Names, state: State) -> list[str]:
    """Sentences that say who waits for whom; the circle first, if there is one. Empty: nobody waits."""
    waits = list(_waits(line, names, state))
    edges: dict[int, list[int]] = {}
    for one, other, _ in waits:
        if other != NONE:
            edges.setdefault(one, []).append(other)
    circle = _circle(edges)
    sentences = []
    if circle:
        ring = [names.stations[s] for s in [*circle, circle[0]]]
        sentences.append(f"a circle in which each waits for the next: {' -> '.join(ring)}")
    in_circle = set(circle)
    ordered = sorted(waits, key=lambda wait: wait[0] not in in_circle)
    return list(dict.fromkeys([*sentences, *(words for _, _, words in ordered)]))


def _waits(line: Any, names: Names, state: State) -> Iterator[tuple[int, int, str]]:
    """(station that waits, station waited for or NONE, in words)."""
    yield from _for_places(line, names, state)
    yield from _for_people(line, names, state)
    yield from _for_parts(line, names, state)
    yield from _for_tools(line, names, state)
    yield from _for_cards(line, names, state)
    yield from _for_release_by_hand(line, names, state)


def _chain(state: State, first: int) -> Iterator[int]:
    u = first
    while u != NONE:
        yield u
        u = int(state.unit[u].next)


def _for_places(line: Any, names: Names, state: State) -> Iterator[tuple[int, int, str]]:
    for q in range(int(line.plant[0].queues)):
        queue = state.queue[q]
        for u in _chain(state, int(queue.first_waiter)):
            unit = state.unit[u]
            here = int(line.machine[unit.machine].station) if unit.machine != NONE else int(unit.station)
            there = int(line.queue[q].station)
            if here >= int(line.plant[0].stations) or here < 0:
                continue
            where = names.machines[unit.machine] if unit.machine != NONE else f"the outbox of {names.stations[here]}"
            full = f"full: {queue.count + queue.reserved} of {line.queue[q].capacity} places"
            if line.queue[q].capacity == 0:
                full = "no machine of it is free"
            why = "before it starts on" if unit.awaits else "with"
            yield (
                here,
                there,
                f"{where} waits {why} a finished {names.materials[unit.material]} for a place at "
                f"{names.queues[q]} ({full})".replace("before it starts on a finished", "before it starts on a"),
            )


def _for_people(line: Any, names: Names, state: State) -> Iterator[tuple[int, int, str]]:
    wants = {
        Wish.ATTEND: "to attend",
        Wish.SETUP: "to set it up",
        Wish.TOOL: "to change a tool",
        Wish.REPAIR: "to repair it",
    }
    for k in range(int(line.plant[0].skills)):
        m = int(state.skill[k].first)
        while m != NONE:
            wish = Wish(int(state.machine[m].wish))
            crews = [c for c in range(int(line.plant[0].crews)) if (int(line.crew[c].skills) >> k) & 1]
            here = sum(int(state.crew[c].here) for c in crews)
            busy = sum(int(state.crew[c].busy) for c in crews)
            yield (
                int(line.machine[m].station),
                NOBODY,
                f"{names.machines[m]} waits for somebody with the skill {names.skills[k]} "
                f"{wants.get(wish, '')} ({here} here, {busy} busy)",
            )
            m = int(state.machine[m].next_wish)


def _for_parts(line: Any, names: Names, state: State) -> Iterator[tuple[int, int, str]]:
    """Units that wait at a station of which a machine is free: something is missing."""
    for s in range(int(line.plant[0].stations)):
        first = int(line.station[s].first_machine)
        mine = slice(first, first + int(line.station[s].n_machines))
        if not ((state.machine.stage[mine] == Stage.FREE) & (state.machine.mode[mine] == NONE)).any():
            continue
        rows = [int(line.station[s].queue), int(line.station[s].rework_queue)]
        for q in rows:
            for u in _chain(state, int(state.queue[q].head)) if q != NONE else ():
                yield from _missing(line, names, state, s, u)


def _missing(line: Any, names: Names, state: State, s: int, u: int) -> Iterator[tuple[int, int, str]]:
    unit = state.unit[u]
    what = f"{names.stations[s]} is idle beside a waiting {names.materials[unit.material]}: "
    if unit.operation == NONE:
        return
    operation = line.operation[unit.operation]
    for t in range(int(operation.first_task), int(operation.first_task + operation.n_tasks)):
        task = line.task[t]
        if int(task.station) != s:
            continue
        for k in range(int(task.first_take), int(task.first_take + task.n_takes)):
            take = line.take[k]
            material = names.materials[take.material]
            if line.material[take.material].bought:
                stock = float(state.material[take.material].stock)
                if line.material[take.material].counted and stock < take.quantity - 1e-9:
                    yield (
                        s,
                        NOBODY,
                        f"{what}{take.quantity:g} {material} needed, {stock:g} in stock"
                        f"{'' if state.material[take.material].on_order else ' and none on order'}",
                    )
                continue
            there = sum(
                int(state.unit[c].material) == take.material for c in _chain(state, int(state.queue[take.queue].head))
            )
            if there < take.quantity:
                last = _last_station(line, int(take.material))
                yield s, last, f"{what}{take.quantity:g} {material} needed, {there} there"
        if int(line.station[s].blocking) == Blocking.COMMUNICATION and operation.next != NONE:
            yield s, NOBODY, f"{what}no place ahead for it"
    if line.station[s].batch_least > 1:
        waiting = int(state.queue[line.station[s].queue].count)
        if waiting < line.station[s].batch_least:
            yield s, NOBODY, f"{what}{waiting} there, a batch needs {line.station[s].batch_least}"


def _last_station(line: Any, material: int) -> int:
    mine = np.flatnonzero(line.operation.material[: line.plant[0].operations] == material)
    return int(line.task[line.operation[int(mine[-1])].first_task].station) if len(mine) else NOBODY


def _for_tools(line: Any, names: Names, state: State) -> Iterator[tuple[int, int, str]]:
    for m in range(int(line.plant[0].machines)):
        station = line.station[line.machine[m].station]
        for j in range(int(station.n_tools)):
            k = int(line.machine[m].first_tool) + j
            if state.tool[k].waiting and state.machine[m].stage == Stage.LOADED:
                yield (
                    int(line.machine[m].station),
                    NOBODY,
                    f"{names.machines[m]} waits for a sharp tool {names.tools[k]}",
                )
        first = int(line.machine[m].first_tool)
        words = not_ready_words(line, names, state, m)
        if words and not state.tool.waiting[first : first + int(station.n_tools)].any():
            yield int(line.machine[m].station), NOBODY, f"{names.machines[m]} is {words}"


def _for_cards(line: Any, names: Names, state: State) -> Iterator[tuple[int, int, str]]:
    """Demand that is not let in."""
    for k in range(int(line.plant[0].sources)):
        source = line.source[k]
        if state.source[k].first_order == NONE:
            continue
        material, s = names.materials[source.material], int(line.queue[source.queue].station)
        loop = int(line.material[source.material].loop)
        if loop != NONE and state.loop[loop].wip >= state.loop[loop].limit:
            yield (
                s,
                NOBODY,
                f"orders for {material} wait for one of the {state.loop[loop].limit} cards of the release",
            )
        elif (
            0
            <= line.queue[source.queue].capacity
            <= state.queue[source.queue].count + state.queue[source.queue].reserved
        ):
            yield s, NOBODY, f"orders for {material} wait for a place at {names.queues[source.queue]}"


def _for_release_by_hand(line: Any, names: Names, state: State) -> Iterator[tuple[int, int, str]]:
    """What people have stopped."""
    for u in np.flatnonzero(state.unit.stopped == Stop.ASIDE).tolist():
        unit = state.unit[u]
        where = f"at {names.queues[unit.aside]}" if unit.aside != NONE else "before it leaves the line"
        here = int(line.queue[unit.aside].station) if unit.aside != NONE else NOBODY
        yield here, NOBODY, f"{names.materials[unit.material]} {int(unit.serial)} is held by a person {where}"
    for m in np.flatnonzero(state.machine.held[: len(names.machines)]).tolist():
        yield int(line.machine[m].station), NOBODY, f"{names.machines[m]} was taken out by a person"
    held = state.order[(state.order.stopped > 0) & (state.order.to_release > 0)]
    for material, n in zip(*np.unique(held.material, return_counts=True), strict=True):
        yield NOBODY, NOBODY, f"{n} orders for {names.materials[int(material)]} are held by a person"


def _circle(edges: dict[int, list[int]]) -> list[int]:
    """Some circle in a graph, or nothing."""
    done: set[int] = set()

    def walk(node: int, path: list[int]) -> list[int]:
        if node in path:
            return path[path.index(node) :]
        if node in done:
            return []
        done.add(node)
        for after in edges.get(node, []):
            found = walk(after, [*path, node])
            if found:
                return found
        return []

    for start in edges:
        found = walk(start, [])
        if found:
            return found
    return []
