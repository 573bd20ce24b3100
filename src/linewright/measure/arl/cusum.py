"""Average run length of CUSUM charts of normal data, by integral equation.

Sources: Page (1954), Biometrika 41; Goel & Wu (1971), Technometrics 13, 221-230; Brook & Evans (1972),
Biometrika 59, 539-549; Lucas & Crosier (1982), Technometrics 24, 199-205 (headstart, two-sided scheme).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from linewright.errors import InputError, Problem
from linewright.measure.arl.ewma import STATES
from linewright.measure.checks import choice, finite, positive
from linewright.measure.quadrature import FloatArray, gauss_legendre, normal_density, until_settled


def _matrix(k: float, shift: float, nodes: FloatArray, weights: FloatArray, points: FloatArray) -> FloatArray:
    """Transition of the sum from `points` (rows) to zero (first column) and to the nodes, weighted."""
    to_zero = ndtr(k - shift - points)
    onward = normal_density(nodes[None, :] + k - shift - points[:, None]) * weights
    return np.column_stack((to_zero, onward))


def _solve(k: float, h: float, shift: float, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    nodes, weights = gauss_legendre(0.0, h, count)
    points = np.concatenate(([0.0], nodes))
    matrix = _matrix(k, shift, nodes, weights, points)
    runs = np.linalg.solve(np.eye(count + 1) - matrix, np.ones(count + 1))
    return nodes, weights, np.asarray(runs, dtype=np.float64)


def _from_start(k: float, h: float, shift: float, start: float, count: int) -> float:
    nodes, weights, runs = _solve(k, h, shift, count)
    return 1.0 + float(_matrix(k, shift, nodes, weights, np.array([start]))[0] @ runs)


def _conditional(k: float, h: float, shift: float, count: int) -> float:
    """Mean over where the sum stands after long without a signal."""
    nodes, weights, runs = _solve(k, h, shift, count)
    points = np.concatenate(([0.0], nodes))
    values, vectors = np.linalg.eig(_matrix(k, 0.0, nodes, weights, points).T)
    chance = np.abs(vectors[:, int(np.argmax(values.real))].real)
    return float(chance @ runs / chance.sum())


def _cyclical(k: float, h: float, shift: float, start: float, count: int) -> float:
    """Mean over where the sum stands when the chart begins anew at `start` after each false signal."""
    nodes, weights, runs = _solve(k, h, shift, count)
    points = np.concatenate(([0.0], nodes))
    here = np.array([start])
    onward = _matrix(k, 0.0, nodes, weights, points)
    first = _matrix(k, 0.0, nodes, weights, here)[0]
    visits = np.linalg.solve(np.eye(count + 1) - onward.T, first)
    from_start = 1.0 + float(_matrix(k, shift, nodes, weights, here)[0] @ runs)
    return float((from_start + visits @ runs) / (1.0 + visits.sum()))


def _nodes_for(h: float) -> int:
    return int(min(40 + 6 * h, 240))


def cusum_arl_one_sided(
    k: float, h: float, shift: float = 0.0, headstart: float = 0.0, state: str = "zero"
) -> float:
    """Average run length of the upper CUSUM S = max(0, S + y - k), signal above h; all in sigma.

    `headstart` is a share of h. state "zero", "conditional" or "cyclical" as in `ewma_arl`.
    """
    finite(k, "k")
    positive(h, "h")
    choice(state, STATES, "state")
    if not 0.0 <= finite(headstart, "headstart") < 1.0:
        raise InputError([Problem(f"{headstart:g} must be a share of h, 0 up to 1", key="headstart")])
    finite(shift, "shift")
    if state == "conditional":
        return until_settled(lambda n: _conditional(k, h, shift, n), _nodes_for(h), 900)
    if state == "cyclical":
        return until_settled(lambda n: _cyclical(k, h, shift, headstart * h, n), _nodes_for(h), 900)
    return until_settled(lambda n: _from_start(k, h, shift, headstart * h, n), _nodes_for(h), 900)


def cusum_arl(k: float, h: float, shift: float = 0.0, headstart: float = 0.0) -> float:
    """Average run length of the two-sided tabular CUSUM, from its two sides.

    With H the headstart: (L+(H) L-(0) + L+(0) L-(H) - L+(0) L-(0)) / (L+(0) + L-(0)) (Lucas & Crosier 1982);
    without one that is 1 / (1/L+ + 1/L-). Exact where both sums cannot stand above zero and grow at once,
    that is for k of at least headstart * h / 2.
    """
    up, down = cusum_arl_one_sided(k, h, shift), cusum_arl_one_sided(k, h, -shift)
    if headstart == 0.0:
        return 1.0 / (1.0 / up + 1.0 / down)
    # divided through by L+(0) L-(0), of which one may be infinite
    up_share = _share_of_start(k, h, shift, headstart, up)
    down_share = _share_of_start(k, h, -shift, headstart, down)
    return (up_share + down_share - 1.0) / (1.0 / up + 1.0 / down)


def _share_of_start(k: float, h: float, shift: float, headstart: float, from_zero: float) -> float:
    """L(H) / L(0) of one side; where L(0) is infinite, the chance to reach zero before the signal."""
    if math.isfinite(from_zero):
        return cusum_arl_one_sided(k, h, shift, headstart) / from_zero
    nodes, weights = gauss_legendre(0.0, h, 2 * _nodes_for(h))
    inside = _matrix(k, shift, nodes, weights, np.concatenate(([headstart * h], nodes)))
    reach = np.linalg.solve(np.eye(nodes.size) - inside[1:, 1:], inside[1:, 0])
    return float(inside[0, 0] + inside[0, 1:] @ reach)


def _crosier(k: float, h: float, shift: float, start: float, count: int) -> float:
    """L(u) = 1 + P(|u + y| <= k) L(0) + int L(s) f(s + k sign(s) - u) ds; a jump of f at s = 0 splits it."""
    halves = [gauss_legendre(*ends, count) for ends in ((-h, 0.0), (0.0, h))]
    nodes, weights = (np.concatenate(parts) for parts in zip(*halves, strict=True))

    def onward(points: FloatArray) -> FloatArray:
        rest = ndtr(k - shift - points) - ndtr(-k - shift - points)
        density = normal_density(nodes[None, :] + k * np.sign(nodes)[None, :] - shift - points[:, None])
        return np.column_stack((rest, density * weights))

    matrix = np.eye(2 * count + 1) - onward(np.concatenate(([0.0], nodes)))
    runs = np.linalg.solve(matrix, np.ones(2 * count + 1))
    return 1.0 + float(onward(np.array([start]))[0] @ runs)


def crosier_arl(k: float, h: float, shift: float = 0.0, headstart: float = 0.0) -> float:
    """Average run length of Crosier's two-sided CUSUM of one sum (Crosier 1986, Technometrics 28, 187-194).

    C = |S + y|; S = 0 where C <= k, else (S + y)(1 - k/C); signal at |S| > h. headstart is a share of h.
    """
    positive(k, "k")
    positive(h, "h")
    if not -1.0 < finite(headstart, "headstart") < 1.0:
        raise InputError([Problem(f"{headstart:g} must be a share of h, -1 to 1", key="headstart")])
    finite(shift, "shift")
    return until_settled(lambda n: _crosier(k, h, shift, headstart * h, n), _nodes_for(h), 500)


def cusum_limit(k: float, arl0: float, headstart: float = 0.0, sides: int = 2) -> float:
    """The decision interval h (in sigma) that gives an in-control average run length of `arl0`."""
    if sides not in (1, 2):
        raise InputError([Problem(f"{sides} sides; a CUSUM has 1 or 2", key="sides")])
    if not finite(arl0, "arl0") > 2.0:
        raise InputError([Problem(f"{arl0:g} points must be more than 2", key="arl0")])

    def run_length(h: float) -> float:
        if sides == 1:
            return cusum_arl_one_sided(k, h, 0.0, headstart)
        return cusum_arl(k, h, 0.0, headstart)

    low, high = 1e-3, 1.0
    while run_length(high) < arl0:
        low, high = high, high * 1.5
    if run_length(low) > arl0:
        raise InputError([Problem(f"no h above zero gives {arl0:g} with k = {k:g}", key="arl0")])
    return float(brentq(lambda h: math.log(run_length(h) / arl0), low, high, xtol=1e-9))
