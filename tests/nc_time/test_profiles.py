"""Closed forms of the profiles, and what every profile must obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewright.nc.corners import PIECE
from linewright.nc.profiles import (
    NO_JERK_LIMIT_MM_S3,
    profile_time_s,
    ramp_length_mm,
    reachable_mm_s,
    run_chain,
    stop_to_stop_s,
)

NONE = NO_JERK_LIMIT_MM_S3
speeds = st.floats(0.5, 800.0)
accelerations = st.floats(20.0, 20000.0)
jerks = st.one_of(st.floats(500.0, 1e6), st.just(NONE))
lengths = st.floats(1e-3, 2000.0)


@pytest.mark.parametrize(
    ("length", "v", "a", "j", "seconds"),
    [
        (100.0, 100.0, 1000.0, NONE, 1.1),  # L/v + v/a
        (5.0, 100.0, 1000.0, NONE, 2.0 * 0.005**0.5),  # the speed is not reached
        (100.0, 100.0, 1000.0, 20000.0, 1.15),  # L/v + v/a + a/j
        (0.05, 50.0, 1000.0, 20000.0, 4.0 * (0.05 / 40000.0) ** (1 / 3)),  # jerk only
        (5.0, 200.0, 1000.0, 20000.0, 0.05 + (0.0025 + 0.02) ** 0.5),  # full acceleration, not the speed
        (200.0, 30.0, 1000.0, 20000.0, 200 / 30 + 2.0 * (30 / 20000.0) ** 0.5),  # no full acceleration
    ],
)
def test_rest_to_rest_is_the_closed_form(length: float, v: float, a: float, j: float, seconds: float) -> None:
    assert stop_to_stop_s(length, v, a, j) == pytest.approx(seconds, rel=1e-12)


@settings(max_examples=150, deadline=None)
@given(length=lengths, v=speeds, a=accelerations, j=jerks)
def test_general_profile_agrees_with_the_closed_form(length: float, v: float, a: float, j: float) -> None:
    assert profile_time_s(0.0, 0.0, length, v, a, j) == pytest.approx(
        stop_to_stop_s(length, v, a, j), rel=1e-6
    )


@settings(max_examples=150, deadline=None)
@given(v0=speeds, limit=speeds, length=lengths, a=accelerations, j=jerks)
def test_reachable_speed_fits_into_the_length(
    v0: float, limit: float, length: float, a: float, j: float
) -> None:
    speed = reachable_mm_s(v0, length, a, j, limit)
    assert speed <= limit
    if speed > v0:
        assert ramp_length_mm(v0, speed, a, j) <= length * (1 + 1e-9)


def pieces_of(lengths_mm: np.ndarray, limits: np.ndarray, jerk: float) -> np.ndarray:
    pieces = np.zeros(len(lengths_mm), PIECE)
    pieces["length"], pieces["cruise"], pieces["exit"] = lengths_mm, limits, limits
    pieces["exit"][-1] = 0.0
    pieces["acceleration"], pieces["jerk"] = 1000.0, jerk
    return pieces


def chain_s(pieces: np.ndarray, look_ahead: int = 0) -> tuple[np.ndarray, np.ndarray]:
    speed, seconds = np.zeros(len(pieces)), np.zeros(len(pieces))
    run_chain(pieces, look_ahead, 0.0, speed, seconds)
    return speed, seconds


@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(st.tuples(st.floats(0.01, 50.0), st.floats(1.0, 200.0)), min_size=1, max_size=30),
    jerk=jerks,
)
def test_chain_obeys_speed_and_acceleration(parts: list[tuple[float, float]], jerk: float) -> None:
    pieces = pieces_of(np.array([p[0] for p in parts]), np.array([p[1] for p in parts]), jerk)
    speed, seconds = chain_s(pieces)
    entry = np.concatenate([[0.0], speed[:-1]])
    assert speed[-1] == 0.0
    assert np.all(speed <= pieces["exit"] + 1e-9)
    change = np.abs(speed**2 - entry**2)
    assert np.all(change <= 2.0 * 1000.0 * pieces["length"] * (1 + 1e-9))
    assert np.all(seconds >= pieces["length"] / pieces["cruise"] * (1 - 1e-9))


def test_cutting_a_straight_move_in_pieces_takes_no_longer() -> None:
    whole = chain_s(pieces_of(np.array([80.0]), np.array([100.0]), NONE))[1].sum()
    cut = chain_s(pieces_of(np.full(400, 0.2), np.full(400, 100.0), NONE))[1].sum()
    assert cut == pytest.approx(whole, rel=1e-9)


def test_short_look_ahead_costs_time_and_never_overruns() -> None:
    pieces = pieces_of(np.full(400, 0.2), np.full(400, 100.0), NONE)
    speed, seconds = chain_s(pieces, look_ahead=5)
    assert speed.max() == pytest.approx((2.0 * 1000.0 * 5 * 0.2) ** 0.5)
    assert seconds.sum() > chain_s(pieces)[1].sum()


def test_longer_path_never_takes_less_time() -> None:
    seconds = [stop_to_stop_s(length, 120.0, 800.0, 9000.0) for length in np.linspace(0.01, 80.0, 2000)]
    assert np.all(np.diff(seconds) > 0.0)
