"""The structures of OPC 10031-4 (ISA-95 Job Control) 2.0, and what they say about a job.

They travel as raw extension objects, encoded and decoded here by the namespace table of the server at hand: the
library's own registry knows one table for the whole process, and two servers may number their namespaces otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary

from linewright.machines.jobs import Job, JobOrder, JobState, Results, Work

AMOUNT = "amount"  # parameter of a job order: seconds of a change, or the correction of an offset in m
STATION = "station"


@dataclass
class _WithOptions:
    """A structure with optional fields: `Encoding` says which are there; the codec fills it in."""

    Encoding: ua.UInt32 = field(default=0, repr=False, init=False, compare=False)


@dataclass
class ISA95ParameterDataType(_WithOptions):
    """A named value."""

    ID: ua.String = ""
    Value: ua.Variant = field(default_factory=ua.Variant)
    Description: list[ua.LocalizedText] | None = None
    EngineeringUnits: ua.EUInformation | None = None
    Subparameters: list[ISA95ParameterDataType] | None = None


@dataclass
class ISA95PropertyDataType(_WithOptions):
    """A named value of a resource."""

    ID: ua.String = ""
    Value: ua.Variant = field(default_factory=ua.Variant)
    Description: list[ua.LocalizedText] | None = None
    EngineeringUnits: ua.EUInformation | None = None
    Subproperties: list[ISA95PropertyDataType] | None = None


@dataclass
class ISA95WorkMasterDataType(_WithOptions):
    """How the work is done: a recipe, a program, an operation."""

    ID: ua.String = ""
    Description: ua.LocalizedText | None = None
    Parameters: list[ISA95ParameterDataType] | None = None


@dataclass
class ISA95PersonnelDataType(_WithOptions):
    """People that the work needs."""

    ID: ua.String = ""
    Description: list[ua.LocalizedText] | None = None
    PersonnelUse: ua.String | None = None
    Quantity: ua.String | None = None
    EngineeringUnits: ua.EUInformation | None = None
    Properties: list[ISA95PropertyDataType] | None = None


@dataclass
class ISA95EquipmentDataType(_WithOptions):
    """Equipment that the work needs."""

    ID: ua.String = ""
    Description: list[ua.LocalizedText] | None = None
    EquipmentUse: ua.String | None = None
    Quantity: ua.String | None = None
    EngineeringUnits: ua.EUInformation | None = None
    Properties: list[ISA95PropertyDataType] | None = None


@dataclass
class ISA95PhysicalAssetDataType(_WithOptions):
    """A physical asset that the work needs."""

    ID: ua.String = ""
    Description: list[ua.LocalizedText] | None = None
    PhysicalAssetUse: ua.String | None = None
    Quantity: ua.String | None = None
    EngineeringUnits: ua.EUInformation | None = None
    Properties: list[ISA95PropertyDataType] | None = None


@dataclass
class ISA95MaterialDataType(_WithOptions):
    """Material that the work needs or makes."""

    MaterialClassID: ua.String | None = None
    MaterialDefinitionID: ua.String | None = None
    MaterialLotID: ua.String | None = None
    MaterialSublotID: ua.String | None = None
    Description: list[ua.LocalizedText] | None = None
    MaterialUse: ua.String | None = None
    Quantity: ua.String | None = None
    EngineeringUnits: ua.EUInformation | None = None
    Properties: list[ISA95PropertyDataType] | None = None


@dataclass
class ISA95JobOrderDataType(_WithOptions):
    """What is needed to schedule and do a job."""

    JobOrderID: ua.String = ""
    Description: list[ua.LocalizedText] | None = None
    WorkMasterID: list[ISA95WorkMasterDataType] | None = None
    StartTime: ua.DateTime | None = None
    EndTime: ua.DateTime | None = None
    Priority: ua.Int16 | None = None
    JobOrderParameters: list[ISA95ParameterDataType] | None = None
    PersonnelRequirements: list[ISA95PersonnelDataType] | None = None
    EquipmentRequirements: list[ISA95EquipmentDataType] | None = None
    PhysicalAssetRequirements: list[ISA95PhysicalAssetDataType] | None = None
    MaterialRequirements: list[ISA95MaterialDataType] | None = None


@dataclass
class ISA95StateDataType:
    """A state; the top level's path is empty."""

    BrowsePath: ua.RelativePath = field(default_factory=ua.RelativePath)
    StateText: ua.LocalizedText = field(default_factory=ua.LocalizedText)
    StateNumber: ua.UInt32 = 0


@dataclass
class ISA95JobOrderAndStateDataType:
    """A job order and where it stands."""

    JobOrder: ISA95JobOrderDataType = field(default_factory=ISA95JobOrderDataType)
    State: list[ISA95StateDataType] = field(default_factory=list)


@dataclass
class ISA95JobResponseDataType(_WithOptions):
    """What came of a job."""

    JobResponseID: ua.String = ""
    Description: ua.LocalizedText | None = None
    JobOrderID: ua.String = ""
    StartTime: ua.DateTime | None = None
    EndTime: ua.DateTime | None = None
    JobState: list[ISA95StateDataType] = field(default_factory=list)
    JobResponseData: list[ISA95ParameterDataType] | None = None
    PersonnelActuals: list[ISA95PersonnelDataType] | None = None
    EquipmentActuals: list[ISA95EquipmentDataType] | None = None
    PhysicalAssetActuals: list[ISA95PhysicalAssetDataType] | None = None
    MaterialActuals: list[ISA95MaterialDataType] | None = None


# structure: (data type, default binary encoding), both numbers in the namespace of ISA-95 Job Control
STRUCTURES: dict[type, tuple[int, int]] = {
    ISA95PropertyDataType: (3002, 5002),
    ISA95ParameterDataType: (3003, 5005),
    ISA95EquipmentDataType: (3005, 5008),
    ISA95StateDataType: (3006, 5029),
    ISA95WorkMasterDataType: (3007, 5011),
    ISA95JobOrderDataType: (3008, 5014),
    ISA95MaterialDataType: (3010, 5017),
    ISA95PersonnelDataType: (3011, 5020),
    ISA95PhysicalAssetDataType: (3012, 5023),
    ISA95JobResponseDataType: (3013, 5026),
    ISA95JobOrderAndStateDataType: (3015, 5032),
}

S = TypeVar("S")


def wrap(structure: Any, namespace: int) -> ua.ExtensionObject:
    """The structure as it travels to or from a server that gives ISA-95 Job Control this namespace index."""
    encoding = ua.NodeId(STRUCTURES[type(structure)][1], namespace)
    return ua.ExtensionObject(TypeId=encoding, Body=struct_to_binary(structure))


def unwrap(cls: type[S], sent: Any) -> S:
    """The structure in what was sent. Raises ValueError where it is something else."""
    if isinstance(sent, cls):
        return sent
    body = struct_to_binary(sent)  # a class that the library has made from the server's description
    if isinstance(sent, ua.ExtensionObject):
        body = sent.Body
        if body is None or sent.TypeId.Identifier != STRUCTURES[cls][1]:
            raise ValueError(f"{cls.__name__} expected, {sent.TypeId} sent")
    try:
        read: S = struct_from_binary(cls, Buffer(body))
    except Exception as error:  # the codec raises whatever its input leads it to
        raise ValueError(f"{cls.__name__} cannot be read: {error}") from error
    return read


# ---------------------------------------------------------------- jobs in these words


def job_order_sent(order: JobOrder) -> ISA95JobOrderDataType:
    """A job order as it is sent to a machine.

    The work master is the operation (`box.op1`), or the kind of work and what it is about (`change-tool T3`).
    """
    plain = order.work is Work.OPERATION
    parameters: Results = {} if plain else {AMOUNT: order.amount}
    if order.station:
        parameters[STATION] = order.station
    return ISA95JobOrderDataType(
        JobOrderID=order.name,
        WorkMasterID=[ISA95WorkMasterDataType(ID=order.what if plain else f"{order.work} {order.what}")],
        JobOrderParameters=[named(key, value) for key, value in parameters.items()] or None,
        MaterialRequirements=_workpieces(order) if order.material else None,
    )


def _workpieces(order: JobOrder) -> list[ISA95MaterialDataType]:
    """One requirement for each workpiece, by its serial number."""
    lots, pieces = (order.unit, *order.others), order.pieces
    first = pieces - len(order.others)
    return [
        ISA95MaterialDataType(
            MaterialDefinitionID=order.material, MaterialLotID=lot or None, Quantity=str(1 if k else first)
        )
        for k, lot in enumerate(lots)
    ]


def job_order_read(sent: ISA95JobOrderDataType) -> JobOrder:
    """The job order that was sent. Raises ValueError where it names no work."""
    if not sent.JobOrderID or not sent.WorkMasterID:
        raise ValueError("a job order needs a JobOrderID and a WorkMasterID")
    master = str(sent.WorkMasterID[0].ID)
    kind, _, about = master.partition(" ")
    work = Work(kind) if kind in set(Work) and about else Work.OPERATION
    parameters = {p.ID: p.Value.Value for p in sent.JobOrderParameters or []}
    material, *others = sent.MaterialRequirements or [ISA95MaterialDataType()]
    return JobOrder(
        name=str(sent.JobOrderID),
        work=work,
        what=master if work is Work.OPERATION else about,
        station=str(parameters.get(STATION, "")),
        material=material.MaterialDefinitionID or "",
        unit=material.MaterialLotID or "",
        pieces=sum(int(float(one.Quantity or 1)) for one in (material, *others)),
        others=tuple(one.MaterialLotID or "" for one in others),
        amount=float(parameters.get(AMOUNT, 0.0)),
    )


def named(name: str, value: float | str) -> ISA95ParameterDataType:
    """A named value."""
    kind = ua.VariantType.String if isinstance(value, str) else ua.VariantType.Double
    return ISA95ParameterDataType(ID=name, Value=ua.Variant(value, kind))


def state_sent(state: JobState) -> list[ISA95StateDataType]:
    """Where a job stands."""
    text = "".join(word.capitalize() for word in state.name.split("_"))
    return [ISA95StateDataType(StateText=ua.LocalizedText(text), StateNumber=int(state))]


def state_read(states: list[ISA95StateDataType] | None) -> JobState:
    """Where a job stands: the first is the top level. Raises ValueError where that is no state of the model."""
    if not states:
        raise ValueError("a job without a state")
    return JobState(int(states[0].StateNumber))


def response_sent(job: Job, started: datetime | None, ended: datetime | None) -> ISA95JobResponseDataType:
    """What has come of a job so far."""
    return ISA95JobResponseDataType(
        JobResponseID=job.order.name,
        JobOrderID=job.order.name,
        StartTime=started,
        EndTime=ended,
        JobState=state_sent(job.state),
        JobResponseData=[named(key, value) for key, value in job.results.items()] or None,
    )


def results_read(response: ISA95JobResponseDataType) -> Results:
    """The named values of a response, those of subparameters too."""
    found: Results = {}
    waiting = list(response.JobResponseData or [])
    while waiting:
        parameter = waiting.pop(0)
        waiting.extend(parameter.Subparameters or [])
        value = parameter.Value.Value
        if isinstance(value, bool | str):
            found[parameter.ID] = str(value)
        elif isinstance(value, int | float):
            found[parameter.ID] = float(value)
    return found


def definition(cls: type, namespace: int, types: Mapping[str, ua.NodeId]) -> ua.StructureDefinition:
    """The description of a structure that a server publishes, so that clients can read it without this file."""
    made = ua.StructureDefinition()
    made.DefaultEncodingId = ua.NodeId(STRUCTURES[cls][1], namespace)
    made.BaseDataType = ua.NodeId(ua.ObjectIds.Structure)
    made.StructureType = ua.StructureType.Structure
    for name, hint in cls.__annotations__.items():  # as written: they are not evaluated
        optional = hint.endswith(" | None")
        kind = hint.removesuffix(" | None")
        array = kind.startswith("list[")
        kind = kind.removeprefix("list[").removesuffix("]").removeprefix("ua.")
        described = ua.StructureField()
        described.Name = name
        described.DataType = types[kind]
        described.ValueRank = 1 if array else -1
        described.ArrayDimensions = [0] if array else []
        described.IsOptional = optional
        made.Fields.append(described)
        if optional:
            made.StructureType = ua.StructureType.StructureWithOptionalFields
    return made
