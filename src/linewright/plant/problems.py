"""Turns what pydantic found into problems in an engineer's words, with line, key path and nearest name."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from linewright.errors import Problem, nearest
from linewright.plant.distributions import FORMS
from linewright.plant.yaml_source import Path, Source

_WRONG_SHAPE = {
    "dict_type",
    "list_type",
    "model_type",
    "string_type",
    "model_attributes_type",
    "dict_attributes_type",
    "literal_error",
    "int_type",
    "bool_type",
}


class _Found:
    """One error of pydantic: its path in the file, the union members that it was tried under, its words."""

    def __init__(self, error: Any, data: Any) -> None:
        self.error = error
        self.kind: str = error["type"]
        self.location: tuple[str | int, ...] = error["loc"]
        self.path, self.branches = _split_location(self.location, self.kind, data)


def _split_location(
    location: tuple[str | int, ...], kind: str, data: Any
) -> tuple[Path, tuple[tuple[Path, str], ...]]:
    """Tell keys of the file from pydantic's names of union members."""
    path: Path = ()
    branches: list[tuple[Path, str]] = []
    here = data
    for place, part in enumerate(location):
        last = place == len(location) - 1
        if _holds(here, part):
            here = here[part]
            path = (*path, part)
        elif last and kind == "missing":
            path = (*path, part)
        elif part != "[key]":
            branches.append((path, str(part)))
    return path, tuple(branches)


def _holds(data: Any, part: str | int) -> bool:
    if isinstance(data, Mapping):
        return part in data
    return isinstance(data, list) and isinstance(part, int) and part < len(data)


def explain(error: ValidationError, source: Source, table: type[BaseModel]) -> list[Problem]:
    """The problems of a validation error, one for each thing that is wrong, in the order of the file."""
    found = [_Found(each, source.data) for each in error.errors(include_url=False)]
    problems = [
        problem for each in _choose_members(found, source) for problem in _problems_of(each, source, table)
    ]
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column))


def _choose_members(found: list[_Found], source: Source) -> list[_Found]:
    """Where a value may be one of several things, keep the errors of the one that it most likely is."""
    for depth in range(4):
        places = {each.branches[depth][0] for each in found if len(each.branches) > depth}
        for place in places:
            found = _keep_likeliest(found, place, depth, source)
    return found


def _keep_likeliest(found: list[_Found], place: Path, depth: int, source: Source) -> list[_Found]:
    def member(each: _Found) -> str | None:
        at = each.branches[depth : depth + 1]
        return at[0][1] if at and at[0][0] == place else None

    members: dict[str, list[_Found]] = {}
    for each in found:
        if (name := member(each)) is not None:
            members.setdefault(name, []).append(each)
    if len(members) < 2:
        return found
    likeliest = min(members, key=lambda name: _unlikeliness(members[name], place, source))
    return [each for each in found if member(each) in (None, likeliest)]


def _unlikeliness(errors: list[_Found], place: Path, source: Source) -> tuple[int, int]:
    """The wrong shape is least likely, then a law that is none, then strange and missing keys."""
    at_top = [each for each in errors if each.path == place]
    if any(each.kind in _WRONG_SHAPE for each in at_top):
        return 2, len(errors)
    value = _value_at(source.data, place)
    if isinstance(value, Mapping):
        as_law = any(each.kind in ("distribution", "quantity") for each in at_top)
        if as_law != _looks_like_law(value):
            return 1, len(errors)
    strange = [e for e in errors if e.kind in ("missing", "extra_forbidden") and e.path[:-1] == place]
    return 0, len(errors) + len(strange)


_LAW_KEYS = {key for forms in FORMS.values() for form in forms for key in form.keys}


def _looks_like_law(value: Mapping[Any, Any]) -> bool:
    return "dist" in value or (bool(value) and set(value) <= _LAW_KEYS)


def _value_at(data: Any, path: Path) -> Any:
    for part in path:
        if not _holds(data, part):
            return None
        data = data[part]
    return data


def _problems_of(found: _Found, source: Source, table: type[BaseModel]) -> Iterable[Problem]:
    context = found.error.get("ctx") or {}
    if found.kind == "distribution":
        for inside, message, hint in context["faults"]:
            yield source.problem((*found.path, *inside), message, hint, at_key="unknown key" in message)
    elif found.kind == "missing":
        yield source.problem(found.path[:-1], f"`{found.path[-1]}` is missing", at_key=True)
    elif found.kind == "extra_forbidden":
        yield _unknown_key(found, source, table)
    else:
        yield source.problem(found.path, *_words(found, context, table))


def _unknown_key(found: _Found, source: Source, table: type[BaseModel]) -> Problem:
    key = str(found.path[-1])
    owner = table_at(table, found.location[:-1])
    names = [field.alias or name for name, field in owner.model_fields.items()] if owner else []
    return source.problem(found.path, f"unknown key {key!r}", nearest(key, names), at_key=True)


def _words(found: _Found, context: dict[str, Any], table: type[BaseModel]) -> tuple[str, str]:
    value = found.error.get("input")
    if found.kind == "quantity":
        return context["message"], context.get("hint", "")
    if found.kind == "literal_error":
        words = [word.strip("' ") for word in context["expected"].replace(" or ", ", ").split(", ")]
        return f"{value!r} cannot stand here", nearest(str(value), [*words, *_other_tables(found, table)])
    expected = {
        "string_type": "a name is expected",
        "int_type": "a whole number is expected",
        "int_parsing": "a whole number is expected",
        "int_from_float": "a whole number is expected",
        "float_type": "a number is expected",
        "float_parsing": "a number is expected",
        "bool_type": "true or false is expected",
        "bool_parsing": "true or false is expected",
        "dict_type": "a table with names is expected",
        "model_type": "a table with keys is expected",
        "list_type": "a list is expected",
    }.get(found.kind)
    if expected:
        return f"{expected}, this is {_shown(value)}", ""
    return str(found.error["msg"]), ""


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, Mapping):
        return "a table"
    return "a list" if isinstance(value, list) else repr(value)


def _other_tables(found: _Found, table: type[BaseModel]) -> list[str]:
    """Tables that may stand where a word may, by their first key."""
    kinds = [member for kind in kinds_at(table, found.path) for member in _members(kind)]
    return [f"{{{next(iter(kind.model_fields))}: ...}}" for kind in kinds if _is_table(kind)]


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def table_at(table: type[BaseModel], location: Iterable[str | int]) -> type[BaseModel] | None:
    """The table of the language that stands at a location of pydantic (keys and names of union members)."""
    members = (member for kind in kinds_at(table, location) for member in _members(kind))
    return next(filter(_is_table, members), None)


def kinds_at(table: type[BaseModel], location: Iterable[str | int]) -> list[Any]:
    """The types that may stand at a location."""
    here: list[Any] = [table]
    for part in location:
        inside = [each for kind in here for each in _inside(kind, part)]
        named = [m for each in here for m in _members(each) if getattr(m, "__name__", "") == part]
        here = inside or named or here
    return here


def _members(kind: Any) -> list[Any]:
    """The members of a union, bare of `Annotated`."""
    while hasattr(kind, "__metadata__"):
        kind = kind.__origin__
    if get_origin(kind) in (Union, types.UnionType):
        return [each for member in get_args(kind) for each in _members(member)]
    return [kind]


def _inside(kind: Any, part: str | int) -> list[Any]:
    """What stands under that key of a table, a mapping or a list."""
    inside: list[Any] = []
    for member in _members(kind):
        if get_origin(member) in (dict, list):
            wanted = int if get_origin(member) is list else str
            inside += [get_args(member)[-1]] if isinstance(part, wanted) else []
        elif _is_table(member):
            field = _field_of(member, str(part))
            inside += [field.annotation] if field else []
    return inside


def _field_of(table: type[BaseModel], key: str) -> FieldInfo | None:
    for name, field in table.model_fields.items():
        if key in (name, field.alias):
            return field
    return None
