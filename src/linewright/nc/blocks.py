"""Text to blocks: one line of a program, cleaned of blanks and comments and cut into words.

A `Block` holds parsed values, not numbers: it can be run again in a loop without reading the text again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from linewright.nc.expressions import LAST_PARAMETER, READ_ONLY_PARAMETERS, Value, ValueReader
from linewright.nc.faults import Category, ProgramFault, syntax

MAX_LINE = 255  # characters of a line, its end not counted
LARGEST_NUMBER = 999_999_999  # of N; a larger one is shown as this

BLANKS = str.maketrans("", "", " \t\r")
LETTERS = frozenset("abcdefghijklmnpqrstuvwxyz@^$")
#: A block of literal words only: by far the most blocks of real programs.
PLAIN_WORDS = re.compile(r"(?:[a-z@^$][+-]?(?:\d+\.?\d*|\.\d+))*\Z")
PLAIN_WORD = re.compile(r"([a-z@^$])([+-]?(?:\d+\.?\d*|\.\d+))")
BLOCK_NUMBER = re.compile(r"n(\d+)(?:\.\d*)?")
MACRO_B = re.compile(r"if\[|while\[|goto|do\d|end\d|then|[bd]prnt|popen|pclos|setvn")

Comment = str
Setting = tuple[Value | str | int, Value]  # target: number to work out, name, or known number; its new value


@dataclass(slots=True)
class FlowStatement:
    """An O-word line, or a macro B statement."""

    keyword: str  # "sub", "call", "while", ...; "" for a bare program number
    label: str  # "100" or "<name>"; "" while `label_value` computes it
    label_value: Value | None = None
    arguments: list[Value] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """One line of a program, parsed."""

    words: list[tuple[str, Value]]
    settings: list[Setting]
    comments: list[Comment]
    number: int = -1  # N word, -1 where there is none
    flow: FlowStatement | None = None
    plan: object = None  # what the codes of the block do, filled in when it first runs


def strip_comments(line: str) -> tuple[str, list[Comment]]:
    """The line without its comments, and the comments' texts."""
    if "(" not in line and ";" not in line:
        return line, []
    kept: list[str] = []
    comments: list[Comment] = []
    at = 0
    while at < len(line):
        character = line[at]
        if character == ";":
            comments.append(line[at + 1 :])
            break
        if character == "(":
            end = line.find(")", at)
            if end < 0:
                raise syntax("a comment is not closed")
            comment = line[at + 1 : end]
            if "(" in comment:
                raise syntax("a comment within a comment")
            comments.append(comment)
            at = end + 1
        else:
            kept.append(character)
            at += 1
    return "".join(kept), comments


def clean(line: str) -> tuple[str, list[Comment]]:
    """Lower-case text without blanks, and the comments."""
    text, comments = strip_comments(line)
    return without_blanks(text).lower(), comments


def without_blanks(text: str) -> str:
    """The text without blanks and tabs. Other white space is none that a program has (a no-break space is a letter)."""
    return text.translate(BLANKS)


def parse_block(line: str, macro: Callable[[Block, str, int], bool] | None = None) -> Block:
    """Parse one line. A slash for block delete has been dealt with by the caller and is ignored here.

    `macro` parses the flow statements of a dialect that has its own (macro B).
    """
    if len(line) > MAX_LINE:
        raise syntax(f"the line has {len(line)} characters, more than {MAX_LINE}")
    text, comments = clean(line)
    at = 1 if text.startswith("/") else 0
    number = -1
    if text.startswith("n", at):
        match = BLOCK_NUMBER.match(text, at)
        if match is None:
            raise syntax("a line number must be a whole number without a sign")
        number, at = min(int(match.group(1)), LARGEST_NUMBER), match.end()
    block = Block([], [], comments, number)
    if text.startswith("o", at):
        block.flow = parse_flow(text, at + 1)
    elif PLAIN_WORDS.match(text, at):
        take_plain_words(block, text, at)
    elif macro is None:
        reject_macro_b(text, at)
        take_items(block, text, at)
    elif not macro(block, text, at):
        take_items(block, text, at, empty=True)
    return block


def take_plain_words(block: Block, text: str, at: int) -> None:
    """Literal words, all of them numbers."""
    seen: set[str] = set()
    for letter, number in PLAIN_WORD.findall(text, at):
        add_word(block, seen, letter, float(number))


def add_word(block: Block, seen: set[str], letter: str, value: Value) -> None:
    """Append a word; only G and M may stand twice."""
    if letter in seen and letter not in "gm":
        raise ProgramFault(Category.DUPLICATE_WORD, f"{letter.upper()} stands twice in the block")
    if letter not in LETTERS or letter == "n":
        raise syntax(f"{letter.upper()} cannot stand here")
    seen.add(letter)
    block.words.append((letter, value))


def reject_macro_b(text: str, at: int) -> None:
    """A statement of macro B in a dialect without it."""
    if MACRO_B.match(text, at):
        message = f"{text[at : at + 8].upper()}: a macro B statement"
        raise ProgramFault(Category.UNSUPPORTED_DIALECT, f"{message}; this dialect has O-words instead")


def take_items(block: Block, text: str, at: int, *, empty: bool = False) -> None:
    """Words and parameter settings in any order; `empty`: variables can be empty."""
    reader = ValueReader(text, at, empty=empty)
    seen: set[str] = set()
    while reader.at < len(text):
        letter = reader.peek()
        if letter == "#":
            block.settings.append(read_setting(reader))
        elif letter in LETTERS and letter != "n":
            reader.at += 1
            add_word(block, seen, letter, reader.value())
        else:
            raise syntax(f"{letter!r} cannot stand here")


def read_setting(reader: ValueReader) -> Setting:
    """#number = value, or #<name> = value."""
    reader.at += 1
    target: Value | str = reader.name() if reader.peek() == "<" else reader.value()
    if reader.peek() != "=":
        raise syntax("'=' is missing after a parameter")
    reader.at += 1
    return known_number(target), reader.value()


def known_number(target: Value | str) -> Value | str | int:
    """The target as an index where it is one that every dialect lets programs write."""
    if isinstance(target, float) and target == int(target) and 1 <= target <= LAST_PARAMETER:
        return int(target) if int(target) not in READ_ONLY_PARAMETERS else target
    return target


FLOW_LABEL = re.compile(r"<([^>]*)>|(\d+)")
FLOW_KEYWORDS = (
    "sub",
    "endsub",
    "call",
    "return",
    "do",
    "while",
    "endwhile",
    "if",
    "elseif",
    "else",
    "endif",
    "break",
    "continue",
    "repeat",
    "endrepeat",
)
FLOW_KEYWORD = re.compile("|".join(sorted(FLOW_KEYWORDS, key=len, reverse=True)))
ONE_CONDITION = {"while", "if", "elseif", "repeat"}
ARGUMENTS = {"call", "return", "endsub"} | ONE_CONDITION


def oword_fault(message: str) -> ProgramFault:
    """A fault of program flow."""
    return ProgramFault(Category.OWORD, message)


def parse_flow(text: str, at: int) -> FlowStatement:
    """An O-word: label, keyword, bracketed arguments."""
    match = FLOW_LABEL.match(text, at)
    label_value: Value | None = None
    if match:
        label = match.group(1) if match.group(1) is not None else str(int(match.group(2)))
        at = match.end()
    elif text[at : at + 1] in ("#", "["):
        reader = ValueReader(text, at)
        label, label_value = "", reader.value()
        at = reader.at
    else:
        raise oword_fault("an O-word needs a number or a <name>")
    keyword = FLOW_KEYWORD.match(text, at)
    statement = FlowStatement(keyword.group() if keyword else "", label, label_value)
    at = keyword.end() if keyword else at
    try:
        statement.arguments = read_arguments(text, at, statement.keyword)
    except ProgramFault as fault:
        if fault.category in (Category.SYNTAX, Category.EXPRESSION):
            raise oword_fault(f"O{label} {statement.keyword}: {fault.message}") from fault
        raise
    return statement


def read_arguments(text: str, at: int, keyword: str) -> list[Value]:
    """The bracketed values after a keyword."""
    reader = ValueReader(text, at)
    arguments: list[Value] = []
    while reader.at < len(text):
        if keyword not in ARGUMENTS or reader.peek() != "[":
            raise oword_fault(
                f"{text[reader.at :][:12]!r} cannot stand after {keyword.upper() or 'an O-word'}"
            )
        arguments.append(reader.bracket())
    if keyword in ONE_CONDITION and len(arguments) != 1:
        raise oword_fault(f"{keyword.upper()} needs one condition in brackets")
    return arguments
