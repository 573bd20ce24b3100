"""A run that goes on from a snapshot is the run that goes on from its first event, and the one that nothing stopped."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from live_lines import run_on, write_cases

from linewright.cli import main
from linewright.control import Event, MachineState, same_state, save_state
from linewright.journal import SqliteJournal, read_journal
from linewright.journal.seal import Key, usual_key
from linewright.live import Levels, LiveLine, Run, state_of, verify
from linewright.live import line as live_line
from linewright.live import standing as live_standing
from linewright.live.recover import Start, recover, start_to_go_on
from linewright.live.snapshot import Kept, pack
from linewright.plant.check import open_plant
from linewright.twin.report.facts import result_facts
from linewright.twin.results import result_of

ORDERS = 25
FLIPS = 12
EVERY = 100  # events from snapshot to snapshot


@pytest.fixture(autouse=True)
def snapshots_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_line, "SNAPSHOT_EVENTS", EVERY)


def start_of(journal: Path) -> Start:
    """From where on this journal would be decided again."""
    with read_journal(journal) as record:
        return start_to_go_on(record, Run.of_journal(record), Levels())


def decisions_of(journal: Path) -> bytes:
    """All events and commands of a journal."""
    with read_journal(journal) as record:
        return b"".join(block.events.tobytes() + block.commands.tobytes() for block in record.decisions())


def told_by(live: LiveLine) -> dict[str, Any]:
    """The figures of a run, and its levels over time."""
    line, names, levels = live.decider.line, live.names, live.decider.levels
    assert levels is not None
    result = result_of(line, names, live.decider.state, "cases", levels.every_s, levels.series())
    return {"figures": result_facts(result), "levels": levels.series().tolist()}


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cases(tmp_path_factory.mktemp("plant"), ORDERS)


@pytest.fixture(scope="module")
def whole(plant: Path) -> tuple[Path, LiveLine]:
    """A run that nothing stopped."""
    journal = plant.parent / "whole.db"
    return journal, run_on(plant, journal)


@pytest.fixture(scope="module")
def killed(plant: Path) -> Path:
    """The journal of a run that was killed well after its last snapshot; sealed. Copy it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_line, "SNAPSHOT_EVENTS", EVERY)
        run_on(plant, plant.parent / "killed.db", kill_at=257)
    return plant.parent / "killed.db"


def copy_of(journal: Path, folder: Path) -> Path:
    return Path(shutil.copy(journal, folder / "run.db"))


def test_all_three_are_the_same_run(
    plant: Path, whole: tuple[Path, LiveLine], killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, undisturbed = whole
    quick, slow = copy_of(killed, tmp_path), tmp_path / "slow.db"
    shutil.copy(killed, slow)
    assert start_of(quick).decider.events == 200
    by_snapshot = run_on(plant, quick, resume=True)
    with monkeypatch.context() as patch:
        patch.setattr("linewright.live.recover.this_writer", lambda: "another version")
        assert start_of(slow).after == 0
        by_replay = run_on(plant, slow, resume=True)
    for live, place in ((by_snapshot, quick), (by_replay, slow)):
        assert live.decider.all_done and decisions_of(place) == decisions_of(journal)
        assert same_state(live.decider.state, undisturbed.decider.state)
        assert told_by(live) == told_by(undisturbed)
        with SqliteJournal.read(place) as record:
            assert verify(record, Run.of_journal(record).new_decider()).holds


def test_killed_again_and_again(plant: Path, whole: tuple[Path, LiveLine], tmp_path: Path) -> None:
    """Each time soon after the last: what must be decided again does not grow beyond one snapshot's distance."""
    journal = tmp_path / "run.db"
    for k in range(1, 5):
        run_on(plant, journal, resume=k > 1, kill_at=70 * k)
        behind = 70 * k - start_of(journal).decider.events
        assert 0 <= behind < EVERY
    run_on(plant, journal, resume=True)
    assert decisions_of(journal) == decisions_of(whole[0])


def tampered(journal: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the last snapshot of a journal behind its back."""
    with sqlite3.connect(journal) as connection:
        seq, state = connection.execute("SELECT seq, state FROM snapshot ORDER BY seq DESC LIMIT 1").fetchone()
        connection.execute("UPDATE snapshot SET state = ? WHERE seq = ?", (change(state), seq))


def other_stock(data: bytes) -> bytes:
    """The same snapshot, well made, with more sheets in stock."""
    kept = Kept(data)
    state = kept.state()
    state.material.stock[0] += 100.0

    class Same:
        def __init__(self, part: str) -> None:
            self.part = part

        def save(self) -> Any:
            return kept.part(self.part)

    return pack(state, kept.identity, {part: Same(part) for part in ("standing", "levels", "pending")})


def test_a_snapshot_that_is_not_the_sealed_one_is_not_used(
    plant: Path, whole: tuple[Path, LiveLine], killed: Path, tmp_path: Path
) -> None:
    journal = copy_of(killed, tmp_path)
    tampered(journal, other_stock)
    assert start_of(journal).after == 0
    assert state_of(journal).state.material.stock[0] == state_of(killed).state.material.stock[0]
    run_on(plant, journal, resume=True)
    assert decisions_of(journal) == decisions_of(whole[0])


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM seal",
        "UPDATE seal SET signature = zeroblob(64)",
        "UPDATE seal SET chain = (SELECT chain FROM record WHERE seq = 7)",
    ],
)
def test_nor_one_whose_seal_is_gone_or_of_something_else(killed: Path, tmp_path: Path, sql: str) -> None:
    journal = copy_of(killed, tmp_path)
    with sqlite3.connect(journal) as connection:
        connection.execute(sql)
    assert start_of(journal).after == 0


def unsealed(journal: Path) -> None:
    """Make of a journal one that was written without a key (its chain is then not that of its header any more)."""
    with sqlite3.connect(journal) as connection:
        connection.execute("DELETE FROM seal")
        connection.execute("DELETE FROM header WHERE key = 'public_key'")


def test_without_seals_what_is_damaged_is_not_used_either(killed: Path, tmp_path: Path) -> None:
    """A changed byte shows wherever it stands, or says the very same."""
    journal = copy_of(killed, tmp_path)
    unsealed(journal)
    with SqliteJournal.read(journal) as record:
        run, snapshot = Run.of_journal(record), record.snapshot()
        assert snapshot is not None
        good, then = snapshot.state, save_state(recover(record, run).state)
        assert start_to_go_on(record, run, Levels()).after > 0
        rng = np.random.default_rng(7)
        for place in [*rng.integers(0, len(good), FLIPS).tolist(), 0, len(good) - 1]:
            bad = bytearray(good)
            bad[place] ^= 1 << int(rng.integers(8))
            record.snapshot = lambda _, bad=bad: replace(snapshot, state=bytes(bad))
            assert save_state(recover(record, run).state) == then, place
        for bad in (b"", b"PK", good[: len(good) // 2], save_state(run.new_decider().state)[:-1]):
            record.snapshot = lambda _, bad=bad: replace(snapshot, state=bad)
            assert start_to_go_on(record, run, Levels()).after == 0


def test_a_snapshot_of_an_earlier_version_is_read_and_not_gone_on_from(
    plant: Path, whole: tuple[Path, LiveLine], killed: Path, tmp_path: Path
) -> None:
    """It holds the state and nothing else: enough to say how the line stood."""
    journal = copy_of(killed, tmp_path)
    unsealed(journal)
    tampered(journal, lambda data: save_state(Kept(data).state()))
    assert start_of(journal).after == 0
    with SqliteJournal.read(journal) as record:
        asked = []
        decisions = record.decisions
        record.decisions = lambda after=0, until_s=0.0: (asked.append(after), decisions(after, until_s))[1]
        assert same_state(recover(record, Run.of_journal(record)).state, state_of(killed).state)
        assert asked[0] > 0
    run_on(plant, journal, resume=True)
    assert decisions_of(journal) == decisions_of(whole[0])


def test_another_seed_has_other_luck_pending(killed: Path) -> None:
    from linewright.live.recover import FIRST_ROOM
    from linewright.machines.pending import Pending
    from linewright.twin.world import World

    with SqliteJournal.read(killed) as record:
        run = Run.of_journal(record)
        for seed, used in ((run.seed, True), (run.seed + 1, False)):
            nature = World(run.plant, run.line).new_nature(seed, 0, FIRST_ROOM)
            start = start_to_go_on(record, run, Levels(), {"pending": Pending(nature, seed)})
            assert (start.after > 0) == used
        assert start_to_go_on(record, run, Levels(), {"unheard": Pending(nature, seed)}).after == 0


def test_the_report_of_a_journal_is_that_of_its_run(
    plant: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = str(tmp_path / "run.db")
    assert main(["run", str(plant), "--journal", journal, "--json"]) == 0
    ran = json.loads(capsys.readouterr().out)
    assert main(["report", journal, "--json", "--html", str(tmp_path / "again.html")]) == 0
    assert json.loads(capsys.readouterr().out) == ran
    levels = Levels()
    state_of(journal, levels=levels)
    assert len(levels.series()) > 100
    assert "Queues" in (tmp_path / "again.html").read_text()


def test_a_line_at_a_stand_is_so_after_a_restart(plant: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The calendar alone went on; nothing is waited for once more."""
    poor = tmp_path / "plant.yaml"
    poor.write_text(plant.read_text().replace("stock: 5000", "stock: 40"))
    shutil.copy(plant.parent / "orders.csv", tmp_path)
    monkeypatch.setattr(live_standing, "STILL_S", 7 * 86400.0)
    ended = run_on(poor, tmp_path / "run.db")
    assert ended.decider.stands_still and not ended.decider.all_done
    events = ended.decider.events
    again = run_on(poor, tmp_path / "run.db", resume=True)
    assert again.decider.stands_still and again.decider.events == events
    assert not (again.decider.state.machine.state == MachineState.PROCESSING).any()
    assert int(Event.SHIFT_CHANGED) in kinds(tmp_path / "run.db")[-5:]


def kinds(journal: Path) -> list[int]:
    with SqliteJournal.read(journal) as record:
        return [int(kind) for block in record.decisions() for kind in block.events["kind"]]


def test_the_key_of_the_line_seals_every_snapshot(killed: Path) -> None:
    with SqliteJournal.read(killed) as record:
        assert record.header["public_key"] == Key.at(usual_key()).public.hex()
        assert {snapshot.seq for snapshot in record.snapshots()} <= {seal.seq for seal in record.seals() if seal.state}


def test_a_line_with_control_plans_is_the_same_line_in_every_process() -> None:
    """What is compiled for it lies elsewhere in each."""
    plant = Path(__file__).parents[2] / "examples" / "control-plan" / "plant.yaml"
    code = (
        "from linewright.live import Run; from linewright.plant.check import open_plant; "
        f"print(Run.of_plant(open_plant({str(plant)!r}), 1).identity)"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True)
    assert other.stdout.strip() == Run.of_plant(open_plant(plant), 1).identity
