"""From the fields of a Q-DAS file to an `Inspection`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from linewright.errors import InputError, Problem
from linewright.measure.files.naming import add_exactly, unique_keys
from linewright.measure.files.qdas_fields import (
    ATTRIBUTE_TYPES,
    CHARACTERISTIC_FIELDS,
    NO_VALUE,
    PART_FIELDS,
    TimeReader,
    parse_number,
)
from linewright.measure.files.record import (
    Characteristic,
    Group,
    Inspection,
    Note,
    Part,
    PartType,
    ReadingsBuilder,
    Status,
)

if TYPE_CHECKING:
    from linewright.measure.files.qdas_read import Contents

# where a value's serial number stands
SERIAL = "K0014"


def link(contents: Contents, data_hash: str) -> Inspection:
    """The whole file as an `Inspection`."""
    notes: Counter[str] = Counter()
    types = _part_types(contents)
    parents, groups = _hierarchy(contents, notes)
    characteristics = _characteristics(contents, types)
    keys = {index: c.key for index, c in characteristics.items()}
    group_keys = dict(zip(groups, unique_keys([_group_name(contents, g) for g in groups]), strict=True))
    parts, readings = _readings(contents, types, list(characteristics), characteristics, notes)

    def parent_key(kind: str, index: int) -> str:
        above = parents.get((kind, index))
        if above is None:
            return ""
        return {"group": group_keys, "characteristic": keys}.get(above[0], {}).get(above[1], "")

    return Inspection(
        format="Q-DAS ASCII",
        part_types=tuple(types.values()),
        parts=tuple(parts),
        characteristics=tuple(
            _with_parent(c, parent_key("characteristic", index)) for index, c in characteristics.items()
        ),
        readings=readings.readings(),
        groups=tuple(
            Group(
                group_keys[g],
                _group_name(contents, g),
                parent_key("group", g),
                types[contents.group_part[g]].key if contents.group_part.get(g) in types else "",
                dict(contents.groups.get(g, {})),
            )
            for g in groups
        ),
        notes=_notes(contents, notes),
        source=contents.file,
        data_hash=data_hash,
        extra=dict(contents.other),
    )


def _part_types(contents: Contents) -> dict[int, PartType]:
    indices = sorted({*contents.parts, *contents.part_of.values()}) or [1]
    types = {}
    for index in indices:
        fields = {**contents.all_parts, **contents.parts.get(index, {})}
        kept = {key: text for key, text in fields.items() if key not in PART_FIELDS}
        types[index] = PartType(str(index), fields.get("K1002", ""), fields.get("K1001", ""), kept)
    return types


def _characteristics(contents: Contents, types: dict[int, PartType]) -> dict[int, Characteristic]:
    """By index, in the order of the indices: value lines follow it."""
    drafts = {}
    for index in sorted(contents.characteristics):
        fields = {**contents.all_characteristics, **contents.characteristics[index]}
        drafts[index] = _characteristic(contents, index, fields, types)
    names = [
        c.name if len(types) == 1 else f"{types[contents.part_of[index]].number or c.part_type}: {c.name}"
        for index, c in drafts.items()
    ]
    from dataclasses import replace

    return {
        index: replace(c, key=key) for (index, c), key in zip(drafts.items(), unique_keys(names), strict=True)
    }


def _characteristic(
    contents: Contents, index: int, fields: dict[str, str], types: dict[int, PartType]
) -> Characteristic:
    line = contents.lines.get(index, 0)

    def number(key: str) -> float | None:
        return parse_number(fields.get(key, ""), contents.file, line, f"{key}/{index}")

    nominal, lower, upper = number("K2101"), number("K2110"), number("K2111")
    name = fields.get("K2002") or fields.get("K2001") or f"characteristic {index}"
    if nominal is not None:
        below, above = number("K2112"), number("K2113")
        lower = add_exactly(nominal, below) if lower is None and below is not None else lower
        upper = add_exactly(nominal, above) if upper is None and above is not None else upper
    if lower is not None and upper is not None and lower > upper:
        problem = f"lower limit {lower:g} lies above upper limit {upper:g}"
        raise InputError([Problem(problem, contents.file, line, key=f"K2110/{index}")])
    return Characteristic(
        key=name,
        name=name,
        kind="",
        nominal=nominal,
        lower=lower,
        upper=upper,
        unit=fields.get("K2142", ""),
        attribute=fields.get("K2004", "0") in ATTRIBUTE_TYPES,
        part_type=types[contents.part_of[index]].key,
        extra={key: text for key, text in fields.items() if key not in CHARACTERISTIC_FIELDS},
    )


def _with_parent(characteristic: Characteristic, parent: str) -> Characteristic:
    from dataclasses import replace

    return replace(characteristic, parent=parent) if parent else characteristic


def _group_name(contents: Contents, index: int) -> str:
    fields = contents.groups.get(index, {})
    return fields.get("K5002") or fields.get("K5001") or f"group {index}"


Node = tuple[str, int]  # ("part" or "group" or "characteristic", index)

NODE_KINDS = {"K5111": "part", "K5112": "characteristic", "K5113": "group"}


def _hierarchy(contents: Contents, notes: Counter[str]) -> tuple[dict[Node, Node], list[int]]:
    """Who stands above whom, and the groups there are."""
    nodes: dict[int, Node] = {}
    for key, index, value in contents.nodes:
        if key in NODE_KINDS:
            nodes[index] = (NODE_KINDS[key], value)
    parents: dict[Node, Node] = {}
    for key, index, value in contents.nodes:
        if key in NODE_KINDS:
            continue
        child = nodes.get(value) if key == "K5103" else ("characteristic", value)
        if index not in nodes or child is None:
            notes["a hierarchy link to a node that is not there"] += 1
        else:
            parents[child] = nodes[index]
    _simple_grouping(contents, parents, notes)
    _refuse_circles(contents, parents)
    groups = sorted({*contents.groups, *(index for kind, index in nodes.values() if kind == "group")})
    return parents, groups


def _simple_grouping(contents: Contents, parents: dict[Node, Node], notes: Counter[str]) -> None:
    """K2030 names the head of a group of characteristics, K2031 its members."""
    if contents.grouping and contents.nodes:
        notes["grouping by K2030/K2031 beside a K51xx hierarchy: the hierarchy counts"] += 1
        return
    heads = {group: index for key, index, group in contents.grouping if key == "K2030"}
    for key, index, group in contents.grouping:
        if key == "K2031" and group in heads and heads[group] != index:
            parents["characteristic", index] = ("characteristic", heads[group])


def _refuse_circles(contents: Contents, parents: dict[Node, Node]) -> None:
    for start in parents:
        seen = {start}
        node = start
        while node in parents:
            node = parents[node]
            if node in seen:
                raise InputError(
                    [Problem(f"the hierarchy runs in a circle at {node[0]} {node[1]}", contents.file)]
                )
            seen.add(node)


def _readings(
    contents: Contents,
    types: dict[int, PartType],
    order: list[int],
    characteristics: dict[int, Characteristic],
    notes: Counter[str],
) -> tuple[list[Part], ReadingsBuilder]:
    """Value n of each characteristic belongs to part n of its design."""
    place = {index: i for i, index in enumerate(order)}
    parts: list[Part] = []
    readings = ReadingsBuilder()
    clock = TimeReader()
    for type_index, part_type in types.items():
        own = [index for index in order if contents.part_of[index] == type_index and index in contents.values]
        most = max((len(contents.values[index].rows) for index in own), default=0)
        for n in range(most):
            rows = [(index, contents.values[index]) for index in own if n < len(contents.values[index].rows)]
            serial = next((v.rows[n][SERIAL] for _, v in rows if v.rows[n].get(SERIAL)), "")
            number = len(parts)
            parts.append(Part(serial or f"{part_type.number or part_type.key}/{n + 1}", serial))
            for index, values in rows:
                _add(
                    contents,
                    readings,
                    number,
                    place[index],
                    characteristics[index],
                    values.rows[n],
                    values.lines[n],
                    clock,
                    notes,
                )
    keys = unique_keys([part.key for part in parts])
    return [Part(key, part.serial) for part, key in zip(parts, keys, strict=True)], readings


def _add(
    contents: Contents,
    readings: ReadingsBuilder,
    part: int,
    characteristic: int,
    of: Characteristic,
    row: dict[str, str],
    line: int,
    clock: TimeReader,
    notes: Counter[str],
) -> None:
    extra = {
        key: text for key, text in row.items() if text and key not in ("K0001", "K0021", "K0004", SERIAL)
    }
    time = None
    if stamp := row.get("K0004", ""):
        time = clock.read(stamp)
        if time is None:
            notes[f"a time in a spelling that is not known, kept as text: {stamp[:40]!r}"] += 1
            extra["K0004"] = stamp
    key = "K0021" if of.attribute else "K0001"
    value = parse_number(row.get(key, ""), contents.file, line, key)
    missing = value is None or row.get("K0002", "") in NO_VALUE
    status = Status.NOT_MEASURED if missing else Status.UNKNOWN
    readings.add(part, characteristic, np.nan if value is None else value, status, time, extra=extra)


def _notes(contents: Contents, notes: Counter[str]) -> tuple[Note, ...]:
    found = [Note(what, count) for what, count in notes.items()]
    found += [Note(what, count, line) for what, (count, line) in contents.unread.items()]
    described = len(contents.characteristics)
    if contents.declared is not None and contents.declared != described:
        found.append(Note(f"K0100 declares {contents.declared} characteristics, {described} are described"))
    return tuple(found)


def sample_sizes(inspection: Inspection) -> np.ndarray:
    """How many pieces each counted reading [n] looked at: K0020 holds a thousand times that; nan where not
    given.
    """
    column = inspection.readings.extra.get("K0020")
    if column is None:
        return np.full(len(inspection.readings), np.nan)
    return np.array([float(text) / 1000.0 if text else np.nan for text in column])
