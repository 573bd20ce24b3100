"""Reads YAML 1.2 into plain data and remembers where each key and value stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from linewright.errors import InputError, Problem

Path = tuple[str | int, ...]
Place = tuple[int, int]  # line and column, from 1

DEEPEST = 40  # levels of tables; the language has less than ten
MOST = 200_000  # values in a file

_INT = re.compile(r"[-+]?\d+$")
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$")
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(slots=True)
class Source:
    """What stands in a file, and where: the data, the place of every key and value, problems of reading."""

    file: str
    data: Any = None
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    sheets: dict[Path, str] = field(default_factory=dict)  # of a workbook
    problems: list[Problem] = field(default_factory=list)

    def place_of(self, path: Path, at_key: bool = False) -> Place:
        """Line and column of the value (or key) at that path, or of the nearest thing that contains it."""
        first, second = (self.keys, self.values) if at_key else (self.values, self.keys)
        for length in range(len(path), -1, -1):
            place = first.get(path[:length]) or second.get(path[:length])
            if place:
                return place
        return 0, 0

    def problem(self, path: Path, message: str, hint: str = "", at_key: bool = False) -> Problem:
        """A problem with what stands at that path."""
        line, column = self.place_of(path, at_key)
        sheet = next((self.sheets[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.sheets), "")
        file = f"{self.file}[{sheet}]" if sheet else self.file
        return Problem(message, file, line, column, key_text(path), hint)


def key_text(path: Path) -> str:
    """`stations.lathe.failures[0].repair`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read_yaml(text: str, file: str) -> Source:
    """The data of a YAML text with its places; broken YAML raises `InputError` with the place."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    source = Source(file)
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise InputError([_broken(error, file)]) from None
    except YAMLError as error:
        raise InputError([Problem(f"this is not YAML: {' '.join(str(error).split())}", file)]) from None
    except RecursionError:
        raise InputError([Problem("tables are nested too deep", file)]) from None
    if node is not None:
        source.data = _build(node, (), source)
    return source


def _broken(error: Any, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    context = f" {error.context}" if error.context else ""
    return Problem(f"this is not YAML: {error.problem}{context}", file, line, column)


def _build(node: Any, path: Path, source: Source) -> Any:
    mark = node.start_mark
    source.values.setdefault(path, (mark.line + 1, mark.column + 1))
    if len(path) > DEEPEST or len(source.values) > MOST:  # an alias of itself, or aliases of aliases of ...
        raise InputError(
            [source.problem((), f"more than {DEEPEST} levels or {MOST} values: aliases in a ring?")]
        )
    if isinstance(node.value, str):
        return _scalar(node)
    if node.id == "sequence":
        return [_build(child, (*path, place), source) for place, child in enumerate(node.value)]
    return _mapping(node, path, source)


def _scalar(node: Any) -> Any:
    text: str = node.value
    if node.style is not None:
        return text
    if text in _WORDS:
        return None
    if text in _WORDS_BOOL:
        return _WORDS_BOOL[text]
    if _INT.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else text


def _mapping(node: Any, path: Path, source: Source) -> dict[Any, Any]:
    data: dict[Any, Any] = {}
    merged: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node.value, str) else str(key_node.value)
        if key == "<<" and key_node.style is None:
            merged |= _merged(value_node, path, source)
            continue
        here = (*path, key)
        place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if key in data:
            message = f"{key!r} stands here twice (first in line {source.keys[here][0]})"
            source.problems.append(Problem(message, source.file, *place, key_text(here)))
        source.keys[here] = place
        data[key] = _build(value_node, here, source)
    return {**merged, **data} if merged else data


def _merged(node: Any, path: Path, source: Source) -> dict[Any, Any]:
    """What `<<: *name` brings in; keys of its own win over it."""
    nodes = node.value if node.id == "sequence" else [node]
    merged: dict[Any, Any] = {}
    for each in reversed(nodes):
        if each.id == "mapping":
            merged |= _mapping(each, path, source)
    return merged
