"""The state of the interpreter: modes in force, where the machine stands, offsets between the frames.

Program frame -> machine: scale (G51), add G92, rotate in XY, add the work offset and the tool offset. All lengths mm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from linewright.nc.moves import FeedMode, PathMode, Plane
from linewright.nc.setup import Position

ZERO: Position = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
NO_MOTION = 800  # G80

#: Axis indices (first, second, normal) of each plane.
PLANE_AXES = {Plane.XY: (0, 1, 2), Plane.ZX: (2, 0, 1), Plane.YZ: (1, 2, 0)}


@dataclass(slots=True)
class Modes:
    """What M70 saves and M72 restores: the modal codes in force."""

    motion: int = NO_MOTION  # G code times ten
    plane: Plane = Plane.XY
    inch: bool = False
    absolute: bool = True
    arc_absolute: bool = False
    feed_mode: FeedMode = FeedMode.PER_MINUTE
    feed: float = 0.0  # mm (or degrees) per minute, or per revolution
    spindle_dir: int = 0
    spindle_speed: float = 0.0  # S word: rev/min, or surface speed with `css_limit` set
    css_limit_rpm: float = 0.0  # D word of G96; 0: G97
    coolant: int = 0
    retract_to_r: bool = True  # G99; also at power-up
    diameter: bool = False  # G7
    path_mode: PathMode = PathMode.CONTINUOUS
    tolerance_mm: float = 0.0
    naive_cam_mm: float = 0.0
    feed_override: bool = True
    speed_override: bool = True
    system: int = 1  # active work coordinate system, 1..9

    def copy(self) -> Modes:
        """The same modes, independent."""
        return Modes(**{name: getattr(self, name) for name in self.__slots__})


@dataclass(slots=True)
class Frames:
    """The offsets between the program's coordinates and the machine's."""

    work: Position = ZERO
    local: Position = ZERO  # G92, G52
    tool: Position = ZERO
    rotation_deg: float = 0.0
    pivot: tuple[float, float] = (0.0, 0.0)  # what turning about a point (G68) adds, X and Y
    scale: float = 1.0  # G51
    scale_centre: Position = ZERO  # program coordinates
    total: Position = ZERO  # their sum, when nothing is rotated
    cosine: float = 1.0
    sine: float = 0.0

    def update(self) -> None:
        """Recompute what depends on the offsets."""
        self.total = tuple(a + b + c for a, b, c in zip(self.work, self.local, self.tool, strict=True))  # type: ignore[assignment]
        angle = math.radians(self.rotation_deg)
        self.cosine, self.sine = math.cos(angle), math.sin(angle)

    def to_machine(self, p: Position) -> Position:
        """Machine position of a point in program coordinates."""
        if self.scale != 1.0:
            p = self._stretched(p, self.scale)
        t = self.total
        if self.rotation_deg == 0.0:
            return (p[0] + t[0], p[1] + t[1], p[2] + t[2], p[3] + t[3], p[4] + t[4], p[5] + t[5])
        x, y = p[0] + self.local[0], p[1] + self.local[1]
        turned_x, turned_y = x * self.cosine - y * self.sine, x * self.sine + y * self.cosine
        return (
            turned_x + self.work[0] + self.tool[0] + self.pivot[0],
            turned_y + self.work[1] + self.tool[1] + self.pivot[1],
            p[2] + t[2],
            p[3] + t[3],
            p[4] + t[4],
            p[5] + t[5],
        )

    def _stretched(self, p: Position, factor: float) -> Position:
        """A point moved away from the centre of scaling; the rotary axes stay."""
        c = self.scale_centre
        straight = [c[axis] + (p[axis] - c[axis]) * factor for axis in range(3)]
        return (straight[0], straight[1], straight[2], *p[3:])

    def turn_about(self, x: float, y: float, angle_deg: float) -> tuple[float, float]:
        """The `pivot` that turning by an angle about a point of the program needs."""
        angle = math.radians(angle_deg)
        x, y = x + self.local[0], y + self.local[1]
        return (
            x - (x * math.cos(angle) - y * math.sin(angle)),
            y - (x * math.sin(angle) + y * math.cos(angle)),
        )

    def to_program(self, m: Position) -> Position:
        """Program coordinates of a machine position."""
        p = self._unturned(m)
        return p if self.scale == 1.0 else self._stretched(p, 1.0 / self.scale)

    def _unturned(self, m: Position) -> Position:
        t = self.total
        if self.rotation_deg == 0.0:
            return (m[0] - t[0], m[1] - t[1], m[2] - t[2], m[3] - t[3], m[4] - t[4], m[5] - t[5])
        x = m[0] - self.work[0] - self.tool[0] - self.pivot[0]
        y = m[1] - self.work[1] - self.tool[1] - self.pivot[1]
        turned_x, turned_y = x * self.cosine + y * self.sine, -x * self.sine + y * self.cosine
        return (
            turned_x - self.local[0],
            turned_y - self.local[1],
            m[2] - t[2],
            m[3] - t[3],
            m[4] - t[4],
            m[5] - t[5],
        )


@dataclass(slots=True)
class CycleMemory:
    """Words that stay in force from one canned cycle block to the next, as they were written."""

    z: float = 0.0
    r: float = 0.0
    q: float = 0.0
    p: float = 0.0
    beside: tuple[float, float, float] = (0.0, 0.0, 0.0)  # I J K of G87
    initial: float | None = None  # level of the normal axis when the first cycle began, mm


@dataclass(slots=True)
class State:
    """Where the machine stands and what is in force."""

    modes: Modes = field(default_factory=Modes)
    frames: Frames = field(default_factory=Frames)
    position: Position = ZERO  # program coordinates
    machine: Position = ZERO
    tool: int = 0
    pocket: int = 0
    selected: int = -1  # T word, -1 none
    cycle: CycleMemory = field(default_factory=CycleMemory)
    length_offset: bool = False
    spindle_held: bool = False  # M19: at an angle, until it turns again

    def turning(self) -> int:
        """Which way the spindle turns, 0 where it stands."""
        return 0 if self.spindle_held else self.modes.spindle_dir

    def change_frames(self, **offsets: Position | float | tuple[float, float]) -> None:
        """Set fields of `Frames`; the machine stands still meanwhile.

        The programmed position keeps its place in space, which under cutter compensation is not the
        machine's.
        """
        place = self.frames.to_machine(self.position)
        for name, value in offsets.items():
            setattr(self.frames, name, value)
        self.frames.update()
        self.position = self.frames.to_program(place)
