"""Seconds to bring a line back from the journal of a week: a hundred machines, about a million decisions.

    make bench-recover        (or: python benchmarks/bench_recover.py [DAYS])

The week is run on virtual machines and breaks off as far from its last snapshot as can be. Then a process of its
own opens the journal, takes the last snapshot and decides again what came since; its imports and the compiling of
the line count, compiled functions are there. The last line printed is one JSON object.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from linewright.journal import SqliteJournal
from linewright.journal.seal import Key
from linewright.live import LiveLine, Run
from linewright.live.recover import FIRST_ROOM
from linewright.machines.virtual import VirtualShop
from linewright.plant.check import open_plant
from linewright.twin.world import World

PLANT = Path(__file__).parent / "models" / "line100.yaml"
DAY_S = 86_400.0
ROUNDS = 3
LIMIT_S = 5.0
RECOVER = "import sys; from linewright.live import state_of; print(int(state_of(sys.argv[1]).state.g.events[0]))"


class Enough(Exception):
    """The week is over."""


class Cut(LiveLine):
    """A line that is gone just before the snapshot that would be due after so long, with all on record."""

    until_s = math.inf

    def keep(self) -> None:
        """The snapshot, or the end in place of it."""
        if self.decider.now_s >= self.until_s:
            self.journal.commit()
            raise Enough
        super().keep()


def run_a_week(path: Path, until_s: float) -> tuple[int, float]:
    """Write the journal of a run; its events and its seconds."""
    checked = open_plant(PLANT)
    run = Run.of_plant(checked, 1)
    decider = run.new_decider()
    shop = VirtualShop(run.line, World(run.plant, run.line).new_nature(1, 0, FIRST_ROOM), lambda: decider.state)
    begun_s = time.perf_counter()
    with SqliteJournal.create(path, run.header(checked.folder), Key.at(path.with_suffix(".key"))) as journal:
        live = Cut(decider, shop, journal, shop.now_s, run.names)
        live.until_s = until_s
        with contextlib.suppress(Enough):
            asyncio.run(live.run())
    return decider.events, time.perf_counter() - begun_s


def children_cpu_s() -> float:
    """CPU seconds of all processes so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    days = float(sys.argv[1]) if len(sys.argv) > 1 else 7.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "week.db")
        events, took_s = run_a_week(path, days * DAY_S)
        size_mb = path.stat().st_size / 1e6
        print(f"{days:g} days: {events:,} events in {took_s:.1f} s, {size_mb:.0f} MB of journal")
        with SqliteJournal.read(path) as journal:
            kept = journal.snapshot()
            again = sum(len(block) for block in journal.decisions(after=kept.seq if kept else 0))
        best_s = best_cpu_s = math.inf
        for round_ in range(1, ROUNDS + 1):
            begun_s, begun_cpu_s = time.perf_counter(), children_cpu_s()
            told = subprocess.run([sys.executable, "-c", RECOVER, path], check=True, capture_output=True, text=True)
            took_s, used_s = time.perf_counter() - begun_s, children_cpu_s() - begun_cpu_s
            assert int(told.stdout) == events, "the line came back as another one"
            print(f"round {round_}: back after {took_s:.2f} s, {used_s:.2f} s of CPU; {again:,} events decided again")
            best_s, best_cpu_s = min(best_s, took_s), min(best_cpu_s, used_s)
    figures = {"recover_s": round(best_s, 3), "recover_cpu_s": round(best_cpu_s, 3), "journal_mb": round(size_mb)}
    print(json.dumps({"days": days, "events": events, **figures}))
    return 0 if best_s < LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main())
