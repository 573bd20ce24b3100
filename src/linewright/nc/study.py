"""A program studied before it runs: what would go wrong on a machine, how long it takes, which tools it needs.

One run of the interpreter serves the checker and the clock alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from linewright.errors import InputError, Problem
from linewright.nc.check import Checker
from linewright.nc.cycle_time import CycleTime, cycle_time
from linewright.nc.findings import Report
from linewright.nc.flow_check import flow_findings
from linewright.nc.interpreter import Interpreter
from linewright.nc.machine_check import MachineCheck
from linewright.nc.machine_file import MachineFile
from linewright.nc.moves import MOVE
from linewright.nc.source import open_file


@dataclass(frozen=True, slots=True)
class Study:
    """What a program does on one kind of machine."""

    report: Report
    time: CycleTime | None  # None: the machine file has no `time:`, or the program is at fault
    moves: np.ndarray  # (n,) MOVE, up to a fault
    files: tuple[str, ...]  # the interpreter's list of files; 0 is the program itself

    @property
    def cutting_s(self) -> dict[int, float]:
        """Cutting time of each tool that the program uses, in which tool life is counted."""
        if self.time is None:
            return self.report.cutting_s
        return {use.tool: use.cutting_s for use in self.time.tools if use.tool}


def study_program(program: Path, machine: MachineFile) -> Study:
    """Check and time a program file on a machine.

    Raises:
        InputError: the file cannot be read, or its time cannot be told (an axis without limits).
    """
    try:
        source = open_file(program, str(program))
    except OSError as fault:
        raise InputError(
            [Problem(f"cannot read the program: {fault.strerror}", file=str(program))]
        ) from fault
    allowed = machine.check or MachineCheck()
    setup = replace(allowed.setup(), folders=(str(program.parent),))
    run = Interpreter(source, setup, machine.dialect)
    checker = Checker(allowed, run)
    chunks = [np.zeros(0, MOVE)]
    for chunk in run.run():
        checker.look(chunk)
        chunks.append(chunk)
    for finding in flow_findings(run):
        checker.found.setdefault((finding.rule, finding.message), finding)
    checker.finish()
    moves = np.concatenate(chunks)
    time = None
    if machine.time is not None and run.fault is None:
        try:
            time = cycle_time(moves, machine.time)
        except InputError as error:
            raise InputError([replace(problem, file=str(program)) for problem in error.problems]) from None
    return Study(checker.report(), time, moves, tuple(source.name for source in run.sources))
