"""The clocks of everything that can have an event pending, and the tournament that finds the next to ring.

The tournament is a tree in an array: below node k are the nodes 2 k and 2 k + 1, and node 1 names the winner. Its
leaves are the last half of the nodes; from the right to the left they are the clocks in their order. So where some
ways to the root are shorter than others by a level, they are those of the clocks that come first: the machines.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.compiled import hot, ordinal, part


def width(leaves: int) -> int:
    """The first node of the last level: the least power of two that is no less than the number of leaves."""
    return 1 << (leaves - 1).bit_length()


def leaves_for(clocks: int, machines: int) -> int:
    """How many leaves: none but the clocks', if then all machines have the shorter way; else all ways are as long.

    With both among the machines, the processor would have to guess at every event how long the way is.
    """
    return clocks if width(clocks) - clocks >= machines else width(clocks)


def leaf_nodes(leaves: int) -> NDArray[np.int64]:
    """The node of each clock's leaf: from the right to the left they are the clocks in their order."""
    leaf = width(leaves) - 1 - np.arange(leaves)
    return np.where(leaf < leaves, leaf + leaves, leaf)


def play(rings_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """All matches of many tournaments at once: the trees (n, 2 leaves) over the times (n, leaves), s, of the clocks."""
    n, leaves = rings_s.shape
    first = width(leaves)
    tree = np.zeros((n, 2 * leaves), np.int64)
    tree[:, leaf_nodes(leaves)] = np.arange(leaves)
    while first > 1:
        first //= 2
        last = min(2 * first, leaves)
        pairs = tree[:, 2 * first : 2 * last]
        times = np.take_along_axis(rings_s, pairs, axis=1)
        left, right = slice(0, None, 2), slice(1, None, 2)
        tree[:, first:last] = np.where(times[:, left] <= times[:, right], pairs[:, left], pairs[:, right])
    return tree


def set_clocks(nature: Any, rings_s: NDArray[np.float64]) -> None:
    """Set all clocks at once, s; inf where a clock is not set."""
    nature.rings_s[:] = rings_s
    nature.tree[:] = play(rings_s[np.newaxis])[0]


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
    p = nature.leaf[i]
    while True:  # there are two clocks at least
        other = tree[p ^ 1]
        other_at = ordinal(rings[other])
        wins = other_at < best_at + (p & 1)
        best = other if wins else best
        best_at = other_at if wins else best_at
        p >>= 1
        tree[p] = best
        if p == 1:
            return


@part
def ring(nature, i):
    """Clock `i` has rung. Its matches are not played until it is set again, or by `quieten`."""
    nature.case[0].rang = i
    nature.rings_s[i] = math.inf


@part
def quieten(nature):
    """The clock that rang last plays its matches, unless it was set again."""
    i = nature.case[0].rang
    if nature.rings_s[i] == math.inf:
        set_clock(nature, i, math.inf)
