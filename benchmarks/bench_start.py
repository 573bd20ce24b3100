"""Seconds from the command to its answer: `simulate` on the demo with an empty cache and a warm one, `--help`.

    make bench-start        (or: python benchmarks/bench_start.py)

Every call is a process of its own, timed from outside. The last line printed is one JSON object.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DEMO = Path(__file__).parents[1] / "examples" / "nist-box"
SIMULATE = ("simulate", str(DEMO / "plant.yaml"), "--orders", str(DEMO / "orders.csv"))
WARM_ROUNDS = 5
LIMITS_S = {"cold": 30.0, "warm": 1.5, "help": 0.4}


def seconds(words: tuple[str, ...], cache: str) -> tuple[float, float]:
    """Wall seconds and CPU seconds of one call of the program."""
    begun_s, begun_cpu_s = time.perf_counter(), children_cpu_s()
    command = [sys.executable, "-m", "linewright.cli", *words]
    environment = {**os.environ, "LINEWRIGHT_CACHE": cache}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun_s, children_cpu_s() - begun_cpu_s


def children_cpu_s() -> float:
    """CPU seconds of all calls so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    with tempfile.TemporaryDirectory() as cache:
        found = {"cold": seconds(SIMULATE, cache)}
        found["warm"] = min(seconds(SIMULATE, cache) for _ in range(WARM_ROUNDS))
        found["help"] = min(seconds(("--help",), cache) for _ in range(WARM_ROUNDS))
    for what, (took_s, used_s) in found.items():
        print(f"{what:6}{took_s:8.2f} s{used_s:8.2f} s of CPU   wanted: under {LIMITS_S[what]:g} s")
    print(json.dumps({f"{what}_s": round(took_s, 3) for what, (took_s, _) in found.items()}))
    return 0 if all(took_s < LIMITS_S[what] for what, (took_s, _) in found.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
