"""Exports: a run as tables (CSV, XLSX, JSON), as EPCIS 2.0 events, as an OCEL 2.0 event log.

Each writer takes a `Tale`: the biographies of all units with the moment at which plant time began.
"""

from linewright.journal.exports.epcis import epcis_document
from linewright.journal.exports.ocel import ocel_log
from linewright.journal.exports.tables import (
    TABLES,
    Tale,
    epoch_of,
    tables_of,
    tale_of,
    write_csv,
    write_json,
    write_xlsx,
)

__all__ = [
    "TABLES",
    "Tale",
    "epcis_document",
    "epoch_of",
    "ocel_log",
    "tables_of",
    "tale_of",
    "write_csv",
    "write_json",
    "write_xlsx",
]
