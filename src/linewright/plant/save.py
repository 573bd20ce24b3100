"""Writes a plant back as a file that people can read: YAML, or an XLSX workbook."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from linewright.errors import InputError, Problem
from linewright.plant.load import load_plant
from linewright.plant.model import Plant

WIDTH = 110


def save_plant(plant: Plant, path: str | Path) -> None:
    """Write a plant file; the suffix tells the format. It loads to an equal plant.

    The file is written beside and then put in place, so that a failure leaves the old one as it was.
    """
    path = Path(path)
    if path.suffix.lower() == ".xlsx":
        from linewright.plant.workbook_write import workbook_bytes

        content = workbook_bytes(written_plant(plant, path.parent))
    elif path.suffix.lower() in (".yaml", ".yml"):
        content = yaml_text(written_plant(plant, path.parent)).encode()
    else:
        raise InputError(
            [
                Problem(
                    f"unknown kind of plant file {path.suffix!r}", str(path), hint="choose from: .xlsx, .yaml"
                )
            ]
        )
    _put(path, content)


def convert_plant(source: str | Path, target: str | Path) -> Plant:
    """Write a plant file in the other form; the files that it names are named from their new place."""
    source, target = Path(source), Path(target)
    plant = load_plant(source)
    save_plant(moved_plant(plant, source.parent, target.parent), target)
    return plant


def moved_plant(plant: Plant, folder: Path, new_folder: Path) -> Plant:
    """The plant with orders, programs, machine files and rules of its own named from another folder."""
    if folder.resolve() == new_folder.resolve():
        return plant

    def moved(name: str) -> str:
        return Path(os.path.relpath(folder / name, new_folder)).as_posix()

    written = plant.model_dump(by_alias=True)
    if plant.orders.from_ is not None:
        written["orders"]["from"] = moved(plant.orders.from_)
    for route in written["routes"].values():
        for operation in (each for entry in route for each in entry.values() if each["program"] is not None):
            operation["program"] = moved(operation["program"])
    for station in written["stations"].values():
        if station["machine_tool"] is not None:
            station["machine_tool"] = moved(station["machine_tool"])
    dispatch = plant.control.dispatch
    rules = dispatch if isinstance(dispatch, dict) else {"": dispatch}
    rules = {name: moved(rule) if ".py:" in rule else rule for name, rule in rules.items()}
    written["control"]["dispatch"] = rules if isinstance(dispatch, dict) else rules[""]
    return Plant.model_validate(written)


def _put(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError([Problem(f"cannot write it: {error.strerror}", str(path))]) from None


def written_plant(plant: Plant, folder: str | Path = ".") -> dict[str, Any]:
    """The plant as it is written: units as text, defaults left out, files named from `folder`."""
    return plant.model_dump(
        mode="json", by_alias=True, exclude_defaults=True, context={"folder": Path(folder)}
    )


def yaml_text(written: dict[str, Any]) -> str:
    """YAML of a written plant: tables in blocks, what is short on one line."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    for key, value in written.items():
        yaml.dump({key: _styled(value, 1)}, stream)
        if isinstance(value, dict):
            stream.write("\n")
    return stream.getvalue()


def flow_text(value: Any) -> str:
    """A value on one line, as `{dist: lognormal, mean: 6.5 min, cv: 0.08}`."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 1_000_000
    yaml.default_flow_style = True
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue().strip()


def _styled(value: Any, depth: int) -> Any:
    """The value with short mappings and lists marked to stand on one line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, dict):
        styled = CommentedMap((key, _styled(each, depth + 1)) for key, each in value.items())
        if depth > 1 and len(str(value)) < WIDTH - 2 * depth - 20 and not _holds_operations(value):
            styled.fa.set_flow_style()
        return styled
    if isinstance(value, list):
        listed = CommentedSeq(_styled(each, depth + 1) for each in value)
        if not any(isinstance(each, dict) for each in value) or len(str(value)) < WIDTH - 40:
            listed.fa.set_flow_style()
        return listed
    return value


def _holds_operations(value: dict[str, Any]) -> bool:
    return (
        len(value) == 1
        and isinstance(next(iter(value.values())), dict)
        and "at" in next(iter(value.values()))
    )
