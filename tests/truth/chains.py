"""Exact Markov chains, solved directly: what the twin has to reproduce, written down a second time.

Each model is a function from a state to the moves out of it; `stationary` finds all states and their
probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from itertools import product

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

State = Hashable
Moves = Callable[[State], Iterable[tuple[State, float]]]


def stationary(start: State, moves: Moves) -> dict[State, float]:
    """Probabilities of all states reachable from `start`; staying put needs no move."""
    index, order = {start: 0}, [start]
    rows, columns, values = [], [], []
    for state in order:  # grows while it is read
        for following, weight in moves(state):
            if following not in index:
                index[following] = len(order)
                order.append(following)
            rows += [index[following], index[state]]
            columns += [index[state], index[state]]
            values += [weight, -weight]
    n = len(order)
    matrix = coo_matrix((values, (rows, columns)), shape=(n, n)).tolil()
    matrix[n - 1, :] = 1.0
    right = np.zeros(n)
    right[n - 1] = 1.0
    return dict(zip(order, np.atleast_1d(spsolve(matrix.tocsr(), right)), strict=True))


def assembly_throughput(mu: list[float], assembly: float, places: list[int]) -> float:
    """Saturated exponential feeders, a buffer after each, one assembly machine; blocking after service.

    State: (fill of each buffer, a feeder's held unit counting as one more; is the assembly machine at work?)
    """
    full = tuple(k + 1 for k in places)

    def settle(fill: tuple[int, ...], busy: bool) -> tuple[tuple[int, ...], bool]:
        if not busy and min(fill) > 0:
            return tuple(n - 1 for n in fill), True
        return fill, busy

    def moves(state):
        fill, busy = state
        for i, rate in enumerate(mu):
            if fill[i] < full[i]:
                yield settle(tuple(n + (i == j) for j, n in enumerate(fill)), busy), rate
        if busy:
            yield settle(fill, False), assembly

    found = stationary((tuple(0 for _ in mu), False), moves)
    return assembly * sum(p for (_, busy), p in found.items() if busy)


def oven_number(lam: float, mu: float, least: int, most: int, cut: int) -> float:
    """Mean number in a batch oven fed at random: starts with `least` to `most` waiting, exponential time."""

    def moves(state):
        waiting, inside = state
        if waiting < cut:
            yield settle(waiting + 1, inside), lam
        if inside:
            yield settle(waiting, 0), mu

    def settle(waiting: int, inside: int) -> tuple[int, int]:
        if inside == 0 and waiting >= least:
            load = min(waiting, most)
            return waiting - load, load
        return waiting, inside

    found = stationary((0, 0), moves)
    return sum((waiting + inside) * p for (waiting, inside), p in found.items())


def gershwin_efficiency(p: list[float], r: list[float], places: int) -> float:
    """Parts a cycle of two machines in step that fail in a cycle at work with `p` and are back with `r`.

    Gershwin, Manufacturing Systems Engineering (1994), ch. 3: machines change state at the beginning of a
    cycle, a starved or blocked machine cannot fail, then the parts move. `places` count the second
    machine's own.
    """

    def moves(state):
        n, up = state
        works = (n < places, n > 0)
        for after in product((True, False), repeat=2):
            weight = 1.0
            for i in (0, 1):
                if up[i]:
                    fails = p[i] if works[i] else 0.0
                    weight *= 1 - fails if after[i] else fails
                else:
                    weight *= r[i] if after[i] else 1 - r[i]
            if weight > 0:
                made = [after[i] and works[i] for i in (0, 1)]
                yield (n + made[0] - made[1], after), weight

    found = stationary((0, (True, True)), moves)
    total = 0.0
    for state, probability in found.items():
        n, _ = state
        for (after_n, after), weight in moves(state):
            del after_n
            total += probability * weight * (after[1] and n > 0)
    return total


def bernoulli_rate(p: list[float], places: list[int]) -> float:
    """Line of machines up in each cycle with `p`; blocked when up, the buffer full and the next takes none.

    Li & Meerkov, Production Systems Engineering (2009), ch. 4.
    """
    m = len(p)

    def after(fill: tuple[int, ...], up: tuple[bool, ...]) -> tuple[tuple[int, ...], bool]:
        works = [False] * m
        for i in reversed(range(m)):
            starved = i > 0 and fill[i - 1] == 0
            blocked = i < m - 1 and fill[i] == places[i] and not works[i + 1]
            works[i] = up[i] and not starved and not blocked
        return tuple(n + works[i] - works[i + 1] for i, n in enumerate(fill)), works[-1]

    def chance(up: tuple[bool, ...]) -> float:
        return float(np.prod([p[i] if up[i] else 1 - p[i] for i in range(m)]))

    ups = [(up, chance(up)) for up in product((True, False), repeat=m) if chance(up) > 0]

    def moves(fill):
        for up, weight in ups:
            yield after(fill, up)[0], weight

    found = stationary(tuple(0 for _ in places), moves)
    return sum(q * weight * after(fill, up)[1] for fill, q in found.items() for up, weight in ups)


IDLE, BLOCKED = 0, -1


def line_figures(
    mu: list[float],
    places: list[int],
    phases: int = 1,
    p: list[float] | None = None,
    r: list[float] | None = None,
    before_service: bool = False,
) -> tuple[float, float]:
    """Throughput and mean number of units in a saturated line of machines with Erlang times.

    A machine at work fails at rate `p`, is repaired at rate `r` and goes on in its phase. Before service: a
    machine starts only when there is a place ahead, which it then owns. State: for each machine (phase, is
    up), and the fill of each buffer, owned places included.
    """
    m = len(mu)

    def settle(work, fill):
        """Move what can move until nothing can."""
        work, fill = list(work), list(fill)
        moved = True
        while moved:
            moved = False
            for i in reversed(range(m)):
                owns = before_service and i < m - 1
                if work[i] == BLOCKED and fill[i] < places[i]:
                    fill[i] += 1
                    work[i], moved = IDLE, True
                elif work[i] == BLOCKED and work[i + 1] == IDLE and not before_service:
                    work[i], work[i + 1], moved = IDLE, phases, True
                if work[i] == IDLE and (not owns or fill[i] < places[i]):
                    ready = i == 0 or fill[i - 1] - (before_service and work[i - 1] > 0) > 0
                    if ready:
                        if i > 0:
                            fill[i - 1] -= 1
                        if owns:
                            fill[i] += 1
                        work[i], moved = phases, True
        return tuple(work), tuple(fill)

    def finish(work, fill, i):
        done = list(work)
        done[i] = IDLE if i == m - 1 or before_service else BLOCKED
        return settle(done, fill)

    def moves(state):
        work, fill, up = state
        for i in range(m):
            if not up[i]:
                yield (work, fill, flip(up, i)), r[i]
            elif work[i] > 0:
                if p and p[i] > 0:
                    yield (work, fill, flip(up, i)), p[i]
                if work[i] > 1:
                    yield (put(work, i, work[i] - 1), fill, up), mu[i] * phases
                else:
                    yield (*finish(work, fill, i), up), mu[i] * phases

    def flip(up, i):
        return put(up, i, not up[i])

    def put(row, i, value):
        return (*row[:i], value, *row[i + 1 :])

    start = (*settle([IDLE] * m, [0] * (m - 1)), (True,) * m)
    found = stationary(start, moves)
    rate = sum(q * mu[-1] * phases for (work, _, up), q in found.items() if work[-1] == 1 and up[-1])
    number = 0.0
    for (work, fill, _), q in found.items():
        owned = sum(before_service and work[i] > 0 for i in range(m - 1))
        number += q * (sum(w != IDLE for w in work) + sum(fill) - owned)
    return rate, number
