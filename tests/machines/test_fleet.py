"""Several drivers as one: whose job is whose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from driver_contract import GAUGE, MILL, SERIAL, check, job, turn
from shop import SPEED, small_plant, until

from linewright.control import Command, Event, new_state
from linewright.control.compile import compile_line
from linewright.machines.driver import Happening, Job, Report, Taken
from linewright.machines.fleet import Fleet, ShopBeside
from linewright.machines.registry import Placed
from linewright.machines.virtual import VirtualShop
from linewright.twin.world import World


class Told:
    """A driver that keeps what it is told, and says what it is given to say."""

    outlives_us = True

    def __init__(self) -> None:
        self.open_jobs: list[Job] = []
        self.sent: list[Job] = []
        self.says: asyncio.Queue[Report] = asyncio.Queue()

    async def connect(self, open_jobs: Sequence[Job]) -> None:
        self.open_jobs = list(open_jobs)

    async def events(self) -> AsyncGenerator[Report, None]:
        while True:
            yield await self.says.get()

    async def send(self, jobs: Sequence[Job]) -> None:
        self.sent += jobs

    async def close(self) -> None:
        pass


def test_each_job_goes_to_its_machine_and_all_reports_come_out(tmp_path: Path) -> None:
    plant = small_plant(tmp_path).plant
    line, _ = compile_line(plant, small_plant(tmp_path).orders, tmp_path)
    state = new_state(line, 64, 8)
    mill = Told()
    heard: list[Report] = []

    async def listen(fleet: Fleet) -> None:
        async for report in fleet.events():
            heard.append(report)

    async def play() -> None:
        shop = VirtualShop(line, World(plant, line).new_nature(1, 0, 64), lambda: state, SPEED)
        fleet = Fleet(ShopBeside(shop, [MILL]), [Placed(mill, frozenset({MILL}))])
        await fleet.connect([turn("run-1-0"), check("run-1-1")])
        assert mill.open_jobs == [turn("run-1-0")]
        assert turn("run-1-0").serials == (SERIAL,)
        listening = asyncio.create_task(listen(fleet))
        state.machine.task[GAUGE], state.machine.unit[GAUGE] = 1, 5
        wait = job("run-2-1", Command.WAIT, MILL, amount=60.0)  # for a station: `subject` is no machine
        await fleet.send([turn("run-2-0"), wait, check("run-2-2")])
        assert [sent.name for sent in mill.sent] == ["run-2-0"]
        await until(lambda: {Taken("run-2-1"), Taken("run-2-2")} <= set(heard))
        await until(lambda: any(isinstance(r, Happening) and r.subject == GAUGE and r.kind == 1 for r in heard))

        end = Happening(int(Event.OPERATION_FINISHED), MILL, job="run-2-0")
        mill.says.put_nowait(end)
        await until(lambda: end in heard)
        assert not listening.done()
        listening.cancel()
        await fleet.close()

    asyncio.run(play())
