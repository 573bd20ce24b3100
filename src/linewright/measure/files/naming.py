"""Small helpers that every format needs: names that are keys, and sums as a drawing writes them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal


def unique_keys(names: list[str]) -> list[str]:
    """The names themselves; the second, third ... of the same name gets " #2", " #3"."""
    given = set(names)
    used: set[str] = set()
    count: Counter[str] = Counter()
    keys = []
    for name in names:
        key = name
        while key in used or (key != name and key in given):
            count[name] += 1
            key = f"{name} #{count[name] + 1}"
        used.add(key)
        keys.append(key)
    return keys


def add_exactly(first: float, second: float) -> float:
    """The sum of two numbers as they are written: 3.3 + -0.2 is 3.1, not 3.0999999999999996."""
    return float(Decimal(repr(first)) + Decimal(repr(second)))
