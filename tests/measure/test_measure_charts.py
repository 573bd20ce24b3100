"""Control charts: published examples, invariants, phases, stages, exclusions, bad input."""

import json
import math

import numpy as np
import pytest
from hypothesis import given as given_values
from hypothesis import settings
from hypothesis import strategies as st
from scipy import stats

from linewright.errors import InputError
from linewright.measure.charts import (
    FrozenLimits,
    c_chart,
    cusum,
    dnom,
    ewma,
    g_chart,
    generalised_variance,
    given,
    i_mr,
    laney_p_chart,
    laney_u_chart,
    mean_and_covariance,
    median_r,
    mewma,
    moving_average,
    np_chart,
    p_chart,
    t2_individuals,
    t2_subgroups,
    t_chart,
    u_chart,
    xbar_r,
    xbar_s,
    z_mr,
)
from linewright.measure.constants import c4, d2, d3, sd_median
from linewright.measure.rules import nelson
from linewright.measure.spread import ESTIMATORS, estimate
from linewright.measure.subgroups import subgroups

# NIST/SEMATECH e-Handbook 6.3.2.2, public domain
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
# NIST/SEMATECH e-Handbook 6.3.3.1, public domain
WAFERS = [16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17, 14, 16, 15, 13, 14, 16, 11, 20, 11, 19, 16, 31, 13]
# Montgomery, Introduction to SQC, table 9.1
MONTGOMERY = [
    9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08, 9.37,
    10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
]  # fmt: skip
UNIT = given("A", "the book", mean=10.0, sigma=1.0)


def noise(*shape, seed=1):
    return np.random.default_rng(seed).normal(10.0, 2.0, shape)


def test_imr_of_the_handbook():
    chart = i_mr(FLOW)
    assert chart.centre == pytest.approx(50.81)
    assert chart["MR"].centre[0] == pytest.approx(1.8778, abs=5e-5)
    assert (chart.lcl, chart.ucl) == pytest.approx((45.8159, 55.8041), abs=2e-3)
    assert chart.in_control
    assert math.isnan(chart["MR"].values[0])


def test_c_chart_of_the_handbook_with_a_point_on_the_limit():
    chart = c_chart(WAFERS)
    assert (chart.lcl, chart.centre, chart.ucl) == (4.0, 16.0, 28.0)
    assert chart.panels[0].points().tolist() == [23]
    assert str(chart.signals()[0]) == "C, point 24: a point beyond a control limit"


def test_ewma_of_montgomery():
    panel = ewma(MONTGOMERY, 0.1, limits=UNIT).panels[0]
    assert panel.values[[0, 1, 28, 29]] == pytest.approx([9.945, 9.7495, 10.6468, 10.6341], abs=5e-5)
    assert panel.points().tolist() == [28, 29]
    assert panel.ucl[0] == pytest.approx(10.27)
    assert panel.ucl[-1] == pytest.approx(10.62, abs=5e-3)


def test_cusum_of_montgomery():
    chart = cusum(MONTGOMERY, k=0.5, h=5.0, limits=UNIT)
    # Montgomery, table 9.2: C+ 5.28 with N+ = 7 at point 29, mean estimated as 11.25
    assert chart["C+"].values[[0, 28, 29]] == pytest.approx([0.0, 5.28, 5.30], abs=5e-3)
    assert chart["C-"].values[1] == pytest.approx(1.56, abs=5e-3)
    assert chart.arrays["runs_up"][28] == 7
    assert chart.arrays["new_mean"][28] == pytest.approx(11.25, abs=5e-3)
    assert chart["C+"].points().tolist() == [28, 29]
    assert np.isnan(chart.arrays["new_mean"][:28]).all()


def test_cusum_headstart_and_restart():
    ahead = cusum(MONTGOMERY, headstart=0.5, limits=UNIT)
    assert ahead["C+"].values[0] == pytest.approx(2.5 + 9.45 - 10.5)
    again = cusum(MONTGOMERY, restart=True, limits=UNIT)
    assert again["C+"].values[29] == pytest.approx(0.02, abs=1e-9)


def test_factors_of_the_books():
    data = noise(25, 5)
    chart = xbar_r(data)
    r_bar = chart["R"].centre[0]
    assert chart.ucl - chart.centre == pytest.approx(0.577 * r_bar, rel=1e-3)  # A2
    assert chart["R"].ucl[0] == pytest.approx(2.114 * r_bar, rel=1e-3)  # D4
    assert chart["R"].lcl[0] == 0.0
    chart = xbar_s(data)
    s_bar = chart["S"].centre[0]
    assert chart.ucl - chart.centre == pytest.approx(1.427 * s_bar, rel=1e-3)  # A3
    assert chart["S"].ucl[0] == pytest.approx(2.089 * s_bar, rel=1e-3)  # B4
    chart = median_r(data)
    assert chart.ucl - chart.centre == pytest.approx(0.691 * chart["R"].centre[0], rel=1e-3)  # A6
    assert chart.centre == pytest.approx(np.median(data, axis=1).mean())
    assert chart.ucl - chart.centre == pytest.approx(3 * sd_median(5) * chart.parameters[0]["sigma"])
    wide = xbar_r(noise(10, 7))
    assert wide["R"].lcl[0] == pytest.approx(0.076 * wide["R"].centre[0], rel=1e-2)  # D3


def test_varying_subgroup_sizes():
    rows = [[1.0, 2.0, 4.0], [2.0, 5.0], [1.5, 2.5, 3.0, 3.5]]
    chart = xbar_s(rows, sigma="pooled")
    values = np.concatenate([np.array(r) for r in rows])
    assert chart.centre == pytest.approx(values.mean())
    free = np.array([2, 1, 3])
    pooled = math.sqrt(sum(f * np.var(r, ddof=1) for f, r in zip(free, rows, strict=True)) / 6) / c4(7)
    assert chart.parameters[0]["sigma"] == pytest.approx(pooled)
    half = chart["Xbar"].ucl - chart["Xbar"].centre
    assert half == pytest.approx([3 * pooled / math.sqrt(n) for n in (3, 2, 4)])
    assert chart["S"].centre == pytest.approx([c4(n) * pooled for n in (3, 2, 4)])
    ranges = xbar_r(rows)["R"]
    sigma = xbar_r(rows).parameters[0]["sigma"]
    assert ranges.centre == pytest.approx([d2(n) * sigma for n in (3, 2, 4)])
    weights = [(d2(n) / d3(n)) ** 2 for n in (3, 2, 4)]
    expected = np.average([3 / d2(3), 3 / d2(2), 2 / d2(4)], weights=weights)
    assert sigma == pytest.approx(expected)


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_every_estimator_of_sigma_finds_it(name):
    sigma = estimate(subgroups(noise(4000, 5)), name).sigma
    assert sigma == pytest.approx(2.0, rel=0.06)
    if name not in ("rbar", "sbar", "pooled", "pooled_raw", "median_range"):
        assert estimate(subgroups(noise(20_000)), name).sigma == pytest.approx(2.0, rel=0.03)


@settings(max_examples=25, deadline=None)
@given_values(st.floats(0.1, 50), st.floats(-1e3, 1e3), st.integers(0, 10_000))
def test_a_change_of_unit_changes_no_signal(scale, offset, seed):
    x = noise(40, 4, seed=seed)
    for chart in (xbar_r, xbar_s, median_r):
        plain, moved = chart(x, rules=nelson()), chart(scale * x + offset, rules=nelson())
        for a, b in zip(plain.panels, moved.panels, strict=True):
            assert np.array_equal(a.masks, b.masks)


@settings(max_examples=25, deadline=None)
@given_values(st.integers(0, 10_000))
def test_frozen_limits_of_the_same_data_give_the_same_chart(seed):
    x = noise(30, seed=seed)
    first = i_mr(x, rules=nelson())
    second = i_mr(x, rules=nelson(), limits=first.freeze("B", "M. Weber", "2026-03-02"))
    for a, b in zip(first.panels, second.panels, strict=True):
        assert np.array_equal(a.masks, b.masks)
        assert b.ucl == pytest.approx(a.ucl)
    assert second.provenance.limits_revision == "B, frozen by M. Weber on 2026-03-02"
    assert second.provenance.method == "I-MR chart, phase II"
    assert second.provenance.data_sha256 == first.provenance.data_sha256


def test_stages_have_limits_of_their_own():
    x = np.concatenate((noise(20), noise(25, seed=2) + 30))
    chart = i_mr(x, stages=["old tool"] * 20 + ["new tool"] * 25, rules=nelson())
    apart = [i_mr(x[:20], rules=nelson()), i_mr(x[20:], rules=nelson())]
    assert chart.panels[0].ucl[[0, 30]] == pytest.approx([part.ucl for part in apart])
    assert math.isnan(chart["MR"].values[20])
    assert np.array_equal(chart.panels[0].masks, np.concatenate([part.panels[0].masks for part in apart]))
    assert len(chart.parameters) == 2


def test_excluded_points_are_judged_but_do_not_count():
    x = noise(30)
    x[12] = 60.0
    chart = i_mr(x, exclude={12: "probe was knocked"})
    without = np.delete(x, 12)
    assert chart.centre == pytest.approx(without.mean())
    assert 12 in chart.panels[0].points()
    ranges = np.abs(np.diff(x))
    assert chart["MR"].centre[0] == pytest.approx(np.delete(ranges, [11, 12]).mean())
    assert chart.excluded == {12: "probe was knocked"}


def test_dispersion_panels_bear_no_zone_rules():
    chart = xbar_s(noise(30, 4), rules=nelson())
    names = [rule.name for rule in chart["S"].book.rules]
    assert names == ["nelson1", "nelson2", "nelson3", "nelson4"]
    assert [rule.name for rule in i_mr(noise(9), rules=nelson())["MR"].book.rules] == ["nelson1"]
    assert "S: Nelson 1984: nelson1" in chart.provenance.rules


def test_moving_average_limits_narrow():
    panel = moving_average(MONTGOMERY, 5, limits=UNIT).panels[0]
    assert panel.ucl[:5] == pytest.approx([10 + 3 / math.sqrt(i) for i in range(1, 6)])
    assert panel.values[6] == pytest.approx(np.mean(MONTGOMERY[2:7]))
    assert panel.ucl[20] == pytest.approx(10 + 3 / math.sqrt(5))


def test_ewma_of_weight_one_is_the_individuals_chart():
    x = noise(40)
    one, plain = ewma(x, 1.0, width=3.0), i_mr(x)
    assert one.panels[0].values == pytest.approx(x)
    assert one.ucl == pytest.approx(plain.ucl)


def test_p_and_np_and_u():
    x, n = np.array([5, 8, 2, 7]), np.array([100, 150, 80, 120])
    p = p_chart(x, n)
    mean = x.sum() / n.sum()
    assert p.panels[0].centre == pytest.approx(mean)
    assert p.panels[0].ucl == pytest.approx(mean + 3 * np.sqrt(mean * (1 - mean) / n))
    assert p.panels[0].lcl == pytest.approx(np.maximum(mean - 3 * np.sqrt(mean * (1 - mean) / n), 0))
    assert np_chart(x, n).panels[0].centre == pytest.approx(n * mean)
    assert np_chart(x, 100).ucl == pytest.approx(100 * p_chart(x, 100).ucl)
    assert u_chart(x, n).panels[0].ucl == pytest.approx(mean + 3 * np.sqrt(mean / n))


def test_laney_is_the_plain_chart_times_sigma_z():
    rng = np.random.default_rng(4)
    n = rng.integers(8_000, 12_000, 40)
    x = rng.binomial(n, rng.uniform(0.08, 0.12, 40))
    plain, laney = p_chart(x, n), laney_p_chart(x, n)
    factor = laney.parameters[0]["sigma_z"]
    assert factor > 2.0
    z = (x / n - plain.centre) / np.sqrt(plain.centre * (1 - plain.centre) / n)
    assert factor == pytest.approx(np.abs(np.diff(z)).mean() / d2(2))
    assert laney.panels[0].ucl - laney.centre == pytest.approx(factor * (plain.panels[0].ucl - plain.centre))
    assert laney_u_chart(x, n).parameters[0]["sigma_z"] > 2.0


def test_rare_events():
    x = np.array([12, 30, 5, 44, 18, 9, 27, 0, 61, 15])
    chart = g_chart(x)
    mean = x.mean()
    assert chart.ucl == pytest.approx(mean + 3 * math.sqrt(mean * (mean + 1)))
    assert chart.lcl == 0.0
    quantile = g_chart(x, "quantiles")
    p = 0.9 / (mean + 1)
    assert quantile.centre == pytest.approx(math.log(0.5) / math.log1p(-p) - 1)
    t = t_chart(x + 0.5, "exponential")
    fitted = stats.expon(scale=(x + 0.5).mean())
    assert (t.lcl, t.centre, t.ucl) == pytest.approx(fitted.ppf(stats.norm.cdf([-3, 0, 3])))
    shape, _, scale = stats.weibull_min.fit(x + 0.5, floc=0)
    weibull = t_chart(x + 0.5)
    assert (weibull.lcl, weibull.ucl) == pytest.approx(
        stats.weibull_min.ppf(stats.norm.cdf([-3, 3]), shape, scale=scale), rel=1e-4
    )
    nelson_t = t_chart(x + 0.5, "nelson")
    assert nelson_t.panels[0].values == pytest.approx((x + 0.5) ** (1 / 3.6))


def test_rare_event_scores_agree_with_the_drawn_limits():
    x = np.random.default_rng(8).geometric(0.3, 400) - 1
    panel = g_chart(x, "quantiles").panels[0]
    beyond = (panel.values > panel.ucl) | (panel.values < panel.lcl)
    assert np.array_equal(panel.masks != 0, beyond)


def test_short_runs():
    parts = ["a"] * 6 + ["b"] * 6 + ["a"] * 4
    x = np.where(np.array(parts) == "a", 10.0, 50.0) + np.random.default_rng(3).normal(size=16)
    chart = z_mr(x, parts)
    z = chart["Z"].values
    a = np.array(parts) == "a"
    assert z[a].mean() == pytest.approx(0.0, abs=1e-12)
    steps = np.concatenate((np.abs(np.diff(x[:6])), np.abs(np.diff(x[12:]))))
    assert chart.parameters[0]["sigma_a"] == pytest.approx(steps.mean() / d2(2))
    assert chart["MR"].ucl[0] == pytest.approx(3.686, abs=1e-3)
    assert set(z_mr(x, parts, "constant").parameters[0]) == {"mean_a", "mean_b", "sigma"}
    assert "sigma_run_3" in z_mr(x, parts, "by_run").parameters[0]
    assert z_mr(x, parts, "relative")["Z"].values.size == 16
    deviation = dnom(x, parts, {"a": 10.0, "b": 50.0})
    assert deviation.panels[0].values == pytest.approx(x - np.where(a, 10.0, 50.0))
    groups = dnom(x.reshape(8, 2), ["a"] * 3 + ["b"] * 3 + ["a"] * 2, {"a": 10.0, "b": 50.0})
    assert groups.kind == "DNOM Xbar-R"


def test_t2_individuals_limits_and_contributions():
    x = np.random.default_rng(6).multivariate_normal([0, 5], [[1, 0.8], [0.8, 2]], 30)
    x[7] = [3.0, 2.0]
    chart = t2_individuals(x, alpha=0.005)
    assert chart.ucl == pytest.approx(29**2 / 30 * stats.beta.isf(0.005, 1, 13.5))
    t2 = chart.panels[0].values
    assert t2.sum() == pytest.approx(2 * 29)  # sum of T2 is p (m - 1)
    assert chart.panels[0].points().tolist() == [7]
    alone = t2_individuals(np.delete(x, 1, axis=1))
    frozen = chart.freeze("A", "M. Weber")
    later = t2_individuals(x, alpha=0.005, limits=frozen)
    assert later.ucl == pytest.approx(2 * 31 * 29 / (30 * 28) * stats.f.isf(0.005, 2, 28))
    # T2 less the T2 without a column, which is that of the other column alone
    assert t2 - chart.arrays["contributions"][:, 1] == pytest.approx(alone.panels[0].values)
    robust = t2_individuals(x, covariance="successive")
    steps = np.diff(x, axis=0)
    assert robust.arrays["covariance"] == pytest.approx(steps.T @ steps / 58)


def test_t2_subgroups_and_generalised_variance():
    x = np.random.default_rng(6).multivariate_normal([0, 5], [[1, 0.8], [0.8, 2]], (20, 4))
    chart = t2_subgroups(x, alpha=0.001)
    assert chart.ucl == pytest.approx(2 * 19 * 3 / 59 * stats.f.isf(0.001, 2, 59))
    given_chart = t2_subgroups(
        x, alpha=0.001, limits=mean_and_covariance([0, 5], [[1, 0.8], [0.8, 2]], "A", "W")
    )
    assert given_chart.ucl == pytest.approx(stats.chi2.isf(0.001, 2))
    # Montgomery, section 11.6: p = 2: b1 = (n-2)/(n-1), b2 = (n-2)(4n-2... )/(n-1)^3
    spread = generalised_variance(x)
    b1 = 3 * 2 / 9
    assert spread.centre == pytest.approx(np.linalg.det(chart.arrays["covariance"]))
    assert spread.parameters[0]["determinant"] == pytest.approx(spread.centre / b1)
    assert len(t2_subgroups(x, limits=chart.freeze("A", "W")).panels[0]) == 20


def test_mewma_limit_comes_from_the_run_length():
    x = np.random.default_rng(6).multivariate_normal([0, 5], [[1, 0.8], [0.8, 2]], 50)
    chart = mewma(x, 0.1)
    assert chart.ucl == pytest.approx(8.64, abs=0.01)  # Prabhu & Runger (1997): 8.64
    one = mewma(x[:, :1], 0.2, limit=7.29)
    same = ewma(x[:, 0], 0.2, limits=given("A", "x", mean=x[:, 0].mean(), sigma=x[:, 0].std(ddof=1)))
    assert np.array_equal(one.panels[0].masks, same.panels[0].masks)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: i_mr([1.0]), "at least 2"),
        (lambda: i_mr([]), "at least 2"),
        (lambda: i_mr([1.0, float("nan"), 2.0]), "value 2 is nan"),
        (lambda: i_mr([1.0, float("inf"), 2.0]), "value 2 is inf"),
        (lambda: i_mr([5.0] * 20), "no variation"),
        (lambda: i_mr([0.1 + 0.2] * 5 + [0.3] * 5), "no variation"),
        (lambda: i_mr(["a", "b"]), "not numbers"),
        (lambda: i_mr(["1.0", "2.0"]), "not numbers"),
        (lambda: i_mr([1.0, 2.0 + 1.0j]), "not numbers"),
        (lambda: i_mr(np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]")), "not numbers"),
        (lambda: i_mr(np.ma.masked_equal([1.0, 2.0, 9.0], 9.0)), "masked"),
        (lambda: i_mr([1.0, None, 2.0]), "value 2 is nan"),
        (lambda: xbar_s([[1e300, -1e300], [1e200, 1.0]]), "too large"),
        (lambda: subgroups([[1.0, 2.0], [[3.0]]]), "not numbers"),
        (lambda: i_mr([[1.0, 2.0], [3.0, 4.0]]), "one row"),
        (lambda: xbar_r([[1.0], [2.0]]), "i_mr"),
        (lambda: xbar_r([[1.0, 1.0]] * 10), "no variation"),
        (lambda: xbar_s([[1.0, 2.0], []]), "at least 1"),
        (lambda: xbar_r(noise(5, 3), sigma="sbarr"), "did you mean 'sbar'"),
        (lambda: c_chart([1, 2, -1]), "not a count"),
        (lambda: c_chart([1.5, 2]), "not a count"),
        (lambda: c_chart([0, 0, 0]), "mean is 0"),
        (lambda: p_chart([5, 3], [4, 10]), "5 defective of 4"),
        (lambda: p_chart([4, 10], [4, 10]), "mean is 1"),
        (lambda: p_chart([1, 2], [10, 0]), "zero or less"),
        (lambda: u_chart([1, 2], [1.0, 2.0, 3.0]), "3 sizes for 2"),
        (lambda: laney_p_chart([1, 1, 1], [10, 10, 10]), "sigma_z"),
        (lambda: t_chart([1.0, 0.0, 2.0]), "not above zero"),
        (lambda: t_chart([2.0, 2.0, 2.0]), "equal"),
        (lambda: g_chart([0, 0, 0]), "no good item"),
        (lambda: ewma([1.0, 2.0], 0.0), "lam"),
        (lambda: cusum([1.0, 2.0], headstart=1.0), "share of h"),
        (lambda: cusum([1.0, 2.0], h=-1.0), "above zero"),
        (lambda: given("", "me", mean=0.0), "revision"),
        (lambda: given("A", "me", sigma=0.0), "above zero"),
        (lambda: i_mr([1.0, 2.0], limits=given("A", "me", mean=1.0)), "hold no 'sigma'"),
        (lambda: i_mr([1.0, 2.0], limits=UNIT, exclude={0: "x"}), "phase I"),
        (lambda: i_mr([1.0, 2.0, 4.0], exclude={0: " "}), "without a reason"),
        (lambda: i_mr([1.0, 2.0, 4.0], exclude={3: "x"}), "no point 3"),
        (lambda: i_mr([1.0, 2.0, 4.0], stages=["a", "b", "a"]), "comes back"),
        (lambda: i_mr([1.0, 2.0, 4.0], exclude={1: "x"}), "no moving range"),
        (lambda: t2_individuals([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0]]), "singular"),
        (lambda: t2_individuals([[1.0, 2.0], [2.0, 2.0], [3.0, 2.0], [4.0, 2.0]]), "does not vary"),
        (lambda: t2_individuals([[1.0, 2.0], [2.0, 1.0]]), "at least 3"),
        (lambda: generalised_variance(noise(5, 2, 3)), "no |S|"),
        (lambda: mean_and_covariance([0, 0], [[1, 2], [0, 1]], "A", "me"), "symmetric"),
        (lambda: z_mr([1.0, 2.0], ["a", "b"]), "constant"),
        (lambda: dnom([1.0, 2.0], ["a", "b"], {"a": 1.0}), "no nominal"),
        (lambda: subgroups([1.0, 2.0, 3.0], by=["a", "b", "a"]), "stand together"),
    ],
)
def test_bad_input_is_told(make, says):
    with pytest.raises(InputError) as told:
        make()
    assert says in str(told.value)


def test_a_wrong_option_is_a_bug_of_the_caller():
    with pytest.raises(TypeError, match="no such chart option"):
        i_mr([1.0, 2.0], rulez=nelson())  # type: ignore[call-arg]


def test_frozen_limits_survive_a_journal():
    x = np.random.default_rng(6).multivariate_normal([0, 5], [[1, 0.8], [0.8, 2]], 30)
    frozen = t2_individuals(x, covariance="successive").freeze("B", "M. Weber", "2026-03-02", "new fixture")
    again = FrozenLimits.from_record(json.loads(json.dumps(frozen.as_record())))
    assert str(again) == "B, frozen by M. Weber on 2026-03-02"
    assert t2_individuals(x, limits=again).ucl == t2_individuals(x, limits=frozen).ucl
    with pytest.raises(InputError, match="did you mean 'revision'"):
        FrozenLimits.from_record(frozen.as_record() | {"revison": "C"})
    with pytest.raises(InputError, match="'frozen_by' is missing"):
        FrozenLimits.from_record({"chart": "given", "parameters": {}, "revision": "A"})


def test_a_chart_reads_as_text():
    text = str(c_chart(WAFERS, exclude={2: "handling"}))
    assert "C, point 24: a point beyond a control limit" in text
    assert "excluded: point 3, handling" in text
    assert "no signal" in str(i_mr(FLOW))


def test_excluded_subgroups_of_any_size():
    rows = [[1.0, 2.0, 4.0], [9.0, 30.0], [1.5, 2.5, 3.0, 3.5], [2.0, 2.8]]
    chart = xbar_s(rows, exclude={1: "coolant off"}, rules=nelson())
    without = xbar_s([rows[0], rows[2], rows[3]])
    assert chart.parameters == without.parameters
    assert chart["S"].ucl[[0, 2, 3]] == pytest.approx(without["S"].ucl)
    assert chart["Xbar"].points().tolist() == [1]
    with pytest.raises(InputError, match="every point of a stage is excluded"):
        xbar_s(rows, exclude=dict.fromkeys(range(4), "all"))


@settings(max_examples=30, deadline=None)
@given_values(
    st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), min_size=1, max_size=12), st.data()
)
def test_kept_subgroups_are_the_same_subgroups(rows, data):
    groups = subgroups(rows)
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    if not chosen.any():
        return
    kept, again = groups.keep(chosen), subgroups([row for row, c in zip(rows, chosen, strict=True) if c])
    for name in ("values", "starts", "sizes", "mean", "sd", "range", "median"):
        assert np.array_equal(getattr(kept, name), getattr(again, name)), name
    for row, mean, sd in zip(rows, groups.mean, groups.sd, strict=True):
        assert mean == pytest.approx(np.mean(row), rel=1e-12, abs=1e-9)
        if len(row) > 1:
            assert sd == pytest.approx(np.std(row, ddof=1), rel=1e-9, abs=1e-9)
