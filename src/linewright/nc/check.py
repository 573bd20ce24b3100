"""The checker: runs a program without a machine and says what would go wrong on this one.

`check_program` streams: a program of any length needs the same memory. Every finding has its line, the
block's text and what to do; the same finding on many lines is reported once, with its count.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from linewright.errors import InputError, Problem
from linewright.nc import extent
from linewright.nc.dialects import Dialect, find_dialect
from linewright.nc.findings import Finding, Report
from linewright.nc.flow_check import flow_findings
from linewright.nc.interpreter import Interpreter
from linewright.nc.machine_check import AXES, SYSTEMS, MachineCheck
from linewright.nc.moves import FeedMode, Flag, Kind
from linewright.nc.source import Source, open_file

SLACK = 1e-6  # mm or degrees past a limit that still counts as on it
START_GROUPS = {"units": "G20 or G21", "distance": "G90", "plane": "G17", "system": "a work offset (G54...)"}


class Checker:
    """Collects findings over the chunks of one program."""

    def __init__(self, machine: MachineCheck, run: Interpreter) -> None:
        self.machine = machine
        self.run = run
        self.found: dict[tuple[str, str], Finding] = {}
        self.low = np.full(3, np.inf)
        self.high = np.full(3, -np.inf)
        self.moves = 0
        self.cutting_s: dict[int, float] = {}
        self.deepest: dict[int, float] = {}  # tool -> mm below the top of the stock
        self.stock = stock_box(machine)

    def add(
        self, rule: str, message: str, row: np.void | None = None, *, key: str = "", count: int = 1
    ) -> None:
        """Report once for each rule and key; count the rest."""
        place = (rule, key or message)
        old = self.found.get(place)
        if old is not None:
            count += old.count
            self.found[place] = Finding(old.rule, old.message, old.file, old.line, old.text, count)
            return
        file, line = self.run.main.name, 0
        if row is not None:
            file, line = self.run.sources[int(row["file"])].name, int(row["line"])
        self.found[place] = Finding(rule, message, file, line, "", count)

    def look(self, moves: np.ndarray) -> None:
        """Judge one chunk of records."""
        motions = extent.only(moves, extent.is_motion(moves))
        self.moves += len(motions)
        if not len(motions):
            return
        low, high = extent.reach(motions)
        self.low = np.minimum(self.low, low[:, :3].min(axis=0))
        self.high = np.maximum(self.high, high[:, :3].max(axis=0))
        self.check_travel(motions, low, high)
        self.check_cuts(motions)
        if self.stock is not None:
            self.check_stock(motions)

    def check_travel(self, motions: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        """Axis positions against the travel, arcs' bulges included; where a move starts is the last one's
        fault.
        """
        ends = motions["end"]
        arcs = extent.is_arc(motions)
        for name, (least, most) in self.machine.travel_mm.items():
            axis = AXES.index(name)
            below = np.where(arcs, low[:, axis], ends[:, axis]) < least - SLACK
            above = np.where(arcs, high[:, axis], ends[:, axis]) > most + SLACK
            for outside, reached, limit in ((below, low, least), (above, high, most)):
                self.report_travel(motions, outside, reached[:, axis], name, limit)

    def report_travel(
        self, motions: np.ndarray, outside: np.ndarray, reached: np.ndarray, name: str, limit: float
    ) -> None:
        """One finding for each side of each axis: the first block, the farthest place."""
        rows = np.flatnonzero(outside)
        if not rows.size:
            return
        far = reached[rows][np.argmax(np.abs(reached[rows] - limit))]
        unit = "mm" if name in "xyz" else "degrees"
        message = f"{name.upper()} goes to {far:.3f} {unit} (machine), past its limit {limit:g}"
        self.add("travel", message, motions[rows[0]], key=f"{name} {limit}", count=len(rows))

    def check_cuts(self, motions: np.ndarray) -> None:
        """Spindle, feed, tool and length offset of cutting moves."""
        cuts = extent.only(motions, extent.is_cut(motions))
        if not len(cuts):
            return
        self.flag(
            cuts,
            (cuts["spindle_dir"] == 0) | (cuts["spindle_rpm"] <= 0),
            "spindle-off",
            "a cut with the spindle stopped",
        )
        self.flag(cuts, cuts["tool"] == 0, "no-tool", "a cut without a tool in the spindle")
        if not self.run.dialect.length_offset_by_tool_change:
            bare = (cuts["flags"] & Flag.LENGTH_OFFSET) == 0
            self.flag(cuts, bare & (cuts["tool"] > 0), "length-offset", "a cut without a tool-length offset")
        self.check_ranges(cuts)
        seconds, tools = extent.cutting_seconds(cuts), cuts["tool"].copy()
        for tool in np.unique(tools):
            spent = float(seconds[tools == tool].sum())
            self.cutting_s[int(tool)] = self.cutting_s.get(int(tool), 0.0) + spent

    def flag(self, rows: np.ndarray, bad: np.ndarray, rule: str, message: str) -> None:
        """Report the first of the bad rows, and how many there are, for each tool."""
        if not bad.any():
            return
        for tool in np.unique(rows["tool"][bad]):
            these = np.flatnonzero(bad & (rows["tool"] == tool))
            text = f"{message} (tool {tool})" if tool else message
            self.add(rule, text, rows[these[0]], count=len(these))

    def check_ranges(self, cuts: np.ndarray) -> None:
        """Spindle speed and feed against the machine's ranges."""
        if self.machine.spindle_rpm is not None:
            least, most = self.machine.spindle_rpm
            turning = (cuts["spindle_dir"] != 0) & (cuts["spindle_rpm"] > 0) & (cuts["css_m_s"] == 0)
            speed = cuts["spindle_rpm"]
            self.flag(
                cuts,
                turning & ((speed < least) | (speed > most)),
                "spindle-range",
                f"a spindle speed outside {least:g}..{most:g} rev/min",
            )
        if self.machine.feed_mm_min is not None:
            least, most = self.machine.feed_mm_min
            feed = (
                np.where(cuts["feed_mode"] == FeedMode.PER_REVOLUTION, cuts["spindle_rpm"], 60.0)
                * cuts["feed"]
            )
            plain = cuts["pitch_mm"] == 0
            outside = plain & ((feed < least - SLACK) | (feed > most + SLACK))
            self.flag(cuts, outside, "feed-range", f"a feed outside {least:g}..{most:g} mm/min")

    def check_stock(self, motions: np.ndarray) -> None:
        """Rapids through the stock box, and how deep each tool goes below its top."""
        assert self.stock is not None
        lengths = {tool.number: tool.length_mm for tool in self.machine.tools or []}
        numbers, place = np.unique(motions["tool"], return_inverse=True)
        tip = np.array([lengths.get(int(tool), 0.0) for tool in numbers])[place]
        start, end = motions["start"][:, :3].copy(), motions["end"][:, :3].copy()
        start[:, 2] -= tip
        end[:, 2] -= tip
        low, high = self.stock
        rapid = motions["kind"] == Kind.RAPID
        hits = rapid.copy()
        hits[rapid] = crosses_box(start[rapid], end[rapid], low, high)
        hits &= ~in_own_hole(motions)
        self.flag(motions, hits, "rapid-in-stock", "a rapid move through the stock")
        inside = ~rapid
        for axis in (0, 1):
            inside &= np.minimum(start[:, axis], end[:, axis]) <= high[axis]
            inside &= np.maximum(start[:, axis], end[:, axis]) >= low[axis]
        for number, tool in enumerate(numbers):
            here = inside & (place == number)
            if not here.any():
                continue
            depth = float(high[2] - end[here, 2].min())
            self.deepest[int(tool)] = max(self.deepest.get(int(tool), 0.0), depth)

    def finish(self) -> None:
        """What is known only at the end of the program."""
        for tool in self.machine.tools or []:
            self.check_tool_need(tool.number, tool.reach_mm, tool.life_left_s)
        self.check_start_modes()
        for note in self.run.notes:
            if note.code in ("undefined", "ignored"):
                self.found.setdefault(
                    (note.code, note.message), Finding(note.code, note.message, note.file, note.line)
                )
        fault = self.run.fault
        if fault is not None:
            message = f"{fault.category}: {fault.message}"
            self.found[("program-fault", "")] = Finding(
                "program-fault", message, fault.file, fault.line, fault.text
            )

    def check_tool_need(self, number: int, reach_mm: float | None, life_left_s: float | None) -> None:
        """Whether a tool is long enough and lasts for this program."""
        depth = self.deepest.get(number, 0.0)
        if reach_mm is not None and depth > reach_mm + SLACK:
            self.add(
                "tool-reach",
                f"tool {number} goes {depth:.2f} mm below the stock's top and reaches {reach_mm:g}",
            )
        need = self.cutting_s.get(number, 0.0)
        if life_left_s is not None and need > life_left_s:
            self.add(
                "tool-life", f"tool {number} cuts for {need:.0f} s and has {life_left_s:.0f} s of life left"
            )

    def check_start_modes(self) -> None:
        """Modes that the first move takes over from whatever ran before."""
        said = self.run.said_before_motion
        if said is None:
            return
        missing = [name for group, name in START_GROUPS.items() if group not in said]
        if missing:
            self.found[("start-modes", "")] = Finding(
                "start-modes",
                f"the first move relies on modes left by the program before: {', '.join(missing)} not said",
                self.run.main.name,
                self.run.first_motion_line,
            )

    def report(self) -> Report:
        """Everything found, in the order of the lines."""
        findings = sorted(self.found.values(), key=lambda f: (f.line == 0, f.line, f.rule))
        texts = texts_of(self.run, findings)
        box = None
        if self.moves:
            box = (tuple(self.low.tolist()), tuple(self.high.tolist()))
        return Report(
            self.run.main.name,
            tuple(
                Finding(f.rule, f.message, f.file, f.line, f.text or texts.get((f.file, f.line), ""), f.count)
                for f in findings
            ),
            self.run.blocks_run,
            self.moves,
            box,
            {tool: seconds for tool, seconds in self.cutting_s.items() if tool},
        )


def stock_box(machine: MachineCheck) -> tuple[np.ndarray, np.ndarray] | None:
    """Corners of the stock in machine coordinates of the tool's tip, each (3,)."""
    stock = machine.stock_mm
    if stock is None:
        return None
    offsets = machine.work_offsets_mm.get(stock.system, {})
    shift = np.array([offsets.get("x", 0.0), offsets.get("y", 0.0), offsets.get("z", 0.0)])
    spans = np.array([stock.x, stock.y, stock.z])
    return spans[:, 0] + shift, spans[:, 1] + shift


def in_own_hole(motions: np.ndarray) -> np.ndarray:
    """(n,) bool: moves along Z where the tool itself has made room: up, or back down as far as it has just cut.

    A tool that stands in the stock has cut its way there, so the column above it is free; after a peck it goes up
    and comes back to where it was.
    """
    start, end = motions["start"], motions["end"]
    along_z = (start[:, 0] == end[:, 0]) & (start[:, 1] == end[:, 1])
    rises = along_z & (end[:, 2] >= start[:, 2])
    back = np.zeros(len(motions), np.bool_)
    back[2:] = along_z[2:] & rises[1:-1] & (start[1:-1, 2] <= end[2:, 2]) & (motions["kind"][:-2] != Kind.RAPID)
    free: np.ndarray = rises | back
    return free


def crosses_box(start: np.ndarray, end: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """(n,) bool: whether straight lines pass through the inside of a box, by clipping (Liang and Barsky)."""
    step = end - start
    enter, leave = np.zeros(len(start)), np.ones(len(start))
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis in range(3):
            first = (low[axis] + SLACK - start[:, axis]) / step[:, axis]
            last = (high[axis] - SLACK - start[:, axis]) / step[:, axis]
            still = step[:, axis] == 0
            inside = (start[:, axis] > low[axis] + SLACK) & (start[:, axis] < high[axis] - SLACK)
            enter = np.maximum(enter, np.where(still, np.where(inside, 0.0, 2.0), np.minimum(first, last)))
            leave = np.minimum(leave, np.where(still, 1.0, np.maximum(first, last)))
    return enter < leave


def texts_of(run: Interpreter, findings: list[Finding]) -> dict[tuple[str, int], str]:
    """The blocks that findings point at, read in one pass of each file."""
    texts: dict[tuple[str, int], str] = {}
    for source in run.sources:
        wanted = {f.line for f in findings if f.file == source.name and f.line}
        at, line, last = 0, 1, max(wanted, default=0)
        while at < source.size and line <= last:
            if line in wanted:
                texts[source.name, line] = source.line_at(at)[0].strip()
            end = source.data.find(b"\n", at)
            at, line = (source.size if end < 0 else end + 1), line + 1
    return texts


def check_source(source: Source, machine: MachineCheck, dialect: Dialect) -> Report:
    """Check a program that is at hand."""
    run = Interpreter(source, machine.setup(), dialect)
    checker = Checker(machine, run)
    for chunk in run.run():
        checker.look(chunk)
    for finding in flow_findings(run):
        checker.found.setdefault((finding.rule, finding.message), finding)
    checker.finish()
    return checker.report()


def check_program(program: Path, machine: MachineCheck, dialect: str = "linuxcnc") -> Report:
    """Check a program file against a machine.

    Raises:
        InputError: the file cannot be read or the dialect is unknown.
    """
    try:
        source = open_file(program, str(program))
    except OSError as fault:
        raise InputError(
            [Problem(f"cannot read the program: {fault.strerror}", file=str(program))]
        ) from fault
    return check_source(source, machine, find_dialect(dialect))


__all__ = ["SYSTEMS", "Checker", "check_program", "check_source"]
