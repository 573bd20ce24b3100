"""System variables of macro B controls: where the axes are, which modes are in force, alarms and stops.

#5001.. and #5041.. position in program coordinates, #5021.. in machine coordinates, in program units; #4001.. modal
codes by group, #4109, #4119, #4120 the F, S and T in force. Assigned to, #3000 raises an alarm and #3006 stops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linewright.nc.faults import Category, ProgramFault
from linewright.nc.moves import FeedMode, Kind, Plane

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter

PROGRAM_AT = (range(5001, 5007), range(5041, 5047))
MACHINE_AT = range(5021, 5027)
ALARM, STOP = 3000, 3006

MODAL = (4001, 4002, 4003, 4005, 4006, 4007, 4008, 4009, 4010, 4014, 4109, 4119, 4120)
READABLE = frozenset({*MODAL, *MACHINE_AT, *PROGRAM_AT[0], *PROGRAM_AT[1]})
WRITABLE = frozenset({ALARM, STOP})


def modal(run: Interpreter) -> dict[int, float]:
    """The codes in force, by MODAL."""
    state, modes = run.state, run.state.modes
    cycle = modes.motion >= 700
    return {
        4001: 0.0 if cycle else modes.motion / 10,
        4002: {Plane.XY: 17.0, Plane.ZX: 18.0, Plane.YZ: 19.0}[modes.plane],
        4003: 90.0 if modes.absolute else 91.0,
        4005: {FeedMode.INVERSE_TIME: 93.0, FeedMode.PER_REVOLUTION: 95.0}.get(modes.feed_mode, 94.0),
        4006: 20.0 if modes.inch else 21.0,
        4007: {0: 40.0, 1: 41.0, -1: 42.0}[run.compensation.side],
        4008: 43.0 if state.length_offset else 49.0,
        4009: modes.motion / 10 if cycle else 80.0,
        4010: 99.0 if modes.retract_to_r else 98.0,
        4014: 53.0 + modes.system if modes.system <= 6 else 54.1,
        4109: run.feed_word,
        4119: modes.spindle_speed,
        4120: float(max(state.selected, 0)),
    }


def read(run: Interpreter, number: int) -> float:
    """The value of one of READABLE now."""
    if number in MODAL:
        return modal(run)[number]
    numbers = MACHINE_AT if number in MACHINE_AT else next(each for each in PROGRAM_AT if number in each)
    axis = numbers.index(number)
    place = run.state.machine if numbers is MACHINE_AT else run.state.position
    return place[axis] / (run.unit_mm if axis < 3 else 1.0)


def write(run: Interpreter, number: int, value: float, comments: list[str]) -> None:
    """#3000 = n (words): the program itself raises alarm 3000 + n. #3006 = n (words): it stops, as by M0."""
    words = " ".join(text.strip() for text in comments)
    if number == ALARM:
        raise ProgramFault(Category.ALARM, f"the program raises alarm {3000 + value:g}: {words or 'without words'}")
    run.note("message", words)
    run.stop(Kind.STOP)
