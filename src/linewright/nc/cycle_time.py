"""How long a program takes on a machine: seconds by move, block, tool and program.

The axes are planned by `segments`, `corners` and `profiles`; what happens while they stand (tool changes,
spindle, dwell, functions) is added here. How long a person takes at M0 and M1 is not: the stops are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from linewright.errors import InputError, Problem
from linewright.nc import corners, profiles, segments
from linewright.nc.machine_time import AXES, MachineTime
from linewright.nc.moves import Kind

CUTTING = (Kind.FEED, Kind.ARC_CW, Kind.ARC_CCW, Kind.THREAD, Kind.TAP)


@dataclass(frozen=True, slots=True)
class BlockTime:
    """One line of the program."""

    file: int  # index in the interpreter's list of files
    line: int  # 1-based
    seconds: float
    cutting_s: float


@dataclass(frozen=True, slots=True)
class ToolTime:
    """What one tool is used for, over the whole program; `cutting_s` is what its life is counted in."""

    tool: int
    seconds: float
    cutting_s: float
    cutting_mm: float  # path under feed
    changes: int  # times it comes into the spindle


@dataclass(frozen=True, slots=True)
class CycleTime:
    """Time of a program on a machine."""

    move_s: np.ndarray  # (n,) seconds of each MOVE record
    block_rows: np.ndarray  # (b, 2) file and line, in program order of first use
    block_s: np.ndarray  # (b, 2) seconds, cutting seconds
    tools: tuple[ToolTime, ...]
    program_s: float
    cutting_s: float
    rapid_s: float
    tool_change_s: float
    spindle_s: float
    dwell_s: float
    other_s: float
    stops: int  # M0, M1, M60: the machine waits for a person

    @property
    def idle_s(self) -> float:
        """Time in which the machine is busy and does not cut."""
        return self.program_s - self.cutting_s

    def blocks(self) -> list[BlockTime]:
        """Time of each line."""
        return [
            BlockTime(int(file), int(line), float(total), float(cutting))
            for (file, line), (total, cutting) in zip(self.block_rows, self.block_s, strict=True)
        ]

    def as_text(self) -> str:
        """A table for people: the program, then each tool."""
        rows = [
            ("program", self.program_s), ("cutting", self.cutting_s), ("rapid", self.rapid_s),
            ("tool changes", self.tool_change_s), ("spindle", self.spindle_s), ("dwell", self.dwell_s),
            ("other", self.other_s),
        ]  # fmt: skip
        lines = [f"{name:14}{seconds:12.2f} s" for name, seconds in rows]
        if self.stops:
            lines.append(f"{'stops':14}{self.stops:12d}   (M0, M1, M60: not counted in time)")
        lines += [
            f"tool {use.tool:<9}{use.seconds:12.2f} s cutting {use.cutting_s:8.2f} s {use.cutting_mm:9.1f} mm"
            for use in self.tools
        ]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "format": "linewright-nc-time/1",
            "program_s": self.program_s,
            "cutting_s": self.cutting_s,
            "idle_s": self.idle_s,
            "rapid_s": self.rapid_s,
            "tool_change_s": self.tool_change_s,
            "spindle_s": self.spindle_s,
            "dwell_s": self.dwell_s,
            "other_s": self.other_s,
            "stops": self.stops,
            "tools": [
                {
                    "tool": use.tool,
                    "seconds": use.seconds,
                    "cutting_s": use.cutting_s,
                    "cutting_mm": use.cutting_mm,
                    "changes": use.changes,
                }
                for use in self.tools
            ],
            "blocks": [
                {
                    "file": block.file,
                    "line": block.line,
                    "seconds": block.seconds,
                    "cutting_s": block.cutting_s,
                }
                for block in self.blocks()
            ],
        }


def cycle_time(
    moves: np.ndarray,
    machine: MachineTime,
    override: np.ndarray | None = None,
    loaded_tool: int | None = None,
) -> CycleTime:
    """Time of canonical moves, (n,) MOVE.

    `override` (n,): override of each move instead of the machine's. `loaded_tool`: the tool in the spindle
    at the start; a change to the tool that is there already takes no time.
    """
    return _summarise(moves, move_seconds(moves, machine, override, loaded_tool), machine)


def move_seconds(
    moves: np.ndarray,
    machine: MachineTime,
    override: np.ndarray | None = None,
    loaded_tool: int | None = None,
) -> np.ndarray:
    """Seconds (n,) of each record; see `cycle_time`."""
    move_s = plan_axes(moves, machine, override)
    move_s += standing_s(moves, machine)
    add_tool_changes(moves, machine, move_s, loaded_tool)
    return move_s


def plan_axes(moves: np.ndarray, machine: MachineTime, override: np.ndarray | None = None) -> np.ndarray:
    """Seconds (n,) for which each move keeps the axes moving."""
    move_s = np.zeros(len(moves))
    if len(moves) == 0:
        return move_s
    control, limits = machine.control, machine.limits()
    if override is None:
        override = np.where(moves["kind"] == Kind.RAPID, machine.rapid_override, machine.feed_override)
    centripetal = control.centripetal_mm_s2 or np.inf
    segs = np.zeros(len(moves), segments.SEGMENT)
    count = segments.lay_path(
        moves, np.ascontiguousarray(override, np.float64), limits, control.centripetal_share, centripetal,
        control.merge_most, control.block_s, control.tolerance_mm, segs,
    )  # fmt: skip
    segs = segs[:count]
    _refuse_endless(segs, moves, machine)
    decided = np.zeros(count, corners.CORNER)
    corners.decide_corners(
        segs, limits, control.centripetal_share, centripetal, control.kink_share, control.headroom,
        control.servo_period_s, control.corners == "slowed", decided,
    )  # fmt: skip
    pieces = np.zeros(2 * count, corners.PIECE)
    pieces = pieces[: corners.lay_chain(segs, decided, control.gap_periods * control.servo_period_s, pieces)]
    piece_s, exit_speed = np.zeros(len(pieces)), np.zeros(len(pieces))
    rounding = control.servo_period_s if control.corners == "rounded" else 0.0
    profiles.run_chain(pieces, control.look_ahead, rounding, exit_speed, piece_s)
    _share_out(segs, pieces, piece_s, moves, move_s)
    move_s += _tapping_s(moves, machine, limits)
    return move_s


def _refuse_endless(segs: np.ndarray, moves: np.ndarray, machine: MachineTime) -> None:
    """Raise `InputError` for a move that never ends (no feed) or an axis of which nothing is known."""
    problems = []
    for first in segs["first"][~(segs["request"] > 0.0)][:20]:
        hint = "feed per revolution needs a turning spindle" if moves[first]["feed_mode"] else "set F"
        problems.append(
            Problem("this move never ends: its speed is zero", line=_line(moves, first), hint=hint)
        )
    moved = np.abs(moves["end"] - moves["start"]).max(axis=1) > 0.0
    for column, name in enumerate(AXES):
        turning = np.flatnonzero(moved & (moves["end"][:, column] != moves["start"][:, column]))
        if name not in machine.axes and len(turning):
            hint = f"add time.axes.{name} to the machine file"
            message = f"axis {name.upper()} moves, and the machine has no limits for it"
            problems.append(Problem(message, line=_line(moves, turning[0]), hint=hint))
    if problems:
        raise InputError(problems)


def _line(moves: np.ndarray, index: int) -> int:
    """Line of a move."""
    return int(moves[index]["line"])


def _share_out(
    segs: np.ndarray, pieces: np.ndarray, piece_s: np.ndarray, moves: np.ndarray, move_s: np.ndarray
) -> None:
    """Add the time of pieces to `move_s`: a rounding half to each neighbour, a merged chord by length."""
    owner = pieces["owner"]
    rounding = owner < 0
    before = ~owner[rounding]
    segment_s = np.bincount(owner[~rounding], piece_s[~rounding], len(segs))
    segment_s += np.bincount(before, 0.5 * piece_s[rounding], len(segs))
    segment_s += np.bincount(before + 1, 0.5 * piece_s[rounding], len(segs))[: len(segs)]
    many = segs["last"] - segs["first"] + 1
    which = np.repeat(np.arange(len(segs)), many)
    offset = np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many)
    index = segs["first"][which] + offset
    weight = np.linalg.norm((moves["end"] - moves["start"])[index, :3], axis=1)
    weight[many[which] == 1] = 1.0
    total = np.bincount(which, weight, len(segs))[which]
    move_s[index] += segment_s[which] * np.where(total > 0.0, weight / np.where(total > 0.0, total, 1.0), 0.0)


def _tapping_s(moves: np.ndarray, machine: MachineTime, limits: np.ndarray) -> np.ndarray:
    """Rigid tapping: the axis follows the spindle down, through its reversal, and back up. Seconds (n,).

    The axis accelerates as the spindle does, times the pitch, unless its own limit is lower.
    """
    seconds = np.zeros(len(moves))
    for i in np.flatnonzero(moves["kind"] == Kind.TAP):
        move = moves[i]
        way = np.abs(move["end"] - move["start"])[:3]
        length = float(np.linalg.norm(way))
        axis = int(np.argmax(way))
        follow = move["pitch_mm"] * machine.spindle.acceleration_rpm_s / 60.0
        speed = min(move["pitch_mm"] * move["spindle_rpm"] / 60.0, limits[0, axis])
        if length > 0.0 and speed > 0.0:
            acceleration = min(follow, limits[1, axis])
            seconds[i] = 2.0 * profiles.stop_to_stop_s(length, speed, acceleration, limits[2, axis])
    return seconds


def standing_s(moves: np.ndarray, machine: MachineTime) -> np.ndarray:
    """Seconds (n,) for which a record keeps the axes standing, tool changes apart."""
    kind = moves["kind"]
    seconds = np.zeros(len(moves))
    seconds[kind == Kind.DWELL] = moves["value"][kind == Kind.DWELL]
    seconds[kind == Kind.COOLANT] = machine.overheads.function_s
    seconds[np.isin(kind, (Kind.STOP, Kind.OPTIONAL_STOP))] = machine.overheads.stop_s
    seconds[kind == Kind.PALLET] = machine.overheads.pallet_s
    seconds[kind == Kind.ORIENT] = machine.overheads.orient_s
    at = np.flatnonzero(kind == Kind.SPINDLE)
    if len(at):
        now = moves["spindle_dir"][at] * moves["spindle_rpm"][at]
        before = np.concatenate([[0.0], now[:-1]])
        spindle = machine.spindle
        change_s = np.abs(now - before) / spindle.acceleration_rpm_s
        waits = np.abs(now) > spindle.settle_above_rpm
        seconds[at] = change_s + np.where(waits & (now != before), spindle.settle_s, 0.0)
        if not spindle.waits_to_stop:
            seconds[at[now == 0.0]] = 0.0
    return seconds


def add_tool_changes(
    moves: np.ndarray, machine: MachineTime, move_s: np.ndarray, loaded_tool: int | None = None
) -> None:
    """Add the time of tool changes to `move_s`; the magazine moves as soon as the T word is read."""
    change = machine.tool_change
    limits = machine.limits()
    pocket, chosen_at = 0, -1
    for i in np.flatnonzero((moves["kind"] == Kind.TOOL_CHANGE) | (moves["kind"] == Kind.TOOL_SELECT)):
        move = moves[i]
        if move["kind"] == Kind.TOOL_SELECT:
            chosen_at = int(i)
            continue
        if move["tool"] == loaded_tool:
            continue
        loaded_tool = int(move["tool"])
        away = abs(int(move["tool_pocket"]) - pocket)
        if change.pockets:
            away = min(away % change.pockets, change.pockets - away % change.pockets)
        passed_s = float(move_s[chosen_at:i].sum()) if chosen_at >= 0 else 0.0
        seconds = change.fixed_s + max(0.0, away * change.pocket_s - passed_s)
        if change.position_mm is not None:
            seconds += _approach_s(move["start"][:3], np.array(change.position_mm), limits)
        move_s[i] += seconds
        pocket, chosen_at = int(move["tool_pocket"]), -1


def _approach_s(start: np.ndarray, end: np.ndarray, limits: np.ndarray) -> float:
    """Time of the slowest axis to go from `start` to the change position."""
    return max(
        float(profiles.stop_to_stop_s(abs(end[k] - start[k]), limits[0, k], limits[1, k], limits[2, k]))
        for k in range(3)
    )


def _summarise(moves: np.ndarray, move_s: np.ndarray, machine: MachineTime) -> CycleTime:
    """Add up the seconds of the moves by block, tool and kind."""
    kind = moves["kind"]
    cutting = np.isin(kind, CUTTING)
    keys = np.stack([moves["file"], moves["line"]], axis=1).astype(np.int64)
    rows, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    order = np.argsort(first)
    seconds = np.stack(
        [np.bincount(inverse, move_s, len(rows)), np.bincount(inverse, move_s * cutting, len(rows))], axis=1
    )

    def spent(*kinds: Kind) -> float:
        return float(move_s[np.isin(kind, kinds)].sum())

    shown = (Kind.TOOL_CHANGE, Kind.SPINDLE, Kind.DWELL, Kind.RAPID)
    program_s = float(move_s.sum()) + machine.overheads.program_s
    return CycleTime(
        move_s=move_s,
        block_rows=rows[order],
        block_s=seconds[order],
        tools=_tool_times(moves, move_s, cutting),
        program_s=program_s,
        cutting_s=float(move_s[cutting].sum()),
        rapid_s=spent(Kind.RAPID),
        tool_change_s=spent(Kind.TOOL_CHANGE),
        spindle_s=spent(Kind.SPINDLE),
        dwell_s=spent(Kind.DWELL),
        other_s=program_s - float(move_s[cutting].sum()) - spent(*shown),
        stops=count_stops(kind),
    )


def count_stops(kind: np.ndarray, following: int = Kind.END) -> int:
    """How often a person must press start; the pallet shuttle that M30 implies is no stop of its own.

    `following` is the kind of the record behind these.
    """
    last = np.append(kind[1:], following) == Kind.END
    pallets = (kind == Kind.PALLET) & ~last
    return int((pallets | np.isin(kind, (Kind.STOP, Kind.OPTIONAL_STOP))).sum())


def _tool_times(moves: np.ndarray, move_s: np.ndarray, cutting: np.ndarray) -> tuple[ToolTime, ...]:
    """Use of each tool, in order of its number."""
    tools, inverse = np.unique(moves["tool"], return_inverse=True)
    length = np.where(cutting, path_lengths_mm(moves), 0.0)
    changed = (moves["kind"] == Kind.TOOL_CHANGE).astype(float)
    columns = [np.bincount(inverse, w, len(tools)) for w in (move_s, move_s * cutting, length, changed)]
    return tuple(
        ToolTime(int(tool), float(total), float(cut), float(way), round(float(changes)))
        for tool, total, cut, way, changes in zip(tools, *columns, strict=True)
    )


def path_lengths_mm(moves: np.ndarray) -> np.ndarray:
    """Path length (n,) of each move in X Y Z, mm; 0 for records that do not move."""
    length = np.zeros(len(moves))
    segments.measure_path(moves, length)
    return length
