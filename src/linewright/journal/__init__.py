"""The journal: an append-only record of every event and of the commands that it caused.

An event and its commands are one decision and reach the disk together or not at all. Rows are tied to each other
by a chain of SHA-256 digests, so that a changed or missing row shows. `Journal` says what every store must do;
`SqliteJournal` is the store that comes with Linewright. What a row means is the business of `linewright.live`.
"""

from linewright.journal.record import RECORD, Broken, Decisions, Head, Journal, Snapshot, check_chain
from linewright.journal.sqlite import SqliteJournal, set_aside

__all__ = [
    "RECORD",
    "Broken",
    "Decisions",
    "Head",
    "Journal",
    "Snapshot",
    "SqliteJournal",
    "check_chain",
    "set_aside",
]
