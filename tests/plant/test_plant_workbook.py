"""The workbook as engineers see and spoil it: columns, cells, and mistakes with sheet, row and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from linewright.errors import InputError
from linewright.plant import load_plant
from linewright.plant.save import save_plant
from linewright.plant.workbook import header_path, header_text

PUMP = Path(__file__).parents[2] / "examples" / "gear-pump" / "plant.yaml"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "plant.xlsx"
    save_plant(load_plant(PUMP), path)
    return path


def cells(path: Path, sheet: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True))


def test_sheets_are_readable(book: Path) -> None:
    stations = cells(book, "stations")
    header = stations[0]
    assert header[:3] == ("station", "queue", "machines")
    lathe = dict(zip(header, stations[2], strict=True))
    assert lathe["station"] == "lathe"
    assert lathe["machines"] == 3
    assert lathe["setup.time.small.large"] == "25 min"
    turn = next(row for row in cells(book, "routes") if row[:2] == ("shaft-20", "turn"))
    assert "{dist: lognormal, mean: 6.5 min, cv: 0.08}" in turn
    assert ("control.release", "{conwip: 60}") in cells(book, "plant")


def test_an_edited_cell_is_read(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["stations"]
    header = [cell.value for cell in sheet[1]]
    sheet.cell(3, header.index("setup.time.small.large") + 1).value = "31 min"
    sheet.cell(3, header.index("machines") + 1).value = 4.0
    workbook.save(book)
    lathe = load_plant(book).stations["lathe"]
    assert lathe.machines == 4
    assert lathe.setup is not None and lathe.setup.time["small"]["large"] == 31 * 60  # type: ignore[index]


def spoil(path: Path, sheet: str, line: int, column: int, value: Any) -> list[str]:
    workbook = openpyxl.load_workbook(path)
    workbook[sheet].cell(line, column).value = value
    workbook.save(path)
    with pytest.raises(InputError) as raised:
        load_plant(path)
    return [str(problem).replace(str(path), "BOOK") for problem in raised.value.problems]


def test_a_wrong_unit_names_its_cell(book: Path) -> None:
    column = cells(book, "stations")[0].index("setup.time.small.large") + 1
    assert spoil(book, "stations", 3, column, "25 mm") == [
        f"BOOK[stations]:3:{column}: stations.lathe.setup.time.small.large: "
        "'25 mm' is a length; a time is expected (as 45 s)"
    ]


def test_an_unknown_column_is_named(book: Path) -> None:
    assert spoil(book, "stations", 1, 2, "queu")[0] == (
        "BOOK[stations]:2:2: stations.saw.queu: unknown key 'queu' (did you mean 'queue'?)"
    )


def test_broken_yaml_in_a_cell(book: Path) -> None:
    column = cells(book, "routes")[0].index("time") + 1
    problems = spoil(book, "routes", 3, column, "{dist: lognormal, mean: 6.5 min")
    assert problems[0].startswith(f"BOOK[routes]:3:{column}: this is not YAML")


def test_a_row_twice(book: Path) -> None:
    assert spoil(book, "stations", 4, 1, "lathe")[0] == "BOOK[stations]:4:1: 'lathe' stands here twice"


def test_an_unknown_sheet(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook["stations"].title = "station"
    workbook.save(book)
    with pytest.raises(InputError, match=r"unknown sheet 'station' \(did you mean 'stations'\?\)"):
        load_plant(book)


@pytest.mark.parametrize("path", [("setup", "time", "a.b", 'c"d'), ("x",), ("", "y"), ("a b", "ü")])
def test_headers_name_any_path(path: tuple[str, ...]) -> None:
    assert header_path(header_text(path)) == path
