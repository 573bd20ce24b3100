"""A control without a machine behind it, as the stand-alone interpreter that recorded the conformance pack.

It differs from a machine in what it reads back: its position is the last one it was sent, in program
coordinates, unaware of tool offsets; its probe touches at the target and backs off; nothing sets the probe
flag; M61 leaves the offsets of the tool in the spindle alone. Only the conformance runner uses it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from linewright.nc.setup import Position
from linewright.nc.state import ZERO, Frames

BACK_OFF_MM = 0.254


@dataclass(slots=True)
class Bench:
    """The position that the bench reads back, program coordinates in mm."""

    position: Position = ZERO

    def sent(self, frames: Frames, machine: Position) -> None:
        """A move has been sent."""
        self.position = frames.to_program(machine)

    def reframed(self, before: Frames, after: Frames) -> None:
        """An offset has changed; one of the tool goes unnoticed."""
        if before.tool == after.tool:
            self.position = after.to_program(before.to_machine(self.position))

    def back_off(self, target: Position) -> Position:
        """Where a probing move leaves the machine."""
        length = math.dist(self.position[:3], target[:3])
        share = BACK_OFF_MM / length if length > 0 else 0.0
        straight = [t + (s - t) * share for s, t in zip(self.position[:3], target[:3], strict=True)]
        return (straight[0], straight[1], straight[2], *target[3:])
