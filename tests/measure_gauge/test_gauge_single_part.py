"""Type 1, bias, linearity, stability, true capability."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from linewright.errors import InputError
from linewright.measure.gauge import (
    bias_study,
    linearity_study,
    observed_capability,
    stability_study,
    true_capability,
    type1_study,
)

# AIAG MSA, linearity example: five references, twelve readings each (columns)
REFERENCES = (2.0, 4.0, 6.0, 8.0, 10.0)
READINGS = (
    (2.7, 5.1, 5.8, 7.6, 9.1), (2.5, 3.9, 5.7, 7.7, 9.3), (2.4, 4.2, 5.9, 7.8, 9.5),
    (2.5, 5.0, 5.9, 7.7, 9.3), (2.7, 3.8, 6.0, 7.8, 9.4), (2.3, 3.9, 6.1, 7.8, 9.5),
    (2.5, 3.9, 6.0, 7.8, 9.5), (2.5, 3.9, 6.1, 7.7, 9.5), (2.4, 3.9, 6.4, 7.8, 9.6),
    (2.4, 4.0, 6.3, 7.5, 9.2), (2.6, 4.1, 6.0, 7.6, 9.3), (2.4, 3.8, 6.1, 7.7, 9.4),
)  # fmt: skip


def test_aiag_linearity_example():
    values = [value for row in READINGS for value in row]
    references = list(REFERENCES) * len(READINGS)
    found = linearity_study(values, references, process_variation=14.1941)
    assert found.slope == pytest.approx(-0.131667, abs=5e-7)
    assert found.intercept == pytest.approx(0.736667, abs=5e-7)
    assert found.residual_sd == pytest.approx(0.23954, abs=5e-6)
    assert found.r_squared == pytest.approx(0.714, abs=5e-4)
    assert found.linearity == pytest.approx(1.86889, abs=5e-5)
    assert found.linearity_pct == pytest.approx(13.2, abs=0.05)
    assert found.average_bias == pytest.approx(-0.053333, abs=5e-7)
    printed = (0.491667, 0.125, 0.025, -0.291667, -0.616667)
    assert [b.bias for b in found.biases] == pytest.approx(printed, abs=5e-7)
    assert found.slope_p < 1e-10
    assert found.bias_at(6.0) == pytest.approx(found.intercept + 6 * found.slope)


def test_aiag_linearity_example_by_ranges():
    """The p-values printed with the example come from ranges: average 0.040, then 0.000, 0.293, 0.688,
    0.000, 0.000.
    """
    values = [value for row in READINGS for value in row]
    found = linearity_study(values, list(REFERENCES) * len(READINGS), sigma="range")
    assert found.average_bias_p == pytest.approx(0.040, abs=5e-4)
    assert [b.p for b in found.biases] == pytest.approx((0.0, 0.293, 0.688, 0.0, 0.0), abs=5e-4)


def test_bias_is_students_test():
    values = np.random.default_rng(1).normal(5.02, 0.1, 30)
    found = bias_study(values, 5.0)
    t, p = stats.ttest_1samp(values, 5.0)
    assert (found.t, found.p) == (pytest.approx(t), pytest.approx(p))
    assert found.interval.low + found.interval.high == pytest.approx(2 * found.bias)
    assert found.significant == (p < 0.05)


def test_type_1_indices():
    values = [9.9, 10.0, 10.1] * 10
    study = type1_study(values, 10.0, 6.0)
    s = np.std(values, ddof=1)
    assert study.cg == pytest.approx(0.2 * 6.0 / (6 * s))
    assert study.cgk == pytest.approx(study.cg)
    shifted = type1_study([v + 0.2 for v in values], 10.0, 6.0)
    assert shifted.cg == pytest.approx(study.cg)
    assert shifted.cgk == pytest.approx((0.1 * 6.0 - 0.2) / (3 * s))
    assert study.capable() and not type1_study(values, 10.0, 1.0).capable()
    assert type1_study(values, 10.0, 6.0, resolution=0.1).resolution_pct == pytest.approx(100 * 0.1 / 6)


def test_readings_that_do_not_vary_say_so():
    study = type1_study([10.0] * 25, 10.0, 1.0)
    assert study.cg == np.inf and study.cgk == np.inf
    assert "resolution" in study.provenance.notes[0]
    assert np.isnan(study.bias.p)


def test_drift_is_found():
    rng = np.random.default_rng(2)
    steady = rng.normal(20, 0.1, (25, 5))
    assert stability_study(steady).drift_p > 0.001
    drifting = steady + 0.05 * np.arange(25)[:, None]
    found = stability_study(drifting, reference=20.0)
    assert not found.stable
    assert found.drift == pytest.approx(0.05, abs=0.01)
    assert found.bias == pytest.approx(0.6, abs=0.05)


def test_true_capability_is_the_inverse_of_the_observed():
    seen = observed_capability(2.0, 0.3, 1.0)
    assert seen == pytest.approx(2.0 / np.sqrt(1.09))
    assert true_capability(seen, 0.3, np.sqrt(1.09)) == pytest.approx(2.0)
    with pytest.raises(InputError, match="less"):
        true_capability(1.0, 2.0, 1.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: bias_study([1.0], 1.0),
        lambda: bias_study([1.0, np.inf], 1.0),
        lambda: type1_study([1.0, 2.0], 1.0, 0.0),
        lambda: linearity_study([1.0, 1.1, 2.0, 2.1], [1.0, 1.0, 2.0]),
        lambda: linearity_study([1.0, 1.1, 1.2], [1.0, 1.0, 1.0]),
        lambda: stability_study([[1.0], [2.0], [3.0]]),
        lambda: stability_study(np.ones((5, 2)), times=[1, 2]),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(InputError):
        call()
