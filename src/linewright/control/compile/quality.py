"""What quality asks of the line: characteristics checked by an operation, tools that follow what is measured."""

from __future__ import annotations

import math
from typing import Any

from linewright.control.compile.draft import NONE, Draft
from linewright.control.compile.routes import RouteStep, read_fail, read_sample
from linewright.plant.model import Plant


def limits(plant: Plant, name: str) -> tuple[float, float]:
    """Lower and upper limit of a characteristic, infinite where it has none."""
    c = plant.characteristics[name]
    low = c.nominal + c.lower if c.lower is not None else -math.inf
    high = c.nominal + c.upper if c.upper is not None else math.inf
    return low, high


def inspection(draft: Draft, step: RouteStep) -> dict[str, Any]:
    """The fields of an operation that say what is inspected, how often, and what becomes of failed units."""
    fail = read_fail(step.operation)
    sample = read_sample(step.operation.sample)
    return {
        "sample": sample,
        "inspects": int(step.operation.fail is not None or bool(step.operation.checks) or sample > 1),
        "rework": draft.operation_no[step.material, fail.rework] if fail.rework else NONE,
        "at_most": fail.at_most,
        "pass_after": int(fail.then == "pass"),
        **_checks(draft, step),
        **_compensation(draft, step),
    }


def _checks(draft: Draft, step: RouteStep) -> dict[str, int]:
    first = len(draft.check.rows)
    names = list(draft.plant.characteristics)
    for name in step.operation.checks:
        low, high = limits(draft.plant, name)
        draft.check.add(characteristic=names.index(name), lower=low, upper=high)
    return {"first_check": first, "n_checks": len(step.operation.checks)}


def _compensation(draft: Draft, step: RouteStep) -> dict[str, Any]:
    """The tool whose offset follows the measured values, and the value that it aims at."""
    for station, tool in step.operation.compensates.items():
        names = list(draft.plant.characteristics)
        tools = draft.plant.stations[station].tools
        wears = tools[tool].wears or step.operation.checks[0]
        low, high = limits(draft.plant, wears)
        nominal = draft.plant.characteristics[wears].nominal
        return {
            "offset_station": draft.station_no[station],
            "offset_tool": list(tools).index(tool),
            "offset_characteristic": names.index(wears),
            "target": (low + high) / 2 if math.isfinite(low + high) else nominal,
        }
    return {"offset_station": NONE, "offset_tool": NONE, "offset_characteristic": NONE}
