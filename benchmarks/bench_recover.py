"""Seconds to bring a line back from the journal of a week: a hundred machines, about a million decisions.

    make bench-recover        (or: python benchmarks/bench_recover.py [DAYS])

The week is run on virtual machines and breaks off as far from its last snapshot as can be. Then processes of their
own, in turns, take the last snapshot and decide again what came since: one only finds out how the line stood; one is
`run --resume`, until the line hears of its first new event; one is `serve --resume`, until its board answers and until
it knows the line's past. Their imports and the compiling of the line count, compiled functions are there. The last
line printed is one JSON object.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from linewright.journal import SqliteJournal
from linewright.journal.seal import KEY_VARIABLE, Key
from linewright.live import Levels, LiveLine, Run
from linewright.live.recover import FIRST_ROOM
from linewright.machines.pending import Pending
from linewright.machines.virtual import VirtualShop
from linewright.plant.check import open_plant
from linewright.twin.world import World

PLANT = Path(__file__).parent / "models" / "line100.yaml"
DAY_S = 86_400.0
ROUNDS = 3
LIMIT_S = 5.0
RECOVER = "import sys; from linewright.live import state_of; print(int(state_of(sys.argv[1]).state.g.events[0]))"
RESUME = """
import os, sys
from linewright.cli import main
from linewright.live import LiveLine

async def hear(self, report):
    print(self.decider.events, flush=True)
    os._exit(0)

LiveLine.hear = hear
main(["run", sys.argv[2], "--journal", sys.argv[1], "--resume", "--until", "10000 d"])
"""
POLL_S = 0.02


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
    decider = run.new_decider(Levels())
    nature = World(run.plant, run.line).new_nature(1, 0, FIRST_ROOM)
    shop = VirtualShop(run.line, nature, lambda: decider.state)
    begun_s = time.perf_counter()
    with SqliteJournal.create(path, run.header(checked.folder), Key.at(Path(os.environ[KEY_VARIABLE]))) as journal:
        live = Cut(decider, shop, journal, shop.now_s, run.names)
        live.parts["pending"] = Pending(nature, 1)
        live.until_s = until_s
        with contextlib.suppress(Enough):
            asyncio.run(live.run())
    return decider.events, time.perf_counter() - begun_s


def children_cpu_s() -> float:
    """CPU seconds of all processes so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(code: str, path: Path) -> tuple[float, float, int]:
    """Run Python in a process of its own on a journal: its seconds, its CPU seconds, the number that it prints."""
    begun_s, begun_cpu_s = time.perf_counter(), children_cpu_s()
    words = [sys.executable, "-c", code, str(path), str(PLANT)]
    told = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - begun_s, children_cpu_s() - begun_cpu_s, int(told.stdout.split()[-1])


def answers(url: str) -> bool:
    """Does the board answer so?"""
    try:
        with urllib.request.urlopen(url) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as refused:
        assert refused.code == 503, refused
        return False


def serve(path: Path) -> tuple[float, float]:
    """Seconds until `serve --resume` answers how the line stands, and until it answers where the time went."""
    begun_s = time.perf_counter()
    words = ["serve", str(PLANT), "--journal", str(path), "--resume", "--port", "0", "--json"]
    with subprocess.Popen([sys.executable, "-m", "linewright.cli", *words], stdout=subprocess.PIPE, text=True) as board:
        assert board.stdout is not None
        url = json.loads(board.stdout.readline())["url"]
        took = []
        for page in ("now", "times"):
            while not answers(f"{url}/api/v1/{page}"):
                time.sleep(POLL_S)
            took.append(time.perf_counter() - begun_s)
        board.send_signal(signal.SIGINT)
    return took[0], took[1]


def main() -> int:
    days = float(sys.argv[1]) if len(sys.argv) > 1 else 7.0
    best: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "week.db")
        os.environ[KEY_VARIABLE] = str(path.with_suffix(".key"))
        events, took_s = run_a_week(path, days * DAY_S)
        size_mb = path.stat().st_size / 1e6
        with SqliteJournal.read(path) as journal:
            kept = journal.snapshot()
            again = sum(len(block) for block in journal.decisions(after=kept.seq if kept else 0))
            snapshots_mb = sum(len(snapshot.state) for snapshot in journal.snapshots()) / 1e6
        print(
            f"{days:g} days: {events:,} events in {took_s:.1f} s, {size_mb:.0f} MB of journal, "
            f"{snapshots_mb:.0f} MB of it snapshots; {again:,} events since the last"
        )
        for round_ in range(1, ROUNDS + 1):
            found: dict[str, float] = {}
            for name, code in (("recover", RECOVER), ("resume", RESUME)):
                found[f"{name}_s"], found[f"{name}_cpu_s"], stood = timed(code, path)
                assert stood == events, "the line came back as another one"
            print(f"round {round_}: {', '.join(f'{name} {seconds:.2f}' for name, seconds in found.items())}")
            best = {name: min(seconds, best.get(name, math.inf)) for name, seconds in found.items()}
        best["serve_s"], best["past_s"] = serve(shutil.copy(path, path.with_name("served.db")))
        print(f"the board answers after {best['serve_s']:.2f} s, and knows the past after {best['past_s']:.1f} s")
    figures = {name: round(seconds, 3) for name, seconds in best.items()}
    print(json.dumps({"days": days, "events": events, **figures, "journal_mb": round(size_mb)}))
    return 0 if max(best["recover_s"], best["resume_s"]) < LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main())
