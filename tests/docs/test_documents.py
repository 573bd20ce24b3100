"""The documents speak of the code as it is."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import pytest

from linewright.cli import main
from linewright.plant.check import open_plant

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "linewright"
DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])


def places_named(document: Path) -> set[str]:
    """Every `file.py:name` or `file.py:Class.name` in a document."""
    return set(re.findall(r"`([\w/]+\.py:[\w.]+)`", document.read_text(encoding="utf-8")))


def names_defined(file: Path) -> set[str]:
    """Functions, classes and methods (`Class.name`) defined in a file."""
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = (f for f in node.body if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef))
            found |= {f"{node.name}.{method.name}" for method in methods}
    return found


def test_the_tour_names_many_places() -> None:
    assert len(places_named(ROOT / "docs" / "tour.md")) > 60


@pytest.mark.parametrize("place", sorted(set().union(*map(places_named, DOCUMENTS))))
def test_every_place_named_exists(place: str) -> None:
    file, name = place.split(":")
    assert (SOURCE / file).exists(), f"{file} is gone"
    assert name in names_defined(SOURCE / file), f"{name} is not in {file}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("*.md")} - {"README.md"}


def test_the_plant_file_of_the_readme_is_sound(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"^    plant: .*?(?=^\S)", readme, re.MULTILINE | re.DOTALL)
    assert shown
    file = tmp_path / "plant.yaml"
    file.write_text(textwrap.dedent(shown.group()), encoding="utf-8")
    assert open_plant(file).warnings == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.relative_to(ROOT).as_posix())
def test_examples_of_running_do_not_wait_for_machines_elsewhere(document: Path) -> None:
    """Whoever tries them has none: where a plant file has addresses the command says what stands in for them."""
    text = document.read_text(encoding="utf-8")
    for plant, options in re.findall(r"linewright (?:run|serve) (examples/\S+)(.*)", text):
        if open_plant(ROOT / plant).plant.machines:
            assert "--machines" in options, plant


def test_every_command_of_the_readme_exists(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    linewright ((?:quality |nc )?\w+)(.*)", readme, re.MULTILINE)
    assert len(commands) >= 5
    for words, options in commands:
        assert main([*words.split(), "--help"]) == 0
        shown = capsys.readouterr().out
        assert [option for option in re.findall(r"--[\w-]+", options) if option not in shown] == []
