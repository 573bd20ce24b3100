"""What drivers of machines that obey nobody have in common: desks, one for each machine, and what keeps them going."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from linewright.control import Line
from linewright.control.line import Names
from linewright.machines.desk import Desk
from linewright.machines.driver import ENDS, Job, Question, Report
from linewright.machines.jobs import Work
from linewright.machines.lookouts import Lookouts
from linewright.machines.notebook import Notebook
from linewright.machines.sheets import Sheets, machine_of
from linewright.machines.telemetry import Telemetry

KEEP_S = 1.0  # how often the notebook is kept, at most


class Site(Protocol):
    """What is known of the plant where a driver is made."""

    @property
    def line(self) -> Line:
        """The compiled plant."""

    @property
    def names(self) -> Names:
        """The words for its numbers."""

    @property
    def pki(self) -> Path:
        """The folder of certificates; beside it there is room for our notes."""

    @property
    def telemetry(self) -> Telemetry | None:
        """Takes what machines measure of themselves; None: nobody wants it."""


def notes_beside(site: Site, address: str) -> Path:
    """The file in which a driver keeps its notes on the machines behind one server."""
    parts = urlsplit(address)
    host = re.sub(r"[^A-Za-z0-9.]", "-", parts.netloc.rpartition("@")[2])
    return site.pki.parent / f"{parts.scheme}-{host}.json"


class WatchingDriver:
    """A `Driver`; a protocol adds its desks and its `listening`.

    `notes` is a file in which is kept where the machines stand and how far they were read, `telemetry` takes all
    readings, `handed` is told of every job that somebody is to start; without it people are asked to (`Question`).
    """

    outlives_us = True

    def __init__(
        self,
        sheets: Sheets,
        notes: Path | None,
        telemetry: Telemetry | None,
        handed: Callable[[Job], None] | None,
    ) -> None:
        self.sheets = sheets
        self.notebook, self.telemetry = Notebook(notes), telemetry
        self.handed = handed
        self.desks: Mapping[int, Desk] = {}  # by machine
        self._lookouts = Lookouts()

    def listening(self) -> Sequence[Coroutine[Any, Any, None]]:
        """What is to run for as long as the driver is connected."""
        raise NotImplementedError

    @property
    def wanted(self) -> list[Job]:
        """The jobs that somebody is to start, or to go on with."""
        return [job for desk in self.desks.values() if (job := desk.watch.wanted)]

    # ------------------------------------------------------------ the verbs of a driver

    async def connect(self, open_jobs: Sequence[Job]) -> None:
        """Begin to watch; see `Driver.connect`."""
        for desk in self.desks.values():
            desk.begin()
        for job in open_jobs:
            self.desks[machine_of(job)].take_up(job)
        self._lookouts.begin(*self.listening(), self._keep_on())

    def events(self) -> AsyncGenerator[Report, None]:
        """What happens, for ever."""
        return self._lookouts.reports()

    async def send(self, jobs: Sequence[Job]) -> None:
        """Hand jobs to whoever starts them; `Taken` follows when the machine begins."""
        for job in jobs:
            self.desks[machine_of(job)].give(job)
        if jobs:
            self.notebook.keep()

    async def close(self) -> None:
        """Watch no more."""
        await self._lookouts.end()
        self.notebook.keep()

    async def _keep_on(self) -> None:
        while True:
            await asyncio.sleep(KEEP_S)
            self.notebook.keep()

    # ------------------------------------------------------------ what desks need

    def report(self, report: Report) -> None:
        """To the line."""
        self._lookouts.report(report)

    def hand(self, job: Job) -> None:
        """To whoever starts it."""
        if self.handed:
            self.handed(job)
        elif job.command[0] in ENDS:
            order = self.sheets.order(job)
            what = " ".join(filter(None, (order.what, ", ".join(filter(None, (order.unit, *order.others))))))
            kind = "start" if order.work is Work.OPERATION else order.work
            words = f"please {kind} {what} at {self.sheets.names.machines[machine_of(job)]}"
            self.report(Question(machine_of(job), job.name, words))
