"""As much HTTP as a conversation with an agent needs: one GET on a connection of its own, read piece by piece."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from email.message import Message
from typing import NamedTuple
from urllib.parse import urlsplit

import h11

CONNECT_S = 10.0
READ_BYTES = 65536
MOST_PART_HEADER = 4096  # bytes of the header of one part of a multipart answer


class Url(NamedTuple):
    """Where an agent answers: `path` is "" or begins with a slash and ends without one."""

    secure: bool
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, text: str) -> Url:
        """Of `http://host:port/path` or `https://...`; the port is 5000 (443) unless given. Raises ValueError."""
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{text!r} is no http:// or https:// address")
        secure = parts.scheme == "https"
        return cls(secure, parts.hostname, parts.port or (443 if secure else 5000), parts.path.rstrip("/"))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}{self.path}"


class Answer:
    """An answer whose body comes piece by piece. A peer silent for `idle_s` raises TimeoutError (an OSError)."""

    def __init__(
        self,
        talk: h11.Connection,
        reader: asyncio.StreamReader,
        idle_s: float,
    ) -> None:
        self.idle_s = idle_s
        self._talk, self._reader = talk, reader
        self.status, self.content = 0, Message()

    async def _next(self) -> h11.Event:
        while not isinstance(event := self._talk.next_event(), h11.Event):
            if event is h11.PAUSED:
                raise ConnectionError("more than one answer")
            async with asyncio.timeout(self.idle_s):
                data = await self._reader.read(READ_BYTES)
            self._talk.receive_data(data)
        return event

    async def begin(self) -> None:
        """Read the head."""
        while not isinstance(event := await self._next(), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                raise ConnectionError("hung up without an answer")
        self.status = event.status_code
        for name, value in event.headers:
            if name == b"content-type":
                self.content["Content-Type"] = value.decode("latin-1")

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        while isinstance(event := await self._next(), h11.Data):
            yield bytes(event.data)

    async def body(self, most: int) -> bytes:
        """The whole body. Raises ConnectionError where it is of more than `most` bytes."""
        parts, size = [], 0
        async for piece in self.pieces():
            parts.append(piece)
            size += len(piece)
            if size > most:
                raise ConnectionError(f"an answer of more than {most:,} bytes")
        return b"".join(parts)


@asynccontextmanager
async def get(url: Url, target: str, idle_s: float, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Answer, None]:
    """GET `target` below `url`. Raises OSError for all that can go wrong with a network or a peer."""
    context = (tls or ssl.create_default_context()) if url.secure else None
    async with asyncio.timeout(CONNECT_S):
        reader, writer = await asyncio.open_connection(url.host, url.port, ssl=context)
    try:
        talk = h11.Connection(h11.CLIENT, max_incomplete_event_size=65536)
        host = f"[{url.host}]" if ":" in url.host else url.host
        headers = [("Host", f"{host}:{url.port}"), ("Accept", "application/xml, text/xml"), ("Connection", "close")]
        request = talk.send(h11.Request(method="GET", target=url.path + target, headers=headers))
        writer.write((request or b"") + (talk.send(h11.EndOfMessage()) or b""))
        await writer.drain()
        answer = Answer(talk, reader, idle_s)
        await answer.begin()
        yield answer
    except h11.RemoteProtocolError as error:
        raise ConnectionError(f"hung up, or no HTTP: {error}") from None
    finally:
        writer.close()


async def parts(answer: Answer, most: int) -> AsyncGenerator[bytes, None]:
    """The documents of a multipart/x-mixed-replace answer, each as soon as it is whole.

    A part says its length, or ends where the next boundary begins. Raises ConnectionError for a part of more than
    `most` bytes.
    """
    boundary = answer.content.get_param("boundary")
    if not isinstance(boundary, str):
        raise ConnectionError("a multipart answer without a boundary")
    cut = PartCutter(boundary.removeprefix("--").encode("latin-1"), most)
    async with aclosing(answer.pieces()) as pieces:  # type: ignore[type-var]
        async for piece in pieces:
            for part in cut.feed(piece):
                yield part


class PartCutter:
    """Cuts a multipart body into parts. Agents differ in line ends and in dashes before the boundary."""

    def __init__(self, boundary: bytes, most: int) -> None:
        self._mark, self._most = b"--" + boundary, most
        self._held = bytearray()
        self._seen = 0  # bytes of `_held` in which no boundary is

    def feed(self, piece: bytes) -> list[bytes]:
        """The parts that this piece completes. Raises ConnectionError."""
        self._held += piece
        found = []
        while (part := self._next()) is not None:
            if part:
                found.append(part)
        return found

    def _next(self) -> bytes | None:
        """The next part (empty: between two), or None: more is needed."""
        held = self._held
        start = held.find(self._mark)
        if start < 0:
            del held[: max(len(held) - len(self._mark), 0)]  # before the first boundary nothing counts
            return None
        head_end, body = self._header_end(start)
        if head_end < 0:
            if len(held) - start > MOST_PART_HEADER:
                raise ConnectionError("a part without an end to its header")
            return None
        length = _length(bytes(held[start:head_end]))
        if length is None:
            end = held.find(self._mark, max(body, self._seen))
            if end < 0:
                self._seen = max(len(held) - len(self._mark), body)
                self._check(len(held) - body)
                return None
        else:
            self._check(length)
            end = body + length
            if len(held) < end:
                return None
        part = bytes(held[body:end]).strip()
        del held[:end]
        self._seen = 0
        return part

    def _header_end(self, start: int) -> tuple[int, int]:
        ends = [(self._held.find(blank, start), len(blank)) for blank in (b"\r\n\r\n", b"\n\n")]
        where, size = min((end for end in ends if end[0] >= 0), default=(-1, 0))
        return where, where + size

    def _check(self, size: int) -> None:
        if size > self._most:
            raise ConnectionError(f"a part of more than {self._most:,} bytes")


def _length(header: bytes) -> int | None:
    """The length that the header of a part states, if it does. Raises ConnectionError."""
    for line in header.splitlines():
        name, colon, value = line.partition(b":")
        if colon and name.strip().lower() == b"content-length":
            if not value.strip().isdigit() or len(value.strip()) > 12:
                raise ConnectionError("a part of illegible length")
            return int(value)
    return None
