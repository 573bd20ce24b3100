"""A short run of `make nist-live`: the same code, two assemblies."""

from __future__ import annotations

from pathlib import Path

import pytest
from nist_live import is_good, live_run


@pytest.mark.slow
def test_the_box_line_over_opc_ua_killed_once(tmp_path: Path) -> None:
    found = live_run(tmp_path, 2, "14400x")
    assert is_good(found), found
    assert found["operations"] >= 2 * 17 and found["jobs_open_at_kill"] and found["values_compared"], found
