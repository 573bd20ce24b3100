"""Predicted against measured time: LinuxCNC's trapezoidal planner, and exact formulas (timing pack)."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from timing_pack import cases, moves_of

from linewright.nc.cycle_time import cycle_time, plan_axes
from linewright.nc.machine_time import MachineTime, linuxcnc_machine

CASES = cases()
needs_pack = pytest.mark.skipif(not CASES, reason="the timing pack is not here")
TRAPEZOID = "LinuxCNC 2.9.0~pre1 trapezoidal planner, servo 1 ms"
#: Mean absolute error allowed for each group.
ALLOWED = {"corner": 0.02, "chain": 0.05, "arc": 0.05, "mixed": 0.05, "exact_stop": 0.005}


def machine_of(limits: dict[str, list[float]], jerk: bool = False) -> MachineTime:
    return linuxcnc_machine(
        limits["max_velocity_mm_s"],
        limits["max_acceleration_mm_s2"],
        limits["max_jerk_mm_s3"] if jerk else None,
    )


@needs_pack
def test_measured_times_are_met() -> None:
    errors: dict[str, list[float]] = defaultdict(list)
    for case in CASES:
        moves = moves_of(case["program"])
        for name, limits in case["machines"].items():
            predicted = cycle_time(moves, machine_of(limits)).program_s
            errors[case["group"]].append(predicted / case["measured"][TRAPEZOID][name]["moving_s"] - 1.0)
    assert set(errors) == set(ALLOWED)
    for group, found in errors.items():
        assert np.mean(np.abs(found)) <= ALLOWED[group], group
        assert np.max(np.abs(found)) <= 0.15, group


@needs_pack
@pytest.mark.parametrize("jerk", [False, True])
def test_exact_stops_are_exact(jerk: bool) -> None:
    exact = [case for case in CASES if "exact_s" in case]
    assert exact
    for case in exact:
        moves = moves_of(case["program"])
        for name, limits in case["machines"].items():
            machine = machine_of(limits, jerk).changed(control={"servo_period_s": 0.0})
            expected = case["exact_s"][name]["scurve" if jerk else "trapezoid"]
            assert plan_axes(moves, machine).sum() == pytest.approx(expected, rel=1e-4), case["id"]
