"""What every driver must do, whatever is behind it: subclass `DriverContract` and say how its machines are set up.

The plant is that of `shop.PLANT`: machine 0 is the mill, machines 1 and 2 are gauges.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from shop import SPEED, small_plant, until

from linewright.control import Command, Event, Line
from linewright.control.codes import Outcome
from linewright.control.compile import compile_line
from linewright.control.line import Names
from linewright.machines.driver import Driver, Happening, Job, Question, Reach, Report, Taken
from linewright.machines.sheets import Sheets

R = TypeVar("R", Taken, Question, Reach)

MILL, GAUGE = 0, 1
SHAFT, GEAR = 1, 2  # materials; bar is 0
TURN, CHECK, CUT = 0, 1, 2  # tasks
UNIT, SERIAL = 5, 77


def job(name: str, kind: Command, machine: int, detail: int = -1, number: int = -1, amount: float = 0.0) -> Job:
    """A command as a job."""
    serials = (SERIAL,) if kind is Command.START_OPERATION else ()
    return Job(name, (int(kind), machine, UNIT, detail, number, amount, 0.0), False, serials)


def turn(name: str) -> Job:
    """Turn a shaft at the mill: 5 minutes."""
    return job(name, Command.START_OPERATION, MILL, TURN, 1)


def check(name: str) -> Job:
    """Measure it: 1 minute."""
    return job(name, Command.START_OPERATION, GAUGE, CHECK, 1)


class Shop:
    """Machines that a driver under test is connected to."""

    def __init__(self, line: Line, names: Names) -> None:
        self.line, self.names, self.sheets = line, names, Sheets(line, names)

    def driver(self) -> Driver:
        """A new driver for the machines, as a new process would have it."""
        raise NotImplementedError

    def prepare(self, jobs: Sequence[Job]) -> None:
        """The line does what it does before it sends jobs."""

    async def cut(self) -> None:
        """The connection to the machines breaks, and comes back soon."""
        raise NotImplementedError

    async def forget(self) -> None:
        """The machines restart and know no job any more."""
        raise NotImplementedError


class Ear:
    """Hears what a driver reports, as the line does."""

    def __init__(self, shop: Shop, driver: Driver) -> None:
        self.shop, self.driver, self.heard = shop, driver, list[Report]()
        self._quiet = asyncio.Event()

    async def listen(self) -> None:
        """Hear all; where the driver has nothing more to say, wait for the next job."""
        while True:
            async with contextlib.aclosing(self.driver.events()) as reports:
                async for report in reports:
                    self.heard.append(report)
                    if isinstance(report, Happening):
                        await self.driver.send([])
            await asyncio.sleep(0.005)

    async def send(self, *jobs: Job) -> None:
        """The line sends jobs."""
        self.shop.prepare(jobs)
        await self.driver.send(list(jobs))

    def happenings(self, kind: Event) -> list[Happening]:
        """What has been heard of a kind about machines of the plant."""
        return [report for report in self.heard if isinstance(report, Happening) and report.kind == kind]

    def of(self, kind: type[R]) -> list[R]:
        """The reports of a kind."""
        return [report for report in self.heard if isinstance(report, kind)]

    async def end_of(self, *names: str) -> None:
        """Wait until these jobs have ended."""
        await until(lambda: set(names) <= {r.job for r in self.heard if isinstance(r, Happening)})


class DriverContract:
    """Inherit, and give `shop`."""

    def shop(self, folder: Path, line: Line, names: Names) -> contextlib.AbstractAsyncContextManager[Shop]:
        """The machines of the plant file in `folder`, at `SPEED`."""
        raise NotImplementedError

    def run(self, play: Coroutine[Any, Any, None]) -> None:
        """Play a test."""
        asyncio.run(play)

    @contextlib.asynccontextmanager
    async def opened(self, folder: Path) -> AsyncIterator[Shop]:
        """The shop of the small plant."""
        checked = small_plant(folder)
        line, names = compile_line(checked.plant, checked.orders, folder)
        async with self.shop(folder, line, names) as shop:
            yield shop

    @contextlib.asynccontextmanager
    async def hearing(self, shop: Shop, open_jobs: Sequence[Job] = ()) -> AsyncIterator[Ear]:
        """A new driver, connected, and an ear for it."""
        ear = Ear(shop, shop.driver())
        await ear.driver.connect(list(open_jobs))
        listening = asyncio.create_task(ear.listen())
        try:
            yield ear
            assert not listening.done(), listening.exception()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await ear.driver.close()

    # ------------------------------------------------------------ work

    def test_the_end_of_a_job_is_reported_once_with_its_name(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                await ear.send(turn("run-1-0"))
                await self.ended(ear, "run-1-0")
                await asyncio.sleep(0.1)
                (end,) = ear.happenings(Event.OPERATION_FINISHED)
                assert (end.subject, end.detail, end.number) == (MILL, Outcome.PASS, -1)
                if ear.driver.outlives_us:
                    assert ear.of(Taken) == [Taken("run-1-0")]
                    assert ear.heard.index(Taken("run-1-0")) < ear.heard.index(end)

        self.run(play())

    async def ended(self, ear: Ear, name: str) -> None:
        """Wait for the end of a job; machines in this very process do not know it by its name."""
        if ear.driver.outlives_us:
            await ear.end_of(name)
        else:
            ends = (Event.OPERATION_FINISHED, Event.SETUP_FINISHED, Event.TOOL_CHANGED, Event.MACHINE_REPAIRED)
            before = sum(len(ear.happenings(kind)) for kind in ends)
            await until(lambda: sum(len(ear.happenings(kind)) for kind in ends) > before)

    def test_values_are_measured_before_the_job_ends(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                await ear.send(check("run-2-0"))
                await self.ended(ear, "run-2-0")
                (value,) = ear.happenings(Event.VALUE_MEASURED)
                (end,) = ear.happenings(Event.OPERATION_FINISHED)
                assert (value.subject, value.detail, value.number) == (GAUGE, 0, UNIT)
                assert value.amount == pytest.approx(0.020, abs=0.00005)
                assert ear.heard.index(value) < ear.heard.index(end)

        self.run(play())

    def test_a_machine_is_set_up_and_gets_a_tool(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                await ear.send(job("run-3-0", Command.CHANGE_OVER, MILL, GEAR, -1, 120.0))
                await self.ended(ear, "run-3-0")
                await ear.send(job("run-4-0", Command.CHANGE_TOOL, MILL, 0, -1, 60.0))
                await self.ended(ear, "run-4-0")
                assert len(ear.happenings(Event.SETUP_FINISHED)) == 1
                assert len(ear.happenings(Event.TOOL_CHANGED)) == 1

        self.run(play())

    def test_paused_work_goes_on_where_it_was(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                await ear.send(turn("run-5-0"))
                await ear.send(job("run-6-0", Command.PAUSE, MILL))
                await asyncio.sleep(2 * 300.0 / SPEED)
                assert not ear.happenings(Event.OPERATION_FINISHED)
                await ear.send(job("run-7-0", Command.RESUME, MILL))
                await self.ended(ear, "run-5-0")

        self.run(play())

    def test_a_failed_machine_is_repaired_and_goes_on(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                await self.work_until_it_fails(ear)
                (failure,) = ear.happenings(Event.MACHINE_FAILED)
                assert (failure.subject, failure.detail) == (MILL, 0)
                await ear.send(
                    job("run-60-0", Command.PAUSE, MILL), job("run-60-1", Command.REPAIR, MILL, failure.detail)
                )
                await until(lambda: ear.happenings(Event.MACHINE_REPAIRED))
                assert ear.happenings(Event.MACHINE_REPAIRED)[0].subject == MILL
                ends = len(ear.happenings(Event.OPERATION_FINISHED))
                await ear.send(job("run-61-0", Command.RESUME, MILL))
                await until(lambda: len(ear.happenings(Event.OPERATION_FINISHED)) == ends + 1)

        self.run(play())

    async def work_until_it_fails(self, ear: Ear) -> None:
        """The mill fails after 42 minutes of work: in its ninth job."""
        for k in range(9):
            await ear.send(turn(f"run-{20 + k}-0"))
            await until(
                lambda k=k: ear.happenings(Event.MACHINE_FAILED) or len(ear.happenings(Event.OPERATION_FINISHED)) > k
            )
        assert ear.happenings(Event.MACHINE_FAILED)


class OutlivingContract(DriverContract):
    """For machines that go on when the line stops."""

    def test_a_job_sent_twice_is_done_once(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                await ear.send(turn("run-1-0"))
                await ear.send(turn("run-1-0"))
                await ear.end_of("run-1-0")
                await ear.send(turn("run-1-0"))
                await asyncio.sleep(3 * 300.0 / SPEED)
                assert len(ear.happenings(Event.OPERATION_FINISHED)) == 1

        self.run(play())

    def test_a_job_that_ended_while_the_line_was_away_is_reported(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop:
                async with self.hearing(shop) as ear:
                    await ear.send(check("run-1-0"))
                    await until(lambda: ear.of(Taken))
                    assert not ear.happenings(Event.OPERATION_FINISHED)
                await asyncio.sleep(2 * 60.0 / SPEED)
                async with self.hearing(shop, [check("run-1-0")._replace(acknowledged=True)]) as ear:
                    await ear.end_of("run-1-0")
                    assert len(ear.happenings(Event.VALUE_MEASURED)) == 1
                    assert not ear.of(Taken) and not ear.of(Question)

        self.run(play())

    def test_an_acknowledgement_that_was_lost_comes_again_and_nothing_runs_twice(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop:
                async with self.hearing(shop) as ear:
                    await ear.send(turn("run-1-0"))
                    await until(lambda: ear.of(Taken))
                async with self.hearing(shop, [turn("run-1-0")]) as ear:
                    await ear.end_of("run-1-0")
                    await asyncio.sleep(2 * 300.0 / SPEED)
                    assert ear.of(Taken) == [Taken("run-1-0")]
                    assert len(ear.happenings(Event.OPERATION_FINISHED)) == 1

        self.run(play())

    def test_a_job_that_never_arrived_is_sent(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop, [turn("run-1-0")]) as ear:
                await ear.end_of("run-1-0")
                assert ear.of(Taken) == [Taken("run-1-0")]

        self.run(play())

    def test_an_acknowledged_job_that_nobody_knows_is_asked_about_and_not_run(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop:
                open_job = turn("run-1-0")._replace(acknowledged=True)
                async with self.hearing(shop, [open_job]) as ear:
                    await until(lambda: ear.of(Question))
                    await asyncio.sleep(2 * 300.0 / SPEED)
                    (question,) = ear.of(Question)
                    assert (question.machine, question.job) == (MILL, "run-1-0")
                    assert not ear.happenings(Event.OPERATION_FINISHED)
                    await ear.send(turn("run-1-0"))  # a person has said: it was not done
                    await ear.end_of("run-1-0")

        self.run(play())

    def test_a_job_that_may_have_been_done_before_the_machine_forgot_is_asked_about(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop:
                open_job = turn("run-1-0")._replace(memory="another life")
                async with self.hearing(shop, [open_job]) as ear:
                    await until(lambda: ear.of(Question))
                    await asyncio.sleep(2 * 300.0 / SPEED)
                    assert not ear.happenings(Event.OPERATION_FINISHED) and not ear.of(Taken)

        self.run(play())

    def test_a_machine_that_forgets_is_asked_about(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                await ear.send(turn("run-1-0"))
                await until(lambda: ear.of(Taken))
                await shop.forget()
                await until(lambda: ear.of(Question))
                assert not ear.happenings(Event.OPERATION_FINISHED)

        self.run(play())

    def test_a_cut_connection_is_reported_and_mended_and_nothing_is_lost(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                await ear.send(turn("run-1-0"))
                await until(lambda: ear.of(Taken))
                await shop.cut()
                await until(lambda: any(not r.reached for r in ear.of(Reach)))
                await ear.send(check("run-2-0"))
                await ear.end_of("run-1-0", "run-2-0")
                told = [r.reached for r in ear.of(Reach) if r.machine == MILL]
                assert told[:3] == [True, False, True] and told[-1], told  # slow machines may cut again
                assert len({r.memory for r in ear.of(Reach) if r.reached}) == 1  # it forgot nothing
                assert len(ear.happenings(Event.OPERATION_FINISHED)) == 2

        self.run(play())

    def test_work_after_work_leaves_no_long_list(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                for k in range(7):
                    await ear.send(check(f"run-{k}-0"))
                    await ear.end_of(f"run-{k}-0")
                assert await self.jobs_kept(shop) <= 3

        self.run(play())

    async def jobs_kept(self, shop: Shop) -> int:
        """How many jobs the gauge still lists."""
        raise NotImplementedError
