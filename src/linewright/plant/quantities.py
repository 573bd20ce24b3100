"""The quantities of the plant file: written with units, held in SI.

In a file every quantity needs its unit (0 needs none); in Python a plain number is taken as SI. Each type
reads both, writes itself back in readable units (`model_dump`), and tells the JSON Schema what
its written form looks like.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from linewright.units import UnitError, find_unit, read_quantity, split_quantity, write_quantity

_TIME_UNITS = ("s", "min", "h", "d", "ms")
_NUMBER_PATTERN = r"^\s*[+−-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?(/\d+)?"


def is_written(info: ValidationInfo) -> bool:
    """Does the value come out of a file, where numbers need units?"""
    return bool(info.context and info.context.get("written"))


def reject(message: str, hint: str = "") -> PydanticCustomError:
    """An error in the engineer's words, to be raised in a validator."""
    return PydanticCustomError("quantity", "{message}", {"message": message, "hint": hint})


def read_si(value: object, info: ValidationInfo, dimension: str, unit: str) -> float:
    """SI value of a written quantity of `dimension`; a bare number only in Python, or where it is 0."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise reject(f"a {dimension} is expected, as `10 {unit}`")
    if isinstance(value, str):
        return _read_text(value, dimension)
    if value and is_written(info):
        raise reject(f"{value} has no unit; a {dimension} is expected", f"write {value} {unit}")
    return float(value)


def _read_text(text: str, dimension: str) -> float:
    try:
        value, unit = split_quantity(text)
        if not value and not unit:
            return 0.0
        return read_quantity(text, dimension)[0]
    except UnitError as error:
        raise reject(error.message, error.hint) from None


def _not_negative(value: float, dimension: str) -> float:
    if not value >= 0 or value == float("inf"):
        raise reject(f"a {dimension} cannot be {'negative' if value < 0 else value}")
    return value


def _read_duration(value: object, info: ValidationInfo) -> float:
    return _not_negative(read_si(value, info, "time", "s"), "time")


def _read_length(value: object, info: ValidationInfo) -> float:
    return read_si(value, info, "length", "mm")


def _read_speed(value: object, info: ValidationInfo) -> float:
    speed = read_si(value, info, "speed", "m/s")
    if not speed > 0:
        raise reject("a speed must be above 0")
    return speed


def _read_share(value: object) -> float:
    share = read_number(value, "share")
    if not 0 <= share <= 1:
        raise reject(f"a share lies between 0 and 1 (0% and 100%), this is {value}")
    return share


def read_number(value: object, dimension: str = "share") -> float:
    """A number without a unit, as `2`, `0.5`, `1/12`, `3%`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise reject("a number is expected, as `0.5` or `1/12`")
    return _read_text(value, dimension) if isinstance(value, str) else float(value)


def _read_amount(value: object) -> float:
    return _not_negative(read_number(value), "number of pieces")


def _read_money(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise reject("money is a plain number", "the currency stands once, in `costs.currency`")
    return float(value)


def read_count(value: object, info: ValidationInfo) -> int:
    """A whole number from 0 on, or -1 for `unlimited`."""
    if value == "unlimited":
        return -1
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise reject(f"a whole number or `unlimited` is expected, this is {value!r}")
    if value < 0 and (is_written(info) or value != -1):
        raise reject("a count cannot be negative", "write `unlimited` where there is no limit")
    return value


def _read_tool_life(value: object, info: ValidationInfo) -> float | int:
    """Seconds of cutting (a float), or pieces (an int)."""
    if isinstance(value, str):
        words = value.split()
        if words[-1:] == ["cutting"]:
            words = words[: -2 if words[-2:-1] == ["of"] else -1]
        return _read_duration(" ".join(words), info) if words[1:] or not value.isdigit() else int(value)
    if isinstance(value, float) and not is_written(info):
        return _not_negative(value, "time")
    return read_count(value, info)


def check_sample(text: str) -> str:
    """Refuse a sampling rule that is none of `all`, `1 in 5`, `5 every 1 h`."""
    read_sample(text)
    return text


def read_sample(text: str) -> tuple[int, int, float]:
    """How many are inspected, out of how many, how often in s: `1 in 5` (1, 5, 0), `5 every 1 h` (5, 0, 3600).

    `all` is (1, 1, 0). Those inspected follow each other. `1 in 5 each` counts machine by machine (`sample_each`).
    """
    words = text.split()
    if len(words) == 4 and words[1] == "in" and sample_each(text):
        words = words[:3]
    if text == "all":
        return 1, 1, 0.0
    if len(words) == 3 and words[1] == "in" and words[0].isdigit() and words[2].isdigit():
        chosen, of = int(words[0]), int(words[2])
        if 1 <= chosen <= of:
            return chosen, of, 0.0
    if len(words) > 2 and words[1] == "every" and words[0].isdigit() and int(words[0]) > 0:
        every_s = _read_text(" ".join(words[2:]), "time")
        if every_s > 0:
            return int(words[0]), 0, every_s
    raise reject(f"{text!r} is no sample", "write `all`, `1 in 5` or `5 every 1 h`")


def sample_each(text: str) -> bool:
    """Is the sample counted for each machine that makes the units, as `1 in 5 each`?"""
    return text.split()[-1:] == ["each"]


class Measure(float):
    """A quantity of any kind: a float in SI that remembers the unit it was written in."""

    __slots__ = ("unit",)
    unit: str

    def __new__(cls, value_si: float, unit: str = "") -> Measure:
        measure = super().__new__(cls, value_si)
        measure.unit = unit
        return measure

    def __getnewargs__(self) -> tuple[float, str]:  # type: ignore[override]  # a float has no unit
        return float(self), self.unit

    @property
    def dimension(self) -> str:
        """What it measures: length, flow, pressure ..."""
        return find_unit(self.unit).dimension

    def __str__(self) -> str:
        return write_quantity(self, self.unit)


def read_measure(value: object) -> Measure:
    """Any quantity with its unit; a bare number is a pure number."""
    if isinstance(value, Measure):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise reject("a quantity with its unit is expected, as `20.013 mm`")
    if not isinstance(value, str):
        return Measure(float(value))
    try:
        return Measure(*read_quantity(value))
    except UnitError as error:
        raise reject(error.message, error.hint) from None


def write_duration(seconds: float) -> str | int:
    """`390.0` as `6.5 min`: the fewest characters, with a number from 1 to 100 where there is one."""
    return min((write_quantity(seconds, unit) for unit in _TIME_UNITS), key=_effort) if seconds else 0


def _effort(text: str) -> int:
    number = text.split()[0]
    return len(number) + (not 1 <= float(number) < 100)


def write_length(metres: float) -> str | int:
    """In metres or millimetres, whichever is shorter."""
    return write_quantity(metres, "mm", "m") if metres else 0


def write_speed(metres_per_s: float) -> str:
    """In metres a second."""
    return write_quantity(metres_per_s, "m/s")


def write_share(share: float) -> str | int:
    """In percent, or as a fraction where that is shorter."""
    if share in (0, 1):
        return int(share)
    return min(write_quantity(share, "%"), str(write_amount(share)), key=len)


def write_amount(amount: float) -> int | float | str:
    """A number, as a fraction (`1/12`) where that is exact and shorter."""
    if amount.is_integer():
        return int(amount)
    fraction = Fraction(amount).limit_denominator(999)
    exact = float(fraction) == amount and len(str(fraction)) < len(repr(amount))
    return str(fraction) if exact else amount


def write_count(count: int) -> int | str:
    """The number, or `unlimited`."""
    return "unlimited" if count == -1 else count


def write_tool_life(life: float | int) -> str | int:
    """Cutting time with its unit, or a number of pieces."""
    return life if isinstance(life, int) else (write_duration(life) or "0 s")


def write_measure(value: float) -> str | int | float:
    """In the unit it was written in."""
    unit = value.unit if isinstance(value, Measure) else ""
    return write_quantity(value, unit) if unit else _plain_number(float(value))


def _plain_number(value: float) -> int | float:
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


TYPE_KEY = "x-type"  # names a type in the JSON Schema, so that it is written once and then referred to


def _type_schema(name: str, words: str, unit: str, *others: dict[str, Any]) -> dict[str, Any]:
    needs_unit = r"\s*[A-Za-zµμ°%/]" if unit else r""
    text = {"type": "string", "pattern": _NUMBER_PATTERN + needs_unit}
    return {TYPE_KEY: name, "title": words, "anyOf": [text, *others]}


_NUMBER_SCHEMA = {"type": "number"}
_SCHEMAS: dict[str, dict[str, Any]] = {
    str(each[TYPE_KEY]): each
    for each in (
        _type_schema("Duration", "a time, as `45 s`", "s", {"const": 0}, {"const": "0"}),
        _type_schema("Length", "a length, as `0.013 mm`", "mm", {"const": 0}, {"const": "0"}),
        _type_schema("Speed", "a speed, as `1.2 m/s`", "m/s"),
        _type_schema(
            "Share", "a share, as `3%`, `0.03` or `1/3`", "", {**_NUMBER_SCHEMA, "minimum": 0, "maximum": 1}
        ),
        _type_schema("Amount", "a number, as `2` or `1/12`", "", _NUMBER_SCHEMA),
        {TYPE_KEY: "Number", "title": "a number", **_NUMBER_SCHEMA},
        {TYPE_KEY: "Money", "title": "money, a plain number in the currency of `costs`", **_NUMBER_SCHEMA},
        {
            TYPE_KEY: "Count",
            "title": "a whole number, or `unlimited`",
            "anyOf": [{"type": "integer", "minimum": 0}, {"const": "unlimited"}],
        },
        _type_schema(
            "ToolLife", "`90 min` of cutting, or a number of pieces", "", {"type": "integer", "minimum": 0}
        ),
        _type_schema("Quantity", "a quantity with its unit, as `20.013 mm`", "", _NUMBER_SCHEMA),
    )
}


def _quantity(name: str, read: Callable[..., Any], write: Callable[..., Any]) -> tuple[Any, ...]:
    return BeforeValidator(read), PlainSerializer(write), WithJsonSchema(_SCHEMAS[name])


Duration = Annotated[float, *_quantity("Duration", _read_duration, write_duration)]
Length = Annotated[float, *_quantity("Length", _read_length, write_length)]
Speed = Annotated[float, *_quantity("Speed", _read_speed, write_speed)]
Share = Annotated[float, *_quantity("Share", _read_share, write_share)]
Amount = Annotated[float, *_quantity("Amount", _read_amount, write_amount)]
Number = Annotated[float, *_quantity("Number", read_number, _plain_number)]
Money = Annotated[float, *_quantity("Money", _read_money, _plain_number)]
Count = Annotated[int, *_quantity("Count", read_count, write_count)]
ToolLife = Annotated[
    float | int,
    PlainValidator(_read_tool_life),
    PlainSerializer(write_tool_life),
    WithJsonSchema(_SCHEMAS["ToolLife"]),
]
Quantity = Annotated[
    float,
    PlainValidator(read_measure),
    PlainSerializer(write_measure),
    WithJsonSchema(_SCHEMAS["Quantity"]),
]
Texts = Annotated[
    list[str],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    WithJsonSchema(
        {
            TYPE_KEY: "Texts",
            "title": "a text, or a list of them",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        }
    ),
]

__all__ = [
    "TYPE_KEY",
    "Amount",
    "Count",
    "Duration",
    "Length",
    "Measure",
    "Money",
    "Number",
    "Quantity",
    "Share",
    "Speed",
    "Texts",
    "ToolLife",
]
