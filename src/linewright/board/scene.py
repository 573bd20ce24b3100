"""What the board serves: a line that runs, or a run of the past. One object that every answer is read from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from linewright.board.broadcast import Broadcast
from linewright.board.drawing import Drawing, draw
from linewright.board.outlook import Outlook
from linewright.board.picture import Cells
from linewright.board.watch import Watch
from linewright.board.wording import Wording
from linewright.journal import Journal
from linewright.live import LiveLine
from linewright.machines import Question
from linewright.plant.calendar import WeekCalendar, week_changes


@dataclass
class Scene:
    """A line before the public."""

    watch: Watch
    live: LiveLine | None  # None: a run of the past
    clock: Callable[[], float]  # plant time, s
    open_journal: Callable[[], Journal]  # for reading, again for each question
    accounts: Path
    folder: Path | None = None  # of the plant file; None: a run of the past, whose files may have changed
    stopped: str | None = None  # why the line does not run any more
    cells: Cells = field(init=False)
    broadcast: Broadcast = field(init=False)
    outlook: Outlook = field(init=False)
    wording: Wording = field(init=False)
    drawing: Drawing = field(init=False)
    week: WeekCalendar = field(init=False)

    def __post_init__(self) -> None:
        run = self.watch.run
        self.cells = Cells(self.watch, lambda: len(self.questions()))
        self.cells.running = self.live is not None
        self.broadcast = Broadcast(self.cells, self.clock)
        self.outlook = Outlook(self.watch, self._looked)
        self.wording = Wording(run.line, run.names)
        self.drawing = draw(self.watch)
        self.week = week_changes(run.plant)

    def stop(self, why: str) -> None:
        """The line does not run any more."""
        self.stopped, self.cells.running = why, False

    def silent(self) -> set[str]:
        """Machines whose connection is lost."""
        if self.live is None:
            return set()
        return {self.watch.run.names.machines[machine] for machine in self.live.unreached}

    def questions(self) -> list[Question]:
        """What must be asked of a person."""
        return [] if self.live is None else list(self.live.questions.values())

    def _looked(self) -> None:
        self.cells.outlook += 1
