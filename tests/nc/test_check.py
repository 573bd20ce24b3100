"""The checker: every finding has its case, a sound program has none, and files with faults are refused."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest

from linewright.errors import InputError
from linewright.nc.check import check_program, check_source
from linewright.nc.dialects import find_dialect
from linewright.nc.findings import RULES, Grade, Report
from linewright.nc.machine_check import MachineCheck, read_machine_check
from linewright.nc.source import Source

MACHINE = {
    "travel_mm": {"x": [0, 600], "y": [0, 400], "z": [-500, 0]},
    "spindle_rpm": [50, 12000],
    "feed_mm_min": [1, 10000],
    "work_offsets_mm": {"G54": {"x": 300, "y": 200, "z": -400}},
    "stock_mm": {"x": [0, 100], "y": [0, 60], "z": [-20, 0]},
    "tools": [{"number": 3, "length_mm": 120, "diameter_mm": 10, "reach_mm": 32, "life_left_s": 1800}],
}
HEAD = "G21 G90 G17 G54\nT3 M6\nG43 H3\nS5000 M3\nG0 X-20 Y-20 Z50\n"


def check(text: str, dialect: str = "linuxcnc", **changes: object) -> Report:
    machine = MachineCheck.model_validate({**MACHINE, **changes})
    return check_source(Source("part.ngc", text.encode()), machine, find_dialect(dialect))


def rules(report: Report) -> dict[str, int]:
    """Rule -> line of each finding."""
    return {finding.rule: finding.line for finding in report.findings}


def test_sound_program_has_no_finding() -> None:
    report = check(HEAD + "G0 Z5\nG1 Z-5 F300\nX120\nG0 Z50\nM30\n")
    assert report.findings == ()
    assert report.ready
    assert report.cutting_s[3] == pytest.approx((10 + 140) / 300 * 60)


@pytest.mark.parametrize(
    ("body", "rule", "line"),
    [
        ("G0 Z5\nG0 X400\nG0 X0 Z50\nM30\n", "travel", 7),
        ("G0 Z5\nG1 Z-5 F300\nG0 X50 Y30\nM30\n", "rapid-in-stock", 8),
        ("M5\nG1 Z-5 F300\nM30\n", "spindle-off", 7),
        ("M19 R90\nG1 Z-5 F300\nM30\n", "spindle-off", 7),
        ("S20000 M3\nG1 Z-5 F300\nM30\n", "spindle-range", 7),
        ("G1 Z-5 F30000\nM30\n", "feed-range", 6),
        ("G49\nG1 Z-5 F300\nM30\n", "length-offset", 7),
        ("T0 M6\nM3\nG1 Z-5 F300\nM30\n", "no-tool", 8),
        ("G1 Z-60 F300\nX50 Y50\nM30\n", "tool-reach", 0),
        ("G1 Z-5 F1\nX50 Y50\nM30\n", "tool-life", 0),
        ("T9 M6\nM30\n", "program-fault", 6),
        ("G1 X5\nM30\n", "program-fault", 6),
        ("O1 SUB\nO1 ENDSUB\nM30\n", "uncalled", 6),
    ],
)
def test_finding(body: str, rule: str, line: int) -> None:
    found = rules(check(HEAD + body))
    assert rule in found
    assert found[rule] == line


def test_bulge_of_an_arc_past_the_limit() -> None:
    """Both ends lie within the travel, the arc between them does not."""
    body = "G0 X200 Y0\nG0 Z5\nG3 X200 Y40 J20 F500\nM30\n"
    assert "travel" not in rules(check(HEAD + body, travel_mm={"x": [0, 521]}))
    report = check(HEAD + body, travel_mm={"x": [0, 519]})
    finding = next(finding for finding in report.findings if finding.rule == "travel")
    assert finding.line == 8
    assert "520.000" in finding.message


def test_start_without_modes() -> None:
    report = check("G0 X5\nM30\n")
    finding = next(finding for finding in report.findings if finding.rule == "start-modes")
    assert "G20 or G21" in finding.message
    assert finding.line == 1
    assert finding.text == "G0 X5"


def test_recursion_is_seen_though_it_never_runs() -> None:
    text = HEAD + "O1 SUB\nO2 IF [#1 GT 5]\nO1 CALL [#1]\nO2 ENDIF\nO1 ENDSUB\nO1 CALL [1]\nM30\n"
    assert rules(check(text))["recursion"] == 6


def test_no_end() -> None:
    assert "no-end" in rules(check("O1\nG21 G90 G17 G54\nG0 X5.\n", "fanuc"))


def test_hurco_takes_the_length_with_the_tool() -> None:
    text = "G21 G90 G17 G54\nT3 M6\nS5000 M3\nG0 X-20. Y-20. Z5.\nG1 Z-5. F300\nM30\n"
    assert "length-offset" in rules(check(text))
    assert "length-offset" not in rules(check(text, "hurco"))


def test_what_a_dialect_leaves_open_or_passes_over() -> None:
    found = rules(check("O1\nG21 G90 G17 G54\nG8 P1\nG0 X5\nM30\n", "fanuc"))
    assert (found["undefined"], found["ignored"]) == (1, 3)


def test_every_rule_has_a_case_here() -> None:
    text = Path(__file__).read_text()
    assert [rule for rule in RULES if f'"{rule}"' not in text] == []


def test_sarif_is_as_its_standard_lays_down() -> None:
    """SARIF 2.1.0, sections 3.13 to 3.49: what must be there, and what may."""
    name = "part 7 (Ä).ngc"
    machine = MachineCheck.model_validate(MACHINE)
    text = HEAD + "G1 Z-60 F30000\nX50 Y50\nO1 SUB\nO1 ENDSUB\nG0 X400\nG1 X5 Y\n"
    report = check_source(Source(name, text.encode()), machine, find_dialect("linuxcnc"))
    assert {finding.line for finding in report.findings} > {0}
    log = json.loads(json.dumps(report.as_sarif()))
    assert (log["version"], log["$schema"].endswith("sarif-2.1.0.json")) == ("2.1.0", True)
    assert log.keys() == {"$schema", "version", "runs"}
    (run,) = log["runs"]
    assert run.keys() == {"tool", "results"}
    driver = run["tool"]["driver"]
    assert driver["name"]
    identities = [rule["id"] for rule in driver["rules"]]
    assert len(set(identities)) == len(identities)
    for rule in driver["rules"]:
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
    assert len(run["results"]) == len(report.findings) > 2
    for result in run["results"]:
        assert result.keys() == {"ruleId", "level", "message", "locations", "occurrenceCount"}
        assert result["ruleId"] in identities
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        assert result["occurrenceCount"] >= 1
        (location,) = result["locations"]
        place = location["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert uri.isascii() and " " not in uri and unquote(uri) == name
        assert place.get("region", {"startLine": 1})["startLine"] >= 1


def test_forms() -> None:
    report = check(HEAD + "G0 X400\nM30\n")
    assert not report.ready
    assert "part.ngc:6: error:" in report.as_text()
    sarif = json.loads(json.dumps(report.as_sarif()))
    result = sarif["runs"][0]["results"][0]
    assert result["ruleId"] == "travel"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 6
    assert report.as_dict()["findings"][0]["advice"] == RULES["travel"][1]
    assert all(isinstance(grade, Grade) for grade, _ in RULES.values())


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("check: {travel: {x: [0, 1]}}", "check.travel", "travel_mm"),
        ("check: {tools: [{number: 1, lenght_mm: 5}]}", "check.tools.0.lenght_mm", "length_mm"),
        ("check: {travel_mm: {x: [5, 1]}}", "check.travel_mm", ""),
        ("check: {tools: [{number: 1}, {number: 1}]}", "check.tools", ""),
        ("time: {}", "", "check:"),
        ("check: [", "", ""),
    ],
)
def test_machine_file_with_a_fault(tmp_path: Path, text: str, key: str, hint: str) -> None:
    path = tmp_path / "machine.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_machine_check(path)
    problem = caught.value.problems[0]
    assert problem.key == key
    assert hint in problem.hint


def test_missing_program(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        check_program(tmp_path / "none.ngc", MachineCheck())


REAL = Path(__file__).parents[3] / "shared" / "reference" / "nist-box" / "nc"


@pytest.mark.skipif(not REAL.is_dir(), reason="the real programs are not here")
@pytest.mark.parametrize("name", ["box-op2.nc", "cover.nc", "plate-1.nc"])
def test_real_program_is_read_without_a_fault(name: str) -> None:
    report = check_program(REAL / name, MachineCheck(), "hurco")
    assert "program-fault" not in rules(report)
    assert report.moves > 1000
