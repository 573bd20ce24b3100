"""Writes `rows.csv` beside this script: exact answers for every form of line that the truth command knows.

    python tests/truth/make_rows.py

The answers come from `chains` and `formulas`, which know nothing of the twin.
"""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

from chains import assembly_throughput, bernoulli_rate, gershwin_efficiency, line_figures, oven_number
from formulas import (
    availability,
    closed_throughput,
    completion_wait,
    erlang_b,
    finite_queue_blocking,
    jackson_number,
    mmc_wait,
    pollaczek_khinchine,
    priority_wait,
    waits_before_exponential,
)

Row = tuple[str, dict[str, Any], str, float]


def queues() -> list[Row]:
    fails = {"lam": 0.5, "service_mean": 1.0, "failure_rate": 0.04, "repair_mean": 5.0}
    return [
        ("M/M/1", {"lam": 0.6, "mu": 1}, "mean time in system", 1 / 0.4),
        ("M/M/1", {"lam": 1.2, "mu": 2}, "mean number in system", 1.5),
        ("M/M/1", {"lam": 0.6, "mu": 1}, "90% quantile of time in system", math.log(10) / 0.4),
        ("M/M/c", {"c": 3, "lam": 2.4, "mu": 1}, "mean wait in queue", mmc_wait(2.4, 1, 3)),
        ("M/M/1/K", {"K": 4, "lam": 0.8, "mu": 1}, "blocking probability", finite_queue_blocking(0.8, 1, 4)),
        ("M/M/c/c (Erlang B)", {"c": 5, "lam": 4, "mu": 1}, "blocking probability", erlang_b(5, 4)),
        ("M/D/1", {"lam": 0.7, "s": 1}, "mean wait in queue", pollaczek_khinchine(0.7, 1, 0)),
        (
            "M/E3/1",
            {"lam": 0.7, "mean": 1, "k": 3},
            "mean wait in queue",
            pollaczek_khinchine(0.7, 1, 3**-0.5),
        ),
        (
            "M/LN/1",
            {"lam": 0.7, "mean": 1, "cv": 0.5},
            "mean wait in queue",
            pollaczek_khinchine(0.7, 1, 0.5),
        ),
        (
            "D/M/1",
            {"interarrival": 1.5, "mu": 1},
            "mean wait in queue",
            waits_before_exponential(lambda s: math.exp(-1.5 * s), 1),
        ),
        (
            "E3/M/1",
            {"lam": 0.7, "k": 3, "mu": 1},
            "mean wait in queue",
            waits_before_exponential(lambda s: (2.1 / (2.1 + s)) ** 3, 1),
        ),
        (
            "M/G/1 with operation-dependent failures",
            fails | {"note": "exp service, exp repair"},
            "mean time in system",
            completion_wait(0.5, 1, 1, 0.04, 5, 1) + 1.2,
        ),
        (
            "M/M/1 non-preemptive priority",
            {"lam": [0.2, 0.5], "mu": 1},
            "mean wait, class 2",
            priority_wait([0.2, 0.5], 1, 1),
        ),
        (
            "Jackson, 3 stations in series, 20% of station 3 back to station 1",
            {"lam": 0.4, "mu": [1, 0.9, 0.8], "rework": 0.2},
            "mean number in system",
            jackson_number(0.4, [1, 0.9, 0.8], 0.2),
        ),
    ]


def machines() -> list[Row]:
    mix, setup = [0.6, 0.4], [[0, 2.0], [1.0, 0]]
    changing = 0.24 * 3.0  # 0.6 x 0.4 each way
    return [
        (
            "one saturated machine, operation-dependent failures",
            {
                "proc": "lognormal mean 3 cv .4",
                "MTBF": 80,
                "repair": "gamma(3) mean 8",
                "time_basis": "operating",
            },
            "throughput",
            1 / (3 * 1.1),
        ),
        (
            "one saturated machine, i.i.d. types, sequence-dependent setup, failures",
            {"mix": mix, "mean": [3.0, 2.5], "setup": setup, "MTBF": 100, "MTTR": 8},
            "throughput",
            1 / (2.8 * 1.08 + changing),
        ),
        (
            "CONWIP, balanced exponential machines, unlimited buffers",
            {"machines": 5, "cards": 12, "mu": 1},
            "throughput",
            closed_throughput([1] * 5, 12),
        ),
        (
            "CONWIP, 4 exponential machines",
            {"mu": [1, 0.9, 1.2, 1.1], "cards": 5},
            "throughput",
            closed_throughput([1, 0.9, 1.2, 1.1], 5),
        ),
        (
            "machine repair, 8 machines, 3 technicians",
            {"machines": 8, "techs": 3, "failure_rate": 0.2, "repair_rate": 0.6},
            "mean machine availability",
            availability(8, 3, 0.2, 0.6),
        ),
    ]


def lines() -> list[Row]:
    unreliable = {
        "mu": [1, 0.9],
        "p": [0.02, 0.03],
        "r": [0.15, 0.2],
        "B": 3,
        "failures": "operation dependent",
    }
    best = max(line_figures([1, 0.8, 1.1], [n, 3 - n])[0] for n in range(4))
    return [
        (
            "2-station exponential line, BAS",
            {"mu": [1, 1.3], "B": [3]},
            "throughput",
            line_figures([1, 1.3], [3])[0],
        ),
        (
            "3-station balanced exponential line, BAS",
            {"mu": 2, "B": 4, "stations": 3},
            "throughput",
            line_figures([2] * 3, [4, 4])[0],
        ),
        (
            "4-station balanced exponential line, BAS",
            {"mu": 1, "B": 2, "stations": 4},
            "mean WIP (machine 1 included)",
            line_figures([1] * 4, [2] * 3)[1],
        ),
        (
            "unbalanced exponential line, BAS",
            {"mu": [1.2, 1, 0.8, 1.1], "B": [1, 2, 3]},
            "throughput",
            line_figures([1.2, 1, 0.8, 1.1], [1, 2, 3])[0],
        ),
        (
            "3-station balanced Erlang-3 line, BAS",
            {"mu": 1, "k": 3, "B": 2},
            "throughput",
            line_figures([1] * 3, [2, 2], 3)[0],
        ),
        (
            "3-station balanced exponential line, blocking before service",
            {"mu": 1, "B": 3},
            "throughput",
            line_figures([1] * 3, [3, 3], before_service=True)[0],
        ),
        (
            "buffer allocation, 3 unbalanced exponential stations, 3 places",
            {"mu": [1, 0.8, 1.1], "places": 3},
            "best throughput",
            best,
        ),
        (
            "2-machine unreliable exponential line (Gershwin-Berman class), BAS",
            unreliable,
            "throughput",
            line_figures([1, 0.9], [3], 1, [0.02, 0.03], [0.15, 0.2])[0],
        ),
        (
            "2-machine deterministic unreliable line (Gershwin)",
            {"p": [0.03, 0.05], "r": [0.15, 0.2], "N": 4},
            "efficiency (parts per cycle)",
            gershwin_efficiency([0.03, 0.05], [0.15, 0.2], 4),
        ),
        (
            "2-machine Bernoulli line",
            {"p": [0.8, 0.9], "N": 1},
            "production rate",
            bernoulli_rate([0.8, 0.9], [1]),
        ),
        (
            "4-machine Bernoulli line",
            {"p": [0.9, 0.7, 0.8, 0.95], "N": [2, 1, 3]},
            "production rate",
            bernoulli_rate([0.9, 0.7, 0.8, 0.95], [2, 1, 3]),
        ),
        (
            "assembly of 3 components, exponential feeders, BAS",
            {"mu": [1, 1.2, 0.9], "assembly": 1.5, "K": [2, 1, 3]},
            "throughput",
            assembly_throughput([1, 1.2, 0.9], 1.5, [2, 1, 3]),
        ),
        (
            "batch oven, min 2 max 6, Poisson arrivals",
            {"lam": 2, "mu": 0.5, "cap": 6, "min": 2, "K": 150},
            "mean number in system",
            oven_number(2, 0.5, 2, 6, 150),
        ),
    ]


def main() -> None:
    with (Path(__file__).parent / "rows.csv").open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["case", "parameters", "measure", "exact value", "source"])
        for case, parameters, measure, exact in [*queues(), *machines(), *lines()]:
            table.writerow([case, json.dumps(parameters), measure, f"{exact:.10g}", "tests/truth"])


if __name__ == "__main__":
    main()
