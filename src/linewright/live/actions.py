"""What people do, in words, and the events of the control that it becomes.

An action names things as people do: machines and stations by name, units by serial number, orders by theirs. The
events that it becomes are decided, recorded and replayed like any other, with the value before and after.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from linewright.control import NONE, Command, Event, Line, Names, State
from linewright.control.codes import Outcome, Rule, Stop, words
from linewright.control.compile.stations import RULES
from linewright.control.line import F_PROGRAM
from linewright.errors import InputError, Problem, nearest
from linewright.live.decider import Decider
from linewright.live.rights import ActionKind, Answer
from linewright.machines import Happening, Job
from linewright.machines.driver import ENDS
from linewright.units import UnitError, read_quantity

NEEDS_REASON = {
    ActionKind.SCRAP_UNIT,
    ActionKind.REWORK_UNIT,
    ActionKind.CANCEL_ORDER,
    ActionKind.SET_RULE,
    ActionKind.BLOCK_PROGRAM,
}
CAN_BE_REFUSED = range(Event.MACHINE_HELD, Event.TOOL_NOTED)  # what is told of tools and programs is so
NOBODY = int(NONE)
NOT_KNOWN = -1.0  # how much of a tool's life is used


class Reading(NamedTuple):
    """A value that a person measured on a unit."""

    serial: int
    characteristic: str
    value: float  # SI


class Action(NamedTuple):
    """What a person wants done; see `ActionKind`."""

    kind: ActionKind
    subject: str
    detail: str = ""
    amount: float = 0.0
    reason: str = ""
    values: tuple[Reading, ...] = ()  # of an answer: what was measured with the work that is done


class Act(NamedTuple):
    """One event of an action, with the value before and after in words."""

    happening: Happening
    old: str = ""
    new: str = ""


def events_of(
    action: Action, names: Names, decider: Decider, open_jobs: Sequence[Job], clock: Callable[[], float]
) -> Iterator[Act]:
    """The events that an action becomes. Raises InputError where it names what is not there."""
    if action.kind in NEEDS_REASON and not action.reason.strip():
        raise InputError([Problem("a reason is needed", key=action.kind)])
    if action.kind == ActionKind.ANSWER:
        return _answered(action, names, decider, open_jobs)
    if action.values:
        raise InputError([Problem("measured values go with an answer", key=action.kind)])
    return iter([_Reader(names, decider, clock).read(action)])


# ---------------------------------------------------------------- answers


def _answered(action: Action, names: Names, decider: Decider, open_jobs: Sequence[Job]) -> Iterator[Act]:
    job = next((job for job in open_jobs if job.name == action.subject), None)
    if job is None:
        raise InputError([Problem(f"no open job {action.subject!r}: it has been answered", key=action.kind)])
    if action.detail not in list(Answer):
        raise InputError([Problem(f"{action.detail!r} is no answer", hint=nearest(action.detail, list(Answer)))])
    kind, machine = Command(job.command[0]), job.command[1]
    if action.values and action.detail != Answer.DONE:
        raise InputError([Problem("measured values go with work that is done", key=action.kind)])
    if action.detail == Answer.AGAIN:
        return iter([Act(Happening(int(Event.WORK_REPEATED), machine, int(kind)), words(kind), Answer.AGAIN)])
    measured = list(_measured(action.values, job, names, decider))
    acts = [*measured, Act(_end_of(job, int(action.amount)), words(kind), action.detail)]
    if action.detail == Answer.SCRAP:
        acts[:0] = _spoiled(job, decider)
    return iter(acts)


def _spoiled(job: Job, decider: Decider) -> Iterator[Act]:
    """The units that a job was about are scrapped as soon as their machine lets them go."""
    kind = Command(job.command[0])
    if kind != Command.START_OPERATION:
        raise InputError([Problem(f"{words(kind)} spoils no units", key=Answer.SCRAP)])
    for serial, unit in units_of(job, decider.state).items():
        if decider.state.unit.stopped[unit] != Stop.SCRAP:
            yield Act(Happening(int(Event.UNIT_SCRAPPED), unit, NOBODY, serial), "under way", "scrapped")


def units_of(job: Job, state: State) -> dict[int, int]:
    """The places of the units that a job works on, by serial number."""
    kind, _, unit, _, pieces, _, _ = job.command
    found: dict[int, int] = {}
    for _ in range(pieces if kind == Command.START_OPERATION else 0):
        found[int(state.unit.serial[unit])] = unit
        unit = int(state.unit.next[unit])
    return found


def to_be_measured(job: Job, names: Names, line: Line, state: State) -> list[tuple[int, str]]:
    """What the operation of a job checks: serial number and characteristic, in the order of the plan."""
    found = []
    for serial, unit in units_of(job, state).items():
        number = int(state.unit.operation[unit])
        if number == NONE:  # on a belt
            continue
        operation = line.operation[number]
        for check in line.check[int(operation.first_check) :][: int(operation.n_checks)]:
            found.append((serial, names.characteristics[check.characteristic]))
    return found


def _measured(readings: Sequence[Reading], job: Job, names: Names, decider: Decider) -> Iterator[Act]:
    """The events of values. Raises InputError where the operation does not check one, or one is told twice."""
    open_values = to_be_measured(job, names, decider.line, decider.state)
    units = units_of(job, decider.state)
    for serial, name, value in readings:
        if serial not in units:
            hint = nearest(str(serial), map(str, units))
            raise InputError([Problem(f"unit {serial} is not in this work", key="values", hint=hint)])
        if (serial, name) not in open_values:
            hint = nearest(name, [other for one, other in open_values if one == serial])
            message = f"{name!r} of unit {serial} is not measured here, or told twice"
            raise InputError([Problem(message, key="values", hint=hint)])
        if not math.isfinite(value):
            raise InputError([Problem(f"{value} is no measured value", key="values")])
        open_values.remove((serial, name))
        number = names.characteristics.index(name)
        happening = Happening(int(Event.VALUE_MEASURED), job.command[1], number, units[serial], amount=value)
        yield Act(happening, "", f"{name} of {serial}: {value:.9g}")


def _end_of(job: Job, outcome: int) -> Happening:
    """The event that says that a job is done."""
    kind, subject, _, detail, _, amount, _ = job.command
    event = int(ENDS[Command(kind)])
    if kind == Command.START_OPERATION:
        return Happening(event, subject, int(Outcome(outcome)), job=job.name)
    if kind == Command.BUY:
        return Happening(event, subject, amount=amount, job=job.name)
    if kind == Command.SHARPEN:
        return Happening(event, subject, detail, job=job.name)
    return Happening(event, subject, job=job.name)


# ---------------------------------------------------------------- names and values


class _Reader:
    """Reads actions by the names of a line and its present state."""

    def __init__(self, names: Names, decider: Decider, clock: Callable[[], float]) -> None:
        self.names, self.line, self.state, self.clock = names, decider.line, decider.state, clock

    def read(self, action: Action) -> Act:
        """The event of an action."""
        kind = action.kind
        if kind in _OF_MACHINES:
            return self._machine(action)
        if kind in _OF_UNITS:
            return self._unit(action)
        if kind in _OF_ORDERS:
            return self._order(action)
        if kind == ActionKind.ORDER:
            return self._new_order(action)
        if kind in (ActionKind.BRING_TOOL, ActionKind.TAKE_TOOL):
            return self._tool(action)
        if kind in (ActionKind.RELEASE_PROGRAM, ActionKind.BLOCK_PROGRAM):
            return self._program(action)
        if kind == ActionKind.SET_RULE:
            return self._rule(action)
        if kind == ActionKind.SET_LIMIT:
            return self._limit(action)
        material = _place(action.subject, self.names.materials, "bought material")
        if not self.line.material[material].bought or not action.amount > 0.0:
            raise InputError([Problem(f"{action.subject} is made here, or nothing came", key=kind)])
        stock = float(self.state.material.stock[material])
        happening = Happening(int(Event.MATERIAL_ARRIVED), material, amount=action.amount)
        return Act(happening, f"{stock:g}", f"{stock + action.amount:g}")

    def _machine(self, action: Action) -> Act:
        event, old, new = _OF_MACHINES[action.kind]
        anywhere = action.kind == ActionKind.ACKNOWLEDGE and not action.subject
        m = NOBODY if anywhere else _place(action.subject, self.names.machines, "machine")
        detail, number = NOBODY, NOBODY
        if action.kind in (ActionKind.EXPLAIN_STOP, ActionKind.ACKNOWLEDGE):
            number = int(action.amount)
        if action.kind == ActionKind.EXPLAIN_STOP and action.detail:
            detail, new = self._mode(m, action.detail), action.detail
        return Act(Happening(int(event), m, detail, number), old, new or action.reason)

    def _mode(self, m: int, word: str) -> int:
        """The failure mode of a machine by its name, with or without that of its station."""
        station = self.line.station[self.line.machine[m].station]
        first = int(station.first_mode)
        modes = self.names.modes[first : first + int(station.n_modes)]
        known = {name.rpartition(".")[2]: first + k for k, name in enumerate(modes)}
        if word.rpartition(".")[2] not in known:
            raise InputError([Problem(f"no failure mode {word!r} here", hint=nearest(word, known))])
        return known[word.rpartition(".")[2]]

    def _unit(self, action: Action) -> Act:
        event, new = _OF_UNITS[action.kind]
        u, serial = self._place_of_unit(action.subject)
        unit = self.state.unit[u]
        operations, queues = self.names.operations, self.names.queues
        detail = NOBODY
        here = "under way" if unit.queue == NONE else queues[unit.queue]
        old = words(Stop(int(unit.stopped))) if unit.stopped else here
        if action.kind == ActionKind.REWORK_UNIT:
            detail, new = _place(action.detail, operations, "operation"), action.detail
            old = operations[unit.operation] if unit.operation != NONE else "route done"
        elif action.kind == ActionKind.MOVE_UNIT:
            detail, new = _place(action.detail, queues, "queue"), action.detail
        return Act(Happening(int(event), u, detail, serial), old, new)

    def _place_of_unit(self, word: str) -> tuple[int, int]:
        serial = int(word) if word.isdecimal() else NOBODY
        found = [] if serial < 0 else (self.state.unit.serial == serial).nonzero()[0].tolist()
        if not found:
            raise InputError([Problem(f"no unit with the serial number {word!r} is on the line")])
        return int(found[0]), serial

    def _order(self, action: Action) -> Act:
        event, old, new = _OF_ORDERS[action.kind]
        slot = self._slot(action.subject)
        if action.kind == ActionKind.PRIORITISE:
            old, new = f"{float(self.state.order.priority[slot]):g}", f"{action.amount:g}"
        elif action.kind == ActionKind.CANCEL_ORDER:
            old = f"{int(self.state.order.to_release[slot])} to be released"
        return Act(Happening(int(event), slot, amount=action.amount), old, new)

    def _new_order(self, action: Action) -> Act:
        """An order beside those of the order file; it has no name, and is known by its place."""
        material = _place(action.subject, self.names.materials, "material")
        listed = self.line.order
        if material not in listed.material[listed.quantity > 0]:
            words = f"the order file has no {action.subject}: it is not made to order"
            raise InputError([Problem(words, key=action.kind)])
        if action.amount < 1.0 or action.amount != int(action.amount):
            raise InputError([Problem("how many? A whole number", key=action.kind)])
        try:
            due_s = self.clock() + read_quantity(action.detail, "time")[0] if action.detail else math.inf
        except UnitError as error:
            raise InputError([Problem(str(error), key=action.kind, hint="due as `2 d`, from now")]) from None
        source = int(self.line.material[material].source)
        happening = Happening(int(Event.ORDER_ARRIVED), source, material, int(action.amount), amount=due_s)
        return Act(happening, "", f"{action.amount:g} {action.subject}")

    def _slot(self, name: str) -> int:
        """The place of an open order by its name; those of random streams have none but `#place`."""
        order = self.state.order
        if name.startswith("#") and name[1:].isdecimal() and int(name[1:]) < len(order):
            return int(name[1:])
        row = _place(name, self.names.orders, "order")
        is_open = (order.to_release + order.open > 0) & (order.number == row) & (order.derived == 0)
        found = is_open.nonzero()[0]
        if not len(found):
            raise InputError([Problem(f"order {name} is not open: it is done, or has not arrived yet")])
        return int(found[0])

    def _tool(self, action: Action) -> Act:
        k = _place(action.subject, self.names.tools, "tool of a machine")
        m = self.names.machines.index(action.subject.rpartition(".")[0])
        there, used, new = action.kind == ActionKind.BRING_TOOL, NOT_KNOWN, "taken out"
        if there:
            if not 0.0 <= action.amount <= 100.0:
                raise InputError([Problem(f"{action.amount:g} is no share of a life: 0 to 100 %", key=action.kind)])
            station = self.line.station[self.line.machine[m].station]
            life = float(self.line.tool[int(station.first_tool) + k - int(self.line.machine[m].first_tool)].life)
            used = life * action.amount / 100.0 if math.isfinite(life) else 0.0
            new = f"there, {action.amount:g} % used"
        old = "taken out" if self.state.tool[k].out else "there"
        return Act(Happening(int(Event.TOOL_NOTED), k, m, int(there), amount=used), old, new)

    def _program(self, action: Action) -> Act:
        operation = _place(action.subject, self.names.operations, "operation")
        tasks = self.line.task[self.line.task.operation == operation]
        if not (self.line.station[tasks.station].traits & F_PROGRAM).any():
            raise InputError([Problem(f"{action.subject} runs no program", key=action.kind)])
        released = action.kind == ActionKind.RELEASE_PROGRAM
        old = "blocked" if self.state.operation[operation].refused else "released"
        happening = Happening(int(Event.PROGRAM_NOTED), operation, int(released))
        return Act(happening, old, "released" if released else "blocked")

    def _rule(self, action: Action) -> Act:
        s = _place(action.subject, self.names.stations, "station")
        rules = {**RULES, "own": Rule.USER}
        if action.detail not in rules:
            raise InputError([Problem(f"no dispatch rule {action.detail!r}", hint=nearest(action.detail, rules))])
        old = words(Rule(int(self.state.station.rule[s]))).replace(" ", "-")
        return Act(Happening(int(Event.RULE_SET), s, int(rules[action.detail])), old, action.detail)

    def _limit(self, action: Action) -> Act:
        loop = int(self.line.material[_place(action.subject, self.names.materials, "material")].loop)
        if loop == NONE:
            raise InputError([Problem(f"the release of {action.subject} is not limited by cards")])
        happening = Happening(int(Event.LIMIT_SET), loop, int(action.amount))
        return Act(happening, str(int(self.state.loop.limit[loop])), str(int(action.amount)))


# by kind of action: its event, and the value before and after where the action alone says it
_OF_MACHINES = {
    ActionKind.TAKE_OUT: (Event.MACHINE_HELD, "in use", "taken out"),
    ActionKind.GIVE_BACK: (Event.MACHINE_RELEASED, "taken out", "in use"),
    ActionKind.NOTE_STOP: (Event.STOP_NOTICED, "at work", "stands, unexplained"),
    ActionKind.END_STOP: (Event.STOP_OVER, "stands, unexplained", "at work"),
    ActionKind.EXPLAIN_STOP: (Event.STOP_EXPLAINED, "unexplained", ""),
    ActionKind.ACKNOWLEDGE: (Event.ACKNOWLEDGED, "", "acknowledged"),
}
_OF_UNITS = {
    ActionKind.HOLD_UNIT: (Event.UNIT_HELD, "held"),
    ActionKind.RELEASE_UNIT: (Event.UNIT_RELEASED, "released"),
    ActionKind.SCRAP_UNIT: (Event.UNIT_SCRAPPED, "scrapped"),
    ActionKind.REWORK_UNIT: (Event.UNIT_REWORKED, ""),
    ActionKind.MOVE_UNIT: (Event.UNIT_MOVED, ""),
}
_OF_ORDERS = {
    ActionKind.PRIORITISE: (Event.PRIORITY_SET, "", ""),
    ActionKind.HOLD_ORDER: (Event.ORDER_HELD, "open", "held"),
    ActionKind.RELEASE_ORDER: (Event.ORDER_RELEASED, "held", "open"),
    ActionKind.CANCEL_ORDER: (Event.ORDER_CANCELLED, "", "cancelled"),
}


def _place(word: str, names: Iterable[str], what: str) -> int:
    """The number of a thing by its name. Raises InputError with the nearest one."""
    known = {name: k for k, name in enumerate(names)}
    if word not in known:
        raise InputError([Problem(f"no {what} {word!r}", hint=nearest(word, known))])
    return known[word]
