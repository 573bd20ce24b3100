"""Average run lengths by simulation: the check of the equations, and the way for rules that they cannot hold.

The charts are run by the very functions that judge real points, on normal values from a seeded generator.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from linewright.errors import InputError, Problem
from linewright.measure.checks import finite, positive, whole
from linewright.measure.recursions import run_cusum, run_ewma
from linewright.measure.rules.book import RULE_1, RuleBook
from linewright.measure.rules.engine import LONGEST_RUN, run_shewhart


@dataclass(frozen=True, slots=True)
class SimulatedArl:
    """Mean of simulated run lengths with its standard error and 95 % confidence interval."""

    mean: float
    standard_error: float
    low: float
    high: float
    runs: int
    seed: int


def _summarise(lengths: np.ndarray[tuple[int], np.dtype[np.int64]], seed: int) -> SimulatedArl:
    if np.any(lengths == 0):
        text = f"a run had not ended after {LONGEST_RUN} points: no mean can be given"
        raise InputError([Problem(text, key="width")])
    mean = float(np.mean(lengths))
    error = float(np.std(lengths, ddof=1)) / math.sqrt(lengths.size)
    return SimulatedArl(mean, error, mean - 1.96 * error, mean + 1.96 * error, lengths.size, seed)


def simulate_shewhart_arl(
    shift: float = 0.0, rules: RuleBook = RULE_1, width: float = 3.0, runs: int = 100_000, seed: int = 1
) -> SimulatedArl:
    """Average run length of an individuals or Xbar chart with any rules; `shift` in sigma of the points."""
    lengths = np.zeros(whole(runs, "runs", at_least=2), dtype=np.int64)
    shift, width = finite(shift, "shift"), positive(width, "width")
    run_shewhart(np.random.default_rng(seed), runs, shift, width, rules.codes, rules.zones, lengths)
    return _summarise(lengths, seed)


def simulate_ewma_arl(
    lam: float,
    width: float,
    shift: float = 0.0,
    start: float = 0.0,
    limits: str = "fixed",
    runs: int = 100_000,
    seed: int = 1,
) -> SimulatedArl:
    """Average run length of the EWMA chart; arguments as in `ewma_arl`."""
    lengths = np.zeros(whole(runs, "runs", at_least=2), dtype=np.int64)
    limit = positive(width, "width") * math.sqrt(lam / (2.0 - lam))
    run_ewma(
        np.random.default_rng(seed),
        runs,
        finite(shift, "shift"),
        lam,
        limit,
        start,
        limits == "widening",
        lengths,
    )
    return _summarise(lengths, seed)


def simulate_cusum_arl(
    k: float, h: float, shift: float = 0.0, headstart: float = 0.0, runs: int = 100_000, seed: int = 1
) -> SimulatedArl:
    """Average run length of the two-sided tabular CUSUM; arguments as in `cusum_arl`."""
    lengths = np.zeros(whole(runs, "runs", at_least=2), dtype=np.int64)
    run_cusum(
        np.random.default_rng(seed),
        runs,
        finite(shift, "shift"),
        finite(k, "k"),
        positive(h, "h"),
        headstart * h,
        lengths,
    )
    return _summarise(lengths, seed)
