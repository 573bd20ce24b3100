"""Capability indices of samples drawn again: of values in rows, and of subgroups in rows, for the bootstrap."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from linewright.measure.capability.bootstrap import FloatArray, Statistic
from linewright.measure.capability.spec import Spec
from linewright.measure.spread import shares
from linewright.measure.subgroups import Subgroups

_Formula = Callable[[FloatArray, FloatArray], FloatArray]  # mean and sigma (b,) -> index (b,)
_Moments = Callable[[FloatArray], tuple[FloatArray, FloatArray]]  # samples in rows -> mean and sigma (b,)


def value_statistics(spec: Spec) -> dict[str, Statistic]:
    """Pp (both), Ppl (lower), Ppu (upper), Ppk (worst) and Cpm of values in rows (b, n)."""
    return {name: _of(_value_moments, formula) for name, formula in _formulas(spec).items()}


def group_statistics(spec: Spec, groups: Subgroups, estimator: str) -> dict[str, Statistic] | None:
    """Cp, Cpl, Cpu, Cpk of subgroups drawn whole, given by their numbers in rows (b, m).

    None where there are fewer than three subgroups of two and more, or sigma within is not made of sums over subgroups.
    """
    parts = shares(groups, estimator)
    if parts is None or np.count_nonzero(groups.sizes > 1) < 3:
        return None
    totals = groups.mean * groups.sizes

    def moments(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        chosen = rows.astype(np.int64)
        return totals[chosen].sum(axis=1) / groups.sizes[chosen].sum(axis=1), parts.sigma(chosen)

    return {name: _of(moments, formula) for name, formula in _formulas(spec).items() if name != "cpm"}


def ppk_statistic(spec: Spec) -> Statistic:
    """Ppk of values in rows, shape (b, n) -> (b,), for `bca`."""
    return value_statistics(spec)["worst"]


def _of(moments: _Moments, formula: _Formula) -> Statistic:
    return lambda rows: formula(*moments(rows))


def _value_moments(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    mean = x.mean(axis=1)
    apart = x - mean[:, None]
    return mean, np.sqrt(np.einsum("ij,ij->i", apart, apart) / (x.shape[1] - 1))


def _formulas(spec: Spec) -> dict[str, _Formula]:
    """The indices from mean and sigma; of both limits, of either, of the nearer one, and about the target."""
    aim = math.nan if spec.aim is None else spec.aim
    two_sided = spec.lsl is not None and spec.usl is not None
    reach = 0.5 * (spec.high - spec.low) if two_sided else min(spec.high - aim, aim - spec.low)
    return {
        "both": lambda mean, sd: (spec.high - spec.low) / (6.0 * sd),
        "lower": lambda mean, sd: (mean - spec.low) / (3.0 * sd),
        "upper": lambda mean, sd: (spec.high - mean) / (3.0 * sd),
        "worst": lambda mean, sd: np.asarray(np.minimum(mean - spec.low, spec.high - mean) / (3.0 * sd)),
        "cpm": lambda mean, sd: np.asarray(reach / (3.0 * np.hypot(sd, mean - aim))),
    }
