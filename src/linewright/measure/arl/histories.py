"""The histories of a chart with run rules that can still matter, and what leads from one to the next.

The rules that look at zones make a finite automaton over the zones of the chart (Champ & Woodall 1987, Technometrics
29, 393-399). Trends and alternation also ask where the last point stands: the history then carries the zone of that
point, and a move within its own zone goes up or down.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from linewright.errors import InputError, Problem
from linewright.measure.rules.book import STEP_KINDS, Kind, Rule, RuleBook

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
MOST_STATES = 200_000
NOWHERE = -1  # zone of the last point: there is none yet, or no rule asks for it

_Memory = tuple[int, int]  # of one rule: a signed run, or two windows of hits
_History = tuple[int, int, tuple[_Memory, ...]]  # zone of the last point, direction of the last move, memories
_Automaton = Callable[[tuple[_Memory, ...], int, int, bool], tuple[_Memory, ...] | None]


@dataclass(frozen=True)
class Chain:
    """Transitions of a rule book between histories; the signal itself is left out. History 0 is the empty one."""

    cuts: FloatArray  # (c,) zone boundaries in sigma, ascending
    source: IntArray  # (t,)
    target: IntArray  # (t,)
    zone: IntArray  # (t,) zone of the point that leads from source to target without a signal
    move: IntArray  # (t,) 1 up or -1 down within the zone of the last point; 0: wherever in the zone
    states: int


def walk(book: RuleBook, width: float) -> Chain:
    """Every history that can be reached without a signal, and the zones that lead from one to the next."""
    cuts = _zone_cuts(book, width)
    neighbours = any(rule.kind in STEP_KINDS for rule in book.rules)
    turns = any(rule.kind == Kind.ALTERNATE for rule in book.rules)
    advance = _automaton(book, _middles(cuts), width)
    start: _History = (NOWHERE, 0, ((0, 0),) * len(book.rules))
    number = {start: 0}
    waiting = [start]
    steps: list[tuple[int, int, int, int]] = []
    while waiting:
        history = waiting.pop()
        last_zone, last_move, memories = history
        for zone in range(cuts.size + 1):
            for move in _moves(last_zone, zone) if neighbours else (0,):
                turned = move != 0 and last_move == -move
                after = advance(memories, zone, move, turned)
                if after is None:
                    continue
                reached = (zone if neighbours else NOWHERE, move if turns else 0, after)
                if reached not in number:
                    if len(number) >= MOST_STATES:
                        text = f"the rules have more than {MOST_STATES} histories"
                        raise InputError([Problem(text, key="rules", hint="take simulate_shewhart_arl")])
                    number[reached] = len(number)
                    waiting.append(reached)
                steps.append((number[history], number[reached], zone, move if zone == last_zone else 0))
    source, target, zones, moves = np.array(steps, dtype=np.int64).reshape(-1, 4).T
    return Chain(cuts, source, target, zones, moves, len(number))


def _zone_cuts(book: RuleBook, width: float) -> FloatArray:
    cuts = {0.0} if any(rule.kind == Kind.SAME_SIDE for rule in book.rules) else set()
    for rule in book.rules:
        if rule.kind == Kind.SAME_SIDE or rule.kind in STEP_KINDS:
            continue
        zone = width if math.isnan(rule.zone) else rule.zone
        cuts |= {-zone, zone}
    return np.array(sorted(cuts))


def _middles(cuts: FloatArray) -> list[float]:
    """A value inside each zone."""
    if cuts.size == 0:
        return [0.0]
    return [cuts[0] - 1.0, *(0.5 * (cuts[1:] + cuts[:-1])).tolist(), cuts[-1] + 1.0]


def _moves(last_zone: int, zone: int) -> tuple[int, ...]:
    """The directions in which a point of `zone` can lie from the last one; equal values have no chance."""
    if last_zone == NOWHERE:
        return (0,)
    return (1, -1) if zone == last_zone else ((1,) if zone > last_zone else (-1,))


def _automaton(book: RuleBook, middles: list[float], width: float) -> _Automaton:
    """The memories after one more point, or None where a rule signals; each rule's answers are kept."""
    lengths = book.codes[:, 1].tolist()

    @cache
    def one(place: int, memory: _Memory, zone: int, move: int, turned: bool) -> tuple[_Memory, bool]:
        rule, k = book.rules[place], lengths[place]
        if rule.kind in STEP_KINDS:
            return _step(rule, k, memory, move, turned)
        return _advance(rule, memory, middles[zone], width)

    def every(memories: tuple[_Memory, ...], zone: int, move: int, turned: bool) -> tuple[_Memory, ...] | None:
        after = []
        for place, memory in enumerate(memories):
            kept, fired = one(place, memory, zone, move, turned)
            if fired:
                return None
            after.append(kept)
        return tuple(after)

    return every


def _step(rule: Rule, k: int, memory: _Memory, move: int, turned: bool) -> tuple[_Memory, bool]:
    """A trend or an alternation after one more move; k points are k - 1 moves."""
    if rule.kind == Kind.TREND:
        run = memory[0] + move if memory[0] * move > 0 else move
    else:
        run = memory[0] + 1 if turned else abs(move)
    return (run, 0), abs(run) >= k - 1


def _forget(window: int, rule: Rule) -> int:
    """A window of the last m - 1 points without the hits that can no longer be part of a signal."""
    kept = 0
    newer = 0
    for age in range(rule.m - 1):
        if window >> age & 1:
            newer += 1
            # m - 1 - age more points may still join this hit in one window
            if newer + rule.m - 1 - age >= rule.k:
                kept |= 1 << age
    return kept


def _advance(rule: Rule, memory: _Memory, z: float, width: float) -> tuple[_Memory, bool]:
    """Memory of one rule after a point in the zone around `z`, and whether it signals."""
    run = memory[0]
    if rule.kind == Kind.BEYOND:
        return (0, 0), abs(z) > (width if math.isnan(rule.zone) else rule.zone)
    if rule.kind == Kind.SAME_SIDE:
        side = 1 if z > 0.0 else -1
        run = run + side if run * side > 0 else side
        return (run, 0), abs(run) >= rule.k
    if rule.kind == Kind.K_OF_M:
        windows = []
        fired = False
        for window, hit in ((memory[0], z > rule.zone), (memory[1], z < -rule.zone)):
            grown = (window << 1 | hit) & ((1 << rule.m) - 1)
            fired |= hit and grown.bit_count() >= rule.k
            windows.append(_forget(grown & ((1 << (rule.m - 1)) - 1), rule))
        return (windows[0], windows[1]), fired
    counts = abs(z) <= rule.zone if rule.kind == Kind.WITHIN else abs(z) > rule.zone
    run = run + 1 if counts else 0
    return (run, 0), run >= rule.k
