"""Commands leave in their order, and none before its decision is on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from journal_contract import HEADER, commands, event

from linewright.errors import InputError
from linewright.journal import Outgoing, SqliteJournal


async def decide(journal: SqliteJournal, n: int, send) -> None:
    """So many decisions, a few at a time, their numbers on their way out."""
    outgoing: Outgoing[int] = Outgoing(journal, send)
    leaving = asyncio.create_task(outgoing.leave())
    try:
        for k in range(n):
            outgoing.put([journal.append(event(k), commands(k))])
            if k % 7 == 0:
                await asyncio.sleep(0.001)
            if leaving.done():
                break
        await asyncio.wait([leaving], timeout=0.2)
    finally:
        leaving.cancel()
    if leaving.done() and not leaving.cancelled():
        leaving.result()


def test_none_leaves_before_it_is_on_disk(tmp_path: Path) -> None:
    left: list[int] = []
    rounds = 0
    with SqliteJournal.create(tmp_path / "run.db", HEADER) as journal:

        async def send(numbers: Sequence[int]) -> None:
            nonlocal rounds
            rounds += 1
            with SqliteJournal.read(tmp_path / "run.db") as reader:
                assert reader.head().seq >= numbers[-1]
            left.extend(numbers)
            await asyncio.sleep(0.002)

        asyncio.run(decide(journal, 100, send))
        assert left == sorted(left) and len(left) == 100
        assert rounds < 50  # many share a commit


def test_a_journal_that_fails_lets_nothing_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []

    async def send(numbers: Sequence[int]) -> None:
        left.extend(numbers)

    def no_room(*_: object) -> None:
        raise InputError("no room")

    journal = SqliteJournal.create(tmp_path / "run.db", HEADER)
    monkeypatch.setattr(journal, "_store", no_room)
    with pytest.raises(InputError, match="no room"):
        asyncio.run(decide(journal, 10, send))
    assert left == []
    journal.close()
