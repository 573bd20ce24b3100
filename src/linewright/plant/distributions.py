"""How a distribution is written in the plant file, and how it is read and written back.

A plain `45 s` is constant; anything else is a mapping with `dist:` and the parameters of one of the forms
below, as `{dist: lognormal, mean: 6.5 min, cv: 0.08}`. `offset` may stand in every one.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import PlainSerializer, PlainValidator, SerializationInfo, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from linewright.errors import nearest
from linewright.plant.columns import read_column
from linewright.plant.laws import (
    Beta,
    Constant,
    Distribution,
    DistributionKind,
    DistributionRow,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Geometric,
    Lognormal,
    Mixture,
    Normal,
    Triangular,
    Uniform,
    Weibull,
)
from linewright.plant.quantities import (
    TYPE_KEY,
    read_count,
    read_measure,
    read_number,
    read_si,
    write_amount,
    write_duration,
)
from linewright.units import UnitError, find_unit, write_quantity

SPAN, RATE, NUMBER, WHOLE, VALUES, TEXT, PARTS = "span", "rate", "number", "whole", "values", "text", "parts"


class Form(NamedTuple):
    """One way to write a distribution: its keys, what each is, and the law they make."""

    keys: dict[str, str]
    make: Callable[..., Distribution]
    optional: frozenset[str] = frozenset()


def _uniform(mean: float, sd: float) -> Uniform:
    return Uniform(mean - math.sqrt(3) * sd, mean + math.sqrt(3) * sd)


def _lognormal_by_median(median: float, sigma: float) -> Lognormal:
    if not (median > 0 and sigma > 0):
        raise ValueError("the median and sigma must be above 0")
    return Lognormal.from_log(math.log(median), sigma)


def _ratio(part: float, whole: float) -> float:
    if not (part > 0 and whole > 0):
        raise ValueError("the mean must be above 0, and its scatter too")
    return part / whole


FORMS: dict[str, list[Form]] = {
    "constant": [Form({"value": SPAN}, Constant)],
    "exponential": [
        Form({"mean": SPAN}, Exponential),
        Form({"rate": RATE}, lambda rate: Exponential(_ratio(1.0, rate))),
    ],
    "erlang": [
        Form({"mean": SPAN, "shape": WHOLE}, Erlang),
        Form({"scale": SPAN, "shape": WHOLE}, lambda scale, shape: Erlang(scale * shape, shape)),
    ],
    "gamma": [
        Form({"mean": SPAN, "cv": NUMBER}, Gamma),
        Form({"mean": SPAN, "sd": SPAN}, lambda mean, sd: Gamma(mean, _ratio(sd, mean))),
        Form({"mean": SPAN, "shape": NUMBER}, lambda mean, shape: Gamma(mean, math.sqrt(_ratio(1.0, shape)))),
        Form(
            {"shape": NUMBER, "scale": SPAN},
            lambda shape, scale: Gamma(shape * scale, math.sqrt(_ratio(1.0, shape))),
        ),
    ],
    "lognormal": [
        Form({"mean": SPAN, "cv": NUMBER}, Lognormal),
        Form({"mean": SPAN, "sd": SPAN}, lambda mean, sd: Lognormal(mean, _ratio(sd, mean))),
        Form({"median": SPAN, "sigma": NUMBER}, _lognormal_by_median),
    ],
    "weibull": [
        Form({"mean": SPAN, "shape": NUMBER}, Weibull),
        Form({"mean": SPAN, "cv": NUMBER}, Weibull.from_cv),
        Form({"mean": SPAN, "sd": SPAN}, lambda mean, sd: Weibull.from_cv(mean, _ratio(sd, mean))),
        Form(
            {"shape": NUMBER, "scale": SPAN},
            lambda shape, scale: Weibull(scale * math.gamma(1 + _ratio(1.0, shape)), shape),
        ),
    ],
    "normal": [
        Form({"mean": SPAN, "sd": SPAN}, Normal),
        Form({"mean": SPAN, "cv": NUMBER}, lambda mean, cv: Normal(mean, mean * cv)),
    ],
    "triangular": [Form({"low": SPAN, "mode": SPAN, "high": SPAN}, Triangular)],
    "uniform": [
        Form({"low": SPAN, "high": SPAN}, Uniform),
        Form({"mean": SPAN, "sd": SPAN}, _uniform),
        Form({"mean": SPAN, "cv": NUMBER}, lambda mean, cv: _uniform(mean, mean * cv)),
    ],
    "beta": [
        Form({"alpha": NUMBER, "beta": NUMBER, "low": SPAN, "high": SPAN}, Beta),
        Form({"mean": SPAN, "sd": SPAN, "low": SPAN, "high": SPAN}, Beta.from_mean),
        Form(
            {"mean": SPAN, "cv": NUMBER, "low": SPAN, "high": SPAN},
            lambda mean, cv, low, high: Beta.from_mean(mean, mean * cv, low, high),
        ),
    ],
    "geometric": [
        Form({"p": NUMBER, "unit": SPAN}, Geometric),
        Form({"mean": SPAN, "unit": SPAN}, lambda mean, unit: Geometric(_ratio(unit, mean), unit)),
    ],
    "empirical": [
        Form({"values": VALUES}, Empirical),
        Form({"file": TEXT, "column": TEXT, "unit": TEXT}, Empirical, frozenset({"unit"})),
    ],
    "mixture": [Form({"of": PARTS}, Mixture)],
}

# how each law is written back: its name, and the attribute of each key of its first form
_WRITTEN: dict[type[Distribution], tuple[str, dict[str, str]]] = {
    Constant: ("constant", {"value": "value"}),
    Exponential: ("exponential", {"mean": "mean_value"}),
    Erlang: ("erlang", {"mean": "mean_value", "shape": "shape"}),
    Gamma: ("gamma", {"mean": "mean_value", "cv": "cv_value"}),
    Lognormal: ("lognormal", {"mean": "mean_value", "cv": "cv_value"}),
    Weibull: ("weibull", {"mean": "mean_value", "shape": "shape"}),
    Normal: ("normal", {"mean": "centre", "sd": "spread"}),
    Triangular: ("triangular", {"low": "low", "mode": "mode", "high": "high"}),
    Uniform: ("uniform", {"low": "low", "high": "high"}),
    Beta: ("beta", {"alpha": "alpha", "beta": "beta", "low": "low", "high": "high"}),
    Geometric: ("geometric", {"p": "p", "unit": "step"}),
}

Fault = tuple[tuple[str | int, ...], str, str]  # (path inside the distribution, message, hint)


class _Reader:
    """Reads one written distribution and gathers everything wrong with it."""

    def __init__(self, dimension: str, info: ValidationInfo) -> None:
        self.dimension = dimension  # what a span is; empty: any quantity
        self.info = info
        self.unit = ""
        self.faults: list[Fault] = []

    def read(self, written: object, path: tuple[str | int, ...] = ()) -> Distribution | None:
        if isinstance(written, Distribution):
            return written
        if not isinstance(written, Mapping):
            value = self._part(SPAN, written, path)
            return None if value is None else self._finish(Constant(value), None, path)
        name = written.get("dist")
        if not isinstance(name, str) or name not in FORMS:
            self._refuse_name(written, path)
            return None
        return self._read_form(name, written, path)

    def _refuse_name(self, written: Mapping[Any, Any], path: tuple[str | int, ...]) -> None:
        if "dist" not in written:
            self.faults.append((path, "a distribution needs `dist`", "as {dist: exponential, mean: 4 min}"))
        else:
            name = written["dist"]
            self.faults.append(((*path, "dist"), f"unknown distribution {name!r}", nearest(str(name), FORMS)))

    def _read_form(
        self, name: str, written: Mapping[Any, Any], path: tuple[str | int, ...]
    ) -> Distribution | None:
        given = {key: value for key, value in written.items() if key not in ("dist", "offset")}
        form = self._choose(name, given, path)
        if form is None:
            return None
        values = {key: self._part(form.keys[key], value, (*path, key)) for key, value in given.items()}
        offset = self._part(SPAN, written["offset"], (*path, "offset")) if "offset" in written else None
        if self.faults:
            return None
        if "file" in values:
            return self._finish(self._read_file(values, path), offset, path)
        try:
            return self._finish(form.make(*(values[key] for key in form.keys if key in values)), offset, path)
        except ValueError as error:
            self.faults.append((path, str(error), ""))
            return None

    def _choose(self, name: str, given: Mapping[Any, Any], path: tuple[str | int, ...]) -> Form | None:
        forms = FORMS[name]
        for form in forms:
            if set(given) <= set(form.keys) and set(form.keys) - set(given) <= form.optional:
                return form
        known = {key for form in forms for key in form.keys} | {"offset"}
        strange = [key for key in given if key not in known]
        ways = ", or ".join(" and ".join(f"`{key}`" for key in form.keys) for form in forms)
        for key in strange:
            self.faults.append(((*path, key), f"unknown key {key!r} for {name}", nearest(str(key), known)))
        if not strange:
            self.faults.append((path, f"{name} is given by {ways}", ""))
        return None

    def _part(self, kind: str, written: Any, path: tuple[str | int, ...]) -> Any:
        try:
            return getattr(self, f"_{kind}")(written, path)
        except PydanticCustomError as error:
            context = error.context or {}
            self.faults.append((path, context.get("message", str(error)), context.get("hint", "")))
            return None

    def _span(self, written: Any, path: tuple[str | int, ...]) -> float:
        if self.dimension:
            return read_si(written, self.info, self.dimension, "s")
        measure = read_measure(written)
        self.unit = self.unit or measure.unit
        if measure and find_unit(measure.unit).dimension != find_unit(self.unit).dimension:
            self.faults.append((path, f"{written!r} and the rest differ in kind", f"give all in {self.unit}"))
        return float(measure)

    def _rate(self, written: Any, path: tuple[str | int, ...]) -> float:
        return read_si(written, self.info, "rate", "/h")

    def _number(self, written: Any, path: tuple[str | int, ...]) -> float:
        return read_number(written)

    def _whole(self, written: Any, path: tuple[str | int, ...]) -> int:
        return read_count(written, self.info)

    def _text(self, written: Any, path: tuple[str | int, ...]) -> str:
        return str(written)

    def _values(self, written: Any, path: tuple[str | int, ...]) -> tuple[float, ...]:
        if not isinstance(written, list | tuple):
            self.faults.append((path, "a list of values is expected", "as [41 s, 44 s, 52 s]"))
            return ()
        values = [self._part(SPAN, value, (*path, place)) for place, value in enumerate(written)]
        return tuple(value for value in values if value is not None)

    def _parts(self, written: Any, path: tuple[str | int, ...]) -> tuple[tuple[float, Distribution], ...]:
        if not isinstance(written, list | tuple):
            self.faults.append((path, "a list of distributions is expected, each with its `weight`", ""))
            return ()
        parts = []
        for place, part in enumerate(written):
            here = (*path, place)
            if not isinstance(part, Mapping) or "weight" not in part:
                self.faults.append((here, "each part of a mixture needs a `weight`", ""))
                continue
            weight = self._part(NUMBER, part["weight"], (*here, "weight"))
            law = self.read({key: value for key, value in part.items() if key != "weight"}, here)
            if weight is not None and law is not None:
                parts.append((weight, law))
        return tuple(parts)

    def _read_file(self, values: dict[str, Any], path: tuple[str | int, ...]) -> Empirical | None:
        folder = Path((self.info.context or {}).get("folder", "."))
        file, column, unit = folder / values["file"], values["column"], values.get("unit", "")
        try:
            numbers, unit = read_column(file, column, unit, self.dimension)
        except UnitError as error:
            self.faults.append((path, error.message, error.hint))
            return None
        self.unit = self.unit or unit
        return Empirical(numbers, file=str(file), column=column, unit=unit)

    def _finish(
        self, law: Distribution | None, offset: float | None, path: tuple[str | int, ...]
    ) -> Distribution | None:
        if law is None:
            return None
        law = dataclasses.replace(law, offset=offset or 0.0, unit=law.unit if self.dimension else self.unit)
        if not _computable(law):
            self.faults.append((path, "these parameters are beyond what can be computed", ""))
        elif self.dimension and law.bounds[0] < 0:
            fixed = isinstance(law, Constant)
            message = "a time cannot be negative" if fixed else "this time can become negative"
            self.faults.append((path, message, "" if fixed else f"its least value is {law.bounds[0]:g} s"))
        return law


def _computable(law: Distribution) -> bool:
    """Are the moments of a law, and its row, finite numbers?"""
    try:
        row = law.row()
        return all(map(math.isfinite, (law.mean, law.variance, row.a, row.b, row.c, row.d)))
    except (OverflowError, ZeroDivisionError, ValueError):
        return False


def _read(written: object, info: ValidationInfo, dimension: str) -> Distribution:
    reader = _Reader(dimension, info)
    law = reader.read(written)
    if reader.faults or law is None:
        message = "; ".join(message for _, message, _ in reader.faults)
        raise PydanticCustomError("distribution", "{message}", {"message": message, "faults": reader.faults})
    return law


def read_time_distribution(written: object, info: ValidationInfo) -> Distribution:
    """A written time (`45 s`, `{dist: ...}`, seconds in Python) as a law in seconds."""
    return _read(written, info, "time")


def read_value_distribution(written: object, info: ValidationInfo) -> Distribution:
    """The same for a quantity of any kind."""
    return _read(written, info, "")


def write_distribution(law: Distribution, folder: Path | None = None) -> Any:
    """The written form of a law, the one that reads back to an equal law.

    Values that came from a file are written as that file, named from `folder`; without it one by one.
    """
    span = _span_writer(law.unit if not isinstance(law, Empirical) or not law.file else "")
    if isinstance(law, Constant) and not law.offset:
        return span(law.value)
    written = dict(_write_parameters(law, span, folder))
    if law.offset:
        written["offset"] = span(law.offset)
    return written


def _write_field(law: Distribution, info: SerializationInfo) -> Any:
    return write_distribution(law, (info.context or {}).get("folder"))


def _span_writer(unit: str) -> Callable[[float], Any]:
    return (lambda value: write_quantity(value, unit)) if unit else write_duration


def _write_parameters(
    law: Distribution, span: Callable[[float], Any], folder: Path | None
) -> Iterator[tuple[str, Any]]:
    if isinstance(law, Empirical):
        yield from _write_empirical(law, span, folder)
    elif isinstance(law, Mixture):
        yield "dist", "mixture"
        yield "of", [_write_weighted(weight, part, folder) for weight, part in law.parts]
    else:
        name, attributes = _WRITTEN[type(law)]
        yield "dist", name
        for key, attribute in attributes.items():
            value = getattr(law, attribute)
            yield key, span(value) if FORMS[name][0].keys[key] == SPAN else write_amount(float(value))


def _write_weighted(weight: float, law: Distribution, folder: Path | None) -> dict[str, Any]:
    written = write_distribution(law, folder)
    if not isinstance(written, dict):
        written = {"dist": "constant", "value": written}
    return {"weight": write_amount(float(weight)), **written}


def _write_empirical(
    law: Empirical, span: Callable[[float], Any], folder: Path | None
) -> Iterator[tuple[str, Any]]:
    yield "dist", "empirical"
    if law.file and folder is not None:
        yield "file", Path(os.path.relpath(law.file, folder)).as_posix()
        yield "column", law.column
        if law.unit:
            yield "unit", law.unit
    else:
        yield "values", [span(value) for value in law.values]


def _schema(name: str, example: str) -> dict[str, Any]:
    plain = {"type": "string", "pattern": r"^\s*[+−-]?[\d.]", "title": f"always the same, as `{example}`"}
    forms = [_form_schema(dist, form) for dist, forms in FORMS.items() for form in forms]
    return {
        TYPE_KEY: name,
        "title": f"`{example}`, or a distribution",
        "anyOf": [plain, {"const": 0}, *forms],
    }


_SPAN_SCHEMA = {"type": ["string", "number"]}
_PART_SCHEMAS: dict[str, dict[str, Any]] = {
    SPAN: _SPAN_SCHEMA,
    RATE: {"type": "string", "examples": ["12/h"]},
    NUMBER: {"type": ["string", "number"]},
    WHOLE: {"type": "integer", "minimum": 1},
    VALUES: {"type": "array", "items": _SPAN_SCHEMA, "minItems": 1},
    TEXT: {"type": "string"},
    PARTS: {"type": "array", "items": {"type": "object", "required": ["weight", "dist"]}, "minItems": 1},
}


def _form_schema(name: str, form: Form) -> dict[str, Any]:
    properties = {key: _PART_SCHEMAS[kind] for key, kind in form.keys.items()}
    return {
        "type": "object",
        "title": f"{name} by {', '.join(form.keys)}",
        "properties": {"dist": {"const": name}, **properties, "offset": _SPAN_SCHEMA},
        "required": ["dist", *(key for key in form.keys if key not in form.optional)],
        "additionalProperties": False,
    }


TimeDistribution = Annotated[
    Distribution,
    PlainValidator(read_time_distribution),
    PlainSerializer(_write_field),
    WithJsonSchema(_schema("TimeDistribution", "45 s")),
]
ValueDistribution = Annotated[
    Distribution,
    PlainValidator(read_value_distribution),
    PlainSerializer(_write_field),
    WithJsonSchema(_schema("ValueDistribution", "0.02 mm")),
]

__all__ = [
    "FORMS",
    "Beta",
    "Constant",
    "Distribution",
    "DistributionKind",
    "DistributionRow",
    "Empirical",
    "Erlang",
    "Exponential",
    "Gamma",
    "Geometric",
    "Lognormal",
    "Mixture",
    "Normal",
    "TimeDistribution",
    "Triangular",
    "Uniform",
    "ValueDistribution",
    "Weibull",
    "read_time_distribution",
    "write_distribution",
]
