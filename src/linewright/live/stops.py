"""Stops of machines as the journal tells them: when, how long, why, and who said so.

A stop opens with the event that brought the machine down: a failure it reported, or one that it did not (then
it is unexplained). A later event explains it and refers to it by its record; nothing that is written is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from linewright.control import NONE, Event, MachineState, Names, State
from linewright.control.line import Records
from linewright.journal import Journal, Said, SqliteJournal
from linewright.live.recover import Run
from linewright.live.replay import replay


@dataclass
class Stop:
    """One stop of one machine. Times in s; infinite end: it still stands."""

    machine: str
    seq: int  # record of the event that opened it
    since_s: float
    until_s: float = float("inf")
    reason: str = ""  # "": unexplained
    explained_by: str = ""  # person; "": the machine itself


class Stops:
    """All stops, gathered while a run is replayed before it (`witness`)."""

    def __init__(self, names: Names, records: Iterator[tuple[int, Said]]) -> None:
        """`records`: number of each event's record and what was said with it, in the order of the events."""
        self.names, self._records = names, records
        self.stops: dict[int, Stop] = {}  # by the record that opened it
        self._open: dict[int, Stop] = {}  # by machine

    def witness(self, event: Any, commands: Records, state: State) -> None:
        """Note which machines went down and which work again."""
        seq, said = next(self._records)
        kind, _, detail, number, time_s, _ = event.item()
        if kind == Event.STOP_EXPLAINED and number in self.stops:
            stop = self.stops[number]
            stop.reason = self.names.modes[detail] if detail != NONE else said.reason
            stop.explained_by = said.person
        down = state.machine.state[: len(self.names.machines)] == MachineState.DOWN
        for m in set(self._open) - set(np.flatnonzero(down).tolist()):
            self._open.pop(m).until_s = time_s
        for m in set(np.flatnonzero(down).tolist()) - set(self._open):
            mode = int(state.machine.mode[m])
            reason = self.names.modes[mode] if mode != NONE else ""
            self._open[m] = self.stops[seq] = Stop(self.names.machines[m], seq, time_s, reason=reason)


def stops_of(path: str | Path) -> list[Stop]:
    """All stops of a journal, in order."""
    with SqliteJournal.read(Path(path)) as journal:
        run = Run.of_journal(journal)
        stops = Stops(run.names, records_of(journal))
        replay(journal, run.new_decider(), witness=stops.witness)
    return list(stops.stops.values())


def records_of(journal: Journal) -> Iterator[tuple[int, Said]]:
    """Number of each event's record and what was said with it."""
    for block in journal.decisions():
        for seq in block.seq.tolist():
            yield seq, block.said.get(seq, Said())
