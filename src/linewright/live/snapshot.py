"""Snapshots: the state of a line, and beside it what else goes on from there without living through the past again.

The bytes are those of `control.save_state` with more members in the same archive, so that whatever reads a state reads
it out of a snapshot. The members name the line that they are of, and the version that wrote them.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from linewright.compiled import cache_folder
from linewright.control import Line, State, load_state, save_state

Arrays = Mapping[str, NDArray[Any]]
IDENTITY, WRITER = "identity", "writer"  # members beside the tables of the state; those of a part have a point
# what reading an archive raises where bytes of it have changed
DAMAGED = (ValueError, KeyError, OSError, EOFError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error)
QUICK = 1  # how hard a part is compressed: the line waits meanwhile


class Part(Protocol):
    """Something beside the state that a snapshot holds, as what was seen of a run or what is pending in it."""

    def save(self) -> Arrays:
        """All that is needed to go on from here, by name."""

    def fits(self, arrays: Arrays) -> bool:
        """Did one like this save these? Nothing is changed."""

    def load(self, arrays: Arrays) -> None:
        """Go on from there; only where it `fits`."""


class Kept:
    """What a snapshot holds, of what `pack` wrote or `save_state` alone. Raises ValueError where it is neither."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if (bad := archive.testzip()) is not None:  # before numpy reads what is none of its own
                    raise ValueError(f"{bad} is damaged")
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                self._members = {name: stored[name] for name in stored.files if name not in State.TABLES}
        except DAMAGED as error:
            raise ValueError("this is no snapshot") from error

    def state(self) -> State:
        """The state. Raises ValueError where it is not one of this version."""
        try:
            return load_state(self._data)
        except DAMAGED as error:
            raise ValueError("not a line state of this version") from error

    @property
    def identity(self) -> str:
        """Of the line that it is of; "": it does not say."""
        return str(self._members.get(IDENTITY, ""))

    @property
    def writer(self) -> str:
        """The version of the control and the twin that wrote it; "": it does not say."""
        return str(self._members.get(WRITER, ""))

    def part(self, part: str) -> Arrays:
        """What a part saved; nothing where there was none of that name."""
        begin = f"{part}."
        return {name.removeprefix(begin): array for name, array in self._members.items() if name.startswith(begin)}


def identity_of(line: Line) -> str:
    """Digest of the compiled line and of what a state consists of: where it agrees, snapshots fit."""
    digest = hashlib.sha256(repr(State.TABLES).encode())
    for name in Line.TABLES:
        array = line.lasting(name)
        digest.update(f"{name} {array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def this_writer() -> str:
    """The version of the control and the twin that runs: a digest of their sources."""
    return cache_folder().name


def pack(state: State, identity: str, parts: Mapping[str, Part]) -> bytes:
    """The bytes of a snapshot."""
    buffer = io.BytesIO(save_state(state))
    members: dict[str, Any] = {IDENTITY: np.array(identity), WRITER: np.array(this_writer())}
    for part, saver in parts.items():
        members |= {f"{part}.{name}": array for name, array in saver.save().items()}
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED, compresslevel=QUICK) as archive:
        for name, array in members.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()
