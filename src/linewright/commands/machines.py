"""`linewright machines`: serve the virtual machines of a plant, for any client of their protocols."""

from __future__ import annotations

import json
import math
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linewright.commands.answer import warn
from linewright.commands.options import AsJson, PkiFolder, PlantFile, Seed

if TYPE_CHECKING:
    from linewright.machines.floor import Floor

Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of the OPC UA server; 0: any free one.")]
Host = Annotated[str, typer.Option(help="Address to listen on; `0.0.0.0`: all of this computer's.")]
Speed = Annotated[str, typer.Option(metavar="SPEED", help="So many times real time, as `60x`.")]
Open = Annotated[bool, typer.Option("--open", help="Anybody on this computer may command, without a certificate.")]
MemoryFile = Annotated[
    Path | None,
    typer.Option("--memory", metavar="FILE", help="Remember jobs here; without it a restart forgets them."),
]
MtconnectPort = Annotated[
    int | None,
    typer.Option("--mtconnect", metavar="PORT", min=0, max=65535, help="Show them over MTConnect too, at this port."),
]


def machines(
    plant: PlantFile,
    port: Port = 4840,
    host: Host = "127.0.0.1",
    speed: Speed = "1x",
    seed: Seed = None,
    pki: PkiFolder = None,
    open_to_all: Open = False,
    memory: MemoryFile = None,
    mtconnect: MtconnectPort = None,
    as_json: AsJson = False,
) -> None:
    """Serve the machines of a plant, virtual ones, over OPC UA until Ctrl-C.

    They take jobs by ISA-95 Job Control (OPC 10031-4) and behave as the plant file says: times, failures, wear,
    measured values. Anybody may look; only clients with a trusted certificate may command.
    """
    import asyncio

    from linewright.commands.compiling import get_compiled
    from linewright.commands.line import read_speed
    from linewright.errors import InputError, Problem
    from linewright.machines.memory import Memory
    from linewright.machines.programmed import virtual_floor
    from linewright.plant.check import open_plant

    pace = read_speed(speed)
    if math.isinf(pace):
        raise InputError([Problem("machines need a clock", key="--speed", hint="as `60x`")])
    if open_to_all and not is_loopback(host):
        hint = "leave out --open, and trust the certificates of your clients"
        raise InputError([Problem("--open is for this computer alone", key="--host", hint=hint)])
    checked = open_plant(plant)
    if not as_json:
        warn(checked.warnings)
    get_compiled(checked.plant, acts=True)
    floor = virtual_floor(checked, checked.plant.experiment.seed if seed is None else seed, pace)
    with Memory(floor, memory) if memory else nullcontext():
        servers = publishers(floor, host, port, pki, open_to_all)
        if mtconnect is not None:
            from linewright.machines.mtconnect import MtconnectServer

            servers.append(MtconnectServer(floor, host, mtconnect, checked.plant))
        asyncio.run(_serve(floor, servers, as_json))


def is_loopback(host: str) -> bool:
    """Can only this computer reach it?"""
    return host == "localhost" or host == "::1" or host.startswith("127.")


def publishers(floor: Floor, host: str, port: int, pki: Path | None, open_to_all: bool) -> list[Any]:
    """The servers that publish the floor: each can be entered with `async with` and tells its `endpoint`."""
    from linewright.machines.opcua.security import Pki, usual_folder
    from linewright.machines.opcua.server import OpcUaServer

    return [OpcUaServer(floor, Pki.open(pki or usual_folder()), host, port, open_to_all)]


async def _serve(floor: Floor, servers: list[Any], as_json: bool) -> None:
    """Let time pass until somebody ends the program."""
    import asyncio
    import signal

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        for server in servers:
            await stack.enter_async_context(server)
        _announce(floor, servers, as_json)
        running = asyncio.create_task(floor.run())
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        running.cancel()


def _announce(floor: Floor, servers: list[Any], as_json: bool) -> None:
    facts = {
        "endpoints": [server.endpoint for server in servers],
        "machines": list(floor.machines),
        "speed": floor.speed,
        "problems": [],
    }
    lines = [f"{len(floor.machines)} machines at {floor.speed:g}x; Ctrl-C stops"]
    lines += [f"  {server.endpoint}  {server.words}" for server in servers]
    typer.echo(json.dumps(facts) if as_json else "\n".join(lines))
