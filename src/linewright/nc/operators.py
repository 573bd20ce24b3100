"""Operators and functions of expressions, as RS274/NGC has them and as macro B has them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from linewright.nc.faults import expression_fault

EQUAL_WITHIN = 1e-4


def _power(base: float, exponent: float) -> float:
    if base < 0 and exponent != math.floor(exponent):
        raise expression_fault(f"{base:g} cannot be raised to the broken power {exponent:g}")
    try:
        return float(base**exponent)
    except (OverflowError, ZeroDivisionError):
        return math.inf


def _divide(left: float, right: float) -> float:
    if right == 0.0:
        raise expression_fault("division by zero")
    return left / right


def _modulo(left: float, right: float) -> float:
    if right == 0.0 or not math.isfinite(left):
        return math.nan
    rest = math.fmod(left, right)
    return rest + abs(right) if rest < 0 else rest


def _equal(left: float, right: float) -> float:
    return 1.0 if abs(left - right) < EQUAL_WITHIN else 0.0


#: operator -> (binding strength, function)
OPERATORS: dict[str, tuple[int, Callable[[float, float], float]]] = {
    "**": (5, _power),
    "*": (4, lambda a, b: a * b),
    "/": (4, _divide),
    "mod": (4, _modulo),
    "+": (3, lambda a, b: a + b),
    "-": (3, lambda a, b: a - b),
    "eq": (2, _equal),
    "ne": (2, lambda a, b: 1.0 if abs(a - b) >= EQUAL_WITHIN else 0.0),
    "gt": (2, lambda a, b: 1.0 if a > b else 0.0),
    "ge": (2, lambda a, b: 1.0 if a >= b else 0.0),
    "lt": (2, lambda a, b: 1.0 if a < b else 0.0),
    "le": (2, lambda a, b: 1.0 if a <= b else 0.0),
    "and": (1, lambda a, b: 1.0 if a != 0 and b != 0 else 0.0),
    "or": (1, lambda a, b: 1.0 if a != 0 or b != 0 else 0.0),
    "xor": (1, lambda a, b: 1.0 if (a != 0) != (b != 0) else 0.0),
}


def check_finite(value: float) -> float:
    """The value of a bracket, which must be a number."""
    if not math.isfinite(value):
        raise expression_fault("the expression has no finite value: MOD by zero, or a power too large")
    return value


def _filled(function: Callable[[float, float], float]) -> Callable[[float, float], float]:
    """An operator for which an empty variable is zero."""
    return lambda a, b: check_finite(function(a if a == a else 0.0, b if b == b else 0.0))


def _same(left: float, right: float) -> float:
    """EQ of macro B: an empty variable equals an empty one alone."""
    if left != left or right != right:
        return 1.0 if left != left and right != right else 0.0
    return _equal(left, right)


#: The operators where variables can be empty (macro B).
MACRO_OPERATORS = {name: _filled(function) for name, (_, function) in OPERATORS.items()}
MACRO_OPERATORS |= {"eq": _same, "ne": lambda a, b: 1.0 - _same(a, b)}
#: After these a value may be infinite or none at all; what compares it may go on, the value of the whole may not.
OPEN_OPERATORS = frozenset({"**", "mod"})
OPERATOR = re.compile(r"\*\*|[*/+-]|mod|eq|ne|gt|ge|lt|le|and|or|xor")


def _arc_function(name: str, function: Callable[[float], float]) -> Callable[[float], float]:
    def compute(x: float) -> float:
        if abs(x) > 1.0:
            raise expression_fault(f"argument {x:g} of {name} is outside -1..1")
        return math.degrees(function(x))

    return compute


def _square_root(x: float) -> float:
    if x < 0:
        raise expression_fault(f"square root of {x:g}")
    return math.sqrt(x)


def _logarithm(x: float) -> float:
    if x <= 0:
        raise expression_fault(f"logarithm of {x:g}")
    return math.log(x)


def _exponential(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError as error:
        raise expression_fault(f"EXP[{x:g}] is too large") from error


def _round_half_away(x: float) -> float:
    return math.copysign(math.floor(abs(x) + 0.5), x)


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "acos": _arc_function("acos", math.acos),
    "asin": _arc_function("asin", math.asin),
    "cos": lambda x: math.cos(math.radians(x)),
    "exp": _exponential,
    "fix": math.floor,
    "fup": math.ceil,
    "ln": _logarithm,
    "round": _round_half_away,
    "sin": lambda x: math.sin(math.radians(x)),
    "sqrt": _square_root,
    "tan": lambda x: math.tan(math.radians(x)),
}
#: Where macro B reads them otherwise: FIX cuts off towards zero, FUP goes away from it.
MACRO_FUNCTIONS: dict[str, Callable[[float], float]] = {
    **FUNCTIONS,
    "fix": lambda x: math.copysign(math.floor(abs(x)), x),
    "fup": lambda x: math.copysign(math.ceil(abs(x)), x),
}
FUNCTION = re.compile("|".join([*FUNCTIONS, "atan", "exists"]))
