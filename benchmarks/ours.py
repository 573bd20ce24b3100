"""Linewright's side of `bench_twin.py`: one model, one run, one line of JSON.

    python benchmarks/ours.py MODEL PARTS SEED

The plant files in `models/` go through the same door as any other: the full control, all statistics on.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import linewright

MODELS = Path(__file__).parent / "models"
PLANTS = {"a": MODELS / "mm1.yaml", "b": MODELS / "line10.yaml", "c": MODELS / "line12.yaml"}


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
    raise NotImplementedError(f"the twin does not run {PLANTS[model].name} yet")


def main() -> None:
    model, parts, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    cpu_s, finished, measures = ours(model, parts, seed)
    report = {"peer": f"linewright {linewright.__version__}", "model": model, "n": finished, "seed": seed}
    print(json.dumps({**report, "cpu": cpu_s, "rss_mb": peak_memory_mb(), **measures}))


if __name__ == "__main__":
    main()
