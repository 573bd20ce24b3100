"""Attribute sampling plans of any number of stages, and what they do: OC, ASN, AOQ, ATI.

A stage takes `n` more units and compares all defectives found so far with its acceptance and rejection
numbers. The probabilities follow by carrying the distribution of the count from stage to stage, exactly, for
the binomial (a process), Poisson (defects per unit) and hypergeometric (one lot of known size) model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import binom, hypergeom, poisson

from linewright.errors import InputError, Problem
from linewright.measure.checks import between, whole

FloatArray = NDArray[np.float64]
Model = Literal["binomial", "poisson", "hypergeometric"]
MODELS = ("binomial", "poisson", "hypergeometric")


@dataclass(frozen=True, slots=True)
class Stage:
    """Take `n` more; accept at `accept` defectives or fewer so far, reject at `reject` or more.

    `accept` = -1: acceptance is not possible at this stage.
    """

    n: int
    accept: int
    reject: int


@dataclass(frozen=True)
class AttributePlan:
    """A sampling plan. In a reduced plan the last stage may leave a gap between accept and reject.

    With the count in that gap the lot is accepted, and the next one goes under normal inspection
    (MIL-STD-105E 4.7.3): the gap counts as accepted here, and `switches` says when it happened.
    """

    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        problems = [
            problem for i, stage in enumerate(self.stages) for problem in _wrong(i, stage, self.stages)
        ]
        if not self.stages:
            problems = ["a plan needs a stage"]
        if problems:
            raise InputError([Problem(problem, key="plan") for problem in problems])

    @cached_property
    def sample_size(self) -> int:
        """All stages together."""
        return sum(stage.n for stage in self.stages)

    def acceptance(self, p: ArrayLike, model: Model = "binomial", lot_size: int | None = None) -> FloatArray:
        """Probability of accepting the lot at each fraction defective `p` [m] (defects per unit under
        Poisson).
        """
        return np.array([self._walk(q, model, lot_size)[0] for q in _fractions(p, model)])

    def average_sample(
        self, p: ArrayLike, model: Model = "binomial", lot_size: int | None = None
    ) -> FloatArray:
        """Average sample number at each `p`: units inspected, each stage begun in full."""
        return np.array([self._walk(q, model, lot_size)[1] for q in _fractions(p, model)])

    def outgoing_quality(self, p: ArrayLike, lot_size: int, model: Model = "binomial") -> FloatArray:
        """Average outgoing quality with rejected lots sorted and all defectives replaced: p Pa (N - ASN_acc)
        / N.

        For one stage this is the usual p Pa (N - n) / N.
        """
        size = self._lot(lot_size)
        return np.array([
            q * sum(share * (size - n) for share, n in self._walk(q, model, size)[2]) / size
            for q in _fractions(p, model)
        ])  # fmt: skip

    def total_inspection(self, p: ArrayLike, lot_size: int, model: Model = "binomial") -> FloatArray:
        """Average total inspection a lot: the sample, and the whole lot where it is rejected."""
        size = self._lot(lot_size)
        totals = []
        for q in _fractions(p, model):
            accepted, _, exits = self._walk(q, model, size)
            totals.append(sum(share * n for share, n in exits) + (1.0 - accepted) * size)
        return np.array(totals)

    def outgoing_limit(self, lot_size: int, model: Model = "binomial") -> tuple[float, float]:
        """AOQL: (worst average outgoing quality, the incoming quality where it happens)."""
        grid = np.linspace(0.0, 1.0, 401)[1:-1]
        at = int(np.argmax(self.outgoing_quality(grid, lot_size, model)))
        low, high = grid[max(0, at - 1)], grid[min(len(grid) - 1, at + 1)]
        best = minimize_scalar(
            lambda q: -float(self.outgoing_quality([q], lot_size, model)[0]),
            bounds=(low if at else 0.0, high), method="bounded", options={"xatol": 1e-12},
        )  # fmt: skip
        return -float(best.fun), float(best.x)

    def quality_at(self, probability: float, model: Model = "binomial", lot_size: int | None = None) -> float:
        """The fraction defective accepted with this probability: 0.95 gives the AQL of the plan, 0.10 its
        LTPD.

        Under the hypergeometric model the largest share of defectives in the lot still accepted so often.
        """
        wanted = between(probability, 0.0, 1.0, "probability")
        if model == "hypergeometric":
            size = self._lot(lot_size)
            counts = np.arange(size + 1)
            accepted = self.acceptance(counts / size, model, size)
            fitting = np.flatnonzero(accepted >= wanted)
            return float(fitting[-1]) / size
        top = 1.0
        while model == "poisson" and float(self.acceptance([top], model)[0]) > wanted:
            top *= 2.0
        return float(brentq(lambda q: float(self.acceptance([q], model)[0]) - wanted, 0.0, top, xtol=1e-15))

    def decide(
        self, defectives: Sequence[int]
    ) -> Literal["accept", "accept and switch", "reject", "continue"]:
        """What to do after the stages whose defectives are given, one number a stage."""
        found = 0
        for stage, count in zip(self.stages, defectives, strict=False):
            found += whole(count, "defectives", 0)
            if found <= stage.accept:
                return "accept"
            if found >= stage.reject:
                return "reject"
        return "accept and switch" if len(defectives) >= len(self.stages) else "continue"

    def _lot(self, lot_size: int | None) -> int:
        if lot_size is None or lot_size < self.sample_size:
            raise InputError(
                [Problem(f"a lot of {lot_size} for a sample of {self.sample_size}", key="lot_size",
                         hint="inspect the whole lot instead")]
            )  # fmt: skip
        return lot_size

    def _walk(
        self, p: float, model: Model, lot_size: int | None
    ) -> tuple[float, float, list[tuple[float, int]]]:
        """(acceptance, average sample number, [(probability of acceptance at a stage, units by then)])."""
        if model == "hypergeometric":
            lot_size = self._lot(lot_size)
        weights = np.ones(1)  # weights[d]: probability of being here with d defectives
        taken, accepted, average = 0, 0.0, 0.0
        exits: list[tuple[float, int]] = []
        for place, stage in enumerate(self.stages):
            last = place == len(self.stages) - 1
            average += float(weights.sum()) * stage.n
            weights = _draw(weights, stage, p, taken, model, lot_size)
            taken += stage.n
            top = stage.reject - 1 if last else stage.accept
            share = float(weights[: top + 1].sum()) if top >= 0 else 0.0
            accepted += share
            exits.append((share, taken))
            weights = np.where(np.arange(len(weights)) > stage.accept, weights, 0.0)[: stage.reject]
        return min(1.0, accepted), average, exits


def single(n: int, c: int) -> AttributePlan:
    """Inspect `n`, accept at `c` defectives or fewer."""
    return AttributePlan((Stage(n, c, c + 1),))


def _wrong(i: int, stage: Stage, stages: tuple[Stage, ...]) -> list[str]:
    found = []
    where = f"stage {i + 1}"
    if stage.n < 1:
        found.append(f"{where}: a sample of {stage.n}")
    if stage.accept < -1 or stage.reject <= stage.accept:
        found.append(f"{where}: accept at {stage.accept}, reject at {stage.reject}")
    if i and stage.accept < stages[i - 1].accept:
        found.append(f"{where}: its acceptance number {stage.accept} lies below that of the stage before")
    return found


def _fractions(p: ArrayLike, model: Model) -> list[float]:
    if model not in MODELS:
        raise InputError([Problem(f"model {model!r} is not known", key="model", hint=", ".join(MODELS))])
    values = np.atleast_1d(np.asarray(p, dtype=float))
    top = np.inf if model == "poisson" else 1.0
    if values.ndim != 1 or not np.all((values >= 0.0) & (values <= top)):
        raise InputError([Problem("fractions defective must lie between 0 and 1", key="p")])
    return [float(q) for q in values]


def _draw(
    weights: FloatArray, stage: Stage, p: float, taken: int, model: Model, lot_size: int | None
) -> FloatArray:
    """The distribution after `stage.n` more units; counts from the rejection number on are dropped."""
    size = stage.reject
    if model != "hypergeometric":
        return np.asarray(np.convolve(weights, _independent(model, stage.n, p, size))[:size])
    assert lot_size is not None
    after = np.zeros(size)
    bad = round(p * lot_size)
    for so_far, weight in enumerate(weights[:size]):
        if weight > 0.0 and bad >= so_far:
            counts = np.arange(size - so_far)
            after[so_far:] += weight * hypergeom.pmf(counts, lot_size - taken, bad - so_far, stage.n)
    return after


@lru_cache(maxsize=64)  # the stages of a plan are often alike
def _independent(model: Model, n: int, p: float, size: int) -> FloatArray:
    """Chances of 0, 1 ... size - 1 defectives in n units."""
    counts = np.arange(size)
    chance = binom.pmf(counts, n, p) if model == "binomial" else poisson.pmf(counts, n * p)
    return np.asarray(chance, np.float64)
