"""Our agent answers over HTTP: probe, current, sample, assets; once or as a stream of parts.

Only GET, bounded in everything that a peer can make grow. What is wrong with a request is told in a document, as
MTConnect asks.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

from linewright.machines.mtconnect import pages
from linewright.machines.mtconnect.agent import Agent, Shelf
from linewright.machines.mtconnect.select import BadPath, select

MOST_CONNECTIONS = 1000
IDLE_S = 30.0  # how long a connection without a request is kept
WRITE_S = 60.0  # how long a peer may take to read what it was sent
MOST_COUNT = 10_000  # observations in one document
COUNT = 100  # unless asked for another
HEARTBEAT_MS = 10_000
BOUNDARY = "linewright-part"
XML = "text/xml; charset=utf-8"


class Refusal(Exception):
    """Why a request is refused; `parameter` and `value` where one of its parameters is the reason."""

    def __init__(self, code: str, words: str, parameter: str = "", value: str = "", status: int = 400) -> None:
        self.code, self.words, self.parameter, self.value, self.status = code, words, parameter, value, status
        super().__init__(words)


class Request(NamedTuple):
    """What is asked for."""

    uri: str
    verb: str  # probe, current, sample, assets
    name: str  # of the device, or the ids of assets
    parameters: dict[str, str]

    @classmethod
    def of(cls, target: str) -> Request:
        """Of the target of a GET. Raises Refusal."""
        try:
            parts = urlsplit(target)
            parameters = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=20))
        except ValueError as error:
            raise Refusal("INVALID_REQUEST", str(error)) from None
        words = [unquote(word) for word in parts.path.split("/") if word]
        if not words:
            return cls(target, "probe", "", parameters)
        if words[0] in ("assets", "asset") and len(words) <= 2:
            return cls(target, "assets", words[1] if len(words) == 2 else "", parameters)
        if words[-1] in ("probe", "current", "sample") and len(words) <= 2:
            return cls(target, words[-1], words[0] if len(words) == 2 else "", parameters)
        if len(words) == 1:
            return cls(target, "probe", words[0], parameters)
        raise Refusal("INVALID_URI", "ask for probe, current, sample or assets, of all devices or one", status=404)

    def number(self, key: str, default: int | None, least: int, most: int) -> int | None:
        """A whole number among the parameters. Raises Refusal."""
        text = self.parameters.get(key)
        if text is None:
            return default
        if not text.lstrip("-").isdigit() or len(text) > 20 or not text.isascii():
            raise self._refused(key, "INVALID_PARAMETER_VALUE", f"{key} must be a whole number")
        if not least <= int(text) <= most:
            code = "OUT_OF_RANGE" if key in ("from", "count") else "INVALID_PARAMETER_VALUE"
            raise self._refused(key, code, f"{key} must be within {least} and {most}")
        return int(text)

    def _refused(self, key: str, code: str, words: str) -> Refusal:
        if key == "at":  # which the schema of refusals does not know
            return Refusal("INVALID_REQUEST", words)
        return Refusal(code, words, key, self.parameters[key][:80])


class Server:
    """Serves one agent. `port` 0: any that is free, and `port` says which one it is."""

    def __init__(self, agent: Agent, host: str, port: int, clock: Callable[[], float] = time.time) -> None:
        self.agent, self.host, self.port, self.clock = agent, host, port, clock
        self._server: asyncio.Server | None = None
        self._peers: set[asyncio.Task[None]] = set()
        self._stopped = False

    async def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hang up on everybody."""
        self._stopped = True
        if self._server:
            self._server.close()
            for peer in self._peers:
                peer.cancel()
            await asyncio.gather(*self._peers, return_exceptions=True)
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._peers.add(task)
        try:
            if len(self._peers) <= MOST_CONNECTIONS and not self._stopped:
                await Conversation(self, reader, writer).hold()
        except (OSError, h11.ProtocolError, asyncio.CancelledError):
            pass  # the peer has gone, talks nonsense, or we stop
        finally:
            self._peers.discard(task)
            writer.close()


class Conversation:
    """One connection: requests one after the other, until one is a stream."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.agent, self.clock = server.agent, server.clock
        self._reader, self._writer = reader, writer
        self._talk = h11.Connection(h11.SERVER, max_incomplete_event_size=16384)

    async def hold(self) -> None:
        """Answer until the peer hangs up."""
        while (request := await self._hear()) is not None:
            await self._answer(request)
            if self._talk.our_state is not h11.DONE or self._talk.their_state is not h11.DONE:
                return
            self._talk.start_next_cycle()

    async def _hear(self) -> h11.Request | None:
        request = None
        while True:
            event = self._talk.next_event()
            if event is h11.NEED_DATA:
                async with asyncio.timeout(IDLE_S):
                    self._talk.receive_data(await self._reader.read(16384))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.EndOfMessage):
                return request
            elif not isinstance(event, h11.Data):  # a body is read over
                return None

    async def _answer(self, heard: h11.Request) -> None:
        uri = heard.target.decode("latin-1")
        try:
            if heard.method != b"GET":
                raise Refusal("INVALID_REQUEST", "only GET is answered here", status=405)
            request = Request.of(uri)
            if request.verb in ("current", "sample") and "interval" in request.parameters:
                await self._stream(request)
            else:
                await self._whole(200, self._document(request))
        except Refusal as refusal:
            await self._whole(refusal.status, self._refusal(refusal, uri))

    def _refusal(self, refusal: Refusal, uri: str) -> bytes:
        now_s = self.clock()
        return pages.error(self.agent, refusal.code, refusal.words, uri[:2000], refusal.parameter, refusal.value, now_s)

    # ------------------------------------------------------------ documents

    def _document(self, request: Request) -> bytes:
        if request.verb == "assets":
            return self._assets(request)
        shelves = self._shelves(request)
        if request.verb == "probe":
            return pages.devices(self.agent, shelves, self.clock())
        wanted = self._wanted(request, shelves)
        if request.verb == "current":
            return self._current(request, shelves, wanted)
        last = self.agent.next
        start = request.number("from", None, self.agent.first, last)
        count = request.number("count", COUNT, 1, MOST_COUNT)
        assert count is not None
        return self._sample(shelves, self.agent.first if start is None else start, count, wanted)[0]

    def _shelves(self, request: Request) -> list[Shelf]:
        shelves = self.agent.chosen(request.name)
        if request.name and not shelves:
            raise Refusal("NO_DEVICE", f"there is no device {request.name[:200]!r} here", status=404)
        return shelves

    @staticmethod
    def _wanted(request: Request, shelves: list[Shelf]) -> pages.Wanted | None:
        path = request.parameters.get("path")
        if path is None:
            return None
        try:
            return select(path, shelves).__contains__
        except BadPath as bad:
            raise Refusal("INVALID_XPATH", str(bad)) from None

    def _current(self, request: Request, shelves: list[Shelf], wanted: pages.Wanted | None) -> bytes:
        at = request.number("at", None, self.agent.first, self.agent.next - 1)
        rows = [(shelf, shelf.state(at)) for shelf in shelves]
        return pages.streams(self.agent, rows, self.agent.next, self.clock(), wanted)

    def _sample(self, shelves: list[Shelf], start: int, count: int, wanted: pages.Wanted | None) -> tuple[bytes, int]:
        found, next_ = self.agent.sample(shelves, start, count)
        return pages.streams(self.agent, found, next_, self.clock(), wanted), next_

    def _assets(self, request: Request) -> bytes:
        known = {asset.id: asset for asset in self.agent.assets()}
        count = request.number("count", pages.ASSETS_KEPT, 1, pages.ASSETS_KEPT)
        for id_ in (ids := [word for word in request.name.split(";") if word]):
            if id_ not in known:
                raise Refusal("ASSET_NOT_FOUND", f"there is no asset {id_[:200]!r}", value=id_[:200], status=404)
        chosen = [known[id_] for id_ in ids] or list(known.values())
        kind = request.parameters.get("type")
        chosen = [asset for asset in chosen if kind in (None, asset.type)]
        return pages.assets(self.agent, chosen[:count], self.clock())

    # ------------------------------------------------------------ streams

    async def _stream(self, request: Request) -> None:
        """Part after part until the peer hangs up, or has fallen behind our buffer."""
        shelves = self._shelves(request)
        wanted = self._wanted(request, shelves)
        interval_ms = request.number("interval", 0, 0, 3_600_000) or 0
        heartbeat_ms = request.number("heartbeat", HEARTBEAT_MS, 1, 3_600_000) or HEARTBEAT_MS
        if request.verb == "current":
            if "at" in request.parameters:
                raise Refusal("INVALID_REQUEST", "a stream of what is current has no `at`")
            documents = self._currents(request, shelves, wanted, max(interval_ms, 10) / 1000.0)
        else:
            start = request.number("from", None, self.agent.first, self.agent.next)
            count = request.number("count", COUNT, 1, MOST_COUNT) or COUNT
            start = self.agent.first if start is None else start
            documents = self._samples(shelves, start, count, wanted, interval_ms / 1000.0, heartbeat_ms / 1000.0)
        await self._begin(200, f"multipart/x-mixed-replace;boundary={BOUNDARY}")
        async for document in documents:
            head = f"--{BOUNDARY}\r\nContent-type: text/xml\r\nContent-length: {len(document)}\r\n\r\n"
            await self._write(self._talk.send(h11.Data(data=head.encode() + document + b"\r\n")))
        await self._write(self._talk.send(h11.EndOfMessage()))

    async def _currents(
        self, request: Request, shelves: list[Shelf], wanted: pages.Wanted | None, interval_s: float
    ) -> AsyncIterator[bytes]:
        while True:
            yield self._current(request, shelves, wanted)
            await asyncio.sleep(interval_s)

    async def _samples(
        self,
        shelves: list[Shelf],
        start: int,
        count: int,
        wanted: pages.Wanted | None,
        interval_s: float,
        heartbeat_s: float,
    ) -> AsyncIterator[bytes]:
        stir = shelves[0].stir if len(shelves) == 1 else self.agent.stir
        while start >= self.agent.first:
            document, start = self._sample(shelves, start, count, wanted)
            yield document
            if start < self.agent.next:
                continue  # there is more
            await asyncio.sleep(interval_s)
            if start == self.agent.next or not any(shelf.since(start, 1) for shelf in shelves):
                await self._rest(stir, heartbeat_s - interval_s)
        words = f"{start} has left the buffer, the oldest is {self.agent.first}"
        yield self._refusal(Refusal("OUT_OF_RANGE", words, "from", str(start)), "sample")

    @staticmethod
    async def _rest(stir: asyncio.Event, most_s: float) -> None:
        """Until something is observed, or for so long."""
        stir.clear()
        try:
            async with asyncio.timeout(max(most_s, 0.0)):
                await stir.wait()
        except TimeoutError:
            return

    # ------------------------------------------------------------ bytes

    async def _begin(self, status: int, content_type: str, length: int | None = None) -> None:
        headers = [("Content-Type", content_type), ("Server", "linewright"), ("Cache-Control", "no-store")]
        if length is not None:
            headers.append(("Content-Length", str(length)))
        await self._write(self._talk.send(h11.Response(status_code=status, headers=headers)))

    async def _whole(self, status: int, document: bytes) -> None:
        await self._begin(status, XML, len(document))
        await self._write(self._talk.send(h11.Data(data=document)))
        await self._write(self._talk.send(h11.EndOfMessage()))

    async def _write(self, data: bytes | None) -> None:
        self._writer.write(data or b"")
        async with asyncio.timeout(WRITE_S):
            await self._writer.drain()
