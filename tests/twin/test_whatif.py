"""What if: one thing changed and the same luck; when a person is needed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from linewright.control import compile_line, new_state, same_state
from linewright.plant.model import Plant
from linewright.plant.orders import Order
from linewright.twin.attention import attention
from linewright.twin.forecast import forecast
from linewright.twin.whatif import machine_out, one_more_vehicle, order_first
from linewright.twin.world import World

HOUR_S = 3600.0


def plant_of(**more: object) -> Plant:
    """A mill (10 min a piece), and what the test adds."""
    table = {
        "plant": "small",
        "materials": {"part": {}},
        "stations": {"mill": {}},
        "routes": {"part": [{"cut": {"at": "mill", "time": 600.0}}]},
    }
    return Plant.model_validate({**table, **more})


def orders_of(*quantities: int) -> list[Order]:
    return [Order(f"O{k}", "part", n, 1e6, 5.0, 0.0) for k, n in enumerate(quantities)]


def done(plant: Plant, orders: list[Order], planned=(), horizon_s: float = 20 * HOUR_S) -> list[float]:
    line, names = compile_line(plant, orders)
    found = forecast(line, names, World(plant, line), new_state(line), horizon_s, futures=2, threads=1, planned=planned)
    return [one.done_s[1] for one in found.orders]


def test_a_machine_out_for_two_hours_delays_everything_by_two_hours() -> None:
    plant, orders = plant_of(), orders_of(3, 2)
    line, _ = compile_line(plant, orders)
    as_is = done(plant, orders)
    assert as_is == [1800.0, 3000.0]
    assert done(plant, orders, machine_out(new_state(line), 0, 2 * HOUR_S)) == [time_s + 2 * HOUR_S for time_s in as_is]


def test_an_order_that_is_not_open_cannot_come_first() -> None:
    plant, orders = plant_of(), orders_of(3, 2)
    line, _ = compile_line(plant, orders)
    assert order_first(new_state(line), 1) == []


def with_fleet(vehicles: int) -> Plant:
    """Two stations 60 m apart, vehicles at 1 m/s: each piece takes a vehicle for two minutes."""
    return plant_of(
        stations={"mill": {"machines": 4}, "wash": {"machines": 4}},
        routes={"part": [{"cut": {"at": "mill", "time": 60.0}}, {"wash": {"at": "wash", "time": 60.0}}]},
        transport={
            "cart": {
                "vehicles": vehicles,
                "speed": 1.0,
                "serves": ["mill", "wash"],
                "distances": {"mill": {"wash": 60.0}},
            }
        },
    )


def test_one_more_vehicle_is_the_line_that_has_one_more() -> None:
    plant, orders = with_fleet(1), orders_of(20)
    line, names = compile_line(plant, orders)
    state = new_state(line)
    more_plant, more_line, more_names, more_state = one_more_vehicle(plant, line, names, state, "cart")
    truth_line, truth_names = compile_line(with_fleet(2), orders)
    assert more_names == truth_names
    for name, array in truth_line.arrays().items():
        assert np.array_equal(array, more_line.arrays()[name]), name
    assert same_state(more_state, new_state(truth_line))
    one, two = (
        forecast(a, b, World(p, a), s, 20 * HOUR_S, futures=2, threads=1).all_done_s[1]
        for p, a, b, s in ((plant, line, names, state), (more_plant, more_line, more_names, more_state))
    )
    assert two < 0.7 * one


def attended(people: dict[str, int]) -> Plant:
    return plant_of(
        calendar={
            "day": {"on": "mon-sun 06:00-18:00"},
            "night": {"on": "mon-sun 18:00-06:00", "unattended": True},
        },
        crews={"hands": {"people": people, "skills": ["wash"]}},
        stations={"mill": {}, "wash": {"needs": "wash"}},
        routes={"part": [{"cut": {"at": "mill", "time": 600.0}}, {"wash": {"at": "wash", "time": 600.0}}]},
    )


def test_a_person_is_needed_when_the_first_part_comes_to_the_attended_station() -> None:
    plant = attended({"day": 1})
    line, names = compile_line(plant, orders_of(3))
    found = attention(line, names, World(plant, line), new_state(line), 24 * HOUR_S, 3, 1)
    step_s = 24 * HOUR_S / 48
    for time_s in (*found.needed_s, *found.unattended_s):
        assert 600.0 <= time_s <= 600.0 + step_s


def test_nobody_is_needed_where_nothing_is_attended() -> None:
    plant = plant_of()
    line, names = compile_line(plant, orders_of(3))
    found = attention(line, names, World(plant, line), new_state(line), HOUR_S, 2, 1)
    assert all(math.isinf(time_s) for time_s in (*found.needed_s, *found.unattended_s))


@pytest.mark.parametrize("seed", [1, 2])
def test_forecast_leaves_the_state_as_it_was(seed: int) -> None:
    plant, orders = plant_of(), orders_of(3)
    line, names = compile_line(plant, orders)
    state = new_state(line)
    before = new_state(line)
    planned = machine_out(state, 0, HOUR_S)
    forecast(line, names, World(plant, line), state, HOUR_S, futures=2, seed=seed, threads=1, planned=planned)
    assert same_state(state, before)
