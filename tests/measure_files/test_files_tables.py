"""CSV, XLSX and Parquet: long and wide, round trips of any inspection, broken tables."""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewright.errors import InputError
from linewright.measure.files import (
    Characteristic,
    Inspection,
    Part,
    Status,
    read_inspection,
    read_qdas,
    read_qif,
    read_table,
    write_qdas,
    write_qif,
    write_table,
)
from linewright.measure.files.record import ReadingsBuilder

ENDINGS = ["csv", "xlsx", "parquet"]


def assert_same(one, other):
    assert one.parts == other.parts
    fields = ("key", "kind", "nominal", "lower", "upper", "unit", "attribute", "feature")
    assert [[getattr(c, f) for f in fields] for c in one.characteristics] == [
        [getattr(c, f) for f in fields] for c in other.characteristics
    ]
    for column in ("part", "characteristic", "value", "status", "time", "uncertainty"):
        floats = column in ("value", "time", "uncertainty")
        assert np.array_equal(
            getattr(one.readings, column), getattr(other.readings, column), equal_nan=floats
        )


@pytest.mark.parametrize("ending", ENDINGS)
def test_round_trip(inspection, tmp_path, ending):
    # a characteristic without a reading comes after those with one: the order of their first rows
    order = (0, 2, 1)
    places = np.array([order.index(i) for i in inspection.readings.characteristic], np.int32)
    moved = replace(
        inspection,
        characteristics=tuple(inspection.characteristics[i] for i in order),
        readings=replace(inspection.readings, characteristic=places),
    )
    notes = write_table(moved, tmp_path / f"out.{ending}")
    assert [str(note) for note in notes] == ["not written: part types"]
    assert_same(read_inspection(tmp_path / f"out.{ending}"), moved)


letters = st.characters(codec="utf-8", categories=("L", "N", "P", "S"), include_characters=" ")
text = st.text(letters, min_size=1, max_size=12)
names = text.map(str.strip).filter(lambda s: s and s.lower() not in ("nan", "none"))
numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 9))


@st.composite
def inspections(draw):
    parts = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    keys = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    characteristics = []
    for key in keys:
        low, high = sorted(draw(st.tuples(numbers, numbers)))
        characteristics.append(
            Characteristic(
                key,
                key,
                nominal=draw(st.none() | numbers),
                lower=draw(st.sampled_from([None, low])),
                upper=draw(st.sampled_from([None, high])),
                unit=draw(st.sampled_from(["", "mm", "inch"])),
            )
        )
    readings = ReadingsBuilder()
    for part in range(len(parts)):
        for at in range(len(keys)):
            value = draw(st.none() | numbers)
            status = Status.NOT_MEASURED if value is None else Status.UNKNOWN
            readings.add(part, at, math.nan if value is None else value, status)
    return Inspection(
        "made", (), tuple(Part(p, p) for p in parts), tuple(characteristics), readings.readings()
    )


@settings(max_examples=25, deadline=None)
@given(inspections())
def test_any_inspection_survives_every_format(made):
    with tempfile.TemporaryDirectory() as folder:
        for ending in ENDINGS:
            file = Path(folder) / f"out.{ending}"
            write_table(made, file)
            assert_same(read_table(file), made)
        write_qdas(made, Path(folder) / "out.dfq")
        again = read_qdas(Path(folder) / "out.dfq")
        assert [(c.name, c.nominal, c.lower, c.upper, c.unit) for c in again.characteristics] == [
            (c.name, c.nominal, c.lower, c.upper, c.unit) for c in made.characteristics
        ]
        for place, c in enumerate(again.characteristics):
            wanted = made.readings.value[made.readings.characteristic == place]
            found = again.values_of(c.key)
            assert np.array_equal(found, wanted[: len(found)], equal_nan=True)
            assert np.all(np.isnan(wanted[len(found) :]))


@settings(max_examples=25, deadline=None)
@given(inspections().filter(lambda i: len({c.unit for c in i.characteristics}) == 1))
def test_any_inspection_survives_qif(made):
    with tempfile.TemporaryDirectory() as folder:
        write_qif(made, Path(folder) / "out.qif")
        again = read_qif(Path(folder) / "out.qif")
        assert [p.serial for p in again.parts] == [p.serial for p in made.parts]
        assert np.array_equal(again.table(), made.table(), equal_nan=True)
        assert [(c.nominal, c.lower, c.upper, c.unit) for c in again.characteristics] == [
            (c.nominal, c.lower, c.upper, c.unit) for c in made.characteristics
        ]


def test_qif_converts_mixed_units_to_one(tmp_path):
    readings = ReadingsBuilder()
    readings.add(0, 0, 25.4)
    readings.add(0, 1, 1.0)
    characteristics = (Characteristic("a", "a", unit="mm"), Characteristic("b", "b", lower=0.5, unit="inch"))
    write_qif(
        Inspection("made", (), (Part("1", "1"),), characteristics, readings.readings()), tmp_path / "out.qif"
    )
    again = read_qif(tmp_path / "out.qif")
    assert [c.unit for c in again.characteristics] == ["mm", "mm"]
    assert again.table() == pytest.approx(np.array([[25.4, 25.4]]))
    assert again.characteristics[1].lower == pytest.approx(12.7)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_wide_table(tmp_path, separator):
    rows = [
        "part D1 D2",
        "nominal 10 20",
        "lower 9.5 19",
        "upper 10.5 21",
        "unit mm mm",
        "A 10.1 20.2",
        "B  19.9",
    ]
    (tmp_path / "w.csv").write_text("\n".join(separator.join(row.split(" ")) for row in rows))
    found = read_table(tmp_path / "w.csv")
    assert [(c.lower, c.upper, c.unit) for c in found.characteristics] == [
        (9.5, 10.5, "mm"),
        (19.0, 21.0, "mm"),
    ]
    assert np.array_equal(found.table(), [[10.1, 20.2], [np.nan, 19.9]], equal_nan=True)


def test_decimal_comma(tmp_path):
    (tmp_path / "w.csv").write_text("part;D1\nA;10,25\n", encoding="cp1252")
    assert read_table(tmp_path / "w.csv").table() == pytest.approx(np.array([[10.25]]))


def test_text_that_looks_like_a_formula_stays_text(tmp_path):
    made = Inspection("made", (), (Part("=1+1", "=1+1"),), (Characteristic("c", "c"),), _one_reading())
    write_table(made, tmp_path / "out.xlsx")
    assert read_table(tmp_path / "out.xlsx").parts[0].key == "=1+1"


def _one_reading():
    readings = ReadingsBuilder()
    readings.add(0, 0, 1.0)
    return readings.readings()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("part,characteristic,valeu\nA,b,1\n", "did you mean 'valeu'"),
        ("part,D1,D1\nA,1,2\n", "stands twice"),
        ("part\nA\n", "at least"),
        ("part,D1\nA,ten\n", "not a number"),
        ("part,D1\nA,inf\n", "not a finite number"),
        ("part,D1\nA,1,2\n", "3 cells under 2"),
        ("part,D1\nlower,5\nupper,4\nA,1\n", "lies above"),
        ("part,characteristic,value,status\nA,b,1,GOOD\n", "status 'GOOD'"),
        ("part,characteristic,value,time\nA,b,1,noon\n", "no time"),
        ("", "empty"),
    ],
)
def test_bad_tables_are_refused(tmp_path, content, message):
    (tmp_path / "bad.csv").write_text(content)
    with pytest.raises(InputError, match=message):
        read_table(tmp_path / "bad.csv")


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
def test_damaged_files_are_refused(inspection, tmp_path, ending):
    file = tmp_path / f"out.{ending}"
    write_table(inspection, file)
    whole = file.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"not at all"):
        file.write_bytes(damaged)
        with pytest.raises(InputError):
            read_table(file)
    for place in range(
        0, len(whole) - 40, 97
    ):  # a scratch anywhere is an error or does no harm, never a crash
        file.write_bytes(whole[:place] + b"\xff" * 40 + whole[place + 40 :])
        try:
            assert len(read_table(file).readings) <= 4
        except InputError:
            continue


def test_unknown_endings_name_the_nearest(tmp_path):
    (tmp_path / "x.xls").write_text("x")
    with pytest.raises(InputError, match=r"\.xlsx"):
        read_inspection(tmp_path / "x.xls")
