"""Two laboratories on the same parts: exact truths, estimators that find what was put in, bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest

from linewright.errors import InputError
from linewright.measure.gauge import compare_laboratories
from linewright.plant.check_quality import PER_CENT_AQLS


def test_by_hand() -> None:
    """Differences 1, 2, 3, 2, 2: mean 2, sd 0.7071, t(0.975, 4) = 2.7764."""
    found = compare_laboratories([11.0, 14.0, 19.0, 22.0, 27.0], [10.0, 12.0, 16.0, 20.0, 25.0])
    assert found.bias == pytest.approx(2.0)
    assert found.sd_difference == pytest.approx(math.sqrt(0.5))
    half = 2.7764451 * math.sqrt(0.5) / math.sqrt(5)
    assert (found.bias_interval.low, found.bias_interval.high) == pytest.approx((2 - half, 2 + half))
    assert found.biased and found.sees_parts
    assert found.limits == pytest.approx((2 - 1.96 * math.sqrt(0.5), 2 + 1.96 * math.sqrt(0.5)))


def test_grubbs_estimators_find_each_laboratory_and_the_parts() -> None:
    rng = np.random.default_rng(3)
    parts = rng.normal(0.0, 5.0, 20_000)
    first, second = parts + rng.normal(0.3, 1.0, parts.size), parts + rng.normal(0.0, 2.0, parts.size)
    found = compare_laboratories(first, second)
    assert (found.sd_first, found.sd_second, found.sd_parts) == pytest.approx((1.0, 2.0, 5.0), rel=0.03)
    assert found.bias == pytest.approx(0.3, abs=0.05)
    assert found.sd_one == pytest.approx(math.sqrt(2.5), rel=0.02)


def test_intervals_hold_together() -> None:
    """Of 400 comparisons without bias about 20 intervals leave zero out alone, hardly one family of 20 does."""
    rng = np.random.default_rng(8)
    draws = [(rng.standard_normal(15), rng.standard_normal(15)) for _ in range(400)]
    alone = sum(compare_laboratories(x, y).biased for x, y in draws)
    families = [
        any(compare_laboratories(x, y, comparisons=20).biased for x, y in draws[k : k + 20]) for k in range(0, 400, 20)
    ]
    assert 8 < alone < 36
    assert sum(families) <= 4


def test_parts_that_one_lacks_are_left_out_and_bad_input_is_explained() -> None:
    x = [1.0, 2.0, np.nan, 4.0, 5.0, 7.0]
    assert compare_laboratories(x, [1.1, 2.3, 3.0, np.nan, 5.0, 7.2]).n == 4
    for bad, words in (([1.0, 2.0, 3.0], "4 are needed"), ([2.0] * 6, "without any scatter")):
        with pytest.raises(InputError, match=words):
            compare_laboratories(bad, bad)
    with pytest.raises(InputError, match="not of the same parts"):
        compare_laboratories(x, x[:4])


def test_the_plant_file_knows_the_aqls_of_the_standard() -> None:
    from linewright.measure.sampling.mil105 import AQLS

    assert tuple(aql for aql in AQLS if aql <= 10.0) == PER_CENT_AQLS
