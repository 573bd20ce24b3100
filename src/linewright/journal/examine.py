"""The examination of a journal: is it what was written, from the first row to the last?"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from linewright.journal.ledger import outbox_changes
from linewright.journal.record import Broken, Head, Journal, Seal, Snapshot, check_chain
from linewright.journal.seal import check_seals, holds

LEAST_DIGITS = 16  # of a digest that is told shortened


@dataclass(frozen=True, slots=True)
class Examined:
    """What the examination of a journal found."""

    head: Head  # where it ends
    seals: int
    sealed: int  # the last row under a seal
    broken: Broken | None  # the first thing that is not as it was written


def examine(journal: Journal, head: Head | None = None, public_keys: Collection[bytes] = ()) -> Examined:
    """Check chain, seals, snapshots and outbox of a journal that is open to be read.

    `head`: an end that was kept elsewhere; rows removed after it show. `public_keys`: whose seals count; with
    none given a seal is held against the key that it names itself.
    """
    seals = list(journal.seals())
    broken = check_seals(seals, public_keys) or check_chain(journal, head)
    broken = broken or _snapshots(journal) or _outbox(journal)
    return Examined(journal.head(), len(seals), seals[-1].seq if seals else 0, broken)


def is_sealed(journal: Journal, snapshot: Snapshot) -> bool:
    """Is a snapshot the one that was sealed with the rows up to there? Also where none had to be sealed."""
    sealed = {seal.seq: seal for seal in journal.seals()}
    if not _must_be_sealed(journal, sealed, snapshot):
        return True
    seal = sealed.get(snapshot.seq)
    if seal is None or not _is_of(seal, snapshot) or not holds(seal):
        return False
    row = next(journal.links(snapshot.seq - 1), None)
    return row is not None and row.chain == seal.chain


def _snapshots(journal: Journal) -> Broken | None:
    """The first snapshot that is not the one under its seal."""
    sealed = {seal.seq: seal for seal in journal.seals()}
    if not sealed:
        return None
    for snapshot in journal.snapshots():
        seal = sealed.get(snapshot.seq)
        if _must_be_sealed(journal, sealed, snapshot) and (seal is None or not _is_of(seal, snapshot)):
            return Broken(snapshot.seq, "the snapshot is not what was sealed")
    return None


def _must_be_sealed(journal: Journal, sealed: Mapping[int, Seal], snapshot: Snapshot) -> bool:
    """All are, but in a journal without a key, and those of before its first one."""
    return "public_key" in journal.header or (bool(sealed) and snapshot.seq >= min(sealed))


def _is_of(seal: Seal, snapshot: Snapshot) -> bool:
    return seal.state == hashlib.sha256(snapshot.state).digest()


def _outbox(journal: Journal) -> Broken | None:
    """Where the outbox says anything else than the rows."""
    should: dict[int, bool] = {}
    for link in journal.links():
        sent, taken, ended = outbox_changes([link])
        should.update(dict.fromkeys(sent, False) | dict.fromkeys(taken, True))
        for job in ended:
            should.pop(job, None)
    found = {_row(job.name): job.acknowledged for job in journal.open_jobs()}
    for number in sorted(should.keys() | found.keys()):
        if should.get(number) != found.get(number):
            return Broken(number, "the outbox does not agree with the rows")
    return None


def _row(job: str) -> int:
    """The number of the row of a command, from its name as a job."""
    _, event, place = job.rsplit("-", 2)
    return int(event) + 1 + int(place)


def head_of(text: str) -> Head | None:
    """A kept head, `130:3fe6d707e8660ce6...`, its digest whole or shortened; None where it is no such thing."""
    seq, _, digest = text.strip().partition(":")
    try:
        chain = bytes.fromhex(digest)
    except ValueError:
        return None
    if not seq.isdecimal() or not LEAST_DIGITS <= len(digest) <= 64:
        return None
    return Head(int(seq), 0.0, chain)
