"""`linewright nc time`: how long a program takes on a machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from linewright.nc.clock import Totals
    from linewright.nc.cycle_time import CycleTime


def time(
    program: Annotated[Path, typer.Argument(help="Program file.")],
    machine: Annotated[Path, typer.Option(help="Machine file with a part `time:`.")],
    dialect: Annotated[
        str | None, typer.Option(help="linuxcnc, fanuc, hurco; default: what the machine file says.")
    ] = None,
    totals: Annotated[
        bool, typer.Option("--totals", help="By tool and program only: any length in the same memory.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Seconds by block, tool and program."""
    import json as encoder

    from linewright.nc.clock import total_time
    from linewright.nc.cycle_time import cycle_time
    from linewright.nc.machine_file import read_machine
    from linewright.nc.machine_time import read_machine_time
    from linewright.nc.program_moves import read_chunks, read_moves

    limits, known = read_machine_time(machine), read_machine(machine)
    setup = known.check.setup() if known.check else None  # tools with their pockets, work offsets
    reads = dialect or known.dialect.name
    if totals:
        timed: CycleTime | Totals = total_time(read_chunks(program, reads, setup), limits)
    else:
        timed = cycle_time(read_moves(program, reads, setup), limits)
    typer.echo(encoder.dumps(timed.as_dict()) if json else timed.as_text())
