"""Program flow by O-words, and M98/M99: subroutines, loops, branches."""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from linewright.nc import macro_b
from linewright.nc.blocks import FlowStatement, oword_fault, parse_block
from linewright.nc.expressions import evaluate, to_integer
from linewright.nc.faults import Category, ProgramFault
from linewright.nc.parameters import LOCAL
from linewright.nc.source import FlowLine, Source, find_subprogram
from linewright.nc.state import Modes

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter, Words

MAX_ARGUMENTS = 30


@dataclass(slots=True)
class Frame:
    """One level of call."""

    label: str = ""
    source: Source | None = None  # where to return to
    offset: int = 0
    line: int = 0
    locals_before: list[float] = field(default_factory=list)  # the caller's #1..#30; empty for M98
    named: dict[str, float] = field(default_factory=dict)
    saved_modes: Modes | None = None  # M70, M73
    restore_on_return: bool = False  # M73
    repeats: dict[int, int] = field(default_factory=dict)  # repeat line -> rounds left
    defined: dict[str, int] = field(default_factory=dict)  # label -> line where a loop or branch opened
    rounds: int = 1  # M98 L: times still to run
    body: tuple[Source, int, int] | None = None  # M98: where the subprogram begins


def at_end_of_file(message: str) -> ProgramFault:
    """What is missing is known to be missing only when the file has ended."""
    fault = oword_fault(message)
    fault.at_file_end = True
    return fault


def go_to_fault(run: Interpreter, source: Source, line: FlowLine) -> None:
    """A line other than the one that runs is at fault."""
    run.enter(source, line.offset, line.line)
    run.offset_here, run.here = line.offset, line.line


def next_of_label(lines: list[FlowLine], line: FlowLine, end: FlowLine) -> FlowLine:
    """Where CONTINUE of a DO goes on: LinuxCNC looks for the next O-word of the label, and a BREAK is one."""
    label = line.statement.label if line.statement else ""
    after = bisect.bisect_right(lines, line.offset, key=lambda each: each.offset)
    between = itertools.takewhile(lambda each: each.offset < end.offset, itertools.islice(lines, after, None))
    return next((each for each in between if each.statement and each.statement.label == label), end)


class Flow:
    """The call stack of a run and what O-words do to it."""

    def __init__(self) -> None:
        self.frames = [Frame()]
        self.loops = 0  # loops begun; above zero, blocks are kept for the next round

    def execute(self, run: Interpreter, statement: FlowStatement, here: int) -> None:
        """Run the O-word line that begins at byte `here`."""
        keyword = statement.keyword
        if keyword == "":
            return  # a program number
        if keyword.startswith("macro"):
            macro_b.execute_macro(run, statement, here)
            return
        if not run.dialect.owords:
            raise ProgramFault(
                Category.UNSUPPORTED_DIALECT, f"O-word {keyword.upper()}: this dialect has macro B"
            )
        if keyword == "call":
            self.call(run, statement)
            return
        line = run.source.flow_line_at(here)
        getattr(self, f"do_{keyword}")(run, statement, line)

    # jumps

    def jump_after(self, run: Interpreter, line: FlowLine) -> None:
        """Go on behind an O-word line."""
        run.jump(line.after, line.line + 1)

    def closing(self, run: Interpreter, line: FlowLine, what: str) -> FlowLine:
        """The line that closes this one; where there is none, an O-word that cannot be read may be meant to."""
        if line.end is not None:
            return line.end
        for later in run.source.flow_lines():
            if later.offset > line.offset and later.statement is None:
                go_to_fault(run, run.source, later)
                parse_block(run.source.line_at(later.offset)[0])
        raise at_end_of_file(f"{what} is not closed")

    def check_new(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        """A label opens one structure only."""
        defined = self.frames[-1].defined
        first = defined.setdefault(statement.label, line.offset)
        if first != line.offset:
            raise oword_fault(f"O{statement.label} is already in use for another {statement.keyword.upper()}")

    # branches

    def do_if(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        self.check_new(run, statement, line)
        if evaluate(statement.arguments[0], run) != 0:
            return
        for branch in line.branches:
            assert branch.statement is not None
            if branch.statement.keyword == "else" or evaluate(branch.statement.arguments[0], run) != 0:
                self.jump_after(run, branch)
                return
        self.jump_after(run, self.closing(run, line, f"O{statement.label} IF"))

    def do_elseif(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        self.leave_branch(run, statement, line)

    def do_else(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        self.leave_branch(run, statement, line)

    def leave_branch(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        """The branch before this line has been run: go on behind the ENDIF."""
        if line.opener is None:
            raise oword_fault(f"O{statement.label} {statement.keyword.upper()} without an IF")
        self.jump_after(run, self.closing(run, line.opener, f"O{statement.label} IF"))

    def do_endif(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        self.opener(statement, line)

    def opener(self, statement: FlowStatement, line: FlowLine) -> FlowLine:
        """The line that this one closes."""
        if line.opener is None:
            raise oword_fault(f"O{statement.label} {statement.keyword.upper()} closes nothing")
        return line.opener

    # loops

    def do_while(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        opener = line.opener
        if opener is not None:  # the end of a DO
            if evaluate(statement.arguments[0], run) != 0:
                self.jump_after(run, opener)
            return
        self.check_new(run, statement, line)
        self.loops += 1
        if evaluate(statement.arguments[0], run) == 0:
            self.jump_after(run, self.closing(run, line, f"O{statement.label} WHILE"))

    def do_endwhile(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        opener = self.opener(statement, line)
        assert opener.statement is not None
        if evaluate(opener.statement.arguments[0], run) != 0:
            self.jump_after(run, opener)

    def do_do(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        self.frames[-1].defined[statement.label] = line.offset  # a label may begin one DO after another
        self.loops += 1

    def do_repeat(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        self.check_new(run, statement, line)
        self.loops += 1
        rounds = round(evaluate(statement.arguments[0], run))
        if rounds <= 0:
            self.jump_after(run, self.closing(run, line, f"O{statement.label} REPEAT"))
            return
        self.frames[-1].repeats[line.offset] = rounds

    def do_endrepeat(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        opener = self.opener(statement, line)
        repeats = self.frames[-1].repeats
        left = repeats.get(opener.offset, 1) - 1
        repeats[opener.offset] = left
        if left > 0:
            self.jump_after(run, opener)

    def loop_of(self, run: Interpreter, statement: FlowStatement) -> FlowLine:
        """The open loop of a label."""
        offset = self.frames[-1].defined.get(statement.label)
        if offset is not None:
            line = run.source.flow_line_at(offset)
            if line.statement and line.statement.keyword in ("while", "do"):
                return line
        raise oword_fault(f"O{statement.label} {statement.keyword.upper()} stands in no such loop")

    def do_break(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        loop = self.loop_of(run, statement)
        self.jump_after(run, self.closing(run, loop, f"O{statement.label}"))

    def do_continue(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        loop = self.loop_of(run, statement)
        end = self.closing(run, loop, f"O{statement.label}")
        if loop.statement and loop.statement.keyword == "do":
            end = next_of_label(run.source.flow_lines(), line, end)
        run.jump(end.offset, end.line)

    # subroutines

    def do_sub(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        if len(self.frames) > 1:
            raise oword_fault(f"O{statement.label} SUB within a subroutine")
        first = run.source.find_sub(statement.label, ("sub",))
        if first is not None and first.offset != line.offset:
            raise oword_fault(f"O{statement.label} SUB is defined twice")
        if line.end is None:
            raise at_end_of_file(f"O{statement.label} SUB is not closed")
        self.jump_after(run, line.end)

    def do_endsub(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        self.give_back(run, statement)

    def do_return(self, run: Interpreter, statement: FlowStatement, line: FlowLine) -> None:
        self.give_back(run, statement)

    def give_back(self, run: Interpreter, statement: FlowStatement) -> None:
        """Return with a value or without."""
        if self.frames[-1].body is not None:
            raise oword_fault("a program called by M98 ends with M99")
        if len(self.frames) == 1 or self.frames[-1].label != statement.label:
            raise oword_fault(f"O{statement.label} {statement.keyword.upper()} stands in no such subroutine")
        run.has_returned = bool(statement.arguments)
        run.returned = evaluate(statement.arguments[0], run) if statement.arguments else 0.0
        self.leave(run)

    def leave(self, run: Interpreter) -> None:
        """Return to the caller."""
        frame = self.frames.pop()
        if frame.restore_on_return and frame.saved_modes is not None:
            run.restore_modes(frame.saved_modes)
        count = len(frame.locals_before)
        run.numbered[1 : 1 + count] = frame.locals_before
        assert frame.source is not None
        run.enter(frame.source, frame.offset, frame.line)

    def push(self, run: Interpreter, frame: Frame) -> None:
        """Enter one level deeper; the frame remembers where to return to."""
        if len(self.frames) >= run.setup.limits.call_depth:
            raise oword_fault(f"subroutines nested deeper than {run.setup.limits.call_depth}")
        frame.source, frame.offset, frame.line = run.source, run.offset, run.line
        self.frames.append(frame)
        self.loops += 1

    def find(self, run: Interpreter, label: str, keyword: str) -> tuple[Source, FlowLine]:
        """Where a subroutine (`sub`) or a program (no keyword) begins: here, in the main program, in its own file."""
        for source in (run.source, run.main):
            found = source.find_sub(label, (keyword,)) or self.other_kind(run, source, label, keyword)
            if found:
                return source, found
        source = run.external(label, find_subprogram)
        found = source.find_sub(label, (keyword,))
        if found is None:
            raise at_end_of_file(f"{source.name} holds no subroutine O{label}")
        return source, found

    def other_kind(self, run: Interpreter, source: Source, label: str, keyword: str) -> FlowLine | None:
        """The label as one of the other kind, which is a fault where there are both kinds of call."""
        if not run.dialect.owords:
            return None
        found = source.find_sub(label, ("sub" if keyword == "" else "",))
        if found is not None:
            go_to_fault(run, source, found)
            raise oword_fault(f"O{label} is called by {'CALL' if keyword == '' else 'M98'}")
        return None

    def call(self, run: Interpreter, statement: FlowStatement) -> None:
        """CALL: #1..#30 become the arguments, and the caller's come back afterwards."""
        label = statement.label
        if statement.label_value is not None:
            label = str(to_integer(evaluate(statement.label_value, run), "an O-word label"))
        if len(statement.arguments) > MAX_ARGUMENTS:
            raise oword_fault(f"O{label} CALL with more than {MAX_ARGUMENTS} arguments")
        arguments = [evaluate(value, run) for value in statement.arguments]
        source, line = self.find(run, label, "sub")
        before = run.numbered[LOCAL.start : LOCAL.stop]
        self.push(run, Frame(label, locals_before=before))
        run.numbered[LOCAL.start : LOCAL.stop] = arguments + [0.0] * (len(LOCAL) - len(arguments))
        run.enter(source, line.after, line.line + 1)

    def call_program(self, run: Interpreter, words: Words) -> None:
        """M98 P: run the subprogram L times; parameters are shared."""
        label, rounds = macro_b.split_program_number(words)
        if rounds == 0:
            return
        source, line = self.find(run, label, "")
        frame = Frame(label, rounds=rounds, body=(source, line.after, line.line + 1))
        self.push(run, frame)
        run.enter(source, line.after, line.line + 1)

    def call_macro(self, run: Interpreter, words: Words, values: list[float]) -> None:
        """G65: a subprogram with local variables of its own."""
        label, rounds = macro_b.split_program_number(words)
        if rounds == 0:
            return
        source, line = self.find(run, label, "")
        before = run.numbered[1 : 1 + len(values)]
        frame = Frame(label, locals_before=before, rounds=rounds, body=(source, line.after, line.line + 1))
        self.push(run, frame)
        run.numbered[1 : 1 + len(values)] = values
        run.enter(source, line.after, line.line + 1)

    def return_program(self, run: Interpreter, words: Words) -> bool:
        """M99: next round or back to the caller; False in the main program."""
        if len(self.frames) == 1:
            return False
        frame = self.frames[-1]
        if frame.body is None:
            raise oword_fault("a subroutine ends with ENDSUB or RETURN, not with M99")
        frame.rounds -= 1
        if frame.body and frame.rounds > 0:
            frame.defined.clear()
            run.enter(*frame.body)
        else:
            self.leave(run)
            if "p" in words:
                macro_b.go_to(run, words["p"], max(run.offset - 1, 0))
        return True
