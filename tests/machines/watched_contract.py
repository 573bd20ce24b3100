"""The contract of drivers for machines that only tell: an operator starts what the line wants."""

from __future__ import annotations

import asyncio
from pathlib import Path

from driver_contract import MILL, OutlivingContract, check, turn
from shop import SPEED, until

from linewright.control import Event
from linewright.machines.driver import Question, Reach, Taken


class WatchedContract(OutlivingContract):
    """What is said of memory is said of the driver's notes: these machines know no jobs."""

    def test_a_cut_connection_is_reported_and_mended_and_nothing_is_lost(self, tmp_path: Path) -> None:
        async def play() -> None:
            async with self.opened(tmp_path) as shop, self.hearing(shop) as ear:
                await ear.send(turn("run-1-0"))
                await until(lambda: ear.of(Taken))
                await shop.cut()
                await until(lambda: any(not r.reached for r in ear.heard if isinstance(r, Reach)))
                await ear.send(check("run-2-0"))
                await ear.end_of("run-1-0", "run-2-0")
                reaches = [report for report in ear.heard if isinstance(report, Reach)]
                assert [r.reached for r in reaches if r.machine == MILL] == [True, False, True]
                assert len({r.memory for r in reaches if r.reached}) == 1
                assert len(ear.happenings(Event.OPERATION_FINISHED)) == 2

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
