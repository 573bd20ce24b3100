"""Acceptance by variables, one characteristic, normal data: the plans of the MIL-STD-414 family.

Form 1 (k method): accept where (U - mean) / s >= k and (mean - L) / s >= k.
Form 2 (M method): accept where the estimated fraction nonconforming is at most M.

With sigma known the rules use sigma in place of s. Sources: MIL-STD-414 (1957); Lieberman & Resnikoff, JASA
50 (1955); Schilling & Neubauer, Acceptance Sampling in Quality Control (2009), ch. 10.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import beta as beta_distribution
from scipy.stats import nct, norm

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, clean_values, finite, positive, whole
from linewright.measure.result import Provenance, data_hash

FloatArray = NDArray[np.float64]
LARGEST_N = 100_000


@dataclass(frozen=True, slots=True)
class VariablesPlan:
    """Sample size and acceptability constant."""

    n: int
    k: float
    sigma_known: bool

    def __post_init__(self) -> None:
        whole(self.n, "n", 1 if self.sigma_known else 2)
        finite(self.k, "k")

    def acceptance(self, p: ArrayLike) -> FloatArray:
        """Probability of acceptance at each fraction nonconforming `p` [m] beyond one limit.

        Known: Phi(sqrt(n) (z_p - k)), z_p the upper p-point. Unknown: P(T >= k sqrt(n)), T noncentral t with
        n - 1 degrees of freedom and noncentrality sqrt(n) z_p.
        """
        share = np.atleast_1d(np.asarray(p, dtype=float))
        if not np.all((share > 0.0) & (share < 1.0)):
            raise InputError([Problem("fractions nonconforming must lie between 0 and 1", key="p")])
        root = math.sqrt(self.n)
        distance = norm.isf(share)
        if self.sigma_known:
            return np.asarray(norm.cdf(root * (distance - self.k)))
        return np.asarray(nct.sf(self.k * root, self.n - 1, root * distance))

    def quality_at(self, probability: float) -> float:
        """The fraction nonconforming that is accepted with this probability."""
        wanted = between(probability, 0.0, 1.0, "probability")
        return float(brentq(lambda q: float(self.acceptance([q])[0]) - wanted, 1e-12, 1.0 - 1e-9, xtol=1e-15))

    @property
    def largest_fraction(self) -> float:
        """M of form 2 that goes with k: the estimate at Q = k."""
        return estimated_fraction(self.k, self.n, self.sigma_known)


@dataclass(frozen=True, slots=True)
class VariablesDecision:
    """What the sample says."""

    accept: bool
    upper_index: float | None  # (U - mean) / s; None without that limit
    lower_index: float | None
    fraction: float  # estimated nonconforming, both sides together
    mean: float
    sigma: float
    provenance: Provenance


def design_variables(
    p1: float, p2: float, alpha: float = 0.05, beta: float = 0.10, sigma_known: bool = False
) -> VariablesPlan:
    """Smallest plan with Pa(p1) = 1 - alpha and Pa(p2) <= beta.

    For every n the constant k is the one that meets the producer's point exactly; n is the smallest that
    then keeps the consumer's. With sigma known n = ((z_alpha + z_beta) / (z_p1 - z_p2))^2, rounded up.
    """
    between(p1, 0.0, 1.0, "p1")
    between(p2, p1, 1.0, "p2")
    between(alpha, 0.0, 1.0, "alpha")
    between(beta, 0.0, 1.0 - alpha, "beta")
    if sigma_known:
        reach = (norm.isf(alpha) + norm.isf(beta)) / (norm.isf(p1) - norm.isf(p2))
        n = max(1, math.ceil(reach**2 - 1e-9))
        return VariablesPlan(n, float(norm.isf(p1) - norm.isf(alpha) / math.sqrt(n)), True)
    low, high = 2, 4
    while not _keeps(high, p1, p2, alpha, beta):
        low, high = high, 2 * high
        if high > LARGEST_N:
            raise InputError([Problem(f"{p1:g} and {p2:g} lie too close for a plan by variables", key="p2")])
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _keeps(middle, p1, p2, alpha, beta) else (middle + 1, high)
    return VariablesPlan(low, _constant(low, p1, alpha), False)


def _constant(n: int, p1: float, alpha: float) -> float:
    root = math.sqrt(n)
    return float(nct.ppf(alpha, n - 1, root * float(norm.isf(p1)))) / root


def _keeps(n: int, p1: float, p2: float, alpha: float, beta: float) -> bool:
    root = math.sqrt(n)
    return float(nct.sf(_constant(n, p1, alpha) * root, n - 1, root * float(norm.isf(p2)))) <= beta


def estimated_fraction(quality_index: float, n: int, sigma_known: bool = False) -> float:
    """Minimum variance unbiased estimate of the fraction beyond a limit at Q = (U - mean) / s (MIL-STD-414
    table B-5).

    Unknown sigma: I_x(n/2 - 1, n/2 - 1), x = max(0, 1/2 - Q sqrt(n) / (2 (n - 1))). Known: Phi(-Q sqrt(n /
    (n - 1))).
    """
    if sigma_known:
        whole(n, "n", 2)
        return float(norm.sf(quality_index * math.sqrt(n / (n - 1))))
    whole(n, "n", 3)
    x = min(1.0, max(0.0, 0.5 - quality_index * math.sqrt(n) / (2.0 * (n - 1))))
    return float(beta_distribution.cdf(x, 0.5 * n - 1.0, 0.5 * n - 1.0))


def decide_by_variables(
    values: ArrayLike,
    plan: VariablesPlan,
    *,
    lower: float | None = None,
    upper: float | None = None,
    sigma: float | None = None,
) -> VariablesDecision:
    """Judge a lot by its sample [n].

    One limit: form 1. Both limits: form 2, the estimated fractions on both sides together against M.
    """
    sample = clean_values(values, "values", plan.n)
    if len(sample) != plan.n:
        raise InputError([Problem(f"{len(sample)} values, the plan takes {plan.n}", key="values")])
    if lower is None and upper is None:
        raise InputError([Problem("a limit is needed", key="upper")])
    if plan.sigma_known != (sigma is not None):
        wanted = "needs the known sigma" if plan.sigma_known else "estimates sigma itself"
        raise InputError([Problem(f"the plan {wanted}", key="sigma")])
    if lower is not None and upper is not None and lower >= upper:
        raise InputError([Problem(f"limits {lower:g} and {upper:g} are crossed", key="lower")])
    mean = float(np.mean(sample))
    spread = float(np.std(sample, ddof=1)) if sigma is None else positive(sigma, "sigma")
    if spread == 0.0:
        raise InputError([Problem("the sample does not vary: its spread cannot be judged", key="values")])
    above = None if upper is None else (upper - mean) / spread
    below = None if lower is None else (mean - lower) / spread
    sides = [index for index in (above, below) if index is not None]
    fraction = math.nan
    if plan.n >= (2 if plan.sigma_known else 3):
        fraction = sum(estimated_fraction(index, plan.n, plan.sigma_known) for index in sides)
    accept = sides[0] >= plan.k if len(sides) == 1 else fraction <= plan.largest_fraction
    form = "form 1, Q >= k" if len(sides) == 1 else "form 2, estimated fraction <= M"
    provenance = Provenance(
        method=f"acceptance by variables, {form}",
        estimator="known sigma" if plan.sigma_known else "s with n - 1",
        data_sha256=data_hash(sample),
    )
    return VariablesDecision(accept, above, below, fraction, mean, spread, provenance)
