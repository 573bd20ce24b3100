"""Whether a line has come to a stand: seen by looking back every four weeks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.control import MachineState, State

STILL_S = 4 * 7 * 86400.0  # nothing moved for so long: nothing will (four weeks of the calendar)
AT_WORK = (MachineState.PROCESSING, MachineState.SETUP, MachineState.TOOL_CHANGE, MachineState.NOT_READY)


class Standing:
    """Looks at the line when it is due, at replayed events too: a restart forgets nothing of it. A `snapshot.Part`."""

    def __init__(self, state: State, now_s: float) -> None:
        self.still = False  # nothing moved for weeks, with all orders here and nothing under way that could end
        self._moved, self._looked_s = moves_of(state), now_s

    def is_due(self, now_s: float) -> bool:
        """Is it time to look again?"""
        return now_s - self._looked_s >= STILL_S

    def look(self, now_s: float, state: State, all_here: bool) -> None:
        """The line after an event; `all_here`: no order is to come."""
        before, self._moved, self._looked_s = self._moved, moves_of(state), now_s
        at_work = np.isin(state.machine.state, AT_WORK).any() or state.material.on_order.any()
        self.still = self._moved == before and all_here and not at_work

    def save(self) -> Mapping[str, NDArray[Any]]:
        """What was seen."""
        return {"moved": np.array(self._moved), "looked_s": np.array(self._looked_s), "still": np.array(self.still)}

    def fits(self, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Is that what `save` wrote?"""
        return arrays.keys() == self.save().keys() and arrays["moved"].shape == (len(self._moved),)

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from there."""
        self._moved, self._looked_s = tuple(arrays["moved"].tolist()), float(arrays["looked_s"])
        self.still = bool(arrays["still"])


def moves_of(state: State) -> tuple[int, ...]:
    """Counts of which one grows whenever anything moves."""
    started, released = int(state.operation_tally.started.sum()), int(state.material_tally.released.sum())
    return started, released, int(state.queue.joined.sum())
