"""What the check says about whole plants: loads, loops that lock, warnings."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from strategies import as_plant

from linewright.errors import InputError
from linewright.plant.calendar import week_changes
from linewright.plant.check import CheckedPlant, check_plant, open_plant
from linewright.plant.load_estimate import station_loads, stream_rates

ROOT = Path(__file__).parents[2]
PUMP = ROOT / "examples" / "gear-pump" / "plant.yaml"


def line(**changes: Any) -> dict[str, Any]:
    written: dict[str, Any] = {
        "plant": "p",
        "materials": {"bar": {"buy": True}, "shaft": {}, "pump": {}},
        "stations": {"lathe": {"queue": 5}, "bench": {"queue": 5}},
        "routes": {
            "shaft": [{"turn": {"at": "lathe", "time": "60 s", "takes": {"bar": 1}}}],
            "pump": [{"join": {"at": "bench", "time": "90 s", "takes": {"shaft": 2}}}],
        },
        "orders": {"streams": [{"every": "200 s", "material": "pump"}]},
    }
    return {**copy.deepcopy(written), **changes}


def check(written: dict[str, Any]) -> CheckedPlant:
    return check_plant(as_plant(written))


def loads(written: dict[str, Any]) -> dict[tuple[str, ...], float]:
    plant = as_plant(written)
    found = station_loads(plant, stream_rates(plant), week_changes(plant))
    return {load.stations: load.utilisation for load in found}


def test_load_of_components() -> None:
    assert loads(line()) == pytest.approx({("lathe",): 120 / 200, ("bench",): 90 / 200})


def test_load_with_everything_that_takes_time() -> None:
    written = line(calendar={"day": {"on": "daily 00:00-12:00"}})
    written["stations"]["lathe"] |= {
        "machines": 3,
        "failures": [
            {"name": "busy", "every": "10 h", "repair": "1 h"},
            {"name": "any", "every": "9 h", "repair": "1 h", "clock": "calendar"},
        ],
        "tools": {"T1": {"life": "60 min", "change": "6 min"}, "T2": {"life": 10, "change": "30 s"}},
    }
    turn = written["routes"]["shaft"][0]["turn"]
    turn["fail"] = {"rate": "20%", "scrap_rate": "10%"}
    expected = (60 * (1 + 0.1 + 0.1) + 3) / 100 / 0.7 / (3 * 0.5 * 0.9)
    assert loads(written)[("lathe",)] == pytest.approx(expected)


def test_load_with_rework() -> None:
    written = line()
    fail = {"rate": "50%", "rework": "turn", "at_most": 2, "then": "pass"}
    written["routes"]["shaft"][0]["turn"]["fail"] = fail
    assert loads(written)[("lathe",)] == pytest.approx(0.6 * (1 + 0.5 + 0.25))
    fail |= {"at_most": "unlimited"}
    assert loads(written)[("lathe",)] == pytest.approx(0.6 * 2)


def test_alternatives_are_judged_together() -> None:
    written = line(orders={"streams": [{"every": "100 s", "material": "pump"}]})
    written["stations"]["lathe-2"] = {}
    written["routes"]["shaft"][0]["turn"] |= {
        "at": ["lathe", "lathe-2"],
        "time": {"lathe": "60 s", "lathe-2": "90 s"},
    }
    found = loads(written)
    assert found[("lathe", "lathe-2")] == pytest.approx(120 / 100 / 2)  # at best
    assert found[("lathe",)] == 0
    assert check(written).warnings == []


def test_a_stream_that_may_be_lost_is_no_error() -> None:
    written = line()
    written["orders"]["streams"][0] |= {"every": "100 s", "when_full": "lose"}
    assert [problem.key for problem in check(written).warnings] == ["stations.lathe"]
    written["orders"]["streams"][0]["when_full"] = "wait"
    with pytest.raises(InputError, match=r"the demand takes 120\.0% of what lathe can do"):
        check(written)


def test_saturated_demand_has_no_load() -> None:
    assert all(load.utilisation == 0 for load in check(line(orders={"saturated": ["pump"]})).loads)


def test_orders_that_will_be_late_are_a_warning(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("order,material,quantity,due\nA,pump,100,1 h\n")
    plant = as_plant(line(orders={"from": "orders.csv"}))
    warnings = check_plant(plant, folder=tmp_path).warnings
    assert [str(each) for each in warnings] == [
        "stations.lathe: the demand takes 333.3% of what lathe can do until the last due date",
        "stations.bench: the demand takes 250.0% of what bench can do until the last due date",
    ]


def reworked(**station: Any) -> dict[str, Any]:
    """turn, wash, and back to turn in 10% of cases."""
    written = line()
    written["stations"]["washer"] = {"queue": 3}
    written["stations"]["lathe"] |= station
    wash = {"at": "washer", "time": "10 s", "fail": {"rate": "10%", "rework": "turn", "at_most": 1}}
    written["routes"]["shaft"].append({"wash": wash})
    return written


def test_a_rework_loop_of_finite_places_can_lock() -> None:
    message = "rework goes from lathe to washer to lathe: 10 units there can lock each other"
    with pytest.raises(InputError, match=message) as raised:
        check(reworked())
    assert raised.value.problems[0].key == "routes.shaft[1].wash.fail.rework"


@pytest.mark.parametrize(
    ("station", "rest"),
    [
        ({"rework_queue": "unlimited"}, {}),
        ({"queue": "unlimited"}, {}),
        ({"outbox": "unlimited"}, {}),
        ({}, {"control": {"release": {"conwip": 9}}}),
        ({}, {"control": {"release": {"conwip": {"shaft": 4, "pump": 5}}}}),
        ({}, {"transport": {"belt": {"from": "lathe", "to": "washer", "time": "5 s"}}}),
    ],
)
def test_a_loop_with_room_cannot_lock(station: dict[str, Any], rest: dict[str, Any]) -> None:
    check({**reworked(**station), **rest})


@pytest.mark.parametrize(
    ("station", "rest"),
    [
        ({"rework_queue": 2}, {}),
        ({}, {"control": {"release": {"conwip": 10}}}),
        ({}, {"control": {"release": {"conwip": {"pump": 5}}}}),
        ({}, {"transport": {"belt": {"from": "lathe", "to": "washer", "time": "5 s", "capacity": 1}}}),
    ],
)
def test_a_loop_with_too_little_room_can(station: dict[str, Any], rest: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="can lock each other"):
        check({**reworked(**station), **rest})


def test_shared_places_are_a_warning() -> None:
    written = line()
    written["materials"]["housing"] = {}
    written["routes"]["housing"] = [{"mill": {"at": "lathe", "time": "5 s"}}]
    written["routes"]["pump"][0]["join"]["takes"]["housing"] = 1
    assert "housing, shaft share 5 places" in str(check(written).warnings[0])
    written["stations"]["bench"]["queue"] = {"shaft": 3, "housing": 2}
    assert check(written).warnings == []


def test_a_free_change_over_is_a_warning() -> None:
    written = line()
    written["materials"] |= {"rod": {}}
    written["routes"]["rod"] = [{"turn": {"at": "lathe", "time": "5 s"}}]
    written["stations"]["lathe"]["setup"] = {"time": {"shaft": {"rod": "5 min"}}}
    written["orders"]["streams"].append({"every": "1 h", "material": "rod"})
    assert "changing over from rod to shaft takes no time" in str(check(written).warnings[0])


def test_the_gear_pump_can_run() -> None:
    checked = open_plant(PUMP)
    assert checked.warnings == []
    assert len(checked.orders) == 40
    utilisation = {load.stations[0]: load.utilisation for load in checked.loads}
    assert 0.6 < utilisation["mill"] < 0.9  # worth simulating: busy, but not over


def test_other_orders_may_be_given(tmp_path: Path) -> None:
    other = tmp_path / "few.csv"
    other.write_text("order,material,quantity,due\nA,pump-20,2,3 d\n")
    assert [order.order for order in open_plant(PUMP, orders=other).orders] == ["A"]


def test_work_that_piles_up_is_a_warning() -> None:
    written = line(orders={"saturated": ["shaft"]})
    written["routes"]["shaft"].append({"wash": {"at": "washer", "time": "80 s"}})
    written["stations"]["washer"] = {}
    assert "'shaft' is always in demand and piles up here" in str(check(written).warnings[-1])
    assert check(written).warnings[-1].key == "stations.washer"
    for remedy in (
        {"stations": {**written["stations"], "washer": {"queue": 9}}},
        {"stations": {**written["stations"], "washer": {"machines": 2}}},
        {"control": {"release": {"conwip": 9}}},
    ):
        assert not any("piles up" in str(each) for each in check({**written, **remedy}).warnings)
