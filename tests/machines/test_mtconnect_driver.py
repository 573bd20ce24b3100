"""The MTConnect driver against our agent: people start the machines, the line hears what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from clockwork import clockwork_floor
from driver_contract import GAUGE, MILL, OutlivingContract, turn
from driver_contract import Shop as ContractShop
from hands import Operator
from shop import SPEED, small_floor, small_plant, until

from linewright.control import Command, Event, Line
from linewright.control.compile import compile_line
from linewright.control.line import Names
from linewright.errors import InputError
from linewright.machines.driver import Happening, Job, Question, Reach, Report, Taken
from linewright.machines.floor import Floor
from linewright.machines.mtconnect import make_driver
from linewright.machines.mtconnect.driver import Address, MtconnectDriver
from linewright.machines.mtconnect.publish import Publication
from linewright.machines.mtconnect.server import Server
from linewright.machines.sheets import Sheets
from linewright.machines.telemetry import Telemetry, read_losses, read_telemetry
from linewright.machines.watching import notes_beside

NAMES = ("mill", "gauge-1")


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> Sheets:
    checked = small_plant(tmp_path_factory.mktemp("plant"))
    return Sheets(*compile_line(checked.plant, checked.orders, checked.folder))


def job(name: str, machine: int, kind: Command = Command.START_OPERATION) -> Job:
    detail = machine if kind is Command.START_OPERATION else 0 if kind is Command.REPAIR else 1
    return Job(name, (int(kind), machine, 70 + machine, detail, 1, 0.0, 0.0))


class Shop:
    """A floor behind an agent that can be taken away and given back, and an operator who does as the line wants."""

    def __init__(
        self, floor: Floor, sheets: Sheets, notes: Path | None = None, telemetry: Telemetry | None = None
    ) -> None:
        self.floor, self.sheets, self.notes, self.telemetry = floor, sheets, notes, telemetry
        self.publication = Publication(floor, {"gauge-1": ["bore"]})
        self.server = Server(self.publication.agent, "127.0.0.1", 0)
        self.operator = Operator(floor, sheets)
        self.heard: list[Report] = []

    async def __aenter__(self) -> Shop:
        self._stack = AsyncExitStack()
        await self.server.start()
        running = asyncio.create_task(self.floor.run())
        self._stack.callback(running.cancel)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()
        await self.server.stop()
        await self._stack.aclose()

    async def enter(self, *open_jobs: Job) -> None:
        """The line starts."""
        at = f"mtconnect://127.0.0.1:{self.server.port}"
        machines = {m: f"{at}/{name}" for m, name in enumerate(NAMES)}
        self.driver = MtconnectDriver(machines, self.sheets, self.notes, self.telemetry, self.operator)
        self._met: set[int] = set()
        await self.driver.connect(open_jobs)
        self._hearing = asyncio.create_task(self._hear())

    async def leave(self) -> None:
        """The line stops."""
        self._hearing.cancel()
        await self.driver.close()

    async def restart_agent(self, publication: Publication | None = None, meanwhile: Callable[[], Any] = int) -> None:
        """Away, and there again at the same port, perhaps as another one."""
        port = self.server.port
        await self.server.stop()
        meanwhile()
        self.publication = publication or self.publication
        self.server = Server(self.publication.agent, "127.0.0.1", port)
        await self.server.start()

    async def _hear(self) -> None:
        async for report in self.driver.events():
            if isinstance(report, Reach) and report.reached and report.machine not in self._met:
                self._met.add(report.machine)  # the first time
                assert report.memory == self.driver.notebook.memory
            else:
                self.heard.append(report)

    async def hears(self, *expected: Report) -> None:
        """Wait until just this has been heard, and forget it."""
        async with asyncio.timeout(8.0):
            while len(self.heard) < len(expected):
                await asyncio.sleep(0.005)
        heard, self.heard = self.heard, []
        assert sorted(map(_plain, heard), key=str) == sorted(map(_plain, expected), key=str)

    async def hears_in_order(self, which: Callable[[Any], bool], expected: list[Report]) -> None:
        """Wait until as many of some reports as these have been heard: they are these."""
        async with asyncio.timeout(8.0):
            while len(mine := [report for report in self.heard if which(report)]) < len(expected):
                await asyncio.sleep(0.005)
        assert [each._replace(memory="") if isinstance(each, Reach) else each for each in mine] == expected

    async def settles(self) -> None:
        """Wait until the driver has read all there is of each device."""
        async with asyncio.timeout(8.0):
            while any(self._unread(m) for m in self.driver.listeners):
                await asyncio.sleep(0.005)

    def _unread(self, machine: int) -> bool:
        agent, position = self.publication.agent, self.driver.listeners[machine].position
        if position is None or position.instance != agent.instance:
            return True
        # numbers are given across all devices: those of the others come with the next heartbeat only
        return bool(agent.shelves[NAMES[machine]].since(position.next, 1))


def _plain(report: Report) -> Report:
    if isinstance(report, Reach):
        return report._replace(words="", memory="")
    return report._replace(words="") if isinstance(report, Question) else report


def finished(name: str, machine: int) -> Happening:
    return Happening(int(Event.OPERATION_FINISHED), machine, 0, job=name)


def run(talk: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(talk(), 30.0))


def test_the_operator_does_as_the_line_wants_and_the_line_hears_of_it(sheets: Sheets) -> None:
    async def talk() -> None:
        async with Shop(clockwork_floor(*NAMES, results={"bore": 0.0125}), sheets) as shop:
            await shop.enter()
            await shop.settles()
            assert shop.heard == []
            await shop.driver.send([job("a", 0), job("b", 1)])
            measured = Happening(int(Event.VALUE_MEASURED), 1, 0, 71, amount=0.0125)
            await shop.hears(Taken("a"), finished("a", 0), Taken("b"), measured, finished("b", 1))

    run(talk)


def test_set_up_failure_and_repair(sheets: Sheets) -> None:
    async def talk() -> None:
        floor = clockwork_floor(*NAMES, speed=50.0)
        async with Shop(floor, sheets) as shop:
            await shop.enter()
            await shop.settles()
            await shop.driver.send([job("s", 0, Command.CHANGE_OVER)])
            await shop.hears(Taken("s"), Happening(int(Event.SETUP_FINISHED), 0, job="s"))
            await shop.driver.send([job("a", 0)])
            await shop.hears(Taken("a"))
            mill = floor.machines["mill"]
            mill.behaviour.fail("chuck")
            mill.happen()
            await shop.hears(Happening(int(Event.MACHINE_FAILED), 0, 0))
            await shop.driver.send([job("r", 0, Command.REPAIR)])
            await shop.hears(Happening(int(Event.MACHINE_REPAIRED), 0, job="r"))

    run(talk)


def test_what_happens_while_the_agent_is_away_is_heard_when_it_is_back(sheets: Sheets) -> None:
    async def talk() -> None:
        async with Shop(clockwork_floor(*NAMES), sheets) as shop:
            shop.operator.lazy = True
            await shop.enter()
            await shop.settles()
            await shop.driver.send([job("a", 0)])
            assert [each.name for each in shop.driver.wanted] == ["a"]
            port = shop.server.port
            await shop.server.stop()
            await shop.hears(Reach(0, False), Reach(1, False))
            shop.operator.do(job("a", 0))
            await asyncio.sleep(0.1)
            shop.server = Server(shop.publication.agent, "127.0.0.1", port)
            await shop.server.start()
            async with asyncio.timeout(8.0):
                while len(shop.heard) < 4:
                    await asyncio.sleep(0.005)
            back = {report.machine for report in shop.heard if isinstance(report, Reach) and report.reached}
            assert back == {0, 1}
            assert [r for r in shop.heard if not isinstance(r, Reach)] == [Taken("a"), finished("a", 0)]
            assert shop.driver.wanted == []

    run(talk)


def test_what_happens_while_the_line_is_away_is_heard_when_it_is_back(sheets: Sheets, tmp_path: Path) -> None:
    async def talk() -> None:
        async with Shop(clockwork_floor(*NAMES, speed=20.0), sheets, tmp_path / "notes.json") as shop:
            await shop.enter()
            await shop.settles()
            await shop.driver.send([job("a", 0), job("b", 1)])
            await shop.hears(Taken("a"), Taken("b"))
            await shop.leave()
            await asyncio.sleep(1.0)  # both are done
            await shop.enter(job("a", 0)._replace(acknowledged=True), job("b", 1)._replace(acknowledged=True))
            await shop.hears(finished("a", 0), finished("b", 1))
            assert len(shop.operator.handed) == 2, "nothing was handed out twice"

    run(talk)


@pytest.mark.parametrize("done", [True, False])
def test_an_agent_that_lost_its_memory_over_a_job(done: bool, sheets: Sheets, tmp_path: Path) -> None:
    """The counter of the machine tells whether the job was done; a gap is on record, and declared in the telemetry."""

    async def talk() -> None:
        telemetry = Telemetry(tmp_path / "telemetry", segment_s=0.05)
        floor = clockwork_floor(*NAMES, speed=20.0 if done else 0.001)
        async with Shop(floor, sheets, telemetry=telemetry) as shop:
            await shop.enter()
            await shop.settles()
            await shop.driver.send([job("a", 0)])
            await shop.hears(Taken("a"))
            port = shop.server.port
            await shop.server.stop()
            await shop.hears(Reach(0, False), Reach(1, False))
            if done:
                await asyncio.sleep(0.7)
            shop.publication = Publication(floor, {})
            shop.server = Server(shop.publication.agent, "127.0.0.1", port)
            await shop.server.start()
            expected = [Reach(0, True), Reach(0, False, "the agent has started anew"), Reach(0, True)]
            expected += [finished("a", 0)] if done else []
            await shop.hears_in_order(lambda report: getattr(report, "job", "") == "a" or report[0] == 0, expected)
        telemetry.close()
        (loss,) = (loss for loss in read_losses(tmp_path / "telemetry") if loss.machine == "mill")
        assert (loss.count, loss.why) == (None, "the agent has started anew")

    run(talk)


def test_a_machine_whose_counter_went_back_over_a_gap_is_asked_about(sheets: Sheets) -> None:
    async def talk() -> None:
        floor = clockwork_floor(*NAMES, speed=0.001)
        floor.machines["mill"].items["parts"] = 5
        async with Shop(floor, sheets) as shop:
            await shop.enter()
            await shop.settles()
            await shop.driver.send([job("a", 0)])
            await shop.hears(Taken("a"))
            floor.machines["mill"].items["parts"] = 0
            await shop.restart_agent(Publication(floor, {}))
            async with asyncio.timeout(8.0):
                while not any(isinstance(report, Question) for report in shop.heard):
                    await asyncio.sleep(0.005)
            (question,) = (report for report in shop.heard if isinstance(report, Question))
            assert (question.machine, question.job) == (0, "a") and "started anew" in question.words

    run(talk)


def test_telemetry_has_every_reading_once(sheets: Sheets, tmp_path: Path) -> None:
    async def talk() -> None:
        telemetry = Telemetry(tmp_path, segment_s=0.05)
        floor = clockwork_floor(*NAMES)
        async with Shop(floor, sheets, telemetry=telemetry) as shop:
            await shop.enter()
            await shop.settles()
            for n in range(200):
                floor.machines["mill"].tell("Xpos", n + 0.5)
                if n == 100:
                    await shop.settles()
                    await shop.restart_agent()
            await shop.settles()
        telemetry.close()
        assert read_telemetry(tmp_path, "mill", "Xpos")["value"].to_pylist() == [n + 0.5 for n in range(200)]

    run(talk)


def test_a_device_that_is_not_there_is_said(sheets: Sheets, tmp_path: Path) -> None:
    async def talk() -> None:
        async with Shop(clockwork_floor("lathe"), sheets) as shop:
            await shop.enter()
            async with asyncio.timeout(5.0):
                while len(shop.heard) < 2:
                    await asyncio.sleep(0.005)
            assert {report.machine for report in shop.heard if isinstance(report, Reach)} == {0, 1}
            assert all("NO_DEVICE" in report.words for report in shop.heard if isinstance(report, Reach))

    run(talk)


@pytest.mark.parametrize("text", ["mtconnect:cmm", "http://cmm", "mtconnect://cmm/D?pth=x", "mtconnect://cmm:x/D"])
def test_a_wrong_address_is_the_users(text: str, sheets: Sheets) -> None:
    with pytest.raises(InputError) as caught:
        MtconnectDriver({1: text}, sheets)
    assert caught.value.problems[0].key == "machines.gauge-1"


def test_a_driver_is_made_for_addresses_of_a_plant(sheets: Sheets, tmp_path: Path) -> None:
    site = SimpleNamespace(line=sheets.line, names=sheets.names, pki=tmp_path / "pki", telemetry=None)
    driver = make_driver({1: "mtconnect://cmm:5001/CMM"}, site)
    assert (
        list(driver.desks) == [1] and notes_beside(site, "mtconnect://cmm:5001/CMM").name == "mtconnect-cmm-5001.json"
    )


def test_addresses() -> None:
    found = Address.of("mtconnects://cmm/agents/7/CMM%201?path=left")
    assert (str(found.agent), found.device, found.path) == ("https://cmm:443/agents/7", "CMM 1", "left")
    assert str(Address.of("mtconnect://cmm").agent) == "http://cmm:5000"
    found = Address.of("mtconnect://shop:5000#gauge-1")
    assert (str(found.agent), found.device) == ("http://shop:5000", "gauge-1")


def test_without_a_device_in_the_address_the_one_of_the_machines_name_is_taken(sheets: Sheets) -> None:
    async def talk() -> None:
        async with Shop(clockwork_floor(*NAMES), sheets) as shop:
            await shop.enter()
            await shop.leave()
            at = f"mtconnect://127.0.0.1:{shop.server.port}"
            shop.driver = MtconnectDriver({1: at}, sheets, handed=shop.operator)
            shop._met = set()
            await shop.driver.connect([])
            shop._hearing = asyncio.create_task(shop._hear())
            await shop.driver.send([job("b", 1)])
            await shop.hears(Taken("b"), finished("b", 1))

    run(talk)


# ---------------------------------------------------------------- what every driver must do


class MtconnectShop(ContractShop):
    """The small plant's machines behind one agent, an operator, and drivers with one notebook."""

    def __init__(self, line: Line, names: Names, folder: Path) -> None:
        super().__init__(line, names)
        self.floor, self.notes = small_floor(folder, speed=SPEED / 3.0), folder / "notes.json"
        publication = Publication(self.floor, {"gauge": ["bore"]})
        self.server = Server(publication.agent, "127.0.0.1", 0)
        self.operator = Operator(self.floor, self.sheets)

    def driver(self) -> MtconnectDriver:
        at = f"mtconnect://127.0.0.1:{self.server.port}"
        machines = {MILL: f"{at}/mill", GAUGE: f"{at}/gauge-1"}
        return MtconnectDriver(machines, self.sheets, self.notes, handed=self.operator)

    async def cut(self) -> None:
        await self.server.stop()
        self.server = Server(self.server.agent, "127.0.0.1", self.server.port)
        await asyncio.sleep(0.05)
        await self.server.start()

    async def forget(self) -> None:
        for machine in self.floor.machines.values():
            machine.forget()


class TestMtconnectDriver(OutlivingContract):
    """All of it, with an operator who starts what the line wants."""

    @asynccontextmanager
    async def shop(self, folder: Path, line: Line, names: Names) -> AsyncIterator[ContractShop]:
        shop = MtconnectShop(line, names, folder)
        await shop.server.start()
        running = asyncio.create_task(shop.floor.run())
        try:
            yield shop
        finally:
            running.cancel()
            await shop.server.stop()

    def test_a_machine_that_forgets_is_asked_about(self, tmp_path: Path) -> None:
        """These know no jobs that they could forget: the operator sees that the work is to be started again."""

        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                driver: Any = ear.driver
                await ear.send(turn("run-1-0"))
                await until(lambda: ear.of(Taken))
                assert driver.wanted == []
                await shop.forget()
                await until(lambda: driver.wanted)
                driver.handed(driver.wanted[0])
                await ear.end_of("run-1-0")
                assert len(ear.of(Taken)) == 1

        self.run(play())

    async def jobs_kept(self, shop: ContractShop) -> int:
        return len(shop.floor.machines["gauge-1"].jobs)
