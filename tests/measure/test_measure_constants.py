"""Constants of normal samples: closed forms, printed tables, simulation."""

import math

import numpy as np
import pytest

from linewright.errors import InputError
from linewright.measure.charts import chart_factors
from linewright.measure.constants import c4, c4_mssd, c5, d2, d3, d4, sd_median
from linewright.measure.result import data_hash

# ASTM / Montgomery appendix VI, printed digits
TABLE = {
    2: (1.128, 0.853, 0.7979),
    5: (2.326, 0.864, 0.9400),
    10: (3.078, 0.797, 0.9727),
    25: (3.931, 0.708, 0.9896),
}


@pytest.mark.parametrize("n", sorted(TABLE))
def test_printed_table(n):
    assert [round(d2(n), 3), round(d3(n), 3), round(c4(n), 4)] == list(TABLE[n])


def test_closed_forms():
    assert d2(2) == pytest.approx(2 / math.sqrt(math.pi), rel=1e-13)
    assert d2(3) == pytest.approx(3 / math.sqrt(math.pi), rel=1e-13)
    assert d3(2) == pytest.approx(math.sqrt(2 - 4 / math.pi), rel=1e-14)
    assert c4(2) == pytest.approx(math.sqrt(2 / math.pi), rel=1e-13)
    assert c4(3) == pytest.approx(math.sqrt(math.pi) / 2, rel=1e-13)
    assert c4_mssd(2) == pytest.approx(c4(2), rel=1e-12)
    assert d4(2) == pytest.approx(math.sqrt(2) * 0.6744897501960817, rel=1e-10)
    assert sd_median(2) == pytest.approx(math.sqrt(0.5), rel=1e-10)


@pytest.mark.parametrize(("n", "a6"), [(3, 1.187), (5, 0.691), (7, 0.509)])
def test_median_chart_factor(n, a6):
    assert 3 * sd_median(n) / d2(n) == pytest.approx(a6, abs=6e-4)


def test_large_samples_keep_their_digits():
    # c4 = 1 - 1/(4(n-1)) - 7/(32 n^2) ..., and the two branches of the gamma ratio meet
    n = 1_000_000
    assert 1 - c4(n) == pytest.approx(1 / (4 * (n - 1)) - 1 / (32 * (n - 1) ** 2), rel=1e-6)
    assert c4(120) < c4(121) < c4(122)
    assert c5(n) == pytest.approx(math.sqrt(1 / (2 * (n - 1))), rel=1e-5)


def test_against_simulation():
    x = np.random.default_rng(11).standard_normal((400_000, 4))
    ranges = np.ptp(x, axis=1)
    assert ranges.std() == pytest.approx(d3(4), rel=4e-3)
    assert np.median(ranges) == pytest.approx(d4(4), rel=4e-3)
    mssd = np.sqrt((np.diff(x) ** 2).sum(axis=1) / 6)
    assert mssd.mean() == pytest.approx(c4_mssd(4), rel=3e-3)
    assert np.median(x, axis=1).std() == pytest.approx(sd_median(4), rel=4e-3)


@pytest.mark.parametrize("n", [1, 0, -3, 2.5, True, "5"])
def test_sizes_that_have_no_constant(n):
    for constant in (d2, d3, d4, c4, c5, c4_mssd, sd_median):
        with pytest.raises(InputError, match="at least 2"):
            constant(n)


def test_hash_tells_order_shape_and_value_apart():
    same = data_hash([1.0, 2.0])
    assert same == data_hash(np.array([1, 2]))
    assert same != data_hash([2.0, 1.0])
    assert same != data_hash([[1.0, 2.0]])
    assert data_hash([0.0]) == data_hash([-0.0])


# Montgomery, appendix VI: n: A2, A3, B3, B4, D3, D4
PRINTED = {
    2: (1.880, 2.659, 0, 3.267, 0, 3.267),
    5: (0.577, 1.427, 0, 2.089, 0, 2.114),
    10: (0.308, 0.975, 0.284, 1.716, 0.223, 1.777),
    25: (0.153, 0.606, 0.565, 1.435, 0.459, 1.541),
}


@pytest.mark.parametrize("n", sorted(PRINTED))
def test_factors_of_the_tables(n):
    f = chart_factors(n)
    assert pytest.approx(PRINTED[n], abs=1.1e-3) == (f.A2, f.A3, f.B3, f.B4, f.D3, f.D4)
    assert pytest.approx(f.D4 * f.d2) == f.D2
    assert pytest.approx(f.B4 * f.c4) == f.B6
