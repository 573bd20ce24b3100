"""`linewright serve`: the line and its board, until stopped."""

from __future__ import annotations

import math
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linewright.commands.answer import answer, warn
from linewright.commands.options import (
    AsJson,
    JournalFile,
    MachinesAt,
    OrdersFile,
    PkiFolder,
    Publish,
    Real,
    Resume,
    Seed,
    Speed,
    TelemetryFolder,
    names_journal,
)

if TYPE_CHECKING:
    from linewright.board import Scene
    from linewright.commands.line import Wish
    from linewright.live import LiveLine, Run

USUAL_SPEED = 60.0  # of a line that is all virtual

Source = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="Plant file: run it. Or the journal of a run, a file or postgresql://...: show it as it ended.",
    ),
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Where to serve; 0: any free port.")]
Host = Annotated[str, typer.Option(help="Address to serve at; other machines need TLS.")]
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
    speed: Speed = None,
    ahead: Ahead = None,
    seed: Seed = None,
    resume: Resume = False,
    machines: MachinesAt = None,
    pki: PkiFolder = None,
    real: Real = False,
    telemetry: TelemetryFolder = None,
    publish: Publish = None,
    accounts: AccountsFile = None,
    tls_cert: Certificate = None,
    tls_key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Run a plant and serve its board and API until Ctrl-C.

    Machines are real where they have addresses, as for `run`, else virtual, at 60x unless told otherwise. On a --real
    line nothing is virtual: what people are asked they answer at the board, and it waits for more orders when all are
    done.

    On this machine the board opens without a password for looking; to change anything sign in. The first
    start makes the account `admin` and prints its one-time password.
    """
    import asyncio

    from linewright.board import Accounts, Address
    from linewright.board import serve as serve_board
    from linewright.commands.line import Wish, how_to_go_on, read_speed
    from linewright.commands.simulate import read_time
    from linewright.errors import InputError, Problem

    address = Address(host, port, tls_cert, tls_key)
    address.check()
    wish = Wish(
        journal=journal,
        seed=seed,
        resume=resume,
        speed=read_speed(speed) if speed else None,
        usual_speed=USUAL_SPEED,
        ahead_s=read_time(ahead, "--ahead"),
        machines=machines,
        pki=pki,
        real=real,
        telemetry=telemetry,
        publish=publish,
    )
    with ExitStack() as at_end:
        if names_journal(file):
            others = {"--orders": orders, "--journal": journal, "--seed": seed, "--real": real or None}
            for name, value in (wish.options | others).items():
                if value is not None:
                    raise InputError([Problem("is for a plant file; this is a journal", key=name)])
            scene = past_scene(file, accounts)
        else:
            scene = live_scene(Path(file), orders, wish, accounts, at_end)
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
                place = journal or f"{scene.watch.run.plant.plant}.db"
                _say_how_to_go_on(scene, how_to_go_on("serve", file, orders, wish, place))


def live_scene(
    file: Path,
    orders: Path | None,
    wish: Wish,
    accounts: Path | None,
    at_end: ExitStack,
) -> Scene:
    """A line that is ready to run, with the board that watches it."""
    from linewright.board import Scene, Watch
    from linewright.commands.compiling import get_compiled
    from linewright.commands.line import open_run, place_of, refuse_unordered, set_up
    from linewright.journal import read_journal
    from linewright.plant.check import open_plant

    checked = open_plant(file, orders)
    refuse_unordered(checked, wish)
    warn(checked.warnings)
    get_compiled(checked.plant, decides=True, acts=not wish.real)
    what, record = open_run(checked, wish)
    live = set_up(what, record, wish, at_end)
    watch = Watch(what, live.decider)
    live.waits_for_orders = what.real is not None
    if wish.ahead_s is not None:
        run_ahead(live, wish.ahead_s)
    place = place_of(checked, wish)
    known = accounts or accounts_beside(place, what)
    return Scene(watch, live, live.clock, lambda: read_journal(place), known, folder=checked.folder)


def accounts_beside(place: str, what: Run) -> Path:
    """The file of the accounts where none is named: beside the journal, or here where that is in a database."""
    from linewright.journal import in_database

    return Path(what.plant.plant if in_database(place) else place).with_suffix(".accounts.json")


def run_ahead(live: LiveLine, until_s: float) -> None:
    """First run to a plant time, as fast as it goes: a line that is all virtual."""
    import asyncio

    from linewright.machines.virtual import Pace, VirtualShop

    shop = live.machines
    assert isinstance(shop, VirtualShop)
    if until_s > live.decider.now_s:
        pace, shop.pace, shop.until_s = shop.pace, Pace(math.inf), until_s
        asyncio.run(live.run())
        shop.pace, shop.until_s = pace, math.inf


def past_scene(place: str, accounts: Path | None) -> Scene:
    """A run of the past, as it stood at its end."""
    from linewright.board import Scene, Watch
    from linewright.commands.compiling import get_compiled
    from linewright.journal import read_journal
    from linewright.live import state_of
    from linewright.live.decider import Decider

    with read_journal(place):
        get_compiled(decides=True)
    found = state_of(place)
    decider = Decider(found.line, found.state)
    known = accounts or accounts_beside(place, found.run)
    watch = Watch(found.run, decider)
    scene = Scene(watch, None, lambda: decider.now_s, lambda: read_journal(place), known)
    scene.stop("a run of the past")
    return scene


def _say_how_to_go_on(scene: Scene, words: str) -> None:
    from linewright.live.terminal import clock_words

    why = f" ({scene.stopped})" if scene.stopped else ""
    at = clock_words(scene.watch.run.local_s(scene.watch.decider.now_s))
    sys.stderr.write(f"stopped at {at}{why}; the journal is complete up to here\n")
    sys.stderr.write(f"to go on: {words}\n")
