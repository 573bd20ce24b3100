"""Charts with a memory, for small lasting shifts: EWMA and tabular CUSUM (with fast initial response).

Sources: Montgomery chapter 9; Lucas & Saccucci (1990), Technometrics 32, 1-29; Lucas & Crosier (1982),
Technometrics 24, 199-205. Their points carry their past, so no run rule but the limits applies.
"""

from __future__ import annotations

from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linewright.errors import InputError, Problem
from linewright.measure.charts.chart import Chart, FloatArray
from linewright.measure.charts.setup import (
    LIMITS_ONLY,
    Options,
    Parameters,
    Setup,
    along,
    find_parameters,
    finish,
    make_panel,
    make_scored_panel,
    set_up,
)
from linewright.measure.charts.variables import _data, _sigma_text, default_sigma
from linewright.measure.checks import finite, positive
from linewright.measure.recursions import accumulate, smooth
from linewright.measure.spread import estimate
from linewright.measure.subgroups import Subgroups, subgroups

EWMA_WIDTH = 2.7  # with lam 0.1 or 0.2, an in-control average run length of about 350 to 370


def _target_and_sigma(
    groups: Subgroups, setup: Setup, sigma: str, target: float | None
) -> tuple[Parameters, ...]:
    def from_stage(used: NDArray[np.bool_], part: slice) -> Parameters:
        chosen = np.zeros(len(groups), dtype=np.bool_)
        chosen[part] = used
        kept = groups.keep(chosen)
        mean = float(np.sum(kept.mean * kept.sizes) / np.sum(kept.sizes)) if target is None else target
        return {"mean": mean, "sigma": estimate(kept, sigma).sigma}

    if target is not None:
        finite(target, "target")
        if setup.limits is not None:
            text = "the target stands in the frozen limits already, as their mean"
            raise InputError([Problem(text, key="target")])
    return find_parameters(setup, ("mean", "sigma"), from_stage)


def ewma(
    data: ArrayLike | Subgroups,
    lam: float = 0.2,
    sigma: str = "",
    target: float | None = None,
    asymptotic: bool = False,
    **options: Unpack[Options],
) -> Chart:
    """EWMA z_i = lam xbar_i + (1 - lam) z_(i-1), z_0 = mean or target; limits mean +- 2.7 (width) sd(z_i).

    var(z_i) = lam^2 sigma^2 / n_i + (1 - lam)^2 var(z_(i-1)), which for equal n is
    sigma^2/n lam/(2 - lam) (1 - (1 - lam)^(2i)); `asymptotic` takes its limit from the first point on.
    """
    groups = subgroups(data)
    if not 0.0 < finite(lam, "lam") <= 1.0:
        raise InputError([Problem(f"{lam:g} must lie above 0 and at most at 1", key="lam")])
    setup = set_up(len(groups), Options(width=EWMA_WIDTH) | options)
    name = sigma or default_sigma(groups)
    parameters = _target_and_sigma(groups, setup, name, target)
    mean, process = along(setup, parameters, "mean"), along(setup, parameters, "sigma")
    z, variance = np.empty(len(groups)), np.empty(len(groups))
    for number, part in enumerate(setup.stage_slices()):
        start = float(parameters[min(number, len(parameters) - 1)]["mean"])
        smooth(groups.mean[part], groups.sizes[part], lam, start, z[part], variance[part])
    if asymptotic:
        if not groups.common_size:
            raise InputError([Problem("asymptotic limits need subgroups of one size", key="asymptotic")])
        variance[:] = lam / (2.0 - lam) / groups.common_size
    panels = (make_panel("EWMA", z, mean, process * np.sqrt(variance), setup, LIMITS_ONLY),)
    kind = f"EWMA(lam={lam:g}, width={setup.width:g})"
    notes = ("asymptotic limits",) if asymptotic else ("limits widen with the variance of z_i",)
    return finish(kind, panels, parameters, setup, _data(groups), _sigma_text(name), notes=notes)


def cusum(
    data: ArrayLike | Subgroups,
    k: float = 0.5,
    h: float = 5.0,
    headstart: float = 0.0,
    sigma: str = "",
    target: float | None = None,
    restart: bool = False,
    **options: Unpack[Options],
) -> Chart:
    """Tabular CUSUM in the units of the data: C+ = max(0, C+ + xbar - (mean + K)), C- likewise downwards.

    K = k sigma/sqrt(n), signal above H = h sigma/sqrt(n); `headstart` is a share of H at the start (0.5: the
    fast initial response of Lucas & Crosier). `restart` begins anew after each signal. `arrays` holds the run
    counters "runs_up", "runs_down" (points since the sum left zero: when the shift began) and the estimate of
    the shifted mean at each point, "new_mean" (NaN where no sum signals). C- is shown as a positive sum.
    """
    groups = subgroups(data)
    positive(h, "h")
    if finite(k, "k") < 0.0:
        raise InputError([Problem(f"{k:g} must not be below zero", key="k")])
    if not 0.0 <= finite(headstart, "headstart") < 1.0:
        raise InputError([Problem(f"{headstart:g} must be a share of h, 0 up to 1", key="headstart")])
    setup = set_up(len(groups), options)
    name = sigma or default_sigma(groups)
    parameters = _target_and_sigma(groups, setup, name, target)
    mean, process = along(setup, parameters, "mean"), along(setup, parameters, "sigma")
    unit = process / np.sqrt(groups.common_size or groups.sizes)
    y = (groups.mean - mean) / unit
    n = len(groups)
    up, down = np.empty(n), np.empty(n)
    runs_up, runs_down = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    for part in setup.stage_slices():
        out = (up[part], down[part], runs_up[part], runs_down[part])
        accumulate(y[part], k, h, headstart * h, restart, *out)
    shift = np.where(up > h, k + up / np.maximum(runs_up, 1), -k - down / np.maximum(runs_down, 1))
    new_mean = np.where((up > h) | (down > h), mean + unit * shift, np.nan)
    panels = tuple(
        make_scored_panel(label, s * unit, s, (0.0, 0.0, h * unit), setup, (-np.inf, h), LIMITS_ONLY)
        for label, s in (("C+", up), ("C-", down))
    )
    arrays: dict[str, FloatArray] = {
        "runs_up": runs_up.astype(np.float64),
        "runs_down": runs_down.astype(np.float64),
        "new_mean": new_mean,
    }
    kind = f"CUSUM(k={k:g}, h={h:g}" + (f", headstart={headstart:g} h)" if headstart else ")")
    return finish(kind, panels, parameters, setup, _data(groups), _sigma_text(name), arrays=arrays)
