"""Published data of the gauge room's tests, and the reference pack where it is at hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable

import pytest
from gauge_cases import reference_folder

# AIAG, Measurement Systems Analysis, editions 3 and 4: 10 parts, appraisers A, B, C, three trials each (rows)
AIAG_ROWS = {
    "A": (
        (0.29, -0.56, 1.34, 0.47, -0.80, 0.02, 0.59, -0.31, 2.26, -1.36),
        (0.41, -0.68, 1.17, 0.50, -0.92, -0.11, 0.75, -0.20, 1.99, -1.25),
        (0.64, -0.58, 1.27, 0.64, -0.84, -0.21, 0.66, -0.17, 2.01, -1.31),
    ),
    "B": (
        (0.08, -0.47, 1.19, 0.01, -0.56, -0.20, 0.47, -0.63, 1.80, -1.68),
        (0.25, -1.22, 0.94, 1.03, -1.20, 0.22, 0.55, 0.08, 2.12, -1.62),
        (0.07, -0.68, 1.34, 0.20, -1.28, 0.06, 0.83, -0.34, 2.19, -1.50),
    ),
    "C": (
        (0.04, -1.38, 0.88, 0.14, -1.46, -0.29, 0.02, -0.46, 1.77, -1.49),
        (-0.11, -1.13, 1.09, 0.20, -1.07, -0.67, 0.01, -0.56, 1.45, -1.77),
        (-0.15, -0.96, 0.67, 0.11, -1.45, -0.49, 0.21, -0.49, 1.87, -2.16),
    ),
}

Study = tuple[list[float], list[int], list[str]]


@pytest.fixture
def aiag() -> Study:
    """(values, parts, operators), 90 each."""
    rows = [
        (value, part, who)
        for who, block in AIAG_ROWS.items()
        for row in block
        for part, value in enumerate(row, 1)
    ]
    values, parts, operators = zip(*rows, strict=True)
    return list(values), list(parts), list(operators)


@pytest.fixture
def check() -> Callable[[str], dict[str, object]]:
    """Load a check by its id: {"inputs": ..., name of an expected figure: (value, tolerance)}."""

    def load(identity: str) -> dict[str, object]:
        folder = reference_folder()
        file = folder / "quality" / f"{identity}.json" if folder else None
        if file is None or not file.is_file():
            pytest.skip("the reference pack is not at hand")
        found = json.loads(file.read_text())
        expected = {item["name"]: (item["value"], item["tol"]) for item in found["expected"]}
        return {"inputs": found["inputs"], **expected}

    return load


@pytest.fixture
def table() -> Callable[[str], list[dict[str, str]]]:
    """Rows of a data file of the reference pack."""

    def load(name: str) -> list[dict[str, str]]:
        folder = reference_folder()
        if folder is None:
            pytest.skip("the reference pack is not at hand")
        with (folder / "quality" / name).open() as stream:
            return list(csv.DictReader(stream))

    return load
