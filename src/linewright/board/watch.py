"""What the board watches: the line as it stands, and its past as far as it is known.

The past of a line that was resumed from a snapshot is lived through again beside it (`board.reading`); until then who
asks for any of it is told how far that is.
"""

from __future__ import annotations

from linewright.board.history import History, Mark, View, mark_of
from linewright.control import State
from linewright.errors import InputError, Problem
from linewright.live import Decider, Run


class NotYetRead(Exception):
    """The past of the line is not known yet."""


class Watch(View):
    """A line before the board. What has happened is known at once where nothing has happened yet."""

    def __init__(self, run: Run, decider: Decider) -> None:
        super().__init__(run)
        self.decider = decider
        self.known = False  # is the past?
        self.reading = 0.0  # the share of the past that has been read
        self.unreadable = ""  # why the past cannot be read
        if not decider.events:
            self.know(History(self, decider.state))

    def know(self, history: History) -> None:
        """The past is known, up to the last event; from now on it is told what happens."""
        self._history, self.known = history, True
        self.decider.witnesses.append(history.witness)

    @property
    def history(self) -> History:
        """The past. Raises NotYetRead, or InputError where it cannot be read."""
        if self.unreadable:
            raise InputError([Problem(f"the past of this line cannot be read: {self.unreadable}")])
        if not self.known:
            raise NotYetRead(f"The past of this line is being read from its journal: {self.reading:.0%} are done.")
        return self._history

    @property
    def state(self) -> State:
        """The state of the line after the last event."""
        return self.decider.state

    def mark(self) -> Mark:
        """The sums of the state as it stands."""
        return mark_of(self.run, self.state)
