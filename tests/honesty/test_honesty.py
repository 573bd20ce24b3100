"""A small version of `make honesty`: the same code, few plants, a wide tolerance."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from campaign import campaign


@pytest.mark.slow
def test_intervals_hold_what_then_happens() -> None:
    found = campaign(plants=25, futures=60)
    assert found["orders"] > 150
    # standard deviation of the coverage over 25 plants: about 0.04 (measured on 200 plants)
    assert 0.66 < found["coverage"] < 0.94
    assert 0.01 < found["sooner"] < 0.22 and 0.01 < found["later"] < 0.22
