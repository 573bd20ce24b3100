"""A mixed line: real machines where there are addresses, the virtual shop for everything else.

Orders, suppliers, vehicles, the calendar and the machines without an address are the shop's. A job goes to whom its
machine belongs to; what they all report becomes one stream, in the order in which the line hears of it.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Sequence

from linewright.control import Command, Event
from linewright.machines.driver import FOR_MACHINES, NOW_S, WORK, Driver, Happening, Job, Report
from linewright.machines.registry import Placed
from linewright.machines.virtual import TURN_S, VirtualShop
from linewright.twin.life import machine_clocks, set_clocks
from linewright.twin.run import next_time_s

ENDS_OF_WORK = frozenset(WORK.values())


class Fleet:
    """Several drivers as one."""

    outlives_us = True

    def __init__(self, shop: VirtualShop, placed: Sequence[Placed]) -> None:
        self.shop, self.state = shop, shop.state
        self._drivers = [driver for driver, _ in placed]
        self._of = {machine: driver for driver, machines in placed for machine in machines}
        self._heard: asyncio.Queue[Report | BaseException] = asyncio.Queue()
        self._held_back: dict[int, deque[Report]] = {}  # what a machine reported while the line has it interrupted
        self._released: deque[Report] = deque()
        self._pumps: list[asyncio.Task[None]] = []

    async def connect(self, open_jobs: Sequence[Job]) -> None:
        """Find the machines; each driver is told of its own open jobs."""
        leave_out(self.shop, self._of)
        await self.shop.connect([])
        await asyncio.gather(*(driver.connect(self._theirs(driver, open_jobs)) for driver in self._drivers))
        self._pumps = [asyncio.create_task(self._pump(driver)) for driver in self._drivers]

    async def events(self) -> AsyncGenerator[Report, None]:
        """What happens, as the line hears of it, until the shop's time is over."""
        while True:
            report = await self._next()
            if report is None:
                return
            if not self._hold_back(report):
                yield report

    async def send(self, jobs: Sequence[Job]) -> None:
        """Each job goes to its machine's driver, all others to the shop."""
        for driver in self._drivers:
            await driver.send(self._theirs(driver, jobs))
        await self.shop.send([job for job in jobs if self._driver_of(job) is None])
        for job in jobs:
            if job.command[0] == Command.RESUME:
                self._released.extend(self._held_back.pop(job.command[1], ()))

    async def close(self) -> None:
        """Let go of all machines."""
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        await asyncio.gather(*(driver.close() for driver in self._drivers), self.shop.close())

    def now_s(self) -> float:
        """The plant time."""
        return self.shop.now_s()

    # ------------------------------------------------------------ whose job

    def _driver_of(self, job: Job) -> Driver | None:
        return self._of.get(job.command[1]) if job.command[0] in FOR_MACHINES else None

    def _theirs(self, driver: Driver, jobs: Iterable[Job]) -> list[Job]:
        return [self._with_serial(job) for job in jobs if self._driver_of(job) is driver]

    def _with_serial(self, job: Job) -> Job:
        """A machine knows a workpiece by its serial number; the line's number for it is used again."""
        if job.serials or job.command[0] != Command.START_OPERATION:
            return job
        return job._replace(serials=(int(self.state().unit.serial[job.command[2]]),))

    # ------------------------------------------------------------ what is heard next

    async def _pump(self, driver: Driver) -> None:
        try:
            async for report in driver.events():
                self._heard.put_nowait(report)
        except Exception as error:
            self._heard.put_nowait(error)

    async def _next(self) -> Report | None:
        """Real machines first; then the shop, when its time has come; None when that is over."""
        while True:
            if self._released:
                return self._released.popleft()
            if not self._heard.empty():
                return _or_raise(self._heard.get_nowait())
            due_s = min(next_time_s(self.shop.nature), self.shop.until_s)
            wait_s = self.shop.pace.wait_s(due_s) if due_s < math.inf else math.inf
            if wait_s <= 0.0:
                return self.shop.take() if next_time_s(self.shop.nature) <= self.shop.until_s else None
            try:
                async with asyncio.timeout(min(wait_s, TURN_S)):
                    return _or_raise(await self._heard.get())
            except TimeoutError:
                continue

    def _hold_back(self, report: Report) -> bool:
        """Work that ended just as the line interrupted it has not ended yet for the line: it hears on resuming."""
        if not isinstance(report, Happening) or report.time_s != NOW_S:
            return False
        machine = report.subject
        waits = self._held_back.get(machine)
        ends = report.kind in ENDS_OF_WORK or report.kind == Event.VALUE_MEASURED
        if ends and (waits or self.state().machine.interrupted[machine]):
            self._held_back.setdefault(machine, deque()).append(report)
            return True
        return False


def _or_raise(report: Report | BaseException) -> Report:
    if isinstance(report, BaseException):
        raise report
    return report


def leave_out(shop: VirtualShop, machines: Iterable[int]) -> None:
    """The shop's nature lets nothing happen to machines that are real."""
    rings_s = shop.nature.arrays()["rings_s"].copy()
    for machine in machines:
        rings_s[machine_clocks(shop.line, shop.nature, machine)] = math.inf
    set_clocks(shop.nature, rings_s)
