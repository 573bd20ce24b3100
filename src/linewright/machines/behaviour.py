"""How a virtual machine goes about its work: the plug between its job list and what makes its time pass.

`machines.natural` has machines that behave by the twin's nature; a machine tool that executes programs is another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from linewright.machines.jobs import JobOrder, Results


@dataclass(slots=True)
class FloorTool:
    """A tool of a machine: its life and what is used of it, both in s of cutting or in pieces."""

    name: str
    number: int  # place in the magazine, from 1
    life: float
    by_count: bool  # pieces, not seconds
    used: float = 0.0
    offset: float = 0.0  # m


# ---------------------------------------------------------------- what it may tell


class Finished(NamedTuple):
    """The job under way is done."""

    results: Results


class Failed(NamedTuple):
    """The machine has failed; the job under way stands still."""

    mode: str


class Repaired(NamedTuple):
    """The machine works again; the job that was under way waits to be resumed."""


class Waiting(NamedTuple):
    """The job under way waits for a person (cycle start); False: it goes on."""

    waits: bool = True


class Observed(NamedTuple):
    """An item has a new value."""

    item: str
    value: float | str


Fact = Finished | Failed | Repaired | Waiting | Observed


class Behaviour(Protocol):
    """How one machine goes about its work. All times are plant times in s.

    It never calls the machine; it is asked when it has something to tell (`next_s`) and then what (`happen`).
    """

    def can(self, order: JobOrder) -> bool:
        """Is the job one that this machine knows how to do?"""

    def start(self, order: JobOrder, now_s: float) -> None:
        """Begin a job: an operation, a change-over or a tool change."""

    def pause(self, now_s: float) -> None:
        """The job under way stops where it is."""

    def resume(self, now_s: float) -> None:
        """It goes on."""

    def drop(self, now_s: float) -> None:
        """The job under way is given up."""

    def repair(self, mode: str, now_s: float) -> None:
        """Somebody begins to repair the failure."""

    def offset(self, tool: str, correction: float) -> None:
        """The offset of a tool is moved by so much, m."""

    def next_s(self) -> float:
        """When it has something to tell, if nothing is asked of it before; inf: never."""

    def happen(self, now_s: float) -> Iterable[Fact]:
        """What happens at that time."""

    def keep(self) -> dict[str, Any]:
        """What must be known to go on in another process: plain values, as JSON holds them."""

    def restore(self, kept: dict[str, Any], order: JobOrder | None) -> None:
        """Go on from what was kept, with the job that held the machine."""
