"""Q-DAS in and out: K-fields, value lines, halves, encodings, hierarchies, round trips, broken files."""

from __future__ import annotations

import numpy as np
import pytest
from file_cases import samples

from linewright.errors import InputError
from linewright.measure.files import Status, read_qdas, sample_sizes, write_qdas

PART, FIELD = "\x0f", "\x14"
DESCRIPTION = """K0100 2
K1001/1 4711
K1002/1 Gehäuse
K2001/1 1
K2002/1 Länge
K2004/1 0
K2101/1 250
K2112/1 -0,5
K2113/1 0.5
K2142/1 µm
K2001/2 2
K2002/2 Tiefe
K2110/2 4
K2111/2 6
"""


def value(number, time="17.05.2002/05:54:58", attribute="0"):
    return FIELD.join([number, attribute, time, "", "#batch 9", "0", "4", "9", "0", "0"])


@pytest.fixture
def put(tmp_path):
    def write(text, name="made.dfq", encoding="utf-8"):
        file = tmp_path / name
        file.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
        return file

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_encoding_reads_the_same(put, encoding, end):
    lines = (
        DESCRIPTION
        + value("2.4996E+0002")
        + PART
        + value("5.1")
        + "\n"
        + value("250,1")
        + PART
        + value("")
        + "\n"
    )
    found = read_qdas(put(lines.replace("\n", end), encoding=encoding))
    assert [c.name for c in found.characteristics] == ["Länge", "Tiefe"]
    assert found.part_types[0].name == "Gehäuse"
    first = found.characteristics[0]
    assert (first.nominal, first.lower, first.upper, first.unit) == (250.0, 249.5, 250.5, "µm")
    assert found.values_of("Länge") == pytest.approx([249.96, 250.1])
    assert found.readings.status[-1] == Status.NOT_MEASURED
    assert found.readings.time[0] == np.datetime64("2002-05-17T05:54:58")
    assert found.readings.extra["K0006"][0] == "#batch 9"
    assert found.notes == ()


def test_fields_after_a_value_line_belong_to_it(put):
    lines = [
        value("1") + PART + value("2"),
        "K0053/1 order 7",
        "K0014/0 SN1",
        value("3") + PART + value("4"),
        "K0014/0 SN2",
    ]
    found = read_qdas(put(DESCRIPTION + "\n".join(lines)))
    assert [part.serial for part in found.parts] == ["SN1", "SN2"]
    assert found.readings.extra["K0053"].tolist() == ["order 7", None, None, None]
    assert found.table() == pytest.approx(np.array([[1.0, 2.0], [3.0, 4.0]]))


def test_values_in_fields_of_their_own(put):
    lines = [
        "K0001/1 1",
        "K0004/1 1.1.2014/10:30:59",
        "K0001/2 5",
        "K0001/1 2",
        "K0002/1 255",
        "K0001/1/1 1.5",
    ]
    found = read_qdas(put(DESCRIPTION + "\n".join(lines)))
    assert found.values_of("Länge") == pytest.approx([1.5, 2.0])
    assert found.readings.status.tolist() == [Status.UNKNOWN, Status.UNKNOWN, Status.NOT_MEASURED]


@pytest.mark.parametrize(
    "stamp",
    [
        "17.5.2002/5:54:58",
        "17.05.02/05:54:58",
        "2002-05-17/05:54:58",
        "5/17/2002/05:54:58",
        "17.05.2002 05:54:58",
        "2002-05-17T05:54:58",
    ],
)
def test_spellings_of_time(put, stamp):
    found = read_qdas(put(DESCRIPTION + f"K0001/1 1\nK0004/1 {stamp}\n"))
    assert found.readings.time[0] == np.datetime64("2002-05-17T05:54:58")


def test_unreadable_time_is_kept_as_text(put):
    found = read_qdas(put(DESCRIPTION + "K0001/1 1\nK0004/1 gestern\n"))
    assert np.isnat(found.readings.time[0])
    assert found.readings.extra["K0004"][0] == "gestern"
    assert "gestern" in found.notes[0].what


def test_fields_for_all_do_not_overwrite_own_ones(put):
    text = "K0100 2\nK1001/1 p\nK2142/0 mm\nK2001/1 a\nK2001/2 b\nK2142/2 inch\nK0001/1 1\nK0001/2 2\n"
    found = read_qdas(put(text))
    assert [c.unit for c in found.characteristics] == ["mm", "inch"]


def test_description_and_values_in_two_files(put):
    put(DESCRIPTION, "pair.dfd")
    put(value("1") + PART + value("2") + "\n", "pair.DFX")
    for name in ("pair.dfd", "pair.DFX"):
        found = read_qdas(put(DESCRIPTION, "pair.dfd").with_name(name))
        assert found.values_of("Tiefe") == pytest.approx([2.0])


def test_counted_characteristics(put):
    text = "K0100 1\nK1001/1 p\nK2001/1 a\nK2004/1 1\nK0020/1 50000\nK0021/1 3\nK0020/1 40000\nK0021/1 0\n"
    found = read_qdas(put(text))
    assert found.characteristics[0].attribute
    assert found.values_of("a") == pytest.approx([3.0, 0.0])
    assert sample_sizes(found) == pytest.approx([50.0, 40.0])
    line = FIELD.join(["50000", "3", "", "0", "1.1.2014/10:30:59"])
    again = read_qdas(put(text.split("K0020")[0] + line))
    assert again.values_of("a") == pytest.approx([3.0])
    assert sample_sizes(again) == pytest.approx([50.0])


def test_simple_grouping(put):
    found = read_qdas(put(DESCRIPTION + "K2030/1 7\nK2031/2 7\n"))
    assert [c.parent for c in found.characteristics] == ["", "Länge"]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        (DESCRIPTION + "K0001/3 1\n", "not described", 15),
        (DESCRIPTION + "K0001/1 abc\n", "not a number", 15),
        (DESCRIPTION + "K0001/1 nan\n", "not a finite number", 15),
        (DESCRIPTION + value("1") + (PART + value("1")) * 2, "3 characteristics, but 2", 15),
        (DESCRIPTION + value("1") + FIELD + "x" + FIELD + "y" + FIELD + "z", "fields", 15),
        (DESCRIPTION + "K0001/1/5 1\n", "no value 5", 15),
        (DESCRIPTION + "K2001/1/2 1\n", "second index", 15),
        (DESCRIPTION + "K2110/1 300\n", "lies above", 4),
        (DESCRIPTION.replace("K2101/1 250", "K2101/1 two"), "not a number", 4),
        ("K0100 two\nK1001/1 a\n", "not a whole number", 1),
        ("just some text\nand more\n", "not a Q-DAS file", 0),
        (DESCRIPTION + "K5112/1 1\nK5112/2 2\nK5103/1 2\nK5103/2 1\n", "circle", 0),
    ],
)
def test_bad_files_name_the_place(put, text, message, line):
    with pytest.raises(InputError, match=message) as caught:
        read_qdas(put(text))
    assert caught.value.problems[0].line in (0, line)


def test_values_without_description(put):
    with pytest.raises(InputError, match="missing"):
        read_qdas(put("K0001/1 1\n", "alone.dfx"))


def test_what_is_not_understood_is_said(put):
    found = read_qdas(put(DESCRIPTION.replace("K0100 2", "K0100 5") + "a stray line\nK4092/1 machine list\n"))
    said = " / ".join(str(note) for note in found.notes)
    assert "line 15" in said and "declares 5" in said
    assert found.extra["K4092/1"] == "machine list"


@pytest.mark.parametrize("ending", [".dfq", ".dfd"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_round_trip_keeps_every_field(put, tmp_path, ending, encoding):
    lines = (
        value("1")
        + PART
        + value("2", attribute="255")
        + "\nK0080/0 x y\n"
        + value("3.25")
        + PART
        + value("4")
    )
    groups = "K5002/1 Gruppe\nK5111/1 1\nK5113/2 1\nK5112/3 1\nK5112/4 2\nK5103/1 2\nK5103/2 3\nK5103/2 4\n"
    first = read_qdas(put(DESCRIPTION + "K2900/1 user text\n" + groups + lines))
    assert write_qdas(first, tmp_path / f"out{ending}", encoding) == ()
    again = read_qdas(tmp_path / f"out{ending}")
    assert_same(again, first)


def assert_same(one, other):
    assert one.part_types == other.part_types
    assert one.parts == other.parts
    assert one.characteristics == other.characteristics
    assert one.groups == other.groups
    for column in ("part", "characteristic", "value", "status", "time"):
        floats = column in ("value", "time")
        assert np.array_equal(
            getattr(one.readings, column), getattr(other.readings, column), equal_nan=floats
        )
    extras = [{name: list(column) for name, column in i.readings.extra.items()} for i in (one, other)]
    assert extras[0] == extras[1]


def test_what_cannot_be_written_is_said(inspection, tmp_path):
    notes = " / ".join(str(note) for note in write_qdas(inspection, tmp_path / "out.dfq"))
    for lost in ("verdict", "uncertainty", "kind"):
        assert lost in notes
    again = read_qdas(tmp_path / "out.dfq")
    assert again.values_of("bore Ø") == pytest.approx([10.02, 10.61])
    assert [part.serial for part in again.parts] == ["A1", "A2"]
    assert again.readings.time[2] - again.readings.time[0] == np.timedelta64(1500, "ms")
    with pytest.raises(InputError, match="UTF-8"):
        write_qdas(inspection, tmp_path / "out.dfq", encoding="ascii")
    with pytest.raises(InputError, match=r"\.dfq"):
        write_qdas(inspection, tmp_path / "out.txt")


@pytest.mark.parametrize("file", samples("quality/files/dfq/*"), ids=lambda p: p.name[:40])
def test_samples_round_trip(file, tmp_path):
    first = read_qdas(file)
    assert write_qdas(first, tmp_path / "out.dfq") == ()
    assert_same(read_qdas(tmp_path / "out.dfq"), first)


def test_hierarchy_sample(pack):
    name = "characteristicHierarchy_singlePart_twoChildCharacteristics_twoGroups.dfq"
    found = read_qdas(pack / "quality/files/dfq" / name)
    parents = {c.name: c.parent for c in found.characteristics}
    assert parents == {
        "<characteristic_code_1>": "",
        "<characteristic_code_2>": "<characteristic_code_1>",
        "<characteristic_code_4>": "<group_3>",
        "<characteristic_code_6>": "<group_5>",
    }


def test_attributive_sample(pack):
    name = "attributiveDfq_attributiveCharacteristic_and_errorLogSheet.dfq"
    found = read_qdas(pack / "quality/files/dfq" / name)
    assert all(c.attribute for c in found.characteristics)
    assert found.readings.value.tolist() == [1.0, 8.0]
    assert sample_sizes(found).tolist() == [1.0, 155.0]


def test_an_empty_place_in_a_value_line_keeps_the_parts_apart(put):
    lines = [value("1") + PART + value("2"), value("3") + PART, value("5") + PART + value("6")]
    found = read_qdas(put(DESCRIPTION + "\n".join(lines)))
    assert np.array_equal(found.table(), [[1.0, 2.0], [3.0, np.nan], [5.0, 6.0]], equal_nan=True)
