"""Corrections: absolute, once for each transaction, bounded, read back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewright.nc.machine_tool import Correction, WearRegister, Written


def register() -> WearRegister:
    return WearRegister(frozenset({1, 2}), most_step_mm=0.05, most_mm=0.2)


def test_a_correction_stands_in_the_register_and_is_read_back() -> None:
    wear = register()
    receipt = wear.write(Correction("t1", 1, length_mm=0.03))
    assert (receipt.written, receipt.registers) == (Written.WRITTEN, wear.read(1))
    assert (wear.read(1).length_mm, wear.read(1).radius_mm, wear.read(1).transaction) == (0.03, 0.0, "t1")
    wear.write(Correction("t2", 1, radius_mm=-0.01))
    assert (wear.read(1).length_mm, wear.read(1).radius_mm) == (0.03, -0.01)
    assert wear.read(2).length_mm == 0.0


def test_the_same_transaction_is_written_once() -> None:
    wear = register()
    wear.write(Correction("t1", 1, length_mm=0.03))
    wear.write(Correction("t2", 1, length_mm=0.01))
    receipt = wear.write(Correction("t1", 1, length_mm=0.03))
    assert receipt.written is Written.KNOWN
    assert wear.read(1).length_mm == 0.01
    assert wear.write(Correction("t1", 1, length_mm=0.04)).written is Written.REFUSED


@pytest.mark.parametrize(
    ("correction", "reason"),
    [
        (Correction("a", 1, length_mm=0.06), "a step of more than 0.05 mm"),
        (Correction("a", 1, length_mm=0.3), "beyond 0.2 mm"),
        (Correction("a", 1, radius_mm=math.nan), "not a number"),
        (Correction("a", 3, length_mm=0.01), "no tool 3"),
        (Correction("", 1, length_mm=0.01), "the name of its transaction"),
        (Correction("a", 1, length_mm=0.01, radius_mm=9.0), "beyond"),
    ],
)
def test_what_must_not_be_written_is_refused_whole(correction: Correction, reason: str) -> None:
    wear = register()
    receipt = wear.write(correction)
    assert receipt.written is Written.REFUSED
    assert reason in receipt.reason
    assert (wear.read(1).length_mm, wear.read(1).radius_mm) == (0.0, 0.0)


corrections = st.builds(
    Correction, st.sampled_from("abcdef"), st.integers(1, 3), st.none() | st.floats(-0.3, 0.3), st.none() | st.floats()
)


@given(st.lists(corrections, max_size=30))
def test_any_history_stays_within_bounds_and_repeating_it_changes_nothing(history: list[Correction]) -> None:
    wear = register()
    for correction in history:
        before = wear.read(correction.tool)
        receipt = wear.write(correction)
        after = wear.read(correction.tool)
        assert receipt.registers == after
        assert abs(after.length_mm) <= 0.2 and abs(after.radius_mm) <= 0.2
        assert abs(after.length_mm - before.length_mm) <= 0.05 * (1 + 1e-9)
        if receipt.written is Written.WRITTEN:
            assert wear.write(correction).written is Written.KNOWN
        assert wear.read(correction.tool) == after
