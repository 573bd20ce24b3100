"""The tournament of clocks: who rings next, however many there are and in whatever order they are set."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewright.twin import clocks
from linewright.twin.clocks import leaf_nodes, leaves_for, play, ring, set_clock, set_clocks
from linewright.twin.tables import CASE

TIMES = st.sampled_from([0.0, 1.0, 2.0, 3.0, math.inf])  # few, so that many are equal


def nature_of(rings_s: list[float]) -> Any:
    """So much of a nature as its clocks need."""
    leaves = len(rings_s)
    case = np.zeros(1, CASE).view(np.recarray)
    case.leaves = leaves
    tree = np.zeros(2 * leaves, np.int64)
    nature = SimpleNamespace(case=case, leaf=leaf_nodes(leaves), rings_s=np.zeros(leaves), tree=tree)
    set_clocks(nature, np.array(rings_s))
    return nature


def next_of(rings_s: Any) -> int:
    """Of those that ring first the last in order."""
    return int(np.flatnonzero(rings_s == rings_s.min())[-1])


def plain(function: Any) -> Any:
    return getattr(function, "py_func", function)


@pytest.fixture(autouse=True)
def _uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "ordinal", lambda number: int(np.float64(number).view(np.int64)))
    monkeypatch.setattr(clocks, "set_clock", plain(set_clock))


@given(st.lists(TIMES, min_size=2, max_size=40), st.data())
def test_the_root_names_who_rings_first_and_of_equal_ones_the_last(rings_s: list[float], data: st.DataObject) -> None:
    nature = nature_of(rings_s)
    assert nature.tree[1] == next_of(nature.rings_s)
    for i, time_s in data.draw(st.lists(st.tuples(st.integers(0, len(rings_s) - 1), TIMES), max_size=12)):
        plain(set_clock)(nature, i, time_s)
        assert nature.tree[1] == next_of(nature.rings_s)
        assert (nature.tree == play(nature.rings_s[np.newaxis])[0]).all()


@given(st.lists(TIMES, min_size=2, max_size=20), st.integers(0, 19), st.lists(st.tuples(st.integers(0, 19), TIMES)))
def test_a_clock_that_has_rung_is_still_whatever_else_is_set(
    rings_s: list[float], rang: int, others: list[tuple[int, float]]
) -> None:
    nature = nature_of(rings_s)
    plain(ring)(nature, rang % len(rings_s))
    for i, time_s in others:
        plain(set_clock)(nature, i % len(rings_s), time_s)
    plain(clocks.quieten)(nature)
    assert nature.rings_s[nature.tree[1]] == nature.rings_s.min()


@given(st.integers(2, 300), st.integers(1, 300))
def test_the_ways_of_all_machines_are_as_long(more: int, machines: int) -> None:
    leaves = leaves_for(machines + more, machines)
    assert leaves >= machines + more
    tree = play(np.full((1, leaves), np.inf))[0]
    place = {int(clock): node for node, clock in enumerate(tree) if node >= leaves}
    lengths = {place[m].bit_length() for m in range(machines)}
    assert len(lengths) == 1
    assert min(place[i].bit_length() for i in range(leaves)) == lengths.pop()
