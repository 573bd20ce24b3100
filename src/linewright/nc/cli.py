"""The commands of `linewright nc`: check, plot, conformance.

Exit codes: 0 the program may be started, 2 it must not or the input is wrong.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="nc", help="Machine-tool programs: check, plot, conformance.", no_args_is_help=True)

Program = Annotated[Path, typer.Argument(help="Program file.")]
DialectName = Annotated[
    str | None,
    typer.Option("--dialect", help="linuxcnc, fanuc, hurco; default: what the machine file says, else linuxcnc."),
]


class Form(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


@app.command()
def check(
    program: Program,
    machine: Annotated[Path, typer.Option(help="Machine file with a part `check:`.")],
    dialect: DialectName = None,
    form: Annotated[Form, typer.Option("--format", help="text, json or sarif.")] = Form.TEXT,
) -> None:
    """Say what would go wrong on this machine, before it moves."""
    import json

    from linewright.nc.check import check_program
    from linewright.nc.machine_check import read_machine_check
    from linewright.nc.machine_file import read_machine

    allowed = read_machine_check(machine)
    report = check_program(program, allowed, dialect or read_machine(machine).dialect.name)
    if form is Form.TEXT:
        typer.echo(report.as_text())
    else:
        typer.echo(json.dumps(report.as_dict() if form is Form.JSON else report.as_sarif(), indent=2))
    if not report.ready:
        raise typer.Exit(2)


@app.command()
def plot(
    program: Program,
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture to write: .html or .png")],
    machine: Annotated[Path | None, typer.Option(help="Machine file: tools, offsets, stock.")] = None,
    dialect: DialectName = None,
    colour: Annotated[str, typer.Option(help="Colour cuts by: tool, feed.")] = "tool",
) -> None:
    """Draw the path of a program: 3D and three planes, and the time of each tool; up to its fault, if it has one."""
    from linewright.nc.backplot import plot_program
    from linewright.nc.machine_check import MachineCheck
    from linewright.nc.machine_file import MachineFile, read_machine

    known = read_machine(machine) if machine else MachineFile("")
    fault = plot_program(program, output, known.check or MachineCheck(), dialect or known.dialect.name, colour)
    typer.echo(f"{output}: written" + (f", up to {fault}" if fault else ""))
    if fault:
        raise typer.Exit(2)


@app.command()
def conformance(
    folder: Annotated[Path, typer.Argument(help="Folder of a pack: cases/*.json.")],
) -> None:
    """Run every case of a conformance pack: one JSON line each."""
    from linewright.errors import InputError, Problem
    from linewright.nc.conformance import run_pack

    if not (folder / "cases").is_dir():
        raise InputError([Problem("no folder `cases` in the pack", file=str(folder))])
    for line in run_pack(folder):
        typer.echo(line)
