"""Does the twin tell the truth? Rows of exact answers, each simulated until it is precise enough.

Each row of the file (`case, parameters, measure, exact value`) becomes a plant (`truth_rows`). A pilot run
says how long the run must be for a standard error of 0.3% of the answer; the run itself uses other random
numbers. The answer holds where it lies within 3.5 standard errors of the estimate.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.control.codes import MachineState
from linewright.errors import InputError, Problem
from linewright.plant import Plant
from linewright.plant.distributions import Distribution
from linewright.twin.experiment import simulate
from linewright.twin.figures import bin_quantile
from linewright.twin.results import Result
from linewright.twin.truth_rows import NotALine, Truth, truth_of

RELATIVE_ERROR = 0.003  # standard error wanted, of the exact value
WITHIN = 3.5  # standard errors
REPLICATIONS = 64  # enough that their standard error is itself well known
PILOT_PARTS = 4_000  # in each replication
WARM_UP = 0.05  # of a replication's measured length ...
WARM_UP_PARTS = 2_000  # ... and at least so many parts
MARGIN = 1.2  # the pilot's variance is itself uncertain
ATTEMPTS = 4  # each as long as the one before it found to be needed
RACE_PARTS = 5_000  # of each of several plants, in each of `RACERS` replications of the first round
RACERS = 8
RACE_ROUNDS = 7  # each twice as long as the one before
BEHIND = 4.0  # standard errors of a paired difference after which a plant is out of the race

COLUMNS = ("case", "parameters", "measure", "exact value")


@dataclass(frozen=True)
class Row:
    """A row of the file: what is modelled, and the exact answer."""

    case: str
    parameters: dict[str, Any]
    measure: str
    exact: float


@dataclass(frozen=True)
class Verdict:
    """What the twin says about a row; None where the line cannot say it."""

    case: str
    parameters: dict[str, Any]
    measure: str
    exact: float
    low: float | None = None  # the estimate less and more 3.5 standard errors
    high: float | None = None
    holds: bool | None = None
    estimate: float | None = None
    standard_error: float | None = None
    expressible: bool = True
    why: str = ""  # why it is not expressible, or what stopped the run

    def to_json(self) -> str:
        """One line of JSON; what the row has nothing to say about is left out."""
        return json.dumps(
            {key: value for key, value in asdict(self).items() if value is not None and value != ""}
        )


def read_rows(path: str | Path) -> list[Row]:
    """The rows of a CSV file; `InputError` names every line that cannot be read."""
    path = Path(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            table = csv.DictReader(stream)
            lines = [(table.line_num, line) for line in table]
            missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError([Problem(f"cannot read it: {why}", str(path))]) from None
    if missing:
        raise InputError([Problem(f"the column `{name}` is missing", str(path), 1) for name in missing])
    problems: list[Problem] = []
    rows = [row for number, line in lines if (row := _read_row(line, path, number, problems)) is not None]
    if problems:
        raise InputError(problems)
    return rows


def _read_row(line: dict[str, str], path: Path, number: int, problems: list[Problem]) -> Row | None:
    try:
        parameters = json.loads(line["parameters"])
        return Row(line["case"], parameters, line["measure"], float(line["exact value"]))
    except (TypeError, ValueError) as error:
        problems.append(Problem(f"cannot read this row: {error}", str(path), number))
        return None


def run_truth(
    path: str | Path, seed: int = 1, threads: int | None = None, relative_error: float = RELATIVE_ERROR
) -> Iterator[Verdict]:
    """A verdict on every row of the file, one by one as they are found."""
    return judge_rows(read_rows(path), seed, threads, relative_error)


def judge_rows(
    rows: Iterable[Row], seed: int = 1, threads: int | None = None, relative_error: float = RELATIVE_ERROR
) -> Iterator[Verdict]:
    """A verdict on every row."""
    for row in rows:
        yield judge(row, seed, threads, relative_error)


def judge(
    row: Row, seed: int = 1, threads: int | None = None, relative_error: float = RELATIVE_ERROR
) -> Verdict:
    """Simulate one row until it is precise enough, and compare."""
    wanted = relative_error * abs(row.exact)
    asked = Verdict(row.case, row.parameters, row.measure, row.exact)
    try:
        truth = truth_of(row.case, row.parameters, row.measure)
        if truth.choices:
            truth = replace(truth, plant=best_of(truth, seed, threads))
        estimate, error = measure_precisely(truth, wanted, seed, threads)
    except NotALine as reason:
        return replace(asked, expressible=False, why=str(reason))
    except InputError as trouble:  # the line came to a stand
        return replace(asked, holds=False, why=str(trouble))
    low, high = estimate - WITHIN * error, estimate + WITHIN * error
    return replace(
        asked,
        low=low,
        high=high,
        holds=error <= wanted and low <= row.exact <= high,
        estimate=estimate,
        standard_error=error,
    )


# ---------------------------------------------------------------- runs


def measure_precisely(truth: Truth, wanted: float, seed: int, threads: int | None) -> tuple[float, float]:
    """Estimate and standard error of a row's measure, with the standard error at most `wanted`.

    The variance of a long replication falls as one over its length, so a pilot run tells the length. Each
    attempt is independent of the one that told its length; only the last is reported.
    """
    length_s = PILOT_PARTS / truth.rate
    values = run(truth, length_s, seed, threads)
    for attempt in range(ATTEMPTS):
        factor = MARGIN * (standard_error(values) / wanted) ** 2
        if attempt and factor <= MARGIN:
            break
        length_s *= max(factor, 1.0)
        values = run(truth, length_s, seed + 1 + attempt, threads)
    return float(values.mean()), standard_error(values)


def run(truth: Truth, length_s: float, seed: int, threads: int | None) -> NDArray[np.float64]:
    """The measure of each replication."""
    result = simulate(
        truth.plant,
        length_s=length_s,
        warm_up_s=warm_up_s(truth, length_s),
        replications=REPLICATIONS,
        seed=seed,
        threads=threads,
    )
    return read_measure(result, truth)


def warm_up_s(truth: Truth, length_s: float) -> float:
    """Time before the measuring begins, for a run that measures for `length_s`."""
    return max(WARM_UP * length_s, WARM_UP_PARTS / truth.rate)


def standard_error(values: NDArray[np.float64]) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def best_of(truth: Truth, seed: int, threads: int | None) -> Plant:
    """The plant with the greatest throughput: all see the same luck, those clearly behind drop out.

    After each round the runs get longer; plants that are equal (mirror images of a balanced line) stay
    together to the end, and the first of them is taken.
    """
    left = list(truth.choices)
    for round_ in range(RACE_ROUNDS):
        length_s = RACE_PARTS * 2**round_ / truth.rate
        made = np.array([_race(truth, plant, length_s, seed + round_, threads) for plant in left])
        leader = int(made.mean(axis=1).argmax())
        gaps = made[leader] - made  # (plants, replications)
        errors = gaps.std(axis=1, ddof=1) / np.sqrt(RACERS)
        stays = gaps.mean(axis=1) <= BEHIND * errors
        left = [left[leader], *(plant for k, plant in enumerate(left) if stays[k] and k != leader)]
        if len(left) == 1:
            break
    return left[0]


def _race(truth: Truth, plant: Plant, length_s: float, seed: int, threads: int | None) -> NDArray[np.float64]:
    result = simulate(
        plant,
        length_s=length_s,
        warm_up_s=warm_up_s(truth, length_s),
        replications=RACERS,
        seed=seed,
        threads=threads,
    )
    return result.total.finished_n / result.total.span_s


# ---------------------------------------------------------------- measures


def read_measure(result: Result, truth: Truth) -> NDArray[np.float64]:
    """(replications,) the measure that the row names."""
    words = truth.measure.lower()
    parts = result.materials[truth.material] if truth.material else result.total
    place = result.stations[truth.queue] if truth.queue else None
    if quantile := re.match(r"(\d+(?:\.\d+)?)% quantile of time in system", words):
        return np.array([bin_quantile(bins, float(quantile[1]) / 100) for bins in parts.bins])
    if "time in system" in words:
        return parts.lead_sum_s / parts.finished_n
    if "wait" in words and truth.material:
        return parts.lead_sum_s / parts.finished_n - work_s(truth)
    if "wait" in words and place:
        return place.queue_wait_sum_s / place.queue_left_n
    if "number in queue" in words and place:
        return place.queue_area_s / place.span_s
    if "number in system" in words or "wip" in words:
        return parts.area_s / parts.span_s
    if "blocking probability" in words:
        return parts.lost_n / parts.offered_n
    if re.search("throughput|production rate|efficiency", words):
        return parts.finished_n / parts.span_s
    if re.search("availability|utili[sz]ation", words) and place:
        return np.asarray(place.shares[:, MachineState.PROCESSING])
    raise NotALine(f"no measure is known in the words {truth.measure!r}")


def work_s(truth: Truth) -> float:
    """Mean time that the machines work on a unit of the row's material."""
    steps = (operation for step in truth.plant.routes[truth.material] for operation in step.values())
    return float(sum(step.time.mean for step in steps if isinstance(step.time, Distribution)))


__all__ = ["Row", "Verdict", "judge", "judge_rows", "read_rows", "run_truth"]
