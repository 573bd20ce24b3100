"""The canonical moves of a program file: as chunks, or as one array for what looks at a program as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from linewright.errors import InputError, Problem
from linewright.nc.dialects import find_dialect
from linewright.nc.interpreter import Interpreter
from linewright.nc.moves import MOVE
from linewright.nc.setup import Setup
from linewright.nc.source import open_file


def read_chunks(program: Path, dialect: str = "linuxcnc", setup: Setup | None = None) -> Iterator[np.ndarray]:
    """Arrays of MOVE of the program, in order; each may be dropped before the next.

    Raises:
        InputError: the file cannot be read, the dialect is unknown, or the program is at fault.
    """
    try:
        source = open_file(program)
    except OSError as fault:
        raise InputError(
            [Problem(f"cannot read the program: {fault.strerror}", file=str(program))]
        ) from fault
    run = Interpreter(source, setup or Setup(), find_dialect(dialect))
    yield from run.run()
    if run.fault is not None:
        found = run.fault
        raise InputError([Problem(f"{found.category}: {found.message}", file=str(program), line=found.line)])


def read_moves(program: Path, dialect: str = "linuxcnc", setup: Setup | None = None) -> np.ndarray:
    """(n,) MOVE of the program; raises as `read_chunks`."""
    return np.concatenate([np.zeros(0, MOVE), *read_chunks(program, dialect, setup)])
