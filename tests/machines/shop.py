"""A small plant for the tests of the machines, and help to wait for what they do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from linewright.machines.floor import Execution, Floor, Item
from linewright.machines.jobs import JobOrder, Work
from linewright.machines.natural import natural_floor
from linewright.plant.check import CheckedPlant, open_plant

SPEED = 3600.0  # an hour in a second

PLANT = """
plant: small
materials: { bar: { buy: true }, shaft: { family: s }, gear: { family: g } }
stations:
  mill:
    queue: 50
    setup: { by: family, time: 2 min }
    failures: [{ name: chuck, every: 42 min, clock: busy, repair: 3 min }]
    tools: { T1: { life: 30, change: 1 min, wears: bore, wear: 0.03 mm } }
  gauge: { machines: 2, queue: 50 }
characteristics:
  bore:
    { of: shaft, nominal: 20 mm, upper: 0.05 mm, lower: -0.05 mm,
      process: { sd: 0.005 mm }, gauge: { at: gauge, repeatability: 0.001 mm } }
routes:
  shaft:
    - turn: { at: mill, takes: { bar: 1 }, time: 5 min }
    - check: { at: gauge, time: 1 min, checks: [bore], fail: scrap }
  gear:
    - cut: { at: mill, takes: { bar: 1 }, time: 6 min }
orders: { from: orders.csv }
"""
ORDERS = "order,material,quantity\\na,shaft,3\\nb,gear,2\\nc,shaft,3\\n"


def small_plant(folder: Path, text: str = PLANT, orders: str = ORDERS) -> CheckedPlant:
    """The plant, checked."""
    (folder / "plant.yaml").write_text(text, encoding="utf-8")
    (folder / "orders.csv").write_text(orders.replace("\\n", "\n"), encoding="utf-8")
    return open_plant(folder / "plant.yaml")


def small_floor(folder: Path, seed: int = 1, speed: float = SPEED) -> Floor:
    """Its machines."""
    return natural_floor(small_plant(folder), seed, speed)


def renew(floor: Floor, folder: Path) -> None:
    """The same machines as new: nothing worn, nothing known; their server need not be started again."""
    new = small_floor(folder)
    for name, machine in floor.machines.items():
        machine.forget()
        machine.behaviour, machine.tools = new.machines[name].behaviour, new.machines[name].tools
        machine.tell(Item.ALARM, "")
        machine.tell(Item.EXECUTION, Execution.READY)
        machine.tell(Item.PARTS, 0)
        floor.plan(machine)


def turning(name: str, unit: str = "1") -> JobOrder:
    """Turn a shaft: 5 minutes."""
    return JobOrder(name, Work.OPERATION, "shaft.turn", "mill", "shaft", unit)


def checking(name: str, unit: str = "1") -> JobOrder:
    """Measure a shaft: 1 minute."""
    return JobOrder(name, Work.OPERATION, "shaft.check", "gauge", "shaft", unit)


async def until(true: Callable[[], object], within_s: float = 10.0) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.005)
