"""Dispatch rules of the user's own: a Python function, compiled, called by its address.

The kernel is compiled once; a rule is compiled apart to a C function and the kernel calls it through its
address, so that a new rule never recompiles the line.

A rule gets seconds and returns a key; the waiting unit with the least key goes first:

    def my_rule(now_s, work_s, setup_s, due_in_s, remaining_s, priority, waiting_s):
        return setup_s + work_s - 0.1 * waiting_s
"""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from linewright.compiled import COMPILED, part
from linewright.errors import InputError, Problem, nearest

ARGUMENTS = ("now_s", "work_s", "setup_s", "due_in_s", "remaining_s", "priority", "waiting_s")
_SIGNATURE = types.float64(*[types.float64] * len(ARGUMENTS))
_rules: dict[int, Any] = {}  # keeps compiled rules alive; address -> cfunc or function


@intrinsic
def _call_address(typing: Any, address: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        double = context.get_value_type(types.float64)
        function = ir.FunctionType(double, [double] * len(ARGUMENTS))
        return builder.call(builder.inttoptr(arguments[0], function.as_pointer()), arguments[1:])

    return types.float64(types.int64, *[types.float64] * len(ARGUMENTS)), generate


if COMPILED:
    @part
    def call_rule(address, now_s, work_s, setup_s, due_in_s, remaining_s, priority, waiting_s):
        """The key that the user's rule at `address` gives."""
        return _call_address(address, now_s, work_s, setup_s, due_in_s, remaining_s, priority, waiting_s)

else:

    def call_rule(address: int, *arguments: float) -> float:
        """The key that the user's rule at `address` gives."""
        return float(_rules[int(address)](*arguments))


def load_rule(place: str, folder: Path) -> int:
    """Compile the rule `FILE.py:FUNCTION` and return its address.

    Raises InputError where the file, the function or its arguments are not right.
    """
    name, _, function_name = place.partition(":")
    function = _find(folder / name, function_name)
    wrong = [p for p in inspect.signature(function).parameters if p not in ARGUMENTS]
    if wrong or len(inspect.signature(function).parameters) != len(ARGUMENTS):
        raise InputError([Problem(f"rule {function_name} must take {', '.join(ARGUMENTS)}", file=str(folder / name))])
    return address_of(function)


def address_of(function: Callable[..., float]) -> int:
    """The address by which compiled code calls the rule (uncompiled: a number that stands for it)."""
    if not COMPILED:
        _rules[id(function)] = function
        return id(function)
    compiled = numba.cfunc(_SIGNATURE)(function)
    _rules[compiled.address] = compiled
    return int(compiled.address)


def _find(path: Path, function_name: str) -> Callable[..., float]:
    if not path.is_file():
        raise InputError([Problem(f"no such file for a dispatch rule: {path}", file=str(path))])
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    functions = {n: f for n, f in vars(module).items() if inspect.isfunction(f)}
    if function_name not in functions:
        hint = nearest(function_name, functions)
        raise InputError([Problem(f"no function {function_name!r}", file=str(path), hint=hint)])
    return functions[function_name]
