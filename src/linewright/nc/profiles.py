# mypy: disable-error-code="no-untyped-def, no-any-return"
"""Speed over a path: trapezoidal and jerk-limited (seven-segment) profiles, and look-ahead along a chain.

Everything here works on path length alone (mm, s): corners have already become a highest speed at the end
of a segment (`corners.py`). Formulas: L. Biagiotti, C. Melchiorri, Trajectory Planning for Automatic
Machines and Robots, Springer 2008, 3.2 (trapezoid) and 3.4 (double S).
"""

from __future__ import annotations

import math

import numpy as np

from linewright.compiled import of_arrays

#: A jerk limit at or above this is none: the profile is a trapezoid. mm/s3
NO_JERK_LIMIT_MM_S3 = 1e12


@of_arrays
def ramp_time_s(change_mm_s: float, acceleration_mm_s2: float, jerk_mm_s3: float) -> float:
    """Least time to change the speed by `change_mm_s`, acceleration zero at both ends (Biagiotti 3.4.1)."""
    if jerk_mm_s3 >= NO_JERK_LIMIT_MM_S3:
        return change_mm_s / acceleration_mm_s2
    if change_mm_s * jerk_mm_s3 >= acceleration_mm_s2 * acceleration_mm_s2:
        return change_mm_s / acceleration_mm_s2 + acceleration_mm_s2 / jerk_mm_s3
    return 2.0 * math.sqrt(change_mm_s / jerk_mm_s3)


@of_arrays
def ramp_length_mm(v0_mm_s: float, v1_mm_s: float, acceleration_mm_s2: float, jerk_mm_s3: float) -> float:
    """Path used by the ramp from v0 to v1: the ramp is point-symmetric, so the mean speed times its time."""
    return 0.5 * (v0_mm_s + v1_mm_s) * ramp_time_s(abs(v1_mm_s - v0_mm_s), acceleration_mm_s2, jerk_mm_s3)


@of_arrays
def reachable_mm_s(
    v0_mm_s: float, length_mm: float, acceleration_mm_s2: float, jerk_mm_s3: float, limit_mm_s: float
) -> float:
    """Highest speed, at most `limit_mm_s`, that a ramp from v0 reaches within `length_mm`."""
    if limit_mm_s <= v0_mm_s:
        return limit_mm_s
    full = math.sqrt(v0_mm_s * v0_mm_s + 2.0 * acceleration_mm_s2 * length_mm)
    if jerk_mm_s3 >= NO_JERK_LIMIT_MM_S3:
        return min(limit_mm_s, full)
    if ramp_length_mm(v0_mm_s, limit_mm_s, acceleration_mm_s2, jerk_mm_s3) <= length_mm:
        return limit_mm_s
    low, high = v0_mm_s, min(limit_mm_s, full)
    for _ in range(60):
        if high - low <= 1e-12 * high:
            break
        middle = 0.5 * (low + high)
        if ramp_length_mm(v0_mm_s, middle, acceleration_mm_s2, jerk_mm_s3) <= length_mm:
            low = middle
        else:
            high = middle
    return low


@of_arrays
def peak_mm_s(
    v0_mm_s: float,
    v1_mm_s: float,
    length_mm: float,
    acceleration_mm_s2: float,
    jerk_mm_s3: float,
    limit_mm_s: float,
) -> float:
    """Highest speed of the time-optimal profile from v0 to v1 over `length_mm` (both ends reachable)."""
    if jerk_mm_s3 >= NO_JERK_LIMIT_MM_S3:
        squares = 0.5 * (v0_mm_s * v0_mm_s + v1_mm_s * v1_mm_s)
        return min(limit_mm_s, math.sqrt(squares + acceleration_mm_s2 * length_mm))
    low = max(v0_mm_s, v1_mm_s)
    high = limit_mm_s
    if high <= low:
        return low
    for step in range(60):
        middle = high if step == 0 else 0.5 * (low + high)  # the limit itself is the usual answer
        up = ramp_length_mm(v0_mm_s, middle, acceleration_mm_s2, jerk_mm_s3)
        down = ramp_length_mm(middle, v1_mm_s, acceleration_mm_s2, jerk_mm_s3)
        if up + down <= length_mm:
            low = middle
        else:
            high = middle
        if high - low <= 1e-12 * high:
            break
    return low


@of_arrays
def profile_time_s(
    v0_mm_s: float,
    v1_mm_s: float,
    length_mm: float,
    limit_mm_s: float,
    acceleration_mm_s2: float,
    jerk_mm_s3: float,
) -> float:
    """Time-optimal time over `length_mm` from speed v0 to v1 at most `limit_mm_s`."""
    if length_mm <= 0.0:
        return 0.0
    peak = peak_mm_s(v0_mm_s, v1_mm_s, length_mm, acceleration_mm_s2, jerk_mm_s3, limit_mm_s)
    up_s = ramp_time_s(peak - v0_mm_s, acceleration_mm_s2, jerk_mm_s3)
    down_s = ramp_time_s(peak - v1_mm_s, acceleration_mm_s2, jerk_mm_s3)
    ramps = 0.5 * (v0_mm_s + peak) * up_s + 0.5 * (peak + v1_mm_s) * down_s
    return up_s + down_s + max(0.0, length_mm - ramps) / peak


@of_arrays
def stop_to_stop_s(
    length_mm: float, velocity_mm_s: float, acceleration_mm_s2: float, jerk_mm_s3: float
) -> float:
    """Closed-form time from rest to rest; `jerk_mm_s3` at or above NO_JERK_LIMIT_MM_S3 gives the trapezoid.

    The four cases of the double S from rest to rest (Biagiotti 3.4.2): the acceleration is reached or not,
    and the velocity is reached or not.
    """
    if length_mm <= 0.0:
        return 0.0
    v, a, j = velocity_mm_s, acceleration_mm_s2, jerk_mm_s3
    if j >= NO_JERK_LIMIT_MM_S3:
        if length_mm * a >= v * v:
            return length_mm / v + v / a
        return 2.0 * math.sqrt(length_mm / a)
    ramp_s = ramp_time_s(v, a, j)
    if length_mm >= v * ramp_s:  # the velocity is reached
        return length_mm / v + ramp_s
    if length_mm >= 2.0 * a**3 / (j * j):  # the acceleration is reached, the velocity is not
        return a / j + math.sqrt((a / j) ** 2 + 4.0 * length_mm / a)
    return 4.0 * (length_mm / (2.0 * j)) ** (1.0 / 3.0)


@of_arrays
def brake_backwards(pieces, look_ahead: int, exit_speed: np.ndarray) -> None:
    """Fill `exit_speed` (n,): from which each piece can still obey all that follow it within the look-ahead.

    The control never runs faster than it could stop within the `look_ahead` pieces it has read (0: no bound).
    """
    room = 0.0  # sum of 2 a L of the pieces that the control can see beyond the current one, (mm/s)^2
    next_entry = 0.0
    for i in range(len(pieces) - 1, -1, -1):
        piece = pieces[i]
        speed = min(piece["exit"], next_entry)
        if look_ahead > 0:
            speed = min(speed, math.sqrt(max(room, 0.0)))
            room += 2.0 * piece["acceleration"] * piece["length"]
            if i + look_ahead < len(pieces):
                room -= 2.0 * pieces[i + look_ahead]["acceleration"] * pieces[i + look_ahead]["length"]
        exit_speed[i] = speed
        next_entry = reachable_mm_s(
            speed, piece["length"], piece["acceleration"], piece["jerk"], piece["cruise"]
        )


@of_arrays
def run_chain(pieces, look_ahead: int, servo_period: float, exit_speed: np.ndarray, time: np.ndarray) -> None:
    """Time of every piece (n,), s, and the speed at its end, mm/s; `exit_speed` and `time` are filled.

    `pieces` (n,) corners.PIECE. A standstill is reached at the end of a servo period.
    """
    brake_backwards(pieces, look_ahead, exit_speed)
    entry = 0.0
    chain_s = 0.0
    for i in range(len(pieces)):
        piece = pieces[i]
        length, cruise, a, j = piece["length"], piece["cruise"], piece["acceleration"], piece["jerk"]
        leave = min(exit_speed[i], reachable_mm_s(entry, length, a, j, cruise))
        time[i] = profile_time_s(entry, leave, length, cruise, a, j) - piece["overlap"]
        exit_speed[i] = leave
        chain_s += time[i]
        if leave == 0.0 and servo_period > 0.0 and piece["overlap"] == 0.0:
            time[i] += math.ceil(chain_s / servo_period - 1e-6) * servo_period - chain_s
            chain_s = 0.0
        entry = leave
