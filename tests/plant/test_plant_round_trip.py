"""A plant saved and loaded again is the same plant, as YAML and as a workbook."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from strategies import plants

from linewright.errors import InputError
from linewright.plant import Plant, load_plant
from linewright.plant.check import check_plant, open_plant
from linewright.plant.save import convert_plant, save_plant, written_plant

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.glob("examples/*/plant.yaml"))
QUIET = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@given(plant=plants())
@settings(QUIET, max_examples=80)
def test_drawn_plants_pass_the_check(plant: Plant) -> None:
    assert check_plant(plant).plant is plant


@pytest.mark.parametrize("suffix", [".yaml", ".xlsx"])
@given(plant=plants())
@QUIET
def test_drawn_plants_come_back(plant: Plant, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"plant{suffix}"
    save_plant(plant, path)
    assert load_plant(path) == plant
    assert written_plant(load_plant(path)) == written_plant(plant)  # units of measures too


@pytest.mark.parametrize("suffix", [".yaml", ".xlsx"])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_examples_come_back(example: Path, suffix: str, tmp_path: Path) -> None:
    plant = load_plant(example)
    path = tmp_path / f"plant{suffix}"
    save_plant(plant, path)
    assert load_plant(path) == plant
    assert written_plant(load_plant(path), tmp_path) == written_plant(plant, tmp_path)


AWKWARD = [
    "with space",
    "a.b",
    'say "so"',
    "12",
    "1/12",
    "true",
    "null",
    "on",
    "{x}",
    "[y]",
    "=1+1",
    "ä€",
    "a: b",
    "#3",
    "-",
    "1e5",
    "~",
    "'q'",
]


@pytest.mark.parametrize("suffix", [".yaml", ".xlsx"])
@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_names_come_back(name: str, suffix: str, tmp_path: Path) -> None:
    plant = Plant.model_validate(
        {
            "plant": name,
            "materials": {name: {"family": name}, "other": {}},
            "stations": {name: {"setup": {"time": {name: {"other": 60.0}}}, "queue": {name: 3}}},
            "routes": {
                name: [{name: {"at": name, "time": 5.0}}],
                "other": [{"x": {"at": [name], "time": {name: 1.5}}}],
            },
            "orders": {"saturated": [name]},
            "machines": {name: name},
        }
    )
    path = tmp_path / f"plant{suffix}"
    save_plant(plant, path)
    assert load_plant(path) == plant


def test_saving_to_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown kind of plant file '\.txt'"):
        save_plant(load_plant(EXAMPLES[0]), tmp_path / "plant.txt")


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write it"):
        save_plant(load_plant(EXAMPLES[0]), tmp_path / "no such folder" / "plant.yaml")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_values_is_named_from_the_new_place(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "times.csv").write_text("time_s\n41\n44\n52\n")
    (tmp_path / "plant.yaml").write_text(
        "plant: p\nmaterials: { m: {} }\nstations: { s: {} }\n"
        "routes: { m: [ o: { at: s, time: { dist: empirical, file: data/times.csv, column: time_s } } ] }\n"
    )
    plant = load_plant(tmp_path / "plant.yaml")
    save_plant(plant, tmp_path / "data" / "copy.yaml")
    assert "file: times.csv" in (tmp_path / "data" / "copy.yaml").read_text()
    assert load_plant(tmp_path / "data" / "copy.yaml") == plant


@pytest.mark.parametrize("suffix", [".yaml", ".xlsx"])
def test_a_converted_plant_runs_from_its_new_place(suffix: str, tmp_path: Path) -> None:
    old = ROOT / "examples" / "gear-pump" / "plant.yaml"
    new = tmp_path / "deep" / f"plant{suffix}"
    new.parent.mkdir()
    convert_plant(old, new)
    there, here = open_plant(new), open_plant(old)
    assert there.orders == here.orders
    assert there.plant.stations == here.plant.stations and there.plant.routes == here.plant.routes
    back = tmp_path / "back.yaml"
    convert_plant(new, back)
    convert_plant(back, tmp_path / "again.yaml")
    assert load_plant(tmp_path / "again.yaml") == load_plant(back)


def test_programs_and_rules_move_along(tmp_path: Path) -> None:
    text = (
        "plant: p\nmaterials: { m: {} }\nstations: { s: {} }\n"
        "routes: { m: [ o: { at: s, program: nc/m.ngc } ] }\n"
        "control: { dispatch: { s: rules.py:mine, default: fifo } }\n"
    )
    (tmp_path / "plant.yaml").write_text(text)
    (tmp_path / "sub").mkdir()
    convert_plant(tmp_path / "plant.yaml", tmp_path / "sub" / "plant.yaml")
    moved = load_plant(tmp_path / "sub" / "plant.yaml")
    assert moved.routes["m"][0]["o"].program == "../nc/m.ngc"
    assert moved.control.dispatch == {"s": "../rules.py:mine", "default": "fifo"}
