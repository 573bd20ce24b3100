"""Programs drawn at random, run here and by LinuxCNC's `rs274`, and compared: `make beside-rs274`.

Motion, parameters, refusals and their lines have to agree; what does not is printed with both answers. With
`--record FILE` the programs of a file of cases (JSON, one a line) are run by `rs274` again and its answers written.
Categories of faults are ours: `rs274` has messages alone.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "pack")]

import score  # noqa: E402
from beside import programs, rs274  # noqa: E402

from linewright.nc.conformance import run_case  # noqa: E402

COMPARED = ("accept", "motion", "vars", "errline")


def case_of(name: str, program: str) -> dict[str, Any]:
    """A case as the pack writes it, with our tool table."""
    return {"id": name, "program": program, "tools": programs.TOOLS, "vars_tracked": programs.TRACKED}


def differences(case: dict[str, Any], expected: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The levels of `score.py` on which we differ from an answer, and ours."""
    ours = run_case(case)
    levels = score.score({**case, "expect": expected}, ours)
    return [level for level in COMPARED if level in levels and not levels[level]], ours


def first_difference(expected: dict[str, Any], ours: dict[str, Any]) -> str:
    """The first record of motion, or the first parameter, that differs."""
    theirs, own = expected["effective"], ours["effective"]
    for k in range(max(len(theirs), len(own))):
        pair = [found[k] if k < len(found) else None for found in (theirs, own)]
        if None in pair or not score.close(*pair, 0.011):
            return f"  record {k}: rs274 {pair[0]}\n            here  {pair[1]}"
    kept = expected.get("vars_out", {})
    wrong = {n: (v, ours["vars"].get(n)) for n, v in kept.items() if not score.close(v, ours["vars"].get(n), 4e-4)}
    return f"  parameters (rs274, here): {wrong}"


def compare(count: int, seed: int, interpreter: str) -> Counter[str]:
    """Draw and compare programs; the counts of each outcome."""
    counts: Counter[str] = Counter()
    for k in range(count):
        draw = random.Random(seed * 1_000_003 + k)
        case = case_of(f"{seed}-{k}", programs.drawn(draw))
        expected = rs274.run(case, interpreter)
        if expected.get("hung") or expected.get("crashed"):
            run_case(case)
            counts["rs274 hung or crashed"] += 1
            continue
        found, ours = differences(case, expected)
        counts["agree" if not found else "differ"] += 1
        counts["accepted" if expected["accept"] else "refused"] += 1
        if found:
            print(f"--- program {case['id']}: {', '.join(found)}\n{case['program']}", end="")
            print(f"  rs274: {expected.get('message') or 'accepts'} {expected.get('error', '')}")
            print(f"  here:  {ours.get('error') or 'accepts'}\n{first_difference(expected, ours)}", flush=True)
    return counts


def record(path: Path, interpreter: str) -> None:
    """Write the answers of `rs274` to the programs of a file into it; those that differ from ours are said."""
    lines = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        case = case_of(f"{path.stem}-{number}", json.loads(line)["program"])
        expected = rs274.run(case, interpreter)
        kept: dict[str, Any] = {"accept": expected["accept"], "effective": expected["effective"]}
        kept["commands"] = [call for call in expected["commands"] if call.get("units") == "inch"][:1]  # the tolerance
        found, ours = differences(case, expected)
        if found:
            print(f"--- {case['id']}: {', '.join(found)}\n{case['program']}{first_difference(expected, ours)}")
        if expected["accept"]:
            kept["vars_out"] = {n: v for n, v in expected["vars_out"].items() if v}
        else:
            category = ours["error"]["category"] if "error" in ours else expected["error"]["category"]
            kept["error"] = {"line": expected["error"]["line"], "category": category}
        lines.append(json.dumps({"program": case["program"], "expect": kept}))
    path.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Read the options and compare."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--programs", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--record", type=Path)
    chosen = options.parse_args()
    interpreter = rs274.find()
    if interpreter is None:
        sys.exit("no rs274 here: name it in RS274, or see benchmarks/peers/fetch_rs274.sh")
    if chosen.record:
        record(chosen.record, interpreter)
        return
    print(json.dumps(dict(compare(chosen.programs, chosen.seed, interpreter))))


if __name__ == "__main__":
    main()
