"""What can be wrong with a program: categories, the fault that ends a program, the warning that does not.

Inside the interpreter a fault travels as `ProgramFault`; the interpreter catches it at its door and returns
it as a value (`Fault`) with the moves that came before. A bug of ours is any other exception, and it is
raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """The kinds of fault, as a programmer would name them."""

    SYNTAX = "syntax"  # the text is no block: bad character, missing number, unclosed comment
    EXPRESSION = "expression"  # a value cannot be computed: unclosed bracket, division by zero, bad argument
    PARAMETER = "parameter"  # no such parameter, or not to be written
    DUPLICATE_WORD = "duplicate_word"  # the same letter twice in a block
    UNKNOWN_CODE = "unknown_code"  # no such G or M code
    UNUSED_WORD = "unused_word"  # nothing in the block uses this word
    MISSING_WORD = "missing_word"  # a code of the block needs a word that is not there
    RANGE = "range"  # a number outside what the word allows
    MODAL_CONFLICT = "modal_conflict"  # two codes of one modal group, or two that exclude each other
    MODAL_STATE = "modal_state"  # the code is not allowed in the modes now in force
    AXIS_WORDS = "axis_words"  # axis words that no code uses, or none where one needs them
    FEED_MISSING = "feed_missing"  # a cutting move without a feed
    ARC_GEOMETRY = "arc_geometry"  # no such arc exists
    SPLINE = "spline"
    CYCLE_WORD = "cycle_word"  # canned cycles: a word missing, out of range or contradictory
    COMP_STATE = "comp_state"  # not allowed while cutter compensation is on
    COMP_GOUGE = "comp_gouge"  # the tool would cut into the contour
    TOOL = "tool"  # no such tool
    PROBE = "probe"
    OWORD = "oword"  # program flow: labels, subroutines, loops
    UNSUPPORTED_DIALECT = "unsupported_dialect"  # valid in another dialect
    ALARM = "alarm"  # the program itself raises one (#3000 of macro B)
    LIMIT = "limit"  # the program exceeds the bounds set on steps, depth or size


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a program ended before its end."""

    category: Category
    message: str
    line: int  # 1-based line in `file`; 0: the file as a whole
    file: str
    text: str = ""  # the block as written

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.category}: {self.message}"


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know though the program runs on: a message, or what a dialect leaves open."""

    code: str  # "undefined": the dialect leaves it open; "message": shown to the operator; "ignored"
    message: str
    line: int
    file: str


class ProgramFault(Exception):
    """The program is at fault; caught by the interpreter, which knows file and line."""

    def __init__(self, category: Category, message: str, *, at_file_end: bool = False) -> None:
        super().__init__(message)
        self.category = category
        self.message = message
        self.at_file_end = at_file_end  # found missing only when the file had ended


def syntax(message: str) -> ProgramFault:
    """A `ProgramFault` for text that cannot be read."""
    return ProgramFault(Category.SYNTAX, message)


def expression_fault(message: str) -> ProgramFault:
    """A `ProgramFault` for a value that cannot be computed."""
    return ProgramFault(Category.EXPRESSION, message)
