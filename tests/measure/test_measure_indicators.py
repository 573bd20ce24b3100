"""ISO 22400: identities of the time model on random records, the worked example, bad records."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewright.errors import InputError
from linewright.measure.indicators import (
    Quantities,
    State,
    StateSpan,
    UnitTimes,
    corrective_maintenance_ratio,
    order_indicators,
    unit_indicators,
    unit_times,
)


@st.composite
def records(draw):
    """Spans of one unit that cover a calendar, and the calendar."""
    lengths = draw(st.lists(st.floats(0.001, 5000.0), min_size=1, max_size=40))
    start = draw(st.floats(-1e5, 1e6))
    spans, now = [], start
    for length in lengths:
        state = draw(st.sampled_from(list(State)))
        order = draw(st.sampled_from(["", "A", "B"])) if state not in (State.IDLE, State.OFF_SHIFT) else ""
        spans.append(StateSpan("lathe", state, now, now + length, order))
        now += length
    return spans, start, now


@settings(max_examples=150, deadline=None)
@given(records())
def test_the_elements_partition_the_calendar_exactly(record):
    spans, start, end = record
    t = unit_times(spans, start, end)["lathe"]
    assert t.calendar == round(end * 1e9) - round(start * 1e9)
    assert t.pot == t.pbt + t.planned_down
    assert t.aubt == t.aupt + t.adet
    assert t.aupt == t.apt + t.aust
    assert t.pbt == t.apt + t.aust + t.adet + t.adot + t.failed_idle
    assert min(t.apt, t.aust, t.adet, t.adot, t.failed_idle, t.planned_down, t.off_shift, t.ttr) >= 0


@settings(max_examples=100, deadline=None)
@given(records(), st.floats(0, 500), st.floats(0, 50), st.floats(0, 50), st.floats(0.1, 60))
def test_identities_of_the_ratios(record, good, scrap, rework, planned):
    spans, start, end = record
    t = unit_times(spans, start, end)["lathe"]
    k = unit_indicators(t, [Quantities(good, scrap, rework, planned)])
    if k.oee is not None:
        assert k.oee == pytest.approx(k.availability * k.effectiveness * k.quality_ratio)
        assert k.oee == pytest.approx(planned * good / (t.pbt / 1e9))
        assert k.teep == pytest.approx(k.oee * t.pbt / t.calendar)
        assert k.nee >= k.oee * (1 - 1e-12)
    if k.quality_ratio is not None:
        assert k.quality_ratio + k.scrap_ratio + k.rework_ratio == pytest.approx(1.0)
    if k.utilisation is not None:
        assert 0.0 <= k.utilisation <= 1.0
    if k.mtbf_s is not None:
        assert k.mtbf_s == pytest.approx(k.mttf_s + k.mttr_s, abs=1e-6)


def test_a_split_calendar_adds_up():
    spans = [
        StateSpan("a", State.PROCESSING, 0, 50, "1"),
        StateSpan("a", State.DOWN, 50, 70, "1"),
        StateSpan("a", State.IDLE, 70, 100),
    ]
    whole = unit_times(spans, 0, 100)["a"]
    first, second = unit_times(spans, 0, 60)["a"], unit_times(spans, 60, 100)["a"]
    both = first + second
    assert both.calendar == whole.calendar
    assert both.adet == whole.adet == 20_000_000_000


def test_worked_example_of_nakajima():
    # loading 460 min, operation 400 min, 400 items of 0.5 min, quality 98 %: OEE 42.6 %
    times = UnitTimes(400 * 60 * 10**9, 0, 0, 60 * 60 * 10**9, 0, 0, 0, 0, 0)
    found = unit_indicators(times, [Quantities(good=392, scrap=8, planned_run_s=30.0)])
    assert found.availability == pytest.approx(0.8696, abs=5e-5)
    assert found.effectiveness == pytest.approx(0.5)
    assert found.oee == pytest.approx(0.426, abs=5e-4)
    assert found.flags == ()


def test_delay_and_down_are_not_swapped():
    during = unit_times([StateSpan("a", State.STARVED, 0, 10, "1")], 0, 10)["a"]
    between = unit_times([StateSpan("a", State.STARVED, 0, 10)], 0, 10)["a"]
    failed = unit_times([StateSpan("a", State.DOWN, 0, 10)], 0, 10)["a"]
    assert (during.adet, during.adot) == (10_000_000_000, 0)
    assert (between.adet, between.adot) == (0, 10_000_000_000)
    assert (failed.adet, failed.adot, failed.failed_idle) == (0, 0, 10_000_000_000)


def test_effectiveness_above_one_is_flagged_not_capped():
    times = unit_times([StateSpan("a", State.PROCESSING, 0, 100, "1")], 0, 100)["a"]
    found = unit_indicators(times, [Quantities(good=6, planned_run_s=20.0)])
    assert found.effectiveness == pytest.approx(1.2)
    assert "above 1" in found.flags[0]


def test_what_is_not_known_is_none():
    times = unit_times([StateSpan("a", State.OFF_SHIFT, 0, 100)], 0, 100)["a"]
    found = unit_indicators(times, [])
    assert found.availability is found.oee is found.quality_ratio is found.mtbf_s is None
    busy = unit_times([StateSpan("a", State.PROCESSING, 0, 100, "1")], 0, 100)["a"]
    found = unit_indicators(busy, [Quantities(good=5)])
    assert found.oee is None
    assert "not known" in found.flags[0]


def test_failures_are_counted_once():
    spans = [
        StateSpan("a", State.PROCESSING, 0, 10, "1"),
        StateSpan("a", State.DOWN, 10, 15, "1"),
        StateSpan("a", State.DOWN, 15, 20),
        StateSpan("a", State.PROCESSING, 20, 30, "1"),
        StateSpan("a", State.DOWN, 30, 34, "1"),
        StateSpan("a", State.PROCESSING, 34, 40, "1"),
    ]
    found = unit_indicators(unit_times(spans, 0, 40)["a"], [])
    assert (found.mttr_s, found.mtbf_s, found.mttf_s) == (7.0, 20.0, 13.0)


def test_orders_over_units():
    spans = [
        StateSpan("a", State.SETUP, 0, 10, "1"),
        StateSpan("a", State.PROCESSING, 10, 40, "1"),
        StateSpan("b", State.PROCESSING, 20, 60, "1"),
    ]
    found = order_indicators(spans)["1"]
    assert (found.aoet_s, found.apt_s, found.aubt_s) == (60.0, 70.0, 80.0)
    assert found.process_ratio == pytest.approx(70 / 60)
    assert found.allocation == pytest.approx(80 / 60)


def test_maintenance_and_first_pass():
    assert corrective_maintenance_ratio(3.0, 1.0) == 0.75
    assert corrective_maintenance_ratio(0.0, 0.0) is None
    times = unit_times([StateSpan("a", State.PROCESSING, 0, 1, "1")], 0, 1)["a"]
    assert unit_indicators(times, [Quantities(9, 1, inspected=10, good_first=8)]).first_pass_yield == 0.8


A = StateSpan("a", State.PROCESSING, 0, 10, "1")


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: unit_times([A], 0, 12), "no record of unit a from 10 to 12 s"),
        (lambda: unit_times([A], -1, 10), "no record of unit a from -1 to 0 s"),
        (
            lambda: unit_times([A, StateSpan("a", State.IDLE, 9, 12)], 0, 12),
            "two records of unit a from 9 to 10 s",
        ),
        (lambda: unit_times([StateSpan("a", State.IDLE, 5, 3)], 0, 5), "before it starts"),
        (lambda: unit_times([StateSpan("a", State.IDLE, 0, 5, "1")], 0, 5), "executes order 1"),
        (lambda: unit_times([StateSpan("a", "procesing", 0, 5)], 0, 5), "did you mean 'processing'"),
        (lambda: unit_times([StateSpan("a", State.IDLE, 0, math.nan)], 0, 5), "not a time"),
        (lambda: unit_times([A], 5, 5), "no length"),
        (lambda: Quantities(-1), "not a quantity"),
        (lambda: Quantities(1, inspected=2, good_first=3), "3 good of 2"),
        (lambda: corrective_maintenance_ratio(-1.0, 1.0), "not a duration"),
    ],
)
def test_bad_records_are_told(ask, says):
    with pytest.raises(InputError) as told:
        ask()
    assert says in str(told.value)
