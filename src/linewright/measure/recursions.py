"""The recursions of charts with a memory, compiled: for charts, monitors and simulated run lengths alike."""

from __future__ import annotations

from numba import njit


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
