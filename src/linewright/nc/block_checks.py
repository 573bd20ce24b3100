"""What the words and codes of a block need of each other and of the modes, before the block changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linewright.nc import motion
from linewright.nc.codes import (
    ARCS,
    CYCLES,
    LINES,
    ONCE_WITH_AXES,
    PROBES,
    Plan,
    check_words_used,
    code_name,
)
from linewright.nc.faults import Category, ProgramFault, syntax
from linewright.nc.moves import Plane
from linewright.nc.state import NO_MOTION

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words

AXIS_LETTERS = frozenset("xyzabcuvw@^")
CENTRE = frozenset("ijk")
POLAR = frozenset("@^")
FURTHER_AXES = frozenset("uvw")
ALL_SPINDLES = -1  # $ of M3, M4, M5


def check_block(run: Interpreter, words: Words, plan: Plan) -> int | None:
    """All of it; the motion code that the block runs, None where it runs none."""
    check_axes_exist(run, words, plan)
    code = motion_of(run, words, plan)
    if not POLAR.isdisjoint(words):
        check_polar(run, words, plan)
    check_words_used(plan, code if code is not None else -1, set(words))
    check_codes(run, words, plan)
    return code


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
