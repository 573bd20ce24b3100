"""Real machine tools: limits fitted on one program's logs predict another program on the same machine.

Programs and logs: NIST, box assembly (see docs/cycle-time.md). They stay outside the repository.
"""

from __future__ import annotations

import numpy as np
import pytest
from timing_pack import REFERENCE

from linewright.nc.calibrate import Observation, belongs, compare, fit_machine, observable_keys, observe
from linewright.nc.dialects import DIALECTS
from linewright.nc.machine_logs import read_log
from linewright.nc.machine_time import MachineTime
from linewright.nc.program_moves import read_moves
from linewright.nc.setup import Setup

NIST = REFERENCE / "nist-box"
pytestmark = [
    pytest.mark.skipif(not NIST.is_dir(), reason="the NIST data are not here"),
    pytest.mark.skipif("hurco" not in DIALECTS, reason="no dialect for these programs"),
]
HOME = Setup(start=(0.0, 0.0, 300.0, 0.0, 0.0, 0.0), parameters={5163: 300.0})


def catalogue() -> MachineTime:
    axis = {"velocity_mm_s": 800 * 25.4 / 60, "acceleration_mm_s2": 2000.0, "jerk_mm_s3": 20000.0}
    return MachineTime.model_validate(
        {
            "axes": {"x": axis, "y": axis, "z": axis},
            "control": {"tolerance_mm": 0.005, "centripetal_mm_s2": 500.0},
            "spindle": {"acceleration_rpm_s": 4000.0},
            "overheads": {"program_s": 2.0},
        }
    )


def observed(moves: np.ndarray, pattern: str) -> list[Observation]:
    logs = sorted((NIST / "machine-logs").glob(pattern))
    return [observe(moves, run) for path in logs for run in read_log(path) if belongs(moves, run)]


def test_cover_and_plate_predict_each_other() -> None:
    cover, plate = (read_moves(NIST / "nc" / name, "hurco", HOME) for name in ("cover.nc", "plate-1.nc"))
    covers, plates = observed(cover, "Cover-*-01of20*"), observed(plate, "Plate-*-01of20*")
    assert len(covers) == len(plates) == 1
    start = catalogue()
    assert abs(compare(cover, covers[0], start).error) < 0.20
    assert abs(compare(plate, plates[0], start).error) < 0.20
    from_cover = fit_machine(cover, covers, start, observable_keys(cover, covers)).machine
    assert abs(compare(plate, plates[0], from_cover).error) < 0.08
    from_plate = fit_machine(plate, plates, start, observable_keys(plate, plates)).machine
    assert abs(compare(cover, covers[0], from_plate).error) < 0.08
