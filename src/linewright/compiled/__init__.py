"""Compiled code and the memory that it shares with Python.

`part` and `kernel` turn Python functions into machine code. What they work on is a `Tables`: named arrays behind
one address. Compiled functions pass that single pointer from hand to hand and read `state.machine[m].unit`
through it. (Tuples of arrays, the usual way, cost a copy of every array header at every call: 35 us a part
where this takes two; see docs/decisions.)

A kernel is compiled once and kept as machine code. Where it is kept already, nothing here imports numba: the code
is read, and called. Only `compiler` and `types` know numba, and only they are imported when something is compiled.

With `NUMBA_DISABLE_JIT=1` the same source runs as plain Python on the same arrays. With
`LINEWRIGHT_BOUNDSCHECK=1` every index is checked.
"""

from linewright.compiled.kept import cache_folder
from linewright.compiled.modes import COMPILED
from linewright.compiled.parts import (
    Address,
    apart,
    call_apart,
    caller,
    compile_together,
    function_address,
    hot,
    kernel,
    not_kept,
    of_arrays,
    opener,
    ordinal,
    part,
    seldom,
)
from linewright.compiled.tables import Tables

__all__ = [
    "COMPILED",
    "Address",
    "Tables",
    "apart",
    "cache_folder",
    "call_apart",
    "caller",
    "compile_together",
    "function_address",
    "hot",
    "kernel",
    "not_kept",
    "of_arrays",
    "opener",
    "ordinal",
    "part",
    "seldom",
]
