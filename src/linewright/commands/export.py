"""`linewright export`: a run as files for other programs."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linewright.commands.answer import answer
from linewright.commands.options import AsJson, Force, JournalPlace

if TYPE_CHECKING:
    from linewright.journal.exports import Tale


class Format(StrEnum):
    """What a run can be written as."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    EPCIS = "epcis"
    OCEL = "ocel"


class Table(StrEnum):
    """The tables of a run."""

    UNITS = "units"
    OPERATIONS = "operations"
    MEASUREMENTS = "measurements"
    COMPONENTS = "components"
    CORRECTIONS = "corrections"
    SIGNALS = "signals"


As = Annotated[
    Format,
    typer.Option("--as", help="Tables as csv, xlsx, json; events as epcis (EPCIS 2.0) or ocel (OCEL 2.0)."),
]
Which = Annotated[Table, typer.Option("--table", help="Which table, for CSV.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="File to write; default: beside the journal.")]
ENDINGS = {Format.EPCIS: "epcis.jsonld", Format.OCEL: "ocel.json"}


def export(
    journal: JournalPlace,
    form: As = Format.XLSX,
    table: Which = Table.OPERATIONS,
    out: Out = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write a run as a file: its units, operations, measurements, components and corrections, or its events for other
    programs.
    """
    from linewright.errors import InputError, Problem
    from linewright.live.telling import tale_at

    ending = f"{table}.csv" if form is Format.CSV else ENDINGS.get(form, form.value)
    target = out or beside(journal, ending)
    if target.exists() and not force:
        raise InputError([Problem("is there already", str(target), hint="--force writes over it")])
    tale = tale_at(journal)
    data = write(tale, form, table)
    target.write_bytes(data)
    units = len(tale.genealogy.units)
    facts = {"written": str(target), "bytes": len(data), "units": units}
    answer(facts, f"written: {target} ({units:,} units)", as_json)


def beside(journal: str, ending: str) -> Path:
    """A file of the journal's name beside it; here, where the journal is in a database."""
    from linewright.journal import in_database

    if in_database(journal):
        return Path(f"run.{ending}")
    return Path(journal).with_name(f"{Path(journal).stem}.{ending}")


def write(tale: Tale, form: Format, table: Table) -> bytes:
    """The file's contents."""
    from linewright.journal.exports import epcis_document, ocel_log, write_csv, write_json, write_xlsx

    if form is Format.CSV:
        return write_csv(tale, table)
    if form is Format.XLSX:
        return write_xlsx(tale)
    if form is Format.JSON:
        return write_json(tale)
    return json.dumps(epcis_document(tale) if form is Format.EPCIS else ocel_log(tale)).encode()
