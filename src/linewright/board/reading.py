"""Reading the past of a line that was resumed from a snapshot, beside the line while it runs.

A second control lives through the journal in a thread, with a `History` as its witness. What the line does meanwhile
is in the journal, too, so that the thread comes nearer and nearer; the last stretch is read between two events of the
line, which then goes on under the eyes of the history.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from contextlib import closing

from linewright.board.history import History
from linewright.board.scene import Scene
from linewright.board.watch import Watch
from linewright.errors import InputError
from linewright.journal import Journal
from linewright.live import Disagreement
from linewright.live.replay import decide_again

NEARLY = 2000  # so many events are read in well under a tenth of a second


class Reading:
    """A past as far as it has been read."""

    def __init__(self, watch: Watch, open_journal: Callable[[], Journal]) -> None:
        self.watch, self._open = watch, open_journal
        self._decider = watch.run.new_decider()
        self.history = History(watch, self._decider.state)
        self._decider.witnesses.append(self.history.witness)
        self._row = 0  # of the journal: all up to there has been read
        self._wanted = True

    @property
    def behind(self) -> int:
        """How many events it is behind the line."""
        return self.watch.decider.events - self._decider.events

    def read_on(self) -> None:
        """To where the journal now ends, or until nobody wants it any more. Raises Disagreement, InputError."""
        with closing(self._open()) as journal:
            for block in journal.decisions(self._row):
                if not self._wanted:
                    return
                decide_again(block, self._decider)
                self._row = block.last_row
                gc.freeze()  # what has been read stays: the line need not wait while that is searched for garbage
                self.watch.reading = self._decider.events / max(self.watch.decider.events, 1)

    def leave(self) -> None:
        """Stop after the stretch that is being read."""
        self._wanted = False


async def read_past(scene: Scene) -> None:
    """Find out the past of a line where it is not known; `scene.watch` then knows it, or says why it cannot."""
    watch = scene.watch
    if watch.known:
        return
    reading = Reading(watch, scene.open_journal)
    try:
        await asyncio.to_thread(reading.read_on)
        behind = reading.behind
        while behind > NEARLY:
            await asyncio.to_thread(reading.read_on)
            before, behind = behind, reading.behind
            if behind >= before:
                break  # a line that runs as fast as it goes waits this once
        if scene.live is not None:
            scene.live.journal.commit()
        reading.read_on()
        watch.know(reading.history)
    except (Disagreement, InputError) as error:
        watch.unreadable = str(error)
    finally:
        reading.leave()
