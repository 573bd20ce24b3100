"""A control without a machine behind it, as the stand-alone interpreter that recorded the conformance pack.

It differs from a machine in what it reads back: its position is the last one it was sent, in program coordinates,
unaware of tool offsets, rotations and splines; its probe touches at the target and backs off; nothing sets the probe
flag; M61 and T0 leave the offsets of the tool in the spindle alone. Only the conformance runner uses it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from linewright.nc.setup import Position
from linewright.nc.state import ZERO, Frames

BACK_OFF_MM = 0.254


@dataclass(slots=True)
class Bench:
    """What the bench reads back: a position in program coordinates, mm, and the data of a tool."""

    position: Position = ZERO
    data_of: int = 0  # the tool in the first place of the table until one is changed in

    def sent(self, frames: Frames, machine: Position) -> None:
        """A move has been sent."""
        self.position = frames.to_program(machine)

    def curved(self) -> None:
        """A spline has been sent: it comes back as the zero of X and Y."""
        self.position = (0.0, 0.0, *self.position[2:])

    def reframed(self, before: Frames, after: Frames) -> None:
        """An offset has changed; one of the tool and a rotation go unnoticed."""
        moved = (
            at + w + g - new_w - new_g
            for at, w, g, new_w, new_g in zip(
                self.position, before.work, before.local, after.work, after.local, strict=True
            )
        )
        self.position = tuple(moved)  # type: ignore[assignment]

    def back_off(self, target: Position) -> Position:
        """Where a probing move leaves the machine."""
        length = math.dist(self.position[:3], target[:3])
        share = BACK_OFF_MM / length if length > 0 else 0.0
        straight = [t + (s - t) * share for s, t in zip(self.position[:3], target[:3], strict=True)]
        return (straight[0], straight[1], straight[2], *target[3:])
