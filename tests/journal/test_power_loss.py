"""After a power loss nothing that was acknowledged is gone; `make power-loss` is the long campaign."""

from __future__ import annotations

import asyncio
import math
import random
from pathlib import Path

import power_loss
import pytest
from journal_contract import HEADER, commands, event

from linewright.errors import InputError
from linewright.journal import SqliteJournal, sqlite

STATES = 80


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    tape = power_loss.record_a_run(tmp_path, seed=1)
    done = [step[0] for step in tape.steps]
    assert done.count("acknowledged") == 51 and done.count("flush") > 51
    assert done.count("flush folder") >= 2 and "cut" in done and "remove" in done
    assert power_loss.lost(tape, STATES, seed=1) == 0


@pytest.mark.parametrize("weaker", ["NORMAL", "OFF"])
def test_with_fewer_flushes_it_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weaker: str) -> None:
    """The same states tell a journal that is not flushed at every commit."""
    monkeypatch.setattr(sqlite, "SYNCHRONOUS", weaker)
    tape = power_loss.record_a_run(tmp_path, seed=1)
    monkeypatch.undo()
    assert power_loss.lost(tape, STATES // 2, seed=1) > STATES // 8


def test_folders_must_be_flushed_too(tmp_path: Path) -> None:
    tape = power_loss.record_a_run(tmp_path, seed=1)
    assert power_loss.lost(tape, STATES // 4, seed=1, folders_are_flushed=False) > 0


def test_a_disk_may_hold_any_part_of_what_is_not_flushed() -> None:
    disk = power_loss.Disk()
    for step in (
        ("make", "f"),
        ("write", "f", 0, b"a" * 1024),
        ("flush", "f"),
        ("flush folder", ""),
        ("write", "f", 256, b"b" * 512),
    ):
        disk.take(step)
    dice = random.Random(1)
    found = {disk.after_power_loss(dice)["f"] for _ in range(200)}
    a, b = b"a" * 256, b"b" * 256
    assert found == {a * 4, a + b + a * 2, a * 2 + b + a, a + b * 2 + a}  # torn at 512, in any order


def test_a_refused_flush_ends_the_journal_at_its_last_commit(tmp_path: Path) -> None:
    """What a disk says to a second flush after a refused one means nothing: the journal does not ask again."""
    tape = power_loss.Tape()
    disk = power_loss.RecordingDisk(tape)
    try:
        journal = SqliteJournal.create(tmp_path / "run.db", HEADER)
        journal.append(event(2), commands(2))
        journal.commit()
        tape.acknowledge(journal)
        tape.flushes_left = 0
        journal.append(event(1), commands(1))
        with pytest.raises(InputError, match=r"the disk refused the journal \(it ends with the last commit"):
            journal.commit()
        tape.flushes_left = math.inf
        for further in (journal.commit, lambda: journal.append(event(1), commands(1)), lambda: journal.remark("on")):
            with pytest.raises(InputError, match="the disk refused the journal"):
                further()
        with pytest.raises(InputError, match="the disk refused the journal"):
            asyncio.run(journal.durable())
        journal.close()
    finally:
        disk.unregister()
    assert power_loss.is_whole(tmp_path / "run.db", 3, tape, goes_on=True)
