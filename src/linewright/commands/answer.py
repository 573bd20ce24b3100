"""How commands answer: one JSON object for a script, or text for a person."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from linewright.errors import InputError, Problem


def answer(facts: dict[str, Any], text: str, as_json: bool) -> None:
    """Print the facts as one JSON object, or the text."""
    typer.echo(json.dumps(facts) if as_json else text)


def warn(warnings: Iterable[Problem]) -> None:
    """Name on stderr what is probably not meant so."""
    for warning in warnings:
        sys.stderr.write(f"warning: {warning}\n")


def can_write(**outputs: Path | None) -> None:
    """See that the files (or folders) named by options can be written, before any work is done.

    Options by name, as `html`. Raises InputError with everything that cannot.
    """
    problems = [
        Problem(reason, str(path), key=f"--{option}")
        for option, path in outputs.items()
        if path is not None and (reason := _refusal(path, folder=option == "parquet"))
    ]
    if problems:
        raise InputError(problems)


def _refusal(path: Path, folder: bool) -> str:
    """Why a file, or a folder that is made if need be, cannot be written; empty where it can."""
    if path.exists():
        if path.is_dir() != folder:
            return "is a file, a folder is expected" if folder else "is a folder, a file is expected"
        return "" if os.access(path, os.W_OK) else "may not be written"
    parent = path.parent
    if folder:
        parent = next(above for above in path.parents if above.exists())
    if not parent.is_dir():
        return f"there is no folder {str(parent)!r}"
    return "" if os.access(parent, os.W_OK) else f"nothing may be written to {str(parent)!r}"


def rows_of(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems as they stand in JSON."""
    return [asdict(problem) for problem in problems]
