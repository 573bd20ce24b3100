"""Where the published schemas and documents lie, on a machine that has them beside the repository."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from linewright.machines.mtconnect.documents import time_of

_FOLDERS = [parent / "shared" / "reference" / "connect" for parent in Path(__file__).resolve().parents]


def published(folder: str) -> Path:
    """One folder of them; the test is skipped where it is not here."""
    for found in (base / folder for base in _FOLDERS):
        if found.is_dir():
            return found
    pytest.skip(f"the published files of {folder} are not here")


def recorded() -> Iterator[tuple[float, str, str]]:
    """What a real Okuma said on a day, as its adapter sent it: time, item, value."""
    with gzip.open(published("mtconnect") / "okuma-recorded-shdr.txt.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            stamp, _, rest = line.rstrip("\n").partition("|")
            words = rest.split("|")
            if stamp[:2] == "20" and not rest.startswith("@") and len(words) % 2 == 0:
                for name, value in zip(words[::2], words[1::2], strict=True):
                    yield time_of(stamp[:26].rstrip("Z") + "Z"), name, value
