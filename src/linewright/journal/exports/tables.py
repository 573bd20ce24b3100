"""A run as four plain tables: units, operations, measurements, components. Times are UTC, ISO 8601."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from linewright.journal.genealogy import Biography, Genealogy
from linewright.journal.record import Journal
from linewright.plant.model import Plant
from linewright.units import find_unit

OUTCOMES = ("pass", "fail", "scrap")  # by control.codes.Outcome
TABLES = {
    "units": ("serial", "material", "order", "released", "ended", "end", "built_into"),
    "operations": (
        "serial",
        "operation",
        "machine",
        "started",
        "finished",
        "outcome",
        "crew",
        "tools",
    ),
    "measurements": ("serial", "characteristic", "value", "unit", "measured"),
    "components": ("serial", "component", "taken"),
}
Rows = Iterator[tuple[Any, ...]]


@dataclass(frozen=True)
class Tale:
    """What exports are made of."""

    plant: str
    genealogy: Genealogy
    epoch: datetime  # when plant time was 0: a Monday, 00:00
    units: dict[str, tuple[str, float, float]]  # by characteristic: unit, factor and offset from SI to it

    def at(self, time_s: float) -> datetime:
        """A plant time as a date, to the microsecond."""
        return self.epoch + timedelta(seconds=time_s)

    def iso(self, time_s: float | None) -> str:
        """A plant time as ISO 8601; "" where it has not come."""
        return "" if time_s is None or math.isinf(time_s) else self.at(time_s).isoformat()

    def value(self, characteristic: str, value_si: float) -> float:
        """A value in the unit in which the plant file writes its characteristic."""
        _, factor, offset = self.units.get(characteristic, ("", 1.0, 0.0))
        return float(f"{(value_si - offset) / factor:.12g}")

    def unit(self, characteristic: str) -> str:
        """That unit."""
        return self.units.get(characteristic, ("", 1.0, 0.0))[0]

    def biographies(self) -> Iterator[Biography]:
        """All units in the order in which they came into being."""
        return iter(sorted(self.genealogy.units.values(), key=lambda unit: unit.serial))


def tale_of(plant: Plant, genealogy: Genealogy, journal: Journal) -> Tale:
    """The tale of a journal whose units are in `genealogy`."""
    units = {}
    for name, one in plant.characteristics.items():
        if text := getattr(one.nominal, "unit", ""):
            unit = find_unit(text)
            units[name] = (text, float(unit.factor), float(unit.offset))
    return Tale(plant.plant, genealogy, epoch_of(journal), units)


def epoch_of(journal: Journal) -> datetime:
    """The Monday 00:00 UTC that plant time is counted from: the last one at which the run can have begun."""
    first = next(iter(journal.decisions()), None)
    if first is None:
        return datetime.fromtimestamp(0.0, UTC) - timedelta(days=3)  # 1970-01-01 was a Thursday
    begun = datetime.fromtimestamp(float(first.wall_s[0]), UTC) - timedelta(seconds=float(first.events[0]["time_s"]))
    day = begun.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def tables_of(tale: Tale) -> dict[str, Rows]:
    """The rows of each of TABLES."""
    return {
        "units": _units(tale),
        "operations": _operations(tale),
        "measurements": _measurements(tale),
        "components": _components(tale),
    }


def _units(tale: Tale) -> Rows:
    for unit in tale.biographies():
        ended, end = tale.iso(unit.ended_s), unit.end or "in process"
        yield unit.serial, unit.material, unit.order, tale.iso(unit.released_s), ended, end, unit.built_into


def _operations(tale: Tale) -> Rows:
    for unit in tale.biographies():
        for work in unit.work:
            over = not math.isinf(work.finished_s)
            tools = " ".join(f"{name}#{edge}" for name, edge in work.tools)
            times = tale.iso(work.started_s), tale.iso(work.finished_s)
            outcome = OUTCOMES[work.outcome] if over else ""
            yield unit.serial, work.operation, work.machine, *times, outcome, work.crew, tools


def _measurements(tale: Tale) -> Rows:
    for unit in tale.biographies():
        for characteristic, value, time_s in unit.values:
            shown = tale.value(characteristic, value), tale.unit(characteristic)
            yield unit.serial, characteristic, *shown, tale.iso(time_s)


def _components(tale: Tale) -> Rows:
    for unit in tale.biographies():
        for component in unit.components:
            yield unit.serial, component, tale.iso(tale.genealogy.units[component].taken_s)


# ---------------------------------------------------------------- files


def write_csv(tale: Tale, table: str) -> bytes:
    """One of TABLES as CSV (UTF-8, RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(TABLES[table])
    writer.writerows(tables_of(tale)[table])
    return text.getvalue().encode()


def write_json(tale: Tale) -> bytes:
    """All tables as one JSON object: rows as objects."""
    found = {
        name: [dict(zip(TABLES[name], row, strict=True)) for row in rows] for name, rows in tables_of(tale).items()
    }
    return json.dumps({"plant": tale.plant, "epoch": tale.epoch.isoformat(), **found}).encode()


def write_xlsx(tale: Tale) -> bytes:
    """All tables as a workbook, one sheet each; a sheet ends where XLSX does, at 1,048,576 rows."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, rows in tables_of(tale).items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        sheet.append(TABLES[name])
        for _, row in zip(range(1_048_575), rows, strict=False):
            sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    """A cell; a text stays a text though it begins like a formula."""
    from openpyxl.cell import WriteOnlyCell

    if not (isinstance(value, str) and value.startswith("=")):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell
