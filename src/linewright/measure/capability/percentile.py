"""Capability of processes that are not normal: ISO 22514-2 percentiles, and Z scores.

percentile  Pp = (USL - LSL) / (X99.865 - X0.135), Ppu = (USL - X50) / (X99.865 - X50),
            Ppl = (X50 - LSL) / (X50 - X0.135)
z           Ppu = -Phi^-1(P(X > USL)) / 3, Ppl = -Phi^-1(P(X < LSL)) / 3, Pp = (Z_u + Z_l) / 6
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from linewright.errors import InputError, Problem
from linewright.measure.capability.fits import DISTRIBUTIONS, Fit, fit
from linewright.measure.capability.normal import observed_fallout
from linewright.measure.capability.spec import Fallout, Spec, fallout
from linewright.measure.checks import choice, clean_values
from linewright.measure.result import Provenance, data_hash

FloatArray = NDArray[np.float64]

LOW_TAIL = 0.00134989803163009452665  # Phi(-3): "0.135 %"


@dataclass(frozen=True, slots=True)
class NonnormalCapability:
    """Overall indices of a fitted or empirical distribution; None where a missing limit leaves one open."""

    spec: Spec
    n: int
    fit: Fit | None  # None: empirical percentiles
    x_low: float  # 0.135 % point
    median: float
    x_high: float  # 99.865 % point
    pp: float | None
    ppl: float | None
    ppu: float | None
    ppk: float
    observed: Fallout
    expected: Fallout | None
    provenance: Provenance


def _percentiles(x: FloatArray, fitted: Fit | None) -> tuple[float, float, float]:
    if fitted is None:
        low, middle, high = np.quantile(x, [LOW_TAIL, 0.5, 1.0 - LOW_TAIL], method="median_unbiased")
        return float(low), float(middle), float(high)
    d = fitted.distribution
    return float(d.ppf(LOW_TAIL)), float(d.median()), float(d.isf(LOW_TAIL))


def nonnormal_capability(
    values: ArrayLike, spec: Spec, distribution: str = "empirical", method: str = "percentile"
) -> NonnormalCapability:
    """Pp, Ppk of a named distribution fitted to the values, or of their empirical percentiles.

    Empirical percentiles of fewer than 741 values rest on the extremes alone; a note says so.
    """
    x = clean_values(values, at_least=3)
    choice(method, ("percentile", "z"), "method")
    choice(distribution, ("empirical", *DISTRIBUTIONS), "distribution")
    fitted = None if distribution == "empirical" else fit(x, distribution)
    low, middle, high = _percentiles(x, fitted)
    if not low < middle < high:
        raise InputError([Problem("the percentiles coincide: too few distinct values", key="values")])
    if method == "z":
        if fitted is None:
            raise InputError([Problem("Z scores need a fitted distribution", key="distribution")])
        pp, ppl, ppu = _by_scores(fitted, spec)
    else:
        ppl = None if spec.lsl is None else (middle - spec.lsl) / (middle - low)
        ppu = None if spec.usl is None else (spec.usl - middle) / (high - middle)
        pp = None if spec.lsl is None or spec.usl is None else (spec.usl - spec.lsl) / (high - low)
    expected = None
    if fitted is not None:
        d = fitted.distribution
        expected = fallout(float(d.cdf(spec.low)), float(d.sf(spec.high)))
    notes: tuple[str, ...] = ()
    if fitted is None and x.size * LOW_TAIL < 1.0:
        notes = (f"{x.size} values: the 0.135 % and 99.865 % points rest on the extremes of the sample",)
    provenance = Provenance(
        method=f"capability by {method}",
        estimator="empirical percentiles" if fitted is None else f"{fitted.name} {fitted.parameters}",
        data_sha256=data_hash(x),
        notes=notes,
    )
    worst = min(side for side in (ppl, ppu) if side is not None)
    seen = observed_fallout(x, spec)
    return NonnormalCapability(
        spec, x.size, fitted, low, middle, high, pp, ppl, ppu, worst, seen, expected, provenance
    )


def _by_scores(fitted: Fit, spec: Spec) -> tuple[float | None, float | None, float | None]:
    d = fitted.distribution
    lower = None if spec.lsl is None else -float(ndtri(d.cdf(spec.lsl))) / 3.0
    upper = None if spec.usl is None else -float(ndtri(d.sf(spec.usl))) / 3.0
    both = None if lower is None or upper is None else 0.5 * (lower + upper)
    return both, lower, upper
