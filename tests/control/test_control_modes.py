"""Three ways to run the same source: compiled, not compiled, compiled with every index checked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from tough import written_tough_plants  # noqa: E402

GEAR_PUMP = ROOT / "examples" / "gear-pump" / "plant.yaml"
LINE_12 = ROOT / "benchmarks" / "models" / "line12.yaml"


def drawn(n: int, number: int) -> list[Any]:
    """Plants drawn from a fixed seed, in written form."""
    found: list[Any] = []

    @seed(number)
    @settings(max_examples=n, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(written_tough_plants())
    def collect(written: dict[str, Any]) -> None:
        found.append(json.loads(json.dumps(written)))

    collect()
    return found[:n]


def fingerprints(cases: list[Any], events: int, folder: Path, **environment: str) -> list[str]:
    """What became of the plants in a process of its own."""
    place = folder / "plants.json"
    place.write_text(json.dumps(cases))
    script = [sys.executable, str(HERE / "fingerprints.py"), str(place), str(events)]
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")} | environment
    done = subprocess.run(script, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return list(json.loads(done.stdout))


@pytest.fixture(scope="module")
def cases() -> list[Any]:
    return [str(path) for path in (GEAR_PUMP, LINE_12) if path.is_file()] + drawn(12, 3)


def test_compiled_and_uncompiled_agree_to_the_bit(cases: list[Any], tmp_path: Path) -> None:
    """Commands, state and random streams; floats too, so the same libm and no reordering."""
    compiled = fingerprints(cases, 250, tmp_path, NUMBA_DISABLE_JIT="0", PYTHONHASHSEED="1")
    uncompiled = fingerprints(cases, 250, tmp_path, NUMBA_DISABLE_JIT="1", PYTHONHASHSEED="2")
    assert compiled == uncompiled


def test_no_index_outside_its_table(cases: list[Any], tmp_path: Path) -> None:
    """With bounds checked the same comes out; an index outside would end the run with an IndexError."""
    many = cases + drawn(30, 5)
    checked = fingerprints(many, 1000, tmp_path, LINEWRIGHT_BOUNDSCHECK="1")
    assert checked == fingerprints(many, 1000, tmp_path)
