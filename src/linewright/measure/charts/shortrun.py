"""Charts for short runs of many part types: Z-MR (standardised) and DNOM (deviation from nominal).

Sources: Montgomery section 10.1; Farnum (1992), Journal of Quality Technology 24, 138-144.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linewright.errors import InputError, Problem, nearest
from linewright.measure.charts.chart import Chart, FloatArray
from linewright.measure.charts.setup import (
    LIMITS_ONLY,
    Options,
    finish,
    make_panel,
    set_up,
)
from linewright.measure.charts.variables import i_mr, xbar_r
from linewright.measure.checks import choice, clean_values
from linewright.measure.constants import d2, d3
from linewright.measure.subgroups import Subgroups, subgroups


def _runs(parts: Sequence[object]) -> list[slice]:
    """Stretches of one part type without a break."""
    cuts = [0] + [i for i in range(1, len(parts)) if parts[i] != parts[i - 1]] + [len(parts)]
    return [slice(a, b) for a, b in pairwise(cuts)]


def _moving_ranges_in_runs(x: FloatArray, parts: Sequence[object]) -> FloatArray:
    """|x_i - x_(i-1)| within a run; NaN at the first of each run, shape (n,)."""
    ranges = np.full(x.size, np.nan)
    for run in _runs(parts):
        ranges[run][1:] = np.abs(np.diff(x[run]))
    return ranges


def z_mr(
    values: ArrayLike, parts: Sequence[object], sigma: str = "by_part", **options: Unpack[Options]
) -> Chart:
    """Standardised values z = (x - mean of the part) / sigma, and the moving ranges of z.

    sigma "by_part": MRbar / d2(2) of each part, all its runs together; "by_run": of each run; "constant": of
    all parts together; "relative": logarithms are charted, then as "constant". Limits +-3, and d2 +- 3 d3.
    Phase II: `limits=given(..., mean_X=.., sigma_X=..)` for every part X.
    """
    x = clean_values(values, at_least=2)
    choice(sigma, ("by_part", "by_run", "constant", "relative"), "sigma")
    if len(parts) != x.size:
        raise InputError([Problem(f"{len(parts)} part names for {x.size} values", key="parts")])
    if options.get("stages") is not None:
        raise InputError([Problem("a Z-MR chart has a stage for each part already", key="stages")])
    data = x
    if sigma == "relative":
        if not np.all(x > 0.0):
            raise InputError([Problem("a spread relative to size needs values above zero", key="values")])
        x = np.log(x)
    setup = set_up(x.size, options)
    used = setup.used(slice(None))
    names = np.array([str(part) for part in parts])
    found: dict[str, float] = {}
    mean, spread = np.empty(x.size), np.empty(x.size)
    for part in dict.fromkeys(names.tolist()):
        here = names == part
        if setup.limits is not None:
            found[f"mean_{part}"] = setup.limits[f"mean_{part}"]
        elif not np.any(here & used):
            raise InputError([Problem(f"every value of part {part} is excluded", key="exclude")])
        else:
            found[f"mean_{part}"] = float(np.mean(x[here & used]))
        mean[here] = found[f"mean_{part}"]
    ranges = _moving_ranges_in_runs(x, names.tolist())
    counted = used & np.concatenate(([False], used[:-1])) & np.isfinite(ranges)
    for label, here in _sigma_groups(names, sigma):
        if setup.limits is not None:
            found[label] = setup.limits[label]
        else:
            steps = ranges[here & counted]
            if steps.size == 0 or not np.any(steps > 0.0):
                text = f"no variation between neighbours: {label} cannot be estimated"
                raise InputError([Problem(text, key="values", hint="take sigma='constant'")])
            found[label] = float(np.mean(steps)) / d2(2)
        spread[here] = found[label]
    z = (x - mean) / spread
    moving = _moving_ranges_in_runs(z, ["all"] * z.size)
    panels = (
        make_panel("Z", z, 0.0, 1.0, setup),
        make_panel("MR", moving, d2(2), d3(2), setup, LIMITS_ONLY, floor=0.0),
    )
    return finish("Z-MR", panels, (found,), setup, (data,), f"sigma {sigma}: MRbar / d2(2)")


def _sigma_groups(names: NDArray[np.str_], sigma: str) -> list[tuple[str, NDArray[np.bool_]]]:
    """Which values share a standard deviation, each with the name of that parameter."""
    if sigma in ("constant", "relative"):
        return [("sigma", np.ones(names.size, dtype=np.bool_))]
    if sigma == "by_part":
        return [(f"sigma_{part}", names == part) for part in dict.fromkeys(names.tolist())]
    groups = []
    for number, run in enumerate(_runs(names.tolist())):
        here = np.zeros(names.size, dtype=np.bool_)
        here[run] = True
        groups.append((f"sigma_run_{number + 1}", here))
    return groups


def dnom(
    data: ArrayLike | Subgroups,
    parts: Sequence[object],
    nominals: Mapping[str, float],
    **options: Unpack[Options],
) -> Chart:
    """Deviations from the nominal of each part type: an I-MR chart of values, an Xbar-R chart of subgroups.

    Assumes that all part types share one standard deviation; where they do not, take `z_mr`.
    """
    groups = subgroups(data)
    if len(parts) != len(groups):
        raise InputError([Problem(f"{len(parts)} part names for {len(groups)} points", key="parts")])
    for part in parts:
        if str(part) not in nominals:
            hint = nearest(str(part), nominals)
            raise InputError([Problem(f"no nominal for part {part}", key="nominals", hint=hint)])
    target = np.array([nominals[str(part)] for part in parts], dtype=np.float64)
    if groups.values.size == len(groups):
        return replace(i_mr(groups.values - target, **options), kind="DNOM I-MR")
    rows = [row - goal for row, goal in zip(groups, target, strict=True)]
    return replace(xbar_r(subgroups(rows), **options), kind="DNOM Xbar-R")
