"""What virtual machines remember when their process dies: one file, the last line of each machine counts.

With a memory a machine goes on as if only its connection had been away: the clock ran on, jobs ended meanwhile have
ended. Without one it has amnesia: it works, and has never heard of any job.
"""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any, TextIO

from linewright.errors import InputError, Problem
from linewright.machines.floor import Floor, Item, Observation, VirtualMachine
from linewright.machines.jobs import Job, JobOrder, JobState, Work

REMEMBERED = (Item.JOBS, Item.ALARM, Item.PARTS)
LINES_FOR_EACH = 200  # then the file is written anew


class Memory:
    """Keeps a floor in a file; `with` it."""

    def __init__(self, floor: Floor, path: Path) -> None:
        self.floor, self.path = floor, path
        self._file: TextIO | None = None
        self._lines = 0

    def __enter__(self) -> Memory:
        self._recall()
        self._write_anew()
        self.floor.watch(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _note(self, observation: Observation) -> None:
        if observation.item in REMEMBERED:
            self.floor.after_this(observation.machine, self._write)

    def _write(self, machine: VirtualMachine) -> None:
        if self._file is None:
            return
        self._file.write(json.dumps(_kept(machine)) + "\n")
        self._file.flush()  # a killed process loses nothing that the system has
        self._lines += 1
        if self._lines > LINES_FOR_EACH * len(self.floor.machines):
            self._write_anew()

    def _write_anew(self) -> None:
        if self._file:
            self._file.close()
        beside = self.path.with_name(self.path.name + ".new")
        with beside.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(_kept(machine)) + "\n" for machine in self.floor.machines.values())
        beside.replace(self.path)
        self._file, self._lines = self.path.open("a", encoding="utf-8"), 0

    def _recall(self) -> None:
        """Raises InputError where the file is not of these machines."""
        if not self.path.exists():
            return
        last: dict[str, dict[str, Any]] = {}
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
                last[row["machine"]] = row
            except (ValueError, KeyError, TypeError):
                continue  # torn: the process was killed as it wrote
        if strange := set(last) - set(self.floor.machines):
            problem = f"remembers machines that this plant does not have: {', '.join(sorted(strange))}"
            raise InputError([Problem(problem, str(self.path), key="--memory", hint="name another file")])
        if last:
            newest = max(last.values(), key=lambda row: float(row["wall_s"]))
            self.floor.start(newest["time_s"] + max(time.time() - newest["wall_s"], 0.0) * self.floor.speed)
        for name, row in last.items():
            _restore(self.floor.machines[name], row)


def _kept(machine: VirtualMachine) -> dict[str, Any]:
    return {
        "machine": machine.name,
        "wall_s": time.time(),
        "time_s": machine.floor.now_s(),
        "jobs": [dataclasses.asdict(job) for job in machine.jobs.values()],
        "at_work": machine.at_work.order.name if machine.at_work else None,
        "repairing": machine.repairing.order.name if machine.repairing else None,
        "waits": machine.waits,
        "parts": machine.parts,
        "alarm": machine.alarm,
        "behaviour": machine.behaviour.keep(),
    }


def _restore(machine: VirtualMachine, row: dict[str, Any]) -> None:
    for kept in row["jobs"]:
        told = kept["order"]
        order = JobOrder(**{**told, "work": Work(told["work"]), "others": tuple(told.get("others", ()))})
        machine.jobs[order.name] = Job(**{**kept, "order": order, "state": JobState(kept["state"])})
    machine.at_work = machine.jobs.get(row["at_work"])
    machine.repairing = machine.jobs.get(row["repairing"])
    machine.waits = row.get("waits", False)
    machine.behaviour.restore(row["behaviour"], machine.at_work.order if machine.at_work else None)
    machine.tell(Item.PARTS, row["parts"])
    machine.tell(Item.ALARM, row["alarm"])
    machine.refresh()
