"""The line in the terminal while it runs: a board drawn again and again, or now and then a line of text."""

from __future__ import annotations

import asyncio
import time
from typing import TextIO

import numpy as np
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from linewright.control.codes import MachineState, QueueKind, words
from linewright.live.line import LiveLine
from linewright.live.recover import Run

DRAW_S = 0.2
LINE_S = 5.0  # between plain lines
RATE_S = 1.0  # over which events are counted
BAR = 10  # places drawn of a queue
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
COLOURS = {
    MachineState.STARVED: "bright_black",
    MachineState.BLOCKED: "magenta",
    MachineState.SETUP: "cyan",
    MachineState.PROCESSING: "green",
    MachineState.DOWN: "bold red",
    MachineState.OFF_SHIFT: "blue",
    MachineState.WAITING_CREW: "yellow",
    MachineState.TOOL_CHANGE: "cyan",
    MachineState.HELD: "bold yellow",
    MachineState.NOT_READY: "bold yellow",
}


class Terminal:
    """Shows a running line; `async with` it."""

    def __init__(self, run: Run, live: LiveLine, out: TextIO) -> None:
        self.run, self.live, self.decider, self.clock = run, live, live.decider, live.clock
        self._console = Console(file=out)
        self._screen = Live(console=self._console, auto_refresh=False, vertical_overflow="crop")
        self._seen = (time.monotonic(), self.decider.events)
        self._rate = 0.0

    async def __aenter__(self) -> Terminal:
        if self._console.is_terminal:
            self._screen.start()
        self._drawing = asyncio.create_task(self._draw_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._drawing.cancel()
        self._draw()
        self._screen.stop()

    async def _draw_on(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(DRAW_S if self._console.is_terminal else LINE_S)

    def _draw(self) -> None:
        if self._console.is_terminal:
            self._screen.update(self.board(), refresh=True)
        else:
            self._console.print(self.summary(), highlight=False, soft_wrap=True)

    # ------------------------------------------------------------ what is drawn

    def board(self) -> Group:
        """The line as it stands."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("station", "machines", "waiting"):
            table.add_column(heading)
        for s, name in enumerate(self.run.names.stations):
            table.add_row(name, self._machines(s), self._queues(s))
        return Group(Text(self.run.plant.plant, style="bold"), table, self.summary())

    def summary(self) -> Text:
        """Time, orders, units, speed in one line."""
        tally, orders = self.decider.state.material_tally, len(self.run.orders)
        done = int(tally.orders_done.sum())
        parts = [clock_words(self.run.local_s(self.clock()))]
        if orders:
            parts.append(f"{done} of {orders} orders done {_bar(done, orders)}")
        parts += [
            f"{int(self.decider.state.material.wip.sum())} in process",
            f"{int(tally.scrapped.sum())} scrapped",
            f"{self.decider.events:,} events ({self._events_per_s():,.0f}/s)",
        ]
        if self.live.unreached:
            names = ", ".join(self.run.names.machines[m] for m in self.live.unreached)
            parts.append(f"not reached: {names}")
        if self.live.questions:
            parts.append(f"{len(self.live.questions)} to be asked")
        return Text("   ".join(parts))

    def _machines(self, s: int) -> Text:
        """Machines of a station by state, in colour and in words: `3 processing  1 down`."""
        station = self.run.line.station[s]
        first, n = int(station.first_machine), int(station.n_machines)
        counts = np.bincount(self.decider.state.machine.state[first : first + n], minlength=len(MachineState))
        if self.run.plant.stations.get(self.run.names.stations[s]) is None:
            return Text(f"{counts[MachineState.PROCESSING] + counts[MachineState.BLOCKED]} on the belt")
        text = Text()
        for state in sorted(MachineState, key=lambda state: -counts[state]):
            if counts[state]:
                text.append(f"{counts[state]} {words(state)}  ", style=COLOURS[state])
        return text

    def _queues(self, s: int) -> Text:
        line, queues = self.run.line, self.decider.state.queue
        text = Text()
        for q in np.flatnonzero(line.queue.station[: int(line.plant[0].queues)] == s):
            count, capacity = int(queues[q].count), int(line.queue[q].capacity)
            if capacity == 0:
                continue
            name = self.run.names.queues[q].removeprefix(self.run.names.stations[s]).strip()
            label = f"{name} " if line.queue[q].kind != QueueKind.MAIN else ""
            level = f"{count}" if capacity < 0 else f"{_bar(count, capacity)} {count}/{capacity}"
            text.append(f"{label}{level}   ", style="bold" if 0 <= capacity <= count else "")
        return text

    def _events_per_s(self) -> float:
        now, (since, events) = time.monotonic(), self._seen
        if self._rate == 0.0 or now - since >= RATE_S:
            self._rate = (self.decider.events - events) / (now - since)
        if now - since >= RATE_S:
            self._seen = (now, self.decider.events)
        return self._rate


def clock_words(time_s: float) -> str:
    """A plant time as a clock on the wall: `Tue 14:05 (day 9)`; the week begins on Monday at 0."""
    day, second = divmod(int(time_s), 86400)
    return f"{DAYS[day % 7]} {second // 3600:02d}:{second % 3600 // 60:02d} (day {day + 1})"


def _bar(level: int, full: int) -> str:
    """How full: ▮▮▮▯▯."""
    width = min(full, BAR)
    marked = min(-(-level * width // full), width)
    return "▮" * marked + "▯" * (width - marked)
