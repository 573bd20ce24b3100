"""Indicators of ISO 22400-2 by station, from the times and counts of a result (formulas:
`measure.indicators`).

The machines' states in the standard's time model: processing is production (APT), set-ups and tool changes
are set-up (AUST), starved is time without an order (ADOT), blocked, down and waiting for a crew are delays
of an order (ADET), held by a person is planned downtime. The planned run time per item is the mean of the
operation's law, so the effectiveness of a station differs from 1 by luck alone; it is not known where an
operation may be done at several stations, or in batches.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from linewright.control.codes import MachineState as State
from linewright.measure.indicators import NANO, Quantities, UnitIndicators, UnitTimes, unit_indicators
from linewright.twin.results import Result
from linewright.twin.statistics import Interval, interval

SHOWN = (
    "availability",
    "effectiveness",
    "quality_ratio",
    "oee",
    "nee",
    "teep",
    "utilisation",
    "technical_efficiency",
    "setup_ratio",
    "mttr_s",
    "mtbf_s",
)


def indicators(result: Result, station: str) -> dict[str, Interval]:
    """By name: shares between 0 and 1 and times in s; nan where a denominator is zero or a figure unknown."""
    runs = [asdict(_of_run(result, station, r)) for r in range(result.replications)]
    return {
        name: interval(np.array([run[name] if run[name] is not None else np.nan for run in runs])) for name in SHOWN
    }


def _of_run(result: Result, station: str, r: int) -> UnitIndicators:
    return unit_indicators(_times(result, station, r), _made(result, station, r))


def _times(result: Result, station: str, r: int) -> UnitTimes:
    """The time model of all machines of a station together."""
    one = result.stations[station]
    spent = (one.machine_shares[r].sum(axis=0) * one.span_s[r] * NANO).tolist()

    def of(*states: State) -> int:
        return round(sum(float(spent[state]) for state in states))

    return UnitTimes(
        apt=of(State.PROCESSING),
        aust=of(State.SETUP, State.TOOL_CHANGE),
        adet=of(State.BLOCKED, State.DOWN, State.WAITING_CREW, State.NOT_READY),
        adot=of(State.STARVED),
        failed_idle=0,
        planned_down=of(State.HELD),
        off_shift=of(State.OFF_SHIFT),
        failures=int(one.failures_n[r]),
        ttr=of(State.DOWN),
    )


def _made(result: Result, station: str, r: int) -> list[Quantities]:
    """What a station made, operation by operation."""
    s = result.layout.stations.index(station)
    rows = [row for row in result.layout.work if row[1] == s]
    if not rows or not all(alone for _, _, _, alone in rows):
        return [Quantities(good=float(result.stations[station].pieces_n[r]))]
    made = []
    for o, _, planned_s, _ in rows:
        started, scrap, rework = (
            float(result.sums[f"operation_{name}"][r, o]) for name in ("started", "scrapped", "reworked")
        )
        good = max(started - scrap - rework, 0.0)
        made.append(Quantities(good=good, scrap=scrap, rework=rework, planned_run_s=planned_s))
    return made
