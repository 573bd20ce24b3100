"""Seconds for 1,000 futures of a running line: model c, eight hours ahead, on two cores.

    make bench-forecast        (or: python benchmarks/bench_forecast.py [FUTURES])

The line runs for four days first; the state that it stands in then is what is forked. Everything is compiled
before the clock starts, and a forecast of a few futures has been made. The last line printed is one JSON object.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import time
from pathlib import Path

from linewright.control import compile_line, new_state
from linewright.plant import load_plant
from linewright.twin.forecast import forecast
from linewright.twin.life import Life
from linewright.twin.world import World

PLANT = Path(__file__).parent / "models" / "line12.yaml"
FUTURES = 1000
THREADS = 2
HOUR_S = 3600.0
RUNNING_S = 96 * HOUR_S
HORIZON_S = 8 * HOUR_S
ROUNDS = 5
LIMIT_S = 2.0  # what a person at the line will wait for


def cpu_s() -> float:
    """CPU seconds of this process, all threads, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> int:
    futures = int(sys.argv[1]) if len(sys.argv) > 1 else FUTURES
    plant = load_plant(PLANT)
    line, names = compile_line(plant)
    world = World(plant, line)
    state = new_state(line)
    life = Life(line, names, state, world.new_nature(1, 0, len(state.unit)))
    life.until(RUNNING_S)
    forecast(line, names, world, life.state, HORIZON_S, futures=4, seed=1, threads=THREADS)

    best_s, best_cpu_s = math.inf, math.inf
    for round_ in range(1, ROUNDS + 1):
        begun_s, begun_cpu_s = time.perf_counter(), cpu_s()
        found = forecast(line, names, world, life.state, HORIZON_S, futures=futures, seed=round_, threads=THREADS)
        took_s, used_s = time.perf_counter() - begun_s, cpu_s() - begun_cpu_s
        best_s, best_cpu_s = min(best_s, took_s), min(best_cpu_s, used_s)
        low, middle, high = found.finished[:, -1]
        print(
            f"round {round_}: {took_s:.2f} s, {used_s:.2f} s of CPU; "
            f"{middle:.0f} parts in eight hours ({low:.0f} to {high:.0f} in 8 of 10 futures)"
        )
    print(json.dumps({"futures": futures, "threads": THREADS, "s": best_s, "cpu_s": best_cpu_s}))
    return 0 if best_s < LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main())
