"""What every result of this room carries: how it was made, from which data, and how sure it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a number was made, so that somebody else can make it again."""

    method: str  # what was computed, as "Xbar-R chart"
    estimator: str  # of what the result rests on, as "sigma = Rbar / d2(n)"
    constants: str = ""  # where d2, c4 ... come from; empty where none is used
    rules: str = ""  # run rules and how they count; empty where none is used
    limits_revision: str = ""  # "B, frozen by M. Weber on 2026-03-02"; empty: from these data
    data_sha256: str = ""  # `data_hash` of the values used, in their order
    notes: tuple[str, ...] = ()  # everything that a reader of the number ought to know


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval; an open side is minus or plus infinity."""

    low: float
    high: float
    confidence: float  # two-sided level, or one-sided where one side is open; 0.95 is 95 %
    method: str  # as "chi-square, exact for normal data"

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def data_hash(*arrays: ArrayLike) -> str:
    """SHA-256 of numbers in their order: shapes, then little-endian doubles. Minus zero counts as zero."""
    digest = hashlib.sha256()
    for array in arrays:
        values = np.ascontiguousarray(array, dtype="<f8")
        digest.update(repr(values.shape).encode())
        digest.update(np.ascontiguousarray(values + 0.0).data)
    return digest.hexdigest()
