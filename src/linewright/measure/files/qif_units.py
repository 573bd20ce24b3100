"""The units of a QIF file: primary ones by kind of quantity, others by name, and the factor between them.

QIF lets a file go without `FileUnits`; numbers then are metres and radians by the letter. Files in the field
leave it out and write millimetres all the same, so a silent file gives unit "" and a note, never a guess.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from linewright.errors import InputError, Problem, nearest
from linewright.measure.files.xml_stream import children, line_of, local, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element

# SI value of well-known units: a file that declares another factor for one of these names is wrong
KNOWN_FACTORS = {
    "Linear": {
        "m": 1.0, "meter": 1.0, "metre": 1.0, "cm": 1e-2, "centimeter": 1e-2, "mm": 1e-3, "millimeter": 1e-3,
        "millimetre": 1e-3, "um": 1e-6, "micrometer": 1e-6, "micron": 1e-6, "nm": 1e-9,
        "in": 0.0254, "inch": 0.0254, "inches": 0.0254, "ft": 0.3048, "foot": 0.3048,
    },
    "Angular": {
        "rad": 1.0, "radian": 1.0, "deg": math.pi / 180, "degree": math.pi / 180, "degrees": math.pi / 180,
        "gon": math.pi / 200, "grad": math.pi / 200,
    },
}  # fmt: skip

SHORT_NAMES = {
    "meter": "m", "metre": "m", "millimeter": "mm", "millimetre": "mm", "centimeter": "cm",
    "micrometer": "um", "micron": "um", "in": "inch", "inches": "inch",
    "degree": "deg", "degrees": "deg", "radian": "rad",
}  # fmt: skip

ANGLE_KINDS = (
    "Angle",
    "AngleBetween",
    "AngleFrom",
    "AngularCoordinate",
    "ConicalTaper",
    "UserDefinedAngular",
)
NUMBER_KINDS = (
    "UserDefinedUnit", "UserDefinedAttribute", "ThreadClass", "SurfaceTexture", "Weld", "NumberOf",
)  # fmt: skip


@dataclass(slots=True)
class Units:
    """Unit names and SI factors of one file."""

    file: str
    primary: dict[str, str] = field(default_factory=dict)  # "Linear" -> "mm"
    factor: dict[tuple[str, str], float] = field(default_factory=dict)  # ("Linear", "mm") -> 0.001

    def of_kind(self, kind: str) -> str:
        """The unit of a characteristic of this kind; "" where the file is silent or the kind has none."""
        return self.primary.get(quantity(kind), "")

    def convert(self, value: float, kind: str, named: str, line: int) -> float:
        """`value`, given in the unit `named`, in the primary unit of the kind."""
        what = quantity(kind)
        unit = short(named)
        if not named or not what or unit == self.primary.get(what):
            return value
        known = {name for of, name in self.factor if of == what}
        if unit not in known or what not in self.primary:
            raise InputError(
                [
                    Problem(
                        f"the file declares no {what.lower()} unit {named!r}",
                        self.file,
                        line,
                        hint=nearest(unit, known),
                    )
                ]
            )
        return value * self.factor[what, unit] / self.factor[what, self.primary[what]]


def short(name: str) -> str:
    """The unit's usual symbol: "millimeter" is "mm"."""
    return SHORT_NAMES.get(name.strip().lower(), name.strip())


def quantity(kind: str) -> str:
    """What a characteristic of this kind measures: "Linear", "Angular" or ""."""
    if kind.startswith(NUMBER_KINDS):
        return ""
    return "Angular" if kind in ANGLE_KINDS else "Linear"


def read_units(file: str, element: _Element) -> Units:
    """Units declared in a `FileUnits` element."""
    units = Units(file)
    for unit in children(element, "PrimaryUnits"):
        what, name = _declare(units, unit)
        if name:
            units.primary[what] = name
    for unit in children(element, "OtherUnits"):
        _declare(units, unit)
    return units


def _declare(units: Units, unit: _Element) -> tuple[str, str]:
    what = local(unit).removesuffix("Unit")
    given = text_of(unit, "UnitName")
    name = short(given)
    if not name:
        return what, ""
    line = line_of(unit)
    factor = _factor(units.file, text_of(unit, "UnitConversion", "Factor"), what, given, line)
    known = KNOWN_FACTORS.get(what, {}).get(given.lower())
    if known is not None and not math.isclose(factor, known, rel_tol=1e-6):
        message = f"unit {given!r} is declared as {factor:g} SI units, but it is {known:g}"
        raise InputError([Problem(message, units.file, line, hint="which of the two is wrong?")])
    units.factor[what, name] = factor
    return what, name


def _factor(file: str, text: str, what: str, given: str, line: int) -> float:
    if not text:
        return KNOWN_FACTORS.get(what, {}).get(given.lower(), 1.0)
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not (math.isfinite(factor) and factor > 0.0):
        raise InputError(
            [Problem(f"unit {given!r} has the factor {text!r}, not a number above zero", file, line)]
        )
    return factor
