"""Arguments and options that several commands share, so that they are named and explained alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SQLITE = b"SQLite format 3"  # what its files begin with

PlantFile = Annotated[Path, typer.Argument(metavar="PLANT", help="Plant file, YAML or XLSX.")]
OrdersFile = Annotated[
    Path | None,
    typer.Option("--orders", metavar="FILE", help="Orders, CSV or XLSX, in place of the plant file's own."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, problems too.")]
Force = Annotated[bool, typer.Option("--force", help="Write over TARGET if it is there.")]
TargetFile = Annotated[Path, typer.Argument(metavar="TARGET", help="File to write; its ending tells the format.")]
JournalPlace = Annotated[str, typer.Argument(metavar="JOURNAL", help="File of a journal, or postgresql://...")]


def names_journal(place: str) -> bool:
    """Is this a journal: a database's address, or a file of SQLite? Raises OSError where the file cannot be read."""
    from linewright.journal import in_database

    if in_database(place):
        return True
    with Path(place).open("rb") as stream:
        return stream.read(len(SQLITE)) == SQLITE
