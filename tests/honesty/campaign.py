"""How honest are forecasts? Runs of drawn plants are stopped half-way and their line is asked for its future.

    python tests/honesty/campaign.py --plants 200

For each open order the 80% interval of its finish (10% to 90% quantile of the futures) is compared with what then
happened. Ends with one line of JSON: the share of intervals that held the truth, and on which side it lay where they
did not. A finish that all futures and the truth agree on to the second is no interval: such orders are counted apart.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from drawn_plants import draw

from linewright.control import compile_line, new_state
from linewright.twin.forecast import forecast
from linewright.twin.life import Life
from linewright.twin.world import World

LONGEST_S = 60 * 86400.0
SURE_S = 1.0


def asked_half_way(seed: int, futures: int) -> Iterator[tuple[float, tuple[float, ...]]]:
    """For each order that was open half-way: when it was done, and the quantiles of the forecast."""
    plant, orders = draw(seed)
    line, names = compile_line(plant, orders, None)
    world = World(plant, line)

    def new_life() -> Life:
        return Life(line, names, new_state(line), world.new_nature(seed, 0, 256))

    truth = new_life()
    done_s = truth.state.order_done_s
    while not np.isfinite(done_s).all() and truth.now_s < LONGEST_S:
        truth.until(truth.now_s + 6 * 3600.0)
        done_s = truth.state.order_done_s
    if not np.isfinite(done_s).all():
        return  # a line that stands still
    half = new_life()
    half.until(0.5 * float(done_s.max()))
    horizon_s = 2.0 * float(done_s.max())
    found = forecast(line, names, world, half.state, horizon_s, futures=futures, seed=seed + 1, threads=1)
    by_name = dict(zip(names.orders, done_s.tolist(), strict=False))
    for order in found.orders:
        yield by_name[order.order], order.done_s


def campaign(plants: int, futures: int, first_seed: int = 1) -> dict[str, Any]:
    """The share of the intervals that held what happened, over so many plants."""
    held, below, above, sure, by_plant = 0, 0, 0, 0, []
    for seed in range(first_seed, first_seed + plants):
        mine = []
        for truth_s, (low_s, _, high_s) in asked_half_way(seed, futures):
            if high_s - low_s < SURE_S and math.isclose(truth_s, low_s, abs_tol=SURE_S):
                sure += 1
                continue
            mine.append(low_s <= truth_s <= high_s)
            below += truth_s < low_s
            above += truth_s > high_s
        held += sum(mine)
        by_plant += [float(np.mean(mine))] if mine else []
    asked = held + below + above
    return {
        "plants": plants,
        "orders": asked,
        "coverage": round(held / asked, 4),
        "sooner": round(below / asked, 4),
        "later": round(above / asked, 4),
        "sure": sure,
        "mean_of_plants": round(float(np.mean(by_plant)), 4),
        "error_of_mean": round(float(np.std(by_plant) / math.sqrt(len(by_plant))), 4),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--plants", type=int, default=200)
    parser.add_argument("--futures", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    result = campaign(given.plants, given.futures, given.seed)
    print(json.dumps(result))
    sys.exit(0 if 0.75 <= result["coverage"] <= 0.85 else 1)
