"""An agent followed for ever: every observation once and in order, and a gap where that cannot be."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import NamedTuple

from linewright.machines.mtconnect.client import Client, Refused
from linewright.machines.mtconnect.documents import OUT_OF_RANGE, BadDocument, Header, Probe, Streams
from linewright.machines.patience import Patience


class Position(NamedTuple):
    """How far an agent has been read: its instance, and the number of the next observation."""

    instance: int
    next: int


class Gap(NamedTuple):
    """Observations that nobody will ever see."""

    words: str
    lost: int | None  # how many; None: cannot be known


class Lost(NamedTuple):
    """The agent cannot be reached, or says nothing that can be read."""

    words: str


@dataclass(frozen=True, slots=True)
class Current:
    """Where all items stand; comes first, and after a gap."""

    streams: Streams


class _Overrun(Exception):
    """The agent no longer has what comes next, or is another one: look again where it stands."""


async def follow(
    client: Client, position: Position | None = None, patience: Patience | None = None
) -> AsyncGenerator[Probe | Current | Streams | Gap | Lost, None]:
    """What an agent observes from a position on (None: from now on), through all that may happen to it.

    Each connection begins with a `Probe`. Then follow, where there is no position to go on from, `Current`, with a
    `Gap` before it if there was one once; then `Streams` until a `Lost`.
    """
    patience = patience or Patience()
    while True:
        try:
            probe = await client.probe()
            current = await client.current()
            yield probe
            gap = _gap(position, current.header)
            if gap:
                yield gap
            if gap or position is None:
                yield Current(current)
                position = Position(current.header.instance, _next(current, 1))
            async with aclosing(client.stream(position.next)) as stream:
                async for streams in stream:
                    _check(position, streams.header)
                    position = Position(position.instance, _next(streams, position.next))
                    patience.reset()
                    yield streams
            raise ConnectionError("the agent ended the stream")
        except _Overrun:
            await patience.pause()  # an agent that overruns us at once would have us ask without end
        except Refused as refusal:
            if not refusal.errors.has(OUT_OF_RANGE):
                yield Lost(f"the agent refuses: {refusal}")
            await patience.pause()
        except (OSError, BadDocument) as error:
            yield Lost(str(error) or type(error).__name__)
            await patience.pause()


def _gap(position: Position | None, header: Header) -> Gap | None:
    """What is missing between a position and where the agent stands."""
    if position is None:
        return None
    if header.instance != position.instance:
        return Gap("the agent has started anew", None)
    if header.next < position.next:
        return Gap(f"the agent has gone back from {position.next} to {header.next}", None)
    if header.first > position.next:
        words = f"the agent no longer has number {position.next}, its oldest is {header.first}"
        return Gap(words, header.next - position.next)
    return None


def _check(position: Position, header: Header) -> None:
    if header.instance != position.instance or header.first > position.next:
        raise _Overrun


def _next(streams: Streams, least: int) -> int:
    """The number to ask for next; where the header does not say, the one after the last."""
    if streams.header.next:
        return max(streams.header.next, least)
    return max((rows[-1].sequence + 1 for rows in streams.observations.values() if rows), default=least)
