"""Reports: the same figures in every form, pages that need nothing else, files that come back."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet
from rich.console import Console

from linewright.commands.report import read_result
from linewright.errors import InputError
from linewright.plant.model import Plant
from linewright.twin.bottleneck import duration, find_bottleneck
from linewright.twin.experiment import Bench, experiment
from linewright.twin.forecast import forecast
from linewright.twin.indicators import indicators
from linewright.twin.keep import save_result
from linewright.twin.report.facts import result_facts
from linewright.twin.report.outlook import forecast_facts, forecast_page, print_forecast
from linewright.twin.report.page import report_page, write_page
from linewright.twin.report.parquet import write_parquet
from linewright.twin.report.picture import layers
from linewright.twin.report.tables import print_tables, with_width
from linewright.twin.results import Result, result_of
from linewright.twin.statistics import Interval

from .conftest import exponential

PLANT = {
    "plant": "shop & <sons>",
    "crews": {"fitters": {"people": 1, "skills": ["repair"]}},
    "materials": {"shaft": {}, "pump": {}},
    "stations": {
        "lathe": {
            "queue": 4,
            "failures": [
                {
                    "name": "stop",
                    "every": exponential(200.0),
                    "clock": "busy",
                    "repair": exponential(20.0),
                    "needs": "repair",
                }
            ],
        },
        "bench": {"queue": {"shaft": 4}},
        "test": {"queue": 2, "rework_queue": "unlimited"},
    },
    "routes": {
        "shaft": [{"turn": {"at": "lathe", "time": exponential(5.0)}}],
        "pump": [
            {"fit": {"at": "bench", "takes": {"shaft": 1}, "time": exponential(3.0)}},
            {
                "test": {
                    "at": "test",
                    "time": "2 s",
                    "fail": {"rework": "test", "rate": 0.1, "scrap_rate": 0.05},
                }
            },
        ],
    },
    "orders": {"saturated": ["pump", "shaft"]},
}


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(Plant.model_validate(PLANT))


@pytest.fixture(scope="module")
def result(bench: Bench) -> Result:
    return experiment(bench, 3000.0, 200.0, 6)


def test_the_bottleneck_is_the_slow_machine(result: Result) -> None:
    found = find_bottleneck(result)
    assert found.station == "lathe"
    assert found.by_arrows == ["lathe"]
    assert any("bench after it is starved" in words for words in found.evidence)


def test_json_names_what_was_promised(result: Result) -> None:
    facts = json.loads(json.dumps(result_facts(result), allow_nan=False))
    for flow in (facts["total"], facts["materials"]["pump"], facts["materials"]["shaft"]):
        for name in ("throughput_per_h", "lead_time_s", "wip"):
            assert flow[name]["low"] < flow[name]["mean"] < flow[name]["high"]
    for station in facts["stations"].values():
        assert sum(station["state_shares"].values()) == pytest.approx(1.0)
    pump = facts["materials"]["pump"]
    assert pump["throughput_per_h"]["mean"] == facts["total"]["throughput_per_h"]["mean"]  # shafts do not leave
    expected = sum(facts["materials"][name]["wip"]["mean"] for name in ("pump", "shaft"))
    assert facts["total"]["wip"]["mean"] == pytest.approx(expected)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_heading_and_no_figure_is_cut(result: Result, width: int) -> None:
    out = Console(width=width, record=True, file=io.StringIO(), force_terminal=True)
    print_tables(result, out)
    text = out.export_text()
    assert "…" not in text
    for heading in ("throughput /h", "90% within", "scrapped", "working", "starved", "OEE", "wait"):
        assert heading in text
    assert max(len(line.rstrip()) for line in text.splitlines() if "%" in line or "/h" in line) <= width


def test_a_conveyor_stands_apart_from_the_stations(tmp_path: Path) -> None:
    written = {
        "plant": "belted",
        "materials": {"part": {}},
        "stations": {"a": {}, "b": {"queue": 2}},
        "transport": {"belt": {"from": "a", "to": "b", "time": "5 s"}},
        "routes": {"part": [{"one": {"at": "a", "time": "10 s"}}, {"two": {"at": "b", "time": "10 s"}}]},
        "orders": {"saturated": ["part"]},
    }
    found = experiment(Bench(Plant.model_validate(written)), 3000.0, 200.0, 3)
    facts = result_facts(found)
    assert list(facts["stations"]) == ["a", "b"]
    assert facts["conveyors"]["belt"]["on_it"]["mean"] == pytest.approx(0.5, rel=0.01)  # 5 s of every 10 s
    assert facts["conveyors"]["belt"]["at_its_end"]["mean"] == 0.0
    write_parquet(found, tmp_path)
    assert parquet.read_table(tmp_path / "conveyors.parquet")["conveyor"].to_pylist() == ["belt"] * 3
    assert "Conveyors" in report_page(found).html()


def test_first_pass_yield_and_scrap_are_those_of_the_plant(result: Result) -> None:
    found = result.inspections["pump.test"]
    assert found.first_pass_yield.low <= 0.85 <= found.first_pass_yield.high
    assert found.scrap_share.mean == pytest.approx(0.05 / 0.9, abs=0.02)  # returns may be scrapped later


def test_oee_is_made_of_its_factors(result: Result) -> None:
    found = indicators(result, "lathe")
    assert found["availability"].mean == pytest.approx(result.stations["lathe"].state_shares["processing"].mean)
    assert found["effectiveness"].mean == pytest.approx(1.0, abs=0.05)
    product = found["availability"].mean * found["effectiveness"].mean * found["quality_ratio"].mean
    assert found["oee"].mean == pytest.approx(product, rel=0.02)
    down = result.stations["lathe"].state_shares["down"].mean * 3000.0
    assert found["mttr_s"].mean == pytest.approx(down / result.stations["lathe"].failures.mean, rel=0.1)


def test_the_page_needs_nothing_from_outside(result: Result) -> None:
    html = report_page(result).html()
    text = re.sub(r"<script>.*?</script>", "", html, count=1, flags=re.S)  # without the plotting library
    assert not re.search(r'(src|href)\s*=\s*["\']', text)
    assert "@import" not in text
    assert "shop &amp; &lt;sons&gt;" in text
    assert "<sons>" not in text
    plots = json.loads(text[text.index("const plots = ") + 14 : text.index(";\n//")])
    assert len(plots) == 6
    for plot in plots:
        assert f'id="{plot["id"]}"' in text
    bars = {trace["name"]: trace["x"] for trace in plots[0]["data"]}
    assert np.allclose(np.sum(list(bars.values()), axis=0), 100.0, atol=0.01)


def test_a_kept_result_gives_the_same_report(result: Result, tmp_path: Path) -> None:
    kept = tmp_path / "result.npz"
    save_result(result, kept)
    again = read_result(str(kept))
    assert result_facts(again) == result_facts(result)
    write_page(again, tmp_path / "again.html")
    write_page(result, tmp_path / "first.html")
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "first.html").read_bytes()


@pytest.mark.parametrize("content", [b"", b"not a result", b"PK\x03\x04 broken"])
def test_what_is_no_result_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    with pytest.raises(InputError):
        read_result(str(file))


def test_parquet_holds_every_run(result: Result, tmp_path: Path) -> None:
    write_parquet(result, tmp_path / "tables")
    rows = parquet.read_table(tmp_path / "tables" / "materials.parquet").to_pylist()
    mine = [row["finished"] for row in rows if row["material"] == "pump"]
    assert mine == result.materials["pump"].finished_n.tolist()
    stations = parquet.read_table(tmp_path / "tables" / "stations.parquet").to_pylist()
    assert len(stations) == 3 * 6
    states = (
        "starved",
        "blocked",
        "processing",
        "down",
        "waiting_crew",
        "setup",
        "off_shift",
        "tool_change",
        "not_ready",
        "held",
    )
    assert all(sum(row[state] for state in states) == pytest.approx(1.0) for row in stations)


def test_tables_show_everything(result: Result) -> None:
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    print_tables(result, console)
    text = console.export_text()
    for words in ("throughput", "lathe *", "first-pass yield", "fitters", "Bottleneck *: lathe", "pump.test"):
        assert words in text


def test_a_live_line_gives_the_same_report_without_intervals(bench: Bench) -> None:
    life = bench.life(1, 0)
    assert life.until(600.0)
    live = result_of(bench.line, bench.names, life.state, "live")
    html = report_page(live).html()
    assert "no intervals from one run" in html
    facts = json.loads(json.dumps(result_facts(live), allow_nan=False))
    assert facts["total"]["finished"] == {"mean": life.finished, "low": None, "high": None}


def test_a_mean_is_written_as_finely_as_it_is_known() -> None:
    assert with_width(Interval(12.3456, 12.2456, 12.4456)) == "12.35 ± 0.10"
    assert with_width(Interval(1234.5, 1200.0, 1269.0)) == "1,234 ± 34"
    assert duration(90.0) == "90 s"
    assert duration(7200.0) == "2 h"


def test_the_forecast_in_every_form(bench: Bench) -> None:
    life = bench.life(1, 0)
    life.until(300.0)
    found = forecast(bench.line, bench.names, bench.world, life.state, 600.0, futures=30)
    facts: dict[str, Any] = json.loads(json.dumps(forecast_facts(found), allow_nan=False))
    assert facts["finished"]["0.1"][-1] <= facts["finished"]["0.5"][-1] <= facts["finished"]["0.9"][-1]
    assert "forecast" in forecast_page(found).html()[-20_000:] or facts["plant"]
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    print_forecast(found, console)
    assert "finished by then" in console.export_text()


def test_stations_stand_in_the_order_of_the_routes() -> None:
    depth = layers([(0, 1), (1, 2), (2, 1), (0, 2), (3, 2)], [0, 1, 2, 3])
    assert depth == {0: 0, 1: 1, 2: 2, 3: 0}
