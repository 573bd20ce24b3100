"""LinuxCNC's stand-alone interpreter `rs274` as a second opinion on a program: what it sends, keeps and refuses.

It is the program that recorded the conformance pack (Debian 12, package linuxcnc-uspace; its path in RS274, or on
PATH; `benchmarks/peers/fetch_rs274.sh` unpacks one). Its output is read into the form of the pack's cases, so that
`score.py` judges. Of its messages only our own category is kept.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from effective import effective

TIMEOUT_S = 10.0
#: Power-up calls come before this one.
POWERED_UP = "ON_RESET"
REQUIRED = (
    *range(5161, 5170), *range(5181, 5190), 5210, *range(5211, 5220), 5220,
    *(5221 + 20 * system + axis for system in range(9) for axis in range(10)),
)  # fmt: skip
CALL = re.compile(r"\s*\d+\s+N(\d*|\.+)\s+([A-Z_0-9.a-z]+)\((.*)\)\s*$")
AXES = ("x", "y", "z", "a", "b", "c")
FIELDS: dict[str, tuple[str, ...]] = {
    "SET_G5X_OFFSET": ("system", *AXES),
    "SET_G92_OFFSET": AXES,
    "SET_XY_ROTATION": ("deg",),
    "USE_TOOL_LENGTH_OFFSET": (*AXES, "u", "v", "w"),
    "SET_FEED_RATE": ("f",),
    "SET_FEED_MODE": ("spindle", "mode"),
    "SET_SPINDLE_SPEED": ("spindle", "s"),
    "SET_SPINDLE_MODE": ("spindle", "css_max"),
    "SELECT_TOOL": ("t",),
    "CHANGE_TOOL": ("pocket",),
    "CHANGE_TOOL_NUMBER": ("t",),
    "STRAIGHT_TRAVERSE": AXES,
    "STRAIGHT_FEED": AXES,
    "STRAIGHT_PROBE": AXES,
    "RIGID_TAP": ("x", "y", "z"),
    "ARC_FEED": ("e1", "e2", "c1", "c2", "turns", "e3", "a", "b", "c"),
    "DWELL": ("s",),
    "NURBS_FEED": ("n",),
}
WHOLE = {"turns", "t", "mode", "system", "spindle", "n", "pocket"}
MODES = {"CANON_CONTINUOUS": "continuous", "CANON_EXACT_PATH": "exact_path", "CANON_EXACT_STOP": "exact_stop"}

#: What a message says, as our category; the first that fits.
CATEGORIES = (
    (r"^(D|E|H|I|J|K|L|P|Q|R) word with no|not allowed with G10|F word used", "unused_word"),
    (r"^Two . codes used|^Cannot use two g codes|^Too many m codes|both use P|^Must use g0 or g1", "modal_conflict"),
    (r"^Need non-negative|not found in ini", "missing_word"),
    (r"no matching|O-word|oword|subroutine|control command in o|Found 'M99'|levels|bracket missing after '", "oword"),
    (r"Fanuc '|^Failed to find sub|Unable to open file|^Unknown oword|Not in sub|^EOF in file|not in a sub", "oword"),
    (r"^Multiple", "duplicate_word"),
    (r"axis values|All axes missing with motion|axes missing with motion", "axis_words"),
    (r"G43\.2: No axes", "missing_word"),
    (r"gouging|corner|entry (arc|move)|Tool radius not less|must be straight, not an arc|parallel lines", "comp_gouge"),
    (r"spline|Spline|NURBS|G5|Control Point|control points|specify both (I|P)", "spline"),
    (r"cutter|comp\b|radius comp|XY, XZ planes|lathe tool|with L word, but|g53 with", "comp_state"),
    (r"arc|Arc|Mixed radius|Radius to end|word given for|R i j k", "arc_geometry"),
    (r"zero feed|0 feed|F word missing", "feed_missing"),
    (r"canned|cycle|Cannot put|in g8|value unspecified|word missing with g(73|8)|p word missing with g8|zero q|"
     r"R value less|Spindle turning|repeats|G76|Spindle not turning in (g8|G[78])|^R less|unspecified", "cycle_word"),
    (r"probe|Probe|probing", "probe"),
    (r"tool|Tool", "tool"),
    (r"missing with|Dwell|Spindle not turning in|without offsets|does not have L|All axes missing with g|^Need|"
     r"No valid P|Need to have|with no D|-word|timeout", "missing_word"),
    (r"parameter|Parameter|Invalid absolute", "parameter"),
    (r"divide|argument|Argument|power|bracket|unary|operation|Unclosed expression|Calculation|atan", "expression"),
    (r"Unknown (g|m) code|not implemented", "unknown_code"),
    (r"context|stack frame|incremental|not allowed|polar", "modal_state"),
    (r"[Nn]egative|out of range|not an integer|Non integer|Invalid|must be|within|should be|bounds", "range"),
    (r"", "syntax"),
)  # fmt: skip


def find() -> str | None:
    """The interpreter's path, or None."""
    return os.environ.get("RS274") or shutil.which("rs274")


def category_of(message: str) -> str:
    """Our category for one of its messages."""
    return next(category for pattern, category in CATEGORIES if re.search(pattern, message))


def read_call(line: str) -> dict[str, Any] | None:
    """One canonical call as the pack writes it; None where the line is none."""
    match = CALL.match(line)
    if match is None:
        return None
    number, name, text = match.groups()
    call: dict[str, Any] = {"op": name}
    if number.isdigit():
        call["n"] = int(number)
    if name == "USE_LENGTH_UNITS":
        return {**call, "units": "mm" if "MM" in text else "inch"}
    if name == "SELECT_PLANE":
        return {**call, "plane": text.removeprefix("CANON_PLANE_")}
    if name == "SET_MOTION_CONTROL_MODE":
        mode, _, tolerance = text.partition(",")
        call["mode"] = MODES[mode]
        if tolerance:
            call["tol"] = float(tolerance)
        return call
    values = [part for part in re.split(r"[,\s]+", text) if part and part != "..."]
    for field, value in zip(FIELDS.get(name, ()), values, strict=False):
        call[field] = int(value) if field in WHOLE else float(value)
    return call


def tool_line(tool: dict[str, Any]) -> str:
    """A line of its tool table."""
    words = "".join(f" {letter.upper()}{tool[letter]}" for letter in "xyzabcdijq" if tool.get(letter))
    return f"T{tool['t']} P{tool['p']}{words}"


def run(case: dict[str, Any], program: str) -> dict[str, Any]:
    """`expect` of a case: what the interpreter makes of it. `hung` where it does not end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "p.ngc").write_text(case["program"], encoding="latin-1", errors="replace")
        for file, text in (case.get("files") or {}).items():
            (folder / file).write_text(text)
        (folder / "t.tbl").write_text("".join(tool_line(tool) + "\n" for tool in case.get("tools") or []))
        stored = {int(number): value for number, value in (case.get("vars_in") or {}).items()}
        kept = {**dict.fromkeys((*REQUIRED, *case.get("vars_tracked", ())), 0.0), 5220: 1.0, **stored}
        (folder / "v.var").write_text("".join(f"{n}\t{kept[n]:.6f}\n" for n in sorted(kept)))
        command = [program, "-t", "t.tbl", "-v", "v.var", "-n", "2", "-g"]
        if case.get("block_delete"):
            command.append("-b")
        if case.get("ini"):
            sections = (f"[{s}]\n" + "".join(f"{k}={v}\n" for k, v in e.items()) for s, e in case["ini"].items())
            (folder / "m.ini").write_text("".join(sections))
            command += ["-i", "m.ini"]
        try:
            environment = {**os.environ, "HOME": name}  # where it shares its tool table with others of its kind
            done = subprocess.run(
                [*command, "p.ngc"], cwd=folder, env=environment, capture_output=True, timeout=TIMEOUT_S,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"hung": True}
        after = dict(line.split()[:2] for line in (folder / "v.var").read_text().splitlines() if line.strip())
    return outcome(case, done, kept, {int(n): float(v) for n, v in after.items()})


def outcome(
    case: dict[str, Any], done: subprocess.CompletedProcess[bytes], before: dict[int, float], after: dict[int, float]
) -> dict[str, Any]:
    """Calls, effective list, parameters and error of a finished run."""
    calls = [call for line in done.stdout.decode("latin-1").splitlines() if (call := read_call(line))]
    first = next((i + 1 for i, call in enumerate(calls) if call["op"] == POWERED_UP), 0)
    commands = [call for call in calls[first:] if call["op"] != POWERED_UP]
    start = {"units": "mm", "commands": calls[:first]}
    found: dict[str, Any] = {
        "accept": done.returncode == 0,
        "crashed": done.returncode < 0,
        "commands": commands,
        "effective": effective(commands, init=start),
    }
    if done.returncode == 0:
        tracked = {int(n) for n in case.get("vars_tracked", ())}
        changed = {n for n, v in after.items() if n >= 5161 and v != before.get(n, 0.0)}
        found["vars_out"] = {str(n): after[n] for n in sorted(tracked | changed) if n in after}
        return found
    said = [line for line in done.stderr.decode("latin-1").splitlines() if line.strip() and line != "executing"]
    found["message"] = said[0] if said else ""
    text = said[1].strip() if len(said) > 1 else ""
    found["error"] = {"category": category_of(found["message"]), "line": line_of(case["program"], text), "text": text}
    return found


def line_of(program: str, text: str) -> int | None:
    """The number of the only line that reads so; None where there is none, or more than one."""
    places = [i for i, line in enumerate(program.splitlines(), 1) if line.strip() == text]
    return places[0] if len(places) == 1 else None
