"""What the tests of machine-tool programs share."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from linewright.nc.dialects import find_dialect
from linewright.nc.interpreter import Interpreter
from linewright.nc.moves import MOVE
from linewright.nc.setup import Setup
from linewright.nc.source import Source

PACK = Path(__file__).parent / "pack"
sys.path.insert(0, str(Path(__file__).parent))  # beside
sys.path.insert(0, str(PACK))  # score.py, effective.py, gen_long.py
sys.path.insert(0, str(PACK / "long"))


def run_program(
    text: str, setup: Setup | None = None, dialect: str = "linuxcnc", *, fast: bool = True
) -> tuple[Interpreter, np.ndarray]:
    """Run a program text; the run and all its records."""
    run = Interpreter(Source("program.ngc", text.encode("latin-1", "replace")), setup, find_dialect(dialect))
    if not fast:
        run.fast.wait = 10**12
    return run, np.concatenate([np.zeros(0, MOVE), *run.run()])


@pytest.fixture
def program():  # type: ignore[no-untyped-def]
    """`run_program`, for tests that run program texts."""
    return run_program
