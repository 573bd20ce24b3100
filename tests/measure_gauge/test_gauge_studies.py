"""Gauge R&R: published cases, properties that hold for any data, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewright.errors import InputError
from linewright.measure.gauge import (
    average_range,
    crossed_anova,
    expanded_study,
    nested_anova,
    type3_study,
    uncertainty_from,
)


def test_aiag_example_by_analysis_of_variance(aiag):
    study = crossed_anova(*aiag, tolerance=8.0)
    assert study.interaction_pooled
    printed = {
        "repeatability": 0.199933, "operator": 0.226838, "gauge": 0.302373, "part": 1.042327, "total": 1.085,
    }  # fmt: skip
    for name, sigma in printed.items():
        assert study[name].sigma == pytest.approx(sigma, abs=3e-4 if name == "total" else 2e-6)
    assert study["gauge"].study_pct == pytest.approx(27.86, abs=0.01)
    assert study["gauge"].contribution_pct == pytest.approx(7.76, abs=0.01)
    assert study["gauge"].tolerance_pct == pytest.approx(100 * 6 * 0.302373 / 8, rel=1e-5)
    assert study.ndc == 4
    assert study.verdict == "conditional"


def test_aiag_example_interaction_table(aiag):
    table = {row.source: row for row in crossed_anova(*aiag, interaction="keep").anova}
    assert table["interaction"].f == pytest.approx(0.434, abs=5e-4)
    assert table["interaction"].p == pytest.approx(0.974, abs=5e-4)
    assert table["part"].f == pytest.approx(492.291, abs=1e-3)
    assert table["operator"].f == pytest.approx(79.406, abs=1e-3)


def test_aiag_example_by_average_and_range(aiag):
    study = average_range(*aiag)
    printed = {
        "repeatability": 0.20188,
        "operator": 0.22963,
        "gauge": 0.30575,
        "part": 1.10456,
        "total": 1.14610,
    }
    for name, sigma in printed.items():  # the form's constants have four digits
        assert study[name].sigma == pytest.approx(sigma, rel=3e-4)
    assert study.ndc == 5


def test_expanded_model_agrees_with_the_analysis_of_variance(aiag):
    values, parts, operators = aiag
    anova = crossed_anova(values, parts, operators, interaction="pool")
    mixed = expanded_study(values, {"part": parts, "operator": operators})
    assert mixed.converged
    for name in ("repeatability", "operator", "part", "gauge", "total"):
        assert mixed[name].variance == pytest.approx(anova[name].variance, rel=1e-3)


def test_expanded_model_takes_unbalanced_data(aiag):
    values, parts, operators = (list(column) for column in aiag)
    del values[7], parts[7], operators[7]
    with pytest.raises(InputError, match="not balanced"):
        crossed_anova(values, parts, operators)
    mixed = expanded_study(values, {"part": parts, "operator": operators}, tolerance=8.0)
    assert mixed["gauge"].sigma == pytest.approx(0.302, abs=0.01)
    assert mixed["part"].variance + mixed["gauge"].variance == pytest.approx(mixed["total"].variance)


def test_third_factor_is_found():
    rng = np.random.default_rng(5)
    rows = [(p, o, d) for p in range(8) for o in range(4) for d in range(3) for _ in range(2)]
    part, operator, device = (np.array(column) for column in zip(*rows, strict=True))
    effect = rng.normal(0, 5, 8)[part] + rng.normal(0, 1, 4)[operator] + np.array([-3.0, 0.0, 3.0])[device]
    values = effect + rng.normal(0, 0.5, len(part))
    study = expanded_study(values, {"part": part, "operator": operator, "device": device})
    assert study["device"].variance == pytest.approx(9.0, rel=0.2)
    assert study["repeatability"].sigma == pytest.approx(0.5, rel=0.15)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    shape=st.tuples(st.integers(2, 6), st.integers(2, 4), st.integers(2, 4)),
    scale=st.floats(1e-3, 1e3),
    shift=st.floats(-1e4, 1e4),
)
def test_crossed_study_scales_and_adds_up(seed, shape, scale, shift):
    rng = np.random.default_rng(seed)
    p, o, _ = shape
    cells = rng.normal(size=shape) + 3 * rng.normal(size=(p, 1, 1)) + rng.normal(size=(1, o, 1))
    part, operator, _ = (index.ravel() for index in np.indices(shape))
    plain = crossed_anova(cells.ravel(), part, operator, interaction="keep")
    rows = plain.anova
    assert sum(row.ss for row in rows[:-1]) == pytest.approx(rows[-1].ss)
    assert sum(row.df for row in rows[:-1]) == rows[-1].df
    assert plain["gauge"].variance + plain["part"].variance == pytest.approx(plain["total"].variance)
    assert sum(plain[name].contribution_pct for name in ("gauge", "part")) == pytest.approx(100.0)
    other = crossed_anova(cells.ravel() * scale + shift, part, operator, interaction="keep")
    for name, component in plain.components.items():
        wanted = component.variance * scale**2
        assert other[name].variance == pytest.approx(wanted, rel=1e-5, abs=1e-9 * other["total"].variance)


def test_order_of_the_rows_does_not_matter(aiag):
    values, parts, operators = (np.array(column) for column in aiag)
    mixed = np.random.default_rng(0).permutation(len(values))
    plain, shuffled = (
        crossed_anova(values, parts, operators),
        crossed_anova(values[mixed], parts[mixed], operators[mixed]),
    )
    for name in plain.components:
        assert shuffled[name].variance == pytest.approx(plain[name].variance)


def test_interval_of_the_gauge_keeps_its_level():
    """2000 studies of 10 parts, 3 operators, 2 trials: the 90 % interval covers the truth at least 88 times
    in 100.
    """
    rng = np.random.default_rng(11)
    part, operator, _ = (index.ravel() for index in np.indices((10, 3, 2)))
    truth = 1.0 + 0.5 + 0.25
    hits = 0
    runs = 400
    for _ in range(runs):
        cells = (
            2.0 * rng.normal(size=(10, 1, 1))
            + np.sqrt(0.5) * rng.normal(size=(1, 3, 1))
            + 0.5 * rng.normal(size=(10, 3, 1))
            + rng.normal(size=(10, 3, 2))
        )
        study = crossed_anova(cells.ravel(), part, operator, interaction="keep", confidence=0.9)
        hits += truth in study["gauge"].interval
    assert 0.86 <= hits / runs <= 0.99


def test_known_process_spread_takes_the_place_of_the_parts(aiag):
    study = crossed_anova(*aiag, process_sigma=2.0)
    assert study["total"].sigma == pytest.approx(2.0)
    assert study["gauge"].study_pct == pytest.approx(100 * 0.302373 / 2.0, rel=1e-5)


def test_one_limit_is_judged_by_half_the_spread(aiag):
    values = aiag[0]
    study = crossed_anova(*aiag, upper=4.0)
    room = 4.0 - float(np.mean(values))
    assert study["gauge"].tolerance_pct == pytest.approx(100 * 3 * study["gauge"].sigma / room)


def test_nested_study_tests_operators_against_batches():
    rng = np.random.default_rng(3)
    operator, batch, _ = (index.ravel() for index in np.indices((3, 5, 2)))
    values = rng.normal(size=(3, 5, 1)).repeat(2, axis=2).ravel() + 0.1 * rng.normal(size=30)
    study = nested_anova(values, batch, operator)
    rows = study.anova
    assert rows[0].f == pytest.approx(rows[0].ms / rows[1].ms)
    assert sum(row.ss for row in rows[:-1]) == pytest.approx(rows[-1].ss)
    assert len(study.parts) == 15  # the same label under another operator is another batch


def test_a_gauge_without_operators_is_its_repeatability():
    rng = np.random.default_rng(12)
    part = np.repeat(np.arange(25), 4)
    values = rng.normal(0, 2.0, 25)[part] + rng.normal(0, 0.3, 100)
    study = type3_study(values, part, tolerance=12.0)
    assert study["gauge"].variance == study["repeatability"].variance == study.anova[1].ms
    assert study["gauge"].sigma == pytest.approx(0.3, rel=0.2)
    assert study["part"].sigma == pytest.approx(2.0, rel=0.35)
    assert study["reproducibility"].variance == 0.0
    assert sum(row.ss for row in study.anova[:2]) == pytest.approx(study.anova[2].ss)
    assert study.verdict == "conditional"
    with pytest.raises(InputError, match="at least two"):
        type3_study(values[:4], part[:4])


def test_uncertainty_of_a_mean_of_readings(aiag):
    study = crossed_anova(*aiag)
    one, four = uncertainty_from(study), uncertainty_from(study, readings=4)
    assert one == pytest.approx(study["gauge"].sigma)
    assert four**2 == pytest.approx(study["repeatability"].variance / 4 + study["reproducibility"].variance)
    assert uncertainty_from(study, resolution=2.0) > one  # a coarse scale hides the repeatability


def test_sums_of_squares_keep_their_digits(aiag):
    """Readings on a base of a million million: the table loses nothing."""
    values, parts, operators = aiag
    base = 2.0**40
    shifted = (np.round(np.array(values) * 1024) / 1024) + base  # exact in doubles
    plain, high = crossed_anova(shifted - base, parts, operators), crossed_anova(shifted, parts, operators)
    for name in plain.components:
        assert high[name].variance == pytest.approx(plain[name].variance, rel=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v, p, o: (v[:-1], p, o), "labels"),
        (lambda v, p, o: ([*v[:-1], float("nan")], p, o), "not a finite number"),
        (lambda v, p, o: ([1.0] * 90, p, o), "no variation|same"),
        (lambda v, p, o: (v, p, ["A"] * 90), "at least two"),
        (lambda v, p, o: (v, [1] * 90, o), "at least two"),
        (lambda v, p, o: (v, [None, *p[1:]], o), "missing"),
    ],
)
def test_bad_studies_are_refused(aiag, change, message):
    with pytest.raises(InputError, match=message):
        crossed_anova(*change(*aiag))


def test_crossed_limits_are_refused(aiag):
    with pytest.raises(InputError, match="no tolerance"):
        crossed_anova(*aiag, lower=3.0, upper=2.0)
    with pytest.raises(InputError, match="did you mean"):
        crossed_anova(*aiag, interaction="kepp")


def test_one_trial_cannot_keep_the_interaction():
    part, operator = (index.ravel() for index in np.indices((5, 3)))
    values = np.random.default_rng(0).normal(size=15)
    assert crossed_anova(values, part, operator).interaction_pooled
    with pytest.raises(InputError, match="one trial"):
        crossed_anova(values, part, operator, interaction="keep")
