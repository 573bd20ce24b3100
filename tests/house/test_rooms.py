"""The import contracts in pyproject.toml name every room that they govern.

import-linter itself refuses a room that the layers do not name. What it cannot see is a new room of the inner
rings, or a new outer room, that the other contracts have forgotten: that is checked here.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "linewright"
INNER_RINGS = ("errors", "units", "compiled", "plant", "nc", "measure", "control", "twin", "schedule")
OUTER_ROOMS_BLIND_TO_VIRTUAL_MACHINES = ("live", "board")


def rooms() -> set[str]:
    modules = {path.stem for path in SOURCE.glob("*.py")} - {"__init__"}
    return modules | {path.parent.name for path in SOURCE.glob("*/__init__.py")}


def contracts() -> list[dict]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return settings["tool"]["importlinter"]["contracts"]


def rooms_forbidden(module: str) -> set[str]:
    """Rooms that some contract forbids to import `module`."""
    governed = (c["source_modules"] for c in contracts() if module in c.get("forbidden_modules", []))
    return {name.removeprefix("linewright.") for names in governed for name in names}


def test_every_room_says_what_it_is_for() -> None:
    """A folder without an `__init__.py` is no room for import-linter: it would pass unseen."""
    silent = []
    for folder in {path.parent for path in SOURCE.rglob("*.py")}:
        opening = folder / "__init__.py"
        if not opening.exists() or not ast.get_docstring(ast.parse(opening.read_text(encoding="utf-8"))):
            silent.append(folder.relative_to(SOURCE).as_posix())
    assert silent == []


@pytest.mark.parametrize("module", ["asyncio", "socket", "sqlite3", "logging"])
def test_no_inner_room_may_do_input_or_output(module: str) -> None:
    expected = rooms() & set(INNER_RINGS)
    assert rooms_forbidden(module) == expected, "name each in `source_modules` in pyproject.toml"


@pytest.mark.parametrize("module", ["time", "datetime", "random"])
def test_control_has_no_clock_and_no_randomness(module: str) -> None:
    assert rooms_forbidden(module) == rooms() & {"control"}


def test_the_live_line_does_not_know_virtual_machines() -> None:
    expected = rooms() & set(OUTER_ROOMS_BLIND_TO_VIRTUAL_MACHINES)
    if not (SOURCE / "machines" / "virtual.py").exists() and not (SOURCE / "machines" / "virtual").is_dir():
        expected = set()
    assert rooms_forbidden("linewright.machines.virtual") == expected


def test_an_undeclared_room_breaks_the_contracts(tmp_path: Path) -> None:
    """import-linter on a copy of the package with one room more."""
    package = tmp_path / "linewright"
    for path in SOURCE.rglob("*.py"):
        copy = package / path.relative_to(SOURCE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())

    def lint() -> subprocess.CompletedProcess[str]:
        words = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=600)

    kept = lint()
    assert kept.returncode == 0, kept.stdout + kept.stderr
    (package / "shed").mkdir()
    (package / "shed" / "__init__.py").write_text("")
    broken = lint()
    assert broken.returncode != 0
    assert "shed" in broken.stdout
