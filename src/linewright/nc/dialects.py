"""Dialects: what one control takes, what it ignores, what it leaves undefined."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from linewright.errors import InputError, Problem, nearest


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one family of controls reads a program."""

    name: str
    macro_b: bool = False  # IF, GOTO, WHILE, DO, G65 and #numbers as Fanuc has them
    owords: bool = True  # O-word flow control
    dwell_p_is_ms: bool = False  # G4 P in milliseconds, G4 X in seconds
    needs_program_end: bool = True  # a file without M2, M30 or a second % is a fault
    length_offset_by_tool_change: bool = False  # M6 takes the tool's length, without G43
    unknown_m_codes_are_notes: bool = False  # the machine builder's M codes: known to the machine alone
    cycles_beside_motion: bool = (
        False  # G80 and cycles may stand beside G0..G3; the cycle counts, G80 does not
    )
    motion_at_start: int = 800  # G code times ten in force at power-up
    retract_to_r_at_start: bool = True  # G99; else G98
    arc_tolerance_mm: float = 0.00127  # the least radius, and by how much R may fall short
    radii_differ_mm: float = 0.02 * math.sqrt(2)  # by how much an arc's radii may differ, see kernel.check_centre
    radii_differ_inch: float = 0.002 * math.sqrt(2)  # the same in programs in inches
    last_parameter: int = 5601
    ignored_g: dict[int, str] = field(default_factory=dict)  # G code times ten -> why it is ignored
    undefined_start: str = ""  # what the control's own parameters decide, said in a note
    plain_words: bool = True  # G0 to G3 with literal words mean what they say: the fast path may run them


LINUXCNC = Dialect("linuxcnc")
FANUC = Dialect(
    "fanuc",
    macro_b=True,
    owords=False,
    dwell_p_is_ms=True,
    needs_program_end=False,
    unknown_m_codes_are_notes=True,
    cycles_beside_motion=True,
    motion_at_start=0,
    retract_to_r_at_start=False,
    arc_tolerance_mm=0.0127,  # programs in inches have four decimals
    last_parameter=19_999,
    ignored_g={
        50: "G5: what smoothing does differs from control to control",
        80: "G8: look-ahead changes no path",
        90: "G9: an exact stop changes no path",
        150: "G15: polar coordinates off",
    },
    undefined_start="a number without a decimal point is taken as it stands; a control may count increments",
)
HURCO = replace(
    FANUC,
    name="hurco",
    macro_b=False,
    ignored_g=FANUC.ignored_g | {500: "G50: scaling off", 690: "G69: rotation off"},
    length_offset_by_tool_change=True,
    undefined_start="",
)
DIALECTS = {dialect.name: dialect for dialect in (LINUXCNC, FANUC, HURCO)}


def find_dialect(name: str) -> Dialect:
    """The dialect of that name, or an `InputError` that names the nearest."""
    if name not in DIALECTS:
        raise InputError([Problem(f"no such dialect: {name!r}", key="dialect", hint=nearest(name, DIALECTS))])
    return DIALECTS[name]
