"""`linewright run`: make the orders on virtual machines, through the loop that drives real ones."""

from __future__ import annotations

import math
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linewright.commands.answer import can_write, warn
from linewright.commands.options import (
    AsJson,
    JournalFile,
    MachinesAt,
    OrdersFile,
    PkiFolder,
    PlantFile,
    Publish,
    Real,
    Resume,
    Seed,
    Speed,
    TelemetryFolder,
)

if TYPE_CHECKING:
    from linewright.live import LiveLine, Run

Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a report with plots.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Stop at this plant time, as `3 d`.")]


def run(
    plant: PlantFile,
    orders: OrdersFile = None,
    speed: Speed = None,
    journal: JournalFile = None,
    html: Html = None,
    seed: Seed = None,
    until: Until = None,
    resume: Resume = False,
    machines: MachinesAt = None,
    pki: PkiFolder = None,
    real: Real = False,
    telemetry: TelemetryFolder = None,
    publish: Publish = None,
    as_json: AsJson = False,
) -> None:
    """Run a plant until its orders are done, on real machines where they have addresses, else on virtual ones.

    Every event and every command is recorded in a journal; the terminal shows the line as it runs. After
    Ctrl-C, or should the process be killed, --resume goes on from the journal. An earlier journal of the same
    name is kept under another one. On a --real line nothing is virtual; people answer at the board of `serve`.
    """
    from linewright.commands.compiling import get_compiled
    from linewright.commands.line import Wish, how_to_go_on, open_run, place_of, read_speed, refuse_endless, set_up
    from linewright.commands.simulate import read_time
    from linewright.journal import in_database
    from linewright.plant.check import open_plant

    can_write(html=html, journal=None if journal is None or in_database(journal) else Path(journal))
    checked = open_plant(plant, orders)
    until_s = read_time(until, "--until")
    end_s = math.inf if until_s is None else until_s
    wish = Wish(
        journal=journal,
        seed=seed,
        resume=resume,
        speed=read_speed(speed) if speed else None,
        until_s=end_s,
        machines=machines,
        pki=pki,
        real=real,
        telemetry=telemetry,
        publish=publish,
    )
    refuse_endless(checked, wish)
    if not as_json:
        warn(checked.warnings)
    get_compiled(checked.plant, decides=True, acts=not real)
    what, record = open_run(checked, wish)
    with record, ExitStack() as at_end:
        live = set_up(what, record, wish, at_end)
        place = place_of(checked, wish)
        _operate(what, live, how_to_go_on("run", plant, orders, wish, place, until), place)
        report(what, live, end_s, html, as_json)


# ---------------------------------------------------------------- running and reporting


def _operate(what: Run, live: LiveLine, how_to_resume: str, place: str) -> None:
    """Run in sight of the person at the terminal; Ctrl-C says how to go on."""
    import asyncio

    from linewright.live.terminal import Terminal, clock_words

    async def show_and_run() -> None:
        async with Terminal(what, live, sys.stderr):
            await live.run()

    try:
        asyncio.run(show_and_run())
    except KeyboardInterrupt:
        sys.stderr.write(
            f"stopped at {clock_words(what.local_s(live.decider.now_s))}; the journal {place} is complete up to here\n"
        )
        sys.stderr.write(f"to go on: {how_to_resume}\n")
        raise


def report(what: Run, live: LiveLine, until_s: float, html: Path | None, as_json: bool) -> None:
    """The figures of the run, as those of the twin. Raises InputError where the line came to a stand."""
    from linewright.commands.simulate import hand_out
    from linewright.twin.life import standstill
    from linewright.twin.results import result_of

    decider, head = live.decider, live.journal.head()
    in_time = until_s < math.inf and not decider.all_done
    if in_time:
        decider.state.g.now_s = max(until_s, decider.now_s)
    every_s, series = (decider.levels.every_s, decider.levels.series()) if decider.levels else (math.inf, None)
    result = result_of(what.line, what.names, decider.state, what.plant.plant, every_s, series)
    hand_out(result, html, None, None, as_json)
    if not as_json:
        typer.echo(f"journal: {head.seq:,} records, head {head.chain.hex()[:16]}")
    if not (in_time or decider.all_done):
        raise standstill(what.line, what.names, decider.state)
