"""Control charts: is the process the one it was, and if not, since when?

One function a chart. Phase I estimates the limits from the data (`stages` one by one, `exclude` points with a
reason), phase II takes `limits` frozen with a revision and a name. All share the options of `Options`; all
return a `Chart` with panels, signals and provenance. Monitors take one point at a time.
"""

from linewright.measure.charts.attributes import (
    c_chart,
    laney_p_chart,
    laney_u_chart,
    np_chart,
    p_chart,
    u_chart,
)
from linewright.measure.charts.chart import Chart, FrozenLimits, Panel, Signal, given
from linewright.measure.charts.factors import Factors, chart_factors
from linewright.measure.charts.memory import cusum, ewma
from linewright.measure.charts.monitor import (
    CountMonitor,
    CusumMonitor,
    EwmaMonitor,
    IndividualsMonitor,
    SubgroupMonitor,
)
from linewright.measure.charts.multivariate import (
    generalised_variance,
    mean_and_covariance,
    mewma,
    t2_individuals,
    t2_subgroups,
)
from linewright.measure.charts.rare import g_chart, t_chart
from linewright.measure.charts.setup import Options
from linewright.measure.charts.shortrun import dnom, z_mr
from linewright.measure.charts.variables import i_mr, median_r, moving_average, usual_chart, xbar_r, xbar_s

__all__ = [
    "Chart",
    "CountMonitor",
    "CusumMonitor",
    "EwmaMonitor",
    "Factors",
    "FrozenLimits",
    "IndividualsMonitor",
    "Options",
    "Panel",
    "Signal",
    "SubgroupMonitor",
    "c_chart",
    "chart_factors",
    "cusum",
    "dnom",
    "ewma",
    "g_chart",
    "generalised_variance",
    "given",
    "i_mr",
    "laney_p_chart",
    "laney_u_chart",
    "mean_and_covariance",
    "median_r",
    "mewma",
    "moving_average",
    "np_chart",
    "p_chart",
    "t2_individuals",
    "t2_subgroups",
    "t_chart",
    "u_chart",
    "usual_chart",
    "xbar_r",
    "xbar_s",
    "z_mr",
]
