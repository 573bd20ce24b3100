"""The tasks of a driver that look after its machines, and what they report."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from typing import Any

from linewright.machines.driver import Report


class Lookouts:
    """Tasks that run for as long as a driver is connected; their reports come out in order, and so do our faults."""

    def __init__(self) -> None:
        self._reports: asyncio.Queue[Report | BaseException] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, *watches: Coroutine[Any, Any, None]) -> None:
        """Let tasks run until `end`."""
        for watch in watches:
            task = asyncio.create_task(watch)
            task.add_done_callback(self._note_end)
            self._tasks.append(task)

    def report(self, report: Report) -> None:
        """To the line."""
        self._reports.put_nowait(report)

    async def reports(self) -> AsyncGenerator[Report, None]:
        """What is reported, for ever. Raises what ended a task."""
        while True:
            report = await self._reports.get()
            if isinstance(report, BaseException):
                raise report
            yield report

    async def end(self) -> None:
        """Stop all tasks."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def _note_end(self, task: asyncio.Task[None]) -> None:
        """A task never ends by itself: what ended it is a fault of ours, and whoever listens must know."""
        if not task.cancelled() and (error := task.exception()):
            self._reports.put_nowait(error)
