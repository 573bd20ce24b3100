"""Machine code in memory, ready to be called."""

from __future__ import annotations

from typing import Any

from llvmlite import binding as llvm

DOOR = "linewright_kernel"  # the one name that the code of a kernel shows
FAILED = -(1 << 63)  # what a kernel answers where an index was outside a table (only where bounds are checked)

_engines: list[Any] = []  # they hold the memory of the code


def load(code: bytes) -> int:
    """Put the machine code of a kernel into memory; return the address at which it is called."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(codemodel="jitdefault", jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _engines.append(engine)
    return int(engine.get_function_address(DOOR))
