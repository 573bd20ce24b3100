"""The machines of a campaign behind OPC UA: one server for all in a process of its own, a proxy before it.

The server is that of `linewright machines`, encrypted, with its memory or without; the driver is that of `linewright
run`. The proxy cuts connections and lets them stall. Beside the machines' own memory a log tells what they did: it is
written as a piece of work ends, and nobody but the judge and the person who goes and looks reads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from socket_shop import fork, kill

from linewright.control import Command, Line, Names
from linewright.live import Run
from linewright.live.world import Surroundings
from linewright.machines import Driver
from linewright.machines.behaviour import Behaviour, Fact, Finished
from linewright.machines.fleet import Fleet
from linewright.machines.jobs import JobOrder, Work
from linewright.machines.memory import Memory
from linewright.machines.natural import natural_floor
from linewright.machines.opcua.security import Pki
from linewright.machines.opcua.server import OpcUaServer
from linewright.machines.registry import Site, addresses, drivers_for
from linewright.plant.check import CheckedPlant

STALL_S = (0.1, 6.0)  # longer than a call may take
OTHER_WORK = -1  # in place of a command: a change-over, a tool


class OpcUaShop:
    """All machines at one server."""

    speed = 240.0  # slow enough that machines are at work when something happens to them

    def __init__(self, folder: Path, run: Run, checked: CheckedPlant, chance: random.Random) -> None:
        self.folder, self.run, self.checked, self.random = folder, run, checked, chance
        self.pki = Pki.open(folder / "pki")
        self.port, self.door = free_port(), free_port()
        self.lives = 0
        self.machines = self._start()
        self.proxy = fork(be_proxy, self.door, self.port, chance.randrange(1 << 30))

    def _start(self) -> int:
        self.lives += 1
        return fork(be_machines, self.folder, self.run, self.checked, self.pki, self.port, self.speed, self.lives)

    def driver(self, world: Surroundings) -> Driver:
        names = self.run.names
        site = Site(self.run.line, names, self.pki.folder)
        return Fleet(world, drivers_for(addresses(self.run.plant, names, f"opc.tcp://127.0.0.1:{self.door}"), site))

    def kill(self, machine: int, amnesia: bool) -> None:
        kill(self.machines)
        if amnesia:
            (self.folder / "memory.jsonl").unlink(missing_ok=True)
        self.machines = self._start()

    def cut(self, machine: int) -> None:
        os.kill(self.proxy, signal.SIGUSR1)

    def stall(self, machine: int) -> None:
        os.kill(self.proxy, signal.SIGUSR2)

    def pause(self) -> None:
        """Every other time all is up again and at work before the next fault; else it hits whoever is coming up."""
        if self.random.random() < 0.5:
            self._wait_for_machines()
            time.sleep(self.random.uniform(0.5, 4.0))
        time.sleep(self.random.uniform(0.1, 2.0))

    def _wait_for_machines(self) -> None:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            time.sleep(0.1)

    def end(self) -> None:
        kill(self.machines)
        kill(self.proxy)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


# ---------------------------------------------------------------- the machines


def be_machines(folder: Path, run: Run, checked: CheckedPlant, pki: Pki, port: int, speed: float, life: int) -> None:
    """Serve until killed."""
    floor = natural_floor(checked, run.seed, speed, life)
    for number, (name, machine) in enumerate(floor.machines.items()):
        assert run.names.machines[number] == name
        machine.behaviour = Logged(machine.behaviour, folder / f"machine-{number}.log", number, run.line, run.names)

    async def serve() -> None:
        async with OpcUaServer(floor, pki, port=port):
            await floor.run()

    with Memory(floor, folder / "memory.jsonl"):
        asyncio.run(serve())


class Logged:
    """A behaviour that logs each piece of work as it ends.

    Killed between this line and the machine's own memory of it, it ends that work once more when it wakes, and does
    not log it again: for a real machine both are one thing.
    """

    def __init__(self, inner: Behaviour, log: Path, number: int, line: Line, names: Names) -> None:
        self.inner, self.log, self.number, self.line, self.names = inner, log, number, line, names
        self.order: JobOrder | None = None
        self.known = {json.loads(row)["job"] for row in log.read_text().splitlines()} if log.exists() else set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def start(self, order: JobOrder, now_s: float) -> None:
        self.order = order
        self.inner.start(order, now_s)

    def restore(self, kept: dict[str, Any], order: JobOrder | None) -> None:
        self.order = order
        self.inner.restore(kept, order)

    def happen(self, now_s: float) -> Iterable[Fact]:
        for fact in self.inner.happen(now_s):
            if isinstance(fact, Finished):
                assert self.order is not None
                self._note(self.order)
            yield fact

    def _note(self, order: JobOrder) -> None:
        if order.name in self.known:
            return
        command, serials = [OTHER_WORK], []
        if order.work is Work.OPERATION:
            command = [int(Command.START_OPERATION), self.number, -1, self._task(order.what)]
            serials = [int(lot) for lot in (order.unit, *order.others)]
        with self.log.open("ab") as file:
            file.write(json.dumps({"job": order.name, "command": command, "serials": serials}).encode() + b"\n")

    def _task(self, operation: str) -> int:
        station, number = self.line.machine[self.number].station, self.names.operations.index(operation)
        tasks = ((task.operation, task.station) for task in self.line.task)
        return next(k for k, task in enumerate(tasks) if task == (number, station))


# ---------------------------------------------------------------- the proxy


def be_proxy(door: int, port: int, seed: int) -> None:
    asyncio.run(Proxy(port, random.Random(seed)).serve(door))


class Proxy:
    """Passes bytes on, both ways. SIGUSR1 cuts all connections; after SIGUSR2 nothing passes for a while."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self.port, self.random = port, chance
        self.open: set[asyncio.StreamWriter] = set()
        self.flows = asyncio.Event()
        self.flows.set()

    async def serve(self, door: int) -> None:
        await asyncio.start_server(self._connected, "127.0.0.1", door)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._cut)
        loop.add_signal_handler(signal.SIGUSR2, self._stall)
        await asyncio.Event().wait()

    def _cut(self) -> None:
        for writer in self.open:
            writer.transport.abort()

    def _stall(self) -> None:
        self.flows.clear()
        asyncio.get_running_loop().call_later(self.random.uniform(*STALL_S), self.flows.set)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.close()
            return
        self.open |= {writer, back}
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        self.open -= {writer, back}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self.flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
