"""The box assembly on machines behind OPC UA, the line killed on the way and started again; then the judge.

    python tests/live/nist_live.py --assemblies 20 --speed 60x

Three processes, as on a shop floor: `linewright machines` serves the five machines, `linewright run` makes the
assemblies, and once the first of them are done it is killed (-9) in the middle of work and resumed. The two trust each
other's certificates. The judge then asks: is all made, was any work done twice, does the replayed journal give the
report that the line gave, and does each assembly lead to its three parts and to what was measured on them? Ends with
one line of JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linewright.cli import program
from linewright.commands.compiling import get_compiled
from linewright.commands.report import read_result
from linewright.control import Command, Event
from linewright.control.codes import Outcome
from linewright.errors import InputError
from linewright.journal import SqliteJournal
from linewright.live import Run, genealogy_of, verify
from linewright.machines.opcua.security import Pki
from linewright.plant.check import open_plant
from linewright.twin.report.facts import result_facts

PLANT = Path(__file__).parents[2] / "examples" / "nist-box" / "plant.yaml"
PARTS = {"box": 0, "cover": 2, "plate": 2}  # how many values are measured on each
HALF_WAY = 12  # operations and trips of an assembly, of 26
LOOK_S = 0.5


# ---------------------------------------------------------------- the processes


def live_run(folder: Path, assemblies: int, speed: str) -> dict[str, Any]:
    """Make so many assemblies, with one kill; what the judge found."""
    began_s = time.monotonic()
    get_compiled(open_plant(PLANT).plant, decides=True, acts=True)  # once, for all processes
    order(folder / "orders.csv", assemblies)
    trust_each_other(Pki.open(folder / "line-pki"), Pki.open(folder / "machines-pki"))
    with machines(folder, speed) as endpoint:
        killed = kill_at_work(folder, start_line(folder, speed, endpoint), HALF_WAY * assemblies)
        line = start_line(folder, speed, endpoint, "--resume")
        if code := os.waitstatus_to_exitcode(os.waitpid(line, 0)[1]):
            raise SystemExit(f"the line ended with {code}: see {folder / 'run.err'}")
    found = judge(folder, assemblies, json.loads((folder / "run.out").read_text().splitlines()[-1]))
    return {**found, "speed": speed, **killed, "wall_s": round(time.monotonic() - began_s, 1)}


def order(path: Path, assemblies: int) -> None:
    """The first orders of the example."""
    with PLANT.with_name("orders.csv").open(newline="") as source:
        rows = list(csv.reader(source))
    with path.open("w", newline="") as target:
        csv.writer(target).writerows(rows[: assemblies + 1])


def trust_each_other(one: Pki, other: Pki) -> None:
    """Each gets the other's certificate, as two installations would."""
    shutil.copy(one.own, other.trusted)
    shutil.copy(other.own, one.trusted / "machines.der")


@contextlib.contextmanager
def machines(folder: Path, speed: str) -> Iterator[str]:
    """The machines in a process of their own; their endpoint."""
    words = ["machines", str(PLANT), "--port", "0", "--speed", speed, "--memory", "memory.jsonl", "--json"]
    process = start(folder, *words, "--pki", "machines-pki")
    try:
        while not (said := (folder / "machines.out").read_text()).endswith("\n"):
            time.sleep(LOOK_S)
        yield json.loads(said)["endpoints"][0]
    finally:
        os.kill(process, signal.SIGINT)
        os.waitpid(process, 0)


def start_line(folder: Path, speed: str, endpoint: str, *more: str) -> int:
    """The line in a process of its own."""
    words = ["run", str(PLANT), "--orders", "orders.csv", "--speed", speed, "--machines", endpoint]
    return start(folder, *words, "--journal", "run.db", "--pki", "line-pki", "--json", *more)


def start(folder: Path, *words: str) -> int:
    """`linewright` with these words, in a process of its own that need not load everything again; its number."""
    (folder / f"{words[0]}.out").touch()
    process = os.fork()
    if process == 0:
        os.chdir(folder)
        for stream, ending in ((sys.stdout, "out"), (sys.stderr, "err")):
            os.dup2(os.open(f"{words[0]}.{ending}", os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream.fileno())
        sys.argv = ["linewright", *words]
        program()
    return process


def kill_at_work(folder: Path, line: int, after: int) -> dict[str, Any]:
    """Kill the line after so many operations, as soon as a machine is at work; what stood in the journal."""
    while not os.waitpid(line, os.WNOHANG)[0]:
        operations, at_work, time_s = progress(folder / "run.db")
        if operations >= after and at_work:
            os.kill(line, signal.SIGKILL)
            os.waitpid(line, 0)
            return {"killed_after_operations": operations, "killed_at_s": round(time_s), "jobs_open_at_kill": at_work}
        time.sleep(LOOK_S)
    raise SystemExit(f"the line ended by itself: see {folder / 'run.err'}")


def progress(path: Path) -> tuple[int, int, float]:
    """How many operations have ended, how many are under way, and the plant time, s."""
    try:
        with SqliteJournal.read(path) as journal:
            ended = sum(ends_of(journal).values())
            at_work = sum(command[0] == Command.START_OPERATION for _, command, _ in journal.open_jobs())
            return ended, at_work, journal.head().time_s
    except (InputError, OSError):
        return 0, 0, 0.0  # it is not there yet


def ends_of(journal: SqliteJournal) -> Counter[int]:
    """How many operations and trips have ended, by machine."""
    events = (event for block in journal.decisions() for event in block.events.tolist())
    return Counter(event[1] for event in events if event[0] == Event.OPERATION_FINISHED)


# ---------------------------------------------------------------- the judge


def judge(folder: Path, assemblies: int, reported: dict[str, Any]) -> dict[str, Any]:
    """What was made, beside what was ordered, what the machines counted, and what they measured."""
    path = folder / "run.db"
    with SqliteJournal.read(path) as journal:
        run = Run.of_journal(journal)
        verdict = verify(journal, run.new_decider())
        ends = ends_of(journal)
        left = len(list(journal.open_jobs()))
    replayed = json.dumps(result_facts(read_result(path)))  # as `linewright report run.db --json`
    units = genealogy_of(path).units
    products = [unit for unit in units.values() if unit.material == "assembly" and unit.end == "finished"]
    kept = [json.loads(line) for line in (folder / "memory.jsonl").read_text(encoding="utf-8").splitlines()]
    counted = {run.names.machines.index(row["machine"]): int(row["parts"]) for row in kept}  # the last one counts
    values, unlike = measured(kept, units)
    return {
        "assemblies": assemblies,
        "finished": len(products),
        "traced": sum(is_traced(unit, units) for unit in products),
        "operations": sum(ends[m] for m in counted),
        "counted_by_machines": sum(counted.values()),
        "lost_or_doubled": sum(abs(ends[m] - counted[m]) for m in counted) + abs(len(products) - assemblies),
        "values_compared": values,
        "values_unlike": unlike,
        "jobs_left_open": left,
        "report_equal": json.loads(replayed) == reported,
        "chain_ok": verdict.holds,
        "events": verdict.events,
    }


def is_traced(assembly: Any, units: dict[int, Any]) -> bool:
    """Does it lead to its three parts, and each of these to the record of the inspection that passed it?"""
    parts = [units[serial] for serial in assembly.components]
    return sorted(part.material for part in parts) == sorted(PARTS) and all(map(has_record, parts))


def has_record(part: Any) -> bool:
    """When, where and by whom it was inspected, that it passed, and each value that is measured of its kind."""
    inspections = [work for work in part.work if work.operation == f"{part.material}.inspect"]
    last = inspections[-1]
    values = {name for name, _, time_s in part.values if last.started_s < time_s <= last.finished_s}
    return (
        (last.machine, last.crew, last.outcome) == ("cmm", "inspectors", Outcome.PASS)
        and last.started_s < last.finished_s <= part.taken_s
        and len(values) == PARTS[part.material]
    )


def measured(kept: list[dict[str, Any]], units: dict[int, Any]) -> tuple[int, int]:
    """Values that machines remember or remembered, and how many of them the genealogy tells otherwise."""
    said = {
        (int(job["order"]["unit"]), name, value)
        for row in kept
        for job in row["jobs"]
        for name, value in job["results"].items()
        if not isinstance(value, str)
    }
    told = {(serial, name, value) for serial, unit in units.items() for name, value, _ in unit.values}
    return len(said), len(said - told)


def is_good(found: dict[str, Any]) -> bool:
    """Is all as it must be?"""
    whole = found["finished"] == found["traced"] == found["assemblies"]
    wrong = ("lost_or_doubled", "values_unlike", "jobs_left_open")
    return whole and found["report_equal"] and found["chain_ok"] and not any(found[name] for name in wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assemblies", type=int, default=20, help="of the twenty of the example")
    parser.add_argument("--speed", default="60x", help="so many times real time")
    given = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="nist-live-"))
    answer = live_run(place, given.assemblies, given.speed)
    print(json.dumps(answer))
    if not is_good(answer):
        sys.exit(f"kept for a look: {place}")
    shutil.rmtree(place)
