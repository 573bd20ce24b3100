"""Replay: the recorded events through the control must give the recorded commands, bit for bit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from linewright.control.line import Records
from linewright.journal import Broken, Decisions, Head, Journal, check_chain
from linewright.live.decider import Decider, Witness
from linewright.machines import Happening


class Disagreement(Exception):
    """What is decided, or what the machines report, is not what the journal says at `seq`."""

    def __init__(self, seq: int, what: str) -> None:
        self.seq, self.what = seq, what
        super().__init__(f"record {seq}: {what}")


class Rehearsal(Protocol):
    """Machines that can live through a recorded run again."""

    def take(self) -> Happening:
        """The next event."""

    def obey(self, commands: Records) -> None:
        """Obey the commands of the last event."""


def replay(
    journal: Journal,
    decider: Decider,
    after: int = 0,
    until_s: float = math.inf,
    machines: Rehearsal | None = None,
    witness: Witness | None = None,
) -> int:
    """Decide once more all that the journal holds after row `after` up to a plant time; how many events.

    `machines` live through it too and then stand where the recorded ones stood. `witness` is shown each
    event, its commands (n,) and the state after it. Raises Disagreement.
    """
    n = 0
    for block in journal.decisions(after, until_s):
        decide_again(block, decider, machines, witness)
        n += len(block)
    if decider.wants_room:
        decider.make_room()
    return n


def decide_again(
    block: Decisions, decider: Decider, machines: Rehearsal | None = None, witness: Witness | None = None
) -> None:
    """Decide a stretch of a journal once more, as `replay` does. Raises Disagreement."""
    first = block.first.tolist()
    for k, event in enumerate(block.events):
        seq = int(block.seq[k])
        if machines is not None and seq not in block.said and machines.take().event != event.item():
            raise Disagreement(seq, "the machines report something else")
        if decider.wants_room:
            decider.make_room()
        commands = decider.decide(event)
        if commands.tobytes() != block.commands[first[k] : first[k + 1]].tobytes():
            raise Disagreement(seq, "the control decides something else")
        if machines is not None:
            machines.obey(commands)
        if witness is not None:
            witness(event, commands, decider.state)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the examination of a journal said."""

    events: int  # decided again
    broken: Broken | None  # the chain
    disagreement: Disagreement | None  # the decisions

    @property
    def holds(self) -> bool:
        """Is the journal what was written, and every command what the control decides?"""
        return self.broken is None and self.disagreement is None


def verify(journal: Journal, decider: Decider, head: Head | None = None) -> Verdict:
    """Check the chain of a journal and decide all of it once more, from the start, with a fresh `decider`."""
    broken = check_chain(journal, head)
    try:
        replay(journal, decider)
    except Disagreement as disagreement:
        return Verdict(decider.events, broken, disagreement)
    return Verdict(decider.events, broken, None)
