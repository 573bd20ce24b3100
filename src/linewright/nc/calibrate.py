"""Limits and overheads of a machine from its logs.

A log says at what time which block ran. The planner says how long the blocks between two such moments
should take. Calibration changes limits and overheads until both agree (least squares on stretches of some
seconds, robust against what an operator does). Stops are taken out and overrides put in on both sides: only
the machine remains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from linewright.errors import InputError
from linewright.nc.cycle_time import move_seconds
from linewright.nc.machine_logs import LogRun
from linewright.nc.machine_time import MachineTime
from linewright.nc.moves import LAST_MOTION, Kind

#: What can be fitted: the key in a machine's `time:`, and its bounds.
BOUNDS: dict[str, tuple[float, float]] = {
    "axes.acceleration_mm_s2": (100.0, 20000.0),  # of all linear axes alike
    "axes.jerk_mm_s3": (1000.0, 1e7),
    "control.tolerance_mm": (1e-5, 1.0),
    "control.centripetal_mm_s2": (20.0, 20000.0),
    "control.block_s": (1e-4, 0.2),
    "control.kink_share": (1e-3, 1.0),
    "spindle.acceleration_rpm_s": (300.0, 50000.0),
    "spindle.settle_s": (1e-3, 20.0),
    "tool_change.fixed_s": (0.1, 60.0),
    "overheads.program_s": (1e-3, 30.0),
    "overheads.stop_s": (1e-3, 30.0),
    "overheads.function_s": (1e-3, 10.0),
}
#: Below this an override is a stop by hand.
STOPPED_OVERRIDE = 0.005
#: Stretches of a log are joined until they last this long: block numbers come every 0.16 s or so.
STRETCH_S = 3.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a run: the blocks from `first` up to, not with, `after`, and the working time they took."""

    first: int
    after: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Observation:
    """A run put beside its program: stretches of working time, and the override of each move."""

    stretches: tuple[Stretch, ...]
    override: np.ndarray  # (n,) of each move, 1 for 100%
    active_s: float  # with the program status active
    stopped_s: float  # of it, with the override at zero or the control's run time standing still
    loaded_tool: int | None  # in the spindle when the run began

    @property
    def working_s(self) -> float:
        """Active time without stops by hand."""
        return self.active_s - self.stopped_s


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibrated machine."""

    machine: MachineTime
    values: dict[str, float]  # the fitted keys
    rms_s: float  # of the stretches' differences


@dataclass(frozen=True, slots=True)
class Comparison:
    """Predicted beside logged time of one run."""

    logged_s: float  # working time
    predicted_s: float
    stretches: tuple[tuple[Stretch, float], ...]  # each with its predicted time

    @property
    def error(self) -> float:
        """Predicted over logged, minus 1."""
        return self.predicted_s / self.logged_s - 1.0


def belongs(moves: np.ndarray, run: LogRun) -> bool:
    """Whether a run is one of this program: it ends on the same line and changes to the same tools on the
    same lines.

    Variants of a program that were cut under its name show by their tool changes.
    """
    changes = moves[moves["kind"] == Kind.TOOL_CHANGE]
    programmed = set(zip(changes["tool"].tolist(), changes["line"].tolist(), strict=True))
    return run.last_line == int(moves["line"].max(initial=0)) and set(run.tools) <= programmed


def observe(moves: np.ndarray, run: LogRun) -> Observation:
    """Put a run beside the moves of its program."""
    span = np.diff(run.time_s)
    line = run.line[:-1]
    rapid_lines = _rapid_lines(moves, int(run.line.max(initial=0)))
    override = np.where(rapid_lines[line], run.rapid_override[:-1], run.feed_override[:-1])
    by_hand = override < STOPPED_OVERRIDE
    stopped = np.where(by_hand, span, run.held_s[:-1]) * run.active[:-1]
    working = span * run.active[:-1] - stopped
    return Observation(
        stretches=_stretches(line, working, _spindle_start_lines(moves) + 1),
        override=_move_overrides(moves, line, working, override),
        active_s=run.active_s,
        stopped_s=float(stopped.sum()),
        loaded_tool=_loaded_tool(moves, run),
    )


def _loaded_tool(moves: np.ndarray, run: LogRun) -> int | None:
    """The first tool of the program where the log shows no change to it: it was in the spindle already."""
    changes = moves[moves["kind"] == Kind.TOOL_CHANGE]
    if len(changes) == 0 or any(line <= changes[0]["line"] for _, line in run.tools):
        return None
    return int(changes[0]["tool"])


def _rapid_lines(moves: np.ndarray, last_line: int) -> np.ndarray:
    """(last_line + 1,): whether the rapid override rules a line."""
    ruled = np.zeros(max(last_line, int(moves["line"].max(initial=0))) + 1, np.bool_)
    ruled[moves["line"][moves["kind"] == Kind.RAPID]] = True
    ruled[moves["line"][(moves["kind"] <= LAST_MOTION) & (moves["kind"] != Kind.RAPID)]] = False
    return ruled


def _spindle_start_lines(moves: np.ndarray) -> np.ndarray:
    """Lines that start the spindle: many controls go on and wait for it in the next block."""
    lines: np.ndarray = moves["line"][(moves["kind"] == Kind.SPINDLE) & (moves["spindle_dir"] != 0)]
    return lines


def _stretches(line: np.ndarray, working: np.ndarray, unclear: np.ndarray) -> tuple[Stretch, ...]:
    """Join log states to stretches of at least STRETCH_S of working time that end where a new block begins.

    `unclear`: lines at which no stretch begins, for the time around them belongs to either side.
    """
    unclear_lines = set(unclear.tolist())
    stretches: list[Stretch] = []
    first, seconds = 0, 0.0
    for k in range(len(line)):
        if line[k] > first and seconds >= STRETCH_S and int(line[k]) not in unclear_lines:
            stretches.append(Stretch(first, int(line[k]), seconds))
            first, seconds = int(line[k]), 0.0
        seconds += float(working[k])
    if seconds > 0.0:
        stretches.append(Stretch(first, int(line.max(initial=0)) + 1, seconds))
    return tuple(stretches)


def _move_overrides(
    moves: np.ndarray, line: np.ndarray, working: np.ndarray, override: np.ndarray
) -> np.ndarray:
    """Mean override of each move while its line ran; a line that the log skips has that of the one before."""
    last = int(max(line.max(initial=0), moves["line"].max(initial=0)))
    weight = np.bincount(line, working, last + 1)
    total = np.bincount(line, working * override, last + 1)
    seen = np.flatnonzero(weight > 0.0)
    if len(seen) == 0:
        return np.ones(len(moves))
    mean = total[seen] / weight[seen]
    where = np.clip(np.searchsorted(seen, moves["line"], side="right") - 1, 0, None)
    values: np.ndarray = mean[where]
    return values


def line_seconds(moves: np.ndarray, move_s: np.ndarray, last_line: int) -> np.ndarray:
    """(last_line + 2,): cumulated seconds before each line."""
    by_line = np.bincount(moves["line"], move_s, last_line + 1)
    return np.concatenate([[0.0], np.cumsum(by_line)])


def compare(moves: np.ndarray, observation: Observation, machine: MachineTime) -> Comparison:
    """Predict a run with its own overrides."""
    move_s = move_seconds(moves, machine, observation.override, observation.loaded_tool)
    last = max(stretch.after for stretch in observation.stretches)
    before = line_seconds(moves, move_s, max(last, int(moves["line"].max())))
    pairs = []
    for stretch in observation.stretches:
        seconds = float(before[stretch.after] - before[stretch.first])
        pairs.append((stretch, seconds + (machine.overheads.program_s if stretch.first == 0 else 0.0)))
    return Comparison(
        logged_s=sum(stretch.seconds for stretch in observation.stretches),
        predicted_s=sum(seconds for _, seconds in pairs),
        stretches=tuple(pairs),
    )


def fit_machine(
    moves: np.ndarray, observations: Sequence[Observation], machine: MachineTime, keys: Sequence[str]
) -> Fit:
    """Fit the values at `keys` (of BOUNDS), starting from those of `machine`.

    Raises:
        InputError: nothing to fit, or a key that is not in BOUNDS.
    """
    unknown = [key for key in keys if key not in BOUNDS]
    if unknown or not observations or not keys:
        raise InputError(f"cannot fit {unknown or 'without runs and keys'}; choose from: {', '.join(BOUNDS)}")
    low, high = (np.log([BOUNDS[key][side] for key in keys]) for side in (0, 1))
    start = np.clip(np.log([max(_value(machine, key), 1e-9) for key in keys]), low + 1e-6, high - 1e-6)

    def differences(logs: np.ndarray) -> np.ndarray:
        trial = with_values(machine, dict(zip(keys, np.exp(logs), strict=True)))
        compared = [compare(moves, observation, trial) for observation in observations]
        pairs = [(predicted, stretch.seconds) for one in compared for stretch, predicted in one.stretches]
        pairs += [(one.predicted_s, one.logged_s) for one in compared]  # small errors of one sign add up
        predicted, logged = np.array(pairs).T
        return np.asarray((predicted - logged) / np.sqrt(np.maximum(logged, 1.0)))

    tries = [
        least_squares(differences, first, bounds=(low, high), loss="soft_l1", f_scale=0.5, diff_step=1e-3)
        for first in _starts(start, keys, low, high)
    ]
    found = min(tries, key=lambda attempt: float(attempt.cost))
    values = {key: float(value) for key, value in zip(keys, np.exp(found.x), strict=True)}
    rms = float(np.sqrt(np.mean(differences(found.x) ** 2)))
    return Fit(with_values(machine, values), values, rms)


def _starts(start: np.ndarray, keys: Sequence[str], low: np.ndarray, high: np.ndarray) -> list[np.ndarray]:
    """Where to begin: as given, and with a softer machine; acceleration and jerk can replace one another."""
    if "axes.acceleration_mm_s2" not in keys:
        return [start]
    softer = start.copy()
    softer[list(keys).index("axes.acceleration_mm_s2")] -= np.log(8.0)
    return [start, np.clip(softer, low + 1e-6, high - 1e-6)]


def observable_keys(moves: np.ndarray, observations: Sequence[Observation]) -> list[str]:
    """The keys that runs of this program can tell: no tool-change time without a tool change."""
    keys = [
        "axes.acceleration_mm_s2", "axes.jerk_mm_s3", "control.centripetal_mm_s2", "control.tolerance_mm",
        "overheads.program_s",
    ]  # fmt: skip
    if (moves["kind"] == Kind.SPINDLE).any():
        keys.append("spindle.acceleration_rpm_s")
    if np.isin(moves["kind"], (Kind.STOP, Kind.OPTIONAL_STOP)).any():
        keys.append("overheads.stop_s")
    changed = set(moves["tool"][moves["kind"] == Kind.TOOL_CHANGE].tolist())
    if any(changed - {observation.loaded_tool} for observation in observations):
        keys.append("tool_change.fixed_s")
    return keys


def with_values(machine: MachineTime, values: dict[str, float]) -> MachineTime:
    """The machine with the values at the given keys."""
    parts: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        part, name = key.split(".")
        if part == "axes":
            given: dict[str, Any] = {str(axis): limit.model_dump() for axis, limit in machine.axes.items()}
            axes = parts.setdefault("axes", given)
            for axis in ("x", "y", "z"):
                if axis in axes:
                    axes[axis] = {**axes[axis], name: value}
        else:
            parts.setdefault(part, {})[name] = value
    return machine.changed(**parts)


def _value(machine: MachineTime, key: str) -> float:
    """Value of a key now; of the slowest linear axis where it belongs to axes."""
    part, name = key.split(".")
    if part == "axes":
        found = [getattr(limit, name) for axis, limit in machine.axes.items() if axis in "xyz"]
        return min((value for value in found if value is not None), default=BOUNDS[key][1])
    value = getattr(getattr(machine, part), name)
    return BOUNDS[key][1] if value is None else float(value)
