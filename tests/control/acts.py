"""Acts of people, drawn at random: fit for the state as it is, or not."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from drive import Life, live_on

from linewright.control import NONE, Command, Event
from linewright.control.codes import Rule, Stage, Wish

OF_MACHINES = (Event.MACHINE_HELD, Event.MACHINE_RELEASED, Event.STOP_NOTICED, Event.STOP_OVER, Event.WORK_REPEATED)
OF_UNITS = (
    Event.UNIT_HELD,
    Event.UNIT_RELEASED,
    Event.UNIT_SCRAPPED,
    Event.UNIT_REWORKED,
    Event.UNIT_MOVED,
)
OF_ORDERS = (Event.PRIORITY_SET, Event.ORDER_HELD, Event.ORDER_RELEASED, Event.ORDER_CANCELLED)
OF_RULES = (Event.RULE_SET, Event.LIMIT_SET, Event.LOOK_AGAIN, Event.ACKNOWLEDGED)
WORK = {
    Stage.RUNNING: (Event.OPERATION_FINISHED, Command.START_OPERATION),
    Stage.CHANGING_OVER: (Event.SETUP_FINISHED, Command.CHANGE_OVER),
    Stage.CHANGING_TOOL: (Event.TOOL_CHANGED, Command.CHANGE_TOOL),
}


def act(life: Life, random: Random) -> Event:
    """Somebody does something; returns what."""
    kind = random.choice(random.choice([OF_MACHINES, OF_UNITS, OF_UNITS, OF_ORDERS, OF_RULES]))
    subject, detail, number, amount = _drawn(life, kind, random)
    life.happens(kind, subject, detail, number, amount)
    return kind


def _drawn(life: Life, kind: Event, random: Random) -> tuple[int, int, int, float]:
    plant, none = life.line.plant[0], int(NONE)
    if kind in OF_UNITS:
        unit = life.state.unit.view(np.ndarray)
        here = [u for u in range(len(unit)) if unit["serial"][u] >= 0 and unit["released_s"][u] >= 0]
        u = random.choice(here) if here and random.random() < 0.95 else random.randrange(-1, len(unit) + 1)
        serial = int(unit["serial"][u % len(unit)])
        up_to = plant.operations if kind == Event.UNIT_REWORKED else plant.queues
        return u, random.randrange(-1, int(up_to) + 1), serial, 0.0
    if kind in OF_ORDERS:
        return random.randrange(-1, len(life.state.order) + 1), none, none, float(random.randrange(-3, 4))
    if kind == Event.RULE_SET:
        return random.randrange(-1, int(plant.stations) + 1), random.randrange(-1, len(Rule) + 1), none, 0.0
    if kind == Event.LIMIT_SET:
        return random.randrange(-1, int(plant.loops) + 1), random.randrange(6), none, 0.0
    m = random.randrange(len(life.names.machines))
    work = WORK.get(Stage(int(life.state.machine.stage[m])), (None, Command.REPAIR))[1]
    return m, int(random.choice([work, Command.REPAIR])), none, 0.0


def live_among_people(life: Life, random: Random, rounds: int, most: int, look: Callable[[Life], None]) -> None:
    """So many times: up to `most` events of the line, then somebody does something; `look` after each whole step."""
    for _ in range(rounds):
        live_on(life, random.randrange(most), look)
        act(life, random)
        life.make_room()
        look(life)
        if random.random() < 0.2:
            cross(life, random)
            look(life)


def cross(life: Life, random: Random) -> None:
    """A machine had ended what it was told to interrupt, or works again before the repairer came."""
    machine: Any = life.state.machine
    interrupted = [m for m in range(len(life.names.machines)) if machine.interrupted[m]]
    for m in interrupted[:1]:
        life.happens(WORK[Stage(int(machine.stage[m]))][0], m, 0)
        life.make_room()
    waiting = [m for m in range(len(life.names.machines)) if machine.wish[m] == Wish.REPAIR]
    if waiting and random.random() < 0.5:
        life.happens(Event.MACHINE_REPAIRED, waiting[0])
        life.make_room()
