"""Program files: text by line, and an index of their O-words that pairs what belongs together.

A file is kept as one block of bytes (a memory map where it comes from disk), never as a list of lines, so
that a file of ten million lines takes no memory of its own.
"""

from __future__ import annotations

import bisect
import mmap
import re
from dataclasses import dataclass, field
from pathlib import Path

from linewright.nc.blocks import FlowStatement, oword_fault, parse_flow, strip_comments, without_blanks
from linewright.nc.faults import Category, ProgramFault

LETTER_O = re.compile(rb"[oO]")
BEFORE_OWORD = re.compile(rb"[ \t]*/?[ \t]*(?:[nN][ \t]*[\d \t]+)?\Z")
NUMBERED_LINE = re.compile(rb"^[ \t]*/?[ \t]*[nN][ \t]*(\d{1,9})", re.MULTILINE)
LOOP_END = rb"^[ \t]*(?:N[ \t]*\d+)?[ \t]*END[ \t]*%b[ \t\r]*$"
MAX_FLOW_STATEMENTS = 1_000_000
PIECE = 1 << 23  # bytes of a file that are looked at, or let go, at a time


@dataclass(slots=True)
class FlowLine:
    """One O-word line of a file."""

    offset: int  # of the line's first byte
    after: int  # of the next line's first byte
    line: int  # 1-based
    statement: FlowStatement | None  # None: faulty text, which matters only when it is run
    end: FlowLine | None = None  # the line that closes what this one opens
    opener: FlowLine | None = None  # the line that opened what this one belongs to
    branches: list[FlowLine] = field(default_factory=list)  # elseif and else of an if, in order


class Source:
    """One program file."""

    def __init__(self, name: str, data: bytes | mmap.mmap) -> None:
        self.name = name
        self.data = data
        self.size = len(data)
        self._flow: list[FlowLine] | None = None
        self._at: dict[int, FlowLine] = {}
        self._numbers: list[tuple[int, int, int]] | None = None
        self._forgotten = 0  # pages before this byte have been let go
        self._shown = 1, 0  # line and byte of the text that was asked for last

    def line_at(self, offset: int) -> tuple[str, int]:
        """The line that begins at a byte, without its end, and where the next one begins."""
        end = self.data.find(b"\n", offset)
        after = self.size if end < 0 else end + 1
        raw = self.data[offset : self.size if end < 0 else end]
        return raw.decode("latin-1").rstrip("\r"), after

    def text_of(self, line: int) -> str:
        """The text of a line by its number, without blanks around it; empty where there is no such line."""
        known, at = self._shown if self._shown[0] <= line else (1, 0)
        for _ in range(line - known):
            end = self.data.find(b"\n", at)
            if end < 0:
                return ""
            at = end + 1
        self._shown = line, at
        return self.line_at(at)[0].strip() if line > 0 and at < self.size else ""

    def line_count(self) -> int:
        """Number of lines."""
        if self.size == 0:
            return 0
        return count_lines(self.data, 0, self.size) + (self.data[self.size - 1 : self.size] != b"\n")

    def flow_lines(self) -> list[FlowLine]:
        """All O-word lines, paired."""
        if self._flow is None:
            self._flow = self._index()
            self._at = {line.offset: line for line in self._flow}
            pair_lines(self._flow)
        return self._flow

    def flow_line_at(self, offset: int) -> FlowLine:
        """The O-word line that begins at a byte."""
        self.flow_lines()
        return self._at[offset]

    def _index(self) -> list[FlowLine]:
        found: list[FlowLine] = []
        number, counted, begin, at = 1, 0, 0, 0
        while (at := self._find_o(at)) >= 0:
            begin = self.data.rfind(b"\n", 0, at) + 1
            end = self.data.find(b"\n", at)
            end = self.size if end < 0 else end
            if at - begin < 40 and BEFORE_OWORD.match(self.data[begin:at]):
                number += count_lines(self.data, counted, begin)
                counted = begin
                text = self.data[begin:end].decode("latin-1").rstrip("\r")
                found.append(FlowLine(begin, min(end + 1, self.size), number, statement_of(text)))
            at = end
            if len(found) > MAX_FLOW_STATEMENTS:
                raise ProgramFault(Category.LIMIT, f"more than {MAX_FLOW_STATEMENTS} O-words in a file")
        return found

    def _find_o(self, at: int) -> int:
        """The first letter O from a byte on, -1 where there is none; a piece at a time, so that pages can go again."""
        while at < self.size:
            match = LETTER_O.search(self.data, at, min(at + PIECE, self.size))
            if match:
                return match.start()
            at = min(at + PIECE, self.size)
            self.forget_before(at)
        return -1

    def forget_before(self, offset: int) -> None:
        """Pages of the file up to a byte may leave memory; they come back by themselves if they are read again."""
        if not isinstance(self.data, mmap.mmap) or not hasattr(mmap, "MADV_DONTNEED"):
            return
        whole = offset // mmap.PAGESIZE * mmap.PAGESIZE
        if whole - self._forgotten >= PIECE or whole < self._forgotten:
            start = self._forgotten if whole > self._forgotten else 0
            if whole > start:
                self.data.madvise(mmap.MADV_DONTNEED, start, whole - start)
            self._forgotten = whole

    def find_sub(self, label: str, keywords: tuple[str, ...]) -> FlowLine | None:
        """The first line that begins a subroutine of that label."""
        for line in self.flow_lines():
            if line.statement and line.statement.keyword in keywords and line.statement.label == label:
                return line
        return None

    def block_numbers(self) -> list[tuple[int, int, int]]:
        """Every numbered block: byte, line, N."""
        if self._numbers is None:
            self._numbers = []
            line, counted = 1, 0
            for match in NUMBERED_LINE.finditer(self.data):
                line += count_lines(self.data, counted, match.start())
                counted = match.start()
                self._numbers.append((match.start(), line, int(match.group(1))))
        return self._numbers

    def program_at(self, offset: int) -> tuple[int, int]:
        """First and last byte of the program within the file that holds a byte: from O-number to O-number."""
        starts = [line.offset for line in self.flow_lines()]
        place = bisect.bisect_right(starts, offset)
        first = starts[place - 1] if place else 0
        return first, starts[place] if place < len(starts) else self.size

    def loop_end(self, label: str, offset: int) -> tuple[int, int] | None:
        """Byte and line behind the next END of a macro B loop."""
        match = re.compile(LOOP_END % re.escape(label.encode()), re.MULTILINE | re.IGNORECASE).search(
            self.data, offset
        )
        if match is None:
            return None
        after = min(match.end() + 1, self.size)
        return after, 1 + count_lines(self.data, 0, after)


def count_lines(data: bytes | mmap.mmap, start: int, end: int) -> int:
    """Line ends between two bytes, a piece at a time."""
    piece = 1 << 20
    return sum(data[at : min(at + piece, end)].count(b"\n") for at in range(start, end, piece))


def statement_of(text: str) -> FlowStatement | None:
    """The O-word statement of a line; None where its text is faulty."""
    try:
        bare, _ = strip_comments(text)
        cleaned = without_blanks(bare).lower().lstrip("/")
        cleaned = re.sub(r"^n\d+", "", cleaned)
        return parse_flow(cleaned, 1)
    except ProgramFault:
        return None


CLOSERS = {"endwhile": ("while",), "endif": ("if",), "endrepeat": ("repeat",), "endsub": ("sub",)}


def pair_lines(lines: list[FlowLine]) -> None:
    """Tie every opening line to the one that closes it, by label and in order."""
    opened: dict[str, FlowLine] = {}
    for line in lines:
        statement = line.statement
        if statement is None or statement.label_value is not None:
            continue
        keyword, label = statement.keyword, statement.label
        key = f"sub {label}" if keyword in ("sub", "endsub") else label
        opener = opened.get(key)
        opener_word = opener.statement.keyword if opener and opener.statement else ""
        if keyword == "while" and opener_word == "do":
            assert opener is not None
            close(opener, line)
            del opened[key]
        elif keyword in ("while", "do", "if", "repeat", "sub"):
            opened[key] = line
        elif keyword in CLOSERS and opener_word in CLOSERS[keyword]:
            assert opener is not None
            close(opener, line)
            del opened[key]
        elif keyword in ("elseif", "else") and opener_word == "if":
            assert opener is not None
            line.opener = opener
            opener.branches.append(line)


def close(opener: FlowLine, closer: FlowLine) -> None:
    """Tie the two ends together."""
    opener.end = closer
    closer.opener = opener


def open_file(path: Path, name: str = "") -> Source:
    """A program file on disk, mapped into memory rather than read."""
    with path.open("rb") as file:
        try:
            data: bytes | mmap.mmap = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file cannot be mapped
            data = b""
    return Source(name or path.name, data)


def find_subprogram(label: str, files: dict[str, str], folders: tuple[str, ...]) -> Source:
    """The file that holds a subroutine not found in the program: label.ngc."""
    names = [f"{label}.ngc", label, f"{label}.nc"]
    if label.isdigit():
        names += [f"O{label:0>4}", f"O{label:0>4}.nc", f"O{label}.nc"]
    by_lower = {name.lower(): name for name in files}
    for name in names:
        if name.lower() in by_lower:
            original = by_lower[name.lower()]
            return Source(original, files[original].encode("latin-1", "replace"))
    if re.fullmatch(r"[\w.\-]+", label):
        for folder in folders:
            for name in names:
                path = Path(folder) / name
                if path.is_file():
                    return open_file(path)
    fault = oword_fault(f"no subroutine O{label}: neither in this file nor as {label}.ngc")
    fault.at_file_end = True
    raise fault
