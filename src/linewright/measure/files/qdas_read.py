"""Q-DAS ASCII transfer format (AQDEF): `.dfq`, or `.dfd` (description) with `.dfx` (values), in any encoding.

A value stands either in K-fields of its own (`K0001/2 1.6`) or in a value line: all characteristics in one
line, separated by character 15, the fields of each by character 20. The n-th value of each characteristic
belongs to the n-th measured part.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from linewright.errors import InputError, Problem
from linewright.measure.files.guard import check_file, file_hash
from linewright.measure.files.qdas_fields import (
    ATTRIBUTE_ORDER,
    ATTRIBUTE_TYPES,
    CHARACTERISTIC_END,
    FIELD_END,
    GROUPING_FIELDS,
    HEADER_FIELDS,
    KEY,
    MEASURED_ORDER,
    NODE_FIELDS,
)
from linewright.measure.files.qdas_link import link
from linewright.measure.files.record import Inspection
from linewright.measure.files.text_lines import find_encoding, lines_of

MAX_QDAS_BYTES = 128 * 1024 * 1024  # some 1.5 million values, a gigabyte of memory
VALUE_KEYS = ("K0001", "K0020", "K0021")  # one of these a second time begins the next value


@dataclass(slots=True)
class Values:
    """The values of one characteristic, each the fields that the file gives it."""

    rows: list[dict[str, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)  # fields that came before their value

    def put(self, key: str, text: str, line: int) -> None:
        """A field of the value that is being read; a value field that it has already begins the next one."""
        if key in VALUE_KEYS and (not self.rows or key in self.rows[-1] or self._closed(key)):
            self.open(line)
        if self.rows:
            self.rows[-1][key] = text
        else:
            self.waiting[key] = text

    def open(self, line: int) -> dict[str, str]:
        row = dict(self.waiting)
        self.waiting.clear()
        self.rows.append(row)
        self.lines.append(line)
        return row

    def _closed(self, key: str) -> bool:
        # a measured value never continues a counted one, nor the other way round
        other = ("K0020", "K0021") if key == "K0001" else ("K0001",)
        return any(name in self.rows[-1] for name in other)


@dataclass(slots=True)
class Contents:
    """The file's fields by what they belong to; nothing interpreted yet."""

    file: str
    declared: int | None = None  # K0100: how many characteristics the file says it has
    parts: dict[int, dict[str, str]] = field(default_factory=dict)
    characteristics: dict[int, dict[str, str]] = field(default_factory=dict)
    part_of: dict[int, int] = field(default_factory=dict)  # characteristic or -group -> part
    groups: dict[int, dict[str, str]] = field(default_factory=dict)
    group_part: dict[int, int] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)  # characteristic -> its first line
    all_parts: dict[str, str] = field(default_factory=dict)  # K1xxx/0
    all_characteristics: dict[str, str] = field(default_factory=dict)  # K2xxx/0
    nodes: list[tuple[str, int, int]] = field(default_factory=list)  # (field, index, value)
    grouping: list[tuple[str, int, int]] = field(default_factory=list)
    values: dict[int, Values] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)  # catalogues and the like, by "K4092/1"
    unread: dict[str, tuple[int, int]] = field(default_factory=dict)  # what -> (count, first line)
    current_part: int = 0


def read_qdas(path: str | Path, max_bytes: int = MAX_QDAS_BYTES) -> Inspection:
    """Parts, characteristics, hierarchy and values of a Q-DAS file.

    `path` names a `.dfq`, or either half of a `.dfd`/`.dfx` pair (the other half stands beside it). Raises
    `InputError` with file, line and K-field for what cannot be read; fields without a meaning here are kept
    as text in `extra`, lines that are nothing at all are named in the notes.
    """
    files = _halves(Path(path))
    contents = Contents(str(path))
    for file in files:
        check_file(file, max_bytes)
        contents.file = str(file)
        for number, line in lines_of(file, find_encoding(file)):
            _take_line(contents, number, line)
    if not contents.characteristics and not contents.parts:
        raise InputError(
            [Problem("not a Q-DAS file: no K-field describes a part or a characteristic", str(path))]
        )
    contents.file = str(path)
    return link(contents, file_hash(files[-1]))


def _halves(path: Path) -> list[Path]:
    """The files to read, description first."""
    ending = path.suffix.lower()
    if ending not in (".dfd", ".dfx"):
        return [path]
    wanted = ".dfx" if ending == ".dfd" else ".dfd"
    beside = [p for p in path.parent.glob("*") if p.stem == path.stem and p.suffix.lower() == wanted]
    if not beside:
        if wanted == ".dfd":
            raise InputError(
                [Problem(f"values without a description: {path.stem}.dfd is missing", str(path))]
            )
        return [path]
    return [path, beside[0]] if ending == ".dfd" else [beside[0], path]


def _take_line(contents: Contents, number: int, line: str) -> None:
    text = line.lstrip(" \t\ufeff")
    if not text.strip():
        return
    match = KEY.match(text)
    if match is None or text.startswith((CHARACTERISTIC_END, FIELD_END)):
        _take_values(contents, number, text)
        return
    name, index, nth, value = match.groups()
    key = f"K0{name[1:]}" if len(name) == 4 else name
    value = (value or "").strip()
    if nth is not None and key[1] != "0":
        problem = f"{text.split()[0]}: only the fields of a value have a second index"
        raise InputError([Problem(problem, contents.file, number, key=key)])
    _take_field(
        contents, number, key, 1 if index is None else int(index), None if nth is None else int(nth), value
    )


def _take_field(contents: Contents, number: int, key: str, index: int, nth: int | None, value: str) -> None:
    if key in HEADER_FIELDS:
        if key == "K0100":
            contents.declared = _whole(contents, number, key, value)
    elif key[1] == "0":
        _take_value_field(contents, number, key, index, nth, value)
    elif not value:
        return
    elif key[1] == "1":
        contents.current_part = index or contents.current_part
        _belonging(contents.parts, contents.all_parts, index)[key] = value
    elif key in NODE_FIELDS:
        contents.nodes.append((key, index, _whole(contents, number, key, value)))
    elif key[1] == "5":
        contents.groups.setdefault(index, {})[key] = value
        contents.group_part.setdefault(index, contents.current_part or 1)
    elif key[1] in "28":
        _take_characteristic_field(contents, number, key, index, value)
    else:
        contents.other[f"{key}/{index}"] = value


def _take_characteristic_field(contents: Contents, number: int, key: str, index: int, value: str) -> None:
    if index:
        contents.part_of.setdefault(index, contents.current_part or 1)
        contents.lines.setdefault(index, number)
        contents.characteristics.setdefault(index, {})
    if key in GROUPING_FIELDS:
        if (group := _whole(contents, number, key, value)) != 0:
            contents.grouping.append((key, index, group))
        return
    _belonging(contents.characteristics, contents.all_characteristics, index)[key] = value


def _belonging(own: dict[int, dict[str, str]], shared: dict[str, str], index: int) -> dict[str, str]:
    return own.setdefault(index, {}) if index else shared


def _take_value_field(
    contents: Contents, number: int, key: str, index: int, nth: int | None, value: str
) -> None:
    if index and index not in contents.characteristics:
        raise InputError(
            [
                Problem(
                    f"a value of characteristic {index}, which is not described",
                    contents.file,
                    number,
                    key=key,
                )
            ]
        )
    for at in (index,) if index else contents.characteristics:
        values = contents.values.setdefault(at, Values())
        if nth is None:
            values.put(key, value, number)
        elif 1 <= nth <= len(values.rows):
            values.rows[nth - 1][key] = value
        elif nth == len(values.rows) + 1:
            values.open(number)[key] = value
        else:
            raise InputError(
                [
                    Problem(
                        f"there is no value {nth} of characteristic {at} yet", contents.file, number, key=key
                    )
                ]
            )


def _take_values(contents: Contents, number: int, line: str) -> None:
    """A value line: for each characteristic its fields."""
    pieces = line.split(CHARACTERISTIC_END)
    if len(pieces) == 1 and FIELD_END not in line and not _is_number(line):
        count, first = contents.unread.get("lines that are neither a K-field nor values", (0, number))
        contents.unread["lines that are neither a K-field nor values"] = (count + 1, first)
        return
    if len(pieces) > len(contents.characteristics) and pieces[-1].strip() == "":
        pieces.pop()
    indices = sorted(contents.characteristics)
    if len(pieces) > len(indices):
        problem = f"values of {len(pieces)} characteristics, but {len(indices)} are described"
        raise InputError([Problem(problem, contents.file, number)])
    for index, piece in zip(indices, pieces, strict=False):
        # an empty place is a value all the same, or the next line's would move up to this part
        row = contents.values.setdefault(index, Values()).open(number)
        row.update(_fields_of(contents, index, piece, number))


def _fields_of(contents: Contents, index: int, piece: str, number: int) -> dict[str, str]:
    fields = piece.split(FIELD_END)
    kind = contents.characteristics[index].get("K2004", contents.all_characteristics.get("K2004"))
    counted = len(fields) > len(MEASURED_ORDER) if kind is None else kind in ATTRIBUTE_TYPES
    order = ATTRIBUTE_ORDER if counted else MEASURED_ORDER
    if len(fields) > len(order):
        problem = f"a value of {len(fields)} fields, at most {len(order)} are known"
        raise InputError([Problem(problem, contents.file, number, key=f"characteristic {index}")])
    pairs = zip(order, fields, strict=False)
    # most texts repeat from line to line; they are kept once
    return {key: sys.intern(text) for key, field_ in pairs if key and (text := field_.strip())}


def _is_number(text: str) -> bool:
    try:
        float(text.strip().replace(",", "."))
    except ValueError:
        return False
    return True


def _whole(contents: Contents, number: int, key: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(
            [Problem(f"{text!r} is not a whole number", contents.file, number, key=key)]
        ) from None
