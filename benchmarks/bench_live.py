"""From a machine's event to the command on its way, with all on disk: a hundred machines, 1,000 events a second.

    make bench-live        (or: python benchmarks/bench_live.py [SECONDS])

1. The decision alone: each event of a virtual run of the line through the control, timed one by one.
2. The durable decision: the live line with machines that only take their time, acknowledge and report, on the wall
   clock. Timed from the moment at which a machine was done until the command that it caused is handed to the
   machines; in between the event loop, the decision, the journal (SQLite, flushed, sealed) and its commit.
3. A bare loop with Python's own sqlite3: the same events at the same rate, one row each, whatever waits in one
   flushed transaction. Timed from the moment at which the event was due until its commit is done.

The parts of 2 and 3 take turns, because the disk of a shared machine is now quick and now slow. The last line
printed is one JSON object.
"""

from __future__ import annotations

import asyncio
import heapq
import json
import math
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from linewright.control import NONE, Command, Event
from linewright.control.codes import Outcome
from linewright.journal import SqliteJournal
from linewright.journal.seal import Key
from linewright.live import LiveLine, Run
from linewright.live.recover import FIRST_ROOM
from linewright.machines import Happening, Job, Taken
from linewright.machines.driver import Report
from linewright.machines.virtual import VirtualShop
from linewright.plant.check import open_plant
from linewright.twin.world import World

PLANT = Path(__file__).parent / "models" / "line100.yaml"
RATE = 1000.0  # events a second
WARMING = 500  # decisions that do not count
DECISIONS = 20_000
SECONDS, TURNS = 20.0, 5
WARMING_S = 2.0  # the line fills
LOOK_S = 0.0005  # how often a loop that waits looks up
OPERATION_S = 0.085  # a hundred machines, a thousand ends a second
DRAIN_S = 0.3  # what has been decided leaves
DECISION_LIMIT_S, DURABLE_LIMIT_S = 0.001, 0.050


def percentiles(times_s: Sequence[float]) -> tuple[float, float]:
    """The middle and the 99th percentile."""
    cut = statistics.quantiles(times_s, n=100)
    return cut[49], cut[98]


# ---------------------------------------------------------------- the decision alone


def decide_alone(run: Run) -> list[float]:
    """Seconds of each decision."""
    decider = run.new_decider()
    shop = VirtualShop(run.line, World(run.plant, run.line).new_nature(1, 0, FIRST_ROOM), lambda: decider.state)
    times_s = []
    for _ in range(WARMING + DECISIONS):
        event = shop.take().event
        begun_s = time.perf_counter()
        commands = decider.decide(event)
        times_s.append(time.perf_counter() - begun_s)
        shop.obey(commands)
    return times_s[WARMING:]


# ---------------------------------------------------------------- the durable decision


class Clockwork:
    """Machines that take their time, on the wall clock, and report; orders come whenever the line calls for one."""

    outlives_us = True

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.runs = False
        self.pending: list[tuple[float, int, Happening | Taken]] = []  # when it is due, the order, what
        self.reports = 0
        self.due_s: list[float] = []  # of each event that was reported, in order
        self.sent_s: list[tuple[int, float]] = []  # by the number of its event in the journal, when a job was here
        self.warm = 0  # so many of the jobs do not count
        self.cpu_s = 0.0  # CPU time of the whole process while the line ran, its journal's thread too
        self._report(0.0, Happening(Event.LOOK_AGAIN, int(NONE)))
        self._report(0.0, Happening(Event.ORDER_ARRIVED, 0, 0, 1, amount=math.inf))

    def _report(self, after_s: float, what: Happening | Taken) -> None:
        self.reports += 1
        heapq.heappush(self.pending, (time.perf_counter() + after_s, self.reports, what))

    def go_on(self) -> None:
        """What was due while something else was measured is due from now on."""
        pause_s = max(time.perf_counter() - self.pending[0][0], 0.0)
        self.pending = [(due_s + pause_s, *rest) for due_s, *rest in self.pending]
        self.runs = True

    async def connect(self, open_jobs: Sequence[Job]) -> None:
        """The line is a new one."""

    async def events(self) -> AsyncGenerator[Report, None]:
        """What happens, when its time has come."""
        while True:
            while not (self.runs and self.pending and self.pending[0][0] <= time.perf_counter()):
                await asyncio.sleep(LOOK_S)
            due_s, _, what = heapq.heappop(self.pending)
            if isinstance(what, Happening):
                self.due_s.append(due_s)
            yield what

    async def send(self, jobs: Sequence[Job]) -> None:
        """The machines acknowledge and obey."""
        now_s = time.perf_counter()
        for job in jobs:
            kind, subject = job.command[:2]
            if kind == Command.START_OPERATION:
                after_s = OPERATION_S * self.dice.uniform(0.7, 1.3)
                ending = Happening(Event.OPERATION_FINISHED, subject, Outcome.PASS, job=job.name)
            elif kind == Command.CALL_ORDER:
                after_s, ending = 0.0, Happening(Event.ORDER_ARRIVED, subject, 0, 1, amount=math.inf)
            else:
                continue
            self.sent_s.append((int(job.name.rsplit("-", 2)[1]), now_s))
            self._report(0.0, Taken(job.name))
            self._report(after_s, ending)

    async def close(self) -> None:
        """There is nothing to let go of."""


async def in_turns(run: Run, journal: SqliteJournal, seconds: float) -> tuple[Clockwork, list[float]]:
    """The machines after all turns, and the seconds of the bare loop's events."""
    machines, bare = Clockwork(1), []
    line = LiveLine(run.new_decider(), machines, journal, time.perf_counter, run.names)
    running = asyncio.create_task(line.run())
    for turn in range(TURNS + 1):
        machines.go_on()
        begun_cpu_s = time.process_time()
        await asyncio.wait([running], timeout=seconds if turn else WARMING_S)
        machines.runs = False
        await asyncio.wait([running], timeout=DRAIN_S)
        machines.cpu_s += time.process_time() - begun_cpu_s
        if running.done():
            running.result()
        if turn:
            bare += bare_loop(journal.path.with_name(f"bare{turn}.db"), seconds)
        else:
            machines.warm = len(machines.sent_s)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return machines, bare


def answers_s(machines: Clockwork, journal: SqliteJournal) -> list[float]:
    """Seconds from each event to each command that it caused, after the warming."""
    own = [seq for block in journal.decisions() for seq in block.seq.tolist() if seq not in block.said]
    due_s = dict(zip(own, machines.due_s, strict=False))
    return [sent_s - due_s[seq] for seq, sent_s in machines.sent_s[machines.warm :]]


# ---------------------------------------------------------------- the bare loop


def bare_loop(path: Path, seconds: float) -> list[float]:
    """Seconds from the moment at which an event is due until it is on disk."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE record (seq INTEGER PRIMARY KEY, kind INTEGER, subject INTEGER, amount REAL)")
    begun_s, n, times_s = time.perf_counter(), 0, []
    while (now_s := time.perf_counter()) < begun_s + seconds:
        due = int((now_s - begun_s) * RATE)
        if due == n:
            time.sleep(LOOK_S)
            continue
        database.execute("BEGIN")
        database.executemany("INSERT INTO record VALUES (?, 1, 2, 3.0)", ((k,) for k in range(n, due)))
        database.execute("COMMIT")
        done_s = time.perf_counter()
        times_s += [done_s - (begun_s + k / RATE) for k in range(n, due)]
        n = due
    database.close()
    return times_s


# ---------------------------------------------------------------- the figures


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    checked = open_plant(PLANT)
    run = Run.of_plant(checked, 1)
    alone = percentiles(decide_alone(run))
    print(f"the decision alone:     p50 {alone[0] * 1e6:6.0f} us   p99 {alone[1] * 1e6:6.0f} us")

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        header, key = run.header(checked.folder), Key.at(Path(folder, "key"))
        with SqliteJournal.create(Path(folder, "live.db"), header, key) as journal:
            machines, bare = asyncio.run(in_turns(run, journal, seconds / TURNS))
        with SqliteJournal.read(Path(folder, "live.db")) as journal:
            durable = answers_s(machines, journal)
    rate = len(machines.due_s) / (seconds + WARMING_S)
    ours, theirs = percentiles(durable), percentiles(bare)
    for what, at, (p50, p99) in (("event to command", rate, ours), ("bare sqlite3", RATE, theirs)):
        print(f"{what:17} {at:5.0f} events/s: p50 {p50 * 1e3:6.1f} ms   p99 {p99 * 1e3:6.1f} ms")
    cpu_us = machines.cpu_s / len(machines.due_s) * 1e6
    print(f"CPU time of an event, from machine to machine: {cpu_us:.0f} us")
    figures = {
        "events_per_s": round(rate),
        "cpu_us_per_event": round(cpu_us),
        "decision_p50_us": round(alone[0] * 1e6, 1),
        "decision_p99_us": round(alone[1] * 1e6, 1),
        "durable_p50_ms": round(ours[0] * 1e3, 2),
        "durable_p99_ms": round(ours[1] * 1e3, 2),
        "bare_p50_ms": round(theirs[0] * 1e3, 2),
        "bare_p99_ms": round(theirs[1] * 1e3, 2),
        "ratio_p50": round(ours[0] / theirs[0], 2),
        "ratio_p99": round(ours[1] / theirs[1], 2),
    }
    print(json.dumps(figures))
    return 0 if alone[1] < DECISION_LIMIT_S and ours[1] < DURABLE_LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main())
