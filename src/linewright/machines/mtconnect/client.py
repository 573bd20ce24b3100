"""The questions that an MTConnect agent answers: probe, current, sample; once or as a stream."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import quote

from linewright.machines.mtconnect.documents import (
    MOST_BYTES,
    AgentErrors,
    BadDocument,
    Document,
    Probe,
    Streams,
    read,
)
from linewright.machines.mtconnect.http import Url, get, parts

ANSWER_S = 30.0  # an agent that says nothing for so long has gone
COUNT = 1000  # observations in one document of a stream at most


class Refused(Exception):
    """The agent answered with errors."""

    def __init__(self, errors: AgentErrors) -> None:
        self.errors = errors
        super().__init__(str(errors))


class Client:
    """Asks one agent, about all its devices or one of them. Each question has a connection of its own.

    Raises OSError where the agent cannot be reached or hangs up, BadDocument and Refused.
    """

    def __init__(
        self,
        url: str,
        device: str = "",
        interval_s: float = 0.1,
        heartbeat_s: float = 10.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.url, self.device = Url.of(url), device
        self.interval_s, self.heartbeat_s = interval_s, heartbeat_s
        self._tls = tls
        self._of = f"/{quote(device, safe='')}" if device else ""

    async def probe(self) -> Probe:
        """What devices there are."""
        answer = await self._ask("/probe")
        if isinstance(answer, AgentErrors):
            raise Refused(answer)
        if not isinstance(answer, Probe):
            raise BadDocument("the answer to probe is no MTConnectDevices")
        return answer

    async def current(self) -> Streams:
        """The last observation of every item."""
        return _streams(await self._ask("/current"))

    async def sample(self, start: int, count: int = COUNT) -> Streams:
        """Up to `count` observations from number `start` on."""
        return _streams(await self._ask(f"/sample?from={start}&count={count}"))

    async def stream(self, start: int) -> AsyncGenerator[Streams, None]:
        """What is observed from number `start` on, as it happens; an empty document is a heartbeat.

        Ends where the agent ends it. An agent silent for more than two heartbeats has gone: TimeoutError.
        """
        target = (
            f"/sample?from={start}&count={COUNT}"
            f"&interval={round(self.interval_s * 1000)}&heartbeat={round(self.heartbeat_s * 1000)}"
        )
        idle_s = 2.0 * self.heartbeat_s + 1.0
        async with get(self.url, self._of + target, idle_s, self._tls) as answer:
            if answer.content.get_content_maintype() != "multipart":
                yield _streams(_whole(answer.status, await answer.body(MOST_BYTES)))
                return
            async with aclosing(parts(answer, MOST_BYTES)) as documents:
                async for document in documents:
                    yield _streams(read(document))

    async def _ask(self, target: str) -> Document:
        async with get(self.url, self._of + target, ANSWER_S, self._tls) as answer:
            return _whole(answer.status, await answer.body(MOST_BYTES))


def _whole(status: int, body: bytes) -> Document:
    """An agent that refuses does so with a document, whatever the status."""
    try:
        return read(body)
    except BadDocument:
        if status != 200:
            raise ConnectionError(f"answered with status {status}") from None
        raise


def _streams(document: Document) -> Streams:
    if isinstance(document, AgentErrors):
        raise Refused(document)
    if not isinstance(document, Streams):
        raise BadDocument("the answer is no MTConnectStreams")
    return document
