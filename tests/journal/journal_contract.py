"""What every store of a journal must do: a class that each store's tests inherit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from linewright.control import COMMAND, EVENT
from linewright.journal import Journal, check_chain
from linewright.journal.record import first_link

HEADER = {"plant": "{}", "seed": "7"}


def event(k: int) -> tuple:
    """The `k`-th event of a made-up run: one every 10 s."""
    return (k % 5, k, k + 1, -1, 10.0 * k, k / 7)


def commands(k: int) -> np.ndarray:
    """The `k` % 3 commands of the `k`-th event."""
    made = np.zeros(k % 3, COMMAND)
    made["subject"], made["time_s"], made["amount"] = np.arange(k % 3), 10.0 * k, np.inf
    return made


class JournalContract:
    """Subclasses say how to make a journal, open it again to read, and change a row behind its back."""

    def create(self, folder: Path) -> Journal:
        raise NotImplementedError

    def read(self, folder: Path) -> Journal:
        raise NotImplementedError

    def tamper(self, folder: Path, sql: str) -> None:
        raise NotImplementedError

    def filled(self, folder: Path, n: int = 40) -> Journal:
        journal = self.create(folder)
        for k in range(n):
            journal.append(event(k), commands(k), "person:anna" if k == 4 else "")
        journal.commit()
        return journal

    def test_what_is_written_is_read(self, tmp_path: Path) -> None:
        self.filled(tmp_path).close()
        journal = self.read(tmp_path)
        blocks = list(journal.decisions())
        assert np.concatenate([b.events for b in blocks]).tolist() == [event(k) for k in range(40)]
        k = 0
        for block in blocks:
            for i in range(len(block)):
                mine = block.commands[block.first[i] : block.first[i + 1]]
                assert mine.tobytes() == commands(k).tobytes()
                k += 1
        assert k == 40
        assert blocks[0].events.dtype == EVENT
        (seq,) = (seq for block in blocks for seq in block.sources)
        assert blocks[0].seq.tolist().index(seq) == 4 and blocks[0].sources[seq] == "person:anna"
        assert dict(journal.header) == HEADER
        journal.close()

    def test_an_empty_journal(self, tmp_path: Path) -> None:
        self.create(tmp_path).close()
        journal = self.read(tmp_path)
        assert (journal.head().seq, journal.head().chain) == (0, first_link(HEADER))
        assert list(journal.decisions()) == []
        assert journal.snapshot() is None
        assert check_chain(journal) is None
        journal.close()

    def test_nothing_is_there_before_it_is_committed(self, tmp_path: Path) -> None:
        journal = self.create(tmp_path)
        journal.append(event(2), commands(2))
        assert journal.pending == 3
        reader = self.read(tmp_path)
        assert reader.head().seq == 0
        reader.close()
        journal.commit()
        assert journal.pending == 0
        reader = self.read(tmp_path)
        assert reader.head().seq == 3
        reader.close()
        journal.close()

    def test_settle_commits_what_has_waited(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        journal = self.create(tmp_path)
        journal.append(event(2), commands(2))
        journal.settle()
        assert journal.pending == 3
        self.make_impatient(monkeypatch)
        journal.settle()
        assert journal.pending == 0
        journal.close()

    def make_impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        raise NotImplementedError

    def test_parts_of_it(self, tmp_path: Path) -> None:
        journal = self.filled(tmp_path)
        until = [block.events["time_s"].max() for block in journal.decisions(until_s=205.0)]
        assert max(until) == 200.0
        whole = next(iter(journal.decisions()))
        after = int(whole.seq[11]) - 1
        assert next(iter(journal.decisions(after=after))).events[0].item() == event(11)
        journal.close()

    def test_numbers_go_on_where_they_ended(self, tmp_path: Path) -> None:
        journal = self.filled(tmp_path)
        head = journal.head()
        assert journal.append(event(40), commands(40)) == head.seq + 1
        journal.commit()
        assert journal.head().seq == head.seq + 2
        assert check_chain(journal, head) is None
        journal.close()

    def test_the_last_snapshot_not_later_than_a_time(self, tmp_path: Path) -> None:
        journal = self.create(tmp_path)
        for k in range(4):
            journal.append(event(k), commands(k))
            journal.commit(f"state {k}".encode())
        assert journal.snapshot().state == b"state 3"
        assert journal.snapshot(25.0).state == b"state 2"
        assert journal.snapshot(25.0).time_s == 20.0
        assert journal.snapshot(-1.0) is None
        journal.close()

    @pytest.mark.parametrize(
        ("sql", "seq"),
        [
            ("UPDATE record SET subject = subject + 1 WHERE seq = 9", 9),
            ("UPDATE record SET amount = amount + 1e-12 WHERE seq = 2", 2),
            ("UPDATE record SET time_s = 3 WHERE seq = 1", 1),
            ("UPDATE record SET source = 'person:bob' WHERE source <> ''", 8),
            ("UPDATE record SET chain = zeroblob(32) WHERE seq = 30", 30),
            ("DELETE FROM record WHERE seq = 17", 17),
            ("UPDATE header SET value = '8' WHERE key = 'seed'", 1),
        ],
    )
    def test_a_change_shows_in_the_chain(self, tmp_path: Path, sql: str, seq: int) -> None:
        self.filled(tmp_path).close()
        self.tamper(tmp_path, sql)
        journal = self.read(tmp_path)
        broken = check_chain(journal)
        assert broken is not None and broken.seq == seq
        journal.close()

    def test_rows_cut_off_show_against_a_kept_head(self, tmp_path: Path) -> None:
        journal = self.filled(tmp_path)
        head = journal.head()
        journal.close()
        self.tamper(tmp_path, "DELETE FROM record WHERE seq > 50")
        journal = self.read(tmp_path)
        assert check_chain(journal) is None
        broken = check_chain(journal, head)
        assert broken is not None and (broken.seq, broken.what) == (51, "is missing at the end")
        journal.close()
