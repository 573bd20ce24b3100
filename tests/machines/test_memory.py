"""Machines that remember go on as if only the connection had been away."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from shop import SPEED, checking, small_floor, small_plant, turning, until

from linewright.errors import InputError
from linewright.machines.floor import Floor
from linewright.machines.jobs import JobState
from linewright.machines.memory import Memory
from linewright.machines.natural import natural_floor


async def live(floor: Floor, seconds: float) -> None:
    """The process lives for so long."""
    running = asyncio.create_task(floor.run())
    await asyncio.sleep(seconds)
    running.cancel()


def test_a_running_job_ends_when_it_would_have_ended(tmp_path: Path) -> None:
    first = small_floor(tmp_path)
    with Memory(first, tmp_path / "memory"):
        first.machines["mill"].store_and_start(turning("a"))
        first.machines["gauge-1"].store_and_start(checking("b"))
        asyncio.run(live(first, 0.03))
    began_s = first.machines["mill"].jobs["a"].started_s
    assert first.machines["mill"].jobs["a"].state is JobState.RUNNING
    second = small_floor(tmp_path)
    with Memory(second, tmp_path / "memory"):
        mill, gauge = second.machines["mill"], second.machines["gauge-1"]
        assert mill.at_work is mill.jobs["a"] and mill.program == "shaft.turn"
        assert gauge.jobs["b"].results == first.machines["gauge-1"].jobs["b"].results
        assert second.now_s() >= first.now_s() - SPEED  # the clock went on

        async def play() -> None:
            running = asyncio.create_task(second.run())
            await until(lambda: mill.jobs["a"].state is JobState.ENDED)
            running.cancel()

        asyncio.run(play())
    assert mill.jobs["a"].started_s == began_s
    assert mill.jobs["a"].ended_s == pytest.approx(began_s + 300.0)
    assert (mill.parts, mill.tools["T1"].used) == (1, 1.0)


def test_a_failed_machine_is_still_failed(tmp_path: Path) -> None:
    first = small_floor(tmp_path)
    mill = first.machines["mill"]
    with Memory(first, tmp_path / "memory"):
        for k in range(9):
            mill.store_and_start(turning(f"a{k}"))

        async def play() -> None:
            running = asyncio.create_task(first.run())
            await until(lambda: mill.alarm)
            running.cancel()

        asyncio.run(play())
    second = small_floor(tmp_path)
    with Memory(second, tmp_path / "memory"):
        assert second.machines["mill"].alarm == "chuck"
        assert second.machines["mill"].at_work.state is JobState.INTERRUPTED


def test_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    floor = small_floor(tmp_path)
    with Memory(floor, tmp_path / "memory"):
        floor.machines["mill"].store(turning("a"))
    with (tmp_path / "memory").open("a") as file:
        file.write('{"machine": "mill", "jo')
    again = small_floor(tmp_path)
    with Memory(again, tmp_path / "memory"):
        assert list(again.machines["mill"].jobs) == ["a"]


def test_the_memory_of_other_machines_is_refused(tmp_path: Path) -> None:
    with Memory(small_floor(tmp_path), tmp_path / "memory"):
        pass
    text = """
plant: other
materials: { a: {} }
stations: { saw: {} }
routes: { a: [ { cut: { at: saw, time: 1 min } } ] }
orders: { from: orders.csv }
"""
    other = natural_floor(small_plant(tmp_path, text, "order,material,quantity\\na,a,1\\n"), 1)
    with pytest.raises(InputError, match="mill"), Memory(other, tmp_path / "memory"):
        pass
