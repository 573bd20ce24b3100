"""The Sparkplug B payload: metrics with names, times and values (Sparkplug 3.0, chapter 6)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from linewright.machines.mqtt.wire import (
    BadWire,
    put_bytes,
    put_double,
    put_float,
    put_whole,
    read_fields,
    real,
    whole,
    words,
)

MOST_BYTES = 2**20
MOST_METRICS = 20_000
_LATEST_MS = 32_503_680_000_000  # the year 3000

Value = float | int | bool | str | bytes | None


class BadPayload(Exception):
    """This is no Sparkplug payload."""


class Type(IntEnum):
    """Data types of metrics that have one value; data sets, templates and arrays are read as bytes."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    BYTES = 17


_SIGNED_BITS = {Type.INT8: 8, Type.INT16: 16, Type.INT32: 32, Type.INT64: 64}
_TEXTS = (Type.STRING, Type.TEXT, Type.UUID)
_TYPES = frozenset(int(each) for each in Type)


class Metric(NamedTuple):
    """One metric. In data messages an alias may stand for the name, and the type may be left out."""

    name: str
    value: Value  # None: it has none now
    type: int = 0
    alias: int | None = None
    time_ms: int | None = None  # since 1970
    historical: bool = False  # was kept back by the node: not how things stand


class Payload(NamedTuple):
    """What a message carries."""

    metrics: tuple[Metric, ...]
    seq: int | None = None  # 0 to 255
    time_ms: int | None = None

    def value(self, name: str) -> Value:
        """The value of a metric by name; None where there is none."""
        return next((metric.value for metric in self.metrics if metric.name == name), None)


def read_payload(data: bytes) -> Payload:
    """Raises BadPayload."""
    if len(data) > MOST_BYTES:
        raise BadPayload(f"a payload of {len(data):,} bytes; the most is {MOST_BYTES:,}")
    metrics: list[Metric] = []
    seq = time_ms = None
    try:
        for number, value in read_fields(data):
            if number == 1:
                time_ms = _time(whole(value))
            elif number == 2:
                if not isinstance(value, bytes) or len(metrics) >= MOST_METRICS:
                    raise BadPayload("too many metrics, or one that is none")
                metrics.append(_metric(value))
            elif number == 3:
                seq = whole(value) if whole(value) < 256 else None
    except BadWire as error:
        raise BadPayload(str(error)) from None
    return Payload(tuple(metrics), seq, time_ms)


def _metric(data: bytes) -> Metric:
    name, alias, time_ms, type_, historical, null = "", None, None, 0, False, False
    held: tuple[int, int | bytes] | None = None
    for number, value in read_fields(data):
        if number == 1:
            name = words(value)
        elif number == 2:
            alias = whole(value)
        elif number == 3:
            time_ms = _time(whole(value))
        elif number == 4:
            type_ = whole(value)
        elif number == 5:
            historical = bool(whole(value))
        elif number == 7:
            null = bool(whole(value))
        elif 10 <= number <= 18:
            held = number, value
    value_ = None if null or held is None else _value(type_, *held)
    return Metric(name, value_, type_, alias, time_ms, historical)


def _value(type_: int, number: int, value: int | bytes) -> Value:
    if number in (10, 11):
        return _signed(type_, whole(value))
    if number in (12, 13):
        return real(value)
    if number == 14:
        return bool(whole(value))
    if number == 15:
        return words(value)
    return bytes(value) if isinstance(value, bytes) else value


def _signed(type_: int, value: int) -> int:
    """Negative numbers travel as two's complement."""
    bits = _SIGNED_BITS.get(Type(type_)) if type_ in _TYPES else None
    if bits is None:
        return value
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _time(value: int) -> int | None:
    return value if value < _LATEST_MS else None


# ---------------------------------------------------------------- writing


def write_payload(metrics: Sequence[Metric], seq: int | None, time_ms: int) -> bytes:
    """A payload as bytes."""
    parts = [put_whole(1, time_ms)]
    parts += [put_bytes(2, _put_metric(metric, time_ms)) for metric in metrics]
    if seq is not None:
        parts.append(put_whole(3, seq))
    return b"".join(parts)


def _put_metric(metric: Metric, time_ms: int) -> bytes:
    out = put_bytes(1, metric.name.encode()) if metric.name else b""
    if metric.alias is not None:
        out += put_whole(2, metric.alias)
    out += put_whole(3, metric.time_ms if metric.time_ms is not None else time_ms) + put_whole(4, metric.type)
    if metric.historical:
        out += put_whole(5, 1)
    return out + (put_whole(7, 1) if metric.value is None else _put_value(metric.type, metric.value))


def _put_value(type_: int, value: Value) -> bytes:
    if type_ == Type.BOOLEAN:
        return put_whole(14, int(bool(value)))
    if type_ in _TEXTS:
        return put_bytes(15, str(value).encode())
    if type_ == Type.BYTES:
        assert isinstance(value, bytes)
        return put_bytes(16, value)
    assert isinstance(value, int | float) and math.isfinite(value), f"{value!r} is no number to send"
    if type_ == Type.FLOAT:
        return put_float(12, value)
    if type_ == Type.DOUBLE:
        return put_double(13, value)
    wide = type_ in (Type.INT64, Type.UINT64, Type.DATETIME)
    return put_whole(11 if wide else 10, int(value) & (2**64 - 1 if wide else 2**32 - 1))
