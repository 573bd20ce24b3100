"""Intervals and checks against tables and laws that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from linewright.control.state import LEAD_BINS
from linewright.twin.figures import bin_edges, bin_quantile
from linewright.twin.statistics import autocorrelation, drift, interval, mser, ratio, t_quantile


@pytest.mark.parametrize(("freedom", "expected"), [(1, 12.7062), (2, 4.3027), (9, 2.2622), (19, 2.0930), (120, 1.9799)])
def test_t_quantile_is_the_one_of_the_tables(freedom: int, expected: float) -> None:
    assert t_quantile(0.95, freedom) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99, 0.999])
def test_t_quantile_agrees_with_scipy(level: float) -> None:
    for freedom in [*range(1, 40), 100, 333, 1999, 2000, 10_000]:
        expected = special.stdtrit(freedom, 0.5 + level / 2)
        assert t_quantile(level, freedom) == pytest.approx(expected, rel=1e-6)


def test_interval_by_hand() -> None:
    found = interval([1.0, 2.0, 3.0, 4.0])
    half = 3.18245 * math.sqrt(5 / 3) / 2  # t(0.95, 3) s / sqrt(4)
    assert found.mean == 2.5
    assert found.half_width == pytest.approx(half, rel=1e-5)


def test_interval_leaves_out_what_is_not_known() -> None:
    assert interval([1.0, math.nan, 3.0]).mean == 2.0
    assert math.isnan(interval([5.0]).low)
    assert interval([5.0]).mean == 5.0
    assert math.isnan(interval([]).mean)


def test_ratio_of_nothing_is_nan() -> None:
    found = ratio(np.array([1.0, 2.0]), np.array([0.0, 4.0]))
    assert math.isnan(found[0])
    assert found[1] == 0.5


def test_mser_cuts_a_transient_and_nothing_else() -> None:
    rng = np.random.default_rng(1)
    level = rng.normal(0.0, 1.0, 1000)
    assert mser(level) <= 100
    level[:200] += np.linspace(20.0, 0.0, 200)
    assert 150 <= mser(level) <= 260


def test_autocorrelation_of_an_autoregression() -> None:
    rng = np.random.default_rng(2)
    x = np.zeros((200, 40))
    x[:, 0] = rng.normal(0.0, 1 / math.sqrt(1 - 0.25), 200)
    for k in range(1, 40):
        x[:, k] = 0.5 * x[:, k - 1] + rng.normal(0.0, 1.0, 200)
    assert autocorrelation(x) == pytest.approx(0.5, abs=0.06)
    assert autocorrelation(rng.normal(size=(200, 40))) == pytest.approx(0.0, abs=0.05)


def test_drift_sees_a_rise_and_no_rise() -> None:
    rng = np.random.default_rng(3)
    flat = 10.0 + rng.normal(size=(10, 100))
    assert not drift(flat)[1]
    change, real = drift(flat + np.linspace(0.0, 4.0, 100))
    assert real
    assert change == pytest.approx(2.0 / 12.0, rel=0.1)


def test_quantiles_from_bins_are_exact_to_a_third_of_a_per_cent() -> None:
    rng = np.random.default_rng(4)
    times = rng.exponential(300.0, 200_000)
    edges = bin_edges()
    assert len(edges) == LEAD_BINS + 1
    bins = np.histogram(times, edges)[0]
    for q in (0.1, 0.5, 0.9, 0.99):
        assert bin_quantile(bins, q) == pytest.approx(np.quantile(times, q), rel=0.003)
    assert math.isnan(bin_quantile(np.zeros(LEAD_BINS, np.int64), 0.5))
