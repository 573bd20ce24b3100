"""A run as plain tables: units, operations, measurements, components, corrections, signals. Times are UTC, ISO 8601."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from linewright.journal.corrections import Corrections
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
    "corrections": ("changed", "machine", "tool", "old", "new", "unit", "why", "characteristic", "value", "serial"),
    "signals": ("signalled", "machine", "characteristic", "value", "unit", "what", "serial"),
}
Rows = Iterator[tuple[Any, ...]]


@dataclass(frozen=True)
class Tale:
    """What exports are made of."""

    plant: str
    genealogy: Genealogy
    audit: Corrections
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

    def difference(self, characteristic: str, value_si: float) -> float:
        """A difference of values in that unit."""
        return float(f"{value_si / self.units.get(characteristic, ('', 1.0, 0.0))[1]:.12g}")

    def unit(self, characteristic: str) -> str:
        """That unit."""
        return self.units.get(characteristic, ("", 1.0, 0.0))[0]

    def biographies(self) -> Iterator[Biography]:
        """All units in the order in which they came into being."""
        return iter(sorted(self.genealogy.units.values(), key=lambda unit: unit.serial))


def tale_of(plant: Plant, genealogy: Genealogy, audit: Corrections, journal: Journal) -> Tale:
    """The tale of a journal whose units are in `genealogy`, its corrections and signals in `audit`."""
    units = {}
    for name, one in plant.characteristics.items():
        if text := getattr(one.nominal, "unit", ""):
            unit = find_unit(text)
            units[name] = (text, float(unit.factor), float(unit.offset))
    return Tale(plant.plant, genealogy, audit, epoch_of(journal), units)


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
        "corrections": _corrections(tale),
        "signals": _signals(tale),
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


def _corrections(tale: Tale) -> Rows:
    """Offsets in the unit of the characteristic that the tool follows, a new tool's too."""
    followed = {one.tool: one.characteristic for one in tale.audit.corrections if one.characteristic}
    for one in tale.audit.corrections:
        of = followed.get(one.tool, "")
        offsets = tale.difference(of, one.old), tale.difference(of, one.new), tale.unit(of) or "m"
        value = None if one.value is None else tale.value(one.characteristic, one.value)
        head = tale.iso(one.time_s), one.machine, one.tool
        yield *head, *offsets, one.why, one.characteristic, value, one.serial


def _signals(tale: Tale) -> Rows:
    for one in tale.audit.signals:
        value = tale.value(one.characteristic, one.value), tale.unit(one.characteristic)
        yield tale.iso(one.time_s), one.machine, one.characteristic, *value, ", ".join(one.what), one.serial


# ---------------------------------------------------------------- files


def write_csv(tale: Tale, table: str) -> bytes:
    """One of TABLES as CSV (UTF-8, RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(TABLES[table])
    writer.writerows(tables_of(tale)[table])
    return text.getvalue().encode()


def write_json(tale: Tale, tables: Iterable[str] = TABLES) -> bytes:
    """Tables as one JSON object: rows as objects."""
    rows = tables_of(tale)
    found = {name: [dict(zip(TABLES[name], row, strict=True)) for row in rows[name]] for name in tables}
    return json.dumps({"plant": tale.plant, "epoch": tale.epoch.isoformat(), **found}).encode()


def write_xlsx(tale: Tale, tables: Iterable[str] = TABLES) -> bytes:
    """Tables as a workbook, one sheet each; a sheet ends where XLSX does, at 1,048,576 rows."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    found = tables_of(tale)
    for name in tables:
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        sheet.append(TABLES[name])
        for _, row in zip(range(1_048_575), found[name], strict=False):
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
