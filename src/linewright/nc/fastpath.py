"""The fast path: hands runs of plain blocks to compiled code and takes the state back.

The general path stays the only one that knows faults and every code; the fast path merely runs what needs
none of that, with the same sums. Where it finds little to do it waits before it tries again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linewright.nc import kernel
from linewright.nc.moves import FeedMode, Flag
from linewright.nc.source import Source

if TYPE_CHECKING:
    from linewright.nc.interpreter import Interpreter

#: A run of blocks shorter than this was not worth the hand-over.
WORTHWHILE = 8
LONGEST_WAIT = 256  # blocks
MOTIONS = {0: 0, 10: 1, 20: 2, 30: 3}
CODES = (0, 10, 20, 30)


class FastPath:
    """The fast path of one run."""

    def __init__(self) -> None:
        self.wait = 0  # blocks to leave to the general path before the next try
        self.last_wait = 1
        self.bytes: dict[Source, np.ndarray] = {}

    def usable(self, run: Interpreter) -> bool:
        """Whether the modes in force allow it."""
        modes = run.state.modes
        return (
            run.compensation.side == 0
            and modes.feed_mode == FeedMode.PER_MINUTE
            and not modes.diameter
            and not modes.arc_absolute
            and run.splines.order == 0
            and not run.compensation.left
            and run.dialect.plain_words
            and run.state.frames.scale == 1.0
            and run.modal_macro is None
        )

    def run(self, run: Interpreter, rows: np.ndarray, filled: int) -> int:
        """Run plain blocks from the present line on; records go to `rows` from `filled` on. The new fill."""
        if self.wait > 0 or not self.usable(run):
            return filled
        data = self.bytes.get(run.source)
        if data is None:
            data = self.bytes[run.source] = np.frombuffer(run.source.data, np.uint8)
        integers, reals = hand_over(run, filled)
        run.offset = int(kernel.run_plain(data, run.offset, integers, reals, rows))
        if integers[kernel.BLOCKS] < WORTHWHILE and integers[kernel.ROWS] < len(rows):
            self.last_wait = min(self.last_wait * 2, LONGEST_WAIT)
            self.wait = self.last_wait
        else:
            self.last_wait = 1
        if run.said_before_motion is None and integers[kernel.ROWS] > filled:
            run.mark_first_motion(int(rows[filled]["line"]))
        if integers[kernel.BLOCKS]:
            take_back(run, integers, reals)
        return int(integers[kernel.ROWS])


def hand_over(run: Interpreter, filled: int) -> tuple[np.ndarray, np.ndarray]:
    """The state as the compiled code lays it out."""
    state, modes, frames = run.state, run.state.modes, run.state.frames
    flags = (Flag.INCHES if modes.inch else 0) | (Flag.LENGTH_OFFSET if state.length_offset else 0)
    flags |= 0 if modes.feed_override else Flag.FEED_OVERRIDE_OFF
    flags |= 0 if modes.speed_override else Flag.SPEED_OVERRIDE_OFF
    css = modes.css_limit_rpm > 0
    integers = np.array(
        [
            run.line,
            MOTIONS.get(modes.motion, -1),
            modes.plane,
            modes.absolute,
            -1,
            run.sources.index(run.source) if run.source is not run.main else 0,
            modes.path_mode,
            modes.coolant,
            run.shown_turning(),
            flags,
            state.tool,
            state.pocket,
            filled,
            0,
        ],
        np.int64,
    )
    reals = np.array(
        [
            *state.position,
            *state.machine,
            *frames.total,
            run.unit_mm,
            modes.feed,
            frames.cosine,
            frames.sine,
            frames.local[0],
            frames.local[1],
            frames.work[0] + frames.tool[0] + frames.pivot[0],
            frames.work[1] + frames.tool[1] + frames.pivot[1],
            frames.rotation_deg,
            modes.css_limit_rpm if css else modes.spindle_speed,
            modes.spindle_speed / 60.0 * (0.3048 if modes.inch else 1.0) if css else 0.0,
            modes.tolerance_mm,
            run.dialect.arc_tolerance_mm,
            modes.naive_cam_mm,
            run.radii_differ_mm(),
        ]
    )
    return integers, reals


def take_back(run: Interpreter, integers: np.ndarray, reals: np.ndarray) -> None:
    """The state as the compiled code left it."""
    state, modes = run.state, run.state.modes
    values = reals.tolist()
    state.position = tuple(values[kernel.POSITION : kernel.POSITION + 6])
    state.machine = tuple(values[kernel.MACHINE : kernel.MACHINE + 6])
    if modes.feed != values[kernel.FEED]:
        modes.feed = values[kernel.FEED]
        run.feed_word = modes.feed / run.unit_mm
    motion = int(integers[kernel.MOTION])
    if motion >= 0:
        modes.motion = CODES[motion]
        state.cycle.initial = None
        run.splines.last_handle = None
    run.line = int(integers[kernel.LINE])
    run.blocks_run += int(integers[kernel.BLOCKS])
    if run.bench is not None:
        run.bench.sent(state.frames, state.machine)
