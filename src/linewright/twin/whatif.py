"""What if: the same futures of a running line with one thing changed.

Both futures are drawn with the same seed from the same state, so that they see the same luck and their
difference is that of the change.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from linewright.control.codes import NONE, Event
from linewright.control.line import Line, Names
from linewright.control.state import State, records
from linewright.plant.model import Plant, Vehicles
from linewright.twin.forecast import Planned


def machine_out(state: State, machine: int, length_s: float) -> list[Planned]:
    """A machine is taken out now and given back after `length_s`."""
    now_s = float(state.g[0].now_s)
    return [
        (int(Event.MACHINE_HELD), machine, int(NONE), int(NONE), now_s, 0.0),
        (int(Event.MACHINE_RELEASED), machine, int(NONE), int(NONE), now_s + length_s, 0.0),
    ]


def order_first(state: State, row: int) -> list[Planned]:
    """The order in `row` of the order file, with the orders for its components, goes before all others."""
    now_s, open_orders = float(state.g[0].now_s), state.order.view(np.ndarray)
    taken = taken_places(state)
    first = min((float(open_orders["priority"][slot]) for slot in taken), default=0.0) - 1.0
    mine = [slot for slot in taken if int(open_orders["number"][slot]) == row]
    return [(int(Event.PRIORITY_SET), slot, int(NONE), int(NONE), now_s, first) for slot in mine]


def taken_places(state: State) -> list[int]:
    """The places in the pool of orders that hold an open order."""
    after = state.order.view(np.ndarray)["next"].tolist()
    free, slot = set(), int(state.g[0].free_order)
    for _ in range(int(state.g[0].free_orders)):
        free.add(slot)
        slot = after[slot]
    return [slot for slot in range(len(after)) if slot not in free]


def one_more_vehicle(
    plant: Plant, line: Line, names: Names, state: State, pool: str
) -> tuple[Plant, Line, Names, State]:
    """The same line at the same moment with one more vehicle, idle, where those of its pool start."""
    fleets = [name for name, one in plant.transport.items() if isinstance(one, Vehicles)]
    p, fleet = fleets.index(pool), plant.transport[pool]
    assert isinstance(fleet, Vehicles)
    first = int(line.pool[p].first_vehicle)
    place = first + int(line.pool[p].n_vehicles)
    more = fleet.model_copy(update={"vehicles": fleet.vehicles + 1})
    pools, vehicles = line.pool.copy(), np.insert(line.vehicle, place, line.vehicle[place - 1])
    pools.n_vehicles[p] += 1
    pools.first_vehicle[p + 1 :] += 1
    fleet_names = [f"{pool}-{k + 1}" for k in range(fleet.vehicles + 1)]
    words = [*names.vehicles[:first], *fleet_names, *names.vehicles[place:]]
    return (
        plant.model_copy(update={"transport": {**plant.transport, pool: more}}),
        Line(**{**line.arrays(), "pool": pools, "vehicle": vehicles.view(np.recarray)}),
        replace(names, vehicles=words),
        _with_vehicle(state, place, int(line.vehicle[place - 1].home)),
    )


def _with_vehicle(state: State, place: int, home: int) -> State:
    idle = records(1, state.vehicle.dtype)
    idle.unit, idle.queue, idle.at = NONE, NONE, home
    idle.since_s = state.g[0].now_s
    units = state.unit.copy()
    units.vehicle[units.vehicle >= place] += 1
    vehicles = np.insert(state.vehicle, place, idle[0])
    arrays = {name: array.copy() for name, array in state.arrays().items()}
    return State(**{**arrays, "unit": units, "vehicle": vehicles.view(np.recarray)})
