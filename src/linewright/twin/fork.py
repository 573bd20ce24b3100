"""Fork a line: from the state alone, what is pending in nature, drawn anew for each of many futures.

A state says what every machine, vehicle and order is doing; it does not say what luck has in store, and a
forecast must not know that. So every pending time is drawn on condition of what has been seen:

- work, set-up, tool change and repair under way: on condition that they take longer than they have taken;
- failures, deliveries of bought material, tools being sharpened, trips of vehicles: when they began is not in
  the state, so the equilibrium residual, which is exact where the law is exponential;
- the next order of a stream: on condition of the time since the last one;
- true values of the units on the line: drawn anew;
- shifts, orders of the file, batch timers: known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.control.codes import NONE, Event, Stage, Wish
from linewright.control.line import Line
from linewright.control.state import State
from linewright.twin.clocks import play
from linewright.twin.laws import Draws, remaining, remaining_from_unknown
from linewright.twin.observe import living, plain
from linewright.twin.random import new_streams
from linewright.twin.world import World

WORK = {
    Stage.RUNNING: Event.OPERATION_FINISHED,
    Stage.CHANGING_TOOL: Event.TOOL_CHANGED,
    Stage.CHANGING_OVER: Event.SETUP_FINISHED,
}
FORK_REPLICATION = 1 << 41  # futures draw from replications of their own


@dataclass
class Futures:
    """What is pending in each of n futures."""

    rings_s: NDArray[np.float64]  # (n, leaves) when each clock rings
    tree: NDArray[np.int64]  # (n, 2 leaves)
    failure_s: NDArray[np.float64]  # (n, machine modes) after how much work each failure strikes
    fails_s: NDArray[np.float64]  # (n, machines) after how much work the next of them strikes
    fails_by: NDArray[np.int64]  # (n, machines) which failure that is
    left_s: NDArray[np.float64]  # (n, machines) work left
    doing: NDArray[np.int64]  # (n, machines) what the clock of a machine ends
    mode: NDArray[np.int64]  # (n, machines) by which failure it is down
    streams: Any  # (n, streams) random streams
    nature: Any  # a Nature: everything that is the same in all of them
    made: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]  # places, means, sds of true values


class Fork:
    """Reads a state and draws what is pending."""

    def __init__(self, line: Line, world: World, state: State, n: int, seed: int) -> None:
        self.line: Any = line
        self.world, self.state, self.n, self.seed = world, state, n, seed
        self.rng = np.random.default_rng((seed, 0xF0))
        self.now_s = float(state.g[0].now_s)
        self.nature: Any = world.new_nature(seed, FORK_REPLICATION, len(state.unit))
        self.case = self.nature.case[0]
        self.rings_s = np.full((n, int(self.case.leaves)), np.inf)
        machines = int(line.plant[0].machines)
        self.left_s = np.zeros((n, machines))
        self.doing = np.zeros((n, machines), np.int64)
        self.mode = np.zeros((n, machines), np.int64)
        modes = int((line.station.n_machines * line.station.n_modes).sum())
        self.failure_s = np.full((n, max(modes, 1)), np.inf)
        self.fails_s = np.full((n, machines), np.inf)
        self.fails_by = np.zeros((n, machines), np.int64)

    def draw(self) -> Futures:
        """Everything that is pending, in every future."""
        self._failures()
        for m in range(int(self.line.plant[0].machines)):
            self._machine(m)
        self._vehicles()
        self._orders()
        self._timers()
        self._shift()
        return Futures(
            self.rings_s,
            play(self.rings_s),
            self.failure_s,
            self.fails_s,
            self.fails_by,
            self.left_s,
            self.doing,
            self.mode,
            streams_of(self.world, self.n, self.seed),
            self.nature,
            self._true_values(),
        )

    def _failures(self) -> None:
        line = self.line
        for m in range(int(line.plant[0].machines)):
            station = line.station[line.machine[m].station]
            for j in range(int(station.n_modes)):
                mode, place = int(station.first_mode) + j, int(self.nature.first_mode[m]) + j
                left = remaining_from_unknown(self.world, int(self.world.mode[mode].every), self.n, self.rng)
                if line.mode[mode].busy:
                    self.failure_s[:, place] = left  # all work is counted from now on
                else:
                    self.rings_s[:, int(self.case.last_mode) - place] = self.now_s + left
            if station.n_modes > 0:
                first = int(self.nature.first_mode[m])
                own = self.failure_s[:, first : first + int(station.n_modes)]
                self.fails_s[:, m], self.fails_by[:, m] = own.min(axis=1), own.argmin(axis=1)

    def _machine(self, m: int) -> None:
        machine, pending = self.state.machine[m], self.nature.machine[m]
        station = self.line.station[self.line.machine[m].station]
        stage = Stage(int(machine.stage))
        since_s = self.now_s - float(machine.began_s)  # the work or the repair under way
        pending.began = pending.measuring = pending.piece = 0
        working = stage in WORK
        if working:
            pending.work = WORK[stage]
            self.doing[:, m] = WORK[stage]
            done_s = float(machine.done_s) + (0.0 if machine.interrupted else since_s)
            self.left_s[:, m] = self._work_left(m, stage, done_s)
        if machine.mode != NONE:
            self.mode[:, m] = int(machine.mode) - int(station.first_mode)
            self.doing[:, m] = Event.MACHINE_REPAIRED
            if machine.wish != Wish.REPAIR:
                law = int(self.world.mode[machine.mode].repair)
                self.rings_s[:, m] = self.now_s + remaining(self.world, law, since_s, self.n, self.rng)
        elif working and not machine.interrupted:
            pending.began, pending.since_s = 1, self.now_s
            self._run(m, stage)

    def _run(self, m: int, stage: Stage) -> None:
        """The machine's clock: its work ends, or it fails before."""
        ends_s = self.left_s[:, m].copy()
        if stage == Stage.RUNNING:
            sooner = self.fails_s[:, m] < ends_s
            ends_s[sooner] = self.fails_s[sooner, m]
            self.doing[sooner, m] = Event.MACHINE_FAILED
            self.mode[sooner, m] = self.fails_by[sooner, m]
        self.rings_s[:, m] = self.now_s + ends_s

    def _work_left(self, m: int, stage: Stage, done_s: float) -> Draws:
        machine = self.state.machine[m]
        station = self.line.station[self.line.machine[m].station]
        if stage == Stage.RUNNING:
            law = int(self.world.task[machine.task].law)
            pieces = 1 if station.batch_most > 1 else max(int(machine.pieces), 1)
            return remaining(self.world, law, done_s, self.n, self.rng, pieces)
        if stage == Stage.CHANGING_TOOL:
            total_s = float(self.line.tool[int(station.first_tool) + int(machine.tool_index)].change_s)
        else:
            materials = int(self.line.plant[0].materials)
            row = materials if machine.set_for == NONE else int(machine.set_for)
            material = int(self.state.unit[machine.unit].material)
            total_s = float(self.line.number[int(station.setup_row) + row * materials + material])
        return np.full(self.n, max(total_s - done_s, 0.0))

    def _vehicles(self) -> None:
        if not self.world.plant_has_vehicles():
            return
        line, places = self.line, int(self.line.plant[0].stations) + 2
        for v in range(len(line.vehicle)):
            vehicle = self.state.vehicle[v]
            if not vehicle.busy:
                continue
            unit, pool = self.state.unit[vehicle.unit], line.pool[line.vehicle[v].pool]
            i = int(self.case.first_vehicle) + v
            way = line.number[int(pool.distance_row) : int(pool.distance_row) + places * places].reshape(places, places)
            here = int(unit.station)
            if int(vehicle.at) == here:  # on its way to the unit; from where is not known
                self.nature.clock[i].kind = Event.UNIT_LOADED
                there = way[:, here]
                drive_s = float(there[there > 0].mean()) / float(pool.speed) if (there > 0).any() else 0.0
                left = max(drive_s + float(pool.load_s) - (self.now_s - float(vehicle.since_s)), 0.0)
                self.rings_s[:, i] = self.now_s + left
            else:
                self.nature.clock[i].kind = Event.UNIT_DELIVERED
                total_s = float(way[here, int(vehicle.at)]) / float(pool.speed) + float(pool.unload_s)
                self.rings_s[:, i] = self.now_s + self.rng.uniform(0.0, total_s, self.n)

    def _orders(self) -> None:
        case, line, now_s = self.case, self.line, self.now_s
        if case.file != NONE:
            due_s = np.maximum.accumulate(line.order.release_s)
            arrived = int(self.state.g[0].arrived)
            case.next_order = arrived
            if arrived < len(line.order):
                self.rings_s[:, int(case.file)] = max(float(due_s[arrived]), now_s)
        for i in range(int(case.first_stream), int(case.first_mix)):
            arrival = self.world.arrival[self.nature.clock[i].detail]
            law = int(arrival.law)
            sources = [
                int(self.world.share[k].source) for k in range(int(arrival.first), int(arrival.first + arrival.n))
            ]
            last_s = max(float(self.state.source[k].last_s) for k in sources)
            if last_s == 0.0 and float(arrival.first_s) >= now_s:
                left = np.full(self.n, float(arrival.first_s) - now_s)
            elif last_s > 0.0:
                left = remaining(self.world, law, now_s - last_s, self.n, self.rng)
            else:
                left = remaining_from_unknown(self.world, law, self.n, self.rng)
            self.rings_s[:, i] = now_s + left
        for i in range(int(case.first_mix), int(case.first_wait)):
            k = i - int(case.first_mix)
            if self.nature.clock[i].detail != NONE and self.state.source[k].next_mix == NONE:
                self.rings_s[:, i] = now_s

    def _timers(self) -> None:
        case, state, now_s = self.case, self.state, self.now_s
        for s in np.flatnonzero(state.station.wait_set):
            station = self.line.station[s]
            head = int(state.queue[station.queue].head)
            head = head if head != NONE else int(state.queue[station.rework_queue].head)
            since_s = float(state.unit[head].entered_s) if head != NONE else now_s
            self.rings_s[:, int(case.first_wait) + s] = max(since_s + float(station.batch_wait_s), now_s)
        for k in np.flatnonzero(state.material.on_order):
            left = remaining_from_unknown(self.world, int(self.world.bought[k].law), self.n, self.rng)
            self.rings_s[:, int(case.first_material) + k] = now_s + left
        self._sharpeners()
        self.rings_s[:, int(case.look_again)] = now_s  # look again: what can be released is

    def _sharpeners(self) -> None:
        line = self.line
        for m in range(int(line.plant[0].machines)):
            station = line.station[line.machine[m].station]
            for j in range(int(station.n_tools)):
                tool, k = line.tool[int(station.first_tool) + j], int(line.machine[m].first_tool) + j
                away = int(tool.spares) - int(self.state.tool[k].spares)
                clocks = self.world.sharpener[k]
                for i in range(int(clocks.first), int(clocks.first) + min(away, int(clocks.n))):
                    self.nature.clock[i].detail = m
                    self.rings_s[:, i] = self.now_s + self.rng.uniform(0.0, float(tool.resharpen_s), self.n)

    def _shift(self) -> None:
        plant, row = self.line.plant[0], int(self.state.g[0].row)
        rows, week_s = int(plant.week_rows), float(plant.week_s)
        after = (row + 1) % rows if row != NONE else 0
        self.case.next_row = after
        if row == NONE:
            self.case.cycle = 0
            self.rings_s[:, int(self.case.shift)] = self.now_s
        elif rows > 1:
            begins_s = float(self.line.week_s[after])
            cycle = np.ceil((self.now_s - begins_s) / week_s)
            if cycle * week_s + begins_s <= self.now_s:
                cycle += 1
            self.case.cycle = int(cycle)
            self.rings_s[:, int(self.case.shift)] = cycle * week_s + begins_s

    def _true_values(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        n = int(self.case.characteristics)
        alive = living(self.state) if n else np.zeros(0, np.bool_)
        places, means, sds = [], [], []
        for c in range(n):
            law = self.world.characteristic[c]
            mine = np.flatnonzero(alive & (self.state.unit.material == law.material))
            places.append(mine * n + c)
            means.append(np.full(len(mine), float(law.centre)))
            sds.append(np.full(len(mine), float(law.sd)))
        if not places:
            return np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
        return np.concatenate(places).astype(np.int64), np.concatenate(means), np.concatenate(sds)


def streams_of(world: World, n: int, seed: int) -> Any:
    """Random streams of their own for n futures (n, streams)."""
    return new_streams(n * world.n_streams, seed, FORK_REPLICATION + 1)[: n * world.n_streams].reshape(n, -1)


def set_future(nature: Any, futures: Futures, k: int, seed: int) -> None:
    """Put future `k` into a nature of one's own, in place."""
    machine = plain(nature.machine)
    np.copyto(plain(nature.case), plain(futures.nature.case))
    np.copyto(plain(nature.clock), plain(futures.nature.clock))
    np.copyto(machine, plain(futures.nature.machine))
    np.copyto(nature.rings_s, futures.rings_s[k])
    np.copyto(nature.tree, futures.tree[k])
    np.copyto(nature.failure_s, futures.failure_s[k])
    n = futures.left_s.shape[1]
    for name in ("left_s", "doing", "mode", "fails_s", "fails_by"):
        machine[name][:n] = getattr(futures, name)[k]
    plain(nature.stream)[: futures.streams.shape[1]] = futures.streams[k]
    places, means, sds = futures.made
    if len(places):
        rng = np.random.default_rng((seed, 0xF1, k))
        nature.made[places] = means + sds * rng.standard_normal(len(places))
