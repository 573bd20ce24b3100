"""Single rules of the flow, each on a small plant whose log can be worked out by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from linewright.control import Command, MachineState
from linewright.errors import InputError

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from drive import log  # noqa: E402
from small import born, line_of, orders_of  # noqa: E402

STARTS = (Command.START_OPERATION,)
STARTS_AND_ENDS = (Command.START_OPERATION, Command.FINISH)


def test_blocking_after_service_holds_the_finished_part_on_the_machine() -> None:
    life = born({"a": {}, "b": {"queue": 0}}, line_of("a", "b", a="1 s", b="5 s"))
    assert log(life, until_s=12, kinds=STARTS) == [
        "0 start_operation a 0",
        "1 start_operation a 1",
        "1 start_operation b 0",
        "6 start_operation b 1",  # part 1 was done at 2 and stood on a until 6
        "6 start_operation a 2",
        "11 start_operation b 2",
        "11 start_operation a 3",
    ]
    assert life.state.state_s[MachineState.BLOCKED] == 4 + 4


def test_blocking_before_service_waits_for_the_place_and_then_works() -> None:
    life = born(
        {"a": {}, "b": {"queue": 0}},
        line_of("a", "b", a="1 s", b="5 s"),
        control={"blocking": "before-service"},
    )
    assert log(life, until_s=13, kinds=STARTS) == [
        "0 start_operation a 0",
        "1 start_operation b 0",
        "6 start_operation a 1",  # loaded at 1, no place ahead before 6
        "7 start_operation b 1",
        "12 start_operation a 2",
        "13 start_operation b 2",
    ]


def test_communication_blocking_loads_only_when_there_is_a_place() -> None:
    stations = {"a": {"queue": 1}, "b": {"queue": 1}}
    life = born(stations, line_of("a", "b", a="1 s", b="5 s"), control={"blocking": "communication"})
    assert log(life, until_s=7, kinds=STARTS) == [
        "0 start_operation a 0",
        "1 start_operation b 0",
        "1 start_operation a 1",  # a place in b's queue is reserved for it
        "6 start_operation b 1",
        "6 start_operation a 2",
    ]
    assert life.state.machine.unit[0] == -1 or life.state.queue.reserved[1] == 1


def test_communication_blocking_on_a_route_that_comes_back_ends_its_step() -> None:
    """Each station is behind the other here: they must not call one another for ever."""
    stations = {"a": {"queue": 4}, "b": {"queue": 4}}
    life = born(
        stations, line_of("a", "b", "a"), control={"blocking": "communication", "release": {"conwip": 2}}
    )
    assert log(life, until_s=50, kinds=(Command.FINISH,)) == ["30 finish part 0", "40 finish part 1"]


def test_a_place_reserved_for_a_part_that_is_sent_back_is_given_back() -> None:
    """Blocking before service reserves a place at b; every part fails at a and is scrapped or goes back."""
    route = [
        {"one": {"at": "a", "time": "10 s", "fail": {"rate": 1.0, "rework": "one", "at_most": 1}}},
        {"two": {"at": "b", "time": "10 s"}},
    ]
    stations = {"a": {"queue": 3, "rework_queue": 2, "blocking": "before-service"}, "b": {"queue": 1}}
    life = born(stations, {"part": route})
    log(life, until_s=500)
    assert life.state.material_tally.scrapped[0] == 25  # twice 10 s each
    assert life.state.queue.reserved.sum() == (life.state.machine.reserved >= 0).sum() <= 1


def test_a_place_that_came_free_while_the_machine_was_down_is_taken_after_the_repair() -> None:
    stations = {
        "a": {"failures": [{"name": "jam", "every": "13 s", "clock": "calendar", "repair": "5 s"}]},
        "b": {"queue": 0},
    }
    life = born(stations, line_of("a", "b", a="2 s", b="14 s"), control={"blocking": "before-service"})
    # part 1 waits on a from 2 for the place at b; down from 13 to 18; b is free at 16
    assert log(life, until_s=30, kinds=STARTS)[:4] == [
        "0 start_operation a 0",
        "2 start_operation b 0",
        "18 start_operation a 1",
        "20 start_operation b 1",
    ]


def test_an_outbox_frees_the_machine() -> None:
    life = born({"a": {"outbox": 1}, "b": {"queue": 0}}, line_of("a", "b", a="1 s", b="5 s"))
    assert log(life, until_s=7, kinds=STARTS) == [
        "0 start_operation a 0",
        "1 start_operation a 1",
        "1 start_operation b 0",
        "2 start_operation a 2",  # part 1 stands in the outbox
        "6 start_operation b 1",
        "6 start_operation a 3",
    ]


def test_setup_matrix_decides_the_time_and_the_setter_is_waited_for() -> None:
    setup = {"by": "material", "time": {"red": {"blue": "30 s"}, "blue": {"red": "20 s"}}, "needs": "set"}
    routes = {name: [{"op": {"at": "mill", "time": "10 s"}}] for name in ("red", "blue")}
    orders = orders_of(("1", "red", 0, 0), ("2", "blue", 0, 0), ("3", "red", 0, 0), ("4", "red", 0, 0))
    life = born(
        {"mill": {"setup": setup}}, routes, orders, crews={"setters": {"people": 1, "skills": ["set"]}}
    )
    assert log(life, kinds=(Command.START_OPERATION, Command.CHANGE_OVER)) == [
        "0 start_operation mill 0",
        "10 change_over mill 1",
        "40 start_operation mill 1",
        "50 change_over mill 2",
        "70 start_operation mill 2",
        "80 start_operation mill 3",
    ]
    assert life.state.crew.busy_s[0] == 50


def test_a_failure_in_mid_operation_leaves_the_rest_of_the_work() -> None:
    failures = [{"name": "jam", "every": "25 s", "repair": "7 s"}]
    life = born({"mill": {"failures": failures}}, line_of("mill"))
    assert log(life, until_s=60, kinds=(Command.REPAIR, Command.RESUME, Command.PAUSE, Command.FINISH)) == [
        "10 finish part 0",
        "20 finish part 1",
        "25 pause mill",
        "25 repair mill",
        "32 resume mill",
        "37 finish part 2",  # 5 s done before, 5 s after
        "47 finish part 3",
        "57 finish part 4",
        "57 repair mill",  # 25 s busy since the repair: due as the work ends, it strikes at the next start
    ]


def test_a_failure_due_as_the_work_ends_strikes_at_the_next_start() -> None:
    failures = [{"name": "jam", "every": "20 s", "repair": "7 s"}]
    life = born({"mill": {"failures": failures}}, line_of("mill"))
    assert log(life, until_s=30, kinds=(Command.REPAIR, Command.START_OPERATION)) == [
        "0 start_operation mill 0",
        "10 start_operation mill 1",
        "20 repair mill",
        "27 start_operation mill 2",
    ]


def test_tools_are_changed_at_the_end_of_their_life_while_there_are_sharp_ones() -> None:
    tools = {"T1": {"life": 2, "change": "3 s", "spares": 1, "resharpen": "50 s"}}
    life = born({"mill": {"tools": tools}}, line_of("mill"))
    assert log(life, until_s=90, kinds=(Command.CHANGE_TOOL, Command.SHARPEN, Command.FINISH)) == [
        "10 finish part 0",
        "20 finish part 1",
        "20 change_tool mill 2",
        "23 sharpen mill.T1 50",
        "33 finish part 2",
        "43 finish part 3",
        "73 change_tool mill 4",  # no sharp one before 73
        "76 sharpen mill.T1 50",
        "86 finish part 4",
    ]
    assert life.state.state_s[MachineState.TOOL_CHANGE] == 3 + 3
    assert life.state.state_s[MachineState.NOT_READY] == 30


def test_a_batch_starts_when_there_are_enough_or_the_oldest_has_waited_long_enough() -> None:
    orders = tuple(
        o.__class__(order=str(i), material="part", quantity=1, due_s=0.0, priority=0.0, release_s=t)
        for i, (o, t) in enumerate(
            zip(orders_of(*[("x", "part", 0, 0)] * 6), [0, 5, 40, 41, 42, 43], strict=True)
        )
    )
    life = born(
        {"oven": {"batch": {"least": 3, "most": 3, "wait": "20 s"}}}, line_of("oven", time="10 s"), orders
    )
    assert log(life, kinds=(Command.START_OPERATION, Command.WAIT)) == [
        "0 wait oven 20",
        "20 start_operation oven 0",  # two of them: the first has waited 20 s
        "40 wait oven 20",
        "42 start_operation oven 2",  # three of them at once
        "60 wait oven 3",  # the timer of part 2 rings for nothing; part 5 is there since 43
        "63 start_operation oven 5",
    ]


def test_a_lot_is_worked_piece_by_piece_and_handed_on_in_transfer_batches() -> None:
    route = [
        {"one": {"at": "a", "time": "1 s", "lot": 4, "transfer": 2}},
        {"two": {"at": "b", "time": "5 s"}},
    ]
    order = orders_of(("1", "part", 0, 0))[0]
    four = (type(order)(order="1", material="part", quantity=4, due_s=0.0, priority=0.0, release_s=0.0),)
    stations = {"a": {"setup": {"time": "10 s", "first": True}}, "b": {}}
    life = born(stations, {"part": route}, four)
    assert log(life, kinds=STARTS_AND_ENDS) == [
        "0 start_operation a 0",
        "2 start_operation a 2",
        "2 start_operation b 0",
        "7 finish part 0",
        "7 start_operation b 1",
        "12 finish part 1",
        "12 start_operation b 2",
        "17 finish part 2",
        "17 start_operation b 3",
        "22 finish part 3",
    ]


def test_assembly_waits_for_its_components_and_takes_them() -> None:
    routes = {
        "product": [{"join": {"at": "bench", "time": "4 s", "takes": {"part": 2, "screw": 3}}}],
        "part": [{"cut": {"at": "saw", "time": "10 s"}}],
    }
    materials = {"screw": {"buy": True, "stock": 7}}
    life = born({"saw": {}, "bench": {}}, routes, orders_of(("1", "product", 0, 0)), materials=materials)
    assert log(life, kinds=(Command.TAKE, Command.START_OPERATION, Command.FINISH)) == [
        "0 start_operation saw 1",
        "10 finish part 1",
        "10 start_operation saw 2",
        "20 finish part 2",
        "20 take part 1",
        "20 take part 2",
        "20 start_operation bench 0",
        "24 finish product 0",
    ]
    assert life.state.material.stock[life.names.materials.index("screw")] == 4


def test_components_that_two_stations_take_wait_in_a_store() -> None:
    takes = {"time": "30 s", "takes": {"part": 1}}
    routes = {
        "x": [{"join": {"at": "left", **takes}}],
        "y": [{"join": {"at": "right", **takes}}],
        "part": [{"cut": {"at": "saw", "time": "10 s"}}],
    }
    orders = orders_of(("1", "x", 0, 0), ("2", "y", 0, 0))
    life = born({"saw": {}, "left": {}, "right": {}}, routes, orders)
    assert "part store" in life.names.queues
    joined = [line for line in log(life, kinds=STARTS) if "saw" not in line]
    assert [line.split()[0] for line in joined] == ["10", "20"]
    assert {line.split()[2] for line in joined} == {"left", "right"}


def test_disassembly_gives_units_that_go_their_own_way() -> None:
    routes = {
        "engine": [{"open": {"at": "bench", "time": "10 s", "gives": {"core": 2, "scrap": 1}}}],
        "core": [{"wash": {"at": "tub", "time": "3 s"}}],
    }
    life = born({"bench": {}, "tub": {}}, routes, orders_of(("1", "engine", 0, 0)), materials={"scrap": {}})
    assert log(life, kinds=(Command.RELEASE, Command.FINISH)) == [
        "0 release engine 0",
        "10 release core 1",
        "10 release core 2",
        "10 release scrap 3",
        "10 finish scrap 3",
        "10 finish engine 0",
        "13 finish core 1",
        "16 finish core 2",
    ]


def test_rework_at_most_twice_then_scrap() -> None:
    route = [{"op": {"at": "mill", "time": "10 s", "fail": {"rate": 1.0, "rework": "op", "at_most": 2}}}]
    life = born(
        {"mill": {}}, {"part": route}, orders_of(("1", "part", 0, 0)), control={"replace_scrap": False}
    )
    assert log(life, kinds=(Command.START_OPERATION, Command.SCRAP)) == [
        "0 start_operation mill 0",
        "10 start_operation mill 0",
        "20 start_operation mill 0",
        "30 scrap part 0",
    ]
    assert life.state.material_tally.reworked[0] == 2


def test_reworked_units_are_served_first() -> None:
    route = [
        {
            "op": {
                "at": "mill",
                "time": "10 s",
                "fail": {"rate": 1.0, "rework": "op", "at_most": 1, "then": "pass"},
            }
        }
    ]
    orders = orders_of(("1", "part", 0, 0), ("2", "part", 0, 0))
    life = born({"mill": {"rework_queue": "unlimited"}}, {"part": route}, orders)
    assert log(life, kinds=STARTS) == [
        f"{10 * i} start_operation mill {u}" for i, u in enumerate([0, 0, 1, 1])
    ]


def test_a_scrapped_unit_of_an_order_is_made_again() -> None:
    route = [{"op": {"at": "mill", "time": "10 s", "fail": {"rate": 1.0}}}]
    life = born({"mill": {}}, {"part": route}, orders_of(("1", "part", 0, 0)))
    assert log(life, until_s=20, kinds=(Command.RELEASE, Command.SCRAP)) == [
        "0 release part 0",
        "10 scrap part 0",
        "10 release part 1",
        "20 scrap part 1",
        "20 release part 2",
    ]


def test_one_in_five_is_inspected() -> None:
    route = [
        {"op": {"at": "mill", "time": "10 s"}},
        {"look": {"at": "gauge", "time": "1 s", "sample": "1 in 5"}},
    ]
    life = born({"mill": {}, "gauge": {}}, {"part": route})
    starts = [line for line in log(life, until_s=115, kinds=STARTS) if "gauge" in line]
    assert starts == [f"{10 + 50 * i} start_operation gauge {5 * i}" for i in range(3)]


def test_a_conveyor_carries_so_many_at_once_in_order() -> None:
    belt = {"belt": {"from": "a", "to": "b", "time": "20 s", "capacity": 2}}
    life = born({"a": {}, "b": {}}, line_of("a", "b", a="5 s", b="1 s"), transport=belt)
    ends = log(life, until_s=70, kinds=(Command.FINISH,))
    assert ends == [
        "26 finish part 0",
        "31 finish part 1",
        "46 finish part 2",
        "51 finish part 3",
        "66 finish part 4",
    ]


def test_the_line_is_left_by_conveyor_as_places_come_free() -> None:
    belt = {"belt": {"from": "a", "to": "out", "time": "20 s", "capacity": 1}}
    life = born({"a": {}}, line_of("a", a="5 s"), transport=belt)
    assert log(life, until_s=70, kinds=(Command.FINISH,)) == [
        f"{25 + 20 * i} finish part {i}" for i in range(3)
    ]


def robot(picks: str) -> dict[str, object]:
    ways = {"in": {"out": "1 m"}, "near": {"far": "20 m", "out": "1 m"}, "far": {"out": "20 m"}}
    places = {"serves": ["near", "far", "out"], "distances": ways, "home": "out"}
    times = {"speed": "1 m/s", "load": "1 s", "unload": "2 s"}
    return {"robot": {"vehicles": 1, "picks": picks, **places, **times}}


def calls_of(picks: str) -> list[str]:
    """Three parts call one robot: from far at 10, from far at 12, from near at 14."""
    routes = {
        "a": [{"op": {"at": "far", "time": "10 s"}}],
        "b": [{"op": {"at": "far", "time": "12 s"}}],
        "c": [{"op": {"at": "near", "time": "14 s"}}],
    }
    orders = orders_of(("1", "a", 0, 0), ("2", "b", 0, 0), ("3", "c", 0, 0))
    life = born({"far": {"machines": 2}, "near": {}}, routes, orders, transport=robot(picks))
    return log(life, kinds=(Command.FETCH, Command.DELIVER))


def test_a_vehicle_fetches_the_oldest_call() -> None:
    assert calls_of("oldest") == [
        "10 fetch robot 0",  # 20 m and 1 s to load
        "31 deliver robot 0",
        "53 fetch robot 1",
        "74 deliver robot 1",
        "96 fetch robot 2",
        "98 deliver robot 2",
    ]


def test_a_vehicle_fetches_the_nearest_call() -> None:
    assert calls_of("nearest") == [
        "10 fetch robot 0",
        "31 deliver robot 0",
        "53 fetch robot 2",
        "55 deliver robot 2",
        "58 fetch robot 1",
        "79 deliver robot 1",
    ]


def test_alternatives_take_the_free_station_then_the_least_work() -> None:
    routes = {"part": [{"op": {"at": ["slow", "fast"], "time": {"slow": "30 s", "fast": "10 s"}}}]}
    orders = orders_of(*[(str(i), "part", 0, 0) for i in range(5)])
    life = born({"slow": {}, "fast": {}}, routes, orders)
    starts = log(life, kinds=STARTS)
    assert sum("fast" in line for line in starts) == 3
    assert np.isclose(life.now_s, 60)  # the slow one, listed first, takes the first and the last


# ---------------------------------------------------------------- people


def test_a_crew_that_prefers_a_skill_leaves_the_other_waiting() -> None:
    """Parts wait to be carried from 10 s on; the machine asks again at 20 s and goes first by skill."""

    def starts_of_b(picks: str) -> list[str]:
        life = born(
            {"a": {"needs": "tend"}, "b": {}},
            line_of("a", "b", a="10 s", b="1 s"),
            transport={"hands": {"from": "a", "to": "b", "time": "4 s", "needs": "carry"}},
            crews={"crew": {"people": 1, "skills": ["tend", "carry"], "picks": picks}},
            demand={"streams": [{"material": "part", "every": "1000 s", "first": "0 s", "quantity": 3}]},
        )
        return [entry for entry in log(life, until_s=60, kinds=STARTS) if " b " in entry]

    assert starts_of_b("skill")[0] == "34 start_operation b 0"  # 3 x 10 s at the machine, then 4 s carried
    assert starts_of_b("oldest")[0] == "24 start_operation b 0"  # carried at 20 s: the part has waited since 10 s


# ---------------------------------------------------------------- places and cards


def test_every_blocked_part_of_a_batch_uses_the_outbox_as_places_come_free() -> None:
    """Three parts leave the furnace at 10 s; the outbox takes one after the other, the furnace is free at 20 s."""
    stations = {
        "a": {"batch": {"least": 3, "most": 3}, "queue": 3, "outbox": 1},
        "b": {"queue": 0},
    }
    life = born(stations, line_of("a", "b", a="10 s", b="10 s"))
    assert log(life, until_s=35, kinds=STARTS) == [
        "0 start_operation a 0",
        "10 start_operation b 0",
        "20 start_operation b 1",
        "20 start_operation a 3",
        "30 start_operation b 2",
    ]


def test_a_part_that_stays_at_its_station_needs_no_second_card() -> None:
    life = born(
        {"a": {}},
        line_of("a", "a"),
        control={"release": {"kanban": {"a": 1}}},
    )
    assert log(life, until_s=40, kinds=(Command.FINISH,)) == ["20 finish part 0", "40 finish part 1"]


def test_a_part_that_stays_goes_before_those_that_wait_for_its_card() -> None:
    """Parts from b wait for the only card of a, where part 0 still has its second operation to come."""
    life = born(
        {"b": {"queue": 1}, "a": {"queue": 2}},
        line_of("b", "a", "a", b="1 s"),
        control={"release": {"kanban": {"a": 1}}},
    )
    assert log(life, until_s=45, kinds=(Command.FINISH,)) == ["21 finish part 0", "41 finish part 1"]


# ---------------------------------------------------------------- a loop


LOOP = {"loop": {"stops": {"a": "0 m", "b": "4 m"}, "length": "10 m", "speed": "1 m/s"}}


def test_a_loop_takes_as_long_as_the_way_from_stop_to_stop() -> None:
    life = born(
        {"a": {}, "b": {}},
        line_of("a", "b", "a", time="1 s"),
        transport=LOOP,
        demand={"streams": [{"material": "part", "every": "1000 s", "first": "0 s"}]},
    )
    assert [entry for entry in log(life, kinds=STARTS_AND_ENDS, until_s=100) if "loop" not in entry] == [
        "0 start_operation a 0",
        "5 start_operation b 0",  # 1 s of work, 4 m
        "12 start_operation a 0",  # 1 s of work, the other 6 m
        "13 finish part 0",
    ]


def test_what_finds_no_place_goes_round_once_more() -> None:
    """b holds one part for 25 s: the second passes at 6 and 16 s in vain and gets in at 36 s."""
    life = born(
        {"a": {}, "b": {"queue": 0}},
        line_of("a", "b", a="1 s", b="25 s"),
        transport=LOOP,
        demand={"streams": [{"material": "part", "every": "1000 s", "first": "0 s", "quantity": 2}]},
    )
    assert [entry for entry in log(life, kinds=STARTS, until_s=100) if " b " in entry] == [
        "5 start_operation b 0",
        "36 start_operation b 1",
    ]


# ---------------------------------------------------------------- stops of a whole station


def test_a_failure_of_the_station_stops_all_its_machines_until_one_repair_is_done() -> None:
    jam = {"name": "jam", "every": "25 s", "clock": "calendar", "repair": "5 s", "stops": "station"}
    life = born({"a": {"machines": 2, "failures": [jam]}}, line_of("a"))
    stops = log(life, until_s=40, kinds=(Command.REPAIR, Command.RESUME, Command.PAUSE))
    assert stops == ["25 pause a-1", "25 pause a-2", "25 repair a-1", "30 resume a-1", "30 resume a-2"]
    assert life.state.machine_tally.pieces.tolist() == [3, 3]  # at 10, 20 and 35 s
    assert life.state.machine_tally.failures.tolist() == [1, 1]


# ---------------------------------------------------------------- a given schedule


def test_a_given_schedule_decides_who_goes_next(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text("station,order\nmill,3\nmill,1\nmill,2\n", encoding="utf-8")
    routes = {"part": [{"op": {"at": "mill", "time": "10 s"}}]}
    orders = orders_of(("1", "part", 0, 0), ("2", "part", 0, 0), ("3", "part", 0, 0), ("4", "part", 0, 0))
    control = {"dispatch": "schedule", "schedule": "plan.csv"}
    life = born({"mill": {}}, routes, orders, folder=tmp_path, control=control)
    given = log(life, kinds=STARTS)
    assert [entry.split()[-1] for entry in given] == ["0", "2", "1", "3"]  # 0 was taken before the others were there


def test_a_schedule_names_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text("station,order\nmil,1\nmill,9\n", encoding="utf-8")
    routes = {"part": [{"op": {"at": "mill", "time": "10 s"}}]}
    control = {"dispatch": "schedule", "schedule": "plan.csv"}
    with pytest.raises(InputError) as caught:
        born({"mill": {}}, routes, orders_of(("1", "part", 0, 0)), folder=tmp_path, control=control)
    assert [(p.line, p.hint) for p in caught.value.problems] == [(2, "did you mean 'mill'?"), (3, "choose from: 1")]


def test_a_part_that_waited_for_a_place_and_then_for_the_robot_leaves_its_machine_once() -> None:
    """Part 1 stands on a from 2 s on: until 11 s for the place at b, then until the robot has come."""
    robot = {"vehicles": 1, "speed": "1 m/s", "serves": ["a", "b"], "distances": {"a": {"b": "2 m"}}, "home": "b"}
    stations = {"a": {"outbox": 1}, "b": {"queue": 1}}
    life = born(stations, line_of("a", "b", a="1 s", b="10 s"), transport={"robot": robot})
    log(life, until_s=500)
    assert life.state.material_tally.finished[0] == 49
    assert (life.state.machine.left >= 0).all()
    assert life.state.station.outbox_n[0] <= 1
