"""Gauss-Legendre nodes and the solving of run-length integral equations by Nyström's method."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LONGEST = 1e11  # average run length that doubles can still tell from infinity
_ROOT_TWO_PI = math.sqrt(2.0 * math.pi)


def normal_density(x: FloatArray) -> FloatArray:
    """Density of the standard normal distribution."""
    return np.asarray(np.exp(-0.5 * x * x) / _ROOT_TWO_PI)


@lru_cache(maxsize=64)
def _legendre(count: int) -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights


def gauss_legendre(low: float, high: float, count: int) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of `count` points on [low, high]."""
    nodes, weights = _legendre(count)
    half = 0.5 * (high - low)
    return low + half * (nodes + 1.0), half * weights


def until_settled(compute: Callable[[int], float], start: int, most: int, rel: float = 1e-9) -> float:
    """A run length by quadrature with half more nodes each time, until two neighbours agree to `rel`.

    The equations lose a digit with each tenfold length: four are left at 1e9, and above `LONGEST` the answer
    is infinity. Raises ArithmeticError where the value does not settle at `most` nodes: no silent number.
    """
    count, last = start, compute(start)
    change = math.inf
    while count < most:
        count = min(count + count // 2, most)
        value = compute(count)
        if not 0.0 < last < LONGEST and not 0.0 < value < LONGEST:
            return math.inf
        change = abs(value - last) / max(abs(value), 1e-300)
        last = value
        if change < rel + 1e-15 * abs(value):
            return value
    if not change < max(1e-5, 1e-13 * abs(last)):
        raise ArithmeticError(f"average run length does not settle with {most} nodes (change {change:.1e})")
    return last
