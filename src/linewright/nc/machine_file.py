"""A machine file as a whole: which dialect its control reads, what it allows (`check:`), how fast it is (`time:`).

    name: small machining centre
    dialect: fanuc
    check: {...}     # see machine_check
    time: {...}      # see machine_time
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from linewright.errors import InputError, Problem, nearest
from linewright.nc.dialects import LINUXCNC, Dialect, find_dialect
from linewright.nc.machine_check import MachineCheck, read_machine_check
from linewright.nc.machine_time import MachineTime, machine_parts, read_machine_time

PARTS = ("name", "dialect", "check", "time")


@dataclass(frozen=True, slots=True)
class MachineFile:
    """One kind of machine tool."""

    name: str
    dialect: Dialect = LINUXCNC
    check: MachineCheck | None = None  # None: nothing is known of its limits
    time: MachineTime | None = None  # None: it cannot tell how long a program takes


def read_machine(path: Path) -> MachineFile:
    """Everything that a machine file says.

    Raises:
        InputError: the file cannot be read, or a key or value in it is wrong.
    """
    parts = machine_parts(path)
    problems = [
        Problem(f"unknown part {name!r}", file=str(path), key=str(name), hint=nearest(str(name), PARTS))
        for name in parts
        if name not in PARTS
    ]
    if problems:
        raise InputError(problems)
    return MachineFile(
        str(parts.get("name", path.stem)),
        find_dialect(str(parts.get("dialect", LINUXCNC.name))),
        read_machine_check(path) if "check" in parts else None,
        read_machine_time(path) if "time" in parts else None,
    )
