"""Parameters: numbered and named, local to a subroutine or global, and the ones the machine keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linewright.nc.expressions import LAST_PARAMETER, READ_ONLY_PARAMETERS, check_parameter_number
from linewright.nc.faults import Category, ProgramFault
from linewright.nc.moves import Coolant, FeedMode, Plane

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter

LOCAL = range(1, 31)  # numbered parameters that a subroutine has for itself

# Numbers of parameters that the control keeps.
PROBED_AT = 5061
PROBE_TOUCHED = 5070
G28_HOME = 5161
G30_HOME = 5181
LOCAL_ACTIVE = 5210
LOCAL_OFFSET = 5211
ACTIVE_SYSTEM = 5220
WAIT_RESULT = 5399
TOOL_NUMBER = 5400
TOOL_OFFSET = 5401
TOOL_DIAMETER = 5410
TOOL_FRONT, TOOL_BACK, TOOL_ORIENTATION = 5411, 5412, 5413
POSITION = 5420


def work_offset_number(system: int) -> int:
    """Number of the X offset of a work coordinate system: 1..9, or 10.. for G54.1 P1..; rotation is nine further."""
    return 5221 + 20 * (system - 1) if system <= 9 else 7001 + 20 * (system - 10)


EMPTY = float("nan")  # a macro variable to which nothing has been assigned, as #0 always is
MACRO_VARIABLES = (range(1), range(1, 34), range(100, 200), range(500, 1000))


def fresh_parameters(stored: dict[int, float], last: int = LAST_PARAMETER, *, empty: bool = False) -> list[float]:
    """All numbered parameters, index = number, as they stand at the start; the variables of macro B are `empty`."""
    values = [0.0] * (last + 1)
    for numbers in MACRO_VARIABLES if empty else ():
        values[numbers.start : numbers.stop] = [EMPTY] * len(numbers)
    for number, value in stored.items():
        if 0 < number <= last:
            values[number] = float(value)
    if not 1 <= values[ACTIVE_SYSTEM] <= 9:
        values[ACTIVE_SYSTEM] = 1.0
    return values


def _flag(condition: bool) -> float:
    return 1.0 if condition else 0.0


#: Named parameters of the position, in program and in machine coordinates.
POSITIONS = frozenset(f"{kind}{axis}" for kind in ("_", "_abs_") for axis in "xyzabc")
PLANE_CODES = {Plane.XY: 170.0, Plane.ZX: 180.0, Plane.YZ: 190.0}
SYSTEM_CODES = (0.0, 540.0, 550.0, 560.0, 570.0, 580.0, 590.0, 591.0, 592.0, 593.0)


def predefined(run: Interpreter, name: str) -> float | None:
    """Value of a named parameter that the control itself provides; None where there is none."""
    state, modes = run.state, run.state.modes
    unit = run.unit_mm
    if name in POSITIONS:
        run.check_position_known()
        place = state.machine if name.startswith("_abs") else state.position
        axis = "xyzabc".index(name[-1])
        return place[axis] / (unit if axis < 3 else 1.0)
    if name in ("_u", "_v", "_w"):
        return 0.0
    if name.startswith("_ini["):
        return setting(run, name)
    table = {
        "_feed": lambda: run.feed_word,
        "_rpm": lambda: modes.spindle_speed,
        "_metric": lambda: _flag(not modes.inch),
        "_imperial": lambda: _flag(modes.inch),
        "_absolute": lambda: _flag(modes.absolute),
        "_incremental": lambda: _flag(not modes.absolute),
        "_plane": lambda: PLANE_CODES[modes.plane],
        "_coord_system": lambda: SYSTEM_CODES[modes.system],
        "_spindle_on": lambda: _flag(state.turning() != 0),
        "_spindle_cw": lambda: _flag(state.turning() > 0),
        "_motion_mode": lambda: float(modes.motion),
        "_mist": lambda: _flag(bool(modes.coolant & Coolant.MIST)),
        "_flood": lambda: _flag(bool(modes.coolant & Coolant.FLOOD)),
        "_units_per_minute": lambda: _flag(modes.feed_mode == FeedMode.PER_MINUTE),
        "_units_per_rev": lambda: _flag(modes.feed_mode == FeedMode.PER_REVOLUTION),
        "_inverse_time": lambda: _flag(modes.feed_mode == FeedMode.INVERSE_TIME),
        "_retract_r_plane": lambda: _flag(modes.retract_to_r),
        "_retract_old_z": lambda: _flag(not modes.retract_to_r),
        "_lathe_diameter_mode": lambda: _flag(modes.diameter),
        "_lathe_radius_mode": lambda: _flag(not modes.diameter),
        "_ijk_absolute_mode": lambda: _flag(modes.arc_absolute),
        "_spindle_rpm_mode": lambda: _flag(modes.css_limit_rpm == 0.0),
        "_spindle_css_mode": lambda: _flag(modes.css_limit_rpm > 0.0),
        "_feed_override": lambda: _flag(modes.feed_override),
        "_speed_override": lambda: _flag(modes.speed_override),
        "_feed_hold": lambda: 1.0,
        "_adaptive_feed": lambda: 0.0,
        "_ccomp": lambda: {0: 400.0, 1: 410.0, -1: 420.0}[run.compensation.side],
        "_current_tool": lambda: run.numbered[TOOL_NUMBER],
        "_current_pocket": lambda: float(state.pocket),
        "_selected_tool": lambda: float(max(state.selected, 0)),
        "_selected_pocket": lambda: float(run.pocket_of(state.selected)),
        "_tool_offset": lambda: _flag(state.length_offset),
        "_value": lambda: run.returned,
        "_value_returned": lambda: _flag(run.has_returned),
        "_call_level": lambda: float(len(run.flow.frames) - 1),
        "_line": lambda: float(run.here),
        "_vmajor": lambda: 2.9,
        "_vminor": lambda: 0.0,
        "_remap_level": lambda: 0.0,
        "_task": lambda: 0.0,
    }
    compute = table.get(name)
    return compute() if compute else None


def setting(run: Interpreter, name: str) -> float | None:
    """A number among the control's settings, by `_ini[section]name`; None where there is none."""
    section, _, key = name.removeprefix("_ini[").partition("]")
    for part, values in run.setup.settings.items():
        for each, value in values.items():
            if (part.lower(), each.lower()) == (section, key):
                try:
                    return float(value)
                except ValueError:
                    return None
    return None


def write_numbered(run: Interpreter, number: float, value: float) -> None:
    """Set a numbered parameter from a program."""
    index = check_parameter_number(number, run.last_parameter)
    if index in READ_ONLY_PARAMETERS or index == 0:
        raise ProgramFault(Category.PARAMETER, f"parameter #{index} can only be read")
    run.numbered[index] = value


def write_named(run: Interpreter, name: str, value: float) -> None:
    """Set a named parameter: global where the name begins with an underscore."""
    if name.startswith("_"):
        if name not in run.named_global and predefined(run, name) is not None:
            raise ProgramFault(Category.PARAMETER, f"parameter #<{name}> can only be read")
        run.named_global[name] = value
    else:
        run.flow.frames[-1].named[name] = value
    if len(run.named_global) + len(run.flow.frames[-1].named) > 100_000:
        raise ProgramFault(Category.LIMIT, "more than 100000 named parameters")
