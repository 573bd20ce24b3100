"""The quality report of the NIST boxes: what it must find, and its committed tables."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import pytest

NIST = Path(__file__).parents[2] / "examples" / "nist-box"
sys.path.insert(0, str(NIST))


@pytest.fixture(scope="module")
def rows() -> Any:
    import quality

    return quality.without_copies(quality.read_rows())


def test_a_part_that_was_not_measured_is_left_out(rows: Any) -> None:
    _, left_out = rows
    assert len(left_out) == 1
    assert left_out[0].startswith("cover 10 in the MTC file: 20 of 24")


def test_the_committed_agreement_is_that_of_the_values(rows: Any) -> None:
    import quality

    with (NIST / "report" / "agreement.csv").open(newline="", encoding="utf-8") as stream:
        committed = list(csv.reader(stream))
    found = [[str(quality.as_cell(text)) for text in quality.agreement_cells(p)] for p in quality.compare_all(rows[0])]
    assert committed == [list(quality.AGREEMENT_HEAD), *found]


def test_the_laboratories_disagree_on_the_plates_and_the_small_holes(rows: Any) -> None:
    import quality

    pairs = {f"{p.material} {p.name}": p.found for p in quality.compare_all(rows[0])}
    assert {name for name, found in pairs.items() if found.biased and not name.endswith("*")} == {
        "plate width 71.2", "plate slot 18.27", "cover Ø 4.5, mean of 20",
    }  # fmt: skip
    assert pairs["cover width 101.6"].sees_parts
    assert pairs["plate width 71.2"].bias == pytest.approx(-0.0099, abs=1e-4)  # as in data/laboratories.csv
