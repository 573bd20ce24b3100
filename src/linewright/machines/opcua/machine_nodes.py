"""The nodes of one virtual machine: identification, job management, state; programs and tools where it has tools."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from asyncua import ua

from linewright.machines.behaviour import FloorTool
from linewright.machines.floor import MOST_JOBS, Execution, Item, VirtualMachine
from linewright.machines.jobs import UNDER_WAY, Job, Work
from linewright.machines.opcua import isa95, names
from linewright.machines.opcua.names import (
    CORE,
    DI,
    JOB_CONTROL,
    LINEWRIGHT,
    MACHINE_TOOL,
    MACHINERY,
    MACHINERY_JOBS,
    Named,
)
from linewright.machines.opcua.space import Space

ITEM_STATES = {
    Execution.READY: "NotExecuting",
    Execution.ACTIVE: "Executing",
    Execution.INTERRUPTED: "NotExecuting",
    Execution.STOPPED: "OutOfService",
}
PROGRAM_STATES = {
    Execution.READY: "Ended",
    Execution.ACTIVE: "Running",
    Execution.INTERRUPTED: "Interrupted",
    Execution.STOPPED: "Interrupted",
}
V: Any = ua.VariantType
Kind = Any  # a VariantType
CURRENT_STATE = (CORE, "CurrentState")


class MachineNodes:
    """Builds the nodes; knows which of them show what."""

    def __init__(self, space: Space, machine: VirtualMachine) -> None:
        self.space, self.machine = space, machine
        self._shows: dict[str, list[ua.NodeId]] = {}  # variables by the item that they show
        self._changed = datetime.now(UTC)
        kind = names.MACHINE_TOOL_TYPE if machine.tools else names.BASE_OBJECT
        self.root = space.object(
            (LINEWRIGHT, machine.name),
            space.id(names.MACHINES),
            kind,
            self._id(machine.name),
            ua.ObjectIds.Organizes,
        )
        self._add_identification()
        blocks = self._object(self.root, (MACHINERY, "MachineryBuildingBlocks"), names.FOLDER)
        self._add_jobs(blocks)
        self._add_state(blocks)
        if machine.tools:
            self._add_production()
            self._add_monitoring()
            self._add_tools()

    def that_show(self, items: Iterable[str]) -> list[ua.NodeId]:
        """The variables that show any of the items, which have just changed."""
        self._changed = datetime.now(UTC)
        return list(dict.fromkeys(node for item in items for node in self._shows.get(item, ())))

    # ------------------------------------------------------------ parts of a machine

    def _add_identification(self) -> None:
        kind = names.TOOL_IDENTIFICATION if self.machine.tools else names.IDENTIFICATION
        here = self._object(self.root, (DI, "Identification"), kind, ua.ObjectIds.HasAddIn)
        uri = f"{LINEWRIGHT}:{self.machine.name}"
        self._property(here, (DI, "Manufacturer"), V.LocalizedText, ua.LocalizedText("Linewright"))
        self._property(here, (DI, "ProductInstanceUri"), V.String, uri)
        self._property(here, (DI, "SerialNumber"), V.String, self.machine.name)
        self._property(here, (MACHINERY, "Location"), V.String, self.machine.station)

    def _add_jobs(self, blocks: ua.NodeId) -> None:
        space = self.space
        management = self._object(
            blocks, (MACHINERY_JOBS, "JobManagement"), names.JOB_MANAGEMENT, ua.ObjectIds.HasAddIn
        )
        control = self._object(management, (MACHINERY_JOBS, "JobOrderControl"), names.JOB_RECEIVER)
        self._extension_list(control, "JobOrderList", 3015, self._job_orders)
        self._extension_list(control, "WorkMaster", 3007, list)
        for name in ("MaterialClassID", "MaterialDefinitionID", "EquipmentID", "PhysicalAssetID", "PersonnelID"):
            nothing = ua.Variant([], V.String, is_array=True)
            self._variable(control, (JOB_CONTROL, name), ua.NodeId(ua.ObjectIds.String), nothing)
        self._property(control, (JOB_CONTROL, "MaxDownloadableJobOrders"), V.UInt16, MOST_JOBS)
        self._state(control, names.JOB_RECEIVER, self._job_state, Item.JOBS)
        results = self._object(management, (MACHINERY_JOBS, "JobOrderResults"), names.JOB_PROVIDER)
        index = space.index[JOB_CONTROL]

        self._extension_list(results, "JobOrderResponseList", 3013, self._responses)
        for number in names.JOB_METHODS.values():
            space.refer(control, ua.NodeId(number, index))
        for _, number in (names.RESPONSE_BY_ID, names.RESPONSE_BY_STATE):
            space.refer(results, ua.NodeId(number, index))

    def _add_state(self, blocks: ua.NodeId) -> None:
        state = self._object(blocks, (MACHINERY, "MachineryItemState"), names.ITEM_STATE, ua.ObjectIds.HasAddIn)
        self._state(state, names.ITEM_STATE, lambda: ITEM_STATES[self.machine.execution], Item.EXECUTION)
        self._shown(blocks, (LINEWRIGHT, "ActiveAlarm"), V.String, lambda: self.machine.alarm, Item.ALARM)
        counters = self._object(blocks, (DI, "OperationCounters"), names.COUNTERS, ua.ObjectIds.HasAddIn)
        duration = ua.NodeId(ua.ObjectIds.Duration)
        powered = self._value(V.Double, lambda: 1000.0 * self.machine.floor.now_s())
        self._variable(counters, (DI, "PowerOnDuration"), duration, powered, names.PROPERTY)
        self._shown(
            counters, (MACHINE_TOOL, "PartsProducedInLifetime"), V.UInt64, lambda: self.machine.parts, Item.PARTS
        )

    def _add_production(self) -> None:
        production = self._object(self.root, (MACHINE_TOOL, "Production"), names.PRODUCTION)
        program = self._object(production, (MACHINE_TOOL, "ActiveProgram"), names.ACTIVE_PROGRAM)
        self._shown(
            program,
            (MACHINE_TOOL, "Name"),
            V.String,
            lambda: self.machine.program,
            Item.PROGRAM,
            of=names.PROPERTY,
        )
        self._property(program, (CORE, "NumberInList"), V.UInt16, 0)
        self._shown(program, (MACHINE_TOOL, "JobIdentifier"), V.String, self._job_at_work, Item.JOBS)
        state = self._object(program, (MACHINE_TOOL, "State"), names.PROGRAM_STATE)
        self._state(state, names.PROGRAM_STATE, lambda: PROGRAM_STATES[self.machine.execution], Item.EXECUTION)
        statistics = self._object(production, (MACHINE_TOOL, "Statistics"), names.STATISTICS)
        self._shown(
            statistics, (MACHINE_TOOL, "PartsProducedInLifetime"), V.UInt32, lambda: self.machine.parts, Item.PARTS
        )

    def _add_monitoring(self) -> None:
        monitoring = self._object(self.root, (MACHINE_TOOL, "Monitoring"), names.MONITORING)
        machine = self._object(monitoring, (MACHINE_TOOL, "MachineTool"), names.OPERATION_MONITORING)
        self._shown(
            machine,
            (MACHINE_TOOL, "OperationMode"),
            V.Int32,
            self._operation_mode,
            Item.JOBS,
            data_type=self.space.id(names.OPERATION_MODE),
        )

        for item, value in self.machine.items.items():
            if item not in Item.__members__.values():  # what its behaviour tells more: position, feed, block ...
                kind = V.String if isinstance(value, str) else V.Double
                self._shown(machine, (LINEWRIGHT, item), kind, self._reading(item, kind), item)

    def _reading(self, item: str, kind: Kind) -> Callable[[], Any]:
        """How the value of an item is read."""
        return lambda: str(self.machine.items[item]) if kind is V.String else float(self.machine.items[item])

    def _add_tools(self) -> None:
        equipment = self._object(self.root, (MACHINE_TOOL, "Equipment"), names.EQUIPMENT)
        tools = self._object(equipment, (MACHINE_TOOL, "Tools"), names.TOOL_LIST)
        for tool in self.machine.tools.values():
            self._add_tool(tools, tool)

    def _add_tool(self, tools: ua.NodeId, tool: FloorTool) -> None:
        here = self._object(tools, (LINEWRIGHT, tool.name), names.TOOL)
        self._property(here, (MACHINE_TOOL, "Name"), V.String, tool.name)
        self._constant(here, (MACHINE_TOOL, "ControlIdentifier1"), V.UInt32, tool.number)
        interpretation = self.space.id(names.TOOL_MANAGEMENT)
        self._constant(here, (MACHINE_TOOL, "ControlIdentifierInterpretation"), V.Int32, 0, interpretation)
        self._constant(here, (MACHINE_TOOL, "Locked"), V.Boolean, False)
        life = self._object(here, (MACHINE_TOOL, "ToolLife"), names.BASE_OBJECT)
        used = self._variable(
            life,
            (LINEWRIGHT, "Used"),
            ua.NodeId(ua.ObjectIds.Double),
            self._value(V.Double, lambda: tool.used),
            names.TOOL_LIFE,
        )
        self._shows.setdefault(Item.JOBS, []).append(used)
        indication = names.BY_PARTS if tool.by_count else names.BY_TIME
        kind = self.space.id(names.TOOL_LIFE_INDICATION)
        self._property(used, (MACHINE_TOOL, "Indication"), V.Int32, indication, kind)
        self._property(used, (MACHINE_TOOL, "IsCountingUp"), V.Boolean, True)
        self._property(used, (MACHINE_TOOL, "LimitValue"), V.Double, tool.life)

    # ------------------------------------------------------------ what is shown

    def _job_orders(self) -> list[Any]:
        return [
            isa95.ISA95JobOrderAndStateDataType(isa95.job_order_sent(job.order), isa95.state_sent(job.state))
            for job in self.machine.jobs.values()
        ]

    def _responses(self) -> list[Any]:
        return [response_of(self.machine, job) for job in self.machine.jobs.values()]

    def _job_state(self) -> str:
        """Of the job under way, or else of the last in the list."""
        jobs = list(self.machine.jobs.values())
        if not jobs:
            return "NotAllowedToStart"
        job = next((job for job in jobs if job.state in UNDER_WAY), jobs[-1])
        return str(isa95.state_sent(job.state)[0].StateText.Text)

    def _job_at_work(self) -> str:
        return self.machine.at_work.order.name if self.machine.at_work else ""

    def _operation_mode(self) -> int:
        job = self.machine.at_work
        return names.SETUP if job and job.order.work in (Work.CHANGE_OVER, Work.CHANGE_TOOL) else names.AUTOMATIC

    # ------------------------------------------------------------ small change

    def _id(self, path: str) -> ua.NodeId:
        return ua.NodeId(path, self.space.index[LINEWRIGHT])

    def _below(self, parent: ua.NodeId, name: str) -> ua.NodeId:
        return self._id(f"{parent.Identifier}/{name}")

    def _object(
        self, parent: ua.NodeId, name: tuple[str, str], kind: Named, reference: int = ua.ObjectIds.HasComponent
    ) -> ua.NodeId:
        return self.space.object(name, parent, kind, self._below(parent, name[1]), reference)

    def _variable(
        self,
        parent: ua.NodeId,
        name: tuple[str, str],
        data_type: ua.NodeId,
        value: Any,
        kind: Named = names.BASE_VARIABLE,
    ) -> ua.NodeId:
        return self.space.variable(name, parent, data_type, value, self._below(parent, name[1]), kind)

    def _constant(
        self, parent: ua.NodeId, name: tuple[str, str], kind: Kind, value: Any, data_type: ua.NodeId | None = None
    ) -> ua.NodeId:
        return self._variable(parent, name, data_type or ua.NodeId(kind.value), ua.Variant(value, kind))

    def _property(
        self, parent: ua.NodeId, name: tuple[str, str], kind: Kind, value: Any, data_type: ua.NodeId | None = None
    ) -> ua.NodeId:
        constant = ua.Variant(value, kind)
        return self._variable(parent, name, data_type or ua.NodeId(kind.value), constant, names.PROPERTY)

    def _value(self, kind: Kind, read: Callable[[], Any], is_array: bool = False) -> Callable[[], ua.DataValue]:
        def value() -> ua.DataValue:
            return ua.DataValue(
                ua.Variant(read(), kind, is_array=is_array),
                SourceTimestamp=self._changed,
                ServerTimestamp=datetime.now(UTC),
            )

        return value

    def _shown(
        self,
        parent: ua.NodeId,
        name: tuple[str, str],
        kind: Kind,
        read: Callable[[], Any],
        item: str,
        data_type: ua.NodeId | None = None,
        of: Named = names.BASE_VARIABLE,
    ) -> None:
        node = self._variable(parent, name, data_type or ua.NodeId(kind.value), self._value(kind, read), of)
        self._shows.setdefault(item, []).append(node)

    def _extension_list(self, parent: ua.NodeId, name: str, data_type: int, read: Callable[[], list[Any]]) -> None:
        index = self.space.index[JOB_CONTROL]

        def wrapped() -> list[ua.ExtensionObject]:
            return [isa95.wrap(structure, index) for structure in read()]

        value = self._value(V.ExtensionObject, wrapped, is_array=True)
        node = self._variable(parent, (JOB_CONTROL, name), ua.NodeId(data_type, index), value)
        self._shows.setdefault(Item.JOBS, []).append(node)

    def _state(self, parent: ua.NodeId, machine: Named, read: Callable[[], str], item: str) -> None:
        """The current state of a state machine, in words, as a node and as a number."""
        states, index = names.STATES[machine], self.space.index[machine.uri]
        text = self._value(V.LocalizedText, lambda: ua.LocalizedText(read()))
        kind = ua.NodeId(ua.ObjectIds.LocalizedText)
        current = self._variable(parent, CURRENT_STATE, kind, text, names.STATE_VARIABLE)
        node = self._value(V.NodeId, lambda: ua.NodeId(states[read()][0], index))
        number = self._value(V.UInt32, lambda: states[read()][1])
        shown = [
            current,
            self._variable(current, (CORE, "Id"), ua.NodeId(ua.ObjectIds.NodeId), node, names.PROPERTY),
            self._variable(current, (CORE, "Number"), ua.NodeId(ua.ObjectIds.UInt32), number, names.PROPERTY),
        ]
        self._shows.setdefault(item, []).extend(shown)


def response_of(machine: VirtualMachine, job: Job) -> isa95.ISA95JobResponseDataType:
    """What has come of a job so far."""
    started, ended = (
        None if time_s is None else machine.floor.date(time_s) for time_s in (job.started_s, job.ended_s)
    )
    return isa95.response_sent(job, started, ended)
