"""Release, dispatch, shifts, stock and people: single rules on small plants, worked out by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from linewright.control import Command, Event, MachineState
from linewright.errors import InputError

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from drive import live_on, log  # noqa: E402
from invariants import Checker  # noqa: E402
from small import born, line_of, orders_of  # noqa: E402

STARTS = (Command.START_OPERATION,)

# jobs a, b, c, d: seconds at the mill, then of other work
WORK = {"a": (40, 0), "b": (10, 60), "c": (30, 0), "d": (20, 10)}
DUE = {"first": 0, "a": 400, "b": 300, "c": 90, "d": 120}
PRIORITY = {"first": 0, "a": 3, "b": 4, "c": 2, "d": 1}
RULE = """
def longest(now_s, work_s, setup_s, due_in_s, remaining_s, priority, waiting_s):
    return -work_s
"""


def sequence(rule: str, folder: Path | None = None, **mill: Any) -> str:
    """The order in which one machine takes four jobs that wait while it works on `first` (at 100 s)."""
    routes = {"first": [{"op": {"at": "mill", "time": "100 s"}}]}
    for name, (first_s, then_s) in WORK.items():
        routes[name] = [{"op": {"at": "mill", "time": f"{first_s} s"}}]
        if then_s:
            routes[name].append({"then": {"at": "wash", "time": f"{then_s} s"}})
    orders = orders_of(*[(name, name, DUE[name], PRIORITY[name]) for name in DUE])
    life = born({"mill": mill, "wash": {"machines": 4}}, routes, orders, folder, control={"dispatch": rule})
    starts = [line.split() for line in log(life, kinds=STARTS)]
    serial = {str(i): name for i, name in enumerate(DUE)}
    return "".join(serial[words[3]] for words in starts if words[2] == "mill" and serial[words[3]] != "first")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("fifo", "abcd"),
        ("shortest-processing-time", "bdca"),
        ("earliest-due-date", "cdba"),
        # at 100 s (due - now) / remaining: a 7.5, b 2.9, c -0.3, d 0.7; nobody overtakes later
        ("critical-ratio", "cdba"),
        # at 100 s: a 260, b 130, c -40, d -10
        ("slack", "cdba"),
        # exp(-slack+ / (2 x 25 s)) / work; mean at the mill 40 s: c 1/30, d 1/20, b exp(-130/80)/10
        ("apparent-tardiness-cost", "dcba"),
        ("priority", "dcab"),
    ],
)  # fmt: skip
def test_a_dispatch_rule_orders_the_queue(rule: str, expected: str) -> None:
    assert sequence(rule) == expected


def test_fewest_setups_takes_what_the_machine_is_set_up_for() -> None:
    times = {
        "first": {"d": "1 s", "b": "5 s", "c": "9 s", "a": "20 s"},
        "d": {"a": "3 s", "b": "4 s", "c": "5 s"},
        "a": {"b": "9 s", "c": "8 s"},
        "c": {"b": "1 s"},
    }
    setup = {"by": "material", "time": times}
    assert sequence("fewest-setups", setup=setup) == "dacb"


def test_a_rule_of_ones_own_is_a_python_function_beside_the_plant(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(RULE)
    assert sequence("rules.py:longest", tmp_path) == "acdb"
    with pytest.raises(InputError, match="longest"):
        sequence("rules.py:longst", tmp_path)


# ---------------------------------------------------------------- release


def most_in_process(life: Any, events: int) -> int:
    """The most units on the line after any of so many events; every state is checked."""
    checker, most = Checker(life.line), [0]

    def look(life: Any) -> None:
        checker.check(life.state)
        most[0] = max(most[0], int(life.state.material.wip.sum()))

    live_on(life, events, look)
    return most[0]


def test_conwip_keeps_so_many_on_the_line() -> None:
    stations = {"a": {}, "b": {}, "c": {}}
    life = born(stations, line_of("a", "b", "c", c="25 s"), control={"release": {"conwip": 4}})
    assert most_in_process(life, 100) == 4
    assert life.state.material_tally.finished[0] == (life.now_s - 20) // 25


def test_kanban_keeps_so_many_at_a_station() -> None:
    life = born(
        {"a": {}, "b": {}}, line_of("a", "b", b="30 s"), control={"release": {"kanban": {"a": 2, "b": 3}}}
    )
    assert most_in_process(life, 100) == 5


def test_drum_buffer_rope_counts_up_to_the_end_of_the_drum() -> None:
    release = {"release": {"drum": "b", "rope": 2}}
    life = born(
        {"a": {}, "b": {}, "c": {}}, line_of("a", "b", "c", a="5 s", b="20 s", c="70 s"), control=release
    )
    assert most_in_process(life, 60) > 4  # work piles up behind the drum
    queue = life.names.queues.index("b")
    assert life.state.loop.wip[0] == 2
    assert life.state.queue.count[queue] <= 1


def test_orders_pile_up_behind_a_full_loop_without_end() -> None:
    stream = {"streams": [{"material": "part", "every": "1 s", "quantity": 2}]}
    life = born({"a": {}}, line_of("a", time="100 s"), demand=stream, control={"release": {"conwip": 1}})
    most_in_process(life, 700)
    assert len(life.state.order) > 600


def test_the_more_urgent_stream_is_released_first() -> None:
    streams = [
        {"material": "slow", "every": "1000 s", "first": "0 s", "quantity": 3, "priority": 2},
        {"material": "rush", "every": "1000 s", "first": "15 s", "quantity": 2, "priority": 1},
    ]
    routes = {name: [{"op": {"at": "a", "time": "10 s"}}] for name in ("slow", "rush")}
    life = born({"a": {"queue": 1}}, routes, demand={"streams": streams})
    assert log(life, until_s=60, kinds=(Command.FINISH,)) == [
        "10 finish slow 0",
        "20 finish slow 1",
        "30 finish slow 2",  # it had the place in the queue already
        "40 finish rush 3",
        "50 finish rush 4",
    ]


def test_a_full_line_loses_what_will_not_wait() -> None:
    streams = [{"material": "part", "every": "4 s", "first": "0 s", "when_full": "lose"}]
    life = born({"a": {"queue": 1}}, line_of("a", time="10 s"), demand={"streams": streams})
    log(life, until_s=39)  # comes at 0, 4, 8, ... 36; leaves at 10, 20, 30
    tally = life.state.material_tally
    assert (tally.offered[0], tally.lost[0], tally.finished[0]) == (10, 5, 3)


def test_a_saturated_mix_has_its_shares() -> None:
    routes = {name: [{"op": {"at": "a", "time": "10 s"}}] for name in ("x", "y")}
    life = born({"a": {}}, routes, demand={"saturated": [{"x": "80%", "y": "20%"}]})
    live_on(life, 2500)
    x, y = life.state.material_tally.finished[:2]
    assert x + y > 1000
    assert abs(x / (x + y) - 0.8) < 4 * (0.8 * 0.2 / (x + y)) ** 0.5


# ---------------------------------------------------------------- stock


def test_bought_stock_is_ordered_again_and_waited_for() -> None:
    raw = {"buy": True, "stock": 2, "reorder": {"at": 1, "quantity": 3, "lead_time": "25 s"}}
    route = {"part": [{"op": {"at": "a", "time": "10 s", "takes": {"raw": 1}}}]}
    life = born({"a": {}}, route, materials={"raw": raw})
    assert log(life, until_s=62, kinds=(Command.BUY, Command.START_OPERATION)) == [
        "0 buy raw 3",
        "0 start_operation a 0",
        "10 start_operation a 1",
        "25 start_operation a 2",
        "35 buy raw 3",
        "35 start_operation a 3",
        "45 start_operation a 4",
        "60 start_operation a 5",
    ]


def test_an_empty_stock_is_filled_from_the_start() -> None:
    raw = {"buy": True, "stock": 0, "reorder": {"at": 4, "quantity": 3, "lead_time": "25 s"}}
    route = {"part": [{"op": {"at": "a", "time": "10 s", "takes": {"raw": 5}}}]}
    life = born({"a": {}}, route, materials={"raw": raw})
    assert log(life, until_s=50, kinds=STARTS) == ["50 start_operation a 0"]  # after two deliveries of three


# ---------------------------------------------------------------- shifts and people


DAY = {"day": {"on": "mon-sun 06:00-14:00", "breaks": ["10:00-10:30"]}}


@pytest.mark.parametrize(
    ("at_shift_end", "ends_h"), [("finish", [9, 12, 15, 33, 36]), ("pause", [9, 12, 31, 34, 37])]
)
def test_work_at_the_end_of_a_shift_is_finished_or_waits(at_shift_end: str, ends_h: list[float]) -> None:
    """Three hours each from 6:00; nobody attends, so the break does not matter; the shift ends at 14:00."""
    life = born({"a": {"at_shift_end": at_shift_end}}, line_of("a", time="3 h"), calendar=DAY)
    ends = [float(line.split()[0]) / 3600 for line in log(life, until_s=38.1 * 3600, kinds=(Command.FINISH,))]
    assert ends == ends_h


def test_nothing_is_started_in_a_break_by_people_who_are_away() -> None:
    """Two hours each: 6 to 8, 8 to 10; the break until 10:30."""
    crews = {"crew": {"people": 1, "skills": ["tend"]}}
    life = born({"a": {"needs": "tend"}}, line_of("a", time="2 h"), calendar=DAY, crews=crews)
    ends = [float(line.split()[0]) / 3600 for line in log(life, until_s=13 * 3600, kinds=(Command.FINISH,))]
    assert ends == [8, 10, 12.5]


def test_nobody_works_before_the_first_shift() -> None:
    life = born({"a": {}}, line_of("a", time="1 h"), calendar=DAY)
    assert log(life, until_s=7 * 3600, kinds=STARTS) == [
        "21600 start_operation a 0",
        "25200 start_operation a 1",
    ]
    assert life.state.state_s[MachineState.OFF_SHIFT] == 6 * 3600


def test_machines_run_on_unattended_while_their_people_are_away() -> None:
    calendar = {
        "day": {"on": "mon-sun 00:00-08:00"},
        "night": {"on": "mon-sun 08:00-24:00", "unattended": True},
    }
    crews = {"crew": {"people": {"day": 1}, "skills": ["tend"]}}
    life = born(
        {"alone": {}, "tended": {"needs": "tend"}},
        line_of("alone", "tended", time="3 h"),
        calendar=calendar,
        crews=crews,
    )
    starts = log(life, until_s=26 * 3600, kinds=STARTS)
    assert sum("alone" in line for line in starts) == 9  # at 0, 3, ... 24 h
    tended = [float(line.split()[0]) / 3600 for line in starts if "tended" in line]
    assert tended == [3, 6, 24]


def test_a_held_machine_stops_and_goes_on_where_it_was() -> None:
    life = born({"a": {}}, line_of("a"))
    live_on(life, 2)
    life.happens(Event.MACHINE_HELD, 0, time_s=4)
    assert life.state.machine.state[0] == MachineState.HELD
    released = life.happens(Event.MACHINE_RELEASED, 0, time_s=9)
    assert [Command(c[0]) for c in released] == [Command.RESUME]
    assert log(life, until_s=16, kinds=(Command.FINISH,)) == [
        "15 finish part -1"
    ]  # released before the log began


def test_a_person_gives_a_waiting_order_priority() -> None:
    orders = orders_of(*[(str(i), "part", 0, i) for i in range(4)])
    life = born({"a": {}}, line_of("a"), orders, control={"dispatch": "priority"})
    live_on(life, 6)
    last = int(life.state.unit.order[life.state.unit.serial == 3][0])
    life.happens(Event.PRIORITY_SET, last, amount=-1.0)
    served = []
    while (given := life.next()) is not None:
        served += [int(life.state.unit.serial[c[2]]) for c in given if c[0] == Command.START_OPERATION]
    assert served == [3, 1, 2]


def test_measured_values_correct_the_tool_that_made_the_part_and_no_other() -> None:
    """A drill with a tool of its own comes between the mill and the gauge: the mill's tool is offset."""
    routes = {
        "part": [
            {"mill": {"at": "mill", "time": "10 s"}},
            {"drill": {"at": "drill", "time": "10 s"}},
            {"look": {"at": "gauge", "time": "1 s", "checks": ["width"], "compensates": {"mill": "T1"}}},
        ]
    }
    tools = {"T1": {"life": 1000, "change": "1 s", "wears": "width", "wear": "0.1 mm"}}
    width = {
        "of": "part",
        "nominal": "10 mm",
        "upper": "1 mm",
        "lower": "-1 mm",
        "process": {"mean": "10.2 mm"},
    }
    stations = {
        "mill": {"tools": tools},
        "drill": {"tools": {"D1": {"life": 900, "change": "1 s"}}},
        "gauge": {},
    }
    life = born(stations, routes, characteristics={"width": width | {"gauge": {"at": "gauge"}}})
    live_on(life, 200)
    mill, drill = (life.names.tools.index(name) for name in ("mill.T1", "drill.D1"))
    assert life.state.tool.offset[drill] == 0
    assert life.state.tool.offset[mill] == pytest.approx(-0.0002, rel=0.15)  # takes the 0.2 mm back
