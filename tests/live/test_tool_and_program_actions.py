"""What people say of tools and programs: a machine waits for it, and the journal says who said it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from linewright.control import Event, MachineState
from linewright.control.ready_words import not_ready_words
from linewright.errors import InputError
from linewright.journal import SqliteJournal
from linewright.live import Action, ActionKind, Forbidden, LiveLine, Person, Refused, Role, Run, verify
from linewright.machines import Happening
from live.live_lines import set_up

ANNA, BEN = Person("anna", Role.OPERATOR), Person("ben", Role.ENGINEER)
PLANT = """
plant: one-mill
materials: { bar: { buy: true }, part: {} }
stations:
  saw:  { machines: 2 }
  mill: { machines: 2, tools: { T1: { life: 100, change: 1 min }, T2: { life: 10 min cutting, change: 1 min } } }
routes:
  part:
    - cut:  { at: saw, takes: { bar: 1 }, time: 1 min }
    - mill: { at: mill, time: 5 min, program: part.ngc }
orders: { saturated: [part] }
control: { release: { conwip: 6 } }
"""


@pytest.fixture
def begun(tmp_path: Path) -> tuple[Run, LiveLine]:
    (tmp_path / "plant.yaml").write_text(PLANT)
    (tmp_path / "part.ngc").write_text("G21 G90\nM2\n")
    return set_up(tmp_path / "plant.yaml", tmp_path / "run.db")


def said(path: Path) -> list[tuple[int, str, str, str, str]]:
    with SqliteJournal.read(path) as journal:
        return [
            (
                int(block.events[k]["kind"]),
                block.said[seq].person,
                block.said[seq].old,
                block.said[seq].new,
                block.said[seq].reason,
            )
            for block in journal.decisions()
            for k, seq in enumerate(block.seq.tolist())
            if seq in block.said and block.said[seq].person
        ]


def test_a_machine_waits_for_its_tool_and_its_program(begun: tuple[Run, LiveLine], tmp_path: Path) -> None:
    run, live = begun

    async def go() -> None:
        await live.act(Action(ActionKind.TAKE_TOOL, "mill-1.T2"), ANNA)
        await live.act(Action(ActionKind.BLOCK_PROGRAM, "part.mill", reason="burr at the edge"), ANNA)
        await live.take(Happening(int(Event.LOOK_AGAIN), -1, time_s=0.0))
        for machine in ("saw-1", "saw-2"):  # two parts come to the mills
            await live.take(Happening(int(Event.OPERATION_FINISHED), run.names.machines.index(machine), 0, time_s=60.0))
        mills = [run.names.machines.index(name) for name in ("mill-1", "mill-2")]
        state = live.decider.state
        assert [state.machine.state[m] for m in mills] == [MachineState.NOT_READY] * 2
        assert not_ready_words(run.line, run.names, state, mills[0]) == (
            "not ready: the program of part.mill is not released; tool T2 is not there"
        )
        await live.act(Action(ActionKind.RELEASE_PROGRAM, "part.mill"), BEN)
        assert [state.machine.state[m] for m in mills] == [MachineState.NOT_READY, MachineState.PROCESSING]
        await live.act(Action(ActionKind.BRING_TOOL, "mill-1.T2", amount=25.0), ANNA)
        assert state.machine.state[mills[0]] == MachineState.PROCESSING
        assert state.tool.used[run.names.tools.index("mill-1.T2")] == 150.0  # a quarter of ten minutes

    asyncio.run(go())
    live.journal.close()
    assert said(tmp_path / "run.db") == [
        (Event.TOOL_NOTED, "anna", "there", "taken out", ""),
        (Event.PROGRAM_NOTED, "anna", "released", "blocked", "burr at the edge"),
        (Event.PROGRAM_NOTED, "ben", "blocked", "released", ""),
        (Event.TOOL_NOTED, "anna", "taken out", "there, 25 % used", ""),
    ]
    with SqliteJournal.read(tmp_path / "run.db") as journal:
        assert verify(journal, run.new_decider()).holds


def test_what_is_told_is_checked_first(begun: tuple[Run, LiveLine]) -> None:
    _, live = begun

    async def go() -> None:
        with pytest.raises(InputError, match=r"did you mean 'mill-1\.T2'"):
            await live.act(Action(ActionKind.TAKE_TOOL, "mil-1.T2"), ANNA)
        with pytest.raises(InputError, match="0 to 100 %"):
            await live.act(Action(ActionKind.BRING_TOOL, "mill-1.T2", amount=120.0), ANNA)
        with pytest.raises(InputError, match=r"part\.cut runs no program"):
            await live.act(Action(ActionKind.RELEASE_PROGRAM, "part.cut"), BEN)
        with pytest.raises(InputError, match="a reason is needed"):
            await live.act(Action(ActionKind.BLOCK_PROGRAM, "part.mill"), ANNA)
        with pytest.raises(Forbidden, match="needs the rights of engineer"):
            await live.act(Action(ActionKind.RELEASE_PROGRAM, "part.mill"), ANNA)

    asyncio.run(go())
    assert live.decider.events == 0
    live.journal.close()


def test_an_earlier_refusal_of_something_else_does_not_stick(begun: tuple[Run, LiveLine]) -> None:
    _, live = begun

    async def go() -> None:
        with pytest.raises(Refused):
            await live.act(Action(ActionKind.GIVE_BACK, "saw-1"), ANNA)
        assert await live.act(Action(ActionKind.TAKE_TOOL, "mill-1.T1"), ANNA) > 0

    asyncio.run(go())
    live.journal.close()
