"""All that changes while the line runs: a value that can be copied, stored, loaded, forked and compared.

`State` is a NamedTuple of record arrays. Lists (queues, idle machines, waiting units) are chained through
`next` fields, so a step allocates nothing. Tallies (time by machine state, waits, lead times) are part of the
state: the running line and the twin report from the very same sums.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any, ClassVar

import numpy as np

from linewright.compiled import Tables, opener
from linewright.control.codes import N_STATES, NONE
from linewright.control.line import Line, Records, record

# agenda_n: stations to attend to; crews_called: crews whose free people are to be sent on
# need_room: the pools are full, the caller must grow them; arrived: rows of the order file that have
# refused: why nothing came of what a person last asked for (a Refusal)
GLOBAL = record(
    "free_unit free_units free_order free_orders serial agenda_n crews_called need_room commands row events finished "
    "samples refused arrived",
    "now_s tally_since_s next_sample_s",
)
# held: stands in the outbox; stopped: by a person (a Stop); aside: the queue where its place is kept meanwhile
UNIT = record(
    "order serial heading reworks failed_operation vehicle bad aside trip skipped skipped_at recalled resume loop "
    "counted material",
    "due_s priority released_s entered_s",
    "next queue operation reached source stopped machine station next_blocked awaits held",
)
# left: units that have not gone on yet; blocked: the first of those that stand on it (then `unit.next_blocked`)
# pieces: units of the cycle under way; interrupted: 2 where the work must then begin anew
MACHINE = record(
    "set_for wish next_wish reserved tool_index looks",
    # began_s: when the work (or repair) under way began or went on; done_s: what was done of it before that
    "wish_since_s active_since_s since_s began_s done_s",
    "state stage unit units pieces task mode fault held alarm interrupted crew left blocked next_idle active",
)
# down: the failure mode that has stopped the whole station
STATION = record("idle idle_n on_agenda running present outbox_n wait_set outbox_freed freed rule down", "started")
QUEUE = record("head tail count reserved first_waiter last_waiter waiters joined left", "wait_s wait_fix_s")
SOURCE = record("next_mix first_order last_order waiting saturated_n", "last_s")
ORDER = record("next number material quantity to_release open good source derived stopped", "due_s priority arrived_s")
CREW = record("here busy called", "busy_s since_s")
SKILL = record("first last")
VEHICLE = record("unit at queue busy", "busy_s since_s")
POOL = record("first_request last_request")
LOOP = record("wip limit")
MATERIAL = record("wip on_order", "stock")
TOOL = record("spares waiting out changes", "used offset")
OPERATION = record("seen refused")
# quality; by machine that makes what is charted, or corrected
CHART = record("points n looks last_move signals", "last total total2 low high z kept up down")
CORRECTOR = record("parts changes stopped growing", "level slope p11 p12 p22 before")
SAMPLER = record("inspection left arriving deciding judged found full whole needed good run recent lots", "next_s")
MARK = record("machine changes", "offset")  # who made a unit, with which tool, and how that stood
# what the quality plan answers; are there units still to turn round that were called back?
VERDICT = record("signals machine tool why recalls", "correction")
# tallies
CHECK_TALLY = record("measured outside signals corrections holds recalled", "total total2 moved")
MATERIAL_TALLY = record(
    "released finished scrapped lost offered reworked orders_done orders_late",
    "lead_s lead2_s residence_s residence_fix_s tardiness_s order_lead_s taken",
)
OPERATION_TALLY = record("started inspected first passed_first failed scrapped reworked")
MACHINE_TALLY = record("pieces failures active_n", "active_s")

BINS_PER_OCTAVE = 32  # of lead times
FIRST_OCTAVE = -8  # the first bin begins at 2**-8 s
LEAD_BINS = BINS_PER_OCTAVE * 40


class State(Tables):
    """The variable arrays of one line: one record for each thing of the kind, unless a comment says otherwise."""

    TABLES: ClassVar[dict[str, Any]] = {
        "g": GLOBAL,  # one
        "unit": UNIT,  # pool
        "machine": MACHINE,
        "station": STATION,
        "queue": QUEUE,
        "source": SOURCE,
        "order": ORDER,  # pool of open orders
        "crew": CREW,
        "skill": SKILL,
        "vehicle": VEHICLE,
        "pool": POOL,
        "loop": LOOP,
        "material": MATERIAL,
        "tool": TOOL,  # by machine and tool
        "operation": OPERATION,
        "chart": CHART,  # by chart and machine
        "memory": np.int64,  # (charts and machines * rules * 2) what each run rule remembers
        "corrector": CORRECTOR,  # by corrector and machine
        "sampler": SAMPLER,
        "count": np.int64,  # (samplers and machines) units that came from each, where they are counted so
        "mark": MARK,  # (units * notes)
        "verdict": VERDICT,  # one
        "check_tally": CHECK_TALLY,
        "material_tally": MATERIAL_TALLY,
        "operation_tally": OPERATION_TALLY,
        "machine_tally": MACHINE_TALLY,
        "state_s": np.float64,  # (machines * N_STATES) time in each state, s
        "lead_bins": np.int64,  # (materials * LEAD_BINS) lead times by logarithmic bin
        "agenda": np.int64,  # (stations)
        # (rows of the order file) when the order was done, inf: not yet, -inf: closed with nothing made
        "order_done_s": np.float64,
    }
    g: Records
    unit: Records
    machine: Records
    station: Records
    queue: Records
    source: Records
    order: Records
    crew: Records
    skill: Records
    vehicle: Records
    pool: Records
    loop: Records
    material: Records
    tool: Records
    operation: Records
    chart: Records
    memory: Records
    corrector: Records
    sampler: Records
    count: Records
    mark: Records
    verdict: Records
    check_tally: Records
    material_tally: Records
    operation_tally: Records
    machine_tally: Records
    state_s: Records
    lead_bins: Records
    agenda: Records
    order_done_s: Records


COMMAND = record("kind subject unit detail number", "amount time_s")
EVENT = record("kind subject detail number", "time_s amount")


def records(n: int, dtype: np.dtype[Any]) -> Records:
    """`n` zeroed records of a type (at least one, so that no array is empty)."""
    return np.zeros(max(n, 1), dtype).view(np.recarray)


class Door(Tables):
    """What passes through the door of the control: one event in, commands out."""

    TABLES: ClassVar[dict[str, Any]] = {"event": EVENT, "command": COMMAND}
    event: Records
    command: Records


def new_door(line: Line, units: int) -> Door:
    """A door with room for the commands of any one step."""
    return Door(event=records(1, EVENT), command=records(8 * units + 16 * len(line.machine) + 256, COMMAND))


def new_state(line: Line, units: int = 256, orders: int = 256) -> State:
    """The empty and idle line at time 0, with pools for so many units and open orders."""
    p = line.plant[0]
    n_machines = int(p.machines)
    state = State(
        g=records(1, GLOBAL),
        unit=records(units, UNIT),
        machine=records(n_machines, MACHINE),
        station=records(int(p.stations), STATION),
        queue=records(int(p.queues), QUEUE),
        source=records(int(p.sources), SOURCE),
        order=records(orders, ORDER),
        crew=records(int(p.crews), CREW),
        skill=records(int(p.skills), SKILL),
        vehicle=records(len(line.vehicle), VEHICLE),
        pool=records(len(line.pool), POOL),
        loop=records(int(p.loops), LOOP),
        material=records(int(p.materials), MATERIAL),
        tool=records(_machine_tools(line), TOOL),
        operation=records(int(p.operations), OPERATION),
        **_quality_state(line, units),
        material_tally=records(int(p.materials), MATERIAL_TALLY),
        operation_tally=records(int(p.operations), OPERATION_TALLY),
        machine_tally=records(n_machines, MACHINE_TALLY),
        state_s=np.zeros(n_machines * N_STATES),
        lead_bins=np.zeros(int(p.materials) * LEAD_BINS, np.int64),
        agenda=np.zeros(max(int(p.stations), 1), np.int64),
        order_done_s=np.full(len(line.order), np.inf),
    )
    _chain(state.unit, 0)
    _chain(state.order, 0)
    state.g.free_units, state.g.free_orders = units, orders
    _empty_lists(line, state)
    return state


def _quality_state(line: Line, units: int) -> dict[str, Any]:
    """What the quality plan remembers; charts and correctors have one record for each machine that they watch."""
    p = line.plant[0]
    charts, correctors = int(p.charts), int(p.correctors)
    sampler = records(len(line.sampler), SAMPLER)
    sampler.inspection = line.sampler.inspection
    return {
        "chart": records(charts, CHART),
        "memory": np.zeros(max(int(p.memory), 1), np.int64),
        "corrector": records(correctors, CORRECTOR),
        "sampler": sampler,
        "count": np.zeros(max(int(p.counts), 1), np.int64),
        "mark": records(units * int(p.notes), MARK),
        "verdict": records(1, VERDICT),
        "check_tally": records(len(line.check), CHECK_TALLY),
    }


def _machine_tools(line: Line) -> int:
    return int(sum(line.station.n_machines * line.station.n_tools))


def _chain(pool: Records, first: int) -> None:
    """The places of a pool from `first` on are free, one after the other."""
    if "serial" in (pool.dtype.names or ()):
        pool.serial[first:] = pool.skipped_at[first:] = NONE  # no unit is there
    pool.next[first:] = np.arange(first + 1, len(pool) + 1)
    pool.next[-1] = NONE


def _empty_lists(line: Line, state: State) -> None:
    for records_, fields in (
        (state.queue, "head tail first_waiter last_waiter"),
        (state.source, "next_mix first_order last_order"),
        (state.skill, "first last"),
        (state.pool, "first_request last_request"),
        (state.vehicle, "unit queue"),
        (state.machine, "unit task set_for next_idle crew next_wish mode reserved fault blocked alarm"),
        (state.station, "idle down"),
    ):
        for name in fields.split():
            records_[name] = NONE
    state.station.running = 1
    state.station.idle_n = line.station.n_machines[: len(state.station)]
    state.station.rule = line.station.rule[: len(state.station)]
    state.loop.limit = line.loop.limit[: len(state.loop)]
    for s, station in enumerate(line.station):
        state.station.idle[s] = station.first_machine if station.n_machines else NONE
        for k in range(station.n_machines):
            machine = station.first_machine + k
            state.machine.next_idle[machine] = machine + 1 if k + 1 < station.n_machines else NONE
            for j in range(station.n_tools):
                state.tool.spares[line.machine[machine].first_tool + j] = line.tool[station.first_tool + j].spares
    state.material.stock = line.material.stock
    state.vehicle.at = line.vehicle.home
    state.g.row = NONE
    state.g.next_sample_s = np.inf


def copy_state(state: State) -> State:
    """The same state in memory of its own: the fork of a line."""
    return State(**{name: array.copy() for name, array in state.arrays().items()})


def same_state(one: State, other: State) -> bool:
    """Are the two states equal, bit for bit?"""
    others = other.arrays()
    return all(array.tobytes() == others[name].tobytes() for name, array in one.arrays().items())


def grow(state: State, line: Line) -> State:
    """A state with at least twice the room for units and open orders, else the same."""
    plant, full = line.plant[0], state.g[0]
    units = _bigger(state.unit, int(plant.margin_units - full.free_units))
    orders = _bigger(state.order, int(plant.margin_orders - full.free_orders))
    mark = records(len(units) * int(plant.notes), MARK)
    mark[: len(state.mark)] = state.mark
    grown = State(**{**state.arrays(), "unit": units, "order": orders, "mark": mark})
    g = grown.g[0]
    _splice(units, len(state.unit), g, "free_unit", "free_units")
    _splice(orders, len(state.order), g, "free_order", "free_orders")
    g.need_room = 0
    return grown


def _bigger(pool: Records, lacking: int) -> Records:
    """The pool with twice the room, and more than `lacking` new places."""
    bigger = records(len(pool) + max(len(pool), lacking + 1), pool.dtype)
    bigger[: len(pool)] = pool
    _chain(bigger, len(pool))
    return bigger


def _splice(pool: Records, first: int, g: Any, head: str, count: str) -> None:
    pool.next[-1] = g[head]  # the old free list follows the new one
    g[head] = first
    g[count] += len(pool) - first


def save_state(state: State) -> bytes:
    """The state as bytes (numpy's npz, no pickles)."""
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {name: np.asarray(array) for name, array in state.arrays().items()}
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def load_state(data: bytes) -> State:
    """The state that `save_state` wrote. Raises ValueError where the bytes are not a state of this version."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in State.TABLES}
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError("not a line state of this version") from error
    for name, dtype in State.TABLES.items():
        if arrays[name].dtype != dtype:
            raise ValueError(f"not a line state of this version: {name}")
    return State(
        **{name: array.view(np.recarray) if array.dtype.names else array for name, array in arrays.items()}
    )


open_state = opener(State)
open_door = opener(Door)
