"""A line with machines in processes of their own, disturbed at random; then the judge counts.

    python tests/faults/campaign.py --faults 1000 --seed 1 [--opcua]

Its machines speak a small protocol of their own over sockets, so that a fault takes milliseconds; with `--opcua` they
stand behind OPC UA (`opcua_shop.py`). Faults: kill -9 of the line; of a machine, with its memory or with amnesia; cut
connections; a stalled line or machine; a flush that the disk refuses; a full disk; a wall clock that is set. A person
(a task that looks at the machine's own log, as somebody would look at the machine) answers what is asked. The judge
compares what the machines physically did with what the journal says: no unit lost or doubled, no job done twice, the
chain whole, every decision decided again. Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import apsw

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "live")]

from opcua_shop import OpcUaShop  # noqa: E402
from socket_shop import Shop, SocketShop, fork  # noqa: E402

from linewright.commands.compiling import get_compiled  # noqa: E402
from linewright.control import Command, Event  # noqa: E402
from linewright.errors import InputError  # noqa: E402
from linewright.journal import SqliteJournal  # noqa: E402
from linewright.live import Action, ActionKind, Answer, LiveLine, Person, Role, Run, genealogy_of, verify  # noqa: E402
from linewright.live import line as live_line  # noqa: E402
from linewright.live.clock import PlantClock  # noqa: E402
from linewright.live.recover import recover  # noqa: E402
from linewright.live.world import Surroundings  # noqa: E402
from linewright.plant.check import CheckedPlant, open_plant  # noqa: E402

FAULTS = (
    "kill line", "kill machine", "amnesia", "cut", "stall machine", "stall line", "refuse flush", "full disk", "clock",
)
REAL_DISK = apsw.vfs_names()[0]
STUCK_S = 240.0  # a line that is left alone must be done by then
MakeShop = Callable[[Path, Run, CheckedPlant, random.Random], Shop]

PLANT = """
plant: faults
materials: { sheet: { buy: true }, body: {}, lid: {}, case: { serial: true } }
stations:
  press: { machines: 2, queue: 6, setup: { by: material, time: 4 min }, failures: [
    { name: jam, every: { dist: exponential, mean: 90 min }, repair: { dist: exponential, mean: 6 min } }] }
  oven: { batch: { least: 1, most: 4 }, queue: 8, failures: [
    { name: cold, every: { dist: exponential, mean: 90 min }, repair: { dist: exponential, mean: 6 min } }] }
  bench: { queue: { body: 20, lid: 20 }, failures: [
    { name: jam, every: { dist: exponential, mean: 90 min }, repair: { dist: exponential, mean: 6 min } }] }
  rig: { queue: 3, failures: [
    { name: jam, every: { dist: exponential, mean: 90 min }, repair: { dist: exponential, mean: 6 min } }] }
routes:
  body:
    - stamp: { at: press, takes: { sheet: 2 }, time: 3 min }
    - bake: { at: oven, time: 12 min }
  lid:
    - stamp: { at: press, takes: { sheet: 1 }, time: 2 min }
    - bake: { at: oven, time: 12 min }
  case:
    - join: { at: bench, takes: { body: 1, lid: 1 }, time: 2 min }
    - test: { at: rig, time: 1 min }
orders: { from: orders.csv }
control: { release: { conwip: 12 } }
"""


# ---------------------------------------------------------------- the processes


class Disk(apsw.VFS):
    """The real disk, but for what it is told to refuse."""

    refuses = ""  # "flush" or "room"

    def __init__(self) -> None:
        super().__init__("faulty", REAL_DISK, makedefault=True)

    def xOpen(self, name: object, flags: list[int]) -> DiskFile:
        return DiskFile(name, flags)


class DiskFile(apsw.VFSFile):
    def __init__(self, name: object, flags: list[int]) -> None:
        super().__init__(REAL_DISK, name, flags)

    def xSync(self, flags: int) -> None:
        if Disk.refuses == "flush":
            raise apsw.IOError("flush refused")
        super().xSync(flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        if Disk.refuses == "room":
            raise apsw.FullError("disk full")
        super().xWrite(data, offset)


def be_line(folder: Path, run: Run, shop: Shop, shift_s: float, seed: int) -> int:
    """The line, until its orders are done (0) or the disk refuses something (2)."""
    real = time.time
    offset = [shift_s]
    time.time = lambda: real() + offset[0]  # type: ignore[assignment]
    disk, chance = Disk(), random.Random(seed)  # the disk must live as long as we do

    def refuse(*_: object) -> None:
        Disk.refuses = chance.choice(["flush", "room"])

    def set_clock(*_: object) -> None:
        offset[0] += chance.uniform(-7200.0, 7200.0)

    signal.signal(signal.SIGUSR2, refuse)
    signal.signal(signal.SIGUSR1, set_clock)
    live_line.SNAPSHOT_EVENTS = 400
    sys.excepthook = sys.unraisablehook = lambda *_: None  # SQLite's wrapper tells what the disk refused besides
    try:
        with SqliteJournal.write(folder / "run.db") as journal:
            asyncio.run(_operate(folder, run, shop, journal))
    except InputError:
        return 2
    del disk
    return 0


async def _operate(folder: Path, run: Run, shop: Shop, journal: SqliteJournal) -> None:
    decider = recover(journal, run)
    clock = PlantClock(time.time(), decider.now_s, shop.speed)
    world = Surroundings(run, lambda: decider.state, clock.now_s)
    live = LiveLine(decider, shop.driver(world), journal, clock.now_s, run.names)
    looking = asyncio.create_task(look_after(live, folder))
    try:
        await live.run()
    finally:
        looking.cancel()


async def look_after(live: LiveLine, folder: Path) -> None:
    """A person goes and looks what became of the jobs that machines forgot."""
    person = Person("anna", Role.OPERATOR)
    while True:
        await asyncio.sleep(0.01)
        for question in list(live.questions.values()):
            log = folder / f"machine-{question.machine}.log"
            done = log.exists() and any(json.loads(line)["job"] == question.job for line in log.open())
            answer = Answer.DONE if done else Answer.AGAIN
            await live.act(Action(ActionKind.ANSWER, question.job, answer), person)


# ---------------------------------------------------------------- one run, disturbed


class Scene:
    """The processes of one run, and what happens to them."""

    def __init__(self, folder: Path, run: Run, shop: Shop, chance: random.Random) -> None:
        self.folder, self.run, self.shop, self.random = folder, run, shop, chance
        self.shift_s = 0.0
        self.line = self._line()
        self.done = False
        self.broken: list[str] = []

    def _line(self) -> int:
        seed = self.random.randrange(1 << 30)
        return fork(be_line, self.folder, self.run, self.shop, self.shift_s, seed)

    def disturb(self) -> str:
        """One fault; returns which."""
        fault = self.random.choice(FAULTS)
        m = self.random.randrange(len(self.run.names.machines))
        if fault == "kill line":
            self._kill_line()
            self.line = self._line()
        elif fault in ("kill machine", "amnesia"):
            self.shop.kill(m, fault == "amnesia")
        elif fault == "cut":
            self.shop.cut(m)
        elif fault == "stall machine":
            self.shop.stall(m)
        elif fault == "stall line":
            os.kill(self.line, signal.SIGSTOP)
            time.sleep(self.random.uniform(0.02, 0.4))
            os.kill(self.line, signal.SIGCONT)
        elif fault == "clock":
            self.shift_s += self.random.uniform(-7200.0, 7200.0)
            os.kill(self.line, signal.SIGUSR1)
        else:
            os.kill(self.line, signal.SIGUSR2)
        return fault

    def _kill_line(self) -> None:
        os.kill(self.line, signal.SIGKILL)
        os.waitpid(self.line, 0)

    def look(self) -> None:
        """A line that stopped because of its disk is started again; one that is done is done."""
        pid, status = os.waitpid(self.line, os.WNOHANG)
        if not pid:
            return
        code = os.waitstatus_to_exitcode(status)
        if code != 2:
            self.done = True
            self.broken += [f"the line ended with {code}"] if code else []
        else:
            self.line = self._line()

    def end(self) -> None:
        """All processes end."""
        if not self.done:
            self._kill_line()
        self.shop.end()


def disturbed_run(
    folder: Path, run: Run, shop: Shop, header: dict[str, str], chance: random.Random, most: int
) -> dict[str, object]:
    """One run with at most so many faults, to its end; what the judge found."""
    SqliteJournal.create(folder / "run.db", header).close()
    faults: Counter[str] = Counter()
    scene = Scene(folder, run, shop, chance)
    try:
        time.sleep(0.1)  # signal handlers are there
        while not scene.done and faults.total() < most:
            shop.pause()
            scene.look()
            if not scene.done:
                faults[scene.disturb()] += 1
        until = time.monotonic() + STUCK_S
        while not scene.done and time.monotonic() < until:
            time.sleep(0.02)
            scene.look()
        if not scene.done:
            scene.broken.append("the line is stuck")
    finally:
        scene.end()
    return judge(folder, run) | {"faults": faults, "broken": scene.broken}


# ---------------------------------------------------------------- the judge


def judge(folder: Path, run: Run) -> dict[str, object]:
    """What the machines did beside what the journal says."""
    physical: Counter[tuple[int, str]] = Counter()  # (serial number, station): each unit is at each station once
    by_job: Counter[str] = Counter()
    for log in folder.glob("machine-*.log"):
        for line in log.open():
            row = json.loads(line)
            if row["command"][0] == Command.START_OPERATION:
                by_job[row["job"]] += 1
                station = run.names.stations[int(run.line.task[row["command"][3]].station)]
                physical.update((serial, station) for serial in row["serials"])
    units = genealogy_of(folder / "run.db").units
    recorded = {
        (unit.serial, work.machine.rpartition("-")[0] or work.machine)
        for unit in units.values()
        for work in unit.work
        if work.finished_s < float("inf")
    }
    done = set(physical)
    with SqliteJournal.read(folder / "run.db") as journal:
        verdict = verify(journal, run.new_decider())
        kinds = Counter(kind for block in journal.decisions() for kind in block.events["kind"].tolist())
    finished = sum(unit.end == "finished" for unit in units.values() if unit.material == "case")
    ordered = sum(order.quantity for order in run.orders)
    lost = len(recorded - done) + max(ordered - finished, 0)
    doubled = sum(n - 1 for n in physical.values()) + max(finished - ordered, 0) + len(done - recorded)
    return {
        "lost": lost,
        "doubled": doubled,
        "jobs_twice": sum(n - 1 for n in by_job.values()),
        "chain_ok": verdict.holds,
        "events": verdict.events,
        "asked": kinds[Event.WORK_REPEATED],
        "jobs": by_job.total(),
    }


# ---------------------------------------------------------------- the campaign


def campaign(
    faults: int, seed: int, orders: int = 40, told: bool = False, make_shop: MakeShop = SocketShop
) -> dict[str, object]:
    """Runs until there have been so many faults; the sums of what the judge found."""
    chance = random.Random(seed)
    place = Path(tempfile.mkdtemp(prefix="faults-"))
    (place / "plant.yaml").write_text(PLANT)
    rows = [f"C{k:03d},case,2,30 d,0" for k in range(orders)]
    (place / "orders.csv").write_text("\n".join(["order,material,quantity,due,priority", *rows]) + "\n")
    checked = open_plant(place / "plant.yaml")
    run = Run.of_plant(checked, seed)
    get_compiled(checked.plant, decides=True, acts=True)  # once, for all children
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)  # until the children have handlers of their own
    total: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    broken: list[str] = []
    chain_ok, k = True, 0
    while kinds.total() < faults:
        folder = place / f"run-{k}"
        folder.mkdir()
        shop = make_shop(folder, run, checked, chance)
        header = run.header(checked.folder)
        found = disturbed_run(folder, run, shop, header, chance, min(faults - kinds.total(), 60))
        kinds.update(found["faults"])  # type: ignore[arg-type]
        total.update({name: found[name] for name in ("lost", "doubled", "jobs_twice", "events", "asked", "jobs")})
        chain_ok = chain_ok and bool(found["chain_ok"])
        broken += found["broken"]  # type: ignore[operator]
        good = found["chain_ok"] and not (found["lost"] or found["doubled"] or found["jobs_twice"] or found["broken"])
        if told:
            sys.stderr.write(f"run {k}: {found}\n")
        if good:
            shutil.rmtree(folder)
        k += 1
    if chain_ok and not (total["lost"] or total["doubled"] or broken):
        shutil.rmtree(place)
    else:
        sys.stderr.write(f"kept for a look: {place}\n")
    return {"faults": kinds.total(), **total, "chain_ok": chain_ok, "runs": k, "kinds": dict(kinds), "broken": broken}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=40, help="of each run")
    parser.add_argument("--opcua", action="store_true", help="machines behind OPC UA")
    parser.add_argument("--told", action="store_true", help="say how each run went")
    given = parser.parse_args()
    found = campaign(given.faults, given.seed, given.orders, given.told, OpcUaShop if given.opcua else SocketShop)
    print(json.dumps(found))
    wrong = any(found[name] for name in ("lost", "doubled", "jobs_twice", "broken"))
    sys.exit(0 if found["chain_ok"] and not wrong else 1)
