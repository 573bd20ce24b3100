"""Commands on their way out: they wait until their decision is on disk, then leave in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from linewright.journal.record import Journal

Sent = TypeVar("Sent")


class Outgoing(Generic[Sent]):
    """What was decided while the disk was busy leaves together after the next commit.

    Run `leave` beside the loop that decides, in one task group: where the journal fails it raises, and ends the
    line with it.
    """

    def __init__(self, journal: Journal, send: Callable[[Sequence[Sent]], Awaitable[None]]) -> None:
        self._journal, self._send = journal, send
        self._waiting: list[Sent] = []
        self._some = asyncio.Event()

    def put(self, jobs: Sequence[Sent]) -> None:
        """Jobs of a decision that was just appended."""
        self._waiting.extend(jobs)
        self._some.set()

    async def leave(self) -> None:
        """Send what waits whenever it is on disk, until cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            leaving, self._waiting = self._waiting, []  # what is put from now on waits for the next commit
            await self._journal.durable()
            await self._send(leaving)
