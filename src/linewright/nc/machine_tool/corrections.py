"""Tool-offset corrections: a wear register beside the geometry, and how a value comes to stand in it.

A correction says what shall stand in the register, not by how much to move it, and carries the name of its
transaction: sent twice it is written once. A step wider than a bound, or a value beyond one, is refused whole: a
typing error or a mad gauge must not move a tool by a millimetre. Whoever writes reads back what stands there.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from typing import Any

MOST_REMEMBERED = 1000  # transactions


class Written(StrEnum):
    """What became of a correction."""

    WRITTEN = "written"
    KNOWN = "known"  # this transaction has been written before; nothing changes
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Correction:
    """What shall stand in the wear register of a tool; None leaves a value as it is. mm."""

    transaction: str  # unique for ever: the same name is the same correction
    tool: int
    length_mm: float | None = None
    radius_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Registers:
    """What stands in the wear register of a tool, mm, and which transaction wrote it last."""

    length_mm: float = 0.0
    radius_mm: float = 0.0
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a correction: what became of it, why not, and what now stands there."""

    written: Written
    registers: Registers
    reason: str = ""


class WearRegister:
    """The wear offsets of all tools of a machine."""

    def __init__(self, tools: frozenset[int], most_step_mm: float = 0.1, most_mm: float = 1.0) -> None:
        self.tools, self.most_step_mm, self.most_mm = tools, most_step_mm, most_mm
        self._values: dict[int, Registers] = {}
        self._known: OrderedDict[str, Correction] = OrderedDict()

    def read(self, tool: int) -> Registers:
        """What stands there for a tool."""
        return self._values.get(tool, Registers())

    def write(self, correction: Correction) -> Receipt:
        """Write a correction, unless it has been written before or must not be."""
        before = self.read(correction.tool)
        known = self._known.get(correction.transaction)
        if known is not None:
            if known == correction:
                return Receipt(Written.KNOWN, before)
            return Receipt(Written.REFUSED, before, f"transaction {correction.transaction!r} was another correction")
        reason = self._objection(correction, before)
        if reason:
            return Receipt(Written.REFUSED, before, reason)
        after = replace(
            before,
            length_mm=before.length_mm if correction.length_mm is None else correction.length_mm,
            radius_mm=before.radius_mm if correction.radius_mm is None else correction.radius_mm,
            transaction=correction.transaction,
        )
        self._values[correction.tool] = after
        self._remember(correction)
        return Receipt(Written.WRITTEN, after)

    def clear(self, tool: int) -> None:
        """A new tool: nothing is worn off it yet."""
        self._values.pop(tool, None)

    def keep(self) -> dict[str, Any]:
        """What stands there and what is known, as JSON holds it."""
        values = [[tool, *astuple(registers)] for tool, registers in self._values.items()]
        return {"values": values, "known": [astuple(correction) for correction in self._known.values()]}

    def restore(self, kept: dict[str, Any]) -> None:
        """As it was kept."""
        self._values = {tool: Registers(*values) for tool, *values in kept["values"]}
        self._known = OrderedDict((row[0], Correction(*row)) for row in kept["known"])

    def _objection(self, correction: Correction, before: Registers) -> str:
        """Why a correction must not be written; empty where it may."""
        if not correction.transaction:
            return "a correction needs the name of its transaction"
        if correction.tool not in self.tools:
            return f"there is no tool {correction.tool}"
        for name, new, old in (
            ("length", correction.length_mm, before.length_mm),
            ("radius", correction.radius_mm, before.radius_mm),
        ):
            if new is None:
                continue
            if not math.isfinite(new):
                return f"the {name} is not a number"
            if abs(new) > self.most_mm:
                return f"{name} {new:g} mm is beyond {self.most_mm:g} mm"
            if abs(new - old) > self.most_step_mm * (1 + 1e-12):
                return f"{name} {old:g} to {new:g} mm is a step of more than {self.most_step_mm:g} mm"
        return ""

    def _remember(self, correction: Correction) -> None:
        self._known[correction.transaction] = correction
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
