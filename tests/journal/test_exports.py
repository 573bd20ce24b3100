"""Exports: every unit, operation, value and component is in the file, and other programs read it."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from linewright.cli import main
from linewright.journal import Genealogy, SqliteJournal
from linewright.journal.exports import (
    TABLES,
    Tale,
    epcis_document,
    ocel_log,
    write_csv,
    write_json,
    write_xlsx,
)
from linewright.live.telling import tale_at, tale_from
from live.live_lines import ROOT, make, write_cases

SCHEMA = Path(__file__).parents[3] / "shared" / "reference" / "connect" / "epcis" / "EPCIS-JSON-Schema.json"


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    make(write_cases(folder, 6), folder / "cases.db", seed=3)
    return folder / "cases.db"


@pytest.fixture(scope="module")
def tale(journal: Path) -> Tale:
    with SqliteJournal.read(journal) as record:
        return tale_from(record)


def rows(tale: Tale, table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(write_csv(tale, table).decode())))


def test_tables_hold_everything(tale: Tale) -> None:
    units = tale.genealogy.units
    assert {int(row["serial"]) for row in rows(tale, "units")} == set(units)
    assert len(rows(tale, "operations")) == sum(len(unit.work) for unit in units.values())
    assert len(rows(tale, "measurements")) == sum(len(unit.values) for unit in units.values())
    built = {(int(row["serial"]), int(row["component"])) for row in rows(tale, "components")}
    assert built == {(unit.serial, part) for unit in units.values() for part in unit.components}


def test_values_are_in_the_unit_of_the_plant_and_times_count_from_a_monday(tale: Tale) -> None:
    assert tale.epoch.weekday() == 0 and tale.epoch.isoformat().endswith("T00:00:00+00:00")
    for row in rows(tale, "measurements"):
        unit = tale.genealogy.units[int(row["serial"])]
        name, value, time_s = unit.values[0]
        assert (row["characteristic"], row["unit"]) == (name, "mm")
        assert float(row["value"]) == pytest.approx(1e3 * value, rel=1e-11)
        assert (datetime.fromisoformat(row["measured"]) - tale.epoch).total_seconds() == pytest.approx(time_s, abs=1e-6)


def test_workbook_and_json_say_the_same_as_csv(tale: Tale) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(tale)), read_only=True)
    told = json.loads(write_json(tale))
    for name, columns in TABLES.items():
        sheet = list(book[name].iter_rows(values_only=True))
        assert sheet[0] == columns
        assert len(sheet) - 1 == len(told[name]) == len(rows(tale, name))
        assert not told[name] or sheet[1][0] == told[name][0][columns[0]]
    assert all(told[name] for name in ("units", "operations", "measurements", "components"))


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose tools follow what is measured."""
    path = tmp_path_factory.mktemp("audit") / "audit.db"
    make(ROOT / "examples" / "control-plan" / "plant.yaml", path, seed=3, until_s=8 * 3600.0)
    return path


def test_corrections_and_signals_are_told_in_the_unit_of_the_plant(corrected: Path) -> None:
    tale = tale_at(corrected)
    for row, one in zip(rows(tale, "corrections"), tale.audit.corrections, strict=True):
        assert (row["tool"], row["why"], row["unit"]) == (one.tool, one.why, "mm")
        assert float(row["new"]) == pytest.approx(1e3 * one.new, abs=1e-9)
        assert row["value"] == "" if one.value is None else float(row["value"]) == pytest.approx(1e3 * one.value)
    assert {row["why"] for row in rows(tale, "corrections")} == {"follows", "setup", "new tool"}
    signals = rows(tale, "signals")
    assert [int(row["serial"]) for row in signals] == [one.serial for one in tale.audit.signals] != []


def test_the_audit_is_a_command(corrected: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "corrections", str(corrected), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    tale = tale_at(corrected)
    assert len(told["corrections"]) == len(tale.audit.corrections) > 10
    assert main(["journal", "corrections", str(corrected), "--last", "5"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 6 and f"{len(told['corrections'])} corrections" in shown[-1]
    for name in ("audit.csv", "audit.xlsx", "audit.json"):
        assert main(["journal", "corrections", str(corrected), "--out", str(tmp_path / name)]) == 0
        assert main(["journal", "corrections", str(corrected), "--out", str(tmp_path / name)]) == 2  # it is there
    assert (tmp_path / "audit.csv").read_bytes() == write_csv(tale, "corrections")
    assert (tmp_path / "audit-signals.csv").read_bytes() == write_csv(tale, "signals")
    assert openpyxl.load_workbook(tmp_path / "audit.xlsx").sheetnames == ["corrections", "signals"]
    assert set(json.loads((tmp_path / "audit.json").read_text())) == {"plant", "epoch", "corrections", "signals"}
    assert main(["journal", "corrections", str(corrected), "--out", str(tmp_path / "audit.txt")]) == 2


def test_a_text_that_looks_like_a_formula_stays_a_text(tale: Tale) -> None:
    unit = next(iter(tale.genealogy.units.values()))
    odd = Genealogy(tale.genealogy.line, tale.genealogy.names)
    odd.units = {0: type(unit)(0, '=HYPERLINK("x")', "=1+1", 0.0)}
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(Tale("x", odd, tale.audit, tale.epoch, {}))))
    cells = book["units"][2]
    assert [cell.data_type for cell in cells[1:3]] == ["s", "s"] and cells[2].value == "=1+1"


def test_epcis_tells_each_life_from_commissioning_to_its_end(tale: Tale) -> None:
    events = epcis_document(tale)["epcisBody"]["eventList"]
    assert [event["eventTime"] for event in events] == sorted(event["eventTime"] for event in events)
    assert len({event["eventID"] for event in events}) == len(events)
    units = tale.genealogy.units.values()
    steps = [event["bizStep"] for event in events]
    assert steps.count("commissioning") == len(units)
    assert steps.count("inspecting") == sum(len(unit.values) for unit in units)
    assembled = {event["parentID"]: set(event["childEPCs"]) for event in events if event["type"] == "AggregationEvent"}
    assert assembled == {
        f"urn:linewright:cases:unit:{unit.serial}": {f"urn:linewright:cases:unit:{part}" for part in unit.components}
        for unit in units
        if unit.components
    }


@pytest.mark.skipif(not SCHEMA.exists(), reason="the published EPCIS schema is not here")
def test_epcis_is_valid_by_the_published_schema(tale: Tale) -> None:
    import jsonschema

    schema = json.loads(SCHEMA.read_text())
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    document = epcis_document(tale)
    assert list(validator.iter_errors(document)) == []
    del document["epcisBody"]["eventList"][0]["eventTime"]
    assert list(validator.iter_errors(document))


def test_ocel_relates_events_to_units_orders_and_machines(tale: Tale) -> None:
    log = ocel_log(tale)
    known = {one["id"] for one in log["objects"]}
    declared = {kind["name"]: {one["name"] for one in kind["attributes"]} for kind in log["eventTypes"]}
    for event in log["events"]:
        assert {related["objectId"] for related in event["relationships"]} <= known
        assert {one["name"] for one in event["attributes"]} <= declared[event["type"]]
    taken = [event for event in log["events"] if event["type"] == "build in"]
    assert len(taken) == sum(len(unit.components) for unit in tale.genealogy.units.values())


def test_pm4py_opens_the_log(tale: Tale, tmp_path: Path) -> None:
    pm4py = pytest.importorskip("pm4py", reason="pm4py is not installed")
    path = tmp_path / "run.ocel.json"
    path.write_text(json.dumps(ocel_log(tale)))
    log = pm4py.read_ocel2_json(str(path))
    assert len(log.events) == len(ocel_log(tale)["events"])
    assert set(log.objects["ocel:type"]) == {"body", "lid", "case", "order", "machine"}


def test_command_writes_beside_the_journal_and_not_over_a_file(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for form, ending in (("csv", "units.csv"), ("xlsx", "xlsx"), ("epcis", "epcis.jsonld"), ("ocel", "ocel.json")):
        words = ["export", str(journal), "--as", form, "--table", "units", "--json"]
        assert main(words) == 0
        written = Path(json.loads(capsys.readouterr().out)["written"])
        assert written == journal.with_name(f"cases.{ending}") and written.stat().st_size > 100
        assert main(words) == 2
        assert "is there already" in capsys.readouterr().out
