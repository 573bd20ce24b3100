"""What an MTConnect agent knows: devices, and their last observations in a buffer of fixed size.

Sequence numbers are one series for all devices. What leaves the buffer is kept as the value before it, so that
`current` can be told for any number that is still there.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from linewright.machines.mtconnect.documents import UNAVAILABLE, Category, Item

BUFFER = 131_072  # observations kept, as usual with agents


class Row(NamedTuple):
    """One observation as it is kept. For a condition `value` is its level, the rest its number and words."""

    sequence: int
    item: str  # id
    time_s: float  # s since 1970
    value: str
    code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a device, with the parts that it consists of."""

    type: str  # as Path
    id: str
    name: str
    items: tuple[Item, ...] = ()
    parts: tuple[Component, ...] = ()

    def all_items(self) -> Iterator[Item]:
        """Its items and those of its parts."""
        yield from self.items
        for part in self.parts:
            yield from part.all_items()


@dataclass(frozen=True, slots=True)
class Asset:
    """A document about something that is at a machine, as a tool."""

    id: str
    type: str  # as CuttingTool
    device: str  # name
    time_s: float
    attributes: str  # more of them, as XML
    body: str  # XML: what is inside the element


@dataclass
class Shelf:
    """The observations of one device that are in the buffer, and its last ones."""

    root: Component  # of type Device
    uuid: str
    rows: list[Row] = field(default_factory=list)
    gone: int = 0  # rows at the front that are in the buffer no more
    before: dict[tuple[str, str], Row] = field(default_factory=dict)  # the last ones that left the buffer
    stir: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        """The name of the device."""
        return self.root.name

    def drop_first(self) -> None:
        """The oldest row leaves the buffer."""
        _set(self.before, self.rows[self.gone])
        self.gone += 1
        if self.gone > 1024 and 2 * self.gone > len(self.rows):
            del self.rows[: self.gone]
            self.gone = 0

    def since(self, sequence: int, most: int) -> list[Row]:
        """Up to `most` rows from a number on."""
        start = bisect_left(self.rows, sequence, lo=self.gone, key=_sequence)
        return self.rows[start : start + most]

    def between(self, first: int, end: int) -> list[Row]:
        """The rows from number `first` on, before number `end`."""
        start = bisect_left(self.rows, first, lo=self.gone, key=_sequence)
        return self.rows[start : bisect_left(self.rows, end, lo=start, key=_sequence)]

    def state(self, at: int | None = None) -> list[Row]:
        """The last row of each item, of a condition all that are active; now or as of a number."""
        last = dict(self.before)
        end = len(self.rows) if at is None else bisect_left(self.rows, at + 1, lo=self.gone, key=_sequence)
        for row in self.rows[self.gone : end]:
            _set(last, row)
        return sorted(last.values())


def _sequence(row: Row) -> int:
    return row.sequence


CONDITION = ("Normal", "Warning", "Fault", "Unavailable")


def _set(last: dict[tuple[str, str], Row], row: Row) -> None:
    """Keep a row as the last of its item; an active condition stands beside others of another number."""
    item, value = row.item, row.value
    if value in CONDITION:
        if value in ("Warning", "Fault"):
            for idle in ("Normal", "Unavailable"):
                old = last.get((item, ""))
                if old is not None and old.value == idle:
                    del last[item, ""]
            last[item, row.code] = row
            return
        if row.code:  # this one is over
            last.pop((item, row.code), None)
            if any(key[0] == item for key in last):
                return
        else:
            for key in [key for key in last if key[0] == item]:
                del last[key]
    last[item, ""] = row


class Agent:
    """Devices and the buffer. `add` tells what has been observed."""

    def __init__(self, born_s: float, size: int = BUFFER) -> None:
        self.born_s, self.size = born_s, size  # s since 1970
        self.instance = max(int(1000.0 * born_s), 1)  # another one for each agent that ever was
        self.shelves: dict[str, Shelf] = {}  # by device name
        self.assets: Callable[[], list[Asset]] = list  # as they are now
        self.next = 1
        self._order: deque[Shelf] = deque()  # whose row is the oldest, the next oldest ...
        self._items: dict[str, tuple[Item, Shelf]] = {}
        self.stir = asyncio.Event()  # something was added, whatever device

    def declare(self, root: Component, uuid: str, time_s: float) -> None:
        """One more device; all its items are unavailable for now."""
        shelf = self.shelves[root.name] = Shelf(root, uuid)
        for item in root.all_items():
            self._items[item.id] = item, shelf
            value = "Unavailable" if item.category == Category.CONDITION else UNAVAILABLE
            self.add(item.id, value, time_s)

    def item(self, id_: str) -> Item:
        """An item by its id."""
        return self._items[id_][0]

    def add(self, item: str, value: str, time_s: float, code: str = "", words: str = "") -> None:
        """An observation, s since 1970. Of a condition the value is its level and the code tells which one."""
        shelf = self._items[item][1]
        if len(self._order) >= self.size:
            self._order.popleft().drop_first()
        shelf.rows.append(Row(self.next, item, time_s, value, code, words))
        self._order.append(shelf)
        self.next += 1
        shelf.stir.set()
        self.stir.set()

    @property
    def first(self) -> int:
        """The oldest number in the buffer."""
        return self.next - len(self._order)

    def chosen(self, device: str) -> list[Shelf]:
        """All devices, or the one of a name or uuid; [] where there is none."""
        if not device:
            return list(self.shelves.values())
        if device in self.shelves:
            return [self.shelves[device]]
        return [shelf for shelf in self.shelves.values() if shelf.uuid == device]

    def sample(self, shelves: list[Shelf], start: int, count: int) -> tuple[list[tuple[Shelf, list[Row]]], int]:
        """Up to `count` rows of one device or of all from a number on, and the number to ask for next."""
        if len(shelves) == 1:
            rows = shelves[0].since(start, count + 1)
            return [(shelves[0], rows[:count])], rows[count].sequence if len(rows) > count else self.next
        end = min(start + count, self.next)  # among all of them there is none without a row
        return [(shelf, shelf.between(start, end)) for shelf in shelves], end
