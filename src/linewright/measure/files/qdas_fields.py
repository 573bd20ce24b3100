"""The K-fields of the Q-DAS ASCII transfer format (AQDEF) that mean something to us, and their spelling.

K0xxx describes a value, K1xxx a part, K2xxx and K8xxx a characteristic, K5xxx groups and the hierarchy.
Fields not named here are kept as text under their number and written back.
"""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np

from linewright.errors import InputError, Problem

CHARACTERISTIC_END = "\x0f"  # between characteristics of a value line
FIELD_END = "\x14"  # between the fields of one value

# fields of a value in a value line, in their order
MEASURED_ORDER = ("K0001", "K0002", "K0004", "K0005", "K0006", "K0007", "K0008", "K0010", "K0011", "K0012")
ATTRIBUTE_ORDER = (
    "K0020",
    "K0021",
    "",
    "K0002",
    "K0004",
    "K0005",
    "K0006",
    "K0007",
    "K0008",
    "K0010",
    "K0011",
    "K0012",
)

ATTRIBUTE_TYPES = ("1", "5", "6")  # K2004: counted good and bad, error log sheets
NO_VALUE = ("255", "256")  # K0002: no value, or one that does not count

# what is in the model and so is not kept as text
PART_FIELDS = ("K1001", "K1002")
CHARACTERISTIC_FIELDS = ("K2101", "K2110", "K2111", "K2142")
HEADER_FIELDS = ("K0100", "K0101", "K100", "K101")
NODE_FIELDS = ("K5102", "K5103", "K5111", "K5112", "K5113")
GROUPING_FIELDS = ("K2030", "K2031")

KEY = re.compile(r"(K\d{3,4})(?:/(\d+)(?:/(\d+))?)?(?:\s+(.*))?$", re.DOTALL)

_DATES = ("%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d", "%y-%m-%d")
_CLOCKS = ("%H:%M:%S.%f", "%H:%M:%S", "%H:%M")
_TIMES = tuple(f"{date}{mark}{clock}" for mark in "/ .T" for date in _DATES for clock in _CLOCKS)


def parse_number(text: str, file: str, line: int, key: str) -> float | None:
    """A finite number with point or comma; None for no text."""
    text = text.strip()
    if not text:
        return None
    try:
        value = float(text.replace(",", ".") if "." not in text else text)
    except ValueError:
        raise InputError([Problem(f"{text!r} is not a number", file, line, key=key)]) from None
    if not np.isfinite(value):
        raise InputError([Problem(f"{text!r} is not a finite number", file, line, key=key)])
    return value


class TimeReader:
    """Reads K0004; remembers the spelling that fitted last, for a file keeps to one."""

    def __init__(self) -> None:
        self._last = _TIMES[1]
        self._text = ""
        self._time: np.datetime64 | None = None

    def read(self, text: str) -> np.datetime64 | None:
        """Local time; None where the text is no known spelling. A stamp often stands many times in a row."""
        if text != self._text:
            self._text, self._time = text, self._parse(text.strip())
        return self._time

    def _parse(self, text: str) -> np.datetime64 | None:
        for spelling in (self._last, *_TIMES):
            try:
                moment = datetime.strptime(text, spelling)
            except ValueError:
                continue
            self._last = spelling
            return np.datetime64(moment, "us")
        return None


def write_time(time: np.datetime64) -> str:
    """dd.mm.yyyy/hh:mm:ss, with a fraction where there is one."""
    moment = time.astype("datetime64[us]").astype(datetime)
    text = f"{moment:%d.%m.%Y/%H:%M:%S}"
    return f"{text}.{moment:%f}" if moment.microsecond else text
