"""The documents that our agent answers with, in the words of MTConnect 2.7."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from html import escape
from operator import itemgetter

from linewright.machines.mtconnect.agent import CONDITION, Agent, Asset, Component, Row, Shelf
from linewright.machines.mtconnect.documents import Category, Item

VERSION = "2.7"
ASSETS_KEPT = 1024
_GROUP = {Category.SAMPLE: "Samples", Category.EVENT: "Events", Category.CONDITION: "Condition"}
Wanted = Callable[[str], bool]  # is an item, by its id, among those asked for?


def stamp(time_s: float) -> str:
    """A time as `2026-01-31T07:30:00.250000Z`."""
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _document(kind: str, agent: Agent, now_s: float, extra: str, body: Iterable[str]) -> bytes:
    space = f"urn:mtconnect.org:MTConnect{kind}:{VERSION}"
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<MTConnect{kind} xmlns="{space}">'
        f'<Header creationTime="{stamp(now_s)}" sender="linewright" instanceId="{agent.instance}" '
        f'version="{VERSION}" deviceModelChangeTime="{stamp(agent.born_s)}" bufferSize="{agent.size}"{extra}/>'
    )
    return "".join([head, *body, f"</MTConnect{kind}>\n"]).encode()


def _asset_counts(agent: Agent) -> str:
    return f' assetBufferSize="{ASSETS_KEPT}" assetCount="{len(agent.assets())}"'


# ---------------------------------------------------------------- devices


def devices(agent: Agent, shelves: list[Shelf], now_s: float) -> bytes:
    """The answer to `probe`."""
    body = (line for shelf in shelves for line in _component(shelf.root, f' uuid="{escape(shelf.uuid)}"'))
    return _document("Devices", agent, now_s, _asset_counts(agent), ["<Devices>", *body, "</Devices>"])


def _component(component: Component, more: str = "") -> Iterator[str]:
    yield f'<{component.type} id="{component.id}" name="{escape(component.name)}"{more}>'
    if component.items:
        yield "<DataItems>"
        for item in component.items:
            attributes = {"id": item.id, "category": item.category.name, "type": item.type}
            attributes |= {"subType": item.sub_type, "name": item.name, "units": item.units}
            words = " ".join(f'{key}="{escape(value)}"' for key, value in attributes.items() if value)
            yield f"<DataItem {words}/>"
        yield "</DataItems>"
    if component.parts:
        yield "<Components>"
        for part in component.parts:
            yield from _component(part)
        yield "</Components>"
    yield f"</{component.type}>"


# ---------------------------------------------------------------- streams


def streams(
    agent: Agent, found: list[tuple[Shelf, list[Row]]], next_: int, now_s: float, wanted: Wanted | None = None
) -> bytes:
    """The answer to `current` and `sample`: rows by device; the number to ask for next."""
    extra = f' nextSequence="{next_}" firstSequence="{agent.first}" lastSequence="{agent.next - 1}"'
    body = ["<Streams>"]
    for shelf, rows in found:
        chosen = rows if wanted is None else [row for row in rows if wanted(row.item)]
        if chosen:
            body.append(f'<DeviceStream name="{escape(shelf.name)}" uuid="{escape(shelf.uuid)}">')
            body.extend(_component_streams(agent, chosen))
            body.append("</DeviceStream>")
    body.append("</Streams>")
    return _document("Streams", agent, now_s, extra, body)


def _component_streams(agent: Agent, rows: list[Row]) -> Iterator[str]:
    by_component: dict[str, dict[Category, list[Row]]] = {}
    for row in rows:
        item = agent.item(row.item)
        by_component.setdefault(item.component_id, {}).setdefault(item.category, []).append(row)
    for id_, groups in by_component.items():
        item = agent.item(next(iter(groups.values()))[0].item)
        yield f'<ComponentStream component="{item.component}" componentId="{id_}" name="{escape(item.component_name)}">'
        for category, group in sorted(groups.items(), key=itemgetter(0)):
            yield f"<{_GROUP[category]}>"
            write = _condition if category == Category.CONDITION else _value
            for row in group:
                yield write(agent.item(row.item), row)
            yield f"</{_GROUP[category]}>"
        yield "</ComponentStream>"


def _value(item: Item, row: Row) -> str:
    tag, attributes = _element(item)
    return f'<{tag}{attributes} sequence="{row.sequence}" timestamp="{stamp(row.time_s)}">{escape(row.value)}</{tag}>'


def _condition(item: Item, row: Row) -> str:
    assert row.value in CONDITION, f"{row.value} is no level of a condition"
    _, attributes = _element(item)
    active = row.value in ("Warning", "Fault")
    code = f' nativeCode="{escape(row.code)}"' if row.code else ""
    code += f' conditionId="{escape(row.code or row.item)}"' if active else ""
    return (
        f'<{row.value}{attributes} type="{item.type}"{code} sequence="{row.sequence}" '
        f'timestamp="{stamp(row.time_s)}">{escape(row.words)}</{row.value}>'
    )


@cache
def _element(item: Item) -> tuple[str, str]:
    """The name of an item's element, as PartCount, and the attributes that are always the same."""
    sub_type = f' subType="{item.sub_type}"' if item.sub_type else ""
    name = f' name="{escape(item.name)}"' if item.name else ""
    tag = "".join(word.capitalize() for word in item.type.split("_"))
    return tag, f' dataItemId="{item.id}"{sub_type}{name}'


# ---------------------------------------------------------------- assets, errors


def assets(agent: Agent, chosen: Iterable[Asset], now_s: float) -> bytes:
    """The answer to `assets`."""
    body = ["<Assets>"]
    for asset in chosen:
        device = agent.shelves[asset.device].uuid
        body.append(
            f'<{asset.type} assetId="{escape(asset.id)}" deviceUuid="{escape(device)}" '
            f'timestamp="{stamp(asset.time_s)}" {asset.attributes}>{asset.body}</{asset.type}>'
        )
    body.append("</Assets>")
    return _document("Assets", agent, now_s, _asset_counts(agent), body)


_ERROR = {  # the element of each error code
    "OUT_OF_RANGE": "OutOfRange",
    "NO_DEVICE": "NoDevice",
    "INVALID_REQUEST": "InvalidRequest",
    "INVALID_URI": "InvalidURI",
    "INVALID_XPATH": "InvalidXPath",
    "INVALID_PARAMETER_VALUE": "InvalidParameterValue",
    "ASSET_NOT_FOUND": "AssetNotFound",
    "TOO_MANY": "TooMany",
    "UNSUPPORTED": "Unsupported",
}


def error(agent: Agent, code: str, words: str, uri: str, parameter: str, value: str, now_s: float) -> bytes:
    """A refusal: of a whole request, or for the value of one of its parameters."""
    tag = _ERROR[code]
    query = f'<QueryParameter name="{escape(parameter)}"><Value>{escape(value)}</Value></QueryParameter>'
    asset = f"<AssetId>{escape(value)}</AssetId>"
    inside = asset if code == "ASSET_NOT_FOUND" else query if parameter else ""
    body = (
        f"<Errors><{tag}>{inside}<URI>{escape(uri)}</URI><ErrorMessage>{escape(words)}</ErrorMessage></{tag}></Errors>"
    )
    return _document("Error", agent, now_s, "", [body])
