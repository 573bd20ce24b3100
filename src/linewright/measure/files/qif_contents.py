"""Everything understood in a QIF file, before measurements, items and tolerances are linked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from linewright.measure.files.qif_parts import Definition, Item, Measured, Nominal
from linewright.measure.files.qif_stats import RawStudy
from linewright.measure.files.qif_units import Units
from linewright.measure.files.record import PartType, Status


@dataclass(slots=True)
class ResultSet:
    """One `MeasurementResults`: what was measured at one go, usually on one part."""

    id: str = ""
    measured: list[Measured] = field(default_factory=list)
    components: tuple[str, ...] = ()
    status: Status = Status.UNKNOWN
    time: np.datetime64 | None = None


@dataclass(slots=True)
class Contents:
    """Everything understood in the file, before it is linked."""

    file: str
    version: str = ""
    units: Units | None = None
    definitions: dict[str, Definition] = field(default_factory=dict)
    nominals: dict[str, Nominal] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    feature_names: dict[str, str] = field(default_factory=dict)  # feature item -> its name
    feature_items: dict[str, str] = field(default_factory=dict)  # measured feature -> feature item
    part_types: list[PartType] = field(default_factory=list)
    components: dict[str, tuple[str, Status]] = field(default_factory=dict)  # id -> serial number, status
    results: list[ResultSet] = field(default_factory=list)
    studies: list[RawStudy] = field(default_factory=list)
    causes: dict[str, str] = field(default_factory=dict)
    actions: dict[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    skipped_line: dict[str, int] = field(default_factory=dict)
