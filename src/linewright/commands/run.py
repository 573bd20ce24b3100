"""`linewright run`: make the orders on virtual machines, through the loop that drives real ones."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linewright.commands.answer import can_write, warn
from linewright.commands.journal import line_key
from linewright.commands.options import AsJson, OrdersFile, PlantFile

if TYPE_CHECKING:
    from linewright.journal.ledger import Ledger
    from linewright.live import Decider, Run
    from linewright.live.line import LiveLine
    from linewright.machines.fleet import Fleet
    from linewright.machines.virtual import VirtualShop
    from linewright.plant.check import CheckedPlant

Speed = Annotated[
    str, typer.Option(metavar="SPEED", help="So many times real time, as `60x`; `max`: as it goes.")
]
JournalFile = Annotated[
    str | None,
    typer.Option("--journal", metavar="JOURNAL", help="Where to record; default: PLANT-NAME.db here."),
]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a report with plots.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Another number, other luck.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Stop at this plant time, as `3 d`.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in the journal.")]
MachinesAt = Annotated[
    str | None,
    typer.Option("--machines", metavar="URL", help="All machines are at this server, as opc.tcp://host:4840."),
]
PkiFolder = Annotated[
    Path | None,
    typer.Option("--pki", metavar="FOLDER", help="Certificates for machines; default: those of this account."),
]


def run(
    plant: PlantFile,
    orders: OrdersFile = None,
    speed: Speed = "max",
    journal: JournalFile = None,
    html: Html = None,
    seed: Seed = None,
    until: Until = None,
    resume: Resume = False,
    machines: MachinesAt = None,
    pki: PkiFolder = None,
    as_json: AsJson = False,
) -> None:
    """Run a plant until its orders are done, on real machines where they have addresses, else on virtual ones.

    Every event and every command is recorded in a journal; the terminal shows the line as it runs. After
    Ctrl-C, or should the process be killed, --resume goes on from the journal. An earlier journal of the same
    name is kept under another one.
    """
    from linewright.commands.mixed import set_up_fleet
    can_write(html=html, journal=None if journal is None or in_database(journal) else Path(journal))
    from linewright.commands.simulate import read_time, say_if_it_compiles
    from linewright.machines.registry import addresses
    from linewright.plant.check import open_plant

    checked = open_plant(plant, orders)
    until_s, pace = read_time(until, "--until"), read_speed(speed)
    refuse_endless(checked, until_s)
    if not as_json:
        warn(checked.warnings)
    say_if_it_compiles()
    place = journal or f"{checked.plant.plant}.db"
    what, record = (go_on if resume else begin)(place, checked, seed)
    with record:
        places = addresses(what.plant, what.names, machines or "")
        end_s = math.inf if until_s is None else until_s
        how_to_resume = f"linewright run {plant} --journal {place} --resume"
        if places:
            decider, fleet = set_up_fleet(what, record, pace, end_s, places, pki)
            live, shop = _live_line(what, decider, fleet, record), fleet.rest.shop
            how_to_resume += f" --speed {shop.pace.speed:g}x" + (f" --machines {machines}" if machines else "")
        else:
            decider, shop = set_up(what, record, pace, end_s)
            live = _live_line(what, decider, shop, record)
        _operate(what, live, how_to_resume, place)
        report(what, live, shop, html, as_json)


def read_speed(text: str) -> float:
    """`60x` or `60` as a number, `max` as infinity. Raises InputError."""
    from linewright.errors import InputError, Problem

    try:
        speed = math.inf if text == "max" else float(text.removesuffix("x"))
    except ValueError:
        speed = math.nan
    if not speed > 0.0:
        raise InputError(
            [Problem(f"{text!r} is not a speed", key="--speed", hint="write it as `60x` or `max`")]
        )
    return speed


def refuse_endless(checked: CheckedPlant, until_s: float | None) -> None:
    """Say so if this run would never end, or never begin."""
    from linewright.errors import InputError, Problem

    endless = bool(checked.plant.orders.streams or checked.plant.orders.saturated)
    if endless and until_s is None:
        raise InputError(
            [Problem("the orders of this plant never end", key="--until", hint="as `--until 2 week`")]
        )
    if not endless and not checked.orders:
        raise InputError(
            [Problem("there are no orders", key="--orders", hint="name a CSV or XLSX file of orders")]
        )


# ---------------------------------------------------------------- beginning and going on


def begin(place: str | Path, checked: CheckedPlant, seed: int | None) -> tuple[Run, Ledger]:
    """A new run with a new journal; an earlier one is set aside."""
    from linewright.journal import create_journal, is_journal, set_aside
    from linewright.live import Run

    what = Run.of_plant(checked, checked.plant.experiment.seed if seed is None else seed)
    key = line_key()
    if is_journal(place):
        sys.stderr.write(f"the earlier journal {place} is kept as {set_aside(place)}\n")
    return what, create_journal(place, what.header(checked.folder), key)


def go_on(place: str | Path, checked: CheckedPlant, seed: int | None) -> tuple[Run, Ledger]:
    """The run of a journal. Raises InputError where that is not the run that is asked for."""
    from linewright.errors import InputError, Problem
    from linewright.journal import write_journal
    from linewright.live import Run

    record = write_journal(place, line_key())
    try:
        what = Run.of_journal(record)
        if not Run.of_plant(checked, 0).is_of(record, checked.folder):
            hint = "to begin anew leave out --resume"
            raise InputError(
                [Problem("the plant or its orders are not those of this run", str(place), hint=hint)]
            )
        if seed is not None and seed != what.seed:
            raise InputError([Problem(f"this run has the seed {what.seed}", str(place), key="--seed")])
    except InputError:
        record.close()
        raise
    return what, record


def set_up(what: Run, record: Ledger, speed: float, until_s: float) -> tuple[Decider, VirtualShop]:
    """The control and the virtual machines as they stood when the journal ended."""
    from linewright.errors import InputError, Problem
    from linewright.live import Disagreement, Levels, replay
    from linewright.live.recover import FIRST_ROOM
    from linewright.machines.virtual import VirtualShop
    from linewright.twin.world import World

    decider = what.new_decider(Levels())
    nature = World(what.plant, what.line).new_nature(what.seed, 0, FIRST_ROOM)
    shop = VirtualShop(what.line, nature, lambda: decider.state, speed, until_s)
    try:
        replay(record, decider, machines=shop)
    except Disagreement as error:
        raise InputError(
            [Problem(str(error), str(record.path), hint="begin anew without --resume")]
        ) from None
    return decider, shop


def _live_line(what: Run, decider: Decider, shop: VirtualShop | Fleet, record: Ledger) -> LiveLine:
    from linewright.live import LiveLine

    return LiveLine(decider, shop, record, shop.now_s, what.names)


# ---------------------------------------------------------------- running and reporting


def _operate(what: Run, live: LiveLine, how_to_resume: str, place: str) -> None:
    """Run in sight of the person at the terminal; Ctrl-C says how to go on."""
    import asyncio

    from linewright.errors import InputError, Problem
    from linewright.live.terminal import Terminal, clock_words

    async def show_and_run() -> None:
        async with Terminal(what, live, sys.stderr):
            await live.run()

    try:
        asyncio.run(show_and_run())
    except PermissionError as error:  # a certificate that one side does not trust
        raise InputError([Problem(str(error), key="machines")]) from None
    except KeyboardInterrupt:
        sys.stderr.write(
            f"stopped at {clock_words(live.decider.now_s)}; the journal {place} is complete up to here\n"
        )
        sys.stderr.write(f"to go on: {how_to_resume}\n")
        raise


def report(what: Run, live: LiveLine, shop: VirtualShop, html: Path | None, as_json: bool) -> None:
    """The figures of the run, as those of the twin. Raises InputError where the line came to a stand."""
    from linewright.commands.simulate import hand_out
    from linewright.twin.life import standstill
    from linewright.twin.results import result_of

    decider, head = live.decider, live.journal.head()
    in_time = shop.until_s < math.inf and not decider.all_done
    if in_time:
        decider.state.g.now_s = max(shop.until_s, decider.now_s)
    every_s, series = (
        (decider.levels.every_s, decider.levels.series()) if decider.levels else (math.inf, None)
    )
    result = result_of(what.line, what.names, decider.state, what.plant.plant, every_s, series)
    hand_out(result, html, None, None, as_json)
    if not as_json:
        typer.echo(f"journal: {head.seq:,} records, head {head.chain.hex()[:16]}")
    if not (in_time or decider.all_done):
        raise standstill(what.line, what.names, decider.state)
