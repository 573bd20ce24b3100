"""Monitors give, point by point, the signals of the charts."""

import numpy as np
import pytest
from hypothesis import given as given_values
from hypothesis import settings
from hypothesis import strategies as st

from linewright.errors import InputError
from linewright.measure.charts import (
    CusumMonitor,
    EwmaMonitor,
    IndividualsMonitor,
    SubgroupMonitor,
    cusum,
    ewma,
    given,
    i_mr,
    xbar_r,
    xbar_s,
)
from linewright.measure.rules import nelson

LIMITS = given("C", "M. Weber", mean=10.0, sigma=2.0)


def drifting(n, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(10.0, 2.0, n) + np.linspace(0.0, 3.0, n)


@settings(max_examples=20, deadline=None)
@given_values(st.integers(0, 10_000))
def test_individuals(seed):
    x = drifting(80, seed)
    monitor = IndividualsMonitor(LIMITS, nelson())
    masks = np.array([monitor.push(v) for v in x])
    chart = i_mr(x, rules=nelson(), limits=LIMITS)
    assert np.array_equal(masks[:, 0], chart["I"].masks)
    assert np.array_equal(masks[:, 1], chart["MR"].masks)


@pytest.mark.parametrize(("spread", "batch", "panel"), [("R", xbar_r, "R"), ("S", xbar_s, "S")])
def test_subgroups(spread, batch, panel):
    x = drifting(200, 1).reshape(40, 5)
    monitor = SubgroupMonitor(LIMITS, 5, nelson(), spread=spread)
    masks = np.array([monitor.push(row) for row in x])
    chart = batch(x, rules=nelson(), limits=LIMITS)
    assert np.array_equal(masks[:, 0], chart["Xbar"].masks)
    assert np.array_equal(masks[:, 1], chart[panel].masks)
    with pytest.raises(InputError, match="4 values"):
        monitor.push([1.0, 2.0, 3.0, 4.0])


def test_ewma_and_cusum():
    x = drifting(120, 2)
    smooth, sums = EwmaMonitor(LIMITS, 0.1), CusumMonitor(LIMITS, headstart=0.5)
    assert [smooth.push(v) for v in x] == ewma(x, 0.1, limits=LIMITS).panels[0].masks.tolist()
    chart = cusum(x, headstart=0.5, limits=LIMITS)
    pushed = np.array([sums.push(v) for v in x])
    assert np.array_equal(pushed[:, 0], chart["C+"].masks)
    assert np.array_equal(pushed[:, 1], chart["C-"].masks)
    assert pushed.any()
    smooth.restart()
    assert smooth.z == 10.0


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_value_that_is_none(bad):
    for monitor in (IndividualsMonitor(LIMITS), EwmaMonitor(LIMITS), CusumMonitor(LIMITS)):
        with pytest.raises(InputError, match="not a finite number"):
            monitor.push(bad)
