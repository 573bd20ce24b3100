"""A reader of the plain programs of the timing pack: G0-G3, G81, G4, G61, G61.1, G64 in metric words.

Independent of the interpreter on purpose, so that the timing tests judge the planner alone.
"""

from __future__ import annotations

import re

import numpy as np

from linewright.nc.moves import MOVE, Kind, PathMode

_WORD = re.compile(r"([A-Z])\s*([-+]?[0-9.]+)")
_PATH = {61.0: PathMode.EXACT_PATH, 61.1: PathMode.EXACT_STOP, 64.0: PathMode.CONTINUOUS}
_MOTION = {0.0: Kind.RAPID, 1.0: Kind.FEED, 2.0: Kind.ARC_CW, 3.0: Kind.ARC_CCW}


def read_simple(program: str) -> np.ndarray:
    """MOVE records of a program in the XY plane, millimetres, starting at the origin."""
    records: list[np.void] = []
    at = np.zeros(3)
    motion, cycle, absolute = Kind.RAPID, False, True
    path_mode, tolerance, feed = PathMode.CONTINUOUS, 0.0, 0.0
    sticky: dict[str, float] = {}

    def add(kind: Kind, end: np.ndarray, centre: np.ndarray | None = None, line: int = 0) -> None:
        nonlocal at
        record = np.zeros((), MOVE)
        record["kind"], record["line"], record["feed"] = kind, line, 0.0 if kind == Kind.RAPID else feed
        record["path_mode"], record["tolerance_mm"], record["turns"] = path_mode, tolerance, 1
        record["start"][:3], record["end"][:3] = at, end
        if centre is not None:
            record["centre"] = centre
        records.append(record)
        at = np.array(end)

    for number, text in enumerate(program.splitlines(), 1):
        words = [(letter, float(value)) for letter, value in _WORD.findall(text.upper())]
        letters = {letter: value for letter, value in words if letter not in "GM"}
        codes = [value for letter, value in words if letter == "G"]
        feed = letters.get("F", feed * 60.0) / 60.0
        for code in codes:
            if code in _PATH:
                path_mode, tolerance = _PATH[code], letters.get("P", 0.0)
            elif code in _MOTION:
                motion, cycle = _MOTION[code], False
            elif code in (90.0, 91.0):
                absolute = code == 90.0
            elif code == 81.0:
                cycle, sticky = True, {"initial": at[2]}
            elif code == 80.0:
                cycle = False
        target = np.array([letters.get(a, 0.0) + at[k] * (not absolute) if a in letters else at[k]
                           for k, a in enumerate("XYZ")])
        if cycle and ("X" in letters or "Y" in letters):
            sticky.update({k: v for k, v in letters.items() if k in "ZR"})
            programmed, path_mode = path_mode, PathMode.EXACT_PATH  # cycles touch every point, as LinuxCNC does
            add(Kind.RAPID, np.array([target[0], target[1], max(at[2], sticky["R"])]), line=number)
            add(Kind.RAPID, np.array([at[0], at[1], sticky["R"]]), line=number)
            add(Kind.FEED, np.array([at[0], at[1], sticky["Z"]]), line=number)
            add(Kind.RAPID, np.array([at[0], at[1], sticky["R"]]), line=number)
            path_mode = programmed
        elif motion in (Kind.ARC_CW, Kind.ARC_CCW) and {"I", "J"} & letters.keys():
            centre = at + np.array([letters.get("I", 0.0), letters.get("J", 0.0), 0.0])
            add(motion, target, centre, line=number)
        elif {"X", "Y", "Z"} & letters.keys():
            add(motion, target, line=number)
    return np.array(records, MOVE)
