"""The audit of corrections: every change of a tool's offset and every signal, with what it was decided on.

Read off events and their commands as a replay shows them (`live.replay`, `witness`), like the genealogy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from linewright.control import NONE, Command, Event, Names
from linewright.control.codes import Signals, Why, words
from linewright.control.line import Records


@dataclass(frozen=True)
class Correction:
    """One change of an offset. Offsets and the value in SI units, time in s."""

    time_s: float
    machine: str
    tool: str
    old: float
    new: float
    why: str  # "follows", "setup" or "new tool"
    characteristic: str  # "" where no value was measured: a new tool
    value: float | None
    serial: int | None  # of the unit that was measured


@dataclass(frozen=True)
class Signal:
    """A process out of control, a bad unit, or corrections that have stopped. Value in SI units, time in s."""

    time_s: float
    machine: str  # that made the unit; "" where that is not known
    characteristic: str
    value: float
    what: tuple[str, ...]  # "rule 1" (the chart's rules in their order), "spread", "outside", "gain"
    serial: int


class Corrections:
    """All corrections and signals of a run, in order, written while it is replayed before it."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.corrections: list[Correction] = []
        self.signals: list[Signal] = []
        self._offset: dict[int, float] = {}  # by machine tool
        self._serial: dict[int, int] = {}  # by place in the pool of units

    def witness(self, event: Any, commands: Records, state: Any) -> None:
        """Note what one event meant for the tools and the charts."""
        kind, _, detail, _, _, amount = event.item()
        measured = kind == Event.VALUE_MEASURED
        for what, subject, unit, place, number, change, time_s in commands.tolist():
            if what == Command.RELEASE:
                self._serial[unit] = number
            elif what == Command.OFFSET_TOOL:
                old = self._offset.get(place, 0.0)
                self._offset[place] = old + change
                self.corrections.append(
                    Correction(
                        time_s, self.names.machines[subject], self.names.tools[place], old, old + change,
                        words(Why(number)), self.names.characteristics[detail] if measured else "",
                        amount if measured else None, self._serial.get(unit),
                    )
                )  # fmt: skip
            elif what == Command.SIGNAL:
                machine = self.names.machines[subject] if subject != NONE else ""
                name = self.names.characteristics[place]
                self.signals.append(Signal(time_s, machine, name, change, signal_words(number), self._serial[unit]))


def signal_words(bits: int) -> tuple[str, ...]:
    """The words for the bits of a signal."""
    rules = tuple(f"rule {r + 1}" for r in range(24) if bits >> r & 1)
    return rules + tuple(words(each) for each in Signals if bits & each)


__all__ = ["Correction", "Corrections", "Signal", "signal_words"]
