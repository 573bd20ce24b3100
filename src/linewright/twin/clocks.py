"""The clocks of everything that can have an event pending, and the tournament that finds the next to ring."""

from __future__ import annotations

import math

from linewright.compiled import hot, ordinal, part
from linewright.control.codes import NONE


@hot
def set_clock(nature, i, time_s):
    """Clock `i` rings at `time_s`: it plays its matches again on the way to the root of the tournament.

    All opponents are known beforehand, so that nothing read waits for what was written a level below. Of two at the
    same instant the later clock rings first: failures strike before work is done.
    """
    rings = nature.rings_s
    tree = nature.tree
    rings[i] = time_s
    best_at = ordinal(time_s)
    best = i
    p = i + nature.case[0].leaves
    while p > 1:
        other = tree[p ^ 1]
        other_at = ordinal(rings[other])
        wins = other_at <= best_at - (p & 1)
        best = other if wins else best
        best_at = other_at if wins else best_at
        p >>= 1
        tree[p] = best


@part
def ring(nature, i):
    """Clock `i` has rung. It is put out of the way only if nothing sets it again (see `quieten`)."""
    nature.case[0].dirty = i


@hot
def start_clock(nature, i, time_s):
    """Set clock `i`, which may be the one that has just rung."""
    case = nature.case[0]
    case.dirty = NONE if case.dirty == i else case.dirty
    set_clock(nature, i, time_s)


@part
def quieten(nature):
    """The clock that rang last is not set again."""
    i = nature.case[0].dirty
    if i != NONE:
        nature.case[0].dirty = NONE
        set_clock(nature, i, math.inf)
