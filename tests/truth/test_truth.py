"""The twin tells the truth: exact answers and published cases come out of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from linewright.twin.truth import Row, judge, read_rows
from linewright.twin.truth_cases import run_case

HERE = Path(__file__).parent
CASES = HERE.parents[1] / "examples" / "cases"
PUBLIC = [parent / "shared" / "reference" / "des" / "truth_public.csv" for parent in HERE.parents]
SEED = 1

ROWS = read_rows(HERE / "rows.csv")
QUEUE = Row("M/M/1", {"lam": 0.5, "mu": 1}, "mean time in system", 2.0)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.case)
def test_rows_of_every_form_hold(row):
    verdict = judge(row, SEED, relative_error=0.01)
    assert verdict.holds, verdict
    assert verdict.standard_error <= 0.01 * row.exact


@pytest.mark.slow
def test_public_rows_hold_at_full_precision():
    path = next((path for path in PUBLIC if path.is_file()), None)
    if path is None:
        pytest.skip("the public rows are not here")
    verdicts = [judge(row, SEED) for row in read_rows(path)]
    assert len(verdicts) > 60
    assert [v for v in verdicts if not v.holds] == []


def test_a_wrong_answer_does_not_hold():
    assert judge(replace(QUEUE, exact=2.2), SEED, relative_error=0.01).holds is False


def test_a_row_that_is_no_line_says_why():
    verdict = judge(replace(QUEUE, case="a polling model"), SEED)
    assert (verdict.expressible, verdict.holds) == (False, None)
    assert "no form of line" in json.loads(verdict.to_json())["why"]


def test_a_seed_gives_the_same_verdict_on_any_number_of_threads():
    one = judge(QUEUE, 7, threads=1, relative_error=0.02)
    assert judge(QUEUE, 7, threads=2, relative_error=0.02) == one
    assert judge(QUEUE, 8, threads=2, relative_error=0.02).estimate != one.estimate


def test_a_verdict_as_a_line_of_json():
    said = json.loads(judge(QUEUE, SEED, relative_error=0.02).to_json())
    assert {"case", "parameters", "measure", "exact", "low", "high", "holds", "standard_error"} <= set(said)
    assert said["low"] <= said["estimate"] <= said["high"]


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in CASES.glob("*/reported.csv")), ids=lambda f: f.name
)
def test_published_cases_agree_or_the_difference_is_explained(folder):
    figures = list(run_case(folder, SEED))
    assert figures
    assert [f for f in figures if not f.agrees and not f.why] == []
