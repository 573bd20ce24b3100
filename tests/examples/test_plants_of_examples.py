"""The examples load, and the figures in their plant files are the figures in their tables."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from linewright.plant import load_plant
from linewright.plant.orders import load_orders

EXAMPLES = Path(__file__).parents[2] / "examples"
NIST = EXAMPLES / "nist-box"
PLANTS = sorted(
    path for path in EXAMPLES.rglob("*.yaml") if path.is_relative_to(NIST) or "cases" in path.parts
)


def table(name: str) -> list[dict[str, str]]:
    with (NIST / "data" / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def plant():
    return load_plant(NIST / "plant.yaml")


@pytest.fixture(scope="module")
def fitted():
    return {row["what"]: row for row in table("fitted")}


@pytest.mark.parametrize("path", PLANTS, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_every_plant_loads_with_its_orders(path):
    plant = load_plant(path)
    orders = load_orders(plant, path.parent)
    assert bool(orders) == (plant.orders.from_ is not None)
    assert all(order.material in plant.routes for order in orders)


@pytest.mark.parametrize("path", PLANTS, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_every_place_and_material_of_a_route_is_there(path):
    plant = load_plant(path)
    for route in plant.routes.values():
        for step in route:
            for operation in step.values():
                at = [operation.at] if isinstance(operation.at, str) else operation.at
                assert set(at) <= set(plant.stations)
                assert {*operation.takes, *operation.gives} <= set(plant.materials)


def test_operation_times_are_those_fitted(plant, fitted):
    measured = 0
    for material in ("box", "cover", "plate"):
        for step in plant.routes[material]:
            for name, operation in step.items():
                if re.fullmatch(r"op\d", name):
                    row = fitted[f"{material} {name} floor to floor"]
                    assert operation.time.mean == pytest.approx(float(row["mean_s"]), abs=0.06)
                    assert operation.time.cv == pytest.approx(float(row["cv"]), abs=1e-6)
                    measured += 1
    assert measured == 10


@pytest.mark.parametrize("machine", ["hurco02", "hurco04"])
def test_stops_are_those_logged_in_series(plant, fitted, machine):
    (stop,) = plant.stations[machine].failures
    row = fitted[f"{machine.capitalize()} busy time between stops (series, parts 4-10)"]
    assert stop.every.mean == pytest.approx(float(row["mean_s"]))
    logged = [float(row["duration_s"]) for row in table(f"stops-{machine}")]
    assert list(stop.repair.values) == logged


def test_measured_processes_are_those_of_the_first_laboratory(plant):
    rows = {
        (row["material"], row["characteristic"]): [
            float(v) for k, v in row.items() if k.startswith("part ") and v
        ]
        for row in table("measured-values")
        if row["laboratory"] == "first-article"
    }
    for name, key in {
        "cover_flatness": ("cover", "Flatness 1"),
        "cover_width": ("cover", "Distance 3"),
        "plate_width": ("plate", "Distance 1"),
    }.items():
        process, values = plant.characteristics[name].process, rows[key]
        mean = sum(values) / len(values)
        sd = (sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5
        assert process.mean * 1000 == pytest.approx(mean, abs=6e-5)
        assert process.sd * 1000 == pytest.approx(sd, abs=6e-5)


def test_rejected_boxes_are_those_inspected(plant):
    (row,) = [r for r in table("inspection") if (r["material"], r["laboratory"]) == ("box", "first-article")]
    inspect = plant.routes["box"][-1]["inspect"]
    assert inspect.fail.rate == pytest.approx(int(row["rejected"]) / int(row["parts"]))


def test_both_laboratories_find_the_same_plates_bad():
    rows = table("plate-holes")
    bad = [
        [row["part"] for row in rows if row[laboratory] and float(row[laboratory]) > 4.25]
        for laboratory in ("first_article_mm", "incoming_mm")
    ]
    assert bad[0] == bad[1] == ["13", "14", "15", "16", "17", "18"]


def test_twenty_assemblies_are_ordered(plant):
    orders = load_orders(plant, NIST)
    assert [order.material for order in orders] == ["assembly"] * 20
    assert all(order.due_s % 86400 == 16 * 3600 for order in orders)
