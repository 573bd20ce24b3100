"""The control plans before the board: charts as the line keeps them, corrections, gauges, studies."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from scenes import client_of, watched

from linewright.board import Scene
from linewright.board.read_quality import due_status
from linewright.journal import read_journal
from linewright.journal.corrections import Corrections
from linewright.live import Run, replay
from linewright.measure.capability import Spec, capability
from linewright.measure.charts import i_mr
from linewright.measure.gauge import crossed_anova
from live.live_lines import ROOT

PLAN = (ROOT / "examples" / "control-plan" / "plant.yaml").read_text()
CHART = (
    'chart: { kind: ewma, sigma: 0.0018 mm, weight: 0.25, width: 3.2, revision: "1, frozen by the quality engineer" }'
)
HOUR_S = 3600.0
CENTRE, SIGMA = 19.9935, 0.0018  # mm, of the plan


def get(client: TestClient, path: str, **parameters: object):
    answer = client.get(f"/api/v1/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return watched(tmp_path_factory.mktemp("plan"), PLAN, 12 * HOUR_S)


@pytest.fixture(scope="module")
def audit(scene: Scene) -> Corrections:
    with read_journal(scene.accounts.with_name("plan.db")) as journal:
        run = Run.of_journal(journal)
        found = Corrections(run.names)
        replay(journal, run.new_decider(), witness=found.witness)
    return found


def test_an_ewma_is_plotted_as_its_formula_has_it(client: TestClient) -> None:
    for maker in ("lathe-1", "lathe-2"):
        chart = get(client, "quality/journal", maker=maker)
        assert (chart["maker"], chart["kind"], chart["kept_by"]) == (maker, "ewma", "line")
        z, k, weight = 0.0, 0, 0.25
        for point in chart["values"]:
            if point["afresh"]:
                z, k = 0.0, 0
            z, k = (1 - weight) * z + weight * (point["value"] - CENTRE) / SIGMA, k + 1
            reach = 3.2 * SIGMA * math.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * k)))
            assert point["plotted"] == pytest.approx(CENTRE + z * SIGMA, abs=1e-9)
            assert (point["lcl"], point["ucl"]) == pytest.approx((CENTRE - reach, CENTRE + reach), abs=1e-9)
            assert bool(point["signals"]) == (abs(z * SIGMA) > reach)
        assert k > 10


def test_signals_and_corrections_are_those_of_the_journal(client: TestClient, audit: Corrections) -> None:
    charts = [get(client, "quality/journal", maker=maker) for maker in ("lathe-1", "lathe-2")]
    told = {point["serial"] for chart in charts for point in chart["values"] if point["signals"]}
    assert told == {one.serial for one in audit.signals if set(one.what) - {"outside"}} != set()
    for chart in charts:
        mine = [one for one in audit.corrections if one.machine == chart["maker"]]
        assert [(one["old"], one["new"]) for one in chart["corrections"]] == [
            pytest.approx((1e3 * one.old, 1e3 * one.new), abs=1e-9) for one in mine
        ]
        assert {one["why"] for one in chart["corrections"]} >= {"follows", "new tool"}
    whole = get(client, "corrections", last=10_000)
    assert [one["time_s"] for one in whole["corrections"]] == [one.time_s for one in audit.corrections]
    assert [one["what"] for one in whole["signals"]] == [list(one.what) for one in audit.signals]
    assert len(get(client, "corrections", last=3)["corrections"]) == 3


@pytest.mark.parametrize(
    ("written", "kind", "group"),
    [
        ("chart: { kind: xbar-s, size: 4, sigma: 0.0018 mm }", "xbar-s", 4),
        ("chart: { kind: cusum, sigma: 0.0018 mm, h: 4 }", "cusum", 1),
        ("chart: { sigma: 0.0018 mm, rules: [nelson1, nelson2] }", "individuals", 1),
    ],
)
def test_other_charts_show_what_they_plot(tmp_path: Path, written: str, kind: str, group: int) -> None:
    client = client_of(watched(tmp_path, PLAN.replace(CHART, written), 8 * HOUR_S))
    chart = get(client, "quality/journal", maker="lathe-1")
    points = chart["values"]
    assert chart["kind"] == kind and len(points) > 5
    up = down = 0.0
    for point in points:
        x = (point["value"] - CENTRE) / SIGMA
        if kind == "cusum":
            up, down = (0.0, 0.0) if point["afresh"] else (up, down)
            up, down = max(0.0, up + x - 0.5), max(0.0, down - x - 0.5)
            assert (point["plotted"], point["below"]) == pytest.approx((up, -down), abs=1e-6)
            assert bool(point["signals"]) == (max(up, down) > 4.0) and point["ucl"] == 4.0
        else:
            assert point["ucl"] == pytest.approx(CENTRE + 3 * SIGMA / math.sqrt(group), abs=1e-9)
            beyond = not point["lcl"] <= point["plotted"] <= point["ucl"]
            assert not beyond or point["signals"]
    if kind == "individuals":
        assert all(point["plotted"] == point["value"] for point in points)
        assert {each for point in points for each in point["signals"]} <= {"nelson1", "nelson2", "spread", "gain"}
    if group > 1:
        measured = get(client, "quality/journal")["characteristic"]["measured"]
        both = points + get(client, "quality/journal", maker="lathe-2")["values"]
        assert len(both) <= measured / group


def test_a_p_chart_shows_the_share_of_units_outside(tmp_path: Path) -> None:
    wide = PLAN.replace("sd: 0.0016 mm", "sd: 0.004 mm").replace(CHART, "chart: { kind: p, fraction: 20%, size: 5 }")
    chart = get(client_of(watched(tmp_path, wide, 8 * HOUR_S)), "quality/journal", maker="lathe-1")
    reach = 3 * math.sqrt(0.2 * 0.8 / 5)
    assert (chart["kind"], chart["centre"]) == ("p", pytest.approx(0.2)) and len(chart["values"]) > 3
    for point in chart["values"]:
        assert 5 * point["plotted"] == pytest.approx(round(5 * point["plotted"])) and 0 <= point["plotted"] <= 1
        assert (point["lcl"], point["ucl"]) == (0.0, pytest.approx(0.2 + reach))
        assert bool(point["signals"]) == (point["plotted"] > 0.2 + reach)
    assert any(point["plotted"] > 0 for point in chart["values"])


def test_limits_that_the_board_estimates_are_those_of_the_individuals_chart(tmp_path: Path) -> None:
    bare = PLAN.replace(CHART, "").replace(
        "reaction: { hold: 6 min, call: look, inspect_all: 10, inspect_back: true }", ""
    )
    client = client_of(watched(tmp_path, bare, 8 * HOUR_S))
    chart = get(client, "quality/journal")
    values = [point["value"] for point in chart["values"]]
    panel = i_mr(values[:25]).panels[0]
    assert (chart["kept_by"], chart["kind"], chart["maker"]) == ("board", "individuals", "")
    for point in chart["values"]:
        assert (point["lcl"], point["ucl"]) == pytest.approx((panel.lcl[-1], panel.ucl[-1]))
        assert bool(point["signals"]) == (not panel.lcl[-1] <= point["value"] <= panel.ucl[-1])
    assert chart["centre"] == pytest.approx(panel.centre[-1])


def test_a_plan_is_told_in_words_and_a_gauge_as_it_stands(client: TestClient) -> None:
    (one,) = get(client, "quality")["characteristics"]
    assert one["plan"]["checked_by"] == ["shaft.measure"] and one["plan"]["sample"] == ["1 in 5 each"]
    assert one["plan"]["corrects"] == ["lathe T1 (double-ewma)"] and one["makers"] == ["lathe-1", "lathe-2"]
    gauge = one["gauge"]
    assert gauge["uncertainty"] == pytest.approx(0.0012) and gauge["share"] == pytest.approx(6 * 0.0006 / 0.013)
    assert (gauge["verdict"], gauge["status"], gauge["due"]) == ("conditional", "not said", None)
    assert one["lower"] < gauge["accept_lower"] < gauge["accept_upper"] < one["upper"]  # the guard band


def test_a_gauge_is_due_after_its_interval(tmp_path: Path) -> None:
    written = PLAN.replace("decision: iso-14253-1", "calibrated: 2020-01-01, interval: 26 week")
    (one,) = get(client_of(watched(tmp_path, written, HOUR_S)), "quality")["characteristics"]
    assert (one["gauge"]["due"], one["gauge"]["status"]) == ("2020-07-01", "overdue")
    due = date(2026, 11, 2)
    assert due_status(due, date(2026, 11, 3)) == "overdue"
    assert due_status(due, date(2026, 11, 2)) == due_status(due, date(2026, 10, 19)) == "due soon"
    assert due_status(due, date(2026, 10, 18)) == "in date"


def test_a_held_machine_says_why(tmp_path: Path) -> None:
    """Every unit is bad: the lathes are held to be looked at."""
    written = PLAN.replace("mean: 19.9935 mm, sd", "mean: 19.99 mm, sd").replace("hold: 6 min", "hold: 2000 h")
    quality = get(client_of(watched(tmp_path, written, 4 * HOUR_S)), "quality")
    assert {one["why"] for one in quality["held"]} == {"look at journal"}


# ---------------------------------------------------------------- studies


def test_the_capability_study_is_that_of_measure(client: TestClient, scene: Scene) -> None:
    told = get(client, "quality/journal/capability")
    values = [round(1e3 * one.value, 10) for one in scene.watch.history.values[0]]
    truth = capability(values, Spec(19.987, 20.0, None))
    assert told["n"] == len(values) and told["sorted"] == pytest.approx(sorted(values))
    indices = {one["name"]: one for one in told["indices"]}
    assert indices["Ppk"]["value"] == pytest.approx(truth.ppk)
    assert indices["Cpk"]["low"] == pytest.approx(truth.short_term.worst.interval.low)
    assert sum(told["counts"]) == told["n"] == len(told["scores"])
    assert told["gauge_share"] == pytest.approx((0.0006 / truth.overall.sigma) ** 2)
    assert told["ppk_without_gauge"] == pytest.approx(truth.ppk / math.sqrt(1 - told["gauge_share"]))
    of_one = get(client, "quality/journal/capability", maker="lathe-1")
    assert 25 <= of_one["n"] < told["n"]


def test_a_study_of_too_little_says_so(client: TestClient) -> None:
    told = get(client, "quality/journal/capability", last=24)
    assert "too few" in told["why_not"] and told["indices"] == [] and told["n"] == 24


def test_a_gauge_study_is_that_of_measure(client: TestClient) -> None:
    parts, operators, values = [], [], []
    for part in range(5):
        for operator in ("Ada", "Ben"):
            for trial in range(3):
                parts.append(str(part))
                operators.append(operator)
                values.append(19.99 + 0.002 * part + 0.0001 * (operator == "Ben") + 0.0003 * ((7 * part + trial) % 3))
    rows = [{"part": p, "operator": o, "value": v} for p, o, v in zip(parts, operators, values, strict=True)]
    answer = client.post("/api/v1/quality/journal/gauge-study", json={"readings": rows})
    assert answer.status_code == 200, answer.text
    told, truth = answer.json(), crossed_anova(values, parts, operators, lower=19.987, upper=20.0)
    components = {one["name"]: one for one in told["components"]}
    assert components["gauge"]["tolerance_pct"] == pytest.approx(truth["gauge"].tolerance_pct)
    assert (told["ndc"], told["verdict"]) == (truth.ndc, truth.verdict)
    assert told["planned_repeatability"] == pytest.approx(0.0006)


@pytest.mark.parametrize("spoil", ["one part", "unbalanced", "same"])
def test_readings_that_are_no_study_are_refused_in_words(client: TestClient, spoil: str) -> None:
    rows = [
        {"part": str(k // 4), "operator": "AB"[k // 2 % 2], "value": 1.0 if spoil == "same" else 1.0 + 0.1 * (k % 3)}
        for k in range(12)
    ]
    rows = {"one part": [{**row, "part": "1"} for row in rows], "unbalanced": rows[:-1], "same": rows}[spoil]
    answer = client.post("/api/v1/quality/journal/gauge-study", json={"readings": rows})
    assert answer.status_code == 400 and len(answer.json()["detail"]) > 10


def test_an_unknown_characteristic_is_not_there(client: TestClient) -> None:
    for path in ("quality/nothing", "quality/nothing/capability"):
        assert client.get(f"/api/v1/{path}").status_code == 404
