"""The recursions of charts with a memory, compiled: for charts, monitors and simulated run lengths alike.

Compiled callers stand in the file of what they call: numba keeps a caller's machine code when a callee in
another file has changed.
"""

from __future__ import annotations

import math

from numba import njit

from linewright.measure.rules.engine import LONGEST_RUN


@njit(cache=True, nogil=True)
def smooth(means, sizes, lam, start, z, variance):  # type: ignore[no-untyped-def]
    """EWMA of `means` from `start`, and its variance for sigma = 1, into `z` and `variance`."""
    last, v = start, 0.0
    for i in range(means.size):
        last += lam * (means[i] - last)
        v = lam * lam / sizes[i] + (1.0 - lam) ** 2 * v
        z[i], variance[i] = last, v


@njit(cache=True, nogil=True)
def push_cusum(y, k, up, down):  # type: ignore[no-untyped-def]
    """Both sums after one standardised value: max(0, S + y - k), max(0, S - y - k)."""
    return max(0.0, up + y - k), max(0.0, down - y - k)


@njit(cache=True, nogil=True)
def accumulate(y, k, h, head, restart, up, down, runs_up, runs_down):  # type: ignore[no-untyped-def]
    """Both sums and how many points each has been above zero, into the last four."""
    high = low = head
    n_up = n_down = 0
    for i in range(y.size):
        high, low = push_cusum(y[i], k, high, low)
        n_up = n_up + 1 if high > 0.0 else 0
        n_down = n_down + 1 if low > 0.0 else 0
        up[i], down[i], runs_up[i], runs_down[i] = high, low, n_up, n_down
        if restart and (high > h or low > h):
            high = low = head
            n_up = n_down = 0


@njit(cache=True, nogil=True)
def run_ewma(rng, runs, shift, lam, limit, start, widening, lengths):  # type: ignore[no-untyped-def]
    """The same for |z| above `limit` times the growth of its standard deviation where `widening`."""
    for run in range(runs):
        z, kept = start, 1.0
        for t in range(LONGEST_RUN):
            kept *= (1.0 - lam) ** 2
            z += lam * (rng.standard_normal() + shift - z)
            if abs(z) > (limit * math.sqrt(1.0 - kept) if widening else limit):
                lengths[run] = t + 1
                break


@njit(cache=True, nogil=True)
def run_cusum(rng, runs, shift, k, h, head, lengths):  # type: ignore[no-untyped-def]
    """The same for the two-sided tabular CUSUM."""
    for run in range(runs):
        up = down = head
        for t in range(LONGEST_RUN):
            y = rng.standard_normal() + shift
            up, down = push_cusum(y, k, up, down)
            if up > h or down > h:
                lengths[run] = t + 1
                break
