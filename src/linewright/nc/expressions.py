"""Values of words: numbers, parameters and expressions, parsed once into small closures.

A parsed value is a float where it is constant, else a function of the `Context` that holds the parameters.
Precedence from tight to loose: `**`; `* / MOD`; `+ -`; comparisons; `AND OR XOR`; all from left to right. A
sign belongs to the number it stands before, so -2**2 is 4. Angles are degrees. Two values are equal when they
differ by less than 0.0001. Bounded: nesting deeper than `MAX_DEPTH` is a fault.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Protocol

from linewright.nc import system_variables
from linewright.nc.faults import Category, ProgramFault, expression_fault, syntax
from linewright.nc.operators import (
    EQUAL_WITHIN,
    FUNCTION,
    FUNCTIONS,
    MACRO_FUNCTIONS,
    MACRO_OPERATORS,
    OPEN_OPERATORS,
    OPERATOR,
    OPERATORS,
    check_finite,
)

MAX_DEPTH = 60  # nested brackets; far above any real program, far below Python's own limit

#: Numbered parameters run from 1 to this.
LAST_PARAMETER = 5601
#: The machine's position in program coordinates, computed when read.
POSITION_PARAMETERS = range(5420, 5429)
READ_ONLY_PARAMETERS = frozenset([*range(5400, 5414), *POSITION_PARAMETERS])

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")


class Context(Protocol):
    """What a value may depend on."""

    numbered: list[float]
    last_parameter: int
    system_numbers: frozenset[int]  # that the control computes where its dialect has them

    def system_value(self, number: int) -> float: ...

    def position_parameter(self, number: int) -> float: ...

    def named_value(self, name: str) -> float: ...

    def named_exists(self, name: str) -> bool: ...


Computed = Callable[[Context], float]
Value = float | Computed


def evaluate(value: Value, context: Context) -> float:
    """The number that a parsed value has now."""
    return value if isinstance(value, float) else value(context)


def to_integer(number: float, what: str) -> int:
    """`number` as an integer; words such as T and L allow no fraction."""
    if number != number:
        raise ProgramFault(Category.RANGE, f"{what} is empty")
    nearest = round(number)
    if abs(number - nearest) > EQUAL_WITHIN:
        raise ProgramFault(Category.RANGE, f"{what} must be a whole number, not {number:g}")
    return nearest


def check_parameter_number(number: float, last: int = LAST_PARAMETER) -> int:
    """The index of a numbered parameter, or a fault where there is none."""
    if number != number:
        raise ProgramFault(Category.PARAMETER, "the number of a parameter is empty")
    index = round(number)
    if abs(number - index) > EQUAL_WITHIN:
        raise ProgramFault(Category.PARAMETER, f"parameter number {number:g} is not a whole number")
    if index == 0 and last > LAST_PARAMETER:
        return 0  # macro B: #0 is the empty variable
    if not 1 <= index <= last:
        raise ProgramFault(Category.PARAMETER, f"parameter #{index} is outside 1..{last}")
    return index


def read_numbered(context: Context, number: float) -> float:
    """Value of parameter `number`, the computed ones included."""
    index = check_parameter_number(number, context.last_parameter)
    if index in context.system_numbers:
        return context.system_value(index)
    if index in POSITION_PARAMETERS:
        return context.position_parameter(index)
    return context.numbered[index]


def _apply(function: Callable[[float], float], argument: Value) -> Value:
    """`function` of a value, computed now where the value is constant and has one."""
    if isinstance(argument, float):
        constant = argument
        try:
            return float(function(constant))
        except ProgramFault:
            return lambda c: float(function(constant))  # at fault when it is run, not when it is read
    inner = argument
    return lambda c: float(function(inner(c)))


def _combine(function: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """`function` of two values, computed now where both are constant and have one."""
    if isinstance(left, float):
        constant = left
        if isinstance(right, float):
            other = right
            try:
                return function(constant, other)
            except ProgramFault:
                return lambda c: function(constant, other)
        computed = right
        return lambda c: function(constant, computed(c))
    if isinstance(right, float):
        first, second = left, right
        return lambda c: function(first(c), second)
    one, two = left, right
    return lambda c: function(one(c), two(c))


def parameter(index: float) -> Value:
    """A numbered parameter whose number is known: a quick look-up where every dialect has it."""
    if not 1 <= index <= LAST_PARAMETER or index != int(index):
        return lambda c: read_numbered(c, index)
    number = int(index)
    if number in POSITION_PARAMETERS:
        return lambda c: c.position_parameter(number)
    return lambda c: c.numbered[number]


class ValueReader:
    """Reads values out of a cleaned block: lower case, no blanks, no comments. `at` moves on as it reads."""

    def __init__(self, text: str, at: int = 0, *, empty: bool = False) -> None:
        self.text = text
        self.at = at
        self.empty = empty  # variables can be empty (macro B)
        self.depth = 0

    def peek(self) -> str:
        """The next character, or an empty string at the end."""
        return self.text[self.at : self.at + 1]

    def number(self) -> float:
        """A literal number with its sign."""
        match = NUMBER.match(self.text, self.at)
        if match is None:
            raise syntax(f"a number is expected at {self.text[self.at : self.at + 8]!r}")
        self.at = match.end()
        if self.peek() == ".":
            raise syntax(f"a number with two points: {match.group()}.")
        return float(match.group())

    def value(self) -> Value:
        """A number, #parameter, [expression] or function, each with a sign or without."""
        head = self.peek()
        if head.isdigit() or head == ".":
            return self.number()
        if head == "[":
            return self.bracket()
        if head == "#":
            return self.parameter()
        if head and head in "+-":
            return self.signed(head)
        if head.isalpha():
            return self.function()
        raise syntax("a value is missing at the end" if not head else f"a value cannot begin with {head!r}")

    def signed(self, sign: str) -> Value:
        """A value after its sign, or after several: --5 is 5."""
        following = self.text[self.at + 1 : self.at + 2]
        if following.isdigit() or following == ".":
            return self.number()
        self.at += 1
        negative = sign == "-"
        while (following := self.peek()) and following in "+-":
            negative ^= following == "-"
            self.at += 1
        if not following:
            raise syntax(f"a number is missing after {sign!r}")
        inner = self.value()
        return _apply(lambda x: -x, inner) if negative else inner

    def bracket(self) -> Value:
        """An expression in square brackets."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ProgramFault(Category.EXPRESSION, f"brackets nested deeper than {MAX_DEPTH}")
        self.at += 1
        begin = self.at
        value = self.chain(0)
        if not self.empty and any(name in self.text[begin : self.at] for name in OPEN_OPERATORS):
            value = _apply(check_finite, value)
        if self.peek() != "]":
            raise expression_fault("a bracket is not closed")
        self.at += 1
        self.depth -= 1
        return value

    def operator(self) -> str:
        """The operator at hand, or an empty string where the expression ends; not read yet."""
        match = OPERATOR.match(self.text, self.at)
        if match:
            return match.group()
        if self.peek() in ("]", ""):
            return ""
        raise expression_fault(f"unknown operation at {self.text[self.at : self.at + 8]!r}")

    def chain(self, weakest: int) -> Value:
        """Values joined by operators that bind tighter than `weakest`, from left to right."""
        left = self.operand()
        while name := self.operator():
            strength, function = OPERATORS[name]
            if self.empty:
                function = MACRO_OPERATORS[name]
            if strength <= weakest:
                break
            self.at += len(name)
            left = _combine(function, left, self.chain(strength))
        return left

    def operand(self) -> Value:
        """A value inside an expression; a missing one is a fault of the expression."""
        if self.peek() in ("", "]"):
            raise expression_fault("a value is missing in an expression")
        return self.value()

    def function(self) -> Value:
        """A function of a bracketed argument."""
        match = FUNCTION.match(self.text, self.at)
        if match is None:
            raise syntax(f"unknown word at {self.text[self.at : self.at + 8]!r}")
        name = match.group()
        self.at = match.end()
        if self.peek() != "[":
            raise expression_fault(f"{name.upper()} needs its argument in brackets")
        if name == "exists":
            return self.exists()
        argument = self.bracket()
        if name == "atan":
            return self.atan(argument)
        if not self.empty:
            return _apply(FUNCTIONS[name], argument)
        function = MACRO_FUNCTIONS[name]
        return _apply(lambda v: function(v if v == v else 0.0), argument)

    def atan(self, rise: Value) -> Value:
        """ATAN[rise]/[run]: the angle of a direction."""
        if self.text[self.at : self.at + 2] != "/[":
            raise expression_fault("ATAN needs two arguments: ATAN[rise]/[run]")
        self.at += 1
        return _combine(lambda y, x: math.degrees(math.atan2(y, x)), rise, self.bracket())

    def exists(self) -> Value:
        """EXISTS[#<name>], EXISTS[#number]: 1 where there is such a parameter."""
        if self.text[self.at : self.at + 2] != "[#":
            raise expression_fault("EXISTS needs a parameter: EXISTS[#<name>]")
        self.at += 2
        number, name = (None, self.name()) if self.peek() == "<" else (self.value(), "")
        if self.peek() != "]":
            raise expression_fault("a bracket is not closed")
        self.at += 1
        if number is None:
            return lambda c: 1.0 if c.named_exists(name) else 0.0
        return lambda c: 1.0 if 1.0 <= evaluate(number, c) <= c.last_parameter else 0.0

    def name(self) -> str:
        """A name in angle brackets."""
        end = self.text.find(">", self.at)
        if end < 0:
            raise syntax("a named parameter is not closed with '>'")
        name = self.text[self.at + 1 : end]
        if not name:
            raise syntax("a named parameter has no name")
        self.at = end + 1
        return name

    def parameter(self) -> Value:
        """The value of #number, ##number, #[expression] or #<name>."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ProgramFault(Category.EXPRESSION, f"parameters nested deeper than {MAX_DEPTH}")
        self.at += 1
        if self.peek() == "<":
            name = self.name()
            result: Value = lambda c: c.named_value(name)  # noqa: E731
        else:
            index = self.value()
            if isinstance(index, float):
                constant = index
                computed_there = self.empty and constant in system_variables.READABLE
                result = (lambda c: read_numbered(c, constant)) if computed_there else parameter(constant)
            else:
                computed = index
                result = lambda c: read_numbered(c, computed(c))  # noqa: E731
        self.depth -= 1
        return result
