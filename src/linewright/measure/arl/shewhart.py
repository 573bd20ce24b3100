"""Average run length of Shewhart charts with any run rules, from the histories that can still matter.

Rules that look at zones alone give an exact Markov chain, one sparse linear system (Champ & Woodall 1987,
Technometrics 29, 393-399). Trends and alternation compare neighbours, so the run length from a history is a function
of where the last point stands: an integral equation. With each point x written as its probability u = F(x) the kernel
is constant on either side of u within a zone. The run lengths are then sums of exponentials of u, and a polynomial for
each history and zone, met at Gauss-Legendre nodes, gives them to some twelve digits.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.polynomial import legendre
from scipy.optimize import brentq
from scipy.sparse import coo_matrix, csc_matrix, identity
from scipy.sparse.linalg import splu
from scipy.special import ndtr

from linewright.errors import InputError, Problem
from linewright.measure.arl.histories import Chain, FloatArray, walk
from linewright.measure.checks import finite, positive
from linewright.measure.quadrature import LONGEST, gauss_legendre
from linewright.measure.rules.book import RULE_1, RuleBook

NODES = 9  # of a polynomial over one zone: those of zones as wide as three sigma are exact to 1e-12


def shewhart_arl(shift: float = 0.0, rules: RuleBook = RULE_1, width: float = 3.0, n: int = 1) -> float:
    """Zero-state average run length of an Xbar chart of known parameters with run rules.

    `shift` of the process mean in sigma of one measurement, n the subgroup size.
    """
    return _solve(walk(rules, positive(width, "width")), finite(shift, "shift") * math.sqrt(n))


def shewhart_arls(shifts: FloatArray, rules: RuleBook = RULE_1, width: float = 3.0) -> FloatArray:
    """The same for several shifts; the chain is walked once."""
    chain = walk(rules, positive(width, "width"))
    return np.array([_solve(chain, finite(s, "shift")) for s in np.asarray(shifts, dtype=np.float64)])


def shewhart_width(arl0: float, rules: RuleBook = RULE_1) -> float:
    """The width of the control limits that gives an in-control average run length of `arl0` with these rules.

    The zones of the other rules stay where they are, so they cap what can be had: an `InputError` then.
    """
    if not finite(arl0, "arl0") > 1.0:
        raise InputError([Problem(f"{arl0:g} points must be more than 1", key="arl0")])
    most = shewhart_arl(0.0, rules, 8.0)
    if most < arl0:
        text = f"with these rules the average run length is at most {most:.4g}"
        raise InputError([Problem(text, key="arl0")])
    return float(brentq(lambda c: math.log(shewhart_arl(0.0, rules, c) / arl0), 1e-3, 8.0, xtol=1e-10))


def _solve(chain: Chain, shift: float) -> float:
    """Average run length from the empty history."""
    chances = _chances(chain.cuts - shift)
    if not chain.move.any():
        return _first(_between_zones(chain, chances), np.ones(chain.states))
    found = _first(*_between_points(chain, chances))
    return found if 0.0 < found < LONGEST else math.inf


def _chances(cuts: FloatArray) -> FloatArray:
    """Chance (c + 1,) of each zone; from the nearer tail, so that small ones keep their digits."""
    low, high = np.append(-np.inf, cuts), np.append(cuts, np.inf)
    return np.asarray(np.where(low < 0.0, ndtr(high) - ndtr(low), ndtr(-low) - ndtr(-high)))


def _first(matrix: csc_matrix, right: FloatArray) -> float:
    """The first unknown of x = right + matrix x."""
    return float(splu(identity(right.size, format="csc") - matrix).solve(right)[0])


def _between_zones(chain: Chain, chances: FloatArray) -> csc_matrix:
    """Chance to go from each history to each other."""
    return csc_matrix((chances[chain.zone], (chain.source, chain.target)), shape=(chain.states, chain.states))


def _between_points(chain: Chain, chances: FloatArray) -> tuple[csc_matrix, FloatArray]:
    """Matrix and right side for the run lengths from each history, its mean over the last point and at its nodes.

    Unknown s is the mean of history s over its zone, unknown `states + s NODES + i` its run length from node i. The
    empty history has no last point: its mean is the answer.
    """
    t, g = gauss_legendre(0.0, 1.0, NODES)
    below = _integrals(t)
    nodes = chain.states + np.arange(chain.states)[:, None] * NODES + np.arange(NODES)  # (states, NODES)
    weight = chances[chain.zone]
    first, within = chain.source == 0, chain.move != 0
    across = ~first & ~within
    blocks = np.where(chain.move[within, None, None] < 0, below, g - below) * weight[within, None, None]
    square = (int(within.sum()), NODES, NODES)
    rows = [
        chain.source[first],
        nodes[chain.source[across]].ravel(),
        np.broadcast_to(nodes[chain.source[within]][:, :, None], square).ravel(),
        np.repeat(np.arange(1, chain.states), NODES),
    ]
    columns = [
        chain.target[first],
        np.repeat(chain.target[across], NODES),
        np.broadcast_to(nodes[chain.target[within]][:, None, :], square).ravel(),
        nodes[1:].ravel(),
    ]
    values = [weight[first], np.repeat(weight[across], NODES), blocks.ravel(), np.tile(g, chain.states - 1)]
    size = chain.states * (NODES + 1)
    right = np.ones(size)
    right[1 : chain.states + NODES] = 0.0  # means, and the nodes that the empty history does not have
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return coo_matrix(entries, shape=(size, size)).tocsc(), right


def _integrals(t: FloatArray) -> FloatArray:
    """Integral (n, n) from 0 to t[i] of the polynomial that is one at t[j] and zero at the other nodes."""
    x = 2.0 * t - 1.0
    basis = legendre.legvander(x, t.size - 1)
    sums = [0.5 * legendre.legval(x, legendre.legint(row, lbnd=-1)) for row in np.eye(t.size)]
    return np.asarray(np.linalg.solve(basis.T, np.array(sums)).T, dtype=np.float64)
