"""The recursions of charts with a memory and of correction: for charts, monitors, simulated runs and the line.

Plain functions hold the formulae; they are compiled here for charts and by the control for the line, so that
the line decides by what this room computes.

Compiled callers stand in the file of what they call: numba keeps a caller's machine code when a callee in
another file has changed.
"""

from __future__ import annotations

import math

from linewright.compiled import of_arrays
from linewright.measure.rules.engine import LONGEST_RUN


@of_arrays
def smooth(means, sizes, lam, start, z, variance):  # type: ignore[no-untyped-def]
    """EWMA of `means` from `start`, and its variance for sigma = 1, into `z` and `variance`."""
    last, v = start, 0.0
    for i in range(means.size):
        last += lam * (means[i] - last)
        v = lam * lam / sizes[i] + (1.0 - lam) ** 2 * v
        z[i], variance[i] = last, v


def cusum_step(y, k, up, down):  # type: ignore[no-untyped-def]
    """Both sums after one standardised value: max(0, S + y - k), max(0, S - y - k)."""
    return max(0.0, up + y - k), max(0.0, down - y - k)


push_cusum = of_arrays(cusum_step)


@of_arrays
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


@of_arrays
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


@of_arrays
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


# ---------------------------------------------------------------- following what drifts, and correcting it
#
# Model: a measured deviation y_t = d_t + g a_t + noise; d_t disturbance, a_t offset, g gain. What is followed is
# d_t: its level and its slope per measured part. Correcting fully by what is followed, a_{t+1} = -(level +
# slope) / g, with gains (lambda, 0) is the integral (EWMA) controller a_{t+1} = a_t - lambda y_t / g.


def ewma_step(z, kept, x, lam):  # type: ignore[no-untyped-def]
    """EWMA after one more value, and what is left of the start's weight, (1 - lambda)^(2 t).

    Its standard deviation is sigma sqrt(lambda / (2 - lambda) (1 - kept)) (Montgomery, 9.2).
    """
    return z + lam * (x - z), kept * (1.0 - lam) ** 2


def follow(y, effect, level, slope, k1, k2):  # type: ignore[no-untyped-def]
    """Level and slope of the disturbance after a part with deviation `y` that was made with an offset's `effect`.

    Gains (lambda, 0): EWMA. (lambda, lambda mu): Holt's double EWMA, which follows a drift without lag.
    """
    ahead = level + slope
    news = y - effect - ahead
    return ahead + k1 * news, slope + k2 * news


def kalman_gains(p11, p12, p22, noise2, wander2, drift2):  # type: ignore[no-untyped-def]
    """Gains for level and slope after one more part, and the covariance that is left.

    Local linear trend: level moves by the slope and by noise of variance `wander2`, the slope by `drift2`, a
    measured part scatters by `noise2` (Harvey, Forecasting, Structural Time Series Models, 4.2).
    """
    a11, a12, a22 = p11 + 2.0 * p12 + p22 + wander2, p12 + p22, p22 + drift2
    total = a11 + noise2
    k1, k2 = a11 / total, a12 / total
    return k1, k2, (1.0 - k1) * a11, (1.0 - k1) * a12, a22 - k2 * a12


def grubbs_share(part: float, ratio2: float) -> float:
    """Share of the deviation of part number `part` (from 1) to take out after a set-up: 1 / (part + ratio2).

    ratio2 = (sigma / setup_sigma)^2, 0 where nothing is known of the set-up (Grubbs 1954, JQT 15 (1983)).
    """
    return 1.0 / (part + ratio2)


def next_offset(wanted, offset, dead_band, most_step, most_total):  # type: ignore[no-untyped-def]
    """The offset after a correction towards `wanted`: none within the dead band, clamped by step and in total."""
    move = wanted - offset
    if abs(move) <= dead_band:
        return offset
    move = min(max(move, -most_step), most_step)
    return min(max(offset + move, -most_total), most_total)
