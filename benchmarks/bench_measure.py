"""Speed of the measure room beside pccpy and pandas, in one run on one machine.

    python benchmarks/bench_measure.py [points]

Best of three for each; compiled functions are called once beforehand, and the time of that first call is
shown apart. The last line is one JSON object for scripts. pccpy runs once, on as many points as we do.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from linewright.measure.capability import Spec, bca, ppk_statistic
from linewright.measure.charts import IndividualsMonitor, given, i_mr, xbar_s
from linewright.measure.rules import nelson

SEED = 20260214


def best_of(times: int, work: Callable[[], Any]) -> float:
    """Seconds of the fastest of several runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def warm_up() -> float:
    """Seconds to compile, or to load from the cache, all that is timed below."""
    start = time.perf_counter()
    rng = np.random.default_rng(0)
    i_mr(rng.normal(size=50), rules=nelson())
    xbar_s(rng.normal(size=(20, 5)), rules=nelson())
    IndividualsMonitor(given("A", "benchmark", mean=0.0, sigma=1.0), nelson()).push(0.1)
    return time.perf_counter() - start


def time_stream(points: int) -> float:
    """Microseconds of one point pushed through an I-MR monitor with all eight rules."""
    values = np.random.default_rng(SEED).normal(size=points).tolist()
    limits = given("A", "benchmark", mean=0.0, sigma=1.0)

    def run() -> None:
        monitor = IndividualsMonitor(limits, nelson())
        for value in values:
            monitor.push(value)

    return 1e6 * best_of(3, run) / points


def time_pandas(values: np.ndarray[Any, Any]) -> float:
    """Seconds of an I-MR chart with the eight rules written in pandas, as people do: rolling windows."""
    import pandas as pd

    def run() -> None:
        x = pd.Series(values)
        moving = x.diff().abs()
        sigma = moving.mean() / 1.1283791670955126
        z = (x - x.mean()) / sigma
        up, step = (z > 0).astype(float), np.sign(x.diff())
        turns = (step * step.shift() < 0).astype(float)
        _ = (
            z.abs() > 3,
            up.rolling(9).sum().isin((0, 9)),
            step.rolling(5).sum().abs() == 5,
            turns.rolling(12).sum() == 12,
            ((z > 2).rolling(3).sum() >= 2) | ((z < -2).rolling(3).sum() >= 2),
            ((z > 1).rolling(5).sum() >= 4) | ((z < -1).rolling(5).sum() >= 4),
            (z.abs() <= 1).rolling(15).sum() == 15,
            (z.abs() > 1).rolling(8).sum() == 8,
            moving > sigma * 3.686,
        )

    return best_of(2, run)


def time_pccpy(values: np.ndarray[Any, Any]) -> float:
    """Seconds of pccpy's I-MR chart with its eight tests."""
    import pccpy

    pccpy.imr_chart(values[:100], tests=tuple(range(1, 9)))
    return best_of(1, lambda: pccpy.imr_chart(values, tests=tuple(range(1, 9))))


def main() -> None:
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rng = np.random.default_rng(SEED)
    values, groups = rng.normal(10.0, 2.0, points), rng.normal(10.0, 2.0, (points, 5))
    sample = rng.normal(10.0, 1.0, 125)
    print(f"first call (compile or load): {warm_up():.2f} s")
    ours = best_of(3, lambda: i_mr(values, rules=nelson()))
    print(f"I-MR, {points:,} points, eight rules: {ours:.3f} s")
    grouped = best_of(3, lambda: xbar_s(groups, rules=nelson()))
    print(f"Xbar-S, {points:,} subgroups of five: {grouped:.3f} s")
    stream = time_stream(min(points, 200_000))
    print(f"streaming I-MR, eight rules: {stream:.2f} us a point")
    boot = best_of(3, lambda: bca(sample, ppk_statistic(Spec(6.0, 14.0))))
    print(f"BCa of Ppk, 10,000 resamples of 125: {boot:.3f} s")
    result = {
        "imr_rules_1e6_s": round(ours, 4),
        "xbar_s_1e6_s": round(grouped, 4),
        "stream_us_per_point": round(stream, 3),
        "bca_10000_n125_s": round(boot, 4),
        "times_faster": {},
    }
    for name, rival in (("pandas", time_pandas), ("pccpy", time_pccpy)):
        if importlib.util.find_spec(name) is None:
            print(f"{name}: not installed")
            continue
        seconds = rival(values)
        result["times_faster"][name] = round(seconds / ours, 1)
        print(f"{name}, I-MR with eight rules: {seconds:.3f} s, {seconds / ours:.1f} times as long")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
