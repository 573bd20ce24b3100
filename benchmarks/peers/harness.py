"""Shared timing harness. Every bench script prints ONE JSON line.

CPU = user CPU seconds (getrusage RUSAGE_SELF) of the simulation run only
(imports, model construction and JIT compilation are reported apart).
"Timed event" = a state change whose time was set in advance by a scheduled
delay (arrival, end of service, end of setup, failure, end of repair).
Instant consequences (moves, unblocking, queue grants) are not counted, so the
count is a property of the model and not of the simulator.
"""

import json
import resource
import sys
import time


def ucpu():
    r = resource.getrusage(resource.RUSAGE_SELF)
    return r.ru_utime


def maxrss_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


class Run:
    def __init__(self, peer, model, n, seed):
        self.d = dict(peer=peer, model=model, n=n, seed=seed)

    def __enter__(self):
        self.rss0 = maxrss_mb()
        self.c0 = ucpu()
        self.w0 = time.perf_counter()
        return self

    def __exit__(self, *a):
        self.d["cpu"] = ucpu() - self.c0
        self.d["wall"] = time.perf_counter() - self.w0
        self.d["rss0_mb"] = round(self.rss0, 1)
        self.d["rss_mb"] = round(maxrss_mb(), 1)

    def out(self, events=None, parts=None, **kw):
        d = self.d
        if events:
            d["events"] = events
            d["ev_per_s"] = events / max(d["cpu"], 1e-9)
        if parts:
            d["us_per_part"] = d["cpu"] / parts * 1e6
        d.update(kw)
        print(json.dumps({k: (float(v) if hasattr(v, "dtype") else v) for k, v in d.items()}))


def args(default_n):
    """model n seed"""
    model = sys.argv[1]
    n = int(sys.argv[2]) if len(sys.argv) > 2 else default_n[model]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    return model, n, seed


N = dict(a=1_000_000, b=200_000, c=50_000)
