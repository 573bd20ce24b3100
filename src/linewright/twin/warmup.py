"""The warm-up: forget it exactly, and find how long it takes.

Truncation by MSER-5 of one run covers far too little (0.62 for a nominal 0.95 on M/M/1 at 0.8): its cut
chases the noise of that run. Here the cut is found on the average of several pilot runs, on the whole line's
level and output, doubled, and never below a tenth of the pilot.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from linewright.control.line import Line
from linewright.control.state import State
from linewright.twin.observe import living, spent_in_queue, spent_on_line
from linewright.twin.statistics import mser

SAFETY = 2.0
LEAST_SHARE = 0.1


def reset_tallies(line: Line, state: State) -> None:
    """All sums begin anew at this moment, in place; what units and machines have spent so far is not
    counted.
    """
    plant, g = line.plant[0], state.g[0]
    now_s = float(g.now_s)
    materials, queues = int(plant.materials), int(plant.queues)
    alive = living(state)
    on_line, in_queue = spent_on_line(state, alive, materials), spent_in_queue(state, alive, queues)
    for tally in (
        state.material_tally,
        state.operation_tally,
        state.machine_tally,
        state.check_tally,
        state.state_s,
        state.lead_bins,
    ):
        tally[:] = np.zeros(1, tally.dtype)[0]
    state.material_tally.residence_fix_s[:materials] = on_line
    state.queue.wait_s = 0.0
    state.queue.joined = state.queue.left = 0
    state.queue.wait_fix_s[:queues] = in_queue
    state.machine.since_s = now_s
    state.machine.active_since_s = now_s
    for people in (state.crew, state.vehicle):
        people.busy_s = 0.0
        people.since_s = now_s
    g.tally_since_s = now_s


def warm_up_share(wip: NDArray[np.float64], finished: NDArray[np.float64]) -> float:
    """The share of pilot runs to cut, from levels and counts (pilots, moments); above 0.5: pilots too
    short.
    """
    moments = wip.shape[1]
    output = np.diff(finished.mean(axis=0))
    cut = max(mser(wip.mean(axis=0)), mser(output))
    return float(max(SAFETY * cut / moments, LEAST_SHARE))
