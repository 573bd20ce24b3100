"""`linewright nc time`: how long a program takes on a machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def time(
    program: Annotated[Path, typer.Argument(help="Program file.")],
    machine: Annotated[Path, typer.Option(help="Machine file with a part `time:`.")],
    dialect: Annotated[
        str, typer.Option(help="How the program is read: linuxcnc, fanuc, hurco.")
    ] = "linuxcnc",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Seconds by block, tool and program."""
    import json as encoder

    from linewright.nc.cycle_time import cycle_time
    from linewright.nc.machine_check import read_machine_check
    from linewright.nc.machine_time import machine_parts, read_machine_time
    from linewright.nc.program_moves import read_moves

    limits = read_machine_time(machine)
    known = "check" in machine_parts(machine)  # tools with their pockets, work offsets
    moves = read_moves(program, dialect, read_machine_check(machine).setup() if known else None)
    timed = cycle_time(moves, limits)
    typer.echo(encoder.dumps(timed.as_dict()) if json else timed.as_text())
