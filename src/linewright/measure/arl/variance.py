"""Average run length of EWMA and CUSUM charts of the sample variance S^2, by piecewise collocation.

S^2 is sigma^2 chi^2(df) / df, in units of the in-control variance. Its density has a pole at zero for df = 1
and the run length has kinks, so the function is a Chebyshev polynomial on each piece between kinks, and the
integral runs over the root of the chi-square value, where the density is smooth (Knoth 2005, Statistics and
Computing 15, 341-352; Knoth 2006, Computational Statistics & Data Analysis 51, 499-512).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from scipy.special import chdtr, gammaln

from linewright.errors import InputError, Problem
from linewright.measure.checks import finite, positive, whole
from linewright.measure.quadrature import FloatArray, gauss_legendre, until_settled

_FAR = 40.0  # chi-square roots above sqrt(df) + this many do not happen


def _chi_density(w: FloatArray, df: int) -> FloatArray:
    """Density of the root of a chi-square value."""
    with np.errstate(divide="ignore"):
        log_w = np.log(w)
    power = (df - 1) * log_w if df > 1 else np.zeros_like(w)
    return np.asarray(np.exp((1.0 - 0.5 * df) * math.log(2.0) - gammaln(0.5 * df) + power - 0.5 * w * w))


class _Pieces:
    """Chebyshev polynomials of `order` on the pieces between `edges`; one unknown per collocation node."""

    def __init__(self, edges: FloatArray, order: int) -> None:
        self.edges, self.order = edges, order
        self.count = len(edges) - 1
        roots = np.cos(np.pi * (np.arange(order) + 0.5) / order)
        self.nodes = np.concatenate([0.5 * (a + b) + 0.5 * (b - a) * roots for a, b in pairwise(edges)])

    def basis(self, piece: int, x: FloatArray) -> FloatArray:
        """Values of the piece's polynomials at x, shape (len(x), order)."""
        a, b = self.edges[piece], self.edges[piece + 1]
        return np.asarray(np.polynomial.chebyshev.chebvander((2.0 * x - a - b) / (b - a), self.order - 1))

    def at(self, x: float) -> FloatArray:
        """Row that evaluates the function at x, shape (count * order,)."""
        piece = int(np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, self.count - 1))
        row = np.zeros(self.count * self.order)
        row[piece * self.order : (piece + 1) * self.order] = self.basis(piece, np.array([x]))[0]
        return row


def _expected_row(
    pieces: _Pieces,
    reach: Callable[[float], float],
    land: Callable[[FloatArray], FloatArray],
    df: int,
    count: int,
) -> FloatArray:
    """Row of E[L(next); next inside]. `land` maps the chi root to the next state, `reach` inverts it."""
    row = np.zeros(pieces.count * pieces.order)
    top = math.sqrt(df) + _FAR
    for piece in range(pieces.count):
        low, high = (min(reach(float(edge)), top) for edge in pieces.edges[piece : piece + 2])
        if high <= low:
            continue
        # the density is about one wide: a long way is cut into stretches
        cuts = np.linspace(low, high, max(1, math.ceil((high - low) / 4.0)) + 1)
        for a, b in pairwise(cuts):
            w, weights = gauss_legendre(float(a), float(b), count)
            part = (weights * _chi_density(w, df)) @ pieces.basis(piece, land(w))
            row[piece * pieces.order : (piece + 1) * pieces.order] += part
    return row


def _run_length(
    pieces: _Pieces, rows: Callable[[float], tuple[FloatArray, float]], floor: float, start: float
) -> float:
    """Solve L(u) = 1 + E[L(next)] + chance(at the floor) L(floor) on the collocation nodes; L at `start`."""
    at_floor = pieces.at(floor)
    matrix = np.empty((pieces.nodes.size, pieces.nodes.size))
    for i, node in enumerate(pieces.nodes):
        row, chance = rows(float(node))
        matrix[i] = pieces.at(float(node)) - row - chance * at_floor
    coefficients = np.linalg.solve(matrix, np.ones(pieces.nodes.size))
    row, chance = rows(start)
    return 1.0 + float(row @ coefficients) + chance * float(at_floor @ coefficients)


def cusum_s2_arl(k: float, h: float, df: int = 1, sigma: float = 1.0, start: float = 0.0) -> float:
    """Upper CUSUM of variances, S = max(0, S + s^2 - k), signal above h; `sigma` is the true one."""
    positive(k, "k")
    positive(h, "h")
    whole(df, "df")
    scale = positive(sigma, "sigma") ** 2 / df
    if not 0.0 <= finite(start, "start") < h:
        raise InputError([Problem(f"{start:g} must lie from 0 up to h", key="start")])
    edges = np.unique(np.concatenate((np.arange(0.0, h, k), [h])))  # a kink at each multiple of k

    def compute(order: int) -> float:
        pieces = _Pieces(edges, order)

        def rows(u: float) -> tuple[FloatArray, float]:
            def reach(edge: float) -> float:
                return math.sqrt(max(edge + k - u, 0.0) / scale)

            row = _expected_row(pieces, reach, lambda w: u + scale * w * w - k, df, 2 * order + 10)
            return row, float(chdtr(df, max(k - u, 0.0) / scale))

        return _run_length(pieces, rows, 0.0, start)

    return until_settled(compute, 8, 40, 1e-8)


def ewma_s2_arl(
    lam: float, upper: float, df: int = 1, sigma: float = 1.0, lower: float = 0.0, start: float = 1.0
) -> float:
    """EWMA of variances z = (1 - lam) z + lam s^2 from `start`; a signal above `upper` or below `lower`.

    Limits in units of the in-control variance; with lower = 0 the chart is one-sided: z is never below zero.
    """
    if not 0.0 < finite(lam, "lam") <= 1.0:
        raise InputError([Problem(f"{lam:g} must lie above 0 and at most at 1", key="lam")])
    whole(df, "df")
    scale = lam * positive(sigma, "sigma") ** 2 / df
    if not 0.0 <= lower <= start < upper or not lower < upper:
        text = f"lower {lower:g}, start {start:g}, upper {upper:g}: must ascend, from 0"
        raise InputError([Problem(text, key="limits")])
    keep = 1.0 - lam
    edges = _ewma_edges(lower, upper, keep)

    def compute(order: int) -> float:
        pieces = _Pieces(edges, order)

        def rows(u: float) -> tuple[FloatArray, float]:
            def reach(edge: float) -> float:
                return math.sqrt(max(edge - keep * u, 0.0) / scale)

            return _expected_row(pieces, reach, lambda w: keep * u + scale * w * w, df, 2 * order + 10), 0.0

        return _run_length(pieces, rows, lower, start)

    return until_settled(compute, 8, 40, 1e-8)


def _ewma_edges(lower: float, upper: float, keep: float) -> FloatArray:
    """Kinks of the run length: where z decays to the lower limit in 1, 2, ... steps (none without one)."""
    if lower <= 0.0 or keep == 0.0:
        return np.linspace(lower, upper, 3)
    edges = [lower]
    while edges[-1] / keep < upper and len(edges) < 40:
        edges.append(edges[-1] / keep)
    return np.array([*edges, upper])
