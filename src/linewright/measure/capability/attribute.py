"""Capability of attributes: proportions defective, defects per unit, and yields through several steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from linewright.errors import InputError, Problem
from linewright.measure.capability.intervals import proportion_interval, rate_interval
from linewright.measure.checks import clean_counts, clean_values, positive
from linewright.measure.result import Interval, Provenance, data_hash


@dataclass(frozen=True, slots=True)
class BinomialCapability:
    """Proportion defective with its exact interval, and the Z of the process."""

    p: float
    interval: Interval
    ppm: float
    z: float  # Phi^-1(1 - p); infinite without a defective
    z_interval: Interval
    defectives: float
    items: float
    provenance: Provenance


def binomial_capability(
    defectives: ArrayLike, sizes: ArrayLike, confidence: float = 0.95
) -> BinomialCapability:
    """pbar = sum x / sum n; Clopper-Pearson interval; Z = Phi^-1(1 - pbar)."""
    x = clean_counts(defectives, "defectives")
    n = np.broadcast_to(clean_counts(np.atleast_1d(np.asarray(sizes)), "sizes"), x.shape)
    if np.any(x > n):
        raise InputError([Problem("more defectives than items in a sample", key="defectives")])
    events, items = float(np.sum(x)), positive(float(np.sum(n)), "sizes")
    p = events / items
    interval = proportion_interval(events, items, confidence)
    z_interval = Interval(
        -float(ndtri(interval.high)), -float(ndtri(interval.low)), confidence, f"Z of {interval.method}"
    )
    provenance = Provenance("binomial capability", "pbar = sum x / sum n", data_sha256=data_hash(x, n))
    return BinomialCapability(p, interval, 1e6 * p, -float(ndtri(p)), z_interval, events, items, provenance)


@dataclass(frozen=True, slots=True)
class PoissonCapability:
    """Defects per unit with its exact interval, and the yield that they leave."""

    dpu: float
    interval: Interval
    first_pass_yield: float  # exp(-dpu): chance of a unit without a defect
    defects: float
    units: float
    provenance: Provenance


def poisson_capability(defects: ArrayLike, units: ArrayLike, confidence: float = 0.95) -> PoissonCapability:
    """dpu = sum x / sum n; Garwood interval; chance of no defect exp(-dpu)."""
    x = clean_counts(defects, "defects")
    n = np.broadcast_to(clean_values(np.atleast_1d(np.asarray(units, dtype=np.float64)), "units"), x.shape)
    if not np.all(n > 0.0):
        raise InputError([Problem("a sample of zero or fewer units", key="units")])
    events, exposure = float(np.sum(x)), float(np.sum(n))
    dpu = events / exposure
    interval = rate_interval(events, exposure, confidence)
    provenance = Provenance("Poisson capability", "dpu = sum x / sum n", data_sha256=data_hash(x, n))
    return PoissonCapability(dpu, interval, math.exp(-dpu), events, exposure, provenance)


@dataclass(frozen=True, slots=True)
class Yields:
    """Yield of a process of several steps, with rework."""

    final: float  # 1 - sum d / N: what leaves good, reworked or not
    first_time: float  # 1 - (sum d + sum r) / N
    rolled: float  # product over steps of 1 - (d_i + r_i) / N_i
    dpmo: float  # defects per million opportunities, 10^6 sum d / N


def step_yields(defects: ArrayLike, rework: ArrayLike, units: float, entering: str = "constant") -> Yields:
    """Yields of steps with `defects` scrapped and `rework` mended at each, `units` entering the first.

    The rolled yield divides by the units at each step: "constant" takes `units` at every step, as the package
    SixSigma of R does; "remaining" takes what earlier steps have not scrapped.
    """
    d, r = clean_counts(defects, "defects"), clean_counts(rework, "rework")
    if d.size != r.size:
        raise InputError([Problem(f"{d.size} steps of defects, {r.size} of rework", key="rework")])
    n = positive(units, "units")
    if entering not in ("constant", "remaining"):
        raise InputError(
            [Problem(f"{entering!r} is not known", key="entering", hint="constant or remaining")]
        )
    scrapped = np.concatenate(([0.0], np.cumsum(d)[:-1])) if entering == "remaining" else np.zeros(d.size)
    at_step = n - scrapped
    if np.any(at_step <= 0.0) or np.any(d + r > at_step):
        raise InputError([Problem("more defects and rework than units at a step", key="defects")])
    lost, mended = float(np.sum(d)), float(np.sum(r))
    rolled = float(np.prod(1.0 - (d + r) / at_step))
    return Yields(1.0 - lost / n, 1.0 - (lost + mended) / n, rolled, 1e6 * lost / n)
