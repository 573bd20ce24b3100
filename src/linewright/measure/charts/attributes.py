"""Charts of counts: p, np (defective items), c, u (defects), and Laney's p' and u' for large samples.

Sources: Montgomery chapter 7; Laney (2002), Quality Engineering 14, 531-537. Limits at the centre plus and
minus 3 standard deviations, cut off at zero (and at one, or n, for proportions).
"""

from __future__ import annotations

from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linewright.errors import InputError, Problem
from linewright.measure.charts.chart import Chart, FloatArray
from linewright.measure.charts.setup import (
    Options,
    Parameters,
    Setup,
    along,
    find_parameters,
    finish,
    make_panel,
    set_up,
)
from linewright.measure.checks import clean_counts, clean_values
from linewright.measure.constants import SOURCE, d2


def _sizes(sizes: ArrayLike, points: int, name: str) -> FloatArray:
    """Sample sizes (n,), positive; one number stands for all."""
    array = np.full(points, float(np.asarray(sizes))) if np.ndim(sizes) == 0 else clean_values(sizes, name)
    if array.size != points:
        raise InputError([Problem(f"{array.size} sizes for {points} counts", key=name)])
    if not bool(np.all(array > 0.0)) or not bool(np.all(np.isfinite(array))):
        raise InputError([Problem("a sample of zero or less", key=name)])
    return array


def _defectives(counts: ArrayLike, sizes: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x = clean_counts(counts, "defectives")
    n = _sizes(sizes, x.size, "sizes")
    if bool(np.any(n != np.floor(n))):
        raise InputError([Problem("a sample of items is a whole number", key="sizes")])
    over = np.flatnonzero(x > n)
    if len(over):
        i = int(over[0])
        text = f"sample {i + 1}: {x[i]:g} defective of {n[i]:g}"
        raise InputError([Problem(text, key="defectives")])
    return x, n


def _rate(x: FloatArray, n: FloatArray, setup: Setup, name: str, most: float) -> tuple[Parameters, ...]:
    def from_stage(used: NDArray[np.bool_], part: slice) -> Parameters:
        mean = float(np.sum(x[part][used]) / np.sum(n[part][used]))
        _require_inside(mean, most, name)
        return {name: mean}

    found = find_parameters(setup, (name,), from_stage)
    for parameters in found:
        _require_inside(parameters[name], most, name)
    return found


def _require_inside(mean: float, most: float, name: str) -> None:
    if not 0.0 < mean < most:
        text = f"the mean is {mean:g}: no limits can be drawn about it"
        raise InputError([Problem(text, key=name, hint="chart rare events with g_chart or t_chart")])


def _even(n: FloatArray) -> float | FloatArray:
    return float(n[0]) if bool(np.all(n == n[0])) else n


def p_chart(defectives: ArrayLike, sizes: ArrayLike, **options: Unpack[Options]) -> Chart:
    """Proportion defective: pbar +- 3 sqrt(pbar (1 - pbar) / n_i), pbar = sum x / sum n."""
    x, n = _defectives(defectives, sizes)
    setup = set_up(x.size, options)
    parameters = _rate(x, n, setup, "p", 1.0)
    p = along(setup, parameters, "p")
    sigma = np.sqrt(p * (1.0 - p) / _even(n))
    panels = (make_panel("P", x / n, p, sigma, setup, floor=0.0, ceiling=1.0),)
    return finish("P", panels, parameters, setup, (x, n), "pbar = sum x / sum n, binomial", "")


def np_chart(defectives: ArrayLike, sizes: ArrayLike, **options: Unpack[Options]) -> Chart:
    """Number defective: n_i pbar +- 3 sqrt(n_i pbar (1 - pbar)). With varying n_i the centre line varies."""
    x, n = _defectives(defectives, sizes)
    setup = set_up(x.size, options)
    parameters = _rate(x, n, setup, "p", 1.0)
    p, size = along(setup, parameters, "p"), _even(n)
    sigma = np.sqrt(size * p * (1.0 - p))
    panels = (make_panel("NP", x, size * p, sigma, setup, floor=0.0),)
    return finish("NP", panels, parameters, setup, (x, n), "pbar = sum x / sum n, binomial", "")


def c_chart(defects: ArrayLike, **options: Unpack[Options]) -> Chart:
    """Number of defects in equal samples: cbar +- 3 sqrt(cbar)."""
    x = clean_counts(defects, "defects")
    setup = set_up(x.size, options)
    parameters = _rate(x, np.ones(x.size), setup, "c", np.inf)
    c = along(setup, parameters, "c")
    panels = (make_panel("C", x, c, np.sqrt(c), setup, floor=0.0),)
    return finish("C", panels, parameters, setup, (x,), "cbar = mean count, Poisson", "")


def u_chart(defects: ArrayLike, units: ArrayLike, **options: Unpack[Options]) -> Chart:
    """Defects per unit: ubar +- 3 sqrt(ubar / n_i), ubar = sum x / sum n; units need not be whole."""
    x = clean_counts(defects, "defects")
    n = _sizes(units, x.size, "units")
    setup = set_up(x.size, options)
    parameters = _rate(x, n, setup, "u", np.inf)
    u = along(setup, parameters, "u")
    panels = (make_panel("U", x / n, u, np.sqrt(u / _even(n)), setup, floor=0.0),)
    return finish("U", panels, parameters, setup, (x, n), "ubar = sum x / sum n, Poisson", "")


def laney_p_chart(defectives: ArrayLike, sizes: ArrayLike, **options: Unpack[Options]) -> Chart:
    """Laney's p': pbar +- 3 sqrt(pbar (1 - pbar) / n_i) sigma_z, sigma_z = MRbar(z) / d2(2).

    z_i = (p_i - pbar) / sqrt(pbar (1 - pbar) / n_i). sigma_z above 1 is overdispersion, below 1 the opposite.
    """
    x, n = _defectives(defectives, sizes)
    setup = set_up(x.size, options)

    def within(p: float | FloatArray) -> float | FloatArray:
        return p * (1.0 - p)

    return _laney("P'", "p", 1.0, x, n, setup, within)


def laney_u_chart(defects: ArrayLike, units: ArrayLike, **options: Unpack[Options]) -> Chart:
    """Laney's u': ubar +- 3 sqrt(ubar / n_i) sigma_z, sigma_z = MRbar(z) / d2(2), z of the u chart."""
    x = clean_counts(defects, "defects")
    n = _sizes(units, x.size, "units")
    setup = set_up(x.size, options)
    return _laney("U'", "u", np.inf, x, n, setup, lambda u: u)


def _laney(  # type: ignore[no-untyped-def]
    kind: str, name: str, most: float, x: FloatArray, n: FloatArray, setup: Setup, variance
) -> Chart:
    rate = x / n

    def from_stage(used: NDArray[np.bool_], part: slice) -> Parameters:
        total, size = x[part][used], n[part][used]
        mean = float(np.sum(total) / np.sum(size))
        _require_inside(mean, most, name)
        z = (rate[part] - mean) / np.sqrt(variance(mean) / n[part])
        both = used[1:] & used[:-1]
        steps = np.abs(np.diff(z))[both]
        if steps.size == 0 or not np.any(steps > 0.0):
            raise InputError([Problem("no variation between neighbours: sigma_z is zero", key=name)])
        return {name: mean, "sigma_z": float(np.mean(steps)) / d2(2)}

    parameters = find_parameters(setup, (name, "sigma_z"), from_stage)
    mean, sigma_z = along(setup, parameters, name), along(setup, parameters, "sigma_z")
    sigma = np.sqrt(variance(mean) / _even(n)) * sigma_z
    ceiling = 1.0 if name == "p" else np.inf
    panels = (make_panel(kind, rate, mean, sigma, setup, floor=0.0, ceiling=ceiling),)
    text = f"{name}bar = sum x / sum n, sigma_z = MRbar(z) / d2(2)"
    return finish(kind, panels, parameters, setup, (x, n), text, SOURCE)
