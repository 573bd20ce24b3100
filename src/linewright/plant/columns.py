"""Reads one column of a CSV file as quantities."""

from __future__ import annotations

import csv
from pathlib import Path

from linewright.errors import nearest
from linewright.units import UnitError, find_unit, read_quantity, split_quantity

_SUFFIXES = {"_s": "s", "_min": "min", "_h": "h", "_ms": "ms", "_d": "d", "_mm": "mm", "_um": "um"}


def read_column(file: Path, column: str, unit: str, dimension: str) -> tuple[tuple[float, ...], str]:
    """SI values of a column, and the unit of its bare numbers.

    The unit of bare numbers is `unit`, or the column's suffix (`time_s`); cells may carry their own. Raises
    `UnitError` naming the file and line.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream)
            if column not in (rows.fieldnames or []):
                raise UnitError(
                    f"{file.name} has no column {column!r}", nearest(column, rows.fieldnames or [])
                )
            cells = [(rows.line_num, row[column]) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnitError(f"cannot read {file}: {getattr(error, 'strerror', None) or error}") from None
    unit = unit or next((unit for suffix, unit in _SUFFIXES.items() if column.endswith(suffix)), "")
    values = tuple(
        _read_cell(file, line, cell, unit, dimension) for line, cell in cells if cell and cell.strip()
    )
    if not values:
        raise UnitError(f"{file.name} has no values in column {column!r}")
    return values, unit


def _read_cell(file: Path, line: int, cell: str, unit: str, dimension: str) -> float:
    try:
        number, own_unit = split_quantity(cell)
        if own_unit or not unit:
            return read_quantity(cell, dimension)[0]
        if dimension and find_unit(unit, dimension).dimension != dimension:
            raise UnitError(f"the unit {unit!r} is no {dimension}")
        found = find_unit(unit)
        return float(number * found.factor + found.offset)
    except UnitError as error:
        raise UnitError(f"{file.name}, line {line}: {error.message}", error.hint or "give `unit:`") from None
