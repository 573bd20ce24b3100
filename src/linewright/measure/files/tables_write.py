"""An `Inspection` as a long table: CSV, XLSX or Parquet, by the file's ending. See `tables` for the
columns.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from linewright.errors import InputError, Problem, nearest
from linewright.measure.files.record import Characteristic, Inspection, Note, Status
from linewright.measure.files.tables import COLUMNS, SHEET

Cell = str | float | bool | None


def write_table(inspection: Inspection, path: str | Path) -> tuple[Note, ...]:
    """Write `.csv`, `.xlsx` or `.parquet`; the answer names what a table cannot hold."""
    file = Path(path)
    writers = {".csv": _write_csv, ".xlsx": _write_xlsx, ".parquet": _write_parquet}
    ending = file.suffix.lower()
    if ending not in writers:
        raise InputError([Problem(f"{ending!r} is no table", str(file), hint=nearest(ending, writers))])
    more = [name for name in inspection.readings.extra if name not in COLUMNS]
    writers[ending](file, [*COLUMNS, *more], _rows(inspection, more))
    return _left_out(inspection)


def _rows(inspection: Inspection, more: list[str]) -> Iterator[list[Cell]]:
    readings = inspection.readings
    seen_parts: set[int] = set()
    seen: set[int] = set()
    for row in range(len(readings)):
        part, at = int(readings.part[row]), int(readings.characteristic[row])
        seen_parts.add(part)
        seen.add(at)
        status = Status(int(readings.status[row]))
        # a reading without part, value and status would read as a mere declaration
        silent = status == Status.UNKNOWN and part < 0 and np.isnan(readings.value[row])
        yield [
            *_part_cells(inspection, part),
            *_characteristic_cells(inspection.characteristics[at]),
            _or_none(readings.value[row]),
            Status.NOT_MEASURED.name if silent else ("" if status == Status.UNKNOWN else status.name),
            "" if np.isnat(readings.time[row]) else str(readings.time[row]),
            _or_none(readings.uncertainty[row]),
            *(readings.extra[name][row] or "" for name in more),
        ]
    blank: list[Cell] = [None, "", "", None, *("" for _ in more)]
    for at, c in enumerate(inspection.characteristics):
        if at not in seen:
            yield ["", "", *_characteristic_cells(c), *blank]
    for part in range(len(inspection.parts)):
        if part not in seen_parts:
            yield [*_part_cells(inspection, part), "", "", None, None, None, "", False, "", *blank]


def _part_cells(inspection: Inspection, part: int) -> list[Cell]:
    if part < 0:
        return ["", ""]
    found = inspection.parts[part]
    return [found.key, "" if found.status == Status.UNKNOWN else found.status.name]


def _characteristic_cells(c: Characteristic) -> list[Cell]:
    return [c.key, c.kind, c.nominal, c.lower, c.upper, c.unit, c.attribute, c.feature]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _write_csv(file: Path, header: list[str], rows: Iterator[list[Cell]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for row in rows:
            writer.writerow(
                ["" if cell is None else repr(cell) if isinstance(cell, float) else cell for cell in row]
            )


def _write_xlsx(file: Path, header: list[str], rows: Iterator[list[Cell]]) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "A2"
    sheet.append(header)
    for row in rows:
        sheet.append([_plain_cell(WriteOnlyCell, sheet, cell) for cell in row])
    book.save(file)


def _plain_cell(make: Callable[..., Any], sheet: object, cell: Cell) -> object:
    """Empty text as an empty cell; text that opens with = as text, never as a formula."""
    if cell == "":
        return None
    if isinstance(cell, str) and cell.startswith("="):
        written = make(sheet, cell)
        written.data_type = "s"
        return written
    return cell


def _write_parquet(file: Path, header: list[str], rows: Iterator[list[Cell]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = ("nominal", "lower", "upper", "value", "uncertainty")
    kinds = {
        name: pa.float64() if name in numbers else pa.bool_() if name == "attribute" else pa.string()
        for name in header
    }
    schema = pa.schema(list(kinds.items()))
    columns: list[list[Cell]] = [[] for _ in header]
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            column.append(None if cell == "" else cell)
    arrays = [pa.array(column, type=kinds[name]) for name, column in zip(header, columns, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), file)


def _left_out(inspection: Inspection) -> tuple[Note, ...]:
    lost = {
        "part types": len(inspection.part_types),
        "groups of a hierarchy": len(inspection.groups),
        "statistical studies": len(inspection.studies),
        "further fields of characteristics": sum(len(c.extra) for c in inspection.characteristics),
        "fields of the file": len(inspection.extra),
    }
    return tuple(Note(f"not written: {what}", count) for what, count in lost.items() if count)
