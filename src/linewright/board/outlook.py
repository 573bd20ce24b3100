"""The future of the line, asked again every few seconds while somebody looks: the live state forked in a worker.

The event loop copies the state and goes on; one worker thread runs the futures. How many there are is fitted to
what a look may cost, so that a large plant with a long horizon is asked less sharply, not less often.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from linewright.board.watch import Watch
from linewright.control import State, copy_state
from linewright.control.line import Line, Names
from linewright.errors import InputError, Problem, nearest
from linewright.plant.model import Plant, Vehicles
from linewright.twin.attention import Attention, attention
from linewright.twin.forecast import Forecast, Planned, forecast, time_to_done
from linewright.twin.whatif import machine_out, one_more_vehicle, order_first
from linewright.twin.world import World

EVERY_S = 4.0  # between the end of a look and the next, at the least
REST = 6.0  # ... and so many times what the look took
WANTED_S = 30.0  # so long after the last question the looking goes on
LOOK_S = 0.6  # what the order forecast of a look may take
FEWEST, MOST = 40, 400  # futures
NEAR_MOST = 100
NEAR_S = 12 * 3600.0  # the hours shown one by one
LONGEST_S = 90 * 86400.0
SEED = 1  # the same luck at every look: what changes is the line


@dataclass(frozen=True)
class Look:
    """One look ahead."""

    near: Forecast  # the next hours
    attention: Attention
    orders: Forecast | None  # as far as the last order; None: still being made for the first time
    took_s: float


@dataclass(frozen=True)
class WhatIf:
    """The same futures as they are and with one thing changed."""

    question: str
    as_is: Forecast
    changed: Forecast


@dataclass(frozen=True)
class _Case:
    plant: Plant
    line: Line
    names: Names
    state: State
    planned: Sequence[Planned] = ()


class Outlook:
    """Looks ahead for the board; `run` it beside the line."""

    def __init__(self, watch: Watch, told: Callable[[], None]) -> None:
        self.watch, self._told = watch, told
        self.latest: Look | None = None
        self.plan: dict[int, float] = {}  # by hour: what was expected when the hour first came into sight
        self._world = World(watch.run.plant, watch.run.line)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="outlook")
        self._wanted_s = -math.inf
        self._asked = asyncio.Event()
        self._futures = FEWEST
        self._horizon_s = 0.0

    def want(self) -> Look | None:
        """The latest look; asks for newer ones from now on."""
        self._wanted_s = time.monotonic()
        self._asked.set()
        return self.latest

    async def run(self) -> None:
        """Look again and again, while wanted, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            if time.monotonic() - self._wanted_s > WANTED_S:
                self._asked.clear()
                await self._asked.wait()
            state = copy_state(self.watch.state)
            self.latest = await loop.run_in_executor(self._worker, self._look, state)
            self._note_plan(self.latest.near)
            self._told()
            orders, took_s = await loop.run_in_executor(self._worker, self._look_far, state)
            self.latest = replace(self.latest, orders=orders, took_s=self.latest.took_s + took_s)
            self._told()
            await asyncio.sleep(max(EVERY_S, REST * self.latest.took_s))

    def close(self) -> None:
        """Let the worker go."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------ looking

    def _look(self, state: State) -> Look:
        """The next hours."""
        begun_s, run = time.monotonic(), self.watch.run
        case = self._as_is(state)
        near = self._run(case, NEAR_S, min(self._futures, NEAR_MOST))
        calls = attention(case.line, run.names, self._world, state, 2 * NEAR_S, FEWEST, SEED)
        before = self.latest.orders if self.latest else None
        return Look(near, calls, before, time.monotonic() - begun_s)

    def _look_far(self, state: State) -> tuple[Forecast, float]:
        """As far as the last order; says how long that took."""
        begun_s = time.monotonic()
        orders = self._orders(state)
        took_s = time.monotonic() - begun_s
        fitting = self._futures * LOOK_S / max(took_s, 1e-3)
        self._futures = int(min(max(fitting, FEWEST), MOST, 2 * self._futures))
        return orders, took_s

    def _orders(self, state: State) -> Forecast:
        case = self._as_is(state)
        if not self._horizon_s:
            self._horizon_s = time_to_done(case.line, case.names, self._world, state, SEED, LONGEST_S)
        found = self._run(case, self._horizon_s, self._futures)
        last_s = found.all_done_s[-1]
        if math.isfinite(last_s):
            self._horizon_s = max(1.5 * (last_s - found.now_s), NEAR_S)
        elif not math.isnan(last_s):
            self._horizon_s = min(2.0 * self._horizon_s, LONGEST_S)
        return found

    def _as_is(self, state: State) -> _Case:
        """The line as it stands."""
        run = self.watch.run
        return _Case(run.plant, run.to_fork(state), run.names, state)

    def _run(self, case: _Case, horizon_s: float, futures: int) -> Forecast:
        same = case.plant is self.watch.run.plant
        world = self._world if same else World(case.plant, case.line)
        return forecast(
            case.line,
            case.names,
            world,
            case.state,
            horizon_s,
            futures=futures,
            seed=SEED,
            threads=1,
            planned=case.planned,
        )

    def _note_plan(self, near: Forecast) -> None:
        """What the median future makes in each hour that comes into sight, kept to compare with what comes."""
        first = math.ceil(near.now_s / 3600)
        hours = np.arange(first, math.floor((near.now_s + near.horizon_s) / 3600) + 1)
        made = np.interp(hours * 3600.0, near.times_s, near.finished[1])
        for hour, n in zip(hours[:-1].tolist(), np.diff(made).tolist(), strict=True):
            self.plan.setdefault(hour, round(n, 1))
        started = first - 1  # the hour under way, when this is the first look
        if len(made) and self.watch.known:
            self.plan.setdefault(started, self.watch.history.finished.get(started, 0) + round(float(made[0]), 1))

    # ------------------------------------------------------------ what if

    async def what_if(self, change: str, subject: str, length_s: float) -> WhatIf:
        """Both futures of `machine-out`, `order-first` or `one-more-vehicle`. Raises InputError."""
        as_is, changed, question = self.case_of(change, subject, length_s)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self._compare, as_is, changed, question)

    def case_of(self, change: str, subject: str, length_s: float) -> tuple[_Case, _Case, str]:
        """The line as it is, the line as it would be, and the question in words. Raises InputError."""
        run = self.watch.run
        state = copy_state(self.watch.state)
        as_is = self._as_is(state)
        if change == "machine-out":
            machine = _number(subject, run.names.machines, "machine")
            planned = machine_out(state, machine, length_s)
            words = f"{subject} out for {length_s / 3600:g} h"
            return as_is, replace(as_is, planned=planned), words
        if change == "order-first":
            row = _number(subject, run.names.orders, "order")
            return as_is, replace(as_is, planned=order_first(state, row)), f"{subject} before all other orders"
        pools = [name for name, one in run.plant.transport.items() if isinstance(one, Vehicles)]
        _number(subject, pools, "fleet")
        plant, line, names, with_one = one_more_vehicle(run.plant, run.line, run.names, state, subject)
        more = _Case(plant, run.to_fork(state, line), names, with_one)
        return as_is, more, f"one more vehicle in {subject}"

    def _compare(self, as_is: _Case, changed: _Case, question: str) -> WhatIf:
        horizon_s = self._horizon_s or time_to_done(as_is.line, as_is.names, self._world, as_is.state, SEED, LONGEST_S)
        futures = max(self._futures, FEWEST)
        return WhatIf(question, self._run(as_is, horizon_s, futures), self._run(changed, horizon_s, futures))


def _number(name: str, names: list[str], what: str) -> int:
    if name not in names:
        raise InputError([Problem(f"there is no {what} {name!r}", key="subject", hint=nearest(name, names))])
    return names.index(name)
