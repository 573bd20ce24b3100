"""Options that all charts share (phase, stages, exclusions, rules) and the building of panels from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from linewright.errors import InputError, Problem
from linewright.measure.charts.chart import (
    Chart,
    FloatArray,
    FrozenLimits,
    IntArray,
    Panel,
    check_crossed,
    spread_out,
)
from linewright.measure.checks import positive
from linewright.measure.constants import SOURCE
from linewright.measure.result import Provenance, data_hash
from linewright.measure.rules.book import RULE_1, STEP_KINDS, ZONE_KINDS, Kind, RuleBook
from linewright.measure.rules.engine import judge, judge_scores

Parameters = Mapping[str, float]


class Options(TypedDict, total=False):
    """Keyword options of every chart."""

    rules: RuleBook  # default: a point beyond the limits
    stages: Sequence[object]  # a label for each point; limits are estimated for each stage by itself
    exclude: Mapping[int, str]  # point (from 0) -> reason; plotted and judged, not used for the limits
    limits: FrozenLimits  # phase II: frozen or given parameters instead of estimates
    width: float  # distance of the limits in sigma, default 3


@dataclass(frozen=True)
class Setup:
    """The options, checked against the number of points."""

    size: int
    rules: RuleBook
    stages: IntArray  # (size,)
    exclude: Mapping[int, str]
    limits: FrozenLimits | None
    width: float

    def stage_slices(self) -> Iterator[slice]:
        """The points of each stage in order."""
        if self.stages[-1] == 0:  # stages are numbered upwards from 0: there is one
            yield slice(0, self.size)
            return
        cuts = np.flatnonzero(np.diff(self.stages)) + 1
        yield from (slice(a, b) for a, b in zip([0, *cuts], [*cuts, self.size], strict=True))

    def used(self, part: slice) -> NDArray[np.bool_]:
        """Which points of the stage count for its limits, shape of the stage."""
        chosen = np.ones(self.size, dtype=np.bool_)
        chosen[list(self.exclude)] = False
        return chosen[part]


def _number_stages(labels: Sequence[object] | None, size: int) -> IntArray:
    if labels is None:
        return np.zeros(size, dtype=np.int64)
    if len(labels) != size:
        raise InputError([Problem(f"{len(labels)} stage labels for {size} points", key="stages")])
    names = list(labels)
    starts = [names[i] for i in range(size) if i == 0 or names[i] != names[i - 1]]
    if len(set(starts)) != len(starts):
        raise InputError([Problem("a stage comes back after another one", key="stages")])
    order = {label: number for number, label in enumerate(starts)}
    return np.array([order[name] for name in names], dtype=np.int64)


def set_up(size: int, options: Options) -> Setup:
    """Check the shared options of a chart with `size` points."""
    unknown = set(options) - set(Options.__annotations__)
    if unknown:
        raise TypeError(f"no such chart option: {', '.join(sorted(unknown))}")
    exclude = dict(options.get("exclude", {}))
    for point, reason in exclude.items():
        if not 0 <= point < size:
            raise InputError([Problem(f"no point {point} to exclude among {size}", key="exclude")])
        if not reason.strip():
            raise InputError([Problem(f"point {point} is excluded without a reason", key="exclude")])
    limits = options.get("limits")
    stages = options.get("stages")
    if limits is not None and (exclude or stages is not None):
        text = "frozen limits are not estimated: stages and excluded points belong to phase I"
        raise InputError([Problem(text, key="limits")])
    return Setup(
        size,
        options.get("rules", RULE_1),
        _number_stages(stages, size),
        exclude,
        limits,
        positive(options.get("width", 3.0), "width"),
    )


def find_parameters(
    setup: Setup, names: Sequence[str], estimate: Callable[[NDArray[np.bool_], slice], Parameters]
) -> tuple[Parameters, ...]:
    """Parameters of each stage: taken from the frozen limits, or estimated from the points that count."""
    if setup.limits is not None:
        return ({name: setup.limits[name] for name in names},)
    found = []
    for part in setup.stage_slices():
        used = setup.used(part)
        if not np.any(used):
            raise InputError([Problem("every point of a stage is excluded", key="exclude")])
        found.append(estimate(used, part))
    return tuple(found)


def along(setup: Setup, parameters: tuple[Parameters, ...], name: str) -> float | FloatArray:
    """A parameter at each point: one number where there is one stage, else an array (n,)."""
    if len(parameters) == 1:
        return float(parameters[0][name])
    return np.array([p[name] for p in parameters])[setup.stages]


# Which rules a panel can bear. Ranges are skewed: no zones. Neighbours that share data: no runs either.
NO_ZONES = ZONE_KINDS
LIMITS_ONLY = ZONE_KINDS | STEP_KINDS | {Kind.SAME_SIDE}


def _fitting(book: RuleBook, barred: frozenset[Kind]) -> RuleBook:
    return book.without(barred) or RULE_1


def make_panel(
    name: str,
    values: FloatArray,
    centre: float | FloatArray,
    sigma: float | FloatArray,
    setup: Setup,
    barred: frozenset[Kind] = frozenset(),
    floor: float = -np.inf,
    ceiling: float = np.inf,
) -> Panel:
    """A panel whose limits stand `width` sigma from the centre, cut off at a floor (0 for ranges, counts)."""
    book = _fitting(setup.rules, barred)
    lcl = np.maximum(centre - setup.width * np.asarray(sigma), floor)
    ucl = np.minimum(centre + setup.width * np.asarray(sigma), ceiling)
    masks = np.empty(values.size, dtype=np.uint32)
    for part in setup.stage_slices():
        here = (_cut(centre, part), _cut(sigma, part))
        masks[part] = judge(np.ascontiguousarray(values[part]), *here, book, setup.width)
    n = values.size
    return Panel(
        name,
        values,
        spread_out(centre, n),
        spread_out(lcl, n),
        spread_out(ucl, n),
        spread_out(sigma, n),
        masks,
        book,
    )


def _cut(value: float | FloatArray, part: slice) -> float | FloatArray:
    if np.ndim(value) == 0:
        return float(value)
    piece = np.asarray(value)[part]
    # one number for a stage takes the faster way through the judge
    return float(piece[0]) if piece.size and bool(np.all(piece == piece[0])) else piece


def make_scored_panel(
    name: str,
    values: FloatArray,
    scores: FloatArray,
    bounds: tuple[float | FloatArray, float | FloatArray, float | FloatArray],
    setup: Setup,
    score_limits: tuple[float, float] | None = None,
    barred: frozenset[Kind] = frozenset(),
) -> Panel:
    """A panel with its own (lcl, centre, ucl) whose rules are judged on `scores`, in units of sigma."""
    n = values.size
    lcl, centre, ucl = (spread_out(b, n) for b in bounds)
    check_crossed(lcl, ucl, name)
    book = _fitting(setup.rules, barred)
    low, high = score_limits or (-setup.width, setup.width)
    masks = np.empty(n, dtype=np.uint32)
    for part in setup.stage_slices():
        size = values[part].size
        x, z = np.ascontiguousarray(values[part]), np.ascontiguousarray(scores[part])
        masks[part] = judge_scores(x, z, np.full(size, low), np.full(size, high), book)
    return Panel(name, values, centre, lcl, ucl, np.full(n, np.nan), masks, book)


def finish(
    kind: str,
    panels: tuple[Panel, ...],
    parameters: tuple[Parameters, ...],
    setup: Setup,
    data: tuple[FloatArray, ...],
    estimator: str,
    constants: str = SOURCE,
    notes: tuple[str, ...] = (),
    arrays: Mapping[str, FloatArray] | None = None,
) -> Chart:
    """The chart with its provenance."""
    limits = setup.limits
    applied = "; ".join(f"{panel.name}: {panel.book}" for panel in panels)
    provenance = Provenance(
        method=f"{kind} chart, phase {'I' if limits is None else 'II'}",
        estimator=estimator if limits is None else limits.estimator,
        constants=constants if limits is None or limits.chart == "given" else limits.constants,
        rules=applied,
        limits_revision="" if limits is None else str(limits),
        data_sha256=data_hash(*data),
        notes=notes,
    )
    return Chart(kind, panels, parameters, setup.stages, setup.exclude, limits, provenance, arrays or {})
