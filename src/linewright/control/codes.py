"""Codes inside, words at the edge: the numbers that events, commands and states carry, and their names.

Compiled code sees plain integers (an `IntEnum` member is a constant to it); `words` gives the text.
"""

from __future__ import annotations

from enum import IntEnum
from typing import cast

import numpy as np

# no unit, no machine, no queue; numpy's own type keeps compiled functions from specialising on the value
NONE = cast(int, np.int64(-1))
LEAVES = cast(int, np.int64(-2))  # instead of a queue: out of the line, as a product


class Event(IntEnum):
    """What just happened. In brackets: what `subject`, `detail`, `number` and `amount` mean."""

    ORDER_ARRIVED = 0  # [source, material, quantity, due_s] or, from the order file, [NONE, row]
    OPERATION_FINISHED = 1  # [machine, outcome, failure mode due at the next start or NONE]
    SETUP_FINISHED = 2  # [machine]
    TOOL_CHANGED = 3  # [machine]
    MACHINE_FAILED = 4  # [machine, failure mode]
    MACHINE_REPAIRED = 5  # [machine]
    UNIT_LOADED = 6  # [vehicle]
    UNIT_DELIVERED = 7  # [vehicle]
    MATERIAL_ARRIVED = 8  # [material, NONE, NONE, quantity]
    SHIFT_CHANGED = 9  # [row of the calendar]
    WAIT_OVER = 10  # [station]
    TOOL_SHARPENED = 11  # [machine tool, machine]
    VALUE_MEASURED = 12  # [machine, characteristic, unit, value]
    MACHINE_HELD = 13  # [machine], by a person
    MACHINE_RELEASED = 14  # [machine], by a person
    PRIORITY_SET = 15  # [order slot, NONE, NONE, priority], by a person; component orders follow
    LOOK_AGAIN = 16  # [] the line starts, or the pools have grown: release what can be
    # by people, like the three above; a unit is named by its place and, in `number`, by its serial number
    UNIT_HELD = 17  # [unit, NONE, serial]
    UNIT_RELEASED = 18  # [unit, NONE, serial]
    UNIT_SCRAPPED = 19  # [unit, NONE, serial]
    UNIT_REWORKED = 20  # [unit, operation, serial] goes back to an operation of its route
    UNIT_MOVED = 21  # [unit, queue, serial] was carried to another station that can do its operation
    ORDER_HELD = 22  # [order slot] no more of its units are released
    ORDER_RELEASED = 23  # [order slot]
    ORDER_CANCELLED = 24  # [order slot] what has not been released never will be
    RULE_SET = 25  # [station, Rule]
    LIMIT_SET = 26  # [loop, cards]
    STOP_NOTICED = 27  # [machine] it stands, and nobody knows why
    STOP_OVER = 28  # [machine] it goes on
    STOP_EXPLAINED = 29  # [machine, failure mode or NONE, record of the event that opened the stop]
    WORK_REPEATED = 30  # [machine, Command] what it was asked to do is asked of it anew
    ACKNOWLEDGED = 31  # [machine or NONE, NONE, record of the event that is acknowledged]
    TOOL_NOTED = 40  # [machine tool, machine, there (0: taken out), used of its life, negative: not known]
    PROGRAM_NOTED = 41  # [operation, released (0: its program must not be started)]
    UNIT_JUDGED = 50  # [machine, outcome, unit] one unit of a batch or a lot, before the operation is finished


class Command(IntEnum):
    """What is to be done now. In brackets: what `subject`, `unit`, `detail`, `number` and `amount` mean."""

    START_OPERATION = 0  # [machine, first unit, task, pieces]
    CHANGE_OVER = 1  # [machine, first unit, material, NONE, seconds]
    CHANGE_TOOL = 2  # [machine, first unit, machine tool, NONE, seconds]
    REPAIR = 3  # [machine, NONE, failure mode]
    RESUME = 4  # [machine]
    PAUSE = 5  # [machine]
    FETCH = 6  # [vehicle, unit, station, NONE, seconds]
    DELIVER = 7  # [vehicle, unit, queue, NONE, seconds]
    CALL_ORDER = 8  # [source] draw the next unit of a saturated mix
    BUY = 9  # [material, NONE, NONE, NONE, quantity]
    WAIT = 10  # [station, NONE, NONE, NONE, seconds]
    SHARPEN = 11  # [machine tool, NONE, machine, NONE, seconds]
    OFFSET_TOOL = 12  # [machine, unit, machine tool, why (Why), correction]
    RELEASE = 13  # [material, unit, order number, serial number]
    TAKE = 14  # [machine, unit, component unit]
    SCRAP = 15  # [material, unit, order number]
    FINISH = 16  # [material, unit, order number]
    SIGNAL = 17  # [machine or NONE, unit, characteristic, what signals (Signals), value] somebody should look
    RECALL = 18  # [operation, unit] the unit is to come back to be inspected


class MachineState(IntEnum):
    """Where a machine's time goes; the states partition the calendar."""

    STARVED = 0
    BLOCKED = 1
    SETUP = 2
    PROCESSING = 3
    DOWN = 4
    OFF_SHIFT = 5
    WAITING_CREW = 6
    TOOL_CHANGE = 7
    HELD = 8
    NOT_READY = 9  # loaded; its program or a tool is not ready


N_STATES = len(MachineState)


class Stage(IntEnum):
    """How far a machine has got with the work that it holds."""

    FREE = 0  # nothing loaded
    LOADED = 1  # loaded; tool, set-up, place ahead and person are seen to in this order
    CHANGING_TOOL = 2
    CHANGING_OVER = 3
    RUNNING = 4
    UNLOADING = 5  # finished; units wait for a place ahead


class Wish(IntEnum):
    """What a machine waits for a person for."""

    NOTHING = 0
    ATTEND = 1
    SETUP = 2
    TOOL = 3
    REPAIR = 4


class Rule(IntEnum):
    """Dispatch rules: which waiting unit a free machine takes next (the least key first, ties by arrival)."""

    FIFO = 0
    SHORTEST_PROCESSING_TIME = 1
    EARLIEST_DUE_DATE = 2
    CRITICAL_RATIO = 3
    SLACK = 4
    APPARENT_TARDINESS_COST = 5
    FEWEST_SETUPS = 6
    PRIORITY = 7
    SCHEDULE = 8
    USER = 9


class Outcome(IntEnum):
    """What an inspection said."""

    PASS = 0
    FAIL = 1
    SCRAP = 2


class Stop(IntEnum):
    """What a person wants done with a unit when it next comes to a queue."""

    NOTHING = 0
    HOLD = 1
    SCRAP = 2
    ASIDE = 3  # it has come there and is held; its place is kept


class Refusal(IntEnum):
    """Why the line did not do what a person asked for."""

    NONE = 0
    NO_SUCH_UNIT = 1  # it has left the line, or another has its place
    ALREADY_SO = 2
    NOT_IN_A_QUEUE = 3  # a machine or a vehicle has it: hold it first
    OTHER_ROUTE = 4  # the operation is none of its route, or the station cannot do it
    ROUTE_DONE = 5  # it is a finished component
    NO_ROOM = 6
    NO_SUCH_ORDER = 7  # it is done
    NOT_FOR_COMPONENTS = 8  # an order that came with another one
    NO_SUCH_RULE = 9
    NOT_AT_WORK = 10  # the machine is not doing that


class Blocking(IntEnum):
    """When a machine looks for a place ahead: after the operation, before it, or before it loads."""

    AFTER_SERVICE = 0
    BEFORE_SERVICE = 1
    COMMUNICATION = 2


class QueueKind(IntEnum):
    """What waits in a queue."""

    MAIN = 0  # units to be worked on
    REWORK = 1  # the same, come back, served first
    COMPONENT = 2  # units to be built into others
    STORE = 3  # finished components that several stations take from


class SourceKind(IntEnum):
    """Where the demand for a material comes from."""

    ORDERS = 0  # released from its backlog by the policy
    SATURATED = 1  # always wanted


class Why(IntEnum):
    """Why an offset was changed."""

    FOLLOWS = 0  # the measured values, by the method of the plan
    SETUP = 1  # the first units after a tool change
    NEW_TOOL = 2  # a new tool begins without an offset


class Method(IntEnum):
    """How an offset follows measured values."""

    EWMA = 0
    DOUBLE_EWMA = 1
    KALMAN = 2


class ChartKind(IntEnum):
    """Control charts of the line."""

    INDIVIDUALS = 0
    XBAR_R = 1
    XBAR_S = 2
    EWMA = 3
    CUSUM = 4
    P = 5  # the share of units outside their limits


class Signals(IntEnum):
    """Bits of what `Command.SIGNAL` reports; the first 24 are the run rules of the chart, in its order."""

    SPREAD = 1 << 24  # the range, the standard deviation or the moving range is beyond its limit
    OUTSIDE = 1 << 25  # the unit is outside the limits of its decision
    GAIN = 1 << 26  # corrections make it worse: they have stopped


class Ask(IntEnum):
    """What the control asks of its quality plan."""

    MEASURED = 0  # a value was measured: what follows?
    SAMPLE = 1  # is the next unit inspected?
    JUDGED = 2  # a sampled unit has passed or failed


class Reaction(IntEnum):
    """Bits of what follows from a measured value."""

    CORRECT = 1
    SIGNAL = 2
    HOLD = 4
    RECALL = 8


def words(code: IntEnum) -> str:
    """The words for a code, as `waiting crew`."""
    return code.name.lower().replace("_", " ")
