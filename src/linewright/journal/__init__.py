"""The journal: an append-only record of every event and of the commands that it caused.

An event and its commands are one decision and reach the disk together or not at all. Rows are tied to each
other by a chain of SHA-256 digests, so that a changed or missing row shows. `Journal` says what every store
must do; `SqliteJournal` is the store that comes with Linewright; `Genealogy` reads off what was built into
what. How a line is brought back from its journal is the business of `linewright.live`.
"""

from linewright.journal.genealogy import Biography, Genealogy, Work
from linewright.journal.places import (
    create_journal,
    in_database,
    is_journal,
    read_journal,
    set_aside,
    write_journal,
)
from linewright.journal.record import (
    RECORD,
    Broken,
    Decisions,
    Head,
    Journal,
    Link,
    Note,
    OpenJob,
    Said,
    Seal,
    Snapshot,
    check_chain,
)
from linewright.journal.sqlite import SqliteJournal

__all__ = [
    "RECORD",
    "Biography",
    "Broken",
    "Decisions",
    "Genealogy",
    "Head",
    "Journal",
    "Link",
    "Note",
    "OpenJob",
    "Said",
    "Seal",
    "Snapshot",
    "SqliteJournal",
    "Work",
    "check_chain",
    "create_journal",
    "in_database",
    "is_journal",
    "read_journal",
    "set_aside",
    "write_journal",
]
