"""The gate before a start: a program not released, a tool not there, a tool that does not last."""

from __future__ import annotations

import sys
from pathlib import Path

from linewright.control import NONE, Command, Event, MachineState
from linewright.control.deadlock import find_deadlock
from linewright.control.ready_words import not_ready_words
from linewright.twin.run import next_time_s

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from drive import Life, log  # noqa: E402
from small import born, line_of  # noqa: E402

STARTS = (Command.START_OPERATION, Command.CHANGE_TOOL)


def waits_for(life: Life, machine: int = 0) -> str:
    return not_ready_words(life.line, life.names, life.state, machine)


def test_a_tool_taken_out_holds_the_next_start_until_it_is_back() -> None:
    life = born({"mill": {"tools": {"T3": {"life": "10 min cutting", "change": "1 min"}}}}, line_of("mill"))
    life.happens(Event.TOOL_NOTED, 0, 0, 0, -1.0, time_s=0.0)
    assert log(life, until_s=15, kinds=STARTS) == []
    assert life.state.machine.state[0] == MachineState.NOT_READY
    assert waits_for(life) == "not ready: tool T3 is not there"
    assert "mill is not ready: tool T3 is not there" in "\n".join(find_deadlock(life.line, life.names, life.state))
    commands = life.happens(Event.TOOL_NOTED, 0, 0, 1, 60.0, time_s=25.0)
    assert [command[0] for command in commands] == [Command.START_OPERATION]
    assert life.state.tool.used[0] == 60.0
    assert waits_for(life) == ""
    assert life.state.state_s[MachineState.NOT_READY] == 25


def test_a_program_that_is_not_released_is_not_started() -> None:
    routes = {"part": [{"op": {"at": "mill", "time": "10 s", "program": "part.ngc"}}]}
    life = born({"mill": {}}, routes)
    life.happens(Event.PROGRAM_NOTED, 0, 0, time_s=0.0)
    assert log(life, until_s=30, kinds=STARTS) == []
    assert waits_for(life) == "not ready: the program of part.op is not released"
    life.happens(Event.PROGRAM_NOTED, 0, 1, time_s=30.0)
    assert life.state.machine.state[0] == MachineState.PROCESSING
    assert life.state.operation.refused[0] == 0


def test_what_runs_is_not_stopped_by_the_gate() -> None:
    life = born({"mill": {"tools": {"T3": {"life": "10 min cutting", "change": "1 min"}}}}, line_of("mill"))
    assert log(life, until_s=0, kinds=STARTS) == ["0 start_operation mill 0"]
    life.happens(Event.TOOL_NOTED, 0, 0, 0, -1.0, time_s=5.0)
    assert life.state.machine.state[0] == MachineState.PROCESSING
    happened = log(life, until_s=30, kinds=(Command.FINISH, Command.START_OPERATION))
    assert [words.split()[:2] for words in happened] == [["10", "finish"]]


def test_the_words_say_what_life_is_left_and_what_is_needed() -> None:
    tools = {"T3": {"life": "10 min cutting", "change": "1 min", "spares": 0}}
    life = born({"mill": {"tools": tools}}, line_of("mill", time="7 min"))
    assert log(life, until_s=3600, kinds=STARTS) == ["0 start_operation mill 0"]
    assert next_time_s(life.nature) > 3600
    assert waits_for(life) == "not ready: tool T3 has 3 min life, program needs 7"
    assert life.state.machine.state[0] == MachineState.NOT_READY


def test_a_machine_that_fails_while_it_is_not_ready_is_not_ready_afterwards() -> None:
    failures = [{"name": "jam", "every": "1000 h", "clock": "calendar", "repair": "50 s"}]
    tools = {"T3": {"life": "10 min cutting", "change": "1 min"}}
    life = born({"mill": {"tools": tools, "failures": failures}}, line_of("mill"))
    life.happens(Event.TOOL_NOTED, 0, 0, 0, -1.0, time_s=0.0)
    assert log(life, until_s=1, kinds=STARTS) == []
    life.happens(Event.MACHINE_FAILED, 0, 0, NONE, time_s=10.0)
    life.happens(Event.TOOL_NOTED, 0, 0, 1, -1.0, time_s=20.0)
    assert life.state.machine.state[0] == MachineState.DOWN
    assert [words.split()[:2] for words in log(life, until_s=69, kinds=STARTS)] == [["60", "start_operation"]]
