"""Average run length of Shewhart charts with run rules, by an exact Markov chain.

The rules that look at zones alone (all but trends and alternation) make a finite automaton over the zones of
the chart: its states are the histories that can still matter. The chain is found by walking from an empty
history; the run length is the solution of one sparse linear system (Champ & Woodall 1987, Technometrics 29,
393-399).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.sparse import csc_matrix, identity
from scipy.sparse.linalg import splu
from scipy.special import ndtr

from linewright.errors import InputError, Problem
from linewright.measure.checks import finite, positive
from linewright.measure.rules.book import RULE_1, STEP_KINDS, Kind, Rule, RuleBook

FloatArray = NDArray[np.float64]
MOST_STATES = 200_000

_Memory = tuple[tuple[int, int], ...]  # of each rule: a signed run, or two windows of hits


@dataclass(frozen=True)
class _Chain:
    """Transitions of a rule book between histories; the signal itself is left out."""

    cuts: FloatArray  # (c,) zone boundaries in sigma, ascending
    source: NDArray[np.int64]  # (t,)
    target: NDArray[np.int64]  # (t,)
    zone: NDArray[np.int64]  # (t,) zone that leads from source to target without a signal
    states: int


def _zone_cuts(book: RuleBook, width: float) -> FloatArray:
    cuts = {0.0} if any(rule.kind == Kind.SAME_SIDE for rule in book.rules) else set()
    for rule in book.rules:
        if rule.kind == Kind.SAME_SIDE:
            continue
        zone = width if math.isnan(rule.zone) else rule.zone
        cuts |= {-zone, zone}
    return np.array(sorted(cuts))


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


def _advance(rule: Rule, memory: tuple[int, int], z: float, width: float) -> tuple[tuple[int, int], bool]:
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


def _walk(book: RuleBook, width: float) -> _Chain:
    """Every history that can be reached without a signal, and the zones that lead from one to the next."""
    cuts = _zone_cuts(book, width)
    inner = 0.5 * (cuts[1:] + cuts[:-1])
    middles = [cuts[0] - 1.0, *inner.tolist(), cuts[-1] + 1.0]
    empty: _Memory = tuple((0, 0) for _ in book.rules)
    number = {empty: 0}
    waiting = [empty]
    source, target, zone = [], [], []
    while waiting:
        history = waiting.pop()
        for index, z in enumerate(middles):
            steps = [_advance(r, m, z, width) for r, m in zip(book.rules, history, strict=True)]
            if any(fired for _, fired in steps):
                continue
            after = tuple(memory for memory, _ in steps)
            if after not in number:
                if len(number) >= MOST_STATES:
                    text = f"the rules have more than {MOST_STATES} histories"
                    raise InputError([Problem(text, key="rules", hint="take simulate_shewhart_arl")])
                number[after] = len(number)
                waiting.append(after)
            source.append(number[history])
            target.append(number[after])
            zone.append(index)
    return _Chain(cuts, np.array(source), np.array(target), np.array(zone), len(number))


def _solve(chain: _Chain, shift: float) -> float:
    chance = np.diff(ndtr(np.concatenate(([-np.inf], chain.cuts - shift, [np.inf]))))
    matrix = csc_matrix(
        (chance[chain.zone], (chain.source, chain.target)), shape=(chain.states, chain.states)
    )
    stay = identity(chain.states, format="csc") - matrix
    return float(splu(stay).solve(np.ones(chain.states))[0])


def _check_rules(book: RuleBook) -> None:
    for rule in book.rules:
        if rule.kind in STEP_KINDS:
            text = f"{rule.name} compares neighbours, not zones: no finite chain holds it"
            hint = "leave it out, or take simulate_shewhart_arl"
            raise InputError([Problem(text, key="rules", hint=hint)])


def shewhart_arl(shift: float = 0.0, rules: RuleBook = RULE_1, width: float = 3.0, n: int = 1) -> float:
    """Zero-state average run length of an Xbar chart of known parameters with run rules; exact.

    `shift` of the process mean in sigma of one measurement, n the subgroup size.
    """
    _check_rules(rules)
    positive(width, "width")
    return _solve(_walk(rules, width), finite(shift, "shift") * math.sqrt(n))


def shewhart_arls(shifts: FloatArray, rules: RuleBook = RULE_1, width: float = 3.0) -> FloatArray:
    """The same for several shifts; the chain is walked once."""
    _check_rules(rules)
    chain = _walk(rules, positive(width, "width"))
    return np.array([_solve(chain, finite(s, "shift")) for s in np.asarray(shifts, dtype=np.float64)])


def shewhart_width(arl0: float, rules: RuleBook = RULE_1) -> float:
    """The width of the control limits that gives an in-control average run length of `arl0` with these rules.

    The zones of the other rules stay where they are, so they cap what can be had: an `InputError` then.
    """
    if not finite(arl0, "arl0") > 1.0:
        raise InputError([Problem(f"{arl0:g} points must be more than 1", key="arl0")])
    most = shewhart_arl(0.0, rules, 8.0)
    if most < arl0:
        text = f"with these rules the average run length is at most {most:.4g}"
        raise InputError([Problem(text, key="arl0")])
    return float(brentq(lambda c: math.log(shewhart_arl(0.0, rules, c) / arl0), 1e-3, 8.0, xtol=1e-10))
