"""What a machine allows, as far as safety is concerned: the `check:` part of a machine file.

    name: small machining centre
    check:
      travel_mm: {x: [0, 600], y: [0, 400], z: [-500, 0]}
      spindle_rpm: [50, 12000]
      feed_mm_min: [1, 10000]
      work_offsets_mm: {G54: {x: 300, y: 200, z: -400}}
      stock_mm: {system: G54, x: [0, 100], y: [0, 60], z: [-20, 0]}
      tools:
        - {number: 3, length_mm: 120, diameter_mm: 10, reach_mm: 32, life_left_s: 1800}

Travel is that of the axes in machine coordinates; stock is given in a work coordinate system. Every part may
be left out: what is not known is not checked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from linewright.errors import InputError, Problem, nearest
from linewright.nc.parameters import work_offset_number
from linewright.nc.setup import Setup, Tool

Axis = Literal["x", "y", "z", "a", "b", "c"]
System = Literal["G54", "G55", "G56", "G57", "G58", "G59", "G59.1", "G59.2", "G59.3"]
Finite = Annotated[float, Field(allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Span = tuple[Finite, Finite]

SYSTEMS = ("G54", "G55", "G56", "G57", "G58", "G59", "G59.1", "G59.2", "G59.3")
AXES = ("x", "y", "z", "a", "b", "c")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ToolData(_Part):
    """One tool in the magazine."""

    number: Annotated[int, Field(ge=1)]
    pocket: Annotated[int, Field(ge=0)] = 0
    length_mm: Finite = 0.0  # offset that G43 takes
    diameter_mm: NotNegative = 0.0
    reach_mm: NotNegative | None = None  # how far below the top of the stock it can go
    life_left_s: NotNegative | None = None  # cutting time that is left


class Stock(_Part):
    """The box that the work-piece fills before machining, in a work coordinate system."""

    system: System = "G54"
    x: Span
    y: Span
    z: Span

    @field_validator("x", "y", "z")
    @classmethod
    def _ordered(cls, span: Span) -> Span:
        if span[0] > span[1]:
            raise ValueError("the lower end comes first")
        return span


class MachineCheck(_Part):
    """The `check:` part of a machine file."""

    travel_mm: dict[Axis, Span] = {}
    spindle_rpm: Span | None = None
    feed_mm_min: Span | None = None
    work_offsets_mm: dict[System, dict[Axis, Finite]] = {}
    stock_mm: Stock | None = None
    tools: list[ToolData] | None = None

    @field_validator("travel_mm")
    @classmethod
    def _ordered(cls, travel: dict[Axis, Span]) -> dict[Axis, Span]:
        for axis, (low, high) in travel.items():
            if low >= high:
                raise ValueError(f"{axis}: the lower limit comes first")
        return travel

    @field_validator("tools")
    @classmethod
    def _once(cls, tools: list[ToolData] | None) -> list[ToolData] | None:
        numbers = [tool.number for tool in tools or []]
        for number in numbers:
            if numbers.count(number) > 1:
                raise ValueError(f"tool {number} stands twice")
        return tools

    def setup(self) -> Setup:
        """What the interpreter needs of this machine."""
        tools = {
            tool.number: Tool(
                tool.number, tool.pocket, (0.0, 0.0, tool.length_mm, 0.0, 0.0, 0.0), tool.diameter_mm
            )
            for tool in self.tools or []
        }
        parameters = {
            work_offset_number(1 + SYSTEMS.index(system)) + AXES.index(axis): value
            for system, offsets in self.work_offsets_mm.items()
            for axis, value in offsets.items()
        }
        return Setup(tools=tools, every_tool_exists=self.tools is None, parameters=parameters)


def read_machine_check(path: Path) -> MachineCheck:
    """The `check:` part of a machine file.

    Raises:
        InputError: the file cannot be read, or a key or value in `check:` is wrong.
    """
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as fault:
        why = getattr(fault, "strerror", None) or fault
        raise InputError([Problem(f"cannot read the machine file: {why}", file=str(path))]) from fault
    if not isinstance(data, dict) or "check" not in data:
        hint = "add `check:` with `travel_mm:`, `tools:` ..."
        raise InputError([Problem("the machine file has no part `check`", file=str(path), hint=hint)])
    try:
        return MachineCheck.model_validate(data["check"] or {})
    except ValidationError as fault:
        raise InputError([_problem(path, error) for error in fault.errors()]) from fault


def _problem(path: Path, error: Any) -> Problem:
    """One of pydantic's errors as a problem with the key's path and the nearest valid key."""
    place = [str(part) for part in error["loc"] if part != "[key]"]
    hint = ""
    if error["type"] == "extra_forbidden":
        parts: dict[str, type[BaseModel]] = {"tools": ToolData, "stock_mm": Stock}
        part = parts.get(place[0], MachineCheck)
        hint = nearest(place[-1], list(part.model_fields))
    elif error["type"] == "literal_error":
        hint = nearest(place[-1], [*AXES, *SYSTEMS])
    return Problem(error["msg"], file=str(path), key=".".join(["check", *place]), hint=hint)
