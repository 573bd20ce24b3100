"""Virtual machine tools on the floor: programs in time, shown as they run; corrections; failures and alarms."""

from __future__ import annotations

import asyncio
import json
import math
from collections import defaultdict
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from linewright.machines.behaviour import Fact, Failed, Finished, Observed, Repaired, Waiting
from linewright.machines.floor import Execution, Floor, Observation
from linewright.machines.jobs import JobOrder, JobState, Work
from linewright.machines.programmed import ANSWERS_AFTER_S, ProgrammedMachine, virtual_floor
from linewright.plant.check import CheckedPlant, open_plant

PROGRAM = "G21 G90 G17 G54\nT1 M6\nG43 H1\nS1000 M3\nG0 X0\nG1 X30 F60\nG1 X0\nM30\n"
MILL = """
check: { tools: [ { number: 1, length_mm: 100 } ] }
time:
  axes: { x: { velocity_mm_s: 100, acceleration_mm_s2: 1000 }, z: { velocity_mm_s: 50, acceleration_mm_s2: 500 } }
  tool_change: { fixed_s: 3 }
"""
PLANT = """
plant: p
materials: { block: {} }
stations:
  mill:
    machine_tool: mill.yaml
    tools: { T1: { life: 1 h cutting, change: 1 min } }
    failures: [ { name: jam, every: 85 s, repair: 20 s } ]
  plain: {}
routes:
  block:
    - cut: { at: mill, program: m.ngc, handling: 20 s }
    - look: { at: plain, time: 5 s }
orders: { saturated: [block] }
"""


@pytest.fixture
def checked(tmp_path: Path) -> CheckedPlant:
    (tmp_path / "mill.yaml").write_text(MILL)
    (tmp_path / "m.ngc").write_text(PROGRAM)
    (tmp_path / "plant.yaml").write_text(PLANT)
    return open_plant(tmp_path / "plant.yaml")


@pytest.fixture
def machine(checked: CheckedPlant) -> ProgrammedMachine:
    behaviour = virtual_floor(checked, 1).machines["mill"].behaviour
    assert isinstance(behaviour, ProgrammedMachine)
    return behaviour


def cutting(name: str = "a") -> JobOrder:
    return JobOrder(name, Work.OPERATION, "block.cut", "mill", "block", name)


def live(machine: ProgrammedMachine, until_s: float) -> list[tuple[float, Fact]]:
    """All that it tells up to a time."""
    told: list[tuple[float, Fact]] = []
    while (now_s := machine.next_s()) <= until_s:
        told += [(now_s, fact) for fact in machine.happen(now_s)]
    return told


def seen(told: list[tuple[float, Fact]], item: str) -> list[tuple[float, float | str]]:
    """The values of an item, where it changes."""
    values = [(now_s, fact.value) for now_s, fact in told if isinstance(fact, Observed) and fact.item == item]
    return [each for k, each in enumerate(values) if k == 0 or each[1] != values[k - 1][1]]


def test_the_program_runs_when_the_part_is_loaded_and_ends_with_the_job(machine: ProgrammedMachine) -> None:
    machine.start(cutting(), 0.0)
    told = live(machine, 1000.0)
    finished = [now_s for now_s, fact in told if isinstance(fact, Finished)]
    program_s = machine.natural.luck.world.plant.routes["block"][0]["cut"].time["mill"].mean - 20.0  # type: ignore
    assert finished == [pytest.approx(20.0 + program_s)]
    places = seen(told, "Xpos")
    assert places[0] == (0.0, 0.0)
    assert next(now_s for now_s, place in places if place > 0.0) > 20.0  # type: ignore[operator]
    assert max(place for _, place in places) == pytest.approx(30.0, abs=1.0)  # type: ignore[type-var]
    blocks = [block for _, block in seen(told, "block")]
    assert [b for b in blocks if b in ("G1 X30 F60", "G1 X0")] == ["G1 X30 F60", "G1 X0"]
    assert machine.tool.tools[1].used_s == pytest.approx(60.0, abs=0.1)
    assert machine.next_s() == math.inf


def test_a_failure_stops_the_program_where_it_is(machine: ProgrammedMachine) -> None:
    now_s = 0.0
    for name in "ab":
        machine.start(cutting(name), now_s)
        told = live(machine, 1000.0)
        now_s = told[-1][0]
        if any(isinstance(fact, Failed) for _, fact in told):
            break
    assert told[-1][1] == Failed("jam")
    stood = machine.tool.show(now_s).position
    machine.repair("jam", now_s)
    assert live(machine, now_s + 20.0)[-1] == (now_s + 20.0, Repaired())
    assert machine.tool.show(now_s + 20.0).position == stood
    machine.resume(now_s + 20.0)
    assert isinstance(live(machine, 5000.0)[-1][1], Finished)


def test_an_alarm_of_the_control_stops_the_job_and_is_reset(machine: ProgrammedMachine) -> None:
    machine.start(cutting(), 0.0)
    live(machine, 30.0)
    machine.tool.emergency_stop(31.0)
    assert live(machine, 100.0)[-1][1] == Failed("emergency stop")
    machine.repair("emergency stop", 100.0)
    assert live(machine, 100.0)[0] == (100.0, Repaired())
    assert machine.tool.alarm is None
    machine.resume(100.0)
    assert isinstance(live(machine, 1000.0)[-1][1], Finished)


def test_corrections_come_into_the_wear_register_and_wide_steps_do_not(machine: ProgrammedMachine) -> None:
    machine.offset("T1", 0.02e-3)
    machine.offset("T1", 0.01e-3)
    assert machine.tool.register.read(1).length_mm == pytest.approx(0.03)
    machine.offset("T1", 5e-3)
    assert machine.tool.register.read(1).length_mm == pytest.approx(0.03)
    assert machine.natural.tools[0].offset == pytest.approx(0.03e-3)
    told = live(machine, 0.0)
    assert seen(told, "offset_T1")[-1][1] == pytest.approx(0.03)
    assert "refused" in str(seen(told, "message")[-1][1])


def test_it_goes_on_in_another_process(checked: CheckedPlant, machine: ProgrammedMachine) -> None:
    machine.offset("T1", 0.02e-3)
    machine.start(cutting(), 0.0)
    live(machine, 40.0)
    kept = json.loads(json.dumps(machine.keep()))
    other = virtual_floor(checked, 1).machines["mill"].behaviour
    assert isinstance(other, ProgrammedMachine)
    other.restore(kept, cutting())
    assert other.tool.show(45.0) == machine.tool.show(45.0)
    assert other.tool.show(45.0).position[0] > 0.0
    assert other.tool.register.read(1) == machine.tool.register.read(1)
    ends = [[now_s for now_s, fact in live(each, 1000.0) if isinstance(fact, Finished)] for each in (machine, other)]
    assert ends[0] == ends[1] != []


def told_until_done(floor: Floor) -> list[Observation]:
    """What the machines of a floor tell while the mill cuts a part."""
    mill, heard = floor.machines["mill"], list[Observation]()
    floor.watch(heard.append)

    async def play() -> None:
        running = asyncio.create_task(floor.run())
        mill.store_and_start(cutting())
        async with asyncio.timeout(20):
            while mill.jobs["a"].state is not JobState.ENDED:
                await asyncio.sleep(0.01)
        running.cancel()

    asyncio.run(play())
    return heard


def test_it_plugs_into_the_floor(checked: CheckedPlant) -> None:
    floor: Floor = virtual_floor(checked, 1, speed=100.0)
    assert not isinstance(floor.machines["plain"].behaviour, ProgrammedMachine)
    mill, heard = floor.machines["mill"], told_until_done(floor)
    assert mill.execution is Execution.READY
    assert {"Xpos", "feed", "block", "tool_number"} <= {each.item for each in heard}
    assert mill.items["tool_number"] == 1


def test_opc_ua_has_a_variable_for_each_thing_shown(checked: CheckedPlant) -> None:
    from asyncua import ua

    from linewright.machines.opcua.machine_nodes import MachineNodes

    machine = virtual_floor(checked, 1).machines["mill"]
    space = MagicMock(index=defaultdict(lambda: 2))
    space.id.return_value = space.object.return_value = ua.NodeId(1, 2)
    nodes = MachineNodes(space, machine)
    made = {call.args[0][1]: call.args[3] for call in space.variable.call_args_list}
    assert {"Xpos", "feed", "block", "tool_offset"} <= made.keys()
    assert len(nodes.that_show(["Xpos"])) == 1
    machine.items["Xpos"], machine.items["block"] = 12.5, "G1 X5"
    assert made["Xpos"]().Value.Value == 12.5
    assert made["block"]().Value.Value == "G1 X5"


@pytest.mark.parametrize("pressed", [False, True])
def test_a_program_that_stops_waits_for_somebody_to_press_start(checked: CheckedPlant, pressed: bool) -> None:
    (checked.folder / "m.ngc").write_text(PROGRAM.replace("G1 X0\n", "(MSG, turn the part)\nM0\nG1 X0\n"))
    machines = [virtual_floor(checked, 3).machines["mill"].behaviour for _ in range(2)]
    first, second = (each for each in machines if isinstance(each, ProgrammedMachine))
    first.start(cutting(), 0.0)
    told = live(first, 70.0)
    waits = next(now_s for now_s, fact in told if fact == Waiting())
    stood = first.tool.show(70.0)
    assert (stood.execution, stood.line, stood.block, stood.feed_mm_s) == ("INTERRUPTED", 8, "M0", 0.0)
    assert ("message", "turn the part") in [(f.item, f.value) for _, f in told if isinstance(f, Observed)]
    second.restore(json.loads(json.dumps(first.keep())), cutting())
    if pressed:
        second.resume(70.0)
    told = live(second, 1000.0)
    went_on = [now_s - waits for now_s, fact in told if fact == Waiting(False)]
    assert went_on == ([] if pressed else [pytest.approx(ANSWERS_AFTER_S)])
    end = next(now_s for now_s, fact in told if isinstance(fact, Finished))
    assert end == pytest.approx((70.0 if pressed else waits + ANSWERS_AFTER_S) + 30.0, abs=5.0)


def test_a_machine_that_waits_shows_so(checked: CheckedPlant) -> None:
    (checked.folder / "m.ngc").write_text(PROGRAM.replace("G1 X0\n", "M0\nG1 X0\n"))
    floor = virtual_floor(checked, 3, speed=200.0)
    shown = [each.value for each in told_until_done(floor) if each.item == "execution"]
    assert shown == [Execution.ACTIVE, Execution.INTERRUPTED, Execution.ACTIVE, Execution.READY]


def test_mtconnect_shows_where_the_program_is(checked: CheckedPlant) -> None:
    from linewright.machines.mtconnect.documents import Probe, Streams, read
    from linewright.machines.mtconnect.http import Url, get
    from linewright.machines.mtconnect.publish import MtconnectServer

    (checked.folder / "m.ngc").write_text(PROGRAM.replace("G1 X0\n", "(MSG, turn the part)\nM0\nG1 X0\n"))
    floor = virtual_floor(checked, 3, speed=50.0)
    mill, values = floor.machines["mill"], defaultdict[str, list[str]](list)

    async def ask(url: Url, target: str) -> Probe | Streams:
        async with get(url, target, 10.0) as answer:
            document = read(await answer.body(10**7))
        assert isinstance(document, Probe | Streams)
        return document

    async def play() -> None:
        async with MtconnectServer(floor, "127.0.0.1", 0) as server:
            url = Url.of(server.endpoint)
            probe = await ask(url, "/mill/probe")
            assert isinstance(probe, Probe)
            names = {item.id: item.name for item in probe.devices[0].items}
            running = asyncio.create_task(floor.run())
            mill.store_and_start(cutting())
            async with asyncio.timeout(20):
                while mill.jobs["a"].state is not JobState.ENDED:
                    await asyncio.sleep(0.02)
            running.cancel()
            streams = await ask(url, "/mill/sample?count=5000")
            assert isinstance(streams, Streams)
            for row in streams.observations["mill"]:
                values[names[row.item]].append(row.value)

    asyncio.run(play())
    places = [float(value) for value in values["Xpos"] if value != "UNAVAILABLE"]
    assert (min(places), max(places)) == (0.0, pytest.approx(30.0))
    assert any(0.5 < place < 29.5 for place in places)
    assert {"G1 X30 F60", "M0", "G1 X0"} <= set(values["block"])
    assert {"6", "8", "9"} <= set(values["line"])
    feeds = [float(value) for value in values["feed"] if value != "UNAVAILABLE"]
    assert (min(feeds), max(feeds)) == (0.0, pytest.approx(1.0, rel=1e-3))
    assert "1000" in values["Sspeed"]
    assert (values["tool_number"][-1], values["program_file"][-1]) == ("1", "m.ngc")
    assert values["controller"][-1] == "AUTOMATIC"
    assert "turn the part" in values["message"]
    assert [v for v in values["execution"] if v != "UNAVAILABLE"][-4:] == ["ACTIVE", "INTERRUPTED", "ACTIVE", "READY"]
    assert "block.cut" in values["program"]
