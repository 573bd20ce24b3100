"""What a journal tells when it is lived through again: everything that exports and audits are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from linewright.control import State
from linewright.control.line import Records
from linewright.errors import InputError, Problem
from linewright.journal import Genealogy, Journal, read_journal
from linewright.journal.corrections import Corrections
from linewright.journal.exports import Tale, tale_of
from linewright.live.recover import Run
from linewright.live.replay import Disagreement, replay


def tale_from(journal: Journal) -> Tale:
    """The biographies of all units, and all corrections. Raises Disagreement."""
    run = Run.of_journal(journal)
    genealogy, audit = Genealogy(run.line, run.names), Corrections(run.names)

    def witness(event: Any, commands: Records, state: State) -> None:
        genealogy.witness(event, commands, state)
        audit.witness(event, commands, state)

    replay(journal, run.new_decider(), witness=witness)
    return tale_of(run.plant, genealogy, audit, journal)


def tale_at(place: str | Path) -> Tale:
    """The same of the journal at a place. Raises InputError where there is none, or this version decides otherwise."""
    with read_journal(place) as journal:
        try:
            return tale_from(journal)
        except Disagreement as disagreement:
            raise InputError([Problem(str(disagreement), str(place))]) from None
