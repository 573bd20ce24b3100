"""Published cases: plant files beside what their sources report (`reported.csv`), and what the twin gives."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linewright.control.codes import MachineState
from linewright.errors import InputError, Problem
from linewright.plant import load_plant
from linewright.plant.orders import load_orders
from linewright.twin.experiment import simulate
from linewright.twin.figures import bin_edges
from linewright.twin.results import Result
from linewright.twin.statistics import t_quantile

LEVEL = 0.95
UNITS = {"1/h": 3600.0, "1/(8 h)": 8 * 3600.0, "s": 1.0, "min": 1 / 60, "h": 1 / 3600, "%": 100.0}


@dataclass(frozen=True)
class Figure:
    """One reported figure of a case, and ours."""

    case: str
    plant: str
    measure: str
    of: str
    unit: str
    reported: float
    low: float
    high: float
    ours: float
    ours_low: float
    ours_high: float
    why: str  # what explains a difference

    @property
    def agrees(self) -> bool:
        """Do the two intervals meet?"""
        slack = 1e-9 * max(abs(self.reported), 1.0)
        return self.ours_low <= self.high + slack and self.low <= self.ours_high + slack


def run_cases(folder: str | Path, seed: int = 1, threads: int | None = None) -> Iterator[Figure]:
    """All figures of all cases in the folder."""
    found = sorted(Path(folder).glob("*/reported.csv"))
    if not found:
        raise InputError([Problem("no case here has a file reported.csv", str(folder))])
    for path in found:
        yield from run_case(path.parent, seed, threads)


def run_case(folder: Path, seed: int = 1, threads: int | None = None) -> Iterator[Figure]:
    """The figures of one case; each plant of it is simulated once, as its table `experiment` says."""
    with (folder / "reported.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    results: dict[str, Result] = {}
    for row in rows:
        name = row["plant"]
        if name not in results:
            results[name] = simulate_as_told(folder / name, seed, threads)
        yield compare(folder.name, row, results[name])


def simulate_as_told(path: Path, seed: int, threads: int | None) -> Result:
    """The plant's own experiment: length, warm-up and replications from its file."""
    plant = load_plant(path)
    return simulate(
        plant, orders=load_orders(plant, path.parent), folder=path.parent, seed=seed, threads=threads
    )


def compare(case: str, row: dict[str, str], result: Result) -> Figure:
    """One reported figure beside ours."""
    values = UNITS.get(row["unit"], 1.0) * read_measure(result, row["measure"], row["of"])
    ours, half = float(values.mean()), half_width(values, len(values))
    reported = float(row["reported"])
    scatter = half_width(values, int(row["replications"]))
    return Figure(
        case=case,
        plant=Path(row["plant"]).stem,
        measure=row["measure"],
        of=row["of"],
        unit=row["unit"],
        reported=reported,
        low=float(row["low"] or reported - scatter),
        high=float(row["high"] or reported + scatter),
        ours=ours,
        ours_low=ours - half,
        ours_high=ours + half,
        why=row.get("why") or "",
    )


def half_width(values: NDArray[np.float64], replications: int) -> float:
    """Half of a 95% interval of the mean of so many replications that scatter as these do."""
    if len(values) < 2:
        return 0.0
    return float(t_quantile(LEVEL, len(values) - 1) * values.std(ddof=1) / np.sqrt(replications))


def read_measure(result: Result, measure: str, of: str) -> NDArray[np.float64]:
    """(replications,) the measure in SI units, shares as numbers up to 1."""
    if state := re.fullmatch(r"state (\w+)", measure):
        return np.asarray(result.stations[of].shares[:, MachineState[state[1].upper()]])
    if measure == "crew busy":
        c = result.layout.crews.index(of)
        return np.asarray(result.sums["crew_busy_s"][:, c] / result.sums["crew_here_s"][:, c])
    parts = result.total if of == "total" else result.together(of)
    if measure == "finished":
        return parts.finished_n
    if measure == "throughput":
        return parts.finished_n / parts.span_s
    if measure == "lead time":
        return parts.lead_sum_s / parts.finished_n
    if measure == "order lead time":
        return parts.order_lead_sum_s / parts.orders_done_n
    if measure == "on time":
        return 1.0 - parts.orders_late_n / parts.orders_done_n
    if within := re.fullmatch(r"share within (\d+) min", measure):
        return np.array([share_within(bins, 60.0 * float(within[1])) for bins in parts.bins])
    raise InputError([Problem(f"unknown measure {measure!r}", "reported.csv")])


def share_within(bins: NDArray[np.int64], limit_s: float) -> float:
    """Share of lead times up to a limit, from their bins."""
    return float(np.interp(limit_s, bin_edges(), np.concatenate([[0], np.cumsum(bins)])) / bins.sum())
