"""`linewright serve`: the line and its board, until stopped."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linewright.commands.answer import answer, warn
from linewright.commands.options import AsJson, OrdersFile
from linewright.commands.run import JournalFile, Resume, Seed

if TYPE_CHECKING:
    from linewright.board import Scene

Source = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="Plant file: run it. Or the journal of a run: show it as it ended."),
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Where to serve; 0: any free port.")]
Host = Annotated[str, typer.Option(help="Address to serve at; other machines need TLS.")]
Speed = Annotated[str, typer.Option(metavar="SPEED", help="So many times real time, as `60x`; `max`: as it goes.")]
Ahead = Annotated[
    str | None, typer.Option(metavar="TIME", help="First run to this plant time as fast as it goes, as `1 d`.")
]
Certificate = Annotated[Path | None, typer.Option("--tls-cert", metavar="FILE", help="Certificate, PEM.")]
Key = Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Its key, PEM.")]
AccountsFile = Annotated[
    Path | None,
    typer.Option("--accounts", metavar="FILE", help="Who may sign in; default: beside the journal."),
]


def serve(
    file: Source,
    port: Port = 8080,
    host: Host = "127.0.0.1",
    orders: OrdersFile = None,
    journal: JournalFile = None,
    speed: Speed = "60x",
    ahead: Ahead = None,
    seed: Seed = None,
    resume: Resume = False,
    accounts: AccountsFile = None,
    tls_cert: Certificate = None,
    tls_key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Run a plant on virtual machines and serve its board and API until Ctrl-C.

    On this machine the board opens without a password for looking; to change anything sign in. The first
    start makes the account `admin` and prints its one-time password.
    """
    import asyncio

    from linewright.board import Accounts, Address
    from linewright.board import serve as serve_board
    from linewright.errors import InputError, Problem

    address = Address(host, port, tls_cert, tls_key)
    address.check()
    if is_journal(file):
        given = {"--orders": orders, "--journal": journal, "--seed": seed}
        for name, value in given.items():
            if value is not None:
                raise InputError([Problem("is for a plant file; this is a journal", key=name)])
        scene = past_scene(file, accounts)
    else:
        scene = live_scene(file, orders, journal, speed, ahead, seed, resume, accounts)
    known = Accounts(scene.accounts)
    password = known.open_first()

    def ready(url: str) -> None:
        facts = {"url": url, "openapi": f"{url}/api/v1/openapi.json", "one_time_password": password}
        words = f"{scene.watch.run.plant.plant}: {url}"
        if password:
            words += f"\nto sign in: admin, one-time password {password}"
        answer(facts, words, as_json)
        sys.stdout.flush()

    try:
        asyncio.run(serve_board(scene, address, known, ready))
    finally:
        if scene.live is not None:
            scene.live.journal.close()
            _say_how_to_go_on(scene, file, journal)


def is_journal(file: Path) -> bool:
    """Is the file a journal (SQLite), not a plant?"""
    with file.open("rb") as stream:
        return stream.read(15) == b"SQLite format 3"


def live_scene(
    file: Path,
    orders: Path | None,
    journal: str | None,
    speed: str,
    ahead: str | None,
    seed: int | None,
    resume: bool,
    accounts: Path | None,
) -> Scene:
    """A line that is ready to run on virtual machines, with the board that watches it."""
    import asyncio

    from linewright.board import Scene, Watch
    from linewright.commands.run import begin, go_on, read_speed
    from linewright.commands.simulate import read_time, say_if_it_compiles
    from linewright.errors import InputError, Problem
    from linewright.journal import in_database, read_journal
    from linewright.live import Levels, LiveLine
    from linewright.live.recover import FIRST_ROOM
    from linewright.live.replay import replay
    from linewright.machines.virtual import Pace, VirtualShop
    from linewright.plant.check import open_plant
    from linewright.twin.world import World

    checked = open_plant(file, orders)
    if not checked.orders and not checked.plant.orders.streams and not checked.plant.orders.saturated:
        hint = "name a CSV or XLSX file of orders"
        raise InputError([Problem("there are no orders", key="--orders", hint=hint)])
    pace, ahead_s = read_speed(speed), read_time(ahead, "--ahead") or 0.0
    warn(checked.warnings)
    say_if_it_compiles()
    place = journal or f"{checked.plant.plant}.db"
    what, record = (go_on if resume else begin)(place, checked, seed)
    decider = what.new_decider(Levels())
    watch = Watch(what, decider)
    decider.witnesses.append(watch.witness)
    nature = World(what.plant, what.line).new_nature(what.seed, 0, FIRST_ROOM)
    shop = VirtualShop(what.line, nature, lambda: decider.state, until_s=ahead_s)
    replay(record, decider, machines=shop)
    live = LiveLine(decider, shop, record, shop.now_s, what.names)
    if ahead_s > decider.now_s:
        asyncio.run(live.run())
    shop.pace, shop.until_s = Pace(pace), math.inf
    file_beside = Path(checked.plant.plant if in_database(place) else place).with_suffix(".accounts.json")
    return Scene(watch, live, shop.now_s, lambda: read_journal(place), accounts or file_beside, folder=checked.folder)


def past_scene(file: Path, accounts: Path | None) -> Scene:
    """A run of the past, as it stood at its end."""
    from linewright.board import Scene, Watch
    from linewright.commands.simulate import say_if_it_compiles
    from linewright.journal import SqliteJournal
    from linewright.live import Run
    from linewright.live.replay import replay

    say_if_it_compiles()
    with SqliteJournal.read(file) as record:
        what = Run.of_journal(record)
        decider = what.new_decider()
        watch = Watch(what, decider)
        decider.witnesses.append(watch.witness)
        replay(record, decider)
    beside = accounts or file.with_name(f"{file.stem}.accounts.json")
    scene = Scene(watch, None, lambda: decider.now_s, lambda: SqliteJournal.read(file), beside)
    scene.stop("a run of the past")
    return scene


def _say_how_to_go_on(scene: Scene, file: Path, journal: str | None) -> None:
    from linewright.live.terminal import clock_words

    place = f" --journal {journal}" if journal else ""
    sys.stderr.write(f"stopped at {clock_words(scene.watch.decider.now_s)}; the journal is complete up to here\n")
    sys.stderr.write(f"to go on: linewright serve {file}{place} --resume\n")
