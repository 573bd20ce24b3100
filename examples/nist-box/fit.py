"""Figures of the box assembly line, taken from the raw records of NIST and MTC.

    python examples/nist-box/fit.py RAW_FOLDER

reads machine logs and inspection files, and writes the small tables in `data/` beside this script. Figures
marked *measured* in `plant.yaml` are copied from `data/fitted.csv` and `data/inspection.csv`.

Source of the records: National Institute of Standards and Technology (NIST) and Manufacturing Technology
Centre (MTC), "Design, Manufacturing, and Inspection Data for a Box Assembly".
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from inspection import (
    LABORATORIES,
    compare_lengths,
    hole_rows,
    measured_rows,
    read_laboratory,
    yield_row,
)
from machine_log import Visit, read_events, visits_of
from numpy.typing import NDArray

HERE = Path(__file__).parent
Record = dict[str, object]  # one row of a table
PARTS = range(1, 11)  # the logs of the other ten parts were not published in this form
MACHINES = {"Box": "Hurco02", "Cover": "Hurco04", "Plate": "Hurco04"}
OPERATIONS = {"Box": ["op1", "op2", "op3", "op5"], "Cover": ["op1", "op2", "op3"], "Plate": ["op1", "op2"]}
OPERATIONS_OF_THE_FIRST_BOX = ["op1", "op2", "op3", "op4", "op5"]  # op4 was logged for one box alone
OUTLIER_SCORE = 3.5  # modified z-score of Iglewicz & Hoaglin (1993)
LEAST_SCATTER = 0.02  # of the median: programs that repeat to the second would call every blink an outlier
PROVING_PARTS = 3  # of each kind: programs were still being proved on them
LONGEST_CHANGE_S = 30 * 60.0  # a longer gap between two parts is a break or another job


@dataclass(frozen=True)
class Row:
    """One operation on one part."""

    kind: str
    operation: str
    part: int
    visit: Visit

    @property
    def machine(self) -> str:
        return MACHINES[self.kind]

    @property
    def name(self) -> str:
        return f"{self.kind.lower()} {self.operation}"


def read_rows(folder: Path) -> list[Row]:
    """All operations on all logged parts."""
    rows = []
    for kind, machine in MACHINES.items():
        for part in PARTS:
            events, broken = read_events(folder / f"{kind}-{machine}-{part:02d}of20.txt.gz")
            visits = visits_of(events)
            names = OPERATIONS[kind]
            if len(visits) == len(OPERATIONS_OF_THE_FIRST_BOX):
                names = OPERATIONS_OF_THE_FIRST_BOX
            if len(visits) != len(names):
                raise SystemExit(f"{kind} {part}: {len(visits)} visits logged, {len(names)} expected")
            print(f"{kind} {part}: {len(events)} events, {broken} broken lines left out")
            rows += [Row(kind, name, part, visit) for name, visit in zip(names, visits, strict=True)]
    return rows


# ---------------------------------------------------------------- operation times


def is_usual(times_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which times belong together; the others tell a story (a repeated program, half a record)."""
    middle = np.median(times_s)
    scatter = max(1.4826 * float(np.median(np.abs(times_s - middle))), LEAST_SCATTER * float(middle))
    return np.asarray(np.abs(times_s - middle) <= OUTLIER_SCORE * scatter)


def story(row: Row, usual_s: float) -> str:
    """Why a time is not like the others of its operation, as far as the log says."""
    visit = row.visit
    if visit.processing_s < 0.6 * usual_s:
        return "only a part of the work was logged: resumed with " + ", ".join(visit.names or ("?",))
    if visit.processing_s > 1.15 * usual_s:
        return f"work repeated: {visit.programs} program starts, stopped {visit.stopped_s:.0f} s between"
    return "another version of the program"


def time_rows(rows: list[Row]) -> list[Record]:
    """Operation times part by part."""
    table = []
    for name in dict.fromkeys(row.name for row in rows):
        group = [row for row in rows if row.name == name]
        times_s = np.array([row.visit.processing_s for row in group])
        usual = is_usual(times_s)
        for row, ok in zip(group, usual, strict=True):
            table.append(
                {
                    "material": row.kind.lower(),
                    "operation": row.operation,
                    "machine": row.machine,
                    "part": row.part,
                    "proving": int(row.part <= PROVING_PARTS),
                    "processing_s": round(row.visit.processing_s, 1),
                    "at_slow_feed_s": round(row.visit.slow_s, 1),
                    "stops": len(row.visit.stops),
                    "stopped_s": round(row.visit.stopped_s, 1),
                    "usual": int(ok),
                    "why_not": "" if ok else story(row, float(np.median(times_s))),
                }
            )
    return table


def change_rows(rows: list[Row]) -> list[Record]:
    """Time from the end of one part to the start of the next in the same operation: unload, load, start."""
    by_place = {(row.name, row.part): row for row in rows}
    table = []
    for row in rows:
        following = by_place.get((row.name, row.part + 1))
        if following and 0 < (gap_s := following.visit.began_s - row.visit.ended_s) <= LONGEST_CHANGE_S:
            table.append(change_row(row, gap_s))
    return table


def change_row(before: Row, gap_s: float) -> Record:
    return {
        "material": before.kind.lower(),
        "operation": before.operation,
        "machine": before.machine,
        "after_part": before.part,
        "change_s": round(gap_s, 1),
    }


def stop_rows(rows: list[Row]) -> list[Record]:
    """Every stop: where, after how much processing of that machine, how long."""
    table = []
    for machine in dict.fromkeys(MACHINES.values()):
        busy_s = 0.0
        for row in sorted((r for r in rows if r.machine == machine), key=lambda r: r.visit.began_s):
            for stop in row.visit.stops:
                table.append(
                    {
                        "machine": machine,
                        "material": row.kind.lower(),
                        "operation": row.operation,
                        "part": row.part,
                        "machine_busy_s": round(busy_s + stop.after_s, 1),
                        "duration_s": round(stop.duration_s, 1),
                        "kind": stop.kind,
                        "proving": int(row.part <= PROVING_PARTS),
                    }
                )
            busy_s += row.visit.processing_s
    return table


# ---------------------------------------------------------------- fits


@dataclass(frozen=True)
class Sample:
    """Values of one thing: how many, their mean and coefficient of variation."""

    n: int
    mean_s: float
    cv: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Sample:
        """Plain moments."""
        x = np.array(list(values))
        return cls(len(x), float(x.mean()), float(x.std(ddof=1) / x.mean()) if len(x) > 1 else 0.0)

    @classmethod
    def lognormal(cls, values: Iterable[float]) -> Sample:
        """Maximum likelihood: mean = exp(mu + s²/2), cv = sqrt(exp(s²) - 1)."""
        logs = np.log(np.array(list(values)))
        s = float(logs.std(ddof=1)) if len(logs) > 1 else 0.0
        return cls(len(logs), float(np.exp(logs.mean() + s * s / 2)), float(np.sqrt(np.exp(s * s) - 1)))

    def and_then(self, other: Sample) -> Sample:
        """One after the other, independent: means and variances add."""
        mean_s = self.mean_s + other.mean_s
        sd_s = float(np.hypot(self.mean_s * self.cv, other.mean_s * other.cv))
        return Sample(min(self.n, other.n), mean_s, sd_s / mean_s)

    def row(self, what: str, distribution: str) -> Record:
        return {
            "what": what,
            "n": self.n,
            "distribution": distribution,
            "mean_s": round(self.mean_s, 1),
            "cv": round(self.cv, 4),
        }


def fit_rows(times: list[Record], changes: list[Record], stops: list[Record]) -> list[Record]:
    """All distributions that the plant file uses, and the ones they are made from."""
    fits = []
    floors = {}  # by operation: processing and part change together, what the plant file calls its time
    for material, operation in dict.fromkeys((t["material"], t["operation"]) for t in times):
        here = {"material": material, "operation": operation}
        machine = MACHINES[str(material).capitalize()]
        processing = Sample.lognormal(column(times, "processing_s", usual=1, **here))
        gaps = column(changes, "change_s", **here) or column(changes, "change_s", machine=machine)
        change = Sample.of(gaps)
        name = f"{material} {operation}"
        fits.append(processing.row(f"{name} processing", "lognormal"))
        fits.append(change.row(f"{name} part change", "as measured"))
        floors[name] = processing.and_then(change)
        fits.append(floors[name].row(f"{name} floor to floor", "lognormal"))
    for machine in dict.fromkeys(MACHINES.values()):
        for proving, word in ((1, "proving, parts 1-3"), (0, "series, parts 4-10")):
            durations = column(stops, "duration_s", machine=machine, proving=proving)
            parts = [t for t in times if t["machine"] == machine and t["proving"] == proving]
            busy_s = sum(floors[f"{t['material']} {t['operation']}"].mean_s for t in parts)
            between = Sample(len(durations), busy_s / len(durations), 1.0)
            fits.append(between.row(f"{machine} busy time between stops ({word})", "exponential"))
            fits.append(Sample.of(durations).row(f"{machine} stop ({word})", "as measured"))
    return fits


def column(table: list[Record], name: str, **where: object) -> list[float]:
    """Numbers of one column in the rows that match."""
    return [float(str(row[name])) for row in table if all(row[key] == value for key, value in where.items())]


# ---------------------------------------------------------------- tables


def write(name: str, rows: list[Record]) -> None:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (HERE / "data" / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
        table = csv.DictWriter(out, columns, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    print(f"data/{name}.csv: {len(rows)} rows")


def main(raw: Path) -> None:
    if not (raw / "machine-logs").is_dir():
        raise SystemExit(f"{raw} has no folder machine-logs: name the folder with NIST's records")
    (HERE / "data").mkdir(exist_ok=True)
    rows = read_rows(raw / "machine-logs")
    times, changes, stops = time_rows(rows), change_rows(rows), stop_rows(rows)
    write("operation-times", times)
    write("part-changes", changes)
    write("stops", stops)
    for machine in dict.fromkeys(MACHINES.values()):
        write(f"stops-{machine.lower()}", [s for s in stops if s["machine"] == machine and not s["proving"]])
    write("fitted", fit_rows(times, changes, stops))
    write_inspection(raw / "inspection")


def write_inspection(folder: Path) -> None:
    materials = [kind.lower() for kind in MACHINES]
    labs = {(m, lab): read_laboratory(folder, m, lab) for m in materials for lab in LABORATORIES}
    write("measured-values", [row for lab in labs.values() for row in measured_rows(lab)])
    write("inspection", [yield_row(lab) for lab in labs.values()])
    write("plate-holes", hole_rows(labs["plate", "first-article"], labs["plate", "incoming"]))
    pairs = [(labs[m, "first-article"], labs[m, "incoming"]) for m in materials]
    write("laboratories", [row for pair in pairs for row in compare_lengths(*pair)])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
