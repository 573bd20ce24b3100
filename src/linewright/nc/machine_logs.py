"""Logs of a running control: which block when, with which overrides, and when the machine stood.

The format is the output of an MTConnect adapter with one item a line, `time|item|value` (SHDR). Items read:
Block_Number, Program_Status, Feed_Override, Rapid_Override, Current_Tool,
Program_Runtime_Seconds. Block numbers are 1-based lines of the program file.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import numpy as np

from linewright.errors import InputError, Problem

_RUNNING = "ACTIVE"
_ENDED = "PROGRAM_COMPLETED"
_RUN_TIME = "Program_Runtime_Seconds"
_ITEMS = {"Block_Number", "Program_Status", "Feed_Override", "Rapid_Override", "Current_Tool", _RUN_TIME}
#: The run-time counter ticks once a second; a longer pause is a stop.
LONGEST_TICK_S = 2.5
#: After a silence this long, overrides are taken to be at 100% again: what was turned meanwhile was not
#: logged.
SILENCE_S = 600.0
#: A block logged this long before the start belongs to the run: adapters poll items in turn.
START_S = 10.0


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One item of a log: seconds since the epoch, item, value as written."""

    time_s: float
    item: str
    value: str


@dataclass(frozen=True, slots=True)
class LogRun:
    """One run of a program, from its start to its end; arrays in the order of the log."""

    start_s: float  # seconds since the epoch
    time_s: np.ndarray  # (k,) when each state below begins; the last entry is the end of the run
    line: np.ndarray  # (k,) block being executed, 0 before the first
    active: np.ndarray  # (k,) whether the program status is active
    feed_override: np.ndarray  # (k,) 1 for 100%
    rapid_override: np.ndarray  # (k,) 1 for 100%
    held_s: np.ndarray  # (k,) part of the time to the next entry in which the control's run time stands still
    tools: tuple[tuple[int, int], ...]  # tools that came into the spindle, and the line of each

    @property
    def active_s(self) -> float:
        """Time with the program status active."""
        return float((np.diff(self.time_s) * self.active[:-1]).sum())

    @property
    def last_line(self) -> int:
        """Highest block seen: tells which program file the run belongs to."""
        return int(self.line.max(initial=0))


def read_log(path: Path) -> list[LogRun]:
    """All runs of a log, gzip-packed or plain.

    Raises:
        InputError: the file cannot be read or holds no line of the form `time|item|value`.
    """
    try:
        with _opened(path) as lines:
            events = [event for event in map(_event, lines) if event is not None]
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError([Problem(f"cannot read the machine log: {fault}", file=str(path))]) from fault
    if not events:
        hint = "a log has lines such as 2017-02-07T16:02:34.453Z|Block_Number|12"
        raise InputError([Problem("no event in the machine log", file=str(path), hint=hint)])
    return _runs(events)


def _opened(path: Path) -> IO[str]:
    """The log as text, unpacked on the way."""
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")


def _event(line: str) -> LogEvent | None:
    """The event of a line; None for other items and for lines cut short, which adapters do write."""
    parts = line.rstrip("\n").split("|")
    if len(parts) < 3 or parts[1] not in _ITEMS or not parts[2]:
        return None
    try:
        moment = datetime.fromisoformat(parts[0].rstrip("Z")[:26] + "+00:00")
        if parts[1] != "Program_Status":
            float(parts[2])
    except ValueError:
        return None
    return LogEvent(moment.timestamp(), parts[1], parts[2])


@dataclass(slots=True)
class _State:
    """What the log said last."""

    time_s: float = 0.0
    line: int = 0
    line_s: float = 0.0  # when the line was logged
    active: bool = False
    feed: float = 1.0
    rapid: float = 1.0

    def take(self, event: LogEvent) -> None:
        """Follow one event."""
        if event.time_s - self.time_s > SILENCE_S:
            self.feed = self.rapid = 1.0
        self.time_s = event.time_s
        if event.item == "Block_Number":
            self.line, self.line_s = int(float(event.value)), event.time_s
        elif event.item == "Feed_Override":
            self.feed = float(event.value) / 100.0
        elif event.item == "Rapid_Override":
            self.rapid = float(event.value) / 100.0
        elif event.item == "Program_Status":
            self.active = event.value == _RUNNING


def _runs(events: list[LogEvent]) -> list[LogRun]:
    """Cut the events into runs, each from the first active state to the end of the program."""
    runs: list[LogRun] = []
    rows: list[tuple[float, int, bool, float, float]] = []
    tools: list[tuple[int, int]] = []  # (tool, line) as the log shows changes
    ticks: list[float] = []  # moments at which the run-time counter moved
    state = _State()
    for event in events:
        state.take(event)
        if not rows and not state.active:
            continue
        if not rows:
            tools, ticks = [], []
            if event.time_s - state.line_s > START_S:
                state.line = 0
        if event.item == "Current_Tool" and float(event.value) > 0.0:
            tools.append((int(float(event.value)), state.line))
        if event.item == _RUN_TIME:
            ticks.append(event.time_s)
        rows.append((state.time_s, state.line, state.active, state.feed, state.rapid))
        if event.item == "Program_Status" and event.value == _ENDED:
            runs.append(_as_run(rows, tools, ticks))
            rows = []
    if rows:
        runs.append(_as_run(rows, tools, ticks))
    return runs


def _as_run(
    rows: list[tuple[float, int, bool, float, float]], tools: list[tuple[int, int]], ticks: list[float]
) -> LogRun:
    """The rows of one run as arrays."""
    time_s, line, active, feed, rapid = (np.array(column) for column in zip(*rows, strict=True))
    held = _held_s(time_s, np.array(ticks))
    return LogRun(float(time_s[0]), time_s - time_s[0], line, active, feed, rapid, held, tuple(tools))


def _held_s(time_s: np.ndarray, ticks: np.ndarray) -> np.ndarray:
    """Seconds (k,) between each time and the next that lie in a pause of the run-time counter."""
    gaps = np.flatnonzero(np.diff(ticks) > LONGEST_TICK_S)
    begins, ends = ticks[gaps] + 1.0, ticks[gaps + 1]
    # time held up to a moment: whole pauses before it, and the part of the one it lies in
    edges = np.stack([begins, ends], axis=1).reshape(-1)
    held_up_to = np.concatenate(
        [[0.0], np.cumsum(np.stack([np.zeros(len(gaps)), ends - begins], 1).reshape(-1))]
    )
    if len(edges) == 0:
        return np.zeros(len(time_s))
    at = np.interp(time_s, edges, held_up_to[1:], left=0.0)
    return np.append(np.diff(at), 0.0)
