"""CPU seconds per finished part: Linewright beside SimPy, salabim, Ciw and Cimba on the same three lines.

    make bench-twin        (or: python benchmarks/bench_twin.py --help)

Every run is a process of its own that reports the user CPU seconds of the simulation alone: imports, building
the model and compiling are left out for everybody. The contestants take turns within each round, so that a
machine that slows down slows them all, and the figure compared is the median over the rounds of the ratio
within one round. Each round has a seed of its own; the throughputs must agree within 3.5 standard errors, or
the lines compared are not the same line. The last line printed is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median, stdev

HERE = Path(__file__).parent
OURS = "linewright"
TITLES = {
    "a": "a: M/M/1 at 75 %",
    "b": "b: ten stations in series, five places between, blocking after service",
    "c": "c: twelve stations, three types, assembly, set-ups, rework, breakdowns, three technicians",
}
# Parts per run: each takes its contestant some two or three seconds.
PARTS = {
    "simpy": {"a": 150_000, "b": 40_000, "c": 30_000},
    "salabim": {"a": 10_000, "b": 6_000, "c": 5_000},
    "ciw": {"a": 80_000, "b": 6_000},  # Ciw has neither set-ups nor assembly
    "cimba": {"a": 5_000_000, "b": 1_000_000, "c": 600_000},
    OURS: {"a": 5_000_000, "b": 3_000_000, "c": 1_500_000},
}
STANDARD_ERRORS = 3.5
MEMORY_PARTS = {"b": 300_000, "c": 150_000}  # and ten times as many


class ContestantFailed(Exception):
    """A contestant's process ended badly; carries its last words."""


@dataclass(frozen=True)
class Run:
    """What one run of one contestant reports."""

    cpu_s: float
    parts: int
    throughput: float  # parts per minute
    content: float  # mean parts on the line
    peak_memory_mb: float

    @property
    def cpu_s_per_part(self) -> float:
        return self.cpu_s / self.parts


def run_once(command: list[str], model: str, parts: int, seed: int) -> Run:
    """One run in a process of its own."""
    words = [*command, model, str(parts), str(seed)]
    ended = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if ended.returncode != 0:
        raise ContestantFailed((ended.stderr.strip().splitlines() or ["no word"])[-1])
    report = json.loads(ended.stdout.splitlines()[-1])
    throughput = report["thr"]
    content = report.get("L") or report.get("wip") or throughput * report["W"]
    return Run(report["cpu"], report["n"], throughput, content, report["rss_mb"])


def contestants(cimba_python: str | None) -> dict[str, list[str]]:
    """The command of each contestant, ours first."""
    commands = {OURS: [sys.executable, str(HERE / "ours.py")]}
    for peer in ("simpy", "salabim", "ciw"):
        commands[peer] = [sys.executable, str(HERE / "peers" / f"{peer}_models.py")]
    if cimba_python:
        commands["cimba"] = [cimba_python, str(HERE / "peers" / "cimba_models.py")]
    return commands


def take_turns(
    commands: dict[str, list[str]], models: str, rounds: int, scale: float
) -> dict[str, dict[str, list[Run]]]:
    """All runs by model and contestant: A B C D, A B C D, ...; a contestant that fails is left out."""
    runs: dict[str, dict[str, list[Run]]] = {model: {} for model in models}
    for model in models:
        in_it = [name for name in commands if model in PARTS[name]]
        for seed in range(1, rounds + 1):
            print(f"model {model}, round {seed} of {rounds}: {', '.join(in_it)}", file=sys.stderr)
            for name in list(in_it):
                try:
                    run = run_once(commands[name], model, max(100, int(PARTS[name][model] * scale)), seed)
                except ContestantFailed as failure:
                    print(f"{name} left out of model {model}: {failure}", file=sys.stderr)
                    in_it.remove(name)
                    runs[model].pop(name, None)
                else:
                    runs[model].setdefault(name, []).append(run)
    return runs


def standard_error(values: list[float]) -> float:
    return stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.inf


def disagreement(one: list[Run], other: list[Run]) -> float:
    """Difference of two contestants' throughputs in standard errors, beyond what filling the line explains.

    A run starts empty and so loses at most its line's content out of all its parts.
    """
    rates, other_rates = [run.throughput for run in one], [run.throughput for run in other]
    filling = max(run.content / run.parts * run.throughput for run in (*one, *other))
    gap = max(0.0, abs(mean(rates) - mean(other_rates)) - filling)
    return gap / math.hypot(standard_error(rates), standard_error(other_rates))


def times_faster(peer: list[Run], ours: list[Run]) -> float:
    """How many times our CPU seconds per part the peer takes: the median of the ratios round by round."""
    return median(p.cpu_s_per_part / o.cpu_s_per_part for p, o in zip(peer, ours, strict=True))


def print_table(model: str, runs: dict[str, list[Run]]) -> bool:
    """Print one model's table; return whether all contestants made the same line."""
    print(f"\nModel {TITLES[model]}")
    print(f"{'':12}{'µs of CPU per part':>26}{'times':>10}{'throughput':>24}")
    print(f"{'':12}{'best':>13}{'median':>13}{'ours':>10}{'per min':>14}{'± s.e.':>10}")
    ours = runs.get(OURS)
    reference = max(runs.values(), key=lambda done: sum(run.parts for run in done))
    same = True
    for name, done in runs.items():
        costs = [run.cpu_s_per_part * 1e6 for run in done]
        rates = [run.throughput for run in done]
        ratio = f"{times_faster(done, ours):.1f}" if ours else "-"
        agrees = done is reference or len(done) < 2 or disagreement(done, reference) <= STANDARD_ERRORS
        same = same and agrees
        print(
            f"{name:12}{min(costs):13.3f}{median(costs):13.3f}{ratio:>10}"
            f"{mean(rates):14.5f}{standard_error(rates):10.5f}{'' if agrees else '  NOT THE SAME LINE'}"
        )
    return same


def memory_growth_mb(command: list[str], scale: float) -> dict[str, float]:
    """How much more memory a run of ten times the length needs, by model."""
    growth = {}
    for model, parts in MEMORY_PARTS.items():
        short, long = (run_once(command, model, int(parts * scale * k), 1).peak_memory_mb for k in (1, 10))
        growth[model] = round(long - short, 2)
        sizes = f"{short:.1f} MB at {parts * scale:,.0f} parts, {long:.1f} MB at {10 * parts * scale:,.0f}"
        print(f"\nMemory, model {model}: {sizes}: {growth[model]:+.1f} MB")
    return growth


def summary(runs: dict[str, dict[str, list[Run]]], growth: dict[str, float]) -> dict[str, object]:
    """The figures of the last line, by model."""
    fought = {model: done for model, done in runs.items() if OURS in done}
    return {
        "cpu_s_per_part": {m: median(run.cpu_s_per_part for run in done[OURS]) for m, done in fought.items()},
        "times_faster": {
            m: {name: round(times_faster(peer, done[OURS]), 3) for name, peer in done.items() if name != OURS}
            for m, done in fought.items()
        },
        "memory_growth_mb": growth,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="CPU seconds per part, beside four other simulators.")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each contestant (5)")
    parser.add_argument("--models", default="abc", help="which of a, b, c (abc)")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the parts of each run (1)")
    parser.add_argument("--cimba-python", help="a Python 3.13 that has Cimba; without it Cimba is left out")
    chosen = parser.parse_args()

    commands = contestants(chosen.cimba_python)
    if not chosen.cimba_python:
        print("Cimba is left out: it needs a Python 3.13 of its own (--cimba-python)", file=sys.stderr)
    runs = take_turns(commands, chosen.models, chosen.rounds, chosen.scale)
    agreements = [print_table(model, done) for model, done in runs.items() if done]
    we_ran = all(OURS in done for done in runs.values())
    growth = memory_growth_mb(commands[OURS], chosen.scale) if we_ran else {}
    print()
    print(json.dumps(summary(runs, growth)))
    return 0 if all(agreements) and we_ran else 1


if __name__ == "__main__":
    sys.exit(main())
