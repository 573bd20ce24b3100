"""The operator of machines that obey nobody: does at virtual ones what a driver hands out."""

from __future__ import annotations

from linewright.control import Command
from linewright.machines.driver import Job
from linewright.machines.floor import Floor
from linewright.machines.jobs import OVER
from linewright.machines.sheets import Sheets, machine_of


class Operator:
    """Call it with each job; `lazy`: it only notes them."""

    def __init__(self, floor: Floor, sheets: Sheets) -> None:
        self.floor, self.sheets = floor, sheets
        self.handed: list[Job] = []
        self.lazy = False

    def __call__(self, job: Job) -> None:
        self.handed.append(job)
        if not self.lazy:
            self.do(job)

    def do(self, job: Job) -> None:
        """Do it."""
        machine = self.floor.machines[self.sheets.names.machines[machine_of(job)]]
        kind = Command(job.command[0])
        if kind in (Command.PAUSE, Command.RESUME):
            if machine.at_work:
                change = machine.pause if kind is Command.PAUSE else machine.resume
                change(machine.at_work.order.name)
            return
        for name in [name for name, old in machine.jobs.items() if old.state in OVER]:
            machine.clear(name)
        machine.store_and_start(self.sheets.order(job))
