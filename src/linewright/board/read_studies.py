"""Studies for a page each: capability of what the line has measured, and a gauge study of readings sent in."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from linewright.board import quality_models as q
from linewright.board.history import Value
from linewright.board.read_line import finite
from linewright.board.read_quality import characteristic_of, number_of
from linewright.board.scale import Scale
from linewright.board.scene import Scene
from linewright.control import NONE
from linewright.measure.capability import Capability, Fallout, Index, IndexSet, Spec, capability, normality
from linewright.measure.gauge import GaugeStudy, crossed_anova, true_capability
from linewright.measure.result import Provenance
from linewright.plant.model import Characteristic

LEAST = 25  # values from which a study says anything
LEAST_NORMAL = 8  # values from which normality is tested

Values = NDArray[np.float64]


def capability_of(scene: Scene, name: str, maker: str, last: int) -> Callable[[], q.CapabilityAnswer]:
    """Capability of the last values of a characteristic; `maker`: of the units that this machine made.

    What is read of the line is read at once. The study itself is what is returned, to be made in a thread.
    """
    kept = list(_values(scene, name, maker))[-last:]
    signals = _signals_within(scene, name, {value.serial for value in kept})
    characteristic, one = characteristic_of(scene, name), scene.watch.run.plant.characteristics[name]
    return partial(_study, characteristic, one, kept, maker, signals)


def _study(
    characteristic: q.CharacteristicAnswer, one: Characteristic, kept: list[Value], maker: str, signals: int
) -> q.CapabilityAnswer:
    scale = Scale(one)
    values = np.array([scale.of(value.value) for value in kept])
    why_not = _why_not(values, scale)
    study = None if why_not else capability(values, Spec(scale.lower, scale.upper, _aim(scale)))
    noise = scale.difference(one.gauge.repeatability) if one.gauge else 0.0
    share = (noise / study.overall.sigma) ** 2 if study and noise else None
    ordered = np.sort(values)
    edges, counts = _histogram(values) if study else ([], [])
    return q.CapabilityAnswer(
        characteristic=characteristic,
        maker=maker,
        why_not=why_not,
        n=len(values),
        from_s=kept[0].time_s if kept else None,
        to_s=kept[-1].time_s if kept else None,
        mean=study.mean if study else None,
        sigma_within=study.within.sigma if study else None,
        sigma_overall=study.overall.sigma if study else None,
        indices=_indices(study) if study else [],
        fallout=_fallout(study) if study else [],
        normal_p=float(normality(values).p_value) if study and len(values) >= LEAST_NORMAL else None,
        signals=signals,
        edges=edges,
        counts=counts,
        sorted=ordered.tolist() if study else [],
        scores=ndtri((np.arange(1, len(values) + 1) - 0.3) / (len(values) + 0.4)).tolist() if study else [],
        gauge_share=share,
        ppk_without_gauge=true_capability(study.ppk, noise, study.overall.sigma)
        if study and share is not None and share < 1.0
        else None,
        method=_methods(study.provenance) if study else [],
    )


def _values(scene: Scene, name: str, maker: str) -> list[Value]:
    """What was measured of a characteristic, of all units or of those that a machine made."""
    number = number_of(scene, name)
    kept = list(scene.watch.history.values[number])
    if not maker:
        return kept
    names = scene.watch.run.names.machines
    mine = {
        point.serial
        for sheet in scene.watch.history.charting.sheets.get(number, [])
        if sheet.maker != NONE and names[sheet.maker] == maker
        for point in sheet.points
    }
    return [value for value in kept if value.serial in mine]


def _why_not(values: Values, scale: Scale) -> str:
    if scale.lower is None and scale.upper is None:
        return "there is no tolerance to be capable of"
    if len(values) < LEAST:
        return f"{len(values)} values are too few: a study needs {LEAST}"
    return "all values are the same" if np.ptp(values) == 0.0 else ""


def _aim(scale: Scale) -> float | None:
    """The nominal, where it lies within the tolerance."""
    low = -math.inf if scale.lower is None else scale.lower
    high = math.inf if scale.upper is None else scale.upper
    return scale.nominal if low < scale.nominal < high else None


def _indices(study: Capability) -> list[q.IndexAnswer]:
    found = [*_set(study.short_term, "Cp"), *_set(study.long_term, "Pp")]
    if study.cpm is not None:
        found.append(("Cpm", study.cpm))
    return [
        q.IndexAnswer(name=name, value=one.value, low=finite(one.interval.low), high=finite(one.interval.high))
        for name, one in found
    ]


def _set(one: IndexSet, name: str) -> list[tuple[str, Index]]:
    both = [] if one.both is None else [(name, one.both)]
    sides = [(f"{name}{letter}", side) for letter, side in (("l", one.lower), ("u", one.upper)) if side is not None]
    return [*both, *sides, (f"{name}k", one.worst)]


def _fallout(study: Capability) -> list[q.FalloutAnswer]:
    found: list[tuple[str, Fallout]] = [
        ("observed", study.observed),
        ("expected, within", study.expected_within),
        ("expected, overall", study.expected_overall),
    ]
    return [q.FalloutAnswer(which=which, below=one.below, above=one.above, total=one.total) for which, one in found]


def _signals_within(scene: Scene, name: str, serials: set[int]) -> int:
    sheets = scene.watch.history.charting.sheets.get(number_of(scene, name), [])
    return sum(bool(point.signals) and point.serial in serials for sheet in sheets for point in sheet.points)


def _histogram(values: Values) -> tuple[list[float], list[int]]:
    """As many bins as a report has: twice the cube root of n."""
    counts, edges = np.histogram(values, bins=int(np.clip(np.ceil(2.0 * np.cbrt(values.size)), 6, 60)))
    return edges.tolist(), counts.tolist()


def _methods(made: Provenance) -> list[str]:
    return [text for text in (made.method, made.estimator, made.constants, *made.notes) if text]


# ---------------------------------------------------------------- gauge study


def gauge_study_of(scene: Scene, name: str, readings: list[q.GaugeReading]) -> q.GaugeStudyAnswer:
    """Gauge R&R by analysis of variance, against the tolerance of a characteristic.

    Raises InputError where the readings are no such study.
    """
    one = scene.watch.run.plant.characteristics[name]
    scale = Scale(one)
    study = crossed_anova(
        [reading.value for reading in readings],
        [reading.part for reading in readings],
        [reading.operator for reading in readings],
        lower=scale.lower,
        upper=scale.upper,
    )
    return q.GaugeStudyAnswer(
        characteristic=name,
        unit=scale.unit,
        components=_components(study),
        anova=[
            q.AnovaAnswer(source=row.source, df=row.df, ss=row.ss, ms=row.ms, f=finite(row.f), p=finite(row.p))
            for row in study.anova
        ],
        interaction_pooled=study.interaction_pooled,
        ndc=study.ndc,
        verdict=study.verdict,
        planned_repeatability=scale.difference(one.gauge.repeatability) if one.gauge else None,
        method=_methods(study.provenance),
    )


def _components(study: GaugeStudy) -> list[q.ComponentAnswer]:
    return [
        q.ComponentAnswer(
            name=one.name,
            sigma=one.sigma,
            contribution_pct=one.contribution_pct,
            study_pct=one.study_pct,
            tolerance_pct=one.tolerance_pct,
        )
        for one in study.components.values()
    ]
