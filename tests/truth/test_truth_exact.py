"""The exact answers are exact: the chains and the formulas agree where both can speak."""

from __future__ import annotations

import math

import pytest
from chains import (
    assembly_throughput,
    bernoulli_rate,
    gershwin_efficiency,
    line_figures,
    oven_number,
    stationary,
)
from formulas import (
    availability,
    closed_throughput,
    completion_wait,
    erlang_b,
    finite_queue_blocking,
    mmc_wait,
    pollaczek_khinchine,
    waits_before_exponential,
)


@pytest.mark.parametrize("places", [0, 2, 5])
def test_two_machines_agree_with_hunt(places):
    """Hunt (1956): (B + 2) / (B + 3)."""
    assert line_figures([1, 1], [places])[0] == pytest.approx((places + 2) / (places + 3), rel=1e-12)


def test_a_place_before_service_is_worth_one_less():
    before = line_figures([1, 1.2, 0.9], [2, 3], before_service=True)[0]
    assert before == pytest.approx(line_figures([1, 1.2, 0.9], [1, 2])[0], rel=1e-12)


def test_a_line_backwards_is_as_fast():
    """Muth (1979): reversibility of production lines."""
    there = line_figures([1, 1.2, 0.9], [1, 3], phases=2)[0]
    back = line_figures([0.9, 1.2, 1], [3, 1], phases=2)[0]
    assert there == pytest.approx(back, rel=1e-12)


def test_machines_that_never_fail():
    assert gershwin_efficiency([0.0, 0.0], [0.1, 0.1], 3) == pytest.approx(1)
    assert bernoulli_rate([1.0, 0.8], [2]) == pytest.approx(0.8)


def test_bernoulli_line_of_two_agrees_with_its_closed_form():
    """Li & Meerkov (2009), eq. 4.12 for like machines: p (1 - (1 - p) / (N + 1 - p))."""
    p, n = 0.9, 2
    assert bernoulli_rate([p, p], [n]) == pytest.approx(p * (1 - (1 - p) / (n + 1 - p)), rel=1e-12)


def test_an_oven_of_one_is_a_queue():
    assert oven_number(0.5, 1.0, 1, 1, 200) == pytest.approx(1.0, rel=1e-9)


def test_assembly_with_one_feeder_is_a_line():
    line = line_figures([1, 1.4], [3])[0]
    assert assembly_throughput([1], 1.4, [3]) == pytest.approx(line, rel=1e-12)


def test_a_chain_that_is_a_queue():
    found = stationary(0, lambda n: ([(n + 1, 0.5)] if n < 60 else []) + ([(n - 1, 1.0)] if n else []))
    assert sum(n * p for n, p in found.items()) == pytest.approx(1.0, rel=1e-9)


def test_formulas_meet():
    assert mmc_wait(0.8, 1, 1) == pytest.approx(pollaczek_khinchine(0.8, 1, 1))
    assert waits_before_exponential(lambda s: 0.8 / (0.8 + s), 1) == pytest.approx(4.0)
    assert finite_queue_blocking(0.7, 1, 1) == pytest.approx(erlang_b(1, 0.7))
    assert completion_wait(0.5, 1, 1, 0, 1, 1) == pytest.approx(pollaczek_khinchine(0.5, 1, 1))
    assert availability(1, 1, 0.1, 0.5) == pytest.approx(0.5 / 0.6)
    assert closed_throughput([1] * 10, 20) == pytest.approx(20 / 29)
    assert math.isclose(erlang_b(10, 7), 0.07874088297, rel_tol=1e-9)
