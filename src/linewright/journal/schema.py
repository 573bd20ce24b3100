"""The tables of a journal in SQLite, as they came to be: a new journal takes every step, an older one the rest.

A step is never changed once a version with it has been released; `tests/journal/kept` holds a journal of each.
"""

from __future__ import annotations

from collections.abc import Iterator

from linewright.control.codes import Command, Event, words
from linewright.journal.record import NOTE, Note

STEPS = (
    """
CREATE TABLE header (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE kind (
  cause INTEGER, kind INTEGER, word TEXT NOT NULL, PRIMARY KEY (cause, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE record (
  seq INTEGER PRIMARY KEY, cause INTEGER NOT NULL, kind INTEGER NOT NULL, subject INTEGER NOT NULL,
  unit INTEGER NOT NULL, detail INTEGER NOT NULL, number INTEGER NOT NULL, amount REAL NOT NULL,
  time_s REAL NOT NULL, wall_s REAL NOT NULL, source TEXT NOT NULL, chain BLOB NOT NULL
) STRICT;
CREATE TABLE snapshot (seq INTEGER PRIMARY KEY, time_s REAL NOT NULL, state BLOB NOT NULL) STRICT;
CREATE VIEW story AS
  SELECT seq, time_s, iif(record.cause, 'command', 'event') AS what, word, subject, unit, detail, number,
    amount, record.cause, source
  FROM record JOIN kind ON kind.kind = record.kind AND kind.cause = (record.cause > 0) ORDER BY seq;
""",
    # who did what and why; jobs of machines that outlive us; notes
    """
ALTER TABLE record ADD COLUMN job INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN person TEXT NOT NULL DEFAULT '';
ALTER TABLE record ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE record ADD COLUMN old TEXT NOT NULL DEFAULT '';
ALTER TABLE record ADD COLUMN new TEXT NOT NULL DEFAULT '';
CREATE TABLE outbox (seq INTEGER PRIMARY KEY, taken INTEGER NOT NULL) STRICT;
CREATE TABLE seal (
  seq INTEGER PRIMARY KEY, time_s REAL NOT NULL, wall_s REAL NOT NULL, chain BLOB NOT NULL, state BLOB NOT NULL,
  public_key BLOB NOT NULL, signature BLOB NOT NULL
) STRICT;
DROP VIEW story;
CREATE VIEW story AS
  SELECT seq, time_s, datetime(wall_s, 'unixepoch') AS clock,
    CASE WHEN record.cause = 0 THEN 'event' WHEN record.cause > 0 THEN 'command' ELSE 'note' END AS what, word,
    subject, unit, detail, number, amount, record.cause, job, source, person, reason, old, new
  FROM record
  JOIN kind ON kind.kind = record.kind AND kind.cause = (record.cause > 0) - (record.cause < 0)
  ORDER BY seq;
""",
)
SCHEMA = len(STEPS)

# The same in PostgreSQL, which begins with schema 2: the version that a step leads to, and the step.
POSTGRES_STEPS = (
    (
        2,
        """
CREATE TABLE format (version INTEGER NOT NULL);
CREATE TABLE header (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE kind (cause BIGINT, kind BIGINT, word TEXT NOT NULL, PRIMARY KEY (cause, kind));
CREATE TABLE record (
  seq BIGINT PRIMARY KEY, cause BIGINT NOT NULL, kind BIGINT NOT NULL, subject BIGINT NOT NULL,
  unit BIGINT NOT NULL, detail BIGINT NOT NULL, number BIGINT NOT NULL, job BIGINT NOT NULL,
  amount DOUBLE PRECISION NOT NULL, time_s DOUBLE PRECISION NOT NULL, wall_s DOUBLE PRECISION NOT NULL,
  source TEXT NOT NULL, person TEXT NOT NULL, reason TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL,
  chain BYTEA NOT NULL
);
CREATE TABLE snapshot (seq BIGINT PRIMARY KEY, time_s DOUBLE PRECISION NOT NULL, state BYTEA NOT NULL);
CREATE TABLE outbox (seq BIGINT PRIMARY KEY, taken INTEGER NOT NULL);
CREATE TABLE seal (
  seq BIGINT PRIMARY KEY, time_s DOUBLE PRECISION NOT NULL, wall_s DOUBLE PRECISION NOT NULL,
  chain BYTEA NOT NULL, state BYTEA NOT NULL, public_key BYTEA NOT NULL, signature BYTEA NOT NULL
);
CREATE VIEW story AS
  SELECT seq, time_s, to_timestamp(wall_s) AS clock,
    CASE WHEN record.cause = 0 THEN 'event' WHEN record.cause > 0 THEN 'command' ELSE 'note' END AS what, word,
    subject, unit, detail, number, amount, record.cause, job, source, person, reason, old, new
  FROM record
  JOIN kind ON kind.kind = record.kind AND kind.cause = sign(record.cause)
  ORDER BY seq;
""",
    ),
)


def kinds() -> Iterator[tuple[int, int, str]]:
    """The words for the kinds of all rows: 0 events, 1 commands, NOTE notes."""
    for caused, codes in ((0, Event), (1, Command), (NOTE, Note)):
        for code in codes:
            yield caused, int(code), words(code)
