"""What the line expects of its machines, real or virtual."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import NamedTuple, Protocol

from linewright.control import NONE
from linewright.control.line import Records


class Happening(NamedTuple):
    """What just happened: the fields of EVENT in their order, times in s; see `control.codes.Event`."""

    kind: int
    subject: int
    detail: int = int(NONE)
    number: int = int(NONE)
    time_s: float = 0.0
    amount: float = 0.0


class Driver(Protocol):
    """Machines behind one connection.

    `outlives_us` is True where they go on when this process dies: then a command may leave only after the
    decision that it belongs to is on disk.
    """

    outlives_us: bool

    async def connect(self) -> None:
        """Find the machines. Raises OSError where they cannot be reached."""

    def events(self) -> AsyncGenerator[Happening, None]:
        """What happens at the machines, as it happens; ends when nothing will happen any more."""

    async def send(self, commands: Records) -> None:
        """Have the machines obey (n,) COMMAND, lent for this call; called after every event, n may be 0."""

    async def read_back(self) -> dict[int, int]:
        """Where the machines stand: the `Event` that each busy machine will report next, by its number."""

    async def close(self) -> None:
        """Let go of the machines."""
