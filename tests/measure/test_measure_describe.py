"""Summary figures where naive formulas fail."""

import numpy as np
import pytest

from linewright.errors import InputError
from linewright.measure.describe import describe, one_way_anova


def test_numacc_of_strd():
    # NIST StRD NumAcc3 and NumAcc4: 1000000.2 (or 10000000.2) and 500 times .1, .3 above it; sd is 0.1
    for base in (1_000_000.0, 10_000_000.0):
        found = describe([base + 0.2] + [base + 0.1, base + 0.3] * 500)
        assert found.mean == pytest.approx(base + 0.2, rel=1e-15)
        assert found.sd == pytest.approx(0.1, rel=1e-7)
        assert found.autocorrelation == pytest.approx(-0.999, rel=1e-6)


def test_anova_beside_a_large_mean():
    rng = np.random.default_rng(1)
    groups = [np.round(rng.normal(0.3 * k, 0.5, 30), 1) for k in range(4)]
    plain, far = one_way_anova(groups), one_way_anova([g + 2.0**37 for g in groups])
    assert far.f == pytest.approx(plain.f, rel=1e-3)
    from scipy.stats import f_oneway

    known = f_oneway(*groups)
    assert (plain.f, plain.p_value) == pytest.approx((known.statistic, known.pvalue))


def test_no_variation_is_told_or_defined():
    assert describe([2.0, 2.0, 2.0]).autocorrelation is None
    with pytest.raises(InputError, match="no variation within"):
        one_way_anova([[1.0, 1.0], [2.0, 2.0]])
    with pytest.raises(InputError, match="at least two groups"):
        one_way_anova([[1.0, 2.0]])
    with pytest.raises(InputError, match="at least 2"):
        describe([1.0])
