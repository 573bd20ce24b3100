"""People who say that a measuring operation is done say what they measured; the control and the unit know it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from scenes import NEW, client_of, sign_in

from linewright.board import Accounts, Scene, Watch
from linewright.control import Command
from linewright.errors import InputError
from linewright.journal import SqliteJournal
from linewright.live import Action, ActionKind, Answer, LiveLine, Person, Reading, Role, Run, genealogy_of, verify
from linewright.live.actions import to_be_measured
from linewright.live.world import Surroundings
from linewright.machines import Happening, Job, Question, Taken
from linewright.machines.driver import ENDS
from linewright.plant.check import open_plant
from live.live_lines import write_cases

ANNA = Person("anna", Role.OPERATOR)
MORNING_S = 6 * 3600.0


class Line:
    """A line of which everything is done by people; its first case stands at the rig, to be measured."""

    def __init__(self, folder: Path) -> None:
        checked = open_plant(write_cases(folder, 2, quantity=1))
        self.run, self.path = Run.of_plant(checked, 1), folder / "run.db"
        self.now_s = MORNING_S
        decider = self.run.new_decider()
        self.watch = Watch(self.run, decider)
        journal = SqliteJournal.create(self.path, self.run.header(checked.folder))
        world = Surroundings(self.run, lambda: decider.state, lambda: self.now_s)
        self.live = LiveLine(decider, world, journal, lambda: self.now_s, self.run.names)

    async def at_the_rig(self) -> Job:
        """The job of the rig, once all before it is done."""
        await self.live.machines.connect([])
        events = self.live.machines.events()
        for _ in range(200):
            await self.live.outbox.flush()
            self.now_s += 60.0
            try:
                report = await asyncio.wait_for(anext(events), 0.1)
            except TimeoutError:
                events = self.live.machines.events()
                report = Taken("")
            await self.live.hear(report)
            for job in self.live.outbox.open_jobs:
                if not isinstance(report, Question) or job.name != report.job or job.command[0] not in ENDS:
                    continue
                if job.serials and to_be_measured(job, self.run.names, self.run.line, self.live.decider.state):
                    return job
                await self.live.answer(report, Answer.DONE, ANNA)
        raise AssertionError("nothing came to the rig")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path)
    yield made
    made.live.journal.close()


def answered(job: Job, *values: Reading, detail: str = Answer.DONE) -> Action:
    return Action(ActionKind.ANSWER, job.name, detail, values=values)


def test_what_is_measured_decides_and_is_kept(line: Line) -> None:
    async def go() -> int:
        job = await line.at_the_rig()
        (serial,) = job.serials
        assert to_be_measured(job, line.run.names, line.run.line, line.live.decider.state) == [(serial, "gap")]
        await line.live.act(answered(job, Reading(serial, "gap", 1.3e-3)), ANNA)  # 0.1 mm too much
        return serial

    serial = asyncio.run(go())
    state = line.live.decider.state
    case = line.run.names.materials.index("case")
    assert state.material_tally.scrapped[case] == 1 and serial not in state.unit.serial
    assert [(one.value, one.serial) for one in line.watch.history.values[0]] == [(1.3e-3, serial)]
    ((name, value, _),) = genealogy_of(line.path).units[serial].values
    assert (name, value) == ("gap", 1.3e-3)
    with SqliteJournal.read(line.path) as journal:
        said = [who for block in journal.decisions() for who in block.said.values() if "gap" in who.new]
        assert verify(journal, line.run.new_decider()).holds
    assert [(who.person, who.new) for who in said] == [("anna", f"gap of {serial}: 0.0013")]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"characteristic": "gab"}, "'gab' of unit .* is not measured here, or told twice .did you mean 'gap'"),
        ({"serial": 4711}, "unit 4711 is not in this work"),
        ({"value": float("inf")}, "inf is no measured value"),
        ({"twice": True}, "told twice"),
        ({"detail": Answer.SCRAP}, "go with work that is done"),
        ({"kind": ActionKind.TAKE_OUT}, "go with an answer"),
    ],
)
def test_what_cannot_be_measured_is_refused_and_nothing_happens(line: Line, wrong: dict[str, Any], said: str) -> None:
    async def go() -> None:
        job = await line.at_the_rig()
        good = Reading(job.serials[0], "gap", 1e-3)
        bad = good._replace(**{key: value for key, value in wrong.items() if key in Reading._fields})
        values = (good, bad) if "twice" in wrong else (bad,)
        action = answered(job, *values, detail=wrong.get("detail", Answer.DONE))
        events = line.live.decider.events
        with pytest.raises(InputError, match=said):
            await line.live.act(action._replace(kind=wrong.get("kind", ActionKind.ANSWER)), ANNA)
        assert line.live.decider.events == events and line.live.outbox.job(job.name) is not None

    asyncio.run(go())


def test_what_a_machine_told_before_it_forgot_is_not_of_the_next_unit(line: Line) -> None:
    """A person speaks for the work now; values that waited for its end go with it."""

    async def go() -> None:
        job = await line.at_the_rig()
        await line.live.hear(Happening(12, job.command[1], 0, job.command[2], amount=5e-3))
        await line.live.act(answered(job, Reading(job.serials[0], "gap", 1e-3)), ANNA)
        assert [one.value for one in line.watch.history.values[0]] == [1e-3]
        await line.live.hear(Happening(int(ENDS[Command.START_OPERATION]), job.command[1]))
        assert [one.value for one in line.watch.history.values[0]] == [1e-3]

    asyncio.run(go())


def test_the_board_asks_for_it_in_the_units_of_the_plant(line: Line, tmp_path: Path) -> None:
    job = asyncio.run(line.at_the_rig())
    scene = Scene(line.watch, line.live, line.live.clock, lambda: SqliteJournal.read(line.path), tmp_path / "a.json")
    accounts = Accounts(scene.accounts)
    accounts.put("ada", "admin", NEW, must_change=False)
    accounts.put("anna", "operator", NEW, must_change=False)
    client: TestClient = client_of(scene)
    headers = sign_in(client, "anna", NEW)
    asked = next(one for one in client.get("/api/v1/now").json()["questions"] if one["job"] == job.name)
    (wanted,) = asked["to_measure"]
    assert wanted == {"serial": job.serials[0], "characteristic": "gap", "unit": "mm", "lower": 0.8, "upper": 1.2}
    request = {"kind": "answer", "subject": job.name, "detail": "done"}
    value = {"serial": job.serials[0], "characteristic": "gap", "value": 1.05}
    for bad in ({**value, "characteristic": "gob"}, {**value, "serial": 99}):
        answer = client.post("/api/v1/actions", json={**request, "values": [bad]}, headers=headers)
        assert answer.status_code == 400, answer.text
    assert client.post("/api/v1/actions", json={**request, "values": [{}]}, headers=headers).status_code == 422
    answer = client.post("/api/v1/actions", json={**request, "values": [value]}, headers=headers)
    assert answer.status_code == 200, answer.text
    unit = client.get(f"/api/v1/units/{job.serials[0]}").json()
    assert [(one["value"], one["unit"], one["inside"]) for one in unit["values"]] == [(1.05, "mm", True)]
    assert unit["unit"]["end"] == "finished"
