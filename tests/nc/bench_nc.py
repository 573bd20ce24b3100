"""Benchmark of the reader beside others on the same million lines: `python tests/nc/bench_nc.py`.

Compares CPU seconds of one run: parse, interpret and check here; LinuxCNC's `rs274` (Debian package
linuxcnc-uspace; its path in RS274) on the same file; gcodeparser and pygcode (PyPI), which only parse and
know no modal form, on the first lines with G1 written out. What is not installed is left out. The last line
is one JSON object.

`--write` puts the figures into docs/nc.md, with the memory and CPU time that programs of up to ten million lines take.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "pack" / "long"))

LOOP = """G21 G90 F1000
#1=0
O100 WHILE [#1 LT 100000]
 #2=[25*COS[#1/10]]
 #3=[25*SIN[#1/10]]
 G1 X#2 Y#3 Z[#1/1000]
 #1=[#1+1]
O100 ENDWHILE
M2
"""
PAGE = HERE.parents[1] / "docs" / "nc.md"
MACHINE = """
check: { travel_mm: { x: [-500, 500], y: [-500, 500], z: [-500, 500] }, spindle_rpm: [0, 20000] }
time:
  axes: { x: { velocity_mm_s: 500, acceleration_mm_s2: 4000, jerk_mm_s3: 60000 },
          y: { velocity_mm_s: 500, acceleration_mm_s2: 4000, jerk_mm_s3: 60000 },
          z: { velocity_mm_s: 500, acceleration_mm_s2: 4000, jerk_mm_s3: 60000 } }
"""
LENGTHS = {"100 thousand lines": 100_000, "1 million lines": 1_000_000, "10 million lines": 10_000_000}
SAMPLE_LINES = 50_000  # for the peers that take minutes over a million


def surface() -> str:
    """The million-line program of the pack."""
    import gen_long

    text = io.StringIO()
    with redirect_stdout(text):
        gen_long.surface()
    return text.getvalue()


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def child_seconds(command: list[str], folder: Path) -> float:
    """CPU time of a program that is run to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def check_seconds(path: Path) -> float:
    """Parse, interpret and check, after the compiler has been warmed up."""
    from linewright.nc.check import check_program
    from linewright.nc.machine_check import MachineCheck

    machine = MachineCheck.model_validate(
        {"travel_mm": {"x": [-500, 500], "y": [-500, 500], "z": [-500, 500]}, "spindle_rpm": [0, 20000]}
    )
    warm = path.with_name("warm.ngc")
    warm.write_text("G21 F1\nG1 X1\nG2 X2 I.5\nM2\n")
    check_program(warm, machine)
    return cpu_seconds(lambda: check_program(path, machine))


def peer_seconds(name: str, lines: list[str]) -> float:
    """A PyPI parser on some lines."""
    text = "\n".join(f"G1 {line}" if line[0] in "XYZ" else line for line in lines if line[0] != "%")
    if name == "gcodeparser":
        from gcodeparser import parse_gcode_lines

        return cpu_seconds(lambda: list(parse_gcode_lines(text)))
    from pygcode import Line

    return cpu_seconds(lambda: [Line(line) for line in text.splitlines()])


#: Runs a command from a small process, whose own size would else count as the command's.
LAUNCHER = """
import json, resource, subprocess, sys
subprocess.run([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_maxrss / 1024, used.ru_utime + used.ru_stime]))
"""


def peak(command: list[str]) -> tuple[float, float]:
    """Most memory (MB) and CPU time (s) of a command; it may end with a finding."""
    told = subprocess.run([sys.executable, "-c", LAUNCHER, *command], capture_output=True, check=True)
    megabytes, seconds = json.loads(told.stdout)
    return megabytes, seconds


def memory_table(folder: Path, lines: list[str]) -> list[str]:
    """What `nc check` and `nc time --totals` take, by length of the program: a Markdown table."""
    rows = ["| Program | check: peak memory, CPU | `--totals`: peak memory, CPU |", "|---|---|---|"]
    machine = folder / "machine.yaml"
    machine.write_text(MACHINE)
    head, body, end = lines[:8], lines[8:-2], lines[-2:]
    for words, count in LENGTHS.items():
        path = folder / f"{count}.ngc"
        with path.open("w") as file:
            file.write("\n".join(head) + "\n")
            for first in range(0, count, len(body)):
                file.write("\n".join(body[: count - first]) + "\n")
            file.write("\n".join(end) + "\n")
        command = ["-m", "linewright.cli", "nc"]
        check = peak([*command, "check", str(path), "--machine", str(machine)])
        totals = peak([*command, "time", str(path), "--machine", str(machine), "--totals"])
        path.unlink()
        rows.append("| " + " | ".join([words, *(f"{mb:.0f} MB, {s:.1f} s" for mb, s in (check, totals))]) + " |")
    return rows


def write(mark: str, lines: list[str]) -> None:
    """Put lines between the marks of a name in docs/nc.md."""
    before, rest = PAGE.read_text().split(f"<!-- {mark} -->\n")
    after = rest.split(f"<!-- end of {mark} -->\n")[1]
    inside = "\n".join(lines)
    PAGE.write_text(f"{before}<!-- {mark} -->\n{inside}\n<!-- end of {mark} -->\n{after}")


def words_of(facts: dict[str, Any]) -> list[str]:
    """The figures as a sentence."""
    faster = facts["times_faster"]
    peers = [peer for peer in ("rs274", "gcodeparser", "pygcode") if peer in faster]
    beside = [f"{faster[peer]:.1f} times as fast as {peer}" for peer in peers]
    loops = f" Loops in O-words run at {faster['rs274_loops']:.2f} of `rs274`." if "rs274_loops" in faster else ""
    return [
        f"Parse, interpret and check: {facts['lines_per_cpu_s'] / 1e6:.2f} million lines in a second of CPU,",
        f"{', '.join(beside)}, measured in one run.",
        loops.strip(),
    ]


def main() -> None:
    """Run everything and print the figures."""
    times_faster: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, loop = folder / "surface.ngc", folder / "loop.ngc"
        text = surface()
        path.write_text(text)
        loop.write_text(LOOP)
        lines = text.splitlines()
        own = check_seconds(path)
        own_loop = check_seconds(loop)
        print(f"linewright: {own:.2f} s for {len(lines)} lines; O-word loop {own_loop:.2f} s")
        rs274 = os.environ.get("RS274") or shutil.which("rs274")
        if rs274:
            (folder / "t.tbl").write_text("T3 P3 Z3.25 D.125\n")
            (folder / "v.var").write_text("")
            command = [rs274, "-t", "t.tbl", "-v", "v.var", "-n", "2", "-g"]
            theirs = child_seconds([*command, path.name, os.devnull], folder)
            their_loop = child_seconds([*command, loop.name, os.devnull], folder)
            print(f"rs274: {theirs:.2f} s; O-word loop {their_loop:.2f} s")
            times_faster["rs274"] = theirs / own
            times_faster["rs274_loops"] = their_loop / own_loop
        for peer in ("gcodeparser", "pygcode"):
            if importlib.util.find_spec(peer):
                rate = SAMPLE_LINES / peer_seconds(peer, lines[:SAMPLE_LINES])
                print(f"{peer}: {rate:.0f} lines/s")
                times_faster[peer] = len(lines) / own / rate
        facts = {
            "lines_per_cpu_s": round(len(lines) / own),
            "times_faster": {peer: round(times, 2) for peer, times in times_faster.items()},
        }
        if "--write" in sys.argv:
            write("bench-nc", words_of(facts))
            write("memory", memory_table(folder, lines))
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
