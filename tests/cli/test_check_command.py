"""`linewright check` on the benchmark's own plant files, and on files with mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from linewright import cli

MODELS = Path(__file__).parents[2] / "benchmarks" / "models"


@pytest.mark.parametrize(
    ("name", "stations", "machines", "materials"),
    [("mm1", 1, 1, 1), ("line10", 10, 10, 1), ("line12", 12, 14, 4)],
)
def test_benchmark_models_are_sound(name: str, stations: int, machines: int, materials: int, capsys) -> None:
    assert cli.main(["check", str(MODELS / f"{name}.yaml"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    counted = (facts["plant"], facts["stations"], facts["machines"], facts["materials"], facts["problems"])
    assert counted == (name, stations, machines, materials, [])


def test_every_mistake_is_named_with_its_place(tmp_path: Path, capsys) -> None:
    plant = tmp_path / "plant.yaml"
    text = (MODELS / "mm1.yaml").read_text().replace("queue: unlimited", "queu: 3").replace("80 s", "80 mm")
    plant.write_text(text)
    assert cli.main(["check", str(plant), "--json"]) == 2
    problems = json.loads(capsys.readouterr().out)["problems"]
    lines = text.splitlines()
    for problem, wrong, right in zip(problems, ("queu", "80 mm"), ("queue", "time"), strict=True):
        assert problem["file"] == str(plant)
        assert wrong in lines[problem["line"] - 1]
        assert right in problem["message"] + problem["hint"]


def test_a_sound_plant_is_summed_up(capsys) -> None:
    """The M/M/1 model: one machine, busy 60 s in 80."""
    assert cli.main(["check", str(MODELS / "mm1.yaml")]) == 0
    seen = capsys.readouterr()
    assert seen.out.splitlines() == [
        "mm1: 1 station, 1 machine, 1 material, 1 route; nothing wrong",
        "  load of server: 75%",
    ]
    assert seen.err == ""


def test_a_name_that_is_nowhere_is_an_error(tmp_path: Path, capsys) -> None:
    plant = tmp_path / "plant.yaml"
    plant.write_text((MODELS / "line12.yaml").read_text().replace("at: s12,", "at: s13,"))
    assert cli.main(["check", str(plant)]) == 2
    assert "s13" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["none.yaml"], [str(MODELS / "mm1.yaml"), "--orders", "none.csv"]])
def test_a_missing_file_is_named(words: list[str], capsys) -> None:
    assert cli.main(["check", *words]) == 2
    assert words[-1] in capsys.readouterr().err


def test_orders_are_checked_against_the_plant(tmp_path: Path, capsys) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text("order,material,quantity\n1,customer,20\n2,costumer,5\n")
    assert cli.main(["check", str(MODELS / "mm1.yaml"), "--orders", str(orders)]) == 2
    complaint = capsys.readouterr().err
    assert f"{orders}:3" in complaint and "customer" in complaint

    orders.write_text("order,material,quantity\n1,customer,20\n2,customer,5\n")
    assert cli.main(["check", str(MODELS / "mm1.yaml"), "--orders", str(orders)]) == 0
    assert "2 orders" in capsys.readouterr().out
