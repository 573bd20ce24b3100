"""One picture for all: five times a second what has changed is encoded once and handed to every browser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable

import numpy as np

from linewright.board.picture import Cells, diff, full

EVERY_S = 0.2
BEAT_S = 1.0  # a message at least so often, so that a silent server shows


class Broadcast:
    """The message of this moment; `follow` it."""

    def __init__(self, cells: Cells, clock: Callable[[], float]) -> None:
        self.cells, self.clock = cells, clock
        self.followers = 0
        self._vector = cells.fill()
        self._message = b""
        self._turn = 0
        self._next: asyncio.Event = asyncio.Event()

    async def run(self) -> None:
        """Draw until cancelled; while nobody looks nothing is drawn."""
        sent_s = 0.0
        while True:
            await asyncio.sleep(EVERY_S)
            if not self.followers:
                continue
            vector = self.cells.fill()
            if np.array_equal(vector, self._vector) and time.monotonic() - sent_s < BEAT_S:
                continue
            self._message = diff(self.clock(), self._vector, vector)
            self._vector = vector
            self._turn += 1
            sent_s = time.monotonic()
            self._next.set()
            self._next = asyncio.Event()

    async def follow(self) -> AsyncGenerator[bytes, None]:
        """The whole picture, then each change; who could not keep up gets the whole picture again."""
        self.followers += 1
        try:
            self._vector = self.cells.fill() if self.followers == 1 else self._vector
            seen = self._turn
            yield full(self.clock(), self._vector)
            while True:
                if self._turn == seen:
                    await self._next.wait()
                late = self._turn != seen + 1
                seen = self._turn
                yield full(self.clock(), self._vector) if late else self._message
        finally:
            self.followers -= 1
