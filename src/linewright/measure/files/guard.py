"""The door for files from elsewhere: size, encoding and XML that would eat the memory are refused by name."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from linewright.errors import InputError, Problem

MAX_BYTES = 512 * 1024 * 1024  # a larger inspection file is cut into lots, not read whole
MAX_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024  # of a packed file (xlsx)
MAX_UNPACK_RATIO = 200  # real workbooks pack 5 to 30 times; a zip bomb packs 1000 times


def check_file(path: Path, max_bytes: int = MAX_BYTES) -> None:
    """Refuse what is not a readable, non-empty file of at most `max_bytes`."""
    if not path.is_file():
        raise InputError([Problem("there is no such file", str(path))])
    size = path.stat().st_size
    if size == 0:
        raise InputError([Problem("the file is empty", str(path))])
    if size > max_bytes:
        raise InputError(
            [
                Problem(
                    f"the file has {size} bytes, more than the {max_bytes} allowed",
                    str(path),
                    hint="cut it into lots",
                )
            ]
        )


def check_zip(path: Path) -> None:
    """Refuse a packed file that would unpack to far more than it should."""
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(item.file_size for item in packed.infolist())
    except zipfile.BadZipFile:
        raise InputError([Problem("not a workbook: the file is damaged or cut short", str(path))]) from None
    if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_UNPACK_RATIO * max(path.stat().st_size, 1024):
        raise InputError([Problem(f"the file would unpack to {unpacked} bytes: refused", str(path))])


def file_hash(path: Path) -> str:
    """sha256 of the file's bytes, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
