"""Virtual machine tools: machines that execute the programs of the plant file and show where they are.

Nature says what it says of every machine: handling, failures, measured values. Between them runs the program, block by
block, on a `nc.machine_tool.MachineTool`, and what that shows is told: position, feed, block, tool, messages.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from linewright.machines.behaviour import Fact, Failed, Finished, Observed, Repaired, Waiting
from linewright.machines.floor import Floor
from linewright.machines.jobs import JobOrder, Work
from linewright.machines.natural import NaturalMachine, natural_floor
from linewright.nc.machine_file import read_machine
from linewright.nc.machine_tool import Correction, Execution, MachineTool, Shown, Written
from linewright.plant.check import CheckedPlant
from linewright.plant.programs import tool_name
from linewright.plant.routes import all_steps

LOOKS_S = 4.0  # how often a second of the wall clock a machine tool shows where it is
SHORTEST_LOOK_S = 0.5  # of plant time
ANSWERS_AFTER_S = 60.0  # how long a program that waits (M0, M1, M60) stands until somebody comes and presses start


def virtual_floor(checked: CheckedPlant, seed: int, speed: float = 1.0, life: int = 0) -> Floor:
    """The machines of a plant on a floor; those of stations with a `machine_tool` execute programs."""
    floor = natural_floor(checked, seed, speed, life)
    look_s = max(SHORTEST_LOOK_S, speed / LOOKS_S)
    for machine in floor.machines.values():
        name = checked.plant.stations[machine.station].machine_tool
        natural = machine.behaviour
        if name is None or not isinstance(natural, NaturalMachine):
            continue
        tool = MachineTool(read_machine(checked.folder / name))
        programmed = ProgrammedMachine(natural, tool, programs_at(checked, machine.station), look_s)
        machine.behaviour = programmed
        machine.items |= {told.item: told.value for told in readings(tool.show(0.0))}  # what servers can announce
    return floor


def programs_at(checked: CheckedPlant, station: str) -> dict[str, Path]:
    """The program files that a station runs, by operation (`block.op10`)."""
    return {
        f"{step.material}.{step.name}": checked.folder / step.operation.program
        for step in all_steps(checked.plant)
        if step.operation.program is not None and station in step.stations
    }


def readings(shown: Shown) -> list[Observed]:
    """What a machine tool shows, as items: mm, mm/s, rev/min."""
    return [
        *(Observed(f"{axis}pos", place) for axis, place in zip("XYZ", shown.position, strict=False)),
        Observed("feed", shown.feed_mm_s),
        Observed("Sspeed", shown.spindle_rpm),
        Observed("program_file", shown.program),
        Observed("line", shown.line),
        Observed("block", shown.block),
        Observed("tool_number", shown.tool),
        Observed("tool_offset", shown.tool_offset_mm),
        Observed("done", round(shown.done, 4)),
    ]


class ProgrammedMachine:
    """A machine tool at work: see `behaviour.Behaviour`."""

    def __init__(
        self, natural: NaturalMachine, tool: MachineTool, programs: dict[str, Path], look_s: float = SHORTEST_LOOK_S
    ) -> None:
        self.natural, self.tool, self.programs, self.look_s = natural, tool, programs, look_s
        self._waits: list[float] = []  # s of work until each run of the program begins, from `_since_s`
        self._since_s = 0.0
        self._works = False
        self._alarm = ""  # of the machine tool itself, not one of nature's failures
        self._repaired_s = math.inf
        self._corrections = 0
        self._facts: list[Fact] = []  # to be told at the next look
        self._answered_s = math.inf  # when somebody presses cycle start for a program that waits
        self._next_look_s = math.inf

    # ------------------------------------------------------------ commands

    def can(self, order: JobOrder) -> bool:
        """Is the job one that this machine knows?"""
        return self.natural.can(order)

    def start(self, order: JobOrder, now_s: float) -> None:
        """Begin a job; a program begins when the part is loaded."""
        self.natural.start(order, now_s)
        if order.work is Work.CHANGE_TOOL:
            self._sharpen(order.what)
        program = self.programs.get(order.what) if order.work is Work.OPERATION else None
        if program is None:
            return
        self.tool.load(program)
        runs = self.tool.time_of_program_s()
        handling_s = max(self.natural.left_s() - runs * order.pieces, 0.0)
        self._waits = [handling_s + runs * piece for piece in range(order.pieces)]
        self._works, self._since_s = True, now_s
        self._begin_runs(now_s)
        self._next_look_s = now_s

    def pause(self, now_s: float) -> None:
        """Feed hold."""
        self._rest(now_s)
        self.natural.pause(now_s)

    def resume(self, now_s: float) -> None:
        """Cycle start."""
        self._answered_s = math.inf
        self.natural.resume(now_s)
        if self._waits or self.tool.execution is not Execution.READY:
            self._works, self._since_s = True, now_s
            self.tool.start(now_s)
            self._next_look_s = now_s

    def drop(self, now_s: float) -> None:
        """The job under way is given up."""
        self._rest(now_s)
        self.tool.reset(now_s)
        self._waits, self._answered_s = [], math.inf
        self.natural.drop(now_s)

    def repair(self, mode: str, now_s: float) -> None:
        """Somebody begins to repair a failure, or resets an alarm, which takes no time."""
        if mode != self._alarm:
            self.natural.repair(mode, now_s)
            return
        self.tool.reset(now_s)
        self._alarm, self._repaired_s = "", now_s

    def offset(self, tool: str, correction: float) -> None:
        """Write what shall stand in the wear register; a step that the machine refuses moves nothing."""
        number = next((n for n in self.tool.tools if tool_name(n) == tool), None)
        if number is None:
            self.natural.offset(tool, correction)
            return
        self._corrections += 1
        length_mm = self.tool.register.read(number).length_mm + correction * 1000.0
        receipt = self.tool.correct(Correction(f"{tool}-{self._corrections}", number, length_mm=length_mm))
        if receipt.written is Written.WRITTEN:
            self.natural.offset(tool, correction)
            self._facts.append(Observed(f"offset_{tool}", receipt.registers.length_mm))
        else:
            self._facts.append(Observed("message", f"correction of {tool} refused: {receipt.reason}"))
        self._next_look_s = 0.0

    # ------------------------------------------------------------ memory

    def keep(self) -> dict[str, Any]:
        """Nature's part, and of the machine tool its tools and how far the program is."""
        return {
            "natural": self.natural.keep(),
            "tool": self.tool.keep(),
            "waits_s": self._waits,
            "since_s": self._since_s,
            "works": self._works,
            "alarm": self._alarm,
            "answered_s": None if math.isinf(self._answered_s) else self._answered_s,
            "corrections": self._corrections,
        }

    def restore(self, kept: dict[str, Any], order: JobOrder | None) -> None:
        """Go on from there."""
        self.natural.restore(kept["natural"], order)
        program = self.programs.get(order.what) if order is not None and order.work is Work.OPERATION else None
        self.tool.restore(kept["tool"], program)
        self._waits, self._since_s = list(kept["waits_s"]), kept["since_s"]
        self._works, self._alarm, self._corrections = kept["works"], kept["alarm"], kept["corrections"]
        self._next_look_s = self._since_s if self._works else math.inf
        answered_s = kept.get("answered_s")
        self._answered_s = math.inf if answered_s is None else answered_s

    # ------------------------------------------------------------ what happens

    def next_s(self) -> float:
        """When it has something to tell."""
        return min(self.natural.next_s(), self._next_look_s, self._repaired_s, self._answered_s)

    def happen(self, now_s: float) -> list[Fact]:
        """What happens at that time; what the machine tool shows comes first."""
        facts, self._facts = self._facts, []
        if now_s >= self._repaired_s:
            self._repaired_s = math.inf
            facts.append(Repaired())
        if now_s >= self._answered_s:
            self.resume(now_s)
            facts.append(Waiting(False))
        if now_s < self.natural.next_s():
            return facts + self._look(now_s)
        happened = self.natural.happen(now_s)
        if any(isinstance(fact, Failed) for fact in happened):
            self._rest(now_s)
        facts += self._look(now_s)
        if any(isinstance(fact, Finished) for fact in happened) and self._works:
            self._waits, self._works, self._next_look_s = [], False, math.inf
            self.tool.reset(now_s)
        return facts + happened

    def _look(self, now_s: float) -> list[Fact]:
        """Let the program run on and say where it is."""
        if self._works:
            self._begin_runs(now_s)
        shown = self.tool.show(now_s)
        self._next_look_s = self._plan(now_s)
        facts: list[Fact] = [*readings(shown)]
        if shown.execution is Execution.INTERRUPTED and self._works:
            self._rest(now_s)
            self.natural.pause(now_s)
            self._answered_s = now_s + ANSWERS_AFTER_S
            facts += [Observed("message", shown.message or f"waits for cycle start: {shown.block}"), Waiting()]
        if shown.alarm is not None and not self._alarm:
            self._alarm = shown.alarm.message
            self._rest(now_s)
            self.natural.pause(now_s)
            facts.append(Failed(self._alarm))
        return facts

    def _plan(self, now_s: float) -> float:
        """When to look next."""
        if not self._works:
            return math.inf
        begins_s = self._since_s + self._waits[0] if self._waits else math.inf
        soon = [at_s for at_s in (begins_s, self.tool.next_s()) if at_s > now_s]
        return min([now_s + self.look_s, *soon])

    def _begin_runs(self, now_s: float) -> None:
        """Start the program for every piece whose turn has come."""
        while self._waits and self._since_s + self._waits[0] <= now_s:
            begins_s = self._since_s + self._waits.pop(0)
            self.tool.advance(begins_s)
            self.tool.start(begins_s)

    def _rest(self, now_s: float) -> None:
        """Everything stands still."""
        if self._works:
            self._begin_runs(now_s)
            self._waits = [max(wait_s - (now_s - self._since_s), 0.0) for wait_s in self._waits]
            self.tool.hold(now_s)
        self._works, self._next_look_s = False, math.inf

    def _sharpen(self, tool: str) -> None:
        for number in self.tool.tools:
            if tool_name(number) == tool:
                self.tool.change_tool(number)
