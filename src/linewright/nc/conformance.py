"""Run the cases of a conformance pack and report each as one JSON line.

A pack is a folder with `cases/*.json`: a program, the tools and parameters it starts with, and what it must
give. The pack's control is an inch machine: tools and stored parameters are inches whatever the program says.
It has no machine behind it, see `bench`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from linewright.nc.interpreter import Interpreter
from linewright.nc.moves import Flag, Kind
from linewright.nc.setup import Limits, Setup, Tool
from linewright.nc.source import Source

INCH = 25.4
PLANE_NAMES = ("XY", "XZ", "YZ")
PATH_NAMES = ("continuous", "exact_path", "exact_stop")
STOPS = {
    Kind.STOP: "program_stop",
    Kind.OPTIONAL_STOP: "optional_program_stop",
    Kind.PALLET: "pallet_shuttle",
    Kind.END: "program_end",
}
MOTIONS = {
    Kind.RAPID: "rapid",
    Kind.FEED: "feed",
    Kind.THREAD: "feed",
    Kind.ARC_CW: "arc",
    Kind.ARC_CCW: "arc",
    Kind.PROBE: "probe",
    Kind.TAP: "tap",
}


def tool_of(entry: dict[str, Any]) -> Tool:
    """A tool of a case; its lengths are inches."""
    offset = tuple(entry.get(axis, 0.0) * (INCH if axis in "xyz" else 1.0) for axis in "xyzabc")
    return Tool(
        number=entry["t"],
        pocket=entry["p"],
        offset=offset,
        diameter_mm=entry.get("d", 0.0) * INCH,
        front_angle_deg=entry.get("i", 0.0),
        back_angle_deg=entry.get("j", 0.0),
        orientation=int(entry.get("q", 0)),
    )


def setup_of(case: dict[str, Any]) -> Setup:
    """The machine a case starts with."""
    tools = {entry["t"]: tool_of(entry) for entry in case.get("tools") or []}
    return Setup(
        tools=tools,
        every_tool_exists=False,
        parameters={int(number): value for number, value in (case.get("vars_in") or {}).items()},
        stored_in_inches=True,
        block_delete=bool(case.get("block_delete")),
        files=case.get("files") or {},
        settings=case.get("ini") or {},
        bench=True,
        limits=Limits(loop_blocks=1_000_000),
    )


def effective(moves: np.ndarray) -> list[dict[str, Any]]:
    """The list of motions, dwells and stops as the pack writes it."""
    found: list[dict[str, Any]] = []
    for row in moves:
        kind = Kind(int(row["kind"]))
        flags = int(row["flags"])
        if flags & Flag.SPLINE:
            if flags & Flag.SPLINE_FIRST:
                found.append({"k": "nurbs", "n": int(row["value"]), **process(row)})
        elif kind in MOTIONS:
            found.append(motion_record(row, kind))
        elif kind == Kind.DWELL:
            found.append({"k": "dwell", "s": float(row["value"])})
        elif kind in STOPS:
            found.append({"k": STOPS[kind]})
    return found


def motion_record(row: np.void, kind: Kind) -> dict[str, Any]:
    """One motion as the pack writes it."""
    record: dict[str, Any] = {"k": MOTIONS[kind], "p": rounded(row["end"][:3])}
    if kind in (Kind.ARC_CW, Kind.ARC_CCW):
        turns = int(row["turns"])
        record["plane"] = PLANE_NAMES[row["plane"]]
        record["c"] = rounded(row["centre"])
        record["turns"] = turns if kind == Kind.ARC_CCW else -turns
    if kind != Kind.TAP:
        record["r"] = rounded(row["end"][3:])
    if kind == Kind.RAPID:
        return {**record, "tool": int(row["tool"])}
    record.update(process(row))
    if kind in (Kind.FEED, Kind.THREAD, Kind.ARC_CW, Kind.ARC_CCW):
        record["path"] = [PATH_NAMES[row["path_mode"]], round(float(row["tolerance_mm"]), 5)]
    return record


def rounded(values: np.ndarray) -> list[float]:
    """Numbers as the pack writes them, without negative zero."""
    return [round(float(value), 5) + 0.0 for value in values]


def process(row: np.void) -> dict[str, Any]:
    """Feed, spindle, coolant and tool of a motion."""
    per_revolution = int(row["feed_mode"]) == 2
    speed = float(row["spindle_rpm"])
    if row["css_m_s"] > 0:
        speed = float(row["css_m_s"]) * 60.0 / (0.3048 if int(row["flags"]) & Flag.INCHES else 1.0)
    return {
        "f": round(float(row["feed"]) * (1.0 if per_revolution else 60.0), 5),
        "fm": int(per_revolution),
        "sp": [int(row["spindle_dir"]), round(speed, 4)],
        "cool": [int(row["coolant"]) & 1, int(row["coolant"]) >> 1],
        "tool": int(row["tool"]),
    }


def run_case(case: dict[str, Any]) -> dict[str, Any]:
    """Run one case: its JSON line."""
    program = Source(case["id"], case["program"].encode("latin-1", "replace"))
    interpreter = Interpreter(program, setup_of(case))
    moves = np.concatenate(list(interpreter.run()))
    result: dict[str, Any] = {
        "id": case["id"],
        "accept": interpreter.fault is None,
        "effective": effective(moves),
        "vars": {str(number): value for number, value in enumerate(interpreter.numbered) if number},
    }
    if interpreter.fault is not None:
        fault = interpreter.fault
        result["error"] = {"line": fault.line, "category": str(fault.category), "message": fault.message}
    return result


def run_pack(folder: Path) -> Iterator[str]:
    """One JSON line for every case of a pack."""
    for path in sorted((folder / "cases").glob("*.json")):
        yield json.dumps(run_case(json.loads(path.read_text())))
