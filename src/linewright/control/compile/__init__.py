"""From the plant file to arrays: every name becomes a number, every table an array of records.

`whole.compile_line` is the door: it fills a `Draft` concern by concern, each a file of its own. What a quality plan
adds to the line goes through `quality.py`; how long an operation takes, be it written or taken from a machine-tool
program, is asked of `times.py` alone.
"""

from linewright.control.compile.quality import limits, looks, target
from linewright.control.compile.routes import RouteStep, read_fail, route_steps, shares
from linewright.control.compile.times import task_mean_s, task_time
from linewright.control.compile.transport import trips
from linewright.control.compile.whole import compile_line

__all__ = [
    "RouteStep",
    "compile_line",
    "limits",
    "looks",
    "read_fail",
    "route_steps",
    "shares",
    "target",
    "task_mean_s",
    "task_time",
    "trips",
]
