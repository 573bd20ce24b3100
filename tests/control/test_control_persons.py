"""What people do to a line, by hand: every case worked out on a small plant."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from drive import Life, live_on  # noqa: E402
from small import born, line_of, orders_of  # noqa: E402

from linewright.control import NONE, Command, Event, MachineState  # noqa: E402
from linewright.control.codes import Refusal, Rule, Stop  # noqa: E402

FOUR = orders_of(*((f"o{k}", "part", 3600.0, 0.0) for k in range(4)))


def two_stations(**more: Any) -> Life:
    """A mill of 10 s before a drill of 10 s, four orders of one piece, all there: serials 0 to 3."""
    life = born({"mill": {}, "drill": {"queue": 3}}, line_of("mill", "drill"), FOUR, **more)
    live_on(life, 6)  # the shift, the line looks, four orders arrive
    assert life.state.machine.unit[0] == place(life, 0)
    return life


def place(life: Life, serial: int) -> int:
    """Where in the pool a unit is."""
    return int((life.state.unit.serial == serial).nonzero()[0][0])


def act(life: Life, kind: Event, serial: int, detail: int = NONE) -> Refusal:
    """Somebody does something with a unit."""
    life.happens(kind, place(life, serial), detail, serial)
    return Refusal(int(life.state.g.refused[0]))


def started(life: Life, events: int = 100) -> list[tuple[int, float]]:
    """Which unit is started when at the mill, from now on."""
    found = []
    for _ in range(events):
        commands = life.next()
        if commands is None:
            break
        found += [(int(life.state.unit.serial[c[2]]), c[6]) for c in commands if c[:2] == (Command.START_OPERATION, 0)]
    return found


def test_a_held_unit_stands_aside_and_goes_on_at_the_end_of_its_queue() -> None:
    life = two_stations()
    assert act(life, Event.UNIT_HELD, 1) == Refusal.NONE
    unit = life.state.unit[place(life, 1)]
    assert unit.stopped == Stop.ASIDE and unit.queue == NONE and life.state.queue.reserved[0] == 1
    assert act(life, Event.UNIT_HELD, 1) == Refusal.ALREADY_SO
    fork = life.copy()
    assert started(life) == [(2, 10.0), (3, 20.0)]
    assert life.state.material_tally.finished[0] == 3
    assert act(fork, Event.UNIT_RELEASED, 1) == Refusal.NONE
    assert started(fork) == [(2, 10.0), (3, 20.0), (1, 30.0)]


def test_a_unit_on_a_machine_is_held_in_the_next_queue() -> None:
    life = two_stations()
    assert act(life, Event.UNIT_HELD, 0) == Refusal.NONE
    assert life.state.unit.stopped[place(life, 0)] == Stop.HOLD
    assert act(life, Event.UNIT_REWORKED, 0, 0) == Refusal.NOT_IN_A_QUEUE
    live_on(life, 1)
    assert life.state.unit.stopped[place(life, 0)] == Stop.ASIDE
    assert act(life, Event.UNIT_REWORKED, 0, 0) == Refusal.NONE  # back to the mill
    assert started(life) == [(2, 20.0), (3, 30.0), (0, 40.0)]
    assert life.state.material_tally.reworked[0] == 1 and life.state.material_tally.finished[0] == 4


def test_a_scrapped_unit_is_made_again() -> None:
    life = two_stations()
    assert act(life, Event.UNIT_SCRAPPED, 2) == Refusal.NONE
    assert act(life, Event.UNIT_SCRAPPED, 0) == Refusal.NONE  # on the mill: when it lets go
    assert 2 not in life.state.unit.serial
    assert started(life) == [(1, 10.0), (3, 20.0), (4, 30.0), (5, 40.0)]
    tally = life.state.material_tally
    assert (tally.scrapped[0], tally.finished[0], tally.orders_done[0]) == (2, 4, 4)


def test_a_unit_is_carried_to_another_station_that_can_do_its_operation() -> None:
    routes = {"part": [{"cut": {"at": ["left", "right"], "time": "10 s"}}]}
    routes |= {"bar": [{"saw": {"at": "saw", "time": "1 s"}}]}
    life = born({"left": {"queue": 2}, "right": {"queue": 2}, "saw": {}}, routes, FOUR)
    live_on(life, 6)
    queue = {name: k for k, name in enumerate(life.names.queues)}
    here = int(life.state.unit.queue[place(life, 2)])
    there = queue["right"] if here == queue["left"] else queue["left"]
    assert act(life, Event.UNIT_MOVED, 2, queue["saw"]) == Refusal.OTHER_ROUTE
    assert act(life, Event.UNIT_MOVED, 2, here) == Refusal.ALREADY_SO
    assert act(life, Event.UNIT_MOVED, 2, there) == Refusal.NONE
    assert life.state.unit.queue[place(life, 2)] == there and life.state.queue.count[there] == 2
    assert act(life, Event.UNIT_MOVED, 0, there) == Refusal.NOT_IN_A_QUEUE


def test_a_held_order_waits_and_a_cancelled_one_never_comes() -> None:
    life = two_stations(control={"release": {"conwip": 1}})
    slots = {int(number): k for k, number in enumerate(life.state.order.number[:4])}
    life.happens(Event.ORDER_HELD, slots[1])
    life.happens(Event.ORDER_CANCELLED, slots[2])
    live_on(life, 30)
    done_s = life.state.order_done_s
    assert np.isfinite(done_s[[0, 3]]).all() and done_s[1] == np.inf and done_s[2] == -np.inf
    life.happens(Event.ORDER_RELEASED, slots[1])
    live_on(life, 30)
    assert np.isfinite(life.state.order_done_s[1])
    life.happens(Event.ORDER_HELD, slots[1])
    assert life.state.g.refused[0] == Refusal.NO_SUCH_ORDER  # it is done


def test_a_more_urgent_order_goes_ahead_in_the_backlog() -> None:
    life = two_stations(control={"release": {"conwip": 1}})
    slot = next(k for k in range(4) if life.state.order.number[k] == 3)
    life.happens(Event.PRIORITY_SET, slot, amount=-1.0)
    live_on(life, 30)
    assert np.argsort(life.state.order_done_s).tolist() == [0, 3, 1, 2]


def test_another_rule_and_another_limit_hold_from_now_on() -> None:
    life = born(
        {"mill": {}},
        {"long": [{"cut": {"at": "mill", "time": "50 s"}}], "short": [{"cut": {"at": "mill", "time": "5 s"}}]},
        orders_of(*((f"o{k}", name, 3600.0, 0.0) for k, name in enumerate(["long", "long", "short"]))),
    )
    live_on(life, 5)
    life.happens(Event.RULE_SET, 0, Rule.SHORTEST_PROCESSING_TIME)
    assert [serial for serial, _ in started(life)] == [2, 1]
    life.happens(Event.RULE_SET, 0, Rule.USER)
    assert life.state.g.refused[0] == Refusal.NO_SUCH_RULE
    life.happens(Event.LIMIT_SET, 0, 3)
    assert life.state.g.refused[0] == Refusal.NO_SUCH_RULE  # nothing is limited here
    life = two_stations(control={"release": {"conwip": 1}})
    life.happens(Event.LIMIT_SET, 0, 3)
    assert life.state.loop.wip[0] == 3


def test_a_stop_that_nobody_understands_counts_as_down() -> None:
    life = two_stations()
    life.happens(Event.STOP_NOTICED, 0, time_s=4.0)
    life.happens(Event.STOP_OVER, 0, time_s=7.0)
    assert life.state.machine.state[0] == MachineState.PROCESSING
    life.happens(Event.STOP_OVER, 0)
    assert life.state.g.refused[0] == Refusal.NOT_AT_WORK
    assert life.state.state_s[MachineState.DOWN] == 3.0


def test_work_that_a_machine_forgot_begins_anew() -> None:
    life = two_stations()
    before = life.state.operation_tally.started[0]
    (again,) = life.happens(Event.WORK_REPEATED, 0, Command.START_OPERATION, time_s=6.0)
    assert again[:3] == (Command.START_OPERATION, 0, place(life, 0))
    assert life.state.operation_tally.started[0] == before  # it is the same work
    live_on(life, 1)
    assert life.now_s == 16.0
    life.happens(Event.MACHINE_HELD, 0, time_s=18.0)
    assert life.happens(Event.WORK_REPEATED, 0, Command.START_OPERATION) == []  # when it goes on
    (again,) = life.happens(Event.MACHINE_RELEASED, 0, time_s=20.0)
    assert again[0] == Command.START_OPERATION
    life.happens(Event.WORK_REPEATED, 0, Command.CHANGE_TOOL)
    assert life.state.g.refused[0] == Refusal.NOT_AT_WORK


def test_work_may_end_though_it_was_interrupted() -> None:
    life = two_stations()
    life.happens(Event.MACHINE_HELD, 0, time_s=4.0)
    life.happens(Event.OPERATION_FINISHED, 0, 0, time_s=4.5)
    assert life.state.machine.state[0] == MachineState.HELD and life.state.machine.interrupted[0] == 0
    commands = life.happens(Event.MACHINE_RELEASED, 0, time_s=9.0)
    assert [c[0] for c in commands] == [Command.START_OPERATION]
