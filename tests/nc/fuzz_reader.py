"""Coverage-guided fuzzing of the reader of machine-tool programs: `make fuzz`, or python tests/nc/fuzz_reader.py.

Whatever the bytes, a run ends within its bounds with moves that are finite and, where the program is at fault, one
clear fault; the checker judges what came before. libFuzzer's options may follow (-max_total_time=60, a corpus folder).
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import atheris
import numpy as np

from linewright.nc import corners, kernel, profiles, segments  # noqa: F401  compiled: never instrumented

with atheris.instrument_imports(include=["linewright.nc"]):
    from linewright.nc import check, interpreter  # noqa: F401

from linewright.nc.check import Checker
from linewright.nc.dialects import find_dialect
from linewright.nc.faults import Category
from linewright.nc.findings import Report
from linewright.nc.interpreter import Interpreter
from linewright.nc.machine_check import MachineCheck
from linewright.nc.setup import Limits, Setup, Tool
from linewright.nc.source import Source

DIALECTS = ("linuxcnc", "fanuc", "hurco")
LONGEST_S = 5.0
SETUP = Setup(
    tools={1: Tool(1, 1, (0.0, 0.0, 50.0, 0.0, 0.0, 0.0), 8.0)},
    limits=Limits(blocks=2000, loop_blocks=2000, moves=50_000, cycle_passes=100),
)
MACHINE = MachineCheck.model_validate(
    {"travel_mm": {"x": [-100, 100]}, "stock_mm": {"x": [0, 40], "y": [0, 40], "z": [-20, 0]}}
)


def read(data: bytes) -> Report:
    """Run and check the program that the bytes are; the first says the dialect."""
    dialect = find_dialect(DIALECTS[data[0] % 3]) if data else find_dialect(DIALECTS[0])
    run = Interpreter(Source("fuzz.ngc", data[1:]), SETUP, dialect)
    checker = Checker(MACHINE, run)
    for chunk in run.run():
        assert np.isfinite(chunk["end"]).all(), "a move to nowhere"
        assert np.isfinite(chunk["feed"]).all(), "a feed that is none"
        checker.look(chunk)
    assert run.ended or run.fault is not None
    if run.fault is not None:
        assert isinstance(run.fault.category, Category)
        assert run.fault.message
    checker.finish()
    return checker.report()


def one(data: bytes) -> None:
    """What the fuzzer calls."""
    began_s = time.process_time()
    read(data)
    assert time.process_time() - began_s < LONGEST_S, "the bounds do not hold"


def seeds(folder: Path) -> None:
    """The programs of the conformance pack, to begin with."""
    for path in sorted((Path(__file__).parent / "pack" / "cases").glob("*.json")):
        program = json.loads(path.read_text())["program"].encode("latin-1", "replace")
        for first in range(2):
            (folder / f"{path.stem}-{first}").write_bytes(bytes([first]) + program)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        seeds(Path(name))
        read(b"\x00G21 F100\nG1 X1\nM2\n")  # compile before the clock runs
        atheris.Setup([sys.argv[0], "-max_len=600", *sys.argv[1:], name], one)
        atheris.Fuzz()
