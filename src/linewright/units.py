"""Engineering units: the one door between what people write (`6.5 min`, `0.013 mm`) and SI numbers.

Common units stand in a table here; any other is looked up in pint, which is imported only then. Arithmetic
is exact (fractions) and rounded once, so that `0.013 mm` and `13 um` are the same number, and a number
written by `write_quantity` reads back to the bit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

from linewright.errors import nearest


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit measures, and how to get to SI: si = number * factor + offset."""

    dimension: str
    factor: Fraction
    offset: Fraction = Fraction(0)


class UnitError(ValueError):
    """A text that is no quantity, or one of the wrong kind. Says what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


_FOOT = Fraction("0.3048")
# fmt: off
_TABLE: dict[str, dict[str, Fraction | int]] = {
    "time": {
        "ms": Fraction(1, 1000), "s": 1, "sec": 1, "second": 1, "seconds": 1,
        "min": 60, "minute": 60, "minutes": 60, "h": 3600, "hour": 3600, "hours": 3600,
        "d": 86400, "day": 86400, "days": 86400, "week": 604800, "weeks": 604800,
    },
    "length": {
        "nm": Fraction(1, 10**9), "um": Fraction(1, 10**6), "µm": Fraction(1, 10**6),
        "μm": Fraction(1, 10**6),
        "mm": Fraction(1, 1000), "cm": Fraction(1, 100), "m": 1, "km": 1000,
        "in": _FOOT / 12, "inch": _FOOT / 12, "ft": _FOOT,
    },
    "speed": {
        "m/s": 1, "m/min": Fraction(1, 60), "mm/s": Fraction(1, 1000), "mm/min": Fraction(1, 60000),
        "km/h": Fraction(1000, 3600), "ft/s": _FOOT, "ft/min": _FOOT / 60, "in/s": _FOOT / 12,
    },
    "rate": {
        "/s": 1, "1/s": 1, "/min": Fraction(1, 60), "1/min": Fraction(1, 60), "/h": Fraction(1, 3600),
        "1/h": Fraction(1, 3600), "/d": Fraction(1, 86400), "1/d": Fraction(1, 86400),
        "/week": Fraction(1, 604800),
    },
    "share": {"": 1, "%": Fraction(1, 100), "ppm": Fraction(1, 10**6)},
    "flow": {
        "l/min": Fraction(1, 60000), "l/s": Fraction(1, 1000), "l/h": Fraction(1, 3600000),
        "m3/h": Fraction(1, 3600),
    },
    "mass": {"mg": Fraction(1, 10**6), "g": Fraction(1, 1000), "kg": 1, "t": 1000},
    "force": {"N": 1, "kN": 1000},
    "torque": {"N*m": 1, "N m": 1, "Nm": 1},
    "pressure": {"Pa": 1, "kPa": 1000, "MPa": 10**6, "mbar": 100, "bar": 10**5},
    "angle": {"rad": 1},
    "temperature": {"K": 1},
    "voltage": {"V": 1, "mV": Fraction(1, 1000)},
    "current": {"A": 1, "mA": Fraction(1, 1000)},
    "power": {"W": 1, "kW": 1000},
    "area": {"mm2": Fraction(1, 10**6), "m2": 1},
    "volume": {"l": Fraction(1, 1000), "ml": Fraction(1, 10**6), "m3": 1},
}
# fmt: on
_UNITS = {
    text: Unit(dimension, Fraction(factor))
    for dimension, rows in _TABLE.items()
    for text, factor in rows.items()
}

EXAMPLES = {
    "time": "45 s",
    "length": "6 m",
    "speed": "1.2 m/s",
    "rate": "12/h",
    "share": "3%",
    "flow": "14.2 l/min",
}

# pint's dimensionality, as sorted (base, exponent), by the name used here
_PINT_NAMES = {
    (("[time]", 1),): "time",
    (("[length]", 1),): "length",
    (("[length]", 1), ("[time]", -1)): "speed",
    (("[time]", -1),): "rate",
    (): "share",
    (("[length]", 3), ("[time]", -1)): "flow",
    (("[mass]", 1),): "mass",
    (("[length]", 1), ("[mass]", 1), ("[time]", -2)): "force",
    (("[length]", 2), ("[mass]", 1), ("[time]", -2)): "torque",
    (("[length]", -1), ("[mass]", 1), ("[time]", -2)): "pressure",
    (("[temperature]", 1),): "temperature",
    (("[current]", -1), ("[length]", 2), ("[mass]", 1), ("[time]", -3)): "voltage",
    (("[current]", 1),): "current",
    (("[length]", 2), ("[mass]", 1), ("[time]", -3)): "power",
    (("[length]", 2),): "area",
    (("[length]", 3),): "volume",
}

_NUMBER = re.compile(
    r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?(?:/\d+(?![\d.]))?)\s*(.*?)\s*$", re.DOTALL
)


def units_of(dimension: str) -> list[str]:
    """The common units of a dimension, as they are written."""
    return [text for text in _TABLE.get(dimension, {}) if text]


@lru_cache(maxsize=1024)
def find_unit(text: str, expected: str = "") -> Unit:
    """The unit of that name; raises `UnitError` that names the nearest one (of the dimension `expected`)."""
    found = _UNITS.get(text) or _unit_of_pint(text)
    if found is None:
        choices = units_of(expected) if expected else list(filter(None, _UNITS))
        raise UnitError(f"unknown unit {text!r}", nearest(text, choices))
    return found


def _unit_of_pint(text: str) -> Unit | None:
    import pint

    registry = _pint_registry()
    try:
        quantity = registry.Quantity(1, registry.parse_units(text))
        at_one = Fraction(quantity.to_base_units().magnitude)
        at_zero = Fraction(registry.Quantity(0, quantity.units).to_base_units().magnitude)
        exponents = tuple(sorted((str(base), int(power)) for base, power in quantity.dimensionality.items()))
    except (pint.PintError, AttributeError, ValueError, TypeError, AssertionError, SyntaxError):
        return None
    angle = quantity.dimensionless and str(quantity.to_base_units().units) == "radian"
    dimension = "angle" if angle else _PINT_NAMES.get(exponents, str(quantity.dimensionality))
    return Unit(dimension, at_one - at_zero, at_zero)


@lru_cache(maxsize=1)
def _pint_registry():  # type: ignore[no-untyped-def]  # pint is imported only when it is needed
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


def split_quantity(text: str) -> tuple[Fraction, str]:
    """The number and the unit of `14.2 l/min`; a fraction as `1/12` is a number."""
    match = _NUMBER.match(text.replace("−", "-"))
    if match is None:
        raise UnitError(f"{text!r} is not a number with a unit")
    number, unit = match.groups()
    if re.match(r",\d", unit):
        raise UnitError(f"{text!r} has a decimal comma", "write a decimal point")
    try:
        return Fraction(number) if "." not in number or "/" not in number else _ratio(number), unit
    except ZeroDivisionError:
        raise UnitError(f"{text!r} divides by zero") from None


def _ratio(number: str) -> Fraction:
    above, below = number.split("/")
    return Fraction(above) / Fraction(below)


def read_quantity(text: str, dimension: str = "") -> tuple[float, str]:
    """SI value and unit text of a quantity; `dimension` is what it must be (any, where it is empty)."""
    number, unit_text = split_quantity(text)
    unit = find_unit(unit_text, dimension)
    if dimension and unit.dimension != dimension:
        example = EXAMPLES.get(dimension, "")
        if not unit_text:
            raise UnitError(
                f"{text.strip()!r} has no unit; a {dimension} is expected",
                f"write {text.strip()} {_main_unit(dimension)}",
            )
        raise UnitError(f"{text.strip()!r} is a {unit.dimension}; a {dimension} is expected", f"as {example}")
    try:
        return float(number * unit.factor + unit.offset), unit_text
    except OverflowError:
        raise UnitError(f"{text.strip()!r} is too large") from None


def _main_unit(dimension: str) -> str:
    names = units_of(dimension)
    return next((name for name in ("s", "mm", "m/s") if name in names), names[0] if names else "")


def write_quantity(value: float, *units: str) -> str:
    """The shortest text, in one of the units, that reads back as exactly this SI value."""
    texts = [_write_in(value, text) for text in units]
    return min(texts, key=len)


def _write_in(value: float, unit_text: str) -> str:
    unit = find_unit(unit_text)
    exact = (Fraction(value) - unit.offset) / unit.factor
    number = write_number(exact, lambda digits: float(Fraction(digits) * unit.factor + unit.offset) == value)
    glue = "" if not unit_text or unit_text[0] in "%/" else " "
    return f"{number}{glue}{unit_text}"


def write_number(exact: Fraction, reads_back: Callable[[str], bool]) -> str:
    """The fewest decimal digits of `exact` for which `reads_back(text)` holds.

    18 do for a plain unit; one with an offset (degC) can need more near its zero.
    """
    with localcontext(prec=40):
        approximate = Decimal(exact.numerator) / Decimal(exact.denominator)
        texts = (f"{approximate:.{digits}g}" for digits in range(1, 41))
        return _plain(next(text for text in texts if reads_back(text)))


def _plain(text: str) -> str:
    """Without an exponent where that is no longer than a shop-floor number should be."""
    plain = f"{Decimal(text):f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain if len(plain) <= max(len(text), 12) else text
