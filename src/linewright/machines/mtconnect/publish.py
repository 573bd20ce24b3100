"""The floor of virtual machines as an MTConnect agent shows it.

Each machine is a device: availability, execution, controller and functional mode (a change-over is SETUP), program,
tool, part count, its failure as a condition, what it measures, and its tools as assets; of one that executes programs
also the file, its block and line, the place of the axes, feed, spindle speed, tool number and messages.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping, Sequence

from linewright.machines.behaviour import FloorTool
from linewright.machines.floor import Execution, Floor, Observation, VirtualMachine
from linewright.machines.floor import Item as FloorItem
from linewright.machines.jobs import OUTCOME, JobState, Work
from linewright.machines.mtconnect.agent import BUFFER, Agent, Asset, Component
from linewright.machines.mtconnect.documents import Category, Item
from linewright.machines.mtconnect.http import Url
from linewright.machines.mtconnect.server import Server
from linewright.machines.programmed import ProgrammedMachine
from linewright.plant.model import Plant

NAMESPACE = uuid.UUID("6f3c4a52-6d0b-5f6e-9a51-4c696e657772")  # of the devices' uuids
_READINGS = {  # what a behaviour may tell more, by its name (the axis in brackets): type, sub-type, units
    r"([XYZ])pos": ("POSITION", "ACTUAL", "MILLIMETER"),
    r"([ABC])pos": ("ANGLE", "ACTUAL", "DEGREE"),
    r"([XYZ])load": ("LOAD", "", "PERCENT"),
    r"([S])load": ("LOAD", "", "PERCENT"),
    r"([S])speed": ("ROTARY_VELOCITY", "ACTUAL", "REVOLUTION/MINUTE"),
    r"block": ("BLOCK", "", ""),
    r"line": ("LINE_NUMBER", "ABSOLUTE", ""),
    r"program_file": ("PROGRAM", "ACTIVE", ""),
    r"tool_number": ("TOOL_NUMBER", "", ""),
    r"message": ("MESSAGE", "", ""),
    r"feed": ("PATH_FEEDRATE", "ACTUAL", "MILLIMETER/SECOND"),
}


#: What a machine that executes programs will tell.
PROGRAMMED = ("Xpos", "Ypos", "Zpos", "feed", "Sspeed", "block", "line", "program_file", "tool_number", "message")


class MtconnectServer:
    """While this is entered, an agent shows the floor at `endpoint` (port 0: any that is free).

    With the plant, machines also tell what they measure. Raises OSError where the port is taken.
    """

    words = "MTConnect: probe, current, sample, assets; nobody can command"

    def __init__(self, floor: Floor, host: str, port: int, plant: Plant | None = None, buffer: int = BUFFER) -> None:
        publication = Publication(floor, measured_at(plant) if plant else {}, buffer)
        self._server = Server(publication.agent, host, port)

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        return str(Url(False, self._server.host, self._server.port, ""))

    async def __aenter__(self) -> MtconnectServer:
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()


def measured_at(plant: Plant) -> dict[str, list[str]]:
    """The characteristics that are measured at each station."""
    found: dict[str, list[str]] = {}
    for route in plant.routes.values():
        for step in route:
            for operation in step.values():
                for station in [operation.at] if isinstance(operation.at, str) else operation.at:
                    there = found.setdefault(station, [])
                    there.extend(name for name in operation.checks if name not in there)
    return found


class Publication:
    """Tells an agent what happens on a floor."""

    def __init__(self, floor: Floor, measured: Mapping[str, Sequence[str]], buffer: int = BUFFER) -> None:
        self.floor = floor
        self.agent = Agent(time.time(), buffer)
        self.agent.assets = self._assets
        self._devices: dict[str, Device] = {}
        for number, machine in enumerate(floor.machines.values(), start=1):
            device = Device(f"m{number}", machine, measured.get(machine.station, ()))
            self._devices[machine.name] = device
            id_ = str(uuid.uuid5(NAMESPACE, f"{machine.station}/{machine.name}"))
            self.agent.declare(device.root, id_, time.time())
            self._open(device, machine)
        floor.watch(self.take)

    def _open(self, device: Device, machine: VirtualMachine) -> None:
        now_s = self.floor.now_s()
        self._tell(device, "avail", "AVAILABLE", now_s)
        self._tell(device, "controller", "AUTOMATIC", now_s)
        self._tell(device, "mode", _mode(machine), now_s)
        for item, value in list(machine.items.items()):
            self.take(Observation(machine, item, value, now_s))

    def take(self, observation: Observation) -> None:
        """One item of one machine has a new value."""
        machine, item, value, time_s = observation
        device = self._devices[machine.name]
        if item == FloorItem.JOBS:
            self._results(device, machine, str(value), time_s)
        elif item == FloorItem.ALARM:
            self._alarm(device, str(value), time_s)
        elif item in device.ids:
            if item == FloorItem.EXECUTION and value == Execution.ACTIVE:
                self._tell(device, "mode", _mode(machine), time_s)  # what begins now is set-up or production
            self._tell(device, item, _words(value), time_s)
            if item in (FloorItem.EXECUTION, FloorItem.PROGRAM):
                self._tell(device, "mode", _mode(machine), time_s)

    def _tell(self, device: Device, item: str, value: str, time_s: float) -> None:
        if device.last.get(item) != value:
            device.last[item] = value
            self._add(device, item, value, time_s)

    def _add(self, device: Device, item: str, value: str, time_s: float) -> None:
        self.agent.add(device.ids[item], value, self.floor.date(time_s).timestamp())

    def _alarm(self, device: Device, failure: str, time_s: float) -> None:
        wall_s = self.floor.date(time_s).timestamp()
        if failure:
            self.agent.add(device.ids[FloorItem.ALARM], "Fault", wall_s, code=failure, words=failure)
        else:
            self.agent.add(device.ids[FloorItem.ALARM], "Normal", wall_s)

    def _results(self, device: Device, machine: VirtualMachine, job: str, time_s: float) -> None:
        """What was measured and found, as the job ends; the part count rises after it."""
        ended = machine.jobs.get(job)
        if ended is None or ended.state is not JobState.ENDED or ended.order.work is not Work.OPERATION:
            return
        for name, value in ended.results.items():
            if name == OUTCOME:
                self._add(device, "outcome", "PASS" if value == "pass" else "FAIL", time_s)
            elif name in device.ids:
                self._add(device, name, _words(value), time_s)

    def _assets(self) -> list[Asset]:
        now_s = time.time()
        return [
            _tool_asset(machine, tool, now_s)
            for machine in self.floor.machines.values()
            for tool in machine.tools.values()
        ]


class Device:
    """One machine as a device: the ids of its items, by the floor's names for them."""

    def __init__(self, prefix: str, machine: VirtualMachine, measured: Sequence[str]) -> None:
        self.prefix = prefix
        self.ids: dict[str, str] = {}
        self.last: dict[str, str] = {}
        path = self._component("Path", "path", f"{prefix}_path", self._path(measured))
        controller = self._component("Controller", "controller", f"{prefix}_cn", self._controller(), (path,))
        extra, axes = self._readings(machine)
        path_items = (*path.items, *extra)
        path = Component(path.type, path.id, path.name, path_items)
        controller = Component(controller.type, controller.id, controller.name, controller.items, (path,))
        parts = (axes, controller) if axes else (controller,)
        self.root = self._component("Device", machine.name, prefix, [("avail", "AVAILABILITY", "", "")], parts)

    def _controller(self) -> list[tuple[str, str, str, str]]:
        return [("controller", "CONTROLLER_MODE", "", ""), ("mode", "FUNCTIONAL_MODE", "", "")]

    def _path(self, measured: Sequence[str]) -> list[tuple[str, str, str, str]]:
        items = [
            (str(FloorItem.EXECUTION), "EXECUTION", "", ""),
            (str(FloorItem.PROGRAM), "PROGRAM", "", ""),
            (str(FloorItem.TOOL), "TOOL_ID", "", ""),
            (str(FloorItem.PARTS), "PART_COUNT", "ALL", ""),
            (str(FloorItem.ALARM), "SYSTEM", "", ""),
            ("outcome", "CHARACTERISTIC_STATUS", "", ""),
        ]
        return items + [(name, "MEASUREMENT_VALUE", "", "") for name in measured]

    def _readings(self, machine: VirtualMachine) -> tuple[tuple[Item, ...], Component | None]:
        """What the behaviour tells more: items of the path, and of axes."""
        path = f"{self.prefix}_path"
        axes: dict[str, list[tuple[str, str, str, str]]] = {}
        of_path: list[Item] = []
        programmed = isinstance(machine.behaviour, ProgrammedMachine)
        for name in dict.fromkeys((*machine.items, *(PROGRAMMED if programmed else ()))):
            for pattern, (type_, sub_type, units) in _READINGS.items():
                if found := re.fullmatch(pattern, name):
                    if not found.groups():
                        of_path.append(self._item((name, type_, sub_type, units), "Path", "path", path))
                    else:
                        axes.setdefault(found[1], []).append((name, type_, sub_type, units))
        parts = [
            self._component("Linear" if axis in "XYZ" else "Rotary", axis, f"{self.prefix}_{axis}", items)
            for axis, items in axes.items()
        ]
        if not parts:
            return tuple(of_path), None
        return tuple(of_path), Component("Axes", f"{self.prefix}_axes", "axes", (), tuple(parts))

    def _component(
        self,
        type_: str,
        name: str,
        id_: str,
        items: Sequence[tuple[str, str, str, str]],
        parts: tuple[Component, ...] = (),
    ) -> Component:
        return Component(type_, id_, name, tuple(self._item(item, type_, name, id_) for item in items), parts)

    def _item(self, item: tuple[str, str, str, str], component: str, name: str, component_id: str) -> Item:
        key, type_, sub_type, units = item
        id_ = self.ids[key] = f"{self.prefix}_{re.sub(r'[^A-Za-z0-9]', '-', key)}_{len(self.ids)}"
        category = Category.CONDITION if type_ == "SYSTEM" else Category.SAMPLE if units else Category.EVENT
        return Item(id_, type_, sub_type, category, key, units, component, name, component_id)


def _mode(machine: VirtualMachine) -> str:
    """The functional mode."""
    if machine.repairing:
        return "MAINTENANCE"
    job = machine.at_work
    return "SETUP" if job and job.order.work in (Work.CHANGE_OVER, Work.CHANGE_TOOL) else "PRODUCTION"


def _words(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.9g}"


def _tool_asset(machine: VirtualMachine, tool: FloorTool, now_s: float) -> Asset:
    unit, scale = ("PART_COUNT", 1.0) if tool.by_count else ("MINUTES", 60.0)
    used, life = tool.used / scale, tool.life / scale
    status = "EXPIRED" if used >= life else "USED" if used else "NEW"
    body = (
        f"<CuttingToolLifeCycle><CutterStatus><Status>{status}</Status></CutterStatus>"
        f'<ToolLife type="{unit}" countDirection="UP" initial="0" limit="{life:.9g}">{used:.9g}</ToolLife>'
        f'<Location type="POT">{tool.number}</Location><ProgramToolNumber>{tool.number}</ProgramToolNumber>'
        "</CuttingToolLifeCycle>"
    )
    id_ = f"{machine.name}.{tool.name}".replace(" ", "_")
    serial = f'serialNumber="{machine.name}.{tool.number}" toolId="{tool.name}"'
    return Asset(id_, "CuttingTool", machine.name, now_s, serial, body)
