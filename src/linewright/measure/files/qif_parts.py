"""What one QIF element says: definitions, nominals, items, measurements, components. Linked in `qif_read`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from linewright.errors import InputError, Problem
from linewright.measure.files.record import Status
from linewright.measure.files.xml_stream import children, find, local, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element

STATUSES = {
    "PASS": Status.PASS, "FAIL": Status.FAIL, "BASIC_OR_TED": Status.INFORMATIONAL,
    "INFORMATIONAL": Status.INFORMATIONAL, "NOT_MEASURED": Status.NOT_MEASURED, "NOT_CALCULATED": Status.NOT_MEASURED,
    "REWORK": Status.REWORK, "SYSTEM_ERROR": Status.NOT_MEASURED, "UNKNOWN": Status.UNKNOWN,
    "UNDEFINED": Status.UNKNOWN, "CONDITIONAL_PASS": Status.DEVIATION, "DEVIATION": Status.DEVIATION,
}  # fmt: skip

# the zone of these lies around the nominal; the measured value carries a sign
SIGNED_ZONES = ("PointProfile",)


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


def read_definition(file: str, element: _Element, kind: str) -> Definition:
    """`DiameterCharacteristicDefinition` and its kin."""
    line = element.sourceline or 0
    tolerance = find(element, "Tolerance")
    holder = element if tolerance is None else tolerance
    said = text_of(holder, "DefinedAsLimit").lower()
    facts = {
        name: text
        for name in ("MaterialCondition", "NonTolerance", "WhatToMeasure", "DatumReferenceFrameId")
        if (text := text_of(element, name) or text_of(holder, name))
    }
    return Definition(
        name=text_of(element, "Name"),
        kind=kind,
        line=line,
        low=number(file, text_of(holder, "MinValue"), line, "MinValue"),
        high=number(file, text_of(holder, "MaxValue"), line, "MaxValue"),
        are_limits={"true": True, "1": True, "false": False, "0": False}.get(said),
        zone=number(file, text_of(element, "ToleranceValue"), line, "ToleranceValue"),
        facts=facts,
    )


def read_nominal(file: str, element: _Element) -> Nominal:
    facts = {name: text for name in ("AnalysisMode", "Direction") if (text := text_of(element, name))}
    for name in ("PassValues", "FailValues"):
        if values := [(v.text or "").strip() for v in children(element, name)]:
            facts[name] = "; ".join(values)
    target = number(file, text_of(element, "TargetValue"), element.sourceline or 0, "TargetValue")
    return Nominal(text_of(element, "CharacteristicDefinitionId"), target, facts)


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
        line=element.sourceline or 0,
    )


def read_measured(element: _Element, kind: str) -> Measured:
    """`DiameterCharacteristicActual` (QIF 2) or `DiameterCharacteristicMeasurement` (QIF 3)."""
    value = find(element, "Value")
    status_text = text_of(element, "Status", "CharacteristicStatusEnum") or text_of(
        element, "Status", "OtherCharacteristicStatus"
    )
    attributes = dict(value.attrib) if value is not None else {}
    facts = {
        name: text
        for name in ("NonConformanceDesignator", "ManufacturingProcessId")
        if (text := text_of(element, name)) and text != "NA"
    }
    return Measured(
        id=str(element.get("id", "")),
        item=text_of(element, "CharacteristicItemId"),
        kind=kind,
        features=ids_in(element, "FeatureActualIds") or ids_in(element, "FeatureMeasurementIds"),
        text=(value.text or "").strip() if value is not None else "",
        unit=str(
            attributes.get("linearUnit") or attributes.get("angularUnit") or attributes.get("unitName") or ""
        ),
        uncertainty=str(attributes.get("combinedUncertainty", "")),
        status=STATUSES.get(status_text, Status.UNKNOWN),
        status_text=status_text,
        component=text_of(element, "ActualComponentId"),
        line=element.sourceline or 0,
        facts=facts,
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
