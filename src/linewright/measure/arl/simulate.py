"""Average run lengths by simulation: the check of the equations, and the way for rules that they cannot hold.

The charts are run by the very functions that judge real points, on normal values from a seeded generator.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from linewright.errors import InputError, Problem
from linewright.measure.checks import finite, positive, whole
from linewright.measure.recursions import push_cusum
from linewright.measure.rules.book import RULE_1, RuleBook
from linewright.measure.rules.engine import judge_point

LONGEST_RUN = 10_000_000


@dataclass(frozen=True, slots=True)
class SimulatedArl:
    """Mean of simulated run lengths with its standard error and 95 % confidence interval."""

    mean: float
    standard_error: float
    low: float
    high: float
    runs: int
    seed: int


@njit(cache=True, nogil=True)
def _run_shewhart(seed, runs, shift, width, codes, zones, lengths):  # type: ignore[no-untyped-def]
    """Length of each simulated run, into `lengths`; zero where it had not ended after LONGEST_RUN points."""
    np.random.seed(seed)  # noqa: NPY002  the generator that numba compiles
    for run in range(runs):
        memory = np.zeros((codes.shape[0] + 1, 2), np.int64)
        last = np.zeros(1)
        for t in range(LONGEST_RUN):
            x = np.random.standard_normal() + shift  # noqa: NPY002
            if judge_point(x, x, -width, width, codes, zones, memory, last):
                lengths[run] = t + 1
                break


@njit(cache=True, nogil=True)
def _run_ewma(seed, runs, shift, lam, limit, start, widening, lengths):  # type: ignore[no-untyped-def]
    """The same for |z| above `limit` times the growth of its standard deviation where `widening`."""
    np.random.seed(seed)  # noqa: NPY002
    for run in range(runs):
        z, kept = start, 1.0
        for t in range(LONGEST_RUN):
            kept *= (1.0 - lam) ** 2
            z += lam * (np.random.standard_normal() + shift - z)  # noqa: NPY002
            if abs(z) > (limit * math.sqrt(1.0 - kept) if widening else limit):
                lengths[run] = t + 1
                break


@njit(cache=True, nogil=True)
def _run_cusum(seed, runs, shift, k, h, head, lengths):  # type: ignore[no-untyped-def]
    """The same for the two-sided tabular CUSUM."""
    np.random.seed(seed)  # noqa: NPY002
    for run in range(runs):
        up = down = head
        for t in range(LONGEST_RUN):
            y = np.random.standard_normal() + shift  # noqa: NPY002
            up, down = push_cusum(y, k, up, down)
            if up > h or down > h:
                lengths[run] = t + 1
                break


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
    _run_shewhart(seed, runs, shift, width, rules.codes, rules.zones, lengths)
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
    _run_ewma(seed, runs, finite(shift, "shift"), lam, limit, start, limits == "widening", lengths)
    return _summarise(lengths, seed)


def simulate_cusum_arl(
    k: float, h: float, shift: float = 0.0, headstart: float = 0.0, runs: int = 100_000, seed: int = 1
) -> SimulatedArl:
    """Average run length of the two-sided tabular CUSUM; arguments as in `cusum_arl`."""
    lengths = np.zeros(whole(runs, "runs", at_least=2), dtype=np.int64)
    _run_cusum(seed, runs, finite(shift, "shift"), finite(k, "k"), positive(h, "h"), headstart * h, lengths)
    return _summarise(lengths, seed)
