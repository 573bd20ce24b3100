"""What a journal says is what the control decides, bit for bit, from the start and from any snapshot."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from live_lines import GEAR_PUMP, make, set_up, write_cases

from linewright.cli import main
from linewright.control import Command, Event, same_state
from linewright.errors import InputError
from linewright.journal import SqliteJournal
from linewright.live import (
    Action,
    ActionKind,
    LiveLine,
    Person,
    Role,
    Run,
    genealogy_of,
    levels,
    replay,
    state_of,
    verify,
)
from linewright.live import line as live_line
from linewright.live.recover import FIRST_ROOM
from linewright.twin.life import Life
from linewright.twin.world import World


def verdict_on(journal: Path):
    with SqliteJournal.read(journal) as record:
        return verify(record, Run.of_journal(record).new_decider())


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LiveLine]:
    """A run of the cases to its end: journal and line."""
    folder = tmp_path_factory.mktemp("cases")
    return folder / "run.db", make(write_cases(folder), folder / "run.db")


def test_the_small_line_makes_its_orders(cases: tuple[Path, LiveLine]) -> None:
    _, live = cases
    assert live.decider.all_done
    tally = live.decider.state.material_tally
    assert tally.orders_done.tolist() == [0, 0, 0, 30]
    assert tally.finished[3] == 60
    assert live.decider.state.material.wip.sum() == 0


def test_replay_gives_the_same_commands(cases: tuple[Path, LiveLine]) -> None:
    journal, live = cases
    verdict = verdict_on(journal)
    assert verdict.holds
    assert verdict.events == live.decider.events > 400
    assert same_state(state_of(journal).state, live.decider.state)


def test_the_command_that_decides_all_of_it_once_more(cases: tuple[Path, LiveLine]) -> None:
    assert main(["journal", "verify", str(cases[0]), "--replay"]) == 0


def test_replay_of_the_gear_pump(tmp_path: Path) -> None:
    live = make(GEAR_PUMP, tmp_path / "run.db", until_s=4 * 86400.0)
    verdict = verdict_on(tmp_path / "run.db")
    assert verdict.holds and verdict.events == live.decider.events > 3000
    with SqliteJournal.read(tmp_path / "run.db") as record:
        kinds = {int(kind) for block in record.decisions() for kind in block.events["kind"]}
    assert {Event.VALUE_MEASURED, Event.TOOL_CHANGED, Event.UNIT_DELIVERED} <= kinds


def test_the_same_seed_gives_the_same_run(cases: tuple[Path, LiveLine], tmp_path: Path) -> None:
    again, other = (
        make(write_cases(tmp_path), tmp_path / "a.db"),
        make(tmp_path / "plant.yaml", tmp_path / "b.db", 2),
    )
    assert same_state(again.decider.state, cases[1].decider.state)
    assert other.decider.now_s != again.decider.now_s


@pytest.mark.parametrize("change", ["subject = 1 - subject", "amount = amount + 1e-9", "kind = 5"])
def test_a_changed_command_is_found_twice(tmp_path: Path, change: str) -> None:
    journal = tmp_path / "run.db"
    make(write_cases(tmp_path, 3), journal)
    with sqlite3.connect(journal) as connection:
        (seq,) = connection.execute(
            f"SELECT seq FROM record WHERE cause AND kind = {int(Command.START_OPERATION)} LIMIT 1 OFFSET 5"
        ).fetchone()
        (cause,) = connection.execute(f"SELECT cause FROM record WHERE seq = {seq}").fetchone()
        connection.execute(f"UPDATE record SET {change} WHERE seq = {seq}")
    verdict = verdict_on(journal)
    assert verdict.broken is not None and verdict.broken.seq == seq
    assert verdict.disagreement is not None and verdict.disagreement.seq == cause


def test_the_state_at_any_time(cases: tuple[Path, LiveLine]) -> None:
    """The state of the journal at a time is the state that the line had then, but for the clock."""
    journal, live = cases
    for share in (0.0, 0.3, 0.7):
        at_s = share * live.decider.now_s
        then = state_of(journal, at_s).state
        stopped = make(
            journal.parent / "plant.yaml", journal.parent / f"{share}.db", until_s=at_s
        ).decider.state
        assert then.g.now_s[0] == at_s
        stopped.g.now_s = at_s
        assert same_state(then, stopped)
    with pytest.raises(InputError, match="the journal ends at"):
        state_of(journal, live.decider.now_s + 1.0)


def test_snapshots_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cases: tuple[Path, LiveLine]
) -> None:
    monkeypatch.setattr(live_line, "SNAPSHOT_EVENTS", 100)
    make(write_cases(tmp_path), tmp_path / "run.db")
    with SqliteJournal.read(tmp_path / "run.db") as record:
        assert 0 < record.snapshot(7.5 * 3600.0).seq < record.snapshot().seq
    at_s = 0.6 * cases[1].decider.now_s
    assert same_state(state_of(tmp_path / "run.db", at_s).state, state_of(cases[0], at_s).state)
    assert verdict_on(tmp_path / "run.db").holds


def test_pools_grow_and_replay_the_same(tmp_path: Path) -> None:
    """More orders at once than there is room for at first: the line looks again, and that is on record."""
    plant = write_cases(tmp_path, orders=600, quantity=1)
    plant.write_text(
        plant.read_text().replace("{ conwip: 12 }", "push").replace("queue: 6", "queue: unlimited")
    )
    live = make(plant, tmp_path / "run.db", until_s=2 * 86400.0)
    assert len(live.decider.state.order) > 256 and len(live.decider.state.unit) > 256
    with SqliteJournal.read(tmp_path / "run.db") as record:
        sources = [said.source for block in record.decisions() for said in block.said.values()]
    assert sources and set(sources) == {live_line.LINE}
    assert verdict_on(tmp_path / "run.db").holds
    assert same_state(state_of(tmp_path / "run.db").state, live.decider.state)


def test_orders_that_wait_for_cards_find_room(tmp_path: Path) -> None:
    """More open orders than the pool begins with, none of them released yet."""
    live = make(write_cases(tmp_path, orders=400, quantity=1), tmp_path / "run.db")
    assert live.decider.all_done and len(live.decider.state.order) > 256
    assert verdict_on(tmp_path / "run.db").holds


def test_the_twin_gives_the_very_same_line(cases: tuple[Path, LiveLine]) -> None:
    """The same control, the same nature: the twin's state at the end is that of the line."""
    journal, live = cases
    then = state_of(journal)
    nature = World(then.plant, then.line).new_nature(then.run.seed, 0, FIRST_ROOM)
    life = Life(then.line, then.names, then.run.new_decider().state, nature)
    life.until(live.decider.now_s)
    assert same_state(life.state, live.decider.state)


def test_the_plants_own_rule_is_kept_with_the_run(tmp_path: Path) -> None:
    """A journal needs no other file, the plant's own dispatch rule included."""
    plant = write_cases(tmp_path, 5)
    plant.write_text(plant.read_text().replace("press: fewest-setups", "press: rules/mine.py:last_first"))
    rule = tmp_path / "rules" / "mine.py"
    rule.parent.mkdir()
    rule.write_text(
        "def last_first(now_s, work_s, setup_s, due_in_s, remaining_s, priority, waiting_s):\n"
        "    return waiting_s\n"
    )
    live = make(plant, tmp_path / "run.db")
    for path in (rule, plant, tmp_path / "orders.csv"):
        path.unlink()
    assert verdict_on(tmp_path / "run.db").holds
    assert same_state(state_of(tmp_path / "run.db").state, live.decider.state)


def test_a_rule_outside_the_plants_folder_is_not_written_there(tmp_path: Path) -> None:
    """Recovery puts the rules that a journal brings in a folder of its own."""
    folder = tmp_path / "plant"
    folder.mkdir()
    plant = write_cases(folder, 3)
    plant.write_text(plant.read_text().replace("press: fewest-setups", "press: ../mine.py:first"))
    rule = tmp_path / "mine.py"
    rule.write_text(
        "def first(now_s, work_s, setup_s, due_in_s, remaining_s, priority, waiting_s):\n    return 0.0\n"
    )
    make(plant, tmp_path / "run.db")
    rule.write_text("# changed since")
    assert verdict_on(tmp_path / "run.db").holds
    assert rule.read_text() == "# changed since"


def test_another_version_decides_again_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cases: tuple[Path, LiveLine]
) -> None:
    """Where a state consists of something else today, snapshots are ignored."""
    monkeypatch.setattr(Run, "identity", "of another version")
    monkeypatch.setattr("linewright.live.snapshot.load_state", None)
    assert same_state(state_of(cases[0]).state, cases[1].decider.state)


def test_levels_over_time(cases: tuple[Path, LiveLine], monkeypatch: pytest.MonkeyPatch) -> None:
    """Moments at even distances; they agree with Little's law, and few of them are some of many."""
    journal, live = cases
    kept = {}
    for most in (10_000, 50):
        monkeypatch.setattr(levels, "MOST", most)
        with SqliteJournal.read(journal) as record:
            run = Run.of_journal(record)
            decider = run.new_decider(levels.Levels())
            replay(record, decider)
        kept[most] = decider.levels
        assert len(kept[most].series()) <= most
    series, few = kept[10_000].series(), kept[50].series()
    assert (len(series) - 1) * 60.0 <= live.decider.now_s < len(series) * 60.0
    assert few.tolist() == series[:: int(kept[50].every_s / 60.0)].tolist()
    case = run.names.materials.index("case")
    assert (np.diff(series[:, case]) >= 0).all()
    wip = series[:, len(run.names.materials) + case].mean()
    spent_s = live.decider.state.material_tally.residence_s[case]
    assert wip == pytest.approx(spent_s / live.decider.now_s, rel=0.05)


def test_what_people_do_is_on_record_and_replays(tmp_path: Path) -> None:
    run, live = set_up(write_cases(tmp_path), tmp_path / "run.db", until_s=6 * 3600.0 + 1800.0)
    asyncio.run(live.run())
    machine = run.names.machines.index("press-1")
    anna, ben = Person("anna", Role.OPERATOR), Person("ben", Role.ENGINEER)
    asyncio.run(live.act(Action(ActionKind.TAKE_OUT, "press-1", reason="noise"), anna))
    asyncio.run(live.act(Action(ActionKind.PRIORITISE, "C007", amount=-5.0), ben))
    live.machines.until_s = 6 * 3600.0 + 7200.0
    asyncio.run(live.run())
    assert live.decider.state.machine.held[machine] == 1
    asyncio.run(live.act(Action(ActionKind.GIVE_BACK, "press-1"), anna))
    live.machines.until_s = np.inf
    asyncio.run(live.run())
    live.journal.close()
    assert live.decider.all_done
    with SqliteJournal.read(tmp_path / "run.db") as record:
        blocks = list(record.decisions())
        people = [who.person for b in blocks for who in b.said.values() if who.source != live_line.LINE]
        kinds = [int(b.events["kind"][b.seq == seq][0]) for b in blocks for seq in b.said]
    assert people == ["anna", "ben", "anna"]
    assert kinds == [Event.MACHINE_HELD, Event.PRIORITY_SET, Event.MACHINE_RELEASED]
    assert verdict_on(tmp_path / "run.db").holds
    _, again = set_up(tmp_path / "plant.yaml", tmp_path / "run.db")  # the machines live through it too
    assert same_state(again.decider.state, live.decider.state)
    again.journal.close()


def test_genealogy(cases: tuple[Path, LiveLine]) -> None:
    journal, live = cases
    units = genealogy_of(journal).units
    finished = [unit for unit in units.values() if unit.material == "case" and unit.end == "finished"]
    assert len(finished) == 60
    built_in = [serial for unit in units.values() for serial in unit.components]
    assert len(built_in) == len(set(built_in))  # no part is in two cases
    for case in finished:
        parts = [units[serial] for serial in case.components]
        assert sorted(part.material for part in parts) == ["body", "lid"]
        assert all(part.built_into == case.serial for part in parts)
        assert [work.operation for work in case.work] == ["case.join", "case.test"]
        assert case.values and case.values[-1][0] == "gap" and abs(case.values[-1][1] - 0.001) <= 0.0002
        for part in parts:
            assert [work.operation for work in part.work] == [
                f"{part.material}.stamp",
                f"{part.material}.bake",
            ]
            assert part.work[1].machine == "oven" and part.work[0].machine in ("press-1", "press-2")
            assert (
                part.work[1].finished_s - part.work[1].started_s >= 720.0 - 1e-6
            )  # a break may come between
            assert part.work[-1].finished_s <= case.work[0].started_s
    ovenfuls: dict[float, int] = {}
    for unit in units.values():
        for work in unit.work:
            if work.machine == "oven":
                ovenfuls[work.started_s] = ovenfuls.get(work.started_s, 0) + 1
    assert set(ovenfuls.values()) <= {1, 2, 3, 4} and max(ovenfuls.values()) == 4
    genealogy = genealogy_of(journal)
    first = finished[0]
    assert {unit.serial for unit in genealogy.all_components(first.serial)} == set(first.components)
    assert genealogy.whole(first.components[0]).serial == first.serial
    assert int(live.decider.state.material_tally.scrapped[3]) == sum(
        u.end == "scrapped" for u in units.values()
    )
