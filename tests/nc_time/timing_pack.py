"""Where the timing pack lies, and its programs as moves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from linewright.nc.interpreter import Interpreter
from linewright.nc.setup import Setup
from linewright.nc.source import Source

REFERENCE = next(
    (
        p / "shared" / "reference"
        for p in Path(__file__).resolve().parents
        if (p / "shared" / "reference").is_dir()
    ),
    Path("../shared/reference"),
)
PACK = REFERENCE / "nc" / "public" / "timing"


def cases() -> list[dict[str, Any]]:
    """All cases of the pack; none where it is absent."""
    return [json.loads(path.read_text()) for path in sorted(PACK.glob("*.json"))]


def moves_of(program: str) -> np.ndarray:
    """MOVE records of a program text."""
    run = Interpreter(Source("program", program.encode()), Setup())
    moves = np.concatenate(list(run.run()))
    assert run.fault is None, run.fault
    return moves
