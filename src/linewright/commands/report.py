"""`linewright report`: make the report of a saved result or a journal again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linewright.commands.answer import can_write
from linewright.commands.options import AsJson, names_journal
from linewright.commands.simulate import Html, Parquet, hand_out
from linewright.errors import InputError, Problem

if TYPE_CHECKING:
    from linewright.twin.results import Result

ResultFile = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="A result kept by `simulate --save`, or the journal of a run, a file or postgresql://..."
    ),
]


def report(file: ResultFile, html: Html = None, parquet: Parquet = None, as_json: AsJson = False) -> None:
    """Show a kept result or the journal of a run again, in any form."""
    can_write(html=html, parquet=parquet)
    hand_out(read_result(file), html, parquet, None, as_json)


def read_result(file: str) -> Result:
    """The result in a file, or of a journal. Raises InputError."""
    if names_journal(file):
        from linewright.live import Levels, state_of
        from linewright.twin.results import result_of

        levels = Levels()
        found = state_of(file, levels=levels)
        return result_of(found.line, found.names, found.state, found.plant.plant, levels.every_s, levels.series())
    with Path(file).open("rb") as stream:
        if not stream.read(2).startswith(b"PK"):
            raise InputError([Problem("is neither a result nor a journal", file, hint="see `simulate --save`")])
    from zipfile import BadZipFile

    from linewright.twin.keep import load_result

    try:
        return load_result(Path(file))
    except (BadZipFile, ValueError, KeyError, TypeError):
        raise InputError([Problem("is not a result of this version", file)]) from None
