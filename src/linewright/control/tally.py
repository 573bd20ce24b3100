"""Sums kept while the line runs: time by machine state, active periods, lead times.

Time averages need no areas: by Little's law the area under a level is the sum of the times that units spent
there, plus what those still there have spent (`twin.results` adds that).
"""

from __future__ import annotations

from linewright.compiled import hot, ordinal, part
from linewright.control.codes import N_STATES, MachineState
from linewright.control.state import BINS_PER_OCTAVE, FIRST_OCTAVE, LEAD_BINS

# a lead time's bin is told by how a number is kept: its exponent, 1023 for 1, and the first of 52 binary places
PLACES_BELOW = 53 - BINS_PER_OCTAVE.bit_length()
FIRST_BIN = (1023 + FIRST_OCTAVE) * BINS_PER_OCTAVE


@hot
def enter_state(state, m, new):
    """Machine `m` is in state `new` from now on."""
    machine = state.machine[m]
    old = machine.state
    if old == new:
        return
    now = state.g[0].now_s
    state.state_s[m * N_STATES + old] += now - machine.since_s
    machine.since_s = now
    machine.state = new
    active = 0 if new == MachineState.STARVED or new == MachineState.BLOCKED or new == MachineState.OFF_SHIFT else 1
    if active != machine.active:
        machine.active = active
        if active == 1:
            machine.active_since_s = now
        else:
            tally = state.machine_tally[m]
            tally.active_n += 1
            tally.active_s += now - machine.active_since_s


@part
def note_lead_time(state, material, lead_s):
    """A unit of the material was finished `lead_s` after it came into the line."""
    tally = state.material_tally[material]
    tally.finished += 1
    tally.lead_s += lead_s
    tally.lead2_s += lead_s * lead_s
    b = (ordinal(max(lead_s, 0.0)) >> PLACES_BELOW) - FIRST_BIN
    state.lead_bins[material * LEAD_BINS + min(max(b, 0), LEAD_BINS - 1)] += 1
