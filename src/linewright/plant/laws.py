"""Probability laws of times and values, as small frozen classes in SI units.

Each law knows its mean, variance and bounds, and gives itself to the twin's compiled sampler as one row of
numbers. `offset` is a constant added to everything drawn; `mean`, `variance` and `bounds` include it, the
parameters do not. Formulas: Law, Simulation Modeling and Analysis, 5th ed., section 6.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum


class DistributionKind(IntEnum):
    """Codes of the sampler, and what a row's numbers a, b, c, d mean to it."""

    CONSTANT = 0  # a: value
    EXPONENTIAL = 1  # a: mean
    GAMMA = 2  # a: shape, b: scale
    LOGNORMAL = 3  # a: mu, b: sigma of the logarithm
    WEIBULL = 4  # a: shape, b: scale
    NORMAL = 5  # a: mean, b: sd; drawn again until >= 0
    TRIANGULAR = 6  # a: low, b: mode, c: high
    UNIFORM = 7  # a: low, b: high
    BETA = 8  # a: alpha, b: beta, c: low, d: high
    EMPIRICAL = 9  # values, equally likely
    MIXTURE = 10  # children with their weights, which sum to 1
    GEOMETRIC = 11  # a: probability, b: unit; unit, 2 unit, 3 unit, ...


@dataclass(frozen=True)
class DistributionRow:
    """A law as numbers for the sampler; see `DistributionKind`."""

    kind: int
    a: float = 0.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    values: tuple[float, ...] = ()
    children: tuple[tuple[float, Distribution], ...] = ()
    offset: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Base of all laws. A subclass gives its moments without the offset, its support and its row."""

    offset: float = 0.0
    unit: str = field(default="", compare=False)  # in which a value was written; empty: a time

    @property
    def mean(self) -> float:
        """Expected value, offset included."""
        return self._moments()[0] + self.offset

    @property
    def variance(self) -> float:
        """Variance."""
        return self._moments()[1]

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return math.sqrt(self.variance)

    @property
    def cv(self) -> float:
        """Coefficient of variation, sd / mean."""
        return self.sd / self.mean if self.mean else 0.0

    @property
    def bounds(self) -> tuple[float, float]:
        """Least and greatest value that can come, offset included."""
        low, high = self._support()
        return low + self.offset, high + self.offset

    def row(self) -> DistributionRow:
        """The law as numbers for the sampler."""
        raise NotImplementedError

    def _moments(self) -> tuple[float, float]:
        raise NotImplementedError

    def _support(self) -> tuple[float, float]:
        return 0.0, math.inf


def require(holds: bool, message: str) -> None:
    """Raise `ValueError` with an engineer's message unless the parameters make sense."""
    if not holds:
        raise ValueError(message)


@dataclass(frozen=True)
class Constant(Distribution):
    """Always the same value."""

    value: float

    def _moments(self) -> tuple[float, float]:
        return self.value, 0.0

    def _support(self) -> tuple[float, float]:
        return self.value, self.value

    def row(self) -> DistributionRow:
        """a: value."""
        return DistributionRow(DistributionKind.CONSTANT, self.value, offset=self.offset)


@dataclass(frozen=True)
class Exponential(Distribution):
    """Memoryless: times between independent random events."""

    mean_value: float

    def __post_init__(self) -> None:
        require(self.mean_value > 0, "the mean must be above 0")

    def _moments(self) -> tuple[float, float]:
        return self.mean_value, self.mean_value**2

    def row(self) -> DistributionRow:
        """a: mean."""
        return DistributionRow(DistributionKind.EXPONENTIAL, self.mean_value, offset=self.offset)


@dataclass(frozen=True)
class Erlang(Distribution):
    """The sum of `shape` exponential phases of equal mean."""

    mean_value: float
    shape: int

    def __post_init__(self) -> None:
        require(self.mean_value > 0, "the mean must be above 0")
        require(
            self.shape >= 1 and self.shape == int(self.shape), "an Erlang shape is a whole number from 1 on"
        )

    def _moments(self) -> tuple[float, float]:
        return self.mean_value, self.mean_value**2 / self.shape

    def row(self) -> DistributionRow:
        """a: shape, b: scale of the gamma law that it is."""
        return DistributionRow(
            DistributionKind.GAMMA, self.shape, self.mean_value / self.shape, offset=self.offset
        )


@dataclass(frozen=True)
class Gamma(Distribution):
    """Positive and skewed, by mean and coefficient of variation: shape 1/cv², scale mean·cv²."""

    mean_value: float
    cv_value: float

    def __post_init__(self) -> None:
        require(self.mean_value > 0, "the mean must be above 0")
        require(self.cv_value > 0, "the cv must be above 0")

    def _moments(self) -> tuple[float, float]:
        return self.mean_value, (self.mean_value * self.cv_value) ** 2

    def row(self) -> DistributionRow:
        """a: shape, b: scale."""
        square = self.cv_value**2
        return DistributionRow(
            DistributionKind.GAMMA, 1 / square, self.mean_value * square, offset=self.offset
        )


@dataclass(frozen=True)
class Lognormal(Distribution):
    """Its logarithm is normal with sigma² = ln(1 + cv²), mu = ln(mean) - sigma²/2."""

    mean_value: float
    cv_value: float

    def __post_init__(self) -> None:
        require(self.mean_value > 0, "the mean must be above 0")
        require(self.cv_value > 0, "the cv must be above 0")

    @classmethod
    def from_log(cls, mu: float, sigma: float, offset: float = 0.0) -> Lognormal:
        """By mean `mu` and sd `sigma` of the natural logarithm of the SI value."""
        return cls(math.exp(mu + sigma**2 / 2), math.sqrt(math.expm1(sigma**2)), offset=offset)

    def _moments(self) -> tuple[float, float]:
        return self.mean_value, (self.mean_value * self.cv_value) ** 2

    def row(self) -> DistributionRow:
        """a: mu, b: sigma."""
        square = math.log1p(self.cv_value**2)
        mu = math.log(self.mean_value) - square / 2
        return DistributionRow(DistributionKind.LOGNORMAL, mu, math.sqrt(square), offset=self.offset)


@dataclass(frozen=True)
class Weibull(Distribution):
    """Times to failure: shape under 1 early failures, 1 random, above 1 wear. Mean = scale·Γ(1 + 1/shape)."""

    mean_value: float
    shape: float

    def __post_init__(self) -> None:
        require(self.mean_value > 0, "the mean must be above 0")
        require(0.05 <= self.shape <= 1000, "a Weibull shape lies between 0.05 and 1000")

    @classmethod
    def from_cv(cls, mean: float, cv: float, offset: float = 0.0) -> Weibull:
        """By mean and coefficient of variation (bisection on the shape, to the last bit)."""
        require(0.002 < cv < 500, "the cv of a Weibull law lies between 0.002 and 500")
        low, high = 0.05, 1000.0
        while low < (middle := math.sqrt(low * high)) < high:
            low, high = (middle, high) if _weibull_cv(middle) > cv else (low, middle)
        return cls(mean, high, offset=offset)

    @property
    def scale(self) -> float:
        """Characteristic life: 63.2% have failed by then."""
        return self.mean_value / math.gamma(1 + 1 / self.shape)

    def _moments(self) -> tuple[float, float]:
        return self.mean_value, (self.mean_value * _weibull_cv(self.shape)) ** 2

    def row(self) -> DistributionRow:
        """a: shape, b: scale."""
        return DistributionRow(DistributionKind.WEIBULL, self.shape, self.scale, offset=self.offset)


def _weibull_cv(shape: float) -> float:
    """sqrt(Γ(1 + 2/k) / Γ(1 + 1/k)² - 1)."""
    return math.sqrt(math.expm1(math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape)))


@dataclass(frozen=True)
class Normal(Distribution):
    """Normal, drawn again until it is not negative: mean and sd are those before that truncation."""

    centre: float
    spread: float

    def __post_init__(self) -> None:
        require(self.spread > 0, "the sd must be above 0")
        require(self.centre > -4 * self.spread, "nearly all of it lies below 0, where nothing is drawn")

    def _moments(self) -> tuple[float, float]:
        """Of the law truncated at 0, by the hazard λ(α) = φ(α)/(1 - Φ(α)) at α = -mean/sd."""
        alpha = -self.centre / self.spread
        hazard = math.sqrt(2 / math.pi) * math.exp(-alpha * alpha / 2) / math.erfc(alpha / math.sqrt(2))
        mean = self.centre + self.spread * hazard
        return mean, self.spread**2 * (1 - hazard * (hazard - alpha))

    def row(self) -> DistributionRow:
        """a: mean, b: sd, both before truncation."""
        return DistributionRow(DistributionKind.NORMAL, self.centre, self.spread, offset=self.offset)


@dataclass(frozen=True)
class Triangular(Distribution):
    """By its least, most likely and greatest value."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        require(
            self.low <= self.mode <= self.high and self.low < self.high,
            "low <= mode <= high must hold, low < high",
        )

    def _moments(self) -> tuple[float, float]:
        a, m, b = self.low, self.mode, self.high
        return (a + m + b) / 3, ((b - a) ** 2 + (m - a) * (m - b)) / 18

    def _support(self) -> tuple[float, float]:
        return self.low, self.high

    def row(self) -> DistributionRow:
        """a: low, b: mode, c: high."""
        return DistributionRow(
            DistributionKind.TRIANGULAR, self.low, self.mode, self.high, offset=self.offset
        )


@dataclass(frozen=True)
class Uniform(Distribution):
    """Any value between two bounds, equally likely."""

    low: float
    high: float

    def __post_init__(self) -> None:
        require(self.low < self.high, "low must be below high")

    def _moments(self) -> tuple[float, float]:
        return (self.low + self.high) / 2, (self.high - self.low) ** 2 / 12

    def _support(self) -> tuple[float, float]:
        return self.low, self.high

    def row(self) -> DistributionRow:
        """a: low, b: high."""
        return DistributionRow(DistributionKind.UNIFORM, self.low, self.high, offset=self.offset)


@dataclass(frozen=True)
class Beta(Distribution):
    """A beta law stretched to [low, high]."""

    alpha: float
    beta: float
    low: float
    high: float

    def __post_init__(self) -> None:
        require(self.alpha > 0 and self.beta > 0, "alpha and beta must be above 0")
        require(self.low < self.high, "low must be below high")

    @classmethod
    def from_mean(cls, mean: float, sd: float, low: float, high: float, offset: float = 0.0) -> Beta:
        """By mean and sd within the bounds (method of moments)."""
        require(low < mean < high, "the mean must lie between low and high")
        require(sd > 0, "the sd must be above 0")
        place = (mean - low) / (high - low)
        total = place * (1 - place) * ((high - low) / sd) ** 2 - 1
        require(total > 0, "the sd is too large for these bounds")
        return cls(place * total, (1 - place) * total, low, high, offset=offset)

    def _moments(self) -> tuple[float, float]:
        total = self.alpha + self.beta
        width = self.high - self.low
        variance = width**2 * self.alpha * self.beta / (total**2 * (total + 1))
        return self.low + width * self.alpha / total, variance

    def _support(self) -> tuple[float, float]:
        return self.low, self.high

    def row(self) -> DistributionRow:
        """a: alpha, b: beta, c: low, d: high."""
        return DistributionRow(
            DistributionKind.BETA, self.alpha, self.beta, self.low, self.high, offset=self.offset
        )


@dataclass(frozen=True)
class Geometric(Distribution):
    """`unit`, 2 `unit`, 3 `unit` ...: cycles until something happens that has `p` in each cycle."""

    p: float
    step: float  # one cycle

    def __post_init__(self) -> None:
        require(0 < self.p <= 1, "the probability p lies above 0 and not above 1")
        require(self.step > 0, "the unit of time must be above 0")

    def _moments(self) -> tuple[float, float]:
        return self.step / self.p, self.step**2 * (1 - self.p) / self.p**2

    def _support(self) -> tuple[float, float]:
        return self.step, self.step if self.p == 1 else math.inf

    def row(self) -> DistributionRow:
        """a: p, b: step."""
        return DistributionRow(DistributionKind.GEOMETRIC, self.p, self.step, offset=self.offset)


@dataclass(frozen=True)
class Empirical(Distribution):
    """Recorded values, each as likely as the other. `file` and `column` say where they were read."""

    values: tuple[float, ...]
    file: str = field(default="", compare=False)
    column: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        require(bool(self.values), "there are no values")

    def _moments(self) -> tuple[float, float]:
        n = len(self.values)
        mean = math.fsum(self.values) / n
        return mean, math.fsum((value - mean) ** 2 for value in self.values) / n

    def _support(self) -> tuple[float, float]:
        return min(self.values), max(self.values)

    def row(self) -> DistributionRow:
        """The values."""
        return DistributionRow(DistributionKind.EMPIRICAL, values=self.values, offset=self.offset)


@dataclass(frozen=True)
class Mixture(Distribution):
    """One of several laws, drawn by weight: a short time mostly, a long one now and then."""

    parts: tuple[tuple[float, Distribution], ...]  # (weight, law); the weights need not sum to 1

    def __post_init__(self) -> None:
        require(bool(self.parts), "there are no parts")
        require(all(weight > 0 for weight, _ in self.parts), "every weight must be above 0")

    def _shares(self) -> tuple[tuple[float, Distribution], ...]:
        total = math.fsum(weight for weight, _ in self.parts)
        return tuple((weight / total, law) for weight, law in self.parts)

    def _moments(self) -> tuple[float, float]:
        shares = self._shares()
        mean = math.fsum(share * law.mean for share, law in shares)
        second = math.fsum(share * (law.variance + (law.mean - mean) ** 2) for share, law in shares)
        return mean, second

    def _support(self) -> tuple[float, float]:
        bounds = [law.bounds for _, law in self.parts]
        return min(low for low, _ in bounds), max(high for _, high in bounds)

    def row(self) -> DistributionRow:
        """The children with weights that sum to 1."""
        return DistributionRow(DistributionKind.MIXTURE, children=self._shares(), offset=self.offset)
