"""Answers about quality: the control plans of the plant, their charts as the line keeps them, gauges, what is held."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from linewright.board import quality_models as q
from linewright.board.charting import CUSUM, SHARE, Point, Sheet
from linewright.board.history import Value
from linewright.board.read_units import stopped_units
from linewright.board.scale import Scale
from linewright.board.scene import Scene
from linewright.control import NONE, MachineState
from linewright.control.codes import ChartKind
from linewright.control.compile.quality import decision_limits
from linewright.measure.constants import d2
from linewright.measure.spread import moving_ranges
from linewright.plant.check_quality import read_compensation
from linewright.plant.model import Characteristic, Operation

LEARN = 25  # values from which the board estimates limits where the plan has no chart
CHARTED = 200  # points shown
SIGMAS = 3.0  # from the centre to limits that the board estimates
BEYOND = "beyond the limits"
LOOKED_AT = 10_000  # corrections of all tools among which those of a characteristic are looked for
SOON = timedelta(days=14)  # a calibration due within this is said
FIT, CONDITIONAL = 0.1, 0.3  # shares of the tolerance (AIAG MSA 4th edition)
KINDS: dict[int, str] = {
    ChartKind.INDIVIDUALS: "individuals",
    ChartKind.XBAR_R: "xbar-r",
    ChartKind.XBAR_S: "xbar-s",
    ChartKind.EWMA: "ewma",
    ChartKind.CUSUM: "cusum",
    ChartKind.P: "p",
}


def quality_of(scene: Scene) -> q.QualityAnswer:
    """All characteristics with their plans, and all that is held."""
    return q.QualityAnswer(
        characteristics=[characteristic_of(scene, name) for name in scene.watch.run.names.characteristics],
        held=list(_held(scene)),
        held_units=[
            q.HeldUnit(serial=serial, material=material, stopped=stopped)
            for serial, material, stopped in sorted(stopped_units(scene))
        ],
        stopped_tools=list(_stopped_tools(scene)),
    )


def _held(scene: Scene) -> Iterator[q.HeldMachine]:
    state, names, line = scene.watch.state, scene.watch.run.names, scene.watch.run.line
    for k in scene.watch.machines.tolist():
        machine = state.machine[k]
        mode = int(machine.mode)
        why = "taken out by a person" if machine.state == MachineState.HELD else ""
        if mode != NONE and line.mode[mode].looks:
            why = names.modes[mode].partition(".")[2]
        if why:
            yield q.HeldMachine(machine=names.machines[k], since_s=float(machine.since_s), why=why)


def _stopped_tools(scene: Scene) -> Iterator[q.StoppedTool]:
    run, state = scene.watch.run, scene.watch.state
    for check in run.line.check:
        for i in range(check.first_corrector, check.first_corrector + check.n_correctors):
            plan = run.line.corrector[i]
            station = run.line.station[plan.station]
            for j in range(int(station.n_machines)):
                if state.corrector[plan.first_state + j].stopped:
                    tool = run.line.machine[station.first_machine + j].first_tool + plan.tool
                    yield q.StoppedTool(
                        tool=run.names.tools[tool], characteristic=run.names.characteristics[check.characteristic]
                    )


# ---------------------------------------------------------------- a characteristic and its plan


def characteristic_of(scene: Scene, name: str) -> q.CharacteristicAnswer:
    """A characteristic, its plan and how it stands."""
    one = scene.watch.run.plant.characteristics[name]
    scale, number = Scale(one), number_of(scene, name)
    kept = [scale.of(value.value) for value in scene.watch.history.values[number]]
    sheets = scene.watch.history.charting.sheets.get(number, [])
    if sheets:
        signals = sum(bool(point.signals) for sheet in sheets for point in sheet.points)
    else:
        signals = sum(bool(point.signals) for point in _estimated(scene, name)[1])
    return q.CharacteristicAnswer(
        name=name,
        material=one.of,
        unit=scale.unit,
        nominal=scale.nominal,
        lower=scale.lower,
        upper=scale.upper,
        gauge=_gauge(scene, name, scale),
        plan=_plan(scene, name),
        measured=len(kept),
        outside=sum(not scale.inside(value) for value in kept),
        last=kept[-1] if kept else None,
        signals=signals,
        makers=[_machine(scene, sheet.maker) for sheet in sheets if sheet.maker != NONE],
    )


def number_of(scene: Scene, name: str) -> int:
    """The number of a characteristic."""
    return scene.watch.run.names.characteristics.index(name)


def _machine(scene: Scene, number: int) -> str:
    return scene.watch.run.names.machines[number] if number != NONE else ""


def _gauge(scene: Scene, name: str, scale: Scale) -> q.GaugeAnswer | None:
    one = scene.watch.run.plant.characteristics[name]
    if one.gauge is None:
        return None
    width = None if scale.lower is None or scale.upper is None else scale.upper - scale.lower
    noise = scale.difference(one.gauge.repeatability) or None
    given_u = one.gauge.uncertainty
    share = 6.0 * noise / width if noise and width else None
    low, high = decision_limits(scene.watch.run.plant, name)
    due = None
    if one.gauge.calibrated is not None and one.gauge.interval is not None:
        due = one.gauge.calibrated + timedelta(seconds=one.gauge.interval)
    return q.GaugeAnswer(
        at=one.gauge.at,
        repeatability=noise,
        uncertainty=scale.difference(given_u) if given_u is not None else 2.0 * noise if noise else None,
        share=share,
        verdict="" if share is None else "fit" if share < FIT else "conditional" if share < CONDITIONAL else "not fit",
        decision=one.gauge.decision,
        accept_lower=scale.of(low) if math.isfinite(low) else None,
        accept_upper=scale.of(high) if math.isfinite(high) else None,
        calibrated=one.gauge.calibrated,
        due=due,
        status=due_status(due, date.today()),
    )


def due_status(due: date | None, today: date) -> q.Status:
    """How a gauge stands that is to be calibrated again by a date."""
    if due is None:
        return "not said"
    if today > due:
        return "overdue"
    return "due soon" if due - today <= SOON else "in date"


def _plan(scene: Scene, name: str) -> q.PlanAnswer:
    one = scene.watch.run.plant.characteristics[name]
    checks = list(_checks(scene, name))
    chart = one.chart
    limits = f", limits at {chart.width:g} sigma" if chart and chart.kind != "cusum" else ""
    return q.PlanAnswer(
        checked_by=[operation for operation, _ in checks],
        sample=[_sample(step) for _, step in checks],
        chart=f"{chart.kind}{limits}" if chart else "",
        rules=rules_of(one),
        revision=chart.revision if chart else "",
        reaction=list(_reaction(one)),
        corrects=[
            f"{station} {read_compensation(entry).tool} ({read_compensation(entry).method})"
            for _, step in checks
            for station, entry in step.compensates.items()
        ],
    )


def _checks(scene: Scene, name: str) -> Iterator[tuple[str, Operation]]:
    for material, route in scene.watch.run.plant.routes.items():
        for entry in route:
            for operation, step in entry.items():
                if name in step.checks:
                    yield f"{material}.{operation}", step


def _sample(step: Operation) -> str:
    if step.accept is None:
        return step.sample
    return f"lots of {step.accept.lot}, AQL {step.accept.aql:g} %, level {step.accept.level}"


def _reaction(one: Characteristic) -> Iterator[str]:
    if one.reaction is None:
        return
    yield f"on {' or '.join(one.reaction.on)}:"
    if one.reaction.hold is not None:
        who = f"somebody who can {one.reaction.call}" if one.reaction.call else "somebody"
        yield f"the machine that made it is held until {who} has looked"
    if one.reaction.inspect_all:
        yield f"every unit is inspected until {one.reaction.inspect_all} in a row are good"
    if one.reaction.inspect_back:
        yield "units since the last good one come back"


def rules_of(one: Characteristic) -> list[str]:
    """The run rules of a characteristic's chart, in the order in which the line counts them."""
    if one.chart is None:
        return []
    return one.chart.rules if one.chart.rules and one.chart.kind not in ("ewma", "cusum") else [BEYOND]


# ---------------------------------------------------------------- charts


def chart_of(scene: Scene, name: str, maker: str) -> q.ChartAnswer:
    """The chart of a characteristic for a machine that makes it; "": the first one's, or that of all together."""
    run = scene.watch.run
    one, number = run.plant.characteristics[name], number_of(scene, name)
    sheets = scene.watch.history.charting.sheets.get(number, [])
    sheet = next((each for each in sheets if maker in ("", _machine(scene, each.maker))), None)
    if sheet is None:
        centre, points = _estimated(scene, name)
    else:
        centre, points = _centre(scene, sheet, Scale(one)), _points(scene, sheet, one)
    shown = _machine(scene, sheet.maker) if sheet else ""
    return q.ChartAnswer(
        characteristic=characteristic_of(scene, name),
        maker=shown,
        kind=KINDS[int(run.line.chart[sheet.chart].kind)] if sheet else "individuals",
        kept_by="line" if sheet else "board",
        revision=one.chart.revision if one.chart else "",
        centre=centre,
        values=points,
        corrections=_corrections(scene, name, shown),
    )


def _centre(scene: Scene, sheet: Sheet, scale: Scale) -> float:
    chart = scene.watch.run.line.chart[sheet.chart]
    if chart.kind == CUSUM:
        return 0.0
    return float(chart.centre) if chart.kind == SHARE else scale.of(float(chart.centre))


def _points(scene: Scene, sheet: Sheet, one: Characteristic) -> list[q.PointAnswer]:
    run, scale, rules = scene.watch.run, Scale(one), rules_of(one)
    chart = run.line.chart[sheet.chart]
    sums, own_scale = bool(chart.kind == CUSUM), chart.kind in (CUSUM, SHARE)
    centre = 0.0 if sums else float(chart.centre)
    least = 0.0 if chart.kind == SHARE else -math.inf  # no share is below none

    def shown(value: float) -> float:
        return value if own_scale else scale.of(value)

    def answer(point: Point) -> q.PointAnswer:
        return q.PointAnswer(
            time_s=point.time_s,
            value=scale.of(point.value),
            plotted=shown(point.plotted),
            below=-point.below if sums else None,
            lcl=shown(max(centre - point.reach, least)),
            ucl=shown(centre + point.reach),
            serial=point.serial,
            machine=run.names.machines[point.machine],
            signals=[_rule_words(word, rules) for word in point.signals],
            afresh=point.afresh,
        )

    return [answer(point) for point in list(sheet.points)[-CHARTED:]]


def _rule_words(word: str, rules: list[str]) -> str:
    """`rule 2` as the plan calls it."""
    kind, _, number = word.partition(" ")
    return rules[int(number) - 1] if kind == "rule" and int(number) <= len(rules) else word


def _estimated(scene: Scene, name: str) -> tuple[float | None, list[q.PointAnswer]]:
    """Individual values against limits estimated from the first of those shown, where they are enough.

    Nothing here is compiled: who asks for a page must not keep the line waiting.
    """
    one = scene.watch.run.plant.characteristics[name]
    scale, kept = Scale(one), list(scene.watch.history.values[number_of(scene, name)])[-CHARTED:]
    values = np.array([scale.of(value.value) for value in kept])
    if len(values) < LEARN or not np.ptp(values[:LEARN]) > 0.0:
        return None, [_plain(scene, value, scale, None, None, []) for value in kept]
    centre, sigma = float(values[:LEARN].mean()), float(moving_ranges(values[:LEARN]).mean() / d2(2))
    low, high = centre - SIGMAS * sigma, centre + SIGMAS * sigma
    beyond = (values < low) | (values > high)
    return centre, [
        _plain(scene, value, scale, low, high, [BEYOND] if out else [])
        for value, out in zip(kept, beyond.tolist(), strict=True)
    ]


def _plain(
    scene: Scene, one: Value, scale: Scale, low: float | None, high: float | None, signals: list[str]
) -> q.PointAnswer:
    value = scale.of(one.value)
    return q.PointAnswer(
        time_s=one.time_s,
        value=value,
        plotted=value,
        below=None,
        lcl=low,
        ucl=high,
        serial=one.serial,
        machine=scene.watch.run.names.machines[one.machine],
        signals=signals,
        afresh=False,
    )


# ---------------------------------------------------------------- corrections


def _corrections(scene: Scene, name: str, maker: str) -> list[q.CorrectionAnswer]:
    """Changes of the tools that follow a characteristic, new ones too; of one machine, or of all."""
    scale = Scale(scene.watch.run.plant.characteristics[name])
    recent = scene.watch.history.audit.corrections[-LOOKED_AT:]
    tools = {one.tool for one in recent if one.characteristic == name}
    found = [one for one in recent if one.tool in tools and maker in ("", one.machine)][-CHARTED:]
    return [
        q.CorrectionAnswer(
            time_s=one.time_s,
            machine=one.machine,
            tool=one.tool,
            old=scale.difference(one.old),
            new=scale.difference(one.new),
            why=one.why,
            value=None if one.value is None else scale.of(one.value),
            serial=one.serial,
        )
        for one in found
    ]


def audit_of(scene: Scene, last: int) -> q.CorrectionsAnswer:
    """The last corrections and signals of the run, all characteristics, as the journal has them."""
    audit = scene.watch.history.audit
    return q.CorrectionsAnswer(
        corrections=[q.CorrectionRow(**vars(one)) for one in audit.corrections[-last:]],
        signals=[q.SignalRow(**{**vars(one), "what": list(one.what)}) for one in audit.signals[-last:]],
    )
