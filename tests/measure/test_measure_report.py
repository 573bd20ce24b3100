"""The quality report: both files hold the figures of the studies."""

import numpy as np
import openpyxl
import pytest

from linewright.errors import InputError
from linewright.measure.capability import Spec
from linewright.measure.report import Characteristic, write_report


def test_both_files_hold_the_figures(tmp_path):
    rng = np.random.default_rng(1)
    bore = Characteristic("bore", rng.normal(10.0, 0.02, (25, 5)), Spec(9.9, 10.1, 10.0), "mm")
    rough = Characteristic("=roughness", np.concatenate((rng.gamma(4.0, 0.2, 40), [9.0])), unit="um")
    studies = write_report([bore, rough], tmp_path / "r.html", tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    head, first, second = book["Summary"].values
    row = dict(zip(head, first, strict=True))
    assert row["Ppk"] == pytest.approx(studies[0].capability.ppk)
    assert row["Cpk low"] == pytest.approx(studies[0].capability.short_term.worst.interval.low)
    assert second[0] == "'=roughness"
    assert dict(zip(head, second, strict=True))["Ppk"] is None
    signals = list(book["Signals"].values)[1:]
    assert ("'=roughness", "I", 41) in [row[:3] for row in signals]
    made = list(book["How it was made"].values)
    assert made[1][-1] == studies[0].chart.provenance.data_sha256
    text = (tmp_path / "r.html").read_text()
    assert "bore [mm]" in text
    assert "signals, the first: I, point 41" in text


def test_every_faulty_characteristic_is_named(tmp_path):
    stuck = Characteristic("stuck", [1.0] * 20)
    short = Characteristic("short", [1.0])
    with pytest.raises(InputError) as told:
        write_report([stuck, short], tmp_path / "r.html", tmp_path / "r.xlsx")
    assert "stuck.values" in str(told.value)
    assert "short" in str(told.value)
    assert not (tmp_path / "r.html").exists()
    with pytest.raises(InputError, match="at least one"):
        write_report([], tmp_path / "r.html", tmp_path / "r.xlsx")
