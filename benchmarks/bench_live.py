"""From a machine's event to the command on its way, with all on disk: a hundred machines, 1,000 events a second.

    make bench-live        (or: python benchmarks/bench_live.py [SECONDS])

1. The decision alone: each event of a virtual run of the line through the control, timed one by one.
2. The durable decision: machines that only take their time and report, on the wall clock. Timed from the moment
   at which a machine was done until the command that it caused is handed to the machines; in between the event
   loop, the decision, the journal (SQLite, flushed, sealed) and its commit.
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
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from linewright.control import NONE, Command, Event
from linewright.control.codes import Outcome
from linewright.journal import Outgoing, SqliteJournal
from linewright.journal.seal import Key
from linewright.live import Decider, Run
from linewright.live.recover import FIRST_ROOM
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
OPERATION_S = 0.1  # a hundred machines, a thousand ends a second
SENT = (Command.START_OPERATION, Command.CALL_ORDER)
DECISION_LIMIT_S, DURABLE_LIMIT_S = 0.001, 0.050
Job = tuple[str, int, tuple[int, int, int, int, int, float, float]]  # name, number of the event, command


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
        event = shop.take()
        begun_s = time.perf_counter()
        commands = decider.decide(event)
        times_s.append(time.perf_counter() - begun_s)
        shop.obey(commands)
    return times_s[WARMING:]


# ---------------------------------------------------------------- the durable decision


class Clockwork:
    """Machines that take their time, on the wall clock, and report; orders come whenever the line calls for one."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.due: list[tuple[float, tuple[int, int, int, int], str]] = []  # when; kind, subject, detail, number; job
        self.due_s: dict[int, float] = {}  # when an event was due, by its number in the journal
        self.answers_s: list[float] = []  # from then until a command that it caused was here
        for first in ((Event.LOOK_AGAIN, int(NONE), int(NONE), int(NONE)), (Event.ORDER_ARRIVED, 0, 0, 1)):
            self._report(0.0, first)

    def _report(self, after_s: float, what: tuple[int, int, int, int], job: str = "") -> None:
        heapq.heappush(self.due, (time.perf_counter() + after_s, what, job))

    async def next(self) -> tuple[float, tuple[int, int, int, int], str]:
        """What happens next, when its time has come."""
        while not self.due or self.due[0][0] > time.perf_counter():
            await asyncio.sleep(LOOK_S)
        return heapq.heappop(self.due)

    def forget_the_pause(self) -> None:
        """The line stood while something else was measured: what was due then is due from now on."""
        if self.due:
            pause_s = time.perf_counter() - self.due[0][0]
            self.due = [(due_s + pause_s, *rest) for due_s, *rest in self.due]
        self.answers_s = []

    async def send(self, jobs: Sequence[Job]) -> None:
        """The machines obey."""
        now_s = time.perf_counter()
        for name, seq, (kind, subject, *_) in jobs:
            self.answers_s.append(now_s - self.due_s[seq])
            if kind == Command.START_OPERATION:
                after_s = OPERATION_S * self.dice.uniform(0.7, 1.3)
                self._report(after_s, (Event.OPERATION_FINISHED, subject, Outcome.PASS, int(NONE)), name)
            elif kind == Command.CALL_ORDER:
                self._report(0.0, (Event.ORDER_ARRIVED, subject, 0, 1))


class DurableLine:
    """Wait, decide, record; the commands leave when they are on disk."""

    def __init__(self, decider: Decider, journal: SqliteJournal, machines: Clockwork) -> None:
        self.decider, self.journal, self.machines = decider, journal, machines
        self.outgoing: Outgoing[Job] = Outgoing(journal, machines.send)
        self.leaving = asyncio.create_task(self.outgoing.leave())

    async def work(self, seconds: float) -> int:
        """For so long; how many events there were. In the end nothing waits to leave."""
        begun_s, n = time.perf_counter(), 0
        while time.perf_counter() - begun_s < seconds and not self.leaving.done():
            self.take(*await self.machines.next())
            n += 1
        await self.journal.durable()
        await asyncio.sleep(0.0)
        return n

    def take(self, due_s: float, what: tuple[int, int, int, int], job: str) -> None:
        """One event."""
        kind, subject, detail, number = what
        amount = math.inf if kind == Event.ORDER_ARRIVED else 0.0
        event = (int(kind), subject, int(detail), number, self.decider.now_s + 1.0 / RATE, amount)
        commands = self.decider.decide(event)
        places = np.flatnonzero(np.isin(commands["kind"], SENT)).tolist()
        seq = self.journal.append(event, commands, job=job, sent=places)
        self.machines.due_s[seq] = due_s
        name = self.journal.job_name
        self.outgoing.put([(name(seq, place), seq, commands[place].item()) for place in places])


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


async def in_turns(decider: Decider, journal: SqliteJournal, seconds: float) -> tuple[float, list[float], list[float]]:
    """Events a second of the line; seconds from event to command; seconds of the bare loop."""
    machines, events = Clockwork(1), 0
    durable: list[float] = []
    bare: list[float] = []
    line = DurableLine(decider, journal, machines)
    await line.work(WARMING_S)
    for turn in range(TURNS):
        machines.forget_the_pause()
        events += await line.work(seconds)
        durable += machines.answers_s
        bare += bare_loop(journal.path.with_name(f"bare{turn}.db"), seconds)
    line.leaving.cancel()
    return events / seconds / TURNS, durable, bare


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    checked = open_plant(PLANT)
    run = Run.of_plant(checked, 1)
    alone = percentiles(decide_alone(run))
    print(f"the decision alone:     p50 {alone[0] * 1e6:6.0f} us   p99 {alone[1] * 1e6:6.0f} us")

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        header = run.header(checked.folder)
        key = Key.at(Path(folder, "key"))
        with SqliteJournal.create(Path(folder, "live.db"), header, key) as journal:
            rate, durable, bare = asyncio.run(in_turns(run.new_decider(), journal, seconds / TURNS))
    ours, theirs = percentiles(durable), percentiles(bare)
    for what, at, (p50, p99) in (("event to command", rate, ours), ("bare sqlite3", RATE, theirs)):
        print(f"{what:17} {at:5.0f} events/s: p50 {p50 * 1e3:6.1f} ms   p99 {p99 * 1e3:6.1f} ms")
    figures = {
        "events_per_s": round(rate),
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
