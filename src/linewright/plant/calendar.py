"""The week of a plant as a cyclic table: who is there and which machines may run, change by change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linewright.plant.hours import DAY_S, WEEK_S, Span, read_day_span, read_shift_hours
from linewright.plant.model import Crew, Plant, Shift


@dataclass(frozen=True, slots=True, eq=False)
class WeekCalendar:
    """What holds from each change of the week to the next; the last one holds until the week begins again.

    Without shifts there is one row at time 0: everything runs, everybody is there.
    """

    shifts: tuple[str, ...]
    crews: tuple[str, ...]
    stations: tuple[str, ...]
    time_s: NDArray[np.float64]  # (changes,) seconds from Monday 00:00; rising, the first is 0
    on: NDArray[np.bool_]  # (changes, shifts) the shift is on
    on_break: NDArray[np.bool_]  # (changes, shifts) ... and in one of its breaks
    attended: NDArray[np.bool_]  # (changes,) a shift with people is on and not in a break
    people: NDArray[np.int64]  # (changes, crews) head-count present
    running: NDArray[np.bool_]  # (changes, stations) the station's machines may run

    def share_running(self) -> NDArray[np.float64]:
        """(stations,) share of the week in which each station runs."""
        return np.asarray(self._lengths_s() @ self.running / WEEK_S, dtype=np.float64)

    def mean_people(self) -> NDArray[np.float64]:
        """(crews,) head-count present, averaged over the week."""
        return np.asarray(self._lengths_s() @ self.people / WEEK_S, dtype=np.float64)

    def _lengths_s(self) -> NDArray[np.float64]:
        return np.diff(self.time_s, append=float(WEEK_S))


def week_changes(plant: Plant) -> WeekCalendar:
    """The week of a plant, one row for each time at which anything changes."""
    on_spans = {name: _wrap(_on_spans(shift)) for name, shift in plant.calendar.items()}
    breaks = {name: _break_spans(shift) for name, shift in plant.calendar.items()}
    edges = {edge for spans in (*on_spans.values(), *breaks.values()) for span in spans for edge in span}
    times = sorted({0} | {edge for edge in edges if edge < WEEK_S})
    on = _held(times, on_spans)
    on_break = _held(times, breaks) & on
    attended = [place for place, shift in enumerate(plant.calendar.values()) if not shift.unattended]
    at_work = np.asarray(on & ~on_break)[:, attended]
    rows = _distinct_rows(on, on_break)
    names = [name for name, shift in plant.calendar.items() if not shift.unattended]
    people = [_present(crew, names, at_work, bool(plant.calendar)) for crew in plant.crews.values()]
    running = [_runs(station.runs, on, list(plant.calendar)) for station in plant.stations.values()]
    return WeekCalendar(
        shifts=tuple(plant.calendar),
        crews=tuple(plant.crews),
        stations=tuple(plant.stations),
        time_s=np.array(times, dtype=np.float64)[rows],
        on=on[rows],
        on_break=on_break[rows],
        attended=np.asarray(at_work.any(axis=1) | (not plant.calendar))[rows],
        people=np.array(people, dtype=np.int64).reshape(len(people), len(times)).T[rows],
        running=np.array(running, dtype=np.bool_).reshape(len(running), len(times)).T[rows],
    )


def _on_spans(shift: Shift) -> list[Span]:
    return [span for text in shift.on for span in read_shift_hours(text)]


def _break_spans(shift: Shift) -> list[Span]:
    """The breaks on every day of the week; they count only while the shift is on."""
    daily = [read_day_span(text) for text in shift.breaks]
    return _wrap([(day * DAY_S + start, day * DAY_S + end) for day in range(7) for start, end in daily])


def _wrap(spans: list[Span]) -> list[Span]:
    """Spans that run past Sunday midnight go on at the week's beginning."""
    within = [(start, min(end, WEEK_S)) for start, end in spans]
    return within + [(0, end - WEEK_S) for _, end in spans if end > WEEK_S]


def _held(times: list[int], spans_by_shift: dict[str, list[Span]]) -> NDArray[np.bool_]:
    """(times, shifts) whether each time lies in one of the shift's spans."""
    held = np.zeros((len(times), len(spans_by_shift)), dtype=np.bool_)
    at = np.array(times)
    for column, spans in enumerate(spans_by_shift.values()):
        for start, end in spans:
            held[:, column] |= (start <= at) & (at < end)
    return held


def _distinct_rows(on: NDArray[np.bool_], on_break: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The rows at which something differs from the row before."""
    both: NDArray[np.bool_] = np.hstack([on, on_break])
    changed = np.any(both[1:] != both[:-1], axis=1)
    return np.flatnonzero(np.concatenate([[True], changed]))


def _present(
    crew: Crew, shifts: list[str], at_work: NDArray[np.bool_], has_shifts: bool
) -> NDArray[np.int64]:
    """(times,) head-count of a crew. `at_work` (times, attended shifts): on and not in a break."""
    if isinstance(crew.people, int):
        there = at_work.any(axis=1) if has_shifts else np.ones(len(at_work), dtype=np.bool_)
        return crew.people * np.asarray(there, dtype=np.int64)
    counts = np.array([crew.people.get(name, 0) for name in shifts], dtype=np.int64)
    return at_work.astype(np.int64) @ counts


def _runs(shifts: list[str] | None, on: NDArray[np.bool_], names: list[str]) -> NDArray[np.bool_]:
    """(times,) whether a station may run: in all shifts, or in those that it names."""
    if not names:
        return np.ones(len(on), dtype=np.bool_)
    columns = [place for place, name in enumerate(names) if shifts is None or name in shifts]
    return np.asarray(on[:, columns].any(axis=1))
