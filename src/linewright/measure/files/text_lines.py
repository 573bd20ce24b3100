"""Lines of a text file in whatever encoding it came, without ever holding more than one line."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from linewright.errors import InputError, Problem

MAX_LINE = 4 * 1024 * 1024  # characters; a longer line is no inspection file

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(path: Path) -> str:
    """By byte order mark; without one by zero bytes (UTF-16), then UTF-8 if it fits, else Windows-1252."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[::2].count(0) > len(head) // 4:
        return "utf-16-be"
    return "utf-8" if _fits_utf8(path) else "cp1252"


def _fits_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        try:
            while block := stream.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def lines_of(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """(line number from 1, line without its end); an error on a line that never ends or cannot be decoded."""
    # Windows-1252 leaves five bytes undefined; they are kept as they are rather than lost
    errors = "surrogateescape" if encoding == "cp1252" else "strict"
    with path.open(encoding=encoding, errors=errors, newline="") as stream:
        number = 0
        try:
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise InputError(
                        [Problem(f"a line of more than {MAX_LINE} characters", str(path), number)]
                    )
                # a bare carriage return also ends a line; \x0f and \x14 are data
                for piece in line.rstrip("\r\n").split("\r"):
                    yield number, piece
        except UnicodeDecodeError as wrong:
            raise InputError(
                [
                    Problem(
                        f"not {encoding} text: {wrong.reason}", str(path), number + 1, hint="is it cut short?"
                    )
                ]
            ) from None
