"""A short run of `make nist-live`: the same code, two assemblies."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_box_line_over_opc_ua_killed_once() -> None:
    script = Path(__file__).with_name("nist_live.py")
    words = [sys.executable, str(script), "--assemblies", "2", "--speed", "14400x"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found["finished"] == found["traced"] == found["assemblies"] == 2
    assert found["operations"] == found["counted_by_machines"] >= 2 * 17
    assert found["jobs_open_at_kill"] and found["values_compared"] >= 8
    assert (found["values_unlike"], found["lost_or_doubled"], found["jobs_left_open"]) == (0, 0, 0)
    assert found["report_equal"] and found["chain_ok"]
