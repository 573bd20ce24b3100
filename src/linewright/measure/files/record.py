"""What an inspection file says, whatever its format: parts, characteristics, readings, studies, and what was
not read.

Readings are columns, not objects: a file of a million values is a few arrays. One reading is one value of one
characteristic on one part; a part may be measured more than once and need not have every characteristic.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from linewright.errors import InputError, Problem, nearest

NO_TIME = int(np.datetime64("NaT", "us").astype(np.int64))


class Status(IntEnum):
    """What the file says about one reading or one part (not what the limits say: see `judge`)."""

    UNKNOWN = 0  # the file is silent
    PASS = 1
    FAIL = 2
    INFORMATIONAL = 3  # basic or reference dimension: measured, not judged
    NOT_MEASURED = 4
    REWORK = 5
    DEVIATION = 6  # accepted by concession


@dataclass(frozen=True, slots=True)
class Characteristic:
    """A feature of the part that is measured: name, nominal and limits in `unit`.

    `lower` and `upper` are limits, never deviations from the nominal; None: the file sets none. A one-sided
    geometric tolerance (flatness 0.05) has an upper limit alone.
    """

    key: str  # unique in the file
    name: str  # as the file shows it; need not be unique
    kind: str = ""  # "Diameter", "Position"; "" where the format has no kinds
    nominal: float | None = None
    lower: float | None = None
    upper: float | None = None
    unit: str = ""  # "mm", "deg", "inch"; "" the file does not say
    attribute: bool = False  # counted or judged good/bad, not measured
    feature: str = ""  # the geometry it is measured on
    part_type: str = ""  # key of the `PartType` it belongs to
    parent: str = ""  # key of the characteristic or group above it; "" at the top
    extra: Mapping[str, str] = field(
        default_factory=dict
    )  # fields kept as they stand, by the format's own names


@dataclass(frozen=True, slots=True)
class PartType:
    """A design: what the drawing is about."""

    key: str
    name: str = ""
    number: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One made part: its serial number and the file's verdict on it."""

    key: str  # unique in the file; the serial number where there is one
    serial: str = ""
    status: Status = Status.UNKNOWN
    time: np.datetime64 | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A node of a characteristics' hierarchy that is not measured itself."""

    key: str
    name: str
    parent: str = ""
    part_type: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Readings:
    """Measured values as columns of equal length n, in file order."""

    part: NDArray[np.int32]  # [n] index into `Inspection.parts`; -1: the file names no part
    characteristic: NDArray[np.int32]  # [n] index into `Inspection.characteristics`
    value: NDArray[np.float64]  # [n] in the characteristic's unit; nan: not a number or not measured
    status: NDArray[np.int8]  # [n] `Status`
    time: NDArray[np.datetime64]  # [n] microseconds, local as the file gives it; NaT: none
    uncertainty: NDArray[np.float64]  # [n] standard uncertainty, in the characteristic's unit; nan: none
    extra: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)  # text columns; None: no entry

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True)
class CharacteristicStudy:
    """The statistics that a file gives for one characteristic."""

    characteristic: str  # key; "" where the file does not link it
    statistics: Mapping[str, float]  # by the format's own names: "Average", "Cpk"
    readings: tuple[int, ...] = ()  # indices of the readings behind them
    subgroups: tuple[tuple[int, ...], ...] = ()  # indices of readings, by subgroup
    issues: tuple[str, ...] = ()  # assignable causes and corrective actions, as text
    kind: str = ""  # of the characteristic, by the format's own names


@dataclass(frozen=True, slots=True)
class Study:
    """A statistical study in a file: planned thresholds or results."""

    kind: str  # "CapabilityStudyResults", "ProductionStudyPlan"
    status: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)  # samples, thresholds, by the format's own names
    characteristics: tuple[CharacteristicStudy, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Something in the file that was not understood, or understood against its letter."""

    what: str
    count: int = 1
    line: int = 0  # first place; 0: the whole file

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        times = f" ({self.count} times)" if self.count > 1 else ""
        return f"{place}{self.what}{times}"


@dataclass(frozen=True)
class Inspection:
    """All that a file says. `notes` names what was left out, so that nothing is lost in silence."""

    format: str  # "QIF 2.1.0", "Q-DAS ASCII"
    part_types: tuple[PartType, ...]
    parts: tuple[Part, ...]
    characteristics: tuple[Characteristic, ...]
    readings: Readings
    groups: tuple[Group, ...] = ()
    studies: tuple[Study, ...] = ()
    notes: tuple[Note, ...] = ()
    source: str = ""  # the file's name
    data_hash: str = ""  # sha256 of the file's bytes
    extra: Mapping[str, str] = field(default_factory=dict)

    def characteristic(self, key: str) -> Characteristic:
        """The characteristic with this key (or this name, where the name is unique)."""
        return self.characteristics[self._index(key)]

    def values_of(self, key: str) -> NDArray[np.float64]:
        """All values [n] of a characteristic in file order, nan where a part has none."""
        values: NDArray[np.float64] = self.readings.value[self.readings.characteristic == self._index(key)]
        return values

    def table(self) -> NDArray[np.float64]:
        """Values [parts, characteristics]; nan where not measured. The last reading counts where there are
        several.
        """
        table = np.full((len(self.parts), len(self.characteristics)), np.nan)
        known = self.readings.part >= 0
        table[self.readings.part[known], self.readings.characteristic[known]] = self.readings.value[known]
        return table

    def status_table(self) -> NDArray[np.int8]:
        """`Status` [parts, characteristics] as the file gives it; NOT_MEASURED where there is no reading."""
        table = np.full((len(self.parts), len(self.characteristics)), Status.NOT_MEASURED, np.int8)
        known = self.readings.part >= 0
        table[self.readings.part[known], self.readings.characteristic[known]] = self.readings.status[known]
        return table

    def judge(self) -> NDArray[np.int8]:
        """`Status` [n] of each reading by the limits alone; UNKNOWN without limits or value."""
        lower, upper = self._limits()
        at = self.readings.characteristic
        value = self.readings.value
        bounded = np.isfinite(lower[at]) | np.isfinite(upper[at])
        outside = (value < lower[at]) | (value > upper[at])
        verdict = np.where(outside, Status.FAIL, Status.PASS)
        return np.where(bounded & np.isfinite(value), verdict, Status.UNKNOWN).astype(np.int8)

    def with_notes(self, *notes: Note) -> Inspection:
        return replace(self, notes=(*self.notes, *notes))

    def _limits(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        lower = [-np.inf if c.lower is None else c.lower for c in self.characteristics]
        upper = [np.inf if c.upper is None else c.upper for c in self.characteristics]
        return np.array(lower, float), np.array(upper, float)

    def _index(self, key: str) -> int:
        by_key = {c.key: i for i, c in enumerate(self.characteristics)}
        if key in by_key:
            return by_key[key]
        named = [i for i, c in enumerate(self.characteristics) if c.name == key]
        if len(named) == 1:
            return named[0]
        if named:
            keys = ", ".join(repr(self.characteristics[i].key) for i in named)
            raise InputError(
                [Problem(f"{len(named)} characteristics are named {key!r}", self.source, hint=keys)]
            )
        raise InputError(
            [Problem(f"there is no characteristic {key!r}", self.source, hint=nearest(key, by_key))]
        )


class ReadingsBuilder:
    """Collects readings one by one in plain columns, some fifty bytes each, and hands them over as arrays."""

    def __init__(self) -> None:
        self._part = array("i")
        self._characteristic = array("i")
        self._value = array("d")
        self._status = array("b")
        self._time = array("q")
        self._uncertainty = array("d")
        self._extra: dict[str, list[str | None]] = {}

    def __len__(self) -> int:
        return len(self._value)

    def add(
        self,
        part: int,
        characteristic: int,
        value: float,
        status: Status = Status.UNKNOWN,
        time: np.datetime64 | None = None,
        uncertainty: float = np.nan,
        extra: Mapping[str, str] | None = None,
    ) -> int:
        """Append one reading; the answer is its index."""
        row = len(self._value)
        self._part.append(part)
        self._characteristic.append(characteristic)
        self._value.append(value)
        self._status.append(status)
        self._time.append(NO_TIME if time is None else int(time.astype("datetime64[us]").astype(np.int64)))
        self._uncertainty.append(uncertainty)
        for name, text in (extra or {}).items():
            column = self._extra.setdefault(name, [])
            column += [None] * (row - len(column))
            column.append(sys.intern(text))
        return row

    def characteristic_of(self, row: int) -> int:
        return self._characteristic[row]

    def readings(self) -> Readings:
        """What was added so far, column by column."""
        n = len(self._value)
        extra: dict[str, NDArray[np.object_]] = {}
        for name, entries in self._extra.items():
            column = np.full(n, None, dtype=object)
            column[: len(entries)] = entries
            extra[name] = column
        return Readings(
            part=np.array(self._part, np.int32),
            characteristic=np.array(self._characteristic, np.int32),
            value=np.array(self._value, np.float64),
            status=np.array(self._status, np.int8),
            time=np.array(self._time, np.int64).view("datetime64[us]"),
            uncertainty=np.array(self._uncertainty, np.float64),
            extra=extra,
        )
