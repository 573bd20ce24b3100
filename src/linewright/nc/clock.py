"""The time of a program of any length in the same memory: chunks of moves in, totals out.

Where the machine stands still, what comes later cannot change what went before, so the moves are planned from stop to
stop. Between stops farther apart than `LONGEST` moves they are planned in windows that overlap by `MARGIN` moves on
both sides; only the middle counts, where neither end of the window is felt any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from linewright.nc.cycle_time import CUTTING, ToolTime, count_stops, move_seconds, path_lengths_mm
from linewright.nc.machine_time import MachineTime
from linewright.nc.moves import MOVE, Kind
from linewright.nc.segments import PASSING

WINDOW = 65_536  # moves that are planned together
LONGEST = 2 * WINDOW
MARGIN = 8192
SHOWN = {"rapid_s": Kind.RAPID, "tool_change_s": Kind.TOOL_CHANGE, "spindle_s": Kind.SPINDLE, "dwell_s": Kind.DWELL}


@dataclass(slots=True)
class Totals:
    """What a program takes, without its blocks. Times in s."""

    program_s: float = 0.0
    cutting_s: float = 0.0
    by_kind_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SHOWN, 0.0))
    tools: dict[int, ToolTime] = field(default_factory=dict)
    stops: int = 0
    moves: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, in the words of `CycleTime.as_dict`."""
        other_s = self.program_s - self.cutting_s - sum(self.by_kind_s.values())
        tools = [
            {"tool": use.tool, "seconds": use.seconds, "cutting_s": use.cutting_s, "cutting_mm": use.cutting_mm,
             "changes": use.changes}
            for _, use in sorted(self.tools.items())
        ]  # fmt: skip
        return {
            "format": "linewright-nc-time-totals/1",
            "program_s": self.program_s,
            "cutting_s": self.cutting_s,
            "idle_s": self.program_s - self.cutting_s,
            **self.by_kind_s,
            "other_s": other_s,
            "stops": self.stops,
            "tools": tools,
        }

    def as_text(self) -> str:
        """A table for people."""
        data = self.as_dict()
        rows = [(name.removesuffix("_s").replace("_", " "), data[name]) for name in data if name.endswith("_s")]
        lines = [f"{name:14}{seconds:12.2f} s" for name, seconds in rows]
        for use in data["tools"]:
            lines.append(f"tool {use['tool']:<9}{use['seconds']:12.2f} s cutting {use['cutting_s']:8.2f} s")
        return "\n".join(lines)


class ProgramClock:
    """Takes chunks of moves and adds up their time."""

    def __init__(self, machine: MachineTime, loaded_tool: int | None = None) -> None:
        self.machine = machine
        self.totals = Totals(program_s=machine.overheads.program_s)
        self._waiting = np.zeros(0, MOVE)  # not counted yet
        self._head = np.zeros(0, MOVE)  # counted, but still felt by what waits
        self._before = np.zeros(0, MOVE)  # spindle, tool and magazine as they stand
        self._loaded_tool = loaded_tool

    def take(self, moves: np.ndarray) -> None:
        """The next moves (n,) MOVE."""
        self._waiting = np.concatenate([self._waiting, moves])
        while len(self._waiting) >= WINDOW:
            stop = self._last_stop(self._waiting[:-1])  # what follows a stop is known
            if stop > 0:
                self._count(stop, stopped=True)
            elif len(self._waiting) >= LONGEST + MARGIN:
                self._count(LONGEST, stopped=False)
            else:
                return

    def finish(self) -> Totals:
        """Nothing comes any more: all that waits is counted."""
        if len(self._waiting):
            self._count(len(self._waiting), stopped=True)
        return self.totals

    @staticmethod
    def _last_stop(moves: np.ndarray) -> int:
        """How many moves lie up to the last standstill, 0 where there is none."""
        standing = (moves["kind"] > Kind.TAP) & ~PASSING[moves["kind"]]
        places = np.flatnonzero(standing)
        return int(places[-1]) + 1 if places.size else 0

    def _count(self, count: int, *, stopped: bool) -> None:
        """Plan what waits and add up the first `count` moves; `stopped`: the machine stands behind them."""
        body, rest = self._waiting[:count], self._waiting[count:]
        tail = rest[:0] if stopped else rest[:MARGIN]
        skipped = len(self._before) + len(self._head)
        planned = np.concatenate([self._before, self._head, body, tail])
        loaded = self._loaded_tool if not len(self._before) else None
        seconds = move_seconds(planned, self.machine, loaded_tool=loaded)[skipped : skipped + count]
        self._add(body, seconds, int(rest["kind"][0]) if len(rest) else int(Kind.END))
        self._before = self._standing_after(body, seconds)
        self._head = body[:0] if stopped else body[-MARGIN:].copy()
        self._waiting = rest.copy()

    def _standing_after(self, body: np.ndarray, seconds: np.ndarray) -> np.ndarray:
        """Records that bring spindle, tool and magazine to where they are after a body of moves."""
        kinds = np.concatenate([self._before["kind"], body["kind"]])
        records = np.concatenate([self._before, body])
        kept = []
        change = np.flatnonzero(kinds == Kind.TOOL_CHANGE)
        select = np.flatnonzero(kinds == Kind.TOOL_SELECT)
        spindle = np.flatnonzero(kinds == Kind.SPINDLE)
        kept += [records[spindle[-1:]], records[change[-1:]]]
        if select.size and (not change.size or select[-1] > change[-1]):
            passed = records[select[-1:]].copy()
            passed["kind"] = Kind.DWELL
            since = int(select[-1]) - len(self._before)
            old_s = float(self._before["value"][-1]) if since < 0 else 0.0
            passed["value"] = old_s + float(seconds[max(since, 0) :].sum())
            kept += [records[select[-1:]], passed]
        return np.concatenate(kept)

    def _add(self, moves: np.ndarray, seconds: np.ndarray, following: int) -> None:
        """Add the seconds (n,) of moves (n,) to the totals; `following`: the kind of the record behind them."""
        kind, totals = moves["kind"], self.totals
        cutting = np.isin(kind, CUTTING)
        totals.program_s += float(seconds.sum())
        totals.cutting_s += float(seconds[cutting].sum())
        totals.moves += int((kind <= Kind.TAP).sum())
        totals.stops += count_stops(kind, following)
        for name, wanted in SHOWN.items():
            totals.by_kind_s[name] += float(seconds[kind == wanted].sum())
        length = np.where(cutting, path_lengths_mm(moves), 0.0)
        for tool in np.unique(moves["tool"]):
            mine = moves["tool"] == tool
            old = totals.tools.get(int(tool), ToolTime(int(tool), 0.0, 0.0, 0.0, 0))
            totals.tools[int(tool)] = ToolTime(
                int(tool),
                old.seconds + float(seconds[mine].sum()),
                old.cutting_s + float(seconds[mine & cutting].sum()),
                old.cutting_mm + float(length[mine].sum()),
                old.changes + int((kind[mine] == Kind.TOOL_CHANGE).sum()),
            )


def total_time(chunks: Iterable[np.ndarray], machine: MachineTime, loaded_tool: int | None = None) -> Totals:
    """Totals of moves that come in chunks."""
    clock = ProgramClock(machine, loaded_tool)
    for chunk in chunks:
        clock.take(chunk)
    return clock.finish()
