"""Whatever the program: the checker, the clock and the pictures end with a result or with a clear word."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import numpy as np
from beside import programs
from hypothesis import given, settings
from hypothesis import strategies as st

from linewright.errors import InputError
from linewright.nc.backplot import plot_program
from linewright.nc.check import check_program
from linewright.nc.cycle_time import cycle_time
from linewright.nc.findings import Grade
from linewright.nc.machine_check import MachineCheck
from linewright.nc.machine_time import MachineTime
from linewright.nc.program_moves import read_moves

MACHINE = MachineCheck.model_validate(
    {
        "travel_mm": {"x": [-50, 50], "y": [-50, 50], "z": [-50, 50]},
        "spindle_rpm": [50, 5000],
        "feed_mm_min": [1, 5000],
        "stock_mm": {"x": [0, 10], "y": [0, 10], "z": [-5, 0]},
        "tools": [{"number": n, "length_mm": 50, "diameter_mm": 5, "reach_mm": 20, "life_left_s": 60} for n in (1, 2)],
    }
)
AXIS = {"velocity_mm_s": 200, "acceleration_mm_s2": 1000, "jerk_mm_s3": 20000}
TIME = MachineTime.model_validate({"axes": dict.fromkeys("xyz", AXIS)})


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.sampled_from(["linuxcnc", "fanuc", "hurco"]))
def test_any_program_is_checked_timed_and_drawn(seed: int, dialect: str) -> None:
    text = programs.drawn(random.Random(seed), bad=0.3)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "p.ngc"
        path.write_text(text)
        report = check_program(path, MACHINE, dialect)
        assert report.ready == all(finding.grade != Grade.ERROR for finding in report.findings)
        assert all(0 <= finding.line <= text.count("\n") for finding in report.findings)
        assert all(np.isfinite(seconds) and seconds >= 0 for seconds in report.cutting_s.values())
        try:
            seconds = cycle_time(read_moves(path, dialect), TIME).program_s
            assert np.isfinite(seconds) and seconds >= 0
        except InputError as fault:
            assert fault.problems[0].line >= 1
        try:
            plot_program(path, Path(name) / "p.png", MACHINE, dialect, "feed")
        except InputError as refusal:
            assert refusal.problems
