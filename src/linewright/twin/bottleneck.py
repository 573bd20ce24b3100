"""The bottleneck, with the evidence.

Two methods that share nothing. Active periods (Roser, Nakano & Tanaka, Winter Simulation Conference 2001):
the machine that is active longest without interruption - not waiting for parts or places - is the bottleneck.
Arrows (Kuo, Lim & Meerkov, Mathematical Problems in Engineering 2, 1996): between neighbours an arrow points
at the side of the bottleneck, downstream where the upstream one is blocked more than the downstream one is
starved; a station that no arrow leaves is a bottleneck.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linewright.twin.results import Result
from linewright.twin.statistics import Interval, interval

LEAST_SHARE = 0.005  # blocked or starved less than that: no arrow


@dataclass(frozen=True)
class Arrow:
    """From a station to the neighbour on whose side the bottleneck is."""

    origin: str
    target: str
    blocked: float  # share of the upstream one
    starved: float  # share of the downstream one


@dataclass(frozen=True)
class Bottleneck:
    """The station that limits the line, by its evidence."""

    station: str | None
    by_active_period: str | None
    by_arrows: list[str]
    active_period_s: dict[str, Interval]
    arrows: list[Arrow]
    evidence: list[str]


def find_bottleneck(result: Result) -> Bottleneck:
    """Which station limits the line, and why: active periods first, arrows beside them."""
    periods = {
        name: interval(_mean_over_machines(station.active_period_s))
        for name, station in result.stations.items()
        if station.pieces_n.any() and result.layout.stations.index(name) not in result.layout.belts
    }
    ranked = sorted((n for n in periods if not math.isnan(periods[n].mean)), key=lambda n: -periods[n].mean)
    arrows = _arrows(result)
    leaves = {arrow.origin for arrow in arrows}
    ends = [arrow.target for arrow in arrows if arrow.target not in leaves]
    by_arrows = sorted(dict.fromkeys(ends), key=lambda name: -_severity(arrows, name))
    first = ranked[0] if ranked else None
    evidence = _in_words(result, ranked, periods, by_arrows, arrows)
    return Bottleneck(first, first, by_arrows, periods, arrows, evidence)


def _mean_over_machines(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _arrows(result: Result) -> list[Arrow]:
    arrows = []
    for a, b in result.layout.ways:
        upstream, downstream = result.layout.stations[a], result.layout.stations[b]
        blocked = result.stations[upstream].state_shares["blocked"].mean
        starved = result.stations[downstream].state_shares["starved"].mean
        if max(blocked, starved) < LEAST_SHARE:
            continue
        if blocked > starved:
            arrows.append(Arrow(upstream, downstream, blocked, starved))
        else:
            arrows.append(Arrow(downstream, upstream, blocked, starved))
    return arrows


def _severity(arrows: list[Arrow], name: str) -> float:
    """How strongly the arrows point at a station."""
    return sum(abs(arrow.blocked - arrow.starved) for arrow in arrows if arrow.target == name)


def _in_words(
    result: Result, ranked: list[str], periods: dict[str, Interval], by_arrows: list[str], arrows: list[Arrow]
) -> list[str]:
    if not ranked:
        return ["no machine has worked"]
    first = ranked[0]
    words = [
        f"{first} works longest without waiting for parts or places: {duration(periods[first].mean)} on end on average"
    ]
    if len(ranked) > 1:
        second = ranked[1]
        clear = not periods[first].low <= periods[second].high
        words[0] += f", before {second} with {duration(periods[second].mean)}" + (
            "" if clear else " (their intervals overlap: the two are near to each other)"
        )
    for name in by_arrows[:2]:
        told = [_arrow_words(result, arrow) for arrow in arrows if arrow.target == name]
        words.append(f"arrows of blocked and starved neighbours point at {name}: {', '.join(told)}")
    if by_arrows and first not in by_arrows:
        words.append("the two methods differ: the bottleneck moves, or the line has slack everywhere")
    idle = result.stations[first].state_shares
    words.append(f"{first} is starved {idle['starved'].mean:.0%} and blocked {idle['blocked'].mean:.0%} of the time")
    return words


def _arrow_words(result: Result, arrow: Arrow) -> str:
    stations = result.layout.stations
    downstream = (stations.index(arrow.origin), stations.index(arrow.target)) in result.layout.ways
    if downstream and arrow.blocked > arrow.starved:
        return f"{arrow.origin} before it is blocked {arrow.blocked:.0%}"
    return f"{arrow.origin} after it is starved {arrow.starved:.0%}"


def duration(seconds: float) -> str:
    """A time with the unit in which it is easily read."""
    if math.isnan(seconds):
        return "-"
    for size, unit in ((604800.0, "weeks"), (86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
