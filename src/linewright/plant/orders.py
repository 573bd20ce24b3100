"""Orders as data: read from CSV or XLSX, each row an order."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from linewright.errors import InputError, Problem, nearest
from linewright.plant.model import Plant
from linewright.plant.quantities import reject
from linewright.units import UnitError, read_quantity, split_quantity

COLUMNS = ("order", "material", "quantity", "due", "priority", "release")
REQUIRED = ("order", "material", "quantity")


@dataclass(frozen=True, slots=True)
class Order:
    """So many pieces of a material, wanted at a time. Times in seconds from the start of the week."""

    order: str
    material: str
    quantity: int
    due_s: float = math.inf
    priority: float = 0.0  # the lower the sooner
    release_s: float = 0.0  # not before


Row = tuple[int, dict[str, Any]]  # line in the file, cells by column
Naming = Callable[[list[str]], list[str]]  # the columns that a header names


def load_orders(plant: Plant, folder: str | Path, start: datetime | None = None) -> list[Order]:
    """The orders that the plant file names (none where it names no file); see `read_orders`."""
    if plant.orders.from_ is None:
        return []
    made = [name for name, material in plant.materials.items() if not material.buy]
    return read_orders(Path(folder) / plant.orders.from_, made, start)


def read_orders(
    path: str | Path, materials: Iterable[str] | None = None, start: datetime | None = None
) -> list[Order]:
    """The orders of a CSV or XLSX file, in its order.

    Due and release are times from the start (`3 d`, `26 h`) or dates (`2026-11-24 14:00`), which count
    from `start`; by default that is Monday 00:00 of the week of the earliest date. `InputError` names each
    bad line.
    """
    path = Path(path)
    rows = list(read_rows(path, COLUMNS, REQUIRED))
    problems: list[Problem] = []
    start = start or _first_monday(rows)
    known = None if materials is None else set(materials)
    orders = [order for row in rows if (order := _read_row(row, path, start, known, problems)) is not None]
    _refuse_twice(rows, path, problems)
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.line))
    return orders


def read_rows(path: Path, columns: Sequence[str], required: Sequence[str]) -> Iterator[Row]:
    """The rows of a CSV or XLSX table with those columns, by column. Raises InputError where it is no such table."""
    read = _read_xlsx if path.suffix.lower() in (".xlsx", ".xlsm") else _read_csv
    return read(path, lambda header: _columns(header, path, columns, required))


def _read_csv(path: Path, named: Naming) -> Iterator[Row]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream)
            header = named(next(reader, []))
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield reader.line_num, dict(zip(header, cells, strict=False))
    except OSError as error:
        raise InputError([Problem(f"cannot read it: {error.strerror}", str(path))]) from None
    except UnicodeDecodeError as error:
        raise InputError([Problem(f"not UTF-8 text at byte {error.start}", str(path))]) from None
    except csv.Error as error:
        raise InputError([Problem(f"not a CSV file: {error}", str(path))]) from None


def _read_xlsx(path: Path, named: Naming) -> Iterator[Row]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (OSError, InvalidFileException, KeyError) as error:
        raise InputError([Problem(f"cannot read it as a workbook: {error}", str(path))]) from None
    except Exception as error:  # a file that is no zip archive
        if type(error).__name__ != "BadZipFile":
            raise
        raise InputError([Problem("this is no XLSX workbook", str(path))]) from None
    sheet = book.worksheets[0]
    rows = sheet.iter_rows(values_only=True)
    header = named([str(cell or "") for cell in next(rows, ())])
    for line, cells in enumerate(rows, start=2):
        if any(cell not in (None, "") for cell in cells):
            yield line, dict(zip(header, cells, strict=False))


def _columns(header: Iterable[str], path: Path, columns: Sequence[str], required: Sequence[str]) -> list[str]:
    names = [name.strip().lower() for name in header]
    problems = [
        Problem(f"unknown column {name!r}", str(path), 1, hint=nearest(name, columns))
        for name in names
        if name and name not in columns
    ]
    problems += [
        Problem(f"the column `{name}` is missing", str(path), 1) for name in required if name not in names
    ]
    if problems:
        raise InputError(problems)
    return names


def _read_row(
    row: Row, path: Path, start: datetime, known: set[str] | None, problems: list[Problem]
) -> Order | None:
    line, cells = row
    bad = len(problems)

    def take(column: str, read: Callable[[Any], Any], default: Any) -> Any:
        cell = cells.get(column)
        if cell is None or str(cell).strip() == "":
            if column in REQUIRED:
                problems.append(Problem(f"`{column}` is empty", str(path), line))
            return default
        try:
            return read(cell)
        except (PydanticCustomError, UnitError) as error:
            context = getattr(error, "context", None) or {
                "message": str(error),
                "hint": getattr(error, "hint", ""),
            }
            problems.append(Problem(context["message"], str(path), line, key=column, hint=context["hint"]))
            return default

    order = Order(
        order=take("order", _text, ""),
        material=take("material", lambda cell: _material(cell, known), ""),
        quantity=take("quantity", _pieces, 0),
        due_s=take("due", lambda cell: _time_s(cell, start), math.inf),
        priority=take("priority", _number, 0.0),
        release_s=take("release", lambda cell: _time_s(cell, start), 0.0),
    )
    return order if len(problems) == bad else None


def _refuse_twice(rows: list[Row], path: Path, problems: list[Problem]) -> None:
    first: dict[str, int] = {}
    for line, cells in rows:
        name = _text(cells.get("order") or "")
        if name and name in first:
            problems.append(
                Problem(f"order {name!r} stands here twice (first in line {first[name]})", str(path), line)
            )
        first.setdefault(name, line)


def _text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _material(cell: Any, known: set[str] | None) -> str:
    name = _text(cell)
    if known is not None and name not in known:
        raise reject(f"unknown material {name!r}", nearest(name, known))
    return name


def _pieces(cell: Any) -> int:
    number = _number(cell)
    if number < 1 or number != int(number):
        raise reject(f"a whole number of pieces from 1 on is expected, this is {cell!r}")
    return int(number)


def _number(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError):
        raise reject(f"a number is expected, this is {cell!r}") from None


def _time_s(cell: Any, start: datetime) -> float:
    when = _date_of(cell)
    if when is not None:
        return (when - start).total_seconds()
    if isinstance(cell, str):
        number, unit = split_quantity(cell)
        if unit or not number:
            return read_quantity(cell, "time")[0] if unit else 0.0
    raise reject(f"{cell!r} is neither a time nor a date", "write `26 h`, `3 d` or `2026-11-24 14:00`")


def _date_of(cell: Any) -> datetime | None:
    """A date as midnight at its beginning, a date with a time as that; None for anything else."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, timedelta) or not isinstance(cell, str):
        return None
    try:
        return datetime.fromisoformat(cell.strip())
    except ValueError:
        return None


def _first_monday(rows: list[Row]) -> datetime:
    dates = [
        when for _, cells in rows for column in ("due", "release") if (when := _date_of(cells.get(column)))
    ]
    day = min(dates, default=datetime(2024, 1, 1))
    monday = day - timedelta(days=day.weekday())
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)
