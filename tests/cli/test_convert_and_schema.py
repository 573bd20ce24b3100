"""`linewright convert` and `linewright schema`: nothing lost, nothing overwritten, a schema that fits."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from linewright import cli
from linewright.plant import load_plant
from linewright.plant.save import moved_plant

ROOT = Path(__file__).parents[2]
PLANTS = sorted([*ROOT.glob("benchmarks/models/*.yaml"), *ROOT.glob("examples/*/plant.yaml")])


@pytest.mark.parametrize("plant", PLANTS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_to_a_workbook_and_back(plant: Path, tmp_path: Path) -> None:
    workbook, back = tmp_path / "plant.xlsx", tmp_path / "back.yaml"
    assert cli.main(["convert", str(plant), str(workbook)]) == 0
    assert cli.main(["convert", str(workbook), str(back)]) == 0
    from_there = moved_plant(load_plant(plant), plant.parent, tmp_path)
    assert load_plant(back) == load_plant(workbook) == from_there


def test_a_file_that_is_there_is_kept(tmp_path: Path, capsys) -> None:
    target = tmp_path / "mine.yaml"
    target.write_text("my work\n")
    words = ["convert", str(PLANTS[0]), str(target)]
    assert cli.main(words) == 2
    assert target.read_text() == "my work\n"
    assert "--force" in capsys.readouterr().err
    assert cli.main([*words, "--force"]) == 0
    assert load_plant(target) == load_plant(PLANTS[0])


@pytest.mark.parametrize("target", ["plant.docx", "no/such/folder/plant.yaml"])
def test_a_target_that_cannot_be_written_is_named(target: str, tmp_path: Path, capsys) -> None:
    assert cli.main(["convert", str(PLANTS[0]), str(tmp_path / target)]) == 2
    assert target in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    from linewright.plant.schema import plant_schema

    jsonschema.Draft202012Validator.check_schema(plant_schema())
    return jsonschema.Draft202012Validator(plant_schema())


def test_the_schema_is_printed(validator, capsys) -> None:
    assert cli.main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == validator.schema


@pytest.mark.parametrize("plant", PLANTS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_the_schema_accepts_every_plant_here(plant: Path, validator) -> None:
    data = YAML(typ="safe").load(plant.read_text())
    assert [error.message for error in validator.iter_errors(data)] == []


def test_the_schema_refuses_a_misspelt_key(validator) -> None:
    data = YAML(typ="safe").load(PLANTS[0].read_text())
    data["stations"][next(iter(data["stations"]))]["queu"] = 3
    assert any("queu" in error.message for error in validator.iter_errors(data))
