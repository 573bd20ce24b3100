"""Quality plans: characteristics, charts, reactions, sampling and corrections that fit together."""

from __future__ import annotations

import math
from collections.abc import Iterator

from linewright.errors import nearest
from linewright.plant.findings import Findings
from linewright.plant.model import UNLIMITED, Characteristic, Chart, Compensation, Operation, Plant, Reaction
from linewright.plant.quantities import read_sample, sample_each
from linewright.plant.routes import Step, all_steps, route_steps
from linewright.plant.yaml_source import Path

GROUPED = ("xbar-r", "xbar-s", "p")  # charts whose points are subgroups
RUN_RULES = tuple([f"nelson{k}" for k in range(1, 9)] + [f"we{k}" for k in range(1, 5)])
PER_CENT_AQLS = (
    0.010, 0.015, 0.025, 0.040, 0.065, 0.10, 0.15, 0.25, 0.40, 0.65, 1.0, 1.5, 2.5, 4.0, 6.5, 10.0,
)  # fmt: skip  # MIL-STD-105E, for per cent nonconforming


def making_station(plant: Plant, name: str) -> str | None:
    """The station that makes a characteristic: the one named, or the one with a tool that wears it."""
    given = plant.characteristics[name].process.at
    wearing = (s for s, station in plant.stations.items() for t in station.tools.values() if t.wears == name)
    return given or next(wearing, None)


def result_sigma(characteristic: Characteristic) -> float:
    """Scatter of one result: of the process and of the gauge together."""
    return math.hypot(characteristic.process.sd, characteristic.gauge.repeatability if characteristic.gauge else 0.0)


def read_compensation(entry: str | Compensation) -> Compensation:
    """How a tool's offset follows, in full."""
    return Compensation(tool=entry) if isinstance(entry, str) else entry


def check_characteristics(plant: Plant, found: Findings) -> None:
    """Materials, gauges, charts and reactions of characteristics, and units that fit together."""
    for name, each in plant.characteristics.items():
        path: Path = ("characteristics", name)
        found.expect(each.of, plant.materials, "material", (*path, "of"))
        if each.gauge:
            found.expect(each.gauge.at, plant.stations, "station", (*path, "gauge", "at"))
            _check_decision(each, path, found)
        if each.upper is not None and each.lower is not None and each.upper <= each.lower:
            found.error((*path, "upper"), "`upper` must lie above `lower`")
        for keys in _quantities(each):
            _check_dimension(plant, name, keys, found)
        _check_process(plant, name, found)
        if each.chart:
            _check_chart(plant, name, each.chart, found)
        if each.reaction:
            _check_reaction(plant, name, each.reaction, found)


def _quantities(each: Characteristic) -> Iterator[tuple[str, ...]]:
    """Where quantities of the kind of the nominal stand."""
    yield from [("upper",), ("lower",)]
    yield from [("process", key) for key in ("mean", "sd", "between", "wander")]
    if each.gauge:
        yield from [("gauge", key) for key in ("repeatability", "bias", "uncertainty")]
    if each.process.upset:
        yield ("process", "upset", "by")
    if each.chart:
        yield from [("chart", "mean"), ("chart", "sigma")]


def _check_dimension(plant: Plant, name: str, keys: tuple[str, ...], found: Findings) -> None:
    nominal = plant.characteristics[name].nominal
    value: object = plant.characteristics[name]
    for key in keys:
        value = getattr(value, key)
    wanted, given = getattr(nominal, "dimension", None), getattr(value, "dimension", None)
    if value and wanted and given and wanted != given:
        found.error(("characteristics", name, *keys), f"this is a {given}, the nominal is a {wanted}")


def _check_decision(each: Characteristic, path: Path, found: Findings) -> None:
    gauge = each.gauge
    if gauge is None or gauge.decision == "simple":
        return
    if not (gauge.uncertainty or gauge.repeatability):
        found.error((*path, "gauge", "decision"), "a guard band needs the `uncertainty` or `repeatability`")
    if each.upper is None and each.lower is None:
        found.error((*path, "gauge", "decision"), "a guard band needs a tolerance")


def _check_process(plant: Plant, name: str, found: Findings) -> None:
    each, path = plant.characteristics[name], ("characteristics", name, "process")
    at = each.process.at
    if at is not None and found.expect(at, plant.stations, "station", (*path, "at")):
        visited = {station for step in route_steps(plant, each.of) for station in step.stations}
        if at not in visited:
            found.error((*path, "at"), f"no {each.of!r} comes to {at!r}", nearest(at, visited))
    if making_station(plant, name) is None:
        for key in ("between", "wander", "upset"):
            if getattr(each.process, key):
                found.error((*path, key), "no station makes it", "name the station: `at`")
    if each.process.upset and each.process.upset.every < 1:
        found.error((*path, "upset", "every"), "at least one unit lies between two upsets")


def _check_chart(plant: Plant, name: str, chart: Chart, found: Findings) -> None:
    each, path = plant.characteristics[name], ("characteristics", name, "chart")
    if chart.kind == "p":
        _check_fraction(each, chart, path, found)
    elif not (chart.sigma or result_sigma(each)):
        found.error(path, "without any scatter there are no limits", "give `sigma`, or the `sd` of the process")
    for place, rule in enumerate(chart.rules):
        if found.expect(rule, RUN_RULES, "run rule", (*path, "rules", place)) and chart.kind in ("ewma", "cusum"):
            found.error((*path, "rules", place), f"run rules do not go with a chart of kind {chart.kind!r}")
    if chart.size is not None and chart.size < (2 if chart.kind in GROUPED else 1):
        found.error((*path, "size"), f"{chart.size} units are no subgroup of this chart")
    for key in ("width", "h"):
        if getattr(chart, key) <= 0:
            found.error((*path, key), "a number above 0 is expected")
    if not 0 < chart.weight <= 1:
        found.error((*path, "weight"), "a weight lies above 0 and at most at 1")
    checking = _checking(plant, name)
    if not checking:
        found.error(path, f"no operation checks {name!r}", "name it in the `checks` of one")
    sizes = {size_of(chart, step.operation) for step in checking}
    if chart.kind in GROUPED and sizes and min(sizes) < 2:
        what = "share" if chart.kind == "p" else "spread"
        found.error((*path, "size"), f"a subgroup of one has no {what}", "give `size`, or `sample: 3 in 15`")


def _check_fraction(each: Characteristic, chart: Chart, path: Path, found: Findings) -> None:
    if chart.fraction is None:
        found.error(path, "a p chart needs its centre line", "give `fraction`, the usual share of bad units")
    elif not 0 < chart.fraction < 1:
        found.error((*path, "fraction"), "a share above 0 and below 1 is expected")
    if each.upper is None and each.lower is None:
        found.error(path, "without a tolerance no unit is bad")


def size_of(chart: Chart, operation: Operation) -> int:
    """Units in a subgroup of a chart fed by an operation: as given, else what its sample takes at a time."""
    if chart.size is not None:
        return chart.size
    return read_sample(operation.sample)[0] if chart.kind in GROUPED else 1


def _checking(plant: Plant, name: str) -> list[Step]:
    return [step for step in all_steps(plant) if name in step.operation.checks]


def _check_reaction(plant: Plant, name: str, reaction: Reaction, found: Findings) -> None:
    each, path = plant.characteristics[name], ("characteristics", name, "reaction")
    if "signal" in reaction.on and each.chart is None:
        found.error((*path, "on"), "there is no chart to signal", "give a `chart`, or react `on: [fail]`")
    skills = {skill for crew in plant.crews.values() for skill in crew.skills}
    if reaction.call is not None and reaction.call not in skills:
        found.error((*path, "call"), f"no crew has the skill {reaction.call!r}", nearest(reaction.call, skills))
    if reaction.hold is not None and making_station(plant, name) is None:
        found.error((*path, "hold"), "no station makes it, so none can be held", "name it: `process.at`")
    sampled = [s for s in _checking(plant, name) if s.operation.sample != "all" or s.operation.accept]
    for key in ("inspect_all", "inspect_back"):
        if getattr(reaction, key) and not sampled:
            found.warn((*path, key), f"every unit is inspected for {name!r} anyway")
    if reaction.inspect_back:
        for step in sampled:
            _check_way_back(plant, step, (*path, "inspect_back"), found)


def _check_way_back(plant: Plant, step: Step, path: Path, found: Findings) -> None:
    for name in step.stations:
        station = plant.stations.get(name)
        if station and UNLIMITED not in (station.rework_queue, station.queue):
            found.error(path, f"units that come back may find no place at {name!r}", "`rework_queue: unlimited` there")


def sampled_maker(plant: Plant, operation: Operation) -> str | None:
    """The station that makes the first characteristic checked by an operation."""
    names = [name for name in operation.checks if name in plant.characteristics]
    return making_station(plant, names[0]) if names else None


def check_sampling(plant: Plant, step: Step, found: Findings) -> None:
    """What is sampled has a maker where it is counted by machine; lots and AQLs are those of the standard."""
    accept = step.operation.accept
    if sample_each(step.operation.sample) and sampled_maker(plant, step.operation) is None:
        message = "no station is known that makes what is checked here"
        found.error((*step.path, "sample"), message, "name it: `process.at`")
    if accept is None:
        return
    path: Path = (*step.path, "accept")
    if step.operation.sample != "all":
        found.error((*step.path, "sample"), "`accept` says what is inspected", "give one of the two")
    if accept.lot < 2:
        found.error((*path, "lot"), "a lot has at least 2 units")
    if accept.aql not in PER_CENT_AQLS:
        near = min(PER_CENT_AQLS, key=lambda aql: abs(math.log(aql / accept.aql)) if accept.aql > 0 else aql)
        found.error((*path, "aql"), f"MIL-STD-105E has no AQL of {accept.aql:g} per cent", f"{near:g}")
    _check_way_back(plant, step, path, found)


def check_compensation(plant: Plant, step: Step, found: Findings) -> None:
    """Corrections name tools that wear what is checked, with numbers that can work."""
    for station, entry in step.operation.compensates.items():
        path: Path = (*step.path, "compensates", station)
        how = read_compensation(entry)
        inside: Path = path if isinstance(entry, str) else (*path, "tool")
        if found.expect(station, plant.stations, "station", path, at_key=True):
            tools = plant.stations[station].tools
            known = found.expect(how.tool, tools, f"tool of {station}", inside)
            if known and tools[how.tool].wears not in step.operation.checks:
                found.error(inside, f"{how.tool!r} wears {tools[how.tool].wears!r}, which is not checked here")
            elif known:
                _check_numbers(plant, station, how, path, found)


def _check_numbers(plant: Plant, station: str, how: Compensation, path: Path, found: Findings) -> None:
    if not 0 < how.weight <= 1:
        found.error((*path, "weight"), "a weight lies above 0 and at most at 1")
    if how.gain == 0:
        found.error((*path, "gain"), "an offset that moves nothing corrects nothing")
    for key in ("most_step", "most_total"):
        clamp = getattr(how, key)
        if clamp is not None and clamp <= how.dead_band:
            found.error((*path, key), "no correction is larger than the dead band and allowed")
    name = plant.stations[station].tools[how.tool].wears
    if how.method == "kalman" and name in plant.characteristics:
        if not (how.noise or result_sigma(plant.characteristics[name])):
            found.error((*path, "noise"), "a Kalman filter needs the scatter of a result")
        if not (how.wander or how.trend_wander):
            found.error((*path, "wander"), "what never moves needs no filter", "give `wander` or `trend_wander`")
