"""A journal in words: each row with the names of what it speaks of."""

from __future__ import annotations

import csv
import json
import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

from linewright.control import NONE, Command, Event, Names
from linewright.control.codes import Outcome, words
from linewright.journal.record import NOTE, Journal, Link, Note

# Which list of `Names` the subject and the detail of a kind are numbers in; what is not here is told as a number.
SUBJECTS = {
    kind: names
    for names, kinds in {
        "machines": "OPERATION_FINISHED SETUP_FINISHED TOOL_CHANGED MACHINE_FAILED MACHINE_REPAIRED VALUE_MEASURED "
        "MACHINE_HELD MACHINE_RELEASED START_OPERATION CHANGE_OVER CHANGE_TOOL REPAIR RESUME PAUSE OFFSET_TOOL TAKE "
        "STOP_NOTICED STOP_OVER STOP_EXPLAINED WORK_REPEATED ACKNOWLEDGED UNIT_JUDGED SIGNAL TAKEN CLOSED REMARK",
        "materials": "MATERIAL_ARRIVED BUY RELEASE SCRAP FINISH",
        "vehicles": "UNIT_LOADED UNIT_DELIVERED FETCH DELIVER",
        "stations": "WAIT_OVER WAIT RULE_SET",
        "sources": "ORDER_ARRIVED CALL_ORDER",
        "operations": "RECALL",
    }.items()
    for kind in kinds.split()
}
DETAILS = {
    "ORDER_ARRIVED": "materials",
    "MACHINE_FAILED": "modes",
    "REPAIR": "modes",
    "STOP_EXPLAINED": "modes",
    "UNIT_REWORKED": "operations",
    "UNIT_MOVED": "queues",
    "VALUE_MEASURED": "characteristics",
    "SIGNAL": "characteristics",
    "CHANGE_OVER": "materials",
    "FETCH": "stations",
    "DELIVER": "queues",
    "RELEASE": "orders",
}
OUTCOMES = {int(outcome): words(outcome) for outcome in Outcome}
SIDES = ("what", "kind", "subject", "unit", "person", "source")  # by which entries can be asked for
CODES: dict[int, tuple[str, type[IntEnum]]] = {0: ("event", Event), 1: ("command", Command), NOTE: ("note", Note)}
WHATS = frozenset(what for what, _ in CODES.values())
KINDS = frozenset(words(code) for _, codes in CODES.values() for code in codes)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row in words. Numbers that mean nothing are None."""

    seq: int
    time_s: float  # plant time
    clock: str  # when it was recorded, ISO 8601, UTC
    what: str  # event, command or note
    kind: str
    subject: str
    unit: int | None
    detail: str
    number: int | None
    amount: float
    cause: int | None  # of a command: its event
    job: int | None  # the command that the row sends, ends or acknowledges
    source: str
    person: str
    reason: str
    old: str
    new: str


def tell(link: Link, names: Names | None) -> Entry:
    """A row in words; without names by numbers."""
    seq, cause, kind, subject, unit, detail, number, job, amount, time_s, wall_s = link.row
    what, codes = CODES[min(cause, 1)]
    code = codes(kind) if kind in codes.__members__.values() else None  # a later version may know more kinds
    name = "" if code is None else code.name
    judged = code in (Event.OPERATION_FINISHED, Event.UNIT_JUDGED) and what == "event" and detail in OUTCOMES
    return Entry(
        seq=seq,
        time_s=time_s,
        clock=datetime.fromtimestamp(wall_s, UTC).isoformat(timespec="milliseconds"),
        what=what,
        kind=str(kind) if code is None else words(code),
        subject=_name(names, SUBJECTS.get(name, ""), subject),
        unit=None if unit == NONE else unit,
        detail=OUTCOMES[detail] if judged else _name(names, DETAILS.get(name, ""), detail),
        number=None if number == NONE else number,
        amount=amount,
        cause=cause if cause > 0 else None,
        job=job or None,
        **link.said._asdict(),
    )


def _name(names: Names | None, of: str, number: int) -> str:
    if number == NONE:
        return ""
    known: list[str] = getattr(names, of, [])
    return known[number] if 0 <= number < len(known) else str(number)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for; what is not said does not matter."""

    what: str | None = None
    kind: str | None = None
    subject: str | None = None
    unit: int | None = None
    person: str | None = None
    source: str | None = None
    since_s: float = 0.0
    until_s: float = float("inf")

    def fits(self, entry: Entry) -> bool:
        """Is the entry asked for?"""
        pairs = ((getattr(self, side), getattr(entry, side)) for side in SIDES)
        return self.since_s <= entry.time_s <= self.until_s and all(mine is None or mine == its for mine, its in pairs)


ALL = Wanted()


def entries(journal: Journal, names: Names | None = None, wanted: Wanted = ALL) -> Iterator[Entry]:
    """The rows of a journal in words, those asked for."""
    return filter(wanted.fits, (tell(link, names) for link in journal.links()))


def last(some: Iterable[Entry], n: int) -> list[Entry]:
    """The last `n` of them; 0: all."""
    return list(deque(some, n or None))


def write_csv(some: Iterable[Entry], path: Path) -> int:
    """Entries as CSV with a heading; how many."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(Entry.__slots__)
        return sum(1 for entry in some if table.writerow(asdict(entry).values()))


def write_json(some: Iterable[Entry], path: Path) -> int:
    """Entries as one JSON array, an entry a line; how many."""
    with path.open("w", encoding="utf-8") as stream:
        n = 0
        for n, entry in enumerate(some, start=1):
            stream.write((",\n" if n > 1 else "[\n") + json.dumps(plain(entry), ensure_ascii=False))
        stream.write("\n]\n" if n else "[]\n")
    return n


def plain(entry: Entry) -> dict[str, Any]:
    """An entry for JSON, which knows no infinity."""
    told = asdict(entry)
    return told if math.isfinite(entry.amount) else {**told, "amount": str(entry.amount)}
