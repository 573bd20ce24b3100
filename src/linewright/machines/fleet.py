"""Several drivers as one: real machines where there are addresses, and one driver for everything else.

A job goes to whom its machine belongs to; all that has no driver of its own (orders, suppliers, vehicles, the calendar,
machines without an address) is the rest's. What they all report becomes one stream, in the order in which the line
hears of it.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Sequence

import numpy as np

from linewright.control import COMMAND
from linewright.machines.driver import FOR_MACHINES, Driver, Job, Report, Taken
from linewright.machines.registry import Placed
from linewright.machines.virtual import TURN_S, VirtualShop
from linewright.twin.clocks import set_clocks
from linewright.twin.life import machine_clocks
from linewright.twin.run import next_time_s


class Fleet:
    """Drivers for some machines, and `rest` for everything else; over when the rest has nothing more to say."""

    outlives_us = True

    def __init__(self, rest: Driver, placed: Sequence[Placed]) -> None:
        self.rest = rest
        self._drivers = [driver for driver, _ in placed]
        self._of = {machine: driver for driver, machines in placed for machine in machines}
        self._heard: asyncio.Queue[Report | BaseException | None] = asyncio.Queue()
        self._pumps: list[asyncio.Task[None]] = []

    async def connect(self, open_jobs: Sequence[Job]) -> None:
        """Find the machines; each driver is told of its own open jobs."""
        everybody: list[Driver] = [*self._drivers, self.rest]
        await asyncio.gather(*(driver.connect(self._theirs(driver, open_jobs)) for driver in everybody))
        self._pumps = [asyncio.create_task(self._pump(driver)) for driver in everybody]

    async def events(self) -> AsyncGenerator[Report, None]:
        """What happens, as the line hears of it."""
        while True:
            report = await self._heard.get()
            if report is None:
                return
            if isinstance(report, BaseException):
                raise report
            yield report

    async def send(self, jobs: Sequence[Job]) -> None:
        """Each job goes to its machine's driver, all others to the rest."""
        for driver in (*self._drivers, self.rest):
            await driver.send(self._theirs(driver, jobs))

    async def close(self) -> None:
        """Let go of all machines."""
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        await asyncio.gather(*(driver.close() for driver in (*self._drivers, self.rest)))

    def _theirs(self, driver: Driver, jobs: Iterable[Job]) -> list[Job]:
        return [job for job in jobs if self._driver_of(job) is driver]

    def _driver_of(self, job: Job) -> Driver:
        return self._of.get(job.command[1], self.rest) if job.command[0] in FOR_MACHINES else self.rest

    async def _pump(self, driver: Driver) -> None:
        try:
            async for report in driver.events():
                self._heard.put_nowait(report)
        except Exception as error:
            self._heard.put_nowait(error)
        if driver is self.rest:
            self._heard.put_nowait(None)


class ShopBeside:
    """The virtual shop for everything that no real machine does, on a line that records before it commands."""

    outlives_us = True

    def __init__(self, shop: VirtualShop, real: Iterable[int]) -> None:
        """`real`: the machines that are somebody else's."""
        self.shop = shop
        self._taken: deque[Taken] = deque()
        self._leave_out(real)

    def _leave_out(self, machines: Iterable[int]) -> None:
        """Its nature lets nothing happen to machines that are real."""
        nature = self.shop.nature
        rings_s = nature.arrays()["rings_s"].copy()
        for machine in machines:
            rings_s[machine_clocks(self.shop.line, nature, machine)] = math.inf
        set_clocks(nature, rings_s)

    async def connect(self, open_jobs: Sequence[Job]) -> None:
        """The clock starts where the line stands; what is under way has been drawn from its state."""
        await self.shop.connect([])
        self._taken.extend(Taken(job.name) for job in open_jobs if not job.acknowledged)

    async def events(self) -> AsyncGenerator[Report, None]:
        """What happens, when its time has come, until the shop's time is over.

        What follows from an event arrives when that is on disk; until then other things may happen.
        """
        while True:
            while self._taken:
                yield self._taken.popleft()
            due_s = min(next_time_s(self.shop.nature), self.shop.until_s)
            wait_s = self.shop.pace.wait_s(due_s) if due_s < math.inf else math.inf
            if wait_s > 0.0:
                await asyncio.sleep(min(wait_s, TURN_S))
            elif next_time_s(self.shop.nature) > self.shop.until_s:
                return
            else:
                happening = self.shop.take()
                self.shop.obey(np.empty(0, COMMAND))
                yield happening

    async def send(self, jobs: Sequence[Job]) -> None:
        """Nature obeys."""
        await self.shop.send(jobs)
        self._taken.extend(Taken(job.name) for job in jobs)

    async def close(self) -> None:
        """There is nothing to let go of."""
