"""How full the line was, moment by moment, for the plots of the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.control import Line, State

FIRST_EVERY_S = 60.0
MOST = 2000  # moments kept; with more of them every second one is dropped


class Levels:
    """Units finished and in process by material, and in each queue, at even distances in time.

    The distance doubles as the run grows longer, so that any run fits in the same memory. A `snapshot.Part`.
    """

    def __init__(self) -> None:
        self.every_s = FIRST_EVERY_S
        self._rows: list[NDArray[np.int64]] = []

    def until(self, time_s: float, line: Line, state: State) -> None:
        """Nothing changes before `time_s`: note the moments up to then."""
        while len(self._rows) * self.every_s <= time_s:
            self._rows.append(self._row(line, state))
            if len(self._rows) > MOST:
                del self._rows[1::2]
                self.every_s *= 2.0

    @staticmethod
    def _row(line: Line, state: State) -> NDArray[np.int64]:
        materials, queues = int(line.plant.materials[0]), int(line.plant.queues[0])
        finished, wip = state.material_tally.finished[:materials], state.material.wip[:materials]
        return np.concatenate([finished, wip, state.queue.count[:queues]])

    def series(self) -> NDArray[np.int64]:
        """The levels (moments, finished by material, in process by material, in queue by queue)."""
        return np.array(self._rows)

    # ------------------------------------------------------------ in snapshots

    def save(self) -> Mapping[str, NDArray[Any]]:
        """The moments so far, each as its difference to the one before: small numbers, quickly packed."""
        return {"every_s": np.array(self.every_s), "steps": np.diff(self.series(), axis=0, prepend=0).astype(np.int32)}

    def fits(self, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Is that what `save` wrote?"""
        return arrays.keys() == {"every_s", "steps"} and arrays["steps"].ndim == 2

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from there."""
        self.every_s = float(arrays["every_s"])
        self._rows = list(np.cumsum(arrays["steps"], axis=0, dtype=np.int64))
