"""Reads a plant from an XLSX workbook, with the sheet, row and column of everything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from linewright.errors import InputError, Problem, nearest
from linewright.plant.workbook import SHEETS, VALUE, WHOLE, Keys, Sheet, header_path, value_of
from linewright.plant.yaml_source import Path, Source

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

Cell = tuple[Keys, Any, int]  # path of keys, value, column


class _Reader:
    """Puts the rows of all sheets together into the data of a plant file."""

    def __init__(self, file: str) -> None:
        self.source = Source(file, data={})

    def fault(self, sheet: str, line: int, column: int, message: str, hint: str = "") -> None:
        place = f"{self.source.file}[{sheet}]"
        self.source.problems.append(Problem(message, place, line, column, hint=hint))

    def put(self, path: Path, value: Any, sheet: str, line: int, column: int) -> None:
        """Set a value at a path of the data, making the tables that lead there."""
        here = self.source.data
        for part, following in pairwise(path):
            if isinstance(here, list):
                while len(here) <= int(part):
                    here.append([] if isinstance(following, int) else {})
                here = here[int(part)]
            else:
                here = here.setdefault(part, [] if isinstance(following, int) else {})
        if isinstance(here, list):
            here.append(value)
        elif isinstance(here, dict):
            here[path[-1]] = value
        else:
            self.fault(
                sheet, line, column, f"{path[-1]!r} has no place here: a single value stands there already"
            )
        self.mark(path, sheet, line, column)

    def mark(self, path: Path, sheet: str, line: int, column: int) -> None:
        """Remember where the thing at a path stands, and all that leads to it first stands."""
        for length in range(1, len(path) + 1):
            self.source.values.setdefault(path[:length], (line, column))
            self.source.sheets.setdefault(path[:length], sheet)
        self.source.values[path] = (line, column)


def read_workbook(path: str | FilePath) -> Source:
    """Data and places of a workbook; the names of its sheets are those of the tables."""
    reader = _Reader(str(path))
    for title, page in _pages(FilePath(path)):
        sheet = next((each for each in SHEETS if each.title == title), None)
        if title == WHOLE:
            _read_whole(reader, page)
        elif sheet is None:
            reader.fault(
                title, 0, 0, f"unknown sheet {title!r}", nearest(title, [WHOLE, *(s.title for s in SHEETS)])
            )
        else:
            _read_sheet(reader, sheet, page)
    return reader.source


def _pages(path: FilePath) -> Iterator[tuple[str, ReadOnlyWorksheet]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        raise InputError([Problem(f"cannot read it: {error.strerror or error}", str(path))]) from None
    except (BadZipFile, KeyError, ValueError):
        raise InputError([Problem("this is no XLSX workbook", str(path))]) from None
    titles = book.sheetnames
    order = [sheet.title for sheet in SHEETS]
    for title in sorted(titles, key=lambda name: order.index(name) if name in order else -1):
        yield title, book[title]


def _rows(page: Any) -> Iterator[tuple[int, list[Any]]]:
    for line, cells in enumerate(page.iter_rows(values_only=True), start=1):
        if any(cell is not None and str(cell).strip() for cell in cells):
            yield line, list(cells)


def _read_whole(reader: _Reader, page: Any) -> None:
    for line, cells in _rows(page):
        if line == 1 or cells[0] is None or len(cells) < 2 or cells[1] is None:
            continue
        value = _value(reader, cells[1], WHOLE, line, 2)
        reader.put(header_path(str(cells[0])), value, WHOLE, line, 2)


def _read_sheet(reader: _Reader, sheet: Sheet, page: Any) -> None:
    rows = _rows(page)
    _, header = next(rows, (1, []))
    columns = [header_path(str(cell)) if cell is not None else () for cell in header]
    n = len(sheet.names)
    given = tuple(".".join(path) for path in columns[:n])
    if given != sheet.names:
        reader.fault(
            sheet.title, 1, 1, f"this sheet begins with the column{'s' * (n > 1)} {', '.join(sheet.names)}"
        )
        return
    for line, cells in rows:
        names = [_name(cell) for cell in cells[:n]]
        if n and not names[0]:
            reader.fault(sheet.title, line, 1, f"the {sheet.names[0]} is missing")
            continue
        values = [
            (columns[k], _value(reader, cell, sheet.title, line, k + 1), k + 1)
            for k, cell in enumerate(cells[: len(columns)])
            if k >= n and cell is not None and str(cell).strip() and columns[k]
        ]
        _place_row(reader, sheet, names, values, line)


def _name(cell: Any) -> str:
    if cell is None:
        return ""
    value = value_of(cell) if isinstance(cell, str) else cell
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _value(reader: _Reader, cell: Any, sheet: str, line: int, column: int) -> Any:
    try:
        return value_of(cell)
    except InputError as error:
        reader.fault(sheet, line, column, error.problems[0].message, "as in the YAML file, on one line")
        return None


def _place_row(reader: _Reader, sheet: Sheet, names: list[str], cells: list[Cell], line: int) -> None:
    path = _thing_path(reader, sheet, names)
    if path is None:
        return
    if (
        path[-1:]
        and not isinstance(path[-1], int)
        and path in reader.source.values
        and sheet.title != "routes"
    ):
        reader.fault(sheet.title, line, 1, f"{names[-1]!r} stands here twice")
        return
    single = [(value, column) for keys, value, column in cells if keys == (VALUE,)]
    if sheet.title in ("machines", "costs") and single and len(cells) == 1:
        reader.put(path, single[0][0], sheet.title, line, single[0][1])
        return
    reader.put(path, {}, sheet.title, line, 1)
    for keys, value, column in cells:
        reader.put((*path, *keys), value, sheet.title, line, column)


def _thing_path(reader: _Reader, sheet: Sheet, names: list[str]) -> Path | None:
    """Where in the plant file the thing of a row stands."""
    data = reader.source.data
    if sheet.title == "routes":
        route = data.setdefault("routes", {}).setdefault(names[0], [])
        return ("routes", names[0], len(route), names[1]) if names[1] else None
    if sheet.title == "streams":
        return "orders", "streams", len(data.get("orders", {}).get("streams", []))
    if sheet.title == "failures":
        return (
            "stations",
            names[0],
            "failures",
            len(data.get("stations", {}).get(names[0], {}).get("failures", [])),
        )
    if sheet.title == "tools":
        return "stations", names[0], "tools", names[1]
    return sheet.title, names[0]
