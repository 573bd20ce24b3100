"""One block: values, checks, and then its commands in the order of RS274/NGC."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linewright.nc import cycles, macro_b, motion, offsets, splines, system_variables, threads, turning
from linewright.nc import parameters as p
from linewright.nc.block_checks import AXIS_LETTERS, check_block
from linewright.nc.blocks import Block
from linewright.nc.codes import (
    ARCS,
    CYCLES,
    PROBES,
    TURNING,
    Plan,
    code_name,
    sort_codes,
)
from linewright.nc.expressions import ValueReader, evaluate, to_integer
from linewright.nc.faults import Category, ProgramFault, expression_fault
from linewright.nc.moves import Kind, PathMode, Plane
from linewright.nc.process import apply_modes
from linewright.nc.state import NO_MOTION, PLANE_AXES

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words

__all__ = ["PLANE_AXES", "run_block", "take_comments"]

LARGEST = 1e12  # of any word; keeps the geometry finite
NOT_NEGATIVE = frozenset("dfhls")
WHOLE = frozenset("lt")
SYSTEMS = {540: 1, 550: 2, 560: 3, 570: 4, 580: 5, 590: 6, 591: 7, 592: 8, 593: 9}


def run_block(run: Interpreter, block: Block) -> None:
    """Read, check, then change."""
    if block.comments:
        take_comments(run, block)
    if not block.words:
        assign(run, block)
        return
    words, plan = read_words(run, block)
    if block.settings:
        assign(run, block)
    if "macro" in plan.g:
        macro_b.macro_code(run, plan.g["macro"], words)
        return
    code = check_block(run, words, plan)
    apply_modes(run, words, plan)
    if plan.g or code is not None:
        apply_geometry(run, words, plan, code)
        if run.modal_macro is not None and code is not None and not AXIS_LETTERS.isdisjoint(words):
            macro_b.call_after_motion(run, run.modal_macro)
    if plan.m:
        if "tool" in plan.m:
            run.read_back_position()
        apply_stops(run, words, plan)


# reading


def read_words(run: Interpreter, block: Block) -> tuple[Words, Plan]:
    """The numbers of the words now, and the codes by modal group."""
    words: Words = {}
    g_numbers: list[float] = []
    m_numbers: list[float] = []
    fixed = True
    try:
        for letter, value in block.words:
            number = value if isinstance(value, float) else value(run)
            if number != number:
                continue  # an empty variable: as if the word were not there
            if letter == "g":
                g_numbers.append(number)
                fixed = fixed and isinstance(value, float)
            elif letter == "m":
                m_numbers.append(number)
                fixed = fixed and isinstance(value, float)
            else:
                words[letter] = check_word(letter, number)
    except (OverflowError, ValueError) as error:
        raise expression_fault(f"a value of the block is out of bounds: {error}") from error
    plan = block.plan
    if not isinstance(plan, Plan):
        plan = sort_codes(g_numbers, m_numbers, run.dialect)
        if fixed:
            block.plan = plan
        for reason in plan.ignored:
            run.note("ignored", reason)
    return words, plan


def check_word(letter: str, number: float) -> float:
    """Bounds that a word has wherever it stands."""
    if not -LARGEST < number < LARGEST:
        raise ProgramFault(Category.RANGE, f"{letter.upper()}{number:g} is out of bounds")
    if number < 0 and letter in NOT_NEGATIVE and letter != "d":
        raise ProgramFault(Category.RANGE, f"{letter.upper()}{number:g}: not negative")
    if letter in WHOLE:
        to_integer(number, letter.upper())
    if letter == "t" and number < 0:
        raise ProgramFault(Category.TOOL, f"T{number:g}: a tool number is not negative")
    return number


def assign(run: Interpreter, block: Block) -> None:
    """Set parameters: all values first, so that a block reads what was before it."""
    try:
        values = [(target, evaluate(value, run)) for target, value in block.settings]
        indices = [
            (target if isinstance(target, str | int) else evaluate(target, run), value)
            for target, value in values
        ]
    except (OverflowError, ValueError) as error:
        raise expression_fault(f"a value of the block is out of bounds: {error}") from error
    for target, value in indices:
        if run.dialect.macro_b and target in system_variables.WRITABLE:
            system_variables.write(run, int(target), value, block.comments)
        elif isinstance(target, int):
            run.numbered[target] = value
        elif isinstance(target, str):
            p.write_named(run, target, value)
        else:
            p.write_numbered(run, target, value)


MESSAGE = re.compile(r"\s*(msg|debug|print)\s*,(.*)", re.IGNORECASE | re.DOTALL)
IN_MESSAGE = re.compile(r"#(?:<[^>]*>|\d+)")


def take_comments(run: Interpreter, block: Block) -> None:
    """Show (MSG, ...), (DEBUG, ...) and (PRINT, ...); other comments do nothing."""
    for comment in block.comments:
        match = MESSAGE.match(comment)
        if not match:
            continue
        text = match.group(2)
        if match.group(1).lower() != "msg":
            text = IN_MESSAGE.sub(lambda m: shown(run, m.group()), text)
        run.note("message", text)


def shown(run: Interpreter, name: str) -> str:
    """Value of a parameter in a message."""
    try:
        cleaned = "".join(name.split()).lower()
        return f"{evaluate(ValueReader(cleaned).value(), run):.6f}"
    except ProgramFault:
        return "######"


# acting: geometry


def apply_geometry(run: Interpreter, words: Words, plan: Plan, code: int | None) -> None:
    """Dwell, plane, units, compensation, offsets, distance modes, offsets set, motion."""
    g, modes = plan.g, run.state.modes
    once = g.get("once")
    if g:
        if once == 40:
            run.dwell(motion.dwell_seconds(run, words))
        apply_frames(run, words, g)
        if once is not None and once not in (40, 530):
            apply_once(run, once, words)
        if "local" in g:
            offsets.local_offset(run, g["local"], words)
    if code is not None:
        apply_motion(run, code, words, once == 530)
    if "motion" in g and g["motion"] not in ONE_BLOCK:
        modes.motion = NO_MOTION if g["motion"] == 53 else g["motion"]


def apply_frames(run: Interpreter, words: Words, g: dict[str, int]) -> None:
    """Everything that changes how the words of the motion are understood."""
    modes = run.state.modes
    if run.said_before_motion is None:
        run.said.update(g)
    if "plane" in g:
        modes.plane = motion.PLANE_OF_CODE[g["plane"]]
    if "units" in g:
        modes.inch = g["units"] == 200
        run.unit_mm = 25.4 if modes.inch else 1.0
    if "compensation" in g:
        compensate(run, g["compensation"], words)
    if "length" in g:
        offsets.length_offset(run, g["length"], words)
    if "system" in g:
        code = g["system"]
        offsets.activate_system(run, offsets.further_system(words) if code == 541 else SYSTEMS[code])
    if "scaling" in g:
        offsets.stretch(run, g["scaling"], words)
    if "rotation" in g:
        offsets.turn(run, g["rotation"], words)
    if "path" in g or "retract" in g:
        offsets.forbid_compensation(run, "a change of the path mode or the retract level")
    if "path" in g:
        set_path_mode(run, g["path"], words)
    if "distance" in g:
        modes.absolute = g["distance"] == 900
    if "arc_distance" in g:
        modes.arc_absolute = g["arc_distance"] == 901
    if "retract" in g:
        modes.retract_to_r = g["retract"] == 990
    if "diameter" in g:
        modes.diameter = g["diameter"] == 70


def set_path_mode(run: Interpreter, code: int, words: Words) -> None:
    """G61, G61.1, G64 P Q."""
    modes = run.state.modes
    modes.path_mode = {610: PathMode.EXACT_PATH, 611: PathMode.EXACT_STOP, 640: PathMode.CONTINUOUS}[code]
    modes.tolerance_mm = max(words.get("p", 0.0), 0.0) * run.unit_mm if code == 640 else 0.0
    modes.naive_cam_mm = max(words.get("q", words.get("p", 0.0)), 0.0) * run.unit_mm if code == 640 else 0.0


def compensate(run: Interpreter, code: int, words: Words) -> None:
    """G40, G41, G42 by tool, G41.1, G42.1 by D as a diameter."""
    if code == 400:
        run.compensation.turn_off(run)
        return
    side = 1 if code in (410, 411) else -1
    orientation = 0
    if code in (411, 421):
        if "d" not in words:
            raise ProgramFault(Category.MISSING_WORD, f"{code_name(code)} needs the diameter: D")
        if "l" in words and run.state.modes.plane != Plane.ZX:
            raise ProgramFault(Category.COMP_STATE, f"{code_name(code)}: L (tip orientation) needs G18")
        orientation = round(words.get("l", 0.0))
        radius = words["d"] * run.unit_mm / 2
    else:
        number = to_integer(words["d"], "D") if "d" in words else 0
        if number < 0:
            raise ProgramFault(Category.RANGE, f"D{number}: a tool number is not negative")
        if run.state.frames.scale != 1.0:
            raise ProgramFault(Category.COMP_STATE, "cutter compensation in scaled coordinates is not known here")
        tool = offsets.find_tool(run, number) if number else run.spindle_tool
        if tool.orientation and run.state.modes.plane != Plane.ZX:
            raise ProgramFault(Category.COMP_STATE, f"{code_name(code)}: a lathe tool needs the ZX plane (G18)")
        radius, orientation = tool.diameter_mm / 2, tool.orientation
    run.compensation.turn_on(run, side, radius, orientation)


def apply_once(run: Interpreter, code: int, words: Words) -> None:
    """G10, G28, G28.1, G30, G30.1, G52, G70 to G72, G92."""
    if code == 100:
        offsets.set_data(run, words)
    elif code in (280, 300):
        offsets.go_home(run, code, words)
    elif code in (281, 301):
        offsets.store_home(run, code)
    elif code in TURNING:
        turning.run_turning(run, code, words)
    else:
        offsets.local_offset(run, code, words)


def apply_motion(run: Interpreter, code: int, words: Words, in_machine: bool) -> None:
    """The motion of the block."""
    run.previous_motion = run.state.modes.motion
    if code not in CYCLES:
        run.state.cycle.initial = None
    if code not in (52, 53):
        run.splines.order = 0
    if code != 50:
        run.splines.last_handle = None
    if code in (0, 10):
        motion.straight(run, code, words, in_machine)
    elif code in ARCS:
        motion.arc(run, code, words)
    elif code in CYCLES:
        cycles.run_cycle(run, code, words)
    elif code in PROBES:
        motion.probe(run, code, words)
    elif code in OTHER_MOTIONS:
        OTHER_MOTIONS[code](run, words)


ONE_BLOCK = frozenset({50, 51})  # G5, G5.1: the motion before them stays in force
OTHER_MOTIONS = {
    50: splines.cubic,
    51: splines.quadratic,
    52: splines.nurbs_point,
    53: lambda run, words: splines.nurbs_end(run),
    330: threads.thread,
    331: threads.rigid_tap,
    760: threads.threading_cycle,
}


def apply_stops(run: Interpreter, words: Words, plan: Plan) -> None:
    """M98, M99, then M0, M1, M2, M30, M60."""
    if "call" in plan.m:
        run.flow.call_program(run, words)
        return
    code = plan.m.get("stop")
    if code is None:
        return
    if code in (0, 1, 60):
        if code == 60:
            run.stop(Kind.PALLET)
        run.stop(Kind.OPTIONAL_STOP if code == 1 else Kind.STOP)
        return
    if code == 99 and run.flow.return_program(run, words):
        return
    end_program(run, code)


def end_program(run: Interpreter, code: int) -> None:
    """M2, M30, M99 of a main program: all is sent, the power-up modes come back."""
    run.compensation.turn_off(run)
    if code == 30:
        run.stop(Kind.PALLET)
    offsets.activate_system(run, 1)
    modes = run.state.modes
    modes.spindle_dir, modes.coolant = 0, 0
    run.event(Kind.END)
    run.finish()
