"""The compiled plant: what never changes while the line runs, as arrays of records.

Every record type is a table of the plant by number; `control.compile` fills them. All fields are 8 bytes wide
so that one signature serves every plant: a changed plant never recompiles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from linewright.compiled import Tables, opener

Records = Any  # a numpy recarray; the compiled code knows its fields


def record(ints: str, floats: str = "", more_ints: str = "") -> np.dtype[Any]:
    """A record type of int64 fields, then float64 fields, then int64 fields again, by name.

    What nearly every event needs lies together, so that it takes few lines of the processor's nearest memory.
    """
    kinds = ((ints, "i8"), (floats, "f8"), (more_ints, "i8"))
    return np.dtype([(name, kind) for names, kind in kinds for name in names.split()])


# fixed: a single record of sizes and switches
PLANT = record(
    "stations machines queues materials operations loops skills crews sources margin_units margin_orders "
    "replace_scrap week_rows transport notes charts memory correctors counts quality",
    "week_s",
)
# traits: bit set of what the station needs beyond the plain path (see F_* below)
# takes_first: its machines take the first unit of its only queue, one by one; plain: and start at once
# flows: units come and go without cards, outbox, lots or vehicles; fed: when a place is free others are called besides
# conveyor: its first task; around: the task of one more round on a closed one
STATION = record(
    "queue plain takes_first flows fed traits conveyor rework_queue n_components n_behind first_machine n_machines "
    "first_component rule blocking cards outbox batch_least batch_most setup_row setup_skill first_tool n_tools pause "
    "holds user_rule first_mode n_modes first_behind around first_note n_notes",
    "batch_wait_s mean_s",
)
MACHINE = record("station first_tool")
QUEUE = record("station capacity kind first_source n_sources holds")
MATERIAL = record(
    "first_operation source home_queue loop counted bought serial first_need n_needs kind",
    "reorder_at reorder_quantity stock",
)
# next: the operation after it (NONE: end of route); fail_* what becomes of a failed unit
# onward: where units go next, to one queue or out of the line, where nothing but room decides that (`pass_on`)
OPERATION = record(
    "next first_task n_tasks number onward material sample rework at_most pass_after inspects lot transfer first_give "
    "n_gives first_check n_checks sampler",
    "remaining_s",
)
# one operation at one station, or the trip of a conveyor (operation NONE)
TASK = record("operation station skill first_take n_takes first_use paper", "mean_s")
TAKE = record("material queue", "quantity")
GIVE = record("material quantity")
NEED = record("source quantity")  # components ordered with each unit of a material
TOOL = record("skill spares", "life change_s resharpen_s by_count")
# whole: it stops all machines of the station; looks: not a failure, somebody looks at what made a bad part
MODE = record("station skill busy whole looks")
# skills: bit set; by_skill: a free person looks for work skill by skill, in the order of the links
CREW = record("skills by_skill first_skill n_skills")
SOURCE = record("material kind queue first_station n_stations mix lose paper", "priority")
LOOP = record("limit drum")
VEHICLE = record("pool home")
POOL = record("first_vehicle n_vehicles nearest distance_row", "speed load_s unload_s")
ORDER_ROW = record("material quantity number", "due_s priority release_s")
# quality: what an operation checks, and what follows from it; limits are those of the decision (guard band inside)
CHECK = record(
    "characteristic operation watched note first_machine chart first_corrector n_correctors sampler on_signal on_fail "
    "hold inspect_all inspect_back",
    "lower upper centre",
)
CHART = record(
    "kind group first_rule n_rules first_state first_memory", "centre sigma width weight k h spread_low spread_high"
)
RUN_RULE = record("kind k m", "zone")
# an offset that follows measured values; variances in m2
CORRECTOR = record(
    "station tool note method setup_units gain_check first_state",
    "target gain weight trend_weight dead_band most_step most_total noise2 wander2 trend2 setup2 ratio2",
)
# chosen of: so many in a row of so many; every_s: or so often; lot: or lot by lot, sizes and numbers by inspection
SAMPLER = record(
    "chosen of note first_machine first_count lot switching inspection n0 n1 n2 ac0 ac1 ac2 re0 re1 re2", "every_s"
)
NOTE = record("tool")  # what is written down of who made a unit: the machine, and how this tool of it stood

UNLIMITED_PIECES = 4096  # the most pieces in a batch or a lot without a limit

# station traits
F_BATCH = 1
F_SETUP = 2
F_TOOLS = 4
F_TAKES = 8
F_ATTENDED = 16
F_NOTES = 32  # it is written down which machine made a unit, and how its tools stood
F_LOT = 256
F_CARDS = 512
F_OUTBOX = 1024
F_PROGRAM = 2048  # runs machine-tool programs


class Line(Tables):
    """The constant arrays of one plant: one record for each thing of the kind, unless a comment says otherwise."""

    CONSTANT: ClassVar[bool] = True
    ADDRESSES: ClassVar[dict[str, str]] = {"station": "user_rule", "plant": "quality"}
    TABLES: ClassVar[dict[str, Any]] = {
        "plant": PLANT,  # one
        "station": STATION,
        "machine": MACHINE,
        "queue": QUEUE,
        "material": MATERIAL,
        "operation": OPERATION,
        "task": TASK,
        "take": TAKE,
        "give": GIVE,
        "need": NEED,
        "tool": TOOL,  # by station tool
        "mode": MODE,  # failure modes by station
        "crew": CREW,
        "source": SOURCE,
        "loop": LOOP,
        "vehicle": VEHICLE,
        "pool": POOL,
        "order": ORDER_ROW,  # rows of the order file
        "check": CHECK,
        "chart": CHART,
        "run_rule": RUN_RULE,
        "corrector": CORRECTOR,
        "sampler": SAMPLER,
        "note": NOTE,  # by station
        "link": np.int64,  # lists of numbers: sources by queue, taking stations by store, stations by source ...
        "number": np.float64,  # set-up times in s, distances in m, tool uses in s or pieces, flattened
        "via": np.int64,  # (stations + 2)**2: the conveyor station between two places, -2 - pool, or NONE
        "trip": np.int64,  # (stations + 2)**2: the task of that conveyor from the one place to the other
        "week": np.int64,  # (calendar rows * (crews + stations)): people here, running or not
        "week_s": np.float64,  # (calendar rows) when the row begins, s of the week
        "rank": np.int64,  # place in a given schedule by order row and operation, flattened
    }
    plant: Records
    station: Records
    machine: Records
    queue: Records
    material: Records
    operation: Records
    task: Records
    tool: Records
    mode: Records
    source: Records
    vehicle: Records
    pool: Records
    order: Records
    week_s: Records


@dataclass(frozen=True)
class Names:
    """The words for the numbers: names of everything in a `Line`, for messages and results."""

    stations: list[str]
    machines: list[str]
    queues: list[str]
    materials: list[str]
    operations: list[str]
    crews: list[str]
    skills: list[str]
    modes: list[str]
    tools: list[str]
    sources: list[str]
    vehicles: list[str]
    characteristics: list[str]
    orders: list[str] = field(default_factory=list)


open_line = opener(Line)
