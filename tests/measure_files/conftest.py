"""Sample files where they are at hand, and a small inspection of the tests' own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from file_cases import reference_folder

from linewright.measure.files import Characteristic, Inspection, Part, PartType, Status
from linewright.measure.files.record import ReadingsBuilder


@pytest.fixture
def pack() -> Path:
    folder = reference_folder()
    if folder is None:
        pytest.skip("the reference pack is not at hand")
    return folder


@pytest.fixture
def inspection() -> Inspection:
    """Two designs' worth of nothing special: a diameter, a flatness without reading, a count of scratches."""
    readings = ReadingsBuilder()
    noon = np.datetime64("2026-03-02T12:00:00", "us")
    readings.add(0, 0, 10.02, Status.PASS, noon, 0.004)
    readings.add(0, 2, 0.0, Status.PASS)
    readings.add(1, 0, 10.61, Status.FAIL, noon + np.timedelta64(1500, "ms"))
    readings.add(1, 2, 3.0, Status.FAIL)
    return Inspection(
        format="made",
        part_types=(PartType("1", "shaft", "S-100"),),
        parts=(Part("A1", "A1", Status.PASS), Part("A2", "A2", Status.FAIL)),
        characteristics=(
            Characteristic("bore Ø", "bore Ø", "Diameter", 10.0, 9.5, 10.5, "mm", part_type="1"),
            Characteristic("flat", "flat", "Flatness", 0.0, None, 0.05, "mm", part_type="1"),
            Characteristic("scratches", "scratches", "UserDefinedAttribute", attribute=True, part_type="1"),
        ),
        readings=readings.readings(),
        source="made.qif",
        data_hash="0" * 64,
    )
