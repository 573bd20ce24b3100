"""Charts of several characteristics at once: Hotelling's T2, the generalised variance, MEWMA.

Sources: Montgomery chapter 11; Tracy, Young & Mason (1992), Journal of Quality Technology 24, 88-95;
Sullivan & Woodall (1996), same journal 28, 398-408; Williams et al. (2006), same journal 38, 217-229;
Lowry, Woodall, Champ & Rigdon (1992), Technometrics 34, 46-53.
"""

from __future__ import annotations

from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.signal import lfilter

from linewright.errors import InputError, Problem
from linewright.measure.arl.mewma import mewma_limit
from linewright.measure.charts.chart import Chart, FloatArray, FrozenLimits
from linewright.measure.charts.setup import (
    LIMITS_ONLY,
    Options,
    Setup,
    finish,
    make_scored_panel,
    set_up,
)
from linewright.measure.checks import as_floats, between, choice, clean_table, positive, require_finite

ALPHA = 0.0027  # chance of a false signal at a point: that of 3 sigma on one characteristic


def _factor(covariance: FloatArray) -> FloatArray:
    """Cholesky factor; a singular covariance is an `InputError` (a column is a copy or a sum of others)."""
    scale = np.sqrt(np.diag(covariance))
    if not np.all(scale > 0.0):
        column = int(np.argmin(scale)) + 1
        raise InputError([Problem(f"column {column} does not vary", key="values")])
    correlation = covariance / np.outer(scale, scale)
    if np.linalg.eigvalsh(correlation)[0] < 1e-12:
        text = "singular covariance: one column follows from the others, or there are too few points"
        raise InputError([Problem(text, key="values")])
    return np.asarray(np.linalg.cholesky(correlation) * scale[:, None])


def _distances(apart: FloatArray, covariance: FloatArray) -> FloatArray:
    """d' S^-1 d of each row, shape (m,)."""
    solved = np.linalg.solve(_factor(covariance), apart.T)
    return np.asarray(np.sum(solved * solved, axis=0))


def mean_and_covariance(
    mean: ArrayLike, covariance: ArrayLike, revision: str, frozen_by: str
) -> FrozenLimits:
    """Known parameters for a phase II chart of several characteristics."""
    centre = require_finite(np.atleast_1d(as_floats(mean, "mean")), "mean")
    matrix = require_finite(as_floats(covariance, "covariance"), "covariance")
    if matrix.shape != (centre.size, centre.size) or not np.allclose(matrix, matrix.T, rtol=1e-9, atol=0):
        raise InputError(
            [Problem(f"not a symmetric {centre.size} by {centre.size} matrix", key="covariance")]
        )
    _factor(matrix)
    return FrozenLimits("given", {}, revision, frozen_by, arrays={"mean": centre, "covariance": matrix})


def successive_covariance(values: FloatArray) -> FloatArray:
    """Covariance from successive differences, sum d d' / (2 (m - 1)): robust to steps of the mean."""
    steps = np.diff(values, axis=0)
    return np.asarray(steps.T @ steps / (2.0 * (len(values) - 1)))


def _one_stage(setup: Setup, kind: str) -> NDArray[np.bool_]:
    if setup.stages[-1] > 0:
        raise InputError([Problem(f"{kind} charts have one stage: chart each stage by itself", key="stages")])
    return setup.used(slice(None))


def _frozen(setup: Setup, p: int) -> tuple[FloatArray, FloatArray, float]:
    """Mean vector, covariance and number of phase I points behind them (infinite where given)."""
    limits = setup.limits
    assert limits is not None
    if "covariance" not in limits.arrays:
        raise InputError([Problem("the frozen limits hold no covariance matrix", key="limits")])
    mean, covariance = limits.arrays["mean"], limits.arrays["covariance"]
    if mean.size != p:
        raise InputError([Problem(f"{p} columns, but limits for {mean.size}", key="limits")])
    return mean, covariance, limits.parameters.get("points", np.inf)


def t2_individuals_limit(m: float, p: int, alpha: float, phase: int, covariance: str = "sample") -> float:
    """Upper limit of T2 of single vectors, m vectors of p columns behind the estimates.

    Phase I, sample covariance: (m-1)^2/m Beta(p/2, (m-p-1)/2), exact. Successive differences: the same form
    with f = 2(m-1)^2/(3m-4) in place of m - 1 in the Beta (Sullivan & Woodall 1996, approximate).
    Phase II: p(m+1)(m-1)/(m(m-p)) F(p, m-p), exact; known parameters: chi-square(p).
    """
    if np.isinf(m):
        return float(stats.chi2.isf(alpha, p))
    freedom = m - 1.0 if covariance == "sample" else 2.0 * (m - 1.0) ** 2 / (3.0 * m - 4.0)
    if freedom <= p:
        text = f"{m:g} points are too few for {p} columns"
        raise InputError([Problem(text, key="values")])
    if phase == 1:
        return float((m - 1.0) ** 2 / m * stats.beta.isf(alpha, p / 2.0, (freedom - p) / 2.0))
    scale = p * (m + 1.0) * freedom / (m * (freedom + 1.0 - p))
    return float(scale * stats.f.isf(alpha, p, freedom + 1.0 - p))


def t2_subgroups_limit(m: float, n: int, p: int, alpha: float, phase: int) -> float:
    """Upper limit of T2 of subgroup means, m subgroups of n: p(m -+ 1)(n-1)/(mn-m-p+1) F(p, mn-m-p+1)."""
    if np.isinf(m):
        return float(stats.chi2.isf(alpha, p))
    freedom = m * n - m - p + 1.0
    if freedom <= 0 or (phase == 1 and m < 2):
        raise InputError([Problem(f"{m:g} subgroups of {n} are too few for {p} columns", key="values")])
    sign = -1.0 if phase == 1 else 1.0
    return float(p * (m + sign) * (n - 1.0) / freedom * stats.f.isf(alpha, p, freedom))


def t2_individuals(
    values: ArrayLike, alpha: float = ALPHA, covariance: str = "sample", **options: Unpack[Options]
) -> Chart:
    """T2 = (x - mean)' S^-1 (x - mean) of each row of a table (m, p).

    covariance "sample" (m - 1) or "successive" differences. `arrays` holds "mean", "covariance" and
    "contributions" (m, p): T2 less the T2 without that column (Mason, Young & Tracy 1995).
    """
    x = clean_table(values, "values", at_least=(1, 1))
    between(alpha, 0.0, 1.0, "alpha")
    choice(covariance, ("sample", "successive"), "covariance")
    setup = set_up(len(x), options)
    used = _one_stage(setup, "T2")
    p = x.shape[1]
    if setup.limits is not None and setup.limits.estimator.startswith("successive"):
        covariance = "successive"  # the limits know how their covariance was estimated
    if setup.limits is None:
        kept = x[used]
        if len(kept) < 3:
            raise InputError([Problem(f"{len(kept)} points; at least 3 are needed", key="values")])
        matrix = np.atleast_2d(np.cov(kept.T)) if covariance == "sample" else successive_covariance(kept)
        mean, points = kept.mean(axis=0), float(len(kept))
    else:
        mean, matrix, points = _frozen(setup, p)
    limit = t2_individuals_limit(points, p, alpha, 1 if setup.limits is None else 2, covariance)
    t2 = _distances(x - mean, matrix)
    arrays = {"mean": mean, "covariance": matrix, "contributions": _contributions(x - mean, matrix, t2)}
    text = f"{covariance} covariance of {points:g} points"
    return _t2_chart("T2 individuals", t2, limit, alpha, setup, (x,), points, text, arrays)


def _contributions(apart: FloatArray, covariance: FloatArray, t2: FloatArray) -> FloatArray:
    """T2 less T2 without each column, shape (m, p): d_j'^2 / S^-1_jj with d' = S^-1 d."""
    inverse = np.linalg.inv(covariance)
    return np.asarray((apart @ inverse) ** 2 / np.diag(inverse))


def _t2_chart(
    kind: str,
    t2: FloatArray,
    limit: float,
    alpha: float,
    setup: Setup,
    data: tuple[FloatArray, ...],
    points: float,
    estimator: str,
    arrays: dict[str, FloatArray],
) -> Chart:
    panel = make_scored_panel("T2", t2, t2, (0.0, 0.0, limit), setup, (-np.inf, limit), LIMITS_ONLY)
    parameters = ({"points": points, "ucl": limit} if np.isfinite(points) else {"ucl": limit},)
    notes = (f"false signals {alpha:g} a point",)
    return finish(kind, (panel,), parameters, setup, data, estimator, "scipy.stats", notes, arrays)


def _clean_cube(values: ArrayLike) -> FloatArray:
    cube = as_floats(values, "values")
    if cube.ndim != 3 or cube.shape[1] < 2:
        text = f"expected subgroups (m, n, p) with n of at least 2, not shape {cube.shape}"
        raise InputError([Problem(text, key="values")])
    return require_finite(cube, "values")


def t2_subgroups(values: ArrayLike, alpha: float = ALPHA, **options: Unpack[Options]) -> Chart:
    """T2 = n (xbar - mean)' S^-1 (xbar - mean), S the mean of the covariances in the subgroups.

    `values` has shape (m, n, p): subgroups, pieces, characteristics. `arrays` as in `t2_individuals`.
    """
    x = _clean_cube(values)
    between(alpha, 0.0, 1.0, "alpha")
    setup = set_up(len(x), options)
    used = _one_stage(setup, "T2")
    _, n, p = x.shape
    means = x.mean(axis=1)
    if setup.limits is None:
        kept = x[used]
        mean, matrix = kept.mean(axis=(0, 1)), _within_covariance(kept)
        points = float(len(kept))
    else:
        mean, matrix, points = _frozen(setup, p)
    limit = t2_subgroups_limit(points, n, p, alpha, 1 if setup.limits is None else 2)
    t2 = n * _distances(means - mean, matrix)
    shares = n * _contributions(means - mean, matrix, t2)
    arrays = {"mean": mean, "covariance": matrix, "contributions": shares}
    text = f"mean covariance within {points:g} subgroups"
    return _t2_chart("T2 subgroups", t2, limit, alpha, setup, (x,), points, text, arrays)


def _within_covariance(cube: FloatArray) -> FloatArray:
    """Mean of the covariance matrices of the subgroups, shape (p, p)."""
    apart = cube - cube.mean(axis=1, keepdims=True)
    flat = apart.reshape(-1, cube.shape[2])
    return np.asarray(flat.T @ flat / (cube.shape[0] * (cube.shape[1] - 1)))


def generalised_variance(values: ArrayLike, **options: Unpack[Options]) -> Chart:
    """|S| of each subgroup (m, n, p): limits |Sigma| (b1 +- 3 sqrt(b2)), |Sigma| = |Sbar| / b1.

    b1 = prod(n - i) / (n-1)^p; b2 = prod(n - i) [prod(n - j + 2) - prod(n - j)] / (n-1)^(2p), i, j = 1..p
    (Montgomery, section 11.6). In phase I |Sigma| is estimated by |Sbar| / b1 as there.
    """
    x = _clean_cube(values)
    setup = set_up(len(x), options)
    used = _one_stage(setup, "generalised variance")
    _, n, p = x.shape
    if n <= p:
        raise InputError([Problem(f"subgroups of {n} have no |S| in {p} columns", key="values")])
    i = np.arange(1, p + 1)
    b1 = float(np.prod(n - i) / (n - 1.0) ** p)
    b2 = float(np.prod(n - i) * (np.prod(n - i + 2.0) - np.prod(n - i)) / (n - 1.0) ** (2 * p))
    matrix = _within_covariance(x[used]) if setup.limits is None else _frozen(setup, p)[1]
    _factor(matrix)
    true = float(np.linalg.det(matrix)) / (b1 if setup.limits is None else 1.0)
    apart = x - x.mean(axis=1, keepdims=True)
    dets = np.linalg.det(np.einsum("mni,mnj->mij", apart, apart) / (n - 1.0))
    centre, sigma = true * b1, true * np.sqrt(b2)
    bounds = (max(centre - setup.width * sigma, 0.0), centre, centre + setup.width * sigma)
    panel = make_scored_panel("|S|", dets, (dets - centre) / sigma, bounds, setup, None, LIMITS_ONLY)
    found = ({"determinant": true},)
    return finish("|S|", (panel,), found, setup, (x,), "|Sbar| / b1", "", arrays={"covariance": matrix})


def mewma(
    values: ArrayLike,
    lam: float = 0.1,
    limit: float | None = None,
    arl0: float = 200.0,
    asymptotic: bool = False,
    **options: Unpack[Options],
) -> Chart:
    """MEWMA: Z_i = lam (x_i - mean) + (1 - lam) Z_(i-1), T2_i = Z_i' cov(Z_i)^-1 Z_i, signal above `limit`.

    cov(Z_i) = lam/(2-lam) (1 - (1-lam)^(2i)) Sigma, or its limit where `asymptotic`. Without a limit, the one
    that gives an in-control average run length of `arl0` with asymptotic covariance (Rigdon 1995).
    """
    x = clean_table(values, "values", at_least=(1, 1))
    if not 0.0 < lam <= 1.0:
        raise InputError([Problem(f"{lam:g} must lie above 0 and at most at 1", key="lam")])
    setup = set_up(len(x), options)
    used = _one_stage(setup, "MEWMA")
    p = x.shape[1]
    if setup.limits is None:
        kept = x[used]
        if len(kept) < 3:
            raise InputError([Problem(f"{len(kept)} points; at least 3 are needed", key="values")])
        mean, matrix = kept.mean(axis=0), np.atleast_2d(np.cov(kept.T))
    else:
        mean, matrix, _ = _frozen(setup, p)
    if limit is None:
        limit = mewma_limit(p, lam, arl0)
    positive(limit, "limit")
    z = lfilter([lam], [1.0, lam - 1.0], x - mean, axis=0)
    grown = np.ones(len(x)) if asymptotic else -np.expm1(2.0 * np.arange(1, len(x) + 1) * np.log1p(-lam))
    t2 = _distances(z, matrix) / (lam / (2.0 - lam) * grown)
    panel = make_scored_panel("T2", t2, t2, (0.0, 0.0, limit), setup, (-np.inf, limit), LIMITS_ONLY)
    arrays = {"mean": mean, "covariance": matrix, "z": z}
    kind = f"MEWMA(lam={lam:g}, limit={limit:.4g})"
    return finish(kind, (panel,), ({"ucl": limit},), setup, (x,), "sample covariance", "", arrays=arrays)
