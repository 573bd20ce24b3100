"""What one QIF element says: definitions, nominals, items, measurements, components. Linked in `qif_read`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from linewright.errors import InputError, Problem
from linewright.measure.files.qif_units import Units
from linewright.measure.files.record import Status
from linewright.measure.files.xml_stream import children, find, line_of, local, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element

STATUSES = {
    "PASS": Status.PASS,
    "FAIL": Status.FAIL,
    "REWORK": Status.REWORK,
    "BASIC_OR_TED": Status.INFORMATIONAL,
    "INFORMATIONAL": Status.INFORMATIONAL,
    "NOT_MEASURED": Status.NOT_MEASURED,
    "NOT_CALCULATED": Status.NOT_MEASURED,
    "NOT_ANALYZED": Status.NOT_MEASURED,
    "SYSERROR": Status.NOT_MEASURED,
    "SYSTEM_ERROR": Status.NOT_MEASURED,
    "DEVIATION": Status.DEVIATION,
    "UNKNOWN": Status.UNKNOWN,
    "UNDEFINED": Status.UNKNOWN,
    "INDETERMINATE": Status.UNKNOWN,
}

# the zone of these lies around the nominal; the measured value carries a sign
SIGNED_ZONES = ("PointProfile",)


# what else of a measurement is kept, as text
KEPT_FACTS = ("NonConformanceDesignator", "ManufacturingProcessId")


@dataclass(frozen=True, slots=True)
class Definition:
    """Tolerance as the definition element gives it, before the nominal is known."""

    name: str
    kind: str
    line: int
    low: float | None  # MinValue
    high: float | None  # MaxValue
    are_limits: bool | None  # DefinedAsLimit; None: not said
    zone: float | None  # ToleranceValue of a geometric tolerance
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Nominal:
    definition: str
    target: float | None
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    designator: str
    nominal: str
    description: str
    features: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One measured characteristic."""

    id: str
    item: str
    kind: str
    features: tuple[str, ...]  # ids of measured features
    text: str
    unit: str
    uncertainty: str
    status: Status
    status_text: str
    component: str
    time: np.datetime64 | None
    line: int
    facts: dict[str, str] = field(default_factory=dict)


def number(file: str, text: str, line: int, what: str) -> float | None:
    """A finite number, None where there is no text."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError([Problem(f"{what} is {text!r}, not a number", file, line)])
    return value


def read_definition(units: Units, element: _Element, kind: str) -> Definition:
    """`DiameterCharacteristicDefinition` and its kin, in the primary unit of its kind."""
    line = line_of(element)
    tolerance = find(element, "Tolerance")
    holder = element if tolerance is None else tolerance
    said = text_of(holder, "DefinedAsLimit").lower()
    facts = {
        name: text
        for name in ("MaterialCondition", "NonTolerance", "WhatToMeasure", "DatumReferenceFrameId")
        if (text := text_of(element, name) or text_of(holder, name))
    }
    if zone := [local(shape) for shape in children(element, "ZoneShape")]:
        facts["ZoneShape"] = zone[0]
    if named := _own_unit(holder):
        facts["unit"] = named
    return Definition(
        name=text_of(element, "Name"),
        kind=kind,
        line=line,
        low=quantity_at(units, holder, "MinValue", kind),
        high=quantity_at(units, holder, "MaxValue", kind),
        are_limits={"true": True, "1": True, "false": False, "0": False}.get(said),
        zone=quantity_at(units, element, "ToleranceValue", kind),
        facts=facts,
    )


def read_nominal(units: Units, element: _Element, kind: str) -> Nominal:
    facts = {name: text for name in ("AnalysisMode", "Direction") if (text := text_of(element, name))}
    for name in ("PassValues", "FailValues"):
        if values := [(v.text or "").strip() for v in children(element, name)]:
            facts[name] = "; ".join(values)
    target = quantity_at(units, element, "TargetValue", kind)
    return Nominal(text_of(element, "CharacteristicDefinitionId"), target, facts)


def quantity_at(units: Units, element: _Element, name: str, kind: str) -> float | None:
    """The number below `element`, converted where it names a unit of its own; None where there is none."""
    found = find(element, name)
    if found is None:
        return None
    line = line_of(found)
    value = number(units.file, (found.text or "").strip(), line, name)
    return None if value is None else units.convert(value, kind, unit_named(found), line)


def _own_unit(holder: _Element) -> str:
    """The name of a user-defined unit, which has no primary one: it stands with each value."""
    return next((str(e.get("unitName")) for e in holder if isinstance(e.tag, str) and e.get("unitName")), "")


def unit_named(element: _Element) -> str:
    """The unit that a value names for itself; "" for the primary one."""
    names = ("linearUnit", "angularUnit", "unitName")
    return str(next((element.get(name) for name in names if element.get(name)), ""))


def read_item(element: _Element) -> Item:
    designator = text_of(element, "CharacteristicDesignator", "Designator") or text_of(
        element, "KeyCharacteristic", "Designator"
    )
    return Item(
        name=text_of(element, "Name"),
        designator=designator,
        nominal=text_of(element, "CharacteristicNominalId"),
        description=text_of(element, "Description"),
        features=ids_in(element, "FeatureItemIds"),
        line=line_of(element),
    )


def read_measured(element: _Element, kind: str) -> Measured:
    """`DiameterCharacteristicActual` (QIF 2) or `DiameterCharacteristicMeasurement` (QIF 3)."""
    inner = {local(child): child for child in element if isinstance(child.tag, str)}

    def text(name: str) -> str:
        return (inner[name].text or "").strip() if name in inner else ""

    status_text = next(((e.text or "").strip() for e in inner.get("Status", ())), "")
    value = inner.get("Value")
    features = inner.get("FeatureActualIds", inner.get("FeatureMeasurementIds"))
    return Measured(
        id=str(element.get("id", "")),
        item=text("CharacteristicItemId"),
        kind=kind,
        features=() if features is None else ids_of(features),
        text=text("Value"),
        unit="" if value is None else unit_named(value),
        uncertainty="" if value is None else str(value.get("combinedUncertainty", "")),
        status=STATUSES.get(status_text, Status.UNKNOWN),
        status_text=status_text,
        component=text("ActualComponentId"),
        time=local_time(text("TimeStamp")),
        line=line_of(element),
        facts={name: said for name in KEPT_FACTS if (said := text(name)) and said != "NA"},
    )


def local_time(text: str) -> np.datetime64 | None:
    """An XML dateTime as wall-clock time at its place; the zone is dropped."""
    if len(text) < 19 or text[4:5] != "-":
        return None
    stamp = text.removesuffix("Z")
    for sign in "+-":
        head, _, zone = stamp[19:].partition(sign)
        if zone:
            stamp = stamp[:19] + head
    try:
        return np.datetime64(stamp[:26], "us")
    except ValueError:
        return None


def ids_in(element: _Element, name: str) -> tuple[str, ...]:
    holder = find(element, name)
    return () if holder is None else ids_of(holder)


def ids_of(holder: _Element) -> tuple[str, ...]:
    """The ids listed in a holder such as `ActualComponentIds`."""
    return tuple((child.text or "").strip() for child in children(holder) if local(child) == "Id")
