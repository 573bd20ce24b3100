"""Control plans in a line where people act and whole stations fail: every state is one that can be."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from acts import live_among_people  # noqa: E402
from drive import live_on  # noqa: E402
from invariants import Checker  # noqa: E402
from quality_lines import by_steps  # noqa: E402

from linewright.control import NONE, Event, MachineState  # noqa: E402

BACK = {"on": ["fail"], "inspect_back": True, "hold": "1 min"}
STOPS = {"name": "power", "every": {"dist": "exponential", "mean": "10 min"}, "repair": "2 min", "stops": "station"}
PROCESS: dict[str, Any] = {"upset": {"every": 40, "by": "0.3 mm"}}


def shop(seed: int, **more: Any) -> Any:
    """Two mills that stop together, a gauge that sees every fifth shaft and calls others back, pumps built of them."""
    build = {"build": {"at": "bench", "takes": {"part": 1}, "time": "14 s"}}
    return by_steps(
        PROCESS, width={"chart": {}, "reaction": BACK}, look={"sample": "1 in 5", "fail": "scrap"},
        mill={"machines": 2, "failures": [STOPS | {"clock": "calendar"}]}, materials={"pump": {}}, seed=seed,
        demand={"streams": [{"material": "pump", "every": "300 s", "quantity": 18}]},
        more_routes={"pump": [build]}, more_stations={"bench": {"queue": "unlimited"}}, **more,
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
def test_people_may_do_anything_where_units_are_called_back(seed: int) -> None:
    life, random = shop(seed), Random(seed)
    checker = Checker(life.line)
    live_among_people(life, random, 100, 12, lambda life: checker.check(life.state))


def test_units_are_called_back_and_machines_looked_at_though_the_station_fails() -> None:
    life = shop(1)
    checker = Checker(life.line)
    live_on(life, 4000, lambda life: checker.check(life.state))
    assert life.state.check_tally.recalled[0] > 5
    assert life.state.machine.looks.sum() == life.state.check_tally.holds[0] > 2
    assert life.state.machine_tally.failures[:2].min() > 2


def test_a_machine_that_was_looked_at_is_down_while_its_station_is() -> None:
    """The look ends during the power cut: the machine is down with the others, and works with them again."""
    life = shop(1)
    line, machine = life.line, life.state.machine.view(np.ndarray)
    (power,), (look,) = np.flatnonzero(line.mode.whole), np.flatnonzero(line.mode.looks)
    live_on(life, 40)
    life.happens(Event.MACHINE_FAILED, 1, int(look))
    assert machine["state"][1] == MachineState.HELD
    life.happens(Event.MACHINE_FAILED, 0, int(power))
    assert (machine["state"][0], machine["state"][1]) == (MachineState.DOWN, MachineState.HELD)
    life.happens(Event.MACHINE_REPAIRED, 1)
    assert machine["state"][1] == MachineState.DOWN
    assert machine["looks"][1] == 1
    life.happens(Event.MACHINE_REPAIRED, 0)
    assert (machine["mode"][:2] == NONE).all()
    assert (machine["state"][:2] != MachineState.DOWN).all()
    assert machine["looks"][1] == 1


def test_a_place_in_the_pool_without_a_unit_is_never_called_back() -> None:
    life = shop(1)
    unit = life.state.unit.view(np.ndarray)
    assert (unit["skipped_at"][unit["serial"] == NONE] == NONE).all()
