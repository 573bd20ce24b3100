"""What comes out: the true values of made units, compiled apart, as only plants with characteristics need them.

A unit's value is made when a machine of its station finishes it: where the process stands, how it scatters from unit
to unit, how that machine differs from the others and has wandered, how its tool sits and has worn, an upset that
nobody has looked at yet, and the offset that the control has set. A characteristic that no station makes is there
from the start.
"""

from __future__ import annotations

import math

from linewright.compiled import apart, seldom
from linewright.control.codes import NONE
from linewright.control.line import open_line
from linewright.control.state import open_state
from linewright.twin.random import normal, uniform
from linewright.twin.tables import BETWEEN, GAUGE_STREAMS, MORE_STREAMS, SCATTER, UPSET, WANDER, open_nature

RELEASED, MADE, LEFT, LOOKED = 0, 1, 2, 3  # what has happened


@seldom
def stream_of(nature, c, which):
    """The random stream of characteristic `c` for what varies besides the unit and the gauge."""
    return nature.case[0].stream_more + MORE_STREAMS * c + which


@seldom
def begin_values(nature, u, material):
    """A new unit: values of its own material's characteristics; nan marks those of others."""
    case = nature.case[0]
    n = case.characteristics
    for c in range(n):
        law = nature.characteristic[c]
        nature.made[u * n + c] = math.nan
        if law.material == material:
            value = law.centre
            if law.station == NONE:
                value += law.sd * normal(nature.stream, case.stream_value + GAUGE_STREAMS * c)
                note_made(nature, c, value)
            nature.made[u * n + c] = value


@seldom
def make_values(line, state, nature, m):
    """Machine `m` has finished its pieces: the values of what its station makes."""
    s = line.machine[m].station
    n = nature.case[0].characteristics
    u = state.machine[m].unit
    for _ in range(state.machine[m].pieces):
        for c in range(n):
            law = nature.characteristic[c]
            if law.station == s and law.material == state.unit[u].material:
                value = make(line, state, nature, m, c)
                note_made(nature, c, value)
                note_difference(nature, c, m - line.station[s].first_machine, value)
                nature.made[u * n + c] = value
        u = state.unit[u].next


@seldom
def make(line, state, nature, m, c):
    """One value of characteristic `c`, made on machine `m`."""
    law = nature.characteristic[c]
    station = line.station[line.machine[m].station]
    source = nature.source[law.first_source + m - station.first_machine]
    if source.known == 0:
        source.known = 1
        source.level = law.between * normal(nature.stream, stream_of(nature, c, BETWEEN))
        source.changes = NONE
    value = law.centre + law.sd * normal(nature.stream, nature.case[0].stream_value + GAUGE_STREAMS * c)
    if law.wander > 0.0:
        source.level += law.wander * normal(nature.stream, stream_of(nature, c, WANDER))
    if law.upset_share > 0.0:
        upset(nature, c, law, source)
    value += source.level + source.upset
    if law.tool != NONE:
        tool = state.tool[line.machine[m].first_tool + law.tool]
        if source.changes != tool.changes:
            source.changes = tool.changes
            source.sits = law.scatter * normal(nature.stream, stream_of(nature, c, SCATTER))
        life = line.tool[station.first_tool + law.tool].life
        value += source.sits + law.wear * tool.used / life + law.gain * tool.offset
    return value


@seldom
def upset(nature, c, law, source):
    """Does an assignable cause strike before this unit? There is one at a time."""
    stream = stream_of(nature, c, UPSET)
    if source.upset == 0.0 and uniform(nature.stream, stream) < law.upset_share:
        source.upset = law.upset_by if uniform(nature.stream, stream) < 0.5 else -law.upset_by


@seldom
def note_made(nature, c, value):
    """Count a value as it was made."""
    law = nature.characteristic[c]
    truth = nature.truth[c]
    apart_by = value - law.centre
    truth.made += 1
    truth.made_outside += 1 if value < law.low or value > law.high else 0
    truth.made_sum += apart_by
    truth.made_sum2 += apart_by * apart_by


@seldom
def note_difference(nature, c, j, value):
    """Squared difference from the value before it on the same machine: what scatter within it is known by."""
    source = nature.source[nature.characteristic[c].first_source + j]
    if source.known > 1:
        nature.truth[c].differences += 1
        nature.truth[c].difference2 += (value - source.last) ** 2
    source.known = 2
    source.last = value


@seldom
def unit_left(nature, u):
    """A unit leaves the line, or is built in, as it is."""
    n = nature.case[0].characteristics
    for c in range(n):
        value = nature.made[u * n + c]
        if not math.isnan(value):
            law = nature.characteristic[c]
            truth = nature.truth[c]
            apart_by = value - law.centre
            truth.left += 1
            truth.left_outside += 1 if value < law.low or value > law.high else 0
            truth.left_sum += apart_by
            truth.left_sum2 += apart_by * apart_by


@seldom
def machine_looked_at(line, nature, m):
    """Somebody has looked at machine `m`, found what was wrong, and put it right."""
    s = line.machine[m].station
    for c in range(nature.case[0].characteristics):
        law = nature.characteristic[c]
        if law.station == s:
            nature.source[law.first_source + m - line.station[s].first_machine].upset = 0.0


@apart
def values_apart(line_at, state_at, nature_at, what, a, b, _):
    line, state, nature = open_line(line_at), open_state(state_at), open_nature(nature_at)
    if what == RELEASED:
        begin_values(nature, a, b)
    elif what == MADE:
        make_values(line, state, nature, a)
    elif what == LEFT:
        unit_left(nature, a)
    else:
        machine_looked_at(line, nature, a)
    return 0
