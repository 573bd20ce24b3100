"""What is pending in the nature of virtual machines, for snapshots: they go on without a rehearsal of the past."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.twin.tables import Nature

# what changes in a nature; all else follows from the plant
CHANGES = ("case", "source", "truth", "stream", "clock", "machine", "rings_s", "tree", "failure_s", "made")


class Pending:
    """Part of a snapshot (`live.snapshot.Part`): clocks, work under way, luck to come, true values of the units."""

    def __init__(self, nature: Nature, seed: int) -> None:
        self.nature = nature
        self._laws = np.frombuffer(laws_of(nature, seed), np.uint8)

    def save(self) -> Mapping[str, NDArray[Any]]:
        """What is pending, and whose laws it follows."""
        return {name: np.asarray(self.nature.lasting(name)) for name in CHANGES} | {"laws": self._laws}

    def fits(self, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Did the same nature save these? True values take room with the units, all else is as large as ever."""
        if arrays.keys() != {*CHANGES, "laws"} or not np.array_equal(arrays["laws"], self._laws):
            return False
        return all(
            arrays[name].dtype == Nature.TABLES[name]
            and arrays[name].ndim == 1
            and (name == "made" or len(arrays[name]) == len(getattr(self.nature, name)))
            for name in CHANGES
        )

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Let nature go on from there."""
        for name in CHANGES:
            array = arrays[name].copy()
            if field := Nature.ADDRESSES.get(name):
                array[field] = getattr(self.nature, name)[field]
            setattr(self.nature, name, array.view(np.recarray) if array.dtype.names else array)
        self.nature.locate()


def laws_of(nature: Nature, seed: int) -> bytes:
    """Digest (32) of what does not change: laws, shares, how tables are laid out, the seed of all luck."""
    digest = hashlib.sha256(f"{seed} {Nature.TABLES}".encode())
    for name in Nature.TABLES:
        if name not in CHANGES:
            digest.update(name.encode() + np.ascontiguousarray(getattr(nature, name)).tobytes())
    return digest.digest()
