"""Every bad plant file says in its first line which problems must be reported, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from linewright.errors import InputError, Problem
from linewright.plant.check import open_plant

FOLDER = Path(__file__).parent / "bad"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_bad_file_is_explained(path: Path) -> None:
    expected = path.read_text().splitlines()[0].removeprefix("# expect: ").split(" // ")
    with pytest.raises(InputError) as raised:
        open_plant(path)
    assert [_line(problem) for problem in raised.value.problems] == expected
    assert all(problem.file == str(path) for problem in raised.value.problems)


def _line(problem: Problem) -> str:
    hint = f" ({problem.hint})" if problem.hint else ""
    text = f"{problem.line}:{problem.column}: {problem.key}: {problem.message}{hint}"
    return text.replace(str(FOLDER), "BAD")


def test_there_are_bad_files() -> None:
    assert len(FILES) > 60


def test_a_missing_file_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    for name in ("nowhere.yaml", "nowhere.xlsx"):
        with pytest.raises(InputError, match="cannot read it: No such file"):
            open_plant(tmp_path / name)


def test_binary_files_are_refused(tmp_path: Path) -> None:
    for name, message in (
        ("plant.yaml", "not UTF-8 text at byte 0"),
        ("plant.xlsx", "this is no XLSX workbook"),
    ):
        path = tmp_path / name
        path.write_bytes(b"\xff\xfe\x00\x01" * 10)
        with pytest.raises(InputError, match=message):
            open_plant(path)
