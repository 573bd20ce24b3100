"""How long an operation takes at a station: the one place that is asked, by the control and by the twin."""

from __future__ import annotations

from linewright.control.compile.routes import RouteStep
from linewright.errors import InputError, Problem
from linewright.plant.laws import Distribution


def task_time(step: RouteStep, station: str) -> Distribution:
    """The time distribution of an operation at a station. Raises InputError where there is none."""
    time = step.operation.time
    if isinstance(time, dict):
        time = time[station]
    if time is None:
        key = f"routes.{step.material}.{step.name}"
        raise InputError([Problem("the operation has no time", key=key, hint="write `time: 4 min`")])
    return time


def task_mean_s(step: RouteStep, station: str) -> float:
    """Mean time in s for one piece."""
    return float(task_time(step, station).mean)
