"""A line whose machines outlive it: jobs by name, what is asked of people, and what a restart finds again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest
from live_lines import write_cases

from linewright.control import NONE, Command, Event
from linewright.control.codes import Stop
from linewright.errors import InputError
from linewright.journal import SqliteJournal
from linewright.live import (
    Action,
    ActionKind,
    Answer,
    Forbidden,
    LiveLine,
    Person,
    Refused,
    Role,
    Run,
    stops_of,
    verify,
)
from linewright.live.clock import PlantClock, WallWatch
from linewright.live.recover import recover
from linewright.live.supervise import Supervisor
from linewright.live.world import Surroundings
from linewright.machines import Happening, Job, Question, Reach, Report, Taken
from linewright.plant.check import open_plant

MONDAY_SIX_S = 6 * 3600.0
ANNA, BEN, CLEO = Person("anna", Role.OPERATOR), Person("ben", Role.ENGINEER), Person("cleo", Role.VIEWER)


class Hands:
    """Machines that do nothing by themselves: the test reports for them."""

    outlives_us = True

    def __init__(self) -> None:
        self.told: list[Job] = []
        self.found: list[Job] = []

    async def connect(self, open_jobs: Sequence[Job]) -> None:
        self.found = list(open_jobs)

    async def events(self) -> AsyncGenerator[Report, None]:
        await asyncio.Event().wait()
        yield Taken("")

    async def send(self, jobs: Sequence[Job]) -> None:
        self.told += jobs

    async def close(self) -> None:
        pass


class Now:
    """A clock that the test sets."""

    def __init__(self, time_s: float) -> None:
        self.time_s = time_s

    def now_s(self) -> float:
        return self.time_s


def begin(folder: Path) -> tuple[Run, LiveLine, Hands]:
    checked = open_plant(write_cases(folder, 3))
    run = Run.of_plant(checked, 1)
    SqliteJournal.create(folder / "run.db", run.header(checked.folder)).close()
    live, hands = again(folder, run)
    return run, live, hands


def again(folder: Path, run: Run) -> tuple[LiveLine, Hands]:
    """The line after a restart."""
    journal, hands = SqliteJournal.write(folder / "run.db"), Hands()
    decider = recover(journal, run)
    return LiveLine(decider, hands, journal, Now(MONDAY_SIX_S).now_s, run.names), hands


async def first_orders(run: Run, live: LiveLine) -> Job:
    """The shift begins and an order arrives; the first job for press-1."""
    row = Surroundings(run, lambda: live.decider.state, live.clock).row_at(MONDAY_SIX_S)
    for event in (
        Happening(int(Event.SHIFT_CHANGED), row),
        Happening(int(Event.LOOK_AGAIN), int(NONE)),
        Happening(int(Event.ORDER_ARRIVED), int(NONE), 0),
    ):
        await live.hear(event)
    await live.outbox.flush()
    return next(job for job in live.outbox.open_jobs if job.command[0] == Command.CHANGE_OVER or job.serials)


def work_of(live: LiveLine, kind: Command) -> Job:
    return next(job for job in live.outbox.open_jobs if job.command[0] == kind)


def kinds_of(folder: Path) -> list[int]:
    with SqliteJournal.read(folder / "run.db") as journal:
        return [int(kind) for block in journal.decisions() for kind in block.events["kind"]]


def test_a_job_ends_once(tmp_path: Path) -> None:
    async def go() -> None:
        run, live, hands = begin(tmp_path)
        job = await first_orders(run, live)
        assert job in hands.told
        ends = Happening(int(Event.OPERATION_FINISHED), job.command[1], 0, job=job.name)
        if job.command[0] == Command.CHANGE_OVER:
            ends = ends._replace(kind=int(Event.SETUP_FINISHED))
        await live.hear(ends)
        before = live.decider.events
        await live.hear(ends)  # the same again, as after a reconnect
        await live.hear(ends._replace(job=""))  # and from a machine that names no jobs
        unknown = Happening(int(Event.OPERATION_FINISHED), 4, 0, job="of-another-7-0")
        await live.hear(unknown)
        await live.hear(Happening(int(Event.ORDER_ARRIVED), int(NONE), 0))  # it is here already
        assert live.decider.events == before
        live.journal.close()

    asyncio.run(go())


def test_a_restart_finds_the_open_jobs_and_what_was_acknowledged(tmp_path: Path) -> None:
    async def go() -> None:
        run, live, _ = begin(tmp_path)
        await live.hear(Reach(0, True, memory="a"))
        await live.outbox.flush()
        job = await first_orders(run, live)
        await live.hear(Taken(job.name))
        await live.outbox.flush()
        before = live.outbox.open_jobs
        live.journal.close()
        live, hands = again(tmp_path, run)
        running = asyncio.create_task(live.run())
        await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert hands.found == before == live.outbox.open_jobs
        mine = next(found for found in hands.found if found.name == job.name)
        assert mine.acknowledged and mine.command == job.command
        assert {found.memory for found in hands.found if found.command[1] == 0} == {"a"}
        live.journal.close()

    asyncio.run(go())


@pytest.mark.parametrize("answer", list(Answer))
def test_what_a_machine_forgot_is_asked_and_the_answer_is_on_record(tmp_path: Path, answer: Answer) -> None:
    async def go() -> None:
        run, live, hands = begin(tmp_path)
        job = await first_orders(run, live)
        if job.command[0] == Command.CHANGE_OVER:
            await live.hear(Happening(int(Event.SETUP_FINISHED), job.command[1], job=job.name))
            job = work_of(live, Command.START_OPERATION)
        question = Question(job.command[1], job.name, "what became of it?")
        await live.hear(question)
        await live.hear(question)
        assert list(live.questions) == [job.name]
        with pytest.raises(Forbidden):
            await live.answer(question, answer, CLEO)
        await live.answer(question, answer, ANNA)
        await live.outbox.flush()
        assert not live.questions and live.outbox.job(job.name) is None
        unit = int(job.command[2])
        if answer == Answer.AGAIN:
            new = next(other for other in live.outbox.open_jobs if other.serials == job.serials)
            assert new.name != job.name and new.command[:5] == job.command[:5] and new in hands.told
        elif answer == Answer.SCRAP:
            assert job.serials[0] not in live.decider.state.unit.serial
            assert live.decider.state.material_tally.scrapped.sum() == 1
        else:
            assert live.decider.state.unit.stopped[unit] == Stop.NOTHING
        with pytest.raises(InputError, match="has been answered"):
            await live.answer(question, answer, ANNA)
        live.journal.close()
        with SqliteJournal.read(tmp_path / "run.db") as journal:
            said = [who for block in journal.decisions() for who in block.said.values() if who.person]
            assert said and said[-1].person == "anna" and said[-1].new == answer
            assert verify(journal, run.new_decider()).holds

    asyncio.run(go())


def test_actions_of_people(tmp_path: Path) -> None:
    async def go() -> None:
        run, live, _ = begin(tmp_path)
        await first_orders(run, live)
        state = live.decider.state
        waiting = [u for u in range(len(state.unit)) if state.unit.serial[u] >= 0 and state.unit.queue[u] != NONE]
        serial = str(int(state.unit.serial[waiting[0]]))
        await live.act(Action(ActionKind.HOLD_UNIT, serial, reason="scratched"), ANNA)
        assert live.decider.state.unit.stopped[waiting[0]] == Stop.ASIDE
        with pytest.raises(Refused, match="already so"):
            await live.act(Action(ActionKind.HOLD_UNIT, serial), ANNA)
        with pytest.raises(Forbidden, match="needs the rights of engineer"):
            await live.act(Action(ActionKind.RELEASE_UNIT, serial), ANNA)
        with pytest.raises(InputError, match="a reason is needed"):
            await live.act(Action(ActionKind.SCRAP_UNIT, serial), ANNA)
        await live.act(Action(ActionKind.SCRAP_UNIT, serial, reason="scratched too deep"), ANNA)
        await live.act(Action(ActionKind.SET_RULE, "press", "spt", reason="many small ones"), BEN)
        await live.act(Action(ActionKind.SET_LIMIT, "case", amount=3.0), BEN)
        await live.act(Action(ActionKind.HOLD_ORDER, "C000"), BEN)
        await live.act(Action(ActionKind.DELIVER, "sheet", amount=500.0), ANNA)
        with pytest.raises(InputError, match="did you mean 'press-1'"):
            await live.act(Action(ActionKind.TAKE_OUT, "pres-1"), ANNA)
        with pytest.raises(InputError, match="has not arrived"):
            await live.act(Action(ActionKind.PRIORITISE, "C002", amount=-1.0), BEN)
        live.journal.close()
        with SqliteJournal.read(tmp_path / "run.db") as journal:
            said = [who for block in journal.decisions() for who in block.said.values() if who.person]
            assert verify(journal, run.new_decider()).holds
        assert [(who.person, who.new) for who in said if who.new] == [
            ("anna", "held"),
            ("anna", "held"),  # refused, and on record all the same
            ("anna", "scrapped"),
            ("ben", "spt"),
            ("ben", "3"),
            ("ben", "held"),
            ("anna", said[-1].new),
        ]
        assert said[0].reason == "scratched" and said[3].old == "fewest-setups" and said[4].old == "12"
        assert float(said[-1].new) == float(said[-1].old) + 500.0

    asyncio.run(go())


def test_people_order_more(tmp_path: Path) -> None:
    async def go() -> None:
        run, live, _ = begin(tmp_path)
        await first_orders(run, live)
        await live.act(Action(ActionKind.ORDER, "case", "2 d", 4.0, "for the customer at the gate"), BEN)
        new = live.decider.state.order
        more = [k for k in range(len(new)) if new.quantity[k] == 4 and new.derived[k] == 0]
        assert len(more) == 1
        assert new.due_s[more[0]] == MONDAY_SIX_S + 2 * 86400.0
        assert int(live.decider.state.material_tally.offered.sum()) == 2 + 4  # of the file's 3 orders one is here
        assert not live.decider.all_done
        for words in (
            Action(ActionKind.ORDER, "body", "", 1.0),  # a component: the file orders none
            Action(ActionKind.ORDER, "case", "", 0.5),
            Action(ActionKind.ORDER, "case", "soon", 1.0),
        ):
            with pytest.raises(InputError):
                await live.act(words, BEN)
        with pytest.raises(Forbidden):
            await live.act(Action(ActionKind.ORDER, "case", "", 1.0), ANNA)
        live.journal.close()
        with SqliteJournal.read(tmp_path / "run.db") as journal:
            assert verify(journal, run.new_decider()).holds

    asyncio.run(go())


def test_a_stop_without_a_signal_is_explained_later(tmp_path: Path) -> None:
    async def go() -> None:
        run, live, _ = begin(tmp_path)
        job = await first_orders(run, live)
        if job.command[0] == Command.CHANGE_OVER:
            await live.hear(Happening(int(Event.SETUP_FINISHED), job.command[1], job=job.name))
            job = work_of(live, Command.START_OPERATION)
        later = Now(MONDAY_SIX_S + 3600.0)
        live.clock = later.now_s
        supervisor = Supervisor(live)
        await supervisor.look()
        await supervisor.look()  # once is enough
        await live.outbox.flush()
        opened = stops_of(tmp_path / "run.db")
        machine = run.names.machines[job.command[1]]
        assert [(stop.machine, stop.reason) for stop in opened if stop.machine == machine] == [(machine, "")]
        later.time_s += 600.0
        await live.hear(Happening(int(Event.OPERATION_FINISHED), job.command[1], 0, job=job.name))
        stop = next(stop for stop in opened if stop.machine == machine)
        explained = Action(ActionKind.EXPLAIN_STOP, stop.machine, "jam", float(stop.seq), "a sheet was caught")
        await live.act(explained, ANNA)
        live.journal.close()
        found = next(one for one in stops_of(tmp_path / "run.db") if one.seq == stop.seq)
        assert (found.reason, found.explained_by, found.since_s) == ("press.jam", "anna", stop.since_s)
        assert found.until_s == found.since_s + 600.0

    asyncio.run(go())


def test_the_world_goes_by_the_clock_and_tells_everything_once(tmp_path: Path) -> None:
    async def go() -> None:
        run, live, _ = begin(tmp_path)
        now = Now(0.0)
        world = Surroundings(run, lambda: live.decider.state, now.now_s)
        await world.connect([])
        events = world.events()
        told = [await anext(events) for _ in range(5)]
        assert [report.kind for report in told if isinstance(report, Happening)] == [
            Event.LOOK_AGAIN,
            Event.SHIFT_CHANGED,
            Event.ORDER_ARRIVED,
            Event.ORDER_ARRIVED,
            Event.ORDER_ARRIVED,
        ]
        nothing = asyncio.create_task(anext(events))
        await asyncio.sleep(0.12)
        assert not nothing.done()
        now.time_s = MONDAY_SIX_S
        shift = await nothing
        assert shift == Happening(int(Event.SHIFT_CHANGED), world.row_at(MONDAY_SIX_S))
        wait = Job("run-9-0", (int(Command.WAIT), 1, int(NONE), int(NONE), int(NONE), 10.0, MONDAY_SIX_S))
        buy = Job("run-9-1", (int(Command.BUY), 0, int(NONE), int(NONE), int(NONE), 50.0, MONDAY_SIX_S))
        await world.send([wait, buy])
        assert [await anext(events) for _ in range(3)] == [
            Taken("run-9-0"),
            Taken("run-9-1"),
            Question(int(NONE), "run-9-1", "has 50 sheet been delivered?"),
        ]
        now.time_s += 10.0
        assert await anext(events) == Happening(int(Event.WAIT_OVER), 1, job="run-9-0")
        live.journal.close()

    asyncio.run(go())


def test_plant_time_never_jumps(monkeypatch: pytest.MonkeyPatch) -> None:
    real, set_by = time.time, 0.0
    monkeypatch.setattr(time, "time", lambda: real() + set_by)
    clock, wall = PlantClock(real() - 100.0), WallWatch()
    assert 100.0 <= clock.now_s() < 101.0 and wall.jump_s() == 0.0
    set_by = -7200.0
    assert 100.0 <= clock.now_s() < 102.0
    assert wall.jump_s() == pytest.approx(-7200.0, abs=1.0) and wall.jump_s() == 0.0
    assert PlantClock(real() - 100.0, now_s=150.0).now_s() >= 150.0  # the clock was set back while nothing ran
