"""Driving a plant event by event: the control steps, nature obeys, a test looks on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from linewright.control import (
    NONE,
    Command,
    Door,
    Event,
    Line,
    Names,
    State,
    compile_line,
    grow,
    new_door,
    new_state,
    same_state,
    step,
)
from linewright.control.codes import Stage
from linewright.plant.model import Plant
from linewright.plant.orders import Order
from linewright.twin.run import carry_out, next_time_s, take_event
from linewright.twin.tables import Nature
from linewright.twin.world import World


@dataclass
class Life:
    """A line, its state and its nature, one event after another."""

    plant: Plant
    line: Line
    names: Names
    world: World
    state: State
    nature: Nature
    door: Door

    @property
    def now_s(self) -> float:
        return float(self.state.g[0].now_s)

    def happens(
        self,
        kind: Event,
        subject: int = NONE,
        detail: int = NONE,
        number: int = NONE,
        amount: float = 0.0,
        time_s: float | None = None,
    ) -> list[tuple[Any, ...]]:
        """An event of the test's own; nature obeys. Returns the commands."""
        self.door.event[0] = (kind, subject, detail, number, self.now_s if time_s is None else time_s, amount)
        return self._step()

    def next(self) -> list[tuple[Any, ...]] | None:
        """The next event of nature; the commands that followed, or None when nothing will happen any more."""
        if next_time_s(self.nature) == np.inf:
            return None
        take_event(self.line, self.state, self.nature, self.door)
        return self._step()

    def _step(self) -> list[tuple[Any, ...]]:
        n = step(self.line, self.state, self.door)
        commands = self.door.command[:n].tolist()
        carry_out(self.line, self.state, self.nature, self.door, n)
        return commands

    def make_room(self) -> list[tuple[Any, ...]]:
        """Grow the pools if they are full, and let the line look again."""
        commands = []
        while self.state.g[0].need_room:
            self.grow()
            commands += self.happens(Event.LOOK_AGAIN)
        return commands

    def grow(self) -> None:
        """Twice the room for units and orders."""
        self.state = grow(self.state, self.line)
        self.door = new_door(self.line, len(self.state.unit))
        arrays = self.nature.arrays()
        width = len(self.plant.characteristics)
        made = np.zeros(max(len(self.state.unit) * width, 1))
        made[: len(self.nature.made)] = self.nature.made
        self.nature = Nature(**{**arrays, "made": made})

    def copy(self) -> Life:
        """A fork: the same line with a state and a nature of its own."""
        state = State(**{name: array.copy() for name, array in self.state.arrays().items()})
        nature = Nature(**{name: array.copy() for name, array in self.nature.arrays().items()})
        door = new_door(self.line, len(state.unit))
        return Life(self.plant, self.line, self.names, self.world, state, nature, door)


def bear(
    plant: Plant, seed: int = 1, orders: tuple[Order, ...] = (), units: int = 256, folder: Any = None
) -> Life:
    """A plant at time 0."""
    line, names = compile_line(plant, orders, folder)
    world = World(plant, line)
    return Life(
        plant,
        line,
        names,
        world,
        new_state(line, units, units),
        world.new_nature(seed, 0, units),
        new_door(line, units),
    )


def short_and_long(plant: Plant, seed: int) -> tuple[Life, Life]:
    """The same line twice; in the second the short ways are closed."""
    short, long = bear(plant, seed, units=64), bear(plant, seed, units=64)
    long.line.operation.onward = NONE
    long.line.station.plain = long.line.station.takes_first = 0
    return short, long


def tidy(life: Life) -> Life:
    """The life without what has no meaning any more: agenda seen to, and who would come after a machine at work."""
    state = life.state
    state.agenda[int(state.g[0].agenda_n) :] = NONE
    state.machine.next_idle[state.machine.stage != Stage.FREE] = NONE
    return life


def same(one: Life, other: Life) -> bool:
    """Are the states and the natures of two lives equal, bit for bit?"""
    natures = other.nature.arrays()
    return same_state(one.state, other.state) and all(
        array.tobytes() == natures[name].tobytes() for name, array in one.nature.arrays().items()
    )


def live_on(life: Life, events: int, look: Callable[[Life], None] | None = None) -> list[tuple[Any, ...]]:
    """So many events; all the commands, in order. `look` is called after every whole step: one that had to wait
    for bigger pools is over when they have grown.
    """
    commands: list[tuple[Any, ...]] = []
    for _ in range(events):
        given = life.next()
        if given is None:
            break
        commands += given + life.make_room()
        if look:
            look(life)
    return commands


def log(
    life: Life, events: int = 1000, until_s: float = np.inf, kinds: tuple[Command, ...] = tuple(Command)
) -> list[str]:
    """What is commanded, in words: `12 start_operation mill pump`, times in s, up to a time."""
    lines: list[str] = []
    serials: dict[int, int] = {}
    for _ in range(events):
        if next_time_s(life.nature) > until_s:
            break
        given = life.next()
        if given is None:
            break
        for command in given:
            if command[0] == Command.RELEASE:
                serials[command[2]] = command[4]  # a unit's record is used again after it
            if command[0] in kinds:
                lines.append(worded(life, command, serials))
        life.make_room()
    return lines


def worded(life: Life, command: tuple[Any, ...], serials: dict[int, int]) -> str:
    """One command as `time kind subject [serial]`."""
    kind, subject, unit, detail, _, amount, time_s = command
    names, what = life.names, Command(kind)
    serial = serials.get(detail if what == Command.TAKE else unit, NONE)
    text = f"{time_s:g} {what.name.lower()}"
    if what in (Command.START_OPERATION, Command.CHANGE_OVER, Command.CHANGE_TOOL):
        return f"{text} {names.machines[subject]} {serial}"
    if what in (Command.REPAIR, Command.RESUME, Command.PAUSE):
        return f"{text} {names.machines[subject]}"
    if what in (Command.FETCH, Command.DELIVER):
        return f"{text} {names.vehicles[subject]} {serial}"
    if what in (Command.RELEASE, Command.FINISH, Command.SCRAP):
        return f"{text} {names.materials[subject]} {serial}"
    if what == Command.TAKE:
        return f"{text} {names.materials[subject]} {serial}"
    if what == Command.BUY:
        return f"{text} {names.materials[subject]} {amount:g}"
    if what == Command.WAIT:
        return f"{text} {names.stations[subject]} {amount:g}"
    if what == Command.SHARPEN:
        return f"{text} {names.tools[subject]} {amount:g}"
    return f"{text} {subject}"
