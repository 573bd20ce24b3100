"""What must be true of any line at any time, on whole plants drawn by hypothesis."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linewright.control import load_state, same_state, save_state, step
from linewright.plant.model import Plant
from linewright.twin.run import run

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from acts import live_among_people  # noqa: E402
from drive import Life, bear, live_on, same, short_and_long, tidy  # noqa: E402
from found import AMONG_PEOPLE, FOUND  # noqa: E402
from invariants import Checker  # noqa: E402
from strategies import as_plant, plants  # noqa: E402
from tough import tough_plants  # noqa: E402

UNHURRIED = settings(
    deadline=None, derandomize=True, max_examples=40, suppress_health_check=list(HealthCheck), database=None
)
EXAMPLES = int(os.environ.get("LINEWRIGHT_EXAMPLES", "40"))  # more of them by hand after a change of the control
any_plant = st.one_of(plants(), tough_plants())


@given(plants(), st.integers(1, 1000))
@settings(UNHURRIED, max_examples=60)
def test_every_state_of_a_plant_is_one_that_can_be(plant: Plant, seed: int) -> None:
    life = bear(plant, seed, units=64)
    checker = Checker(life.line)
    live_on(life, 150, lambda life: checker.check(life.state))


@given(tough_plants(), st.integers(1, 1000))
@settings(UNHURRIED, max_examples=120)
def test_every_state_of_a_tight_plant_is_one_that_can_be(plant: Plant, seed: int) -> None:
    life = bear(plant, seed, units=16)
    checker = Checker(life.line)
    live_on(life, 150, lambda life: checker.check(life.state))


@given(tough_plants(), st.integers(1, 1000), st.randoms(use_true_random=False))
@settings(UNHURRIED, max_examples=EXAMPLES)
def test_people_may_do_anything_at_any_time(plant: Plant, seed: int, random) -> None:  # type: ignore[no-untyped-def]
    life = bear(plant, seed, units=16)
    checker = Checker(life.line)
    live_among_people(life, random, 40, 6, lambda life: checker.check(life.state))


@given(any_plant, st.integers(1, 1000))
@settings(UNHURRIED)
def test_the_same_seed_gives_the_same_line_bit_for_bit(plant: Plant, seed: int) -> None:
    one, other = bear(plant, seed), bear(plant, seed)
    assert live_on(one, 150) == live_on(other, 150)
    assert same(one, other)


@given(any_plant, st.integers(1, 1000), st.integers(0, 150))
@settings(UNHURRIED)
def test_a_fork_has_the_same_future_and_leaves_the_original_alone(
    plant: Plant, seed: int, moment: int
) -> None:
    life = bear(plant, seed, units=64)
    live_on(life, moment)
    fork = life.copy()
    before = life.copy()
    future = live_on(fork, 100)
    assert same(life, before)
    assert live_on(life, 100) == future
    assert same(life, fork)


@given(any_plant, st.integers(1, 1000), st.integers(0, 150))
@settings(UNHURRIED)
def test_a_stored_state_is_the_same_state(plant: Plant, seed: int, moment: int) -> None:
    life = bear(plant, seed)
    live_on(life, moment)
    loaded = load_state(save_state(life.state))
    assert same_state(life.state, loaded)
    fork = life.copy()
    fork.state = loaded
    assert live_on(fork, 60) == live_on(life, 60)


@given(any_plant, st.integers(1, 1000))
@settings(UNHURRIED)
def test_recorded_events_give_the_recorded_commands_again(plant: Plant, seed: int) -> None:
    life = bear(plant, seed, units=2048)
    replayed = life.copy()
    recorded = []
    for _ in range(150):
        commands = life.next()
        if commands is None:
            break
        recorded.append((life.door.event[0].tolist(), commands))
    for event, commands in recorded:
        replayed.door.event[0] = event
        n = step(replayed.line, replayed.state, replayed.door)
        assert replayed.door.command[:n].tolist() == commands
    assert same_state(life.state, replayed.state)


@given(any_plant, st.integers(1, 1000))
@settings(UNHURRIED)
def test_small_pools_grow_and_otherwise_change_nothing(plant: Plant, seed: int) -> None:
    """A line that must grow its pools again and again decides the same as a roomy one."""
    small, roomy = bear(plant, seed, units=16), bear(plant, seed, units=2048)

    def told(life: Life) -> list[tuple[int, int, float]]:
        return [(c[0], c[1], c[6]) for c in live_on(life, 150)]

    a, b = told(small), told(roomy)
    assert not small.state.g[0].need_room
    assert not roomy.state.g[0].need_room
    assert a == b


@given(plants(), st.integers(1, 1000))
@settings(UNHURRIED)
def test_the_short_ways_lead_where_the_long_ones_do(plant: Plant, seed: int) -> None:
    short, long = short_and_long(plant, seed)
    assert live_on(short, 150) == live_on(long, 150)
    assert same(tidy(short), tidy(long))


THREE_MILLS: dict[str, Any] = {
    "plant": "three",
    "materials": {"part": {}},
    "stations": {"saw": {"queue": 0}, "mill": {"machines": 3, "queue": 4}, "wash": {"queue": 2}},
    "routes": {
        "part": [
            {"cut": {"at": "saw", "time": {"dist": "exponential", "mean": "10 s"}}},
            {"mill": {"at": "mill", "time": {"dist": "exponential", "mean": "30 s"}}},
            {"wash": {"at": "wash", "time": {"dist": "exponential", "mean": "10 s"}}},
        ]
    },
    "orders": {"saturated": ["part"]},
}
JAM = {"name": "jam", "every": "60 s", "clock": "calendar", "repair": "25 s", "stops": "station"}


@pytest.mark.parametrize(
    ("station", "more"),
    [("mill", {"failures": [JAM]}), ("wash", {"failures": [JAM]}), ("wash", {"batch": {"least": 2, "most": 3}})],
    ids=["all are repaired at once", "all are blocked, and wait for one", "several places get free at once"],
)
def test_where_several_machines_become_free_the_short_ways_do_as_the_long_ones(
    station: str, more: dict[str, Any]
) -> None:
    stations = THREE_MILLS["stations"]
    plant = as_plant(THREE_MILLS | {"stations": stations | {station: stations[station] | more}})
    short, long = short_and_long(plant, 3)
    assert live_on(short, 2000) == live_on(long, 2000)
    assert same(tidy(short), tidy(long))


@given(any_plant, st.integers(1, 1000))
@settings(UNHURRIED, max_examples=25)
def test_a_whole_run_is_event_after_event(plant: Plant, seed: int) -> None:
    stepped, ran = bear(plant, seed, units=2048), bear(plant, seed, units=2048)
    live_on(stepped, 120)
    until_s = stepped.now_s
    while (
        code := run(
            ran.line, ran.state, ran.nature, ran.door, until_s, 1 << 60, np.zeros(1, np.int64), np.inf
        )
    ) == 1:
        ran.grow()
    assert code in (0, 2)
    rest = bear(plant, seed, units=2048)
    while float(rest.nature.rings_s[rest.nature.tree[1]]) <= until_s:
        rest.next()
    assert rest.state.g[0].events == ran.state.g[0].events
    assert rest.state.material_tally.tobytes() == ran.state.material_tally.tobytes()
    assert rest.nature.stream.tobytes() == ran.nature.stream.tobytes()


@pytest.mark.parametrize("data", [b"", b"no state", b"PK\x03\x04 torn"])
def test_bytes_that_are_no_state_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a line state"):
        load_state(data)


def test_a_state_of_another_version_is_refused() -> None:
    import io

    life = bear(as_plant(ONE_STATION))
    arrays = dict(life.state.arrays())
    arrays["queue"] = np.zeros(3, [("head", "i8")])
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: np.asarray(array) for name, array in arrays.items()})
    with pytest.raises(ValueError, match="not a line state"):
        load_state(buffer.getvalue())


ONE_STATION = {
    "plant": "one",
    "materials": {"raw": {"buy": True}, "part": {}},
    "stations": {"mill": {}},
    "routes": {"part": [{"op": {"at": "mill", "time": "10 s"}}]},
    "orders": {"saturated": ["part"]},
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_stays_mended(name: str) -> None:
    plant, seed = FOUND[name]
    life = bear(as_plant(plant), seed, units=16)
    checker = Checker(life.line)
    live_on(life, 300, lambda life: checker.check(life.state))
    assert life.state.g[0].events > 10


@pytest.mark.parametrize("name", AMONG_PEOPLE)
def test_what_people_found_once_stays_mended(name: str) -> None:
    plant, number = AMONG_PEOPLE[name]
    life = bear(as_plant(plant), 1, units=16)
    checker = Checker(life.line)
    live_among_people(life, Random(number), 60, 6, lambda life: checker.check(life.state))
    assert life.state.g[0].events > 10
