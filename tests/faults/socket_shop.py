"""What the machines of a campaign can suffer, whatever they speak; and those that speak over local sockets."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Protocol

from machine import Machine
from sockets import Sockets

from linewright.live import Run
from linewright.live.world import Surroundings
from linewright.machines import Driver
from linewright.plant.check import CheckedPlant


class Shop(Protocol):
    """The machines of one run, in processes of their own. Each logs what it did in `machine-<number>.log`."""

    speed: float  # plant seconds in a second

    def driver(self, world: Surroundings) -> Driver:
        """For the process of the line: a driver for all machines, and the world around them."""

    def kill(self, machine: int, amnesia: bool) -> None:
        """Kill the process that a machine is in, and start it again."""

    def cut(self, machine: int) -> None:
        """Break the connections to a machine."""

    def stall(self, machine: int) -> None:
        """Nothing comes from a machine for a while."""

    def pause(self) -> None:
        """From one fault to the next."""

    def end(self) -> None:
        """All processes end."""


def fork(work: object, *arguments: object) -> int:
    """A child that does the work and ends; its number."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = work(*arguments) or 0  # type: ignore[operator]
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def kill(pid: int) -> None:
    """Kill a child."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


class SocketShop:
    """A process for each machine, quick to start and to kill."""

    speed = 60.0

    def __init__(self, folder: Path, run: Run, _: CheckedPlant, chance: random.Random) -> None:
        self.folder, self.run, self.random = folder, run, chance
        self.machines = [self._start(m, False) for m in range(len(run.names.machines))]

    def _start(self, number: int, amnesia: bool) -> int:
        return fork(be_machine, self.folder, number, amnesia, self.random.randrange(1 << 30))

    def driver(self, world: Surroundings) -> Driver:
        line = self.run.line
        modes = [int(line.station[line.machine[m].station].first_mode) for m in range(len(self.run.names.machines))]
        return Sockets(self.folder, modes, world)

    def kill(self, machine: int, amnesia: bool) -> None:
        kill(self.machines[machine])
        self.machines[machine] = self._start(machine, amnesia)

    def cut(self, machine: int) -> None:
        os.kill(self.machines[machine], signal.SIGUSR1)

    def stall(self, machine: int) -> None:
        os.kill(self.machines[machine], signal.SIGSTOP)
        time.sleep(self.random.uniform(0.02, 0.4))
        os.kill(self.machines[machine], signal.SIGCONT)

    def pause(self) -> None:
        time.sleep(self.random.uniform(0.005, 0.08))

    def end(self) -> None:
        for pid in self.machines:
            kill(pid)


def be_machine(folder: Path, number: int, amnesia: bool, seed: int) -> None:
    asyncio.run(Machine(folder, number, amnesia, seed).run())
