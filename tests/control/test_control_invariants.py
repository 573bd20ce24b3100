"""What must be true after every event, on whole plants drawn by hypothesis and on the examples."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linewright.plant.model import Plant

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from drive import bear, live_on  # noqa: E402
from invariants import Checker  # noqa: E402
from strategies import plants  # noqa: E402
from tough import tough_plants  # noqa: E402

GEAR_PUMP = HERE.parent.parent / "examples" / "gear-pump" / "plant.yaml"
UNHURRIED = settings(
    deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow], database=None
)


@given(plants(), st.integers(1, 1000))
@settings(UNHURRIED, max_examples=120)
def test_every_state_of_a_plant_is_one_that_can_be(plant: Plant, seed: int) -> None:
    life = bear(plant, seed, units=64)
    checker = Checker(life.line)
    live_on(life, 250, lambda life: checker.check(life.state))


@given(tough_plants(), st.integers(1, 1000))
@settings(UNHURRIED, max_examples=150)
def test_every_state_of_a_tight_plant_is_one_that_can_be(plant: Plant, seed: int) -> None:
    life = bear(plant, seed, units=16)
    checker = Checker(life.line)
    live_on(life, 250, lambda life: checker.check(life.state))
