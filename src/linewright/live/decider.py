"""The control with the state that it works on: an event in, commands out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from linewright.control import COMMAND, EVENT, NONE, Event, Line, State, grow, new_door, step
from linewright.control.line import Records
from linewright.live.levels import Levels
from linewright.live.snapshot import Part
from linewright.live.standing import Standing

Witness = Callable[[Any, Records, State], None]


class Decider:
    """Decides event by event; live and replayed alike."""

    def __init__(self, line: Line, state: State, levels: Levels | None = None) -> None:
        self.line = line
        self.levels = levels
        self.witnesses: list[Witness] = []  # shown each event, its commands and the state after it
        self._least_units = int(line.plant.margin_units[0])
        self._least_orders = int(line.plant.margin_orders[0])
        self._listed = int((line.order.quantity > 0).sum())  # orders of the order file
        self._take(state)
        self._standing = Standing(state, self.now_s)

    def _take(self, state: State) -> None:
        self.state = state
        self._door = new_door(self.line, len(state.unit))
        self._event = self._door.event.view(EVENT, np.ndarray)
        self._command = self._door.command.view(COMMAND, np.ndarray)
        self._g = state.g.view(np.ndarray)
        self._orders = len(state.order)

    def decide(self, event: Any) -> Records:
        """Let an event happen, a tuple or record of EVENT; returns its commands (n,), good until the next."""
        while self._g["free_orders"][0] <= self._least_orders or self._g["free_units"][0] <= self._least_units:
            self._take(grow(self.state, self.line))  # arriving orders take places too
        self._event[0] = event
        if self.levels is not None:
            self.levels.until(float(self._event["time_s"][0]), self.line, self.state)
        commands = self._command[: step(self.line, self.state, self._door)]
        if self._standing.is_due(self.now_s):
            self._standing.look(self.now_s, self.state, self._all_here)
        for witness in self.witnesses:
            witness(self._event[0], commands, self.state)
        return commands

    @property
    def parts(self) -> dict[str, Part]:
        """What a snapshot holds beside the state, so that deciding goes on from there."""
        levels: dict[str, Part] = {} if self.levels is None else {"levels": self.levels}
        return {"standing": self._standing, **levels}

    @property
    def wants_room(self) -> bool:
        """Are the pools of units and orders full?"""
        return bool(self._g["need_room"][0])

    def make_room(self) -> tuple[Any, ...]:
        """Grow the pools; returns the event that must come next: the line looks again what it can release."""
        self._take(grow(self.state, self.line))
        return int(Event.LOOK_AGAIN), int(NONE), int(NONE), int(NONE), self.now_s, 0.0

    @property
    def now_s(self) -> float:
        """When the last event happened."""
        return float(self._g["now_s"][0])

    @property
    def events(self) -> int:
        """How many events have happened."""
        return int(self._g["events"][0])

    @property
    def open_orders(self) -> int:
        """Orders in hand, those for components too."""
        return self._orders - int(self._g["free_orders"][0])

    @property
    def all_done(self) -> bool:
        """Have all orders come and gone, those of the order file and people's? (Never where demand has no end.)"""
        return self.open_orders == 0 and self._all_here

    @property
    def _all_here(self) -> bool:
        return 0 < self._listed == int(self._g["arrived"][0])

    @property
    def stands_still(self) -> bool:
        """Has nothing moved for weeks, with all orders here and nothing under way that could end?"""
        return self._standing.still
