"""The tables of nature: laws (constant) and what is pending (variable)."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from linewright.compiled import Tables, opener
from linewright.control.line import Records, record
from linewright.twin.random import LAW, STREAM

# random streams of each characteristic: two from unit to unit (process, gauge), and four more
GAUGE_STREAMS = 2
MORE_STREAMS = 4
BETWEEN, WANDER, SCATTER, UPSET = 0, 1, 2, 3

# where the clocks, laws and streams of each kind of thing begin; tells: machines say more of pieces than that they are
# done; judges: some task finds units bad by shares
CASE = record(
    "clocks leaves characteristics first_vehicle last_mode first_stream first_wait first_material first_tool "
    "first_mix look_again file shift stream_task stream_judge stream_mode stream_repair stream_arrival "
    "stream_value stream_supply stream_change stream_more stream_look rang cycle next_row next_order orders "
    "values tells judges"
)
CLOCK = record("kind subject detail number")
# doing: what the machine's clock ends (an Event); work: what was interrupted, with `left_s` still to do
# piece, measuring: how far it has told what it found on the pieces of this cycle
# busy_s: how long it has worked so far; fails_s: at how much of that it fails next, by its mode `fails_by`
MACHINE = record("doing work measuring piece began mode fails_by", "left_s since_s busy_s fails_s")
# judges: it finds some units bad, by these shares
TASK = record("law judges", "fail_rate scrap_rate")
MODE = record("every repair")
# shares of the materials of a stream: records first .. first + n
# rates: how busy each hour is, as values first_rate .. first_rate + n_rates; their mean is 1
ARRIVAL = record("law due first n quantity first_rate n_rates", "first_s")
SHARE = record("material source", "up_to")
# station, tool: where it is made (NONE: it comes with the unit); upset_share: chance of one with each unit
VALUE = record(
    "material station tool first_source",
    "centre sd between wander scatter wear gain upset_share upset_by repeatability bias low high",
)
# one machine that makes one characteristic; known: 0 not yet, 1 where it stands, 2 its last value too
SOURCE = record("known changes", "level upset sits last")
# sums over true values, as made and as they left the line; of deviations from where the process stands
TRUTH = record("made made_outside left left_outside differences", "made_sum made_sum2 left_sum left_sum2 difference2")
BOUGHT = record("law")
CHANGE = record("law")
SHARPENER = record("first n")  # clocks of the worn tools that one machine tool can have away


class Nature(Tables):
    """Laws (constant) and what is pending (variable): one record for each thing of the kind."""

    ADDRESSES: ClassVar[dict[str, str]] = {"case": "values"}
    TABLES: ClassVar[dict[str, Any]] = {
        "case": CASE,  # one
        "law": LAW,
        "value": np.float64,  # numbers of empirical laws and mixtures
        "task": TASK,  # by task of the line
        "mode": MODE,  # by failure mode of the line
        "arrival": ARRIVAL,  # by stream of orders, then by saturated mix
        "share": SHARE,
        "characteristic": VALUE,
        "source": SOURCE,  # by characteristic and machine of its station
        "truth": TRUTH,  # by characteristic
        "makes": np.int64,  # by station: does it make a characteristic?
        "bought": BOUGHT,  # by material
        "change": CHANGE,  # by station tool
        "sharpener": SHARPENER,  # by machine and tool
        "stream": STREAM,  # random streams
        "clock": CLOCK,  # what each clock rings for
        "machine": MACHINE,
        "leaf": np.int64,  # (leaves) where each clock stands in the tree
        "rings_s": np.float64,  # (leaves) when each clock rings, inf: not set
        "tree": np.int64,  # (2 leaves) tournament: tree[1] is the clock that rings next
        "failure_s": np.float64,  # (machine modes) after how much work each failure of each machine strikes; inf: never
        "first_mode": np.int64,  # (machines) first of them by machine
        "made": np.float64,  # (units * characteristics) true values of the units; nan: of other materials
    }
    case: Records
    law: Records
    value: Records
    task: Records
    mode: Records
    arrival: Records
    share: Records
    characteristic: Records
    source: Records
    truth: Records
    makes: Records
    bought: Records
    change: Records
    sharpener: Records
    stream: Records
    clock: Records
    machine: Records
    leaf: Records
    rings_s: Records
    tree: Records
    failure_s: Records
    first_mode: Records
    made: Records


open_nature = opener(Nature)


class Levels(Tables):
    """What was written down of one run: rows of levels, one after the other."""

    TABLES: ClassVar[dict[str, Any]] = {"level": np.int64}
    level: Any


open_levels = opener(Levels)
