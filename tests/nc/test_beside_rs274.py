"""LinuxCNC's `rs274` beside our interpreter: what it answered to programs written for the purpose, and, where it is
installed, what it answers to programs drawn at random (`make beside-rs274` draws more).
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from beside import programs, rs274
from beside.campaign import case_of, differences

RECORDED = [json.loads(line) for line in (Path(__file__).parent / "recorded.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("part", range(8))
def test_recorded_answers_are_ours(part: int) -> None:
    wrong = []
    for entry in RECORDED[part::8]:
        found, ours = differences(case_of("recorded", entry["program"]), entry["expect"])
        fault, want = ours.get("error"), entry["expect"].get("error")
        if want is not None and fault is not None and fault["category"] != want["category"]:
            found.append(f"category {fault['category']}, not {want['category']}")
        if found:
            wrong.append((entry["program"], found))
    assert not wrong


@pytest.mark.skipif(rs274.find() is None, reason="rs274 is not installed")
@pytest.mark.parametrize("seed", range(4))
def test_random_programs_are_read_alike(seed: int) -> None:
    interpreter = rs274.find()
    assert interpreter is not None
    agree, count = 0, 10
    for k in range(count):
        case = case_of("drawn", programs.drawn(random.Random(1000 * seed + k), bad=0.2))
        expected = rs274.run(case, interpreter)
        found, _ = differences(case, expected)
        agree += not found
    assert agree >= count - 1  # its own oddities are not all ours


def test_calls_of_rs274_are_read() -> None:
    line = "   11 N40    ARC_FEED(20.0000, 2.0000, 15.0000, 2.0000, -1, -1.0000, 0.0000, 0.0000, 0.0000)"
    call = rs274.read_call(line)
    assert call is not None
    assert (call["op"], call["n"], call["turns"], call["e3"]) == ("ARC_FEED", 40, -1, -1.0)
    assert rs274.read_call("executing") is None
    assert rs274.category_of("Negative f word used") == "range"
    assert rs274.line_of("G0\nG1 X1\nM2\n", "G1 X1") == 2
