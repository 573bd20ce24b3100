"""`linewright quality`: from an inspection file to a page, a workbook, a verdict."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

from linewright.cli import main

OFFSETS = {"A": 0.0, "B": 0.001, "C": -0.001}  # operators
TRIALS = (0.002, -0.002, 0.0)


@pytest.fixture
def bores(tmp_path: Path) -> Path:
    """Ten parts, three operators, three trials: the parts differ far more than the gauge."""
    rows = ["part,characteristic,value,lower,upper,unit,operator"]
    for part in range(10):
        for operator, offset in OFFSETS.items():
            rows += [f"{part},bore,{20 + 0.01 * part + offset + t:.4f},19.9,20.2,mm,{operator}" for t in TRIALS]
    file = tmp_path / "bores.csv"
    file.write_text("\n".join(rows) + "\n")
    return file


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_read_counts_what_lies_outside(bores: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bores.write_text(bores.read_text() + "11,bore,20.3,19.9,20.2,mm,A\n")
    found = asked(capsys, "quality", "read", str(bores))
    (bore,) = found["characteristics"]
    assert (found["parts"], bore["readings"], bore["outside"], bore["upper"]) == (11, 91, 1, 20.2)


def test_report_writes_a_page_and_a_workbook(
    bores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    html, xlsx = tmp_path / "q.html", tmp_path / "q.xlsx"
    found = asked(capsys, "quality", "report", str(bores), "--html", str(html), "--xlsx", str(xlsx))
    (bore,) = found["characteristics"]
    assert bore["n"] == 90
    assert bore["ppk"]["low"] < bore["ppk"]["value"] < bore["ppk"]["high"]
    assert "bore" in html.read_text()
    assert load_workbook(xlsx)["Summary"]["A2"].value == "bore"


def test_report_leaves_out_what_cannot_be_studied_and_says_why(
    bores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bores.write_text(bores.read_text() + "".join(f"{part},stuck,7.0,6,8,mm,A\n" for part in range(5)))
    out = ["--html", str(tmp_path / "q.html"), "--xlsx", str(tmp_path / "q.xlsx")]
    found = asked(capsys, "quality", "report", str(bores), *out)
    assert [c["name"] for c in found["characteristics"]] == ["bore"]
    assert [c["name"] for c in found["left_out"]] == ["stuck"]
    assert "no variation" in found["left_out"][0]["why"]


HEAD = "part,characteristic,value,lower,upper,unit,operator\n"
BAD = {
    "nan": ("1,a,NaN,0,2,mm,A\n2,a,1.1,0,2,mm,A\n", "not a finite number"),
    "infinite": ("1,a,inf,0,2,mm,A\n2,a,1.1,0,2,mm,A\n", "not a finite number"),
    "crossed": ("1,a,1.0,2,0,mm,A\n2,a,1.1,2,0,mm,A\n", "lower limit 2 lies above upper limit 0"),
    "constant": ("".join(f"{n},a,1.0,0,2,mm,A\n" for n in range(9)), "no variation|1 operator"),
    "single": ("1,a,1.0,0,2,mm,A\n", "1 value"),
    "none": ("", "nothing that was measured|no column"),
}


@pytest.mark.parametrize("command", ["report", "gauge"])
@pytest.mark.parametrize("name", BAD)
def test_bad_values_are_one_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    rows, wanted = BAD[name]
    file = tmp_path / "bad.csv"
    file.write_text(HEAD + rows)
    out = ["--html", str(tmp_path / "q.html")]
    assert main(["quality", command, str(file), *out]) == 2
    said = capsys.readouterr().err
    assert "bad.csv" in said and re.search(wanted, said)
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "q.html").exists()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["1", "1.0"], "LOT"),
        (["100", "1.1"], "the nearest is 1"),
        (["100", "nan"], "AQL nan"),
        (["100", "1.0", "--kind", "doubl"], "did you mean 'double'"),
        (["100", "1.0", "--level", "IX"], "level"),
        (["100", "15", "--kind", "variables", "--severity", "reduced"], "no reduced plan"),
    ],
)
def test_bad_plans_are_one_clear_error(words: list[str], wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quality", "sampling", *words]) == 2
    said = capsys.readouterr().err
    assert wanted in said and len(said.splitlines()) == 1


def test_sampling_by_variables(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, "quality", "sampling", "40", "1.0", "--kind", "variables")
    assert (found["letter"], found["n"], found["k"]) == ("D", 5, 1.53)


def test_gauge_passes_a_good_gauge(bores: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bore = asked(capsys, "quality", "gauge", str(bores))["bore"]
    assert bore["verdict"] == "acceptable"
    assert bore["components"]["part"]["study_pct"] > 99.0


def test_gauge_names_the_column_that_is_meant(bores: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quality", "gauge", str(bores), "--operator", "operater"]) == 2
    assert "did you mean 'operator'?" in capsys.readouterr().err


def test_convert_keeps_every_reading(
    bores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "bores.qif"
    asked(capsys, "quality", "convert", str(bores), str(target))
    assert asked(capsys, "quality", "read", str(target))["readings"] == 90
    assert main(["quality", "convert", str(bores), str(target)]) == 2  # it is there already
    assert main(["quality", "convert", str(bores), str(tmp_path / "bores.doc")]) == 2


def test_sampling_is_the_standards_plan(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, "quality", "sampling", "1000", "1.0")
    assert found["letter"] == "J"  # MIL-STD-105E, tables I and II-A
    assert found["stages"] == [{"n": 80, "accept": 2, "reject": 3}]
    assert found["accepted_10"] == pytest.approx(0.0652, abs=5e-5)


def test_nc_and_quality_are_named_by_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nc", "time", "--help"]) == 0
    assert "Seconds by block, tool and program." in capsys.readouterr().out
