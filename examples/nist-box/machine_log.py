"""Reads a machine log of the box assembly and says what the machine did with each part, second by second.

A log is lines of `time|data item|value` as an MTConnect adapter writes them. All operations of one part stand
in one file, hours or days apart. Every second of a visit of the part to the machine is one of two things:
*processing* (a program is active and its clock runs) or a *stop* (feed held, feed override turned to zero,
program stopped, clock standing while the operator changes a tool or measures).
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

AWAY_S = 3 * 3600.0  # nobody was at the machine: a night, or the turn of the next operation
CLOCK_STANDS_S = 5.0  # the program's clock is logged every second; longer silence means that it stands
SHORTEST_STOP_S = 5.0  # shorter holds are the operator creeping up to the part: left in the processing time
SLOW = 50.0  # % feed override under which a program is being proved rather than run


@dataclass(frozen=True)
class Event:
    """One line of the log."""

    at_s: float  # since 1970, UTC
    item: str  # as "Program_Status"
    value: str


@dataclass(frozen=True)
class Stop:
    """The machine stood with the part on it."""

    after_s: float  # processing time in this visit before the stop
    duration_s: float
    kind: str  # "held": within a program; "stopped": between programs


@dataclass(frozen=True)
class Visit:
    """One part on one machine for one operation, from the first program's start to the last one's end."""

    began_s: float
    ended_s: float
    processing_s: float
    slow_s: float  # of the processing time: at a feed override under `SLOW`
    programs: int  # program starts
    completed: int  # programs that ran to their end
    names: tuple[str, ...]  # programs named while running, in order
    stops: tuple[Stop, ...]

    @property
    def stopped_s(self) -> float:
        return sum(stop.duration_s for stop in self.stops)


def read_events(path: Path) -> tuple[list[Event], int]:
    """Events of a log in order of time, and the number of broken lines that were left out."""
    events: list[Event] = []
    broken = 0
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            parts = line.strip().split("|")
            if len(parts) != 3 or not parts[2]:
                broken += 1
                continue
            moment = datetime.fromisoformat(parts[0].rstrip("Z")[:26].ljust(26, "0"))
            events.append(Event(moment.replace(tzinfo=UTC).timestamp(), parts[1], parts[2]))
    return sorted(events, key=lambda event: event.at_s), broken


def visits_of(events: list[Event]) -> list[Visit]:
    """One visit for each operation of the part, in order of time."""
    return [measure_visit(part) for part in split_visits(events)]


def split_visits(events: list[Event]) -> list[list[Event]]:
    """Cut where nothing was logged for hours; a piece in which no program runs belongs to the next one."""
    visits: list[list[Event]] = [[]]
    for event in events:
        away = bool(visits[-1]) and event.at_s - visits[-1][-1].at_s > AWAY_S
        if away and any(starts(earlier) for earlier in visits[-1]):
            visits.append([])
        elif away:
            visits[-1].clear()
        visits[-1].append(event)
    return visits


def starts(event: Event) -> bool:
    """Does a program run from here on? (One log opens with the name of a program already running.)"""
    return (event.item, event.value) == ("Program_Status", "ACTIVE") or event.item == "Program_Name_Running"


def measure_visit(events: list[Event]) -> Visit:
    """Put every second between the first start and the last completion down to processing or to a stop."""
    begin = next(i for i, event in enumerate(events) if starts(event))
    end = max((i for i, event in enumerate(events) if is_completed(event)), default=len(events) - 1)
    processing_s = slow_s = 0.0
    stops: list[Stop] = []
    for length_s, state, slow in intervals(events[begin : end + 1]):
        if state == "processing" or length_s < SHORTEST_STOP_S:
            processing_s += length_s
            slow_s += length_s if slow else 0.0
        else:
            stops.append(Stop(processing_s, length_s, state))
    return Visit(
        began_s=events[begin].at_s,
        ended_s=events[end].at_s,
        processing_s=processing_s,
        slow_s=slow_s,
        programs=sum(starts(event) and event.item == "Program_Status" for event in events) or 1,
        completed=sum(is_completed(event) for event in events),
        names=tuple(dict.fromkeys(event.value for event in events if event.item == "Program_Name_Running")),
        stops=tuple(stops),
    )


def is_completed(event: Event) -> bool:
    return (event.item, event.value) == ("Program_Status", "PROGRAM_COMPLETED")


def intervals(events: list[Event]) -> Iterator[tuple[float, str, bool]]:
    """Stretches (seconds, state, slow) of equal state from the first event to the last."""
    status, override = "ACTIVE", 100.0
    length_s, state, slow = 0.0, "processing", False
    for event, following in pairwise(events):
        if event.item == "Program_Status":
            status = event.value
        if event.item == "Feed_Override":
            override = float(event.value)
        step_s = following.at_s - event.at_s
        now = (state_in(status, override, step_s), override < SLOW)
        if now == (state, slow):
            length_s += step_s
            continue
        yield length_s, state, slow
        length_s, (state, slow) = step_s, now
    yield length_s, state, slow


def state_in(status: str, override: float, silence_s: float) -> str:
    """What the machine does until the next event, `silence_s` away."""
    if status == "FEED_HOLD":
        return "held"
    if status != "ACTIVE":
        return "stopped"
    return "held" if override == 0 or silence_s > CLOCK_STANDS_S else "processing"
