"""A line of machines that only tell (MTConnect): people, or a robot beside them, start what the line wants."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from brokers import Mosquitto, mosquitto
from hands import Operator
from shop import SPEED, small_floor, small_plant

from linewright.commands.line import Wish, open_run, set_up
from linewright.journal import SqliteJournal
from linewright.live import LiveLine, Run, genealogy_of, verify
from linewright.machines.floor import Floor
from linewright.machines.jobs import OVER, JobOrder, Work
from linewright.machines.mtconnect import MtconnectServer
from linewright.machines.sheets import Sheets
from linewright.plant.check import CheckedPlant

LONG_S = 60.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as found:
        yield found


async def beside(line: Awaitable[None], *others: Awaitable[Any]) -> None:
    """Let a line run to its end, and others meanwhile."""
    tasks = [asyncio.ensure_future(other) for other in others]
    try:
        await asyncio.wait_for(line, LONG_S)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


def the_line(checked: CheckedPlant, wish: Wish, at_end: contextlib.ExitStack, resume: bool = False) -> LiveLine:
    what, record = open_run(checked, replace(wish, journal=str(checked.folder / "run.db"), resume=resume))
    at_end.enter_context(record)
    return set_up(what, record, wish, at_end)


def check(folder: Path, measured: int) -> None:
    """All is made, the journal holds, and what the agent told of each shaft stands with it."""
    with SqliteJournal.read(folder / "run.db") as journal:
        decider = Run.of_journal(journal).new_decider()
        assert verify(journal, decider).holds and decider.all_done
        assert int(decider.state.material_tally.finished.sum()) == 8 and not list(journal.open_jobs())
    units = genealogy_of(folder / "run.db").units.values()
    shafts = [unit for unit in units if unit.material == "shaft"]
    assert len(shafts) == measured and all(len(unit.values) == 1 for unit in shafts)
    assert all(value == pytest.approx(0.020, abs=5e-5) for unit in shafts for _, value, _ in unit.values)


def test_an_operator_starts_what_the_line_asks_for_also_after_a_restart(tmp_path: Path) -> None:
    checked, floor = small_plant(tmp_path), small_floor(tmp_path)
    asked: list[str] = []

    async def look_after(live: LiveLine, operator: Operator) -> None:
        """Whatever is asked is done at the machine, and nothing is said at the board."""
        done: set[str] = set()
        while True:
            for question in list(live.questions.values()):
                job = live.outbox.job(question.job)
                if job is not None and job.name not in done:
                    done.add(job.name)
                    asked.append(question.words)
                    operator.do(job)
            await asyncio.sleep(0.002)

    async def stopped_early(live: LiveLine) -> None:
        """The line ends when people have been asked three times."""
        running = asyncio.ensure_future(live.run())
        while len(asked) < 3:
            await asyncio.sleep(0.002)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    async def play() -> None:
        async with MtconnectServer(floor, "127.0.0.1", 0, checked.plant) as server:
            floor.start(0.0)
            wish = Wish(speed=SPEED, machines=at(server), pki=tmp_path / "pki")
            with contextlib.ExitStack() as at_end:
                live = the_line(checked, wish, at_end)
                operator = Operator(floor, Sheets(live.decider.line, live.names))
                await beside(stopped_early(live), floor.run(), look_after(live, operator))
                assert not live.decider.all_done
            with contextlib.ExitStack() as at_end:
                live = the_line(checked, wish, at_end, resume=True)
                await beside(live.run(), floor.run(), look_after(live, operator))

    asyncio.run(play())
    check(tmp_path, 6)
    assert "please start shaft.turn 0 at mill" in asked and "please change-over gear at mill" in asked


def at(server: MtconnectServer) -> str:
    return server.endpoint.replace("http://", "mtconnect://").rstrip("/")


class Robot:
    """Beside each machine; it goes by what the line publishes, and commands the machine itself."""

    def __init__(self, floor: Floor, base: str) -> None:
        self.floor, self.base, self.jobs = floor, base, 0

    async def run(self, broker: Mosquitto) -> None:
        async with broker.broker.client("robot", aiomqtt.Will("gone")) as client:
            await client.subscribe(f"{self.base}/+/+/state", qos=1)
            async for message in client.messages:
                self.see(message.topic.value.split("/")[-2], json.loads(bytes(message.payload)))  # type: ignore[arg-type]

    def see(self, name: str, state: dict[str, Any]) -> None:
        wanted = {"processing": Work.OPERATION, "setup": Work.CHANGE_OVER, "tool change": Work.CHANGE_TOOL}
        work, machine = wanted.get(state["state"]), self.floor.machines[name]
        if work is None or machine.at_work:
            return
        for old in [old for old, job in machine.jobs.items() if job.state in OVER]:
            machine.clear(old)
        self.jobs += 1
        what = {Work.OPERATION: state.get("operation"), Work.CHANGE_OVER: state.get("material"), Work.CHANGE_TOOL: "T1"}
        serial = str(state.get("serial", ""))
        order = JobOrder(f"robot-{self.jobs}", work, str(what[work]), "", str(state.get("material", "")), serial)
        machine.store_and_start(order)


def test_a_robot_beside_each_machine_goes_by_what_the_line_publishes(tmp_path: Path, broker: Mosquitto) -> None:
    checked, floor = small_plant(tmp_path), small_floor(tmp_path)

    async def play() -> None:
        async with MtconnectServer(floor, "127.0.0.1", 0, checked.plant) as server:
            floor.start(0.0)
            url = f"mqtt://127.0.0.1:{broker.port}/acme"
            wish = Wish(speed=SPEED, machines=at(server), pki=tmp_path / "pki", publish=url)
            with contextlib.ExitStack() as at_end:
                live = the_line(checked, wish, at_end)
                await beside(live.run(), floor.run(), Robot(floor, "acme/small").run(broker))

    asyncio.run(play())
    check(tmp_path, 6)
