"""Inspection files: QIF, Q-DAS, CSV, XLSX and Parquet, read into one `Inspection` and written from it.

An `Inspection` holds parts, characteristics (nominal, limits, unit), readings as columns with the file's own verdict,
studies, and notes on everything that was not taken over. Files come from elsewhere: a hostile or broken one ends in an
`InputError` that names the place, never in an exploded memory or a silent number.
"""

from linewright.measure.files.qdas_link import sample_sizes
from linewright.measure.files.qdas_read import read_qdas
from linewright.measure.files.qif_read import read_qif
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
    "read_qdas",
    "read_qif",
    "sample_sizes",
]
