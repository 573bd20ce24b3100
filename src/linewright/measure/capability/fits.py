"""Distributions fitted to data, and how well they fit: Anderson-Darling, Kolmogorov-Smirnov.

Normal and lognormal take the n - 1 standard deviation, as capability studies do; all others the largest
likelihood. Three-parameter families estimate their threshold too, by largest profile likelihood. Sources:
D'Agostino & Stephens, Goodness-of-Fit Techniques (1986), chapter 4; Cohen & Whitten (1980).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.optimize import brentq, minimize, minimize_scalar

from linewright.errors import InputError, Problem, nearest
from linewright.measure.checks import choice, clean_values

FloatArray = NDArray[np.float64]
Parameters = dict[str, float]


@dataclass(frozen=True)
class Fit:
    """A fitted distribution. `distribution` is a frozen scipy distribution with cdf, sf, ppf, pdf."""

    name: str
    parameters: Parameters
    distribution: Any
    n: int
    log_likelihood: float
    aic: float  # 2 k - 2 log likelihood
    ad: float  # Anderson-Darling statistic
    ks: float  # Kolmogorov-Smirnov statistic


@dataclass(frozen=True, slots=True)
class Goodness:
    """Statistic and p-value of a test that the fitted distribution could have made the data."""

    test: str
    statistic: float
    p_value: float
    method: str


def _require_positive(x: FloatArray, name: str) -> None:
    if not np.all(x > 0.0):
        i = int(np.argmax(x <= 0.0))
        hint = "take a three-parameter form, with a threshold"
        raise InputError([Problem(f"{name} needs values above zero; value {i + 1} is {x[i]:g}", hint=hint)])


def _fit_normal(x: FloatArray) -> Parameters:
    return {"mean": float(np.mean(x)), "sd": float(np.std(x, ddof=1))}


def _fit_lognormal(x: FloatArray) -> Parameters:
    _require_positive(x, "a lognormal")
    logs = np.log(x)
    return {"meanlog": float(np.mean(logs)), "sdlog": float(np.std(logs, ddof=1))}


def _fit_weibull(x: FloatArray) -> Parameters:
    """sum x^k ln x / sum x^k - 1/k = mean ln x; scale = (mean x^k)^(1/k)."""
    _require_positive(x, "a Weibull")
    logs = np.log(x)
    apart = logs - logs.max()

    def slope(shape: float) -> float:
        weight = np.exp(shape * apart)
        return float(weight @ apart / weight.sum() - 1.0 / shape - apart.mean())

    shape = float(brentq(slope, 1e-4, 1e6, xtol=1e-13, rtol=1e-14))
    return {
        "shape": shape,
        "scale": float(np.exp(logs.max()) * np.mean(np.exp(shape * apart)) ** (1.0 / shape)),
    }


def _fit_gamma(x: FloatArray) -> Parameters:
    """ln k - digamma(k) = ln mean - mean ln."""
    _require_positive(x, "a gamma")
    gap = math.log(float(np.mean(x))) - float(np.mean(np.log(x)))
    from scipy.special import digamma

    shape = float(brentq(lambda k: math.log(k) - float(digamma(k)) - gap, 1e-6, 1e9, xtol=1e-12, rtol=1e-14))
    return {"shape": shape, "scale": float(np.mean(x)) / shape}


def _fit_exponential(x: FloatArray) -> Parameters:
    if np.any(x < 0.0):
        raise InputError([Problem("an exponential needs values of at least zero")])
    return {"scale": float(np.mean(x))}


def _fit_exponential2(x: FloatArray) -> Parameters:
    """Threshold and scale, both unbiased: scale = n (mean - min) / (n - 1), threshold = min - scale / n."""
    n = x.size
    scale = n * float(np.mean(x) - x.min()) / (n - 1)
    return {"threshold": float(x.min()) - scale / n, "scale": scale}


def _fit_gumbel_max(x: FloatArray) -> Parameters:
    """scale = mean - sum x exp(-x/b) / sum exp(-x/b); location = -b ln mean exp(-x/b)."""
    low = float(x.min())
    apart = x - low

    def equation(b: float) -> float:
        weight = np.exp(-apart / b)
        return float(apart.mean() - weight @ apart / weight.sum() - b)

    spread = float(np.std(x))
    b = float(brentq(equation, 1e-3 * spread, 10.0 * spread, xtol=1e-14 * max(1.0, spread), rtol=1e-14))
    return {"location": low - b * math.log(float(np.mean(np.exp(-apart / b)))), "scale": b}


def _fit_gumbel_min(x: FloatArray) -> Parameters:
    mirrored = _fit_gumbel_max(-x)
    return {"location": -mirrored["location"], "scale": mirrored["scale"]}


def _fit_logistic(x: FloatArray) -> Parameters:
    """sum tanh(z/2) = 0, sum z tanh(z/2) = n, z = (x - location) / scale, by BFGS in standardised units."""
    middle, unit = float(np.median(x)), float(np.std(x))
    y = (x - middle) / unit

    def cost(theta: FloatArray) -> tuple[float, FloatArray]:
        scale = math.exp(theta[1])
        z = (y - theta[0]) / scale
        bend = np.tanh(0.5 * z)
        value = float(np.mean(np.abs(z) + 2.0 * np.log1p(np.exp(-np.abs(z)))) + theta[1])
        return value, np.array([-np.mean(bend) / scale, 1.0 - np.mean(z * bend)])

    found = minimize(cost, [0.0, math.log(0.55)], jac=True, method="BFGS", options={"gtol": 1e-10})
    return {"location": middle + unit * float(found.x[0]), "scale": unit * math.exp(float(found.x[1]))}


def _fit_loglogistic(x: FloatArray) -> Parameters:
    _require_positive(x, "a loglogistic")
    return _fit_logistic(np.log(x))


def _fit_rayleigh(x: FloatArray) -> Parameters:
    _require_positive(x, "a Rayleigh")
    return {"scale": math.sqrt(0.5 * float(np.mean(x * x)))}


def _fit_folded_normal(x: FloatArray) -> Parameters:
    """|N(mean, sd)| by largest likelihood; sd at mean 0 is the half-normal."""
    if np.any(x < 0.0):
        raise InputError([Problem("a folded normal needs values of at least zero")])
    second = float(np.mean(x * x))

    def cost(mean: float) -> float:
        sd = math.sqrt(max(second - mean * mean, 1e-12 * second))  # E x^2 = mean^2 + sd^2, met by the maximum
        return -float(np.sum(stats.foldnorm.logpdf(x, mean / sd, scale=sd)))

    top = math.sqrt(second) * (1.0 - 1e-9)
    found = minimize_scalar(cost, bounds=(0.0, top), method="bounded", options={"xatol": 1e-10 * top})
    mean = float(found.x) if float(found.fun) < cost(0.0) else 0.0
    return {"mean": mean, "sd": math.sqrt(second - mean * mean)}


def _with_threshold(
    base: Callable[[FloatArray], Parameters], family: str
) -> Callable[[FloatArray], Parameters]:
    """A fit with a threshold below the smallest value, where the profile likelihood has its inner maximum."""

    def fit_with_threshold(x: FloatArray) -> Parameters:
        low, span = float(x.min()), float(np.ptp(x))

        def cost(log_gap: float) -> float:
            shifted = x - (low - span * math.exp(log_gap))
            return -float(np.sum(_FREEZE[family](base(shifted)).logpdf(shifted)))

        grid = np.linspace(math.log(1e-5), math.log(1e3), 60)
        costs = np.array([cost(g) for g in grid])
        inner = [i for i in range(1, 59) if costs[i] <= costs[i - 1] and costs[i] <= costs[i + 1]]
        if not inner:
            text = "the likelihood has no inner maximum: the threshold cannot be estimated"
            raise InputError([Problem(text, key=family, hint=f"take the two-parameter {family}")])
        best = min(inner, key=lambda i: costs[i])
        bounds = (grid[best - 1], grid[best + 1])
        found = minimize_scalar(cost, bounds=bounds, method="bounded", options={"xatol": 1e-10})
        threshold = low - span * math.exp(float(found.x))
        return base(x - threshold) | {"threshold": threshold}

    return fit_with_threshold


_FREEZE: dict[str, Callable[[Parameters], Any]] = {
    "normal": lambda p: stats.norm(p["mean"], p["sd"]),
    "lognormal": lambda p: stats.lognorm(p["sdlog"], p.get("threshold", 0.0), math.exp(p["meanlog"])),
    "weibull": lambda p: stats.weibull_min(p["shape"], p.get("threshold", 0.0), p["scale"]),
    "gamma": lambda p: stats.gamma(p["shape"], p.get("threshold", 0.0), p["scale"]),
    "exponential": lambda p: stats.expon(p.get("threshold", 0.0), p["scale"]),
    "gumbel_max": lambda p: stats.gumbel_r(p["location"], p["scale"]),
    "gumbel_min": lambda p: stats.gumbel_l(p["location"], p["scale"]),
    "logistic": lambda p: stats.logistic(p["location"], p["scale"]),
    "loglogistic": lambda p: stats.fisk(1.0 / p["scale"], p.get("threshold", 0.0), math.exp(p["location"])),
    "rayleigh": lambda p: stats.rayleigh(0.0, p["scale"]),
    "folded_normal": lambda p: stats.foldnorm(p["mean"] / p["sd"], 0.0, p["sd"]),
}
_FAMILY = {
    "lognormal3": "lognormal",
    "weibull3": "weibull",
    "gamma3": "gamma",
    "exponential2": "exponential",
    "loglogistic3": "loglogistic",
}
_ESTIMATE: dict[str, Callable[[FloatArray], Parameters]] = {
    "normal": _fit_normal,
    "lognormal": _fit_lognormal,
    "lognormal3": _with_threshold(_fit_lognormal, "lognormal"),
    "weibull": _fit_weibull,
    "weibull3": _with_threshold(_fit_weibull, "weibull"),
    "gamma": _fit_gamma,
    "gamma3": _with_threshold(_fit_gamma, "gamma"),
    "exponential": _fit_exponential,
    "exponential2": _fit_exponential2,
    "gumbel_max": _fit_gumbel_max,
    "gumbel_min": _fit_gumbel_min,
    "logistic": _fit_logistic,
    "loglogistic": _fit_loglogistic,
    "loglogistic3": _with_threshold(_fit_loglogistic, "loglogistic"),
    "rayleigh": _fit_rayleigh,
    "folded_normal": _fit_folded_normal,
}
DISTRIBUTIONS = tuple(_ESTIMATE)


def anderson_darling(x: FloatArray, distribution: Any) -> float:
    """A^2 = -n - 1/n sum (2i - 1) (ln F(x_i) + ln(1 - F(x_(n+1-i)))), x sorted."""
    ordered = np.sort(x)
    n = ordered.size
    weight = 2.0 * np.arange(1, n + 1) - 1.0
    if distribution.dist.name == "foldnorm":  # its logcdf in scipy solves an equation for each value
        with np.errstate(divide="ignore"):
            tails = np.log(distribution.cdf(ordered)) + np.log(distribution.sf(ordered[::-1]))
    else:
        tails = distribution.logcdf(ordered) + distribution.logsf(ordered[::-1])
    return float(-n - weight @ tails / n)


def kolmogorov_smirnov(x: FloatArray, distribution: Any) -> float:
    """D, the largest gap between the empirical and the fitted distribution function."""
    chance = distribution.cdf(np.sort(x))
    n = chance.size
    steps = np.arange(n)
    return float(max(np.max((steps + 1.0) / n - chance), np.max(chance - steps / n)))


def fit(values: ArrayLike, name: str) -> Fit:
    """Fit one of `DISTRIBUTIONS`; data that it cannot hold are an `InputError`."""
    x = clean_values(values, at_least=3)
    choice(name, DISTRIBUTIONS, "distribution")
    if float(np.ptp(x)) <= 0.0:
        raise InputError([Problem("all values are equal: no distribution can be fitted", key="values")])
    parameters = _ESTIMATE[name](x)
    distribution = _FREEZE[_FAMILY.get(name, name)](parameters)
    log_likelihood = float(np.sum(distribution.logpdf(x)))
    return Fit(
        name,
        parameters,
        distribution,
        x.size,
        log_likelihood,
        2.0 * len(parameters) - 2.0 * log_likelihood,
        anderson_darling(x, distribution),
        kolmogorov_smirnov(x, distribution),
    )


def compare_fits(values: ArrayLike, names: Iterable[str] = ()) -> list[Fit]:
    """Fits of every distribution that can hold the data, the smallest Anderson-Darling statistic first.

    Among families of different size a lower AIC is the fairer judge: a threshold always lowers A^2.
    """
    found = []
    for name in names or DISTRIBUTIONS:
        if name not in DISTRIBUTIONS:
            hint = nearest(name, DISTRIBUTIONS)
            raise InputError([Problem(f"no distribution {name!r}", key="distribution", hint=hint)])
        try:
            found.append(fit(values, name))
        except InputError:
            if names:
                raise
    if not found:
        raise InputError([Problem("no distribution can hold these values", key="values")])
    return sorted(found, key=lambda f: f.ad)


def normality(values: ArrayLike) -> Goodness:
    """Anderson-Darling test of normality, mean and sd estimated (D'Agostino & Stephens 1986, table 4.9)."""
    fitted = fit(values, "normal")
    return Goodness("Anderson-Darling", fitted.ad, _normal_ad_p(fitted.ad, fitted.n), "Stephens, case 3")


def _normal_ad_p(ad: float, n: int) -> float:
    a = ad * (1.0 + 0.75 / n + 2.25 / n**2)
    if a >= 0.6:
        return math.exp(1.2937 - 5.709 * a + 0.0186 * a * a) if a < 13.0 else 0.0
    if a >= 0.34:
        return math.exp(0.9177 - 4.279 * a - 1.38 * a * a)
    if a >= 0.2:
        return 1.0 - math.exp(-8.318 + 42.796 * a - 59.938 * a * a)
    return 1.0 - math.exp(-13.436 + 101.14 * a - 223.73 * a * a)


def goodness(values: ArrayLike, name: str, resamples: int = 500, seed: int = 1) -> tuple[Goodness, Goodness]:
    """Anderson-Darling and Kolmogorov-Smirnov tests of a fitted distribution.

    p-values by parametric bootstrap, each sample fitted anew; A^2 of normal and lognormal by Stephens.
    """
    x = clean_values(values, at_least=3)
    fitted = fit(x, name)
    rng = np.random.default_rng(seed)
    ad, ks = np.empty(resamples), np.empty(resamples)
    done = 0
    for _ in range(10 * resamples):
        if done == resamples:
            break
        sample = np.asarray(fitted.distribution.rvs(size=x.size, random_state=rng))
        try:
            again = fit(sample, name)
        except InputError:  # a threshold that this sample cannot show
            continue
        ad[done], ks[done] = again.ad, again.ks
        done += 1
    if done < resamples:
        raise InputError(
            [Problem("too few samples of the fitted distribution can be fitted again", key=name)]
        )
    method = f"parametric bootstrap, {resamples} samples, seed {seed}"

    def share(draws: FloatArray, statistic: float) -> float:
        return float((1.0 + np.sum(draws >= statistic)) / (resamples + 1.0))

    if name in ("normal", "lognormal"):
        first = Goodness("Anderson-Darling", fitted.ad, _normal_ad_p(fitted.ad, x.size), "Stephens, case 3")
    else:
        first = Goodness("Anderson-Darling", fitted.ad, share(ad, fitted.ad), method)
    return first, Goodness("Kolmogorov-Smirnov", fitted.ks, share(ks, fitted.ks), method)
