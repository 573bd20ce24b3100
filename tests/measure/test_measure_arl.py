"""Average run lengths: published values, limits that are known exactly, simulation, design."""

import math

import numpy as np
import pytest
from scipy.stats import chi2, norm

from linewright.errors import InputError
from linewright.measure.arl import (
    crosier_arl,
    cusum_arl,
    cusum_arl_one_sided,
    cusum_limit,
    cusum_s2_arl,
    design_cusum,
    design_ewma,
    design_mewma,
    design_shewhart,
    ewma_arl,
    ewma_arl_one_sided,
    ewma_s2_arl,
    ewma_width,
    mewma_arl,
    mewma_limit,
    sample_size,
    shewhart_arl,
    shewhart_arls,
    shewhart_width,
    simulate_cusum_arl,
    simulate_ewma_arl,
    simulate_shewhart_arl,
)
from linewright.measure.rules import nelson, western_electric


def shewhart(shift, width=3.0):
    return 1.0 / (norm.sf(width - shift) + norm.cdf(-width - shift))


# Champ & Woodall (1987), Technometrics 29, table 1
@pytest.mark.parametrize(
    ("rules", "in_control"),
    [
        ((1, 2), 225.44),
        ((1, 3), 166.05),
        ((1, 4), 152.73),
        ((1, 2, 3), 132.89),
        ((1, 2, 4), 122.05),
        ((1, 2, 3, 4), 91.75),
    ],
)
def test_western_electric_published(rules, in_control):
    assert shewhart_arl(0.0, western_electric(*rules)) == pytest.approx(in_control, abs=0.006)


def test_shewhart_alone_is_geometric():
    for shift in (0.0, 0.7, 2.0):
        assert shewhart_arl(shift) == pytest.approx(shewhart(shift), rel=1e-12)
    assert shewhart_arls([0.0, 1.0])[1] == shewhart_arl(1.0)
    assert shewhart_arl(0.5, n=4) == pytest.approx(shewhart(1.0), rel=1e-12)


def test_same_side_rule_alone_is_a_run_of_coins():
    # k in a row on one side of the median: 2^k - 1 in all
    book = nelson(2, same_side=5)
    assert shewhart_arl(0.0, book) == pytest.approx(2**5 - 1, rel=1e-12)


def test_rules_with_the_chain_agree_with_simulation():
    for book in (western_electric(), nelson(1, 2, 5, 6, 7, 8)):
        for shift in (0.0, 1.0):
            told = simulate_shewhart_arl(shift, book, runs=20_000, seed=3)
            assert abs(shewhart_arl(shift, book) - told.mean) < 4 * told.standard_error


def test_trends_and_alternations_are_counted_permutations():
    """No three in order: an alternating permutation, 2 E_n of n!, and sum E_n / n! = sec 1 + tan 1 (André 1879).

    No three alternating: the two monotone ones of n!. Neither depends on the distribution, so not on a shift.
    """
    in_order = 2 * (math.tan(1) + 1 / math.cos(1)) - 2
    alternating = 2 * math.e - 2
    for shift in (0.0, 1.3):
        assert shewhart_arl(shift, nelson(3, trend=3)) == pytest.approx(in_order, rel=1e-12)
        assert shewhart_arl(shift, nelson(4, alternate=3)) == pytest.approx(alternating, rel=1e-12)
    # k steps are k + 1 points, and any two points are in order
    assert shewhart_arl(0.0, nelson(3, trend=2, counting="steps")) == pytest.approx(in_order, rel=1e-12)
    assert shewhart_arl(0.0, nelson(3, trend=2)) == pytest.approx(2.0, rel=1e-12)


def test_a_trend_that_never_comes_leaves_the_limits():
    assert shewhart_arl(1.0, nelson(1, 3, trend=14)) == pytest.approx(shewhart(1.0), rel=1e-6)
    assert shewhart_arl(0.0, nelson(3, trend=20)) == math.inf


@pytest.mark.parametrize(("rules", "shift"), [((1, 3), 0.0), ((1, 4), 1.0), ((1, 2, 3, 4), 0.5)])
def test_rules_that_compare_neighbours_agree_with_simulation(rules, shift):
    book = nelson(*rules)
    told = simulate_shewhart_arl(shift, book, runs=40_000, seed=5)
    assert abs(shewhart_arl(shift, book) - told.mean) < 4 * told.standard_error


def test_all_eight_rules():
    """Some 6,700 histories; their run length in control is 73.480 points, a fifth of that of the limits alone."""
    alone = shewhart_arls(np.array([0.0, 1.0]), nelson())
    for found, shift in zip(alone, (0.0, 1.0), strict=True):
        told = simulate_shewhart_arl(shift, nelson(), runs=20_000, seed=6)
        assert abs(found - told.mean) < 4 * told.standard_error
    assert alone[0] == pytest.approx(73.4799516, rel=1e-8)


# Lucas & Saccucci (1990), table 3; Crowder (1987) for steady state is checked by its own definition below
@pytest.mark.parametrize(
    ("lam", "width", "shift", "expected", "tol"),
    [(0.5, 3.071, 0.0, 500, 1), (0.03, 2.437, 1.0, 12.6, 0.06), (0.5, 3.071, 2.0, 3.63, 0.006)],
)
def test_ewma_published(lam, width, shift, expected, tol):
    assert ewma_arl(lam, width, shift) == pytest.approx(expected, abs=tol)


def test_ewma_of_weight_one_is_shewhart():
    assert ewma_arl(1.0, 3.0, 1.0) == pytest.approx(shewhart(1.0), rel=1e-10)
    assert ewma_arl(1.0, 3.0, 1.0, limits="widening") == pytest.approx(shewhart(1.0), rel=1e-7)
    assert ewma_arl(1.0, 3.0, 1.0, state="conditional") == pytest.approx(shewhart(1.0), rel=1e-10)
    assert mewma_arl(3, 1.0, 12.0) == pytest.approx(1.0 / chi2.sf(12.0, 3), rel=1e-9)


def test_ewma_widening_and_start_agree_with_simulation():
    told = simulate_ewma_arl(0.1, 2.7, 1.0, limits="widening", runs=40_000)
    assert abs(ewma_arl(0.1, 2.7, 1.0, limits="widening") - told.mean) < 4 * told.standard_error
    told = simulate_ewma_arl(0.1, 2.7, 0.5, start=0.3, runs=40_000)
    assert abs(ewma_arl(0.1, 2.7, 0.5, start=0.3) - told.mean) < 4 * told.standard_error


def test_one_sided_ewma_runs_longer_than_the_two_sided():
    assert ewma_arl_one_sided(0.1, 2.7, 1.0) < 1.5 * ewma_arl(0.1, 2.7, 1.0)
    assert ewma_arl_one_sided(1.0, 3.0, 0.5, floor=-5.0) == pytest.approx(1 / norm.sf(2.5), rel=1e-9)


# Brook & Evans (1972): 117.59, 3.75; Lucas & Crosier (1982): 168, 149 and 8.38, 5.29; Montgomery: 465 for h 5
def test_cusum_published():
    assert cusum_arl_one_sided(0.5, 3.0) == pytest.approx(117.59, abs=0.01)
    assert cusum_arl_one_sided(0.5, 3.0, 1.5) == pytest.approx(3.75, abs=0.005)
    assert cusum_arl(0.5, 4.0) == pytest.approx(168, abs=0.5)
    assert cusum_arl(0.5, 4.0, 0.0, 0.5) == pytest.approx(149, abs=0.5)
    assert cusum_arl(0.5, 4.0, 1.0) == pytest.approx(8.38, abs=0.005)
    assert cusum_arl(0.5, 4.0, 1.0, 0.5) == pytest.approx(5.29, abs=0.005)
    assert cusum_arl(0.5, 5.0) == pytest.approx(465, abs=0.6)


def test_cusum_far_shift_and_simulation():
    assert cusum_arl(0.5, 4.0, 5.0, 0.5) == pytest.approx(1.01, abs=0.006)
    assert cusum_arl_one_sided(0.5, 4.0, -5.0) == math.inf
    told = simulate_cusum_arl(0.5, 4.0, 0.5, 0.5, runs=40_000)
    assert abs(cusum_arl(0.5, 4.0, 0.5, 0.5) - told.mean) < 4 * told.standard_error


def test_steady_states():
    zero = cusum_arl_one_sided(0.5, 4.0, 1.0)
    late = [cusum_arl_one_sided(0.5, 4.0, 1.0, state=state) for state in ("conditional", "cyclical")]
    assert max(late) < zero
    assert late[0] == pytest.approx(late[1], rel=0.01)
    assert ewma_arl(0.1, 2.7, 1.0, state="cyclical") == pytest.approx(_late_ewma(0.1, 2.7, 1.0, 60), rel=0.02)


def _late_ewma(lam, width, shift, change):
    """Simulated delay of an EWMA after a late change, with a new start after each false signal."""
    rng = np.random.default_rng(1)
    limit, delays = width * math.sqrt(lam / (2 - lam)), []
    for _ in range(6000):
        z = 0.0
        for _ in range(change):
            z += lam * (rng.standard_normal() - z)
            z = 0.0 if abs(z) > limit else z
        t = 0
        while True:
            t += 1
            z += lam * (rng.standard_normal() + shift - z)
            if abs(z) > limit:
                break
        delays.append(t)
    return np.mean(delays)


def test_crosier_by_simulation():
    rng = np.random.default_rng(2)
    k, h, lengths = 0.5, 3.5, []
    for _ in range(6000):
        s, t = 0.0, 0
        while True:
            t += 1
            y = s + rng.standard_normal() + 0.8
            s = 0.0 if abs(y) <= k else y * (1 - k / abs(y))
            if abs(s) > h:
                break
        lengths.append(t)
    error = np.std(lengths) / math.sqrt(len(lengths))
    assert abs(crosier_arl(k, h, 0.8) - np.mean(lengths)) < 4 * error
    # Crosier (1986): k 0.5, h 3.73 matches the 168 of the two sums with h 4
    assert crosier_arl(0.5, 3.73) == pytest.approx(168.0, rel=0.01)


# Rigdon (1995); Runger & Prabhu (1996), p = 2 and 4
def test_mewma_published():
    assert mewma_arl(2, 0.25, 11.89) == pytest.approx(500, rel=3e-3)
    assert mewma_arl(2, 0.1, 8.63) == pytest.approx(200, rel=3e-3)
    assert mewma_arl(2, 0.1, 8.66, 1.0) == pytest.approx(10.15, abs=0.02)
    assert mewma_arl(4, 0.1, 12.73, 2.0) == pytest.approx(5.18, abs=0.02)


def test_mewma_of_one_characteristic_is_the_ewma():
    assert mewma_arl(1, 0.2, 2.8**2) == pytest.approx(ewma_arl(0.2, 2.8), rel=1e-8)
    assert mewma_arl(1, 0.2, 2.8**2, 1.0) == pytest.approx(ewma_arl(0.2, 2.8, 1.0), rel=1e-8)


def test_mewma_of_many_characteristics():
    # weight one is a chi-square test of each point, in any dimension
    limit = float(chi2.isf(1e-3, 100))
    assert mewma_arl(100, 1.0, limit) == pytest.approx(1000.0, rel=1e-8)
    assert 100 < mewma_arl(100, 0.1, limit) < 1e5


def test_mewma_shifted_tends_to_the_in_control_value():
    assert mewma_arl(2, 0.3, 10.0, 1e-4) == pytest.approx(mewma_arl(2, 0.3, 10.0), rel=1e-4)


def test_mewma_agrees_with_simulation():
    rng = np.random.default_rng(5)
    p, lam, limit, shift = 3, 0.2, 11.0, 1.5
    lengths = []
    for _ in range(4000):
        z, t = np.zeros(p), 0
        while True:
            t += 1
            x = rng.standard_normal(p)
            x[0] += shift
            z += lam * (x - z)
            if z @ z * (2 - lam) / lam > limit:
                break
        lengths.append(t)
    error = np.std(lengths) / math.sqrt(len(lengths))
    assert abs(np.mean(lengths) - mewma_arl(p, lam, limit, shift)) < 4 * error


# Knoth (2005, 2006)
def test_variance_charts_published():
    lam = 0.025
    upper = 1 + 1.661865 * math.sqrt(lam / (2 - lam)) * math.sqrt(2)
    assert ewma_s2_arl(lam, upper, 1) == pytest.approx(249.9997, abs=1e-3)
    assert cusum_s2_arl(1.46, 10.0, 1, 1.3) == pytest.approx(26.2916, abs=1e-4)


def test_variance_chart_of_weight_one_is_a_chi_square_test():
    upper = float(chi2.isf(0.005, 4)) / 4
    assert ewma_s2_arl(1.0, upper, 4) == pytest.approx(200.0, rel=1e-8)


def test_designs_keep_their_promise():
    assert ewma_arl(0.1, ewma_width(0.1, 500.0)) == pytest.approx(500.0, rel=1e-6)
    assert cusum_arl(0.5, cusum_limit(0.5, 370.0)) == pytest.approx(370.0, rel=1e-6)
    assert cusum_arl_one_sided(0.5, cusum_limit(0.5, 370.0, sides=1)) == pytest.approx(370.0, rel=1e-6)
    assert mewma_arl(2, 0.1, mewma_limit(2, 0.1, 200.0)) == pytest.approx(200.0, rel=1e-6)
    assert shewhart_width(shewhart(0.0)) == pytest.approx(3.0, abs=1e-8)
    best = design_ewma(370.0, 1.0)
    for lam in (0.05, 0.3):
        assert best.arl1 <= ewma_arl(lam, ewma_width(lam, 370.0), 1.0) + 1e-6
    assert design_cusum(370.0, 1.0).arl1 < design_shewhart(370.0, 1.0).arl1
    assert sample_size(2.0, 1.0) == 9
    assert sample_size(1.01, 0.01, most=5) == 0


@pytest.mark.slow
def test_mewma_design():
    design = design_mewma(2, 200.0, 1.5)
    assert design.arl0 == pytest.approx(200.0, rel=1e-5)
    assert design.arl1 <= mewma_arl(2, 0.05, mewma_limit(2, 0.05, 200.0), 1.5)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: ewma_arl(0.0, 3.0),
        lambda: ewma_arl(1.5, 3.0),
        lambda: ewma_arl(0.1, -1.0),
        lambda: ewma_arl(0.1, 2.7, float("nan")),
        lambda: ewma_arl(0.1, 2.7, start=4.0),
        lambda: cusum_arl(0.5, 0.0),
        lambda: cusum_arl(0.5, 4.0, 0.0, 1.0),
        lambda: mewma_arl(2, 0.1, 8.0, -1.0),
        lambda: mewma_arl(0, 0.1, 8.0),
        lambda: shewhart_width(1000.0, western_electric()),
        lambda: ewma_s2_arl(0.1, 0.5),
        lambda: cusum_s2_arl(1.2, 5.0, 0),
        lambda: cusum_limit(0.5, 1.0),
        lambda: simulate_shewhart_arl(float("inf")),
    ],
)
def test_bad_questions(ask):
    with pytest.raises(InputError):
        ask()
