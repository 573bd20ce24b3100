"""The clock of a line that runs in real time: it never goes backward, and the wall clock may be set meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

JUMP_S = 2.0  # the wall clock was set where it differs by more from the time that has passed


class PlantClock:
    """Plant time: `speed` seconds in a second, by the time that passes and not by the clock on the wall.

    Time 0 was at `began_s` on the wall (s since 1970). What passed while no process ran is read off the wall;
    should that have been set back, the line goes on from `now_s`, where it stood.
    """

    def __init__(self, began_s: float, now_s: float = 0.0, speed: float = 1.0) -> None:
        self.speed = speed
        self._plant_s = max(now_s, (time.time() - began_s) * speed)
        self._since_s = _passed_s()

    def now_s(self) -> float:
        """The plant time."""
        return self._plant_s + (_passed_s() - self._since_s) * self.speed


class WallWatch:
    """Sees when the clock on the wall is set."""

    def __init__(self) -> None:
        self._passed_s, self._wall_s = _passed_s(), time.time()

    def jump_s(self) -> float:
        """By how much the wall clock was set since it was last asked, s; 0: it was not."""
        passed_s, wall_s = _passed_s(), time.time()
        jump_s = (wall_s - self._wall_s) - (passed_s - self._passed_s)
        self._passed_s, self._wall_s = passed_s, wall_s
        return jump_s if abs(jump_s) > JUMP_S else 0.0


def _steady() -> Callable[[], float]:
    """A clock that nobody sets and that goes on while the computer sleeps, where there is one."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic if boot is None else lambda: time.clock_gettime(boot)


_passed_s = _steady()
