"""Answers about time and quality: where the machines' time went, how the characteristics stand."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from linewright.board import models as m
from linewright.board.read_line import finite
from linewright.board.read_units import Scale, stopped_units
from linewright.board.scene import Scene
from linewright.board.watch import Bar, Mark
from linewright.control import MachineState
from linewright.measure.charts import Chart, given, i_mr
from linewright.measure.charts.setup import Options
from linewright.twin.indicators import indicators
from linewright.twin.results import Measured, Result

LEARN = 25  # values from which the limits of a chart are estimated
CHARTED = 200  # values shown


def times_of(scene: Scene, last_s: float) -> m.TimesAnswer:
    """The last so many seconds (0: all), from the nearest hour that was noted."""
    watch = scene.watch
    now = watch.mark()
    begin = _mark_at(scene, now.time_s - last_s if last_s > 0 else 0.0)
    result = _between(scene, begin, now)
    silent = scene.silent()
    names = watch.run.names
    number = {names.machines[k]: place for place, k in enumerate(watch.machines.tolist())}
    stations = []
    for name, one in result.work_stations.items():
        shares = {state: finite(share.mean) or 0.0 for state, share in one.state_shares.items()}
        stations.append(
            m.StationTimes(
                station=name,
                indicators={key: finite(value.mean) for key, value in indicators(result, name).items()},
                shares=shares,
                pieces=int(one.pieces_n[0]),
                failures=int(one.failures_n[0]),
                machines=[
                    m.MachineBars(
                        machine=machine,
                        silent=machine in silent,
                        bars=[(bar.since_s, bar.state) for bar in _bars(scene, number[machine], begin.time_s)],
                    )
                    for machine in one.machines
                ],
            )
        )
    return m.TimesAnswer(from_s=begin.time_s, to_s=max(scene.clock(), now.time_s), stations=stations)


def _mark_at(scene: Scene, time_s: float) -> Mark:
    """The last mark not later than a time; before the first one, all zero."""
    earlier = [mark for mark in scene.watch.marks if mark.time_s <= time_s]
    if earlier:
        return earlier[-1]
    now = scene.watch.mark()
    return Mark(0.0, {name: np.zeros_like(value) for name, value in now.sums.items()})


def _between(scene: Scene, begin: Mark, end: Mark) -> Result:
    """The figures of what happened between two marks."""
    run = scene.watch.run
    sums = {name: value - begin.sums[name] for name, value in end.sums.items()}
    sums["span_s"] = np.maximum(sums["span_s"], 1e-9)
    return Result.of(run.line, run.names, [Measured(sums)], plant=run.plant.plant, kind="one run", sampling="one run")


def _bars(scene: Scene, machine: int, begin_s: float) -> list[Bar]:
    """The states of a machine from a time on; states that lasted no time are left out."""
    bars = list(scene.watch.bars[machine])
    shown = [one for one, after in pairwise([*bars, Bar(math.inf, 0)]) if after.since_s > max(one.since_s, begin_s)]
    merged: list[Bar] = []
    for bar in shown:
        if not merged or merged[-1].state != bar.state:
            merged.append(Bar(max(bar.since_s, begin_s), bar.state))
    return merged


# ---------------------------------------------------------------- quality


def quality_of(scene: Scene) -> m.QualityAnswer:
    """All characteristics, and the machines that are held."""
    state, names = scene.watch.state, scene.watch.run.names
    held = [
        m.HeldMachine(machine=names.machines[k], since_s=float(state.machine[k].since_s))
        for k in scene.watch.machines.tolist()
        if state.machine[k].state == MachineState.HELD
    ]
    return m.QualityAnswer(
        characteristics=[_characteristic(scene, name, _chart(scene, name)) for name in names.characteristics],
        held=held,
        held_units=[
            m.HeldUnit(serial=serial, material=scene.watch.genealogy.units[serial].material, stopped=stopped)
            for serial, stopped in sorted(stopped_units(scene).items())
        ],
    )


def chart_of(scene: Scene, name: str) -> m.ChartAnswer:
    """The chart of a characteristic."""
    run, plant = scene.watch.run, scene.watch.run.plant
    scale, chart = Scale(plant.characteristics[name]), _chart(scene, name)
    values = _values(scene, name)
    machines = {run.names.machines.index(value.machine) for value in values}
    corrections = [one for one in scene.watch.corrections if _concerns(scene, name, one.tool)]
    panel = chart.panels[0] if chart else None
    return m.ChartAnswer(
        characteristic=_characteristic(scene, name, chart),
        values=values,
        centre=float(panel.centre[-1]) if panel else None,
        lcl=float(panel.lcl[-1]) if panel else None,
        ucl=float(panel.ucl[-1]) if panel else None,
        signals=[m.SignalAnswer(point=one.point, rule=one.rule.text) for one in chart.signals()] if chart else [],
        corrections=[
            m.CorrectionAnswer(
                time_s=one.time_s,
                machine=run.names.machines[one.machine],
                tool=run.names.tools[one.tool],
                amount=scale.difference(one.amount),
            )
            for one in corrections
        ]
        if machines
        else [],
    )


def _concerns(scene: Scene, name: str, tool: int) -> bool:
    """Does the wear of a tool move this characteristic?"""
    station, _, short = scene.watch.run.names.tools[tool].rpartition(".")
    plant, names = scene.watch.run.plant, scene.watch.run.names
    if station in names.machines:
        at = scene.watch.layout.station_of_machine[names.machines.index(station)]
        table = plant.stations[names.stations[at]].tools
        return short in table and table[short].wears == name
    return False


def _values(scene: Scene, name: str) -> list[m.ValueAnswer]:
    run = scene.watch.run
    scale = Scale(run.plant.characteristics[name])
    kept = list(scene.watch.values[run.names.characteristics.index(name)])[-CHARTED:]
    return [
        m.ValueAnswer(
            time_s=one.time_s,
            value=scale.of(one.value),
            serial=one.serial,
            machine=run.names.machines[one.machine],
        )
        for one in kept
    ]


def _chart(scene: Scene, name: str) -> Chart | None:
    """Individual values against limits estimated from the first of those shown; None: too few to say."""
    values = np.array([one.value for one in _values(scene, name)])
    if len(values) < LEARN or not np.ptp(values[:LEARN]) > 0.0:
        return None
    learnt = i_mr(values[:LEARN]).parameters[-1]
    limits = given("estimated", "the board", mean=learnt["mean"], sigma=learnt["sigma"])
    return i_mr(values, **Options(limits=limits))


def _characteristic(scene: Scene, name: str, chart: Chart | None) -> m.CharacteristicAnswer:
    one = scene.watch.run.plant.characteristics[name]
    scale = Scale(one)
    kept = [scale.of(value.value) for value in scene.watch.values[_number(scene, name)]]
    width = None if scale.lower is None or scale.upper is None else scale.upper - scale.lower
    noise = scale.difference(one.gauge.repeatability) if one.gauge else None
    return m.CharacteristicAnswer(
        name=name,
        material=one.of,
        unit=scale.unit,
        nominal=scale.nominal,
        lower=scale.lower,
        upper=scale.upper,
        gauge=one.gauge.at if one.gauge else None,
        repeatability=noise,
        gauge_share=6.0 * noise / width if noise and width else None,
        measured=len(kept),
        outside=sum(not scale.inside(value) for value in kept),
        last=kept[-1] if kept else None,
        signals=len({signal.point for signal in chart.panels[0].signals()}) if chart else 0,
    )


def _number(scene: Scene, name: str) -> int:
    return scene.watch.run.names.characteristics.index(name)
