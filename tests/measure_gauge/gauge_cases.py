"""Comparison with figures that come with their tolerance, and where those are."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np


def reference_folder() -> Path | None:
    """The pack of checks beside the repository; None where it is not at hand."""
    root = Path(__file__).resolve().parents[2]
    named = os.environ.get("LINEWRIGHT_REFERENCE")
    places = (
        [Path(named)]
        if named
        else [root.parent / "shared/reference", root.parent.parent / "shared/reference"]
    )
    return next((place for place in places if (place / "quality").is_dir()), None)


def agrees(value: object, expected: tuple[object, float]) -> bool:
    """Within the stated tolerance, element by element."""
    wanted, tolerance = expected
    return bool(np.all(np.abs(np.asarray(value, float) - np.asarray(wanted, float)) <= tolerance))
