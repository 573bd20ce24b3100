"""One door for every format, by the file's ending."""

from __future__ import annotations

from pathlib import Path

from linewright.errors import InputError, Problem, nearest
from linewright.measure.files.qdas_read import read_qdas
from linewright.measure.files.qif_read import read_qif
from linewright.measure.files.record import Inspection
from linewright.measure.files.tables import read_table

READERS = {
    ".qif": read_qif,
    ".dfq": read_qdas,
    ".dfd": read_qdas,
    ".dfx": read_qdas,
    ".csv": read_table,
    ".tsv": read_table,
    ".txt": read_table,
    ".xlsx": read_table,
    ".parquet": read_table,
}


def read_inspection(path: str | Path) -> Inspection:
    """Read a QIF, Q-DAS, CSV, XLSX or Parquet file."""
    file = Path(path)
    ending = file.suffix.lower()
    if ending not in READERS:
        raise InputError(
            [Problem(f"files ending in {ending!r} cannot be read", str(file), hint=nearest(ending, READERS))]
        )
    return READERS[ending](file)
