"""The workbook form of a plant: which sheet holds which table, and how a cell says a value.

One sheet for each table, one row for each thing, its name in front; nested tables in columns such as
`setup.time.small.large`; what is left (lists, distributions, mappings) as in YAML on one line. Values that
belong to the plant as a whole stand in the sheet `plant` as key and value.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

# nested tables and matrices that get columns of their own; `*` is any name
SPREAD = (
    ("setup",),
    ("setup", "time"),
    ("setup", "time", "*"),
    ("batch",),
    ("reorder",),
    ("gauge",),
    ("process",),
    ("process", "upset"),
    ("chart",),
    ("reaction",),
    ("accept",),
    ("fail",),
    ("distances",),
    ("distances", "*"),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet whose rows are things: the names that lead to a thing, and where its table stands."""

    title: str
    names: tuple[str, ...]  # headers of the name columns
    inner: str = ""  # the table inside the first name's thing, where there are two names


SHEETS = (
    Sheet("calendar", ("shift",)),
    Sheet("crews", ("crew",)),
    Sheet("materials", ("material",)),
    Sheet("stations", ("station",)),
    Sheet("failures", ("station",), "failures"),
    Sheet("tools", ("station", "tool"), "tools"),
    Sheet("transport", ("transport",)),
    Sheet("characteristics", ("characteristic",)),
    Sheet("routes", ("material", "operation")),
    Sheet("streams", ()),
    Sheet("machines", ("station",)),
    Sheet("costs", ("name",)),
)
WHOLE = "plant"  # the sheet of keys and values
VALUE = "value"  # the column of a thing that is a single value

Keys = tuple[str, ...]


def spreads(path: Keys, value: Any) -> bool:
    """Does this nested value get columns of its own?"""
    if not isinstance(value, dict) or not value or "dist" in value:
        return False
    return any(
        len(path) == len(each) and all(a in ("*", b) for a, b in zip(each, path, strict=True))
        for each in SPREAD
    )


def flatten(value: dict[str, Any], path: Keys = ()) -> dict[Keys, Any]:
    """The columns of one thing, by path of keys."""
    cells: dict[Keys, Any] = {}
    for key, each in value.items():
        here = (*path, key)
        if spreads(here, each):
            cells |= flatten(each, here)
        else:
            cells[here] = each
    return cells


_PLAIN_KEY = re.compile(r'[^."]+$')
_KEYS = re.compile(r'"((?:[^"]|"")*)"|([^."]+)')


def header_text(path: Keys) -> str:
    """`setup.time.small.large`; a name with a dot in it is quoted."""
    return ".".join(key if _PLAIN_KEY.match(key) else '"' + key.replace('"', '""') + '"' for key in path)


def header_path(text: str) -> Keys:
    """The path of keys that a header names."""
    return tuple(quoted.replace('""', '"') or plain.strip() for quoted, plain in _KEYS.findall(text))


def cell_of(value: Any) -> str | int | float | bool:
    """What stands in the cell: numbers and plain text as they are, anything else as YAML on one line."""
    from linewright.plant.save import flow_text

    if isinstance(value, dict | list):
        return flow_text(value)
    if isinstance(value, str) and (not value.strip() or value != value.strip() or value[0] in '{["'):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, bool | int | float) else str(value)


def value_of(cell: Any) -> Any:
    """The value that a cell says; raises `InputError` where its YAML is broken."""
    from linewright.plant.yaml_source import read_yaml

    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if not isinstance(cell, str):
        return cell if isinstance(cell, bool | int | float) else str(cell)
    text = cell.strip()
    return read_yaml(text, "").data if text[:1] in ("{", "[", '"') else text
