"""Hours of the week as people write them: `mon-fri 06:00-22:00`, `10:00-10:15`."""

from __future__ import annotations

import re

from linewright.errors import nearest
from linewright.plant.quantities import reject

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_S = 86400
WEEK_S = 7 * DAY_S

Span = tuple[
    int, int
]  # start and end in seconds; for shifts from Monday 00:00, the end may lie past the week

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})$")


def read_shift_hours(text: str) -> list[Span]:
    """`mon-fri 22:00-06:00` as spans of the week, one a day; `daily` is every day."""
    days, _, hours = text.strip().rpartition(" ")
    start, end = read_day_span(hours)
    return [(day * DAY_S + start, day * DAY_S + end) for day in _read_days(days.strip().lower())]


def read_day_span(text: str) -> Span:
    """`22:00-06:00` as seconds of the day; an end that is not after the start lies on the next day."""
    match = _SPAN.match(text.strip())
    if match is None:
        raise reject(f"{text!r} are no hours", "as `06:00-22:00`, or `mon-fri 06:00-22:00` for a shift")
    start_h, start_min, end_h, end_min = map(int, match.groups())
    if max(start_min, end_min) > 59 or start_h > 23 or end_h * 60 + end_min > 24 * 60:
        raise reject(f"{text!r} are no hours of a day", "from 00:00 to 24:00")
    start, end = start_h * 3600 + start_min * 60, end_h * 3600 + end_min * 60
    return start, end if end > start else end + DAY_S


def _read_days(text: str) -> list[int]:
    if not text:
        raise reject("the days are missing", "as `mon-fri 06:00-22:00` or `daily 06:00-22:00`")
    if text == "daily":
        return list(range(7))
    days: list[int] = []
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        start, end = _day(first), _day(last or first)
        days += [(start + step) % 7 for step in range((end - start) % 7 + 1)]
    return days


def _day(text: str) -> int:
    if text[:3] in DAYS:
        return DAYS.index(text[:3])
    raise reject(f"{text!r} is no day of the week", nearest(text, DAYS))


def check_shift_hours(texts: list[str]) -> list[str]:
    """Refuse hours of a shift that cannot be read."""
    for text in texts:
        read_shift_hours(text)
    return texts


def check_breaks(texts: list[str]) -> list[str]:
    """Refuse breaks that cannot be read."""
    for text in texts:
        read_day_span(text)
    return texts
