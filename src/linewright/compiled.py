"""The one place that turns Python functions into machine code.

`part` is for functions that only other compiled functions call, `kernel` for those that Python calls too. Both
compile without reference counting (`_nrt=False`, a private option of numba, hence the pinned range): counting
at every call cost a factor of five. Such functions cannot allocate; the caller owns all memory.

The cache folder carries a hash of every compiled source, since numba keeps a caller's old machine code when
a callee in another file was edited.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])
BOUNDS_CHECKED = os.environ.get("LINEWRIGHT_BOUNDSCHECK", "0") == "1"
COMPILED = not numba.config.DISABLE_JIT
_ROOMS = ("control", "twin")


def _sources_hash() -> str:
    here = Path(__file__).parent
    digest = hashlib.sha256(f"{numba.__version__} {BOUNDS_CHECKED}".encode())
    for room in _ROOMS:
        for source in sorted((here / room).glob("*.py")):
            text = source.read_bytes()
            if b"linewright.compiled" in text or b"_C = " in text:
                digest.update(source.name.encode() + text)
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled code is kept: `LINEWRIGHT_CACHE`, or the user's cache folder, by hash of the sources."""
    base = os.environ.get("LINEWRIGHT_CACHE") or Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "linewright"
    )
    return Path(base) / _sources_hash()


numba.config.CACHE_DIR = str(cache_folder())
_OPTIONS: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "boundscheck": BOUNDS_CHECKED,
    "_nrt": False,
}


def kernel(function: F) -> F:
    """Compile a function that Python calls."""
    return numba.njit(**_OPTIONS)(function)  # type: ignore[no-any-return]


def part(function: F) -> F:
    """Compile a function that only compiled functions call (no wrapper for Python: half the compile time)."""
    return numba.njit(**_OPTIONS, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)  # type: ignore[no-any-return]
