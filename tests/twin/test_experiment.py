"""Experiments: truth, coverage, identities, the same luck, when to stop, and lines that come to a stand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from linewright.control.codes import MachineState
from linewright.errors import InputError
from linewright.plant.model import Orders, Plant
from linewright.plant.orders import Order
from linewright.twin.experiment import BATCHES, Bench, Plan, experiment, run_steady, simulate
from linewright.twin.life import Standstill
from linewright.twin.observe import observe
from linewright.twin.results import compare, result_of
from linewright.twin.statistics import interval
from linewright.twin.warmup import reset_tallies

from .conftest import exponential, line_plant, queue_plant

LEAST, MOST = 0.92, 0.98  # coverage of a nominal 0.95


def near(values: Any, expected: float) -> None:
    """Within 3.5 standard errors."""
    values = np.asarray(values)
    error = values.std(ddof=1) / np.sqrt(len(values))
    assert abs(values.mean() - expected) < 3.5 * error, (values.mean(), expected, error)
    assert error < 0.03 * expected


# ---------------------------------------------------------------- truth


def test_mm1_is_true(mm1: Bench) -> None:
    result = experiment(mm1, 20_000.0, 500.0, 20)
    total = result.total
    near(total.lead_sum_s / total.finished_n, 4.0)
    near(total.area_s / total.span_s, 4.0)
    near(total.finished_n / total.span_s, 1.0)
    near(result.stations["server"].shares[:, 3], 0.8)
    near(result.stations["server"].queue_area_s / total.span_s, 3.2)
    near([total.lead_time_quantile_s(0.9).mean] * 2 + list(_quantiles(result)), 4.0 * np.log(10.0))


def _quantiles(result: Any) -> Any:
    from linewright.twin.figures import bin_quantile

    return [bin_quantile(bins, 0.9) for bins in result.total.bins]


@pytest.mark.slow
def test_intervals_of_mm1_cover_as_often_as_they_say(mm1: Bench) -> None:
    n = 250
    hits = 0
    for seed in range(n):
        found = experiment(mm1, 2000.0, 200.0, 10, seed=5000 + seed, threads=2).total.lead_time_s
        hits += found.low <= 4.0 <= found.high
    assert LEAST <= hits / n <= MOST


def test_the_warm_up_that_is_found_leaves_no_bias(mm1: Bench) -> None:
    results = [experiment(mm1, replications=20, seed=seed) for seed in range(12)]
    hits = sum(r.total.wip.low <= 4.0 <= r.total.wip.high for r in results)
    assert hits >= 9
    assert all(r.warm_up_s >= 80.0 for r in results)  # relaxation time of M/M/1: 0.8 / (1 - sqrt(0.8))**2 = 72 s
    near([r.total.wip.mean for r in results], 4.0)


# ---------------------------------------------------------------- identities


def test_areas_are_exact_from_any_moment_on() -> None:
    bench = Bench(queue_plant("7 s", "10 s"))
    life = bench.life(1, 0)
    assert life.until(23.0)  # the second unit is 3 s old and in service
    reset_tallies(life.line, life.state)
    assert life.until(123.0)
    sums = observe(life.line, life.state)
    assert sums["span_s"][0] == 100.0
    assert sums["wip_area_s"][0] == pytest.approx(70.0, abs=1e-9)
    assert sums["state_s"][0].sum() == pytest.approx(100.0, abs=1e-9)
    assert sums["state_s"][0, 3] == pytest.approx(70.0, abs=1e-9)
    assert sums["finished"][0] == 10


def test_queue_areas_are_exact_from_any_moment_on() -> None:
    plant = Plant.model_validate(
        {
            "plant": "q",
            "materials": {"part": {}},
            "stations": {"server": {"queue": "unlimited"}},
            "routes": {"part": [{"serve": {"at": "server", "time": "2 s"}}]},
            "orders": {"streams": [{"every": "10 s", "material": "part", "quantity": 3}]},
        }
    )
    life = Bench(plant).life(1, 0)
    assert life.until(21.0)  # three came at 20: one in service, two wait
    reset_tallies(life.line, life.state)
    assert life.until(121.0)
    sums = observe(life.line, life.state)
    assert sums["queue_area_s"][0] == pytest.approx(60.0, abs=1e-9)  # each ten seconds: 2 + 4
    assert sums["wip_area_s"][0] == pytest.approx(120.0, abs=1e-9)


def test_batches_of_a_run_add_up_to_the_run(three: Bench) -> None:
    plan = Plan(False, 100.0, 4000.0, None, 100.0)
    batches = run_steady(three, plan, 1, 0, BATCHES)
    whole = run_steady(three, plan, 1, 0)[0]
    for name, total in whole.sums.items():
        added = sum(batch.sums[name] for batch in batches)
        if name not in (
            "active_n",
            "active_s",
        ):  # an active period that is under way counts in each observation
            assert np.allclose(added, total, rtol=1e-9, atol=1e-6), name


def test_state_shares_partition_the_time(three: Bench) -> None:
    result = experiment(three, 1000.0, 50.0, 5)
    for station in result.stations.values():
        assert np.allclose(station.machine_shares.sum(axis=2), 1.0, atol=1e-12)
        assert sum(share.mean for share in station.state_shares.values()) == pytest.approx(1.0, abs=1e-12)


def test_littles_law_holds_over_a_long_run(three: Bench) -> None:
    total = experiment(three, 20_000.0, 100.0, 5).total
    wip = total.throughput_per_s.mean * total.lead_time_s.mean
    assert wip == pytest.approx(total.wip.mean, rel=1e-3)


def test_one_long_run_gives_intervals_over_batches(three: Bench) -> None:
    result = experiment(three, 20_000.0, 100.0, 1)
    assert result.sampling == "batches"
    assert result.replications == BATCHES
    found = result.total.throughput_per_s
    assert found.low < found.mean < found.high


def test_a_live_state_gives_figures_without_intervals(three: Bench) -> None:
    life = three.life(1, 0)
    assert life.until(500.0)
    result = result_of(three.line, three.names, life.state, "line")
    assert result.total.finished.mean == life.finished
    assert np.isnan(result.total.throughput_per_s.low)


# ---------------------------------------------------------------- the same luck


def test_the_same_figures_on_any_number_of_threads(three: Bench) -> None:
    one, two = (experiment(three, 500.0, 50.0, 7, seed=3, threads=n) for n in (1, 2))
    for name, values in one.sums.items():
        assert values.tobytes() == two.sums[name].tobytes(), name
    other = experiment(three, 500.0, 50.0, 7, seed=4)
    assert (other.sums["finished"] != one.sums["finished"]).any()


def test_a_replication_is_the_same_in_any_company(three: Bench) -> None:
    few, many = (experiment(three, 500.0, 50.0, n, seed=3) for n in (5, 9))
    assert (few.sums["wip_area_s"] == many.sums["wip_area_s"][:5]).all()


def test_common_random_numbers_sharpen_a_comparison() -> None:
    wide, wider = Bench(line_plant([0, 10, 10])), Bench(line_plant([0, 11, 11]))
    before, after = (experiment(bench, 4000.0, 200.0, 20, seed=5) for bench in (wide, wider))
    paired = compare(before, after)["throughput_per_s"]
    lucky = experiment(wider, 4000.0, 200.0, 20, seed=6)
    apart = interval(lucky.total.finished_n / lucky.total.span_s - before.total.finished_n / before.total.span_s)
    assert paired.low > 0.0
    assert (apart.half_width / paired.half_width) ** 2 > 10.0
    with pytest.raises(ValueError, match="pair"):
        compare(before, lucky)


# ---------------------------------------------------------------- when to stop, what to warn of


def test_replications_go_on_until_the_precision_is_reached(mm1: Bench) -> None:
    rough = experiment(mm1, 2000.0, 200.0, 10, precision=0.5)
    fine = experiment(mm1, 2000.0, 200.0, 10, precision=0.04)
    assert rough.replications == 10
    assert fine.replications > 20
    assert fine.total.lead_time_s.half_width <= 0.04 * fine.total.lead_time_s.mean
    again = experiment(mm1, 2000.0, 200.0, 10, precision=0.04, threads=1)
    assert again.replications == fine.replications


def test_progress_is_told(three: Bench) -> None:
    told: list[tuple[int, int]] = []
    experiment(three, 100.0, 10.0, 4, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_number_of_parts_instead_of_a_length(three: Bench) -> None:
    result = experiment(three, warm_up_s=50.0, replications=3, parts=777)
    assert (result.total.finished_n == 777).all()


def test_a_run_that_is_too_short_is_warned_of(mm1: Bench) -> None:
    assert any("short" in words for words in experiment(mm1, 100.0, 0.0, 20).warnings)
    assert any("few" in words for words in experiment(mm1, 2000.0, 200.0, 3).warnings)
    assert experiment(mm1, 20_000.0, 300.0, 20).warnings == []


def test_more_than_the_line_can_make_is_warned_of() -> None:
    result = simulate(queue_plant(exponential(1.2), exponential(1.0)), length_s=4000.0, warm_up_s=100.0, replications=5)
    assert any("rises" in words for words in result.warnings)
    assert result.total.finished.mean + result.total.wip.mean > 256  # the pools have grown


def test_nothing_wanted_is_refused() -> None:
    plant = line_plant([0, 1]).model_copy(update={"orders": Orders()})
    with pytest.raises(InputError, match="nothing is wanted"):
        simulate(plant)


# ---------------------------------------------------------------- orders


def orders_plant(scrap: float = 0.0, replace: bool = True) -> Plant:
    return Plant.model_validate(
        {
            "plant": "orders",
            "materials": {"part": {}},
            "stations": {"cut": {"queue": 5}, "test": {"queue": 5}},
            "routes": {
                "part": [
                    {"cut": {"at": "cut", "time": "10 s"}},
                    {"test": {"at": "test", "time": "4 s", "fail": {"rate": 0, "scrap_rate": scrap}}},
                ]
            },
            "control": {"replace_scrap": replace},
        }
    )


def test_orders_are_run_until_they_are_done_to_the_moment() -> None:
    orders = [Order("one", "part", 3, due_s=35.0), Order("two", "part", 2, due_s=50.0, release_s=100.0)]
    result = simulate(orders_plant(), orders=orders, replications=2)
    assert result.kind == "until the orders are done"
    assert result.sums["span_s"][:, 0].tolist() == [124.0, 124.0]  # 100 + 2 * 10 + 4
    part = result.materials["part"]
    assert part.finished.mean == 5
    assert part.orders_done.mean == 2
    assert part.orders_on_time.mean == 0.5  # the first at 34 s
    assert part.tardiness_s.mean == pytest.approx((124.0 - 50.0) / 2)


def test_scrap_that_is_not_made_again_ends_the_run_too() -> None:
    result = simulate(orders_plant(0.5, replace=False), orders=[Order("one", "part", 40)], replications=8)
    assert (result.total.finished_n + result.total.scrapped_n == 40).all()
    assert np.allclose(result.sums["span_s"], 404.0, atol=1.0)  # whatever becomes of the last one


def test_scrap_is_made_again() -> None:
    result = simulate(orders_plant(0.2), orders=[Order("one", "part", 40)], replications=8)
    assert (result.total.finished_n == 40).all()
    assert result.total.scrapped.mean > 2


# ---------------------------------------------------------------- standing still


def test_a_deadlock_is_explained() -> None:
    plant = Plant.model_validate(
        {
            "plant": "there-and-back",
            "materials": {"part": {}},
            "stations": {"mill": {"queue": 1}, "wash": {"queue": 1}},
            "routes": {
                "part": [
                    {"rough": {"at": "mill", "time": exponential(1.0)}},
                    {"wash": {"at": "wash", "time": exponential(1.0)}},
                    {"finish": {"at": "mill", "time": exponential(1.0)}},
                ]
            },
            "orders": {"saturated": ["part"]},
        }
    )
    with pytest.raises(Standstill) as caught:
        simulate(plant, length_s=100_000.0, warm_up_s=0.0, replications=2)
    text = str(caught.value)
    assert "stands still" in text
    assert "mill -> wash -> mill" in text or "wash -> mill -> wash" in text
    assert "mill waits with a finished part for a place at wash (full" in text


def test_a_component_that_never_comes_is_named_though_the_calendar_goes_on() -> None:
    plant = Plant.model_validate(
        {
            "plant": "short-of-bolts",
            "calendar": {"day": {"on": "mon-fri 06:00-14:00"}},
            "materials": {"bolt": {"buy": True, "stock": 5}, "part": {}},
            "stations": {"fit": {"queue": 3, "runs": ["day"]}},
            "routes": {"part": [{"fit": {"at": "fit", "takes": {"bolt": 2}, "time": "10 s"}}]},
        }
    )
    with pytest.raises(Standstill, match="2 bolt needed, 1 in stock"):
        simulate(plant, orders=[Order("one", "part", 4)])


def test_demand_follows_the_hours_of_the_day() -> None:
    """Nothing by night, twice the mean by day: in all what `every` says."""
    stream = {"every": exponential(60.0), "material": "part", "profile": [0] * 12 + [2] * 12}
    bench = Bench(
        Plant.model_validate(
            {
                "plant": "day",
                "materials": {"part": {}},
                "stations": {"server": {"queue": "unlimited"}},
                "routes": {"part": [{"op": {"at": "server", "time": "1 s"}}]},
                "orders": {"streams": [stream]},
            }
        )
    )
    night = experiment(bench, 43_200.0, 86_400.0, 10).total.offered_n
    day = experiment(bench, 43_200.0, 43_200.0, 10).total.offered_n
    assert not night.any()
    assert day.mean() == pytest.approx(1440, abs=4 * math.sqrt(1440 / 10))
    assert day.std(ddof=1) == pytest.approx(math.sqrt(1440), rel=0.8)  # as a Poisson process


def test_a_tool_change_takes_as_long_as_its_distribution_says() -> None:
    """A change of 10 to 30 s after every piece of 20 s: half of the time."""
    tool = {"life": 1, "change": {"dist": "uniform", "low": "10 s", "high": "30 s"}}
    bench = Bench(
        Plant.model_validate(
            {
                "plant": "tooled",
                "materials": {"part": {}},
                "stations": {"mill": {"tools": {"T1": tool}}},
                "routes": {"part": [{"op": {"at": "mill", "time": "20 s"}}]},
                "orders": {"saturated": ["part"]},
            }
        )
    )
    found = experiment(bench, 200_000.0, 0.0, 4).stations["mill"]
    changing = found.shares[:, MachineState.TOOL_CHANGE]
    assert changing.mean() == pytest.approx(0.5, abs=0.005)
    assert changing.std() > 0.0
