"""The tools and programs of a machine, before the board."""

from __future__ import annotations

import pytest
from scenes import client_of

from linewright.board import Scene
from linewright.board.actions import allowed
from linewright.commands.serve import past_scene
from linewright.control import MachineState
from live.live_lines import ROOT, make


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("mills")
    make(ROOT / "examples" / "valve-block" / "plant.yaml", folder / "mills.db", seed=1, until_s=7 * 3600.0)
    return past_scene(folder / "mills.db", folder / "accounts.json")


def test_tools_and_programs_of_a_machine(scene: Scene) -> None:
    client, state, names = client_of(scene), scene.watch.state, scene.watch.run.names
    found = client.get("/api/v1/machines/mill-a-2/readiness").json()
    assert [one["tool"] for one in found["tools"]] == [f"mill-a-2.T{k}" for k in (1, 2, 3, 4)]
    first = names.tools.index("mill-a-2.T1")
    assert found["tools"][0]["used"] == pytest.approx(float(state.tool.used[first]) / (300 * 60))
    assert found["programs"] == [{"operation": "valve-block.op10", "program": "nc/op10.ngc", "released": True}]
    assert found["waits_for"] == "" and any(one["needed"] for one in found["tools"])
    state.tool.out[first], state.operation.refused[names.operations.index("valve-block.op10")] = 1, 1
    machine = state.machine[names.machines.index("mill-a-2")]
    before = int(machine.state), int(machine.stage)
    machine.state, machine.stage = MachineState.NOT_READY, 1  # loaded
    found = client.get("/api/v1/machines/mill-a-2/readiness").json()
    assert not found["tools"][0]["there"] and not found["programs"][0]["released"]
    assert "the program of valve-block.op10 is not released" in found["waits_for"]
    machine.state, machine.stage = before
    assert client.get("/api/v1/machines/nothing/readiness").status_code == 404
    none = client.get("/api/v1/machines/measuring/readiness").json()
    assert none["tools"] == none["programs"] == []


def test_who_may_say_what_of_tools_and_programs() -> None:
    told = {role: {one.kind for one in allowed(role)} for role in ("viewer", "operator", "engineer")}
    mine = {"bring-tool", "take-tool", "block-program"}
    assert not told["viewer"] and mine <= told["operator"] and "release-program" not in told["operator"]
    assert mine | {"release-program"} <= told["engineer"]
