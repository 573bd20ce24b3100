"""An agent is followed through gaps, restarts, silence and nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from linewright.machines.mtconnect.agent import Agent, Component
from linewright.machines.mtconnect.client import Client
from linewright.machines.mtconnect.documents import Category, Item, Probe, Streams
from linewright.machines.mtconnect.follow import Current, Gap, Lost, Position, follow
from linewright.machines.mtconnect.http import Url
from linewright.machines.mtconnect.server import Server
from linewright.machines.patience import Patience


def new_agent(born_s: float = 1.0, size: int = 20) -> Agent:
    agent = Agent(born_s, size)
    item = Item("x", "LOAD", "", Category.SAMPLE, "", "PERCENT", "Device", "d", "d")
    agent.declare(Component("Device", "d", "d", (item,)), "u", 0.0)
    return agent


@asynccontextmanager
async def up(agent: Agent, port: int = 0) -> AsyncIterator[Server]:
    server = Server(agent, "127.0.0.1", port)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


class Follower:
    """Follows and notes: readings as numbers, all else as itself."""

    def __init__(self, port: int, position: Position | None = None) -> None:
        client = Client(f"http://127.0.0.1:{port}", "d", interval_s=0.0, heartbeat_s=0.2)
        self._found = follow(client, position, Patience(0.02, 0.1))

    async def until(self, done: Callable[[Any], bool]) -> list[Any]:
        seen: list[Any] = []
        async for what in self._found:
            if isinstance(what, Streams):
                seen += [float(row.value) for rows in what.observations.values() for row in rows]
            else:
                seen.append(what)
            if seen and done(seen[-1]):
                return seen
        raise AssertionError("it must never end")

    async def close(self) -> None:
        await self._found.aclose()


def run(talk: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(talk(), 20.0))


def add(agent: Agent, *values: float) -> None:
    for value in values:
        agent.add("x", str(value), 1000.0)


def kinds(seen: list[Any]) -> list[str]:
    return [type(what).__name__ for what in seen if not isinstance(what, Lost)]


def test_readings_come_once_and_in_order_through_lost_connections() -> None:
    async def talk() -> None:
        agent = new_agent(size=1000)
        async with up(agent) as server:
            follower = Follower(server.port)
            seen = await follower.until(lambda what: isinstance(what, Current))
            assert kinds(seen) == ["Probe", "Current"]
            add(agent, 1, 2)
            assert await follower.until(lambda what: what == 2) == [1, 2]
            port = server.port
        add(agent, 3)
        assert isinstance((await follower.until(lambda what: isinstance(what, Lost)))[-1], Lost)
        async with up(agent, port):
            add(agent, 4)
            seen = await follower.until(lambda what: what == 4)
            assert kinds(seen) == ["Probe", "float", "float"]
            assert seen[-2:] == [3, 4]
            await follower.close()

    run(talk)


def test_what_left_the_buffer_meanwhile_is_a_gap_of_known_size() -> None:
    async def talk() -> None:
        agent = new_agent(size=20)
        async with up(agent) as server:
            follower = Follower(server.port)
            await follower.until(lambda what: isinstance(what, Current))
            add(agent, 1)
            await follower.until(lambda what: what == 1)
            port = server.port
        add(agent, *range(2, 52))
        async with up(agent, port):
            seen = await follower.until(lambda what: isinstance(what, Current))
            assert kinds(seen) == ["Probe", "Gap", "Current"]
            (gap,) = (what for what in seen if isinstance(what, Gap))
            assert gap.lost == 50
            assert seen[-1].streams.observations["d"][0].value == "51"
            add(agent, 52)
            assert await follower.until(lambda what: what == 52) == [52]
            await follower.close()

    run(talk)


def test_a_follower_too_slow_for_the_buffer_learns_of_its_gap() -> None:
    async def talk() -> None:
        agent = new_agent(size=20)
        async with up(agent) as server:
            follower = Follower(server.port, Position(agent.instance, 1))
            add(agent, *range(30))
            seen = await follower.until(lambda what: isinstance(what, Current))
            assert kinds(seen) == ["Probe", "Gap", "Current"]
            add(agent, *range(100, 200))  # in one go, before the agent gets its turn
            seen = await follower.until(lambda what: isinstance(what, Current))
            assert "Gap" in kinds(seen)
            await follower.close()

    run(talk)


@pytest.mark.parametrize("born_s", [2.0, 1.0])
def test_an_agent_started_anew_is_asked_for_everything_again(born_s: float) -> None:
    """Also where it is given back its old instance number (as after a restored backup)."""

    async def talk() -> None:
        agent = new_agent(1.0)
        async with up(agent) as server:
            follower = Follower(server.port)
            await follower.until(lambda what: isinstance(what, Current))
            add(agent, 1, 2, 3)
            await follower.until(lambda what: what == 3)
            port = server.port
        agent = new_agent(born_s)
        add(agent, 7)
        async with up(agent, port):
            seen = await follower.until(lambda what: isinstance(what, Current))
            assert kinds(seen) == ["Probe", "Gap", "Current"]
            assert next(what for what in seen if isinstance(what, Gap)).lost is None
            await follower.close()

    run(talk)


def test_a_position_of_an_earlier_life_of_ours_is_gone_on_from() -> None:
    async def talk() -> None:
        agent = new_agent(size=100)
        add(agent, 1, 2, 3)
        async with up(agent) as server:
            follower = Follower(server.port, Position(agent.instance, agent.next - 2))
            seen = await follower.until(lambda what: what == 3)
            assert kinds(seen) == ["Probe", "float", "float"]
            await follower.close()

    run(talk)


# ---------------------------------------------------------------- peers that are no agents


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\noops",
        b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\ncut short",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"<" * 500_000,
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\n\r\n<MTConnectError><Errors><NoDevice/></Errors></MTConnectError>",
    ],
)
def test_who_is_no_agent_is_reported_and_tried_again(answer: bytes) -> None:
    tried = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tried.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        writer.close()

    async def talk() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            follower = Follower(server.sockets[0].getsockname()[1])
            for _ in range(3):
                (lost,) = await follower.until(lambda what: True)
                assert isinstance(lost, Lost) and lost.words
            assert len(tried) >= 3
            await follower.close()

    run(talk)


def test_an_agent_that_falls_silent_has_gone() -> None:
    probe = b'<MTConnectDevices><Header instanceId="1"/><Devices/></MTConnectDevices>'
    current = (
        b'<MTConnectStreams><Header instanceId="1" nextSequence="5" firstSequence="1"/><Streams/></MTConnectStreams>'
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if b"/sample" in request:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=z\r\n\r\n--z\r\n")
            await asyncio.sleep(60.0)
        body = probe if b"/probe" in request else current
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        writer.close()

    async def talk() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            client = Client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heartbeat_s=0.05)
            client_idle_s = 2.0 * client.heartbeat_s + 1.0
            begun_s = asyncio.get_running_loop().time()
            async with aclosing(follow(client, None, Patience(0.01, 0.01))) as found:
                seen = [what async for what in _first(found, 3)]
            assert isinstance(seen[0], Probe) and isinstance(seen[1], Current) and isinstance(seen[2], Lost)
            assert asyncio.get_running_loop().time() - begun_s < 3.0 * client_idle_s

    run(talk)


async def _first(found: AsyncIterator[Any], n: int) -> AsyncIterator[Any]:
    async for what in found:
        yield what
        n -= 1
        if n == 0:
            return


@pytest.mark.parametrize("address", ["mill:5000", "ftp://mill", "http://", "http:///x"])
def test_an_address_must_be_one(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Url.of(address)


def test_an_address_may_have_a_path_and_six() -> None:
    assert Url.of("http://mill") == (False, "mill", 5000, "")
    assert str(Url.of("https://[::1]:8443/agents/a/")) == "https://[::1]:8443/agents/a"
