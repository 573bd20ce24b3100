"""Count which way the branches of compiled code go on lines at work, for `src/linewright/compiled/ways.json`.

    python benchmarks/count_ways.py

Each plant runs for the same number of events, so that none counts for more than another. What is counted steers how
machine code is laid out (see docs/decisions/parts-linked-once.md); results do not depend on it.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

os.environ["LINEWRIGHT_COUNT_WAYS"] = "1"  # before anything is compiled

from ours import PLANTS, new_life

from linewright.compiled import ways
from linewright.control import compile_line
from linewright.plant.check import open_plant
from linewright.twin.world import World

EXAMPLES = Path(__file__).parents[1] / "examples"
EVENTS = 300_000
DAY_S = 86400.0
NO_END = 1 << 62  # parts
LONGEST_S = 60 * DAY_S  # of a line whose orders are made before that


def run(plant: Path) -> dict[tuple[str, str, str], tuple[int, int]]:
    """The ways that a plant's line took, per event."""
    checked = open_plant(plant)
    line, names = compile_line(checked.plant, checked.orders, checked.folder)
    life = new_life(line, names, World(checked.plant, line), seed=1)
    ways.forget_counts()
    while life.state.g[0].events < EVENTS and life.now_s < LONGEST_S:
        life.until(life.now_s + DAY_S, NO_END)
    return ways.counts()


def main() -> None:
    """Count, and write."""
    total: Counter[tuple[tuple[str, str, str], int]] = Counter()
    for plant in (PLANTS["b"], PLANTS["c"], *sorted(EXAMPLES.glob("**/plant.yaml"))):
        for branch, pair in run(plant).items():
            for k in (0, 1):
                total[branch, k] += pair[k]
        print(plant)
    branches = {branch for branch, _ in total}
    written = ways.write({branch: (total[branch, 0], total[branch, 1]) for branch in branches})
    print(f"{written} branches of {len(branches)} were met; {ways.FILE} says which way they went")


if __name__ == "__main__":
    main()
