"""An `Inspection` as Q-DAS ASCII transfer format: one `.dfq`, or `.dfd` and `.dfx` side by side.

Values are written in K-fields of their own, which hold any field; parts that lack a value get one with K0002
= 255, for the n-th value of every characteristic belongs to the n-th part. Fields that came from another
format and have no K-number are left out and named in the notes given back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from linewright.errors import InputError, Problem
from linewright.measure.files.qdas_fields import write_time
from linewright.measure.files.record import Characteristic, Inspection, Note, PartType, Status

K_FIELD = re.compile(r"K\d{4}$")
OTHER_FIELD = re.compile(r"K\d{4}/\d+$")
OWN_HIERARCHY = ("K2030", "K2031")


def write_qdas(inspection: Inspection, path: str | Path, encoding: str = "utf-8-sig") -> tuple[Note, ...]:
    """Write `path` (`.dfq`), or both halves where it ends in `.dfd` or `.dfx`; the answer names what was
    left out.

    The default encoding carries a byte order mark, by which readers know UTF-8 from the older code pages.
    """
    target = Path(path)
    writer = Writer(inspection)
    description, values = list(writer.description()), list(writer.values())
    ending = target.suffix.lower()
    halves: dict[str, tuple[tuple[Path, list[str]], ...]] = {".dfq": ((target, [*description, *values]),)}
    if ending in (".dfd", ".dfx"):
        halves[ending] = ((target.with_suffix(".dfd"), description), (target.with_suffix(".dfx"), values))
    if ending not in halves:
        raise InputError([Problem(f"{ending!r} is no Q-DAS ending", str(path), hint=".dfq, .dfd or .dfx")])
    for file, lines in halves[ending]:
        try:
            file.write_text("".join(f"{line}\r\n" for line in lines), encoding=encoding, newline="")
        except UnicodeEncodeError as wrong:
            raise InputError(
                [
                    Problem(
                        f"{wrong.object[wrong.start]!r} cannot be written in {encoding}",
                        str(file),
                        hint="use UTF-8",
                    )
                ]
            ) from None
    return writer.notes()


class Writer:
    """Numbers part types, characteristics and groups from 1 and spells their fields."""

    def __init__(self, inspection: Inspection) -> None:
        self.inspection = inspection
        self.left_out: dict[str, int] = {}
        self.types = list(inspection.part_types) or [PartType("")]
        keys = [t.key for t in self.types]
        home = {
            c.key: keys.index(c.part_type) if c.part_type in keys else 0 for c in inspection.characteristics
        }
        # part by part, for a characteristic belongs to the part whose fields stand before it
        self.order = sorted(
            range(len(inspection.characteristics)), key=lambda i: home[inspection.characteristics[i].key]
        )
        self.home = home
        self.number = {inspection.characteristics[i].key: n for n, i in enumerate(self.order, start=1)}
        self.group_number = {group.key: n for n, group in enumerate(inspection.groups, start=1)}

    def description(self) -> Iterator[str]:
        """The lines that say what was measured."""
        yield f"K0100 {len(self.order)}"
        for n, part_type in enumerate(self.types, start=1):
            yield from self._fields(
                "part type", n, {"K1001": part_type.number, "K1002": part_type.name}, part_type.extra
            )
            for i in self.order:
                c = self.inspection.characteristics[i]
                if self.home[c.key] == n - 1:
                    yield from self._characteristic(c)
        for group in self.inspection.groups:
            named = {} if any(k in group.extra for k in ("K5001", "K5002")) else {"K5002": group.name}
            yield from self._fields("group", self.group_number[group.key], named, group.extra)
        yield from self._hierarchy()
        for key, text in self.inspection.extra.items():
            if OTHER_FIELD.match(key):
                yield f"{key} {text}"
            else:
                self._drop(f"field {key} of the file")
        if self.inspection.studies:
            self._drop("statistical studies", len(self.inspection.studies))

    def values(self) -> Iterator[str]:
        """The lines of measured values."""
        readings = self.inspection.readings
        of_type = self._parts_of_types()
        for i in self.order:
            c = self.inspection.characteristics[i]
            rows = np.flatnonzero(readings.characteristic == i)
            by_part: dict[int, list[int]] = {}
            for row in rows.tolist():
                by_part.setdefault(int(readings.part[row]), []).append(row)
            nameless = by_part.pop(-1, [])
            measured = [p for p in of_type[self.home[c.key]] if p in by_part]
            last = measured[-1] if measured else -1
            for part in of_type[self.home[c.key]]:
                if part > last:
                    break
                if part not in by_part:
                    yield f"{'K0021' if c.attribute else 'K0001'}/{self.number[c.key]} "
                    yield f"K0002/{self.number[c.key]} 255"
                for again, row in enumerate(by_part.get(part, ())):
                    if again:
                        self._drop("which readings are repeats on one part")
                    yield from self._value(c, row)
            for row in nameless:
                yield from self._value(c, row)

    def notes(self) -> tuple[Note, ...]:
        return tuple(Note(f"not written: {what}", count) for what, count in self.left_out.items())

    def _parts_of_types(self) -> dict[int, list[int]]:
        """The parts of each design, in their order: those on which one of its characteristics was
        measured.
        """
        readings = self.inspection.readings
        found: dict[int, set[int]] = {n: set() for n in range(len(self.types))}
        for part, at in zip(readings.part.tolist(), readings.characteristic.tolist(), strict=True):
            if part >= 0:
                found[self.home[self.inspection.characteristics[at].key]].add(part)
        return {n: sorted(parts) for n, parts in found.items()}

    def _value(self, c: Characteristic, row: int) -> Iterator[str]:
        readings, n = self.inspection.readings, self.number[c.key]
        extra = {key: column[row] for key, column in readings.extra.items() if column[row] is not None}
        value = readings.value[row]
        number = "" if np.isnan(value) else _number(float(value))
        if c.attribute:
            if size := extra.pop("K0020", None):
                yield f"K0020/{n} {size}"
            yield f"K0021/{n} {number}"
        else:
            yield f"K0001/{n} {number}"
        status = Status(int(readings.status[row]))
        if status == Status.NOT_MEASURED and "K0002" not in extra:
            yield f"K0002/{n} 255"
        elif status not in (Status.UNKNOWN, Status.NOT_MEASURED):
            self._drop(f"the verdict {status.name} of a reading")
        if not np.isnat(readings.time[row]):
            yield f"K0004/{n} {write_time(readings.time[row])}"
        part = int(readings.part[row])
        if part >= 0 and self.inspection.parts[part].serial:
            yield f"K0014/{n} {_text(self.inspection.parts[part].serial)}"
        if np.isfinite(readings.uncertainty[row]):
            self._drop("the uncertainty of a reading")
        for key, text in extra.items():
            if K_FIELD.match(key):
                yield f"{key}/{n} {_text(text)}"
            else:
                self._drop(f"field {key} of a reading")

    def _characteristic(self, c: Characteristic) -> Iterator[str]:
        n = self.number[c.key]
        named = {} if any(k in c.extra for k in ("K2001", "K2002")) else {"K2001": str(n), "K2002": c.name}
        if c.attribute and "K2004" not in c.extra:
            named["K2004"] = "1"
        for key, value in (("K2101", c.nominal), ("K2110", c.lower), ("K2111", c.upper)):
            if value is not None:
                named[key] = _number(value)
        if c.unit:
            named["K2142"] = c.unit
        kept = {k: v for k, v in c.extra.items() if k not in OWN_HIERARCHY}
        yield from self._fields("characteristic", n, named, kept)
        if c.kind:
            self._drop("the kind of a characteristic")

    def _hierarchy(self) -> Iterator[str]:
        """Nodes for parts, characteristics and groups, then who hangs below whom."""
        inspection = self.inspection
        if not inspection.groups and not any(c.parent for c in inspection.characteristics):
            return
        part_node = {n: n for n in range(1, len(self.types) + 1)}
        count = len(part_node)
        character_node = {key: count + n for key, n in self.number.items()}
        count += len(character_node)
        group_node = {key: count + n for key, n in self.group_number.items()}
        for n, node in part_node.items():
            yield f"K5111/{node} {n}"
        for key, node in character_node.items():
            yield f"K5112/{node} {self.number[key]}"
        for key, node in group_node.items():
            yield f"K5113/{node} {self.group_number[key]}"
        above = {**group_node, **character_node}
        for c in inspection.characteristics:
            yield f"K5103/{above.get(c.parent) or part_node[self.home[c.key] + 1]} {character_node[c.key]}"
        types = {t.key: n for n, t in enumerate(self.types, start=1)}
        for group in inspection.groups:
            parent = above.get(group.parent) or part_node[types.get(group.part_type, 1)]
            yield f"K5103/{parent} {group_node[group.key]}"

    def _fields(self, what: str, n: int, own: dict[str, str], kept: Mapping[str, str]) -> Iterator[str]:
        fields = dict(own)
        for key, text in kept.items():
            if K_FIELD.match(key):
                fields.setdefault(key, text)
            else:
                self._drop(f"field {key} of a {what}")
        for key in sorted(fields):
            if fields[key]:
                yield f"{key}/{n} {_text(fields[key])}"

    def _drop(self, what: str, count: int = 1) -> None:
        self.left_out[what] = self.left_out.get(what, 0) + count


def _number(value: float) -> str:
    return repr(float(value))


def _text(text: str) -> str:
    """One line, without the characters that separate values."""
    return re.sub(r"[\r\n\x0f\x14]+", " ", text)
