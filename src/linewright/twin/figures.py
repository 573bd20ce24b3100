"""Figures of one material, station or inspection: arrays over the replications, and their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linewright.control.codes import MachineState, words
from linewright.control.state import BINS_PER_OCTAVE, FIRST_OCTAVE, LEAD_BINS
from linewright.twin.statistics import Interval, interval, ratio

Values = NDArray[np.float64]
STATE_NAMES = [words(state).replace(" ", "_") for state in MachineState]


@dataclass(frozen=True)
class Flow:
    """Figures of one material, or of all products together; arrays are over the replications."""

    name: str
    span_s: Values
    finished_n: Values
    scrapped_n: Values
    reworked_n: Values
    lost_n: Values
    offered_n: Values
    lead_sum_s: Values
    lead_square_s2: Values
    area_s: Values
    bins: NDArray[np.int64]  # (replications, LEAD_BINS)
    orders_done_n: Values
    orders_late_n: Values
    tardiness_sum_s: Values
    order_lead_sum_s: Values

    @property
    def throughput_per_s(self) -> Interval:
        """Units finished per second."""
        return interval(self.finished_n / self.span_s)

    @property
    def lead_time_s(self) -> Interval:
        """Mean time from release to end."""
        return interval(ratio(self.lead_sum_s, self.finished_n))

    @property
    def wip(self) -> Interval:
        """Mean units on the line."""
        return interval(self.area_s / self.span_s)

    @property
    def finished(self) -> Interval:
        """Units finished."""
        return interval(self.finished_n)

    @property
    def scrapped(self) -> Interval:
        """Units scrapped."""
        return interval(self.scrapped_n)

    @property
    def reworked(self) -> Interval:
        """Returns for rework."""
        return interval(self.reworked_n)

    @property
    def lost(self) -> Interval:
        """Units turned away for want of room."""
        return interval(self.lost_n)

    @property
    def offered(self) -> Interval:
        """Units ordered."""
        return interval(self.offered_n)

    @property
    def orders_done(self) -> Interval:
        """Orders done."""
        return interval(self.orders_done_n)

    @property
    def orders_on_time(self) -> Interval:
        """Share of the orders done that were on time."""
        return interval(1.0 - ratio(self.orders_late_n, self.orders_done_n))

    @property
    def tardiness_s(self) -> Interval:
        """Mean lateness of an order, 0 where it was early."""
        return interval(ratio(self.tardiness_sum_s, self.orders_done_n))

    @property
    def order_lead_time_s(self) -> Interval:
        """Mean time from the arrival of an order to its end."""
        return interval(ratio(self.order_lead_sum_s, self.orders_done_n))

    def lead_time_quantile_s(self, q: float) -> Interval:
        """The time that a share `q` of the units stayed below, from the bins (each a 32nd of an octave)."""
        return interval(np.array([bin_quantile(bins, q) for bins in self.bins]))

    def lead_time_density(self, cells: int = 60) -> tuple[Values, Values]:
        """Edges (cells + 1), s, and shares of the units (cells), pooled over the replications."""
        pooled = self.bins.sum(axis=0)
        if not pooled.any():
            return np.zeros(2), np.zeros(1)
        high = bin_quantile(pooled, 0.999)
        edges = np.linspace(0.0, high, cells + 1)
        below = np.interp(edges, bin_edges(), np.concatenate([[0], np.cumsum(pooled)]))
        return edges, np.diff(below) / pooled.sum()


def bin_edges() -> Values:
    """Edges of the lead-time bins (LEAD_BINS + 1), s: 32 of equal width in each octave."""
    b = np.arange(LEAD_BINS + 1)
    octave, step = np.divmod(b, BINS_PER_OCTAVE)
    edges: Values = np.ldexp(1.0 + step / BINS_PER_OCTAVE, FIRST_OCTAVE + octave)
    return edges


def bin_quantile(bins: NDArray[np.int64], q: float) -> float:
    """The quantile, linear within its bin; nan where nothing was counted."""
    up_to = np.cumsum(bins)
    if up_to[-1] == 0:
        return math.nan
    wanted = q * up_to[-1]
    b = min(int(np.searchsorted(up_to, wanted)), LEAD_BINS - 1)
    edges = bin_edges()
    share = (wanted - (up_to[b] - bins[b])) / bins[b] if bins[b] else 0.0
    return float(edges[b] + share * (edges[b + 1] - edges[b]))


@dataclass(frozen=True)
class StationResult:
    """Figures of one station; arrays are over the replications."""

    name: str
    machines: list[str]
    shares: NDArray[np.float64]  # (replications, states) of the machines' time
    machine_shares: NDArray[np.float64]  # (replications, machines, states)
    pieces_n: Values
    failures_n: Values
    span_s: Values
    queue_wait_sum_s: Values
    queue_left_n: Values
    queue_area_s: Values
    active_period_s: NDArray[np.float64]  # (replications, machines) mean length

    @property
    def state_shares(self) -> dict[str, Interval]:
        """Share of the machines' time by state; the means sum to 1."""
        return {name: interval(self.shares[:, k]) for k, name in enumerate(STATE_NAMES)}

    @property
    def queue_wait_s(self) -> Interval:
        """Mean wait in the station's queues."""
        return interval(ratio(self.queue_wait_sum_s, self.queue_left_n))

    @property
    def queue_length(self) -> Interval:
        """Mean units in the station's queues."""
        return interval(self.queue_area_s / self.span_s)

    @property
    def pieces(self) -> Interval:
        """Pieces worked on."""
        return interval(self.pieces_n)

    @property
    def failures(self) -> Interval:
        """Failures of its machines."""
        return interval(self.failures_n)

    @property
    def on_it(self) -> Interval:
        """Mean units on a conveyor, those at its end too (its machines are its places)."""
        return interval(self.on_it_n)

    @property
    def on_it_n(self) -> Values:
        """(replications,) the same, one by one."""
        carrying = self.shares[:, MachineState.PROCESSING] + self.shares[:, MachineState.BLOCKED]
        return np.asarray(len(self.machines) * carrying)

    @property
    def at_its_end(self) -> Interval:
        """Mean units that wait at the end of a conveyor for a place."""
        return interval(len(self.machines) * self.shares[:, MachineState.BLOCKED])


@dataclass(frozen=True)
class InspectionResult:
    """What an inspecting operation found; arrays are over the replications."""

    name: str
    material: str
    inspected_n: Values
    first_n: Values
    passed_first_n: Values
    failed_n: Values
    scrapped_n: Values
    reworked_n: Values

    @property
    def first_pass_yield(self) -> Interval:
        """Share of the units that passed when first inspected."""
        return interval(ratio(self.passed_first_n, self.first_n))

    @property
    def scrap_share(self) -> Interval:
        """Share of the units first inspected that ended as scrap."""
        return interval(ratio(self.scrapped_n, self.first_n))

    @property
    def rework_share(self) -> Interval:
        """Returns for rework per unit first inspected."""
        return interval(ratio(self.reworked_n, self.first_n))
