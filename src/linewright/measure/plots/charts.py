"""Control charts as pictures: points, centre, limits, stages, signals and excluded points."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from linewright.measure.charts.chart import Chart, Panel
from linewright.measure.plots.style import CENTRE, FAINT, INK, LIMIT, LINE, MOST_POINTS, SIGNAL, dress


def choose_points(panel: Panel, most: int = MOST_POINTS) -> NDArray[np.int64]:
    """Which points to draw: all, or of a long series the extremes of each stretch and the first signals."""
    n = len(panel)
    if n <= most:
        return np.arange(n)
    size = -(-2 * n // most)
    stretches = [np.arange(a, min(a + size, n)) for a in range(0, n, size)]
    filled = np.nan_to_num(panel.values, nan=float(panel.centre[0]))
    extremes = [s[k] for s in stretches for k in (np.argmin(filled[s]), np.argmax(filled[s]))]
    return np.unique(np.concatenate((extremes, panel.points()[:most]))).astype(np.int64)


def decimals(panel: Panel) -> int:
    """Decimals that tell the limits of a panel apart: a hundredth of the way between them, six at the most."""
    apart = float(panel.ucl[-1] - panel.lcl[-1])
    return min(max(2 - math.floor(math.log10(apart)), 0), 6) if 0.0 < apart < math.inf else 3


def plot_chart(chart: Chart, title: str = "", unit: str = "") -> go.Figure:
    """All panels of a chart under one another. Signals are red and numbered by their rules."""
    count = len(chart.panels)
    figure = make_subplots(rows=count, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    for row, panel in enumerate(chart.panels, start=1):
        add_panel(figure, chart, panel, row, 1)
        figure.update_yaxes(title_text=f"{panel.name} [{unit}]" if unit else panel.name, row=row, col=1)
    figure.update_xaxes(title_text="point", row=count, col=1)
    source = chart.provenance
    limits = f"limits {source.limits_revision}" if source.limits_revision else "limits from these data"
    return dress(figure, title or f"{source.method} ({limits})", 300 * count + 100)


def add_panel(figure: Any, chart: Chart, panel: Panel, row: int, col: int) -> None:
    """Draw one panel into a cell of a figure."""
    index = choose_points(panel)
    x = index + 1
    place = {"row": row, "col": col}
    digits = decimals(panel)
    for values, colour, dash in (
        (panel.ucl, LIMIT, "dash"),
        (panel.centre, CENTRE, "solid"),
        (panel.lcl, LIMIT, "dash"),
    ):
        shown = values[index]
        line = {"color": colour, "width": 1.4, "dash": dash, "shape": "hvh"}
        figure.add_trace(go.Scatter(x=x, y=shown, mode="lines", line=line, hoverinfo="skip"), **place)
        if np.isfinite(shown[-1]):
            note = {"x": x[-1], "y": shown[-1], "text": f"{shown[-1]:.{digits}f}", "showarrow": False}
            figure.add_annotation(
                **note, xanchor="left", xshift=6, font={"color": colour, "size": 11}, **place
            )
    line = {"color": LINE, "width": 1.2}
    marker = {"color": LINE, "size": 5}
    mode = "lines+markers" if len(index) <= 600 else "lines"
    trace = go.Scatter(x=x, y=panel.values[index], mode=mode, line=line, marker=marker, name=panel.name)
    figure.add_trace(trace, **place)
    _mark_signals(figure, panel, index, place)
    _mark_excluded(figure, chart, panel, place)
    for cut in np.flatnonzero(np.diff(chart.stages)):
        figure.add_vline(x=float(cut) + 1.5, line={"color": FAINT, "dash": "dot"}, **place)


def _mark_signals(figure: Any, panel: Panel, index: NDArray[np.int64], place: dict[str, int]) -> None:
    signals = index[panel.masks[index] != 0]
    if not len(signals):
        return
    fired = [panel.book.fired(int(panel.masks[i])) for i in signals]
    numbers = [",".join(str(panel.book.rules.index(rule) + 1) for rule in rules) for rules in fired]
    texts = ["<br>".join(rule.text for rule in rules) for rules in fired]
    figure.add_trace(
        go.Scatter(
            x=signals + 1,
            y=panel.values[signals],
            mode="markers+text" if len(signals) <= 60 else "markers",
            marker={"color": SIGNAL, "size": 9, "symbol": "square"},
            text=numbers,
            textposition="top center",
            textfont={"color": SIGNAL, "size": 11},
            hovertext=texts,
            hoverinfo="x+y+text",
        ),
        **place,
    )


def _mark_excluded(figure: Any, chart: Chart, panel: Panel, place: dict[str, int]) -> None:
    points = np.array(sorted(chart.excluded), dtype=np.int64)
    if len(points):
        figure.add_trace(
            go.Scatter(
                x=points + 1,
                y=panel.values[points],
                mode="markers",
                marker={"color": INK, "size": 12, "symbol": "circle-open"},
                hovertext=[f"excluded: {chart.excluded[int(i)]}" for i in points],
                hoverinfo="x+y+text",
            ),
            **place,
        )
