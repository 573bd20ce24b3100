"""What the control charts of the line show, point by point, as the control keeps them.

A `Charting` is shown every decision (see `board.watch`). A point is read off the state after the value that made
it, a signal off the command that reported it: nothing is judged a second time.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any, NamedTuple

import numpy as np

from linewright.control import NONE, Command, State
from linewright.control.codes import ChartKind
from linewright.control.line import Records
from linewright.journal.corrections import signal_words
from linewright.live import Run

POINTS = 2000  # points kept of a chart
CUSUM, SHARE = ChartKind.CUSUM, ChartKind.P


class Point(NamedTuple):
    """A plotted point and the value that completed it, in SI units; sums in standard deviations, shares as they are."""

    time_s: float
    value: float
    plotted: float  # the value, the mean of the subgroup, the smoothed value, the share of bad ones, or the upper sum
    below: float  # the lower sum of a cusum, drawn downwards
    reach: float  # from the centre line to the control limits at this point
    serial: int
    machine: int  # that measured it
    signals: tuple[str, ...]
    afresh: bool  # somebody has looked: the chart began anew here


class Sheet(NamedTuple):
    """A chart of one characteristic for one machine that makes it."""

    chart: int  # its row in the table of charts
    row: int  # its row in the state
    maker: int  # the machine; NONE: all there are
    points: deque[Point]


class Charting:
    """The charts of a line, by number of the characteristic."""

    def __init__(self, run: Run, state: State) -> None:
        self.line = run.line
        self.sheets: dict[int, list[Sheet]] = {}
        charts = np.flatnonzero([check.chart != NONE for check in self.line.check])
        for check in self.line.check[charts]:
            self.sheets.setdefault(int(check.characteristic), []).extend(self._sheets_of(check))
        self._before = self._rows(state)

    def _sheets_of(self, check: Any) -> list[Sheet]:
        first, chart = int(self.line.chart[check.chart].first_state), int(check.chart)
        if check.note == NONE:
            return [Sheet(chart, first, int(NONE), deque(maxlen=POINTS))]
        machine = int(check.first_machine)
        n = int(self.line.station[self.line.machine[machine].station].n_machines)
        return [Sheet(chart, first + j, machine + j, deque(maxlen=POINTS)) for j in range(n)]

    @staticmethod
    def _rows(state: State) -> Records:
        rows: Records = state.chart.view(np.ndarray).copy()
        return rows

    def witness(self, event: Any, commands: Records, state: State, serial: int) -> None:
        """A value was measured on a unit: note the point that it made, if it made one."""
        sheets = self.sheets.get(int(event["detail"]))
        if sheets is None:
            return
        before, self._before = self._before, self._rows(state)
        for sheet in sheets:
            then, now = before[sheet.row], self._before[sheet.row]
            if then != now:
                self._plot(sheet, then, now, event, _signals(event, commands), serial)

    def _plot(self, sheet: Sheet, then: Any, now: Any, event: Any, signals: tuple[str, ...], serial: int) -> None:
        chart = self.line.chart[sheet.chart]
        below, reach = 0.0, float(chart.width * chart.sigma)
        if chart.kind != SHARE:  # whose sigma is that of what is plotted
            reach /= math.sqrt(max(int(chart.group), 1))
        if chart.kind == CUSUM:
            plotted, below, reach = float(now["up"]), float(now["down"]), float(chart.h)
        elif chart.kind == ChartKind.EWMA:
            plotted = float(chart.centre + now["z"] * chart.sigma)
            reach *= math.sqrt(float(chart.weight / (2.0 - chart.weight) * (1.0 - now["kept"])))
        elif now["n"] > 0:
            return  # the subgroup is not full yet
        else:
            plotted = float(now["last"])
        afresh = bool(sheet.points) and now["looks"] != then["looks"]
        sheet.points.append(
            Point(
                time_s=float(event["time_s"]),
                value=float(event["amount"]),
                plotted=plotted,
                below=below,
                reach=reach,
                serial=serial,
                machine=int(event["subject"]),
                signals=signals,
                afresh=afresh,
            )
        )


def _signals(event: Any, commands: Records) -> tuple[str, ...]:
    """What was reported of a value; only the chart's own signals, not that the unit is bad."""
    for kind, _, _, detail, number, _, _ in commands.tolist():
        if kind == Command.SIGNAL and detail == event["detail"]:
            return tuple(word for word in signal_words(number) if word != "outside")
    return ()
