"""Reads a plant file (YAML, or an XLSX workbook) into a `Plant`, or says everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from linewright.errors import InputError, Problem
from linewright.plant.model import Plant
from linewright.plant.problems import explain
from linewright.plant.yaml_source import Source, read_yaml


def load_plant(path: str | Path) -> Plant:
    """The plant in that file; `InputError` with every problem found in its words and units.

    What the tables say about each other is the business of `check_plant`.
    """
    return plant_of(read_source(path), Path(path).parent)


def read_source(path: str | Path) -> Source:
    """Data and places of a plant file, not yet looked at."""
    path = Path(path)
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        from linewright.plant.workbook_read import read_workbook

        return read_workbook(path)
    return read_yaml(read_text(path), str(path))


def read_text(path: Path) -> str:
    """The text of a file, or a problem in plain words."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError([Problem(f"cannot read it: {error.strerror}", str(path))]) from None
    except UnicodeDecodeError as error:
        raise InputError([Problem(f"not UTF-8 text at byte {error.start}", str(path))]) from None


def plant_of(source: Source, folder: Path) -> Plant:
    """The plant that a source describes; files named in it are looked for in `folder`."""
    if not isinstance(source.data, dict):
        problem = source.problem((), "a plant file is a table that begins with `plant: NAME`")
        raise InputError([*source.problems, problem])
    try:
        plant = Plant.model_validate(source.data, context={"written": True, "folder": folder})
    except ValidationError as error:
        raise InputError([*source.problems, *explain(error, source, Plant)]) from None
    if source.problems:
        raise InputError(source.problems)
    return plant
