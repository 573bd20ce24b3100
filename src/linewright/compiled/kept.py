"""Machine code kept from one run of the program to the next."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from llvmlite import binding as llvm

from linewright.compiled.modes import BOUNDS_CHECKED, COUNTING

_SEAL = 32  # bytes of SHA-256 before the code: half a file is not run


@lru_cache(maxsize=1)
def _sources_hash() -> str:
    """Hash of everything that ends up in a kernel: the control, the compiled files of the twin, their codes."""
    here = Path(__file__).parent.parent
    digest = hashlib.sha256(f"{version('numba')} {version('llvmlite')} {BOUNDS_CHECKED} {COUNTING}".encode())
    twin = [p for p in sorted((here / "twin").glob("*.py")) if b"linewright.compiled" in p.read_bytes()]
    formulae = (here / "measure" / "recursions.py", here / "measure" / "rules" / "engine.py")
    own = (*sorted((here / "compiled").glob("*.*")), here / "plant" / "laws.py", *formulae)
    for source in (*own, *sorted((here / "control").glob("*.py")), *twin):
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled code is kept: `LINEWRIGHT_CACHE`, or the user's cache folder, by hash of the sources.

    The hash is needed: code must not be used any more when a part in another file was edited.
    """
    base = os.environ.get("LINEWRIGHT_CACHE") or Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "linewright"
    )
    return Path(base) / _sources_hash()


@lru_cache(maxsize=1)
def _processor() -> str:
    """The processor that code is made for, with all that it can do."""
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def place_of(function: Callable[..., Any]) -> Path:
    """The file in which the code of a kernel is kept: by name, its own source, and the processor."""
    source = Path(function.__code__.co_filename).read_bytes()
    digest = hashlib.sha256(_processor().encode() + source).hexdigest()[:16]
    return cache_folder() / f"{function.__module__}.{function.__name__}-{digest}.code"


def take(function: Callable[..., Any]) -> bytes | None:
    """The code of a kernel, or None where there is none, or none that is whole."""
    try:
        found = place_of(function).read_bytes()
    except OSError:
        return None
    seal, code = found[:_SEAL], found[_SEAL:]
    return code if seal == hashlib.sha256(code).digest() else None


def has(function: Callable[..., Any]) -> bool:
    """Is there code of a kernel?"""
    return place_of(function).exists()


def keep(function: Callable[..., Any], code: bytes) -> None:
    """Keep the code of a kernel, all of it or nothing. Where nothing can be written it is compiled again next time."""
    place = place_of(function)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_suffix(f".{os.getpid()}")
        draft.write_bytes(hashlib.sha256(code).digest() + code)
        draft.replace(place)
    except OSError:
        return
