"""Power loss: every write and flush of a journal is recorded, then the disk is left at any moment in any state.

    make power-loss N=10000      (or: python tests/journal/power_loss.py --states 10000 --seed 1)

What a disk may hold after the power went is more than what was written up to then: of all that was written
since the last flush of a file any part may be there, in any order, a write torn at 512 bytes; and a file that
was made or removed since the last flush of its folder may be there or not. Each such state is opened as after
a restart. Lost is a state in which an acknowledged event is missing, or which cannot be opened.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
from journal_contract import HEADER, commands, event

from linewright.journal import Head, SqliteJournal
from linewright.journal.examine import examine

USUAL = apsw.vfs_names()[0]  # SQLite's own way to the disk
SECTOR = 512
CHECKPOINT_PAGES = 12  # of the log, so that a short run has many checkpoints
SHARED_MEMORY = Path("/dev/shm")


@dataclass
class Tape:
    """What was done to the files of a folder, in order: `(what, file, ...)`."""

    steps: list[tuple[Any, ...]] = field(default_factory=list)
    chains: dict[int, bytes] = field(default_factory=dict)  # digest by acknowledged row
    flushes_left: float = math.inf  # before the disk refuses one

    def acknowledge(self, journal: SqliteJournal) -> None:
        """From here on nothing up to the head may be lost."""
        head = journal.head()
        self.chains[head.seq] = head.chain
        self.steps.append(("acknowledged", "", head.seq))


class RecordingDisk(apsw.VFS):
    """The usual way to the disk, with a tape running along."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        super().__init__("recording", USUAL, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> RecordedFile:
        return RecordedFile(self.tape, name, flags)

    def xDelete(self, name: str, syncdir: int) -> None:
        super().xDelete(name, syncdir)
        self.tape.steps.append(("remove", Path(name).name))
        if syncdir:
            self.tape.steps.append(("flush folder", ""))


class RecordedFile(apsw.VFSFile):
    def __init__(self, tape: Tape, name: Any, flags: list[int]) -> None:
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        self.tape, self.name = tape, path.name
        new = not path.exists()
        super().__init__(USUAL, name, flags)
        # SQLite flushes the folder with the first flush of a new log or rollback journal (os_unix.c: unixSync)
        logs = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL
        self.folder_too = new and bool(flags[0] & logs)
        if new:
            tape.steps.append(("make", self.name))

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self.tape.steps.append(("write", self.name, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        self.tape.steps.append(("cut", self.name, size))

    def xSync(self, flags: int) -> None:
        if self.tape.flushes_left <= 0:
            raise apsw.IOError("the disk is gone")
        self.tape.flushes_left -= 1
        super().xSync(flags)
        self.tape.steps.append(("flush", self.name))
        if self.folder_too:
            self.tape.steps.append(("flush folder", ""))
            self.folder_too = False


def record_a_run(folder: Path, seed: int) -> Tape:
    """A journal made, filled in commits of many sizes, closed, opened again and filled on."""
    dice, tape = random.Random(seed), Tape()
    disk = RecordingDisk(tape)

    def often(connection: apsw.Connection) -> None:
        connection.wal_autocheckpoint(CHECKPOINT_PAGES)

    apsw.connection_hooks.append(often)
    try:
        journal = SqliteJournal.create(folder / "run.db", HEADER)
        tape.acknowledge(journal)
        k = 0
        for group in range(50):
            for _ in range(dice.choice((1, 1, 2, 3, 40))):
                seq = journal.append(event(k), commands(k), sent=range(k % 3))
                if k % 3 == 2:
                    journal.taken(journal.job_name(seq, 0))
                k += 1
            journal.commit(dice.randbytes(3000) if group % 10 == 9 else None)
            tape.acknowledge(journal)
            if group == 30:
                journal.close()
                journal = SqliteJournal.write(folder / "run.db")
        journal.close()
    finally:
        apsw.connection_hooks.remove(often)
        disk.unregister()
    return tape


# ---------------------------------------------------------------- what the disk may hold


@dataclass
class OnDisk:
    """A file: what is certainly on the disk, and what was done since."""

    certain: bytearray = field(default_factory=bytearray)
    since: list[tuple[Any, ...]] = field(default_factory=list)

    def flush(self) -> None:
        for step in self.since:
            _apply(self.certain, step)
        self.since.clear()

    def after_power_loss(self, dice: random.Random, share: float) -> bytes:
        """One of the contents that it may have: of what is not flushed, about this share got through."""
        found = bytearray(self.certain)
        for step in self.since:
            if step[0] == "cut":
                if dice.random() < share:
                    _apply(found, step)
                continue
            _, _, offset, data = step
            at = 0
            while at < len(data):  # sector by sector, whatever the write's own beginning
                end = min(len(data), at + SECTOR - (offset + at) % SECTOR)
                if dice.random() < share:
                    _apply(found, ("write", "", offset + at, data[at:end]))
                at = end
        return bytes(found)


def _apply(content: bytearray, step: tuple[Any, ...]) -> None:
    if step[0] == "cut":
        del content[step[2] :]
        return
    _, _, offset, data = step
    content.extend(bytes(max(offset - len(content), 0)))
    content[offset : offset + len(data)] = data


class Disk:
    """A folder, as the tape left it so far."""

    def __init__(self, folders_are_flushed: bool = True) -> None:
        self.folders_are_flushed = folders_are_flushed
        self.names: dict[str, OnDisk] = {}  # as programs see them
        self.certain: dict[str, OnDisk] = {}
        self.since: list[tuple[str, OnDisk | None]] = []  # names given and (None) taken
        self.acknowledged = -1

    def take(self, step: tuple[Any, ...]) -> None:
        """One step of the tape."""
        what, name = step[:2]
        if what == "make":
            self.names[name] = OnDisk()
            self.since.append((name, self.names[name]))
        elif what == "remove":
            del self.names[name]
            self.since.append((name, None))
        elif what == "flush":
            self.names[name].flush()
        elif what == "flush folder":
            if self.folders_are_flushed:
                self.certain = dict(self.names)
                self.since.clear()
        elif what == "acknowledged":
            self.acknowledged = step[2]
        else:
            self.names[name].since.append(step)

    def after_power_loss(self, dice: random.Random) -> dict[str, bytes]:
        """One of the states that the folder may be in."""
        share = dice.choice((0.0, 1.0, dice.random(), dice.random()))
        names = dict(self.certain)
        for name, file in self.since:
            if dice.random() < share:
                names.pop(name, None)
                if file is not None:
                    names[name] = file
        return {name: file.after_power_loss(dice, share) for name, file in names.items() if name[-4:] != "-shm"}


@contextmanager
def restarted(contents: dict[str, bytes]) -> Iterator[Path]:
    """A folder with such files."""
    folder = Path(tempfile.mkdtemp(dir=SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None))
    try:
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        yield folder / "run.db"
    finally:
        shutil.rmtree(folder)


def is_whole(path: Path, acknowledged: int, tape: Tape, goes_on: bool) -> bool:
    """Does the journal open, with all that was acknowledged, and can it be gone on with?"""
    if acknowledged < 0:
        return True  # it was still being made
    try:
        with SqliteJournal.read(path) as journal:
            if examine(journal, Head(acknowledged, 0.0, tape.chains[acknowledged])).broken is not None:
                return False
        if goes_on:
            with SqliteJournal.write(path) as journal:
                journal.append(event(1), commands(1))
            with SqliteJournal.read(path) as journal:
                return examine(journal).broken is None
    except Exception:  # whatever it says: the file is damaged
        return False
    return True


def lost(tape: Tape, states: int, seed: int, folders_are_flushed: bool = True) -> int:
    """In how many of so many states after a power loss something acknowledged is gone."""
    dice, disk = random.Random(seed), Disk(folders_are_flushed)
    moments = sorted(dice.randrange(len(tape.steps) + 1) for _ in range(states))
    n = at = 0
    for k, moment in enumerate(moments):
        for step in tape.steps[at:moment]:
            disk.take(step)
        at = moment
        with restarted(disk.after_power_loss(dice)) as path:
            n += not is_whole(path, disk.acknowledged, tape, goes_on=k % 10 == 0)
    return n


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--states", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    wanted = options.parse_args()
    gone = done = 0
    while done < wanted.states:
        states = min(1000, wanted.states - done)
        with tempfile.TemporaryDirectory() as folder:
            tape = record_a_run(Path(folder), wanted.seed + done)
        gone += lost(tape, states, wanted.seed + done)
        done += states
        print(f"{done:,} states, {gone} lost ({len(tape.steps):,} writes and flushes in the last run)", flush=True)
    print(json.dumps({"states": done, "lost": gone}))
    return 1 if gone else 0


if __name__ == "__main__":
    sys.exit(main())
