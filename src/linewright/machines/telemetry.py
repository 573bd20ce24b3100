"""What machines measure about themselves all the time: positions, loads, feeds, the block under way.

Too much for the journal and not needed to decide: kept apart, in Parquet segments by day that any data tool reads, and
never in the way of the line. What is lost on the way is declared: a line in `losses.jsonl` says which machine, from
when to when, how much and why. Rows wait in memory for a segment, at most `SEGMENT_S`; what a crash takes with it is
declared at the next start.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

SEGMENT_ROWS = 250_000
SEGMENT_S = 30.0
MOST_WAITING = 1_000_000  # rows in memory, some 200 MB; more are dropped and counted
TICK_S = 0.5
LOSSES, WATERMARK = "losses.jsonl", "safe-until.json"


class Reading(NamedTuple):
    """One value of one item of a machine."""

    item: str
    time_s: float  # s since 1970
    value: str  # a number in words, or words


@dataclass(frozen=True, slots=True)
class Loss:
    """Readings that are missing."""

    machine: str  # "" any
    from_s: float
    to_s: float
    count: int | None  # None: cannot be known
    why: str


class Telemetry:
    """A folder of segments being written. `put` may be called from any thread, and never waits for the disk."""

    def __init__(
        self,
        folder: Path,
        segment_s: float = SEGMENT_S,
        most_waiting: int = MOST_WAITING,
        keep_days: float | None = None,
    ) -> None:
        self.folder, self.segment_s, self.most_waiting, self.keep_days = folder, segment_s, most_waiting, keep_days
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._waiting: list[tuple[str, Reading]] = []
        self._writing = 0  # rows on their way to the disk
        self._since_s = time.monotonic()  # the oldest that waits
        self._losses: list[Loss] = []  # not yet written
        self._dropped: dict[str, list[float]] = {}  # by machine: how many, from, to; since the last segment
        self._segments = 0
        self._declare_crash()
        self._ending = threading.Event()
        self._writer = threading.Thread(target=self._write_on, name="telemetry", daemon=True)
        self._writer.start()

    # ------------------------------------------------------------ in

    def put(self, machine: str, readings: Iterable[Reading]) -> None:
        """Keep these, unless there are too many already."""
        rows = [(machine, reading) for reading in readings]
        if not rows:
            return
        with self._lock:
            room = self.most_waiting - len(self._waiting) - self._writing
            if not self._waiting:
                self._since_s = time.monotonic()
            self._waiting += rows[: max(room, 0)]
            dropped = rows[max(room, 0) :]
            if dropped:
                self._drop(machine, [reading.time_s for _, reading in dropped])

    def _drop(self, machine: str, times_s: list[float]) -> None:
        tally = self._dropped.setdefault(machine, [0, times_s[0], times_s[0]])
        tally[0] += len(times_s)
        tally[1], tally[2] = min(tally[1], *times_s), max(tally[2], *times_s)

    def lost(self, machine: str, from_s: float, to_s: float, count: int | None, why: str) -> None:
        """Declare what was lost before it came here, as in a gap of an agent's buffer."""
        with self._lock:
            self._losses.append(Loss(machine, from_s, to_s, count, why))

    def close(self) -> None:
        """Write what waits."""
        self._ending.set()
        self._writer.join()

    # ------------------------------------------------------------ to the disk

    def _write_on(self) -> None:
        while not self._ending.wait(TICK_S):
            if self._is_due():
                self._flush()
        self._flush()
        if not self._losses:
            (self.folder / WATERMARK).unlink(missing_ok=True)  # all is safe

    def _is_due(self) -> bool:
        old = time.monotonic() - self._since_s >= self.segment_s
        return len(self._waiting) >= SEGMENT_ROWS or (old and bool(self._waiting or self._losses or self._dropped))

    def _flush(self) -> None:
        with self._lock:
            rows, self._waiting = self._waiting, []
            self._writing = len(rows)
            for machine, (count, from_s, to_s) in self._dropped.items():
                self._losses.append(Loss(machine, from_s, to_s, int(count), "more came than the disk could take"))
            self._dropped = {}
            self._since_s = time.monotonic()
        try:
            if rows:
                self._write_segment(rows)
            self._forget_old()
        except OSError as error:
            times_s = [reading.time_s for _, reading in rows]
            self.lost("", min(times_s), max(times_s), len(rows), f"the disk refused them: {error}")
        with self._lock:
            self._writing = 0
        self._write_losses()

    def _write_segment(self, rows: list[tuple[str, Reading]]) -> None:
        table = _table(rows)
        first, last = pc.min_max(table["time"]).as_py().values()
        day = self.folder / f"{datetime.now(UTC):%Y-%m-%d}"
        day.mkdir(exist_ok=True)
        self._segments += 1
        name = f"{_millis(first)}-{_millis(last)}-{os.getpid()}-{self._segments}.parquet"
        new = day / f".{name}"
        pq.write_table(table, new, compression="zstd")
        new.replace(day / name)
        _replace(self.folder / WATERMARK, json.dumps({"time_s": time.time()}))

    def _write_losses(self) -> None:
        with self._lock:
            losses = list(self._losses)
        try:
            with (self.folder / LOSSES).open("a", encoding="utf-8") as lines:
                lines.writelines(json.dumps(asdict(loss)) + "\n" for loss in losses)
                lines.flush()
                os.fsync(lines.fileno())
        except OSError:
            return  # they are kept, and written when there is room again
        with self._lock:
            del self._losses[: len(losses)]

    def _declare_crash(self) -> None:
        """An earlier process has left without closing: what it held is lost."""
        path = self.folder / WATERMARK
        now_s = time.time()
        if path.exists():
            safe_s = _safe_until(path)
            self._losses.append(Loss("", safe_s, now_s, None, "the process that wrote them ended without closing"))
        _replace(path, json.dumps({"time_s": now_s}))

    def _forget_old(self) -> None:
        if self.keep_days is None:
            return
        oldest = f"{datetime.now(UTC) - timedelta(days=self.keep_days):%Y-%m-%d}"
        for day in self.folder.glob("????-??-??"):
            if day.name < oldest:
                for segment in day.iterdir():
                    segment.unlink()
                day.rmdir()
                from_s = datetime.fromisoformat(day.name).replace(tzinfo=UTC).timestamp()
                self.lost("", from_s, from_s + 86400.0, None, f"kept for {self.keep_days:g} days")


# ---------------------------------------------------------------- reading


def read_telemetry(folder: Path, machine: str = "", item: str = "", from_s: float = 0.0, to_s: float = 4e9) -> pa.Table:
    """Readings in the order of time: columns machine, item, time (UTC), value (a number or null), words."""
    found = []
    for path in sorted(folder.glob("????-??-??/[0-9]*.parquet")):
        first_ms, last_ms = map(int, path.name.split("-")[:2])
        if first_ms <= 1000.0 * to_s and last_ms >= 1000.0 * from_s:
            found.append(pq.read_table(path))
    if not found:
        return _table([])
    table = pa.concat_tables(found).unify_dictionaries()
    time_us = pc.cast(table["time"], pa.int64())
    kept = pc.and_(pc.greater_equal(time_us, int(from_s * 1e6)), pc.less_equal(time_us, int(to_s * 1e6)))
    for column, wanted in (("machine", machine), ("item", item)):
        if wanted:
            kept = pc.and_(kept, pc.equal(table[column], wanted))
    return table.filter(kept).sort_by("time")


def read_losses(folder: Path) -> list[Loss]:
    """What is declared lost, in the order of writing."""
    try:
        lines = (folder / LOSSES).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [Loss(**json.loads(line)) for line in lines if line.endswith("}")]


_SCHEMA = pa.schema(
    [
        ("machine", pa.dictionary(pa.int32(), pa.string())),
        ("item", pa.dictionary(pa.int32(), pa.string())),
        ("time", pa.timestamp("us", tz="UTC")),
        ("value", pa.float64()),
        ("words", pa.dictionary(pa.int32(), pa.string())),
    ]
)


def _table(rows: list[tuple[str, Reading]]) -> pa.Table:
    """Rows as columns, sorted so that like stands by like: a tenth of the bytes."""
    numbers: list[float | None] = []
    words: list[str | None] = []
    for _, (_, _, value) in rows:
        try:
            numbers.append(float(value))
            words.append(None)
        except ValueError:
            numbers.append(None)
            words.append(value)
    columns: dict[str, Any] = {
        "machine": pa.array([machine for machine, _ in rows], pa.string()),
        "item": pa.array([reading.item for _, reading in rows], pa.string()),
        "time": pa.array([round(reading.time_s * 1e6) for _, reading in rows], pa.int64()),
        "value": pa.array(numbers, pa.float64()),
        "words": pa.array(words, pa.string()),
    }
    by = [("machine", "ascending"), ("item", "ascending"), ("time", "ascending")]
    return pa.table(columns).sort_by(by).cast(_SCHEMA)


def _millis(moment: datetime) -> int:
    return int(1000.0 * moment.timestamp())


def _replace(path: Path, text: str) -> None:
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _safe_until(path: Path) -> float:
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["time_s"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0
