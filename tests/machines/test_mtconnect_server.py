"""Our MTConnect agent: what it answers, that the published schemas accept it, and how it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from clockwork import clockwork_floor
from lxml import etree
from published import published

from linewright.machines.jobs import JobOrder, Work
from linewright.machines.mtconnect import Client, MtconnectServer
from linewright.machines.mtconnect.agent import Agent, Component
from linewright.machines.mtconnect.documents import AgentErrors, Category, Item, read
from linewright.machines.mtconnect.http import Url, get
from linewright.machines.mtconnect.publish import Publication
from linewright.machines.mtconnect.select import BadPath, select
from linewright.machines.mtconnect.server import Server


async def ask(server: Server, target: str) -> tuple[int, bytes]:
    async with get(Url.of(f"http://127.0.0.1:{server.port}"), target, 10.0) as answer:
        return answer.status, await answer.body(10**7)


def served(floor: Any, talk: Callable[[Server], Awaitable[None]], **more: Any) -> None:
    async def run() -> None:
        async with MtconnectServer(floor, "127.0.0.1", 0, **more) as server:
            running = asyncio.create_task(floor.run())
            try:
                await asyncio.wait_for(talk(server._server), 20.0)
            finally:
                running.cancel()

    asyncio.run(run())


@pytest.fixture(scope="module")
def schemas() -> dict[str, etree.XMLSchema]:
    """The published ones of 2.7. libxml2 knows XSD 1.0: the one attribute of 1.1 is replaced by its like."""
    folder, found = published("mtconnect"), {}
    for kind in ("Devices", "Streams", "Error"):
        path = folder / f"MTConnect{kind}_2.7.xsd"
        text = path.read_bytes()
        text = text.replace(b"notNamespace='##targetNamespace'", b"namespace='##other'")
        found[kind] = etree.XMLSchema(etree.fromstring(text, base_url=str(path)))
    return found


TARGETS = {
    "/probe": "Devices",
    "/mill/probe": "Devices",
    "/": "Devices",
    "/mill": "Devices",
    "/current": "Streams",
    "/mill/current": "Streams",
    "/current?at=5": "Streams",
    "/sample?count=7": "Streams",
    "/mill/sample?from=3": "Streams",
    '/current?path=//DataItem[@type="EXECUTION"]': "Streams",
    "/nobody/current": "Error",
    "/sample?from=999999": "Error",
    "/sample?count=0": "Error",
    "/sample?count=many": "Error",
    "/current?at=-3": "Error",
    "/current?interval=soon": "Error",
    "/a/b/c": "Error",
    "/current?path=//Nothing": "Error",
    "/current?path=count(//*)": "Error",
    "/assets/nothing": "Error",
}


def test_every_answer_is_accepted_by_the_published_schemas(schemas: dict[str, etree.XMLSchema]) -> None:
    async def talk(server: Server) -> None:
        floor.machines["mill"].store_and_start(JobOrder("j", Work.OPERATION, "box.op1", unit="7"))
        await asyncio.sleep(0.1)
        floor.machines["mill"].behaviour.fail("spindle & drive")
        floor.machines["mill"].happen()
        for target, kind in TARGETS.items():
            status, body = await ask(server, target)
            root = etree.fromstring(body)
            assert (status == 200) is (kind != "Error"), target
            assert etree.QName(root).localname == f"MTConnect{kind}", target
            schemas[kind].assertValid(root)

    floor = clockwork_floor("mill", "cmm", results={"bore": 0.0125})
    served(floor, talk)


def test_a_job_is_seen_from_start_to_end() -> None:
    async def talk(server: Server) -> None:
        client = Client(f"http://127.0.0.1:{server.port}", "cmm")
        probe = await client.probe()
        (device,) = probe.devices
        kinds = {item.id: item.type for item in device.items}
        start = (await client.current()).header.next
        floor.machines["cmm"].store_and_start(JobOrder("j", Work.OPERATION, "box.check", unit="7"))
        await asyncio.sleep(0.15)
        seen = await client.sample(start)
        told = [(kinds[row.item], row.value) for row in seen.observations["cmm"] if kinds[row.item] != "TOOL_ID"]
        assert told == [
            ("PROGRAM", "box.check"),
            ("EXECUTION", "ACTIVE"),
            ("MEASUREMENT_VALUE", "0.0125"),
            ("CHARACTERISTIC_STATUS", "PASS"),
            ("PART_COUNT", "1"),
            ("PROGRAM", ""),
            ("EXECUTION", "READY"),
        ]
        assert seen.header.next == seen.header.last + 1 == start + 8

    floor = clockwork_floor("mill", "cmm", results={"bore": 0.0125})
    publication = Publication(floor, {"cmm": ["bore"]})

    async def run() -> None:
        server = Server(publication.agent, "127.0.0.1", 0)
        await server.start()
        running = asyncio.create_task(floor.run())
        await asyncio.wait_for(talk(server), 20.0)
        running.cancel()
        await server.stop()

    asyncio.run(run())


def test_a_change_over_is_set_up_and_never_looks_like_production() -> None:
    floor = clockwork_floor("mill", speed=1.0)
    agent = Publication(floor, {}).agent
    shelf = agent.shelves["mill"]
    start = agent.next
    floor.machines["mill"].store_and_start(JobOrder("s", Work.CHANGE_OVER, "box"))
    floor.machines["mill"].happen()
    floor.machines["mill"].store_and_start(JobOrder("s2", Work.CHANGE_OVER, "box"))
    floor.machines["mill"].store_and_start(JobOrder("o", Work.OPERATION, "box.op1"))
    floor.machines["mill"].happen()
    told = [(agent.item(row.item).type, row.value) for row in shelf.since(start, 100)]
    told.remove(("TOOL_ID", "T1"))
    assert told == [
        ("FUNCTIONAL_MODE", "SETUP"),
        ("EXECUTION", "ACTIVE"),
        ("EXECUTION", "READY"),
        ("FUNCTIONAL_MODE", "PRODUCTION"),
        ("FUNCTIONAL_MODE", "SETUP"),
        ("EXECUTION", "ACTIVE"),
        ("PROGRAM", "box.op1"),
        ("FUNCTIONAL_MODE", "PRODUCTION"),
    ]


def test_a_stream_beats_while_nothing_happens_and_tells_at_once_what_does() -> None:
    async def talk(server: Server) -> None:
        client = Client(f"http://127.0.0.1:{server.port}", "mill", interval_s=0.01, heartbeat_s=0.1)
        start = (await client.current()).header.next
        seen = []
        async for streams in client.stream(start):
            seen.append(len(streams))
            if len(seen) == 4:
                floor.machines["cmm"].tell("Xpos", 3.0)  # of another device
                floor.machines["mill"].tell("Xpos", 1.5)
            if seen[-1]:
                break
        assert seen[:4] == [0, 0, 0, 0] and seen[-1] == 1 and len(seen) <= 7
        assert streams.observations["mill"][0].value == "1.5"

    floor = clockwork_floor("mill", "cmm", speed=1.0)
    served(floor, talk)


def test_it_says_where_it_answers() -> None:
    async def run() -> None:
        async with MtconnectServer(clockwork_floor("mill"), "127.0.0.1", 0) as server:
            assert (await Client(server.endpoint).probe()).devices[0].name == "mill"

    asyncio.run(run())


@pytest.mark.parametrize(
    ("path", "n"),
    [
        ('//DataItem[@type="EXECUTION"]', 1),
        ("//Path//DataItem[@type='PROGRAM' or @type='EXECUTION']", 2),
        ("//Axes", 1),
        ('//Axes/Components/Linear[@name="X"]|//DataItem[@type="PROGRAM"]', 2),
    ],
)
def test_a_path_chooses_items(path: str, n: int) -> None:
    assert len(select(path, Publication(clockwork_floor("mill"), {}).agent.chosen("mill"))) == n


@pytest.mark.parametrize(
    "path",
    [
        "",
        "x",
        "//*[",
        "count(//*)",
        "//*/following::*",
        "//*[//*[//*]]",
        "//*" * 90,
        "//*//*//*//*",
        "//*[1]",
        "id('x')",
        '//DataItem[@type="NOTHING"]',
        "//*[@a='" + "b' or @a='" * 1000,
    ],
)
def test_a_path_that_could_keep_us_busy_is_refused_at_once(path: str) -> None:
    with pytest.raises(BadPath):
        select(path, Publication(clockwork_floor("mill"), {}).agent.chosen("mill"))


def test_tools_are_assets() -> None:
    async def talk(server: Server) -> None:
        _, body = await ask(server, "/assets")
        (tool, _) = etree.fromstring(body).findall(".//{*}CuttingTool")
        assert tool.get("toolId") == "T1" and tool.get("assetId") == "mill.T1"
        life = tool.find(".//{*}ToolLife")
        assert (life.text, life.get("limit"), life.get("type")) == ("10", "90", "MINUTES")
        _, one = await ask(server, "/asset/cmm.T1?type=CuttingTool")
        assert len(etree.fromstring(one).findall(".//{*}CuttingTool")) == 1

    served(clockwork_floor("mill", "cmm"), talk)


# ---------------------------------------------------------------- the buffer


def agent_of_one(size: int) -> Agent:
    agent = Agent(1.0, size)
    items = (
        Item("x", "POSITION", "", Category.SAMPLE, "x", "MILLIMETER", "Device", "d", "d"),
        Item("c", "SYSTEM", "", Category.CONDITION, "c", "", "Device", "d", "d"),
    )
    agent.declare(Component("Device", "d", "d", items), "u", 0.0)
    return agent


def test_the_buffer_forgets_the_oldest_and_knows_what_was_current_at_any_number() -> None:
    agent = agent_of_one(5)
    for n in range(1, 11):
        agent.add("x", str(n), float(n))
    shelf = agent.shelves["d"]
    assert (agent.first, agent.next) == (8, 13)
    assert [row.value for row in shelf.since(agent.first, 10)] == ["6", "7", "8", "9", "10"]
    assert {row.item: row.value for row in shelf.state(9)} == {"x": "7", "c": "Unavailable"}
    assert {row.item: row.value for row in shelf.state()} == {"x": "10", "c": "Unavailable"}


@pytest.mark.parametrize("size", [2, 1000])
def test_conditions_stand_beside_each_other_until_each_is_over(size: int) -> None:
    agent = agent_of_one(size)

    def active() -> set[tuple[str, str]]:
        return {(row.value, row.code) for row in agent.shelves["d"].state() if row.item == "c"}

    agent.add("c", "Normal", 1.0)
    assert active() == {("Normal", "")}
    agent.add("c", "Fault", 2.0, "1")
    agent.add("c", "Warning", 3.0, "2")
    assert active() == {("Fault", "1"), ("Warning", "2")}
    agent.add("c", "Normal", 4.0, "1")
    assert active() == {("Warning", "2")}
    agent.add("c", "Normal", 5.0)
    assert active() == {("Normal", "")}


def test_a_sample_of_several_devices_ends_at_the_same_number_for_all() -> None:
    agent = Agent(1.0, 100)
    for name in "ab":
        item = Item(name, "LOAD", "", Category.SAMPLE, "", "PERCENT", "Device", name, name)
        agent.declare(Component("Device", name, name, (item,)), name, 0.0)
    for n in range(10):
        agent.add("ab"[n % 3 == 0], str(n), 0.0)
    found, next_ = agent.sample(agent.chosen(""), 1, 5)
    numbers = sorted(row.sequence for _, rows in found for row in rows)
    assert numbers == [1, 2, 3, 4, 5] and next_ == 6
    rest, next_ = agent.sample(agent.chosen(""), next_, 100)
    assert sorted(row.sequence for _, rows in rest for row in rows) == [6, 7, 8, 9, 10, 11, 12] and next_ == 13


# ---------------------------------------------------------------- bad peers


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /probe HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", b"405"),
        (b"GET /current?path=%22%5B HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"GET /current?at=99999999999999999999999 HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"GET //[/ HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"GET /current?" + b"a=1&" * 50 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"HEAD /probe HTTP/1.1\r\nHost: x\r\n\r\n", b"405"),
        (b"rubbish\r\n\r\n", b""),
        (b"GET /" + b"a" * 40_000, b""),
    ],
)
def test_what_is_not_asked_properly_is_refused_and_the_agent_lives_on(sent: bytes, status: bytes) -> None:
    async def talk(server: Server) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        if writer.can_write_eof():
            writer.write_eof()
        answer = await reader.read(20_000)
        writer.close()
        assert answer[9:12] == status
        assert (await ask(server, "/probe"))[0] == 200

    served(clockwork_floor("mill"), talk)


def test_who_falls_behind_the_buffer_is_told_so() -> None:
    async def talk(server: Server) -> None:
        target = "/sample?from=1&interval=10"
        async with get(Url.of(f"http://127.0.0.1:{server.port}"), "/sample?from=1", 5.0) as answer:
            refused = read(await answer.body(10**6))
        assert isinstance(refused, AgentErrors) and refused.has("OUT_OF_RANGE")
        async with get(Url.of(f"http://127.0.0.1:{server.port}"), target, 5.0) as answer:
            assert answer.status == 400

    served(clockwork_floor("mill"), talk, buffer=5)
