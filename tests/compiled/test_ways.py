"""Which way branches go is counted exactly, told only of sources that were counted, and true of today's."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

from test_compiled import said

from linewright.compiled import ways

COUNT = (
    "import sums; all = sums.numbers(); sums.add_up(all.address, 3, 0.5); from linewright.compiled import ways; "
    "print([(place, *pair) for (name, _, place), pair in ways.counts().items() if name == 'sums:total_of'])"
)


def test_branches_are_counted(tmp_path: Path) -> None:
    assert said(COUNT, tmp_path, LINEWRIGHT_COUNT_WAYS="1") == "[('4.0', 3, 1)]"
    assert not list(tmp_path.rglob("*.code"))  # it would count at an address of another process


def test_counts_of_another_source_are_not_used() -> None:
    function = "linewright.control.flow:attend"
    known = json.loads(ways.FILE.read_text(encoding="utf-8"))[function]
    assert ways.usual_ways(function, known["source"]) == known["ways"] != {}
    assert ways.usual_ways(function, "0" * 8) == {}


def test_most_counts_are_of_the_sources_as_they_are() -> None:
    """Where this fails the code is right but slower than it could be: `make ways` counts again."""
    counted = json.loads(ways.FILE.read_text(encoding="utf-8"))
    stale = [name for name, known in counted.items() if _digest_of(name) != known["source"]]
    assert len(stale) <= len(counted) // 10, stale


def _digest_of(name: str) -> str:
    module, _, function = name.partition(":")
    found = getattr(importlib.import_module(module), function, None)
    return ways.digest_of(getattr(found, "py_func", found)) if found is not None else ""
