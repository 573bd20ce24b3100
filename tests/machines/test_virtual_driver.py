"""The virtual shop keeps the contract of every driver."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from driver_contract import SHAFT, UNIT, DriverContract, Job, Shop
from shop import SPEED, small_plant

from linewright.control import Command, Line, new_state
from linewright.control.line import Names
from linewright.machines.virtual import VirtualShop
from linewright.twin.world import World


class InThisProcess(Shop):
    """The machines look at the line's own state for what they hold."""

    def __init__(self, line: Line, names: Names, nature: Any) -> None:
        super().__init__(line, names)
        self.nature, self.state = nature, new_state(line, 64, 8)
        self.state.unit.material[UNIT] = SHAFT
        nature.made[:] = 0.020

    def driver(self) -> VirtualShop:
        return VirtualShop(self.line, self.nature, lambda: self.state, SPEED)

    def prepare(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            kind, machine, unit, detail = job.command[:4]
            if kind == Command.START_OPERATION:
                self.state.machine.task[machine], self.state.machine.unit[machine] = detail, unit
                self.state.machine.pieces[machine] = 1
                self.state.unit.operation[unit] = self.line.task.operation[detail]


class TestVirtualShop(DriverContract):
    """Machines of this very process."""

    @contextlib.asynccontextmanager
    async def shop(self, folder: Path, line: Line, names: Names) -> AsyncIterator[Shop]:
        plant = small_plant(folder).plant
        yield InThisProcess(line, names, World(plant, line).new_nature(1, 0, 64))
