"""Plans by two points of the OC curve: accept quality p1 with 1 - alpha at least, quality p2 with beta at
most.

Single plans are the smallest there are. Double and multiple plans are those of the smallest average sample
number at p1 among all that keep both risks and have stages of equal (or given) size.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.stats import binom, hypergeom, poisson

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, positive, whole
from linewright.measure.sampling.plan import AttributePlan, Model, Stage, single

LARGEST_C = 2000  # above this acceptance number the two points lie too close for attributes


def design_single(
    p1: float,
    p2: float,
    alpha: float = 0.05,
    beta: float = 0.10,
    model: Model = "binomial",
    lot_size: int | None = None,
) -> AttributePlan:
    """Smallest plan (n, c) with Pa(p1) >= 1 - alpha and Pa(p2) <= beta."""
    _check_points(p1, p2, alpha, beta, model)
    if model == "hypergeometric":
        return _single_of_lot(p1, p2, alpha, beta, lot_size)
    below = _below(model)
    for c in range(LARGEST_C):
        n = _smallest_n(_keeps_consumer(below, c, p2, beta), c + 1)
        if below(c, n, p1) >= 1.0 - alpha:
            return single(n, c)
    raise InputError([Problem(f"{p1:g} and {p2:g} lie too close for a plan by attributes", key="p2")])


def design_double(
    p1: float, p2: float, alpha: float = 0.05, beta: float = 0.10, ratio: int = 1, model: Model = "binomial"
) -> AttributePlan:
    """Double plan with a second sample of `ratio` times the first, least average sample number at p1.

    First stage: accept at c1, reject at r1; second: accept at c2. All c1 < r1 <= c2 + 1 are tried.
    """
    _check_points(p1, p2, alpha, beta, model)
    whole(ratio, "ratio")
    basis = design_single(p1, p2, alpha, beta, model)
    widest = basis.stages[0].accept
    best: tuple[float, AttributePlan] | None = None
    for c2 in range(1, widest + 4):
        for c1 in range(c2):
            for r1 in range(c1 + 2, c2 + 2):
                plan = _smallest_double(c1, r1, c2, ratio, p2, beta, model, basis.stages[0].n)
                if plan is None or float(plan.acceptance([p1], model)[0]) < 1.0 - alpha:
                    continue
                average = float(plan.average_sample([p1], model)[0])
                if best is None or average < best[0] - 1e-12:
                    best = average, plan
    if best is None:
        raise InputError([Problem("no double plan keeps both risks", key="p2", hint="use a single plan")])
    return best[1]


def design_multiple(
    p1: float, p2: float, alpha: float = 0.05, beta: float = 0.10, stages: int = 7, model: Model = "binomial"
) -> AttributePlan:
    """Multiple plan of equal stages: Wald's two lines, rounded, and cut off at the last stage.

    Acceptance and rejection numbers follow Ac = s n - h1 and Re = s n + h2 of the sequential test; stage
    size and the last acceptance number are the pair of least average sample number at p1 that keeps both
    risks.
    """
    _check_points(p1, p2, alpha, beta, model)
    whole(stages, "stages", 2)
    basis = design_single(p1, p2, alpha, beta, model).stages[0]
    slope, accept_at, reject_at = _wald_lines(p1, p2, alpha, beta, model)
    best: tuple[float, AttributePlan] | None = None
    for n in range(max(1, basis.n // stages // 2), basis.n + 1):
        for last in range(max(1, math.floor(slope * n * stages) - 2), math.ceil(slope * n * stages) + 4):
            plan = _multiple(n, stages, last, slope, accept_at, reject_at)
            if plan is None:
                continue
            good, bad = plan.acceptance([p1, p2], model)
            if good < 1.0 - alpha or bad > beta:
                continue
            average = float(plan.average_sample([p1], model)[0])
            if best is None or average < best[0] - 1e-12:
                best = average, plan
        if best is not None and n > best[0]:
            break  # even one stage is dearer than the best plan
    if best is None:
        raise InputError(
            [Problem("no multiple plan keeps both risks", key="stages", hint="use a single plan")]
        )
    return best[1]


def _check_points(p1: float, p2: float, alpha: float, beta: float, model: Model) -> None:
    top = 1.0 if model != "poisson" else math.inf
    positive(p1, "p1")
    if not p1 < p2 < top:
        raise InputError([Problem(f"p2 = {p2:g} must lie above p1 = {p1:g}", key="p2")])
    between(alpha, 0.0, 1.0, "alpha")
    between(beta, 0.0, 1.0 - alpha, "beta")


def _keeps_consumer(
    below: Callable[[int, int, float], float], c: int, p2: float, beta: float
) -> Callable[[int], bool]:
    return lambda n: below(c, n, p2) <= beta


def _below(model: Model) -> Callable[[int, int, float], float]:
    """P(at most c in n) at quality p."""
    if model == "poisson":
        return lambda c, n, p: float(poisson.cdf(c, n * p))
    return lambda c, n, p: float(binom.cdf(c, n, p))


def _smallest_n(fits: Callable[[int], bool], start: int) -> int:
    """The smallest n from `start` on that fits; fitting is monotone in n."""
    high = max(1, start)
    while not fits(high):
        high *= 2
        if high > 1 << 40:
            raise InputError([Problem("the sample would be larger than 10^12", key="p2")])
    low = max(1, start)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    return low


def _single_of_lot(p1: float, p2: float, alpha: float, beta: float, lot_size: int | None) -> AttributePlan:
    """Counts of defectives are whole: p1 and p2 mean the nearest whole number in the lot."""
    size = whole(lot_size if lot_size is not None else 0, "lot_size", 2)
    few, many = round(p1 * size), round(p2 * size)
    for c in range(many):  # with as many defectives as c no sample could reject
        n = _smallest_n(partial(_lot_keeps, c, many, size, beta), c + 1)
        if float(hypergeom.cdf(c, size, few, n)) >= 1.0 - alpha:
            return single(n, c)
    raise InputError([Problem(f"no plan for a lot of {size} keeps both risks", key="lot_size")])


def _lot_keeps(c: int, many: int, size: int, beta: float, n: int) -> bool:
    return n >= size or float(hypergeom.cdf(c, size, many, n)) <= beta


def _smallest_double(
    c1: int, r1: int, c2: int, ratio: int, p2: float, beta: float, model: Model, widest: int
) -> AttributePlan | None:
    def plan(n: int) -> AttributePlan:
        return AttributePlan((Stage(n, c1, r1), Stage(ratio * n, c2, c2 + 1)))

    if float(plan(widest).acceptance([p2], model)[0]) > beta:
        return None
    return plan(_smallest_n(lambda n: float(plan(n).acceptance([p2], model)[0]) <= beta, 1))


def _wald_lines(p1: float, p2: float, alpha: float, beta: float, model: Model) -> tuple[float, float, float]:
    """(slope, h1, h2) of the sequential probability ratio test (Wald 1947)."""
    if model == "poisson":
        per_defect, per_unit = math.log(p2 / p1), p2 - p1
    else:
        per_defect = math.log(p2 * (1.0 - p1) / (p1 * (1.0 - p2)))
        per_unit = math.log((1.0 - p1) / (1.0 - p2))
    h1 = math.log((1.0 - alpha) / beta) / per_defect
    h2 = math.log((1.0 - beta) / alpha) / per_defect
    return per_unit / per_defect, h1, h2


def _multiple(n: int, stages: int, last: int, slope: float, h1: float, h2: float) -> AttributePlan | None:
    """The two lines rounded to whole numbers and cut off at the last stage; None where they leave no room."""
    units = n * np.arange(1, stages + 1)
    accepts = np.clip(np.floor(slope * units - h1), -1, last).astype(int)
    rejects = np.minimum(np.ceil(slope * units + h2), last + 1).astype(int)
    accepts[-1], rejects[-1] = last, last + 1
    if np.any(rejects[:-1] < accepts[:-1] + 2):
        return None
    return AttributePlan(tuple(Stage(n, int(a), int(r)) for a, r in zip(accepts, rejects, strict=True)))
