"""Linewright's side of `bench_twin.py`: one model, one run, one line of JSON.

    python benchmarks/ours.py MODEL PARTS SEED

The plant files in `models/` go through the same door as any other: the full control, all statistics on.
"""

from __future__ import annotations

import json
import math
import resource
import sys
from pathlib import Path

import linewright
from linewright.control import Line, Names, compile_line, new_state
from linewright.plant import load_plant
from linewright.twin.life import Life
from linewright.twin.results import Layout
from linewright.twin.world import World

MODELS = Path(__file__).parent / "models"
PLANTS = {"a": MODELS / "mm1.yaml", "b": MODELS / "line10.yaml", "c": MODELS / "line12.yaml"}
MINUTE_S = 60.0
WARMING_PARTS = 20


def user_cpu_s() -> float:
    """CPU seconds that this process has spent in user mode, all threads together."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def peak_memory_mb() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(model: str, parts: int, seed: int) -> tuple[float, int, dict[str, float]]:
    """Run `model` from empty until `parts` finished parts have left, in one replication on one core.

    Returns the user CPU seconds of the run alone (loading, compiling and a short first run are over), the
    parts finished, and the measures in the models' unit of time, the minute: `thr` (parts per minute), `W`
    (mean minutes from a part's entry to its exit).
    """
    plant = load_plant(PLANTS[model])
    line, names = compile_line(plant)
    world = World(plant, line)
    new_life(line, names, world, seed=0).until(math.inf, WARMING_PARTS)

    life = new_life(line, names, world, seed)
    begun_s = user_cpu_s()
    life.until(math.inf, parts)
    cpu_s = user_cpu_s() - begun_s
    tally = life.state.material_tally[Layout.of(line, names).products]
    lead_s = float(tally.lead_s.sum() / tally.finished.sum())
    return cpu_s, life.finished, {"thr": life.finished / (life.now_s / MINUTE_S), "W": lead_s / MINUTE_S}


def new_life(line: Line, names: Names, world: World, seed: int) -> Life:
    """The line, empty and idle at time 0."""
    state = new_state(line)
    return Life(line, names, state, world.new_nature(seed, 0, len(state.unit)))


def main() -> None:
    model, parts, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    cpu_s, finished, measures = ours(model, parts, seed)
    report = {"peer": f"linewright {linewright.__version__}", "model": model, "n": finished, "seed": seed}
    print(json.dumps({**report, "cpu": cpu_s, "rss_mb": peak_memory_mb(), **measures}))


if __name__ == "__main__":
    main()
