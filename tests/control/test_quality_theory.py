"""Closed loops of the line against the theory of run-to-run correction (`measure.decide.run_to_run`)."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plant")]

from quality_lines import SIGMA, by_steps, made, mean, mean_square  # noqa: E402

from linewright.control import Command, Event  # noqa: E402
from linewright.control.codes import Signals, Why  # noqa: E402
from linewright.measure.decide import (  # noqa: E402
    grubbs_variance,
    mean_square_under_drift,
    offset_under_drift,
    variance_on_ima,
    variance_on_white_noise,
)

PARTS = 60_000
THETA = 0.6
IMA = {"wander": f"{0.01 * (1 - THETA) / math.sqrt(THETA):.9f} mm"}  # with white noise of 0.01 mm: IMA(1,1)
DRIFT = {"wear": "600 mm", "life": 600_000}  # 1 micron a part: a tenth of sigma


@pytest.mark.parametrize("weight", [0.2, 1.0])
def test_correcting_white_noise_is_tampering(weight: float) -> None:
    """lambda = 1 doubles the variance: a dead band of zero, over-control, the second rule of the funnel."""
    found = mean_square(made(PARTS, how={"weight": weight}))
    assert found == pytest.approx(variance_on_white_noise(weight), rel=0.02)


def test_a_dead_band_leaves_white_noise_alone() -> None:
    run = made(PARTS, how={"weight": 0.2, "dead_band": "0.013 mm"})
    assert mean_square(run) < 1.05 < variance_on_white_noise(0.2)
    assert 0 < run.state.check_tally[0].corrections < PARTS / 500


@pytest.mark.parametrize("weight", [0.2, 0.4, 1.0])
def test_an_ima_process_is_best_at_one_minus_theta(weight: float) -> None:
    found = mean_square(made(PARTS, process=IMA, how={"weight": weight})) * THETA  # shocks: sigma^2 / theta
    assert found == pytest.approx(variance_on_ima(weight, THETA), rel=0.02)


def test_a_kalman_filter_finds_the_best_weight_by_itself() -> None:
    found = mean_square(made(PARTS, process=IMA, how={"method": "kalman", "wander": IMA["wander"]})) * THETA
    assert found == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize("weight", [0.2, 0.5])
def test_a_drift_leaves_an_offset_of_drift_over_lambda(weight: float) -> None:
    run = made(PARTS, how={"weight": weight}, tool=DRIFT)
    assert mean(run) == pytest.approx(offset_under_drift(0.1, weight), rel=0.03)
    assert mean_square(run) == pytest.approx(mean_square_under_drift(0.1, 1.0, weight), rel=0.03)


@pytest.mark.parametrize(
    "how", [{"method": "double-ewma", "weight": 0.2}, {"method": "kalman", "trend_wander": "0.000002 mm"}]
)
def test_what_follows_the_slope_has_no_lag(how: dict[str, object]) -> None:
    assert abs(mean(made(PARTS, how=how, tool=DRIFT))) < 0.02


def test_grubbs_rule_after_a_tool_change() -> None:
    """Part n after the change has the variance 1 + 1/(n - 1); the first bears the whole set-up error."""
    setup, life = 3.0, 11
    tool = {"life": life, "scatter": f"{setup * 0.01} mm"}
    run = made(PARTS, how={"setup": "grubbs", "setup_units": life, "noise": 0}, tool=tool)
    wanted = (1.0 + setup**2 + sum(1.0 + grubbs_variance(n, 1.0) for n in range(1, life))) / life
    assert mean_square(run) == pytest.approx(wanted, rel=0.02)


def test_grubbs_extended_rule_knows_how_tools_are_set() -> None:
    setup, life = 0.7, 6
    tool = {"life": life, "scatter": f"{setup * 0.01} mm"}
    run = made(PARTS, how={"setup": "grubbs", "setup_units": life}, tool=tool)
    wanted = sum(1.0 + grubbs_variance(n, 1.0, setup) for n in range(life)) / life
    assert mean_square(run) == pytest.approx(wanted, rel=0.02)


def test_a_wrong_gain_is_noticed_and_correcting_stops() -> None:
    """The offset moves the part 2.6 times as far as thought: corrections overshoot and grow."""
    process = {"sd": "0.001 mm", "gain": 2.6}
    life = by_steps(process=process, how={"weight": 1.0, "gain_check": 5})
    commands = [command for _ in range(400) for command in life.next() or []]
    signals = [c for c in commands if c[0] == Command.SIGNAL]
    assert len([c for c in signals if c[4] & Signals.GAIN]) == 1
    assert life.state.corrector.stopped[0] == 1
    last = max(i for i, c in enumerate(commands) if c[0] == Command.OFFSET_TOOL)
    assert last < commands.index(next(c for c in signals if c[4] & Signals.GAIN))
    right = by_steps(process={"sd": "0.001 mm"}, how={"weight": 1.0, "gain_check": 5})
    assert not [c for _ in range(400) for c in right.next() or [] if c[0] == Command.SIGNAL]


def test_corrections_are_clamped_and_audited() -> None:
    """Every correction says which tool, by how much and why; the state holds the old and the new offset."""
    how = {"weight": 0.5, "most_step": "0.004 mm", "most_total": "0.01 mm"}
    life = by_steps(process={"mean": "10.05 mm"}, how=how, tool={"life": 40})
    offset, moved, reasons = 0.0, [], set()
    for _ in range(600):
        for command in life.next() or []:
            if command[0] == Command.OFFSET_TOOL:
                offset += command[5]
                moved.append(command[5])
                reasons.add(command[4])
        assert life.state.tool.offset[0] == pytest.approx(offset, abs=1e-15)
        assert abs(offset) <= 10e-6 + 1e-15
    assert reasons == {Why.FOLLOWS, Why.NEW_TOOL}
    assert max(map(abs, moved[:3])) == pytest.approx(4e-6)


def test_a_late_result_does_no_harm() -> None:
    """Nine parts lie between mill and gauge: a controller that forgot what it has done since would ring."""
    look = {"time": "9.9 s"}
    far = made(20_000, how={"weight": 0.9}, look=look, gauge={"machines": 9, "queue": 0})
    assert mean_square(far) < 2.2


def test_in_process_gauging_corrects_the_machine_that_measures() -> None:
    life = by_steps(process={"mean": "10.05 mm", "sd": "0.001 mm"}, how={"weight": 0.5}, look={"at": "mill"},
                    width={"gauge": {"at": "mill"}}, demand={"saturated": ["part"]})  # fmt: skip
    for _ in range(200):
        life.next()
    assert life.state.tool.offset[0] == pytest.approx(-5 * SIGMA, abs=SIGMA / 2)
    assert life.door.event.kind[0] in set(Event)
