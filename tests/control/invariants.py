"""What must be true of a line after every step, checked in plain Python from the state's arrays alone.

`Checker` follows one line event by event: `check(state)` looks at one state and, through the sums that it
keeps itself (areas under queue lengths and work in process), at the history since the last one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from linewright.control import NONE, Line, MachineState, State
from linewright.control.codes import N_STATES, Blocking, QueueKind, Rule, Stage, Stop, Wish
from linewright.control.line import F_BATCH, F_CARDS, F_LOT

WORKING = (Stage.RUNNING, Stage.CHANGING_OVER, Stage.CHANGING_TOOL)


class Columns:
    """The fields of a record array as Python lists, made when first asked for."""

    def __init__(self, records: Any) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def __getattr__(self, name: str) -> list[Any]:
        column = self._records[name].tolist()
        setattr(self, name, column)
        return column


class View:
    """All tables of a `Line` or a `State` as columns."""

    def __init__(self, tables: Any) -> None:
        for name, array in tables.arrays().items():
            setattr(self, name, Columns(array) if array.dtype.names else array.tolist())

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def chain(first: int, after: list[int], most: int) -> Iterator[int]:
    """The members of a chained list; an endless one is an error."""
    n = 0
    while first != NONE:
        yield first
        n += 1
        assert n <= most, "a list that runs in a circle"
        first = after[first]


class Checker:
    """The invariants of one line."""

    def __init__(self, line: Line) -> None:
        self.line = View(line)
        plant = line.plant[0]
        self.stations, self.machines = int(plant.stations), int(plant.machines)
        self.queues, self.materials = int(plant.queues), int(plant.materials)
        self.crews, self.skills, self.sources = int(plant.crews), int(plant.skills), int(plant.sources)
        self.loops, self.operations = int(plant.loops), int(plant.operations)
        self.pools = sum(1 for n in self.line.pool.n_vehicles if n)
        self.giving = {
            int(line.task.station[t])
            for row in line.operation[: self.operations]
            if row.n_gives
            for t in range(row.first_task, row.first_task + row.n_tasks)
        }
        self.busy = [0] * self.crews
        self.cards = [0] * self.loops
        self.last_s = 0.0
        self.queue_area = [0.0] * self.queues
        self.wip_area = [0.0] * self.materials
        self.levels: tuple[list[int], list[int]] = ([0] * self.queues, [0] * self.materials)

    def check(self, state: State) -> None:
        """Raises AssertionError where the state, or what led to it, cannot be."""
        s = View(state)
        live = self._live(s)
        self._places(s, live)
        self._conserved(s, live)
        self._orders(s, live)
        self._capacities(s, live)
        self._machines(s)
        self._people(s)
        self._moving(s)
        self._times(s, live)
        self._tallies(s)

    # ------------------------------------------------------------ units, each in one place

    def _live(self, s: Any) -> set[int]:
        g = s.g
        free = list(chain(g.free_unit[0], s.unit.next, len(s.unit)))
        assert len(set(free)) == len(free) == g.free_units[0], "free units miscounted"
        return set(range(len(s.unit))) - set(free)

    def _places(self, s: Any, live: set[int]) -> None:
        where: Counter[int] = Counter()
        unit, n = s.unit, len(s.unit)
        self.waiting = Counter[int]()
        for q in range(self.queues):
            members = list(chain(s.queue.head[q], unit.next, n))
            assert len(members) == s.queue.count[q], f"queue {q} miscounted"
            assert s.queue.tail[q] == (members[-1] if members else NONE)
            assert all(unit.queue[u] == q for u in members)
            assert s.queue.joined[q] - s.queue.left[q] == len(members)
            where.update(members)
            waiters = list(chain(s.queue.first_waiter[q], unit.next, n))
            assert len(waiters) == s.queue.waiters[q]
            assert s.queue.last_waiter[q] == (waiters[-1] if waiters else NONE)
            where.update(u for u in waiters if not unit.awaits[u])
            self.waiting.update(waiters)
            for u in waiters:
                assert unit.queue[u] == q
                if unit.awaits[u]:
                    assert s.machine.unit[unit.machine[u]] == u
        for m in range(self.machines):
            u = s.machine.unit[m]
            loaded = [u] if u != NONE and unit.awaits[u] else list(chain(u, unit.next, n))
            if s.machine.stage[m] == Stage.FREE:
                assert not loaded and s.machine.left[m] == 0, f"a free machine {m} holds units"
            assert len(loaded) == s.machine.units[m] or s.machine.stage[m] == Stage.FREE
            where.update(loaded)
        carried = []
        for v in range(len(s.vehicle)):
            u = s.vehicle.unit[v]
            assert (u != NONE) == bool(s.vehicle.busy[v])
            if u != NONE:
                assert unit.vehicle[u] == v
                carried.append(u)
        for p in range(len(s.pool)):
            asked = list(chain(s.pool.first_request[p], unit.next, n))
            assert s.pool.last_request[p] == (asked[-1] if asked else NONE)
            carried += asked
        self.carried = carried
        where.update(carried)
        self.aside = [u for u in live if unit.stopped[u] == Stop.ASIDE]
        where.update(self.aside)
        assert all(unit.queue[u] == NONE for u in self.aside)
        in_queue = {u for u in live if unit.queue[u] != NONE and u not in self.waiting}
        assert not any(unit.stopped[u] for u in in_queue), "a unit in a queue that a person has stopped"
        assert all(count == 1 for count in where.values()), "a unit in two places"
        assert set(where) == live, f"units nowhere or dead: {set(where) ^ live}"
        on_machine = Counter(
            unit.machine[u]
            for u in [*carried, *(u for u in self.waiting if not unit.awaits[u])]
            if unit.machine[u] != NONE
        )
        for m in range(self.machines):
            if s.machine.stage[m] == Stage.UNLOADING:
                assert on_machine[m] == s.machine.left[m], f"finished units of machine {m} miscounted"
            else:
                assert on_machine[m] == 0
        in_outbox = Counter(unit.station[u] for u in live if unit.held[u])
        assert all(in_outbox[k] == s.station.outbox_n[k] for k in range(self.stations))

    def _conserved(self, s: Any, live: set[int]) -> None:
        alive = Counter(s.unit.material[u] for u in live)
        tally, line = s.material_tally, self.line
        for k in range(self.materials):
            if line.material.bought[k]:
                assert s.material.stock[k] >= -1e-6 or not line.material.counted[k], "stock below nothing"
                continue
            built_in = line.material.home_queue[k] != NONE
            gone = tally.taken[k] if built_in else tally.finished[k]
            assert tally.released[k] == alive[k] + tally.scrapped[k] + gone, f"material {k} not conserved"
        counted = Counter(s.unit.material[u] for u in live if s.unit.counted[u])
        assert all(counted[k] == s.material.wip[k] for k in range(self.materials))
        cards = Counter(s.unit.loop[u] for u in live)
        for k in range(self.loops):
            assert cards[k] == s.loop.wip[k]
            most = max(s.loop.limit[k], self.cards[k])
            assert s.loop.wip[k] <= most, "more cards than there are"
            self.cards[k] = s.loop.wip[k]
        waiting = Counter(s.unit.source[u] for u in live)
        assert all(waiting[k] == s.source.waiting[k] for k in range(self.sources))

    def _orders(self, s: Any, live: set[int]) -> None:
        order = s.order
        free = list(chain(s.g.free_order[0], order.next, len(order)))
        assert len(set(free)) == len(free) == s.g.free_orders[0], "free orders miscounted"
        opened = set(range(len(order))) - set(free)
        units = Counter(s.unit.order[u] for u in live if s.unit.order[u] != NONE)
        assert set(units) <= opened, "a unit of a closed order"
        backlog: set[int] = set()
        for k in range(self.sources):
            mine = list(chain(s.source.first_order[k], order.next, len(order)))
            assert s.source.last_order[k] == (mine[-1] if mine else NONE)
            assert not backlog & set(mine)
            backlog |= set(mine)
        assert backlog == {o for o in opened if order.to_release[o] > 0 and not order.stopped[o]}
        for o in opened:
            assert order.open[o] == units[o]
            assert order.to_release[o] + order.open[o] + order.good[o] == order.quantity[o]

    # ------------------------------------------------------------ places

    def _capacities(self, s: Any, live: set[int]) -> None:
        line = self.line
        reserved = Counter(r for r in s.machine.reserved[: self.machines] if r != NONE)
        reserved.update(s.unit.heading[u] for u in self.carried if s.unit.heading[u] != NONE)
        reserved.update(s.unit.aside[u] for u in self.aside if s.unit.aside[u] != NONE)
        held = [0] * self.stations
        for m in range(self.machines):
            station = line.machine.station[m]
            held[station] += s.machine.units[m] + s.machine.left[m]
            if line.station.holds[station]:
                reserved[line.station.queue[station]] += s.machine.units[m] + s.machine.left[m]
        for q in range(self.queues):
            taken = s.queue.count[q] + s.queue.reserved[q]
            assert reserved[q] == s.queue.reserved[q], f"places of queue {q} reserved for nobody"
            if line.queue.capacity[q] > 0:
                assert taken <= line.queue.capacity[q], f"queue {q} over capacity"
            station = line.queue.station[q]
            if line.queue.capacity[q] == 0 and line.queue.kind[q] == QueueKind.MAIN:
                first, n = line.station.first_machine[station], line.station.n_machines[station]
                busy = sum(stage != Stage.FREE for stage in s.machine.stage[first : first + n])
                assert taken + busy <= n, f"queue {q} of no places holds units"
        loose = Counter(
            s.unit.station[u]
            for u in [*self.waiting, *self.carried]
            if s.unit.machine[u] == NONE and not s.unit.held[u] and self._still_here(s, u)
        )
        for k in range(self.stations):
            outbox = line.station.outbox[k]
            assert s.station.outbox_n[k] >= 0 and (outbox < 0 or s.station.outbox_n[k] <= outbox)
            if line.station.traits[k] & F_CARDS:
                queues = [line.station.queue[k], line.station.rework_queue[k]]
                here = held[k] + s.station.outbox_n[k] + sum(s.queue.count[q] for q in queues if q != NONE)
                assert here <= s.station.present[k] <= here + loose[k], f"cards of station {k} miscounted"
                if k not in self.giving:  # what comes out of a unit there is there, cards or no cards
                    assert here <= line.station.cards[k], f"more than the cards of station {k}"

    def _still_here(self, s: Any, u: int) -> bool:
        """No vehicle has unit `u` on board: the one that fetches it, if any, is on its way to it."""
        v = s.unit.vehicle[u]
        return v == NONE or s.vehicle.at[v] == s.unit.station[u]

    def _room(self, s: Any, q: int) -> bool:
        taken, capacity = s.queue.count[q] + s.queue.reserved[q], self.line.queue.capacity[q]
        station = self.line.queue.station[q]
        if capacity > 0 and taken >= capacity:
            return False
        if capacity == 0 and taken + self._besides(s, q, station) >= s.station.idle_n[station]:
            return False
        return station == NONE or not self.line.station.traits[station] & F_CARDS

    def _besides(self, s: Any, q: int, station: int) -> int:
        """Units that idle machines are promised to besides those of queue `q`."""
        main, rework = self.line.station.queue[station], self.line.station.rework_queue[station]
        if q == main:
            return s.queue.count[rework] if rework != NONE else 0
        return s.queue.count[main] if self.line.queue.capacity[main] == 0 else 0

    # ------------------------------------------------------------ machines and people

    def _machines(self, s: Any) -> None:
        line, machine = self.line, s.machine
        for k in range(self.stations):
            idle = list(chain(s.station.idle[k], machine.next_idle, self.machines))
            assert len(idle) == s.station.idle_n[k]
            first, n = line.station.first_machine[k], line.station.n_machines[k]
            can_load = {
                m
                for m in range(first, first + n)
                if machine.stage[m] == Stage.FREE
                and machine.mode[m] == NONE
                and not machine.held[m]
                and s.station.running[k]
            }
            assert set(idle) == can_load, f"idle machines of station {k} and those that could load differ"
            assert all(machine.state[m] == MachineState.STARVED for m in idle)
            traits = line.station.traits[k]
            if (
                idle
                and s.station.rule[k] == Rule.FIFO
                and line.station.blocking[k] == Blocking.AFTER_SERVICE
            ):
                queues = [line.station.queue[k], line.station.rework_queue[k]]
                if traits in (0, F_CARDS) or line.station.plain[k]:
                    assert not any(s.queue.count[q] for q in queues if q != NONE), (
                        f"station {k} idle beside work"
                    )
        for m in range(self.machines):
            self._machine(s, m)

    def _machine(self, s: Any, m: int) -> None:
        line, machine = self.line, s.machine
        k = line.machine.station[m]
        traits, stage, what = line.station.traits[k], machine.stage[m], machine.state[m]
        held = machine.units[m] + machine.left[m]
        if traits & F_BATCH:
            assert held <= line.station.batch_most[k], "a batch over its most"
        elif traits & F_LOT:
            assert held <= max(line.operation.lot), "more than a lot"
        else:
            assert held <= 1, f"machine {m} holds {held} units"
        if machine.mode[m] != NONE:
            assert what == (MachineState.HELD if line.mode.looks[machine.mode[m]] else MachineState.DOWN)
        elif machine.held[m]:
            assert what == MachineState.HELD
        elif what == MachineState.DOWN:  # it stands, and nobody knows why
            assert stage in WORKING and not machine.interrupted[m]
        else:
            assert what != MachineState.HELD
            if stage == Stage.RUNNING and not machine.interrupted[m]:
                assert what == MachineState.PROCESSING
            if not s.station.running[k] and (stage not in WORKING or machine.interrupted[m]):
                waits = machine.wish[m] != Wish.NOTHING  # for somebody to finish what is under way
                assert what == MachineState.OFF_SHIFT or waits or stage == Stage.LOADED
        assert not machine.interrupted[m] or stage in WORKING

    def _people(self, s: Any) -> None:
        line, machine = self.line, s.machine
        busy = Counter(c for c in machine.crew[: self.machines] if c != NONE)
        for c in range(self.crews):
            now = s.crew.busy[c]
            assert now == busy[c]
            assert now <= s.crew.here[c] or now <= self.busy[c], f"crew {c} over its head-count"
            self.busy[c] = now
        wishing: set[int] = set()
        for k in range(self.skills):
            mine = list(chain(s.skill.first[k], machine.next_wish, self.machines))
            assert s.skill.last[k] == (mine[-1] if mine else NONE)
            assert not wishing & set(mine)
            wishing |= set(mine)
            if mine:
                able = [c for c in range(self.crews) if line.crew.skills[c] >> k & 1]
                assert all(s.crew.busy[c] >= s.crew.here[c] for c in able), (
                    f"skill {k}: somebody free, and waited for"
                )
        assert wishing == {m for m in range(self.machines) if machine.wish[m] != Wish.NOTHING}

    def _moving(self, s: Any) -> None:
        """Nobody waits for what is there: places, vehicles, outboxes; nothing is left on the agenda."""
        line = self.line
        assert s.g.agenda_n[0] == 0 and not any(s.station.on_agenda)
        for q in range(self.queues):
            for u in chain(s.queue.first_waiter[q], s.unit.next, len(s.unit)):
                m = s.unit.machine[u]
                if m == NONE or s.machine.mode[m] == NONE:
                    assert not self._room(s, q), f"unit {u} waits for a free place in queue {q}"
                    break
        for p in range(self.pools):
            if s.pool.first_request[p] != NONE:
                first = line.pool.first_vehicle[p]
                assert all(s.vehicle.busy[first : first + line.pool.n_vehicles[p]]), "a free vehicle not sent"
        for m in range(self.machines):
            if s.machine.blocked[m] != NONE and s.machine.mode[m] == NONE:
                k = line.machine.station[m]
                outbox = line.station.outbox[k]
                assert outbox >= 0 and s.station.outbox_n[k] >= outbox, (
                    f"machine {m} blocked beside a free outbox"
                )

    # ------------------------------------------------------------ time

    def _times(self, s: Any, live: set[int]) -> None:
        now = s.g.now_s[0]
        for m in range(self.machines):
            mine = s.state_s[m * N_STATES : (m + 1) * N_STATES]
            total = math.fsum(mine) + now - s.machine.since_s[m]
            assert math.isclose(total, now, rel_tol=1e-9, abs_tol=1e-6), (
                f"the states of machine {m} do not fill time"
            )
        passed = now - self.last_s
        assert passed >= 0.0, "time runs backwards"
        queued, wip = self.levels
        waits = [0.0] * self.queues
        stays = [0.0] * self.materials
        for u in live:
            if s.unit.queue[u] != NONE and u not in self.waiting:
                waits[s.unit.queue[u]] += now - s.unit.entered_s[u]
            if s.unit.counted[u]:
                stays[s.unit.material[u]] += now - s.unit.released_s[u]
        for q in range(self.queues):
            self.queue_area[q] += queued[q] * passed
            total = s.queue.wait_s[q] + waits[q]
            assert math.isclose(total, self.queue_area[q], rel_tol=1e-9, abs_tol=1e-3), (
                f"Little's law, queue {q}"
            )
        for k in range(self.materials):
            self.wip_area[k] += wip[k] * passed
            total = s.material_tally.residence_s[k] + stays[k]
            assert math.isclose(total, self.wip_area[k], rel_tol=1e-9, abs_tol=1e-3), (
                f"Little's law, material {k}"
            )
        self.levels = list(s.queue.count), list(s.material.wip)
        self.last_s = now

    def _tallies(self, s: Any) -> None:
        bins = len(s.lead_bins) // self.materials
        for k in range(self.materials):
            assert sum(s.lead_bins[k * bins : (k + 1) * bins]) == s.material_tally.finished[k]
        tally = s.operation_tally
        for o in range(self.operations):
            assert tally.passed_first[o] <= tally.first[o] <= tally.inspected[o]
            assert tally.reworked[o] + tally.scrapped[o] <= tally.failed[o] <= tally.inspected[o]
