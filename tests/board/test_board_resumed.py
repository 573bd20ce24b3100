"""A line that was resumed from a snapshot: its pages say that the past is being read, then show all of it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from scenes import client_of, known_past

from linewright.board import Scene, reading
from linewright.board.reading import read_past
from linewright.commands.line import Wish
from linewright.commands.serve import live_scene
from linewright.control import NONE
from linewright.live import line as live_line
from linewright.machines.virtual import Pace
from live.live_lines import run_on, write_cases

NEED_THE_PAST = [
    "units", "units/3", "recall?cause=machine&subject=oven", "times?last_s=0", "quality", "quality/gap",
    "quality/gap/capability", "corrections",
]  # fmt: skip
DO_NOT = ["line", "now", "orders", "forecast", "events", "machines/press-1/readiness"]


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cases(tmp_path_factory.mktemp("plant"), 25)


@pytest.fixture(scope="module")
def undisturbed(plant: Path) -> Scene:
    """A run that nothing stopped, as its board shows it at the end."""
    journal = plant.parent / "whole.db"
    run_on(plant, journal)
    return known_past(journal, plant.parent / "accounts.json")


@pytest.fixture
def journal(plant: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that was killed after its second snapshot."""
    monkeypatch.setattr(live_line, "SNAPSHOT_EVENTS", 100)
    run_on(plant, tmp_path / "run.db", kill_at=230)
    return tmp_path / "run.db"


@pytest.fixture
def resumed(plant: Path, journal: Path) -> Iterator[Scene]:
    with ExitStack() as at_end:
        wish = Wish(journal=str(journal), resume=True, speed=6000.0)
        scene = live_scene(plant, None, wish, journal.parent / "accounts.json", at_end)
        yield scene
        assert scene.live is not None
        scene.live.journal.close()


def told(scene: Scene, path: str, client: TestClient | None = None) -> Any:
    answer = (client or client_of(scene)).get(f"/api/v1/{path}")
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()


def test_until_it_is_read_no_page_shows_half_of_it(resumed: Scene) -> None:
    client = client_of(resumed)
    for path in NEED_THE_PAST:
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1"), path
        assert answer.json() == {"detail": "The past of this line is being read from its journal: 0% are done."}
    for path in DO_NOT:
        told(resumed, path)
    assert {hour["made"] for hour in told(resumed, "now")["hours"]} == {None}
    cells = resumed.cells
    vector, place = cells.fill(), told(resumed, "line")["cells"]
    assert vector[place["first"]["totals"] + place["fields"]["totals"].index("past")] == 0
    assert set(vector[cells.first["flow"] :]) == {NONE}
    orders = told(resumed, "orders")  # these are read off the line as it stands
    assert sum(one["in_process"] for one in orders) > 0


def test_then_every_page_shows_what_it_shows_of_the_line_that_nothing_stopped(
    resumed: Scene, undisturbed: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line runs meanwhile; the last stretch is read between two of its events."""
    live, begun = resumed.live, resumed.watch.decider.events
    assert live is not None
    monkeypatch.setattr(reading, "NEARLY", 5)

    async def both() -> None:
        running = asyncio.create_task(live.run())
        while resumed.watch.decider.events < begun + 20:
            await asyncio.sleep(0.005)
        await read_past(resumed)
        assert resumed.watch.known and not resumed.watch.decider.all_done
        live.machines.pace = Pace(math.inf)
        await running

    asyncio.run(both())
    resumed.clock = lambda: resumed.watch.decider.now_s
    units = told(undisturbed, "units?limit=1000")["units"]
    here, there = client_of(resumed), client_of(undisturbed)
    for path in (*NEED_THE_PAST, "units?limit=1000", "orders", *(f"units/{one['serial']}" for one in units[::5])):
        assert told(resumed, path, here) == told(undisturbed, path, there), path
    assert told(resumed, "now")["hours"] == told(undisturbed, "now")["hours"]
    first = resumed.cells.first["flow"]
    assert resumed.cells.fill()[first:].tolist() == undisturbed.cells.fill()[first:].tolist()


def test_a_past_that_this_version_decides_otherwise_is_said_to_be_so(
    plant: Path, journal: Path, tmp_path: Path, resumed: Scene
) -> None:
    """The line goes on from its sealed snapshot; what cannot be read is not made up."""
    open_journal = resumed.open_journal

    def changed() -> Any:
        record = open_journal()
        decisions = record.decisions

        def otherwise(*asked: float) -> Iterator[Any]:
            for block in decisions(*asked):
                block.commands["amount"] += 1.0
                yield block

        record.decisions = otherwise  # type: ignore[method-assign]
        return record

    resumed.open_journal = changed
    asyncio.run(read_past(resumed))
    assert not resumed.watch.known
    answer = client_of(resumed).get("/api/v1/units")
    assert answer.status_code == 400
    assert "cannot be read: record" in answer.json()["detail"]
    assert "the control decides something else" in answer.json()["detail"]
    told(resumed, "now")
