"""How much of each station's time the demand takes: a lower bound, without set-ups and waiting.

Utilisation = machine time needed per unit of time / (machines * share of the week in which they run), with
the repairs, tool changes, scrap and rework that go with the work (Hopp & Spearman, Factory Physics, ch. 8).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from linewright.plant.calendar import WeekCalendar
from linewright.plant.model import Characteristic, Plant, Station
from linewright.plant.orders import Order
from linewright.plant.quantities import read_sample
from linewright.plant.routes import Step, route_steps


@dataclass(frozen=True, slots=True)
class Load:
    """The load of a group of stations that share work (mostly one station)."""

    stations: tuple[str, ...]
    needed: float  # machines busy on average, breakdowns and tool changes included
    there: float  # machines that run, averaged over the week

    @property
    def utilisation(self) -> float:
        """1 and above: the demand cannot be met."""
        return self.needed / self.there if self.there else math.inf


def stream_rates(plant: Plant) -> dict[str, float]:
    """Pieces per second of each material that random streams ask for."""
    rates: dict[str, float] = {}
    for stream in plant.orders.streams:
        shares = {stream.material: 1.0} if isinstance(stream.material, str) else stream.material
        for name, share in shares.items():
            rates[name] = rates.get(name, 0.0) + share * stream.quantity / max(stream.every.mean, 1e-12)
    return rates


def order_rates(orders: Sequence[Order]) -> dict[str, float]:
    """Pieces per second that a list of orders asks for, from 0 to the last due date (none without one)."""
    horizon_s = max((order.due_s for order in orders if math.isfinite(order.due_s)), default=0.0)
    rates: dict[str, float] = {}
    for order in orders:
        if horizon_s > 0:
            rates[order.material] = rates.get(order.material, 0.0) + order.quantity / horizon_s
    return rates


def station_loads(plant: Plant, rates: dict[str, float], week: WeekCalendar) -> list[Load]:
    """Load of each station, and of each group of stations that are alternatives to each other."""
    alone: dict[tuple[str, ...], float] = {}
    for material, rate in _explode(plant, rates).items():
        for step, visits in _visits(plant, material):
            if all(name in plant.stations for name in step.stations):
                group = tuple(sorted(step.stations))
                alone[group] = alone.get(group, 0.0) + rate * visits * _least_time_s(plant, step)
    machines = _machines_there(plant, week)
    groups = list(dict.fromkeys([(name,) for name in plant.stations] + _joined(list(alone))))
    return [
        Load(
            group,
            sum(need for each, need in alone.items() if set(each) <= set(group)),
            sum(machines[g] for g in group),
        )
        for group in groups
    ]


def _joined(groups: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Groups that share a station, put together."""
    joined: list[set[str]] = []
    for group in groups:
        touching = [each for each in joined if each & set(group)]
        joined = [each for each in joined if each not in touching] + [set(group).union(*touching)]
    return [tuple(sorted(each)) for each in joined if len(each) > 1]


def _explode(plant: Plant, rates: dict[str, float]) -> dict[str, float]:
    """Pieces of each made material to be started per second, components included."""
    started: dict[str, float] = {}

    def start(material: str, rate: float, trail: tuple[str, ...]) -> None:
        if material in trail or material not in plant.routes:
            return
        visits = _visits(plant, material)
        good = _yield(plant, material) if plant.control.replace_scrap else 1.0
        rate = rate / good if good > 0 else math.inf
        started[material] = started.get(material, 0.0) + rate
        for step, _ in visits:
            for name, amount in step.operation.takes.items():
                start(name, rate * amount, (*trail, material))

    for material, rate in rates.items():
        start(material, rate, ())
    return started


def _visits(plant: Plant, material: str) -> list[tuple[Step, float]]:
    """How often each operation of a route is done for one unit started, rework and scrap reckoned with."""
    steps = route_steps(plant, material)
    visits = [0.0] * len(steps)
    alive = 1.0
    places = {step.name: place for place, step in enumerate(steps)}
    for place, step in enumerate(steps):
        visits[place] += alive * _inspected(step)
        rounds, lost = _failure(plant, step)
        back = places.get(step.fail.rework) if step.fail and step.fail.rework else None
        if back is not None and back <= place:
            for again in range(back, place + 1):
                visits[again] *= 1 + rounds
        alive *= 1 - lost
    return list(zip(steps, visits, strict=True))


def _yield(plant: Plant, material: str) -> float:
    good = 1.0
    for step in route_steps(plant, material):
        good *= 1 - _failure(plant, step)[1]
    return good


def _inspected(step: Step) -> float:
    chosen, of, _ = read_sample(step.operation.sample)
    if step.operation.accept or not of:
        return 0.0  # at least: how many depends on what is found, or on how fast they come
    return chosen / of


def _failure(plant: Plant, step: Step) -> tuple[float, float]:
    """(extra rounds of rework, share lost) per unit that comes to an operation."""
    fail = step.fail
    if fail is None:
        return 0.0, 0.0
    rate = fail.rate
    if step.operation.checks:
        rate = 1 - math.prod(
            1 - _share_outside(plant.characteristics[name])
            for name in step.operation.checks
            if name in plant.characteristics
        )
    share = _inspected(step)
    tries = 0 if fail.rework is None else fail.at_most
    if tries < 0:
        return share * (rate / (1 - rate) if rate < 1 else math.inf), share * fail.scrap_rate
    rounds = sum(rate**k for k in range(1, min(tries, 1000) + 1))
    lost = rate ** (tries + 1) if fail.then == "scrap" else 0.0
    return share * rounds, share * min(1.0, lost + fail.scrap_rate)


def _share_outside(characteristic: Characteristic) -> float:
    """Share of units measured outside their tolerance (normal law, process and gauge together)."""
    nominal, lower, upper = characteristic.nominal, characteristic.lower, characteristic.upper
    middle = (
        nominal + ((lower or 0.0) + (upper or 0.0)) / 2
        if lower is not None and upper is not None
        else nominal
    )
    mean = characteristic.process.mean if characteristic.process.mean is not None else middle
    gauge = characteristic.gauge
    mean += gauge.bias if gauge else 0.0
    sd = math.hypot(characteristic.process.sd, gauge.repeatability if gauge else 0.0)
    outside = 0.0
    for limit, sign in ((lower, -1.0), (upper, 1.0)):
        if limit is not None:
            margin = sign * (nominal + limit - mean)
            outside += 0.5 * math.erfc(margin / (sd * math.sqrt(2))) if sd > 0 else float(margin < 0)
    return min(outside, 1.0)


def _least_time_s(plant: Plant, step: Step) -> float:
    """Machine time for one unit at the fastest of its stations; 0 where only a program knows it."""
    times = []
    for name in step.stations:
        time = step.time_at(name)
        station = plant.stations[name]
        per_unit = (time.mean if time else 0.0) / (station.batch.most if station.batch else 1)
        times.append(per_unit * _stretch(station, step) + _piece_changes_s(station))
    return min(times)


def _stretch(station: Station, step: Step) -> float:
    """Machine time that goes with one second of work: repairs after busy time, tool changes after cutting."""
    repairs = sum(
        f.repair.mean / f.every.mean for f in station.failures if f.clock == "busy" and f.every.mean > 0
    )
    whole = not step.operation.uses
    changes = sum(
        tool.change.mean / tool.life
        for tool in station.tools.values()
        if whole and isinstance(tool.life, float) and tool.life
    )
    return 1 + repairs + changes


def _piece_changes_s(station: Station) -> float:
    """Tool changes per piece, of tools whose life is a number of pieces."""
    return sum(
        tool.change.mean / tool.life
        for tool in station.tools.values()
        if isinstance(tool.life, int) and tool.life > 0
    )


def _machines_there(plant: Plant, week: WeekCalendar) -> dict[str, float]:
    """Machines of each station that run and are not under repair, averaged over the week."""
    there: dict[str, float] = {}
    for name, share in zip(week.stations, week.share_running(), strict=True):
        station = plant.stations[name]
        up = math.prod(
            f.every.mean / (f.every.mean + f.repair.mean)
            for f in station.failures
            if f.clock == "calendar" and f.every.mean + f.repair.mean > 0
        )
        there[name] = station.machines * float(share) * up
    return there
