"""Forecasts from a state alone: what is known is kept, what is not is drawn on condition of what was seen."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from linewright.control.deadlock import find_deadlock
from linewright.control.state import same_state, save_state
from linewright.plant.model import Plant
from linewright.plant.orders import Order
from linewright.twin.experiment import Bench
from linewright.twin.forecast import Forecast, forecast, time_to_done
from linewright.twin.laws import remaining, remaining_from_unknown, sample
from linewright.twin.life import Life
from linewright.twin.world import World

from .conftest import exponential, queue_plant

LAWS: dict[str, Any] = {
    "constant": {"dist": "constant", "value": 5.0},
    "exponential": {"dist": "exponential", "mean": 5.0},
    "erlang": {"dist": "erlang", "mean": 6.0, "shape": 3},
    "gamma": {"dist": "gamma", "mean": 5.0, "cv": 0.6},
    "lognormal": {"dist": "lognormal", "mean": 5.0, "cv": 0.5},
    "weibull": {"dist": "weibull", "mean": 5.0, "shape": 1.7},
    "normal": {"dist": "normal", "mean": 5.0, "sd": 2.0},
    "triangular": {"dist": "triangular", "low": 2.0, "mode": 3.0, "high": 9.0},
    "uniform": {"dist": "uniform", "low": 2.0, "high": 9.0},
    "beta": {"dist": "beta", "low": 2.0, "high": 9.0, "alpha": 2.0, "beta": 3.0},
    "empirical": {"dist": "empirical", "values": [1.0, 4.0, 7.0]},
    "mixture": {
        "dist": "mixture",
        "of": [
            {"weight": 0.3, "dist": "constant", "value": 2.0},
            {"weight": 0.7, "dist": "uniform", "low": 4.0, "high": 8.0},
        ],
    },
}


def world_of(law: Any) -> tuple[World, int, Any]:
    plant = queue_plant(law, "1000 s")
    bench = Bench(plant)
    step = plant.routes["part"][0]["serve"]
    return bench.world, int(bench.world.task[0].law), step.time


@pytest.mark.parametrize("name", LAWS)
def test_draws_have_the_moments_of_the_law(name: str) -> None:
    world, i, law = world_of(LAWS[name])
    n = 200_000
    x = sample(world, i, n, np.random.default_rng(1))
    assert x.mean() == pytest.approx(law.mean, abs=4.5 * math.sqrt(law.variance / n) + 1e-12)
    assert x.var() == pytest.approx(law.variance, rel=0.03, abs=1e-12)


def test_what_is_left_is_drawn_on_condition() -> None:
    rng = np.random.default_rng(1)
    world, i, _ = world_of({"dist": "uniform", "low": 0.0, "high": 10.0})
    left = remaining(world, i, 6.0, 20_000, rng)
    assert left.min() >= 0.0
    assert left.max() <= 4.0
    assert left.mean() == pytest.approx(2.0, abs=0.05)
    world, i, _ = world_of({"dist": "exponential", "mean": 5.0})
    assert remaining(world, i, 7.0, 20_000, rng).mean() == pytest.approx(5.0, rel=0.05)  # it has no memory
    world, i, _ = world_of({"dist": "constant", "value": 5.0})
    assert (remaining(world, i, 2.0, 10, rng) == 3.0).all()
    assert (remaining(world, i, 9.0, 10, rng) == 0.0).all()  # overdue
    world, i, _ = world_of({"dist": "uniform", "low": 4.0, "high": 6.0})
    assert remaining(world, i, 9.0, 20_000, rng).mean() == pytest.approx(0.5, rel=0.05)  # overdue: a tenth of the mean


def test_a_time_of_unknown_age_has_the_equilibrium_residual() -> None:
    rng = np.random.default_rng(2)
    world, i, _ = world_of({"dist": "constant", "value": 8.0})
    left = remaining_from_unknown(world, i, 20_000, rng)
    assert left.mean() == pytest.approx(4.0, rel=0.02)
    assert left.max() <= 8.0
    world, i, law = world_of({"dist": "gamma", "mean": 5.0, "cv": 0.6})
    expected = (law.variance + law.mean**2) / (2 * law.mean)
    assert remaining_from_unknown(world, i, 20_000, rng).mean() == pytest.approx(expected, rel=0.03)


# ---------------------------------------------------------------- whole lines


def look(life: Life, bench: Bench, horizon_s: float, **options: Any) -> Forecast:
    return forecast(bench.line, bench.names, bench.world, life.state, horizon_s, **options)


def orders_bench() -> Bench:
    plant = Plant.model_validate(
        {
            "plant": "orders",
            "materials": {"part": {}},
            "stations": {"cut": {"queue": 5}, "test": {"queue": 5}},
            "routes": {"part": [{"cut": {"at": "cut", "time": "10 s"}}, {"test": {"at": "test", "time": "4 s"}}]},
        }
    )
    orders = [
        Order("one", "part", 3, due_s=33.0),
        Order("two", "part", 2, due_s=60.0),
        Order("three", "part", 1, release_s=200.0),
    ]
    return Bench(plant, orders)


@pytest.mark.parametrize("moment_s", [0.0, 3.0, 12.0, 26.0, 41.0])
def test_where_nothing_is_left_to_luck_every_future_is_the_same(moment_s: float) -> None:
    bench = orders_bench()
    life = bench.life(1, 0)
    if moment_s:
        life.until(moment_s)
    found = look(life, bench, 500.0, futures=8)
    done = {order.order: order.done_s for order in found.orders}
    if moment_s < 34.0:
        assert done["one"] == pytest.approx((34.0,) * 3, abs=1e-9)
    else:
        assert "one" not in done  # done before
    assert done["two"] == pytest.approx((54.0,) * 3, abs=1e-9)
    assert done["three"] == pytest.approx((214.0,) * 3, abs=1e-9)
    assert found.all_done_s == pytest.approx((214.0,) * 3, abs=1e-9)
    chance = {order.order: order.on_time for order in found.orders}
    assert chance["two"] == 1.0
    assert chance.get("one", 0.0) == 0.0


def test_an_order_beyond_the_horizon_is_said_to_be_so() -> None:
    bench = orders_bench()
    found = look(bench.life(1, 0), bench, 40.0, futures=4)
    assert found.orders[1].done_s == (math.inf,) * 3
    assert found.all_done_s == (math.inf,) * 3
    horizon_s = time_to_done(bench.line, bench.names, bench.world, bench.life(1, 0).state, 1, 1e6)
    assert 214.0 < horizon_s < 1000.0


def test_many_servers_relax_as_the_formula_says() -> None:
    """M/M/inf: E N(t) = r + (n - r) exp(-t), whatever the age of the work under way."""
    bench = Bench(queue_plant(exponential(1.0), exponential(0.1), machines=60))
    life = bench.life(2, 0)
    life.until(30.0)
    n, r = int(life.state.material.wip[0]), 10.0
    found = look(life, bench, 1.0, futures=2000, seed=3)
    wip = found.result.wip_levels
    assert wip is not None
    for k in (15, 30, 60):
        t = k / 60
        values = wip[:, k]
        error = values.std(ddof=1) / math.sqrt(len(values))
        assert abs(values.mean() - (r + (n - r) * math.exp(-t))) < 4 * error


def test_the_forecast_does_not_know_what_luck_has_in_store() -> None:
    """Breakdowns under way are known, those to come are not: futures differ from the life that goes on."""
    plant = Plant.model_validate(
        {
            "plant": "breaks",
            "materials": {"part": {}},
            "stations": {
                "m": {
                    "queue": 2,
                    "failures": [
                        {
                            "name": "stop",
                            "every": exponential(50.0),
                            "clock": "busy",
                            "repair": exponential(10.0),
                        }
                    ],
                }
            },
            "routes": {"part": [{"work": {"at": "m", "time": "1 s"}}]},
            "orders": {"saturated": ["part"]},
        }
    )
    bench = Bench(plant)
    life = bench.life(1, 0)
    life.until(500.0)
    found = look(life, bench, 2000.0, futures=300)
    total = found.result.total
    error = total.finished_n.std(ddof=1) / math.sqrt(300)
    assert abs(total.finished_n.mean() - 2000.0 * 50.0 / 60.0) < 4 * error + 4.0  # the machine may be down now
    assert len(set(total.finished_n.tolist())) > 50


def test_a_forecast_is_the_same_on_any_number_of_threads_and_from_bytes(three: Bench) -> None:
    life = three.life(1, 0)
    life.until(300.0)
    kept = save_state(life.state)
    one, two = (look(life, three, 100.0, futures=21, seed=4, threads=n) for n in (1, 2))
    stored = forecast(three.line, three.names, three.world, kept, 100.0, futures=21, seed=4)
    for other in (two, stored):
        assert (one.finished == other.finished).all()
        assert one.result.sums["state_s"].tobytes() == other.result.sums["state_s"].tobytes()
    assert save_state(life.state) == kept  # the line itself stays as it is
    assert same_state(life.state, life.copy().state)


def test_everything_pending_is_pending_in_a_fork_too() -> None:
    """A plant with all that can be pending: forks at any moment go on, and nothing comes to a stand."""
    plant = Plant.model_validate(
        {
            "plant": "rich",
            "calendar": {
                "day": {"on": "mon-sun 00:00-12:00"},
                "night": {"on": "mon-sun 12:00-24:00", "unattended": True},
            },
            "crews": {"fitters": {"people": {"day": 1, "night": 1}, "skills": ["setup", "repair"]}},
            "materials": {
                "bar": {"buy": True, "stock": 20, "reorder": {"at": 15, "quantity": 20, "lead_time": "30 s"}},
                "a": {},
                "b": {},
            },
            "stations": {
                "cut": {
                    "queue": 6,
                    "setup": {"time": "5 s", "needs": "setup"},
                    "failures": [
                        {
                            "name": "jam",
                            "every": {"dist": "gamma", "mean": 60.0, "cv": 0.5},
                            "clock": "busy",
                            "repair": exponential(8.0),
                            "needs": "repair",
                        }
                    ],
                    "tools": {"T": {"life": 7, "change": "2 s", "spares": 3, "resharpen": "9 s"}},
                },
                "wash": {"queue": 8, "batch": {"least": 2, "most": 4, "wait": "6 s"}},
                "check": {
                    "queue": 8,
                    "failures": [{"name": "power", "every": exponential(90.0), "clock": "calendar", "repair": "4 s"}],
                },
            },
            "transport": {
                "cart": {
                    "vehicles": 1,
                    "speed": "1 m/s",
                    "load": "1 s",
                    "unload": "1 s",
                    "serves": ["cut", "wash"],
                    "distances": {"cut": {"wash": "2 m"}},
                }
            },
            "characteristics": {
                "width": {
                    "of": "a",
                    "nominal": "10 mm",
                    "upper": "0.03 mm",
                    "lower": "-0.03 mm",
                    "process": {"sd": "0.01 mm"},
                    "gauge": {"at": "check", "repeatability": "0.001 mm"},
                }
            },
            "routes": {
                "a": [
                    {
                        "cut": {
                            "at": "cut",
                            "takes": {"bar": 1},
                            "time": {"dist": "lognormal", "mean": 4.0, "cv": 0.4},
                        }
                    },
                    {"wash": {"at": "wash", "time": "5 s"}},
                    {
                        "check": {
                            "at": "check",
                            "time": exponential(1.0),
                            "checks": ["width"],
                            "fail": "scrap",
                        }
                    },
                ],
                "b": [{"cut": {"at": "cut", "time": "3 s"}}, {"wash": {"at": "wash", "time": "5 s"}}],
            },
            "orders": {
                "streams": [{"every": {"dist": "uniform", "low": 6.0, "high": 14.0}, "material": {"a": 0.7, "b": 0.3}}]
            },
        }
    )
    bench = Bench(plant)
    life = bench.life(1, 0)
    for moment_s in (0.0, 33.0, 47.0, 101.5, 250.0, 399.0, 640.0):
        if moment_s:
            assert life.until(moment_s), find_deadlock(bench.line, bench.names, life.state)
        found = look(life, bench, 600.0, futures=40)
        assert found.standing == 0.0
        assert found.finished[0, -1] > 25  # 60 are wanted
        span = found.result.sums["state_s"].sum(axis=2)
        assert np.allclose(span, 600.0, atol=1e-6)
