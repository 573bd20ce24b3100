"""Sample files where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path


def reference_folder() -> Path | None:
    """The pack of samples beside the repository; None where it is not at hand."""
    root = Path(__file__).resolve().parents[2]
    named = os.environ.get("LINEWRIGHT_REFERENCE")
    places = (
        [Path(named)]
        if named
        else [root.parent / "shared/reference", root.parent.parent / "shared/reference"]
    )
    return next((place for place in places if (place / "quality").is_dir()), None)


def samples(pattern: str) -> list[Path]:
    folder = reference_folder()
    return sorted(folder.glob(pattern)) if folder else []
