"""Acceptance sampling: exact truths, published plans, the standard's tables, switching as a state machine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from linewright.errors import InputError
from linewright.measure.sampling import (
    ISO_2859_1,
    MIL_STD_105E,
    AttributePlan,
    Inspection,
    Lot,
    Stage,
    SwitchState,
    VariablesPlan,
    code_letter,
    decide_by_variables,
    design_double,
    design_multiple,
    design_single,
    design_variables,
    estimated_fraction,
    next_state,
    plan_for_letter,
    plan_for_lot,
    resume,
    single,
)
from linewright.measure.sampling.mil105 import AQLS, LETTERS

DOUBLE = AttributePlan((Stage(50, 1, 4), Stage(100, 3, 4)))


def test_single_curve_is_the_binomial():
    p = np.array([0.0, 0.01, 0.05, 0.2, 1.0])
    assert single(80, 2).acceptance(p) == pytest.approx(binom.cdf(2, 80, p), abs=1e-14)
    lot = single(80, 2).acceptance([0.02], "hypergeometric", 500)
    assert lot[0] == pytest.approx(hypergeom.cdf(2, 500, 10, 80), abs=1e-13)


def test_double_plan_of_montgomery():
    """n1 = 50, c1 = 1, n2 = 100, c2 = 3 at p = 0.05: 0.279 at the first sample, 0.0109 at the second."""
    assert binom.cdf(1, 50, 0.05) == pytest.approx(0.2794, abs=5e-5)
    assert DOUBLE.acceptance([0.05])[0] == pytest.approx(0.2794 + 0.0110, abs=2e-4)
    between = binom.cdf(3, 50, 0.05) - binom.cdf(1, 50, 0.05)
    assert DOUBLE.average_sample([0.05])[0] == pytest.approx(50 + 100 * between)


def test_average_outgoing_quality():
    """N = 10000, n = 89, c = 2 (Montgomery): AOQ 0.0093 at p = 0.01, ATI 687, AOQL about 1.55 %."""
    plan = single(89, 2)
    assert plan.outgoing_quality([0.01], 10000)[0] == pytest.approx(0.0093, abs=5e-5)
    assert plan.total_inspection([0.01], 10000)[0] == pytest.approx(687, abs=1)
    limit, at = plan.outgoing_limit(10000)
    assert limit == pytest.approx(0.0155, abs=4e-4)
    assert plan.outgoing_quality([at], 10000)[0] == pytest.approx(limit)
    assert np.all(plan.outgoing_quality(np.linspace(0, 1, 101), 10000) <= limit + 1e-12)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(5, 120), c=st.integers(0, 6), more=st.integers(1, 4), second=st.integers(5, 120))
def test_curves_fall_and_samples_stay_between(n, c, more, second):
    plan = AttributePlan((Stage(n, c, c + more + 1), Stage(second, c + more, c + more + 1)))
    p = np.linspace(0.0, 1.0, 40)
    accepted = plan.acceptance(p)
    assert accepted[0] == pytest.approx(1.0)
    assert np.all(np.diff(accepted) <= 1e-12)
    average = plan.average_sample(p)
    assert np.all((average >= n - 1e-9) & (average <= n + second + 1e-9))


def test_double_plan_by_simulation():
    rng = np.random.default_rng(8)
    first, second = rng.binomial(50, 0.04, 200_000), rng.binomial(100, 0.04, 200_000)
    asks = (first > 1) & (first < 4)
    accepted = (first <= 1) | (asks & (first + second <= 3))
    assert DOUBLE.acceptance([0.04])[0] == pytest.approx(accepted.mean(), abs=0.004)
    assert DOUBLE.average_sample([0.04])[0] == pytest.approx(50 + 100 * asks.mean(), abs=0.6)


def test_decisions_of_a_double_plan():
    assert DOUBLE.decide([1]) == "accept"
    assert DOUBLE.decide([4]) == "reject"
    assert DOUBLE.decide([2]) == "continue"
    assert DOUBLE.decide([2, 1]) == "accept"
    assert DOUBLE.decide([2, 2]) == "reject"
    reduced = plan_for_letter("K", 1.0, "reduced").plan
    assert reduced.decide([2]) == "accept and switch"


@settings(max_examples=25, deadline=None)
@given(p1=st.floats(0.002, 0.05), ratio=st.floats(3.0, 12.0))
def test_designs_keep_both_risks_and_are_smallest(p1, ratio):
    p2 = min(0.6, p1 * ratio)
    plan = design_single(p1, p2)
    stage = plan.stages[0]
    good, bad = plan.acceptance([p1, p2])
    assert good >= 0.95 and bad <= 0.10
    for c in range(stage.accept + 1):  # no smaller sample keeps both
        smaller = single(stage.n - 1, c).acceptance([p1, p2]) if stage.n > c + 1 else (0.0, 1.0)
        assert smaller[0] < 0.95 or smaller[1] > 0.10


def test_double_and_multiple_designs_save_inspection():
    alone, double, multiple = (
        design_single(0.01, 0.06),
        design_double(0.01, 0.06),
        design_multiple(0.01, 0.06),
    )
    for plan in (double, multiple):
        good, bad = plan.acceptance([0.01, 0.06])
        assert good >= 0.95 and bad <= 0.10
        assert plan.average_sample([0.01])[0] < alone.sample_size
    assert multiple.average_sample([0.01])[0] < double.average_sample([0.01])[0]


def test_lot_design_uses_the_lot():
    plan = design_single(0.01, 0.10, model="hypergeometric", lot_size=200)
    good, bad = plan.acceptance([0.01, 0.10], "hypergeometric", 200)
    assert good >= 0.95 and bad <= 0.10
    assert plan.sample_size <= design_single(0.01, 0.10).sample_size
    smaller = single(plan.sample_size - 1, plan.stages[0].accept)
    assert smaller.acceptance([0.10], "hypergeometric", 200)[0] > 0.10
    with pytest.raises(InputError, match="keeps both"):
        design_single(0.010, 0.011, model="hypergeometric", lot_size=200)


# --- MIL-STD-105E


@pytest.mark.parametrize(
    ("letter", "aql", "severity", "n", "accept", "reject"),
    [
        ("K", 1.0, "normal", 125, 3, 4),
        ("K", 1.0, "tightened", 125, 2, 3),
        ("K", 1.0, "reduced", 50, 1, 4),
        ("K", 0.65, "tightened", 125, 1, 2),
        ("F", 1.0, "tightened", 20, 0, 1),
        ("G", 1.0, "tightened", 80, 1, 2),  # both arrows between Ac 0 and 1 point down
        ("R", 0.025, "tightened", 3150, 1, 2),  # letter S
        ("R", 0.015, "tightened", 1250, 0, 1),
        ("L", 0.4, "reduced", 80, 1, 3),
        ("H", 4.0, "reduced", 20, 2, 5),
        ("A", 40.0, "reduced", 2, 2, 3),
        ("B", 25.0, "reduced", 2, 1, 3),
        ("C", 25.0, "reduced", 2, 1, 4),
        ("F", 100.0, "reduced", 5, 10, 13),
        ("A", 1000.0, "tightened", 2, 27, 28),
        ("J", 15.0, "tightened", 80, 18, 19),
        ("M", 1.0, "reduced", 125, 3, 6),
    ],
)
def test_printed_cells(letter, aql, severity, n, accept, reject):
    plan = plan_for_letter(letter, aql, severity)
    assert (plan.n, plan.accept, plan.reject) == (n, accept, reject)


@pytest.mark.parametrize("severity", ["normal", "tightened", "reduced"])
def test_the_tables_have_no_hole(severity):
    for letter in LETTERS:
        for aql in AQLS:
            plan = plan_for_letter(letter, aql, severity)
            assert 0 <= plan.accept < plan.reject
            assert plan.plan.acceptance([0.0])[0] == 1.0


def test_tightened_is_stricter_and_reduced_smaller():
    for letter in LETTERS:
        for aql in AQLS[:16]:
            normal = plan_for_letter(letter, aql)
            tightened, reduced = (
                plan_for_letter(letter, aql, "tightened"),
                plan_for_letter(letter, aql, "reduced"),
            )
            share = [aql / 100.0]
            assert tightened.plan.acceptance(share)[0] <= normal.plan.acceptance(share)[0] + 1e-12
            assert reduced.n <= normal.n


@pytest.mark.parametrize("severity", ["normal", "tightened", "reduced"])
def test_double_and_multiple_curves_match_the_single_ones(severity):
    """The plans of one letter were made to have like curves: half-way point and LTPD within 12 %.

    Multiple plans of reduced inspection are a little stricter (17 %).
    """
    for kind in ("double", "multiple"):
        slack = 0.17 if (severity, kind) == ("reduced", "multiple") else 0.12
        for aql in AQLS[8:15]:
            one = plan_for_letter("L", aql, severity).plan
            other = plan_for_letter("L", aql, severity, kind).plan
            for level in (0.5, 0.1):
                assert other.quality_at(level, "poisson") == pytest.approx(
                    one.quality_at(level, "poisson"), rel=slack
                )
            assert other.average_sample([aql / 100], "poisson")[0] <= one.sample_size


def printed_tables():
    """(severity, letter, aql, n, Ac, Re) of every cell of tables II-A, II-B and II-C."""
    text = (Path(__file__).parent / "mil105_single.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            severity, letter, *cells = line.split()
            for aql, cell in zip(AQLS, cells, strict=True):
                yield severity, letter, aql, *map(int, cell.split(","))


def test_every_cell_of_the_three_single_tables():
    """1248 cells; 416 of them are also in the reference pack."""
    cells = list(printed_tables())
    assert len(cells) == 3 * len(LETTERS) * len(AQLS)
    for severity, letter, aql, *wanted in cells:
        plan = plan_for_letter(letter, aql, severity)
        assert [plan.n, plan.accept, plan.reject] == wanted, (severity, letter, aql)


def test_letter_a_has_no_tightened_plan_of_two_units():
    """The one place where the tightened table leaves its own pattern: AQL 10, letter A, goes on to letter D."""
    plan = plan_for_letter("A", 10.0, "tightened")
    assert (plan.letter, plan.n, plan.accept) == ("D", 8, 1)


@pytest.mark.parametrize(
    ("letter", "aql", "severity", "n", "numbers"),
    [
        ("J", 1.0, "normal", 20, "-1/2 0/3 0/3 1/4 2/4 3/5 4/5"),
        ("D", 250.0, "normal", 2, "4/12 11/19 19/27 27/34 36/40 45/47 53/54"),
        ("E", 250.0, "tightened", 3, "6/15 16/25 26/36 37/46 49/55 61/64 72/73"),
        ("R", 0.025, "tightened", 800, "-1/2 -1/2 0/2 0/3 1/3 1/3 2/3"),  # letter S
        ("F", 2.5, "reduced", 2, "-1/2 -1/2 0/2 0/3 0/3 0/3 1/3"),
        ("L", 1.0, "reduced", 20, "-1/3 0/4 0/5 1/6 2/7 3/7 4/8"),
        ("R", 0.40, "reduced", 200, "0/5 1/7 3/9 5/12 7/13 10/15 13/17"),
        ("R", 0.65, "reduced", 200, "0/6 3/9 6/12 8/15 11/17 14/20 18/22"),
    ],
)
def test_printed_multiple_plans(letter, aql, severity, n, numbers):
    found = plan_for_letter(letter, aql, severity, "multiple")
    assert found.kind == "multiple"
    assert [stage.n for stage in found.plan.stages] == [n] * 7
    assert " ".join(f"{s.accept}/{s.reject}" for s in found.plan.stages) == numbers


@pytest.mark.parametrize(
    ("letter", "aql", "severity", "kind"),
    [
        ("A", 25.0, "normal", "single"),  # table IV-A: use the single plan
        ("C", 10.0, "normal", "double"),  # use the double plan
        ("J", 0.15, "normal", "single"),  # Ac 0 stands in the single table alone
        ("E", 6.5, "reduced", "double"),
        ("C", 25.0, "reduced", "single"),
        ("F", 100.0, "reduced", "double"),  # an arrow leads to letter E
    ],
)
def test_where_there_is_no_multiple_plan_the_tables_send_to_a_simpler_one(letter, aql, severity, kind):
    assert plan_for_letter(letter, aql, severity, "multiple").kind == kind


def test_known_double_plan():
    plan = plan_for_letter("K", 1.0, kind="double").plan
    assert plan.stages == (Stage(80, 1, 4), Stage(80, 4, 5))


def test_lot_of_the_standard():
    plan = plan_for_lot(1000, 2.5)
    assert (plan.asked_letter, plan.letter, plan.n, plan.accept) == ("J", "J", 80, 5)
    assert code_letter(1000, "S-1") == "C"
    arrow = plan_for_lot(30, 0.65)
    assert (arrow.asked_letter, arrow.letter, arrow.n) == ("D", "F", 20)


@pytest.mark.parametrize(
    "call",
    [
        lambda: plan_for_letter("I", 1.0),
        lambda: plan_for_letter("S", 1.0),
        lambda: plan_for_letter("K", 1.1),
        lambda: plan_for_letter("K", 1.0, "harsh"),
        lambda: code_letter(1),
        lambda: code_letter(100, "IV"),
        lambda: single(10, 10).outgoing_quality([0.1], 5),
        lambda: AttributePlan(()),
        lambda: AttributePlan((Stage(10, 3, 3),)),
        lambda: single(10, 1).acceptance([1.5]),
        lambda: design_single(0.05, 0.01),
        lambda: design_variables(0.05, 0.01),
    ],
)
def test_bad_plans_are_refused(call):
    with pytest.raises(InputError):
        call()


# --- switching


def run(lots, rules=MIL_STD_105E, state=None):
    state = state or SwitchState()
    for lot in lots:
        state = next_state(state, lot, rules)
    return state


GOOD, BAD = Lot(True), Lot(False)


def test_two_of_five_tighten():
    assert run([BAD, GOOD, GOOD, GOOD, BAD]).inspection == Inspection.TIGHTENED
    assert run([BAD, GOOD, GOOD, GOOD, GOOD, BAD]).inspection == Inspection.NORMAL


def test_five_accepted_loosen():
    assert run([BAD, BAD, *[GOOD] * 4]).inspection == Inspection.TIGHTENED
    assert run([BAD, BAD, *[GOOD] * 5]).inspection == Inspection.NORMAL


def test_ten_accepted_reduce_and_any_doubt_returns():
    reduced = run([GOOD] * 10)
    assert reduced.inspection == Inspection.REDUCED
    for doubt in (BAD, Lot(True, between=True), Lot(True, steady=False)):
        assert run([doubt], state=reduced).inspection == Inspection.NORMAL
    assert run([GOOD] * 50, state=reduced).inspection == Inspection.REDUCED
    assert run([*[GOOD] * 9, Lot(True, wanted=False)]).inspection == Inspection.NORMAL


def test_limit_number_holds_reduced_back():
    state = SwitchState()
    for _ in range(10):
        state = next_state(state, Lot(True, defectives=2), limit_number=19)
    assert state.inspection == Inspection.NORMAL
    assert next_state(state, Lot(True, defectives=0), limit_number=19).inspection == Inspection.REDUCED


def test_ten_lots_on_tightened_stop():
    lots = [BAD, BAD, *[GOOD, GOOD, BAD] * 4]
    assert run(lots[:11]).inspection == Inspection.TIGHTENED
    stopped = run(lots[:12])
    assert stopped.inspection == Inspection.STOPPED
    assert resume(stopped).inspection == Inspection.TIGHTENED
    with pytest.raises(InputError, match="stopped"):
        next_state(stopped, GOOD)


def test_iso_stops_after_five_rejected():
    assert run([BAD] * 6, ISO_2859_1).inspection == Inspection.TIGHTENED
    assert run([BAD] * 7, ISO_2859_1).inspection == Inspection.STOPPED


@settings(max_examples=100, deadline=None)
@given(st.lists(st.booleans(), max_size=80))
def test_switching_never_loses_its_way(verdicts):
    state = SwitchState()
    rejected_in_a_row = 0
    for accepted in verdicts:
        if state.inspection == Inspection.STOPPED:
            state = resume(state)
            rejected_in_a_row = 0
        before = state.inspection
        state = next_state(state, Lot(accepted))
        # only lots under normal inspection count towards tightening
        counts = not accepted and before == Inspection.NORMAL
        rejected_in_a_row = rejected_in_a_row + 1 if counts else 0
        if before == Inspection.NORMAL and rejected_in_a_row >= 2:
            assert state.inspection == Inspection.TIGHTENED
        if before == Inspection.REDUCED and not accepted:
            assert state.inspection == Inspection.NORMAL
        assert not (before == Inspection.TIGHTENED and state.inspection == Inspection.REDUCED)
        assert len(state.recent) <= 5 and len(state.defectives_run) <= 10


# --- variables


def test_mil_std_414_example():
    """Example A/B-1: 197, 188, 184, 205, 201 against U = 209, n = 5, k = 1.53: Q = 1.59 accepts, p = 2.19
    %.
    """
    sample = [197, 188, 184, 205, 201]
    found = decide_by_variables(sample, VariablesPlan(5, 1.53, False), upper=209)
    assert found.accept
    assert (found.mean, found.upper_index) == (195.0, pytest.approx(1.59, abs=5e-3))
    assert estimated_fraction(1.59, 5) == pytest.approx(0.0219, abs=5e-5)


def test_both_limits_use_the_estimated_fraction():
    plan = VariablesPlan(10, 1.5, False)
    rng = np.random.default_rng(9)
    good = decide_by_variables(rng.normal(0, 1, 10), plan, lower=-5, upper=5)
    bad = decide_by_variables(rng.normal(0, 1, 10), plan, lower=-1, upper=1)
    assert good.accept and not bad.accept
    assert bad.fraction > plan.largest_fraction > good.fraction


@pytest.mark.parametrize("known", [True, False])
def test_variables_designs_keep_both_risks(known):
    plan = design_variables(0.01, 0.06, sigma_known=known)
    good, bad = plan.acceptance([0.01, 0.06])
    assert good == pytest.approx(0.95, abs=1e-9)
    assert bad <= 0.10
    smaller = VariablesPlan(plan.n - 1, plan.k, known)
    assert smaller.acceptance([0.01])[0] < 0.95 or smaller.acceptance([0.06])[0] > 0.10
    assert plan.n < design_single(0.01, 0.06).sample_size
    assert plan.quality_at(0.95) == pytest.approx(0.01, rel=1e-6)


def test_variables_curve_by_simulation():
    plan = VariablesPlan(12, 1.6, False)
    z = 2.0537489106318225  # upper 2 % point
    rng = np.random.default_rng(10)
    sample = rng.normal(0, 1, (100_000, 12))
    accepted = (z - sample.mean(axis=1)) / sample.std(axis=1, ddof=1) >= 1.6
    assert plan.acceptance([0.02])[0] == pytest.approx(accepted.mean(), abs=0.005)


def test_bad_samples_are_refused():
    plan = VariablesPlan(3, 1.0, False)
    for values, limits in (
        ([1, 2], {"upper": 3}),
        ([1, 1, 1], {"upper": 3}),
        ([1, 2, 3], {}),
        ([1, 2, 3], {"lower": 3, "upper": 1}),
        ([1, 2, 3], {"upper": 9, "sigma": 1.0}),
    ):
        with pytest.raises(InputError):
            decide_by_variables(values, plan, **limits)
