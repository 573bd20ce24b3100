"""How long to wait before a machine that cannot be reached is tried again: soon at first, then ever less often."""

from __future__ import annotations

import asyncio
import random

FIRST_S = 0.2
LONGEST_S = 30.0


class Patience:
    """Pauses that double up to a longest one, spread by half so that many clients do not come at once."""

    def __init__(self, first_s: float = FIRST_S, longest_s: float = LONGEST_S) -> None:
        self.first_s, self.longest_s = first_s, longest_s
        self._next_s = first_s

    def reset(self) -> None:
        """It worked."""
        self._next_s = self.first_s

    async def pause(self) -> None:
        """Wait, and longer the next time."""
        pause_s = self._next_s * random.uniform(0.5, 1.0)
        self._next_s = min(2.0 * self._next_s, self.longest_s)
        await asyncio.sleep(pause_s)
