"""Transformations to normality: Box-Cox and Johnson, and the capability of transformed data.

Sources: Box & Cox (1964), JRSS B 26, 211-252; Chou, Polansky & Mason (1998), Journal of Quality Technology
30, 133-141, for the search among the quantile fits of Slifker & Shapiro (1980), Technometrics 22, 239-246.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr
from scipy.stats import chi2

from linewright.errors import InputError, Problem
from linewright.measure.capability.fits import normality
from linewright.measure.capability.normal import Capability, capability
from linewright.measure.capability.spec import Spec
from linewright.measure.checks import between, clean_values, finite
from linewright.measure.subgroups import Subgroups, subgroups

FloatArray = NDArray[np.float64]

_FLATTEST, _STEEPEST = -5.0, 5.0  # the range of powers that is searched, as in Minitab


@dataclass(frozen=True, slots=True)
class BoxCox:
    """y = (x^power - 1) / power, ln x at power 0: rising for every power, so limits keep their order."""

    power: float
    low: float  # confidence interval of the power
    high: float
    confidence: float
    log_likelihood: float
    ad_p: float  # Anderson-Darling p-value of the transformed data

    @property
    def name(self) -> str:
        return f"Box-Cox, power {self.power:.6g}"

    @property
    def rounded(self) -> float:
        """The nearest half inside the interval (root, logarithm, reciprocal ...), else the power itself."""
        half = round(2.0 * self.power) / 2.0
        return half if self.low <= half <= self.high else self.power

    def apply(self, x: FloatArray) -> FloatArray:
        """Transformed values; x above zero."""
        logs = np.log(x)
        return logs if self.power == 0.0 else np.asarray(np.expm1(self.power * logs) / self.power)

    def limit(self, x: float) -> float | None:
        """A specification limit transformed; None where it lies at or below zero, out of reach."""
        return None if x <= 0.0 else float(self.apply(np.array([x]))[0])


def box_cox(data: ArrayLike | Subgroups, power: float | None = None, confidence: float = 0.95) -> BoxCox:
    """The power of largest profile likelihood between -5 and 5, or a given one.

    The variance is that of all values for individual data, pooled within for subgroups (as Minitab).
    """
    groups = subgroups(data)
    x = groups.values
    if not np.all(x > 0.0):
        i = int(np.argmax(x <= 0.0))
        text = f"value {i + 1} is {x[i]:g}; Box-Cox needs values above zero"
        raise InputError([Problem(text, key="values", hint="take johnson, or shift the data")])
    if x.size < 3 or float(np.ptp(x)) <= 0.0:
        raise InputError([Problem("at least 3 values that differ are needed", key="values")])
    between(confidence, 0.0, 1.0, "confidence")
    logs = np.log(x)
    mean_log = float(np.mean(logs))
    apart = logs - mean_log
    within = len(groups) < x.size
    which = np.repeat(np.arange(len(groups)), groups.sizes)

    def log_likelihood(lam: float) -> float:
        # scaled by the geometric mean, so that powers of large values do not overflow
        y = apart if lam == 0.0 else np.expm1(lam * apart) / lam
        centre = (np.bincount(which, y) / groups.sizes)[which] if within else np.mean(y)
        squares = float(np.sum((y - centre) ** 2))
        return -0.5 * x.size * math.log(squares / x.size)

    if power is None:
        found = minimize_scalar(
            lambda lam: -log_likelihood(lam),
            bounds=(_FLATTEST, _STEEPEST),
            method="bounded",
            options={"xatol": 1e-9},
        )
        best = float(found.x)
    else:
        best = finite(power, "power")
    top = log_likelihood(best)
    drop = 0.5 * float(chi2.ppf(confidence, 1))
    low, high = (_cross(log_likelihood, best, edge, top - drop) for edge in (_FLATTEST, _STEEPEST))
    unit = BoxCox(best, low, high, confidence, top, math.nan)
    return replace(unit, ad_p=normality(unit.apply(x)).p_value)


def _cross(curve, best: float, edge: float, level: float) -> float:  # type: ignore[no-untyped-def]
    """Where the likelihood falls to the level on the way to the edge; the edge itself where it does not."""
    if not min(best, edge) < max(best, edge) or curve(edge) > level:
        return edge
    return float(brentq(lambda lam: curve(lam) - level, best, edge, xtol=1e-9))


@dataclass(frozen=True, slots=True)
class Johnson:
    """z = gamma + delta f((x - xi) / scale): f = asinh (SU), ln(u / (1 - u)) (SB), ln u (SL)."""

    family: str
    gamma: float
    delta: float
    xi: float
    scale: float
    z: float  # the quantile spacing that gave the best fit
    ad_p: float  # Anderson-Darling p-value of the transformed data

    @property
    def name(self) -> str:
        return f"Johnson {self.family}"

    def apply(self, x: FloatArray) -> FloatArray:
        """Transformed values; NaN outside the support of SB and SL."""
        u = (x - self.xi) / self.scale
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.family == "SU":
                shaped = np.arcsinh(u)
            elif self.family == "SB":
                shaped = np.log(u) - np.log1p(-u)
            else:
                shaped = np.log(u)
        return np.asarray(self.gamma + self.delta * shaped)

    def limit(self, x: float) -> float | None:
        """A specification limit transformed; None outside the support, where no part can be."""
        y = float(self.apply(np.array([x]))[0])
        return y if math.isfinite(y) else None


def _from_quantiles(quantiles: FloatArray, z: float) -> Johnson | None:
    """Slifker & Shapiro: the family and its parameters from four quantiles at -3z, -z, z, 3z."""
    a, b, c, d = (float(q) for q in quantiles)
    m, n, p = d - c, b - a, c - b
    if min(m, n, p) <= 0.0:
        return None
    ratio = m * n / (p * p)
    middle = 0.5 * (b + c)
    m, n = m / p, n / p
    if ratio > 1.001:
        delta = 2.0 * z / math.acosh(0.5 * (m + n))
        root = math.sqrt(ratio - 1.0)
        gamma = delta * math.asinh((n - m) / (2.0 * root))
        scale = 2.0 * p * root / ((m + n - 2.0) * math.sqrt(m + n + 2.0))
        return Johnson("SU", gamma, delta, middle + p * (n - m) / (2.0 * (m + n - 2.0)), scale, z, math.nan)
    if ratio < 0.999:
        m, n = 1.0 / m, 1.0 / n
        product = (1.0 + m) * (1.0 + n)
        if product <= 4.0:
            return None
        delta = z / math.acosh(0.5 * math.sqrt(product))
        gap = 1.0 / ratio - 1.0
        gamma = delta * math.asinh((n - m) * math.sqrt(product - 4.0) / (2.0 * gap))
        scale = p * math.sqrt((product - 2.0) ** 2 - 4.0) / gap
        xi = middle - 0.5 * scale + p * (n - m) / (2.0 * gap)
        return Johnson("SB", gamma, delta, xi, scale, z, math.nan)
    if m <= 1.0:
        return None
    delta = 2.0 * z / math.log(m)
    gamma = delta * math.log((m - 1.0) / (p * math.sqrt(m)))
    return Johnson("SL", gamma, delta, middle - 0.5 * p * (m + 1.0) / (m - 1.0), 1.0, z, math.nan)


def johnson(values: ArrayLike, worst_p: float = 0.0) -> Johnson:
    """The Johnson transformation with the largest Anderson-Darling p-value, over z = 0.25, 0.26 ... 1.25.

    An `InputError` where no family fits, or none with a p-value above `worst_p` (Minitab asks for 0.1).
    """
    x = clean_values(values, at_least=8)
    best: Johnson | None = None
    for z in np.arange(25, 126) / 100.0:
        quantiles = np.quantile(x, ndtr(np.array([-3.0, -1.0, 1.0, 3.0]) * z), method="hazen")
        candidate = _from_quantiles(quantiles, float(z))
        if candidate is None:
            continue
        y = candidate.apply(x)
        if not np.all(np.isfinite(y)) or float(np.ptp(y)) <= 0.0:
            continue
        candidate = replace(candidate, ad_p=normality(y).p_value)
        if best is None or candidate.ad_p > best.ad_p:
            best = candidate
    if best is None or best.ad_p <= worst_p:
        text = "no Johnson curve makes these values normal" + (f" (best p {best.ad_p:.3g})" if best else "")
        raise InputError([Problem(text, key="values", hint="take nonnormal_capability with percentiles")])
    return best


def transformed_capability(
    data: ArrayLike | Subgroups, spec: Spec, transform: BoxCox | Johnson, **options: object
) -> Capability:
    """The capability study of transformed data and limits; options as in `capability`.

    A limit that no transformed value can reach is left out, with a note. The target is not transformed: Cpm
    would mean nothing in transformed units.
    """
    groups = subgroups(data)
    y = transform.apply(groups.values)
    if not np.all(np.isfinite(y)):
        i = int(np.argmax(~np.isfinite(y)))
        text = f"value {i + 1} lies outside the support of {transform.name}"
        raise InputError([Problem(text, key="values")])
    low = None if spec.lsl is None else transform.limit(spec.lsl)
    high = None if spec.usl is None else transform.limit(spec.usl)
    notes = [f"values and limits after {transform.name}; no Cpm"]
    for name, before, after in (("lsl", spec.lsl, low), ("usl", spec.usl, high)):
        if before is not None and after is None:
            notes.append(
                f"{name} {before:g} lies beyond the support: no part can exceed it, and it is left out"
            )
    if low is None and high is None:
        raise InputError([Problem("no limit lies within the support of the transformation", key="spec")])
    cut = [y[a:b] for a, b in zip(groups.starts[:-1], groups.starts[1:], strict=True)]
    study = capability(subgroups(cut) if len(groups) < y.size else y, Spec(low, high), **options)  # type: ignore[arg-type]
    provenance = replace(study.provenance, notes=(*study.provenance.notes, *notes))
    return replace(study, cpm=None, provenance=provenance)
