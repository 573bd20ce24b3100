"""The audit of corrections and signals, against the state that the control keeps."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "control"), str(TESTS / "plant")]

from quality_lines import by_steps  # noqa: E402

from linewright.journal.corrections import Corrections  # noqa: E402


def test_every_correction_is_on_record_with_old_new_and_reason() -> None:
    life = by_steps(
        {"mean": "10.05 mm"}, {"weight": 0.5}, {"life": 30}, width={"chart": {"rules": ["nelson1", "nelson2"]}}
    )
    audit = Corrections(life.names)
    for _ in range(300):
        commands = life.next() or []
        audit.witness(life.door.event[0], life.door.command[: len(commands)], life.state)
        if audit.corrections:
            assert audit.corrections[-1].new == pytest.approx(float(life.state.tool.offset[0]), abs=1e-15)
    told = audit.corrections
    assert all(one.old == before.new for before, one in pairwise(told))
    assert {one.why for one in told} == {"follows", "new tool"}
    follows = [one for one in told if one.why == "follows"]
    assert all(one.characteristic == "width" and one.value is not None and one.serial is not None for one in follows)
    assert all((one.value - 0.01) * (one.new - one.old) < 0 for one in follows[:1])
    assert all(s.machine == "mill" and s.characteristic == "width" for s in audit.signals)
    assert "rule 1" in audit.signals[0].what
