"""Fanuc's custom macro B: IF GOTO, IF THEN, WHILE DO END, GOTO, G65, and M98/M99 with their P and L."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linewright.nc import system_variables
from linewright.nc.blocks import Block, FlowStatement, known_number, oword_fault
from linewright.nc.expressions import ValueReader, evaluate, to_integer
from linewright.nc.faults import Category, ProgramFault
from linewright.nc.parameters import EMPTY, write_numbered

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words

LOCALS = 33  # #1..#33 belong to a macro call
#: Letters of G65 and the parameters that they set.
ARGUMENTS = {
    "a": 1, "b": 2, "c": 3, "i": 4, "j": 5, "k": 6, "d": 7, "e": 8, "f": 9,
    "h": 11, "m": 13, "q": 17, "r": 18,
    "s": 19, "t": 20, "u": 21, "v": 22, "w": 23, "x": 24, "y": 25, "z": 26,
}  # fmt: skip
DO = re.compile(r"do(\d)")
END = re.compile(r"end(\d)\Z")


def parse_macro(block: Block, text: str, at: int) -> bool:
    """Parse a macro B statement into `block`; False where the text is none."""
    if text.startswith("#", at):
        parse_assignment(block, text, at)
    elif match := END.match(text, at):
        block.flow = FlowStatement("macro_end", match.group(1))
    elif match := DO.match(text, at):
        block.flow = FlowStatement("macro_do", match.group(1))
    elif text.startswith("goto", at):
        reader = ValueReader(text, at + 4, empty=True)
        block.flow = FlowStatement("macro_goto", "", None, [reader.value()])
        expect_end(reader)
    elif text.startswith("while[", at):
        parse_while(block, text, at + 5)
    elif text.startswith("if[", at):
        parse_if(block, text, at + 2)
    else:
        return False
    return True


def parse_assignment(block: Block, text: str, at: int) -> None:
    """#i = expression, without brackets around it."""
    reader = ValueReader(text, at + 1, empty=True)
    target = reader.value()
    if reader.peek() != "=":
        raise oword_fault("'=' is missing after a variable")
    reader.at += 1
    block.settings.append((known_number(target), reader.chain(0)))
    expect_end(reader)


def parse_while(block: Block, text: str, at: int) -> None:
    """WHILE [condition] DO m."""
    reader = ValueReader(text, at, empty=True)
    condition = reader.bracket()
    match = DO.match(text, reader.at)
    if match is None:
        raise oword_fault("WHILE [condition] needs DO and a number")
    block.flow = FlowStatement("macro_while", match.group(1), None, [condition])


def parse_if(block: Block, text: str, at: int) -> None:
    """IF [condition] GOTO n, or IF [condition] THEN #i = value."""
    reader = ValueReader(text, at, empty=True)
    condition = reader.bracket()
    if text.startswith("goto", reader.at):
        reader.at += 4
        block.flow = FlowStatement("macro_if", "", None, [condition, reader.value()])
        expect_end(reader)
    elif text.startswith("then#", reader.at):
        setting = Block([], [], [])
        parse_assignment(setting, text, reader.at + 4)
        target, value = setting.settings[0]
        assert not isinstance(target, str)
        number = float(target) if isinstance(target, int) else target
        block.flow = FlowStatement("macro_then", "", None, [condition, number, value])
    else:
        raise oword_fault("IF [condition] needs GOTO or THEN #i = value")


def expect_end(reader: ValueReader) -> None:
    """Nothing may follow a statement."""
    if reader.at < len(reader.text):
        raise oword_fault(f"{reader.text[reader.at :][:12]!r} cannot stand after a macro statement")


def execute_macro(run: Interpreter, statement: FlowStatement, here: int) -> None:
    """Run a macro B statement that begins at byte `here`."""
    values = statement.arguments
    if statement.keyword == "macro_goto":
        go_to(run, evaluate(values[0], run), here)
    elif statement.keyword == "macro_if":
        if holds(evaluate(values[0], run)):
            go_to(run, evaluate(values[1], run), here)
    elif statement.keyword == "macro_then":
        if holds(evaluate(values[0], run)):
            number, value = evaluate(values[1], run), evaluate(values[2], run)
            if number in system_variables.WRITABLE:
                system_variables.write(run, int(number), value, [])
            else:
                write_numbered(run, number, value)
    elif statement.keyword == "macro_end":
        loop_again(run, statement)
    else:
        begin_loop(run, statement, here)


def holds(value: float) -> bool:
    """Is a condition true? An empty variable is none."""
    return value == value and value != 0.0


def go_to(run: Interpreter, number: float, here: int) -> None:
    """Go on at block N: the next one of that number, else the first in this program."""
    wanted = to_integer(number, "GOTO")
    first, last = run.source.program_at(here)
    places = [
        place for place in run.source.block_numbers() if place[2] == wanted and first <= place[0] < last
    ]
    if not places:
        raise oword_fault(f"GOTO {wanted}: this program has no block N{wanted}")
    ahead = [place for place in places if place[0] > here]
    offset, line, _ = ahead[0] if ahead else places[0]
    run.flow.loops += 1
    run.jump(offset, line)


def begin_loop(run: Interpreter, statement: FlowStatement, here: int) -> None:
    """DO m, or WHILE [condition] DO m: into the loop or past its END."""
    frame = run.flow.frames[-1]
    frame.defined[f"do {statement.label}"] = here
    frame.repeats[here] = run.here
    run.flow.loops += 1
    if statement.arguments and not holds(evaluate(statement.arguments[0], run)):
        end = run.source.loop_end(statement.label, here)
        if end is None:
            fault = oword_fault(f"DO{statement.label} has no END{statement.label}")
            fault.at_file_end = True
            raise fault
        run.jump(*end)


def loop_again(run: Interpreter, statement: FlowStatement) -> None:
    """END m: back to its DO."""
    frame = run.flow.frames[-1]
    start = frame.defined.get(f"do {statement.label}")
    if start is None:
        raise oword_fault(f"END{statement.label} without a DO{statement.label}")
    run.jump(start, frame.repeats[start])


@dataclass(frozen=True, slots=True)
class ModalMacro:
    """A macro that is called after every motion, from G66 to G67."""

    words: dict[str, float]
    depth: int  # of the calls at which it holds: the macro's own motions do not call it


def macro_code(run: Interpreter, code: int, words: Words) -> None:
    """G65, G66, G67."""
    if code == 670:
        run.modal_macro = None
    elif "p" not in words:
        raise ProgramFault(Category.MISSING_WORD, f"G{code // 10} needs the program number: P")
    elif code == 660:
        run.modal_macro = ModalMacro(dict(words), len(run.flow.frames))
    else:
        call_macro(run, words)


def call_after_motion(run: Interpreter, macro: ModalMacro) -> None:
    """The motion of a block is done: call the macro in force."""
    if len(run.flow.frames) == macro.depth:
        call_macro(run, macro.words)


def call_macro(run: Interpreter, words: Words) -> None:
    """A program with variables of its own, set from the words; those that are not given are empty."""
    values = [EMPTY] * LOCALS
    for letter, value in words.items():
        if letter in ARGUMENTS:
            values[ARGUMENTS[letter] - 1] = value
    run.flow.call_macro(run, words, values)


def split_program_number(words: Words) -> tuple[str, int]:
    """M98 P and L: number and repeats; a long P holds the repeats in front of four digits."""
    program = to_integer(words["p"], "P")
    repeats = to_integer(words.get("l", 1.0), "L")
    if program > 9999 and "l" not in words:
        repeats, program = divmod(program, 10_000)
    return str(program), repeats
