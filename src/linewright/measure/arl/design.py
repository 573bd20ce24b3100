"""Chart design: from the false alarms that can be borne and the shift that must be found, to the chart."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.optimize import minimize_scalar

from linewright.measure.arl.cusum import cusum_arl, cusum_limit
from linewright.measure.arl.ewma import ewma_arl, ewma_width
from linewright.measure.arl.mewma import mewma_arl, mewma_limit
from linewright.measure.arl.shewhart import shewhart_arl, shewhart_width
from linewright.measure.checks import positive, whole


@dataclass(frozen=True, slots=True)
class Design:
    """A chart with its promises; parameters as the chart functions take them."""

    chart: str
    parameters: dict[str, float]
    arl0: float  # average run length in control
    arl1: float  # average run length after the shift, zero-state
    shift: float  # in sigma of the plotted points; the statistical distance for a MEWMA


def design_shewhart(arl0: float, shift: float) -> Design:
    """Xbar or individuals chart without run rules."""
    width = shewhart_width(arl0)
    return Design(
        "Shewhart", {"width": width}, shewhart_arl(0.0, width=width), shewhart_arl(shift, width=width), shift
    )


def sample_size(arl1: float, shift: float, arl0: float = 370.398, most: int = 1000) -> int:
    """The smallest subgroup with which an Xbar chart finds a shift (in sigma) within `arl1`; 0: none."""
    positive(shift, "shift")
    width = shewhart_width(arl0)
    for n in range(1, whole(most, "most") + 1):
        if shewhart_arl(shift, width=width, n=n) <= arl1:
            return n
    return 0


def design_ewma(arl0: float, shift: float) -> Design:
    """The EWMA with the shortest run length at the shift among all with `arl0` (Lucas & Saccucci 1990)."""
    positive(shift, "shift")

    def cost(log_lam: float) -> float:
        lam = math.exp(log_lam)
        return ewma_arl(lam, ewma_width(lam, arl0), shift)

    best = minimize_scalar(cost, bounds=(math.log(0.01), 0.0), method="bounded", options={"xatol": 1e-3})
    lam = math.exp(float(best.x))
    width = ewma_width(lam, arl0)
    return Design(
        "EWMA", {"lam": lam, "width": width}, ewma_arl(lam, width), ewma_arl(lam, width, shift), shift
    )


def design_cusum(arl0: float, shift: float, headstart: float = 0.0) -> Design:
    """The two-sided CUSUM for a shift: k = shift / 2, the best for it (Moustakides 1986), and h to `arl0`."""
    k = 0.5 * positive(shift, "shift")
    h = cusum_limit(k, arl0, headstart)
    found = {"k": k, "h": h} | ({"headstart": headstart} if headstart else {})
    return Design("CUSUM", found, cusum_arl(k, h, 0.0, headstart), cusum_arl(k, h, shift, headstart), shift)


def design_mewma(p: int, arl0: float, shift: float) -> Design:
    """The MEWMA of p characteristics with the shortest run length at a statistical distance."""
    positive(shift, "shift")

    def cost(log_lam: float) -> float:
        lam = math.exp(log_lam)
        return mewma_arl(p, lam, mewma_limit(p, lam, arl0), shift)

    best = minimize_scalar(cost, bounds=(math.log(0.05), 0.0), method="bounded", options={"xatol": 5e-2})
    lam = math.exp(float(best.x))
    limit = mewma_limit(p, lam, arl0)
    found = {"lam": lam, "limit": limit}
    return Design("MEWMA", found, mewma_arl(p, lam, limit), mewma_arl(p, lam, limit, shift), shift)
