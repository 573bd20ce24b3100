"""Virtual machines: the job list of OPC 10031-4, and work that goes by the nature of the plant file."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from shop import checking, small_floor, turning, until

from linewright.machines.floor import Execution, Floor, Item, Observation, VirtualMachine
from linewright.machines.jobs import OUTCOME, Answer, JobOrder, JobState, Work


def work_on(floor: Floor, play: Callable[[], Awaitable[None]]) -> None:
    """Let the floor run while `play` lasts."""

    async def both() -> None:
        running = asyncio.create_task(floor.run())
        try:
            await play()
            assert not running.done()
        finally:
            running.cancel()

    asyncio.run(both())


def has_ended(machine: VirtualMachine, name: str) -> Callable[[], bool]:
    return lambda: machine.jobs[name].state is JobState.ENDED


def test_a_job_runs_as_long_as_the_plant_file_says(tmp_path: Path) -> None:
    floor = small_floor(tmp_path)
    mill = floor.machines["mill"]

    async def play() -> None:
        assert mill.store_and_start(turning("a")) is Answer.NO_ERROR
        assert mill.jobs["a"].state is JobState.RUNNING
        assert (mill.execution, mill.program) == (Execution.ACTIVE, "shaft.turn")
        await until(has_ended(mill, "a"))

    work_on(floor, play)
    job = mill.jobs["a"]
    assert job.ended_s - job.started_s == pytest.approx(300.0)
    assert job.results == {OUTCOME: "pass"}
    assert (mill.execution, mill.program, mill.parts) == (Execution.READY, "", 1)
    assert mill.tools["T1"].used == 1.0


def test_a_tool_change_takes_what_the_plant_file_says(tmp_path: Path) -> None:
    mill = small_floor(tmp_path).machines["mill"].behaviour
    mill.start(JobOrder("t", Work.CHANGE_TOOL, "T1", "mill"), 100.0)
    assert mill.next_s() == pytest.approx(160.0)


def test_the_next_job_starts_when_the_machine_is_free(tmp_path: Path) -> None:
    floor = small_floor(tmp_path)
    mill = floor.machines["mill"]

    async def play() -> None:
        mill.store_and_start(turning("a"))
        mill.store_and_start(JobOrder("b", Work.CHANGE_OVER, "gear", amount=120.0))
        assert mill.jobs["b"].state is JobState.ALLOWED_TO_START
        await until(has_ended(mill, "b"))

    work_on(floor, play)
    assert mill.jobs["b"].started_s == mill.jobs["a"].ended_s
    assert mill.jobs["b"].ended_s - mill.jobs["b"].started_s == pytest.approx(120.0)
    assert mill.parts == 1  # a change-over makes no part


def test_paused_work_takes_as_long_in_all(tmp_path: Path) -> None:
    floor = small_floor(tmp_path)
    mill = floor.machines["mill"]
    times_s = []

    async def play() -> None:
        mill.store_and_start(turning("a"))
        await asyncio.sleep(0.02)
        mill.pause("a")
        times_s.append(floor.now_s())
        assert mill.execution is Execution.INTERRUPTED
        await asyncio.sleep(0.15)  # longer than the job
        assert mill.jobs["a"].state is JobState.INTERRUPTED
        mill.resume("a")
        times_s.append(floor.now_s())
        await until(has_ended(mill, "a"))

    work_on(floor, play)
    paused_s = times_s[1] - times_s[0]
    assert mill.jobs["a"].ended_s - mill.jobs["a"].started_s == pytest.approx(300.0 + paused_s, abs=5.0)


def test_a_failure_stops_the_job_until_it_is_repaired_and_resumed(tmp_path: Path) -> None:
    floor = small_floor(tmp_path)
    mill = floor.machines["mill"]

    async def play() -> None:
        for k in range(9):  # 42 minutes of work until the failure: in the ninth
            mill.store_and_start(turning(f"a{k}"))
        await until(lambda: mill.alarm)
        assert mill.execution is Execution.STOPPED
        stopped = mill.at_work
        assert stopped is not None and stopped.state is JobState.INTERRUPTED
        assert mill.resume(stopped.order.name) is Answer.INVALID_STATE
        mill.store_and_start(JobOrder("mend", Work.REPAIR, "chuck"))
        await until(has_ended(mill, "mend"))
        assert (mill.alarm, mill.execution) == ("", Execution.INTERRUPTED)
        assert mill.resume(stopped.order.name) is Answer.NO_ERROR
        await until(has_ended(mill, "a8"))

    work_on(floor, play)
    assert mill.jobs["mend"].ended_s - mill.jobs["mend"].started_s == pytest.approx(180.0)


def test_wear_of_the_tool_moves_what_is_measured_later(tmp_path: Path) -> None:
    floor = small_floor(tmp_path)
    mill, gauge = floor.machines["mill"], floor.machines["gauge-1"]
    mill.tools["T1"].used = 29.0
    mill.behaviour._tool_state(0).used = 29.0  # type: ignore[attr-defined]

    async def play() -> None:
        for k, machine, order in ((0, gauge, checking("new")), (1, mill, turning("t")), (2, gauge, checking("worn"))):
            assert machine.store_and_start(order) is Answer.NO_ERROR, k
            await until(has_ended(machine, order.name))

    work_on(floor, play)
    new, worn = (float(gauge.jobs[name].results["bore"]) for name in ("new", "worn"))
    assert new == pytest.approx(0.020, abs=0.00004)
    assert worn - new == pytest.approx(0.00003 * 29 / 30, abs=0.000006)  # 0.03 mm at the end of its life


def test_an_offset_is_done_at_once_and_once(tmp_path: Path) -> None:
    mill = small_floor(tmp_path).machines["mill"]
    mill.store_and_start(turning("a"))
    order = JobOrder("o", Work.OFFSET_TOOL, "T1", amount=-0.00002)
    assert mill.store_and_start(order) is Answer.NO_ERROR
    assert mill.store_and_start(order) is Answer.NOT_ACCEPTED
    assert mill.jobs["o"].state is JobState.ENDED
    assert mill.tools["T1"].offset == -0.00002
    assert mill.jobs["a"].state is JobState.RUNNING


def test_a_job_is_updated_until_it_starts(tmp_path: Path) -> None:
    mill = small_floor(tmp_path).machines["mill"]
    mill.store_and_start(turning("a"))
    mill.store(turning("b"))
    gear = JobOrder("b", Work.OPERATION, "gear.cut", "mill", "gear", "9")
    assert mill.update(gear) is Answer.NO_ERROR
    assert (mill.jobs["b"].order, mill.jobs["b"].state) == (gear, JobState.NOT_ALLOWED_TO_START)
    assert mill.update(JobOrder("b", Work.OPERATION, "gear.weld")) is Answer.NOT_ACCEPTED
    assert mill.update(turning("a")) is Answer.INVALID_STATE
    assert mill.update(turning("c")) is Answer.UNKNOWN_JOB
    mill.start("b")
    mill.stop("a")
    assert mill.program == "gear.cut"


def test_a_job_leaves_the_list_only_from_the_right_state(tmp_path: Path) -> None:
    mill = small_floor(tmp_path).machines["mill"]
    mill.store_and_start(turning("a"))
    mill.store(turning("b"))
    assert mill.cancel("a") is mill.clear("a") is mill.clear("b") is Answer.INVALID_STATE
    assert mill.resume("a") is mill.pause("b") is mill.stop("b") is Answer.INVALID_STATE
    assert mill.cancel("nobody") is Answer.UNKNOWN_JOB
    assert mill.start("b") is Answer.NO_ERROR
    assert mill.revoke_start("b") is Answer.NO_ERROR
    assert mill.cancel("b") is Answer.NO_ERROR
    assert mill.abort("a") is Answer.NO_ERROR
    assert mill.jobs["a"].state is JobState.ABORTED
    assert mill.execution is Execution.READY
    assert mill.clear("a") is Answer.NO_ERROR
    assert not mill.jobs


@pytest.mark.parametrize(
    "change",
    [{"what": "shaft.check"}, {"what": "shaft.trun"}, {"material": "brick"}, {"work": Work.CHANGE_TOOL, "what": "T9"}],
)
def test_a_job_that_the_machine_does_not_know_is_not_accepted(tmp_path: Path, change: dict[str, str]) -> None:
    mill = small_floor(tmp_path).machines["mill"]
    assert mill.store_and_start(dataclasses.replace(turning("a"), **change)) is Answer.NOT_ACCEPTED
    assert not mill.jobs


def test_watchers_are_told_of_every_change_once(tmp_path: Path) -> None:
    floor = small_floor(tmp_path)
    mill = floor.machines["mill"]
    seen: list[Observation] = []
    floor.watch(seen.append)

    async def play() -> None:
        mill.store_and_start(turning("a"))
        await until(has_ended(mill, "a"))

    work_on(floor, play)
    told = [(o.item, o.value) for o in seen if o.item != Item.JOBS]
    assert told == [
        (Item.PROGRAM, "shaft.turn"),
        (Item.TOOL, "T1"),
        (Item.EXECUTION, Execution.ACTIVE),
        (Item.PARTS, 1),
        (Item.PROGRAM, ""),
        (Item.EXECUTION, Execution.READY),
    ]
    assert [o.value for o in seen if o.item == Item.JOBS] == ["a"] * 4


def test_amnesia_forgets_the_jobs_not_the_parts(tmp_path: Path) -> None:
    floor = small_floor(tmp_path)
    mill = floor.machines["mill"]

    async def play() -> None:
        mill.store_and_start(turning("a"))
        await until(has_ended(mill, "a"))
        mill.store_and_start(turning("b"))
        mill.forget()
        assert (mill.jobs, mill.execution, mill.parts) == ({}, Execution.READY, 1)
        mill.store_and_start(turning("b"))
        await until(has_ended(mill, "b"))

    work_on(floor, play)
    assert mill.parts == 2


def test_the_same_seed_has_the_same_luck(tmp_path: Path) -> None:
    def measured(seed: int) -> float:
        floor = small_floor(tmp_path, seed)
        gauge = floor.machines["gauge-2"]

        async def play() -> None:
            gauge.store_and_start(checking("a"))
            await until(has_ended(gauge, "a"))

        work_on(floor, play)
        return float(gauge.jobs["a"].results["bore"])

    assert measured(1) == measured(1) != measured(2)
