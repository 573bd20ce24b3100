"""The letters of the tables: control chart factors for a subgroup size, computed, for any size."""

from __future__ import annotations

import math
from dataclasses import dataclass

from linewright.measure.constants import c4, c5, d2, d3, sd_median


@dataclass(frozen=True, slots=True)
class Factors:
    """Factors of ASTM E2587 and Montgomery appendix VI for subgroups of n, three sigma."""

    n: int
    d2: float
    d3: float
    c4: float
    A: float  # 3 / sqrt(n), times sigma
    A2: float  # 3 / (d2 sqrt(n)), times Rbar
    A3: float  # 3 / (c4 sqrt(n)), times sbar
    A6: float  # 3 sd(median) / d2, times Rbar
    B3: float  # 1 - 3 c5 / c4, at least 0, times sbar
    B4: float  # 1 + 3 c5 / c4
    B5: float  # c4 - 3 c5, at least 0, times sigma
    B6: float  # c4 + 3 c5
    D1: float  # d2 - 3 d3, at least 0, times sigma
    D2: float  # d2 + 3 d3
    D3: float  # 1 - 3 d3 / d2, at least 0, times Rbar
    D4: float  # 1 + 3 d3 / d2
    E2: float  # 3 / d2, times MRbar of spans of n


def chart_factors(n: int) -> Factors:
    """All factors for subgroups of n values, n at least 2."""
    range_mean, range_sd, s_mean, s_sd = d2(n), d3(n), c4(n), c5(n)
    root = math.sqrt(n)
    return Factors(
        n=n,
        d2=range_mean,
        d3=range_sd,
        c4=s_mean,
        A=3.0 / root,
        A2=3.0 / (range_mean * root),
        A3=3.0 / (s_mean * root),
        A6=3.0 * sd_median(n) / range_mean,
        B3=max(1.0 - 3.0 * s_sd / s_mean, 0.0),
        B4=1.0 + 3.0 * s_sd / s_mean,
        B5=max(s_mean - 3.0 * s_sd, 0.0),
        B6=s_mean + 3.0 * s_sd,
        D1=max(range_mean - 3.0 * range_sd, 0.0),
        D2=range_mean + 3.0 * range_sd,
        D3=max(1.0 - 3.0 * range_sd / range_mean, 0.0),
        D4=1.0 + 3.0 * range_sd / range_mean,
        E2=3.0 / range_mean,
    )
