"""Run rules: each rule by hand, the counting convention, stream against batch, bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewright.errors import InputError
from linewright.measure.rules import Kind, Rule, RuleBook, RuleStream, judge, nelson, western_electric


def points(x, rule, book):
    masks = judge(np.asarray(x, float), 0.0, 1.0, book)
    return (np.flatnonzero(masks & book.bit(rule)) + 1).tolist()


@pytest.mark.parametrize(
    ("test", "x", "expected"),
    [
        (1, [0, 3, 3.001, -3.5, 0], [3, 4]),
        (2, [0.1] * 10 + [-0.1], [9, 10]),
        (2, [0.1] * 8 + [0.0] + [0.1] * 8, []),
        (3, [-0.5, -0.3, 0, 0.1, 0.2, 0.3, 0.3, 0.2], [6]),
        (3, [5, 4, 3, 2, 1, 0, -1], [6, 7]),
        (4, [0, 1] * 7 + [0], [14, 15]),
        (5, [2.1, 0, 2.1, -2.1, -2.1, 2.1], [3, 5]),
        (5, [2.1, 2.1, 0], [2]),
        (6, [1.1, 1.1, 0, 1.1, 1.1, 0], [5]),
        (7, [0.9, -1.0] * 8, [15, 16]),
        (8, [1.1] * 8, [8]),
        (8, [1.1, -1.1] * 4, [8]),
    ],
)
def test_each_rule_by_hand(test, x, expected):
    assert points(x, f"nelson{test}", nelson()) == expected


def test_counting_steps_asks_for_one_point_more():
    rising = np.arange(8.0)
    assert points(rising, "nelson3", nelson()) == [6, 7, 8]
    assert points(rising, "nelson3", nelson(counting="steps")) == [7, 8]
    saw = [0, 1] * 8
    assert points(saw, "nelson4", nelson()) == [14, 15, 16]
    assert points(saw, "nelson4", nelson(counting="steps")) == [15, 16]
    assert "steps" in str(nelson(counting="steps"))


def test_a_point_on_the_limit_is_no_signal_even_after_rounding():
    # 0.1 + 3 * 0.2 is 0.7000000000000001 in doubles
    masks = judge(np.array([0.7, 0.7 + 1e-6]), 0.1, 0.2, western_electric(1))
    assert masks.tolist() == [0, 1]


def test_varying_sigma_judges_each_point_by_its_own():
    x = np.array([2.0, 2.0, 2.0])
    masks = judge(x, 0.0, np.array([1.0, 0.5, 2.0]), nelson(1))
    assert masks.tolist() == [0, 1, 0]
    assert judge(np.array([3.5]), np.array([0.0]), 1.0, nelson(1)).tolist() == [1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([-3.5, -2.5, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.5, 3.5]), min_size=1, max_size=80
    ),
    st.sampled_from(["points", "steps"]),
)
def test_stream_gives_the_signals_of_the_batch(x, counting):
    book = nelson(counting=counting)
    stream = RuleStream(book, 0.0, 1.0)
    assert [stream.push(v) for v in x] == judge(np.array(x), 0.0, 1.0, book).tolist()
    stream.restart()
    assert stream.push(x[0]) == judge(np.array(x[:1]), 0.0, 1.0, book)[0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-4, 4), min_size=1, max_size=60), st.sets(st.integers(1, 8), min_size=1))
def test_a_rule_alone_fires_as_it_does_in_company(x, tests):
    values = np.array(x)
    whole = nelson()
    for test in tests:
        alone = judge(values, 0.0, 1.0, nelson(test)) != 0
        assert np.array_equal(alone, judge(values, 0.0, 1.0, whole) & whole.bit(f"nelson{test}") != 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-4, 4), min_size=1, max_size=60))
def test_a_mirrored_series_signals_at_the_same_points(x):
    values = np.array(x)
    assert np.array_equal(judge(values, 0.0, 1.0, nelson()), judge(-values, 0.0, 1.0, nelson()))


def test_zone_rule_over_a_long_window():
    book = RuleBook("own", (Rule("half", Kind.K_OF_M, 30, 60, 1.0),))
    x = np.tile([1.5, 0.0], 40)
    assert np.flatnonzero(judge(x, 0.0, 1.0, book))[0] == 58


@pytest.mark.parametrize(
    "make",
    [
        lambda: nelson(9),
        lambda: western_electric(5),
        lambda: nelson(counting="moves"),
        lambda: nelson().select("nelson12"),
        lambda: Rule("x", Kind.K_OF_M, 4, 3, 1.0),
        lambda: Rule("x", Kind.K_OF_M, 2, 63, 1.0),
        lambda: Rule("x", Kind.WITHIN, 15),
        lambda: RuleBook("none", ()),
        lambda: RuleBook("twice", (Rule("a", Kind.BEYOND), Rule("a", Kind.BEYOND))),
        lambda: RuleStream(nelson(), 0.0, 0.0),
        lambda: RuleStream(nelson(), 0.0, 1.0).push(float("nan")),
        lambda: RuleStream(nelson(), 0.0, 1.0).push(float("inf")),
        lambda: judge(np.zeros(3), 0.0, np.array([1.0, 0.0, 1.0]), nelson()),
    ],
)
def test_bad_rules_and_points(make):
    with pytest.raises(InputError):
        make()
