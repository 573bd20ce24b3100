"""Indicators of ISO 22400-2 by station: availability, effectiveness, quality ratio, OEE and their kin.

The time model: planned busy time PBT is the calendar without the time off shift; actual production time APT
is the time spent processing, actual set-up time AUST that of set-ups and tool changes, AUPT = APT + AUST. The
planned run time per item PRI is the mean of the operation's law, so effectiveness differs from 1 only by
luck, by what alternatives and batches do, and by rework.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from linewright.control.codes import MachineState
from linewright.twin.results import Result
from linewright.twin.statistics import Interval, interval, ratio


def indicators(result: Result, station: str) -> dict[str, Interval]:
    """By name: shares between 0 and 1 and times in s; nan where a denominator is zero."""
    one = result.stations[station]
    s = result.layout.stations.index(station)
    machines = len(one.machines)
    time_s = one.shares * (one.span_s * machines)[:, None]
    planned_s = one.span_s * machines - time_s[:, MachineState.OFF_SHIFT] - time_s[:, MachineState.HELD]
    production_s = time_s[:, MachineState.PROCESSING]
    setup_s = time_s[:, MachineState.SETUP] + time_s[:, MachineState.TOOL_CHANGE]
    down_s = time_s[:, MachineState.DOWN]
    availability = ratio(production_s, planned_s)
    wanted_s = _planned_run_s(result, s)
    effectiveness = ratio(wanted_s, production_s) if wanted_s is not None else np.full(len(planned_s), np.nan)
    made, bad = _judged(result, s)
    quality = 1.0 - ratio(bad, made) if made.any() else np.where(production_s > 0, 1.0, np.nan)
    found = {
        "availability": availability,
        "effectiveness": effectiveness,
        "quality_ratio": quality,
        "oee": availability * effectiveness * quality,
        "nee": ratio(production_s + setup_s, planned_s) * effectiveness * quality,
        "teep": availability * effectiveness * quality * ratio(planned_s, one.span_s * machines),
        "setup_ratio": ratio(setup_s, production_s + setup_s),
        "mttr_s": ratio(down_s, one.failures_n),
        "mtbf_s": ratio(planned_s, one.failures_n),
    }
    return {name: interval(values) for name, values in found.items()}


def _planned_run_s(result: Result, s: int) -> NDArray[np.float64] | None:
    """The sum of PRI times PQ; None where the station shares an operation with others or works in batches."""
    rows = [(o, planned_s, alone) for o, where, planned_s, alone in result.layout.work if where == s]
    if not rows or not all(alone for _, _, alone in rows):
        return None
    return np.asarray(sum(result.sums["operation_started"][:, o] * planned_s for o, planned_s, _ in rows))


def _judged(result: Result, s: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pieces judged at the station's inspecting operations, and those of them that failed."""
    here = [o for o, where, _, _ in result.layout.work if where == s and o in result.layout.inspecting]
    return (
        result.sums["operation_inspected"][:, here].sum(axis=1),
        result.sums["operation_failed"][:, here].sum(axis=1),
    )
