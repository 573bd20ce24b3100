"""Small plants for the tests of the running line."""

from __future__ import annotations

import asyncio
import math
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from linewright.commands import line as commands
from linewright.journal import SqliteJournal
from linewright.live import Decider, LiveLine, Run, replay
from linewright.live.recover import FIRST_ROOM
from linewright.machines import Happening
from linewright.machines.virtual import VirtualShop
from linewright.plant.check import open_plant
from linewright.twin.world import World

ROOT = Path(__file__).parents[2]
GEAR_PUMP = ROOT / "examples" / "gear-pump" / "plant.yaml"

# an assembly with set-ups, failures, a batch oven, an inspection with rework, a shift
CASES = """
plant: cases
calendar: { day: { on: "mon-sun 06:00-22:00" } }
crews: { fitters: { people: 1, skills: [repair] } }
materials:
  sheet: { buy: true, stock: 5000 }
  body: { family: a }
  lid: { family: b }
  case: { serial: true }
stations:
  press:
    machines: 2
    queue: 6
    setup: { by: family, time: 4 min }
    failures:
      - name: jam
        every: { dist: exponential, mean: 90 min }
        repair: { dist: gamma, mean: 6 min, cv: 0.5 }
        needs: repair
  oven: { batch: { least: 2, most: 4, wait: 10 min }, queue: 8 }
  bench: { machines: 1, queue: { body: 20, lid: 20 } }
  rig: { queue: 3 }
characteristics:
  gap:
    { of: case, nominal: 1 mm, upper: 0.2 mm, lower: -0.2 mm,
      process: { sd: 0.11 mm }, gauge: { at: rig, repeatability: 0.01 mm } }
routes:
  body:
    - stamp: { at: press, takes: { sheet: 2 }, time: { dist: lognormal, mean: 3 min, cv: 0.3 } }
    - bake: { at: oven, time: 12 min }
  lid:
    - stamp: { at: press, takes: { sheet: 1 }, time: { dist: gamma, mean: 2 min, cv: 0.4 } }
    - bake: { at: oven, time: 12 min }
  case:
    - join:
        at: bench
        takes: { body: 1, lid: 1 }
        time: { dist: triangular, low: 2 min, mode: 3 min, high: 5 min }
    - test: { at: rig, time: 1 min, checks: [gap], fail: scrap }
orders: { from: orders.csv }
control: { release: { conwip: 12 }, dispatch: { press: fewest-setups, default: fifo } }
experiment: { seed: 5 }
"""


def write_cases(folder: Path, orders: int = 30, quantity: int = 2) -> Path:
    """The plant file of the cases, with so many orders, all there at the start."""
    rows = [
        "order,material,quantity,due,priority",
        *(f"C{k:03d},case,{quantity},3 d,{k % 3}" for k in range(orders)),
    ]
    (folder / "orders.csv").write_text("\n".join(rows) + "\n")
    path = folder / "plant.yaml"
    path.write_text(CASES)
    return path


def set_up(plant: Path, journal: Path, seed: int = 1, until_s: float = math.inf) -> tuple[Run, LiveLine]:
    """A line that is ready to run, or to go on where its journal ended."""
    checked = open_plant(plant)
    if journal.exists():
        record = SqliteJournal.write(journal)
        run = Run.of_journal(record)
    else:
        run = Run.of_plant(checked, seed)
        record = SqliteJournal.create(journal, run.header(checked.folder))
    decider: Decider = run.new_decider()
    nature = World(run.plant, run.line).new_nature(run.seed, 0, FIRST_ROOM)
    shop = VirtualShop(run.line, nature, lambda: decider.state, until_s=until_s)
    replay(record, decider, machines=shop)
    return run, LiveLine(decider, shop, record, shop.now_s, run.names)


def make(plant: Path, journal: Path, seed: int = 1, until_s: float = math.inf) -> LiveLine:
    """Run a line to its end, or until a plant time; its journal is closed."""
    _, live = set_up(plant, journal, seed, until_s)
    asyncio.run(live.run())
    live.journal.close()
    return live


class Killed(Exception):
    """The process is gone."""


def run_on(plant: Path, journal: Path, resume: bool = False, kill_at: int | None = None) -> LiveLine:
    """The line to its end, or until it is gone after so many events, all of them on disk; the journal is closed."""
    with ExitStack() as at_end:
        wish = commands.Wish(journal=str(journal), resume=resume)
        what, record = commands.open_run(open_plant(plant), wish)
        at_end.enter_context(record)
        live = commands.set_up(what, record, wish, at_end)
        if kill_at is None:
            asyncio.run(live.run())
            return live
        take = live.take

        async def take_until(event: Happening, *said: Any) -> int:
            seq = await take(event, *said)
            if live.decider.events >= kill_at:
                raise Killed
            return seq

        live.take = take_until
        with pytest.raises(Killed):
            asyncio.run(live.run())
        return live
