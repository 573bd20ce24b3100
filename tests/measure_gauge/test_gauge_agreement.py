"""Attribute agreement: printed cases, hand counts, properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from linewright.errors import InputError
from linewright.measure.gauge import (
    attribute_study,
    bowker_of_table,
    bowker_test,
    cohen_kappa,
    fleiss_kappa,
    kendall_w,
    share_interval,
)


def spread(table):
    """Two lists of ratings with these counts."""
    first, second = [], []
    for i, row in enumerate(table):
        for j, count in enumerate(row):
            first += [i] * count
            second += [j] * count
    return first, second


def test_aiag_kappa_of_two_appraisers():
    """AIAG MSA, A against B: 44, 6, 3, 97 of 150; kappa 0.86."""
    found = cohen_kappa(*spread(((44, 6), (3, 97))))
    assert found.kappa == pytest.approx(0.863, abs=5e-4)
    assert found.observed == pytest.approx(0.94)


def test_kappa_errors_of_fleiss_cohen_everitt():
    """Psychological Bulletin 72 (1969): kappa 0.429, weighted 0.507, and their variances."""
    table = ((106, 10, 4), (22, 28, 10), (2, 12, 6))
    plain = cohen_kappa(*spread(table))
    assert plain.kappa == pytest.approx(0.429, abs=5e-4)
    assert plain.se**2 == pytest.approx(0.002885, abs=5e-7)
    assert plain.se_null**2 == pytest.approx(0.003082, abs=5e-7)
    weights = np.array([[1.0, 0.0, 0.4444], [0.0, 1.0, 0.6667], [0.4444, 0.6667, 1.0]])
    weighted = cohen_kappa(*spread(table), weights=weights)
    assert weighted.kappa == pytest.approx(0.507, abs=5e-4)
    assert weighted.se**2 == pytest.approx(0.003248, abs=5e-7)
    assert weighted.se_null**2 == pytest.approx(0.004269, abs=5e-7)


def test_quadratic_weights_are_the_intraclass_correlation_of_codes():
    """With quadratic weights kappa = 1 - sum (i-j)^2 O / sum (i-j)^2 E (Fleiss & Cohen 1973)."""
    first, second = [0, 1, 2, 2, 1, 0, 2, 1], [0, 1, 2, 1, 1, 0, 2, 2]
    a, b = np.array(first), np.array(second)
    expected = np.mean((a[:, None] - b[None, :]) ** 2)
    assert cohen_kappa(first, second, "quadratic").kappa == pytest.approx(
        1 - np.mean((a - b) ** 2) / expected
    )


def test_perfect_agreement_and_one_category():
    assert cohen_kappa([1, 2, 3, 1], [1, 2, 3, 1]).kappa == pytest.approx(1.0)
    assert np.isnan(cohen_kappa([1, 1, 1], [1, 1, 1]).kappa)
    assert fleiss_kappa([[1, 1], [2, 2], [3, 3]]).overall.kappa == pytest.approx(1.0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=4, max_size=60))
def test_kappa_bounds_and_symmetry(pairs):
    first, second = zip(*pairs, strict=True)
    one, other = cohen_kappa(first, second), cohen_kappa(second, first)
    if np.isnan(one.kappa):
        assert np.isnan(other.kappa)
        return
    assert -1.0 - 1e-12 <= one.kappa <= 1.0 + 1e-12
    assert one.kappa == pytest.approx(other.kappa)
    fleiss = fleiss_kappa([list(pair) for pair in pairs]).overall
    assert fleiss.observed == pytest.approx(one.observed)


def test_category_kappas_average_to_the_overall_one():
    """Fleiss 1971: the overall kappa is the mean of the categories' weighted by p(1-p)."""
    ratings = np.random.default_rng(4).integers(0, 4, (25, 5))
    found = fleiss_kappa(ratings.tolist())
    share = np.bincount(ratings.ravel(), minlength=4) / ratings.size
    weights = share * (1 - share)
    kappas = [found.by_category[str(c)].kappa for c in range(4)]
    assert found.overall.kappa == pytest.approx(np.sum(weights * kappas) / np.sum(weights))


def test_kendall_w_is_friedmans_statistic():
    scores = np.random.default_rng(6).integers(1, 6, (12, 5)).astype(float)
    found = kendall_w(scores)
    chi_square, p = stats.friedmanchisquare(*scores)
    assert (found.chi_square, found.p) == (pytest.approx(chi_square), pytest.approx(p))
    assert kendall_w([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]).w == pytest.approx(1.0)


def test_bowker_counts_only_pairs_that_occur():
    found = bowker_of_table(np.array([[10, 4, 0], [1, 20, 0], [0, 0, 5]]))
    assert (found.chi_square, found.df) == (pytest.approx((4 - 1) ** 2 / 5), 1)
    same = bowker_test([0, 1, 2], [0, 1, 2])
    assert (same.chi_square, same.df, same.p) == (0.0, 0, 1.0)


def test_exact_share_interval_covers():
    found = share_interval(42, 50)
    assert (found.low, found.high) == (pytest.approx(0.70887, abs=1e-5), pytest.approx(0.92830, abs=1e-5))
    assert share_interval(0, 10).low == 0.0 and share_interval(10, 10).high == 1.0


def test_attribute_study_counts():
    part = [p for p in range(4) for _ in range(4)]
    rater = ["A", "A", "B", "B"] * 4
    truth = ["ok", "ok", "bad", "bad"]
    standard = [truth[p] for p in part]
    ratings = list(standard)
    ratings[0] = "bad"  # A rejects good part 0 once
    ratings[11] = "ok"  # B accepts bad part 2 once
    study = attribute_study(ratings, part, rater, standard=standard, good="ok")
    a, b = study.raters
    assert (a.within.hits, a.effectiveness.hits, a.false_alarm.hits, a.miss.hits) == (3, 3, 1, 0)
    assert (b.within.hits, b.effectiveness.hits, b.false_alarm.hits, b.miss.hits) == (3, 3, 0, 1)
    assert (study.between.hits, study.all_right.hits) == (2, 2)
    assert a.false_alarm.n == a.miss.n == 4


@pytest.mark.parametrize(
    "call",
    [
        lambda: cohen_kappa([1, 2], [1]),
        lambda: cohen_kappa([1, 2], [1, 2], "cubic"),
        lambda: cohen_kappa(["a", "b"], ["a", "z"], order=["a", "b"]),
        lambda: fleiss_kappa([[1, 2], [1]]),
        lambda: kendall_w([[1.0, np.nan], [1.0, 2.0], [2.0, 3.0]]),
        lambda: share_interval(5, 4),
        lambda: attribute_study(["a", "b", "a"], [1, 1, 2], ["x", "y", "x"]),
        lambda: attribute_study(["a"] * 4, [1, 1, 2, 2], ["x", "y"] * 2, standard=["a", "b", "a", "a"]),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(InputError):
        call()
