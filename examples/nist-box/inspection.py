"""What two laboratories measured on the same parts, read from the QIF files into two small tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linewright.measure.files import Inspection, Status, read_qif

LABORATORIES = {"first-article": "NIST / Mitutoyo, first article", "incoming": "MTC, incoming inspection"}
NOT_A_MEASUREMENT = {"Part Number"}  # the first laboratory kept the serial number as a dimension

# The same lengths as each laboratory named them: scatter between laboratories is what the gauge adds.
SAME_LENGTH = {
    "cover": {"width 101.6": ("Distance 3", "DISTANCEBETWEEN3")},
    "box": {"length 144.4": ("Distance 1", "DISTANCEBETWEEN2"), "width 93.6": ("Distance 2", "WIDTH2")},
    "plate": {"width 71.2": ("Distance 1", "DISTANCEBETWEEN4"), "slot 18.27": ("Distance 5", "DS002")},
}


@dataclass(frozen=True)
class Laboratory:
    """One file: parts in order of their serial number."""

    material: str
    name: str  # "first-article" or "incoming"
    file: Inspection
    serials: tuple[str, ...]  # "1" to "20"; "" where the file's name of the part is not a serial number
    order: NDArray[np.int64]  # [parts] index into the file's parts

    def column(self, characteristic: str) -> NDArray[np.float64]:
        """Values [parts] of one characteristic in order of serial number, mm; nan where not measured."""
        names = [c.name for c in self.file.characteristics]
        return np.asarray(self.file.table()[self.order, names.index(characteristic)])


def read_laboratory(folder: Path, material: str, laboratory: str) -> Laboratory:
    file = read_qif(folder / f"{material}-{laboratory}.qif")
    serials = [serial_of(part.key) for part in file.parts]
    order = np.argsort([int(serial or 999) for serial in serials], kind="stable")
    return Laboratory(material, laboratory, file, tuple(serials[i] for i in order), order)


def serial_of(key: str) -> str:
    """`BOXRESULTS_A07_...` and `7` are part 7; a file's own number (`1529`) is no serial number."""
    found = re.search(r"_A(\d+)_", key)
    number = int(found[1]) if found else int(key)
    return str(number) if 1 <= number <= 20 else ""


def measured_rows(laboratory: Laboratory) -> list[dict[str, object]]:
    """One row for each characteristic: its limits, and its value on each part (mm, deg)."""
    table = laboratory.file.table()[laboratory.order]
    rows = []
    for k, characteristic in enumerate(laboratory.file.characteristics):
        if characteristic.name in NOT_A_MEASUREMENT or np.isfinite(table[:, k]).sum() < 2:
            continue
        row: dict[str, object] = {
            "material": laboratory.material,
            "laboratory": laboratory.name,
            "characteristic": characteristic.name,
            "kind": characteristic.kind,
            "nominal": rounded(characteristic.nominal),
            "lower": rounded(characteristic.lower),
            "upper": rounded(characteristic.upper),
        }
        found = dict(zip(laboratory.serials, table[:, k], strict=True))
        parts = [*map(str, range(1, 21)), ""]
        rows.append(row | {f"part {serial or 'unnamed'}": rounded(found.get(serial)) for serial in parts})
    return rows


def yield_row(laboratory: Laboratory) -> dict[str, object]:
    """How many parts the laboratory's own verdicts reject, and for which characteristics."""
    verdicts = laboratory.file.status_table()[laboratory.order]
    failed = verdicts == Status.FAIL
    names = [
        c.name for c, fails in zip(laboratory.file.characteristics, failed.any(axis=0), strict=True) if fails
    ]
    rejected = [s for s, fails in zip(laboratory.serials, failed.any(axis=1), strict=True) if fails]
    outside = laboratory.file.judge() == Status.FAIL
    return {
        "material": laboratory.material,
        "laboratory": laboratory.name,
        "parts": len(laboratory.serials),
        "rejected": len(rejected),
        "rejected_parts": " ".join(serial or "unnamed" for serial in rejected),
        "for": "; ".join(names),
        "readings": len(outside),
        "readings_failed": int((laboratory.file.readings.status == Status.FAIL).sum()),
        "readings_outside_limits": int(outside.sum()),
    }


def hole_rows(first: Laboratory, incoming: Laboratory) -> list[dict[str, object]]:
    """Plate by plate: the widest of the 4 mm holes as each laboratory found it (limits 3.75 and 4.25 mm)."""
    widest = [dict(zip(lab.serials, widest_hole(lab), strict=True)) for lab in (first, incoming)]
    columns = ("first_article_mm", "incoming_mm")
    return [
        {"part": part} | {name: rounded(found.get(part)) for name, found in zip(columns, widest, strict=True)}
        for part in map(str, range(1, 21))
    ]


def widest_hole(laboratory: Laboratory) -> NDArray[np.float64]:
    holes = [
        k for k, c in enumerate(laboratory.file.characteristics) if c.kind == "Diameter" and c.nominal == 4.0
    ]
    return np.asarray(laboratory.file.table()[laboratory.order][:, holes].max(axis=1))


def compare_lengths(first: Laboratory, incoming: Laboratory) -> list[dict[str, object]]:
    """Both laboratories on the same lengths: bias between them and the scatter that one measurement adds.

    The difference of two measurements of one part has twice the variance of one, so
    repeatability = sd(difference) / sqrt(2).
    """
    rows = []
    for length, (name_first, name_incoming) in SAME_LENGTH[first.material].items():
        a = dict(zip(first.serials, first.column(name_first), strict=True))
        b = dict(zip(incoming.serials, incoming.column(name_incoming), strict=True))
        both = sorted((set(a) & set(b)) - {""}, key=int)
        x, y = np.array([a[s] for s in both]), np.array([b[s] for s in both])
        rows.append(
            {
                "material": first.material,
                "length": length,
                "parts": len(both),
                "mean_first_article_mm": rounded(x.mean()),
                "sd_first_article_mm": rounded(x.std(ddof=1)),
                "mean_incoming_mm": rounded(y.mean()),
                "sd_incoming_mm": rounded(y.std(ddof=1)),
                "bias_mm": rounded((x - y).mean()),
                "repeatability_mm": rounded((x - y).std(ddof=1) / np.sqrt(2)),
            }
        )
    return rows


def rounded(value: float | None) -> float | str:
    """To 0.1 µm, which is finer than either machine measures; empty where there is nothing."""
    return "" if value is None or not np.isfinite(value) else round(float(value), 4)
