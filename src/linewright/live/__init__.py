"""The running line: wait for an event, decide, record, send; replay, recovery and what the terminal shows.

The same `control.step` as in the twin decides. What is recorded is enough to repeat every decision: `replay`
does it and compares, `state_of` does it to find out where a line stood.
"""

from linewright.live.actions import Action, Reading
from linewright.live.clock import RealTime
from linewright.live.decider import Decider
from linewright.live.levels import Levels
from linewright.live.line import LiveLine, Refused
from linewright.live.recover import Recovered, Run, genealogy_of, state_of
from linewright.live.replay import Disagreement, Verdict, replay, verify
from linewright.live.rights import ActionKind, Answer, Forbidden, Person, Role
from linewright.live.stops import Stop, stops_of

__all__ = [
    "Action",
    "ActionKind",
    "Answer",
    "Decider",
    "Disagreement",
    "Forbidden",
    "Levels",
    "LiveLine",
    "Person",
    "Reading",
    "RealTime",
    "Recovered",
    "Refused",
    "Role",
    "Run",
    "Stop",
    "Verdict",
    "genealogy_of",
    "replay",
    "state_of",
    "stops_of",
    "verify",
]
