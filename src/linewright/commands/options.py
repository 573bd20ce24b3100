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
Seed = Annotated[int | None, typer.Option(min=0, help="Another number, other luck.")]
Speed = Annotated[
    str | None,
    typer.Option(metavar="SPEED", help="So many times real time, as `60x`; `max`: as it goes. With real machines: 1x."),
]
JournalFile = Annotated[
    str | None,
    typer.Option("--journal", metavar="JOURNAL", help="Where to record; default: PLANT-NAME.db here."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in the journal.")]
MachinesAt = Annotated[
    str | None,
    typer.Option(
        "--machines",
        metavar="URL",
        help="All are at this server, as opc.tcp://host:4840; `virtual`: whatever the plant says, none is real.",
    ),
]
PkiFolder = Annotated[
    Path | None,
    typer.Option("--pki", metavar="FOLDER", help="Certificates of line and machines; default: those of this account."),
]
TelemetryFolder = Annotated[
    Path | None,
    typer.Option("--telemetry", metavar="FOLDER", help="Keep here what machines measure of themselves, as Parquet."),
]
Publish = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Tell a broker how the line stands, as mqtt://host/enterprise/site/area."),
]
Real = Annotated[
    bool, typer.Option("--real", help="Nothing is virtual: what no machine with an address does, people are asked.")
]


def names_journal(place: str) -> bool:
    """Is this a journal: a database's address, or a file of SQLite? Raises OSError where the file cannot be read."""
    from linewright.journal import in_database

    if in_database(place):
        return True
    with Path(place).open("rb") as stream:
        return stream.read(len(SQLITE)) == SQLITE
