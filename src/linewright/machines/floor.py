"""The shop floor in memory: virtual machines with their jobs and states, which servers of any protocol publish.

A `VirtualMachine` keeps the job list as OPC 10031-4 asks; its `Behaviour` says how its work goes. Whoever
publishes a machine watches the floor: every change of an item (`execution`, `program`, `tool`, ...) is told to each
watcher at once, in the order of happening.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from linewright.machines.behaviour import Behaviour, Failed, Finished, FloorTool, Observed, Waiting
from linewright.machines.jobs import OVER, UNDER_WAY, WAITING, Answer, Job, JobOrder, JobState, Results, Work
from linewright.machines.virtual import Pace

MOST_JOBS = 64  # in the list of one machine, those that ended and are not yet cleared included
LOOK_UP_S = 0.02  # how long the floor rests at most while nothing is due, on the wall clock


class Execution(StrEnum):
    """What a machine is doing, in the words of MTConnect."""

    READY = "READY"
    ACTIVE = "ACTIVE"
    INTERRUPTED = "INTERRUPTED"
    STOPPED = "STOPPED"  # by a failure


class Item(StrEnum):
    """What every machine tells; a behaviour may tell more under names of its own (`Xpos`, `feed`)."""

    EXECUTION = "execution"  # an Execution
    PROGRAM = "program"  # the operation under way, as `box.op1`; "" without one
    TOOL = "tool"  # the tool in use; "" without one
    PARTS = "parts"  # pieces finished, ever
    ALARM = "alarm"  # the failure that it has; "" without one
    JOBS = "jobs"  # the name of a job whose state has changed, or that has left the list


class Observation(NamedTuple):
    """One item of one machine has a new value."""

    machine: VirtualMachine
    item: str
    value: float | str
    time_s: float  # plant time


Watcher = Callable[[Observation], None]


# ---------------------------------------------------------------- one machine


class VirtualMachine:
    """A machine that does not exist: its job list, its items, and the behaviour behind them."""

    def __init__(
        self, floor: Floor, name: str, station: str, behaviour: Behaviour, tools: Iterable[FloorTool]
    ) -> None:
        self.floor, self.name, self.station, self.behaviour = floor, name, station, behaviour
        self.tools = {tool.name: tool for tool in tools}
        self.jobs: dict[str, Job] = {}  # by name, in the order of arrival
        self.at_work: Job | None = None  # the job that holds the machine, running or interrupted
        self.repairing: Job | None = None
        self.waits = False  # the job at work waits for a person
        self.items: dict[str, float | str] = {
            Item.EXECUTION: Execution.READY,
            Item.PROGRAM: "",
            Item.TOOL: "",
            Item.PARTS: 0,
            Item.ALARM: "",
        }

    @property
    def execution(self) -> Execution:
        """What it is doing."""
        return Execution(str(self.items[Item.EXECUTION]))

    @property
    def program(self) -> str:
        """The operation under way."""
        return str(self.items[Item.PROGRAM])

    @property
    def alarm(self) -> str:
        """The failure that it has."""
        return str(self.items[Item.ALARM])

    @property
    def parts(self) -> int:
        """Pieces finished, ever."""
        return int(self.items[Item.PARTS])

    def tell(self, item: str, value: float | str) -> None:
        """An item has a new value: tell the watchers, should it differ."""
        if item == Item.JOBS or self.items.get(item) != value:
            self.items[item] = value
            self.floor.spread(Observation(self, item, value, self.floor.now_s()))

    # ------------------------------------------------------------ commands (OPC 10031-4, 6.2)

    def store(self, order: JobOrder) -> Answer:
        """Take a job into the list; it may not start yet."""
        if order.name in self.jobs or len(self.jobs) >= MOST_JOBS or not self.behaviour.can(order):
            return Answer.NOT_ACCEPTED
        self.jobs[order.name] = job = Job(order, JobState.NOT_ALLOWED_TO_START, self.floor.now_s())
        self._now(job, JobState.NOT_ALLOWED_TO_START)
        return Answer.NO_ERROR

    def store_and_start(self, order: JobOrder) -> Answer:
        """Take a job into the list; the machine starts it when it can."""
        with self.floor.moment():
            answer = self.store(order)
            return self.start(order.name) if answer is Answer.NO_ERROR else answer

    def update(self, order: JobOrder) -> Answer:
        """A job that has not started is to be done as this order says."""
        if not self.behaviour.can(order):
            return Answer.NOT_ACCEPTED
        return self._change(order.name, WAITING, lambda job: setattr(job, "order", order))

    def start(self, name: str) -> Answer:
        """A stored job may start."""
        return self._change(name, (JobState.NOT_ALLOWED_TO_START,), self._allow)

    def revoke_start(self, name: str) -> Answer:
        """A job that has not started may not start any more."""
        return self._change(
            name, (JobState.ALLOWED_TO_START,), lambda job: self._now(job, JobState.NOT_ALLOWED_TO_START)
        )

    def pause(self, name: str) -> Answer:
        """A running job stops where it is."""
        return self._change(name, (JobState.RUNNING,), self._interrupt)

    def resume(self, name: str) -> Answer:
        """An interrupted job goes on, unless the machine has failed."""
        if self.alarm and name in self.jobs:
            return Answer.INVALID_STATE
        return self._change(name, (JobState.INTERRUPTED,), self._go_on)

    def stop(self, name: str) -> Answer:
        """A job under way ends here."""
        return self._change(name, UNDER_WAY, lambda job: self._give_up(job, JobState.ENDED))

    def abort(self, name: str) -> Answer:
        """A job that is not over is aborted."""
        states = tuple(state for state in JobState if state not in OVER)
        return self._change(name, states, lambda job: self._give_up(job, JobState.ABORTED))

    def cancel(self, name: str) -> Answer:
        """A job that has not started leaves the list."""
        return self._change(name, WAITING, self._remove)

    def clear(self, name: str) -> Answer:
        """A job that is over leaves the list."""
        return self._change(name, OVER, self._remove)

    def forget(self) -> None:
        """Restart with amnesia: no job was ever heard of; the work under way stands where it is for good."""
        with self.floor.moment():
            self._forget()

    def _forget(self) -> None:
        if self.at_work:
            self.behaviour.drop(self.floor.now_s())
        names, self.jobs, self.at_work, self.repairing = list(self.jobs), {}, None, None
        for name in names:
            self.tell(Item.JOBS, name)
        self.refresh()

    def refresh(self) -> None:
        """Tell what follows from jobs and alarm, and plan what comes next."""
        self._look()
        self.floor.plan(self)

    def _change(self, name: str, states: tuple[JobState, ...], change: Callable[[Job], None]) -> Answer:
        job = self.jobs.get(name)
        if job is None:
            return Answer.UNKNOWN_JOB
        if job.state not in states:
            return Answer.INVALID_STATE
        with self.floor.moment():
            change(job)
            self._start_next()
            self.refresh()
        return Answer.NO_ERROR

    # ------------------------------------------------------------ from state to state

    def _now(self, job: Job, state: JobState) -> None:
        job.state = state
        self.tell(Item.JOBS, job.order.name)

    def _remove(self, job: Job) -> None:
        del self.jobs[job.order.name]
        self.tell(Item.JOBS, job.order.name)

    def _allow(self, job: Job) -> None:
        """Work that does not need the machine free begins at once."""
        self._now(job, JobState.ALLOWED_TO_START)
        if job.order.work is Work.OFFSET_TOOL:
            self._run(job)
            self.behaviour.offset(job.order.what, job.order.amount)
            self._end(job, {})
        elif job.order.work is Work.REPAIR and self.repairing is None:
            self._run(job)
            if self.alarm:
                self.repairing = job
                self.behaviour.repair(self.alarm, self.floor.now_s())
            else:
                self._end(job, {})

    def _start_next(self) -> None:
        """A free machine that works starts the oldest job that may start."""
        if self.at_work or self.alarm:
            return
        for job in self.jobs.values():
            if job.state is JobState.ALLOWED_TO_START and job.order.work is not Work.REPAIR:
                self.at_work = job
                self._run(job)
                self.behaviour.start(job.order, self.floor.now_s())
                return

    def _run(self, job: Job) -> None:
        job.started_s = self.floor.now_s()
        self._now(job, JobState.RUNNING)

    def _interrupt(self, job: Job) -> None:
        if job is self.at_work:
            self.behaviour.pause(self.floor.now_s())
        self._now(job, JobState.INTERRUPTED)

    def _go_on(self, job: Job) -> None:
        if job is self.at_work:
            self.behaviour.resume(self.floor.now_s())
            self.waits = False
        self._now(job, JobState.RUNNING)

    def _end(self, job: Job, results: Results) -> None:
        job.results, job.ended_s = results, self.floor.now_s()
        self._now(job, JobState.ENDED)

    def _give_up(self, job: Job, state: JobState) -> None:
        if job is self.at_work:
            self.behaviour.drop(self.floor.now_s())
            self.at_work, self.waits = None, False
        if job is self.repairing:
            self.repairing = None
        job.ended_s = self.floor.now_s()
        self._now(job, state)

    # ------------------------------------------------------------ what happens by itself

    def happen(self) -> None:
        """What the behaviour has to tell has come about."""
        for fact in self.behaviour.happen(self.floor.now_s()):
            if isinstance(fact, Observed):
                self.tell(fact.item, fact.value)
            elif isinstance(fact, Finished):
                self._finish(fact.results)
            elif isinstance(fact, Failed):
                self._fail(fact.mode)
            elif isinstance(fact, Waiting):
                self.waits = fact.waits
            else:
                self._repaired()
        self._start_next()
        self.refresh()

    def _finish(self, results: Results) -> None:
        job, self.at_work = self.at_work, None
        self.waits = False
        assert job is not None, "a behaviour finished a job that nobody gave it"
        self._end(job, results)
        if job.order.work is Work.OPERATION:
            self.tell(Item.PARTS, self.parts + job.order.pieces)

    def _fail(self, mode: str) -> None:
        if self.at_work and self.at_work.state is JobState.RUNNING:
            self._now(self.at_work, JobState.INTERRUPTED)
        self.tell(Item.ALARM, mode)

    def _repaired(self) -> None:
        if self.repairing:
            self._end(self.repairing, {})
            self.repairing = None
        self.tell(Item.ALARM, "")

    def _look(self) -> None:
        """Tell what follows from job and alarm."""
        job = self.at_work
        operation = job is not None and job.order.work is Work.OPERATION
        self.tell(Item.PROGRAM, job.order.what if job and operation else "")
        tools = next(iter(self.tools), "")
        self.tell(Item.TOOL, job.order.what if job and job.order.work is Work.CHANGE_TOOL else tools)
        if self.alarm:
            self.tell(Item.EXECUTION, Execution.STOPPED)
        elif job is None:
            self.tell(Item.EXECUTION, Execution.READY)
        else:
            running = job.state is JobState.RUNNING and not self.waits
            self.tell(Item.EXECUTION, Execution.ACTIVE if running else Execution.INTERRUPTED)


# ---------------------------------------------------------------- all of them


class Floor:
    """All virtual machines of one process and their clock: `speed` plant seconds in a second of the wall clock."""

    def __init__(self, speed: float = 1.0) -> None:
        self.machines: dict[str, VirtualMachine] = {}  # by name
        self._watchers: list[Watcher] = []
        self._due: list[tuple[float, str]] = []  # heap: when a machine has something to tell; some entries are stale
        self._pace = Pace(speed)
        self._last_s = 0.0  # of the last happening: what a lie of the clocks must not go behind
        self._now_s: float | None = None  # while something happens: its own time, not that of the clock
        self._afterwards: dict[tuple[str, Callable[[VirtualMachine], None]], VirtualMachine] = {}
        self._born = datetime.now(UTC)
        self._stir = asyncio.Event()

    def add(
        self, name: str, station: str, behaviour: Behaviour, tools: Iterable[FloorTool] = ()
    ) -> VirtualMachine:
        """A new machine of a station; its behaviour wears the tools."""
        machine = self.machines[name] = VirtualMachine(self, name, station, behaviour, tools)
        self.plan(machine)
        return machine

    def watch(self, watcher: Watcher) -> None:
        """From now on tell `watcher` of every change of an item."""
        self._watchers.append(watcher)

    def spread(self, observation: Observation) -> None:
        """Tell every watcher."""
        for watcher in self._watchers:
            watcher(observation)

    def start(self, time_s: float) -> None:
        """It is now plant time `time_s`: machines that remember go on from there."""
        self._pace.start(time_s)
        self._born = datetime.now(UTC) - timedelta(seconds=time_s / self.speed)
        self._last_s = 0.0

    def after_this(self, machine: VirtualMachine, act: Callable[[VirtualMachine], None]) -> None:
        """When the moment is over that something happens in, `act` on the machine, once."""
        if self._now_s is None:
            act(machine)
        else:
            self._afterwards[machine.name, act] = machine

    @property
    def speed(self) -> float:
        """Plant seconds in a second of the wall clock."""
        return self._pace.speed

    def now_s(self) -> float:
        """The plant time, s from the start."""
        return max(self._pace.now_s(), self._last_s) if self._now_s is None else self._now_s

    @contextmanager
    def moment(self, time_s: float | None = None) -> Iterator[None]:
        """The time stands still while something happens: now, or at its own time if that was planned."""
        if self._now_s is not None:
            yield
            return
        self._last_s = self._now_s = max(self._pace.now_s() if time_s is None else time_s, self._last_s)
        try:
            yield
        finally:
            afterwards, self._afterwards = self._afterwards, {}
            for (_, act), machine in afterwards.items():
                act(machine)
            self._now_s = None

    def date(self, time_s: float) -> datetime:
        """When that was or will be on the wall clock (UTC)."""
        return self._born + timedelta(seconds=time_s / self.speed)

    def plan(self, machine: VirtualMachine) -> None:
        """The machine may have something to tell at another time than was thought."""
        if (due_s := machine.behaviour.next_s()) < float("inf"):
            heapq.heappush(self._due, (due_s, machine.name))
            self._stir.set()

    async def run(self) -> None:
        """Let time pass, until cancelled."""
        while True:
            while (wait_s := self._wait_s()) <= 0.0:
                self._let_happen()
                await asyncio.sleep(0)
            self._stir.clear()
            try:
                await asyncio.wait_for(self._stir.wait(), min(wait_s, LOOK_UP_S) if self._due else None)
            except TimeoutError:
                continue

    def _wait_s(self) -> float:
        return self._pace.wait_s(self._due[0][0]) if self._due else float("inf")

    def _let_happen(self) -> None:
        due_s, name = heapq.heappop(self._due)
        machine = self.machines[name]
        if machine.behaviour.next_s() != due_s:
            return  # stale: it was planned anew
        with self.moment(due_s):
            machine.happen()
