"""MTConnect documents, read leniently: what a device offers, and what has been observed.

Any version from 1.0 on, whatever its namespace; agents in the field break their own schemas, so nothing is
checked against one. What a document must be: well-formed XML of a bounded size without a document type
(no entities, nothing fetched), else `BadDocument`. An observation without a number, item or legible time is left out
and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, NamedTuple

from lxml import etree

MOST_BYTES = 16 * 2**20  # of one document; a thousand observations are 0.3 MB, a large device 1 MB
MOST_TAGS = 400_000  # about 120 bytes of memory each
UNAVAILABLE = "UNAVAILABLE"
OUT_OF_RANGE = "OUT_OF_RANGE"

_PARSER = etree.XMLParser(  # the encoding is ours, whatever the document says: what was searched is what is parsed
    encoding="utf-8",
    resolve_entities=False,
    load_dtd=False,
    no_network=True,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # where a word of OutOfRange begins
_WESTERN = re.compile(rb"""^\s*<\?xml[^>]{0,60}encoding=["'](iso-8859-1|latin-?1|windows-1252)["']""", re.IGNORECASE)


class BadDocument(Exception):
    """This is no MTConnect document that can be read."""


class Category(IntEnum):
    """What kind of thing a data item tells."""

    SAMPLE = 0  # a reading of something continuous
    EVENT = 1  # a state or a message
    CONDITION = 2  # the health of a component


@dataclass(frozen=True, slots=True)
class Item:
    """One data item that a device offers."""

    id: str
    type: str  # as EXECUTION
    sub_type: str
    category: Category
    name: str  # "" where it has none
    units: str
    component: str  # type of the component it belongs to, as Path
    component_name: str
    component_id: str


@dataclass(frozen=True, slots=True)
class Device:
    """One device of an agent and its data items in the order of the document."""

    name: str
    uuid: str
    id: str
    items: tuple[Item, ...]

    def find(self, type_: str, sub_type: str | None = None, component_name: str | None = None) -> list[Item]:
        """The items of a type, of any or one sub-type, of any or one component."""
        return [
            item
            for item in self.items
            if item.type == type_
            and (sub_type is None or item.sub_type == sub_type)
            and (component_name is None or item.component_name == component_name)
        ]


class Header(NamedTuple):
    """What the agent says of itself; 0 where it says nothing."""

    instance: int  # another number: the agent has lost what it knew
    next: int  # the sequence number to ask for next
    first: int  # the oldest that it still has
    last: int
    buffer: int


class Observation(NamedTuple):
    """One observation."""

    sequence: int
    item: str  # id of the data item
    time_s: float  # s since 1970, by the agent's or the machine's clock
    kind: str  # name of the element as Execution; of a condition its level: Normal, Warning, Fault, Unavailable
    value: str  # of a condition its message
    category: Category
    code: str = ""  # of a condition: the machine's own number for it


@dataclass(frozen=True, slots=True)
class Probe:
    """Answer to `probe`: the devices of an agent."""

    header: Header
    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class Streams:
    """Answer to `current` or `sample`: observations by device name, in the order of their numbers."""

    header: Header
    observations: Mapping[str, list[Observation]]
    illegible: int = 0  # observations left out

    def __len__(self) -> int:
        return sum(map(len, self.observations.values()))


@dataclass(frozen=True, slots=True)
class AgentErrors:
    """An agent refuses: error codes and its words for them."""

    header: Header
    errors: tuple[tuple[str, str], ...] = field(default=())

    def has(self, code: str) -> bool:
        """Is this error among them?"""
        return any(code == each for each, _ in self.errors)

    def __str__(self) -> str:
        return "; ".join(f"{code}: {text}" if text else code for code, text in self.errors) or "an unnamed error"


Document = Probe | Streams | AgentErrors


def read(data: bytes) -> Document:
    """Any answer of an agent. Raises BadDocument."""
    root = _parse(data)
    kind = _local(root)
    header = _header(root)
    if kind == "MTConnectStreams":
        return _streams(root, header)
    if kind == "MTConnectDevices":
        return Probe(header, tuple(_devices(root)))
    if kind == "MTConnectError":
        return AgentErrors(header, tuple(_errors(root)))
    raise BadDocument(f"an answer of kind {kind[:80]!r}")


def time_of(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 time; without a zone it is UTC, as agents mean it. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


# ---------------------------------------------------------------- the tree


def _parse(data: bytes) -> Any:
    if len(data) > MOST_BYTES:
        raise BadDocument(f"a document of {len(data):,} bytes; the most is {MOST_BYTES:,}")
    if data.count(b"<") > MOST_TAGS:
        raise BadDocument(f"a document of more than {MOST_TAGS:,} tags")
    if b"<!DOCTYPE" in data:
        raise BadDocument("a document type declaration, which no agent needs")
    if _WESTERN.match(data):
        data = data.decode("latin-1").encode()
    try:
        return etree.fromstring(data, _PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadDocument(str(error)) from None


def _local(element: Any) -> str:
    tag = element.tag
    return tag[tag.rfind("}") + 1 :] if isinstance(tag, str) else ""


def _children(element: Any, name: str) -> Iterator[Any]:
    return (child for child in element if _local(child) == name)


def _whole(text: str | None) -> int:
    """A number of the header; 0 where it is none or no 64-bit one."""
    if text is None or len(text) > 20:
        return 0
    try:
        return int(text) if 0 <= int(text) < 2**64 else 0
    except ValueError:
        return 0


def _header(root: Any) -> Header:
    for header in _children(root, "Header"):
        names = ("instanceId", "nextSequence", "firstSequence", "lastSequence", "bufferSize")
        return Header(*(_whole(header.get(name)) for name in names))
    return Header(0, 0, 0, 0, 0)


# ---------------------------------------------------------------- errors, devices


def _errors(root: Any) -> Iterator[tuple[str, str]]:
    """`<Error errorCode="OUT_OF_RANGE">`, from 2.6 on `<OutOfRange>`; in `<Errors>` or, in 1.0, without."""
    for group in list(_children(root, "Errors")) or [root]:
        for error in group:
            if (name := _local(error)) != "Header":
                code = error.get("errorCode") or _CAPITAL.sub("_", name).upper()
                yield code[:80], " ".join("".join(error.itertext()).split())[:300]


def _devices(root: Any) -> Iterator[Device]:
    for group in _children(root, "Devices"):
        for device in group:
            if _local(device) in ("Device", "Agent"):
                name = device.get("name") or device.get("uuid") or device.get("id") or ""
                uuid, id_ = device.get("uuid") or "", device.get("id") or ""
                yield Device(name, uuid, id_, tuple(_items(device)))


def _items(component: Any) -> Iterator[Item]:
    for child in component:
        group = _local(child)
        if group == "DataItems":
            for element in _children(child, "DataItem"):
                if item := _item(element, component):
                    yield item
        elif group == "Components":
            for inner in child:
                yield from _items(inner)


def _item(element: Any, component: Any) -> Item | None:
    id_, type_ = element.get("id"), element.get("type")
    category = element.get("category", "EVENT").upper()
    if not id_ or not type_ or category not in Category.__members__:
        return None
    return Item(
        id_,
        type_,
        element.get("subType") or "",
        Category[category],
        element.get("name") or "",
        element.get("units") or "",
        _local(component),
        component.get("name") or "",
        component.get("id") or "",
    )


# ---------------------------------------------------------------- observations

_GROUPS = {"Samples": Category.SAMPLE, "Events": Category.EVENT, "Condition": Category.CONDITION}


def _streams(root: Any, header: Header) -> Streams:
    found: dict[str, list[Observation]] = {}
    illegible = 0
    for group in _children(root, "Streams"):
        for device in _children(group, "DeviceStream"):
            rows = found.setdefault(device.get("name") or device.get("uuid") or "", [])
            for component in _children(device, "ComponentStream"):
                for readings in component:
                    category = _GROUPS.get(_local(readings))
                    if category is not None:
                        illegible += _read_group(readings, category, rows)
            rows.sort()
    return Streams(header, found, illegible)


def _read_group(group: Any, category: Category, rows: list[Observation]) -> int:
    """Add the observations of a group; returns how many could not be read."""
    illegible = 0
    for element in group:
        get = element.get
        sequence, item, stamp = get("sequence"), get("dataItemId"), get("timestamp")
        try:
            number, time_s = int(sequence), time_of(stamp)
        except (TypeError, ValueError, OverflowError):
            illegible += 1
            continue
        if not item or not 0 < number < 2**64:
            illegible += 1
            continue
        text = element.text
        if len(element):
            text = _entries(element)
        value = text.strip() if text else ""
        tag = element.tag
        kind = tag[tag.rfind("}") + 1 :]
        code = (get("conditionId") or get("nativeCode") or "") if category == Category.CONDITION else ""
        rows.append(Observation(number, item, time_s, kind, value, category, code))
    return illegible


def _entries(element: Any) -> str:
    """A data set as `key=value` words; a table's rows are flattened."""
    words = []
    for entry in element.iter():
        if isinstance(entry.tag, str) and (key := entry.get("key")) is not None:
            words.append(f"{key}={(entry.text or '').strip()}")
    return " ".join(words)
