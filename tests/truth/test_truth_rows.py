"""Rows of exact answers are read for what they say, whatever their parameters."""

from __future__ import annotations

import pytest

from linewright.errors import InputError
from linewright.plant.distributions import Constant, Erlang, Exponential, Gamma, Lognormal
from linewright.twin.truth_rows import NotALine, shares_of, truth_of
from linewright.twin.truth_words import Numbers, law_of

GIVEN = Numbers({"k": 3, "cv": 0.4})


def times_of(plant):
    return [next(iter(step.values())).time for route in plant.routes.values() for step in route]


def queues_of(plant):
    return [station.queue for station in plant.stations.values()]


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("M", {"dist": "exponential", "mean": 2.0}),
        ("exp", {"dist": "exponential", "mean": 2.0}),
        ("D", 2.0),
        ("E4", {"dist": "erlang", "mean": 2.0, "shape": 4}),
        ("Ek", {"dist": "erlang", "mean": 2.0, "shape": 3}),
        ("Erlang-2", {"dist": "erlang", "mean": 2.0, "shape": 2}),
        ("LN", {"dist": "lognormal", "mean": 2.0, "cv": 0.4}),
        ("lognormal mean 4 cv .3", {"dist": "lognormal", "mean": 4.0, "cv": 0.3}),
        ("gamma(2) mean 12", {"dist": "gamma", "mean": 12.0, "shape": 2.0}),
        ("exp mean 7", {"dist": "exponential", "mean": 7.0}),
    ],
)
def test_laws_in_words(words, written):
    assert law_of(words, 2.0, GIVEN) == written


def test_a_law_that_nobody_knows():
    with pytest.raises(NotALine, match="law of time"):
        truth_of("M/Q/1", {"lam": 0.5, "mu": 1}, "mean time in system")


@pytest.mark.parametrize(
    ("case", "given", "machines", "queue", "between", "time"),
    [
        ("M/M/1", {"lam": 0.5, "mu": 2}, 1, -1, Exponential(2.0), Exponential(0.5)),
        ("M/M/c", {"c": 7, "lam": 4, "mu": 1}, 7, -1, Exponential(0.25), Exponential(1.0)),
        ("M/M/3", {"lam": 2, "mu": 1}, 3, -1, Exponential(0.5), Exponential(1.0)),
        ("M/M/1/K", {"K": 6, "lam": 1, "mu": 1}, 1, 5, Exponential(1.0), Exponential(1.0)),
        ("M/M/c/K", {"c": 2, "K": 6, "lam": 1, "mu": 1}, 2, 4, Exponential(1.0), Exponential(1.0)),
        ("M/M/c/c (Erlang B)", {"c": 4, "lam": 1, "mu": 1}, 4, 0, Exponential(1.0), Exponential(1.0)),
        ("M/D/1", {"lam": 0.5, "s": 1.5}, 1, -1, Exponential(2.0), Constant(1.5)),
        ("D/E5/1", {"interarrival": 3, "mean": 2}, 1, -1, Constant(3.0), Erlang(2.0, 5)),
        ("M/LN/1", {"lam": 0.5, "mean": 1, "cv": 0.7}, 1, -1, Exponential(2.0), Lognormal(1.0, 0.7)),
        ("E2/M/1", {"lam": 0.5, "k": 2, "mu": 1}, 1, -1, Erlang(2.0, 2), Exponential(1.0)),
    ],
)
def test_kendalls_letters(case, given, machines, queue, between, time):
    plant = truth_of(case, given, "mean wait in queue").plant
    station = plant.stations["station"]
    stream = plant.orders.streams[0]
    assert (station.machines, station.queue) == (machines, queue)
    assert (stream.every, times_of(plant)) == (between, [time])
    assert stream.when_full == ("lose" if queue >= 0 else "wait")


@pytest.mark.parametrize(
    ("case", "given", "queues", "means"),
    [
        ("2-station exponential line, BAS", {"mu": [1, 2], "B": [4]}, [0, 4], [1, 0.5]),
        ("5-station balanced exponential line, BAS", {"mu": 2, "B": 3}, [0, 3, 3, 3, 3], [0.5] * 5),
        ("unbalanced exponential line, BAS", {"mu": [1, 2, 4], "B": [1, 2]}, [0, 1, 2], [1, 0.5, 0.25]),
        ("balanced exponential line, BAS", {"mu": 1, "B": [1, 2, 3]}, [0, 1, 2, 3], [1] * 4),
        ("3-station balanced Erlang-5 line, BAS", {"mu": 1, "k": 5, "B": 2}, [0, 2, 2], [1] * 3),
    ],
)
def test_lines(case, given, queues, means):
    plant = truth_of(case, given, "throughput").plant
    assert queues_of(plant) == queues
    assert [law.mean for law in times_of(plant)] == pytest.approx(means)
    assert plant.orders.saturated == ["part"]


def test_failures_of_a_line_count_time_at_work_unless_said_otherwise():
    given = {"mu": [1, 1], "p": [0.1, 0.0], "r": [0.5, 0.5], "B": 2, "failures": "operation dependent"}
    plant = truth_of("2-machine unreliable exponential line, BAS", given, "throughput").plant
    (failure,) = plant.stations["station-1"].failures
    assert (failure.clock, failure.every.mean, failure.repair.mean) == ("busy", 10, 2)
    assert plant.stations["station-2"].failures == []
    plant = truth_of(
        "2-machine unreliable exponential line, BAS", given | {"failures": "time dependent"}, ""
    ).plant
    assert plant.stations["station-1"].failures[0].clock == "calendar"


def test_machines_in_step():
    gershwin = truth_of(
        "2-machine deterministic unreliable line", {"p": [0.1, 0.2], "r": [0.5, 0.4], "N": 3}, ""
    ).plant
    assert gershwin.stations["station-2"].holds_place
    assert gershwin.control.blocking == "communication"
    bernoulli = truth_of("3-machine Bernoulli line", {"p": [0.9, 0.8, 1], "N": 2}, "").plant
    assert [s.holds_place for s in bernoulli.stations.values()] == [False] * 3
    assert queues_of(bernoulli) == [0, 2, 2]
    assert [f.every.mean for f in bernoulli.stations["station-2"].failures] == pytest.approx([5])
    assert bernoulli.stations["station-3"].failures == []


def test_one_machine_of_words():
    given = {
        "proc": "lognormal mean 4 cv .3",
        "MTBF": 150,
        "repair": "gamma(2) mean 12",
        "time_basis": "operating",
    }
    plant = truth_of("one saturated machine, operation-dependent failures", given, "throughput").plant
    (failure,) = plant.stations["station-1"].failures
    assert times_of(plant) == [Lognormal(4.0, 0.3)]
    assert (failure.clock, failure.repair) == ("busy", Gamma(12.0, 2**-0.5))


def test_rework_of_a_network():
    given = {"lam": 0.3, "mu": [1, 1], "rework": 0.25}
    plant = truth_of("Jackson, 2 stations in series, 25% of station 2 back to station 1", given, "").plant
    fail = plant.routes["part"][1]["step-2"].fail
    assert (fail.rate, fail.rework, fail.at_most, fail.then) == (0.25, "step-1", -1, "pass")


def test_ways_to_share_out_places():
    assert shares_of(2, 2) == [[0, 2], [1, 1], [2, 0]]
    assert len(shares_of(8, 4)) == 165
    given = {"mu": [1, 1, 1], "places": 2}
    choices = truth_of("buffer allocation, 3 balanced exponential stations, 2 places", given, "").choices
    assert [queues_of(plant) for plant in choices] == [[0, 0, 2], [0, 1, 1], [0, 2, 0]]


@pytest.mark.parametrize(
    ("case", "given", "why"),
    [
        ("a polling model", {}, "no form of line"),
        ("M/M/1 preemptive priority", {"lam": [0.1, 0.2], "mu": 1}, "never interrupted"),
        ("M/M/1", {"lam": 0.5}, "does not give 'mu'"),
        ("M/M/1", {"lam": 0, "mu": 1}, "makes no plant"),
    ],
)
def test_rows_that_are_no_line(case, given, why):
    with pytest.raises(NotALine, match=why):
        truth_of(case, given, "mean time in system")


def test_rows_that_cannot_be_read(tmp_path):
    from linewright.twin.truth import read_rows

    broken = tmp_path / "rows.csv"
    broken.write_text('case,parameters,measure,exact value\nM/M/1,"{lam}",wait,1\nM/M/1,{},wait,one\n')
    with pytest.raises(InputError) as raised:
        read_rows(broken)
    assert [problem.line for problem in raised.value.problems] == [2, 3]
    with pytest.raises(InputError, match="cannot read it"):
        read_rows(tmp_path / "none.csv")
    broken.write_text("case,measure\n")
    with pytest.raises(InputError, match="`parameters` is missing"):
        read_rows(broken)
