"""Input checks of the room: every number that reaches a formula came through one of these doors."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linewright.errors import InputError, Problem, nearest

FloatArray = NDArray[np.float64]


def as_floats(values: ArrayLike, name: str) -> FloatArray:
    """Doubles of any shape; text, dates, complex and masked numbers are an `InputError`, never converted."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        hint = "mend the record, or leave the points out and say so"
        raise InputError([Problem("masked values have no number", key=name, hint=hint)])
    try:
        raw = np.asarray(values)
        if raw.dtype.kind not in "biufO":
            raise TypeError(f"{raw.dtype} is not a kind of number")
        return np.asarray(raw, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise InputError([Problem(f"not numbers of one shape: {fault}", key=name)]) from None


def require_finite(array: FloatArray, name: str) -> FloatArray:
    """The array itself; an error that names the first value that is not a finite number."""
    # one pass over the sum sees almost every healthy array; only a suspicious one is searched
    if array.size and not math.isfinite(float(np.sum(array))):
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            place = ", ".join(str(i + 1) for i in bad[0])
            value = array[tuple(bad[0])]
            hint = "mend the record, or leave the point out and say so"
            raise InputError([Problem(f"value {place} is {value}, not a finite number", key=name, hint=hint)])
    return array


def clean_values(values: ArrayLike, name: str = "values", at_least: int = 1) -> FloatArray:
    """Finite numbers in one row, shape (n,), n >= `at_least`; anything else is an `InputError`."""
    array = as_floats(values, name)
    if array.ndim != 1:
        raise InputError([Problem(f"expected one row of numbers, not shape {array.shape}", key=name)])
    if array.size < at_least:
        raise InputError([Problem(f"{array.size} values, at least {at_least} are needed", key=name)])
    return require_finite(np.ascontiguousarray(array), name)


def clean_table(values: ArrayLike, name: str = "values", at_least: tuple[int, int] = (1, 1)) -> FloatArray:
    """Finite numbers in rows and columns, shape (m, n), at least that many of each."""
    array = as_floats(values, name)
    if array.ndim != 2:
        raise InputError([Problem(f"expected rows and columns, not shape {array.shape}", key=name)])
    if array.shape[0] < at_least[0] or array.shape[1] < at_least[1]:
        need = f"at least {at_least[0]} rows of {at_least[1]} are needed"
        raise InputError([Problem(f"{array.shape[0]} rows of {array.shape[1]}: {need}", key=name)])
    return require_finite(np.ascontiguousarray(array), name)


def clean_counts(values: ArrayLike, name: str, at_least: int = 1) -> FloatArray:
    """Whole numbers of at least zero in one row, as doubles."""
    array = clean_values(values, name, at_least)
    wrong = np.flatnonzero((array < 0) | (array != np.floor(array)))
    if len(wrong):
        i = int(wrong[0])
        raise InputError([Problem(f"value {i + 1} is {array[i]:g}, not a count", key=name)])
    return array


def finite(value: float, name: str) -> float:
    """One finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError([Problem(f"{value!r} is not a number", key=name)]) from None
    if not math.isfinite(number):
        raise InputError([Problem(f"{number} is not a finite number", key=name)])
    return number


def positive(value: float, name: str) -> float:
    """One finite number above zero."""
    number = finite(value, name)
    if number <= 0.0:
        raise InputError([Problem(f"{number:g} must be above zero", key=name)])
    return number


def between(value: float, low: float, high: float, name: str) -> float:
    """One number strictly between two bounds."""
    number = finite(value, name)
    if not low < number < high:
        raise InputError([Problem(f"{number:g} must lie between {low:g} and {high:g}", key=name)])
    return number


def whole(value: int, name: str, at_least: int = 1) -> int:
    """One whole number of at least `at_least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < at_least:
        raise InputError([Problem(f"{value!r} must be a whole number of at least {at_least}", key=name)])
    return int(value)


def choice(value: str, choices: Iterable[str], name: str) -> str:
    """One of the named choices; an error names the nearest."""
    names = list(choices)
    if value not in names:
        raise InputError([Problem(f"{value!r} is not known", key=name, hint=nearest(str(value), names))])
    return value
