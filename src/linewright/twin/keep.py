"""Results in files, from which every report can be made again."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from linewright.twin.layout import Layout
from linewright.twin.results import Result


def save_result(result: Result, path: Path) -> None:
    """Write a result to a file (numpy's npz), from which every report can be made again."""
    head = {f.name: getattr(result, f.name) for f in fields(Result) if f.name not in ("layout", "sums", "series")}
    head["layout"] = asdict(result.layout)
    arrays: dict[str, Any] = {f"sum_{name}": array for name, array in result.sums.items()}
    if result.series is not None:
        arrays["series"] = result.series
    buffer = io.BytesIO()
    np.savez_compressed(buffer, head=np.frombuffer(json.dumps(head).encode(), np.uint8), **arrays)
    path.write_bytes(buffer.getvalue())


def load_result(path: Path) -> Result:
    """The result that `save_result` wrote. Raises ValueError where the file is not one."""
    with np.load(path, allow_pickle=False) as stored:
        if "head" not in stored.files:
            raise ValueError("not a result")
        head = json.loads(stored["head"].tobytes())
        layout = Layout(**head.pop("layout"))
        layout.ways[:] = [(a, b) for a, b in layout.ways]
        layout.work[:] = [(o, s, mean_s, alone) for o, s, mean_s, alone in layout.work]
        sums = {name[4:]: stored[name] for name in stored.files if name.startswith("sum_")}
        series = stored["series"] if "series" in stored.files else None
    return Result(**head, layout=layout, sums=sums, series=series)
