"""`linewright simulate`: what will this line do, with confidence intervals?"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from linewright.commands.answer import can_write, warn
from linewright.commands.compiling import get_compiled
from linewright.commands.options import AsJson, OrdersFile, PlantFile, Seed

if TYPE_CHECKING:
    from linewright.twin.results import Result

Length = Annotated[
    str | None,
    typer.Option("--length", metavar="TIME", help="Simulated time after the warm-up, as `2 week`."),
]
WarmUp = Annotated[
    str | None,
    typer.Option("--warm-up", metavar="TIME", help="Not measured; default: found from pilot runs."),
]
Replications = Annotated[int | None, typer.Option(min=1, help="Independent runs; default 20.")]
Precision = Annotated[
    str | None,
    typer.Option(metavar="SHARE", help="Go on until throughput and lead time are known this well, as `1%`."),
]
Threads = Annotated[int | None, typer.Option(min=1, help="Cores to use; the figures do not depend on it.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a report with plots.")]
Parquet = Annotated[
    Path | None,
    typer.Option("--parquet", metavar="FOLDER", help="Write the figures of every replication as tables."),
]
Save = Annotated[
    Path | None, typer.Option("--save", metavar="FILE", help="Keep the result; `linewright report` reads it.")
]


def simulate(
    plant: PlantFile,
    orders: OrdersFile = None,
    length: Length = None,
    warm_up: WarmUp = None,
    replications: Replications = None,
    precision: Precision = None,
    seed: Seed = None,
    threads: Threads = None,
    html: Html = None,
    parquet: Parquet = None,
    save: Save = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a plant and report throughput, lead times, work in process and where the machines' time goes.

    A plant with a list of orders is run until they are done; one whose demand never ends is measured in
    steady state. Every figure comes with its 95% confidence interval. The same seed gives the same figures.
    """
    can_write(html=html, parquet=parquet, save=save)
    from linewright.plant.check import open_plant

    checked = open_plant(plant, orders)
    if not as_json:
        warn(checked.warnings)
    length_s, warm_up_s = read_time(length, "--length"), read_time(warm_up, "--warm-up")
    wanted = read_share(precision, "--precision")
    get_compiled(checked.plant, runs=True)
    from linewright.twin.experiment import simulate as run_experiment

    with Progress(sys.stderr) as progress:
        result = run_experiment(
            checked.plant,
            orders=checked.orders,
            folder=checked.folder,
            length_s=length_s,
            warm_up_s=warm_up_s,
            replications=replications,
            precision=wanted,
            seed=seed,
            threads=threads,
            progress=progress.show,
        )
    hand_out(result, html, parquet, save, as_json)


def hand_out(result: Result, html: Path | None, parquet: Path | None, save: Path | None, as_json: bool) -> None:
    """Write the files that are wanted; print the result."""
    if save:
        from linewright.twin.keep import save_result

        save_result(result, save)
    if html:
        from linewright.twin.report.page import write_page

        write_page(result, html)
    if parquet:
        from linewright.twin.report.parquet import write_parquet

        write_parquet(result, parquet)
    if as_json:
        from linewright.twin.report.facts import result_facts

        typer.echo(json.dumps(result_facts(result)))
    else:
        from linewright.twin.report.tables import print_tables

        print_tables(result)
        for written in (html, parquet, save):
            if written:
                typer.echo(f"written: {written}")


def read_time(text: str | None, option: str) -> float | None:
    """A time with its unit in s. Raises InputError."""
    if text is None:
        return None
    from linewright.errors import InputError, Problem
    from linewright.units import UnitError, read_quantity

    try:
        seconds, _ = read_quantity(text, "time")
    except UnitError as error:
        raise InputError([Problem(str(error), key=option, hint="write it as `8 h` or `2 week`")]) from None
    if seconds < 0:
        raise InputError([Problem("a time cannot be negative", key=option)])
    return seconds


def read_share(text: str | None, option: str) -> float | None:
    """`1%` or `0.01` as a number between 0 and 1. Raises InputError."""
    if text is None:
        return None
    from linewright.errors import InputError, Problem

    try:
        share = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
    except ValueError:
        share = 0.0
    if not 0.0 < share < 1.0:
        raise InputError([Problem(f"{text!r} is not a share between 0 and 1", key=option, hint="write it as `1%`")])
    return share


class Progress:
    """A bar with the time left, on a terminal alone."""

    WIDTH = 30

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.shown = self.out.isatty()
        self.begun_s = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            self.out.write("\r\x1b[K")
            self.out.flush()

    def show(self, done: int, of: int) -> None:
        """So many of so many replications are done."""
        if not self.shown:
            return
        share = done / of
        left_s = (time.monotonic() - self.begun_s) * (1 - share) / share
        bar = "█" * int(share * self.WIDTH)
        self.out.write(f"\r{bar:·<{self.WIDTH}} {done}/{of} replications, {left_s:.0f} s left\x1b[K")
        self.out.flush()
