"""The compiled judge of points: one function for a point, used by the batch and by the stream alike."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from linewright.compiled import of_arrays
from linewright.errors import InputError, Problem
from linewright.measure.checks import finite, positive
from linewright.measure.rules.book import Kind, RuleBook

# A value this near a line, in sigma, counts as on it: limits are computed, values were typed in decimals.
ON_THE_LINE = 1e-9

LONGEST_RUN = 10_000_000  # points after which a simulated run is given up

_BEYOND, _SAME_SIDE, _TREND, _ALTERNATE, _K_OF_M, _WITHIN, _OUTSIDE = range(7)
_TOP = 0  # row of `memory` shared by all rules: [points seen, sign of the last move]


_built_in = partial(of_arrays, inline="always")


@_built_in
def _extend(run, sign):  # type: ignore[no-untyped-def]
    """Length of a signed run after one more point of `sign`: it grows, turns about, or ends at zero."""
    if sign == 0:
        return 0
    if run * sign > 0:
        return run + sign
    return sign


@_built_in
def _count_hits(window, hit, m):  # type: ignore[no-untyped-def]
    """Shift one hit into a window of the last m points; returns the window and its number of hits."""
    window = ((window << 1) | hit) & ((1 << m) - 1)
    bits = window
    count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return window, count


@_built_in
def _is_beyond(z, zone, low, high):  # type: ignore[no-untyped-def]
    """Beyond a zone, or beyond the limits where the zone is NaN."""
    if np.isnan(zone):
        return z > high + ON_THE_LINE or z < low - ON_THE_LINE
    return abs(z) > zone + ON_THE_LINE


def look_at(x, z, last, points):  # type: ignore[no-untyped-def]
    """Which way a point moved from the last one, and on which side of the centre it lies: -1, 0 or 1 each."""
    move = 0
    if points > 0:
        move = 1 if x > last else (-1 if x < last else 0)
    side = 1 if z > ON_THE_LINE else (-1 if z < -ON_THE_LINE else 0)
    return move, side


def judge_rule(kind, k, m, zone, z, low, high, side, move, turned, first, second):  # type: ignore[no-untyped-def]
    """One rule after one more point: has it fired, and the two numbers that it remembers.

    z: (x - centre) / sigma; low, high: limits in z; side, move: see `look_at`; turned: did it move back?
    A plain function: compiled here for charts and monitors, by the control for the charts of the line.
    """
    fired = False
    if kind == _BEYOND:
        fired = _is_beyond(z, zone, low, high)
    elif kind == _SAME_SIDE:
        first = _extend(first, side)
        fired = abs(first) >= k
    elif kind == _TREND:
        first = _extend(first, move)
        fired = abs(first) >= k - 1
    elif kind == _ALTERNATE:
        first = first + 1 if turned else abs(move)
        fired = first >= k - 1
    elif kind == _K_OF_M:
        up = 1 if z > zone + ON_THE_LINE else 0
        down = 1 if z < -zone - ON_THE_LINE else 0
        first, ups = _count_hits(first, up, m)
        second, downs = _count_hits(second, down, m)
        fired = (up == 1 and ups >= k) or (down == 1 and downs >= k)
    elif kind == _WITHIN:
        first = first + 1 if abs(z) <= zone + ON_THE_LINE else 0
        fired = first >= k
    elif kind == _OUTSIDE:
        first = first + 1 if abs(z) > zone + ON_THE_LINE else 0
        fired = first >= k
    return fired, first, second


_look_at = _built_in(look_at)
_judge_rule = _built_in(judge_rule)


@of_arrays
def judge_point(x, z, low, high, codes, zones, memory, last):  # type: ignore[no-untyped-def]
    """Signal mask of one point; `memory` (r + 1, 2) int64 and `last` (1,) are modified in place.

    x: plotted value; z: (x - centre) / sigma; low, high: limits in z; codes (r, 3), zones (r,): the book.
    """
    move, side = _look_at(x, z, last[0], memory[_TOP, 0])
    turned = move != 0 and memory[_TOP, 1] == -move
    mask = 0
    for r in range(codes.shape[0]):
        fired, first, second = _judge_rule(
            codes[r, 0], codes[r, 1], codes[r, 2], zones[r], z, low, high, side, move, turned,
            memory[r + 1, 0], memory[r + 1, 1],
        )  # fmt: skip
        memory[r + 1, 0] = first
        memory[r + 1, 1] = second
        if fired:
            mask |= 1 << r
    memory[_TOP, 0] += 1
    memory[_TOP, 1] = move
    last[0] = x
    return mask


@of_arrays
def _judge_even(x, centre, sigma, low, high, codes, zones, out):  # type: ignore[no-untyped-def]
    """Masks of a series with one centre and sigma, into `out`."""
    memory = np.zeros((codes.shape[0] + 1, 2), np.int64)
    last = np.zeros(1)
    for i in range(x.size):
        out[i] = judge_point(x[i], (x[i] - centre) / sigma, low, high, codes, zones, memory, last)


@of_arrays
def _judge_limits(x, centre, sigma, low, high, zones, out):  # type: ignore[no-untyped-def]
    """Masks of a series whose rules all look at one point alone, into `out`."""
    for i in range(x.size):
        z = (x[i] - centre) / sigma
        mask = 0
        for r in range(zones.size):
            if _is_beyond(z, zones[r], low, high):
                mask |= 1 << r
        out[i] = mask


@of_arrays
def _judge_uneven(x, z, low, high, codes, zones, out):  # type: ignore[no-untyped-def]
    """Masks of a series whose centre, sigma or limits change from point to point, into `out`."""
    memory = np.zeros((codes.shape[0] + 1, 2), np.int64)
    last = np.zeros(1)
    for i in range(x.size):
        out[i] = judge_point(x[i], z[i], low[i], high[i], codes, zones, memory, last)


LAST = 5  # place of the last value among the numbers of `push_individual`; zones of the range panel follow


@of_arrays
def push_individual(x, numbers, codes, zones, memory):  # type: ignore[no-untyped-def]
    """Masks of an I-MR chart after one more value: I in the low 32 bits, MR above them; one call for both.

    numbers: centre, sigma, width, centre and sigma of the range, last value, zones of the range panel.
    """
    centre, sigma, width = numbers[0], numbers[1], numbers[2]
    above = 0
    if memory[_TOP, 0] > 0:
        z = (abs(x - numbers[LAST]) - numbers[3]) / numbers[4]
        for r in range(numbers.size - LAST - 1):
            if _is_beyond(z, numbers[LAST + 1 + r], -width, width):
                above |= 1 << r
    mask = judge_point(x, (x - centre) / sigma, -width, width, codes, zones, memory, numbers[LAST:])
    return mask | above << 32


@of_arrays
def run_shewhart(rng, runs, shift, width, codes, zones, lengths):  # type: ignore[no-untyped-def]
    """Length of each simulated run, into `lengths`; zero where it had not ended after LONGEST_RUN points."""
    for run in range(runs):
        memory = np.zeros((codes.shape[0] + 1, 2), np.int64)
        last = np.zeros(1)
        for t in range(LONGEST_RUN):
            x = rng.standard_normal() + shift
            if judge_point(x, x, -width, width, codes, zones, memory, last):
                lengths[run] = t + 1
                break


def judge(
    x: NDArray[np.float64],
    centre: float | NDArray[np.float64],
    sigma: float | NDArray[np.float64],
    book: RuleBook,
    width: float = 3.0,
) -> NDArray[np.uint32]:
    """Signal mask of every point, shape (n,): bit i is set at the last point of a pattern of `book.rules[i]`.

    `centre` and `sigma` (of the plotted statistic) are numbers or arrays of shape (n,); the control limits
    stand `width` sigma from the centre. Comparisons are strict: a point on a limit is no signal.
    """
    out = np.empty(x.size, dtype=np.uint32)
    if np.ndim(centre) == 0 and np.ndim(sigma) == 0:
        positive(float(sigma), "sigma")
        if all(rule.kind == Kind.BEYOND for rule in book.rules):
            _judge_limits(x, float(centre), float(sigma), -width, width, book.zones, out)
        else:
            _judge_even(x, float(centre), float(sigma), -width, width, book.codes, book.zones, out)
        return out
    if not np.all(np.asarray(sigma) > 0.0):
        raise InputError([Problem("a standard deviation of zero or less", key="sigma")])
    z = (x - centre) / sigma
    return judge_scores(x, z, np.full(x.size, -width), np.full(x.size, width), book)


def judge_scores(
    x: NDArray[np.float64],
    z: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    book: RuleBook,
) -> NDArray[np.uint32]:
    """Signal masks from standardised values, for limits that change or do not lie about the centre."""
    out = np.empty(x.size, dtype=np.uint32)
    _judge_uneven(x, z, low, high, book.codes, book.zones, out)
    return out


class RuleStream:
    """The same judgement, one point at a time: `push` a value, get the mask of the rules that it fires."""

    def __init__(self, book: RuleBook, centre: float, sigma: float, width: float = 3.0) -> None:
        self.book = book
        self.centre = finite(centre, "centre")
        self.sigma = positive(sigma, "sigma")
        self.width = positive(width, "width")
        self._codes, self._zones = book.codes, book.zones
        self.restart()

    def restart(self) -> None:
        """Forget all points, as after an adjustment of the process."""
        self._memory = np.zeros((len(self.book.rules) + 1, 2), np.int64)
        self._last = np.zeros(1)

    def push(self, x: float) -> int:
        """Signal mask of the next point; 0 is no signal. A value that is not finite is an `InputError`."""
        return self.push_score(x, (x - self.centre) / self.sigma)

    def push_score(self, x: float, z: float) -> int:
        """The same for a point whose own centre and sigma give the score z, as with varying sample sizes."""
        if not -1e300 < z < 1e300:
            raise InputError([Problem(f"{x} is not a finite number", key="point")])
        width = self.width
        mask = judge_point(x, z, -width, width, self._codes, self._zones, self._memory, self._last)
        return int(mask)
