"""Machine code in memory, ready to be called."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import binding as llvm

DOOR = "linewright_kernel"  # by which compiled code calls a kernel, as C would
CALL = "linewright_call"  # by which Python calls it
FAILED = -(1 << 63)  # what a kernel answers where an index was outside a table (only where bounds are checked)


@dataclass(frozen=True)
class Loaded:
    """A kernel in memory."""

    address: int  # of its door
    call: Callable[..., int]  # a function of Python's own kind


class _Method(ctypes.Structure):
    """`PyMethodDef` of Python's C interface."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


_ARGUMENTS_AS_ARRAY = 0x80  # METH_FASTCALL


def load(code: bytes) -> Loaded:
    """Put the machine code of a kernel into memory."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(codemodel="jitdefault", jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    method = _Method(b"kernel", engine.get_function_address(CALL), _ARGUMENTS_AS_ARRAY, None)
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    call = make(ctypes.addressof(method), None, None)
    _keep_for_ever(engine, method)
    return Loaded(engine.get_function_address(DOOR), call)


def _keep_for_ever(*things: Any) -> None:
    """Code can be running, and be called, until the process has ended."""
    for one in things:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(one))
