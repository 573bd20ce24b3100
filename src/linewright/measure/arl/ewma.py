"""Average run length of EWMA charts of normal data, by integral equation.

Zero-state: from the start (or a headstart) to the signal. Steady-state: the change comes after a long time
without one. Sources: Crowder (1987), Technometrics 29, 401-407; Lucas & Saccucci (1990), Technometrics 32,
1-29; Knoth (2003), Sequential Analysis 22, 351-371, for limits that widen with the variance.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from linewright.errors import InputError, Problem
from linewright.measure.checks import choice, finite, positive
from linewright.measure.quadrature import FloatArray, gauss_legendre, normal_density, until_settled

STATES = ("zero", "conditional", "cyclical")


def _check(lam: float, width: float, shift: float) -> tuple[float, float, float]:
    if not 0.0 < finite(lam, "lam") <= 1.0:
        raise InputError([Problem(f"{lam:g} must lie above 0 and at most at 1", key="lam")])
    return lam, positive(width, "width"), finite(shift, "shift")


def _limit(lam: float, width: float) -> float:
    return width * math.sqrt(lam / (2.0 - lam))


def _kernel(to: FloatArray, start: FloatArray, lam: float, shift: float) -> FloatArray:
    """Density of the next z at `to` (columns), from each `start` (rows)."""
    return normal_density((to[None, :] - (1.0 - lam) * start[:, None]) / lam - shift) / lam


def _solve(lam: float, limit: float, shift: float, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Nodes, weights and average run lengths from each node: L = 1 + K L."""
    nodes, weights = gauss_legendre(-limit, limit, count)
    matrix = np.eye(count) - _kernel(nodes, nodes, lam, shift) * weights
    return nodes, weights, np.asarray(np.linalg.solve(matrix, np.ones(count)), dtype=np.float64)


def _from_start(lam: float, limit: float, shift: float, start: float, count: int) -> float:
    nodes, weights, runs = _solve(lam, limit, shift, count)
    return 1.0 + float(_kernel(nodes, np.array([start]), lam, shift)[0] @ (weights * runs))


def _conditional(lam: float, limit: float, shift: float, count: int) -> float:
    """Mean over where z stands after long without a signal: the left eigenvector of the in-control kernel."""
    nodes, weights, runs = _solve(lam, limit, shift, count)
    values, vectors = np.linalg.eig((_kernel(nodes, nodes, lam, 0.0) * weights).T)
    chance = np.abs(vectors[:, int(np.argmax(values.real))].real)
    return float(chance @ runs / chance.sum())


def _cyclical(lam: float, limit: float, shift: float, start: float, count: int) -> float:
    """Mean over where z stands when the chart begins anew at `start` after each false signal."""
    nodes, weights, runs = _solve(lam, limit, shift, count)
    here = np.array([start])
    first = _kernel(nodes, here, lam, 0.0)[0] * weights
    matrix = np.eye(count) - (_kernel(nodes, nodes, lam, 0.0) * weights).T
    visits = np.linalg.solve(matrix, first)
    from_start = 1.0 + float(_kernel(nodes, here, lam, shift)[0] @ (weights * runs))
    return float((from_start + visits @ runs) / (1.0 + visits.sum()))


def _with_widening_limits(lam: float, width: float, shift: float, start: float, count: int) -> float:
    """Limits width sd(z_t): back from the time when they no longer move (relative 1e-12)."""
    last = 1 if lam == 1.0 else max(2, math.ceil(math.log(1e-12) / (2.0 * math.log1p(-lam))))
    nodes, weights, runs = _solve(lam, _limit(lam, width), shift, count)
    for t in range(last, 1, -1):
        # runs: from z at time t; earlier: from the nodes of time t - 1
        growth = math.sqrt(-math.expm1(2.0 * (t - 1) * math.log1p(-lam))) if lam < 1.0 else 1.0
        earlier, earlier_weights = gauss_legendre(-1.0, 1.0, count)
        earlier, earlier_weights = (v * _limit(lam, width) * growth for v in (earlier, earlier_weights))
        runs = 1.0 + _kernel(nodes, earlier, lam, shift) @ (weights * runs)
        nodes, weights = earlier, earlier_weights
    return 1.0 + float(_kernel(nodes, np.array([start]), lam, shift)[0] @ (weights * runs))


def ewma_arl(
    lam: float,
    width: float,
    shift: float = 0.0,
    start: float = 0.0,
    state: str = "zero",
    limits: str = "fixed",
) -> float:
    """Average run length of the two-sided EWMA chart.

    `shift` of the mean in sigma of the plotted points; limits at `width` asymptotic standard deviations of z;
    `start` of z in sigma (a headstart). state "zero": the shift is there from the first point; "conditional":
    it comes after long without a signal; "cyclical": after long, with a new start after each false signal.
    limits "fixed" (asymptotic) or "widening" (width times the standard deviation of z_t, as the chart draws
    them by default; zero-state only).
    """
    _check(lam, width, shift)
    choice(state, STATES, "state")
    choice(limits, ("fixed", "widening"), "limits")
    limit = _limit(lam, width)
    if abs(finite(start, "start")) > limit:
        raise InputError([Problem(f"{start:g} lies beyond the limit {limit:g}", key="start")])
    # the kernel is lam wide, the range 2 limit: enough nodes to see it
    first = int(min(40 + 6.0 * limit / lam, 240))
    if limits == "widening" and state != "zero":
        raise InputError([Problem("in the steady state the limits have widened: take fixed", key="limits")])
    if state == "conditional":
        return until_settled(lambda n: _conditional(lam, limit, shift, n), first, 900)
    if state == "cyclical":
        return until_settled(lambda n: _cyclical(lam, limit, shift, start, n), first, 900)
    if limits == "widening":
        return until_settled(lambda n: _with_widening_limits(lam, width, shift, start, n), first, 500, 1e-7)
    return until_settled(lambda n: _from_start(lam, limit, shift, start, n), first, 900)


def _one_sided(lam: float, limit: float, floor: float, shift: float, start: float, count: int) -> float:
    """L(u) = 1 + P(z <= floor) L(floor) + int L(y) k(y|u) dy; the floor is one unknown more."""
    nodes, weights = gauss_legendre(floor, limit, count)
    points = np.concatenate(([floor], nodes))
    matrix = np.eye(count + 1)
    matrix[:, 0] -= ndtr((floor - (1.0 - lam) * points) / lam - shift)
    matrix[:, 1:] -= _kernel(nodes, points, lam, shift) * weights
    runs = np.linalg.solve(matrix, np.ones(count + 1))
    here = np.array([start])
    at_floor = float(ndtr((floor - (1.0 - lam) * start) / lam - shift)) * runs[0]
    return 1.0 + float(at_floor) + float(_kernel(nodes, here, lam, shift)[0] @ (weights * runs[1:]))


def ewma_arl_one_sided(
    lam: float, width: float, shift: float = 0.0, start: float = 0.0, floor: float = 0.0
) -> float:
    """Average run length of the upper EWMA z = max(floor, (1 - lam) z + lam x), signal above the limit.

    `floor` (the reflecting barrier) in asymptotic standard deviations of z, as `width`; `start` in sigma.
    """
    _check(lam, width, shift)
    scale = math.sqrt(lam / (2.0 - lam))
    limit, low = width * scale, finite(floor, "floor") * scale
    if not low < limit:
        raise InputError([Problem("the floor must lie below the limit", key="floor")])
    first = int(min(40 + 6.0 * (limit - low) / lam, 240))
    return until_settled(lambda n: _one_sided(lam, limit, low, shift, start, n), first, 900)


def ewma_width(lam: float, arl0: float, limits: str = "fixed") -> float:
    """The width that gives an in-control average run length of `arl0`."""
    if not finite(arl0, "arl0") > 1.5:
        raise InputError([Problem(f"{arl0:g} points must be more than 1.5", key="arl0")])
    low, high = 0.05, 1.0
    while ewma_arl(lam, high, limits=limits) < arl0:
        low, high = high, high + 0.5
    return float(brentq(lambda c: math.log(ewma_arl(lam, c, limits=limits) / arl0), low, high, xtol=1e-9))
