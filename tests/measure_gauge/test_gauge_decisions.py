"""Guard bands, risks, run-to-run forms, tolerance intervals: exact truths, simulations, bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from linewright.errors import InputError
from linewright.measure.decide import (
    Process,
    Verdict,
    best_weight,
    best_weight_under_drift,
    conformity_probability,
    global_risks,
    grubbs_variance,
    grubbs_weight,
    guard_for_risk,
    mean_square_under_drift,
    measurement_capability,
    offset_under_drift,
    posterior,
    settling_runs,
    specific_risk,
    variance_on_ima,
    variance_on_white_noise,
    zones,
)
from linewright.measure.gauge import crossed_anova, uncertainty_from
from linewright.measure.tolerance import (
    normal_interval,
    one_sided_factor,
    order_interval,
    sample_size,
    two_sided_factor,
    two_sided_factor_howe,
)

# --- guard bands


def test_iso_zones_at_wide_limits():
    found = zones(0.1, 0.0, 10.0)
    assert found.accept.upper == pytest.approx(10.0 - 1.6449 * 0.1, abs=1e-5)
    assert found.reject.upper == pytest.approx(10.0 + 1.6449 * 0.1, abs=1e-5)
    assert found.judge(9.8) == Verdict.CONFORMS
    assert found.judge(9.9) == found.judge(10.1) == Verdict.UNDECIDED
    assert found.judge(10.2) == Verdict.FAILS


@settings(max_examples=50, deadline=None)
@given(width=st.floats(3.95, 40.0))
def test_edge_of_the_iso_zone_has_the_promised_probability(width):
    found = zones(1.0, 0.0, width)
    for edge in (found.accept.lower, found.accept.upper):
        assert conformity_probability(edge, 1.0, 0.0, width) == pytest.approx(0.95, abs=1e-9)
    assert 1.6448 <= found.guard <= 1.9601


def test_limits_too_narrow_for_the_gauge_accept_nothing():
    found = zones(1.0, 0.0, 3.9)  # 2 x 1.96 u is the least
    assert found.accept is None
    assert found.judge(1.95) == Verdict.UNDECIDED


def test_other_rules():
    assert zones(0.1, 0.0, 1.0, "simple").accept.upper == 1.0
    assert zones(0.1, 0.0, 1.0, "ILAC-G8").guard == pytest.approx(0.2)
    assert zones(0.1, 0.0, 1.0, "RSS").accept.upper == pytest.approx(0.5 + math.sqrt(0.25 - 0.04))
    assert zones(0.1, 0.0, 1.0, "simple").judge(1.01) == Verdict.FAILS
    assert measurement_capability(0.05, 0.0, 1.0) == pytest.approx(5.0)


def test_far_tail_keeps_its_digits():
    assert conformity_probability(-10.0, 1.0, 0.0, 1.0) == pytest.approx(7.619853024160525e-24, rel=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda: zones(0.0, 0.0, 1.0),
        lambda: zones(0.1, 1.0, 0.0),
        lambda: zones(0.1, None, None),
        lambda: zones(0.1, 0.0, 1.0, "ISO 14253"),
        lambda: zones(0.1, None, 1.0, "RSS"),
        lambda: zones(0.1, 0.0, 1.0, confidence=0.4),
        lambda: conformity_probability(math.nan, 0.1, 0.0, 1.0),
        lambda: global_risks(Process(0.0, 1.0), 0.1, -1.0, 1.0, guard=1.5),
        lambda: guard_for_risk(Process(0.0, 0.1), 0.1, -5.0, 5.0, 0.01),
    ],
)
def test_bad_decisions_are_refused(call):
    with pytest.raises(InputError):
        call()


# --- risks


def test_global_risks_by_simulation():
    process, u = Process(1500.0, 120.0), 40.0
    found = global_risks(process, u, 1250.0, 1750.0, guard=20.0)
    rng = np.random.default_rng(1)
    true = rng.normal(process.mean, process.sigma, 1_000_000)
    seen = true + rng.normal(0.0, u, true.size)
    accepted, good = np.abs(seen - 1500) <= 230, np.abs(true - 1500) <= 250
    assert found.consumer == pytest.approx(np.mean(accepted & ~good), abs=3e-4)
    assert found.producer == pytest.approx(np.mean(~accepted & good), abs=5e-4)
    assert found.accepted == pytest.approx(np.mean(accepted), abs=1e-3)
    assert found.false_among_accepted == pytest.approx(found.consumer / found.accepted)


def test_risks_add_up_and_have_limits():
    process = Process(0.2, 1.0)
    found = global_risks(process, 0.3, -2.0, 2.0)
    accepted_and_good = found.accepted - found.consumer
    assert accepted_and_good + found.producer == pytest.approx(found.conforming, abs=1e-12)
    perfect = global_risks(process, 1e-6, -2.0, 2.0)
    assert perfect.consumer < 1e-6 and perfect.producer < 1e-6
    # the share accepted is known exactly: a normal of variance s^2 + u^2
    sd = math.hypot(1.0, 0.3)
    exact = 0.5 * (math.erf((2.0 - 0.2) / sd / math.sqrt(2)) - math.erf((-2.0 - 0.2) / sd / math.sqrt(2)))
    assert found.accepted == pytest.approx(exact, abs=1e-12)


def test_guard_that_holds_a_risk():
    process = Process(0.0, 1.0)
    guard = guard_for_risk(process, 0.3, -2.0, 2.0, 0.002)
    assert global_risks(process, 0.3, -2.0, 2.0, guard).consumer == pytest.approx(0.002, abs=1e-9)


def test_knowledge_of_the_process_moves_the_verdict():
    mean, sd = posterior(0.8, 0.1, Process(0.5, 0.2))
    assert (mean, sd) == (pytest.approx(0.5 + 0.3 * 0.8), pytest.approx(math.sqrt(1 / (1 / 0.04 + 1 / 0.01))))
    alone = specific_risk(0.95, 0.1, None, 1.0)
    assert specific_risk(0.95, 0.1, None, 1.0, Process(0.5, 0.2)) < alone
    assert specific_risk(0.95, 0.1, None, 1.0, Process(0.5, 1e6)) == pytest.approx(alone, rel=1e-6)
    assert 1.0 - alone == pytest.approx(conformity_probability(0.95, 0.1, None, 1.0))


# --- run-to-run


def controlled(disturbance: np.ndarray, weight: float) -> np.ndarray:
    """Output of y_t = d_t + a_t, a_{t+1} = a_t - lambda y_t: y_t = (1 - lambda) y_{t-1} + d_t - d_{t-1}."""
    return lfilter([1.0, -1.0], [1.0, -(1.0 - weight)], disturbance)


@pytest.mark.parametrize("weight", [0.1, 0.5, 1.0, 1.5])
def test_controller_on_noise_and_drift_by_simulation(weight):
    noise = np.random.default_rng(3).normal(size=300_000)
    assert np.var(controlled(noise, weight)) == pytest.approx(variance_on_white_noise(weight), rel=0.02)
    walk = noise + np.concatenate([[0.0], np.cumsum(0.4 * noise[:-1])])  # IMA(1,1), theta 0.6
    assert np.var(controlled(walk, weight)[1000:]) == pytest.approx(variance_on_ima(weight, 0.6), rel=0.02)
    drift = noise + 0.05 * np.arange(noise.size)
    settled = controlled(drift, weight)[1000:]
    assert np.mean(settled) == pytest.approx(offset_under_drift(0.05, weight), abs=0.02)
    assert np.mean(settled**2) == pytest.approx(mean_square_under_drift(0.05, 1.0, weight), rel=0.03)


def test_best_weights():
    assert best_weight(0.6) == pytest.approx(0.4)
    for weight in (0.3, 0.5):
        assert variance_on_ima(weight, 0.6) > variance_on_ima(0.4, 0.6) == pytest.approx(1.0)
    best = best_weight_under_drift(0.05, 1.0)
    for other in (0.9 * best, 1.1 * best):
        assert mean_square_under_drift(0.05, 1.0, other) > mean_square_under_drift(0.05, 1.0, best)
    assert variance_on_white_noise(1.0) == 2.0  # tampering
    assert variance_on_white_noise(0.5, gain_ratio=2.0) == 2.0  # a wrong gain tampers too
    assert settling_runs(0.5, 0.125) == pytest.approx(3.0)
    with pytest.raises(InputError, match="stable"):
        variance_on_white_noise(0.9, gain_ratio=2.5)


@pytest.mark.parametrize("setup_sigma", [None, 2.0])
def test_grubbs_rule_by_simulation(setup_sigma):
    rng = np.random.default_rng(4)
    error = rng.normal(0.0, setup_sigma or 5.0, 40_000)
    for part in range(1, 11):
        error = error - grubbs_weight(part, 1.0, setup_sigma) * (error + rng.normal(size=error.size))
    assert np.var(error) == pytest.approx(grubbs_variance(10, 1.0, setup_sigma), rel=0.03)
    assert np.mean(error) == pytest.approx(0.0, abs=0.01)


# --- tolerance intervals


@pytest.mark.parametrize(
    ("n", "coverage", "confidence", "printed"),
    [(2, 0.90, 0.95, 31.092), (5, 0.95, 0.95, 5.077), (10, 0.95, 0.95, 3.393), (30, 0.99, 0.95, 3.355)],
)
def test_exact_two_sided_factors_of_odeh_and_owen(n, coverage, confidence, printed):
    assert two_sided_factor(n, coverage, confidence) == pytest.approx(printed, abs=1.1e-3)
    assert two_sided_factor_howe(n, coverage, confidence) == pytest.approx(printed, rel=0.04)


def test_intervals_cover_as_often_as_they_say():
    rng = np.random.default_rng(5)
    data = rng.normal(size=(20_000, 12))
    mean, sd = data.mean(axis=1), data.std(axis=1, ddof=1)
    k1, k2 = one_sided_factor(12, 0.9, 0.95), two_sided_factor(12, 0.9, 0.95)
    assert np.mean(mean + k1 * sd >= 1.2815515655446004) == pytest.approx(0.95, abs=0.006)
    cdf = np.vectorize(lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))))
    share = cdf(mean[:4000] + k2 * sd[:4000]) - cdf(mean[:4000] - k2 * sd[:4000])
    assert np.mean(share >= 0.9) == pytest.approx(0.95, abs=0.012)


def test_normal_interval_sides():
    values = np.random.default_rng(6).normal(10.0, 1.0, 40)
    two, upper = normal_interval(values, 0.95), normal_interval(values, 0.95, side="upper")
    assert two.low + two.high == pytest.approx(2 * values.mean())
    assert upper.low == -math.inf and upper.high < two.high
    assert "exact" in two.provenance.constants


@settings(max_examples=40, deadline=None)
@given(coverage=st.floats(0.5, 0.99), confidence=st.floats(0.5, 0.99))
def test_wilks_sizes_are_smallest(coverage, confidence):
    n = sample_size(coverage, confidence)
    held = lambda m: 1.0 - m * coverage ** (m - 1) + (m - 1) * coverage**m  # noqa: E731
    assert held(n) >= confidence - 1e-12
    assert n == 2 or held(n - 1) < confidence


def test_order_interval_by_simulation():
    rng = np.random.default_rng(7)
    hits = [
        (found := order_interval(rng.uniform(size=120), 0.9, 0.9)).high - found.low >= 0.9
        for _ in range(1500)
    ]
    achieved = order_interval(rng.uniform(size=120), 0.9, 0.9).achieved
    assert achieved >= 0.9
    assert np.mean(hits) == pytest.approx(achieved, abs=0.03)


def test_bad_tolerance_input_is_refused():
    for call in (
        lambda: normal_interval([1.0, 1.0, 1.0], 0.9),
        lambda: normal_interval([1.0], 0.9),
        lambda: normal_interval([1.0, math.nan], 0.9),
        lambda: order_interval(range(10), 0.95),
        lambda: two_sided_factor(1, 0.9, 0.9),
        lambda: two_sided_factor(5, 1.0, 0.9),
        lambda: normal_interval([1.0, 2.0], 0.9, side="both"),
    ):
        with pytest.raises(InputError):
            call()


def test_from_a_gauge_study_to_a_verdict(aiag):
    """The way an inspection station goes: study, uncertainty, zones, verdict, and what the rule risks."""
    study = crossed_anova(*aiag, tolerance=8.0)
    u = uncertainty_from(study)
    zone = zones(u, -4.0, 4.0)
    assert zone.judge(3.4) == Verdict.CONFORMS
    assert zone.judge(3.8) == Verdict.UNDECIDED
    process = Process(0.0, study["part"].sigma)
    guarded = global_risks(process, u, -4.0, 4.0, zone.guard)
    shared = global_risks(process, u, -4.0, 4.0)
    assert guarded.consumer < shared.consumer and guarded.producer > shared.producer
