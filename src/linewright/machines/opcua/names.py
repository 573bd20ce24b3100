"""Names and numbers of the published models: namespaces, node ids, states, methods.

Facts of OPC 10031-4 (ISA-95 Job Control) 2.0, OPC 40001-1 and -3 (Machinery, Machinery Jobs) and OPC 40501-1 (Machine
Tools); `tests/machines/test_opcua_names.py` compares them with the published nodesets.
"""

from __future__ import annotations

from typing import NamedTuple

CORE = "http://opcfoundation.org/UA/"
DI = "http://opcfoundation.org/UA/DI/"
MACHINERY = "http://opcfoundation.org/UA/Machinery/"
JOB_CONTROL = "http://opcfoundation.org/UA/ISA95-JOBCONTROL_V2/"
MACHINERY_JOBS = "http://opcfoundation.org/UA/Machinery/Jobs/"
MACHINE_TOOL = "http://opcfoundation.org/UA/MachineTool/"
LINEWRIGHT = "urn:linewright:machines"

NAMESPACES = (DI, MACHINERY, JOB_CONTROL, MACHINERY_JOBS, MACHINE_TOOL, LINEWRIGHT)


class Named(NamedTuple):
    """A node of a published model."""

    uri: str
    number: int
    name: str


BASE_OBJECT = Named(CORE, 58, "BaseObjectType")
FOLDER = Named(CORE, 61, "FolderType")
BASE_VARIABLE = Named(CORE, 63, "BaseDataVariableType")
PROPERTY = Named(CORE, 68, "PropertyType")
STATE_MACHINE = Named(CORE, 2771, "FiniteStateMachineType")
STATE_VARIABLE = Named(CORE, 2760, "FiniteStateVariableType")
STATE = Named(CORE, 2307, "StateType")

MACHINES = Named(MACHINERY, 1001, "Machines")  # the folder under Objects

JOB_RECEIVER = Named(JOB_CONTROL, 1002, "ISA95JobOrderReceiverObjectType")
JOB_PROVIDER = Named(JOB_CONTROL, 1003, "ISA95JobResponseProviderObjectType")
JOB_MANAGEMENT = Named(MACHINERY_JOBS, 1003, "JobManagementType")
ITEM_STATE = Named(MACHINERY, 1002, "MachineryItemState_StateMachineType")
IDENTIFICATION = Named(MACHINERY, 1012, "MachineIdentificationType")
COUNTERS = Named(MACHINERY, 1009, "MachineryOperationCounterType")
TOOL_IDENTIFICATION = Named(MACHINE_TOOL, 11, "MachineToolIdentificationType")
EQUIPMENT = Named(MACHINE_TOOL, 12, "EquipmentType")
MACHINE_TOOL_TYPE = Named(MACHINE_TOOL, 13, "MachineToolType")
MONITORING = Named(MACHINE_TOOL, 14, "MonitoringType")
PROGRAM_STATE = Named(MACHINE_TOOL, 15, "ProductionProgramStateMachineType")
STATISTICS = Named(MACHINE_TOOL, 20, "ProductionStatisticsType")
PRODUCTION = Named(MACHINE_TOOL, 21, "ProductionType")
OPERATION_MONITORING = Named(MACHINE_TOOL, 26, "MachineOperationMonitoringType")
PROGRAM = Named(MACHINE_TOOL, 59, "ProductionProgramType")
ACTIVE_PROGRAM = Named(MACHINE_TOOL, 32, "ProductionActiveProgramType")
TOOL_LIST = Named(MACHINE_TOOL, 44, "ToolListType")
BASE_TOOL = Named(MACHINE_TOOL, 49, "BaseToolType")
TOOL = Named(MACHINE_TOOL, 50, "ToolType")
TOOL_LIFE = Named(MACHINE_TOOL, 61, "ToolLifeType")

OBJECT_TYPES = {  # with their supertypes
    JOB_RECEIVER: STATE_MACHINE,
    JOB_PROVIDER: BASE_OBJECT,
    JOB_MANAGEMENT: BASE_OBJECT,
    ITEM_STATE: STATE_MACHINE,
    IDENTIFICATION: FOLDER,
    COUNTERS: FOLDER,
    TOOL_IDENTIFICATION: IDENTIFICATION,
    EQUIPMENT: BASE_OBJECT,
    MACHINE_TOOL_TYPE: BASE_OBJECT,
    MONITORING: BASE_OBJECT,
    PROGRAM_STATE: STATE_MACHINE,
    STATISTICS: BASE_OBJECT,
    PRODUCTION: BASE_OBJECT,
    OPERATION_MONITORING: BASE_OBJECT,
    PROGRAM: BASE_OBJECT,
    ACTIVE_PROGRAM: PROGRAM,
    TOOL_LIST: BASE_OBJECT,
    BASE_TOOL: BASE_OBJECT,
    TOOL: BASE_TOOL,
}

OPERATION_MODE = Named(MACHINE_TOOL, 65, "MachineOperationMode")
TOOL_MANAGEMENT = Named(MACHINE_TOOL, 69, "ToolManagement")
TOOL_LIFE_INDICATION = Named(MACHINE_TOOL, 68, "ToolLifeIndication")
ENUMERATIONS = {
    OPERATION_MODE: ("Manual", "Automatic", "Setup", "AutoWithManualIntervention", "Service", "Other"),
    TOOL_MANAGEMENT: ("NumberBased", "GroupBased", "Other"),
    TOOL_LIFE_INDICATION: (
        "Time", "NumberOfParts", "NumberOfUsages", "Feed_Distance", "Cutting_Distance", "Length", "Diameter", "Other",
    ),
}  # fmt: skip
AUTOMATIC, SETUP = 1, 2  # of OPERATION_MODE
BY_TIME, BY_PARTS = 0, 1  # of TOOL_LIFE_INDICATION

STATES = {  # of each state machine: node and number by name
    JOB_RECEIVER: {
        "NotAllowedToStart": (5035, 1),
        "AllowedToStart": (5036, 2),
        "Running": (5037, 3),
        "Interrupted": (5038, 4),
        "Ended": (5039, 5),
        "Aborted": (5040, 6),
    },
    ITEM_STATE: {
        "NotAvailable": (5005, 0),
        "OutOfService": (5004, 1),
        "NotExecuting": (5007, 2),
        "Executing": (5006, 3),
    },
    PROGRAM_STATE: {
        "Initializing": (5039, 0),
        "Running": (5041, 1),
        "Ended": (5038, 2),
        "Interrupted": (5040, 3),
        "Aborted": (5037, 4),
    },
}

JOB_METHODS = {  # of the job order receiver; they take a job order or its id, and a comment
    "Store": 7001,
    "StoreAndStart": 7004,
    "Start": 7005,
    "Stop": 7006,
    "Pause": 7007,
    "Resume": 7008,
    "Update": 7009,
    "Abort": 7010,
    "Cancel": 7011,
    "Clear": 7012,
    "RevokeStart": 7013,
}
TAKES_ORDER = ("Store", "StoreAndStart", "Update")
RESPONSE_BY_ID = ("RequestJobResponseByJobOrderID", 7002)
RESPONSE_BY_STATE = ("RequestJobResponseByJobOrderState", 7014)

# browse paths from a machine
CONTROL_PATH = (
    (MACHINERY, "MachineryBuildingBlocks"),
    (MACHINERY_JOBS, "JobManagement"),
    (MACHINERY_JOBS, "JobOrderControl"),
)
RESULTS_PATH = (*CONTROL_PATH[:2], (MACHINERY_JOBS, "JobOrderResults"))
JOB_LIST_PATH = (*CONTROL_PATH, (JOB_CONTROL, "JobOrderList"))
ITEM_STATE_PATH = (CONTROL_PATH[0], (MACHINERY, "MachineryItemState"), (CORE, "CurrentState"))
ALARM_PATH = (CONTROL_PATH[0], (LINEWRIGHT, "ActiveAlarm"))
