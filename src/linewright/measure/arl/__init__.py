"""Average run lengths: how long a chart runs until it signals, in control and after a shift.

Solved from integral equations and Markov chains, not tabulated, and checked against simulation with the same
compiled charts; `design_*` turns a wanted run length and shift into a chart. Shifts are in standard
deviations of the plotted points. Parameters are taken as known: estimates from few points shorten the runs.
"""

from linewright.measure.arl.cusum import crosier_arl, cusum_arl, cusum_arl_one_sided, cusum_limit
from linewright.measure.arl.design import (
    Design,
    design_cusum,
    design_ewma,
    design_mewma,
    design_shewhart,
    sample_size,
)
from linewright.measure.arl.ewma import ewma_arl, ewma_arl_one_sided, ewma_width
from linewright.measure.arl.mewma import mewma_arl, mewma_limit
from linewright.measure.arl.shewhart import shewhart_arl, shewhart_arls, shewhart_width
from linewright.measure.arl.simulate import (
    SimulatedArl,
    simulate_cusum_arl,
    simulate_ewma_arl,
    simulate_shewhart_arl,
)
from linewright.measure.arl.variance import cusum_s2_arl, ewma_s2_arl

__all__ = [
    "Design",
    "SimulatedArl",
    "crosier_arl",
    "cusum_arl",
    "cusum_arl_one_sided",
    "cusum_limit",
    "cusum_s2_arl",
    "design_cusum",
    "design_ewma",
    "design_mewma",
    "design_shewhart",
    "ewma_arl",
    "ewma_arl_one_sided",
    "ewma_s2_arl",
    "ewma_width",
    "mewma_arl",
    "mewma_limit",
    "sample_size",
    "shewhart_arl",
    "shewhart_arls",
    "shewhart_width",
    "simulate_cusum_arl",
    "simulate_ewma_arl",
    "simulate_shewhart_arl",
]
