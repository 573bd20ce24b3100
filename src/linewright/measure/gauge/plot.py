"""The gauge R&R panel: six views of one study, as an engineer expects them in a report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from linewright.measure.constants import d2, d3
from linewright.measure.gauge.study import FloatArray, GaugeStudy

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLOURS = ("#1f5fa8", "#c8553d", "#3a7d44", "#8a5fbf", "#b8860b", "#4a4a4a")
LIMIT = "#b00020"
TITLES = (
    "components of variation",
    "range by operator",
    "mean by operator",
    "by part",
    "by operator",
    "part x operator",
)
SHOWN = ("gauge", "repeatability", "reproducibility", "part")


def gauge_panel(study: GaugeStudy, title: str = "Gauge R&R") -> Figure:
    """Bars of the components, range and mean charts by operator, values by part and by operator, interaction
    lines.

    A plotly figure; `figure.write_html(file, include_plotlyjs=True)` makes a page that needs no network.
    """
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=3, cols=2, subplot_titles=TITLES, vertical_spacing=0.09)
    _bars(figure, study)
    if _is_crossed(study):
        _operator_charts(figure, study)
        _interaction(figure, study)
    _by(figure, study, study.part, study.parts, (2, 2))
    _by(figure, study, study.operator, study.operators, (3, 1))
    head = f"{title}: {study['gauge'].study_pct:.1f} % of study variation, ndc {study.ndc}, {study.verdict}"
    figure.update_layout(title=head, template="plotly_white", height=1050, width=1100)
    figure.update_traces(showlegend=False, selector={"type": "scatter"})
    return figure


def _is_crossed(study: GaugeStudy) -> bool:
    """Does every operator measure every part?"""
    cells = set(zip(study.part.tolist(), study.operator.tolist(), strict=True))
    return len(cells) == len(study.parts) * len(study.operators)


def _bars(figure: Figure, study: GaugeStudy) -> None:
    import plotly.graph_objects as go

    series = {
        "% contribution": [study[name].contribution_pct for name in SHOWN],
        "% study variation": [study[name].study_pct for name in SHOWN],
    }
    if study["gauge"].tolerance_pct is not None:
        series["% tolerance"] = [study[name].tolerance_pct or 0.0 for name in SHOWN]
    for colour, (name, heights) in zip(COLOURS, series.items(), strict=False):
        figure.add_trace(go.Bar(x=SHOWN, y=heights, name=name, marker_color=colour), row=1, col=1)
    figure.update_yaxes(title="per cent", row=1, col=1)


def _cells(study: GaugeStudy, part: int, operator: int) -> FloatArray:
    values: FloatArray = study.values[(study.part == part) & (study.operator == operator)]
    return values


def _operator_charts(figure: Figure, study: GaugeStudy) -> None:
    """Ranges and means of the trials, operator after operator, with 3 sigma limits from the mean range."""
    import plotly.graph_objects as go

    places = [(p, o) for o in range(len(study.operators)) for p in range(len(study.parts))]
    cells = [_cells(study, p, o) for p, o in places]
    trials = len(cells[0])
    if trials < 2:
        return
    ranges = np.array([np.ptp(cell) for cell in cells])
    means = np.array([np.mean(cell) for cell in cells])
    mean_range = float(ranges.mean())
    spread = 3.0 * mean_range * d3(trials) / d2(trials)
    reach = 3.0 * mean_range / d2(trials) / math.sqrt(trials)
    grand = float(means.mean())
    charts = (
        (ranges, (max(0.0, mean_range - spread), mean_range, mean_range + spread), (1, 2)),
        (means, (grand - reach, grand, grand + reach), (2, 1)),
    )
    for heights, lines, (row, col) in charts:
        for o, name in enumerate(study.operators):
            mine = [i for i, (_, who) in enumerate(places) if who == o]
            figure.add_trace(
                go.Scatter(
                    x=mine,
                    y=heights[mine],
                    mode="lines+markers",
                    name=name,
                    line_color=COLOURS[o % len(COLOURS)],
                    text=[f"{name}, part {study.parts[places[i][0]]}" for i in mine],
                ),
                row=row,
                col=col,
            )
        block = len(study.parts)
        middles = [o * block + 0.5 * (block - 1) for o in range(len(study.operators))]
        figure.update_xaxes(tickvals=middles, ticktext=list(study.operators), row=row, col=col)
        for height, dash in zip(lines, ("dash", "solid", "dash"), strict=True):
            figure.add_hline(y=height, line_dash=dash, line_color=LIMIT, line_width=1, row=row, col=col)


def _by(
    figure: Figure, study: GaugeStudy, index: np.ndarray, names: tuple[str, ...], place: tuple[int, int]
) -> None:
    """All values over a factor, with the line of its means."""
    import plotly.graph_objects as go

    row, col = place
    labels = [names[i] for i in index]
    figure.add_trace(
        go.Scatter(x=labels, y=study.values, mode="markers", marker={"color": COLOURS[5], "opacity": 0.5}),
        row=row,
        col=col,
    )
    means = [float(np.mean(study.values[index == i])) for i in range(len(names))]
    figure.add_trace(
        go.Scatter(x=list(names), y=means, mode="lines+markers", line_color=COLOURS[0]), row=row, col=col
    )
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=list(names), row=row, col=col)


def _interaction(figure: Figure, study: GaugeStudy) -> None:
    """One line an operator over the parts; parallel lines mean no interaction."""
    import plotly.graph_objects as go

    for o, name in enumerate(study.operators):
        means = [float(np.mean(_cells(study, p, o))) for p in range(len(study.parts))]
        figure.add_trace(
            go.Scatter(x=list(study.parts), y=means, name=name, line_color=COLOURS[o % len(COLOURS)]),
            row=3,
            col=2,
        )
    figure.update_xaxes(type="category", row=3, col=2)
