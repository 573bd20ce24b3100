"""Functions to be compiled: parts, kernels, and what is called by its address.

Nothing is compiled here, and numba is not imported: a part is a mark on a function until a kernel that is not kept
asks `compiler` for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from enum import Enum
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

import numpy as np

from linewright.compiled import kept
from linewright.compiled.machine_code import FAILED, Loaded, load
from linewright.compiled.modes import BOUNDS_CHECKED, COMPILED, COUNTING
from linewright.compiled.tables import Tables

F = TypeVar("F", bound=Callable[..., Any])
Address = Any  # of a `Tables`: a number (uncompiled: the tables themselves)


class How(Enum):
    """How LLVM is to treat a part."""

    PART = "as it finds best"
    SELDOM = "never built into its callers, and kept away from what runs all the time"
    HOT = "built into its callers"


class Part:
    """A function that only compiled functions call. numba finds the compiled one when it compiles a caller."""

    def __init__(self, function: Callable[..., Any], how: How) -> None:
        self.py_func, self.how = function, how

    @cached_property
    def _dispatcher(self) -> Any:
        from linewright.compiled.compiler import dispatcher

        return dispatcher(self.py_func, self.how)

    @property
    def _numba_type_(self) -> Any:
        return self._dispatcher._numba_type_


def part(function: F) -> F:
    """Compile a function that only compiled functions call."""
    return Part(function, How.PART) if COMPILED else function  # type: ignore[return-value]


def seldom(function: F) -> F:
    """A `part` off the way of most events: never built into its callers, and kept away from what runs all the time."""
    return Part(function, How.SELDOM) if COMPILED else function  # type: ignore[return-value]


def hot(function: F) -> F:
    """A `part` on the way of every event: built into its callers."""
    return Part(function, How.HOT) if COMPILED else function  # type: ignore[return-value]


class Intrinsic:
    """A function whose code is written out for LLVM. `make` says how, when it is first asked for."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    @cached_property
    def _made(self) -> Any:
        return self.make()

    @property
    def _numba_type_(self) -> Any:
        from linewright.compiled.compiler import intrinsic_type

        return intrinsic_type(self._made)


def opener(kind: type[Tables]) -> Callable[[Address], Any]:
    """A function for kernels that turns the address of a `Tables` of this kind into the tables themselves."""
    if not COMPILED:
        return lambda tables: tables

    def make() -> Any:
        from linewright.compiled.types import open_tables

        return open_tables(kind)

    return Intrinsic(make)  # type: ignore[return-value]


def _bits_of() -> Any:
    from linewright.compiled.types import bits_of

    return bits_of


# a whole number for each number from 0 to inf, in the same order; those of neighbours differ by 1
ordinal: Any = Intrinsic(_bits_of) if COMPILED else lambda number: int(np.float64(number).view(np.int64))


# ---------------------------------------------------------------- functions of arrays


class OfArrays:
    """A function of numbers and arrays, compiled by numba in its usual way when it is first called."""

    def __init__(self, function: Callable[..., Any], inline: str) -> None:
        self.py_func, self.inline = function, inline

    @cached_property
    def _dispatcher(self) -> Any:
        from linewright.compiled.compiler import of_arrays

        return of_arrays(self.py_func, self.inline)

    @property
    def _numba_type_(self) -> Any:
        return self._dispatcher._numba_type_

    @property
    def targetoptions(self) -> dict[str, Any]:
        """By which numba sees what is to be built in."""
        return dict(self._dispatcher.targetoptions)

    def __call__(self, *arguments: Any) -> Any:
        """The first call: from then on numba's own function is called, with no step between."""
        direct = {"__call__": staticmethod(self._dispatcher)}
        self.__class__ = type("OfArrays", (OfArrays,), direct)
        return self._dispatcher(*arguments)


def of_arrays(function: Callable[..., Any], inline: str = "never") -> Callable[..., Any]:
    """Compile a function of numbers and arrays that Python calls as well as other functions of this kind."""
    return OfArrays(function, inline) if COMPILED else function


# ---------------------------------------------------------------- kernels


class Kernel:
    """A compiled function that Python calls, loaded when it is first called."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[type, ...] | None = None) -> None:
        self.py_func = function
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        hints = function.__annotations__
        self.arguments = arguments or tuple(float if hints.get(n) in (float, "float") else int for n in names)
        self.result = int if arguments or hints.get("return") in (int, "int") else None
        self._lock = Lock()

    @property
    def name(self) -> str:
        """By which `python -m linewright.compiled` finds it."""
        return f"{self.py_func.__module__}:{self.py_func.__name__}"

    @cached_property
    def loaded(self) -> Loaded:
        """Its machine code in memory; compiled if it is not kept."""
        with self._lock:
            return load(kept.take(self.py_func) or self.compile())

    def compile(self) -> bytes:
        """Compile it and keep the code."""
        from linewright.compiled.compiler import compile_kernel

        code: bytes = compile_kernel(self.py_func, self.arguments, self.result)
        if not COUNTING:  # code that counts knows where in this process it counts
            kept.keep(self.py_func, code)
        return code

    @cached_property
    def _call(self) -> Callable[..., int]:
        return _checked(self.loaded.call) if BOUNDS_CHECKED else self.loaded.call

    def __call__(self, *arguments: Any) -> int:
        return self._call(*arguments)


def _checked(call: Callable[..., int]) -> Callable[..., int]:
    def checked(*arguments: Any) -> int:
        answer = call(*arguments)
        if answer == FAILED:
            raise IndexError("index outside the table")
        return answer

    return checked


def kernel(function: F) -> F:
    """Compile a function that Python calls. Its arguments are addresses of `Tables`, `int` and `float`.

    Arguments marked `float` are numbers of that kind, all others whole numbers; it returns a whole number where
    its hint says `int`, else nothing.
    """
    return Kernel(function) if COMPILED else function  # type: ignore[return-value]


def not_kept(*kernels: Any) -> list[Kernel]:
    """Those of the kernels that have to be compiled."""
    return [one for one in kernels if COMPILED and not kept.has(one.py_func)]


def compile_together(kernels: Sequence[Kernel]) -> None:
    """Compile kernels at the same time: the first here, the others in a process beside this one."""
    first, *others = kernels
    with ExitStack() as at_end:
        if others and sys.executable:
            command = [sys.executable, "-m", "linewright.compiled", *(one.name for one in others)]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            nowhere = subprocess.DEVNULL
            at_end.enter_context(subprocess.Popen(command, env=environment, stdout=nowhere, stderr=nowhere))
        first.compile()
    for one in not_kept(*others):
        one.compile()


# ---------------------------------------------------------------- called by address
#
# What few plants need is not linked into the kernels: it is a kernel of its own, compiled when the first plant
# asks for it, and called through its address. Plants without it pay nothing, not even the time to compile it.

_APART = (int, int, int, int, int, int, float)
_uncompiled: dict[int, Callable[..., Any]] = {}  # by the number that stands for it


def _number_of(function: Callable[..., Any]) -> int:
    """A number that stands for a function that is not compiled; a `caller` finds it by that."""
    _uncompiled[id(function)] = function
    return id(function)


def function_address(function: Callable[..., float], arguments: int) -> int:
    """The address of a function of so many `float`, giving one: compiled at once and not kept."""
    if not COMPILED:
        return _number_of(function)
    from linewright.compiled.compiler import c_function

    return c_function(function, arguments)


def caller(*arguments: type, result: type) -> Callable[..., Any]:
    """A function for compiled code: `(address, *arguments)` calls what is there with them."""
    if not COMPILED:
        return lambda address, *given: _uncompiled[int(address)](*given)

    def make() -> Any:
        from linewright.compiled.types import call_address

        return call_address(arguments, result)

    return Intrinsic(make)  # type: ignore[return-value]


class Apart(Kernel):
    """A kernel `(tables, tables, tables, what, a, b, x) -> int` that compiled code calls by its `address`.

    The three tables come as addresses, to be opened; those that it does not need are passed twice. It is compiled
    when its address is first asked for.
    """

    def __init__(self, function: Callable[..., int]) -> None:
        super().__init__(function, _APART)

    @cached_property
    def address(self) -> int:
        """Where it is. Uncompiled, a number stands for it."""
        return self.loaded.address if COMPILED else _number_of(self.py_func)


def apart(function: Callable[..., int]) -> Apart:
    """Compile a function that compiled code calls by its address, where few plants need it."""
    return Apart(function)


call_apart = caller(*_APART, result=int)
