"""A small kernel, and one that calls another by its address."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from linewright.compiled import Address, Tables, apart, call_apart, kernel, of_arrays, opener, ordinal, part


class Numbers(Tables):
    """Numbers to be summed, and where the sum goes."""

    TABLES: ClassVar[dict[str, Any]] = {"number": np.float64, "total": np.float64}


open_numbers = opener(Numbers)


@part
def total_of(numbers, n):  # type: ignore[no-untyped-def]
    """The sum of the first so many."""
    total = 0.0
    for i in range(n):
        total += numbers.number[i]
    return total


@kernel
def add_up(numbers_at: Address, n: int, factor: float) -> int:
    """The sum of the first `n`, times a factor, into `total`; returns how many there are."""
    numbers = open_numbers(numbers_at)
    numbers.total[0] = factor * total_of(numbers, n)
    return len(numbers.number)


@kernel
def place_in_order(number: float) -> int:
    """The whole number that stands for a number."""
    return ordinal(number)


@apart
def doubled(numbers_at, _one, _two, place, a, b, x):  # type: ignore[no-untyped-def]
    """Twice the number at a place, as a whole number, and what came with it."""
    numbers = open_numbers(numbers_at)
    return int(2.0 * numbers.number[place] + a + b + x)


@kernel
def ask(numbers_at: Address, address: int, place: int) -> int:
    """What is doubled at a place, asked through an address."""
    numbers = open_numbers(numbers_at)
    return call_apart(address, numbers, numbers, numbers, place, 10, 20, 0.5)  # type: ignore[no-any-return]


@of_arrays
def twice(x):  # type: ignore[no-untyped-def]
    """What numba compiles in its usual way, and keeps in its own."""
    return 2.0 * x


@kernel
def double_all(numbers_at: Address) -> int:
    """Twice all numbers, in their places; returns how many there are."""
    numbers = open_numbers(numbers_at)
    for i in range(len(numbers.number)):
        numbers.number[i] = twice(numbers.number[i])
    return len(numbers.number)


def numbers() -> Numbers:
    """1, 2, 3, 4."""
    return Numbers(number=np.arange(1.0, 5.0), total=np.zeros(1))
