"""What a machine tool and its control can do, as far as time goes: the `time:` part of a machine file.

    name: small machining centre
    time:
      axes:
        x: {velocity_mm_s: 500, acceleration_mm_s2: 3000, jerk_mm_s3: 50000}
        ...
      control: {corners: slowed, tolerance_mm: 0.01}
      spindle: {acceleration_rpm_s: 6000, settle_s: 0.2}
      tool_change: {fixed_s: 4.0}

Limits come from the machine's data sheet, or from its logs by `calibrate.fit_machine`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from linewright.errors import InputError, Problem, nearest
from linewright.nc.profiles import NO_JERK_LIMIT_MM_S3

Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
AXES = ("x", "y", "z", "a", "b", "c")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AxisLimits(_Part):
    """Limits of one axis; rotary axes in degrees instead of mm."""

    velocity_mm_s: Positive  # rapid traverse
    acceleration_mm_s2: Positive
    jerk_mm_s3: Positive | None = None  # none: the acceleration may jump (trapezoidal profile)


class Control(_Part):
    """How the control runs along the path; see `corners.py`."""

    corners: Literal["rounded", "slowed"] = "slowed"
    tolerance_mm: NotNegative = 0.01  # path tolerance where the program gives none (G64 without P)
    headroom: Annotated[float, Field(ge=1.0)] = 1.0  # feed override for which roundings are made
    centripetal_share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.75**0.5  # of the acceleration, on arcs
    centripetal_mm_s2: Positive | None = None  # limit of its own on arcs and corners
    kink_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.1  # of the acceleration, spent in a servo period
    servo_period_s: NotNegative = 0.001
    gap_periods: NotNegative = 4.0  # shorter rests between roundings join the rounding
    look_ahead: Annotated[int, Field(ge=0)] = 0  # pieces of path; 0: as many as there are
    merge_most: Annotated[int, Field(ge=1)] = 1  # short straight feeds joined within the tolerance
    block_s: NotNegative = 0.0  # least time that a feed block takes to read


class Spindle(_Part):
    """Starting, changing and stopping the spindle while the axes wait."""

    acceleration_rpm_s: Positive = 6000.0
    settle_s: NotNegative = 0.0  # from the speed reached to the next block
    settle_above_rpm: NotNegative = 0.0  # settling is waited for above this speed only
    waits_to_stop: bool = False  # M5 holds the program until the spindle stands


class ToolChange(_Part):
    """Tool to tool: a fixed time, and the magazine's way to the pocket where it is not chosen beforehand."""

    fixed_s: NotNegative = 5.0
    pocket_s: NotNegative = 0.0  # magazine time for one pocket
    pockets: Annotated[int, Field(ge=0)] = 0  # round magazine: takes the shorter way; 0: a row
    position_mm: tuple[float, float, float] | None = None  # machine position that the axes go to first


class Overheads(_Part):
    """Times in which nothing moves."""

    program_s: NotNegative = 0.0  # from start to the first block
    function_s: NotNegative = 0.0  # coolant and other M functions
    stop_s: NotNegative = 0.0  # M0, M1: what the control does by itself, the person's time not counted
    pallet_s: NotNegative = 0.0  # M60
    orient_s: NotNegative = 0.0  # M19


class MachineTime(_Part):
    """The `time:` part of a machine file."""

    axes: dict[Literal["x", "y", "z", "a", "b", "c"], AxisLimits]
    control: Control = Control()
    spindle: Spindle = Spindle()
    tool_change: ToolChange = ToolChange()
    overheads: Overheads = Overheads()
    feed_override: Positive = 1.0
    rapid_override: Positive = 1.0

    def limits(self) -> np.ndarray:
        """(3, 6): velocity, acceleration, jerk of X Y Z A B C; an axis that is not there has no limit."""
        limits = np.full((3, len(AXES)), np.inf)
        limits[2] = NO_JERK_LIMIT_MM_S3
        for name, axis in self.axes.items():
            column = AXES.index(name)
            limits[0, column] = axis.velocity_mm_s
            limits[1, column] = axis.acceleration_mm_s2
            limits[2, column] = axis.jerk_mm_s3 or NO_JERK_LIMIT_MM_S3
        return limits

    def changed(self, **parts: dict[str, Any]) -> MachineTime:
        """A copy with some values replaced, checked again: `changed(control={"block_s": 0.01})`."""
        data = self.model_dump()
        for part, values in parts.items():
            data[part] = {**data[part], **values} if isinstance(values, dict) else values
        return MachineTime.model_validate(data)


def machine_parts(path: Path) -> dict[str, Any]:
    """The parts of a machine file by name, unchecked: `time`, `check`.

    Raises:
        InputError: the file cannot be read or is no YAML mapping.
    """
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as fault:
        why = getattr(fault, "strerror", None) or fault
        raise InputError([Problem(f"cannot read the machine file: {why}", file=str(path))]) from fault
    if not isinstance(data, dict):
        raise InputError([Problem("the machine file is no mapping of keys", file=str(path))])
    return data


def read_machine_time(path: Path) -> MachineTime:
    """The `time:` part of a machine file.

    Raises:
        InputError: the file cannot be read, or a key or value in `time:` is wrong.
    """
    parts = machine_parts(path)
    if "time" not in parts:
        hint = "add `time:` with `axes:`; see docs/cycle-time.md"
        raise InputError([Problem("the machine file has no part `time`", file=str(path), hint=hint)])
    try:
        return MachineTime.model_validate(parts["time"])
    except ValidationError as fault:
        raise InputError([_problem(path, error) for error in fault.errors()]) from fault


def _problem(path: Path, error: Any) -> Problem:
    """One of pydantic's errors as a problem with the key's path and the nearest valid key."""
    place = [str(part) for part in error["loc"] if part != "[key]"]
    hint = ""
    if error["type"] == "extra_forbidden":
        hint = nearest(place[-1], _keys_beside(place[:-1]))
    elif error["type"] == "literal_error" and error["loc"][-1] == "[key]":
        hint = nearest(place[-1], AXES)
    return Problem(error["msg"], file=str(path), key=".".join(["time", *place]), hint=hint)


def _keys_beside(place: list[str]) -> list[str]:
    """Valid keys in the part at `place`."""
    parts: dict[str, type[BaseModel]] = {
        "control": Control,
        "spindle": Spindle,
        "tool_change": ToolChange,
        "overheads": Overheads,
    }
    if not place:
        return list(MachineTime.model_fields)
    return list((AxisLimits if place[0] == "axes" else parts[place[0]]).model_fields)


def linuxcnc_machine(
    velocity_mm_s: list[float], acceleration_mm_s2: list[float], jerk_mm_s3: list[float] | None = None
) -> MachineTime:
    """A machine of three axes under LinuxCNC 2.9: the control's numbers as measured on the timing pack."""
    axes = {}
    for i, name in enumerate(AXES[:3]):
        jerk = jerk_mm_s3[i] if jerk_mm_s3 else None
        axes[name] = {
            "velocity_mm_s": velocity_mm_s[i],
            "acceleration_mm_s2": acceleration_mm_s2[i],
            "jerk_mm_s3": jerk,
        }
    control = {
        "corners": "rounded",
        "tolerance_mm": 0.0,
        "headroom": 1.2,
        "look_ahead": 50,
        "merge_most": 101,
    }
    return MachineTime.model_validate({"axes": axes, "control": control})
