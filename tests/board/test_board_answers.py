"""What the API answers about a run that is known to the last unit."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from fastapi.testclient import TestClient

from linewright.board import Scene
from linewright.live.recover import genealogy_of


def get(client: TestClient, path: str, **parameters: object):
    answer = client.get(f"/api/v1/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_line_names_all_that_the_vector_holds(client: TestClient, scene: Scene) -> None:
    line = get(client, "line")
    cells = line["cells"]
    assert cells["size"] == len(scene.cells.fill())
    assert [one["name"] for one in line["machines"]] == ["press-1", "press-2", "oven", "bench", "rig"]
    names = [one["name"] for one in line["stations"]]
    ways = {(names[one["origin"]], names[one["to"]]) for one in line["edges"]}
    assert ways == {("press", "oven"), ("oven", "bench"), ("bench", "rig")}
    columns = {one["name"]: one["column"] for one in line["stations"]}
    assert [columns[name] for name in ("press", "oven", "bench", "rig")] == [0, 1, 2, 3]


def test_now_counts_what_the_state_counts(client: TestClient, scene: Scene) -> None:
    now = get(client, "now")
    assert now["orders_done"] == now["orders"] == 8
    assert now["finished"] == 16
    assert sum(one["made"] for one in now["hours"]) == sum(
        n for hour, n in scene.watch.history.finished.items() if hour > now["time_s"] // 3600 - 8
    )
    assert not now["running"] and now["stopped"] == "a run of the past"


def test_orders_are_done_and_in_time_by_their_due_dates(client: TestClient) -> None:
    orders = get(client, "orders")
    assert [one["order"] for one in orders] == [f"C{k:03d}" for k in range(8)]
    for one in orders:
        assert one["status"] == "done" and one["good"] == one["quantity"] == 2
        assert one["late"] == (one["done_s"] > one["due_s"])


def test_every_unit_has_the_biography_of_the_journal(client: TestClient, scene: Scene) -> None:
    truth = genealogy_of(scene.accounts.with_name("cases.db"))
    assert get(client, "units", limit=1)["total"] == len(truth.units)
    for serial, unit in truth.units.items():
        told = get(client, f"units/{serial}")
        assert told["unit"]["material"] == unit.material
        assert [one["operation"] for one in told["work"]] == [work.operation for work in unit.work]
        assert {one["serial"] for one in told["components"]} == {c.serial for c in truth.all_components(serial)}
        if unit.built_into is not None:
            assert told["within"][0]["serial"] == unit.built_into
            assert len(told["siblings"]) == 1


def test_recall_of_a_component_finds_its_case_and_order(client: TestClient, scene: Scene) -> None:
    units = scene.watch.history.genealogy.units
    body = next(unit for unit in units.values() if unit.material == "body" and unit.built_into is not None)
    found = get(client, "recall", cause="unit", subject=str(body.serial))
    assert [one["serial"] for one in found["whole_units"]] == [body.built_into]
    assert found["orders"] == [units[body.built_into].order]


def test_recall_of_a_machine_within_a_span_is_what_was_on_it_then(client: TestClient, scene: Scene) -> None:
    from_s, to_s = 7 * 3600.0, 8 * 3600.0
    found = get(client, "recall", cause="machine", subject="oven", from_s=from_s, to_s=to_s)
    truth = {
        unit.serial
        for unit in scene.watch.history.genealogy.units.values()
        for work in unit.work
        if work.machine == "oven" and work.started_s <= to_s and work.finished_s >= from_s
    }
    assert truth and {one["serial"] for one in found["touched_units"]} == truth
    assert client.get("/api/v1/recall", params={"cause": "machine", "subject": "own"}).status_code == 400


def test_events_read_backwards_are_all_events_of_the_journal(client: TestClient, scene: Scene) -> None:
    seen, before = [], 0
    while before is not None:
        page = get(client, "events", limit=37, before=before)
        seen += page["events"]
        before = page["before"]
    journal = scene.open_journal()
    truth = [seq for block in journal.decisions() for seq in block.seq.tolist()]
    journal.close()
    assert [one["seq"] for one in seen] == truth[::-1]
    released = sum(each["kind"] == "release" for one in seen for each in one["commands"])
    assert released == len(scene.watch.history.genealogy.units)
    of_oven = get(client, "events", machine="oven", kind="operation finished", limit=500)["events"]
    assert of_oven and {one["text"] for one in of_oven} == {"oven"}


def test_times_add_up_and_bars_begin_with_the_span(client: TestClient, scene: Scene) -> None:
    times = get(client, "times", last_s=0)
    assert times["from_s"] == 0.0
    for one in times["stations"]:
        assert sum(one["shares"].values()) == pytest.approx(1.0, abs=1e-9)
        for machine in one["machines"]:
            starts = [since for since, _ in machine["bars"]]
            assert starts == sorted(starts) and starts[0] == 0.0
    pieces = {one["station"]: one["pieces"] for one in times["stations"]}
    units = scene.watch.history.genealogy.units.values()
    for station, made in pieces.items():
        works = [work for unit in units for work in unit.work if work.machine.rpartition("-")[0] or work.machine]
        done = [work for work in works if (work.machine == station or work.machine.startswith(f"{station}-"))]
        assert made == len([work for work in done if math.isfinite(work.finished_s)])


def test_quality_shows_the_values_in_the_unit_of_the_plant(client: TestClient, scene: Scene) -> None:
    gap = get(client, "quality/gap")
    truth = [value for unit in scene.watch.history.genealogy.units.values() for _, value, _ in unit.values]
    assert sorted(one["value"] for one in gap["values"]) == pytest.approx(sorted(1e3 * value for value in truth))
    assert gap["characteristic"]["unit"] == "mm"
    assert (gap["characteristic"]["lower"], gap["characteristic"]["upper"]) == (0.8, 1.2)
    outside = sum(not 0.8 <= 1e3 * value <= 1.2 for value in truth)
    assert gap["characteristic"]["outside"] == outside


def test_what_if_answers_for_both_futures(client: TestClient) -> None:
    for change, subject in (("machine-out", "oven"), ("order-first", "C003")):
        found = get(client, "what-if", change=change, subject=subject)
        assert subject in found["question"] and found["as_is"]["futures"] == found["changed"]["futures"]
    refused = client.get("/api/v1/what-if", params={"change": "machine-out", "subject": "ofen"})
    assert refused.status_code == 400 and "oven" in refused.json()["detail"]


def test_exports_hold_every_unit(client: TestClient, scene: Scene) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/api/v1/exports/units.csv").text)))
    assert len(rows) == len(scene.watch.history.genealogy.units)
    run = json.loads(client.get("/api/v1/exports/run.json").text)
    assert len(run["operations"]) == sum(len(unit.work) for unit in scene.watch.history.genealogy.units.values())
    assert client.get("/api/v1/exports/units.exe").status_code == 422


def test_pages_and_their_scripts_are_served_and_load_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200 and "default-src 'self'" in page.headers["Content-Security-Policy"]
    for name in ("app.js", "style.css", "pages/line.js", "plotly.js"):
        answer = client.get(f"/{name}")
        assert answer.status_code == 200
        if name != "plotly.js":
            assert "https://" not in answer.text
