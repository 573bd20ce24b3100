"""Dialects: what one control takes, what it ignores, what it leaves undefined."""

from __future__ import annotations

from dataclasses import dataclass, field

from linewright.errors import InputError, Problem, nearest


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one family of controls reads a program."""

    name: str
    macro_b: bool = False  # IF, GOTO, WHILE, DO, G65 and #numbers as Fanuc has them
    owords: bool = True  # O-word flow control
    dwell_p_is_ms: bool = False  # G4 P in milliseconds where P has no point, G4 X in seconds
    integer_is_smallest_step: bool = False  # X100 means 100 increments of 0.001 mm
    needs_program_end: bool = True  # a file without M2, M30 or a second % is a fault
    ignored_g: dict[int, str] = field(default_factory=dict)  # code -> why it is ignored
    ignored_m: dict[int, str] = field(default_factory=dict)
    plain_words: bool = True  # G0 to G3 with literal words mean what they say: the fast path may run them


LINUXCNC = Dialect("linuxcnc")
FANUC = Dialect(
    "fanuc",
    macro_b=True,
    owords=False,
    dwell_p_is_ms=True,
    needs_program_end=False,
    ignored_g={
        50: "G5 modes of smoothing differ from control to control",
        80: "G8 look-ahead has no effect on the path",
        90: "G9 exact stop of one block has no effect on the path",
        150: "G15: polar coordinates off",
        500: "G50: scaling off",
        690: "G69: rotation off",
    },
)
DIALECTS = {dialect.name: dialect for dialect in (LINUXCNC, FANUC)}


def find_dialect(name: str) -> Dialect:
    """The dialect of that name, or an `InputError` that names the nearest."""
    if name not in DIALECTS:
        raise InputError([Problem(f"no such dialect: {name!r}", key="dialect", hint=nearest(name, DIALECTS))])
    return DIALECTS[name]
