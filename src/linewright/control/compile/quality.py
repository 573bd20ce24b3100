"""What quality asks of the line: checks, charts, reactions, samples, tools that follow what is measured."""

from __future__ import annotations

import math
from typing import Any

from linewright.control.codes import ChartKind, Method
from linewright.control.compile.draft import NONE, Draft
from linewright.control.compile.routes import RouteStep, read_fail
from linewright.plant.check_quality import making_station, read_compensation, result_sigma, sampled_maker, size_of
from linewright.plant.model import Acceptance, Characteristic, Chart, Compensation, Plant
from linewright.plant.quantities import read_sample, sample_each

METHODS = {"ewma": Method.EWMA, "double-ewma": Method.DOUBLE_EWMA, "kalman": Method.KALMAN}
CHARTS = {
    "individuals": ChartKind.INDIVIDUALS,
    "xbar-r": ChartKind.XBAR_R,
    "xbar-s": ChartKind.XBAR_S,
    "ewma": ChartKind.EWMA,
    "cusum": ChartKind.CUSUM,
    "p": ChartKind.P,
}
GUARDS = {"iso-14253-1": "ISO 14253-1", "ilac-g8": "ILAC-G8", "rss": "RSS", "dobbert": "Dobbert"}
INSPECTIONS = ("normal", "tightened", "reduced")
SAMPLED = 2  # an operation that not every unit comes to
UNKNOWN_SETUP = 100.0  # variances of one result: nothing is known of how a new tool sits


def limits(plant: Plant, name: str) -> tuple[float, float]:
    """Lower and upper limit of a characteristic, infinite where it has none."""
    c = plant.characteristics[name]
    low = c.nominal + c.lower if c.lower is not None else -math.inf
    high = c.nominal + c.upper if c.upper is not None else math.inf
    return low, high


def target(plant: Plant, name: str) -> float:
    """Where a characteristic should be: in the middle of its tolerance, or at its nominal."""
    low, high = limits(plant, name)
    return (low + high) / 2 if math.isfinite(low + high) else float(plant.characteristics[name].nominal)


def decision_limits(plant: Plant, name: str) -> tuple[float, float]:
    """Limits within which a result counts as good: those of the tolerance, less the guard band of its gauge.

    Raises InputError where the gauge is so uncertain that nothing could pass.
    """
    each = plant.characteristics[name]
    low, high = limits(plant, name)
    if each.gauge is None or each.gauge.decision == "simple":
        return low, high
    from linewright.errors import InputError, Problem
    from linewright.measure.decide.guard import zones

    given = each.gauge.uncertainty
    standard = given / 2 if given is not None else each.gauge.repeatability
    bounds = (low if math.isfinite(low) else None, high if math.isfinite(high) else None)
    accept = zones(standard, *bounds, rule=GUARDS[each.gauge.decision]).accept
    if accept is None:
        key = f"characteristics.{name}.gauge.decision"
        raise InputError([Problem("no result could prove a unit good: the gauge is too uncertain", key=key)])
    return accept.lower, accept.upper


# ---------------------------------------------------------------- who made it


def find_notes(plant: Plant) -> dict[str, list[str | None]]:
    """By station that makes what is watched: the tools whose offsets are written down with each unit.

    None stands for the machine alone, where no tool of the station is corrected.
    """
    notes: dict[str, list[str | None]] = {}
    for route in plant.routes.values():
        for _, operation in (pair for entry in route for pair in entry.items()):
            for station, entry in operation.compensates.items():
                tool = read_compensation(entry).tool
                known = notes.setdefault(station, [])
                known.extend([tool] if tool not in known else [])
            maker = sampled_maker(plant, operation)
            if maker is not None and sample_each(operation.sample):
                notes.setdefault(maker, [None])
    for name, each in plant.characteristics.items():
        maker = making_station(plant, name)
        if maker is not None and (each.chart or each.reaction):
            notes.setdefault(maker, [None])
    return notes


def add_notes(draft: Draft) -> None:
    """What is written down of who made a unit, station by station."""
    for name, tools in find_notes(draft.plant).items():
        row = draft.station_row(name)
        row["first_note"], row["n_notes"] = len(draft.note.rows), len(tools)
        for tool in tools:
            index = NONE if tool is None else list(draft.plant.stations[name].tools).index(tool)
            draft.note.add(tool=index)


def _note(draft: Draft, station: str, tool: str | None) -> int:
    tools = find_notes(draft.plant)[station]
    first: int = draft.station_row(station)["first_note"]
    return first + (tools.index(tool) if tool is not None else 0)


# ---------------------------------------------------------------- operations


def inspection(draft: Draft, step: RouteStep) -> dict[str, Any]:
    """The fields of an operation that say what is inspected, how often, and what becomes of failed units."""
    operation = step.operation
    fail = read_fail(operation)
    chosen, of, every_s = read_sample(operation.sample)
    all_inspected = operation.sample == "all" and operation.accept is None
    sampler = _add_sampler(draft, step, chosen, of, every_s)
    return {
        "sample": 1 if all_inspected else SAMPLED if sampler != NONE else of,
        "sampler": sampler,
        "inspects": int(operation.fail is not None or bool(operation.checks) or not all_inspected),
        "rework": draft.operation_no[step.material, fail.rework] if fail.rework else NONE,
        "at_most": fail.at_most,
        "pass_after": int(fail.then == "pass"),
        **_checks(draft, step, sampler),
    }


def _add_sampler(draft: Draft, step: RouteStep, chosen: int, of: int, every_s: float) -> int:
    """What decides which units are inspected; NONE where counting to `of` is enough."""
    operation = step.operation
    if operation.accept is not None:
        return draft.sampler.add(**_lots(operation.accept))
    reactions = [draft.plant.characteristics[name].reaction for name in operation.checks]
    reacts = any(r is not None and (r.inspect_all or r.inspect_back) for r in reactions)
    each = sample_each(operation.sample)
    if operation.sample == "all" or (chosen == 1 and of and not reacts and not each):
        return NONE
    row = {"chosen": chosen, "of": max(of, 1), "every_s": every_s, "note": NONE}
    maker = sampled_maker(draft.plant, operation)
    if each and maker is not None:
        row |= {"note": _note(draft, maker, None), "first_count": draft.counts}
        row["first_machine"] = draft.station_row(maker)["first_machine"]
        draft.counts += draft.plant.stations[maker].machines
    return draft.sampler.add(**row)


def _lots(accept: Acceptance) -> dict[str, Any]:
    """Sample sizes and numbers of the three inspections."""
    from linewright.measure.sampling.mil105 import plan_for_lot

    row: dict[str, Any] = {"lot": accept.lot, "switching": int(accept.switching), "chosen": 1, "of": 1, "note": NONE}
    for k, severity in enumerate(INSPECTIONS):
        plan = plan_for_lot(accept.lot, accept.aql, accept.level, severity)  # type: ignore[arg-type]
        row |= {f"n{k}": min(plan.n, accept.lot), f"ac{k}": plan.accept, f"re{k}": plan.reject}
    return row | {"inspection": INSPECTIONS.index(accept.inspection)}


def _checks(draft: Draft, step: RouteStep, sampler: int) -> dict[str, int]:
    first = len(draft.check.rows)
    for name in step.operation.checks:
        draft.check.add(**_check(draft, step, name, sampler))
    return {"first_check": first, "n_checks": len(step.operation.checks)}


def _check(draft: Draft, step: RouteStep, name: str, sampler: int) -> dict[str, Any]:
    plant = draft.plant
    each = plant.characteristics[name]
    maker = making_station(plant, name)
    low, high = decision_limits(plant, name)
    correctors = _add_correctors(draft, step, name)
    chart = NONE if each.chart is None else _add_chart(draft, step, name, each.chart)
    reaction = each.reaction
    watched = bool(correctors or each.chart or reaction)
    noted = watched and maker in find_notes(plant)
    return {
        "characteristic": list(plant.characteristics).index(name),
        "operation": draft.operation_no[step.material, step.name],
        "lower": low,
        "upper": high,
        "centre": target(plant, name),
        "watched": int(watched),
        "note": _note(draft, maker, None) if noted and maker is not None else NONE,
        "first_machine": draft.station_row(maker)["first_machine"] if maker is not None else NONE,
        "chart": chart,
        "first_corrector": len(draft.corrector.rows) - correctors,
        "n_correctors": correctors,
        "sampler": sampler,
        "on_signal": int(reaction is not None and "signal" in reaction.on),
        "on_fail": int(reaction is not None and "fail" in reaction.on),
        "hold": _add_look(draft, name, maker, each),
        "inspect_all": reaction.inspect_all if reaction else 0,
        "inspect_back": int(bool(reaction and reaction.inspect_back)),
    }


def _add_look(draft: Draft, name: str, maker: str | None, each: Characteristic) -> int:
    """Somebody looks at the machine that made it: a mode like those of failures, but none."""
    if each.reaction is None or each.reaction.hold is None or maker is None:
        return NONE
    label = look_label(maker, name)
    if label not in draft.mode_names:
        draft.mode.add(station=draft.station_no[maker], skill=draft.skill(each.reaction.call), looks=1)
        draft.mode_names.append(label)
    return draft.mode_names.index(label)


def look_label(station: str, characteristic: str) -> str:
    """The words for a machine that is held because of a characteristic."""
    return f"{station}.look at {characteristic}"


def looks(plant: Plant) -> list[str]:
    """Characteristics whose machines are held to be looked at, in the order of their modes."""
    checked = [
        name for route in plant.routes.values() for entry in route for o in entry.values() for name in o.checks
    ]
    held = [name for name in checked if (reaction := plant.characteristics[name].reaction) and reaction.hold]
    return [name for name in dict.fromkeys(held) if making_station(plant, name) is not None]


# ---------------------------------------------------------------- charts


def _add_chart(draft: Draft, step: RouteStep, name: str, chart: Chart) -> int:
    """A chart with frozen limits, one record of state for each machine that makes the characteristic."""
    maker = making_station(draft.plant, name)
    machines = draft.plant.stations[maker].machines if maker is not None else 1
    size = size_of(chart, step.operation)
    centre, sigma = _centre_line(draft.plant, name, chart, size)
    rules = _rules(chart)
    first_rule = len(draft.run_rule.rows)
    for rule in rules:
        draft.run_rule.add(kind=int(rule.kind), k=rule.k, m=rule.m, zone=rule.zone)
    low, high = _spread_limits(chart, size, sigma)
    row = draft.chart.add(
        kind=CHARTS[chart.kind], group=size, first_rule=first_rule, n_rules=len(rules), first_state=draft.charts,
        first_memory=draft.memory, centre=centre, sigma=sigma, width=chart.width, weight=chart.weight, k=chart.k,
        h=chart.h, spread_low=low, spread_high=high,
    )  # fmt: skip
    draft.charts += machines
    draft.memory += machines * len(rules) * 2
    return row


def _centre_line(plant: Plant, name: str, chart: Chart, size: int) -> tuple[float, float]:
    """Centre, and sigma of one result; of a p chart the share of bad units and the sigma of what is plotted."""
    if chart.fraction is not None and chart.kind == "p":
        return chart.fraction, math.sqrt(chart.fraction * (1.0 - chart.fraction) / size)
    each = plant.characteristics[name]
    sigma = chart.sigma if chart.sigma is not None else result_sigma(each)
    centre = chart.mean if chart.mean is not None else each.process.mean
    return target(plant, name) if centre is None else centre, sigma


def _rules(chart: Chart) -> list[Any]:
    """The run rules of a chart of values or means; those with a memory of their own have none."""
    from linewright.measure.rules.book import RULE_1, nelson, western_electric

    if chart.kind in ("ewma", "cusum"):
        return []
    books = {"nelson": nelson, "we": western_electric}
    chosen = [books[text[:-1]](int(text[-1])).rules[0] for text in chart.rules]
    return chosen or list(RULE_1.rules)


def _spread_limits(chart: Chart, size: int, sigma: float) -> tuple[float, float]:
    """Control limits of the moving range, the range or the standard deviation: centre -+ width sd."""
    if chart.kind in ("ewma", "cusum", "p"):
        return 0.0, math.inf
    from linewright.measure.constants import c4, c5, d2, d3

    centre, apart = (c4(size), c5(size)) if chart.kind == "xbar-s" else (d2(max(size, 2)), d3(max(size, 2)))
    return max(centre - chart.width * apart, 0.0) * sigma, (centre + chart.width * apart) * sigma


# ---------------------------------------------------------------- corrections


def _add_correctors(draft: Draft, step: RouteStep, name: str) -> int:
    """The tools whose offsets follow a characteristic, by station; how many."""
    n = 0
    for station, entry in step.operation.compensates.items():
        how = read_compensation(entry)
        if draft.plant.stations[station].tools[how.tool].wears == name:
            _add_corrector(draft, station, how, name)
            n += 1
    return n


def _add_corrector(draft: Draft, station: str, how: Compensation, name: str) -> None:
    tools = draft.plant.stations[station].tools
    noise = how.noise if how.noise is not None else result_sigma(draft.plant.characteristics[name])
    scatter2 = tools[how.tool].scatter ** 2
    draft.corrector.add(
        station=draft.station_no[station],
        tool=list(tools).index(how.tool),
        note=_note(draft, station, how.tool),
        method=METHODS[how.method],
        setup_units=how.setup_units if how.setup == "grubbs" else 0,
        gain_check=how.gain_check,
        first_state=draft.correctors,
        target=target(draft.plant, name),
        gain=how.gain,
        weight=how.weight,
        trend_weight=how.trend_weight,
        dead_band=how.dead_band,
        most_step=how.most_step if how.most_step is not None else math.inf,
        most_total=how.most_total if how.most_total is not None else math.inf,
        noise2=noise**2,
        wander2=how.wander**2,
        trend2=how.trend_wander**2,
        setup2=scatter2 or UNKNOWN_SETUP * noise**2,
        ratio2=noise**2 / scatter2 if scatter2 else 0.0,
    )
    draft.correctors += draft.plant.stations[station].machines


def has_plan(draft: Draft) -> bool:
    """Does the line ask its quality plan anything?"""
    return bool(draft.sampler.rows) or any(row["watched"] for row in draft.check.rows)
