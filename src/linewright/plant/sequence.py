"""A given schedule as data: which station does which order next. Read from CSV or XLSX, each row a job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from linewright.errors import InputError, Problem
from linewright.plant.orders import read_rows

COLUMNS = ("station", "order", "operation")
REQUIRED = ("station", "order")


@dataclass(frozen=True, slots=True)
class Job:
    """One order at one station; `operation` names one of several that it has there (empty: all of them)."""

    line: int
    station: str
    order: str
    operation: str = ""


def read_sequence(path: Path) -> list[Job]:
    """The jobs of a schedule in their sequence. Raises InputError with each bad line."""
    jobs = [
        Job(line, *(str(cells.get(column) or "").strip() for column in COLUMNS))
        for line, cells in read_rows(path, COLUMNS, REQUIRED)
    ]
    empty = [
        Problem(f"`{column}` is empty", str(path), job.line)
        for job in jobs
        for column in REQUIRED
        if not getattr(job, column)
    ]
    if empty:
        raise InputError(empty)
    return jobs
