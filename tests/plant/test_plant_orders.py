"""Orders from CSV and XLSX: times, dates, and every bad line named."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from linewright.errors import InputError
from linewright.plant.orders import Order, read_orders

D = 86400


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(text)
    return path


def test_times_from_the_start(tmp_path: Path) -> None:
    path = write(
        tmp_path, "order,material,quantity,due,priority,release\nA-1,pump,12,3 d,1,26 h\nA-2,pump,1,,,\n"
    )
    assert read_orders(path) == [
        Order("A-1", "pump", 12, 3 * D, 1.0, 26 * 3600),
        Order("A-2", "pump", 1, math.inf, 0.0, 0.0),
    ]


def test_dates_count_from_the_monday_of_the_first(tmp_path: Path) -> None:
    path = write(tmp_path, "Order,Material,Quantity,Due\nA,pump,1,2026-11-26 14:00\nB,pump,1,2026-12-01\n")
    assert [order.due_s for order in read_orders(path)] == [3 * D + 14 * 3600, 8 * D]
    start = datetime(2026, 11, 26)
    assert [order.due_s for order in read_orders(path, start=start)] == [14 * 3600, 5 * D]


def test_xlsx_with_dates(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["order", "material", "quantity", "due", "priority"])
    sheet.append([1001, "pump", 5.0, datetime(2026, 11, 24, 6), 2])
    sheet.append(["x", "pump", 5, "2 d", None])
    book.save(tmp_path / "orders.xlsx")
    assert read_orders(tmp_path / "orders.xlsx", ["pump"]) == [
        Order("1001", "pump", 5, D + 6 * 3600, 2.0),
        Order("x", "pump", 5, 2 * D),
    ]


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "order,material,quantity,due\nA,pumpe,1,\nB,pump,0,\nC,pump,two,\nD,pump,1,5\nA,pump,1,\n,pump,1,\n"
        "E,pump,1,3 mm\n",
    )
    with pytest.raises(InputError) as raised:
        read_orders(path, ["pump", "shaft"])
    said = [(problem.line, problem.message, problem.hint) for problem in raised.value.problems]
    assert said == [
        (2, "unknown material 'pumpe'", "did you mean 'pump'?"),
        (3, "a whole number of pieces from 1 on is expected, this is '0'", ""),
        (4, "a number is expected, this is 'two'", ""),
        (5, "'5' is neither a time nor a date", "write `26 h`, `3 d` or `2026-11-24 14:00`"),
        (6, "order 'A' stands here twice (first in line 2)", ""),
        (7, "`order` is empty", ""),
        (8, "'3 mm' is a length; a time is expected", "as 45 s"),
    ]


def test_columns(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        read_orders(write(tmp_path, "order,materiel,quantity\n"))
    assert [(p.message, p.hint) for p in raised.value.problems] == [
        ("unknown column 'materiel'", "did you mean 'material'?"),
        ("the column `material` is missing", ""),
    ]


def test_not_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "orders.xlsx").write_text("order")
    with pytest.raises(InputError, match="this is no XLSX workbook"):
        read_orders(tmp_path / "orders.xlsx")
