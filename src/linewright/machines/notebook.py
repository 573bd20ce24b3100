"""What a driver keeps on disk about the machines it watches, so that a restart of ours loses nothing.

A hint, not a record: an older page only means that more is read again from the machine. It is replaced as a whole, so
that a torn file is never met.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Notebook:
    """Pages by machine name in one file; without a path they are not kept.

    `memory` is another one for each book that ever was: these machines know no jobs, the book does it for them.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        kept = _read(path) if path else {}
        self.memory = str(kept.get("memory") or uuid.uuid4().hex)
        pages = kept.get("pages")
        self._pages: dict[str, Mapping[str, Any]] = pages if isinstance(pages, dict) else {}
        self._written = "memory" in kept

    def page(self, machine: str) -> Mapping[str, Any]:
        """What was noted about a machine; {} nothing."""
        page = self._pages.get(machine, {})
        return page if isinstance(page, dict) else {}

    def note(self, machine: str, page: Mapping[str, Any]) -> None:
        """Replace a page; `keep` brings it to the disk."""
        self._pages[machine] = page
        self._written = False

    def keep(self) -> None:
        """Write what is new. Raises OSError."""
        if self._path is None or self._written:
            return
        new = self._path.with_name(self._path.name + ".new")
        new.write_text(json.dumps({"memory": self.memory, "pages": self._pages}), encoding="utf-8")
        new.replace(self._path)
        self._written = True


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
