"""An `Inspection` as QIF 3.0 results (ISO 23952:2020): definitions, nominals, items, measurements, studies.

What QIF has no place for is left out and named in the notes that `write_qif` gives back.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from linewright.measure.files.qif_parts import SIGNED_ZONES
from linewright.measure.files.qif_units import KNOWN_FACTORS
from linewright.measure.files.record import Characteristic, Inspection, Note, Part, Status, Study

if TYPE_CHECKING:
    from lxml.etree import _Element

NAMESPACE = "http://qifstandards.org/xsd/qif3"
NAME_SPACE_OF_IDS = uuid.UUID(
    "6b2a2d5e-6f39-5c54-9d5c-0b3f2f6f1c11"
)  # ours, so that the same data give the same id

GEOMETRIC = (
    "Flatness", "Straightness", "Circularity", "Cylindricity", "Sphericity", "Toroidicity", "Conicity",
    "Perpendicularity", "Parallelism", "Angularity", "Position", "Concentricity", "Coaxiality", "Symmetry",
    "LineProfile", "SurfaceProfile", "PointProfile", "CircularRunout", "TotalRunout", "OtherForm",
)  # fmt: skip
READING_STATUS = {
    Status.UNKNOWN: "UNDEFINED",
    Status.PASS: "PASS",
    Status.FAIL: "FAIL",
    Status.INFORMATIONAL: "BASIC_OR_TED",
    Status.NOT_MEASURED: "NOT_ANALYZED",
    Status.REWORK: "REWORK",
}
PART_STATUS = {
    Status.UNKNOWN: "UNKNOWN",
    Status.PASS: "PASS",
    Status.FAIL: "FAIL",
    Status.NOT_MEASURED: "NOT_MEASURED",
    Status.REWORK: "REWORK",
}
VALUED_STATISTICS = ("Average", "Maximum", "Minimum", "Range", "StandardDeviation", "Median", "Sum")
WRITTEN_FACTS = (
    "MaterialCondition", "NonTolerance", "WhatToMeasure", "ZoneShape", "AnalysisMode", "Direction",
    "PassValues", "FailValues", "Designator", "Description",
)  # fmt: skip


def write_qif(inspection: Inspection, path: str | Path) -> tuple[Note, ...]:
    """Write QIF 3.0; the answer names what could not be written."""
    from lxml import etree

    writer = Writer(inspection)
    root = writer.document()
    etree.indent(root)
    etree.ElementTree(root).write(str(path), xml_declaration=True, encoding="UTF-8")
    return writer.notes()


class Writer:
    """Builds the document; ids count up through the whole file, as the standard wants."""

    def __init__(self, inspection: Inspection) -> None:
        self.inspection = inspection
        self.last_id = 0
        self.left_out: dict[str, int] = {}
        self.type_ids: dict[str, int] = {}
        self.item_ids: list[int] = []
        self.part_ids: list[int] = []
        self.reading_ids: list[int] = []
        self.primary = self._primary_units()
        self.kinds = [kind_of(c) for c in inspection.characteristics]
        self.scales = [self._scale(c) for c in inspection.characteristics]

    def document(self) -> _Element:
        """The whole document, its features and results linked by their numbers."""
        from lxml import etree

        root = etree.Element(f"{{{NAMESPACE}}}QIFDocument", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
        _leaf(
            root,
            "QPId",
            str(uuid.uuid5(NAME_SPACE_OF_IDS, self.inspection.data_hash + self.inspection.source)),
        )
        self._units(root)
        self._product(root)
        self._characteristics(root)
        self._results(root)
        self._statistics(root)
        root.set("versionQIF", "3.0.0")
        root.set("idMax", str(self.last_id))
        return root

    def notes(self) -> tuple[Note, ...]:
        return tuple(Note(f"not written: {what}", count) for what, count in self.left_out.items())

    def _next(self) -> int:
        self.last_id += 1
        return self.last_id

    def _drop(self, what: str, count: int = 1) -> None:
        self.left_out[what] = self.left_out.get(what, 0) + count

    # --- units and parts

    def _units(self, root: _Element) -> None:
        primary = self.primary
        if not primary:
            return
        holder = _leaf(_leaf(root, "FileUnits"), "PrimaryUnits")
        for what in ("Angular", "Linear"):
            if what in primary:
                unit = _leaf(holder, f"{what}Unit")
                _leaf(unit, "SIUnitName", "radian" if what == "Angular" else "meter")
                _leaf(unit, "UnitName", primary[what])
                conversion = _leaf(unit, "UnitConversion")
                _leaf(conversion, "Factor", decimal(KNOWN_FACTORS[what][primary[what]]))

    def _primary_units(self) -> dict[str, str]:
        """One unit a quantity; where a file mixes them, values are converted to the first."""
        primary: dict[str, str] = {}
        for c in self.inspection.characteristics:
            for what, known in KNOWN_FACTORS.items():
                if c.unit in known:
                    primary.setdefault(what, c.unit)
        return primary

    def _scale(self, c: Characteristic) -> float:
        """Factor from the characteristic's unit to the file's primary one."""
        for what, unit in self.primary.items():
            if c.unit in KNOWN_FACTORS[what] and c.unit != unit:
                return KNOWN_FACTORS[what][c.unit] / KNOWN_FACTORS[what][unit]
        return 1.0

    def _product(self, root: _Element) -> None:
        types = self.inspection.part_types
        if not types:
            return
        parts = _leaf(_leaf(root, "Product"), "PartSet", n=len(types))
        for part_type in types:
            self.type_ids[part_type.key] = self._next()
            element = _leaf(parts, "Part", id=self.type_ids[part_type.key])
            if part_type.name:
                element.set("label", part_type.name)
            if part_type.number:
                _leaf(element, "ModelNumber", part_type.number)
            if version := part_type.extra.get("Version"):
                _leaf(element, "Version", version)
            for name in part_type.extra:
                if name != "Version":
                    self._drop(f"field {name} of a part type")

    # --- characteristics

    def _characteristics(self, root: _Element) -> None:
        found = self.inspection.characteristics
        if not found:
            return
        holder = _leaf(root, "Characteristics")
        ids = [(self._next(), self._next(), self._next()) for _ in found]
        self.item_ids = [item for _, _, item in ids]
        lists = {
            name: _leaf(holder, f"Characteristic{name}", n=len(found))
            for name in ("Definitions", "Nominals", "Items")
        }
        for c, (definition, nominal, item) in zip(found, ids, strict=True):
            self._definition(lists["Definitions"], c, definition)
            self._nominal(lists["Nominals"], c, nominal, definition)
            self._item(lists["Items"], c, item, nominal)
            for name in c.extra:
                if name not in WRITTEN_FACTS:
                    self._drop(f"field {name} of a characteristic")
            if c.parent:
                self._drop("the place of a characteristic in a hierarchy")
        if self.inspection.groups:
            self._drop("groups of a hierarchy", len(self.inspection.groups))

    def _definition(self, holder: _Element, c: Characteristic, own: int) -> None:
        kind, scale = kind_of(c), self._scale(c)
        element = _leaf(holder, f"{kind}CharacteristicDefinition", id=own)
        _leaf(element, "Name", c.name)
        named = {"unitName": c.unit} if kind == "UserDefinedUnit" and c.unit else {}
        if kind in GEOMETRIC:
            _geometric(element, c, scale)
            return
        if c.lower is not None or c.upper is not None:
            tolerance = _leaf(element, "Tolerance")
            for name, limit in (("MaxValue", c.upper), ("MinValue", c.lower)):
                if limit is not None:
                    _leaf(tolerance, name, decimal(limit * scale), **named)
            _leaf(tolerance, "DefinedAsLimit", "true")
        elif not c.attribute:
            _leaf(element, "NonTolerance", c.extra.get("NonTolerance", "MEASURED"), **named)
        if kind.startswith("UserDefined") and not c.attribute:
            _leaf(element, "WhatToMeasure", c.extra.get("WhatToMeasure", c.name))

    def _nominal(self, holder: _Element, c: Characteristic, own: int, definition: int) -> None:
        kind = kind_of(c)
        element = _leaf(holder, f"{kind}CharacteristicNominal", id=own)
        _leaf(element, "CharacteristicDefinitionId", str(definition))
        if c.nominal is not None and kind not in GEOMETRIC and not c.attribute:
            _leaf(element, "TargetValue", decimal(c.nominal * self._scale(c)))
        for name in ("PassValues", "FailValues"):
            if text := c.extra.get(name):
                values = text.split("; ")
                listed = _leaf(element, name, n=len(values))
                for value in values:
                    _leaf(listed, "StringValue", value)
        for name in ("Direction", "AnalysisMode"):
            if text := c.extra.get(name):
                _leaf(element, name, text)

    def _item(self, holder: _Element, c: Characteristic, own: int, nominal: int) -> None:
        element = _leaf(holder, f"{kind_of(c)}CharacteristicItem", id=own)
        if text := c.extra.get("Description"):
            _leaf(element, "Description", text)
        _leaf(element, "Name", c.name)
        if text := c.extra.get("Designator"):
            _leaf(_leaf(element, "CharacteristicDesignator"), "Designator", text)
        _leaf(element, "CharacteristicNominalId", str(nominal))

    # --- results

    def _results(self, root: _Element) -> None:
        parts, readings = self.inspection.parts, self.inspection.readings
        if not parts and not len(readings):
            return
        self.part_ids = [self._next() for _ in parts]
        self.reading_ids = [0] * len(readings)
        results = _leaf(root, "Results")
        sets = _leaf(results, "MeasurementResultsSet")
        for index, part in enumerate(parts):
            self._result(sets, part, np.flatnonzero(readings.part == index), self.part_ids[index])
        if len(nameless := np.flatnonzero(readings.part < 0)):
            self._result(sets, Part(""), nameless, None)
        sets.set("n", str(len(sets)))
        if not parts:
            return
        holder = _leaf(results, "ActualComponentSets", n=len(parts))
        for part, own in zip(parts, self.part_ids, strict=True):
            component = _leaf(_leaf(holder, "ActualComponentSet", n=1), "ActualComponent", id=own)
            _leaf(component, "SerialNumber", part.serial or part.key)
            self._inspection_status(_leaf(component, "Status"), part)

    def _inspection_status(self, holder: _Element, part: Part) -> None:
        if part.status in PART_STATUS:
            _leaf(holder, "InspectionStatusEnum", PART_STATUS[part.status])
        else:
            _leaf(holder, "OtherInspectionStatus", part.status.name)

    def _result(self, sets: _Element, part: Part, rows: np.ndarray, component: int | None) -> None:
        element = _leaf(sets, "MeasurementResults", id=self._next())
        if part.time is not None:
            _leaf(_leaf(element, "InspectionTraceability"), "InspectionStart", iso_time(part.time))
        if len(rows):
            holder = _leaf(
                _leaf(element, "MeasuredCharacteristics"), "CharacteristicMeasurements", n=len(rows)
            )
            for row in rows.tolist():
                self._reading(holder, row)
        self._inspection_status(_leaf(element, "InspectionStatus"), part)
        if component is not None:
            _leaf(_leaf(element, "ActualComponentIds", n=1), "Id", str(component))

    def _reading(self, holder: _Element, row: int) -> None:
        readings = self.inspection.readings
        at = int(readings.characteristic[row])
        self.reading_ids[row] = self._next()
        element = _leaf(holder, f"{self.kinds[at]}CharacteristicMeasurement", id=self.reading_ids[row])
        status = Status(int(readings.status[row]))
        name = "CharacteristicStatusEnum" if status in READING_STATUS else "OtherCharacteristicStatus"
        _leaf(_leaf(element, "Status"), name, READING_STATUS.get(status, status.name))
        _leaf(element, "CharacteristicItemId", str(self.item_ids[at]))
        if not np.isnat(readings.time[row]):
            _leaf(element, "TimeStamp", iso_time(readings.time[row]))
        extra = {name: column[row] for name, column in readings.extra.items() if column[row] is not None}
        if text := extra.pop("NonConformanceDesignator", None):
            _leaf(element, "NonConformanceDesignator", text)
        value, scale = float(readings.value[row]), self.scales[at]
        text = extra.pop("text", None)
        if np.isfinite(value):
            written = _leaf(element, "Value", decimal(value * scale))
            if np.isfinite(readings.uncertainty[row]):
                written.set("combinedUncertainty", decimal(float(readings.uncertainty[row]) * scale))
        elif text:
            _leaf(element, "Value", text)
        for name in extra:
            self._drop(f"field {name} of a reading")

    # --- statistics

    def _statistics(self, root: _Element) -> None:
        studies = self.inspection.studies
        if not studies:
            return
        holder = _leaf(root, "Statistics")
        plans = [s for s in studies if s.kind.endswith("Plan")]
        results = [s for s in studies if not s.kind.endswith("Plan")]
        for name, found in (("StatisticalStudyPlans", plans), ("StatisticalStudiesResults", results)):
            if found:
                listed = _leaf(holder, name, n=len(found))
                for study in found:
                    self._study(listed, study)

    def _study(self, holder: _Element, study: Study) -> None:
        element = _leaf(holder, study.kind, id=self._next())
        facts = dict(study.facts)
        for name in [name for name in facts if name.startswith("This")]:
            _leaf(element, name, facts.pop(name))
        if study.status:
            _leaf(_leaf(element, "Status"), "StatsEvalStatusEnum", study.status)
        if study.characteristics:
            listed = _leaf(element, "CharacteristicsStats", n=len(study.characteristics))
            for stats in study.characteristics:
                kinds = [kind_of(c) for c in self.inspection.characteristics if c.key == stats.characteristic]
                block = _leaf(listed, f"{kinds[0] if kinds else stats.kind}CharacteristicStats")
                self._members(block, stats.readings, stats.subgroups)
                _leaf(_leaf(block, "Status"), "StatsEvalStatusEnum", study.status or "INFORMATIONAL")
                counted = any(name == "FailurePercentage" for name in stats.statistics)
                _numbers(_leaf(block, "AttributeStats" if counted else "ValueStats"), stats.statistics)
                if stats.issues:
                    self._drop("issues of a study", len(stats.issues))
        for path, text in facts.items():
            _nested(element, path, text)

    def _members(self, block: _Element, rows: Iterable[int], groups: tuple[tuple[int, ...], ...]) -> None:
        if groups:
            listed = _leaf(block, "Subgroups", n=len(groups))
            for group in groups:
                self._members(_leaf(listed, "Subgroup", id=self._next()), group, ())
            return
        ids = [self.reading_ids[row] for row in rows]
        if ids:
            holder = _leaf(_leaf(block, "MeasuredIds"), "Ids", n=len(ids))
            for own in ids:
                _leaf(holder, "Id", str(own))


def kind_of(c: Characteristic) -> str:
    """The QIF kind of a characteristic; one from a format without kinds is user-defined, by its unit."""
    if c.kind:
        return c.kind
    if c.attribute:
        return "UserDefinedAttribute"
    if c.unit in KNOWN_FACTORS["Angular"]:
        return "UserDefinedAngular"
    return "UserDefinedLinear" if not c.unit or c.unit in KNOWN_FACTORS["Linear"] else "UserDefinedUnit"


def decimal(value: float) -> str:
    """A number without an exponent, as xs:decimal wants it, that reads back as the same double."""
    return format(Decimal(repr(float(value))), "f")


def iso_time(time: np.datetime64) -> str:
    return str(time.astype("datetime64[us]")).removesuffix(".000000")


def _geometric(element: _Element, c: Characteristic, scale: float) -> None:
    if c.upper is not None:
        width = c.upper - (c.lower or 0.0) if c.kind in SIGNED_ZONES else c.upper
        _leaf(element, "ToleranceValue", decimal(width * scale))
    if text := c.extra.get("MaterialCondition"):
        _leaf(element, "MaterialCondition", text)
    if text := c.extra.get("ZoneShape"):
        _leaf(_leaf(element, "ZoneShape"), text)


def _numbers(block: _Element, statistics: Mapping[str, float]) -> None:
    for name, value in statistics.items():
        text = decimal(value).removesuffix(".0")
        if name in VALUED_STATISTICS:
            _leaf(_leaf(block, name), "Value", text)
        else:
            _nested(block, name, text)


def _nested(element: _Element, path: str, text: str) -> None:
    *above, last = path.split(".")
    for name in above:
        known = [child for child in element if child.tag == f"{{{NAMESPACE}}}{name}"]
        element = known[-1] if known else _leaf(element, name)
    for piece in text.split("; "):
        _leaf(element, last, piece)


def _leaf(parent: _Element, name: str, text: str = "", **attributes: object) -> _Element:
    from lxml import etree

    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", {k: str(v) for k, v in attributes.items()})
    if text:
        child.text = text
    return child
