"""A machine tool that does not exist: it executes programs in the time that a real one would take.

`MachineTool` has no clock of its own; whoever owns it lets time pass (`advance`), real or scaled. It shows position,
feed, block, tool, offsets, state and alarms, takes corrections into a wear register, wears its tools by cutting and
touches a stock box when it probes. Nothing here knows of networks: `machines` publishes it.
"""

from linewright.nc.machine_tool.corrections import Correction, Receipt, Registers, WearRegister, Written
from linewright.nc.machine_tool.machine import Alarm, Execution, MachineTool, Shown, ToolState
from linewright.nc.machine_tool.timeline import Timeline

__all__ = [
    "Alarm",
    "Correction",
    "Execution",
    "MachineTool",
    "Receipt",
    "Registers",
    "Shown",
    "Timeline",
    "ToolState",
    "WearRegister",
    "Written",
]
