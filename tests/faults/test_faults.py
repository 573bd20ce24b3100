"""A short campaign of `make faults`: the same code, fewer faults."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_nothing_is_lost_or_done_twice() -> None:
    script = Path(__file__).with_name("campaign.py")
    words = [sys.executable, str(script), "--faults", "30", "--seed", "7", "--orders", "12", "--told"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["faults"] == 30 and found["chain_ok"]
    assert (found["lost"], found["doubled"], found["jobs_twice"], found["broken"]) == (0, 0, 0, [])
    assert found["jobs"] > 12 * 6  # the machines did work, and the judge saw it
