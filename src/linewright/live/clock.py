"""The clock of a line that runs in real time: it never goes backward, and the wall clock may be set meanwhile."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

HOUR_S, DAY_S, WEEK_S = 3600.0, 86400.0, 7 * 86400.0
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


@dataclass(frozen=True)
class RealTime:
    """How the plant time of a real line goes with the clock on the wall.

    At real time the plant's weeks are those of the calendar on the wall, and time 0 is the Monday before the line
    began. A rehearsal, at another speed, begins on a Monday at 0:00.
    """

    began_s: float  # on the wall, s since 1970
    starts_s: float = 0.0  # plant time then
    speed: float = 1.0

    @classmethod
    def from_now(cls, speed: float = 1.0) -> RealTime:
        """A line begins now."""
        now_s = time.time()
        return cls(now_s, _since_monday_s(now_s) if speed == 1.0 else 0.0, speed)

    def clock(self, now_s: float) -> PlantClock:
        """The clock of a line that stood at plant time `now_s`."""
        return PlantClock(self.began_s - self.starts_s / self.speed, now_s, self.speed)

    def into_week_s(self, time_s: float) -> float:
        """How far into its week a plant time lies, by the clocks of the place: those that are put forward in spring."""
        if self.speed != 1.0:
            return time_s % WEEK_S
        return _since_monday_s(self.began_s + time_s - self.starts_s)

    def lead_s(self, time_s: float) -> float:
        """How much more the clocks of the place then show than was counted, s: an hour once they were put forward."""
        return (self.into_week_s(time_s) - time_s + WEEK_S / 2) % WEEK_S - WEEK_S / 2

    def leads(self, from_s: float, to_s: float) -> list[tuple[float, float]]:
        """From when on clocks lead by how much: at `from_s`, and whenever they are set up to `to_s`; both in s."""
        found = [(from_s, self.lead_s(from_s))]
        for day in range(math.floor(from_s / DAY_S), math.ceil(to_s / DAY_S)):
            if self.lead_s((day + 1) * DAY_S) == found[-1][1]:
                continue
            hours = (day * DAY_S + hour * HOUR_S for hour in range(1, 25))  # clocks are set at full hours
            set_s = next(time_s for time_s in hours if self.lead_s(time_s) != found[-1][1])
            found.append((set_s, self.lead_s(set_s)))
        return found

    def written(self) -> str:
        """For the head of a journal."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> RealTime:
        """As it was written."""
        return cls(**json.loads(text))


def _since_monday_s(wall_s: float) -> float:
    """The time since Monday 0:00 that local clocks show at a moment (s since 1970)."""
    local = datetime.fromtimestamp(wall_s)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (local - midnight + timedelta(days=local.weekday())).total_seconds()


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
