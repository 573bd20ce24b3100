"""Monitors give, point by point, the signals of the charts."""

import numpy as np
import pytest
from hypothesis import given as given_values
from hypothesis import settings
from hypothesis import strategies as st

from linewright.errors import InputError
from linewright.measure.charts import (
    CountMonitor,
    CusumMonitor,
    EwmaMonitor,
    IndividualsMonitor,
    SubgroupMonitor,
    c_chart,
    cusum,
    ewma,
    given,
    i_mr,
    np_chart,
    p_chart,
    u_chart,
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


@pytest.mark.parametrize(("kind", "batch"), [("p", p_chart), ("np", np_chart), ("u", u_chart)])
def test_counts_in_samples_of_any_size(kind, batch):
    rng = np.random.default_rng(5)
    sizes = rng.integers(30, 90, 120)
    counts = rng.binomial(sizes, np.linspace(0.05, 0.2, 120))
    limits = given("C", "M. Weber", **{kind[-1]: 0.1})
    monitor = CountMonitor(limits, kind, nelson())
    masks = [monitor.push(x, n) for x, n in zip(counts, sizes, strict=True)]
    assert any(masks)
    assert masks == batch(counts, sizes, rules=nelson(), limits=limits).panels[0].masks.tolist()


def test_counts_in_equal_samples():
    counts = np.random.default_rng(6).poisson(7.0, 150)
    limits = given("C", "M. Weber", c=5.0)
    monitor = CountMonitor(limits, "c", nelson())
    assert [monitor.push(x) for x in counts] == c_chart(counts, rules=nelson(), limits=limits).panels[
        0
    ].masks.tolist()
    monitor.restart()
    assert monitor.push(5) == 0
    with pytest.raises(InputError, match="-1 in a sample"):
        monitor.push(-1)
    with pytest.raises(InputError, match="5 defective of 4"):
        CountMonitor(given("C", "M. Weber", p=0.1), "p").push(5, 4)
    with pytest.raises(InputError, match="choose from"):
        CountMonitor(limits, "laney")


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
