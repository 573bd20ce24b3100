"""The machine tool itself: what it is doing, what it shows, and what stops it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from linewright.errors import InputError, Problem
from linewright.nc.check import stock_box
from linewright.nc.extent import is_motion, reach
from linewright.nc.faults import Fault
from linewright.nc.interpreter import Interpreter
from linewright.nc.machine_check import AXES, MachineCheck
from linewright.nc.machine_file import MachineFile
from linewright.nc.machine_tool.corrections import Correction, Receipt, WearRegister
from linewright.nc.machine_tool.probing import StockProbe
from linewright.nc.machine_tool.timeline import Timeline, lay_out
from linewright.nc.moves import MOVE, Kind
from linewright.nc.setup import ProbeModel, Setup, Tool, touch_at_target
from linewright.nc.source import Source, open_file

SLACK_MM = 1e-6
STOPS = (Kind.STOP, Kind.OPTIONAL_STOP, Kind.PALLET)  # what waits for cycle start
KEPT = (*range(500, 1000), *range(5161, 5391))  # parameters that outlive a program


class Execution(StrEnum):
    """What the machine is doing, in the words of MTConnect."""

    READY = "READY"
    ACTIVE = "ACTIVE"
    FEED_HOLD = "FEED_HOLD"  # somebody pressed feed hold
    INTERRUPTED = "INTERRUPTED"  # the program waits for somebody: M0, M1, M60
    STOPPED = "STOPPED"  # by an alarm


class Alarm(NamedTuple):
    """Why the machine stopped; it stands until it is reset, and the program begins again then."""

    code: str  # soft-limit, program, worn-tool, emergency-stop
    message: str
    line: int = 0  # of the program; 0: none of it


@dataclass(slots=True)
class ToolState:
    """A tool in the magazine: how much it has cut, and what its wear does to what it makes."""

    number: int
    life_s: float = float("inf")
    wear_mm: float = 0.0  # by how much a measured dimension has moved when the life is over
    used_s: float = 0.0

    @property
    def worn_mm(self) -> float:
        """By how much the wear so far has moved it; wear grows evenly with cutting time."""
        return self.wear_mm * self.used_s / self.life_s


class Shown(NamedTuple):
    """What the machine shows at a moment."""

    execution: Execution
    program: str  # file name; empty: none
    file: str  # of the block: the program, or a subprogram of its own file
    line: int  # of the block that runs, 1-based; 0: none
    block: str  # its text
    position: tuple[float, ...]  # (6,) axes of the machine, mm and degrees
    feed_mm_s: float
    spindle_rpm: float  # negative: M4
    tool: int  # in the spindle; 0: none
    tool_offset_mm: float  # geometry and wear of its length
    done: float  # share of the program's time, 0..1
    alarm: Alarm | None
    message: str  # the last (MSG, ...) of the program


class MachineTool:
    """One machine tool under control of its own. All times in s, on whatever clock its owner has."""

    def __init__(
        self,
        machine: MachineFile,
        tools: Iterable[ToolState] = (),
        *,
        most_step_mm: float = 0.1,
        most_wear_mm: float = 1.0,
    ) -> None:
        if machine.time is None:
            raise InputError([Problem("a machine tool that runs programs needs `time:`", key="time")])
        self.machine, self.time = machine, machine.time
        self.check = machine.check or MachineCheck()
        self._geometry = self.check.setup().tools
        self.tools = {number: ToolState(number) for number in self._geometry}
        self.tools |= {tool.number: tool for tool in tools}
        self.register = WearRegister(frozenset(self.tools), most_step_mm, most_wear_mm)
        self.execution = Execution.READY
        self.alarm: Alarm | None = None
        self._parameters = dict(self.check.setup().parameters)
        self._program: Source | None = None
        self._folder = ""
        self._run: Interpreter | None = None
        self._timeline: Timeline | None = None
        self._halts: list[tuple[float, Alarm | None]] = []  # when the program stops, and why (None: it waits)
        self._at_s = 0.0  # of the program's time
        self._now_s = 0.0  # of the owner's clock, when `_at_s` was reckoned
        self._position = np.zeros(6)
        self._tool = 0
        self._begun: list[Any] = []  # position, tool and parameters with which the program began

    # ------------------------------------------------------------ programs

    def load(self, program: Path | Source) -> None:
        """Choose the program that runs next. Raises InputError where it cannot be read or one is running."""
        if self.execution not in (Execution.READY,):
            raise InputError([Problem(f"the machine is {self.execution}: no program can be chosen")])
        if isinstance(program, Source):
            self._program, self._folder = program, ""
            return
        try:
            self._program, self._folder = open_file(program), str(program.parent)
        except OSError as fault:
            raise InputError(
                [Problem(f"cannot read the program: {fault.strerror}", file=str(program))]
            ) from fault

    def time_of_program_s(self) -> float:
        """How long the program chosen takes as things stand, up to where it would stop."""
        if self._program is None:
            return 0.0
        return self._read(self._program)[1].length_s

    def start(self, now_s: float) -> bool:
        """Cycle start: begin the program chosen, or go on with one that waits. False: there is nothing to start."""
        self.advance(now_s)
        if self.execution in (Execution.FEED_HOLD, Execution.INTERRUPTED):
            self.execution = Execution.ACTIVE
            return True
        if self.execution is not Execution.READY or self._program is None:
            return False
        self._interpret(self._program)
        self._at_s, self._now_s = 0.0, now_s
        self.execution = Execution.ACTIVE
        self.advance(now_s)
        return True

    def hold(self, now_s: float) -> None:
        """Feed hold: everything stands where it is until cycle start."""
        self.advance(now_s)
        if self.execution is Execution.ACTIVE:
            self.execution = Execution.FEED_HOLD

    def reset(self, now_s: float) -> None:
        """Give up the program and clear the alarm; the axes and the tool stay as they are."""
        self.advance(now_s)
        if self._timeline is not None:
            self._leave()
        self.alarm, self.execution = None, Execution.READY

    def emergency_stop(self, now_s: float) -> None:
        """Somebody has pressed the red button."""
        self.advance(now_s)
        self._stop(Alarm("emergency-stop", "emergency stop", self._line()))

    def _setup(self) -> Setup:
        """What the control knows: geometry and wear together, parameters kept, where the axes are."""
        setup = self.check.setup()
        tools = {number: self.offset_of(number) for number in self._geometry}
        return replace(
            setup,
            tools=tools,
            parameters=self._parameters,
            folders=(self._folder,) if self._folder else (),
            initial_tool=self._tool,
            start=tuple(self._position.tolist()),  # type: ignore[arg-type]
            probe=self._probe(),
        )

    def _probe(self) -> ProbeModel:
        box = stock_box(self.check)
        if box is None:
            return touch_at_target
        return StockProbe(tuple(box[0].tolist()), tuple(box[1].tolist()))

    def _read(self, program: Source) -> tuple[Interpreter, Timeline]:
        """The whole program as it would run now."""
        run = Interpreter(program, self._setup(), self.machine.dialect)
        moves = np.concatenate([np.zeros(0, MOVE), *run.run()])
        return run, lay_out(moves, self.time, self._tool)

    def _interpret(self, program: Source) -> None:
        """Read the program and see where it will stop."""
        run, self._timeline = self._read(program)
        self._run = run
        self._begun = [self._position.tolist(), self._tool, sorted(self._parameters.items())]
        self._parameters = {number: run.numbered[number] for number in KEPT}
        self._halts = sorted(self._find_halts(self._timeline, run.fault), key=lambda halt: halt[0])

    def _find_halts(self, timeline: Timeline, fault: Fault | None) -> list[tuple[float, Alarm | None]]:
        """When the program will stand still, and why."""
        moves, starts_s = timeline.moves, timeline.starts_s
        halts: list[tuple[float, Alarm | None]] = []
        waits = np.isin(moves["kind"], STOPS)
        ends = np.append(moves["kind"][1:], Kind.END) == Kind.END  # the shuttle that M30 implies waits for nobody
        halts += [(float(starts_s[i + 1]), None) for i in np.flatnonzero(waits & ~ends)]
        limit = self._limit_passed(moves)
        if limit is not None:
            index, words = limit
            halts.append((float(starts_s[index]), Alarm("soft-limit", words, int(moves[index]["line"]))))
        if fault is not None:
            halts.append((timeline.length_s, Alarm("program", f"{fault.category}: {fault.message}", fault.line)))
        return halts

    def _limit_passed(self, moves: np.ndarray) -> tuple[int, str] | None:
        """The first move past the travel, and in what words; arcs' bulges included."""
        if not len(moves):
            return None
        low, high = reach(moves)
        first = len(moves), ""
        for name, (least, most) in self.check.travel_mm.items():
            axis = AXES.index(name)
            outside = is_motion(moves) & ((low[:, axis] < least - SLACK_MM) | (high[:, axis] > most + SLACK_MM))
            if outside.any() and int(np.argmax(outside)) < first[0]:
                side = "-" if low[np.argmax(outside), axis] < least - SLACK_MM else "+"
                first = int(np.argmax(outside)), f"axis {name.upper()}{side} would pass its travel"
        return first if first[1] else None

    # ------------------------------------------------------------ time

    def advance(self, now_s: float) -> None:
        """Let time pass. What happens meanwhile happens in its order; time never goes back."""
        if self._timeline is None or self.execution is not Execution.ACTIVE:
            self._now_s = max(now_s, self._now_s)
            return
        until_s = self._at_s + max(now_s - self._now_s, 0.0)
        self._now_s = max(now_s, self._now_s)
        while self._halts and self._halts[0][0] <= until_s:
            at_s, alarm = self._halts.pop(0)
            if not self._cut_until(at_s):
                return
            if alarm is not None:
                self._stop(alarm)
            else:
                self.execution = Execution.INTERRUPTED
            return
        if self._cut_until(until_s) and until_s >= self._timeline.length_s:
            self._leave()
            self.execution = Execution.READY

    def _cut_until(self, until_s: float) -> bool:
        """Wear the tools up to a moment of the program; False where a worn-out one stops it first."""
        timeline = self._timeline
        assert timeline is not None
        until_s = min(until_s, timeline.length_s)
        first = int(np.searchsorted(timeline.starts_s, self._at_s))
        calls = np.flatnonzero(timeline.moves["kind"][first : timeline.index(until_s) + 1] == Kind.TOOL_CHANGE)
        for index in first + calls:
            self._wear(timeline, float(timeline.starts_s[index]))
            self._tool = int(timeline.moves["tool"][index])
            worn = self.tools.get(self._tool)
            if worn is not None and worn.used_s >= worn.life_s:
                self._stop(Alarm("worn-tool", f"tool {worn.number} is worn out", int(timeline.moves["line"][index])))
                return False
        self._wear(timeline, until_s)
        return True

    def _wear(self, timeline: Timeline, until_s: float) -> None:
        """The tool in the spindle has cut from where the program stood until then."""
        tool = self.tools.get(self._tool)
        if tool is not None:
            tool.used_s += timeline.cutting_before_s(until_s) - timeline.cutting_before_s(self._at_s)
        self._at_s = until_s
        self._position = timeline.position(until_s) if len(timeline.moves) else self._position

    def _stop(self, alarm: Alarm) -> None:
        self.alarm, self.execution = alarm, Execution.STOPPED

    def _leave(self) -> None:
        """The program is over, or given up."""
        self._timeline, self._halts, self._at_s = None, [], 0.0

    def next_s(self) -> float:
        """When the program will stop or end, on the owner's clock, if nothing is asked of it before; inf: never."""
        if self._timeline is None or self.execution is not Execution.ACTIVE:
            return float("inf")
        at_s = min([self._timeline.length_s, *(halt[0] for halt in self._halts[:1])])
        return self._now_s + max(at_s - self._at_s, 0.0)

    # ------------------------------------------------------------ tools

    def offset_of(self, number: int) -> Tool:
        """A tool as the control reckons with it: its geometry, and the wear register on top."""
        tool, wear = self._geometry[number], self.register.read(number)
        offset = (*tool.offset[:2], tool.offset[2] + wear.length_mm, *tool.offset[3:])
        return replace(tool, offset=offset, diameter_mm=tool.diameter_mm + 2 * wear.radius_mm)

    def correct(self, correction: Correction) -> Receipt:
        """Write a correction; it counts from the next start of a program."""
        return self.register.write(correction)

    def measured_shift_mm(self, number: int) -> float:
        """By how much a dimension made by a tool now lies beside where its geometry puts it: wear and correction."""
        wear = self.register.read(number)
        return self.tools[number].worn_mm + wear.length_mm + wear.radius_mm

    def change_tool(self, number: int) -> None:
        """Somebody has put a sharp one in its place: nothing is worn, nothing corrected."""
        self.tools[number].used_s = 0.0
        self.register.clear(number)

    # ------------------------------------------------------------ memory

    def keep(self) -> dict[str, Any]:
        """What must be known to go on elsewhere: plain values, as JSON holds them."""
        return {
            "execution": str(self.execution),
            "alarm": list(self.alarm) if self.alarm else None,
            "runs": self._timeline is not None,
            "begun": self._begun,
            "at_s": self._at_s,
            "now_s": self._now_s,
            "position": self._position.tolist(),
            "tool": self._tool,
            "parameters": sorted(self._parameters.items()),
            "used_s": [[tool.number, tool.used_s] for tool in self.tools.values()],
            "register": self.register.keep(),
        }

    def restore(self, kept: dict[str, Any], program: Path | None) -> None:
        """Go on from there, with the program that ran."""
        for number, used_s in kept["used_s"]:
            self.tools[number].used_s = used_s
        self.register.restore(kept["register"])
        if program is not None:
            self.load(program)
        if kept["runs"] and self._program is not None:
            position, self._tool, parameters = kept["begun"]
            self._position, self._parameters = np.array(position), dict(parameters)
            self._interpret(self._program)
            self._halts = [halt for halt in self._halts if halt[0] > kept["at_s"] or halt[1] is not None]
        self._at_s, self._now_s, self._tool = kept["at_s"], kept["now_s"], kept["tool"]
        self._position, self._parameters = np.array(kept["position"]), dict(kept["parameters"])
        self.execution = Execution(kept["execution"])
        self.alarm = Alarm(*kept["alarm"]) if kept["alarm"] else None

    # ------------------------------------------------------------ showing

    @property
    def timeline(self) -> Timeline | None:
        """The program that runs, laid out in time; None: none does."""
        return self._timeline

    def show(self, now_s: float) -> Shown:
        """Everything that the machine shows now."""
        self.advance(now_s)
        timeline, run = self._timeline, self._run
        line, block, file, feed, rpm = self._line(), "", "", 0.0, 0.0
        if timeline is not None and run is not None and len(timeline.moves):
            move = timeline.moves[self._move(timeline)]
            source = run.sources[int(move["file"])]
            file, block = source.name, source.text_of(line)
            if self.execution is Execution.ACTIVE:
                feed = timeline.feed_mm_s(self._at_s)
            if self.execution is not Execution.STOPPED:
                rpm = float(move["spindle_rpm"]) * int(move["spindle_dir"])
        tool_offset = self.offset_of(self._tool).offset[2] if self._tool in self._geometry else 0.0
        done = self._at_s / timeline.length_s if timeline is not None and timeline.length_s > 0 else 0.0
        return Shown(
            self.execution, self._program.name if self._program else "", file, line, block,
            tuple(self._position.tolist()), feed, rpm, self._tool, tool_offset, done, self.alarm, self._message(line),
        )  # fmt: skip

    def _line(self) -> int:
        timeline = self._timeline
        return int(timeline.moves[self._move(timeline)]["line"]) if timeline and len(timeline.moves) else 0

    def _move(self, timeline: Timeline) -> int:
        """The move that runs; the stop itself while the program waits at one."""
        index = timeline.index(self._at_s)
        if self.execution is not Execution.INTERRUPTED:
            return index
        return int(np.flatnonzero(np.isin(timeline.moves["kind"][: index + 1], STOPS))[-1])

    def _message(self, line: int) -> str:
        """The last message of the program up to a line."""
        notes = [note for note in self._run.notes if note.code == "message" and note.line <= line] if self._run else []
        return notes[-1].message.strip() if notes and self._timeline is not None else ""
