"""The wire format of Protocol Buffers, as much of it as a Sparkplug payload has: fields by number."""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_F64, _F32 = struct.Struct("<d"), struct.Struct("<f")


class BadWire(Exception):
    """These bytes are no message."""


def read_fields(data: bytes | memoryview) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field: a whole number, or bytes (4 or 8 for fixed ones). Raises BadWire."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if kind == BYTES:
            size, at = _varint(data, at)
        elif kind == FIXED64:
            size = 8
        elif kind == FIXED32:
            size = 4
        else:
            raise BadWire(f"field {number} is of kind {kind}")
        if size > end - at:
            raise BadWire(f"field {number} is cut short")
        yield number, bytes(data[at : at + size])
        at += size


def _varint(data: bytes | memoryview, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        if at >= len(data) or shift > 63:
            raise BadWire("a number without an end")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
        shift += 7


def real(value: int | bytes) -> float:
    """A float or double."""
    if isinstance(value, bytes) and len(value) == 8:
        return float(_F64.unpack(value)[0])
    if isinstance(value, bytes) and len(value) == 4:
        return float(_F32.unpack(value)[0])
    raise BadWire("a number of another kind was expected")


def whole(value: int | bytes) -> int:
    """A whole number."""
    if isinstance(value, int):
        return value
    raise BadWire("a whole number was expected")


def words(value: int | bytes) -> str:
    """A text."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise BadWire("a text that is not UTF-8") from None
    raise BadWire("a text was expected")


# ---------------------------------------------------------------- writing


def put_whole(number: int, value: int) -> bytes:
    """A field with a whole number not below 0."""
    return _put_varint(number << 3) + _put_varint(value)


def put_bytes(number: int, value: bytes) -> bytes:
    """A field with bytes, a text, or a message."""
    return _put_varint(number << 3 | BYTES) + _put_varint(len(value)) + value


def put_double(number: int, value: float) -> bytes:
    """A field with a double."""
    return _put_varint(number << 3 | FIXED64) + _F64.pack(value)


def put_float(number: int, value: float) -> bytes:
    """A field with a float."""
    return _put_varint(number << 3 | FIXED32) + _F32.pack(value)


def _put_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
