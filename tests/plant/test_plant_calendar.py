"""The week: when shifts are on, who is there, which machines run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import as_plant, plants

from linewright.plant import Plant
from linewright.plant.calendar import WeekCalendar, week_changes

H = 3600


def week(calendar: dict[str, Any], crews: dict[str, Any] | None = None, **station: Any) -> WeekCalendar:
    written = {
        "plant": "p",
        "calendar": calendar,
        "crews": crews or {},
        "materials": {"m": {}},
        "stations": {"s": station},
        "routes": {"m": [{"o": {"at": "s", "time": "1 s"}}]},
    }
    return week_changes(as_plant(written))


def at(calendar: WeekCalendar, time_s: float) -> int:
    return int(np.searchsorted(calendar.time_s, time_s, side="right")) - 1


DAY = {"on": "mon-fri 06:00-22:00", "breaks": ["10:00-10:15", "18:00-18:30"]}
NIGHT = {"on": "mon-thu 22:00-06:00", "unattended": True}


def test_without_shifts_everybody_is_always_there() -> None:
    calendar = week({}, {"crew": {"people": 2, "skills": []}})
    assert calendar.time_s.tolist() == [0.0]
    assert calendar.running.all() and calendar.attended.all()
    assert calendar.people.tolist() == [[2]]


def test_day_and_unattended_night() -> None:
    crews = {"all": {"people": 3, "skills": []}, "by-shift": {"people": {"day": 2, "night": 0}, "skills": []}}
    calendar = week({"day": DAY, "night": NIGHT}, crews)
    monday_3, monday_9, monday_10, monday_23 = 3 * H, 9 * H, 10 * H + 60, 23 * H
    assert [calendar.running[at(calendar, t), 0] for t in (monday_3, monday_9, monday_10, monday_23)] == [
        False,
        True,
        True,
        True,
    ]
    assert [calendar.people[at(calendar, t)].tolist() for t in (monday_9, monday_10, monday_23)] == [
        [3, 2],
        [0, 0],
        [0, 0],
    ]
    assert [bool(calendar.attended[at(calendar, t)]) for t in (monday_9, monday_10, monday_23)] == [
        True,
        False,
        False,
    ]
    assert calendar.on_break[at(calendar, monday_10)].tolist() == [True, False]
    assert calendar.share_running()[0] == pytest.approx((5 * 16 + 4 * 8) / 168)
    assert calendar.mean_people()[1] == pytest.approx(2 * 5 * 15.25 / 168)


def test_sunday_night_runs_into_monday() -> None:
    calendar = week({"n": {"on": "sun 22:00-06:00"}})
    assert calendar.running[at(calendar, 3 * H), 0]
    assert not calendar.running[at(calendar, 7 * H), 0]
    assert calendar.time_s.tolist() == [0.0, 6 * H, (6 * 24 + 22) * H]


def test_a_station_may_run_in_some_shifts_only() -> None:
    calendar = week({"day": DAY, "night": NIGHT}, runs=["day"])
    assert calendar.share_running()[0] == pytest.approx(80 / 168)


def test_heads_of_overlapping_shifts_add_up() -> None:
    crews = {"c": {"people": {"a": 2, "b": 1}, "skills": []}}
    calendar = week({"a": {"on": "daily 06:00-14:00"}, "b": {"on": "daily 12:00-20:00"}}, crews)
    assert [int(calendar.people[at(calendar, t * H), 0]) for t in (7, 13, 15, 21)] == [2, 3, 1, 0]


@pytest.mark.parametrize(
    ("on", "days"),
    [("mon-fri", 5), ("daily", 7), ("sat", 1), ("fri-mon", 4), ("mon,wed,fri", 3), ("Monday-Tuesday", 2)],
)
def test_days(on: str, days: int) -> None:
    assert week({"x": {"on": f"{on} 08:00-09:00"}}).share_running()[0] == pytest.approx(days / 168)


def test_a_whole_day_and_the_end_of_the_week() -> None:
    assert week({"x": {"on": "daily 00:00-24:00"}}).share_running()[0] == 1.0


@given(plants())
@settings(max_examples=30, deadline=None)
def test_the_table_is_cyclic_and_sane(plant: Plant) -> None:
    calendar = week_changes(plant)
    assert (
        calendar.time_s[0] == 0 and np.all(np.diff(calendar.time_s) > 0) and calendar.time_s[-1] < 7 * 24 * H
    )
    assert not np.any(calendar.on_break & ~calendar.on)
    assert calendar.people.shape == (len(calendar.time_s), len(plant.crews))
    assert not np.any(calendar.people[~calendar.attended])
