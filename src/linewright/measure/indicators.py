"""Key performance indicators of ISO 22400-2 from records of states, orders and quantities.

The time model of one work unit, each moment in exactly one element:

    calendar = off shift + planned downtime + PBT
    PBT  = AUBT + ADOT + failed without an order        planned busy time
    AUBT = AUPT + ADET                                  actual unit busy time
    AUPT = APT + AUST                                   actual unit processing time: production + setup

    ADET  delay: malfunctions, minor stops, starved, blocked, while an order is being executed
    ADOT  down: no order is executed although the unit is available. Many programs swap ADET and ADOT.

Times are whole nanoseconds inside, so that the elements add up to the calendar exactly. A ratio whose
denominator is zero is None. An effectiveness above 1 means a planned run time that is too long: it is
flagged, never capped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from linewright.errors import InputError, Problem, nearest

NANO = 1_000_000_000


class State(StrEnum):
    """What a work unit is doing."""

    PROCESSING = "processing"
    SETUP = "setup"
    STARVED = "starved"
    BLOCKED = "blocked"
    DOWN = "down"  # failed, waiting for repair or in repair
    IDLE = "idle"  # available, nothing to do
    PLANNED_DOWN = "planned_down"  # planned within the shift: maintenance, breaks, trials
    OFF_SHIFT = "off_shift"


@dataclass(frozen=True, slots=True)
class StateSpan:
    """A work unit in one state from `start_s` up to `end_s`; `order` empty: none is being executed."""

    unit: str
    state: State
    start_s: float
    end_s: float
    order: str = ""


@dataclass(frozen=True, slots=True)
class UnitTimes:
    """The time model of one work unit in nanoseconds; the elements partition the calendar."""

    apt: int  # actual production time
    aust: int  # actual unit setup time
    adet: int  # actual unit delay time, during orders
    adot: int  # actual unit down time: available, no order executed
    failed_idle: int  # failed while no order was executed: neither busy nor available
    planned_down: int
    off_shift: int
    failures: int  # FE, failure events that began in the calendar
    ttr: int  # time to repair, all failures

    @property
    def calendar(self) -> int:
        return self.off_shift + self.pot

    @property
    def pot(self) -> int:
        """Planned operation time."""
        return self.pbt + self.planned_down

    @property
    def pbt(self) -> int:
        """Planned busy time."""
        return self.aubt + self.adot + self.failed_idle

    @property
    def aubt(self) -> int:
        """Actual unit busy time."""
        return self.aupt + self.adet

    @property
    def aupt(self) -> int:
        """Actual unit processing time."""
        return self.apt + self.aust

    def __add__(self, other: UnitTimes) -> UnitTimes:
        return UnitTimes(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def _nanoseconds(seconds: float, place: str) -> int:
    if not math.isfinite(seconds):
        raise InputError([Problem(f"{seconds} is not a time", key=place)])
    return round(seconds * NANO)


_ELEMENT = {
    State.PROCESSING: "apt",
    State.SETUP: "aust",
    State.IDLE: "adot",
    State.PLANNED_DOWN: "planned_down",
    State.OFF_SHIFT: "off_shift",
}


def _element(span: StateSpan) -> str:
    """The element of the time model that a span belongs to."""
    if span.state in _ELEMENT:
        return _ELEMENT[span.state]
    if span.order:
        return "adet"
    return "failed_idle" if span.state is State.DOWN else "adot"


def unit_times(spans: Iterable[StateSpan], start_s: float, end_s: float) -> dict[str, UnitTimes]:
    """Time model of each unit over the calendar from `start_s` to `end_s`.

    The spans of a unit must cover the calendar without gap or overlap; what lies outside is cut off. A span
    without production (idle, off shift) that names an order, and an unknown state, are `InputError`s.
    """
    begin, stop = _nanoseconds(start_s, "start_s"), _nanoseconds(end_s, "end_s")
    if not begin < stop:
        raise InputError([Problem(f"calendar from {start_s:g} to {end_s:g} s has no length", key="end_s")])
    found: dict[str, list[tuple[int, int, StateSpan]]] = {}
    for i, span in enumerate(spans):
        low, high = _nanoseconds(span.start_s, f"spans[{i}]"), _nanoseconds(span.end_s, f"spans[{i}]")
        if high < low:
            raise InputError([Problem(f"ends at {span.end_s:g} s before it starts", key=f"spans[{i}]")])
        if span.state not in set(State):
            hint = nearest(str(span.state), [state.value for state in State])
            raise InputError([Problem(f"unknown state {span.state!r}", key=f"spans[{i}]", hint=hint)])
        if span.order and span.state in (State.IDLE, State.OFF_SHIFT):
            text = f"unit {span.unit} is {span.state} but executes order {span.order}"
            raise InputError([Problem(text, key=f"spans[{i}]")])
        if low < high and low < stop and high > begin:
            found.setdefault(span.unit, []).append((max(low, begin), min(high, stop), span))
    return {unit: _partition(unit, rows, begin, stop) for unit, rows in found.items()}


def _partition(unit: str, rows: list[tuple[int, int, StateSpan]], begin: int, stop: int) -> UnitTimes:
    rows.sort(key=lambda row: row[0])
    edges = [begin, *(edge for low, high, _ in rows for edge in (low, high)), stop]
    for before, after in zip(edges[::2], edges[1::2], strict=True):
        if before != after:
            what = "no record" if before < after else "two records"
            low, high = sorted((before / NANO, after / NANO))
            raise InputError([Problem(f"{what} of unit {unit} from {low:g} to {high:g} s", key="spans")])
    sums = dict.fromkeys(("apt", "aust", "adet", "adot", "failed_idle", "planned_down", "off_shift"), 0)
    ttr = failures = 0
    was_down = False
    for low, high, span in rows:
        sums[_element(span)] += high - low
        down = span.state is State.DOWN
        ttr += (high - low) * down
        failures += down and not was_down
        was_down = down
    return UnitTimes(**sums, failures=failures, ttr=ttr)


@dataclass(frozen=True, slots=True)
class Quantities:
    """What a work unit made of one product: counts, and the planned run time of one item."""

    good: float  # GQ
    scrap: float = 0.0  # SQ
    rework: float = 0.0  # RQ
    planned_run_s: float = 0.0  # PRI, planned run time per item; 0: not known
    inspected: float = 0.0  # IP
    good_first: float = 0.0  # GP, good at the first inspection

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if not math.isfinite(value) or value < 0.0:
                raise InputError([Problem(f"{value} is not a quantity", key=f.name)])
        if self.good_first > self.inspected:
            text = f"{self.good_first:g} good of {self.inspected:g} inspected parts"
            raise InputError([Problem(text, key="good_first")])

    @property
    def produced(self) -> float:
        """PQ = GQ + SQ + RQ."""
        return self.good + self.scrap + self.rework


@dataclass(frozen=True, slots=True)
class UnitIndicators:
    """Indicators of one work unit (ISO 22400-2); None where a denominator is zero or a figure is missing."""

    availability: float | None  # APT / PBT
    effectiveness: float | None  # sum(PRI PQ) / APT
    quality_ratio: float | None  # GQ / PQ
    oee: float | None  # availability * effectiveness * quality ratio
    nee: float | None  # AUPT / PBT * effectiveness * quality ratio
    teep: float | None  # OEE PBT / calendar
    utilisation: float | None  # APT / AUBT
    technical_efficiency: float | None  # APT / (APT + ADET)
    setup_ratio: float | None  # AUST / AUPT
    first_pass_yield: float | None  # GP / IP
    scrap_ratio: float | None  # SQ / PQ
    rework_ratio: float | None  # RQ / PQ
    throughput_per_s: float | None  # PQ / AUBT
    mttr_s: float | None  # sum TTR / FE
    mtbf_s: float | None  # PBT / FE
    mttf_s: float | None  # MTBF - MTTR
    flags: tuple[str, ...]


def ratio(part: float, whole: float) -> float | None:
    """part / whole; None where whole is zero."""
    return part / whole if whole else None


def _product(*factors: float | None) -> float | None:
    known = [factor for factor in factors if factor is not None]
    return math.prod(known) if len(known) == len(factors) else None


def unit_indicators(times: UnitTimes, made: Iterable[Quantities]) -> UnitIndicators:
    """Indicators of a unit from its times and what it made, product by product."""
    lots = list(made)
    good, scrap, rework, produced = (
        math.fsum(getattr(lot, name) for lot in lots) for name in ("good", "scrap", "rework", "produced")
    )
    planned_s = math.fsum(lot.planned_run_s * lot.produced for lot in lots)
    unknown = any(lot.planned_run_s == 0.0 and lot.produced > 0.0 for lot in lots)
    effectiveness = None if unknown else ratio(planned_s * NANO, times.apt)
    quality = ratio(good, produced)
    availability = ratio(times.apt, times.pbt)
    oee = _product(availability, effectiveness, quality)
    flags = []
    if effectiveness is not None and effectiveness > 1.0 + 1e-12:
        text = f"effectiveness {effectiveness:.4g} is above 1: the planned run time per item is too long"
        flags.append(text)
    if unknown:
        flags.append("planned run time per item not known: no effectiveness, OEE, NEE, TEEP")
    return UnitIndicators(
        availability=availability,
        effectiveness=effectiveness,
        quality_ratio=quality,
        oee=oee,
        nee=_product(ratio(times.aupt, times.pbt), effectiveness, quality),
        teep=_product(oee, ratio(times.pbt, times.calendar)),
        utilisation=ratio(times.apt, times.aubt),
        technical_efficiency=ratio(times.apt, times.apt + times.adet),
        setup_ratio=ratio(times.aust, times.aupt),
        first_pass_yield=ratio(
            math.fsum(lot.good_first for lot in lots), math.fsum(lot.inspected for lot in lots)
        ),
        scrap_ratio=ratio(scrap, produced),
        rework_ratio=ratio(rework, produced),
        throughput_per_s=ratio(produced * NANO, times.aubt),
        mttr_s=ratio(times.ttr / NANO, times.failures),
        mtbf_s=ratio(times.pbt / NANO, times.failures),
        mttf_s=ratio((times.pbt - times.ttr) / NANO, times.failures),
        flags=tuple(flags),
    )


@dataclass(frozen=True, slots=True)
class OrderIndicators:
    """Indicators of one job order over all units that worked on it."""

    aoet_s: float  # actual order execution time: first start to last end
    apt_s: float
    aubt_s: float  # busy on the order, all units
    allocation: float | None  # AUBT / AOET; above 1 where units work side by side
    process_ratio: float | None  # sum APT / AOET


def order_indicators(spans: Iterable[StateSpan]) -> Mapping[str, OrderIndicators]:
    """Execution time, allocation and production process ratio of each order."""
    rows: dict[str, list[StateSpan]] = {}
    for span in spans:
        if span.order:
            rows.setdefault(span.order, []).append(span)
    found = {}
    for order, work in rows.items():
        edges = [(_nanoseconds(s.start_s, order), _nanoseconds(s.end_s, order), s.state) for s in work]
        aoet = max(high for _, high, _ in edges) - min(low for low, _, _ in edges)
        apt = sum(high - low for low, high, state in edges if state is State.PROCESSING)
        busy = sum(high - low for low, high, state in edges if state is not State.PLANNED_DOWN)
        found[order] = OrderIndicators(
            aoet / NANO, apt / NANO, busy / NANO, ratio(busy, aoet), ratio(apt, aoet)
        )
    return found


def corrective_maintenance_ratio(corrective_s: float, preventive_s: float) -> float | None:
    """CMT / (CMT + PMT)."""
    for name, value in (("corrective_s", corrective_s), ("preventive_s", preventive_s)):
        if not math.isfinite(value) or value < 0.0:
            raise InputError([Problem(f"{value} is not a duration", key=name)])
    return ratio(corrective_s, corrective_s + preventive_s)
