"""Where the published schemas and documents lie, on a machine that has them beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

_FOLDERS = [parent / "shared" / "reference" / "connect" for parent in Path(__file__).resolve().parents]


def published(folder: str) -> Path:
    """One folder of them; the test is skipped where it is not here."""
    for found in (base / folder for base in _FOLDERS):
        if found.is_dir():
            return found
    pytest.skip(f"the published files of {folder} are not here")
