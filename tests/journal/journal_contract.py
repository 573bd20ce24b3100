"""What every store of a journal must do: a class that each store's tests inherit."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from linewright.control import COMMAND, EVENT
from linewright.errors import InputError
from linewright.journal import Journal, Note, Said, check_chain, ledger
from linewright.journal.examine import examine
from linewright.journal.record import COLUMNS, NOTE, Signer, first_link, next_link
from linewright.journal.seal import Key

ANNA = Said("board", "anna", "noise in the spindle", "running", "held")
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

    def create(self, folder: Path, key: Signer | None = None) -> Journal:
        raise NotImplementedError

    def write(self, folder: Path, key: Signer | None = None) -> Journal:
        raise NotImplementedError

    def read(self, folder: Path) -> Journal:
        raise NotImplementedError

    def tamper(self, folder: Path, sql: str) -> None:
        raise NotImplementedError

    def filled(self, folder: Path, n: int = 40) -> Journal:
        journal = self.create(folder)
        for k in range(n):
            journal.append(event(k), commands(k), ANNA if k == 4 else Said())
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
        (seq,) = (seq for block in blocks for seq in block.said)
        assert blocks[0].seq.tolist().index(seq) == 4 and blocks[0].said[seq] == ANNA
        assert dict(journal.header) == {**HEADER, "run": journal.header["run"]}
        journal.close()

    def test_an_empty_journal(self, tmp_path: Path) -> None:
        self.create(tmp_path).close()
        journal = self.read(tmp_path)
        assert (journal.head().seq, journal.head().chain) == (0, first_link(journal.header))
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

    def test_rows_after_one(self, tmp_path: Path) -> None:
        journal = self.filled(tmp_path)
        rows = list(journal.links())
        assert list(journal.links(rows[20].row[0])) == rows[21:] and list(journal.links(rows[-1].row[0])) == []
        blocks = list(journal.decisions())
        for block, following in pairwise(blocks):  # what is read after the last row of one begins with the next
            assert block.last_row + 1 == following.seq[0]
            assert next(iter(journal.decisions(block.last_row))).seq[0] == following.seq[0]
        assert blocks[-1].last_row == rows[-1].row[0]
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

    # ------------------------------------------------------------ seals

    def sealed(self, folder: Path, n: int = 40) -> tuple[Journal, Key]:
        """A journal with a seal and a snapshot in the midst and a seal at the end, open to be read."""
        key = Key.at(folder / "key")
        journal = self.create(folder, key)
        for k in range(n):
            journal.append(event(k), commands(k), sent=range(k % 3))
            if k == n // 2:
                journal.commit(b"a state")
        journal.close()
        return self.read(folder), key

    def test_what_is_sealed(self, tmp_path: Path) -> None:
        journal, key = self.sealed(tmp_path)
        seals = list(journal.seals())
        assert [seal.seq for seal in seals] == [journal.snapshot().seq, journal.head().seq] == [42, 79]
        assert journal.header["public_key"] == key.public.hex()
        found = examine(journal, None, [key.public])
        assert (found.broken, found.seals, found.sealed) == (None, 2, 79)
        other = Key.at(tmp_path / "other").public
        assert "another key" in examine(journal, None, [other]).broken.what
        assert examine(journal, None, [other, key.public]).broken is None
        journal.close()

    def test_seals_come_now_and_then_and_cover_what_a_crash_left(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ledger, "SEAL_ROWS", 10)
        journal = self.create(tmp_path, Key.at(tmp_path / "key"))
        for k in range(20):
            journal.append(event(k), commands(k))
            journal.commit()
        seals = [seal.seq for seal in journal.seals()]
        assert len(seals) == 3 and min(np.diff(seals)) >= 10 and seals[-1] < journal.head().seq
        journal._let_go()  # no end, no seal
        journal = self.write(tmp_path, Key.at(tmp_path / "key"))
        journal.close()
        journal = self.read(tmp_path)
        assert [seal.seq for seal in journal.seals()] == [*seals, journal.head().seq]
        assert examine(journal).broken is None
        journal.close()

    @pytest.mark.parametrize(
        ("sql", "what"),
        [
            ("UPDATE seal SET wall_s = wall_s + 1 WHERE seq = 79", "the signature of its seal is wrong"),
            ("UPDATE seal SET seq = 78 WHERE seq = 79", "the signature of its seal is wrong"),
            ("UPDATE seal SET public_key = signature WHERE seq = 42", "the signature of its seal is wrong"),
            (
                "UPDATE snapshot SET state = chain FROM record WHERE record.seq = 7",
                "the snapshot is not what was sealed",
            ),
            ("DELETE FROM seal WHERE seq = 42", "the snapshot is not what was sealed"),
            ("DELETE FROM seal", "is under no seal"),
            ("DELETE FROM record WHERE seq > 70", "is missing at the end"),
            ("DELETE FROM outbox WHERE seq = 41", "the outbox does not agree with the rows"),
            ("UPDATE outbox SET taken = 1 WHERE seq = 41", "the outbox does not agree with the rows"),
            ("INSERT INTO outbox VALUES (1, 0)", "the outbox does not agree with the rows"),
            ("UPDATE header SET value = '00' WHERE key = 'public_key'", "is not what was written"),
        ],
    )
    def test_what_seals_show(self, tmp_path: Path, sql: str, what: str) -> None:
        journal, key = self.sealed(tmp_path)
        journal.close()
        self.tamper(tmp_path, sql)
        journal = self.read(tmp_path)
        found = examine(journal, None, [key.public])
        assert found.broken is not None and found.broken.what == what
        journal.close()

    def test_a_chain_written_anew_does_not_get_by_a_seal(self, tmp_path: Path) -> None:
        """Who holds the file can make a chain that agrees with itself, not a seal."""
        journal, key = self.sealed(tmp_path)
        chain = first_link(journal.header)
        forged = []
        for link in journal.links():
            row = (*link.row[:3], link.row[3] + 1, *link.row[4:]) if link.row[0] == 30 else link.row
            chain = next_link(chain, row, link.said)
            forged.append((link.row[0], chain))
        journal.close()
        for seq, chain in forged[29:]:
            self.tamper_with(tmp_path, "UPDATE record SET chain = {} WHERE seq = {}", chain, seq)
        self.tamper(tmp_path, "UPDATE record SET subject = subject + 1 WHERE seq = 30")
        journal = self.read(tmp_path)
        found = examine(journal, None, [key.public])
        assert found.broken is not None and (found.broken.seq, found.broken.what) == (42, "is not what was sealed")
        journal.close()

    def tamper_with(self, folder: Path, sql: str, *values: object) -> None:
        raise NotImplementedError

    # ------------------------------------------------------------ the outbox

    def test_what_was_sent_is_open_until_its_end(self, tmp_path: Path) -> None:
        journal = self.create(tmp_path)
        journal.append(event(0), commands(0))
        seq = journal.append(event(2), commands(2), sent=(0, 1))
        first, second = (journal.job_name(seq, place) for place in (0, 1))
        assert [(job.name, job.acknowledged) for job in journal.open_jobs()] == [(first, False), (second, False)]
        assert journal.open_jobs()[1].command == commands(2)[1].item()
        journal.commit()
        for _ in range(2):  # machines may say so twice
            journal.taken(first)
        assert journal.pending == 1
        ended = journal.append(event(3), commands(3), job=second)
        journal.close()
        journal = self.write(tmp_path)
        (left,) = journal.open_jobs()
        assert (left.name, left.acknowledged, left.command) == (first, True, commands(2)[0].item())
        rows = {link.row[0]: link.row for link in journal.links()}
        assert rows[ended][COLUMNS.index("job")] == seq + 2  # the event's cause is on record ...
        assert rows[ended][COLUMNS.index("unit")] == rows[seq + 2][COLUMNS.index("unit")]  # ... and its unit
        journal.closed(first, "cancelled")
        journal.closed(first, "again")
        journal.taken(first)
        journal.close()
        journal = self.read(tmp_path)
        assert journal.open_jobs() == []
        assert [link.said.reason for link in journal.links()][-2:] == ["", "cancelled"]
        assert check_chain(journal) is None
        journal.close()

    def test_jobs_that_are_not_open(self, tmp_path: Path) -> None:
        journal = self.create(tmp_path)
        seq = journal.append(event(1), commands(1), sent=(0,))
        name = journal.job_name(seq, 0)
        journal.append(event(3), commands(3), job=name)
        for gone in (name, "another run-1-0", "", "x", f"{name}-"):
            pending = journal.pending
            journal.taken(gone)
            journal.closed(gone)
            assert journal.pending == pending
            if gone:
                with pytest.raises(KeyError):
                    journal.append(event(4), commands(4), job=gone)
        journal.close()

    def test_no_two_runs_name_a_job_alike(self, tmp_path: Path) -> None:
        names = []
        for run in ("a", "b"):
            (tmp_path / run).mkdir()
            journal = self.create(tmp_path / run)
            names.append(journal.job_name(1, 0))
            journal.close()
        assert names[0] != names[1]

    def test_notes_are_no_decisions(self, tmp_path: Path) -> None:
        journal = self.create(tmp_path)
        journal.append(event(1), commands(1))
        journal.remark("sequence 40 to 57 are missing", machine=3, source="mtconnect")
        journal.append(event(2), commands(2))
        journal.commit()
        blocks = list(journal.decisions())
        assert [e for b in blocks for e in b.events.tolist()] == [event(1), event(2)]
        assert sum(len(b.commands) for b in blocks) == 3
        assert not any(block.said for block in blocks)
        (note,) = (link for link in journal.links() if link.row[1] == NOTE)
        assert note.said == Said("mtconnect", reason="sequence 40 to 57 are missing")
        assert (note.row[2], note.row[3], note.row[9]) == (Note.REMARK, 3, 10.0)
        assert check_chain(journal) is None
        journal.close()

    def test_many_wait_for_one_commit(self, tmp_path: Path) -> None:
        journal = self.create(tmp_path)
        commits = []
        store = journal._store
        journal._store = lambda links, *more: (commits.append(len(links)), store(links, *more))

        async def one(k: int) -> None:
            seq = journal.append(event(k), commands(k))
            await journal.durable()
            assert journal.head().seq >= seq

        async def all_at_once() -> None:
            await asyncio.gather(*(one(k) for k in range(50)))
            await journal.durable()

        asyncio.run(all_at_once())
        assert sum(commits) == journal.head().seq == 99
        assert len(commits) < 10
        journal.close()

    def test_after_a_fault_of_ours_nothing_follows_either(self, tmp_path: Path) -> None:
        journal = self.filled(tmp_path)
        head, store = journal.head(), journal._store

        def fail(*_: object) -> None:
            raise ZeroDivisionError

        journal.append(event(40), commands(40))
        journal._store = fail
        with pytest.raises(ZeroDivisionError):
            journal.commit()
        journal._store = store
        for further in (journal.commit, lambda: journal.append(event(41), commands(41)), lambda: journal.remark("so")):
            with pytest.raises(InputError, match="ends with the last commit"):
                further()
        journal.close()
        journal = self.write(tmp_path)
        assert journal.head() == head and check_chain(journal, head) is None
        journal.close()

    @pytest.mark.parametrize(
        ("sql", "seq"),
        [
            ("UPDATE record SET subject = subject + 1 WHERE seq = 9", 9),
            ("UPDATE record SET amount = amount + 1e-12 WHERE seq = 2", 2),
            ("UPDATE record SET time_s = 3 WHERE seq = 1", 1),
            ("UPDATE record SET source = 'line' WHERE source <> ''", 8),
            ("UPDATE record SET person = 'bob' WHERE person <> ''", 8),
            ("UPDATE record SET reason = '' WHERE person <> ''", 8),
            ("UPDATE record SET old = 'held', new = 'running' WHERE person <> ''", 8),
            ("UPDATE record SET job = 1 WHERE seq = 9", 9),
            ("UPDATE record SET chain = (SELECT chain FROM record WHERE seq = 3) WHERE seq = 30", 30),
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
