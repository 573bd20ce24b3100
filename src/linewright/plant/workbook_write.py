"""Writes a plant as an XLSX workbook."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from linewright.plant.workbook import SHEETS, VALUE, WHOLE, Keys, Sheet, cell_of, flatten, header_text

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Row = tuple[Keys, dict[Keys, Any]]  # names, cells


def workbook_bytes(written: dict[str, Any]) -> bytes:
    """The workbook of a written plant (see `save.written_plant`)."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    _write_rows(book.create_sheet(WHOLE), ("key", VALUE), [], _whole_rows(written))
    for sheet in SHEETS:
        rows = list(_rows_of(sheet, written))
        if rows:
            columns = list(dict.fromkeys(path for _, cells in rows for path in cells))
            table = [[*names, *(cells.get(path) for path in columns)] for names, cells in rows]
            _write_rows(book.create_sheet(sheet.title), sheet.names, columns, table)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _whole_rows(written: dict[str, Any]) -> list[list[Any]]:
    """Keys and values of the plant as a whole: its name, orders, control, experiment."""
    rows: list[list[Any]] = [["plant", written["plant"]]]
    for key in ("orders", "control", "experiment"):
        for inner, value in written.get(key, {}).items():
            if (key, inner) != ("orders", "streams"):
                rows.append([header_text((key, inner)), value])
    return rows


def _rows_of(sheet: Sheet, written: dict[str, Any]) -> Iterator[Row]:
    if sheet.title == "routes":
        for material, route in written["routes"].items():
            for entry in route or [{}]:
                for name, operation in entry.items() or [("", {})]:
                    yield (material, name), flatten(operation)
    elif sheet.title == "streams":
        for stream in written.get("orders", {}).get("streams", []):
            yield (), flatten(stream)
    elif sheet.inner:
        yield from _inner_rows(sheet, written)
    else:
        for name, thing in written.get(sheet.title, {}).items():
            thing = (
                {k: v for k, v in thing.items() if k not in _INNER} if sheet.title == "stations" else thing
            )
            yield (name,), flatten(thing) if isinstance(thing, dict) else {(VALUE,): thing}


_INNER = frozenset(sheet.inner for sheet in SHEETS if sheet.inner)


def _inner_rows(sheet: Sheet, written: dict[str, Any]) -> Iterator[Row]:
    for station, table in written["stations"].items():
        things = table.get(sheet.inner, [])
        if isinstance(things, dict):
            for name, thing in things.items():
                yield (station, name), flatten(thing)
        else:
            for thing in things:
                yield (station,), flatten(thing)


def _write_rows(page: Worksheet, names: Keys, columns: list[Keys], rows: list[list[Any]]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    header = [*names, *map(header_text, columns)]
    for line, row in enumerate([header, *rows], start=1):
        for column, value in enumerate(row, start=1):
            if value is not None:
                _write_cell(page, line, column, value)
    for place, title in enumerate(header, start=1):
        page.cell(1, place).font = Font(bold=True)
        texts = [str(cell_of(row[place - 1])) for row in rows if row[place - 1] is not None]
        page.column_dimensions[get_column_letter(place)].width = min(max(map(len, [title, *texts])) + 2, 60)
    page.freeze_panes = f"{get_column_letter(len(names) + 1 if columns else 1)}2"


def _write_cell(page: Worksheet, line: int, column: int, value: Any) -> None:
    cell: Any = page.cell(line, column)
    content = cell_of(value)
    cell.value = content
    if isinstance(content, str):
        cell.data_type = "s"  # a text that begins with `=` is no formula
        cell.number_format = "@"
