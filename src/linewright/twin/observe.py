"""What a state has to tell: its tallies as sums since they were last reset, complete up to this moment.

Every sum is additive: what happened between two moments is the difference of two observations. Areas under
levels come from Little's law, L T = sum of the times spent: of those that left, and of those still there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.control.codes import N_STATES, NONE
from linewright.control.line import Line
from linewright.control.state import LEAD_BINS, State
from linewright.twin.quality import check_sums

Sums = dict[str, NDArray[np.float64]]

MATERIAL_SUMS = [
    "released",
    "finished",
    "scrapped",
    "lost",
    "offered",
    "reworked",
    "orders_done",
    "orders_late",
]
MATERIAL_TIMES = ["lead_s", "lead2_s", "tardiness_s", "order_lead_s", "taken"]
OPERATION_SUMS = ["started", "inspected", "first", "passed_first", "failed", "scrapped", "reworked"]


def plain(table: Any) -> Any:
    """A table without the look-up of fields as attributes, which costs more than most of the sums here."""
    return table.view(np.ndarray)


def living(state: State) -> NDArray[np.bool_]:
    """Which records of the unit pool are units on the line (the others are free)."""
    g = plain(state.g)[0]
    alive = np.ones(len(state.unit), np.bool_)
    after = plain(state.unit)["next"].tolist()
    u = int(g["free_unit"])
    free = []
    for _ in range(int(g["free_units"])):
        free.append(u)
        u = after[u]
    alive[free] = False
    return alive


def queued(state: State, alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which units wait in a queue (not those that wait elsewhere for a place in one)."""
    units, queues = plain(state.unit), plain(state.queue)
    inside = alive & (units["queue"] != NONE)
    for q in np.flatnonzero(queues["waiters"]):
        u = int(queues["first_waiter"][q])
        while u != NONE:
            inside[u] = False
            u = int(units["next"][u])
    return np.asarray(inside)


def spent_on_line(state: State, alive: NDArray[np.bool_], n: int) -> NDArray[np.float64]:
    """By material: the time that its units now on the line have spent there, s."""
    units = plain(state.unit)
    there = alive & (units["counted"] != 0)
    age = plain(state.g)["now_s"][0] - units["released_s"][there]
    return np.bincount(units["material"][there], age, n)[:n].astype(np.float64, copy=False)


def spent_in_queue(state: State, alive: NDArray[np.bool_], n: int) -> NDArray[np.float64]:
    """By queue: the time that the units now in it have waited there, s."""
    units = plain(state.unit)
    there = queued(state, alive)
    age = plain(state.g)["now_s"][0] - units["entered_s"][there]
    return np.bincount(units["queue"][there], age, n)[:n].astype(np.float64, copy=False)


def state_times(state: State, machines: int) -> NDArray[np.float64]:
    """Time of each machine in each state (machines, states), s, the present one included."""
    times: NDArray[np.float64] = state.state_s[: machines * N_STATES].reshape(machines, N_STATES).copy()
    machine = plain(state.machine)[:machines]
    times[np.arange(machines), machine["state"]] += plain(state.g)["now_s"][0] - machine["since_s"]
    return times


def people_time(line: Any, since_s: float, now_s: float) -> NDArray[np.float64]:
    """By crew: the time for which its people were here between two moments, by the calendar, people times
    s.
    """
    plant = plain(line.plant)[0]
    crews, rows = int(plant["crews"]), int(plant["week_rows"])
    if crews == 0:
        return np.zeros(0)
    table = line.week[: rows * (crews + int(plant["stations"]))].reshape(rows, -1)[:, :crews].astype(np.float64)
    if rows <= 1:
        return table[0] * (now_s - since_s) if rows else np.zeros(crews)
    begins = line.week_s[:rows]
    week_s = float(plant["week_s"])
    lengths = np.diff(np.append(begins, week_s + begins[0]))
    in_a_week = lengths @ table

    def until(t: float) -> NDArray[np.float64]:
        weeks, rest = divmod(t - begins[0], week_s)
        worked = np.clip(rest - (begins - begins[0]), 0.0, lengths)
        return np.asarray(weeks * in_a_week + worked @ table)

    return until(now_s) - until(since_s)


def observe(line: Line, state: State) -> Sums:
    """The sums of a state since its tallies were reset, by name; see the shapes in the code. Changes
    nothing.
    """
    plant, g = plain(line.plant)[0], plain(state.g)[0]
    now_s, since_s = float(g["now_s"]), float(g["tally_since_s"])
    materials, queues, machines, operations, crews = (
        int(plant[name]) for name in ("materials", "queues", "machines", "operations", "crews")
    )
    alive = living(state)
    tally, made = plain(state.material_tally)[:materials], plain(state.operation_tally)[:operations]
    machine, work = plain(state.machine)[:machines], plain(state.machine_tally)[:machines]
    queue, crew = plain(state.queue)[:queues], plain(state.crew)[:crews]
    vehicle = plain(state.vehicle)[: len(line.vehicle)]
    active = machine["active"] != 0
    on_line, in_queue = spent_on_line(state, alive, materials), spent_in_queue(state, alive, queues)
    sums = {name: tally[name].astype(np.float64) for name in (*MATERIAL_SUMS, *MATERIAL_TIMES)}
    sums |= {f"operation_{name}": made[name].astype(np.float64) for name in OPERATION_SUMS}
    return sums | {
        "span_s": np.array([now_s - since_s]),
        "wip_area_s": tally["residence_s"] + on_line - tally["residence_fix_s"],
        "queue_wait_s": queue["wait_s"].copy(),
        "queue_left": queue["left"].astype(np.float64),
        "queue_area_s": queue["wait_s"] + in_queue - queue["wait_fix_s"],
        "state_s": state_times(state, machines),
        "pieces": work["pieces"].astype(np.float64),
        "failures": work["failures"].astype(np.float64),
        "active_n": work["active_n"] + active.astype(np.float64),
        "active_s": work["active_s"] + active * (now_s - machine["active_since_s"]),
        "crew_busy_s": crew["busy_s"] + crew["busy"] * (now_s - crew["since_s"]),
        "crew_here_s": people_time(line, since_s, now_s),
        "vehicle_busy_s": vehicle["busy_s"] + vehicle["busy"] * (now_s - vehicle["since_s"]),
        **check_sums(line, state),
        "lead_bins": state.lead_bins[: materials * LEAD_BINS].reshape(materials, LEAD_BINS).astype(np.int32),
    }
