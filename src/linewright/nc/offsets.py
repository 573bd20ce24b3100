"""Tools and offsets: T, M6, M61, G43, G10, G54.., G92, G52, G28, G30."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linewright.nc import offset_variables
from linewright.nc import parameters as p
from linewright.nc.expressions import to_integer
from linewright.nc.faults import Category, ProgramFault
from linewright.nc.motion import AXES, axis_scale, target
from linewright.nc.moves import Flag, Kind, Plane
from linewright.nc.setup import Position, Tool, moved_offset
from linewright.nc.state import ZERO

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words

NO_TOOL = Tool(0)
LAST_TOOL = 999_999_999


def forbid_compensation(run: Interpreter, what: str) -> None:
    """A fault where cutter compensation is on."""
    if run.compensation.side:
        raise ProgramFault(Category.COMP_STATE, f"{what} is not allowed with cutter compensation on")


# tools


def find_tool(run: Interpreter, number: int) -> Tool:
    """The tool of that number; without a tool table every tool exists and has no offset."""
    tool = tabled_tool(run, number)
    return offset_variables.with_registers(run, tool) if run.dialect.macro_b else tool


def tabled_tool(run: Interpreter, number: int) -> Tool:
    """The tool as it stands in the table."""
    if number == 0:
        return NO_TOOL
    if number < 0:
        raise ProgramFault(Category.TOOL, f"T{number}: a tool number is not negative")
    if number > LAST_TOOL:
        raise ProgramFault(Category.TOOL, f"T{number}: tool numbers go up to {LAST_TOOL}")
    tool = run.tools.get(number)
    if tool is None:
        if run.setup.tools or not run.setup.every_tool_exists:
            raise ProgramFault(Category.TOOL, f"tool {number} is not in the tool table")
        return Tool(number, number)
    return tool


def select_tool(run: Interpreter, word: float) -> None:
    """T word: which tool comes next."""
    number = to_integer(word, "T")
    tool = find_tool(run, number)
    run.state.selected = number
    run.event(Kind.TOOL_SELECT, value=float(number), pocket=tool.pocket)


def change_tool(run: Interpreter) -> None:
    """M6: the selected tool comes into the spindle, which stops."""
    forbid_compensation(run, "a tool change")
    state = run.state
    before, state.tool = state.tool, max(state.selected, 0)
    state.modes.spindle_dir = 0
    tool = find_tool(run, state.tool)
    state.pocket = tool.pocket
    if run.bench is None or tool is not NO_TOOL:  # a bench without a tool keeps the data of the one before
        run.spindle_tool = tool
        store_tool(run, tool)
        if run.bench is not None:
            run.bench.data_of = tool.number
    if run.dialect.length_offset_by_tool_change:
        run.state.length_offset = True
        run.change_frames(tool=tool.offset)
    run.event(Kind.TOOL_CHANGE, value=float(before), pocket=tool.pocket)


def set_tool_number(run: Interpreter, words: Words) -> None:
    """M61 Q: the tool in the spindle is this one; nothing moves."""
    forbid_compensation(run, "M61")
    if words.get("q", -1.0) < 0:
        raise ProgramFault(Category.MISSING_WORD, "M61 needs the tool number: Q, not negative")
    number = round(words["q"])
    tool = find_tool(run, number)
    before, run.state.tool = run.state.tool, number
    run.state.pocket = tool.pocket
    if run.bench is None:
        run.spindle_tool = tool
        store_tool(run, tool)
    run.event(Kind.TOOL_CHANGE, value=float(before), pocket=tool.pocket)


def store_tool(run: Interpreter, tool: Tool) -> None:
    """Put the data of the tool in the spindle where programs can read it."""
    unit = run.setup.stored_length_mm()
    run.numbered[p.TOOL_NUMBER] = float(tool.number)
    for axis, value in enumerate(tool.offset):
        run.numbered[p.TOOL_OFFSET + axis] = value / (unit if axis < 3 else 1.0)
    run.numbered[p.TOOL_DIAMETER] = tool.diameter_mm / unit
    run.numbered[p.TOOL_FRONT] = tool.front_angle_deg
    run.numbered[p.TOOL_BACK] = tool.back_angle_deg
    run.numbered[p.TOOL_ORIENTATION] = float(tool.orientation)


def length_offset(run: Interpreter, code: int, words: Words) -> None:
    """G43, G43.1, G43.2, G49."""
    forbid_compensation(run, "a change of the tool offset")
    now = run.state.frames.tool
    if code == 490:
        offset: Position = ZERO
    elif code == 430:
        number = to_integer(words.get("h", 0.0), "H")
        offset = (find_tool(run, number) if number else run.spindle_tool).offset
    elif code == 431:
        offset = with_axes(run, words, now)
    else:
        offset = added_offset(run, words, now)
    run.state.length_offset = code != 490
    run.change_frames(tool=offset)
    run.event(Kind.TOOL_OFFSET, value=offset[2])


def added_offset(run: Interpreter, words: Words, now: Position) -> Position:
    """G43.2: the offset of tool H, or axis words, on top of the one in force."""
    if "h" in words and any(letter in words for letter in AXES):
        raise ProgramFault(Category.MODAL_CONFLICT, "G43.2 takes H or axis words, not both")
    if "h" in words:
        more = find_tool(run, to_integer(words["h"], "H")).offset
    elif any(letter in words for letter in AXES):
        more = with_axes(run, words, ZERO)
    else:
        raise ProgramFault(Category.MISSING_WORD, "G43.2 needs H or axis words")
    return tuple(a + b for a, b in zip(now, more, strict=True))  # type: ignore[return-value]


def with_axes(run: Interpreter, words: Words, base: Position) -> Position:
    """`base` with the axes that are programmed replaced."""
    return tuple(
        words[letter] * axis_scale(run, axis) if letter in words else base[axis]
        for axis, letter in enumerate(AXES)
    )  # type: ignore[return-value]


# work offsets


def stored_position(run: Interpreter, number: int) -> Position:
    """Six stored parameters from `number` on as a position."""
    unit = run.setup.stored_length_mm()
    return tuple(run.numbered[number + axis] * (unit if axis < 3 else 1.0) for axis in range(6))  # type: ignore[return-value]


def store_position(run: Interpreter, number: int, position: Position) -> None:
    """A position into six stored parameters."""
    unit = run.setup.stored_length_mm()
    for axis, value in enumerate(position):
        run.numbered[number + axis] = value / (unit if axis < 3 else 1.0)


def activate_system(run: Interpreter, system: int) -> None:
    """G54..G59.3: take the offsets of a work coordinate system."""
    forbid_compensation(run, "a change of the work coordinate system")
    if system == run.state.modes.system and not run.dialect.macro_b:
        return  # its offsets are in force, whatever has been written to the parameters since
    number = p.work_offset_number(system)
    run.state.modes.system = system
    run.numbered[p.ACTIVE_SYSTEM] = float(system)
    work = stored_position(run, number)
    if run.dialect.macro_b:  # G68 stays in force
        run.change_frames(work=work)
    else:
        run.change_frames(work=work, rotation_deg=run.numbered[number + 9])


def restore_stored_frames(run: Interpreter) -> None:
    """At the start: the work system and G92 offset that were stored."""
    system = round(run.numbered[p.ACTIVE_SYSTEM])
    number = p.work_offset_number(system)
    frames = run.state.frames
    run.state.modes.system = system
    frames.work, frames.rotation_deg = stored_position(run, number), run.numbered[number + 9]
    if run.numbered[p.LOCAL_ACTIVE] == 1.0:
        frames.local = stored_position(run, p.LOCAL_OFFSET)
    frames.update()
    if run.bench is not None:
        run.bench.sent(frames, run.setup.start)
    run.state.machine = run.setup.start
    run.state.position = frames.to_program(run.setup.start)


def set_data(run: Interpreter, words: Words) -> None:
    """G10: L1 L10 L11 tools, L2 L20 work coordinate systems."""
    kind = to_integer(words.get("l", -1.0), "L")
    if run.dialect.macro_b and kind in offset_variables.REGISTERS:
        offset_variables.set_register(run, kind, words)
    elif run.dialect.macro_b and kind == 20:
        set_further_offset(run, words)
    elif kind in (2, 20):
        set_work_offset(run, kind, words)
    elif kind in (1, 10, 11):
        set_tool_data(run, kind, words)
    elif kind == 0:
        run.note("ignored", "G10 L0 (reload the tool table) has no effect here")
    else:
        raise ProgramFault(Category.MISSING_WORD, "G10 needs L: 1, 10, 11 (tools), 2, 20 (work offsets)")


def set_work_offset(run: Interpreter, kind: int, words: Words) -> None:
    """G10 L2, L20."""
    for letter in "ij" if kind == 2 else "ijr":
        if letter in words:
            raise ProgramFault(Category.UNUSED_WORD, f"G10 L{kind} has no use for {letter.upper()}")
    system = to_integer(
        words.get("p", -1.0) if words.get("p", -1.0) in (-1.0,) else float(int(words["p"])), "P"
    )
    if not 0 <= system <= 9:
        raise ProgramFault(Category.RANGE, f"G10 L{kind}: P0 (the active) to P9, not P{system}")
    state = run.state
    system = system or state.modes.system
    if system == state.modes.system:
        forbid_compensation(run, "a change of the active work offset")
    number = p.work_offset_number(system)
    rotation = words.get("r", run.numbered[number + 9])
    work = stored_position(run, number)
    work = with_axes(run, words, work) if kind == 2 else touched_off(run, words, work, rotation)
    store_position(run, number, work)
    run.numbered[number + 9] = rotation
    if system == state.modes.system:
        run.change_frames(work=work, rotation_deg=rotation)


def set_further_offset(run: Interpreter, words: Words) -> None:
    """G10 L20 of macro B: the offsets of G54.1 P."""
    system = further_system(words)
    work = with_axes(run, words, stored_position(run, p.work_offset_number(system)))
    store_position(run, p.work_offset_number(system), work)
    if system == run.state.modes.system:
        run.change_frames(work=work)


def further_system(words: Words) -> int:
    """P of G54.1: the number of the coordinate system, from 10 on."""
    number = to_integer(words.get("p", 0.0), "P")
    if not 1 <= number <= 300:
        raise ProgramFault(Category.RANGE, f"P{number}: further coordinate systems are P1 to P300")
    return 9 + number


def touched_off(run: Interpreter, words: Words, work: Position, rotation_deg: float) -> Position:
    """G10 L20: the work offset that makes the present position read as programmed."""
    state = run.state
    frames = replace(state.frames, work=work, rotation_deg=rotation_deg)
    frames.update()
    place = state.frames.to_machine(state.position)
    wanted = with_axes(run, words, frames.to_program(place))
    lands = frames.to_machine(wanted)
    return tuple(w + at - land for w, at, land in zip(work, place, lands, strict=True))  # type: ignore[return-value]


def set_tool_data(run: Interpreter, kind: int, words: Words) -> None:
    """G10 L1: write a tool's data; L10, L11: so that the present position reads as programmed."""
    if "p" not in words or words["p"] < 1:
        raise ProgramFault(Category.RANGE, f"G10 L{kind} needs the tool number: P, 1 or more")
    number = to_integer(words["p"], "P")
    tool = find_tool(run, number)
    if not words.keys() & {*AXES, "r", "i", "j", "q"}:
        raise ProgramFault(Category.MISSING_WORD, f"G10 L{kind} says nothing of the tool")
    axes = {
        axis: words[letter] * axis_scale(run, axis) for axis, letter in enumerate(AXES) if letter in words
    }
    if kind != 1:
        axes = {axis: measured_offset(run, kind, axis, value) for axis, value in axes.items()}
    tool = moved_offset(tool, axes)
    if "r" in words:
        tool = replace(tool, diameter_mm=2 * words["r"] * run.unit_mm)
    if "i" in words:
        tool = replace(tool, front_angle_deg=words["i"])
    if "j" in words:
        tool = replace(tool, back_angle_deg=words["j"])
    if "q" in words:
        orientation = to_integer(words["q"], "Q")
        if not 0 <= orientation <= 9:
            raise ProgramFault(Category.RANGE, f"a tool orientation is 0..9, not {orientation}")
        tool = replace(tool, orientation=orientation)
    run.tools[number] = tool
    if number == (run.spindle_tool.number if run.bench is None else run.bench.data_of):
        run.spindle_tool = tool
        store_tool(run, tool)


def measured_offset(run: Interpreter, kind: int, axis: int, value: float) -> float:
    """Tool offset that makes the present position read `value` in the work system (L10) or G59.3 (L11)."""
    frames = run.state.frames
    place = frames.to_machine(run.state.position)[axis]
    if kind == 10:
        return place - value - frames.work[axis] - frames.local[axis]
    return place - value - stored_position(run, p.work_offset_number(9))[axis]


# local offsets


def local_offset(run: Interpreter, code: int, words: Words) -> None:
    """G92 and its family, G52."""
    forbid_compensation(run, "a change of the axis offsets")
    if code in (920, 520):
        set_local_offset(run, code, words)
    elif code == 923:
        run.numbered[p.LOCAL_ACTIVE] = 1.0
        run.change_frames(local=stored_position(run, p.LOCAL_OFFSET))
    else:
        run.numbered[p.LOCAL_ACTIVE] = 0.0
        if code == 921:
            for axis in range(9):
                run.numbered[p.LOCAL_OFFSET + axis] = 0.0
        run.change_frames(local=ZERO)


def set_local_offset(run: Interpreter, code: int, words: Words) -> None:
    """G92: the present position becomes the words; G52: the words are the offset."""
    if not any(letter in words for letter in AXES):
        raise ProgramFault(Category.MISSING_WORD, "G92 and G52 need axis words")
    state = run.state
    local = with_axes(run, words, state.frames.local)
    if code == 920:
        wanted = with_axes(run, words, state.position)
        local = tuple(
            old + now - new for old, now, new in zip(state.frames.local, state.position, wanted, strict=True)
        )  # type: ignore[assignment]
    run.numbered[p.LOCAL_ACTIVE] = 1.0
    store_position(run, p.LOCAL_OFFSET, local)
    run.change_frames(local=local)


# turned and scaled coordinates (macro B)


def turn(run: Interpreter, code: int, words: Words) -> None:
    """G68 X Y R: the plane turns about a point; G69: no more."""
    forbid_compensation(run, "a change of the rotation")
    if code == 690:
        run.change_frames(rotation_deg=0.0, pivot=(0.0, 0.0))
        return
    if run.state.modes.plane != Plane.XY:
        raise ProgramFault(Category.MODAL_STATE, "G68 is known in the XY plane (G17) alone")
    if "r" not in words:
        raise ProgramFault(Category.MISSING_WORD, "G68 needs the angle: R")
    angle = words["r"] + (0.0 if run.state.modes.absolute else run.state.frames.rotation_deg)
    centre = [words[letter] * run.unit_mm if letter in words else run.state.position[axis]
              for axis, letter in enumerate("xy")]  # fmt: skip
    run.change_frames(rotation_deg=angle, pivot=run.state.frames.turn_about(centre[0], centre[1], angle))


def stretch(run: Interpreter, code: int, words: Words) -> None:
    """G51 X Y Z P: coordinates are scaled about a point, P1000 is once as large; G50: no more."""
    forbid_compensation(run, "a change of the scale")
    if code == 500:
        run.change_frames(scale=1.0, scale_centre=ZERO)
        return
    factor = words.get("p", 1000.0) / 1000.0
    if factor <= 0.0:
        raise ProgramFault(Category.RANGE, f"P{words['p']:g}: a scale is above zero")
    run.change_frames(scale=1.0, scale_centre=ZERO)
    run.change_frames(scale=factor, scale_centre=with_axes(run, words, run.state.position))


# reference positions


def go_home(run: Interpreter, code: int, words: Words) -> None:
    """G28, G30: by way of the programmed point to the stored reference position."""
    forbid_compensation(run, f"G{code // 10}")
    run.move(Kind.RAPID, target(run, words), Flag.NONE)
    home = stored_position(run, p.G28_HOME if code == 280 else p.G30_HOME)
    end = list(run.state.position)
    reference = run.state.frames.to_program(home)
    named = [axis for axis, letter in enumerate(AXES) if letter in words]
    for axis in named or range(6):
        end[axis] = reference[axis]
    run.move(Kind.RAPID, tuple(end), Flag.MACHINE_COORDINATES)  # type: ignore[arg-type]


def store_home(run: Interpreter, code: int) -> None:
    """G28.1, G30.1: the present position becomes the reference position."""
    forbid_compensation(run, "a change of the reference position")
    store_position(run, p.G28_HOME if code == 281 else p.G30_HOME, run.state.machine)
