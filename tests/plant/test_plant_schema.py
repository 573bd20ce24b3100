"""The JSON Schema takes what the loader takes, and the document says what the model says."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from strategies import written_plants

from linewright.plant.document import document
from linewright.plant.load import load_plant, read_source
from linewright.plant.save import written_plant
from linewright.plant.schema import plant_schema

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.glob("examples/*/plant.yaml"))
SCHEMA = jsonschema.Draft202012Validator(plant_schema())


def test_it_is_a_schema() -> None:
    SCHEMA.check_schema(plant_schema())
    assert len(str(plant_schema())) < 60_000  # editors load it at every start


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_examples_are_valid(path: Path) -> None:
    SCHEMA.validate(read_source(path).data)
    SCHEMA.validate(written_plant(load_plant(path), path.parent))


@given(written_plants())
@settings(max_examples=50, deadline=None)
def test_drawn_plants_are_valid(written: dict[str, Any]) -> None:
    SCHEMA.validate(written)


@pytest.mark.parametrize(
    "name",
    ["unknown-key", "unknown-table", "missing-key", "missing-table", "duration-without-unit",
     "not-a-quantity", "count-negative", "count-text", "unknown-distribution", "distribution-key",
     "distribution-parameters", "conveyor-key", "release", "conwip-text", "money-with-currency"],
)  # fmt: skip
def test_bad_files_are_invalid(name: str) -> None:
    source = read_source(Path(__file__).parent / "bad" / f"{name}.yaml")
    assert not SCHEMA.is_valid(source.data)


def test_the_document_is_current() -> None:
    written = (ROOT / "docs" / "plant-file.md").read_text()
    assert written == document(), "run `python -m linewright.plant.document > docs/plant-file.md`"


def test_import_is_light() -> None:
    heavy = "pint numpy scipy openpyxl pandas ruamel.yaml numba"
    code = f"import linewright.plant, sys; print([m for m in '{heavy}'.split() if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"


def test_loading_is_fast() -> None:
    path = ROOT / "examples" / "gear-pump" / "plant.yaml"
    load_plant(path)
    best = min(_seconds(path) for _ in range(5))
    assert best < 0.15


def _seconds(path: Path) -> float:
    start = time.process_time()
    load_plant(path)
    return time.process_time() - start
