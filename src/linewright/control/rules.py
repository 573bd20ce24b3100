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

from linewright.compiled import caller, function_address
from linewright.errors import InputError, Problem, nearest

ARGUMENTS = ("now_s", "work_s", "setup_s", "due_in_s", "remaining_s", "priority", "waiting_s")
call_rule = caller(*[float] * len(ARGUMENTS), result=float)  # the key that the rule at an address gives


def load_rule(place: str, folder: Path) -> int:
    """Compile the rule `FILE.py:FUNCTION` and return its address.

    Raises InputError where the file, the function or its arguments are not right.
    """
    name, _, function_name = place.partition(":")
    function = _find(folder / name, function_name)
    wrong = [p for p in inspect.signature(function).parameters if p not in ARGUMENTS]
    if wrong or len(inspect.signature(function).parameters) != len(ARGUMENTS):
        raise InputError([Problem(f"rule {function_name} must take {', '.join(ARGUMENTS)}", file=str(folder / name))])
    return function_address(function, len(ARGUMENTS))


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
