"""The reader of the box assembly's machine logs tells processing from stops."""

from __future__ import annotations

import gzip
import importlib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

NIST = Path(__file__).parents[2] / "examples" / "nist-box"
RAW = [parent / "shared" / "reference" / "nist-box" for parent in Path(__file__).parents]
START = datetime(2017, 2, 6, 14, 0, tzinfo=UTC)


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(str(NIST))
    for name in ("machine_log", "inspection", "fit"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module


class Log:
    """Writes a log: the program's clock ticks each second while it runs."""

    def __init__(self) -> None:
        self.at_s = 0.0
        self.lines: list[str] = []

    def say(self, item, value):
        moment = (START + timedelta(seconds=self.at_s)).strftime("%Y-%m-%dT%H:%M:%S.%f")
        self.lines.append(f"{moment}0Z|{item}|{value}")
        return self

    def status(self, value):
        return self.say("Program_Status", value)

    def runs(self, seconds):
        for second in range(seconds):
            self.at_s += 1
            self.say("Program_Runtime_Seconds", second)
        return self

    def silent(self, seconds):
        self.at_s += seconds
        return self

    def save(self, folder):
        path = folder / "log.txt.gz"
        path.write_bytes(gzip.compress("\n".join(self.lines).encode()))
        return path


def read(module, log, tmp_path):
    reader = module("machine_log")
    events, broken = reader.read_events(log.save(tmp_path))
    return reader.visits_of(events), broken


def test_a_run_without_stops(module, tmp_path):
    log = Log().status("ACTIVE").runs(100).status("PROGRAM_COMPLETED")
    (visit,), broken = read(module, log, tmp_path)
    assert (visit.processing_s, visit.stops, visit.completed, broken) == (100, (), 1, 0)


def test_held_stopped_and_silent_time_is_no_processing(module, tmp_path):
    log = Log().status("ACTIVE").runs(50).status("FEED_HOLD").silent(30).status("ACTIVE").runs(20)
    log.silent(60).runs(10).status("PROGRAM_STOPPED").silent(300).status("ACTIVE").runs(40)
    log.status("PROGRAM_COMPLETED")
    (visit,), _ = read(module, log, tmp_path)
    assert [(stop.kind, stop.duration_s) for stop in visit.stops] == [
        ("held", 30),
        ("held", 61),
        ("stopped", 300),
    ]
    assert visit.processing_s == pytest.approx(50 + 20 + 9 + 40)
    assert visit.processing_s + visit.stopped_s == pytest.approx(visit.ended_s - visit.began_s)
    assert [stop.after_s for stop in visit.stops] == pytest.approx([50, 70, 79])


def test_an_override_turned_to_zero_is_a_stop_and_a_slow_one_is_not(module, tmp_path):
    log = Log().status("ACTIVE").runs(10).say("Feed_Override", 0).runs(20).say("Feed_Override", 30).runs(40)
    log.say("Feed_Override", 100).runs(10).status("PROGRAM_COMPLETED")
    (visit,), _ = read(module, log, tmp_path)
    assert [stop.duration_s for stop in visit.stops] == [20]
    assert (visit.processing_s, visit.slow_s) == (60, 40)


def test_short_holds_are_left_in_the_processing(module, tmp_path):
    log = Log().status("ACTIVE").runs(10)
    for _ in range(4):
        log.status("FEED_HOLD").silent(0.5).status("ACTIVE").runs(1)
    log.status("PROGRAM_COMPLETED")
    (visit,), _ = read(module, log, tmp_path)
    assert (visit.stops, visit.processing_s) == ((), pytest.approx(16))


def test_nights_divide_operations_but_not_one_that_has_not_begun(module, tmp_path):
    log = Log().status("ACTIVE").runs(30).status("PROGRAM_COMPLETED").silent(15 * 3600)
    log.say("Program_Name_Editing", "OP2.NC").silent(15 * 3600).status("ACTIVE").runs(20).status(
        "PROGRAM_COMPLETED"
    )
    visits, _ = read(module, log, tmp_path)
    assert [visit.processing_s for visit in visits] == [30, 20]


def test_broken_lines_are_counted_and_left_out(module, tmp_path):
    log = Log().status("ACTIVE").runs(5)
    log.lines += ["2017", "2017-02-06T14:00:05.5000000Z|Block_Number|"]
    log.runs(5).status("PROGRAM_COMPLETED")
    (visit,), broken = read(module, log, tmp_path)
    assert (visit.processing_s, broken) == (10, 2)


def test_usual_times_and_the_others(module):
    import numpy as np

    fit = module("fit")
    times = np.array([1711.4, 391.6, 1762.5, 2159.3, 1779.0, 1775.5, 1782.7, 1793.9, 1772.1, 1773.8])
    assert list(np.flatnonzero(~fit.is_usual(times))) == [1, 3]
    assert fit.is_usual(np.array([80.0] * 9 + [80.4])).all()


def test_moments_of_one_after_the_other(module):
    fit = module("fit")
    together = fit.Sample(5, 100.0, 0.3).and_then(fit.Sample(4, 50.0, 0.8))
    assert (together.n, together.mean_s, together.cv) == (4, 150.0, pytest.approx(50 / 150))


@pytest.mark.slow
def test_the_tables_come_out_of_the_raw_records_again(module, tmp_path, monkeypatch):
    raw = next((folder for folder in RAW if folder.is_dir()), None)
    if raw is None:
        pytest.skip("NIST's records are not here")
    fit = module("fit")
    monkeypatch.setattr(fit, "HERE", tmp_path)
    fit.main(raw)
    written = sorted(path.name for path in (tmp_path / "data").iterdir())
    assert written == sorted(path.name for path in (NIST / "data").iterdir())
    for name in written:
        assert (tmp_path / "data" / name).read_text() == (NIST / "data" / name).read_text(), name
