"""Virtual machines that behave by the twin's nature: times, failures, wear and measured values of the plant file.

The compiled nature of the twin samples here too, on a small state of its own: what a machine would see of the line
is the work in it and its tools. Workpieces keep their true values from machine to machine, under their serial numbers.
"""

from __future__ import annotations

import math
import zlib
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linewright.control import COMMAND, NONE, Command, Event, Line, new_door, new_state
from linewright.control.codes import Outcome, words
from linewright.control.compile import compile_line
from linewright.control.line import Names
from linewright.machines.behaviour import Fact, Failed, Finished, FloorTool, Repaired
from linewright.machines.floor import Floor
from linewright.machines.jobs import OUTCOME, JobOrder, Results, Work
from linewright.plant.check import CheckedPlant
from linewright.twin.clocks import set_clocks
from linewright.twin.life import machine_clocks
from linewright.twin.run import carry_out, take_event
from linewright.twin.world import World

MOST_WORKPIECES = 100_000  # whose true values are remembered
VALUES_KEY = 0xFA  # random streams of true values: (seed, this, serial number)


def natural_floor(checked: CheckedPlant, seed: int, speed: float = 1.0, life: int = 0) -> Floor:
    """The machines of a plant's stations on a floor. Another `life` (a restart) has other luck with the same seed."""
    line, names = compile_line(checked.plant, checked.orders, checked.folder)
    luck = Luck(World(checked.plant, line), line, names, seed, life)
    floor = Floor(speed)
    for m in range(int(line.plant[0].machines)):
        station = names.stations[int(line.machine[m].station)]
        if station in checked.plant.stations:  # belts and trolleys are no machines
            machine = NaturalMachine(luck, m)
            floor.add(names.machines[m], station, machine, machine.tools)
    return floor


class Luck:
    """The nature that all machines of a floor share: laws, random streams, workpieces."""

    def __init__(self, world: World, line: Line, names: Names, seed: int, life: int) -> None:
        self.world, self.line, self.names, self.seed = world, line, names, seed
        machines = int(line.plant[0].machines)
        self.state: Any = new_state(line, machines, 1)  # unit m is what machine m holds
        self.nature: Any = world.new_nature(seed, life, machines)
        self._keep_only_machines()
        self._door = new_door(line, machines)
        self.event: Any = self._door.event.view(np.ndarray)[0]
        self._command = self._door.command.view(COMMAND, np.ndarray)
        self._workpieces: OrderedDict[str, NDArray[np.float64]] = OrderedDict()
        self.take(int(self.nature.case[0].look_again))  # nothing happens, but all is compiled before the clock runs

    def _keep_only_machines(self) -> None:
        """Orders, vehicles, suppliers and the calendar are not of this floor."""
        case = self.nature.case[0]
        rings_s = self.nature.rings_s.copy()
        modes = slice(int(case.last_mode) + 1 - len(self.nature.failure_s), int(case.last_mode) + 1)
        kept = self.world.clock.kind[: int(case.clocks)] == Event.MACHINE_FAILED
        rings_s[: len(kept)][~kept] = math.inf
        assert not kept.any() or kept[modes].all()
        set_clocks(self.nature, rings_s)

    def command(self, kind: Command, machine: int, detail: int, number: int, amount: float, now_s: float) -> None:
        """Nature obeys a command."""
        self._command[0] = (kind, machine, machine, detail, number, amount, now_s)
        carry_out(self.line, self.state, self.nature, self._door, 1)

    def take(self, clock: int) -> Any:
        """What happens as `clock` rings: a record of EVENT, good until the next."""
        take_event(self.line, self.state, self.nature, self._door, clock)
        carry_out(self.line, self.state, self.nature, self._door, 0)
        return self.event

    # ------------------------------------------------------------ workpieces

    def load(self, machine: int, task: int, material: int, unit: str) -> None:
        """A workpiece comes into a machine for a task."""
        self.state.machine[machine].task, self.state.machine[machine].unit = task, machine
        self.state.machine[machine].pieces = 1  # what it finds on the first piece, it says of all
        self.state.unit[machine].material = material
        self.state.unit[machine].operation = self.line.task[task].operation
        if self._n_values():
            values = self._workpieces.get(unit)
            self.values_in(machine)[:] = self._new_values(material, unit) if values is None else values

    def unload(self, machine: int, unit: str) -> None:
        """It comes out again, with what has become of it."""
        if self._n_values():
            self._workpieces[unit] = self.values_in(machine).copy()
            self._workpieces.move_to_end(unit)
            if len(self._workpieces) > MOST_WORKPIECES:
                self._workpieces.popitem(last=False)

    def _n_values(self) -> int:
        return int(self.nature.case[0].characteristics)

    def values_in(self, machine: int) -> NDArray[np.float64]:
        """The true values of what a machine holds, by characteristic."""
        n = self._n_values()
        values: NDArray[np.float64] = self.nature.made[machine * n : (machine + 1) * n]
        return values

    def _new_values(self, material: int, unit: str) -> NDArray[np.float64]:
        rng = np.random.default_rng((self.seed, VALUES_KEY, zlib.crc32(unit.encode())))
        laws = self.nature.characteristic[: self._n_values()]
        drawn = laws.centre + laws.sd * rng.standard_normal(len(laws))
        return np.where(laws.material == material, drawn, 0.0)


class NaturalMachine:
    """One machine's share of nature: see `behaviour.Behaviour`."""

    def __init__(self, luck: Luck, machine: int) -> None:
        self.luck, self.machine = luck, machine
        self._record = luck.line.machine[machine]
        self._station: Any = luck.line.station[self._record.station]
        self.tools = self._its_tools()
        self._clocks = machine_clocks(luck.line, luck.nature, machine)
        self._order: JobOrder | None = None
        self._task = int(NONE)
        self._down = False

    def _its_tools(self) -> list[FloorTool]:
        names, label = self.luck.names, self.luck.names.machines[self.machine]
        tools = []
        for j in range(int(self._station.n_tools)):
            constant: Any = self.luck.line.tool[int(self._station.first_tool) + j]
            name = names.tools[int(self._record.first_tool) + j].removeprefix(f"{label}.")
            tools.append(FloorTool(name, j + 1, float(constant.life), bool(constant.by_count)))
        return tools

    # ------------------------------------------------------------ commands

    def can(self, order: JobOrder) -> bool:
        """Is the job one that this machine knows?"""
        names = self.luck.names
        if order.work is Work.OPERATION:
            known = order.what in names.operations and self._task_of(order.what) != NONE
            return known and (not order.material or order.material in names.materials)
        if order.work in (Work.CHANGE_TOOL, Work.OFFSET_TOOL):
            return any(tool.name == order.what for tool in self.tools)
        return True

    def start(self, order: JobOrder, now_s: float) -> None:
        """Begin a job."""
        self._order = order
        if order.work is Work.OPERATION:
            self._load(order)
            self._obey(Command.START_OPERATION, now_s, self._task, order.pieces)
        elif order.work is Work.CHANGE_OVER:
            self._obey(Command.CHANGE_OVER, now_s, amount=order.amount)
        else:
            self._obey(Command.CHANGE_TOOL, now_s, self._tool_of(order.what), amount=order.amount)

    def _tool_of(self, name: str) -> int:
        """The number of a tool of this machine."""
        return int(self._record.first_tool) + [tool.name for tool in self.tools].index(name)

    def _load(self, order: JobOrder) -> None:
        self._task = self._task_of(order.what)
        material = self.luck.names.materials.index(order.material or order.what.partition(".")[0])
        self.luck.load(self.machine, self._task, material, order.unit or order.name)

    def pause(self, now_s: float) -> None:
        """The job under way stops where it is."""
        self._obey(Command.PAUSE, now_s)

    def resume(self, now_s: float) -> None:
        """It goes on."""
        self._obey(Command.RESUME, now_s)

    def drop(self, now_s: float) -> None:
        """The job under way is given up."""
        if not self._down:
            self._obey(Command.PAUSE, now_s)
        self._order = None

    def repair(self, mode: str, now_s: float) -> None:
        """Somebody begins to repair the failure."""
        self._obey(Command.REPAIR, now_s, self._mode_of(mode))

    def offset(self, tool: str, correction: float) -> None:
        """The offset of a tool is moved."""
        for j, its in enumerate(self.tools):
            if its.name == tool:
                its.offset += correction
                self._tool_state(j).offset = its.offset

    def _obey(self, kind: Command, now_s: float, detail: int = -1, number: int = -1, amount: float = 0.0) -> None:
        self.luck.command(kind, self.machine, detail, number, amount, now_s)

    def _task_of(self, operation: str) -> int:
        line: Any = self.luck.line
        constant = line.operation[self.luck.names.operations.index(operation)]
        for t in range(int(constant.first_task), int(constant.first_task + constant.n_tasks)):
            if line.task[t].station == self._record.station:
                return t
        return int(NONE)

    def _mode_of(self, name: str) -> int:
        station = self.luck.names.stations[int(self._record.station)]
        return self.luck.names.modes.index(f"{station}.{name}")

    def _tool_state(self, j: int) -> Any:
        return self.luck.state.tool[int(self._record.first_tool) + j]

    def left_s(self) -> float:
        """How long the work under way still takes, reckoned from when it last began or went on, s."""
        return float(self.luck.nature.machine[self.machine].left_s)

    # ------------------------------------------------------------ what happens

    def next_s(self) -> float:
        """When the first of its clocks rings."""
        return min(float(self.luck.nature.rings_s[i]) for i in self._clocks)

    def happen(self, now_s: float) -> list[Fact]:
        """What happens as it rings."""
        clock = min(self._clocks, key=lambda i: float(self.luck.nature.rings_s[i]))
        results: Results = {}
        event = self.luck.take(clock)
        while event["kind"] == Event.VALUE_MEASURED:
            results[self.luck.names.characteristics[int(event["detail"])]] = float(event["amount"])
            event = self.luck.take(clock)
        if event["kind"] == Event.MACHINE_FAILED:
            return self._fail(int(event["detail"]), now_s)
        if event["kind"] == Event.MACHINE_REPAIRED:
            self._down = False
            return [Repaired()]
        return [Finished(self._finish(results, int(event["detail"])))]

    def _fail(self, mode: int, now_s: float) -> list[Fact]:
        if self._down:
            return []
        self._down = True
        if self._order is not None:
            self._obey(Command.PAUSE, now_s)
        return [Failed(self.luck.names.modes[mode].partition(".")[2])]

    def _finish(self, results: Results, outcome: int) -> Results:
        order, self._order = self._order, None
        assert order is not None
        if order.work is Work.OPERATION:
            results[OUTCOME] = words(Outcome(outcome))
            self.luck.unload(self.machine, order.unit or order.name)
            self._wear(order.pieces)
        elif order.work is Work.CHANGE_TOOL:
            for j, tool in enumerate(self.tools):
                if tool.name == order.what:
                    tool.used = self._tool_state(j).used = 0.0
                    self._tool_state(j).changes += 1
        return results

    def _wear(self, pieces: int) -> None:
        line: Any = self.luck.line
        for j, tool in enumerate(self.tools):
            use = float(line.number[int(line.task[self._task].first_use) + j]) * pieces
            tool.used = self._tool_state(j).used = tool.used + use

    # ------------------------------------------------------------ memory

    def keep(self) -> dict[str, Any]:
        """Its clocks, its times to failure, its tools and the true values of what it holds."""
        nature, pending = self.luck.nature, self.luck.nature.machine[self.machine]
        first, n = int(nature.first_mode[self.machine]), int(self._station.n_modes)
        return {
            "pending": {name: pending[name].item() for name in pending.dtype.names},
            "rings_s": [float(nature.rings_s[i]) for i in self._clocks],
            "failure_s": nature.failure_s[first : first + n].tolist(),
            "tools": {tool.name: [tool.used, tool.offset] for tool in self.tools},
            "values": self.luck.values_in(self.machine).tolist(),
            "down": self._down,
        }

    def restore(self, kept: dict[str, Any], order: JobOrder | None) -> None:
        """Go on from there; what it holds comes back into it."""
        nature, pending = self.luck.nature, self.luck.nature.machine[self.machine]
        for name, value in kept["pending"].items():
            pending[name] = value
        first, n = int(nature.first_mode[self.machine]), int(self._station.n_modes)
        nature.failure_s[first : first + n] = kept["failure_s"]
        for j, tool in enumerate(self.tools):
            tool.used, tool.offset = kept["tools"].get(tool.name, (0.0, 0.0))
            self._tool_state(j).used, self._tool_state(j).offset = tool.used, tool.offset
        self._order, self._down = order, kept["down"]
        if order is not None and order.work is Work.OPERATION:
            self._load(order)
            self.luck.values_in(self.machine)[:] = kept["values"]
        rings_s = nature.rings_s.copy()
        rings_s[self._clocks] = kept["rings_s"]
        set_clocks(nature, rings_s)
