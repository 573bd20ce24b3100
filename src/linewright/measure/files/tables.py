"""Inspections as plain tables: CSV, XLSX and Parquet.

Long form, one reading a row, keeps everything: columns `part, part_status, characteristic, kind, nominal,
lower, upper, unit, attribute, feature, value, status, time, uncertainty` and one for each further field. A
row without a part declares a characteristic, one without a characteristic a part.

Wide form, as people keep it, is read as well: a first column of part names, one column a characteristic, and
rows named `nominal`, `lower`, `upper` and `unit` above the values where they are known.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from linewright.errors import InputError, Problem, nearest
from linewright.measure.files.guard import MAX_BYTES, MAX_UNPACKED_BYTES, check_file, check_zip, file_hash
from linewright.measure.files.qdas_fields import TimeReader
from linewright.measure.files.record import (
    Characteristic,
    Inspection,
    Note,
    Part,
    ReadingsBuilder,
    Status,
)
from linewright.measure.files.text_lines import MAX_LINE, find_encoding

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

Row = tuple[int, dict[str, object]]  # line number, cell by column name

PART_COLUMNS = ("part", "part_status")
CHARACTERISTIC_COLUMNS = (
    "characteristic", "kind", "nominal", "lower", "upper", "unit", "attribute", "feature",
)  # fmt: skip
READING_COLUMNS = ("value", "status", "time", "uncertainty")
COLUMNS = (*PART_COLUMNS, *CHARACTERISTIC_COLUMNS, *READING_COLUMNS)
HEAD_ROWS = ("nominal", "lower", "upper", "unit")
MAX_CELLS = 200_000_000
SHEET = "readings"


def read_table(path: str | Path, max_bytes: int = MAX_BYTES) -> Inspection:
    """An inspection from `.csv`, `.tsv`, `.xlsx` or `.parquet`, long or wide; `InputError` with the row
    otherwise.
    """
    file = Path(path)
    check_file(file, max_bytes)
    reader = _by_ending(file)
    header, rows = reader(file)
    problems = _check_header(file, header)
    if problems:
        raise InputError(problems)
    take = _from_long if "characteristic" in header else _from_wide
    return take(file, header, rows)


Reader = Callable[[Path], tuple[list[str], Iterator[Row]]]


def _by_ending(file: Path) -> Reader:
    readers = {
        ".csv": _csv_rows,
        ".tsv": _csv_rows,
        ".txt": _csv_rows,
        ".xlsx": _xlsx_rows,
        ".parquet": _parquet_rows,
    }
    ending = file.suffix.lower()
    if ending not in readers:
        raise InputError([Problem(f"{ending!r} is no table", str(file), hint=nearest(ending, readers))])
    return readers[ending]


def _check_header(file: Path, header: Sequence[str]) -> list[Problem]:
    found = [name for name in header if name]
    if len(found) < 2:
        return [Problem("a table needs a column of parts and one of values at least", str(file), 1)]
    double = {name for name in found if found.count(name) > 1}
    problems = [Problem("the column stands twice", str(file), 1, key=name) for name in sorted(double)]
    if "characteristic" in found and "value" not in found:
        hint = nearest("value", found)
        problems.append(Problem("a long table needs a column 'value'", str(file), 1, hint=hint))
    return problems


# --- the three formats


def _csv_rows(file: Path) -> tuple[list[str], Iterator[Row]]:
    encoding = find_encoding(file)
    with file.open(
        encoding=encoding, errors="strict" if encoding != "cp1252" else "surrogateescape"
    ) as stream:
        try:
            head = stream.readline(MAX_LINE)
        except UnicodeDecodeError as wrong:
            raise InputError([Problem(f"not {encoding} text: {wrong.reason}", str(file), 1)]) from None
    separator = max(",;\t", key=head.count)
    header = [name.strip() for name in next(csv.reader([head], delimiter=separator), [])]
    return header, _csv_body(file, encoding, separator, header)


def _csv_body(file: Path, encoding: str, separator: str, header: list[str]) -> Iterator[Row]:
    csv.field_size_limit(MAX_LINE)
    errors = "strict" if encoding != "cp1252" else "surrogateescape"
    with file.open(encoding=encoding, errors=errors, newline="") as stream:
        reader = csv.reader(stream, delimiter=separator)
        try:
            next(reader)
            for cells in reader:
                if len(cells) > len(header):
                    problem = f"{len(cells)} cells under {len(header)} columns"
                    raise InputError([Problem(problem, str(file), reader.line_num)])
                if any(cell.strip() for cell in cells):
                    yield reader.line_num, dict(zip(header, cells, strict=False))
        except UnicodeDecodeError as wrong:
            problem = f"not {encoding} text: {wrong.reason}"
            raise InputError(
                [Problem(problem, str(file), reader.line_num + 1, hint="is it cut short?")]
            ) from None
        except csv.Error as wrong:
            raise InputError([Problem(f"not a table: {wrong}", str(file), reader.line_num)]) from None


def _xlsx_rows(file: Path) -> tuple[list[str], Iterator[Row]]:
    check_zip(file)
    from openpyxl import load_workbook

    try:
        book = load_workbook(file, read_only=True, data_only=True)
        sheet = book[SHEET] if SHEET in book.sheetnames else book.worksheets[0]
        rows = sheet.iter_rows(values_only=True)
        header = [str(cell).strip() if cell is not None else "" for cell in next(rows, ())]
    except Exception as wrong:  # openpyxl raises whatever the broken part inside happens to cause
        raise InputError([Problem(f"not a workbook that can be read: {wrong}", str(file))]) from None
    return header, _xlsx_body(file, header, rows)


def _xlsx_body(file: Path, header: list[str], rows: Iterator[Sequence[object]]) -> Iterator[Row]:
    cells_seen = 0
    line = 1
    while True:
        try:
            cells = next(rows, None)
        except Exception as wrong:  # as above: the damage may only be met on the way
            problem = f"the workbook is damaged or cut short: {wrong}"
            raise InputError([Problem(problem, str(file), line)]) from None
        if cells is None:
            return
        line += 1
        cells_seen += len(cells)
        if cells_seen > MAX_CELLS:
            raise InputError([Problem(f"more than {MAX_CELLS} cells", str(file), line)])
        if any(cell is not None for cell in cells):
            yield line, dict(zip(header, cells, strict=False))


def _parquet_rows(file: Path) -> tuple[list[str], Iterator[Row]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as wrong:
        raise InputError([Problem(f"not a Parquet file that can be read: {wrong}", str(file))]) from None
    meta = source.metadata
    size = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
    if meta.num_rows * meta.num_columns > MAX_CELLS or size > MAX_UNPACKED_BYTES:
        raise InputError(
            [Problem(f"{meta.num_rows} rows of {meta.num_columns} columns: too large", str(file))]
        )
    return list(source.schema_arrow.names), _parquet_body(file, source)


def _parquet_body(file: Path, source: ParquetFile) -> Iterator[Row]:
    import pyarrow as pa

    line = 0
    try:
        for batch in source.iter_batches(batch_size=65536):
            for row in batch.to_pylist():
                line += 1
                yield line, row
    except (pa.ArrowException, OSError) as wrong:
        raise InputError([Problem(f"the file is damaged or cut short: {wrong}", str(file), line)]) from None


# --- from rows to an inspection


class _Collector:
    """Parts and characteristics as they turn up, in order."""

    def __init__(self, file: Path) -> None:
        self.file = str(file)
        self.parts: dict[str, Part] = {}
        self.characteristics: dict[str, Characteristic] = {}
        self.place: dict[str, int] = {}
        self.part_place: dict[str, int] = {}
        self.readings = ReadingsBuilder()
        self.clock = TimeReader()

    def part(self, key: str, status: Status) -> int:
        if key not in self.parts:
            self.part_place[key] = len(self.parts)
            self.parts[key] = Part(key, key, status)
        return self.part_place[key]

    def number(self, row: Row, name: str) -> float | None:
        line, cells = row
        return as_number(cells.get(name), self.file, line, name)

    def time(self, row: Row) -> np.datetime64 | None:
        line, cells = row
        cell = cells.get("time")
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return None
        if isinstance(cell, datetime):
            return np.datetime64(cell.replace(tzinfo=None), "us")
        found = self.clock.read(str(cell))
        if found is None:
            raise InputError([Problem(f"{cell!r} is no time", self.file, line, key="time")])
        return found

    def inspection(self, form: str, notes: tuple[Note, ...] = ()) -> Inspection:
        return Inspection(
            format=form,
            part_types=(),
            parts=tuple(self.parts.values()),
            characteristics=tuple(self.characteristics.values()),
            readings=self.readings.readings(),
            notes=notes,
            source=self.file,
            data_hash=file_hash(Path(self.file)),
        )


def _from_long(file: Path, header: Sequence[str], rows: Iterator[Row]) -> Inspection:
    found = _Collector(file)
    more = [name for name in header if name and name not in COLUMNS]
    for row in rows:
        cells = row[1]
        part, name = _text(cells.get("part")), _text(cells.get("characteristic"))
        at = found.part(part, _status(found.file, row, "part_status")) if part else -1
        if not name:
            continue
        if name not in found.characteristics:
            found.place[name] = len(found.characteristics)
            found.characteristics[name] = _characteristic(found, row, name)
        value, status = found.number(row, "value"), _status(found.file, row, "status")
        if not part and value is None and status == Status.UNKNOWN:
            continue  # the row declares the characteristic
        uncertainty = found.number(row, "uncertainty")
        extra = {key: text for key in more if (text := _text(cells.get(key)))}
        found.readings.add(
            at, found.place[name], math.nan if value is None else value, status, found.time(row),
            math.nan if uncertainty is None else uncertainty, extra,
        )  # fmt: skip
    return found.inspection(f"table {file.suffix.lower()}")


def _characteristic(found: _Collector, row: Row, name: str) -> Characteristic:
    line, cells = row
    lower, upper = found.number(row, "lower"), found.number(row, "upper")
    _check_limits(found.file, line, name, lower, upper)
    return Characteristic(
        key=name,
        name=name,
        kind=_text(cells.get("kind")),
        nominal=found.number(row, "nominal"),
        lower=lower,
        upper=upper,
        unit=_text(cells.get("unit")),
        attribute=_text(cells.get("attribute")).lower() in ("true", "1", "yes"),
        feature=_text(cells.get("feature")),
    )


def _from_wide(file: Path, header: Sequence[str], rows: Iterator[Row]) -> Inspection:
    found = _Collector(file)
    label, *names = [name for name in header if name]
    head: dict[str, Row] = {}
    for row in rows:
        line, cells = row
        part = _text(cells.get(label))
        if part.lower() in HEAD_ROWS and not len(found.readings):
            head[part.lower()] = row
            continue
        if not found.characteristics:
            _declare_wide(found, names, head)
        at = found.part(part or f"row {line}", Status.UNKNOWN)
        for place, name in enumerate(names):
            value = found.number(row, name)
            if value is not None:
                found.readings.add(at, place, value)
    if not found.characteristics:
        _declare_wide(found, names, head)
    return found.inspection(f"table {file.suffix.lower()}, wide")


def _declare_wide(found: _Collector, names: list[str], head: dict[str, Row]) -> None:
    for place, name in enumerate(names):
        limits = {key: found.number(head[key], name) for key in ("nominal", "lower", "upper") if key in head}
        line = head["lower"][0] if "lower" in head else 0
        _check_limits(found.file, line, name, limits.get("lower"), limits.get("upper"))
        unit = _text(head["unit"][1].get(name)) if "unit" in head else ""
        found.place[name] = place
        found.characteristics[name] = Characteristic(
            name, name, "", limits.get("nominal"), limits.get("lower"), limits.get("upper"), unit
        )


def _check_limits(file: str, line: int, name: str, lower: float | None, upper: float | None) -> None:
    if lower is not None and upper is not None and lower > upper:
        raise InputError(
            [Problem(f"lower limit {lower:g} lies above upper limit {upper:g}", file, line, key=name)]
        )


def as_number(cell: object, file: str, line: int, key: str) -> float | None:
    """A cell as a finite number, comma or point; None for an empty one or nan."""
    if cell is None or cell == "":
        return None
    try:
        text = str(cell).strip() if isinstance(cell, str) else cell
        if isinstance(text, str):
            if not text:
                return None
            text = text.replace(",", ".") if "." not in text else text
        value = float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputError([Problem(f"{cell!r} is not a number", file, line, key=key)]) from None
    if math.isnan(value) and not isinstance(cell, str):
        return None
    if not math.isfinite(value):
        raise InputError([Problem(f"{cell!r} is not a finite number", file, line, key=key)])
    return value


def _status(file: str, row: Row, name: str) -> Status:
    line, cells = row
    text = _text(cells.get(name)).upper()
    if not text:
        return Status.UNKNOWN
    if text not in Status.__members__:
        hint = nearest(text, Status.__members__)
        raise InputError([Problem(f"status {text!r} is not known", file, line, key=name, hint=hint)])
    return Status[text]


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()
