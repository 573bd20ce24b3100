"""Capability, escapes and costs of the twin against the plant's own figures, worked out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "control"), str(TESTS / "plant")]

from quality_lines import plant  # noqa: E402

from linewright.twin.experiment import simulate  # noqa: E402
from linewright.twin.keep import load_result, save_result  # noqa: E402
from linewright.twin.report.facts import result_facts  # noqa: E402
from linewright.twin.results import Result  # noqa: E402

COSTS = {"mill": {"hour": 36.0}, "gauge": {"hour": 18.0}, "currency": "EUR"}


@pytest.fixture(scope="module")
def result() -> Result:
    """sd 0.04 mm in a tolerance of +-0.1 mm: Ppk 0.8333, 12419 ppm outside; every second unit is inspected."""
    made = plant(
        {"sd": "0.04 mm"}, width={"chart": {}, "escape": 100.0}, look={"sample": "1 in 2", "fail": "scrap"}, costs=COSTS
    )
    return simulate(made, length_s=200_000.0, warm_up_s=1000.0, replications=6, seed=3, threads=1)


def test_capability_is_that_of_the_process(result: Result) -> None:
    assert result.quality is not None
    width = result.quality.characteristics["width"]
    assert width.ppk.low < 0.1 / 0.12 < width.ppk.high
    assert width.cpk.mean == pytest.approx(0.1 / 0.12, rel=0.02)
    assert width.yield_made.mean == pytest.approx(1 - 0.012419, abs=0.001)
    assert width.escapes.mean == pytest.approx(0.0062095 / (1 - 0.0062095), rel=0.12)  # half is inspected
    assert width.per_thousand("measured").mean == pytest.approx(500, rel=0.01)


def test_costs_add_up(result: Result) -> None:
    """Looking: 1 s at 18/h for every second unit. Scrap: 10 s at 36/h and 1 s at 18/h."""
    assert result.quality is not None
    cost = result.quality.cost
    parts, good = cost.parts, 1 - 0.0062095
    assert parts["appraisal"].mean == pytest.approx(0.5 * 0.005 / good, rel=0.01)
    assert parts["scrap"].mean == pytest.approx(0.0062095 * 0.105 / good, rel=0.15)
    assert parts["escapes"].mean == pytest.approx(0.62095 / good, rel=0.12)
    assert cost.total.mean == pytest.approx(sum(part.mean for part in parts.values()))


def test_a_kept_result_tells_the_same(result: Result, tmp_path: Path) -> None:
    save_result(result, tmp_path / "r.npz")
    assert result_facts(load_result(tmp_path / "r.npz")) == result_facts(result)
    facts = result_facts(result)["quality"]
    assert facts["characteristics"]["width"]["unit"] == "mm"
    assert facts["characteristics"]["width"]["mean"]["mean"] == pytest.approx(10.0, abs=0.001)
    assert facts["cost_per_unit"]["currency"] == "EUR"
