"""Capability: published figures, exact intervals by definition, coverage, transformations, bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from linewright.errors import InputError
from linewright.measure.capability import (
    DISTRIBUTIONS,
    Spec,
    bca,
    binomial_capability,
    box_cox,
    capability,
    compare,
    compare_fits,
    cp_interval,
    cpk_interval,
    cpk_lower_bound,
    fit,
    goodness,
    johnson,
    nonnormal_capability,
    normality,
    one_sided_interval,
    poisson_capability,
    ppk_statistic,
    proportion_interval,
    rate_interval,
    step_yields,
    taguchi,
    transformed_capability,
)

SPEC = Spec(4.0, 16.0, 10.0)


def sample(n=125, seed=1, sd=2.0):
    return np.random.default_rng(seed).normal(10.0, sd, n)


def test_nist_handbook():
    found = compare(16.0, 2.0, Spec(8.0, 20.0))
    assert (found.cp, found.cpl, found.cpu, found.cpk) == pytest.approx((1.0, 4 / 3, 2 / 3, 2 / 3))


def test_montgomery_interval_of_cp():
    interval = cp_interval(24 / 6 / 1.75, 19)
    assert (interval.low, interval.high) == pytest.approx((1.57, 3.01), abs=6e-3)
    assert 2.29 in interval


def test_montgomery_interval_of_cpk():
    # example 8.5: n 20, Cpk 1.33: 0.88 to 1.78 (1.99 z)
    interval = cpk_interval(1.33, 20, 19)
    assert (interval.low, interval.high) == pytest.approx((0.88, 1.78), abs=0.01)
    assert cpk_lower_bound(1.33, 20, 19, 0.975).low == pytest.approx(interval.low)


def test_one_sided_interval_by_its_definition():
    interval = one_sided_interval(1.2, 25, confidence=0.9)
    t = 3 * math.sqrt(25) * 1.2
    assert stats.nct.sf(t, 24, 15 * interval.low) == pytest.approx(0.05, abs=1e-8)
    assert stats.nct.cdf(t, 24, 15 * interval.high) == pytest.approx(0.05, abs=1e-8)
    far = one_sided_interval(1.5, 1_000_000)
    assert (far.low + far.high) / 2 == pytest.approx(1.5, abs=1e-5)


def test_a_study_names_what_it_is_made_of():
    study = capability(sample(100).reshape(20, 5), SPEC, within="rbar", df="effective")
    assert study.within.estimator == "Rbar / d2(n)"
    assert study.within.effective_df < study.within.nominal_df == 80
    assert f"chi-square with {study.within.effective_df:.6g} df" in study.short_term.both.interval.method
    assert len(study.provenance.data_sha256) == 64
    assert study.cp == pytest.approx(12 / 6 / study.within.sigma)
    assert study.ppk == pytest.approx(min(study.mean - 4, 16 - study.mean) / 3 / study.overall.sigma)
    assert study.expected_overall.total == pytest.approx(
        1e6
        * (
            stats.norm.cdf(4, study.mean, study.overall.sigma)
            + stats.norm.sf(16, study.mean, study.overall.sigma)
        )
    )


def test_effective_degrees_of_freedom_of_published_tables():
    # Duncan / Patnaik: one range of five, nu = 3.83; twenty of five, nu about 72.7
    one = capability(sample(5).reshape(1, 5), SPEC, within="rbar")
    assert one.within.effective_df == pytest.approx(3.83, abs=0.03)
    many = capability(sample(100).reshape(20, 5), SPEC, within="rbar")
    assert many.within.effective_df == pytest.approx(72.7, abs=0.1)


def test_one_sided_tolerance():
    study = capability(sample(), Spec(usl=16.0), intervals="exact")
    assert study.cp is None
    assert study.short_term.lower is None
    assert study.cpm is None
    assert study.ppk == study.long_term.upper.value
    assert "noncentral t" in study.long_term.worst.interval.method
    assert study.expected_overall.below == 0.0


def test_cpm_about_a_target():
    assert taguchi(10.0, 2.0, SPEC) == pytest.approx(1.0)
    assert taguchi(12.0, 2.0, SPEC) == pytest.approx(1.0 / math.sqrt(2))
    assert taguchi(9.0, 1.0, Spec(usl=14.0, target=9.0)) == pytest.approx(5 / 3)
    assert taguchi(9.0, 1.0, Spec(usl=14.0)) is None


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 100), st.floats(-500, 500), st.integers(0, 1000))
def test_indices_do_not_depend_on_the_unit(scale, offset, seed):
    x = sample(40, seed)
    plain = capability(x, SPEC)
    moved = capability(scale * x + offset, Spec(scale * 4 + offset, scale * 16 + offset, scale * 10 + offset))
    assert moved.cpk == pytest.approx(plain.cpk, rel=1e-6)
    assert moved.ppk == pytest.approx(plain.ppk, rel=1e-6)
    assert plain.ppk <= plain.pp + 1e-12
    assert plain.cpm.value <= plain.pp + 1e-12


def test_bca_is_repeatable_and_near_scipy():
    x = sample()
    ours = bca(x, ppk_statistic(SPEC), seed=3)
    assert bca(x, ppk_statistic(SPEC), seed=3) == ours

    def ppk(values, axis):
        mean, sd = values.mean(axis), values.std(axis, ddof=1)
        return np.minimum(mean - 4, 16 - mean) / 3 / sd

    theirs = stats.bootstrap((x,), ppk, n_resamples=10_000, rng=5).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.015)


def test_bca_covers_the_truth():
    hits = [0.9827 in _bca_of_sd(seed) for seed in range(200)]
    assert 0.87 <= np.mean(hits) <= 0.99


def _bca_of_sd(seed):
    x = np.random.default_rng(seed).gamma(4.0, 0.49135, 60)  # standard deviation 2 * 0.49135
    return bca(x, lambda v: v.std(axis=1, ddof=1), resamples=600)


def test_bca_of_many_values_leaves_out_groups():
    x = sample(20_000)
    interval = bca(x, lambda v: v.mean(axis=1), resamples=200)
    half = 1.96 * x.std() / math.sqrt(x.size)
    assert interval.high - interval.low == pytest.approx(2 * half, rel=0.25)


def test_bootstrap_intervals_of_a_study():
    study = capability(sample(), SPEC, intervals="bca", resamples=1000)
    assert "BCa" in study.long_term.worst.interval.method
    assert "BCa" in study.cpm.interval.method
    # values without subgroups: sigma within rests on neighbours, which a drawn sample does not have
    assert "Bissell" in study.short_term.worst.interval.method


@pytest.mark.parametrize("within", ["pooled", "pooled_raw", "rbar", "sbar"])
def test_bootstrap_of_indices_within_subgroups(within):
    """Near the chi-square and Bissell's intervals, which are right for these values; whole subgroups are drawn."""
    data = sample(1000).reshape(200, 5)
    study = capability(data, SPEC, within=within, intervals="bca", resamples=2000)
    plain = capability(data, SPEC, within=within, df="effective")
    for name in ("both", "lower", "upper", "worst"):
        ours, theirs = getattr(study.short_term, name), getattr(plain.short_term, name)
        assert ours.value == theirs.value
        assert "BCa" in ours.interval.method
        width = theirs.interval.high - theirs.interval.low
        assert ours.interval.low == pytest.approx(theirs.interval.low, abs=0.15 * width)
        assert ours.interval.high == pytest.approx(theirs.interval.high, abs=0.15 * width)


def test_bootstrap_of_subgroups_sees_means_that_wander():
    """Between subgroups that differ, the mean is known less well than Bissell's formula has it."""
    rng = np.random.default_rng(6)
    data = rng.normal(0.0, 0.5, (60, 5)) + rng.normal(12.0, 1.5, (60, 1))
    drawn = capability(data, SPEC, intervals="bca", resamples=2000).short_term.worst.interval
    formula = capability(data, SPEC).short_term.worst.interval
    assert drawn.high - drawn.low > 1.2 * (formula.high - formula.low)


def test_bootstrap_of_uneven_subgroups():
    data = [sample(size, seed) for seed, size in enumerate([2, 3, 4, 5, 1] * 12)]
    study = capability(data, SPEC, within="sbar", intervals="bca", resamples=1000)
    assert study.short_term.worst.interval.low < study.cpk < study.short_term.worst.interval.high
    medians = capability(sample(60).reshape(12, 5), SPEC, within="median_range", intervals="bca", resamples=200)
    assert "Bissell" in medians.short_term.worst.interval.method


TRUE = {
    "weibull": stats.weibull_min(2, 0, 3),
    "gamma": stats.gamma(3, 0, 2),
    "exponential": stats.expon(0, 2),
    "exponential2": stats.expon(3, 2),
    "logistic": stats.logistic(5, 2),
    "loglogistic": stats.fisk(4, 0, 3),
    "gumbel_max": stats.gumbel_r(4, 1.5),
    "gumbel_min": stats.gumbel_l(4, 1.5),
    "rayleigh": stats.rayleigh(0, 2),
    "folded_normal": stats.foldnorm(1, 0, 2),
    "normal": stats.norm(5, 2),
    "lognormal": stats.lognorm(0.5, 0, 3),
    "weibull3": stats.weibull_min(2, 10, 3),
    "lognormal3": stats.lognorm(0.5, 10, 3),
    "gamma3": stats.gamma(3, 10, 2),
    "loglogistic3": stats.fisk(4, 10, 3),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_fit_finds_the_distribution(name):
    x = np.asarray(TRUE[name].rvs(4000, random_state=np.random.default_rng(9)))
    found = fit(x, name)
    for q in (0.01, 0.5, 0.99):
        spread = TRUE[name].ppf(0.99) - TRUE[name].ppf(0.01)
        assert abs(found.distribution.ppf(q) - TRUE[name].ppf(q)) < 0.07 * spread
    assert found.ad < 2.0
    assert found.ks == pytest.approx(stats.kstest(x, found.distribution.cdf).statistic)


def test_fits_are_the_largest_likelihood():
    x = np.asarray(TRUE["gamma"].rvs(80, random_state=np.random.default_rng(2)))
    for name, scipy_name in (("gamma", stats.gamma), ("weibull", stats.weibull_min)):
        shape, _, scale = scipy_name.fit(x, floc=0)
        assert fit(x, name).log_likelihood >= np.sum(scipy_name.logpdf(x, shape, 0, scale)) - 1e-6
    location, scale = stats.gumbel_r.fit(x)
    assert fit(x, "gumbel_max").log_likelihood >= np.sum(stats.gumbel_r.logpdf(x, location, scale)) - 1e-6


def test_anderson_darling_of_normality():
    x = sample(60)
    found = normality(x)
    assert found.statistic == pytest.approx(
        stats.anderson(x, "norm", method="interpolate").statistic, abs=1e-9
    )
    assert 0.05 < found.p_value < 1.0
    assert normality(np.exp(x)).p_value < 1e-6
    assert normality(np.concatenate((np.zeros(500), [1e6]))).p_value == 0.0


def test_goodness_by_bootstrap():
    x = np.asarray(TRUE["weibull"].rvs(60, random_state=np.random.default_rng(3)))
    ad, ks = goodness(x, "weibull", resamples=150)
    assert ad.p_value > 0.05 < ks.p_value
    assert goodness(x**4, "normal", resamples=150)[1].p_value < 0.05


def test_best_fit_comes_first():
    x = np.asarray(TRUE["gumbel_min"].rvs(2000, random_state=np.random.default_rng(3)))
    ranked = compare_fits(x, ["normal", "gumbel_min", "logistic"])
    assert ranked[0].name == "gumbel_min"
    assert [f.ad for f in ranked] == sorted(f.ad for f in ranked)


def test_percentiles_of_a_normal_process_are_the_plain_indices():
    x = sample()
    study, plain = nonnormal_capability(x, SPEC, "normal"), capability(x, SPEC)
    assert (study.pp, study.ppk) == pytest.approx((plain.pp, plain.ppk))
    scored = nonnormal_capability(x, SPEC, "normal", method="z")
    assert scored.ppk == pytest.approx(plain.ppk, abs=1e-9)
    assert study.expected.total == pytest.approx(plain.expected_overall.total)


def test_empirical_percentiles_say_when_they_are_extremes():
    few = nonnormal_capability(sample(), SPEC)
    assert (few.x_low, few.x_high) == (sample().min(), sample().max())
    assert "extremes" in few.provenance.notes[0]
    many = nonnormal_capability(sample(200_000), SPEC)
    assert many.pp == pytest.approx(1.0, abs=0.03)
    assert many.provenance.notes == ()


def test_box_cox():
    x = np.exp(np.random.default_rng(4).normal(1.0, 0.5, 150))
    found = box_cox(x)
    assert found.power == pytest.approx(stats.boxcox_normmax(x, method="mle"), abs=1e-4)
    _, _, (low, high) = stats.boxcox(x, alpha=0.05)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)
    assert found.rounded == 0.0
    logs = box_cox(x, power=0.0)
    study = transformed_capability(x, Spec(0.5, 15.0), logs)
    direct = capability(np.log(x), Spec(math.log(0.5), math.log(15.0)))
    assert study.ppk == pytest.approx(direct.ppk)
    assert study.cpm is None
    inverse = transformed_capability(x, Spec(0.5, 15.0), box_cox(x, power=-1.0))
    assert inverse.long_term.lower.value > 0.0 < inverse.long_term.upper.value
    below = transformed_capability(x, Spec(0.0, 15.0), logs)
    assert below.pp is None
    assert "left out" in below.provenance.notes[-1]


@pytest.mark.parametrize(
    "truth", [stats.johnsonsu(1, 1.5, 2, 3), stats.johnsonsb(1, 1.5, 2, 3), stats.lognorm(0.6)]
)
def test_johnson_makes_it_normal(truth):
    x = np.asarray(truth.rvs(1500, random_state=np.random.default_rng(5)))
    found = johnson(x)
    assert found.ad_p > 0.2
    y = found.apply(x)
    assert np.array_equal(np.argsort(y), np.argsort(x))
    low, high = truth.ppf([0.001, 0.999])
    study = transformed_capability(x, Spec(low, high), found)
    assert study.ppk == pytest.approx(1.03, abs=0.12)


def test_attributes():
    found = binomial_capability([3, 0, 2], [50, 50, 50])
    exact = stats.binomtest(5, 150).proportion_ci(method="exact")
    assert (found.interval.low, found.interval.high) == pytest.approx((exact.low, exact.high))
    assert found.z == pytest.approx(stats.norm.isf(5 / 150))
    assert proportion_interval(0, 50).high == pytest.approx(1 - 0.05 ** (1 / 50))
    assert proportion_interval(50, 50).high == 1.0
    none = binomial_capability([0, 0], [50, 50])
    assert none.z == math.inf == none.z_interval.high
    poisson = poisson_capability([2, 3], [10, 10])
    assert poisson.dpu == 0.25
    assert stats.poisson.sf(4, 20 * poisson.interval.low) == pytest.approx(0.025)
    assert stats.poisson.cdf(5, 20 * poisson.interval.high) == pytest.approx(0.025)
    assert rate_interval(0, 10).high == pytest.approx(-math.log(0.05) / 10)


def test_yields():
    # three steps, 100 units: 2, 0, 3 scrapped, 1, 1, 0 reworked
    found = step_yields([2, 0, 3], [1, 1, 0], 100)
    assert (found.final, found.first_time, found.dpmo) == pytest.approx((0.95, 0.93, 50_000))
    assert found.rolled == pytest.approx(0.97 * 0.99 * 0.97)
    left = step_yields([2, 0, 3], [1, 1, 0], 100, entering="remaining")
    assert left.rolled == pytest.approx(0.97 * (1 - 1 / 98) * (1 - 3 / 98))


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: Spec(), "at least one limit"),
        (lambda: Spec(5.0, 5.0), "limits crossed"),
        (lambda: Spec(6.0, 5.0), "limits crossed"),
        (lambda: Spec(0.0, float("nan")), "not a finite"),
        (lambda: Spec(0.0, 1.0, 2.0), "outside the tolerance"),
        (lambda: capability([1.0], SPEC), "at least"),
        (lambda: capability([5.0] * 10, SPEC), "no variation"),
        (lambda: capability([1.0, float("nan")], SPEC), "nan"),
        (lambda: capability(sample(), SPEC, within="rbar"), "subgroups of at least two"),
        (lambda: capability(sample(), SPEC, within="poold"), "did you mean 'pooled'"),
        (lambda: capability(sample(), SPEC, confidence=95), "between 0 and 1"),
        (lambda: compare(1.0, 0.0, SPEC), "above zero"),
        (lambda: bca([1.0, 1.0, 1.0], lambda v: v.mean(axis=1)), "same in every resample"),
        (lambda: bca([1.0, 2.0, 3.0], ppk_statistic(SPEC), resamples=10), "at least 100"),
        (lambda: fit([1.0, -2.0, 3.0], "weibull"), "above zero"),
        (lambda: fit([1.0, 1.0, 1.0], "normal"), "equal"),
        (lambda: fit(sample(), "wiebull"), "weibull"),
        (lambda: box_cox([1.0, 0.0, 2.0]), "above zero"),
        (lambda: johnson([1.0] * 20), "no Johnson"),
        (lambda: nonnormal_capability(sample(), SPEC, method="z"), "fitted distribution"),
        (lambda: binomial_capability([5], [4]), "more defectives"),
        (lambda: poisson_capability([1], [0]), "zero or fewer"),
        (lambda: step_yields([1, 2], [1], 100), "2 steps"),
        (lambda: step_yields([100, 2], [1, 0], 100), "more defects"),
    ],
)
def test_bad_questions_are_told(ask, says):
    with pytest.raises(InputError) as told:
        ask()
    assert says in str(told.value)
