"""Write docs/cycle-time.md: predicted against measured time, from the raw files where they are present.

    python docs/make_cycle_time.py [REFERENCE]

REFERENCE holds `nc/public/timing` (LinuxCNC measured) and `nist-box` (machine tools, NIST box assembly).
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from linewright.nc.calibrate import (
    Comparison,
    Fit,
    Observation,
    belongs,
    compare,
    fit_machine,
    observable_keys,
    observe,
    with_values,
)
from linewright.nc.cycle_time import cycle_time, plan_axes
from linewright.nc.interpreter import Interpreter
from linewright.nc.machine_logs import read_log
from linewright.nc.machine_time import MachineTime, linuxcnc_machine
from linewright.nc.moves import Kind
from linewright.nc.program_moves import read_moves
from linewright.nc.setup import Setup
from linewright.nc.source import Source

HERE = Path(__file__).resolve().parent
MEASURED = "LinuxCNC 2.9.0~pre1 trapezoidal planner, servo 1 ms"
#: Where the machines' Z axis stands at reference above the work-piece zero; the programs do not tell. mm
HOME_Z_MM = 300.0
#: What data sheets say of small machining centres; the rapid traverse is each machine's own.
CATALOGUE = {
    "control": {"tolerance_mm": 0.005, "centripetal_mm_s2": 500.0},
    "spindle": {"acceleration_rpm_s": 4000.0},
    "tool_change": {"fixed_s": 5.0},
    "overheads": {"program_s": 2.0},
}
ACCELERATION_MM_S2, JERK_MM_S3 = 2000.0, 20000.0
#: Rapid traverse, mm/s: 800 in/min, and 30 m/min.
RAPID_MM_S = {"Hurco04": 800 * 25.4 / 60, "Hurco02": 500.0}
#: name: program file, machine, log files.
PROGRAMS = {
    "cover": ("cover.nc", "Hurco04", "Cover-Hurco04-*.txt.gz"),
    "plate": ("plate-1.nc", "Hurco04", "Plate-Hurco04-*.txt.gz"),
    "box-op2": ("box-op2.nc", "Hurco02", "Box-Hurco02-*.txt.gz"),
}

TIMING_TEXT = """\
Measured: servo cycles in motion, LinuxCNC 2.9, machines A and B of the timing pack, s. Its exact stops have
closed forms, trapezoid and seven-segment S-curve.
"""
NIST_TEXT = """\
Programs and logs of the box assembly made by the National Institute of Standards and Technology (NIST) and
the Manufacturing Technology Centre: design, manufacturing and inspection data, used with acknowledgement of
NIST as the source. Neither recommends or endorses this software.

A logged run is taken for a program where its last block is the program's last line and its tool changes are
on the program's lines. Plates 2 to 10 were cut by variants whose tool changes lie elsewhere; those programs
are not published.
"""
FIT_TEXT = """\
Fitted on three runs of the cover, and on the one run of the plate. Acceleration and jerk can stand for one
another in a fit. The centripetal limit also shows directly, in the feed logged along the plate's arcs: v² /
r is 357 mm/s² at radii from 0.2 to 6.5 mm.
"""
SENSITIVITY_TEXT = """\
Data sheets give rapid traverse and tool-change time, seldom acceleration and never jerk. The catalogue
column above takes 2 m/s² and 20 m/s³, usual for the class; errors for the first run of each program with
other values:
"""
CLAIMS_TEXT = """\
What is claimed, and whether these runs bear it out. Calibrated: limits and overheads fitted on one program's logs,
another program of the same machine predicted. Uncalibrated: the catalogue column, which rests on an acceleration and a
jerk chosen by us (2 m/s², 20 m/s³), since data sheets give neither: with other choices that are just as usual the same
programs come out as far off as the last row says. Without logs of the machine, take a cycle time for what that row is.
"""
#: Demanded of a prediction: mean absolute error at most.
CALIBRATED_WITHIN, UNCALIBRATED_WITHIN = 0.08, 0.20
ACCELERATIONS_MM_S2, JERKS_MM_S3 = (1000.0, 2000.0, 3000.0), (10000.0, 20000.0, 50000.0, None)
RUNS_TEXT = """\
Active: program status active, s. Stopped: of it, an override at zero or the control's own run time standing
still, s. Predicted: the time between, with the logged overrides, s; in brackets the program that was fitted
itself. The box was cut on another machine, of which only the rapid traverse is put in: its last two columns
show how far limits fitted on one machine carry to another.
"""


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table, the first column to the left, the others to the right."""
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return ["| " + " | ".join(row) + " |" for row in [header, rule, *rows]] + [""]


def percent(share: float) -> str:
    """A share with its sign, in per cent."""
    return f"{100 * share:+.2f}%"


def timing_section(pack: Path) -> Iterator[str]:
    """Predicted times of the timing pack."""
    groups: dict[str, list[float]] = defaultdict(list)
    exact: list[float] = []
    rows = []
    for path in sorted(pack.glob("*.json")):
        case = json.loads(path.read_text())
        run = Interpreter(Source(path.name, case["program"].encode()), Setup())
        moves = np.concatenate(list(run.run()))
        row = [case["id"], case["note"]]
        for name, limits in case["machines"].items():
            v, a, j = (limits[f"max_{key}"] for key in ("velocity_mm_s", "acceleration_mm_s2", "jerk_mm_s3"))
            predicted = cycle_time(moves, linuxcnc_machine(v, a)).program_s
            measured = case["measured"][MEASURED][name]["moving_s"]
            groups[case["group"]].append(predicted / measured - 1.0)
            row += [f"{measured:.3f}", f"{predicted:.3f}", percent(predicted / measured - 1.0)]
            for profile, jerk in (("trapezoid", None), ("scurve", j)):
                if case.get("exact_s"):
                    machine = linuxcnc_machine(v, a, jerk).changed(control={"servo_period_s": 0.0})
                    exact.append(plan_axes(moves, machine).sum() / case["exact_s"][name][profile] - 1.0)
        rows.append(row)
    yield "## Against LinuxCNC's trapezoidal planner"
    yield ""
    yield TIMING_TEXT
    yield f"Exact stops against those closed forms: worst {100 * np.max(np.abs(exact)):.4f}%."
    yield ""
    summary = [
        [name, str(len(found)), f"{100 * np.mean(np.abs(found)):.2f}%", f"{100 * np.max(np.abs(found)):.2f}%"]
        for name, found in groups.items()
    ]
    yield from table(["group", "times", "mean absolute error", "worst"], summary)
    yield from table(["case", "what", "A", "predicted", "error", "B", "predicted", "error"], rows)


def catalogue_machine(name: str) -> MachineTime:
    """The machine as its data sheet and the usual values of its class tell."""
    axis = {
        "velocity_mm_s": RAPID_MM_S[name],
        "acceleration_mm_s2": ACCELERATION_MM_S2,
        "jerk_mm_s3": JERK_MM_S3,
    }
    return MachineTime.model_validate({"axes": {"x": axis, "y": axis, "z": axis}, **CATALOGUE})


def runs_of(folder: Path, moves: np.ndarray, pattern: str) -> list[tuple[str, Observation]]:
    """Logged runs that are of this very program, each with the part it cut."""
    return [
        (path.name[-13:-11], observe(moves, run))
        for path in sorted((folder / "machine-logs").glob(pattern))
        for run in read_log(path)
        if belongs(moves, run)
    ]


def nist_section(folder: Path) -> Iterator[str]:
    """Predicted times of the NIST programs."""
    setup = Setup(start=(0.0, 0.0, HOME_Z_MM, 0.0, 0.0, 0.0), parameters={5163: HOME_Z_MM})
    moves = {
        name: read_moves(folder / "nc" / file, "hurco", setup) for name, (file, _, _) in PROGRAMS.items()
    }
    runs = {name: runs_of(folder, moves[name], pattern) for name, (_, _, pattern) in PROGRAMS.items()}
    yield from which_runs(moves, runs)
    machines = {name: catalogue_machine(machine) for name, (_, machine, _) in PROGRAMS.items()}
    fits = {
        name: fit_machine(moves[name], seen := [one for _, one in runs[name][:3]], machines[name],
                          observable_keys(moves[name], seen))
        for name in ("cover", "plate")
    }  # fmt: skip
    yield from fitted_values(machines["cover"], fits)
    rows = []
    errors: dict[str, list[float]] = defaultdict(list)
    for name, (_, machine, _) in PROGRAMS.items():
        for part, seen in runs[name]:
            uncalibrated = compare(moves[name], seen, machines[name])
            errors["uncalibrated"].append(uncalibrated.error)
            row = [f"{name}, part {part}", machine, f"{seen.active_s:.1f}", f"{seen.stopped_s:.1f}"]
            row += [cell(uncalibrated)]
            for source, fit in fits.items():
                axes = {"axes.velocity_mm_s": RAPID_MM_S[machine]}
                compared = compare(moves[name], seen, with_values(fit.machine, axes))
                row.append(f"({cell(compared)})" if source == name else cell(compared))
                if source != name:
                    errors["calibrated" if machine == PROGRAMS[source][1] else "carried over"].append(compared.error)
            rows.append(row)
    trials = sensitivity(moves, runs)
    yield from claims(errors, trials)
    yield "### Logged and predicted time"
    yield ""
    yield RUNS_TEXT
    header = ["run", "machine", "active", "stopped", "catalogue", "fitted on cover", "fitted on plate"]
    yield from table(header, rows)
    yield from sensitivity_table(trials)
    for name, source in (("plate", "cover"), ("cover", "plate")):
        compared = compare(moves[name], runs[name][0][1], fits[source].machine)
        yield from block_table(f"{name}, part {runs[name][0][0]}, fitted on {source}", compared)


def claims(errors: dict[str, list[float]], trials: dict[tuple[float, float | None], list[float]]) -> Iterator[str]:
    """Each claim beside what these runs say of it."""
    yield "### What is claimed"
    yield ""
    yield CLAIMS_TEXT
    rows = []
    for words, found, within in (
        ("calibrated, same machine", errors["calibrated"], CALIBRATED_WITHIN),
        ("calibrated, carried to another machine", errors["carried over"], None),
        ("uncalibrated", errors["uncalibrated"], UNCALIBRATED_WITHIN),
        ("uncalibrated, any of the values below", [e for each in trials.values() for e in each], None),
    ):
        mean = float(np.mean(np.abs(found)))
        kept = "" if within is None else f"{100 * within:.0f}%: {'kept' if mean <= within else 'missed'}"
        low, high = percent(min(found)), percent(max(found))
        rows.append([words, str(len(found)), f"{100 * mean:.2f}%", low, high, kept])
    yield from table(["prediction", "runs", "mean absolute error", "lowest", "highest", "claim"], rows)


def sensitivity(
    moves: dict[str, np.ndarray], runs: dict[str, list[tuple[str, Observation]]]
) -> dict[tuple[float, float | None], list[float]]:
    """Error of each program's first run, uncalibrated, by acceleration and jerk: what no data sheet gives."""
    found: dict[tuple[float, float | None], list[float]] = {}
    for acceleration, jerk in product(ACCELERATIONS_MM_S2, JERKS_MM_S3):
        errors = found[acceleration, jerk] = []
        for name, (_, machine, _) in PROGRAMS.items():
            start = catalogue_machine(machine)
            axis = start.axes["x"].model_dump() | {"acceleration_mm_s2": acceleration, "jerk_mm_s3": jerk}
            trial = start.changed(axes={"x": axis, "y": axis, "z": axis})
            errors.append(compare(moves[name], runs[name][0][1], trial).error)
    return found


def sensitivity_table(trials: dict[tuple[float, float | None], list[float]]) -> Iterator[str]:
    """What the uncalibrated prediction owes to the values chosen."""
    yield "### What an uncalibrated prediction is worth"
    yield ""
    yield SENSITIVITY_TEXT
    rows = [
        [f"{a / 1000:.0f} m/s²", f"{j / 1000:.0f} m/s³" if j else "no limit", *map(percent, errors)]
        for (a, j), errors in trials.items()
    ]
    yield from table(["acceleration", "jerk", *PROGRAMS], rows)


def cell(compared: Comparison) -> str:
    """Predicted time and its error."""
    return f"{compared.predicted_s:.1f} {percent(compared.error)}"


def which_runs(moves: dict[str, np.ndarray], runs: dict[str, list[tuple[str, Observation]]]) -> Iterator[str]:
    """Which logged operation a program is."""
    yield "## Against machine tools"
    yield ""
    yield NIST_TEXT
    rows = []
    for name, (file, machine, pattern) in PROGRAMS.items():
        parts = ", ".join(part for part, _ in runs[name])
        tools = str(int((moves[name]["kind"] == Kind.TOOL_CHANGE).sum()))
        rows.append([file, machine, pattern, parts, str(int(moves[name]["line"].max())), tools])
    yield from table(["program", "machine", "logs", "parts", "last block", "tools"], rows)


def fitted_values(start: MachineTime, fits: dict[str, Fit]) -> Iterator[str]:
    """What calibration found."""
    keys = list(dict.fromkeys(key for fit in fits.values() for key in fit.values))
    yield "### Calibration"
    yield ""
    yield FIT_TEXT
    rows = []
    for key in keys:
        part, name = key.split(".")
        first = start.axes["x"] if part == "axes" else getattr(start, part)
        values = [f"{fit.values[key]:.4g}" if key in fit.values else "as catalogue" for fit in fits.values()]
        rows.append([f"`{key}`", f"{getattr(first, name):.4g}", *values])
    yield from table(["value", "catalogue", *(f"fitted on {name}" for name in fits)], rows)


def block_table(title: str, compared: Comparison) -> Iterator[str]:
    """Stretches of blocks, about thirty rows."""
    yield f"### Block by block: {title}"
    yield ""
    least = compared.logged_s / 30.0
    rows: list[list[str]] = []
    first, logged, predicted = 0, 0.0, 0.0
    for i, (stretch, seconds) in enumerate(compared.stretches):
        logged += stretch.seconds
        predicted += seconds
        if logged >= least or i == len(compared.stretches) - 1:
            difference = predicted - logged
            rows.append(
                [f"{first}–{stretch.after - 1}", f"{logged:.1f}", f"{predicted:.1f}", f"{difference:+.1f}"]
            )
            first, logged, predicted = stretch.after, 0.0, 0.0
    yield from table(["blocks", "logged, s", "predicted, s", "difference, s"], rows)


def main() -> None:
    """Write the page; without the raw files it stays as it is."""
    reference = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent.parent / "shared" / "reference"
    page = HERE / "cycle-time.md"
    head = (HERE / "cycle-time.head.md").read_text()
    parts = [head]
    for folder, section in (
        (reference / "nc/public/timing", timing_section),
        (reference / "nist-box", nist_section),
    ):
        if not folder.is_dir():
            raise SystemExit(f"{folder} is not here: {page.name} is left as it is")
        parts.append("\n".join(section(folder)))
    page.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
