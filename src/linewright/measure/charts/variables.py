"""Shewhart charts of measured values: Xbar-R, Xbar-S, median-R, I-MR, moving average.

Sources: Montgomery, Introduction to Statistical Quality Control, chapters 6 and 9; ISO 7870-2; ASTM E2587.
Limits are the centre plus and minus `width` (3) standard deviations of the plotted statistic, which with the
tables' letters is A2 Rbar, A3 sbar, D3 D4 Rbar, B3 B4 sbar; a lower limit below zero of a range is zero.
"""

from __future__ import annotations

from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linewright.errors import InputError, Problem
from linewright.measure.charts.chart import Chart, FloatArray
from linewright.measure.charts.setup import (
    LIMITS_ONLY,
    NO_ZONES,
    Options,
    Parameters,
    Setup,
    along,
    find_parameters,
    finish,
    make_panel,
    set_up,
)
from linewright.measure.checks import clean_values, whole
from linewright.measure.constants import c4, c5, d2, d3, sd_median
from linewright.measure.rules.book import RuleBook
from linewright.measure.spread import ESTIMATORS, _by_size, estimate, moving_ranges
from linewright.measure.subgroups import Subgroups, subgroups

LARGEST_RANGE_SUBGROUP = 8  # above it a range wastes what the subgroup knows: Xbar-S instead of Xbar-R


def _require_groups(groups: Subgroups, chart: str) -> Subgroups:
    if bool(np.any(groups.sizes < 2)):
        first = int(np.argmax(groups.sizes < 2)) + 1
        text = f"subgroup {first} has one value; {chart} needs two or more in each"
        raise InputError([Problem(text, key="subgroups", hint="chart individual values with i_mr")])
    return groups


def _mean_and_sigma(groups: Subgroups, setup: Setup, estimator: str) -> tuple[Parameters, ...]:
    def from_stage(used: NDArray[np.bool_], part: slice) -> Parameters:
        chosen = np.zeros(len(groups), dtype=np.bool_)
        chosen[part] = used
        kept = groups.keep(chosen)
        grand_mean = float(np.sum(kept.mean * kept.sizes) / np.sum(kept.sizes))
        return {"mean": grand_mean, "sigma": estimate(kept, estimator).sigma}

    return find_parameters(setup, ("mean", "sigma"), from_stage)


def _constant(groups: Subgroups, constant: object) -> float | FloatArray:
    size = groups.common_size
    assert callable(constant)
    return float(constant(size)) if size else _by_size(groups.sizes, constant)


def _root_size(groups: Subgroups) -> float | FloatArray:
    return np.sqrt(groups.common_size or groups.sizes)


def xbar_r(data: ArrayLike | Subgroups, sigma: str = "rbar", **options: Unpack[Options]) -> Chart:
    """Means and ranges. Xbar: mean +- 3 sigma / sqrt(n); R: d2 sigma +- 3 d3 sigma, sigma = Rbar / d2."""
    groups = _require_groups(subgroups(data), "Xbar-R")
    setup = set_up(len(groups), options)
    parameters = _mean_and_sigma(groups, setup, sigma)
    mean, process = along(setup, parameters, "mean"), along(setup, parameters, "sigma")
    panels = (
        make_panel("Xbar", groups.mean, mean, process / _root_size(groups), setup),
        _range_panel(groups, process, setup),
    )
    return finish("Xbar-R", panels, parameters, setup, _data(groups), _sigma_text(sigma))


def xbar_s(data: ArrayLike | Subgroups, sigma: str = "sbar", **options: Unpack[Options]) -> Chart:
    """Means and standard deviations. Xbar: mean +- 3 sigma / sqrt(n); S: c4 sigma +- 3 c5 sigma."""
    groups = _require_groups(subgroups(data), "Xbar-S")
    setup = set_up(len(groups), options)
    parameters = _mean_and_sigma(groups, setup, sigma)
    mean, process = along(setup, parameters, "mean"), along(setup, parameters, "sigma")
    centre, apart = _constant(groups, c4) * process, _constant(groups, c5) * process
    panels = (
        make_panel("Xbar", groups.mean, mean, process / _root_size(groups), setup),
        make_panel("S", groups.sd, centre, apart, setup, NO_ZONES, floor=0.0),
    )
    return finish("Xbar-S", panels, parameters, setup, _data(groups), _sigma_text(sigma))


def median_r(data: ArrayLike | Subgroups, sigma: str = "rbar", **options: Unpack[Options]) -> Chart:
    """Medians and ranges. Median: mean of medians +- 3 sigma sd_median(n), that is +- A6 Rbar."""
    groups = _require_groups(subgroups(data), "median-R")
    setup = set_up(len(groups), options)
    medians = groups.median

    def from_stage(used: NDArray[np.bool_], part: slice) -> Parameters:
        chosen = np.zeros(len(groups), dtype=np.bool_)
        chosen[part] = used
        return {"mean": float(np.mean(medians[chosen])), "sigma": estimate(groups.keep(chosen), sigma).sigma}

    parameters = find_parameters(setup, ("mean", "sigma"), from_stage)
    mean, process = along(setup, parameters, "mean"), along(setup, parameters, "sigma")
    panels = (
        make_panel("Median", medians, mean, _constant(groups, sd_median) * process, setup),
        _range_panel(groups, process, setup),
    )
    return finish("Median-R", panels, parameters, setup, _data(groups), _sigma_text(sigma))


def i_mr(values: ArrayLike, sigma: str = "mr_bar", span: int = 2, **options: Unpack[Options]) -> Chart:
    """Values and moving ranges. I: mean +- 3 sigma; MR: d2 sigma +- 3 d3 sigma; sigma = MRbar / d2.

    The moving range of `span` values stands at the last of them; the first span - 1 points have none (NaN).
    Across a change of stage no moving range is formed, and one that touches an excluded point does not count.
    """
    data = clean_values(values, at_least=2)
    whole(span, "span", at_least=2)
    setup = set_up(data.size, options)

    def from_stage(used: NDArray[np.bool_], part: slice) -> Parameters:
        kept = subgroups(data[part] if np.all(used) else data[part][used])
        if sigma == "mr_bar" and (span != 2 or not np.all(used)):
            ranges = _counted_ranges(data[part], used, span)
            if not np.any(ranges > 0.0):
                raise InputError([Problem("no variation between neighbours", key="values")])
            return {"mean": float(np.mean(kept.values)), "sigma": float(np.mean(ranges)) / d2(span)}
        return {"mean": float(np.mean(kept.values)), "sigma": estimate(kept, sigma).sigma}

    parameters = find_parameters(setup, ("mean", "sigma"), from_stage)
    mean, process = along(setup, parameters, "mean"), along(setup, parameters, "sigma")
    moving = np.full(data.size, np.nan)
    for part in setup.stage_slices():
        if data[part].size >= span:
            moving[part][span - 1 :] = moving_ranges(data[part], span)
    panels = (
        make_panel("I", data, mean, process, setup),
        make_panel("MR", moving, d2(span) * process, d3(span) * process, setup, LIMITS_ONLY, floor=0.0),
    )
    text = f"sigma = MRbar / d2({span})" if sigma == "mr_bar" else _sigma_text(sigma)
    return finish("I-MR", panels, parameters, setup, (data,), text)


def _counted_ranges(values: FloatArray, used: NDArray[np.bool_], span: int) -> FloatArray:
    """The moving ranges of which every value counts."""
    whole_windows = np.lib.stride_tricks.sliding_window_view(used, span).all(axis=1)
    ranges = moving_ranges(values, span)[whole_windows]
    if ranges.size == 0:
        raise InputError([Problem("no moving range is left between the excluded points", key="exclude")])
    return ranges


def moving_average(
    data: ArrayLike | Subgroups, span: int, sigma: str = "", **options: Unpack[Options]
) -> Chart:
    """Mean of the last `span` values or subgroup means; limits mean +- 3 sigma / sqrt(values averaged).

    The first points average what there is, with wider limits. Neighbours share data, so only the limits rule.
    """
    groups = subgroups(data)
    whole(span, "span", at_least=2)
    setup = set_up(len(groups), options)
    name = sigma or default_sigma(groups)
    parameters = _mean_and_sigma(groups, setup, name)
    mean, process = along(setup, parameters, "mean"), along(setup, parameters, "sigma")
    averages, variance = np.empty(len(groups)), np.empty(len(groups))
    for part in setup.stage_slices():
        averages[part], variance[part] = _moving_average(groups.mean[part], groups.sizes[part], span)
    panels = (make_panel("MA", averages, mean, process * np.sqrt(variance), setup, LIMITS_ONLY),)
    return finish(f"MA({span})", panels, parameters, setup, _data(groups), _sigma_text(name))


def _moving_average(means: FloatArray, sizes: NDArray[np.int64], span: int) -> tuple[FloatArray, FloatArray]:
    """Moving averages and their variance for sigma = 1: sum(1/n_i) / w^2, w points averaged."""
    index = np.arange(means.size)
    first = np.maximum(index - span + 1, 0)
    count = index - first + 1
    shifted = np.concatenate(([0.0], np.cumsum(means - means[0])))
    inverse = np.concatenate(([0.0], np.cumsum(1.0 / sizes)))
    averages = means[0] + (shifted[index + 1] - shifted[first]) / count
    return averages, (inverse[index + 1] - inverse[first]) / count**2


def usual_chart(data: ArrayLike | Subgroups, rules: RuleBook) -> Chart:
    """I-MR for single values, Xbar-R for subgroups up to eight, Xbar-S for larger ones."""
    groups = subgroups(data)
    if groups.values.size == len(groups):
        return i_mr(groups.values, rules=rules)
    largest = int(groups.sizes.max())
    return (xbar_r if largest <= LARGEST_RANGE_SUBGROUP else xbar_s)(groups, rules=rules)


def default_sigma(groups: Subgroups) -> str:
    """The usual estimator: moving ranges for individual values, the pooled s for subgroups."""
    return "mr_bar" if groups.values.size == len(groups) else "pooled"


def _range_panel(groups: Subgroups, process: float | FloatArray, setup: Setup):  # type: ignore[no-untyped-def]
    centre, apart = _constant(groups, d2) * process, _constant(groups, d3) * process
    return make_panel("R", groups.range, centre, apart, setup, NO_ZONES, floor=0.0)


def _data(groups: Subgroups) -> tuple[FloatArray, ...]:
    size = groups.common_size
    return (groups.values.reshape(-1, size),) if size else (groups.values, groups.sizes.astype(np.float64))


def _sigma_text(estimator: str) -> str:
    doc = ESTIMATORS[estimator].__doc__ or estimator
    return doc.splitlines()[0].rstrip(".")
