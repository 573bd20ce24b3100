"""Forecasts: fork the line as it stands now into many futures, and read off what they have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linewright.control.codes import NONE
from linewright.control.line import Line, Names
from linewright.control.state import State, copy_state, load_state
from linewright.twin.fork import Fork, Futures, set_future
from linewright.twin.layout import Layout
from linewright.twin.life import ENDLESS, Life
from linewright.twin.observe import observe, plain
from linewright.twin.results import Measured, Result
from linewright.twin.tables import Nature
from linewright.twin.warmup import reset_tallies
from linewright.twin.world import World

QUANTILES = (0.1, 0.5, 0.9)
MOMENTS = 60
TRIALS = 8
Planned = tuple[int, int, int, int, float, float]  # an event in the order of EVENT
TIME = 4  # its time_s
SHIFT_S = 8 * 3600.0


@dataclass(frozen=True)
class OrderForecast:
    """When an open order will be done; times in s from time 0 of the line."""

    order: str
    material: str
    due_s: float
    done_s: tuple[float, ...]  # at QUANTILES; inf: beyond the horizon
    on_time: float  # chance


@dataclass(frozen=True)
class Forecast:
    """What many futures of one state have in common."""

    plant: str
    now_s: float
    horizon_s: float
    futures: int
    seed: int
    orders: list[OrderForecast]
    all_done_s: tuple[float, ...]  # all orders of the file, at QUANTILES; nan: there are none
    times_s: NDArray[np.float64]  # (moments)
    finished: NDArray[np.float64]  # (quantiles, moments) products finished since now
    wip: NDArray[np.float64]  # (quantiles, moments) units on the line
    standing: float  # share of the futures in which the line comes to a stand
    result: Result  # the figures of the time to come, futures as replications


def forecast(
    line: Line,
    names: Names,
    world: World,
    state: State | bytes,
    horizon_s: float,
    *,
    futures: int = 1000,
    seed: int = 1,
    threads: int | None = None,
    planned: Sequence[Planned] = (),
) -> Forecast:
    """Run `futures` futures of the line from `state` for `horizon_s` and sum them up. `state` stays as it is.

    `planned` happens in every future besides: what a person does at set times, in order of time.

    Every future has random streams of its own; what is pending is drawn on condition of what the state shows
    (see `fork`). The same seed gives the same forecast on any number of threads.
    """
    begin = load_state(state) if isinstance(state, bytes) else copy_state(state)
    reset = copy_state(begin)
    pending = Fork(line, world, begin, futures, seed).draw()
    reset_tallies(line, reset)
    now_s = float(begin.g[0].now_s)
    workers = min(threads or _cores(), futures)
    shares = [range(first, futures, workers) for first in range(workers)]

    def work(mine: Sequence[int]) -> list[_Lived]:
        return _live(line, names, world, reset, pending, mine, now_s, horizon_s, seed, planned)

    with ThreadPoolExecutor(workers) as pool:
        lots = list(pool.map(work, shares))
    lived = [lots[k % workers][k // workers] for k in range(futures)]
    return _sum_up(line, names, world, lived, now_s, horizon_s, seed)


def time_to_done(line: Line, names: Names, world: World, state: State, seed: int, longest_s: float) -> float:
    """How far to look ahead, s: till all orders of the file are done in a few trial futures and half as long
    again.

    Eight hours where there are no orders, and `longest_s` at the most.
    """
    if not line.order[0].quantity or (state.order_done_s < np.inf).all():
        return SHIFT_S
    horizon_s = SHIFT_S
    while horizon_s < longest_s:
        trial = forecast(line, names, world, state, horizon_s, futures=TRIALS, seed=seed, threads=1)
        last_s = trial.all_done_s[-1]
        if math.isfinite(last_s):
            return min(max(1.5 * (last_s - trial.now_s), 60.0), longest_s)
        horizon_s *= 3.0
    return longest_s


def _cores() -> int:
    from linewright.twin.experiment import cores

    return cores()


@dataclass(frozen=True)
class _Lived:
    measured: Measured
    done_s: NDArray[np.float64]
    stands: bool


def _live(
    line: Line,
    names: Names,
    world: World,
    begin: State,
    pending: Futures,
    mine: Sequence[int],
    now_s: float,
    horizon_s: float,
    seed: int,
    planned: Sequence[Planned],
) -> list[_Lived]:
    """Some of the futures, one after the other in the same memory."""
    source = {name: plain(array) for name, array in begin.arrays().items()}
    nature = world.new_nature(seed, 0, len(begin.unit))
    life = Life(line, names, copy_state(begin), nature)
    lived = []
    for k in mine:
        if len(life.state.unit) != len(begin.unit):  # grown in the future before
            nature = world.new_nature(seed, 0, len(begin.unit))
            life = Life(line, names, copy_state(begin), nature)
        for name, array in source.items():
            np.copyto(plain(getattr(life.state, name)), array)
        set_future(nature, pending, k, seed)
        life.sample(horizon_s / MOMENTS, MOMENTS)
        for event in planned:
            life.until(event[TIME], ENDLESS)
            life.happen(event)
        goes_on = life.until(now_s + horizon_s, ENDLESS)
        measured = Measured(observe(line, life.state), horizon_s / MOMENTS, life.sampled())
        lived.append(_Lived(measured, life.state.order_done_s.copy(), not goes_on and _has_work(life.state)))
    return lived


def _has_work(state: State) -> bool:
    return bool(state.g[0].free_orders < len(state.order)) or bool(state.material.wip.sum() > 0)


def quantiles(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Quantiles of values of which some may be inf, without interpolating into them."""
    ordered = np.sort(values)
    return tuple(float(ordered[min(math.ceil(q * len(ordered)) - 1, len(ordered) - 1)]) for q in QUANTILES)


def _sum_up(
    line: Line, names: Names, world: World, lived: list[_Lived], now_s: float, horizon_s: float, seed: int
) -> Forecast:
    layout = Layout.of(line, names)
    n = len(layout.materials)
    rows = min(len(one.measured.series) for one in lived if one.measured.series is not None)
    series = np.array([one.measured.series[:rows] for one in lived if one.measured.series is not None])
    finished = series[:, :, layout.products].sum(axis=2)
    wip = series[:, :, [n + k for k in layout.made]].sum(axis=2)
    done_s = np.array([one.done_s for one in lived])
    orders = _orders(line, names, done_s, now_s)
    has_orders = line.order[0].quantity > 0
    return Forecast(
        plant=world.plant.plant,
        now_s=now_s,
        horizon_s=horizon_s,
        futures=len(lived),
        seed=seed,
        orders=orders,
        all_done_s=quantiles(done_s.max(axis=1)) if has_orders else (math.nan,) * len(QUANTILES),
        times_s=now_s + np.arange(rows) * horizon_s / MOMENTS,
        finished=np.quantile(finished, QUANTILES, axis=0),
        wip=np.quantile(wip, QUANTILES, axis=0),
        standing=float(np.mean([one.stands for one in lived])),
        result=Result.of(
            line,
            names,
            [one.measured for one in lived],
            plant=world.plant.plant,
            kind="forecast",
            sampling="futures",
            seed=seed,
        ),
    )


def _orders(line: Line, names: Names, done_s: NDArray[np.float64], now_s: float) -> list[OrderForecast]:
    found = []
    for row in range(len(line.order)):
        order, times = line.order[row], done_s[:, row]
        if order.quantity == 0 or order.material == NONE or (times <= now_s).all():
            continue  # no order, or done before
        name = names.orders[row] if row < len(names.orders) else str(row + 1)
        due_s = float(order.due_s)
        found.append(
            OrderForecast(
                name,
                names.materials[order.material],
                due_s,
                quantiles(times),
                float((times <= due_s).mean()),
            )
        )
    return found


__all__ = ["QUANTILES", "Forecast", "Nature", "OrderForecast", "Planned", "forecast"]
