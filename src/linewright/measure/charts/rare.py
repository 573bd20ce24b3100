"""Charts of rare events: g (items or opportunities between events) and t (time between events).

Sources: Kaminsky, Benneyan, Davis & Burke (1992), Journal of Quality Technology 24, 63-69; Benneyan (2001);
Nelson (1994), Journal of Quality Technology 26, 239-240. With quantile limits the rules are judged on the
normal score of each point, Phi^-1(F(x)), so zones and runs keep their chances.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from linewright.errors import InputError, Problem
from linewright.measure.charts.chart import Chart, FloatArray
from linewright.measure.charts.setup import (
    Options,
    Parameters,
    along,
    find_parameters,
    finish,
    make_panel,
    make_scored_panel,
    set_up,
)
from linewright.measure.charts.variables import i_mr
from linewright.measure.checks import choice, clean_counts, clean_values

NELSON_POWER = 1.0 / 3.6  # turns exponential times into nearly normal ones


def g_chart(between: ArrayLike, limits_from: str = "sigma", **options: Unpack[Options]) -> Chart:
    """Whole number of good items between events, 0 upwards, taken as geometric.

    limits_from "sigma": gbar +- 3 sqrt(gbar (gbar + 1)), cut at zero (Kaminsky et al. 1992).
    "quantiles": 0.135 %, 50 %, 99.865 % of the geometric distribution with the unbiased
    p = ((m - 1) / m) / (gbar + 1), interpolated between whole numbers (Benneyan 2001; the way of Minitab).
    """
    x = clean_counts(between, "between", at_least=2)
    choice(limits_from, ("sigma", "quantiles"), "limits_from")
    setup = set_up(x.size, options)

    def from_stage(used: NDArray[np.bool_], part: slice) -> Parameters:
        kept = x[part][used]
        mean = float(np.mean(kept))
        if mean <= 0.0:
            raise InputError([Problem("no good item between any two events", key="between")])
        return {"mean": mean, "p": max(kept.size - 1.0, 0.5) / kept.size / (mean + 1.0)}

    names = ("mean",) if limits_from == "sigma" else ("p",)
    parameters = find_parameters(setup, names, from_stage)
    if limits_from == "sigma":
        mean = along(setup, parameters, "mean")
        panels = (make_panel("G", x, mean, np.sqrt(mean * (mean + 1.0)), setup, floor=0.0),)
        return finish("G", panels, parameters, setup, (x,), "gbar = mean count between events, geometric", "")
    p = along(setup, parameters, "p")
    tails = [ndtr(-setup.width), 0.5, ndtr(setup.width)]
    lcl, centre, ucl = (np.maximum(np.log1p(-q) / np.log1p(-p) - 1.0, 0.0) for q in tails)
    # the middle of the step that F makes at x, as a normal score
    scores = ndtri(-np.expm1((x + 0.5) * np.log1p(-p)))
    score_limits = _as_scores(x, scores, lcl, ucl, setup.width)
    panels = (make_scored_panel("G", x, score_limits, (lcl, centre, ucl), setup),)
    return finish("G", panels, parameters, setup, (x,), "p = ((m - 1) / m) / (gbar + 1), geometric", "")


def _as_scores(
    x: FloatArray, scores: FloatArray, lcl: float | FloatArray, ucl: float | FloatArray, width: float
) -> FloatArray:
    """Scores that lie beyond `width` exactly where the point lies beyond its drawn limits."""
    inside = np.clip(scores, -width, width)
    return np.where(x > ucl, np.maximum(scores, width + 1e-6), np.where(x < lcl, -width - 1e-6, inside))


def _fit_weibull(times: FloatArray) -> tuple[float, float]:
    """Shape and scale of largest likelihood: sum t^k ln t / sum t^k - 1/k = mean ln t."""
    logs = np.log(times)
    apart = logs - logs.max()
    if not np.any(apart < 0.0):
        raise InputError([Problem("all times are equal: no distribution can be fitted", key="times")])

    def slope(shape: float) -> float:
        weight = np.exp(shape * apart)
        return float(np.sum(weight * apart) / np.sum(weight) - 1.0 / shape - np.mean(apart))

    shape = float(brentq(slope, 1e-3, 1e4, xtol=1e-12, rtol=1e-14))
    scale = float(np.exp(logs.max()) * np.mean(np.exp(shape * apart)) ** (1.0 / shape))
    return shape, scale


def t_chart(times: ArrayLike, limits_from: str = "weibull", **options: Unpack[Options]) -> Chart:
    """Time between events, above zero, any unit.

    limits_from "weibull" or "exponential": 0.135 %, 50 %, 99.865 % of the distribution of largest likelihood.
    "nelson": an I-MR chart of t^(1/3.6) (Nelson 1994), in transformed units.
    """
    t = clean_values(times, "times", at_least=2)
    choice(limits_from, ("weibull", "exponential", "nelson"), "limits_from")
    if not np.all(t > 0.0):
        i = int(np.argmax(t <= 0.0))
        hint = "two events at one moment: record a finer time, or count them as one"
        raise InputError([Problem(f"time {i + 1} is {t[i]:g}, not above zero", key="times", hint=hint)])
    if limits_from == "nelson":
        return replace(i_mr(t**NELSON_POWER, **options), kind="T (Nelson, I-MR of t^(1/3.6))")
    setup = set_up(t.size, options)

    def from_stage(used: NDArray[np.bool_], part: slice) -> Parameters:
        kept = t[part][used]
        if limits_from == "exponential":
            return {"shape": 1.0, "scale": float(np.mean(kept))}
        shape, scale = _fit_weibull(kept)
        return {"shape": shape, "scale": scale}

    parameters = find_parameters(setup, ("shape", "scale"), from_stage)
    shape, scale = along(setup, parameters, "shape"), along(setup, parameters, "scale")
    tails = [ndtr(-setup.width), 0.5, ndtr(setup.width)]
    lcl, centre, ucl = (scale * (-np.log1p(-q)) ** (1.0 / np.asarray(shape)) for q in tails)
    hazard = (t / scale) ** shape
    # each tail from its own side, so that neither loses its digits
    scores = np.where(hazard < np.log(2.0), ndtri(-np.expm1(-hazard)), -ndtri(np.exp(-hazard)))
    scores = np.clip(scores, -38.0, 38.0)
    panels = (make_scored_panel("T", t, scores, (lcl, centre, ucl), setup),)
    text = f"{limits_from} distribution of largest likelihood"
    return finish("T", panels, parameters, setup, (t,), text, "")
