"""Average run length of the MEWMA chart with asymptotic covariance, by integral equation.

In control the squared length of Z is a Markov process of its own (Rigdon 1995, Journal of Statistical
Computation and Simulation 52); after a shift the state is the part of Z along the shift and the length of
the rest (Runger & Prabhu 1996, JASA 91; Knoth 2017, Journal of Statistical Software).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, hyp0f1, ive

from linewright.errors import InputError, Problem
from linewright.measure.arl.ewma import ewma_arl
from linewright.measure.checks import finite, positive, whole
from linewright.measure.quadrature import FloatArray, gauss_legendre, normal_density, until_settled


def _length_density(r: FloatArray, centre: FloatArray, p: int) -> FloatArray:
    """Density at r >= 0 of the length of a p-dimensional normal vector whose mean has length `centre`.

    r (r/m)^(p/2-1) exp(-(r^2+m^2)/2) I_(p/2-1)(r m); one dimension is a folded normal value.
    """
    if p == 1:
        return normal_density(r - centre) + normal_density(r + centre)
    order = 0.5 * p - 1.0
    product = r * centre
    # (r m)^-order I_order(r m): its series near zero, where I underflows, else the scaled Bessel function
    near = product < 2.0 * math.sqrt(order + 1.0)
    far = np.where(near, 4.0 * (order + 1.0), product)
    with np.errstate(divide="ignore"):
        series = np.log(hyp0f1(order + 1.0, np.where(near, 0.25 * product**2, 0.0))) - 0.5 * (
            r**2 + centre**2
        )
        bessel = np.log(ive(order, far)) - order * np.log(far) - 0.5 * (r - centre) ** 2
        log_bend = np.where(near, series - order * math.log(2.0) - gammaln(order + 1.0), bessel)
        return np.asarray(np.exp((p - 1.0) * np.log(r) + log_bend))


def _in_control(p: int, lam: float, radius: float, count: int) -> float:
    """L at Z = 0; the state is the length of Z, from 0 to `radius`."""
    nodes, weights = gauss_legendre(0.0, radius, count)
    starts = np.concatenate(([0.0], nodes))
    density = _length_density(nodes[None, :] / lam, (1.0 - lam) / lam * starts[:, None], p) / lam
    runs = np.linalg.solve(np.eye(count) - density[1:] * weights, np.ones(count))
    return 1.0 + float(density[0] @ (weights * runs))


def _shifted(p: int, lam: float, radius: float, shift: float, count: int) -> float:
    """L at Z = 0 for p >= 2; the state is (along the shift, length across it) inside a half disc.

    The half disc is mapped as along = radius sin(a), across = radius cos(a) s: smooth up to its rim.
    """
    angle, angle_weight = gauss_legendre(-0.5 * math.pi, 0.5 * math.pi, count)
    share, share_weight = gauss_legendre(0.0, 1.0, count // 2)
    along = np.repeat(radius * np.sin(angle), share.size)
    width = radius * np.cos(angle)
    across = np.outer(width, share).ravel()
    weights = np.outer(radius * np.cos(angle) * angle_weight * width, share_weight).ravel()
    from_along, from_across = np.concatenate(([0.0], along)), np.concatenate(([0.0], across))
    keep = (1.0 - lam) / lam
    forward = normal_density(along[None, :] / lam - keep * from_along[:, None] - shift) / lam
    sideways = _length_density(across[None, :] / lam, keep * from_across[:, None], p - 1) / lam
    density = forward * sideways
    runs = np.linalg.solve(np.eye(along.size) - density[1:] * weights, np.ones(along.size))
    return 1.0 + float(density[0] @ (weights * runs))


def mewma_arl(p: int, lam: float, limit: float, shift: float = 0.0) -> float:
    """Zero-state average run length of the MEWMA chart of p characteristics with limit T2 > `limit`.

    `shift` is the length of the mean shift, sqrt(d' Sigma^-1 d). The covariance of Z is the asymptotic one.
    """
    whole(p, "p")
    if not 0.0 < finite(lam, "lam") <= 1.0:
        raise InputError([Problem(f"{lam:g} must lie above 0 and at most at 1", key="lam")])
    radius = math.sqrt(positive(limit, "limit") * lam / (2.0 - lam))
    if finite(shift, "shift") < 0.0:
        raise InputError([Problem(f"{shift:g} is a length, not below zero", key="shift")])
    if shift == 0.0:
        first = int(min(40 + 6.0 * radius / lam, 240))
        return until_settled(lambda n: _in_control(p, lam, radius, n), first, 900)
    if p == 1:
        return ewma_arl(lam, math.sqrt(limit), shift)
    first = int(min(18 + 2.5 * radius / lam, 48))
    return until_settled(lambda n: _shifted(p, lam, radius, shift, n), first, 84, 1e-6)


def mewma_limit(p: int, lam: float, arl0: float) -> float:
    """The limit h4 of T2 that gives an in-control average run length of `arl0`."""
    if not finite(arl0, "arl0") > 1.5:
        raise InputError([Problem(f"{arl0:g} points must be more than 1.5", key="arl0")])
    low, high = 1e-3, float(p) + 4.0
    while mewma_arl(p, lam, high) < arl0:
        low, high = high, 1.5 * high
    return float(brentq(lambda h: math.log(mewma_arl(p, lam, h) / arl0), low, high, xtol=1e-9))
