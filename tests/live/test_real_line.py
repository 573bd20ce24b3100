"""A real line: its clock and calendar are those on the wall, nothing is virtual, and it stays so after a restart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from live_lines import write_cases

from linewright.cli import main
from linewright.control import NONE, Command, Event
from linewright.control.codes import Outcome
from linewright.journal import SqliteJournal
from linewright.live import RealTime, Run
from linewright.live.recover import is_of
from linewright.live.world import Surroundings
from linewright.machines import Happening, Job, Taken
from linewright.plant.check import open_plant
from linewright.twin.fork import Fork
from linewright.twin.observe import observe
from linewright.twin.world import World

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_S, DAY_S = 3600.0, 86400.0


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


def wall_s(*moment: int) -> float:
    """A moment of local time, s since 1970."""
    return datetime(*moment, tzinfo=BERLIN).timestamp()


def began(monkeypatch: pytest.MonkeyPatch, *moment: int, speed: float = 1.0) -> RealTime:
    """A real line that began at a moment."""
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: wall_s(*moment))
        return RealTime.from_now(speed)


def test_time_0_is_the_monday_before_and_the_week_is_that_on_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    real = began(monkeypatch, 2026, 3, 25, 14, 30)  # a Wednesday
    assert real.starts_s == 2 * DAY_S + 14.5 * HOUR_S
    assert real.into_week_s(real.starts_s) == real.starts_s
    assert real.into_week_s(6 * DAY_S + HOUR_S) == 6 * DAY_S + HOUR_S  # Sunday, before clocks are put forward
    assert real.into_week_s(7 * DAY_S + 5 * HOUR_S) == 6 * HOUR_S  # Monday: it is an hour later than was counted
    assert RealTime.read(real.written()) == real
    rehearsal = began(monkeypatch, 2026, 3, 25, 14, 30, speed=60.0)
    assert (rehearsal.starts_s, rehearsal.into_week_s(8 * DAY_S)) == (0.0, DAY_S)


def test_clocks_lead_from_when_they_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    real = began(monkeypatch, 2026, 3, 25, 14, 30)
    forward_s = 6 * DAY_S + 2 * HOUR_S  # Sunday at 2 it is 3
    assert real.leads(real.starts_s, 200 * DAY_S) == [(real.starts_s, 0.0), (forward_s, HOUR_S)]
    (*_, back) = real.leads(real.starts_s, 300 * DAY_S)
    until_s = wall_s(2026, 10, 25, 3, 0) - HOUR_S - wall_s(2026, 3, 25, 14, 30)  # where 2 to 3 comes twice
    assert back == (real.starts_s + until_s, 0.0)
    autumn = began(monkeypatch, 2026, 10, 21, 8, 0)
    assert autumn.leads(autumn.starts_s, 9 * DAY_S)[1:] == [(6 * DAY_S + 3 * HOUR_S, -HOUR_S)]  # Sunday at 3 it is 2
    rehearsal = began(monkeypatch, 2026, 3, 25, 14, 30, speed=60.0)
    assert rehearsal.leads(0.0, 300 * DAY_S) == [(0.0, 0.0)]


@pytest.mark.parametrize("month_day_hour", [(3, 25, 14), (10, 21, 8)])
def test_futures_begin_their_shifts_when_the_line_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, month_day_hour: tuple[int, int, int]
) -> None:
    """Before clocks are set and after: the next shift of a fork is the next that the calendar on the wall has."""
    checked = open_plant(write_cases(tmp_path, 1))
    run = Run.of_plant(checked, 1, began(monkeypatch, 2026, *month_day_hour, 0))
    state = run.new_decider().state
    world = World(run.plant, run.line)
    surroundings = Surroundings(run, lambda: state, lambda: 0.0)
    for now_s in (5 * DAY_S - 60.0, *(7 * DAY_S + hour * HOUR_S + 1.0 for hour in range(0, 8 * 24, 5))):
        state.g.now_s, state.g.row = now_s, surroundings.row_at(now_s)
        line = run.to_fork(state)
        fork = Fork(line, world, state, 1, 1)
        rings_s = float(fork.draw().rings_s[0, int(fork.case.shift)])
        assert now_s < rings_s <= now_s + DAY_S
        rows = [surroundings.row_at(time_s) for time_s in (now_s, rings_s - 1.0, rings_s + 1.0)]
        assert rows[0] == rows[1] != rows[2] == int(fork.case.next_row)
    lead_s = run.local_s(now_s) - now_s
    assert abs(lead_s) == HOUR_S and (line.week_s == run.line.week_s - lead_s).all()
    virtual = Run.of_plant(checked, 1)
    assert virtual.to_fork(state) is virtual.line and virtual.local_s(now_s) == now_s


def test_its_clock_goes_on_while_no_process_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    real = began(monkeypatch, 2026, 3, 25, 14, 30)
    monkeypatch.setattr(time, "time", lambda: wall_s(2026, 3, 25, 16, 0))
    assert real.clock(real.starts_s).now_s() == pytest.approx(real.starts_s + 1.5 * HOUR_S, abs=0.1)
    fast = RealTime(wall_s(2026, 3, 25, 14, 30), 0.0, 60.0)
    assert fast.clock(0.0).now_s() == pytest.approx(90.0 * HOUR_S, abs=6.0)


def test_nothing_is_counted_before_it_began(tmp_path: Path) -> None:
    """A line that starts on Wednesday was not starved since Monday; and a replay knows that too."""
    checked = open_plant(write_cases(tmp_path, 1))
    run = Run.of_plant(checked, 1, RealTime(0.0, 200_000.0))
    SqliteJournal.create(tmp_path / "run.db", run.header(checked.folder)).close()
    with SqliteJournal.read(tmp_path / "run.db") as journal:
        again = Run.of_journal(journal)
        assert again.real == run.real and is_of(journal, checked)
    decider = again.new_decider()
    assert decider.now_s == 200_000.0
    decider.decide((int(Event.LOOK_AGAIN), NONE, NONE, NONE, 203_600.0, 0.0))
    sums = observe(run.line, decider.state)
    assert sums["span_s"] == HOUR_S and (sums["state_s"].sum(axis=1) == HOUR_S).all()


BELT = """
transport: { belt: { from: press, to: oven, time: 90 s } }
"""


def test_a_belt_takes_the_time_of_the_plant_and_the_day_ends(tmp_path: Path) -> None:
    plant = write_cases(tmp_path, 1)
    plant.write_text(plant.read_text() + BELT)
    run = Run.of_plant(open_plant(plant), 1)
    belt = next(m for m, name in enumerate(run.names.machines) if name.startswith("belt"))
    task = next(t for t in range(len(run.line.task)) if run.line.task[t].operation == NONE)
    now_s = [1000.0]

    async def go() -> None:
        decider = run.new_decider()
        decider.decide((int(Event.LOOK_AGAIN), NONE, NONE, NONE, 1000.0, 0.0))
        world = Surroundings(run, lambda: decider.state, lambda: now_s[0], until_s=1200.0)
        await world.connect([])
        await world.send([Job("run-1-0", (int(Command.START_OPERATION), belt, 0, task, 1, 0.0, 1000.0))])
        told = []

        async def listen() -> None:
            async for report in world.events():
                told.append(report)

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0.01)
        assert told[0] == Taken("run-1-0")
        end = Happening(int(Event.OPERATION_FINISHED), belt, int(Outcome.PASS), job="run-1-0")
        assert end not in told
        now_s[0] = 1090.0
        await asyncio.sleep(0.1)
        assert told[-1] == end and not listening.done()
        now_s[0] = 1200.0
        await asyncio.wait_for(listening, 1.0)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("begun", "more", "said"),
    [
        ([], ["--real"], "this run is not that of a real line"),
        (["--real", "--speed", "60x"], ["--speed", "90x"], "this run goes at 60x"),
    ],
)
def test_a_line_stays_what_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], begun: list[str], more: list[str], said: str
) -> None:
    words = ["run", str(write_cases(tmp_path, 1)), "--journal", str(tmp_path / "run.db"), "--until", "20 s"]
    assert main([*words, *begun, "--json"]) == 0
    assert main([*words, *more, "--resume"]) == 2
    assert said in capsys.readouterr().err


def test_what_a_real_line_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant = write_cases(tmp_path, 1)
    words = ["run", str(plant), "--journal", str(tmp_path / "run.db"), "--real", "--until", "1 h"]
    assert main([*words, "--speed", "max"]) == 2
    assert "need a clock" in capsys.readouterr().err
    stream = "{ streams: [{ material: case, every: { dist: exponential, mean: 1 h } }] }"
    plant.write_text(plant.read_text().replace("{ from: orders.csv }", stream))
    assert main(words) == 2
    assert "random customers order nothing" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.db"))
