"""Expanded gauge R&R: any number of factors, crossed or nested, balanced or not, by a mixed model.

    y = mu + sum of random effects + e,  each effect normal with its own variance, fitted by restricted
    maximum likelihood (statsmodels MixedLM, variance components).

On balanced data with all components above zero this gives the analysis of variance's components; where a
component would come out below zero, both set it to zero but share the rest a little differently.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from linewright.errors import InputError, Problem, nearest
from linewright.measure.checks import positive
from linewright.measure.gauge.study import (
    STUDY_SIGMAS,
    Component,
    FloatArray,
    IntArray,
    clean_columns,
    compare,
    tolerance_of,
)
from linewright.measure.result import Provenance, data_hash

NEGLIGIBLE = 1e-8  # a variance below this share of the residual is an optimiser's zero


@dataclass(frozen=True)
class ExpandedStudy:
    """Variance components of an expanded study: one a term, and "gauge", "repeatability", "part", "total"."""

    components: dict[str, Component]
    terms: tuple[str, ...]
    log_likelihood: float
    converged: bool
    provenance: Provenance

    def __getitem__(self, name: str) -> Component:
        return self.components[name]


def expanded_study(
    values: ArrayLike,
    factors: Mapping[str, Sequence[Hashable]],
    *,
    part: str = "part",
    terms: Sequence[str] | None = None,
    tolerance: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    study_sigmas: float = STUDY_SIGMAS,
) -> ExpandedStudy:
    """Variance components of `values` [n] by `factors`, each a column of labels [n].

    `part` names the factor that is the product; everything else but it is gauge. `terms` are factor names or
    interactions as "part:operator" (default: every factor, no interaction); a nested factor is the
    interaction of both, as "operator:batch".
    """
    if part not in factors:
        raise InputError([Problem(f"there is no factor {part!r}", key="part", hint=nearest(part, factors))])
    measured, codes = clean_columns(values, **factors)
    wanted = tuple(terms) if terms is not None else tuple(factors)
    columns = {term: _cells(term, {name: index for name, (index, _) in codes.items()}) for term in wanted}
    if part not in columns:
        raise InputError([Problem(f"the part factor {part!r} is not among the terms", key="terms")])
    for term, column in columns.items():
        levels = int(column.max()) + 1
        if levels < 2 or levels >= len(measured):
            raise InputError(
                [Problem(f"term {term!r} has {levels} levels for {len(measured)} values", key="terms")]
            )
    variances, likelihood, converged = _fit(measured, columns)
    variances = _totals(variances, part)
    room = tolerance_of(tolerance, lower, upper, float(np.mean(measured)))
    return ExpandedStudy(
        components=compare(variances, room, positive(study_sigmas, "study_sigmas")),
        terms=wanted,
        log_likelihood=likelihood,
        converged=converged,
        provenance=Provenance(
            method="expanded gauge R&R, linear mixed model",
            estimator="restricted maximum likelihood, statsmodels MixedLM",
            rules=f"random terms: {', '.join(wanted)}",
            data_sha256=data_hash(measured, *columns.values()),
            notes=() if converged else ("the fit did not converge: do not rely on these components",),
        ),
    )


def _cells(term: str, codes: dict[str, IntArray]) -> IntArray:
    """The level of each value in a factor or an interaction."""
    names = [name.strip() for name in term.split(":")]
    for name in names:
        if name not in codes:
            raise InputError([Problem(f"term {term!r}: there is no factor {name!r}", key="terms",
                                      hint=nearest(name, codes))])  # fmt: skip
    table = np.stack([codes[name] for name in names])
    return np.unique(table, axis=1, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _fit(values: FloatArray, columns: dict[str, IntArray]) -> tuple[dict[str, float], float, bool]:
    """REML variances in the unit of the values squared; the values are standardised for the optimiser."""
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    scale = float(np.std(values))
    if scale == 0.0:
        raise InputError([Problem("all values are the same: there is no variation to study", key="values")])
    standard = (values - np.mean(values)) / scale
    n = len(values)
    designs = [np.eye(int(column.max()) + 1)[column] for column in columns.values()]
    names = [
        [f"{term}[{i}]" for i in range(design.shape[1])]
        for term, design in zip(columns, designs, strict=True)
    ]
    spec = VCSpec(list(columns), [[found] for found in names], [[design] for design in designs])
    model = MixedLM(standard, np.ones((n, 1)), np.zeros(n), exog_re=None, exog_vc=spec, use_sqrt=True)
    best = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        for method in ("bfgs", "lbfgs", "powell"):
            fitted = model.fit(reml=True, method=method)
            if best is None or fitted.llf > best.llf + 1e-9:
                best = fitted
            if fitted.converged:
                break
    assert best is not None
    residual = float(best.scale)
    variances = {
        term: (0.0 if v < NEGLIGIBLE * residual else v) * scale**2
        for term, v in zip(columns, map(float, best.vcomp), strict=True)
    }
    variances["repeatability"] = residual * scale**2
    return variances, float(best.llf), bool(best.converged)


def _totals(variances: dict[str, float], part: str) -> dict[str, float]:
    gauge = sum(variance for name, variance in variances.items() if name != part)
    named = {"gauge": gauge, **{name: v for name, v in variances.items() if name != part}}
    named["part"] = variances[part]
    named["total"] = gauge + variances[part]
    return named
