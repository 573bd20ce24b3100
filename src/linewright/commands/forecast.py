"""`linewright forecast`: what will become of the line as it stands?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linewright.commands.answer import can_write
from linewright.commands.compiling import get_compiled
from linewright.commands.options import AsJson, OrdersFile, Seed, names_journal
from linewright.commands.simulate import Html, Threads, read_time
from linewright.errors import InputError, Problem

if TYPE_CHECKING:
    from linewright.control import Line, Names, State
    from linewright.plant.model import Plant

Source = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="Journal of a run, a file or postgresql://...: its latest state. Or a plant file: the line as it starts.",
    ),
]
Horizon = Annotated[
    str | None,
    typer.Option("--horizon", metavar="TIME", help="How far to look; default: till the orders are done, or 8 h."),
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="Ask the line as it stood then, not at the end of its journal."),
]
Count = Annotated[int, typer.Option("--futures", min=2, help="How many futures to run.")]
LONGEST_S = 90 * 86400.0


def forecast(
    file: Source,
    at: At = None,
    horizon: Horizon = None,
    futures: Count = 1000,
    seed: Seed = None,
    threads: Threads = None,
    orders: OrdersFile = None,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Run many futures of a line from its present state: when will each order be done, and what will it make?

    The line's own control decides in every future; machines and people are sampled. What is under way is
    drawn on condition of how long it has taken so far.
    """
    can_write(html=html)
    horizon_s = read_time(horizon, "--horizon")
    if horizon_s is not None and horizon_s <= 0:
        raise InputError([Problem("a horizon must be longer than nothing", key="--horizon")])
    plant, line, names, state = read_state(file, orders, read_time(at, "--at"))
    from linewright.twin.forecast import forecast as look_ahead
    from linewright.twin.forecast import time_to_done
    from linewright.twin.world import World

    world = World(plant, line)
    seed = 1 if seed is None else seed
    if horizon_s is None:
        horizon_s = time_to_done(line, names, world, state, seed, LONGEST_S)
    found = look_ahead(line, names, world, state, horizon_s, futures=futures, seed=seed, threads=threads)
    if html:
        from linewright.twin.report.outlook import write_forecast

        write_forecast(found, html)
    if as_json:
        from linewright.twin.report.outlook import forecast_facts

        typer.echo(json.dumps(forecast_facts(found)))
        return
    from linewright.twin.report.outlook import print_forecast

    print_forecast(found)
    if html:
        typer.echo(f"written: {html}")


def read_state(file: str, orders: Path | None, at_s: float | None = None) -> tuple[Plant, Line, Names, State]:
    """The line and its state, from a journal or a plant file. Raises InputError."""
    if names_journal(file):
        from linewright.journal import read_journal
        from linewright.live.recover import state_of

        with read_journal(file):
            get_compiled(runs=True, decides=True)
        found = state_of(file, at_s)
        return found.plant, found.run.to_fork(found.state), found.names, found.state
    if at_s is not None:
        raise InputError([Problem("a plant file has no past, a journal has", file, key="--at")])
    from linewright.control import compile_line, new_state
    from linewright.plant.check import open_plant

    checked = open_plant(file, orders)
    get_compiled(checked.plant, runs=True)
    line, names = compile_line(checked.plant, checked.orders, checked.folder)
    return checked.plant, line, names, new_state(line)
