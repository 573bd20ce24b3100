"""The program that a machine runs, and how far it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scenes import client_of

from linewright.board import Scene
from linewright.commands.serve import past_scene
from linewright.control import MachineState
from linewright.nc.machine_file import read_machine
from linewright.nc.machine_tool.timeline import lay_out
from linewright.nc.study import study_program
from live.live_lines import ROOT, make

VALVE_BLOCK = ROOT / "examples" / "valve-block"
MILL_B, HANDLING_S = "mill-b", 40.0


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A line that stood still in the middle of a morning, as if it still ran."""
    folder = tmp_path_factory.mktemp("mills")
    make(VALVE_BLOCK / "plant.yaml", folder / "mills.db", seed=1, until_s=7 * 3600.0)
    scene = past_scene(folder / "mills.db", folder / "accounts.json")
    scene.folder = VALVE_BLOCK
    return scene


def began_s(scene: Scene) -> float:
    machine = scene.watch.state.machine[scene.watch.run.names.machines.index(MILL_B)]
    assert machine.state == MachineState.PROCESSING, "choose another moment"
    return float(machine.began_s) - float(machine.done_s)


def ask(scene: Scene, what: str, machine: str = MILL_B):
    answer = client_of(scene).get(f"/api/v1/machines/{machine}/{what}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_path_is_that_of_the_program(scene: Scene) -> None:
    program = ask(scene, "program")
    machine = read_machine(VALVE_BLOCK / "mill.yaml")
    assert machine.time is not None
    study = study_program(VALVE_BLOCK / "nc" / "op20.ngc", machine)
    points, _ = lay_out(study.moves, machine.time).polyline()
    assert np.array(program["points"]) == pytest.approx(points, abs=1e-3)
    assert program["reached_s"] == sorted(program["reached_s"]) and program["reached_s"][0] == 0.0
    assert program["reached_s"][-1] <= program["length_s"] + 1e-3
    assert program["length_s"] == pytest.approx(study.time.program_s)
    assert program["text"] == (VALVE_BLOCK / "nc" / "op20.ngc").read_text().splitlines()
    assert len(program["cuts"]) == len(program["lines"]) == len(points) and any(program["cuts"])


def test_the_place_is_where_the_timeline_has_it(scene: Scene) -> None:
    machine = read_machine(VALVE_BLOCK / "mill.yaml")
    assert machine.time is not None
    timeline = lay_out(study_program(VALVE_BLOCK / "nc" / "op20.ngc", machine).moves, machine.time)
    for at_s in (0.0, 10.0, 37.5, 90.0, timeline.length_s):
        scene.clock = lambda at_s=at_s: began_s(scene) + HANDLING_S + at_s
        place = ask(scene, "place")
        assert place["runs"] and place["at_s"] == pytest.approx(at_s, abs=1e-6)
        truth = timeline.position(at_s)[:3]
        assert place["position"] == pytest.approx(truth, abs=0.5)  # mm: an arc is drawn in chords
        assert place["line"] == int(timeline.moves[timeline.index(at_s - 1e-9)]["line"]) or at_s == 0.0
    scene.clock = lambda: began_s(scene) + HANDLING_S / 2
    assert ask(scene, "place")["handling"]
    scene.clock = lambda: began_s(scene) + 1e4
    assert ask(scene, "place")["at_s"] == pytest.approx(timeline.length_s)  # no further than its end


def test_where_no_program_runs_there_is_none(scene: Scene, tmp_path: Path) -> None:
    assert ask(scene, "place", "measuring") is None and ask(scene, "program", "measuring") is None
    assert client_of(scene).get("/api/v1/machines/nothing/place").status_code == 404
    machines = {one["name"]: one["has_programs"] for one in client_of(scene).get("/api/v1/line").json()["machines"]}
    assert machines == {"mill-a-1": True, "mill-a-2": True, "mill-b": True, "measuring": False}
    scene.folder, folder = tmp_path, scene.folder  # the files have gone
    assert ask(scene, "place") is None
    scene.folder = None
    assert ask(scene, "place") is None
    scene.folder = folder
