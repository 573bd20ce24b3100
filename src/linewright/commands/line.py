"""A run with real machines: which have addresses, and the virtual shop for all else."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linewright.journal.ledger import Ledger
    from linewright.live import Decider, Run
    from linewright.machines.fleet import Fleet

REAL_TIME = 1.0


def set_up_fleet(
    what: Run, record: Ledger, speed: float, until_s: float, places: dict[int, str], pki: Path | None
) -> tuple[Decider, Fleet]:
    """The control as it stood when the journal ended, and drivers for the machines that have addresses.

    What is pending elsewhere (suppliers, vehicles, machines without an address) is drawn anew on condition of the
    state, as for a forecast: real machines do not rehearse a recorded run.
    """
    from linewright.errors import InputError, Problem
    from linewright.live import Disagreement, Levels, replay
    from linewright.machines.fleet import Fleet, ShopBeside
    from linewright.machines.opcua.security import usual_folder
    from linewright.machines.registry import Site, drivers_for
    from linewright.machines.virtual import VirtualShop
    from linewright.twin.fork import Fork, set_future
    from linewright.twin.world import World

    compile_all(what)
    decider = what.new_decider(Levels())
    try:
        replay(record, decider)
    except Disagreement as error:
        hint = "begin anew without --resume"
        raise InputError([Problem(str(error), str(record.path), hint=hint)]) from None
    world = World(what.plant, what.line)
    nature = world.new_nature(what.seed, 0, len(decider.state.unit))
    if decider.events:
        set_future(nature, Fork(what.line, world, decider.state, 1, what.seed).draw(), 0, what.seed)
    pace = REAL_TIME if math.isinf(speed) else speed
    shop = VirtualShop(what.line, nature, lambda: decider.state, pace, until_s)
    placed = drivers_for(places, Site(what.line, what.names, pki or usual_folder()))
    return decider, Fleet(ShopBeside(shop), placed)


def compile_all(what: Run) -> None:
    """Decide and sample once on scratch: what is not compiled yet is compiled now, not while machines wait."""
    from linewright.live.recover import FIRST_ROOM
    from linewright.machines.virtual import VirtualShop
    from linewright.twin.world import World

    scratch = what.new_decider()
    nature = World(what.plant, what.line).new_nature(what.seed, 0, FIRST_ROOM)
    shop = VirtualShop(what.line, nature, lambda: scratch.state)
    shop.obey(scratch.decide(shop.take().event))
