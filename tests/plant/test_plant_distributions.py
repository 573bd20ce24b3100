"""Laws: moments against scipy and against sampled rows, every written form, bounds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from linewright.plant.distributions import (
    FORMS,
    Constant,
    Distribution,
    DistributionKind,
    DistributionRow,
    Empirical,
    Geometric,
    Lognormal,
    Mixture,
    TimeDistribution,
    ValueDistribution,
    Weibull,
    write_distribution,
)

READER: TypeAdapter[Distribution] = TypeAdapter(TimeDistribution)
VALUES: TypeAdapter[Distribution] = TypeAdapter(ValueDistribution)


def read(written: Any) -> Distribution:
    return READER.validate_python(written, context={"written": True})


TRIANGLE = stats.triang(0.25, 240, 240)
WEAR = stats.weibull_min(1.4)
WRITTEN = [
    ("45 s", 45.0, 0.0),
    ({"dist": "constant", "value": "45 s", "offset": "5 s"}, 50.0, 0.0),
    ({"dist": "exponential", "mean": "4 min"}, 240.0, 240.0**2),
    ({"dist": "exponential", "rate": "12/h"}, 300.0, 300.0**2),
    ({"dist": "erlang", "mean": "60 s", "shape": 4}, 60.0, 900.0),
    ({"dist": "erlang", "scale": "15 s", "shape": 4}, 60.0, 900.0),
    ({"dist": "gamma", "mean": "50 min", "cv": 0.6}, 3000.0, 1800.0**2),
    ({"dist": "gamma", "mean": "50 min", "sd": "30 min"}, 3000.0, 1800.0**2),
    ({"dist": "gamma", "shape": 4, "scale": "15 s"}, 60.0, 900.0),
    ({"dist": "gamma", "mean": "60 s", "shape": 4}, 60.0, 900.0),
    ({"dist": "lognormal", "mean": "6.5 min", "cv": "8%"}, 390.0, (390 * 0.08) ** 2),
    ({"dist": "lognormal", "mean": "20 min", "sd": "4.1 min"}, 1200.0, 246.0**2),
    ({"dist": "triangular", "low": "4 min", "mode": "5 min", "high": "8 min"}, 340.0, TRIANGLE.var()),
    ({"dist": "uniform", "low": "2 min", "high": "4 min"}, 180.0, 1200.0),
    ({"dist": "uniform", "mean": "180 s", "cv": 0.1}, 180.0, 324.0),
    ({"dist": "beta", "alpha": 2, "beta": 3, "low": "10 s", "high": "20 s"}, 14.0, 4.0),
    ({"dist": "beta", "mean": "14 s", "sd": "2 s", "low": "10 s", "high": "20 s"}, 14.0, 4.0),
    ({"dist": "geometric", "p": 0.2, "unit": "3 s"}, 15.0, 9 * 0.8 / 0.04),
    ({"dist": "geometric", "mean": "15 s", "unit": "3 s"}, 15.0, 9 * 0.8 / 0.04),
    ({"dist": "weibull", "mean": "60 h", "shape": 1.4}, 216000.0, WEAR.var() * (216000 / WEAR.mean()) ** 2),
    ({"dist": "weibull", "shape": 1.4, "scale": "100 s"}, 100 * WEAR.mean(), 1e4 * WEAR.var()),
    ({"dist": "normal", "mean": "3 s", "sd": "2 s"}, *stats.truncnorm(-1.5, np.inf, 3, 2).stats()),
    ({"dist": "empirical", "values": ["41 s", "44 s", "53 s"]}, 46.0, 26.0),
    ({"dist": "mixture", "of": [{"weight": 3, "dist": "constant", "value": "10 s"},
                                {"weight": 1, "dist": "exponential", "mean": "50 s"}]},
     20.0, 0.25 * 2500 + 0.75 * 100 + 0.25 * 900),
]  # fmt: skip


@pytest.mark.parametrize(("written", "mean", "variance"), WRITTEN, ids=lambda value: str(value)[:60])
def test_moments(written: Any, mean: float, variance: float) -> None:
    law = read(written)
    assert law.mean == pytest.approx(mean, rel=1e-12)
    assert law.variance == pytest.approx(variance, rel=1e-9, abs=1e-12)
    low, high = law.bounds
    assert 0 <= low <= law.mean <= high


@pytest.mark.parametrize("written", [row[0] for row in WRITTEN], ids=lambda value: str(value)[:60])
def test_written_form_reads_back(written: Any) -> None:
    law = read(written)
    assert read(write_distribution(law)) == law


def test_every_form_is_covered() -> None:
    given = {frozenset(w) - {"dist", "offset"} for w, _, _ in WRITTEN if isinstance(w, dict)}
    wanted = {frozenset(form.keys) - form.optional for forms in FORMS.values() for form in forms}
    missing = {tuple(sorted(keys)) for keys in wanted - given}
    # the same keys for another law, or (file, column) in test_plant_round_trip
    assert missing <= {
        ("file", "column"),
        ("column", "file"),
        ("median", "sigma"),
        ("cv", "high", "low", "mean"),
    }


def draw(row: DistributionRow, n: int, luck: np.random.Generator) -> np.ndarray[Any, Any]:
    """Samples of a row by numpy: what the kinds and their numbers are said to mean."""
    kind = DistributionKind(row.kind)
    if kind == DistributionKind.MIXTURE:
        which = luck.choice(len(row.children), n, p=[weight for weight, _ in row.children])
        parts = np.array([draw(law.row(), n, luck) for _, law in row.children])
        return parts[which, np.arange(n)] + row.offset
    a, b, c, d = row.a, row.b, row.c, row.d
    drawn = {
        DistributionKind.CONSTANT: lambda: np.full(n, a),
        DistributionKind.EXPONENTIAL: lambda: luck.exponential(a, n),
        DistributionKind.GAMMA: lambda: luck.gamma(a, b, n),
        DistributionKind.LOGNORMAL: lambda: luck.lognormal(a, b, n),
        DistributionKind.WEIBULL: lambda: b * luck.weibull(a, n),
        DistributionKind.NORMAL: lambda: stats.truncnorm(-a / b, np.inf, a, b).rvs(n, random_state=luck),
        DistributionKind.TRIANGULAR: lambda: luck.triangular(a, b, c, n),
        DistributionKind.UNIFORM: lambda: luck.uniform(a, b, n),
        DistributionKind.BETA: lambda: c + (d - c) * luck.beta(a, b, n),
        DistributionKind.EMPIRICAL: lambda: luck.choice(row.values, n),
        DistributionKind.GEOMETRIC: lambda: b * luck.geometric(a, n),
    }[kind]()
    return drawn + row.offset


@pytest.mark.parametrize("written", [row[0] for row in WRITTEN], ids=lambda value: str(value)[:60])
def test_rows_have_the_moments_of_their_law(written: Any) -> None:
    law = read(written)
    n = 200_000
    drawn = draw(law.row(), n, np.random.default_rng(20))
    assert drawn.mean() == pytest.approx(law.mean, abs=5 * law.sd / math.sqrt(n) + 1e-9)
    assert drawn.var() == pytest.approx(law.variance, rel=0.05, abs=1e-9)
    assert law.bounds[0] <= drawn.min() and drawn.max() <= law.bounds[1]


@pytest.mark.parametrize("cv", [0.01, 0.3, 1.0, 2.5])
def test_weibull_by_cv(cv: float) -> None:
    law = Weibull.from_cv(10.0, cv)
    assert law.sd / law.mean == pytest.approx(cv, rel=1e-9)


def test_weibull_of_cv_1_is_exponential() -> None:
    assert Weibull.from_cv(10.0, 1.0).shape == pytest.approx(1.0, rel=1e-9)


def test_lognormal_by_its_logarithm() -> None:
    row = Lognormal.from_log(1.2, 0.4).row()
    assert (row.a, row.b) == pytest.approx((1.2, 0.4))
    assert read({"dist": "lognormal", "median": "5 s", "sigma": 0.4}).row().a == pytest.approx(math.log(5))


def test_children_of_a_mixture_sum_to_1() -> None:
    row = Mixture(((3, Constant(1.0)), (5, Constant(2.0)))).row()
    assert [weight for weight, _ in row.children] == [0.375, 0.625]


def test_numbers_in_python_are_seconds() -> None:
    assert READER.validate_python(45.0) == Constant(45.0)
    assert READER.validate_python(Geometric(0.5, 1.0)) == Geometric(0.5, 1.0)


def test_values_keep_their_unit() -> None:
    law = VALUES.validate_python(
        {"dist": "normal", "mean": "20.013 mm", "sd": "4 um"}, context={"written": True}
    )
    assert law.mean == pytest.approx(0.020013)
    assert write_distribution(law) == {"dist": "normal", "mean": "20.013 mm", "sd": "0.004 mm"}


@pytest.mark.parametrize(
    "written",
    [
        {"dist": "gamma", "mean": "5 s", "cv": 0},
        {"dist": "exponential", "mean": "0 s"},
        {"dist": "triangular", "low": "5 s", "mode": "4 s", "high": "8 s"},
        {"dist": "beta", "mean": "14 s", "sd": "8 s", "low": "10 s", "high": "20 s"},
        {"dist": "geometric", "p": 1.5, "unit": "1 s"},
        {"dist": "erlang", "mean": "5 s", "shape": 0},
        {"dist": "empirical", "values": []},
        {"dist": "normal", "mean": "-9 s", "sd": "1 s"},
        {"dist": "uniform", "mean": "5 s", "sd": "5 s"},
    ],
    ids=str,
)
def test_senseless_parameters_are_refused(written: Any) -> None:
    with pytest.raises(ValidationError):
        read(written)


def test_where_values_came_from_does_not_count() -> None:
    assert Empirical((1.0, 2.0), file="a.csv") == Empirical((1.0, 2.0))
