"""What the interpreter must know besides the program: tools, stored parameters, files, bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

Position = tuple[float, float, float, float, float, float]  # x y z mm, a b c degrees


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool of the table. Lengths in mm, angles in degrees."""

    number: int
    pocket: int = 0
    offset: Position = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    diameter_mm: float = 0.0
    front_angle_deg: float = 0.0  # lathe: I word of the table
    back_angle_deg: float = 0.0  # lathe: J word
    orientation: int = 0  # lathe: 1..9, the side on which the tip touches


class Contact(NamedTuple):
    """How a probing move ended. Machine positions of the axes."""

    at: Position  # where contact was made or lost
    rest: Position  # where the axes then stand
    made: bool  # False: the target was reached without


def touch_at_target(start: Position, target: Position, tool: Position, away: bool) -> Contact:
    """The probe model used where there is no work-piece: contact at the target, the axis stays there."""
    del start, tool, away
    return Contact(target, target, True)


#: Start and target of the axes, the offset of the tool in the spindle, away from contact (G38.4, G38.5) or towards it.
ProbeModel = Callable[[Position, Position, Position, bool], Contact]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep every program finite."""

    blocks: int = 200_000_000  # blocks run, loops counted each time round
    moves: int = 1_000_000_000
    loop_blocks: int = 5_000_000  # blocks run within loops and subroutines
    call_depth: int = 10
    cycle_passes: int = 100_000  # pecks or passes of one canned cycle
    splines_points: int = 1000


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything about the machine that a program can see."""

    tools: dict[int, Tool] = field(default_factory=dict)
    parameters: dict[int, float] = field(default_factory=dict)  # numbered, as stored between runs
    stored_in_inches: bool = False  # lengths in stored parameters and tool parameters are inches
    every_tool_exists: bool = True  # without a tool table any tool number is taken
    block_delete: bool = False
    optional_stop: bool = True
    files: dict[str, str] = field(default_factory=dict)  # subprogram files by name, text
    folders: tuple[str, ...] = ()  # where subprogram files are looked for
    user_m_codes: frozenset[int] = frozenset()  # M100..M199 that exist
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # of the control: #<_ini[section]name>
    initial_tool: int = 0
    start: Position = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    probe: ProbeModel = touch_at_target
    bench: bool = False  # no machine behind the control: see bench.py
    limits: Limits = Limits()

    def stored_length_mm(self) -> float:
        """Millimetres in one unit of a stored length."""
        return 25.4 if self.stored_in_inches else 1.0


def tools_with(tools: dict[int, Tool], tool: Tool) -> dict[int, Tool]:
    """The table with one tool replaced."""
    return {**tools, tool.number: tool}


def moved_offset(tool: Tool, axes: dict[int, float]) -> Tool:
    """The tool with some axes of its offset replaced; `axes` maps axis index to mm or degrees."""
    offset = tuple(axes.get(axis, value) for axis, value in enumerate(tool.offset))
    return replace(tool, offset=offset)  # type: ignore[arg-type]
