"""Random numbers: every sampler against its law, the tails of the ziggurats, independent streams."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from scipy import stats

from linewright.compiled import Tables, kernel, opener
from linewright.twin.random import EXP_TAIL, LAW, NORMAL_TAIL, STREAM, draw, new_streams
from linewright.twin.world import World

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from small import born  # noqa: E402

N = 400_000


class Dice(Tables):
    """One law after another, drawn into `out`."""

    TABLES: ClassVar[dict[str, Any]] = {"law": LAW, "value": np.float64, "stream": STREAM, "out": np.float64}


open_dice = opener(Dice)


@kernel
def _throw(address, stream, law):  # type: ignore[no-untyped-def]
    dice = open_dice(address)
    for i in range(len(dice.out)):
        dice.out[i] = draw(dice.law, dice.value, dice.stream, stream, law)


def sample(written: Any, n: int = N, seed: int = 5, stream: int = 0) -> tuple[np.ndarray[Any, Any], Any]:
    """Draws of a written time distribution, and the distribution."""
    life = born({"a": {}}, {"part": [{"op": {"at": "a", "time": written}}]})
    world: World = life.world
    dice = Dice(law=world.law, value=world.value, stream=new_streams(8, seed, 0), out=np.zeros(n))
    _throw(dice.address, stream, int(world.task.law[0]))
    return dice.out, life.plant.routes["part"][0]["op"].time


LAWS = [
    "30 s",
    {"dist": "exponential", "mean": "30 s"},
    {"dist": "erlang", "mean": "30 s", "shape": 3},
    {"dist": "gamma", "mean": "30 s", "cv": 0.4},
    {"dist": "gamma", "mean": "30 s", "cv": 1.6},  # shape under 1
    {"dist": "lognormal", "mean": "30 s", "cv": 0.5},
    {"dist": "weibull", "mean": "30 s", "shape": 0.8},
    {"dist": "weibull", "mean": "30 s", "shape": 2.5},
    {"dist": "normal", "mean": "30 s", "sd": "4 s"},
    {"dist": "normal", "mean": "30 s", "sd": "30 s"},  # cut off at nothing
    {"dist": "triangular", "low": "3 s", "mode": "10 s", "high": "60 s"},
    {"dist": "uniform", "low": "10 s", "high": "50 s"},
    {"dist": "beta", "alpha": 2, "beta": 3, "low": "5 s", "high": "60 s"},
    {"dist": "geometric", "p": 0.3, "unit": "5 s", "offset": "1 s"},
    {"dist": "empirical", "values": ["3 s", "4 s", "50 s"]},
    {"dist": "mixture", "of": [
        {"weight": "90%", "dist": "constant", "value": "20 s"},
        {"weight": "10%", "dist": "exponential", "mean": "100 s"},
    ]},
]  # fmt: skip


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law if isinstance(law, str) else f"{law['dist']}")
def test_sampled_moments_are_those_of_the_law(law: Any) -> None:
    """Mean and variance within 4 standard errors (of the variance from the sample's own fourth moment)."""
    x, distribution = sample(law)
    mean, variance = float(distribution.mean), float(distribution.variance)
    assert abs(x.mean() - mean) <= 4 * math.sqrt(variance / N) + 1e-9
    fourth = float(((x - x.mean()) ** 4).mean())
    assert abs(x.var() - variance) <= 4 * math.sqrt(max(fourth - x.var() ** 2, 0.0) / N) + 1e-9


@pytest.mark.parametrize(
    ("law", "truth"),
    [
        ({"dist": "exponential", "mean": "1 s"}, stats.expon()),
        ({"dist": "normal", "mean": "100 s", "sd": "1 s"}, stats.norm(100, 1)),
        ({"dist": "gamma", "mean": "4 s", "cv": 0.5}, stats.gamma(4)),
        ({"dist": "gamma", "mean": "0.5 s", "cv": 2**0.5}, stats.gamma(0.5)),
        ({"dist": "weibull", "mean": f"{math.gamma(1.5)} s", "shape": 2}, stats.weibull_min(2)),
        ({"dist": "uniform", "low": "1 s", "high": "3 s"}, stats.uniform(1, 2)),
        ({"dist": "triangular", "low": "0 s", "mode": "1 s", "high": "4 s"}, stats.triang(0.25, 0, 4)),
        ({"dist": "beta", "alpha": 2, "beta": 3, "low": "0 s", "high": "1 s"}, stats.beta(2, 3)),
    ],
    ids=lambda value: value["dist"] if isinstance(value, dict) else "",
)
def test_sampled_laws_pass_kolmogorov_and_smirnov(law: Any, truth: Any) -> None:
    x, _ = sample(law, n=200_000)
    assert stats.kstest(x, truth.cdf).pvalue > 1e-4


@pytest.mark.parametrize(
    ("law", "from_", "truth"),
    [
        ({"dist": "exponential", "mean": "1 s"}, EXP_TAIL, stats.expon()),
        ({"dist": "normal", "mean": "100 s", "sd": "1 s"}, 100 + NORMAL_TAIL, stats.norm(100, 1)),
    ],
    ids=["exponential", "normal"],
)
def test_tails_beyond_the_last_layer_of_the_ziggurat(law: Any, from_: float, truth: Any) -> None:
    """As many draws there as there should be, and distributed as they should be."""
    n = 4_000_000
    x, _ = sample(law, n=n)
    tail = x[x > from_]
    p = truth.sf(from_)
    assert abs(len(tail) - n * p) < 4 * math.sqrt(n * p)
    assert stats.kstest(tail, lambda t: 1 - truth.sf(t) / p).pvalue > 1e-4


def test_the_lower_normal_tail_is_the_mirror_of_the_upper() -> None:
    x, _ = sample({"dist": "normal", "mean": "100 s", "sd": "1 s"}, n=4_000_000)
    p = stats.norm.sf(3)
    for count in ((x > 103).sum(), (x < 97).sum()):
        assert abs(count - len(x) * p) < 4 * math.sqrt(len(x) * p)


def test_streams_seeds_and_neighbours_are_independent() -> None:
    law = {"dist": "uniform", "low": "0 s", "high": "1 s"}
    one, _ = sample(law)
    for other in (sample(law, stream=1)[0], sample(law, seed=6)[0], np.roll(one, 1), np.roll(one, 7)):
        assert abs(np.corrcoef(one, other)[0, 1]) < 4 / math.sqrt(N)
    pairs, _, _ = np.histogram2d(one[::2], one[1::2], bins=32)
    assert stats.chisquare(pairs.reshape(-1)).pvalue > 1e-4


def test_a_stream_does_not_notice_how_many_others_there_are() -> None:
    few, many = new_streams(3, 11, 2), new_streams(50, 11, 2)
    assert np.array_equal(few["state"], many["state"][:3])
    assert np.array_equal(few["gamma"], many["gamma"][:3])
    assert not np.array_equal(few["state"], new_streams(3, 11, 3)["state"])
    assert all(many["gamma"] % 2 == 1)
