"""From the pieces of a QIF file to an `Inspection`: measurement -> item -> nominal -> definition, part by
part.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from linewright.errors import InputError, Problem, nearest
from linewright.measure.files.naming import unique_keys
from linewright.measure.files.qif_contents import Contents, ResultSet
from linewright.measure.files.qif_limits import limits_of
from linewright.measure.files.qif_parts import Definition, Item, Measured, Nominal, number
from linewright.measure.files.qif_stats import RawStats
from linewright.measure.files.qif_units import Units
from linewright.measure.files.record import (
    Characteristic,
    CharacteristicStudy,
    Inspection,
    Note,
    Part,
    ReadingsBuilder,
    Status,
    Study,
)

UNIT_NOTE = "the file declares no units: by the standard metres and radians, here left without a unit"


class Linker:
    """Finds characteristics and parts as measurements name them; one pass over the results fills the
    readings.
    """

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self.units = contents.units or Units(contents.file)
        self.characteristics: list[Characteristic] = []
        self.by_place: dict[tuple[str, tuple[str, ...]], int] = {}  # (item, feature items) -> characteristic
        self.parts: list[Part] = []
        self.by_component: dict[str, int] = {}
        self.readings = ReadingsBuilder()
        self.by_measured: dict[str, int] = {}  # measurement id -> reading
        self.notes: Counter[str] = Counter()
        self.places = self._places()

    def _places(self) -> dict[str, list[tuple[str, ...]]]:
        """Where each item was measured, in order. Several places make a pattern: one tolerance, many
        features.
        """
        places: dict[str, list[tuple[str, ...]]] = {item: [] for item in self.contents.items}
        for result in self.contents.results:
            for measured in result.measured:
                found, features = places.setdefault(measured.item, []), self._features(measured)
                if features not in found:
                    found.append(features)
        return places

    def _features(self, measured: Measured) -> tuple[str, ...]:
        return tuple(self.contents.feature_items.get(feature, "") for feature in measured.features)

    # --- characteristics

    def declare_all(self) -> None:
        """Characteristics in the order of the items, measured or not."""
        for item in self.contents.items:
            several = self.places[item] if len(self.places[item]) > 1 else [()]
            for features in several:
                self._declare(item, features)

    def characteristic(self, measured: Measured) -> int:
        features = self._features(measured) if len(self.places[measured.item]) > 1 else ()
        index = self.by_place.get((measured.item, features))
        if index is None:
            items = self.contents.items
            hint = nearest(measured.item, items) if len(items) < 20 else ""
            problem = f"a measurement names item {measured.item!r}, which is not in the file"
            raise InputError([Problem(problem, self.contents.file, measured.line, hint=hint)])
        kind = self.characteristics[index].kind
        if kind != measured.kind:
            self.notes[f"a {measured.kind} measurement of a {kind} characteristic"] += 1
        return index

    def _declare(self, item_id: str, features: tuple[str, ...]) -> None:
        item = self.contents.items[item_id]
        nominal, definition = self._tolerance(item)
        target, lower, upper, note = limits_of(self.contents.file, definition, nominal.target)
        if note:
            self.notes[note] += 1
        on = [self.contents.feature_names.get(f, f) for f in (features or item.features) if f]
        name = item.name or definition.name or item.designator or f"characteristic {item_id}"
        if features:
            name = f"{name} {' '.join(on)}"
        facts = {**definition.facts, **nominal.facts}
        for fact, text in (("Designator", item.designator), ("Description", item.description)):
            if text:
                facts[fact] = text
        self.by_place[item_id, features] = len(self.characteristics)
        self.characteristics.append(
            Characteristic(
                key=name,
                name=name,
                kind=definition.kind,
                nominal=target,
                lower=lower,
                upper=upper,
                unit=facts.pop("unit", "") or self.units.of_kind(definition.kind),
                attribute="Attribute" in definition.kind,
                feature=" ".join(on),
                part_type=self._only_part_type(),
                extra=facts,
            )
        )

    def _tolerance(self, item: Item) -> tuple[Nominal, Definition]:
        nominal = self.contents.nominals.get(item.nominal)
        if nominal is None:
            problem = f"item {item.name!r} names nominal {item.nominal!r}, which is not in the file"
            raise InputError([Problem(problem, self.contents.file, item.line)])
        definition = self.contents.definitions.get(nominal.definition)
        if definition is None:
            problem = (
                f"item {item.name!r} leads to definition {nominal.definition!r}, which is not in the file"
            )
            raise InputError([Problem(problem, self.contents.file, item.line)])
        return nominal, definition

    def _only_part_type(self) -> str:
        return self.contents.part_types[0].key if len(self.contents.part_types) == 1 else ""

    # --- parts and readings

    def part(self, result: ResultSet, component: str) -> int:
        """The index of the part; results without a component are a part of their own."""
        name = component or f"results {result.id}"
        if name not in self.by_component:
            serial, status = self.contents.components.get(component, ("", result.status))
            self.by_component[name] = len(self.parts)
            self.parts.append(Part(serial or name, serial, status, result.time))
        return self.by_component[name]

    def take(self, result: ResultSet) -> None:
        """Readings of one `MeasurementResults`."""
        if len(result.components) > 1:
            self.notes[
                "results of several components at once: put down to the first unless they name their own"
            ] += 1
        first = result.components[0] if result.components else ""
        part = self.part(result, first)
        for measured in result.measured:
            own = measured.component
            index = self.part(result, own) if own and own != first else part
            self._reading(index, measured, measured.time or result.time)

    def _reading(self, part: int, measured: Measured, time: np.datetime64 | None) -> None:
        index = self.characteristic(measured)
        kind = self.characteristics[index].kind
        extra = dict(measured.facts)
        value = np.nan
        if self.characteristics[index].attribute:
            value, extra = _attribute_value(measured, extra)
        elif measured.text:
            given = number(self.contents.file, measured.text, measured.line, self.characteristics[index].name)
            value = self.units.convert(given or 0.0, kind, measured.unit, measured.line)
        given = number(self.contents.file, measured.uncertainty, measured.line, "combinedUncertainty")
        uncertainty = np.nan
        if given is not None:
            uncertainty = self.units.convert(given, kind, measured.unit, measured.line)
        row = self.readings.add(part, index, value, measured.status, time, uncertainty, extra)
        if measured.id:
            self.by_measured[measured.id] = row

    # --- studies

    def study(self, stats: RawStats) -> CharacteristicStudy:
        """What the file says of one characteristic, its values found again among those measured."""
        groups = [
            tuple(self.by_measured[m] for m in ids if m in self.by_measured) for _, ids in stats.subgroups
        ]
        rows = [self.by_measured[m] for m in stats.measured if m in self.by_measured]
        rows = rows or [row for group in groups for row in group]
        key = ""
        if rows:
            of = {self.readings.characteristic_of(row) for row in rows}
            key = self.characteristics[of.pop()].key if len(of) == 1 else ""
        elif len(same := [c.key for c in self.characteristics if c.kind == stats.kind]) == 1:
            key = same[0]
        return CharacteristicStudy(
            key, stats.numbers, tuple(rows), tuple(groups), self._issues(stats), stats.kind
        )

    def _issues(self, stats: RawStats) -> tuple[str, ...]:
        places = {subgroup: i + 1 for i, (subgroup, _) in enumerate(stats.subgroups)}
        lines = []
        for causes, actions, subgroups in stats.issues:
            cause = ", ".join(self.contents.causes.get(c, c) for c in causes)
            action = ", ".join(self.contents.actions.get(a, a) for a in actions)
            where = ", ".join(str(places.get(s, s)) for s in subgroups)
            lines.append("; ".join(filter(None, [where and f"subgroup {where}", cause, action])))
        return tuple(lines)


def _attribute_value(measured: Measured, extra: dict[str, str]) -> tuple[float, dict[str, str]]:
    try:
        return float(measured.text), extra
    except ValueError:
        return np.nan, {**extra, "text": measured.text} if measured.text else extra


def link(contents: Contents, data_hash: str) -> Inspection:
    """The whole file as an `Inspection`."""
    linker = Linker(contents)
    linker.declare_all()
    for result in contents.results:
        linker.take(result)
    studies = [
        Study(s.kind, s.status, s.facts, tuple(linker.study(c) for c in s.characteristics))
        for s in contents.studies
    ]
    inspection = Inspection(
        format=f"QIF {contents.version}",
        part_types=tuple(contents.part_types),
        parts=_unique_parts(linker.parts),
        characteristics=_unique_characteristics(linker.characteristics),
        readings=linker.readings.readings(),
        studies=tuple(studies),
        notes=_notes(contents, linker),
        source=contents.file,
        data_hash=data_hash,
    )
    return inspection.with_notes(*_contradictions(inspection))


def _contradictions(inspection: Inspection) -> tuple[Note, ...]:
    """Readings that the file passes although they lie outside its own limits, or fails although inside."""
    judged, said = inspection.judge(), inspection.readings.status
    at = inspection.readings.characteristic
    notes = []
    for verdict, against, what in (
        (Status.PASS, Status.FAIL, "passed by the file, but outside its limits"),
        (Status.FAIL, Status.PASS, "failed by the file, but inside its limits"),
    ):
        wrong = Counter(at[(said == verdict) & (judged == against)].tolist())
        notes += [Note(f"{inspection.characteristics[c].key}: {what}", n) for c, n in wrong.items()]
    return tuple(notes)


def _notes(contents: Contents, linker: Linker) -> tuple[Note, ...]:
    notes = [Note(what, count) for what, count in linker.notes.items()]
    if contents.units is None and linker.characteristics:
        notes.append(Note(UNIT_NOTE))
    if not contents.results and not contents.studies:
        notes.append(Note("the file holds no results and no statistics"))
    notes += [
        Note(f"not taken over: {name}", count, contents.skipped_line[name])
        for name, count in contents.skipped.items()
    ]
    return tuple(notes)


def _unique_parts(parts: list[Part]) -> tuple[Part, ...]:
    keys = unique_keys([part.key for part in parts])
    return tuple(replace(part, key=key) for part, key in zip(parts, keys, strict=True))


def _unique_characteristics(found: list[Characteristic]) -> tuple[Characteristic, ...]:
    keys = unique_keys([c.key for c in found])
    return tuple(replace(c, key=key) for c, key in zip(found, keys, strict=True))
