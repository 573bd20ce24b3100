"""The arithmetic of `make bench-twin`: what it calls faster, when two lines are not the same line."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("bench_twin", HERE / "bench_twin.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_twin"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["bench_twin"]


def runs(bench, costs_us: list[float], rates: list[float], parts: int = 1_000_000) -> list:
    return [
        bench.Run(cost * 1e-6 * parts, parts, rate, content=30.0, peak_memory_mb=100.0)
        for cost, rate in zip(costs_us, rates, strict=True)
    ]


def test_ratios_are_taken_within_a_round(bench) -> None:
    """The machine was three times slower in the second round: both felt it, the ratio did not."""
    ours = runs(bench, [0.5, 1.5, 0.5], [0.76] * 3)
    peer = runs(bench, [50.0, 150.0, 60.0], [0.76] * 3)
    assert bench.times_faster(peer, ours) == pytest.approx(100.0)


def test_the_same_line_agrees_and_another_does_not(bench) -> None:
    one = runs(bench, [1.0] * 4, [0.7600, 0.7610, 0.7590, 0.7605])
    same = runs(bench, [1.0] * 4, [0.7604, 0.7597, 0.7611, 0.7599])
    other = runs(bench, [1.0] * 4, [0.7504, 0.7497, 0.7511, 0.7499])
    assert bench.disagreement(one, same) < bench.STANDARD_ERRORS
    assert bench.disagreement(one, other) > bench.STANDARD_ERRORS


def test_filling_an_empty_line_is_no_disagreement(bench) -> None:
    """A run of 6,000 parts from empty may lose 30 of them (0.5 %) to filling the line."""
    long = runs(bench, [1.0] * 3, [0.76000, 0.76001, 0.75999])
    short = runs(bench, [1.0] * 3, [0.75700, 0.75701, 0.75699], parts=6_000)
    assert bench.disagreement(short, long) == 0.0


def test_the_last_line_names_every_peer(bench) -> None:
    fought = {
        "b": {
            "linewright": runs(bench, [0.6], [0.76]),
            "simpy": runs(bench, [66.0], [0.76]),
            "cimba": runs(bench, [1.5], [0.76]),
        },
        "c": {"simpy": runs(bench, [97.0], [0.2])},
    }
    last = json.loads(json.dumps(bench.summary(fought, {"b": 0.1})))
    assert last["cpu_s_per_part"] == {"b": pytest.approx(0.6e-6)}
    assert last["times_faster"] == {"b": {"simpy": 110.0, "cimba": 2.5}}
    assert last["memory_growth_mb"] == {"b": 0.1}


def test_a_peer_that_fails_is_reported_in_its_own_words(bench, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit('no licence for this line')")
    with pytest.raises(bench.ContestantFailed, match="no licence for this line"):
        bench.run_once([sys.executable, str(broken)], "b", 10, 1)
