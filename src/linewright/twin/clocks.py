"""The clocks of everything that can have an event pending, and the tournament that finds the next to ring."""

from __future__ import annotations

import math

from linewright.compiled import hot, part
from linewright.control.codes import NONE


@hot
def set_clock(nature, i, time_s):
    """Clock `i` rings at `time_s`: it plays its matches again on the way to the root of the tournament.

    All opponents are known beforehand, so that nothing read waits for what was written a level below.
    """
    rings = nature.rings_s
    tree = nature.tree
    rings[i] = time_s
    best_s = time_s
    best = i
    p = i + nature.case[0].leaves
    while p > 1:
        other = tree[p ^ 1]
        other_s = rings[other]
        # of two at the same instant the later clock rings first: failures strike before work is done
        wins = (other_s < best_s) | ((other_s <= best_s) & (p & 1 == 0))
        best = other if wins else best
        best_s = min(other_s, best_s)
        p >>= 1
        tree[p] = best


@part
def ring(nature, i):
    """Clock `i` has rung. It is put out of the way only if nothing sets it again (see `quieten`)."""
    nature.case[0].dirty = i


@hot
def start_clock(nature, i, time_s):
    """Set clock `i`, which may be the one that has just rung."""
    if nature.case[0].dirty == i:
        nature.case[0].dirty = NONE
    set_clock(nature, i, time_s)


@part
def quieten(nature):
    """The clock that rang last is not set again."""
    i = nature.case[0].dirty
    if i != NONE:
        nature.case[0].dirty = NONE
        set_clock(nature, i, math.inf)
