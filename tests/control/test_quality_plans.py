"""Charts, reactions, samples and lots of the line, held against the library of `measure` and worked out by hand."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from drive import live_on  # noqa: E402
from invariants import Checker  # noqa: E402
from quality_lines import SIGMA, by_steps, made, plant  # noqa: E402

from linewright.control import Command, Event, MachineState, compile_line, sampling  # noqa: E402
from linewright.control.codes import Outcome, Signals  # noqa: E402
from linewright.measure.charts.chart import given  # noqa: E402
from linewright.measure.charts.monitor import (  # noqa: E402
    CountMonitor,
    CusumMonitor,
    EwmaMonitor,
    IndividualsMonitor,
    SubgroupMonitor,
)
from linewright.measure.rules import nelson  # noqa: E402
from linewright.measure.sampling import Lot, SwitchState, next_state, plan_for_lot  # noqa: E402

FROZEN = given("rev", "me", mean=0.01, sigma=SIGMA)
NELSON = [f"nelson{k}" for k in range(1, 9)]
SHIFTED = {"process": {"mean": "10.008 mm"}}
CHARTS: dict[str, tuple[dict[str, Any], Any]] = {
    "individuals": ({"rules": NELSON}, lambda: IndividualsMonitor(FROZEN, nelson())),
    "xbar-r": ({"size": 4, "rules": NELSON[:6]}, lambda: SubgroupMonitor(FROZEN, 4, nelson(1, 2, 3, 4, 5, 6))),
    "xbar-s": ({"size": 5}, lambda: SubgroupMonitor(FROZEN, 5, nelson(1), spread="S")),
    "ewma": ({"weight": 0.2, "width": 2.7}, lambda: EwmaMonitor(FROZEN, 0.2, 2.7)),
    "cusum": ({"k": 0.5, "h": 4}, lambda: CusumMonitor(FROZEN, 0.5, 4.0)),
}


def signalled(monitor: Any, kind: str, values: list[float]) -> list[int]:
    """The masks that the monitor of `measure` gives, in the bits of `Command.SIGNAL`, one for each value."""
    if not kind.startswith("xbar"):
        answers = [monitor.push(x) for x in values]
        if kind == "ewma":
            return [int(a) for a in answers]
        if kind == "cusum":
            return [int(up or down) for up, down in answers]
        return [value | (Signals.SPREAD if spread & 1 else 0) for value, spread in answers]
    masks = []
    for i in range(len(values)):
        full = (i + 1) % monitor.size == 0
        value, spread = monitor.push(values[i + 1 - monitor.size : i + 1]) if full else (0, 0)
        masks.append(value | (Signals.SPREAD if spread & 1 else 0))
    return masks


@pytest.mark.parametrize("kind", CHARTS)
def test_the_line_signals_where_the_library_does(kind: str) -> None:
    """Point by point the same masks: charts of the line and monitors of `measure` share their functions."""
    settings, monitor = CHARTS[kind]
    chart = {"kind": kind, "mean": "10 mm", "sigma": "0.01 mm"} | settings
    life = by_steps(width={"chart": chart, "process": SHIFTED["process"] | {"sd": "0.012 mm", "at": "mill"}})
    values, masks = [], []
    while len(values) < 400:
        commands = life.next() or []
        event = life.door.event[0]
        if event.kind == Event.VALUE_MEASURED:
            values.append(float(event.amount))
            masks.append(sum(c[4] for c in commands if c[0] == Command.SIGNAL))
    wanted = signalled(monitor(), kind, values)
    assert masks == wanted
    assert sum(map(bool, wanted)) > 5


def test_a_p_chart_signals_where_the_library_does() -> None:
    """One machine, subgroups of 20: the share of units outside their limits, with every rule."""
    fraction, size = 0.05, 20
    chart = {"kind": "p", "fraction": fraction, "size": size, "rules": NELSON, "width": 2.0}
    limits = {"upper": "0.02 mm", "lower": "-0.02 mm"}  # two sigma
    life = by_steps(SHIFTED["process"], width={"chart": chart, **limits}, look={"fail": {"then": "pass"}})
    bad, masks = [], []
    while len(bad) < 1200:
        commands = life.next() or []
        event = life.door.event[0]
        if event.kind == Event.VALUE_MEASURED:
            bad.append(abs(float(event.amount) - 0.01) > 2 * SIGMA)
            masks.append(sum(c[4] & ~Signals.OUTSIDE for c in commands if c[0] == Command.SIGNAL))
    monitor = CountMonitor(given("rev", "me", p=fraction), "p", nelson(), 2.0)
    wanted = [monitor.push(sum(bad[i + 1 - size : i + 1]), size) if (i + 1) % size == 0 else 0 for i in range(len(bad))]
    assert masks == wanted
    assert sum(map(bool, wanted)) > 5


def test_a_p_chart_that_signals_holds_the_machine() -> None:
    """A tool that jumps out of tolerance is found by the share of bad units alone, ten units at a time."""
    chart = {"kind": "p", "fraction": "1%", "size": 10}
    width = {"chart": chart, "reaction": {"hold": "5 min"}, "upper": "0.04 mm", "lower": "-0.04 mm"}
    life = by_steps({"upset": {"every": 100, "by": "0.05 mm"}}, width=width, look={"fail": {"then": "pass"}})
    checker = Checker(life.line)
    for _ in range(4000):
        life.next()
        checker.check(life.state)
    tally = life.state.check_tally
    assert tally.holds[0] >= life.state.machine.looks[0] > 5
    # each upset makes five units in six bad, until the subgroup that it falls into is full
    assert 3 < tally.outside[0] / tally.holds[0] < 15


def test_false_alarms_come_as_often_as_the_run_length_says() -> None:
    run = made(100_000, width={"chart": {}})
    # limits and moving range together: counted with the library on as many independent values
    monitor, rng = IndividualsMonitor(given("rev", "me", mean=0.0, sigma=1.0)), np.random.default_rng(5)
    often = sum(any(monitor.push(x)) for x in rng.standard_normal(100_000))
    assert run.state.check_tally[0].signals == pytest.approx(often, rel=0.15)


HOLD = {"hold": "5 min", "call": "look"}
CREW = {"crews": {"setter": {"people": 1, "skills": ["look"]}}}
UPSET = {"upset": {"every": 150, "by": "0.05 mm"}}


def test_a_signal_holds_the_machine_until_somebody_has_looked() -> None:
    life = by_steps(UPSET, width={"chart": {}, "reaction": HOLD}, **CREW)
    checker, held = Checker(life.line), 0
    for _ in range(2000):
        commands = life.next() or []
        checker.check(life.state)
        if any(c[0] == Command.REPAIR for c in commands):
            held += 1
            assert life.state.machine.state[0] == MachineState.HELD
            assert life.state.crew.busy[0] == 1
    assert held == life.state.check_tally.holds[0] > 3
    assert life.state.machine_tally.failures[0] == 0  # to be looked at is no failure
    assert life.state.machine.looks[0] == held


def test_looking_removes_what_was_wrong() -> None:
    """Without a reaction an upset stays; with one, it lasts some parts and the time to look."""
    shares = {}
    for name, width in {"chart alone": {"chart": {}}, "held": {"chart": {}, "reaction": {"hold": "5 min"}}}.items():
        process = UPSET | {"upset": {"every": 150, "by": "0.11 mm"}}
        truth = made(20_000, process, width=width, look={"fail": {"then": "pass"}}).nature.truth[0]
        shares[name] = truth.left_outside / truth.left
    assert shares["chart alone"] > 0.4
    assert shares["held"] < 0.03


def test_after_a_signal_every_unit_is_inspected_until_so_many_are_good() -> None:
    width = {"chart": {"width": 2.0}, "reaction": {"inspect_all": 10}}
    life = by_steps(width=width, look={"sample": "1 in 5"})
    inspected: list[bool] = []
    signals = []
    while len(inspected) < 600:
        commands = life.next() or []
        if life.door.event.kind[0] == Event.OPERATION_FINISHED and life.door.event.subject[0] == 0:
            unit = [c[2] for c in commands if c[0] == Command.FINISH]
            inspected.append(not unit)
        signals += [len(inspected)] * sum(c[0] == Command.SIGNAL for c in commands)
    assert signals
    first = signals[0]
    assert [k for k in range(first) if inspected[k]] == list(range(0, first, 5))
    assert all(inspected[first : first + 9])


def test_units_since_the_last_good_one_come_back() -> None:
    """Every fifth is measured; shafts wait to be built in, three at a time. A bad one calls the others back."""
    back = {"on": ["fail"], "inspect_back": True, "hold": "1 min"}
    process = {"upset": {"every": 60, "by": "0.3 mm"}}
    build = {"build": {"at": "bench", "takes": {"part": 1}, "time": "14 s"}}
    life = by_steps(
        process, width={"chart": {}, "reaction": back}, look={"sample": "1 in 5", "fail": "scrap"},
        materials={"pump": {}}, demand={"streams": [{"material": "pump", "every": "300 s", "quantity": 18}]},
        **build_line(build),
    )  # fmt: skip
    checker = Checker(life.line)
    recalled = 0
    for command in live_on(life, 3000, lambda life: checker.check(life.state)):
        recalled += command[0] == Command.RECALL
    assert recalled == life.state.check_tally.recalled[0] > 5
    assert life.state.unit.resume.min() >= -4
    assert life.state.material_tally.finished[1] > 100  # pumps come out: what is scrapped late is made again


UNDER_WAY: dict[str, dict[str, Any]] = {
    "a vehicle": {"cart": {"vehicles": 12, "speed": "0.1 m/s", "serves": ["mill", "bench"], "home": "bench",
                           "distances": {"mill": {"bench": "6 m"}}}},
    "a conveyor": {"belt": {"from": "mill", "to": "bench", "time": "50 s", "capacity": 8}},
}  # fmt: skip


def assembly(control: dict[str, Any] | None = None, transport: dict[str, Any] | None = None) -> Any:
    """Shafts are measured one in five and built into pumps; a bad one calls back those since the last good one."""
    return by_steps(
        {"upset": {"every": 40, "by": "0.3 mm"}},
        width={"chart": {}, "reaction": {"on": ["fail"], "inspect_back": True, "hold": "1 min"}},
        look={"sample": "1 in 5", "fail": "scrap"}, materials={"pump": {}}, gauge={"rework_queue": "unlimited"},
        demand={"streams": [{"material": "pump", "every": "300 s", "quantity": 18}]},
        control=control or {}, transport=transport or {}, mill={"outbox": 12},
        **build_line({"build": {"at": "bench", "takes": {"part": 1}, "time": "14 s"}}),
    )  # fmt: skip


@pytest.mark.parametrize("by", UNDER_WAY)
def test_a_component_called_back_under_way_is_never_built_in(by: str) -> None:
    """It turns round where it arrives: from a vehicle or a conveyor."""
    life = assembly(transport=UNDER_WAY[by])
    checker, unit, turned = Checker(life.line), life.state.unit, 0
    for _ in range(700):
        away = np.flatnonzero((unit.serial >= 0) & (unit.recalled >= 0) & (unit.operation < 0))
        serials = unit.serial[away].copy()
        commands = life.next() or []
        assert not {c[3] for c in commands if c[0] == Command.TAKE} & set(away.tolist())
        checker.check(life.state)
        for u, serial in zip(away, serials, strict=True):
            assert unit.serial[u] == serial
            if unit.recalled[u] < 0:  # it has come, and is on its way back to the gauge
                assert unit.operation[u] >= 0
                turned += 1
    assert turned > 5
    assert life.state.material_tally.finished[1] > 50


@pytest.mark.parametrize("again", [True, False])
def test_a_component_called_back_and_scrapped_is_made_again_where_the_plant_says_so(again: bool) -> None:
    life = assembly({"replace_scrap": again})
    released = scrapped = late = 0
    for _ in range(2000):
        finished_once = set(np.flatnonzero(life.state.unit.resume < -2).tolist())
        commands = life.next() or []
        gone = [c[2] for c in commands if c[0] == Command.SCRAP]
        scrapped += len(gone)
        late += len(finished_once & set(gone))
        released += sum(c[0] == Command.RELEASE and c[1] == 0 for c in commands)
    asked = 18 * (int(life.state.g.now_s[0] // 300) + 1)
    assert late > 5
    if again:
        assert asked < released <= asked + scrapped
    else:
        assert released <= asked


def build_line(build: dict[str, Any]) -> dict[str, Any]:
    return {"more_routes": {"pump": [build]}, "more_stations": {"bench": {"queue": "unlimited"}}}


# ---------------------------------------------------------------- one outcome for each unit of a batch or a lot


@pytest.mark.parametrize("several", ["batch", "lot"])
def test_each_unit_of_a_batch_or_a_lot_has_its_own_outcome(several: str) -> None:
    gauge: dict[str, Any] = {"batch": {"least": 5, "most": 5}} if several == "batch" else {}
    look = {"fail": {"rate": "30%"}, "checks": []} | ({} if gauge else {"lot": 5, "time": "11 s"})
    life = by_steps(look=look, gauge=gauge)
    finished = []
    while len(finished) < 200:
        commands = life.next() or []
        if life.door.event.kind[0] == Event.OPERATION_FINISHED and life.door.event.subject[0] == 1:
            finished.append(sum(c[0] == Command.SCRAP for c in commands))
    assert set(finished) >= {0, 1, 2, 3}  # not all or none
    assert sum(finished) / (5 * len(finished)) == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize("several", ["batch", "lot"])
def test_each_unit_of_a_batch_or_a_lot_is_measured(several: str) -> None:
    gauge: dict[str, Any] = {"batch": {"least": 4, "most": 4}} if several == "batch" else {}
    look = {"fail": "scrap"} | ({} if gauge else {"lot": 4, "transfer": 2, "time": "12 s"})
    life = by_steps({"sd": "0.08 mm"}, look=look, gauge=gauge)
    values: dict[int, float] = {}
    for _ in range(900):
        commands = life.next() or []
        event = life.door.event[0]
        if event.kind == Event.VALUE_MEASURED:
            values[int(event.number)] = float(event.amount)
        elif event.kind == Event.OPERATION_FINISHED and event.subject == 1:
            scrapped = {c[2] for c in commands if c[0] == Command.SCRAP}
            assert scrapped == {u for u, x in values.items() if abs(x - 0.01) > 1e-4}
            assert len(values) == 4 if several == "batch" else len(values) in (1, 2)
            values = {}


def test_a_guard_band_narrows_what_passes() -> None:
    gauge = {"gauge": {"at": "gauge", "repeatability": "0.01 mm", "decision": "iso-14253-1"}}
    line, _ = compile_line(plant(width=gauge))
    assert line.check.upper[0] == pytest.approx(0.0101 - 1.6448536 * 1e-5, abs=1e-9)
    assert line.check.lower[0] == pytest.approx(0.0099 + 1.6448536 * 1e-5, abs=1e-9)


# ---------------------------------------------------------------- lots


def test_sample_sizes_and_numbers_are_those_of_the_standard() -> None:
    line, _ = compile_line(plant(look={"accept": {"lot": 200, "aql": 1.0}}))
    row = line.sampler[0]
    for k, severity in enumerate(("normal", "tightened", "reduced")):
        wanted = plan_for_lot(200, 1.0, "II", severity)  # type: ignore[arg-type]
        assert (row[f"n{k}"], row[f"ac{k}"], row[f"re{k}"]) == (wanted.n, wanted.accept, wanted.reject)


def test_switching_is_that_of_the_library() -> None:
    """The compiled rules and `measure.sampling.switching`, lot by lot, over lives of every kind."""
    switch = getattr(sampling.switch, "py_func", sampling.switch)
    rng = random.Random(4)
    seen = set()
    for bad in (0.02, 0.1, 0.3, 0.7):
        for _ in range(40):
            now = SimpleNamespace(inspection=0, lots=0, run=0, recent=0)
            state = SwitchState()
            for _ in range(40):
                if now.inspection == sampling.STOPPED:
                    break
                rejected = rng.random() < bad
                between = now.inspection == sampling.REDUCED and not rejected and rng.random() < 0.1
                switch(now, rejected, between)
                state = next_state(state, Lot(accepted=not rejected, between=between))
                assert now.inspection == state.inspection
                seen.add(now.inspection)
    assert seen == {0, 1, 2, 3}


def test_lots_are_accepted_and_rejected_by_their_first_units() -> None:
    """Lots of 20, 5 inspected (letter C): bad lots are inspected whole, good ones are let go."""
    accept = {"lot": 20, "aql": 6.5, "level": "II", "switching": False}
    gauge = {"rework_queue": "unlimited"}
    good = made(4000, {"sd": "0.001 mm"}, look={"accept": accept, "fail": "scrap"}, gauge=gauge)
    n = int(good.line.sampler.n0[0])
    assert good.state.operation_tally.inspected[1] == pytest.approx(4000 * n / 20, abs=n + 1)
    assert good.state.operation_tally.scrapped[1] == 0
    bad = made(4000, {"sd": "0.09 mm"}, look={"accept": accept, "fail": "scrap"}, gauge=gauge)
    share = bad.nature.truth.left_outside[0] / bad.nature.truth.left[0]
    made_outside = bad.nature.truth.made_outside[0] / bad.nature.truth.made[0]
    assert made_outside > 0.25
    assert share < made_outside / 3  # average outgoing quality
    assert Outcome.FAIL == 1


def test_samples_in_a_row_and_by_time() -> None:
    three = made(2000, look={"sample": "3 in 20"})
    assert three.state.operation_tally.inspected[1] == pytest.approx(300, abs=4)
    hourly = made(2000, look={"sample": "5 every 1 h"})
    hours = hourly.now_s / 3600
    assert hourly.state.operation_tally.inspected[1] == pytest.approx(5 * hours, abs=6)


def test_a_sample_of_each_machine_sees_them_all() -> None:
    """Two mills take turns: every second part of all is always of the same mill, every second of each is not."""
    for sample, seen in (("1 in 2", 1), ("1 in 2 each", 2)):
        process = {"process": {"sd": "0.01 mm", "at": "mill"}}
        width = process | {"chart": {}}
        run = made(400, width=width, look={"sample": sample}, mill={"machines": 2, "tools": {}})
        assert (run.state.chart.points > 0).sum() == seen
