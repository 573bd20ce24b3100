"""The interpreter: a program in, canonical moves out, block by block.

For every block: read it, work out its values, check all of it, and only then change anything, in the order
that RS274/NGC lays down. Moves leave in chunks, so a program of any length needs the same memory. A fault of
the program ends the run and is returned (`fault`) with the moves that came before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from linewright.nc import execute, offset_variables, offsets, system_variables
from linewright.nc import parameters as p
from linewright.nc.bench import Bench
from linewright.nc.blocks import Block, parse_block
from linewright.nc.codes import PROBES_AWAY, PROBES_THAT_MUST_TOUCH, code_name
from linewright.nc.compensation import Compensation
from linewright.nc.dialects import LINUXCNC, Dialect
from linewright.nc.fastpath import FastPath
from linewright.nc.faults import Category, Fault, Note, ProgramFault
from linewright.nc.flow import Flow
from linewright.nc.macro_b import ModalMacro, parse_macro
from linewright.nc.moves import MOVE, FeedMode, Flag, Kind
from linewright.nc.setup import Contact, Position, Setup
from linewright.nc.source import Source
from linewright.nc.splines import SplineMemory
from linewright.nc.state import Modes, State

Words = dict[str, float]
Row = list[Any]  # the fields of `moves.MOVE` in order

CHUNK = 16_384  # records that leave at once
SMALL = 512  # records that may wait for company before they are stored
#: A coordinate of more than zero without a decimal point.
POINTLESS = re.compile(rb"[XYZIJKRQUVWxyzijkrquvw][ \t]*[+-]?0*[1-9]\d*(?![\d.])")
MAX_NOTES = 10_000
_START, _END, _CENTRE = 13, 14, 15
_NOWHERE = (0.0, 0.0, 0.0)


class Interpreter:
    """One run of one program. Iterate over `run()`, then look at `fault` and `notes`."""

    def __init__(self, program: Source, setup: Setup | None = None, dialect: Dialect = LINUXCNC) -> None:
        self.setup = setup or Setup()
        self.dialect = dialect
        self.main = self.source = program
        self.sources = [program]
        self.offset = 0
        self.line = 1  # of the block at hand, then of the next one
        self.ended = False
        self.fault: Fault | None = None
        self.notes: list[Note] = []
        self.state = State()
        self.state.modes.motion = dialect.motion_at_start
        self.state.modes.retract_to_r = dialect.retract_to_r_at_start
        self.bench = Bench() if self.setup.bench else None
        self.flow = Flow()
        self.compensation = Compensation()
        self.splines = SplineMemory()
        self.tools = dict(self.setup.tools)
        self.spindle_tool = offsets.NO_TOOL
        self.numbered = p.fresh_parameters(self.setup.parameters, dialect.last_parameter, empty=dialect.macro_b)
        self.named_global: dict[str, float] = {}
        self.returned, self.has_returned = 0.0, False
        self.previous_motion = self.state.modes.motion
        self.direction_before_stop = 0
        self.unit_mm = 1.0
        self.feed_word = 0.0
        self.modal_macro: ModalMacro | None = None  # G66
        self.last_parameter = dialect.last_parameter
        self.system_numbers = system_variables.READABLE if dialect.macro_b else frozenset[int]()
        self.offset_here = 0
        self.block_number = -1
        self.here = 1  # line of the block being run
        self.in_percent = False
        self.said: set[str] = set()  # modal groups that the program has set so far
        self.said_before_motion: frozenset[str] | None = None
        self.first_motion_line = 0
        self.blocks_run = 0
        self.moves_made = 0
        self.fast = FastPath()
        self.rows = np.empty(CHUNK, MOVE)
        self.filled = 0
        self._out: list[tuple[Any, ...]] = []
        self._kept: dict[Source, dict[int, tuple[Block, int]]] = {}
        self._externals: dict[str, Source] = {}
        if dialect.macro_b:
            offset_variables.fill(self)
        if self.bench is not None and self.tools:
            self.bench.data_of, first = next(iter(self.tools.items()))
            self.state.pocket = first.pocket
        if self.setup.initial_tool:
            self.state.tool = self.setup.initial_tool
            self.spindle_tool = offsets.find_tool(self, self.state.tool)
            offsets.store_tool(self, self.spindle_tool)
        offsets.restore_stored_frames(self)

    # running

    def run(self) -> Iterator[np.ndarray]:
        """Arrays of `moves.MOVE`, in order."""
        try:
            self.open_file()
            while not self.ended:
                if self.fast.wait > 0 and len(self._out) < SMALL:
                    self.fast.wait -= 1
                elif self.offset < self.source.size:
                    self.store()
                    self.filled = self.fast.run(self, self.rows, self.filled)
                    if self.filled == CHUNK:
                        yield self.take()
                        continue
                self.step()
        except ProgramFault as fault:
            self.fault = self.describe(fault)
        while self._out:
            self.store()
            yield self.take()
        yield self.take()

    def store(self) -> None:
        """Move finished records into the array that leaves next, as many as fit."""
        if not self._out:
            return
        room = CHUNK - self.filled
        part = self._out[:room]
        self.rows[self.filled : self.filled + len(part)] = np.array(part, MOVE)
        self.filled += len(part)
        del self._out[:room]

    def take(self) -> np.ndarray:
        """The records made since the last time."""
        self.source.forget_before(self.offset)
        chunk = self.rows[: self.filled]
        self.moves_made += self.filled
        self.rows, self.filled = np.empty(CHUNK, MOVE), 0
        if self.moves_made > self.setup.limits.moves and not self.fault:
            raise ProgramFault(Category.LIMIT, f"more than {self.setup.limits.moves} moves")
        return chunk

    def describe(self, fault: ProgramFault) -> Fault:
        """A fault with its place."""
        if fault.at_file_end:
            line = self.main.line_count() if self.source is self.main else self.source.line_count()
            return Fault(fault.category, fault.message, line, self.source.name)
        text, _ = self.source.line_at(self.offset_here) if self.source.size else ("", 0)
        return Fault(fault.category, fault.message, self.here, self.source.name, text.strip())

    def open_file(self) -> None:
        """Pass the leading percent sign."""
        if self.dialect.undefined_start and POINTLESS.search(self.source.data[: 1 << 16]):
            self.note("undefined", self.dialect.undefined_start)
        while self.offset < self.source.size:
            text, after = self.source.line_at(self.offset)
            bare = text.strip()
            if bare.startswith("%"):
                self.in_percent = True
                self.offset, self.line = after, self.line + 1
                return
            if bare:
                return
            self.offset, self.line = after, self.line + 1

    def step(self) -> None:
        """Read and run one block."""
        source = self.source
        if self.offset >= source.size:
            self.end_of_file()
            return
        self.offset_here, self.here = self.offset, self.line
        self.blocks_run += 1
        if self.blocks_run > self.setup.limits.blocks:
            raise ProgramFault(Category.LIMIT, f"more than {self.setup.limits.blocks} blocks run")
        if self.flow.loops and self.blocks_run > self.setup.limits.loop_blocks:
            raise ProgramFault(
                Category.LIMIT, f"more than {self.setup.limits.loop_blocks} blocks run with loops"
            )
        kept = self._kept.get(source)
        entry = kept.get(self.offset) if kept else None
        if entry is None:
            entry = self.read()
            if entry is None:
                return
        block, after = entry
        self.offset, self.line = after, self.here + 1
        if block.flow is not None:
            execute.take_comments(self, block)
            self.flow.execute(self, block.flow, self.offset_here)
        elif block.words or block.settings or block.comments:
            self.block_number = block.number
            execute.run_block(self, block)

    def read(self) -> tuple[Block, int] | None:
        """Parse the line at hand; None where it is no block to run."""
        text, after = self.source.line_at(self.offset)
        if text.lstrip().startswith("%"):
            self.percent(text)
            return None
        if text.startswith("/") and self.setup.block_delete:
            self.offset, self.line = after, self.line + 1
            return None
        entry = parse_block(text, parse_macro if self.dialect.macro_b else None), after
        if self.flow.loops:
            kept = self._kept.setdefault(self.source, {})
            if len(kept) > 100_000:
                kept.clear()
            kept[self.offset] = entry
        return entry

    def percent(self, text: str) -> None:
        """A percent sign ends a program that began with one."""
        if not self.in_percent or text.strip() != "%":
            raise ProgramFault(Category.SYNTAX, "a percent sign that begins no file and ends none")
        self.finish()

    def end_of_file(self) -> None:
        """The file ended without an end of the program."""
        if len(self.flow.frames) > 1 or self.dialect.needs_program_end:
            fault = ProgramFault(Category.SYNTAX, "the file ends without M2, M30 or a closing percent sign")
            fault.at_file_end = True
            raise fault
        self.finish()

    def finish(self) -> None:
        """Send what waits; nothing more is run."""
        self.compensation.flush(self)
        self.ended = True

    # places in the program

    def jump(self, offset: int, line: int) -> None:
        """Go on with the line at a byte of this file."""
        self.offset, self.line = offset, line

    def enter(self, source: Source, offset: int, line: int) -> None:
        """Go on in a file, perhaps another one."""
        if source not in self.sources:
            self.sources.append(source)
        self.source, self.offset, self.line = source, offset, line

    def external(self, label: str, find: Callable[[str, dict[str, str], tuple[str, ...]], Source]) -> Source:
        """The file of a subprogram, opened once."""
        if label not in self._externals:
            self._externals[label] = find(label, self.setup.files, self.setup.folders)
        return self._externals[label]

    # values

    def position_parameter(self, number: int) -> float:
        """#5420..#5428: the position in program coordinates and units."""
        axis = number - p.POSITION
        if axis >= 6:
            return 0.0
        self.check_position_known()
        return self.state.position[axis] / (self.unit_mm if axis < 3 else 1.0)

    def system_value(self, number: int) -> float:
        """One of `system_numbers`."""
        return system_variables.read(self, number)

    def check_position_known(self) -> None:
        """The tool stands beside the contour while it is compensated: no position of the program is its own."""
        if self.compensation.side:
            message = "the position cannot be read with cutter compensation on"
            raise ProgramFault(Category.COMP_STATE, message)

    def named_value(self, name: str) -> float:
        """A named parameter; a fault where it is not defined."""
        value = self.find_named(name)
        if value is None:
            raise ProgramFault(Category.PARAMETER, f"parameter #<{name}> is not defined")
        return value

    def named_exists(self, name: str) -> bool:
        """Whether a named parameter is defined."""
        return self.find_named(name) is not None

    def find_named(self, name: str) -> float | None:
        """A named parameter, or None."""
        if not name.startswith("_"):
            return self.flow.frames[-1].named.get(name)
        value = self.named_global.get(name)
        return p.predefined(self, name) if value is None else value

    def pocket_of(self, number: int) -> int:
        """Pocket of a tool; -1 where there is none."""
        tool = self.tools.get(number)
        return tool.pocket if tool else (0 if number == 0 else -1)

    def note(self, code: str, message: str) -> None:
        """Tell the reader of the result something that is no fault."""
        if len(self.notes) < MAX_NOTES:
            self.notes.append(Note(code, message, self.here, self.source.name))

    # records

    def new_row(
        self, kind: Kind, flags: int = 0, *, turns: int = 0, value: float = 0.0, pitch: float = 0.0
    ) -> Row:
        """A record with the process state now in force; its geometry comes when it is sent."""
        state, modes = self.state, self.state.modes
        css = modes.css_limit_rpm > 0
        cutting = kind != Kind.RAPID and kind <= Kind.TAP
        if modes.inch:
            flags |= Flag.INCHES
        if state.length_offset:
            flags |= Flag.LENGTH_OFFSET
        if not modes.feed_override:
            flags |= Flag.FEED_OVERRIDE_OFF
        if not modes.speed_override:
            flags |= Flag.SPEED_OVERRIDE_OFF
        feed = modes.feed if modes.feed_mode == FeedMode.PER_REVOLUTION else modes.feed / 60.0
        surface = modes.spindle_speed / 60.0 * (0.3048 if modes.inch else 1.0) if css else 0.0
        return [
            int(kind),
            int(modes.plane),
            int(modes.feed_mode),
            int(modes.path_mode),
            modes.coolant,
            self.shown_turning(),
            turns if turns else int(kind in (Kind.ARC_CW, Kind.ARC_CCW)),
            int(flags),
            self.sources.index(self.source) if self.source is not self.main else 0,
            self.here,
            self.block_number,
            state.tool,
            state.pocket,
            None,
            None,
            _NOWHERE,
            feed if cutting else 0.0,
            pitch,
            modes.css_limit_rpm if css else modes.spindle_speed,
            surface,
            modes.tolerance_mm,
            modes.naive_cam_mm,
            value,
        ]

    def shown_turning(self) -> int:
        """Which way the spindle turns, as records say it; a bench does not notice that M19 holds it."""
        return self.state.turning() if self.bench is None else self.state.modes.spindle_dir

    def send_move(self, row: Row, end: Position, centre: Position | None) -> None:
        """Complete a record of motion and send it. Machine positions."""
        if self.said_before_motion is None:
            self.mark_first_motion(row[9])
        row[_START], row[_END] = self.state.machine, end
        if centre is not None:
            row[_CENTRE] = centre[:3]
        self._out.append(tuple(row))
        if row[0] != Kind.TAP:
            self.state.machine = end
            if self.bench is not None and row[7] & Flag.SPLINE:
                self.bench.curved()
            elif self.bench is not None:
                self.bench.sent(self.state.frames, end)

    def mark_first_motion(self, line: int) -> None:
        """Keep what the program had said of modes when the machine first moved."""
        self.said_before_motion = frozenset(self.said)
        self.first_motion_line = line

    def made(self) -> list[tuple[Kind, Position, Position, Position]]:
        """Kind, start, end and centre of the records that have not left yet."""
        return [(row[0], row[_START], row[_END], (*row[_CENTRE], 0.0, 0.0, 0.0)) for row in self._out]

    def send_still(self, row: Row) -> None:
        """Complete and send a record that moves nothing."""
        row[_START] = row[_END] = self.state.machine
        self._out.append(tuple(row))

    def move(self, kind: Kind, end: Position, flags: int = 0, *, value: float = 0.0) -> None:
        """A straight move to a program position."""
        if self.compensation.queue:
            self.compensation.flush(self)
        self.send_move(self.new_row(kind, flags, value=value), self.state.frames.to_machine(end), None)
        self.state.position = end

    def arc(self, turn: int, end: Position, centre: tuple[float, float], turns: int) -> None:
        """An arc in the plane to a program position; `centre` in plane coordinates."""
        first, second, _ = self.compensation_axes()
        place = list(end)
        place[first], place[second] = centre
        kind = Kind.ARC_CCW if turn > 0 else Kind.ARC_CW
        to_machine = self.state.frames.to_machine
        row = self.new_row(kind, turns=turns)
        self.send_move(row, to_machine(end), to_machine(tuple(place)))  # type: ignore[arg-type]
        self.state.position = end

    def compensation_axes(self) -> tuple[int, int, int]:
        """Axis indices of the plane in force."""
        return execute.PLANE_AXES[self.state.modes.plane]

    def radii_differ_mm(self) -> float:
        """By how much the radii of an arc's ends may differ."""
        if self.state.modes.inch:
            return self.dialect.radii_differ_inch * 25.4
        return self.dialect.radii_differ_mm

    def synchronised(self, kind: Kind, end: Position, pitch: float, flags: int) -> None:
        """A move tied to the spindle's turning."""
        self.send_move(self.new_row(kind, flags, pitch=pitch), self.state.frames.to_machine(end), None)
        self.state.position = end

    def arrive(self, position: Position) -> None:
        """The machine stands at a program position without a record of its own."""
        self.state.position = position
        self.state.machine = self.state.frames.to_machine(position)

    def event(self, kind: Kind, *, value: float = 0.0, pocket: int | None = None) -> None:
        """A record that moves nothing."""
        row = self.new_row(kind, value=value)
        if pocket is not None:
            if abs(pocket) > offsets.LAST_TOOL:
                raise ProgramFault(Category.RANGE, f"{pocket}: pockets, inputs and outputs have smaller numbers")
            row[12] = pocket
        if not self.compensation.hold(row):
            self.send_still(row)

    def dwell(self, seconds: float) -> None:
        """Wait."""
        self.event(Kind.DWELL, value=seconds)

    def spindle(self, direction: int) -> None:
        """Turn the spindle that way, or stop it with 0."""
        self.state.modes.spindle_dir = direction
        self.state.spindle_held = False
        self.event(Kind.SPINDLE)

    def orient(self, degrees: float) -> None:
        """Turn the spindle to an angle and hold it."""
        self.state.spindle_held = True
        self.event(Kind.ORIENT, value=degrees)

    def stop(self, kind: Kind) -> None:
        """M0, M1, M60 and their like: what waits for its corner goes to its own end first."""
        self.compensation.flush(self)
        self.event(kind)

    def record_probe(self, code: int, end: Position) -> None:
        """Move until contact by the setup's probe model and store where it was."""
        frames = self.state.frames
        start, target = self.state.machine, frames.to_machine(end)
        if self.bench is not None:
            contact = Contact(target, frames.to_machine(self.bench.back_off(end)), False)
        else:
            contact = self.setup.probe(start, target, self.spindle_tool.offset, code in PROBES_AWAY)
        rest = contact.rest
        self.send_move(self.new_row(Kind.PROBE, value=float(code % 10)), target, None)
        if not contact.made and self.bench is None and code in PROBES_THAT_MUST_TOUCH:
            raise ProgramFault(Category.PROBE, f"{code_name(code)}: no contact up to the target")
        self.state.machine = rest
        self.state.position = frames.to_program(rest)
        if self.bench is not None:
            self.bench.sent(frames, rest)
        at = frames.to_program(contact.at)
        for axis in range(6):
            self.numbered[p.PROBED_AT + axis] = at[axis] / (self.unit_mm if axis < 3 else 1.0)
        self.numbered[p.PROBE_TOUCHED] = 1.0 if contact.made else 0.0

    def change_frames(self, **offsets: Position | float | tuple[float, float]) -> None:
        """Set offsets between the frames while the machine stands still."""
        before = replace(self.state.frames)
        self.state.change_frames(**offsets)
        if self.bench is not None:
            self.bench.reframed(before, self.state.frames)

    def read_back_position(self) -> None:
        """After a tool change the position is read from the machine; only a bench has another one."""
        if self.bench is not None:
            self.arrive(self.bench.position)

    def restore_modes(self, saved: Modes) -> None:
        """M72, or M73 at the end of a subroutine."""
        system = self.state.modes.system
        motion = self.state.modes.motion
        self.state.modes = saved.copy()
        self.state.modes.motion, self.state.modes.system = motion, system
        self.unit_mm = 25.4 if saved.inch else 1.0
        self.feed_word = saved.feed / self.unit_mm
        if saved.system != system:
            offsets.activate_system(self, saved.system)
        self.event(Kind.SPINDLE)
