"""The line of `run` and `serve`: whose machines it has, by which clock it goes, how it goes on after a restart.

Without an address all is virtual. Machines with addresses are driven, and the virtual shop does the rest. On a real
line (`--real`) nothing is virtual: the calendar, the orders and people do the rest, by the clock on the wall.
"""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linewright.commands.journal import line_key

if TYPE_CHECKING:
    from linewright.journal.ledger import Ledger
    from linewright.live import LiveLine, Run
    from linewright.live.recover import Start
    from linewright.live.snapshot import Part
    from linewright.machines.registry import Placed
    from linewright.machines.telemetry import Telemetry
    from linewright.plant.check import CheckedPlant

REAL_TIME = 1.0


@dataclass(frozen=True)
class Wish:
    """What options say about a line: its journal, its machines, its clock, what goes on beside it."""

    journal: str | None = None  # None: named after the plant
    seed: int | None = None
    resume: bool = False
    speed: float | None = None  # None: not said
    usual_speed: float = math.inf  # of a line that is all virtual, then
    until_s: float = math.inf
    ahead_s: float | None = None  # run so far as fast as it goes, first of all
    machines: str | None = None  # the server that all machines are at
    pki: Path | None = None
    real: bool = False
    telemetry: Path | None = None
    publish: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What must be said again when the run goes on, by option; None: it was not said."""
        speed = None if self.speed is None else "max" if math.isinf(self.speed) else f"{self.speed:g}x"
        return {
            "--speed": speed,
            "--machines": self.machines,
            "--pki": self.pki,
            "--telemetry": self.telemetry,
            "--publish": self.publish,
        }

    @property
    def pace(self) -> float:
        """The speed of a line that has machines with a clock of their own. Raises InputError."""
        from linewright.errors import InputError, Problem

        speed = REAL_TIME if self.speed is None else self.speed
        if math.isinf(speed):
            raise InputError([Problem("machines with addresses need a clock", key="--speed", hint="as `60x`")])
        return speed


def read_speed(text: str) -> float:
    """`60x` or `60` as a number, `max` as infinity. Raises InputError."""
    from linewright.errors import InputError, Problem

    try:
        speed = math.inf if text == "max" else float(text.removesuffix("x"))
    except ValueError:
        speed = math.nan
    if not speed > 0.0:
        raise InputError([Problem(f"{text!r} is not a speed", key="--speed", hint="write it as `60x` or `max`")])
    return speed


# ---------------------------------------------------------------- beginning and going on


def place_of(checked: CheckedPlant, wish: Wish) -> str:
    """Where the journal of a plant is."""
    return wish.journal or f"{checked.plant.plant}.db"


def open_run(checked: CheckedPlant, wish: Wish) -> tuple[Run, Ledger]:
    """The run that is asked for, and its journal. Raises InputError."""
    return (go_on if wish.resume else begin)(place_of(checked, wish), checked, wish)


def begin(place: str, checked: CheckedPlant, wish: Wish) -> tuple[Run, Ledger]:
    """A new run with a new journal; an earlier one is set aside."""
    from linewright.journal import create_journal, is_journal, set_aside
    from linewright.live import RealTime, Run

    real = RealTime.from_now(wish.pace) if wish.real else None
    what = Run.of_plant(checked, checked.plant.experiment.seed if wish.seed is None else wish.seed, real)
    check(what, wish)
    key = line_key()
    if is_journal(place):
        sys.stderr.write(f"the earlier journal {place} is kept as {set_aside(place)}\n")
    return what, create_journal(place, what.header(checked.folder), key)


def go_on(place: str, checked: CheckedPlant, wish: Wish) -> tuple[Run, Ledger]:
    """The run of a journal. Raises InputError where that is not the run that is asked for."""
    from linewright.errors import InputError
    from linewright.journal import write_journal
    from linewright.live import Run

    record = write_journal(place, line_key())
    try:
        what = Run.of_journal(record)
        check(what, wish)
        _refuse_another(what, record, checked, wish)
    except InputError:
        record.close()
        raise
    return what, record


def _refuse_another(what: Run, record: Ledger, checked: CheckedPlant, wish: Wish) -> None:
    """Raises InputError where the journal is not of the run that is asked for."""
    from linewright.errors import InputError, Problem
    from linewright.live.recover import is_of

    place = str(record.path)
    if not is_of(record, checked):
        hint = "to begin anew leave out --resume"
        raise InputError([Problem("the plant or its orders are not those of this run", place, hint=hint)])
    if wish.seed is not None and wish.seed != what.seed:
        raise InputError([Problem(f"this run has the seed {what.seed}", place, key="--seed")])
    if wish.real and what.real is None:
        hint = "a line is real from its first event on: begin anew, without --resume"
        raise InputError([Problem("this run is not that of a real line", place, key="--real", hint=hint)])
    if what.real is not None and wish.speed not in (None, what.real.speed):
        raise InputError([Problem(f"this run goes at {what.real.speed:g}x", place, key="--speed")])


def how_to_go_on(
    command: str, plant: str | Path, orders: Path | None, wish: Wish, place: str, until: str | None = None
) -> str:
    """The words that resume a run: with the options that were given."""
    words = ["linewright", command, str(plant), "--journal", place, "--resume"]
    for name, value in (wish.options | {"--orders": orders, "--until": until}).items():
        words += [] if value is None else [name, str(value)]
    return shlex.join(words)


# ---------------------------------------------------------------- the machines


def set_up(what: Run, record: Ledger, wish: Wish, at_end: ExitStack) -> LiveLine:
    """The line as it stood when its journal ended, ready to go on. `at_end` is told what must be closed after it."""
    from linewright.commands.beside import keep_telemetry, publish

    telemetry = keep_telemetry(wish.telemetry, at_end)
    live = _line_of(what, record, wish, drivers_of(what, wish, telemetry))
    if wish.publish:
        publish(wish.publish, what, live)
    return live


def _line_of(what: Run, record: Ledger, wish: Wish, placed: list[Placed]) -> LiveLine:
    from linewright.errors import InputError, Problem
    from linewright.live import Disagreement

    try:
        if what.real is not None:
            return _real_line(what, record, wish, placed)
        if placed:
            return _mixed_line(what, record, wish, placed)
        return _virtual_line(what, record, wish)
    except Disagreement as error:
        raise InputError([Problem(str(error), str(record.path), hint="begin anew without --resume")]) from None


def check(what: Run, wish: Wish) -> None:
    """Raises InputError where the options do not go with the machines, before anything is written."""
    from linewright.commands.beside import broker_of
    from linewright.errors import InputError, Problem
    from linewright.machines.registry import VIRTUAL

    if wish.machines == VIRTUAL and what.real is not None:
        raise InputError([Problem("nothing is virtual on a line with --real", key="--machines")])
    if wish.publish:
        broker_of(wish.publish)
    has_drivers = bool(drivers_of(what, wish))
    if wish.ahead_s is not None and (has_drivers or what.real is not None):
        hint = "`--machines virtual` tries the line without them"
        raise InputError([Problem("machines that are real cannot be hurried", key="--ahead", hint=hint)])
    if has_drivers:
        _ = wish.pace
    elif wish.telemetry:
        raise InputError([Problem("no machine has an address", key="--telemetry")])


def drivers_of(what: Run, wish: Wish, telemetry: Telemetry | None = None) -> list[Placed]:
    """A driver for each server. Raises InputError where an address is none."""
    from linewright.machines.registry import Site, addresses, drivers_for

    places = addresses(what.plant, what.names, wish.machines or "")
    if not places:
        return []
    from linewright.machines.opcua.security import usual_folder  # takes a second to import

    return drivers_for(places, Site(what.line, what.names, wish.pki or usual_folder(), telemetry))


def _start(what: Run, record: Ledger, parts: Mapping[str, Part] | None = None) -> Start:
    """From where on the journal is decided again; `parts`: what the machines have in snapshots."""
    from linewright.live import Levels
    from linewright.live.recover import start_to_go_on

    return start_to_go_on(record, what, Levels(), parts or {})


def _virtual_line(what: Run, record: Ledger, wish: Wish) -> LiveLine:
    """All of it is virtual: the machines live once more through what came since the last snapshot."""
    from linewright.live import LiveLine, replay
    from linewright.live.recover import FIRST_ROOM
    from linewright.machines.pending import Pending
    from linewright.machines.virtual import VirtualShop
    from linewright.twin.world import World

    nature = World(what.plant, what.line).new_nature(what.seed, 0, FIRST_ROOM)
    parts = {"pending": Pending(nature, what.seed)}
    start = _start(what, record, parts)
    decider = start.decider
    speed = wish.usual_speed if wish.speed is None else wish.speed
    shop = VirtualShop(what.line, nature, lambda: decider.state, speed, wish.until_s)
    n = replay(record, decider, start.after, machines=shop)
    live = LiveLine(decider, shop, record, shop.now_s, what.names, n)
    live.parts |= parts
    return live


def _mixed_line(what: Run, record: Ledger, wish: Wish, placed: list[Placed]) -> LiveLine:
    """Drivers for the machines that have addresses, the virtual shop for all else.

    What is pending there (suppliers, vehicles, machines without an address) is drawn anew on condition of the
    state, as for a forecast: real machines do not rehearse a recorded run.
    """
    from linewright.live import LiveLine, replay
    from linewright.machines.fleet import Fleet, ShopBeside
    from linewright.machines.virtual import VirtualShop
    from linewright.twin.fork import Fork, set_future
    from linewright.twin.world import World

    pace = wish.pace
    start = _start(what, record)
    decider = start.decider
    n = replay(record, decider, start.after)
    world = World(what.plant, what.line)
    nature = world.new_nature(what.seed, 0, len(decider.state.unit))
    if decider.events:
        set_future(nature, Fork(what.line, world, decider.state, 1, what.seed).draw(), 0, what.seed)
    shop = VirtualShop(what.line, nature, lambda: decider.state, pace, wish.until_s)
    shop.pace.start(decider.now_s)
    fleet = Fleet(ShopBeside(shop, frozenset().union(*(machines for _, machines in placed))), placed)
    return LiveLine(decider, fleet, record, shop.now_s, what.names, n)


def _real_line(what: Run, record: Ledger, wish: Wish, placed: list[Placed]) -> LiveLine:
    """Drivers for the machines that have addresses; calendar, orders and people for all else."""
    from linewright.live import LiveLine, replay
    from linewright.live.world import Surroundings
    from linewright.machines.fleet import Fleet

    assert what.real is not None
    start = _start(what, record)
    decider = start.decider
    n = replay(record, decider, start.after)
    clock = what.real.clock(decider.now_s)
    world = Surroundings(what, lambda: decider.state, clock.now_s, wish.until_s)
    return LiveLine(decider, Fleet(world, placed), record, clock.now_s, what.names, n)


def refuse_endless(checked: CheckedPlant, wish: Wish) -> None:
    """Raises InputError if a run would never end, or never begin."""
    from linewright.errors import InputError, Problem

    orders = checked.plant.orders
    endless = bool(orders.streams or orders.saturated)
    if endless and math.isinf(wish.until_s):
        raise InputError([Problem("the orders of this plant never end", key="--until", hint="as `--until 2 week`")])
    refuse_unordered(checked, wish)


def refuse_unordered(checked: CheckedPlant, wish: Wish) -> None:
    """Raises InputError where nothing is ordered, or by random customers of a real line."""
    from linewright.errors import InputError, Problem

    orders = checked.plant.orders
    if wish.real and orders.streams:
        hint = "on a real line orders come from a file"
        raise InputError([Problem("random customers order nothing", key="orders.streams", hint=hint)])
    if not (checked.orders or orders.streams or orders.saturated):
        raise InputError([Problem("there are no orders", key="--orders", hint="name a CSV or XLSX file of orders")])
