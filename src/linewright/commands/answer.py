"""How commands answer: one JSON object for a script, or text for a person."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import typer

from linewright.errors import Problem


def answer(facts: dict[str, Any], text: str, as_json: bool) -> None:
    """Print the facts as one JSON object, or the text."""
    typer.echo(json.dumps(facts) if as_json else text)


def warn(warnings: Iterable[Problem]) -> None:
    """Name on stderr what is probably not meant so."""
    for warning in warnings:
        sys.stderr.write(f"warning: {warning}\n")


def rows_of(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems as they stand in JSON."""
    return [asdict(problem) for problem in problems]
