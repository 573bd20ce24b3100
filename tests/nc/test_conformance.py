"""The conformance pack: every case, the long programs, and the extents for travel limits."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import gen_long
import numpy as np
import pytest
import score

from linewright.nc import extent
from linewright.nc.check import Checker
from linewright.nc.conformance import run_case, run_pack, setup_of
from linewright.nc.interpreter import Interpreter
from linewright.nc.machine_check import MachineCheck
from linewright.nc.source import Source

PACK = Path(__file__).parent / "pack"
CASES = {path.stem: json.loads(path.read_text()) for path in sorted((PACK / "cases").glob("*.json"))}


@pytest.mark.parametrize("name", CASES)
def test_case_gives_what_was_recorded(name: str) -> None:
    case = CASES[name]
    result = run_case(case)
    levels = score.score(case, result)
    assert all(levels.values()), (levels, result.get("error"))


def test_runner_writes_a_line_for_every_case() -> None:
    lines = [json.loads(line) for line in run_pack(PACK)]
    assert [line["id"] for line in lines] == list(CASES)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name]["expect"].get("extent_mm")])
def test_extent_covers_the_bulges_of_arcs(name: str) -> None:
    case = CASES[name]
    run = Interpreter(Source(name, case["program"].encode()), setup_of(case))
    moves = np.concatenate(list(run.run()))
    motions = moves[extent.is_motion(moves)]
    low, high = extent.reach(motions)
    arcs = extent.is_arc(motions)[:, None]
    least = np.where(arcs, low[:, :3], motions["end"][:, :3]).min(axis=0)
    most = np.where(arcs, high[:, :3], motions["end"][:, :3]).max(axis=0)
    want = case["expect"]["extent_mm"]
    inches = "G20" in case["program"]
    tolerance = 6e-3 if inches else 6e-4
    assert np.allclose(least, want["min"], atol=tolerance)
    assert np.allclose(most, want["max"], atol=tolerance)


@pytest.mark.parametrize("name", ["manifold", "pocket", pytest.param("surface", marks=pytest.mark.slow)])
def test_long_program(name: str) -> None:
    spec = json.loads((PACK / "long" / f"{name}.json").read_text())
    text = io.StringIO()
    with redirect_stdout(text):
        getattr(gen_long, name)()
    data = text.getvalue().encode()
    assert hashlib.sha256(data).hexdigest() == spec["sha256"]
    run = Interpreter(Source(name, data), setup_of(spec))
    want, counts = spec["expect"], dict.fromkeys(range(4), 0)
    checkpoints = {number: position for number, *position in want["checkpoints"]}
    seen, lengths = 0, dict.fromkeys(range(4), 0.0)
    for chunk in run.run():
        motions = chunk[extent.is_motion(chunk)]
        for kind in counts:
            counts[kind] += int((motions["kind"] == kind).sum())
            counted = (
                motions[1:] if seen == 0 else motions
            )  # the pack counts from the end of the first move on
            lengths[kind] += float(extent.lengths(counted[counted["kind"] == kind]).sum())
        for number in [n for n in checkpoints if seen < n <= seen + len(motions)]:
            assert np.allclose(motions["end"][number - seen - 1][:3], checkpoints.pop(number), atol=5e-4)
        seen += len(motions)
    assert run.fault is None
    assert not checkpoints
    assert seen == want["motions"]
    operations = want["op_counts"]
    assert counts[0] == operations["STRAIGHT_TRAVERSE"]
    assert counts[1] == operations["STRAIGHT_FEED"]
    assert counts[2] + counts[3] == operations.get("ARC_FEED", 0)
    assert lengths[0] == pytest.approx(want["length_mm"]["rapid"], rel=1e-4)
    assert lengths[1] == pytest.approx(want["length_mm"]["feed"], rel=1e-4)
    assert lengths[2] + lengths[3] == pytest.approx(want["length_mm"]["arc"], rel=1e-4)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name]["expect"].get("extent_mm")])
def test_every_overrun_of_the_travel_is_found(name: str) -> None:
    case = CASES[name]
    extent_mm = case["expect"]["extent_mm"]
    slack = 0.02  # the recorded extents are rounded, those of programs in inches more
    low = [min(least, 0.0) - slack for least in extent_mm["min"]]  # every case starts at zero
    high = [max(most, 0.0) + slack for most in extent_mm["max"]]
    run = Interpreter(Source(name, case["program"].encode()), setup_of(case))
    moves = np.concatenate(list(run.run()))

    def overruns(limits: list[list[float]]) -> int:
        travel = MachineCheck.model_validate({"travel_mm": dict(zip("xyz", limits, strict=True))})
        checker = Checker(travel, run)
        checker.look(moves)
        return sum(finding.count for finding in checker.report().findings if finding.rule == "travel")

    wide = [list(pair) for pair in zip(low, high, strict=True)]
    assert overruns(wide) == 0
    for axis in range(3):
        for side, extreme in enumerate((extent_mm["min"][axis], extent_mm["max"][axis])):
            narrow = [list(pair) for pair in wide]
            narrow[axis][side] = extreme + (slack, -slack)[side]
            if narrow[axis][0] < narrow[axis][1]:
                assert overruns(narrow) > 0, ("xyz"[axis], side)
