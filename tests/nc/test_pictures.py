"""Pictures: what is drawn, and that breaks in the path stay breaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from linewright.errors import InputError
from linewright.nc.backplot import plot_program
from linewright.nc.machine_check import MachineCheck
from linewright.nc.raster import VIEWS, _flat

PROGRAM = "G21 G90 F600\nT1 M6\nG1 X40\nG0 Z5\nG0 X0 Y20\nG0 Z0\nG1 X40\nG2 X40 Y30 J5\nT2 M6\nG1 X20 Y25\nM2\n"


@pytest.mark.parametrize("suffix", [".html", ".png"])
def test_a_picture_is_written(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "p.ngc").write_text(PROGRAM)
    plot_program(tmp_path / "p.ngc", tmp_path / f"p{suffix}", MachineCheck(), "linuxcnc", "tool")
    if suffix == ".html":
        assert "cutting time by tool" in (tmp_path / "p.html").read_text(encoding="utf-8")
        return
    colours = {colour for _, colour in Image.open(tmp_path / "p.png").getcolors(1 << 24)}
    assert {(0x1F, 0x77, 0xB4), (0xD6, 0x27, 0x28), (0xB0, 0xB0, 0xB0)} <= colours  # T1, T2, rapids


def test_an_unknown_kind_of_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"written as .html or .png"):
        plot_program(tmp_path / "p.ngc", tmp_path / "p.jpg", MachineCheck(), "linuxcnc", "tool")


def test_a_break_in_the_path_is_not_drawn() -> None:
    gap = np.full((1, 3), np.nan)
    path = np.concatenate([np.zeros((1, 3)), np.ones((1, 3)), gap, np.full((1, 3), 9.0), np.full((1, 3), 8.0)])
    assert _flat(path, VIEWS["XY"]).tolist() == [[0, 0, 1, 1], [9, 9, 8, 8]]


def test_a_program_at_fault_is_drawn_up_to_its_fault(tmp_path: Path) -> None:
    (tmp_path / "p.ngc").write_text("G21 G90 F100\nG1 X10\nG1 Y10\nG12\nM2\n")
    fault = plot_program(tmp_path / "p.ngc", tmp_path / "p.png", MachineCheck(), "linuxcnc", "tool")
    assert fault is not None and fault.line == 4
    assert (tmp_path / "p.png").stat().st_size > 0


def test_a_picture_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "p.ngc").write_text("G21 G90 F100\nG1 X10\nM2\n")
    for name in ("no/p.html", "no/p.png"):
        with pytest.raises(InputError, match="cannot write the picture: No such file"):
            plot_program(tmp_path / "p.ngc", tmp_path / name, MachineCheck(), "linuxcnc", "tool")
