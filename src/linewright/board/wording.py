"""Events and commands in words, short, for the page that shows them side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linewright.control import NONE, Command, Event, Line, Names
from linewright.control.codes import Outcome, Rule, words

_SHORT: dict[int, str] = {Command.START_OPERATION: "start"}
_OUTCOMES: dict[int, str] = {Outcome.FAIL: ": failed", Outcome.SCRAP: ": scrap"}


class Wording:
    """Puts the numbers of a row into the words of its line."""

    def __init__(self, line: Line, names: Names) -> None:
        self.names = names
        self._operations = [_name(names.operations, int(task.operation)) or "transport" for task in line.task]

    def event(self, event: tuple[Any, ...]) -> tuple[str, str]:
        """An event in the order of EVENT: its kind, and what happened."""
        kind, subject, detail, number, _, amount = event
        known = {code.value for code in Event}
        word = words(Event(kind)) if kind in known else f"event {kind}"
        return word, self._event_text(kind, subject, detail, number, amount)

    def command(self, command: tuple[Any, ...]) -> tuple[str, str]:
        """A command in the order of COMMAND: its kind, and what is to be done."""
        kind, subject, _, detail, number, amount, _ = command
        known = {code.value for code in Command}
        word = _SHORT.get(kind) or (words(Command(kind)) if kind in known else f"command {kind}")
        return word, self._command_text(kind, subject, detail, number, amount)

    def machine_of(self, event: tuple[Any, ...]) -> str:
        """The machine that an event is about; "" where it is about none."""
        kind, subject = event[0], event[1]
        return _name(self.names.machines, subject) if kind in _OF_MACHINE else ""

    def _event_text(self, kind: int, subject: int, detail: int, number: int, amount: float) -> str:
        names = self.names
        if kind == Event.ORDER_ARRIVED:
            if subject == NONE:
                return f"order {_name(names.orders, detail)}"
            return f"{number} × {_name(names.materials, detail)}"
        if kind == Event.OPERATION_FINISHED:
            outcome = _OUTCOMES.get(detail, "")
            return f"{_name(names.machines, subject)}{outcome}"
        if kind == Event.MACHINE_FAILED:
            return f"{_name(names.machines, subject)}: {_name(names.modes, detail).partition('.')[2]}"
        if kind == Event.VALUE_MEASURED:
            return f"{_name(names.characteristics, detail)} at {_name(names.machines, subject)}"
        if kind in (Event.UNIT_LOADED, Event.UNIT_DELIVERED):
            return _name(names.vehicles, subject)
        if kind == Event.MATERIAL_ARRIVED:
            return f"{amount:g} × {_name(names.materials, subject)}"
        if kind == Event.WAIT_OVER:
            return _name(names.stations, subject)
        if kind == Event.TOOL_SHARPENED:
            return _name(names.tools, subject)
        if kind == Event.PRIORITY_SET:
            return f"priority {amount:g}"
        if kind in _OF_UNIT:
            where = {Event.UNIT_REWORKED: names.operations, Event.UNIT_MOVED: names.queues}.get(Event(kind), [])
            return f"unit {number} {_name(where, detail)}".strip()
        if kind == Event.RULE_SET:
            return f"{_name(names.stations, subject)}: {words(Rule(detail))}"
        return _name(names.machines, subject) if kind in _OF_MACHINE else ""

    def _command_text(self, kind: int, subject: int, detail: int, number: int, amount: float) -> str:
        names = self.names
        text: dict[int, Callable[[], str]] = {
            Command.START_OPERATION: lambda: f"{_name(self._operations, detail)} on {_name(names.machines, subject)}",
            Command.CHANGE_OVER: lambda: f"{_name(names.machines, subject)} for {_name(names.materials, detail)}",
            Command.CHANGE_TOOL: lambda: _name(names.tools, detail),
            Command.REPAIR: lambda: f"{_name(names.machines, subject)}: {_name(names.modes, detail).partition('.')[2]}",
            Command.FETCH: lambda: f"{_name(names.vehicles, subject)} at {_name(names.stations, detail)}",
            Command.DELIVER: lambda: f"{_name(names.vehicles, subject)} to {_name(names.queues, detail)}",
            Command.CALL_ORDER: lambda: _name(names.sources, subject),
            Command.BUY: lambda: f"{amount:g} × {_name(names.materials, subject)}",
            Command.WAIT: lambda: f"{_name(names.stations, subject)}, {amount:g} s",
            Command.SHARPEN: lambda: _name(names.tools, subject),
            Command.RELEASE: lambda: f"{_name(names.materials, subject)} #{number}",
            Command.SCRAP: lambda: _name(names.materials, subject),
            Command.FINISH: lambda: _name(names.materials, subject),
            Command.SIGNAL: lambda: f"{_name(names.characteristics, detail)} {_name(names.machines, subject)}".strip(),
            Command.RECALL: lambda: f"to {_name(names.operations, subject)}",
        }
        return text[kind]() if kind in text else _name(names.machines, subject)


_OF_UNIT = frozenset((Event.UNIT_HELD, Event.UNIT_RELEASED, Event.UNIT_SCRAPPED, Event.UNIT_REWORKED, Event.UNIT_MOVED))
_OF_MACHINE = frozenset(
    (
        Event.STOP_NOTICED,
        Event.STOP_OVER,
        Event.STOP_EXPLAINED,
        Event.WORK_REPEATED,
        Event.ACKNOWLEDGED,
        Event.OPERATION_FINISHED,
        Event.SETUP_FINISHED,
        Event.TOOL_CHANGED,
        Event.MACHINE_FAILED,
        Event.MACHINE_REPAIRED,
        Event.VALUE_MEASURED,
        Event.UNIT_JUDGED,
        Event.MACHINE_HELD,
        Event.MACHINE_RELEASED,
    )
)


def _name(names: list[str], number: int) -> str:
    return names[number] if 0 <= number < len(names) else ""
