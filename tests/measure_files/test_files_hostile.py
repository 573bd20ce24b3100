"""Files made to hurt: entities, bombs, endless lines, huge trees. A clear error, and memory that stays
bounded.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from linewright.errors import InputError
from linewright.measure.files import guard, read_inspection, read_qdas, read_qif, read_table

LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE QIFDocument [<!ENTITY l0 "ha">{LAUGHS}]>'
HEAD = '<QIFDocument xmlns="http://qifstandards.org/xsd/qif3" versionQIF="3.0.0">'


@pytest.fixture
def put(tmp_path):
    def write(content, name):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write


@pytest.mark.parametrize(
    "document",
    [
        BOMB + HEAD + "<QPId>&l9;</QPId></QIFDocument>",
        BOMB + HEAD.replace("3.0.0", "&l9;") + "</QIFDocument>",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + HEAD + "<QPId>&x;</QPId></QIFDocument>",
        '<!DOCTYPE a SYSTEM "http://localhost:9/x.dtd">' + HEAD + "</QIFDocument>",
        "<!DOCTYPE QIFDocument>" + HEAD + "</QIFDocument>",
    ],
)
def test_document_types_are_refused(put, document):
    with pytest.raises(InputError, match=r"DOCTYPE|well-formed"):
        read_qif(put(document, "x.qif"))


def test_undeclared_entities_are_no_xml(put):
    with pytest.raises(InputError, match="well-formed"):
        read_qif(put(HEAD + "<QPId>&nothing;</QPId></QIFDocument>", "x.qif"))


def test_endless_depth_is_refused(put):
    with pytest.raises(InputError, match="well-formed"):
        read_qif(put(HEAD + "<a>" * 100_000, "x.qif"))


def test_every_cut_of_a_file_is_an_input_error(put):
    whole = HEAD + (
        "<Characteristics><CharacteristicDefinitions n='1'><FlatnessCharacteristicDefinition id='1'>"
        "<ToleranceValue>0.05</ToleranceValue></FlatnessCharacteristicDefinition>"
        "</CharacteristicDefinitions></Characteristics></QIFDocument>"
    )
    for cut in range(0, len(whole), 7):
        with pytest.raises(InputError):
            read_qif(put(whole[:cut], "x.qif"))
    assert read_qif(put(whole, "x.qif")).readings.value.size == 0


def test_too_large_a_file_is_refused_unread(tmp_path):
    file = tmp_path / "huge.qif"
    with file.open("wb") as stream:
        stream.truncate(guard.MAX_BYTES + 1)  # a sparse file: nothing is written
    for reader in (read_qif, read_qdas):
        with pytest.raises(InputError, match="cut it into lots"):
            reader(file)
    with pytest.raises(InputError, match="cut it into lots"):
        read_qif(Path(__file__), max_bytes=10)


def test_a_line_without_end_is_refused(put):
    with pytest.raises(InputError, match="a line of more than"):
        read_qdas(put("K1001/1 " + "x" * 5_000_000, "x.dfq"))


def test_binary_noise_is_refused(put):
    noise = bytes(range(256)) * 64
    for name in ("x.qif", "x.dfq", "x.csv", "x.xlsx", "x.parquet"):
        with pytest.raises(InputError):
            read_inspection(put(noise, name))


def test_indices_do_not_cost_memory(put):
    text = "K0100 1\nK1001/1 a\nK2001/999999999 b\nK0001/999999999 1\n"
    assert read_qdas(put(text, "x.dfq")).values_of("b").tolist() == [1.0]
    with pytest.raises(InputError, match="no value"):
        read_qdas(put(text + "K0001/999999999/888888888 1\n", "x.dfq"))


def test_zip_bombs_are_refused(tmp_path):
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    with pytest.raises(InputError, match="unpack"):
        read_table(file)


def test_memory_stays_bounded_on_a_large_file(tmp_path):
    """60 MB of point sets and features that nobody asked for go by in less than 150 MB of memory."""
    file = tmp_path / "large.qif"
    points = "<MeasuredPointSet id='1'><Points>" + "1.25 2.5 3.75 " * 3000 + "</Points></MeasuredPointSet>"
    with file.open("w") as stream:
        stream.write(
            HEAD + "<Results><MeasurementResultsSet n='1'><MeasurementResults id='1'><MeasuredPointSets>"
        )
        for _ in range(1450):
            stream.write(points)
        stream.write(
            "</MeasuredPointSets><InspectionStatus><InspectionStatusEnum>PASS</InspectionStatusEnum>"
        )
        stream.write(
            "</InspectionStatus></MeasurementResults></MeasurementResultsSet></Results></QIFDocument>"
        )
    assert file.stat().st_size > 60_000_000
    program = textwrap.dedent(f"""
        import resource
        from linewright.measure.files import read_qif
        import lxml.etree
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found = read_qif({str(file)!r})
        assert len(found.parts) == 1
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    grown_kb = int(done.stdout)
    assert grown_kb < 150_000, grown_kb
