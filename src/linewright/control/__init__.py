"""The line control: all that the line decides, live and simulated, and nothing else.

It knows what may happen (`Event`) and says what is to be done (`Command`); `step` is the only door. It has no
clock and no randomness: the same state and events give the same commands, bit for bit, compiled or not.
"""

from linewright.control.codes import NONE, Command, Event, MachineState
from linewright.control.compile import compile_line
from linewright.control.line import Line, Names
from linewright.control.state import (
    COMMAND,
    EVENT,
    Door,
    State,
    copy_state,
    grow,
    load_state,
    new_door,
    new_state,
    records,
    same_state,
    save_state,
)
from linewright.control.step import step

__all__ = [
    "COMMAND",
    "EVENT",
    "NONE",
    "Command",
    "Door",
    "Event",
    "Line",
    "MachineState",
    "Names",
    "State",
    "compile_line",
    "copy_state",
    "grow",
    "load_state",
    "new_door",
    "new_state",
    "records",
    "same_state",
    "save_state",
    "step",
]
