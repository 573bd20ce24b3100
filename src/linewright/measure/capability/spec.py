"""The tolerance of a characteristic, and the indices that compare a spread with it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from linewright.errors import InputError, Problem
from linewright.measure.checks import finite, positive


@dataclass(frozen=True, slots=True)
class Spec:
    """Lower and upper specification limit and target, in the unit of the data; one limit may be missing.

    Without a target the middle of a two-sided tolerance is taken for Cpm.
    """

    lsl: float | None = None
    usl: float | None = None
    target: float | None = None

    def __post_init__(self) -> None:
        for name in ("lsl", "usl", "target"):
            value = getattr(self, name)
            if value is not None:
                finite(value, name)
        if self.lsl is None and self.usl is None:
            raise InputError([Problem("a tolerance needs at least one limit", key="spec")])
        if self.lsl is not None and self.usl is not None and not self.lsl < self.usl:
            text = f"limits crossed: lsl {self.lsl:g} is not below usl {self.usl:g}"
            raise InputError([Problem(text, key="spec")])
        if self.target is not None and not self.low < self.target < self.high:
            raise InputError([Problem(f"target {self.target:g} lies outside the tolerance", key="target")])

    @property
    def low(self) -> float:
        """Lower limit, or minus infinity."""
        return -math.inf if self.lsl is None else self.lsl

    @property
    def high(self) -> float:
        """Upper limit, or infinity."""
        return math.inf if self.usl is None else self.usl

    @property
    def aim(self) -> float | None:
        """The target, or the middle of a two-sided tolerance, or None."""
        if self.target is not None:
            return self.target
        return None if self.lsl is None or self.usl is None else 0.5 * (self.lsl + self.usl)


@dataclass(frozen=True, slots=True)
class Indices:
    """Capability indices of one mean and spread; None where the missing limit leaves them undefined."""

    cp: float | None  # (USL - LSL) / 6 sigma
    cpl: float | None  # (mean - LSL) / 3 sigma
    cpu: float | None  # (USL - mean) / 3 sigma
    cpk: float  # the smaller of the two


def compare(mean: float, sigma: float, spec: Spec) -> Indices:
    """Cp, Cpl, Cpu, Cpk of a mean and a standard deviation (Kane 1986, Journal of Quality Technology 18)."""
    finite(mean, "mean")
    positive(sigma, "sigma")
    cpl = None if spec.lsl is None else (mean - spec.lsl) / (3.0 * sigma)
    cpu = None if spec.usl is None else (spec.usl - mean) / (3.0 * sigma)
    cp = None if spec.lsl is None or spec.usl is None else (spec.usl - spec.lsl) / (6.0 * sigma)
    return Indices(cp, cpl, cpu, min(side for side in (cpl, cpu) if side is not None))


def taguchi(mean: float, sigma: float, spec: Spec) -> float | None:
    """Cpm about the target: tau^2 = sigma^2 + (mean - target)^2 (Chan, Cheng & Spiring 1988).

    (USL - LSL) / 6 tau, or the distance from the target to the one limit / 3 tau; None without a target.
    """
    aim = spec.aim
    if aim is None:
        return None
    tau = math.hypot(sigma, mean - aim)
    if spec.lsl is not None and spec.usl is not None:
        return (spec.usl - spec.lsl) / (6.0 * tau)
    return (aim - spec.low if spec.usl is None else spec.high - aim) / (3.0 * tau)


@dataclass(frozen=True, slots=True)
class Fallout:
    """Parts per million outside the tolerance, below, above and in all, and the benchmark Z of the total."""

    below: float
    above: float
    total: float
    z_bench: float  # Phi^-1(1 - total / 10^6); infinite where nothing falls outside


def fallout(below: float, above: float) -> Fallout:
    """From two proportions."""
    total = below + above
    return Fallout(1e6 * below, 1e6 * above, 1e6 * total, float(-ndtri(total)) if total < 1.0 else -math.inf)


def normal_fallout(mean: float, sigma: float, spec: Spec) -> Fallout:
    """Expected fallout of a normal process: Phi((LSL - mean)/sigma), Phi((mean - USL)/sigma)."""
    return fallout(float(ndtr((spec.low - mean) / sigma)), float(ndtr((mean - spec.high) / sigma)))
