"""One block: values, checks, and then its commands in the order of RS274/NGC."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linewright.nc import cycles, macro_b, motion, offsets, splines, system_variables, threads, turning
from linewright.nc import parameters as p
from linewright.nc.blocks import Block
from linewright.nc.codes import (
    ARCS,
    CYCLES,
    LINES,
    ONCE_WITH_AXES,
    PROBES,
    TURNING,
    Plan,
    check_words_used,
    code_name,
    sort_codes,
)
from linewright.nc.expressions import ValueReader, evaluate, to_integer
from linewright.nc.faults import Category, ProgramFault, expression_fault, syntax
from linewright.nc.moves import Kind, PathMode, Plane
from linewright.nc.process import apply_modes
from linewright.nc.state import NO_MOTION, PLANE_AXES

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words

__all__ = ["PLANE_AXES", "run_block", "take_comments"]

AXIS_LETTERS = frozenset("xyzabcuvw@^")
CENTRE = frozenset("ijk")
POLAR = frozenset("@^")
FURTHER_AXES = frozenset("uvw")
LARGEST = 1e12  # of any word; keeps the geometry finite
ALL_SPINDLES = -1  # $ of M3, M4, M5
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
    check_axes_exist(run, words, plan)
    code = motion_of(run, words, plan)
    if not POLAR.isdisjoint(words):
        check_polar(run, words, plan)
    check_words_used(plan, code if code is not None else -1, set(words))
    check_codes(run, words, plan)
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


# checking


def check_axes_exist(run: Interpreter, words: Words, plan: Plan) -> None:
    """Machines have the axes X to C here; U is the time of a G4 besides where that is its dialect."""
    dwell = run.dialect.dwell_p_is_ms and plan.g.get("once") == 40
    for letter in FURTHER_AXES & words.keys():
        if not (dwell and letter == "u"):
            raise syntax(f"{letter.upper()}: the machine has no such axis")


def check_polar(run: Interpreter, words: Words, plan: Plan) -> None:
    """@ and ^ say where a motion leads, in the XY plane and beside no X or Y."""
    if words.keys() & {"x", "y"}:
        raise ProgramFault(Category.AXIS_WORDS, "polar words exclude X and Y")
    if plan.takes_axes or "length" in plan.g or plan.g.get("once") == 530:
        raise ProgramFault(Category.AXIS_WORDS, "polar words are for motion alone, and not for G53")
    if run.state.modes.plane != Plane.XY:
        raise ProgramFault(Category.MODAL_STATE, "polar words need the XY plane (G17)")


def motion_of(run: Interpreter, words: Words, plan: Plan) -> int | None:
    """The motion code that this block runs; None where it runs none."""
    has_axes = not AXIS_LETTERS.isdisjoint(words)
    once, takes_axes = plan.g.get("once"), plan.takes_axes
    code = plan.g.get("motion")
    centre_alone = code is None and not (has_axes or takes_axes or CENTRE.isdisjoint(words))
    if centre_alone and run.state.modes.motion in ARCS:
        return run.state.modes.motion  # a full circle
    if code == NO_MOTION:
        if has_axes and not takes_axes:
            raise ProgramFault(Category.AXIS_WORDS, "axis words with G80")
        return code
    if code in LINES and once in ONCE_WITH_AXES and run.dialect.macro_b:
        return None  # G0 G91 G28 Z0: the axis words are those of G28, and G0 is in force from then on
    if code is not None:
        check_motion_axes(code, has_axes, takes_axes)
        if code in ARCS and once == 40:
            raise ProgramFault(Category.MODAL_CONFLICT, "G4 and an arc both use P")
        return code
    if takes_axes or not has_axes or plan.g.get("length") in (431, 432):
        return None
    if once == 40 and run.dialect.dwell_p_is_ms and AXIS_LETTERS & words.keys() <= {"x", "u"}:
        return None  # the time of G4 X
    current = run.state.modes.motion
    if current == NO_MOTION:
        raise ProgramFault(Category.AXIS_WORDS, "axis words that no code uses")
    return current


def check_motion_axes(code: int, has_axes: bool, takes_axes: bool) -> None:
    """An explicit motion code and the axis words of its block."""
    if takes_axes:
        raise ProgramFault(
            Category.MODAL_CONFLICT, f"two codes of the block use the axis words ({code_name(code)})"
        )
    needs = code in CYCLES | PROBES or code in (760, 330, 331, 50, 51)
    if needs and not has_axes:
        raise ProgramFault(Category.AXIS_WORDS, f"{code_name(code)} needs axis words")


def check_codes(run: Interpreter, words: Words, plan: Plan) -> None:
    """What the codes need of each other and of the modes."""
    g, m = plan.g, plan.m
    if "modes" in m and "spindle" in m:
        raise ProgramFault(Category.MODAL_CONFLICT, f"M{m['modes']} and M{m['spindle']} exclude each other")
    if g.get("once") == 530:
        check_machine_move(run, g)
    if g.get("once") == 40:
        motion.dwell_seconds(run, words)
    if g.get("spindle_mode") == 960 and "s" not in words:
        raise ProgramFault(Category.MISSING_WORD, "G96 needs the surface speed: S")
    if run.compensation.side:
        check_compensated(plan, run)
    if "$" in words and round(words["$"]) not in (0, ALL_SPINDLES):
        raise ProgramFault(Category.RANGE, f"${words['$']:g}: the machine has one spindle, $0")
    if m:
        check_m_words(words, m)
    if "call" in m:
        check_call(run, words, plan)
    for code in plan.user_m:
        if run.dialect.unknown_m_codes_are_notes:
            run.note("ignored", f"M{code} is the machine builder's own: what it does is not known here")
        elif code not in run.setup.user_m_codes:
            raise ProgramFault(Category.UNKNOWN_CODE, f"M{code} is not defined on this machine")


def check_machine_move(run: Interpreter, g: dict[str, int]) -> None:
    """G53: straight, absolute, not compensated."""
    code = g.get("motion", run.state.modes.motion)
    if code not in (0, 10):
        raise ProgramFault(Category.MODAL_CONFLICT, "G53 needs G0 or G1")
    absolute = g["distance"] == 900 if "distance" in g else run.state.modes.absolute
    if not absolute:
        raise ProgramFault(Category.MODAL_STATE, "G53 is not allowed with incremental distances (G91)")
    if run.compensation.side and g.get("compensation") != 400:
        raise ProgramFault(Category.COMP_STATE, "G53 is not allowed with cutter compensation on")


def check_compensated(plan: Plan, run: Interpreter) -> None:
    """What cutter compensation forbids."""
    g = plan.g
    if g.get("compensation") == 400:
        return
    plane = g.get("plane")
    if plane is not None and motion.PLANE_OF_CODE[plane] != run.state.modes.plane:
        raise ProgramFault(Category.COMP_STATE, "the plane cannot change with cutter compensation on")
    if "input_output" in plan.m:
        code = plan.m["input_output"]
        raise ProgramFault(Category.COMP_STATE, f"M{code} is not allowed with cutter compensation on")


def check_m_words(words: Words, m: dict[str, int]) -> None:
    """Words that M codes need."""
    code = m.get("input_output")
    if code in (62, 63, 64, 65) and "p" not in words:
        raise ProgramFault(Category.MISSING_WORD, f"M{code} needs the number of the output: P")
    if code in (67, 68):
        check_output(words, code)
    if code == 66:
        check_input(words)
    if m.get("tool") == 61 and words.get("q", -1.0) < 0:
        raise ProgramFault(Category.MISSING_WORD, "M61 needs the tool number: Q, not negative")
    if m.get("spindle") == 19:
        check_orientation(words)


def check_call(run: Interpreter, words: Words, plan: Plan) -> None:
    """M98: which program; beside O-words it stands alone in its block."""
    if run.dialect.owords and (plan.g or len(plan.m) > 1 or words.keys() - {"p", "l"}):
        raise ProgramFault(Category.UNKNOWN_CODE, "M98 stands alone in its block, with P and L")
    if "p" not in words:
        raise ProgramFault(Category.MISSING_WORD, "M98 needs the program number: P")


def check_output(words: Words, code: int) -> None:
    """M67, M68: which analogue output."""
    if "e" not in words:
        raise ProgramFault(Category.MISSING_WORD, f"M{code} needs the number of the output: E")
    if words["e"] < 0:
        raise ProgramFault(Category.RANGE, f"M{code}: the output E is not negative")


def check_input(words: Words) -> None:
    """M66: which input, what to wait for and how long."""
    if ("p" in words) == ("e" in words) or words.get("p", 0.0) < 0:
        raise ProgramFault(Category.MISSING_WORD, "M66 needs either P or E")
    way = round(words.get("l", 0.0))
    if way == 0:
        return
    if "e" in words:
        raise ProgramFault(Category.RANGE, "M66: an analogue input E is read at once: L0")
    if words.get("q", 0.0) <= 0:
        raise ProgramFault(Category.MISSING_WORD, "M66 needs the longest time to wait: Q above zero")


def check_orientation(words: Words) -> None:
    """M19: angle, direction and longest time."""
    if not 0.0 <= words.get("r", 0.0) <= 360.0:
        raise ProgramFault(Category.RANGE, "M19: R is 0..360 degrees")
    if words.get("p", 0.0) not in (0.0, 1.0, 2.0):
        raise ProgramFault(Category.RANGE, "M19: the direction P is 0, 1 or 2")
    if words.get("q", 1.0) <= 0.0:
        raise ProgramFault(Category.RANGE, "M19: the time to wait Q is above zero")


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
