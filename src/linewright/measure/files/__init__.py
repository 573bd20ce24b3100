"""Inspection files: QIF, Q-DAS, CSV, XLSX and Parquet, read into one `Inspection` and written from it.

An `Inspection` holds parts, characteristics (nominal, limits, unit), readings as columns with the file's own
verdict, studies, and notes on everything that was not taken over. Files come from elsewhere: a hostile or
broken one ends in an `InputError` that names the place, never in an exploded memory or a silent number.
"""

from linewright.measure.files.open_any import read_inspection
from linewright.measure.files.qdas_link import sample_sizes
from linewright.measure.files.qdas_read import read_qdas
from linewright.measure.files.qdas_write import write_qdas
from linewright.measure.files.qif_read import read_qif
from linewright.measure.files.qif_write import write_qif
from linewright.measure.files.record import (
    Characteristic,
    CharacteristicStudy,
    Group,
    Inspection,
    Note,
    Part,
    PartType,
    Readings,
    Status,
    Study,
)
from linewright.measure.files.tables import read_table
from linewright.measure.files.tables_write import write_table

__all__ = [
    "Characteristic",
    "CharacteristicStudy",
    "Group",
    "Inspection",
    "Note",
    "Part",
    "PartType",
    "Readings",
    "Status",
    "Study",
    "read_inspection",
    "read_qdas",
    "read_qif",
    "read_table",
    "sample_sizes",
    "write_qdas",
    "write_qif",
    "write_table",
]
