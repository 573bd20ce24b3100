"""Comparison with figures that come with their tolerance."""

from __future__ import annotations

import numpy as np


def agrees(value: object, expected: tuple[object, float]) -> bool:
    """Within the stated tolerance, element by element."""
    wanted, tolerance = expected
    return bool(np.all(np.abs(np.asarray(value, float) - np.asarray(wanted, float)) <= tolerance))
