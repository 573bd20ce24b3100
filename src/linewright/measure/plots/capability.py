"""The capability sixpack: charts, last subgroups, histogram, probability plot and figures on one sheet."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots
from scipy.special import ndtri

from linewright.measure.capability.fits import normality
from linewright.measure.capability.normal import Capability, Index, capability
from linewright.measure.capability.spec import Fallout, Spec
from linewright.measure.charts.chart import Chart
from linewright.measure.charts.variables import usual_chart
from linewright.measure.plots.charts import add_panel
from linewright.measure.plots.style import CENTRE, FAINT, INK, LIMIT, LINE, SPEC, dress
from linewright.measure.rules.book import RULE_1, RuleBook
from linewright.measure.subgroups import Subgroups, subgroups

FloatArray = NDArray[np.float64]

_SCREEN = 2_000  # values drawn one by one in the run and probability plots


def _bell(x: FloatArray, mean: float, sigma: float) -> FloatArray:
    return np.asarray(np.exp(-0.5 * ((x - mean) / sigma) ** 2) / (sigma * np.sqrt(2.0 * np.pi)))


def _add_histogram(figure: Any, values: FloatArray, study: Capability, place: dict[str, int]) -> None:
    bins = int(np.clip(np.ceil(2.0 * np.cbrt(values.size)), 6, 80))
    density, edges = np.histogram(values, bins=bins, density=True)
    middle, width = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges)
    bar = go.Bar(
        x=middle, y=density, width=width, marker={"color": "#a9c4df", "line": {"color": LINE, "width": 0.5}}
    )
    figure.add_trace(bar, **place)
    reach = 4.0 * max(study.within.sigma, study.overall.sigma)
    x = np.linspace(study.mean - reach, study.mean + reach, 241)
    for sigma, dash, name in (
        (study.within.sigma, "dash", "within"),
        (study.overall.sigma, "solid", "overall"),
    ):
        line = {"color": INK if dash == "solid" else LIMIT, "dash": dash, "width": 1.5}
        figure.add_trace(
            go.Scatter(x=x, y=_bell(x, study.mean, sigma), mode="lines", line=line, name=name), **place
        )
    for value, label in ((study.spec.lsl, "LSL"), (study.spec.target, "T"), (study.spec.usl, "USL")):
        if value is not None:
            figure.add_vline(x=value, line={"color": SPEC, "dash": "dashdot"}, annotation_text=label, **place)


def _add_probability(figure: Any, values: FloatArray, study: Capability, place: dict[str, int]) -> None:
    """Ordered values against normal scores of (i - 0.3) / (n + 0.4), and the fitted line."""
    ordered = np.sort(values)
    n = ordered.size
    scores = ndtri((np.arange(1, n + 1) - 0.3) / (n + 0.4))
    shown = np.unique(np.linspace(0, n - 1, min(n, _SCREEN)).astype(np.int64))
    dots = go.Scatter(x=ordered[shown], y=scores[shown], mode="markers", marker={"color": LINE, "size": 4})
    figure.add_trace(dots, **place)
    ends = np.array([scores[0], scores[-1]])
    fitted = study.mean + study.overall.sigma * ends
    figure.add_trace(
        go.Scatter(x=fitted, y=ends, mode="lines", line={"color": CENTRE, "width": 1.4}), **place
    )


def plot_histogram(data: ArrayLike | Subgroups, study: Capability, title: str = "") -> go.Figure:
    """Histogram with the tolerance and the normal curves of sigma within (dashed) and overall (solid)."""
    figure = make_subplots(rows=1, cols=1)
    _add_histogram(figure, subgroups(data).values, study, {"row": 1, "col": 1})
    return dress(figure, title or f"Capability histogram, n = {study.n}", 420)


def plot_probability(data: ArrayLike | Subgroups, study: Capability, title: str = "") -> go.Figure:
    """Normal probability plot with the Anderson-Darling test."""
    figure = make_subplots(rows=1, cols=1)
    values = subgroups(data).values
    _add_probability(figure, values, study, {"row": 1, "col": 1})
    test = normality(values)
    figure.update_yaxes(title_text="normal score")
    text = f"Normal probability plot, AD {test.statistic:.3f}, p {test.p_value:.3g}"
    return dress(figure, title or text, 420)


def _add_last_values(figure: Any, groups: Subgroups, study: Capability, place: dict[str, int]) -> None:
    """The values of the last 25 subgroups, or the last 25 values, one above another."""
    first = max(0, len(groups) - 25)
    start = int(groups.starts[first])
    x = np.repeat(np.arange(first, len(groups)), groups.sizes[first:]) + 1
    dots = {"color": LINE, "size": 5, "opacity": 0.7}
    figure.add_trace(go.Scatter(x=x, y=groups.values[start:], mode="markers", marker=dots), **place)
    figure.add_hline(y=study.mean, line={"color": CENTRE, "width": 1.2}, **place)


def _index_text(name: str, index: Index | None) -> str:
    if index is None:
        return f"{name}  –"
    return f"{name}  {index.value:.3f}  ({index.interval.low:.3f}, {index.interval.high:.3f})"


def _fallout_text(name: str, out: Fallout) -> str:
    return f"{name}: {out.below:,.1f} below, {out.above:,.1f} above, {out.total:,.1f} ppm"


def summary_lines(study: Capability, values: FloatArray) -> list[str]:
    """The figures of the study as lines of text."""
    spec, test = study.spec, normality(values)
    limits = ", ".join(
        f"{name} {value:g}"
        for name, value in (("LSL", spec.lsl), ("T", spec.target), ("USL", spec.usl))
        if value is not None
    )
    level = study.long_term.worst.interval.confidence
    return [
        f"{limits};  n {study.n},  mean {study.mean:.6g}",
        f"sigma within {study.within.sigma:.6g} ({study.within.estimator})",
        f"sigma overall {study.overall.sigma:.6g} ({study.overall.estimator})",
        _index_text("Cp", study.short_term.both),
        _index_text("Cpk", study.short_term.worst),
        _index_text("Pp", study.long_term.both),
        _index_text("Ppk", study.long_term.worst),
        _index_text("Cpm", study.cpm),
        f"intervals {100 * level:g} %; normality: AD {test.statistic:.3f}, p {test.p_value:.3g}",
        _fallout_text("observed", study.observed),
        _fallout_text("expected within", study.expected_within),
        _fallout_text("expected overall", study.expected_overall),
    ]


def capability_sixpack(
    data: ArrayLike | Subgroups,
    spec: Spec,
    rules: RuleBook = RULE_1,
    title: str = "",
    study: Capability | None = None,
    chart: Chart | None = None,
) -> go.Figure:
    """Six panels: location and spread charts, last subgroups, histogram, probability plot, figures.

    The chart of the data is the usual one (`usual_chart`) where none is given.
    """
    groups = subgroups(data)
    found = study or capability(groups, spec)
    drawn = chart or usual_chart(groups, rules)
    first, second = drawn.panels
    last = f"Last 25 {'values' if len(groups) == groups.values.size else 'subgroups'}"
    figure = make_subplots(
        rows=3,
        cols=2,
        subplot_titles=(first.name, "Histogram", second.name, "Normal probability", last, ""),
        vertical_spacing=0.1,
        horizontal_spacing=0.12,
    )
    add_panel(figure, drawn, first, 1, 1)
    add_panel(figure, drawn, second, 2, 1)
    _add_histogram(figure, groups.values, found, {"row": 1, "col": 2})
    _add_probability(figure, groups.values, found, {"row": 2, "col": 2})
    _add_last_values(figure, groups, found, {"row": 3, "col": 1})
    text = "<br>".join(summary_lines(found, groups.values))
    figure.update_xaxes(visible=False, row=3, col=2)
    figure.update_yaxes(visible=False, row=3, col=2)
    figure.add_trace(go.Scatter(x=[0, 1], y=[0, 1], mode="markers", marker={"opacity": 0}), row=3, col=2)
    box = {"x": 0.0, "y": 1.0, "xanchor": "left", "yanchor": "top", "align": "left", "showarrow": False}
    figure.add_annotation(text=text, bordercolor=FAINT, font={"size": 12}, row=3, col=2, **box)
    return dress(figure, title or "Capability sixpack", 980)
