"""Many drawn plants, each looked at after every event: does anything become true of a line that cannot be?

The suite draws the same few plants every time; this draws others. The last line is one line of JSON. A plant that
breaks something is printed as it was drawn: it belongs into `found.py`, with its remedy.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from acts import live_among_people  # noqa: E402
from drive import bear, live_on, same, short_and_long, tidy  # noqa: E402
from invariants import Checker  # noqa: E402
from strategies import plants  # noqa: E402
from tough import tough_plants  # noqa: E402

from linewright.plant.model import Plant  # noqa: E402

SEEDS = st.integers(1, 1000)


@given(plants(), SEEDS)
def by_itself(plant: Plant, seed: int) -> None:
    life = bear(plant, seed, units=64)
    checker = Checker(life.line)
    live_on(life, 300, lambda life: checker.check(life.state))


@given(tough_plants(), SEEDS)
def tight(plant: Plant, seed: int) -> None:
    life = bear(plant, seed, units=16)
    checker = Checker(life.line)
    live_on(life, 300, lambda life: checker.check(life.state))


@given(tough_plants(), SEEDS, st.randoms(use_true_random=False))
def among_people(plant: Plant, seed: int, random: Random) -> None:
    life = bear(plant, seed, units=16)
    checker = Checker(life.line)
    live_among_people(life, random, 60, 6, lambda life: checker.check(life.state))


@given(tough_plants(), SEEDS)
def either_way(plant: Plant, seed: int) -> None:
    short, long = short_and_long(plant, seed)
    assert live_on(short, 300) == live_on(long, 300)
    assert same(tidy(short), tidy(long))


def holds(property: Callable[[], None], plants: int, number: int) -> bool:
    """Draw so many plants; what breaks is printed."""
    drawn = settings(
        max_examples=plants,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )(seed(number)(property))
    try:
        drawn()
    except Exception:
        traceback.print_exc()
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plants", type=int, default=1000, help="so many of each of the four kinds")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    kinds = {"by_itself": by_itself, "tight": tight, "either_way": either_way, "among_people": among_people}
    result = {name: holds(kind, given.plants, given.seed) for name, kind in kinds.items()}
    print(json.dumps({"plants": given.plants * len(kinds), "seed": given.seed, "holds": result}))
    raise SystemExit(0 if all(result.values()) else 1)


if __name__ == "__main__":
    main()
