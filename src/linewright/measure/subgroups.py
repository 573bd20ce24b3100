"""Rational subgroups: measurements grouped as they were taken, of equal or of varying size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linewright.compiled import of_arrays
from linewright.errors import InputError, Problem
from linewright.measure.checks import as_floats, clean_table, clean_values

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@of_arrays
def _summarise(values, starts, mean, sd, spread):  # type: ignore[no-untyped-def]
    """Mean, standard deviation (n - 1; zero for one value) and range of each group, into the last three."""
    for g in range(starts.size - 1):
        first, stop = starts[g], starts[g + 1]
        low = high = values[first]
        total = 0.0
        for i in range(first, stop):
            v = values[i]
            total += v
            low = min(low, v)
            high = max(high, v)
        m = total / (stop - first)
        squares = 0.0
        drift = 0.0  # what rounding left in the mean
        for i in range(first, stop):
            d = values[i] - m
            squares += d * d
            drift += d
        n = stop - first
        mean[g] = m + drift / n
        sd[g] = np.sqrt(max(squares - drift * drift / n, 0.0) / (n - 1)) if n > 1 else 0.0
        spread[g] = high - low


@of_arrays
def _find_medians(values, starts, median):  # type: ignore[no-untyped-def]
    """Median of each group, into `median`."""
    for g in range(starts.size - 1):
        median[g] = np.median(values[starts[g] : starts[g + 1]])


@dataclass(frozen=True)
class Subgroups:
    """Measurements in the order they were taken, cut into subgroups."""

    values: FloatArray  # (N,)
    starts: IntArray  # (m + 1,): subgroup g is values[starts[g]:starts[g + 1]]
    sizes: IntArray  # (m,)
    mean: FloatArray  # (m,)
    sd: FloatArray  # (m,), n - 1 in the denominator; zero for a subgroup of one
    range: FloatArray  # (m,)

    def __len__(self) -> int:
        return self.sizes.size

    def __iter__(self) -> Iterator[FloatArray]:
        for g in range(len(self)):
            yield self.values[self.starts[g] : self.starts[g + 1]]

    @property
    def common_size(self) -> int:
        """The size of every subgroup; 0 where they differ."""
        first = int(self.sizes[0])
        return first if bool(np.all(self.sizes == first)) else 0

    @property
    def median(self) -> FloatArray:
        """Median of each subgroup, shape (m,)."""
        out = np.empty(len(self))
        _find_medians(self.values, self.starts, out)
        return out

    def keep(self, chosen: NDArray[np.bool_]) -> Subgroups:
        """The subgroups where `chosen` (m,) is true."""
        if bool(np.all(chosen)):
            return self
        sizes = self.sizes[chosen]
        values = self.values[np.repeat(chosen, self.sizes)]
        starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        return Subgroups(values, starts, sizes, self.mean[chosen], self.sd[chosen], self.range[chosen])


def _assemble(values: FloatArray, sizes: IntArray) -> Subgroups:
    starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    mean, sd, spread = (np.empty(sizes.size) for _ in range(3))
    _summarise(values, starts, mean, sd, spread)
    return Subgroups(values, starts, sizes, mean, sd, spread)


def _singles(values: FloatArray) -> Subgroups:
    """Individual values: subgroups of one, without a spread."""
    n = values.size
    none = np.broadcast_to(np.zeros(1), (n,))
    sizes = np.broadcast_to(np.ones(1, dtype=np.int64), (n,))
    return Subgroups(values, np.arange(n + 1), sizes, values, none, none)


def _from_labels(values: FloatArray, labels: Sequence[object]) -> Subgroups:
    if len(labels) != values.size:
        text = f"{len(labels)} labels for {values.size} values"
        raise InputError([Problem(text, key="by")])
    cuts = [0] + [i for i in range(1, len(labels)) if labels[i] != labels[i - 1]] + [len(labels)]
    seen = [labels[i] for i in cuts[:-1]]
    if len(set(seen)) != len(seen):
        text = "the members of a subgroup do not stand together"
        raise InputError([Problem(text, key="by", hint="sort by subgroup")])
    return _assemble(values, np.diff(cuts).astype(np.int64))


def subgroups(data: ArrayLike | Subgroups, by: Sequence[object] | None = None) -> Subgroups:
    """Subgroups from rows of a table (m, n), a list of lists of any sizes, or one row and labels `by`.

    One row without labels is individual values: subgroups of one.
    """
    if isinstance(data, Subgroups):
        return data
    if by is not None:
        return _from_labels(clean_values(data, "values"), list(by))
    if isinstance(data, list | tuple) and data and all(np.ndim(row) == 1 for row in data):
        rows = [clean_values(row, f"subgroups[{i}]") for i, row in enumerate(data)]
        sizes = np.array([row.size for row in rows], dtype=np.int64)
        return _assemble(np.concatenate(rows), sizes)
    array = as_floats(data, "subgroups")
    if array.ndim == 1:
        return _singles(clean_values(data, "values"))
    table = clean_table(array, "subgroups")
    sizes = np.full(table.shape[0], table.shape[1], dtype=np.int64)
    return _assemble(table.ravel(), sizes)
