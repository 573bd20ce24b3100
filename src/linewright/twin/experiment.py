"""Experiments: how long, how often, from when on; replications on all cores; when to stop.

A line with orders to do is run until they are done (a finite horizon, from an empty line). A line whose
demand never ends is run in steady state: pilot runs find the warm-up and a length, the tallies begin anew
after it. Replication r of a seed is the same to the bit on any number of threads and in any company.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linewright.control.compile import compile_line
from linewright.control.state import copy_state, new_state
from linewright.errors import InputError
from linewright.plant.model import Plant
from linewright.plant.orders import Order
from linewright.twin.life import ENDLESS, Life, Watch
from linewright.twin.observe import Sums, observe, plain
from linewright.twin.quality import truth_sums
from linewright.twin.quality_basis import quality_basis
from linewright.twin.results import Measured, Result
from linewright.twin.statistics import autocorrelation, drift
from linewright.twin.warmup import reset_tallies, warm_up_share
from linewright.twin.world import World

REPLICATIONS = 20
PILOTS = 10
PILOT_REPLICATION = 1 << 40  # pilots live in replications of their own
MOMENTS = 200  # moments of a run at which the levels are written down
BATCHES = 20  # of one long run
PILOT_PARTS, LEAST_PARTS = 1000, 3000
LENGTH_PER_WARM_UP = 20.0
YEAR_S = 365 * 86400.0
MOST_REPLICATIONS = 10_000
ROUND = 10  # replications between two looks at the precision: the same on any number of threads
STRIDE = 20  # moments between two looks at whether all orders are done

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """How the line is run."""

    finite: bool  # until all orders are done
    warm_up_s: float
    length_s: float  # after the warm-up; inf: until done
    parts: int | None  # or until so many units have left the line after the warm-up
    every_s: float  # the levels are written down so often


class Bench:
    """One compiled plant with its world, ready to be run as often as wanted."""

    def __init__(self, plant: Plant, orders: Sequence[Order] = (), folder: Path | None = None) -> None:
        self.plant = plant
        self.orders = list(orders)
        self.line, self.names = compile_line(plant, orders, folder)
        self.world = World(plant, self.line)
        self.empty = new_state(self.line)

    @property
    def endless(self) -> bool:
        """Is there demand that never ends?"""
        return bool(self.plant.orders.streams or self.plant.orders.saturated)

    def life(self, seed: int, replication: int) -> Life:
        """The line at time 0 in a replication."""
        state = copy_state(self.empty)
        return Life(self.line, self.names, state, self.world.new_nature(seed, replication, len(state.unit)))

    @cached_property
    def arrives_s(self) -> NDArray[np.float64]:
        """When each order of the file comes, in its order."""
        return np.maximum.accumulate(np.array([order.release_s for order in self.orders] or [0.0]))

    def to_finish(self, life: Life) -> int:
        """Units of the order file still to be finished; 0: all orders are done."""
        state, now_s = life.state, life.now_s
        slots = plain(state.order)
        busy = np.ones(len(slots), np.bool_)
        slot = int(state.g[0].free_order)
        after = slots["next"].tolist()
        for _ in range(int(state.g[0].free_orders)):
            busy[slot] = False
            slot = after[slot]
        mine = busy & (slots["derived"] == 0) & (slots["number"] >= 0)
        here = int((slots["quantity"][mine] - slots["good"][mine]).sum())
        come = self.arrives_s < now_s
        return here + (0 if come.all() else sum(o.quantity for o, c in zip(self.orders, come, strict=True) if not c))


# ---------------------------------------------------------------- one replication


def run_steady(bench: Bench, plan: Plan, seed: int, replication: int, batches: int = 1) -> list[Measured]:
    """Warm up, forget, measure; in batches one after the other where more than one is wanted."""
    life = bench.life(seed, replication)
    if not life.until(plan.warm_up_s):
        raise life.standstill()
    forget(life)
    if math.isfinite(plan.every_s):
        life.sample(plan.every_s, MOMENTS)
    begin, begin_finished = life.now_s, life.finished
    measured: list[Measured] = []
    before: Sums | None = None
    for k in range(1, batches + 1):
        until_finished = ENDLESS if plan.parts is None else begin_finished + plan.parts * k // batches
        if not life.until(begin + plan.length_s * k / batches, until_finished):
            raise life.standstill()
        now = observe_life(life)
        since = now if before is None else {name: now[name] - before[name] for name in now}
        measured.append(Measured(since, plan.every_s, life.sampled() if k == batches else None))
        before = now
    return measured


def run_to_the_end(bench: Bench, plan: Plan, seed: int, replication: int) -> Measured:
    """Run an empty line until all its orders are done."""

    def begin() -> Life:
        life = bench.life(seed, replication)
        life.sample(plan.every_s, 5 * MOMENTS)
        return life

    life = _finish_orders(bench, begin, plan.every_s * STRIDE)
    return Measured(observe_life(life), plan.every_s, life.sampled())


def forget(life: Life) -> None:
    """All sums begin anew: those of the line, and those over the true values."""
    reset_tallies(life.line, life.state)
    life.nature.truth[:] = np.zeros(1, life.nature.truth.dtype)[0]


def observe_life(life: Life) -> Sums:
    """The sums of the line, and those over the true values."""
    return observe(life.line, life.state) | truth_sums(life.nature)


def _finish_orders(bench: Bench, begin: Callable[[], Life], stride_s: float) -> Life:
    """A life up to the moment at which all its orders are done.

    Time passes in strides, each ended by the last unit wanted. Where an order ends otherwise (its last unit
    is scrapped and not made again) the stride goes too far: it is taken again in smaller ones.
    """
    life, watch = begin(), Watch()
    back_to: Life | None = None
    again = False
    missing = bench.to_finish(life)
    while missing:
        if life.room_for_samples() <= STRIDE:
            life.stop_sampling()
        begun_s = life.now_s
        back_to = life.copy() if again else None
        goes_on = life.until(begun_s + stride_s, life.finished + missing)
        missing = bench.to_finish(life)
        if missing and (not goes_on or watch.stands(life)):
            raise life.standstill()
        if not missing and life.now_s >= begun_s + stride_s and stride_s > 1.0:
            if back_to is None:
                again, back_to = True, begin()
                back_to.until(begun_s)
            life, stride_s = back_to, stride_s / 8.0
            missing = bench.to_finish(life)
    return life


# ---------------------------------------------------------------- the plan


def make_plan(
    bench: Bench, length_s: float | None, warm_up_s: float | None, parts: int | None, seed: int
) -> tuple[Plan, list[str]]:
    """Decide how the line is run; what was decided and is worth knowing, in words."""
    asked = bench.plant.experiment
    length_s = length_s if length_s is not None else (asked.length if asked and parts is None else None)
    warm_up_s = warm_up_s if warm_up_s is not None else (asked.warm_up if asked else None)
    if length_s is None and parts is None and bench.orders:
        return _finite_plan(bench, seed), []
    if not bench.endless:
        if not bench.orders:
            raise InputError("nothing is wanted: the plant has no orders, streams or saturated demand")
        warm_up_s = warm_up_s or 0.0
    if warm_up_s is not None and (length_s is not None or parts is not None):
        length_s = math.inf if length_s is None else length_s
        return Plan(False, warm_up_s, length_s, parts, length_s / MOMENTS if parts is None else math.inf), []
    return _steady_plan(bench, length_s, warm_up_s, parts, seed)


def _finite_plan(bench: Bench, seed: int) -> Plan:
    life = _finish_orders(bench, lambda: bench.life(seed, PILOT_REPLICATION), 3600.0)
    return Plan(True, 0.0, math.inf, None, _round_time(life.now_s / MOMENTS))


def _round_time(seconds: float) -> float:
    """A time of two digits near to this one."""
    if seconds <= 0.0:
        return 1.0
    digit = 10.0 ** (math.floor(math.log10(seconds)) - 1)
    return round(seconds / digit) * digit


def _steady_plan(
    bench: Bench, length_s: float | None, warm_up_s: float | None, parts: int | None, seed: int
) -> tuple[Plan, list[str]]:
    week_s = float(bench.line.plant[0].week_s) if bench.line.plant[0].week_rows > 1 else 0.0
    scout = bench.life(seed, PILOT_REPLICATION)
    if not scout.until(YEAR_S, PILOT_PARTS) or scout.finished == 0:
        raise scout.standstill()
    part_s = scout.now_s / scout.finished
    pilot_s = max(scout.now_s, 2 * week_s)
    notes: list[str] = []
    if warm_up_s is None:
        share = 1.0
        for _ in range(6):
            share = _pilot(bench, pilot_s, seed)
            if share <= 0.5:
                break
            pilot_s *= 2
        else:
            notes.append("the warm-up has no end in sight: is more wanted than the line can make?")
        warm_up_s = _whole(_round_time(share * pilot_s), week_s)
    if parts is not None:
        return Plan(False, warm_up_s, math.inf, parts, _round_time(parts * part_s / MOMENTS)), notes
    if length_s is None:
        length_s = _whole(_round_time(max(LENGTH_PER_WARM_UP * warm_up_s, LEAST_PARTS * part_s)), week_s)
    return Plan(False, warm_up_s, length_s, None, length_s / MOMENTS), notes


def _whole(seconds: float, week_s: float) -> float:
    """Rounded up to whole weeks where the calendar repeats weekly."""
    return math.ceil(seconds / week_s) * week_s if week_s else seconds


def _pilot(bench: Bench, pilot_s: float, seed: int) -> float:
    materials = int(bench.line.plant[0].materials)
    runs = []
    for k in range(PILOTS):
        life = bench.life(seed, PILOT_REPLICATION + k)
        life.sample(pilot_s / MOMENTS, MOMENTS)
        if not life.until(pilot_s):
            raise life.standstill()
        runs.append(life.sampled()[:MOMENTS])
    levels = np.array(runs, np.float64)
    finished, wip = levels[:, :, :materials].sum(axis=2), levels[:, :, materials : 2 * materials].sum(axis=2)
    return warm_up_share(wip, finished)


# ---------------------------------------------------------------- many replications


def cores() -> int:
    """How many threads can work at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def simulate(
    plant: Plant,
    *,
    orders: Sequence[Order] = (),
    folder: Path | None = None,
    length_s: float | None = None,
    warm_up_s: float | None = None,
    replications: int | None = None,
    precision: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    parts: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run the line in the twin and measure it.

    `length_s` after the warm-up, or `parts` finished units instead; `precision` is a half-width of the 95%
    intervals of throughput and lead time, relative: replications go on until it is reached. What is left out
    comes from the plant's `experiment`, else it is found out. `progress(done, of)` is called after each
    replication. Raises `Standstill` (an InputError) where the line comes to a stand, explained.
    """
    asked = plant.experiment
    seed = seed if seed is not None else (asked.seed if asked else 1)
    return experiment(
        Bench(plant, orders, folder),
        length_s,
        warm_up_s,
        replications,
        precision,
        seed,
        threads,
        parts,
        progress,
    )


def experiment(
    bench: Bench,
    length_s: float | None = None,
    warm_up_s: float | None = None,
    replications: int | None = None,
    precision: float | None = None,
    seed: int = 1,
    threads: int | None = None,
    parts: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """`simulate` for a plant that is compiled already."""
    asked = bench.plant.experiment
    plan, notes = make_plan(bench, length_s, warm_up_s, parts, seed)
    n = replications or (asked.replications if asked and asked.replications else REPLICATIONS)
    if n == 1 and not plan.finite and precision is None:
        return _collect(bench, plan, run_steady(bench, plan, seed, 0, BATCHES), "batches", seed, notes)
    most = n if precision is None else max(MOST_REPLICATIONS, n)
    measured: list[Measured] = []
    stream = _replicate(bench, plan, seed, most, threads or cores())
    goal = n
    while goal:
        for one in islice(stream, goal - len(measured)):
            measured.append(one)
            if progress:
                progress(len(measured), goal)
        result = _collect(bench, plan, measured, "replications", seed, notes)
        goal = 0 if precision is None or len(measured) >= most else _more(result, precision)
    stream.close()
    if precision is not None and _worst(result) > precision:
        result = replace(result, warnings=[*result.warnings, f"precision {precision:.2%} not reached"])
    return result


def _worst(result: Result) -> float:
    """The wider of the relative half-widths of throughput and lead time."""
    widths = [i.half_width / i.mean for i in (result.total.throughput_per_s, result.total.lead_time_s) if i.mean > 0]
    return max((w for w in widths if not math.isnan(w)), default=0.0)


def _more(result: Result, precision: float) -> int:
    """How many replications in all to look at next; 0: precise enough. Grows by steps, so as not to
    overshoot.
    """
    width, n = _worst(result), result.replications
    if width <= precision:
        return 0
    estimate = n * min((width / precision) ** 2, 2.0)
    return min(max(math.ceil(estimate / ROUND) * ROUND, n + ROUND), MOST_REPLICATIONS)


def _replicate(bench: Bench, plan: Plan, seed: int, most: int, threads: int) -> Generator[Measured]:
    """The replications in order, made by as many threads; few are made ahead of what is asked for."""

    def one(r: int) -> Measured:
        return run_to_the_end(bench, plan, seed, r) if plan.finite else run_steady(bench, plan, seed, r)[0]

    with ThreadPoolExecutor(threads) as pool:
        waiting = [pool.submit(one, r) for r in range(min(most, threads + 1))]
        ahead = len(waiting)
        try:
            while waiting:
                done = waiting.pop(0).result()
                if ahead < most:
                    waiting.append(pool.submit(one, ahead))
                    ahead += 1
                yield done
        finally:
            for future in waiting:
                future.cancel()


def _collect(bench: Bench, plan: Plan, measured: list[Measured], sampling: str, seed: int, notes: list[str]) -> Result:
    kind = "until the orders are done" if plan.finite else "steady state"
    result = Result.of(
        bench.line,
        bench.names,
        measured,
        plant=bench.plant.plant,
        kind=kind,
        sampling=sampling,
        seed=seed,
        warm_up_s=plan.warm_up_s,
    )
    warnings = [*notes, *look_for_trouble(result, plan)]
    return replace(result, warnings=warnings, basis=quality_basis(bench.plant))


def look_for_trouble(result: Result, plan: Plan) -> list[str]:
    """Reasons not to trust the intervals, in words."""
    found: list[str] = []
    if result.sampling == "replications" and result.replications < 5:
        found.append(f"{result.replications} replications are few: intervals need 5 at the least, better 10")
    if plan.finite or result.wip_levels is None:
        return found
    levels = result.wip_levels
    change, real = drift(levels)
    if real and abs(change) > 0.05:
        found.append(
            f"work in process {'rises' if change > 0 else 'falls'} by {abs(change):.0%} from the first half "
            "of the run to the second: the warm-up is too short, or more is wanted than the line can make"
        )
    batches = levels[:, : levels.shape[1] // 10 * 10].reshape(len(levels), 10, -1).mean(axis=2)
    linked = autocorrelation(batches)
    if linked > 0.5:
        found.append(
            f"the run is short for this line (neighbouring tenths of it are correlated by {linked:.2f}): make it longer"
        )
    return found


__all__ = ["Bench", "Plan", "experiment", "simulate"]
